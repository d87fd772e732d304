"""Tuning: the best setting of what the firm chooses, by trials in training worlds, judged in worlds not trained on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from equipoise.analysis.compare import Difference
from equipoise.analysis.outcomes import side_of
from equipoise.errors import EquipoiseError, unknown
from equipoise.experiments.compose import compose, options
from equipoise.experiments.search import ranges
from equipoise.experiments.search.ranges import Space
from equipoise.experiments.search.trials import Levers, Trial, Trials
from equipoise.experiments.sweeps import engines, identity
from equipoise.experiments.sweeps import study as studies
from equipoise.experiments.sweeps.engines import Door, Engine
from equipoise.experiments.sweeps.store import Store, alone
from equipoise.experiments.sweeps.study import Asked, Study
from equipoise.experiments.sweeps.sweep import Nobody, Watcher, conduct
from equipoise.records import dump

TRIALS, AT_ONCE, HELD_OUT = 60, 6, 20
JOURNAL = "trials.journal"
EDGE = 0.02  # of a range
Point = dict[str, Any]


class Question(NamedTuple):
    """What is tuned.

    Args:
        space: levers, scenarios and constants.
        folders: further folders of options.
        levers: the ranges and lists that are tuned.
        default: the levers as they are without tuning: a range's own setting, the first of a list.
        objectives: measures; one or two.
        trials: how many settings are tried.
        seed: of the search.
        training: the study of one round, whose points are still to come.
        held_out: how many seeds beyond those trained on the found settings are judged in.
        judges: environments, not trained on, that they are judged in.
    """

    space: Space
    folders: tuple[Path, ...]
    levers: Levers
    default: Point
    objectives: tuple[str, ...]
    trials: int
    seed: int
    training: Study
    held_out: int
    judges: tuple[str, ...]

    def scenarios(self) -> tuple[str, ...]:
        """Return the words that hold at every trial, those with several values included."""
        return self.space.constants + tuple(ranges.listed(path, self.space.choices[path]) for path in self.choices())

    def choices(self) -> list[str]:
        """Return what has several values and is not tuned."""
        return [path for path in self.space.choices if path not in self.levers]

    def runs(self) -> int:
        """Return how many runs it takes at the most: all trials, then the default and the best one, judged."""
        study = self.training
        scenarios = len({json.dumps([spot.varied[path] for path in self.choices()]) for spot in study.spots})
        here = self.trials * study.replicates + 2 * (study.replicates + self.held_out)
        elsewhere = 2 * self.held_out * len(self.judges)
        return scenarios * here + elsewhere * scenarios

    def about(self) -> Any:
        """Return what the study is about as plain data: what must be the same for it to go on."""
        levers = {path: lever._asdict() if hasattr(lever, "_asdict") else lever for path, lever in self.levers.items()}
        told = {
            "levers": levers,
            "scenarios": self.scenarios(),
            "objectives": self.objectives,
            "seed": self.seed,
            "points": [spot.identity for spot in self.training.spots],
            "worlds": [self.training.seed, self.training.replicates],
            "code": self.training.code,
        }
        return json.loads(json.dumps(told))


@dataclass
class Tuning:
    """What came of it.

    Args:
        question: what was asked.
        trials: all that are over.
        best: the best of them; of two objectives, those that no other beats in both.
        chosen: of these, the one that the tuned control center takes.
        judged: for each objective, the chosen settings less the default, in and out of sample; empty when stopped.
        complete: whether it came to its end.
        notes: what else there is to say.
    """

    question: Question
    trials: list[Trial]
    best: list[Trial]
    chosen: Trial | None
    judged: dict[str, tuple[Difference, ...]]
    complete: bool
    notes: list[str]


def question(
    words: Iterable[str],
    folders: Iterable[Path] = (),
    on: tuple[str, ...] = ("time_in_band",),
    trials: int = TRIALS,
    held_out: int = HELD_OUT,
    judges: tuple[str, ...] = (),
    seed: int = 0,
) -> Question:
    """Return what is to be tuned, checked at every choice.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    folders = tuple(folders)
    problems = [*_problems(on, trials, held_out)]
    known = options("environment", folders)
    problems += [unknown("--judge: the environment", name, known) for name in judges if name not in known]
    space = None
    try:
        space = ranges.space(words, folders)
        problems += _not_levers(space)
    except EquipoiseError as error:
        problems += error.problems
    if problems or space is None:
        raise EquipoiseError(*problems)
    levers: dict[str, Any] = {
        **space.spans,
        **{path: values for path, values in space.choices.items() if space.roles[path] == "lever"},
    }
    default = _default(space, levers, folders)
    asked = Question(
        space, folders, levers, default, on, trials, seed, _study(space, levers, default, folders), held_out, judges
    )
    if judges:
        studies.plan(elsewhere(asked, [default]))
    return asked


def _problems(on: tuple[str, ...], trials: int, held_out: int) -> Iterator[str]:
    for name in on:
        try:
            if side_of(ranges.measure(name)) == "neither":
                yield f"--on {name}: neither side of it is better. Tune another measure, such as time_in_band."
        except EquipoiseError as error:
            yield from error.problems
    if not 1 <= len(on) <= 2 or len(set(on)) < len(on):
        yield f"--on {','.join(on)}: give one measure, or two different ones."
    if trials < 1:
        yield f"--trials {trials}: give how many settings to try, such as 60."
    if held_out < 5:
        yield f"--held-out {held_out}: give 5 seeds or more, for an interval."


def _not_levers(space: Space) -> Iterator[str]:
    for path in space.spans:
        if space.roles[path] != "lever":
            yield (
                f"{path} is what the world does, and cannot be tuned. Give it one value, or a list to average over; "
                "or name it among the levers of an experiment file."
            )
    if not space.spans and not any(space.roles[path] == "lever" for path in space.choices):
        yield "There is nothing to tune. Give a range of what the firm chooses, as in control_center.kp=interval(1,12)."


def _default(space: Space, levers: Levers, folders: tuple[Path, ...]) -> Point:
    """Return the levers as they are without tuning."""
    first = [ranges.listed(path, values[:1]) for path, values in space.choices.items()]
    data = dump(compose(*space.constants, *first, config_dirs=folders))
    out: Point = {}
    for path, lever in levers.items():
        out[path] = lever[0] if path in space.choices else _at(data, path)
    return out


def _at(data: Any, path: str) -> Any:
    for name in path.split("."):
        data = data[name]
    return data


def _study(space: Space, levers: Levers, default: Point, folders: tuple[Path, ...]) -> Study:
    """Return the study of the default and of every listed choice: what is wrong anywhere is found before a trial."""
    scenarios = space._replace(choices={path: values for path, values in space.choices.items() if path not in levers})
    points = [default]
    for path, values in space.choices.items():
        if path in levers:
            points += [{**point, path: value} for point in points[:1] for value in values[1:]]
    return studies.plan(Asked(scenarios.words(), folders, points=tuple(points), columns=("none",)))


def tune(
    *words: str,
    on: str | Iterable[str] = "time_in_band",
    judge: Iterable[str] = (),
    trials: int = TRIALS,
    held_out: int = HELD_OUT,
    seed: int = 0,
    out: str | Path | None = None,
    config_dirs: Iterable[str | Path] = (),
    engine: str = "processes",
    workers: int | None = None,
    watcher: Watcher | None = None,
) -> Tuning:
    """Find the best levers: ``tune("strategy=pid_survey", "control_center.kp=interval(0,20)", "environment=recall")``.

    Args:
        words: overrides as for `sweep`. Ranges of what the firm chooses are tuned, and lists of it; lists of what the
            world does are scenarios, whose mean counts.
        on: a measure, or two.
        judge: environments, not trained on, to judge in.
        trials: how many settings are tried.
        held_out: how many seeds, not trained on, to judge in.
        seed: of the search.
        out: the study's folder; ``studies/tune-<name>`` when not given.
        config_dirs: further folders of options and experiments.
        engine: as for `sweep`.
        workers: as for `sweep`.
        watcher: told of every job.

    Raises:
        EquipoiseError: with a line for every problem, before anything runs.
    """
    measures = (on,) if isinstance(on, str) else tuple(on)
    asked = question(words, [Path(each) for each in config_dirs], measures, trials, held_out, tuple(judge), seed)
    chosen = Engine(engine, workers)
    if found := list(engines.problems(chosen)):
        raise EquipoiseError(*found)
    return tuned(asked, folder_of(asked, out), chosen, watcher)


def folder_of(asked: Question, out: str | Path | None) -> Path:
    """Return where a tuning study is kept."""
    name = identity.digest(identity.canonical(asked.about()))[:8]
    return Path(out) if out is not None else studies.STUDIES / f"tune-{'-'.join(asked.objectives)}-{name}"


def tuned(asked: Question, folder: Path, engine: Engine, watcher: Watcher | None = None) -> Tuning:
    """Do the trials that are missing, judge the best, and write what was found into the folder.

    Raises:
        EquipoiseError: when the folder holds something else, or no trial has a value.
    """
    from equipoise.experiments.search import judging, results

    watcher = watcher or Nobody()
    if folder.exists() and not (folder / JOURNAL).exists() and any(path.name != ".lock" for path in folder.iterdir()):
        raise EquipoiseError(f"{folder} holds something else; nothing is overwritten. Give another --out.")
    with ExitStack() as stack:
        stack.enter_context(alone(folder))
        senses = [side_of(name) == "higher" for name in asked.objectives]
        trials = Trials(folder / JOURNAL, asked.levers, senses, asked.seed, asked.about())
        door = stack.enter_context(engines.opened(engine))
        found = Tuning(asked, [], [], None, {}, False, [])
        found.complete = _tried(asked, trials, folder, door, watcher)
        found.trials, found.best = trials.over(), trials.best() if trials.over() else []
        if found.complete and not found.best:
            raise EquipoiseError(*{f"No trial has a value: {trial.why}." for trial in found.trials})
        if found.complete:
            found.chosen = compromise(found.best, senses)
            found.notes += _at_the_edge(asked, found.chosen)
            found.judged = judging.judged(asked, found.chosen, folder, door, watcher, found.notes)
            found.complete = bool(found.judged)
    if found.judged:
        results.write_tuning(found, folder)
    return found


def _tried(asked: Question, trials: Trials, folder: Path, door: Door, watcher: Watcher) -> bool:
    """Do the missing trials, round by round; return whether that came to its end."""
    if all(_within(lever, asked.default[path]) for path, lever in asked.levers.items()):
        trials.begin_with(asked.default)
    while (over := len(trials.over())) < asked.trials:
        wanted = trials.ask(min(AT_ONCE, asked.trials - over))
        points = list({identity.canonical(point): point for point in wanted.values()}.values())
        study = studies.plan(_round(asked, points))
        place = folder / "rounds" / f"{over:04d}-{study.name[-8:]}"
        if not conduct(study, place, door, None, watcher).complete:
            return False
        values = _means(asked, study, Store(place), points)
        for number, point in wanted.items():
            came = values[points.index(point)]
            trials.tell(number, came, "" if np.isfinite(came).all() else "a job failed, or the measure has no value")
    return True


def _at_the_edge(asked: Question, chosen: Trial) -> Iterator[str]:
    """Yield a line for each range at whose end the best was found."""
    for path, lever in asked.space.spans.items():
        low, high = lever.low, lever.high
        place = (chosen.settings[path] - low) / (high - low)
        if not EDGE <= place <= 1 - EDGE:
            yield f"note: {path} is best at the end of its range: it may be better beyond. Widen the range."


def _within(lever: Any, value: Any) -> bool:
    return bool(lever.low <= value <= lever.high) if hasattr(lever, "low") else value in lever


def _round(asked: Question, points: Iterable[Mapping[str, Any]]) -> Asked:
    return Asked(asked.scenarios(), asked.folders, points=tuple(points), columns=("none",))


def elsewhere(asked: Question, points: Iterable[Mapping[str, Any]]) -> Asked:
    """Return what is asked of the environments that were not trained on, in the held-out seeds."""
    dropped = ("environment", "seed", "replicates")
    words = [word for word in asked.scenarios() if word.lstrip("+").partition("=")[0] not in dropped]
    first = asked.training.seed + asked.training.replicates
    where = ranges.listed("environment", asked.judges)
    told = (*words, where, f"seed={first}", f"replicates={asked.held_out}")
    return Asked(told, asked.folders, points=tuple(points), columns=("none",))


def _means(asked: Question, study: Study, store: Store, points: list[Point]) -> list[tuple[float, ...]]:
    """Return each point's objectives, averaged over scenarios and worlds; nan where a world is missing."""
    columns = {name: store.column(name, {spot.number for spot in study.spots}) for name in asked.objectives}
    seeds = range(study.seed, study.seed + study.replicates)
    return [
        tuple(
            float(
                np.mean([column.get((spot.number, seed), np.nan) for spot in spots_at(study, point) for seed in seeds])
            )
            for column in columns.values()
        )
        for point in points
    ]


def spots_at(study: Study, point: Point) -> list[studies.Spot]:
    """Return the points of a study with these levers, one a scenario."""
    return [spot for spot in study.spots if all(spot.varied[path] == value for path, value in point.items())]


def compromise(best: list[Trial], senses: list[bool]) -> Trial:
    """Return the trial nearest to the best of each objective, each scaled by its range over the front."""
    values = np.array([trial.values for trial in best]) * np.where(senses, 1.0, -1.0)
    span = np.ptp(values, axis=0)
    short = (values.max(axis=0) - values) / np.where(span > 0, span, 1.0)
    return best[int(np.argmin(np.hypot.reduce(short, axis=1)))]
