"""What is tuned: levers, scenarios, objectives, and where the best is judged; all checked before a trial."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.analysis.comparison.outcomes import better_side
from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.config.compose import compose, list_options
from equipoise.experiments.design import study_plan as studies
from equipoise.experiments.design.study import Study, StudyPoint
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.experiments.search import ranges
from equipoise.experiments.search.ranges import SearchSpace
from equipoise.settings.schema import dump_settings

TRIALS, HELD_OUT = 60, 20
Point = dict[str, Any]
Levers = Mapping[str, Span | tuple[Any, ...]]


class TuningSpec(NamedTuple):
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

    space: SearchSpace
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
        return self.space.constants + tuple(
            ranges.format_list(path, self.space.choices[path]) for path in self.choices()
        )

    def choices(self) -> list[str]:
        """Return what has several values and is not tuned."""
        return [path for path in self.space.choices if path not in self.levers]

    def runs(self) -> int:
        """Return how many runs it takes at the most: all trials, then the default and the best one, judged."""
        study = self.training
        scenarios = len(
            {json.dumps([spot.varied[path] for path in self.choices()]) for spot in study.points}
        )
        here = self.trials * study.replicates + 2 * (study.replicates + self.held_out)
        elsewhere = 2 * self.held_out * len(self.judges)
        return scenarios * here + elsewhere * scenarios

    def about(self) -> Any:
        """Return what the study is about as plain data: what must be the same for it to go on."""
        levers = {
            path: lever._asdict() if hasattr(lever, "_asdict") else lever
            for path, lever in self.levers.items()
        }
        told = {
            "levers": levers,
            "scenarios": self.scenarios(),
            "objectives": self.objectives,
            "seed": self.seed,
            "points": [spot.identity for spot in self.training.points],
            "worlds": [self.training.seed, self.training.replicates],
            "code": self.training.code,
        }
        return json.loads(json.dumps(told))


def plan_tuning(
    words: Iterable[str],
    folders: Iterable[Path] = (),
    on: tuple[str, ...] = ("time_in_band",),
    trials: int = TRIALS,
    held_out: int = HELD_OUT,
    judges: tuple[str, ...] = (),
    seed: int = 0,
) -> TuningSpec:
    """Return what is to be tuned, checked at every choice.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    folders = tuple(folders)
    problems = [*_problems(on, trials, held_out)]
    known = list_options("environment", folders)
    problems += [
        unknown_name_message("--judge: the environment", name, known)
        for name in judges
        if name not in known
    ]
    space = None
    try:
        space = ranges.parse_space(words, folders)
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
    asked = TuningSpec(
        space,
        folders,
        levers,
        default,
        on,
        trials,
        seed,
        _study(space, levers, default, folders),
        held_out,
        judges,
    )
    if judges:
        studies.plan_study(elsewhere(asked, [default]))
    return asked


def _problems(on: tuple[str, ...], trials: int, held_out: int) -> Iterator[str]:
    for name in on:
        try:
            if better_side(ranges.measure(name)) == "neither":
                yield f"--on {name}: neither side of it is better. Tune another measure, such as time_in_band."
        except EquipoiseError as error:
            yield from error.problems
    if not 1 <= len(on) <= 2 or len(set(on)) < len(on):
        yield f"--on {','.join(on)}: give one measure, or two different ones."
    if trials < 1:
        yield f"--trials {trials}: give how many settings to try, such as 60."
    if held_out < 5:
        yield f"--held-out {held_out}: give 5 seeds or more, for an interval."


def _not_levers(space: SearchSpace) -> Iterator[str]:
    for path in space.spans:
        if space.roles[path] != "lever":
            yield (
                f"{path} is what the world does, and cannot be tuned. Give it one value, or a list to average over; "
                "or name it among the levers of an experiment file."
            )
    if not space.spans and not any(space.roles[path] == "lever" for path in space.choices):
        yield "There is nothing to tune. Give a range of what the firm chooses, as in control_center.kp=interval(1,12)."


def _default(space: SearchSpace, levers: Levers, folders: tuple[Path, ...]) -> Point:
    """Return the levers as they are without tuning."""
    first = [ranges.format_list(path, values[:1]) for path, values in space.choices.items()]
    data = dump_settings(compose(*space.constants, *first, config_dirs=folders))
    out: Point = {}
    for path, lever in levers.items():
        out[path] = lever[0] if path in space.choices else _at(data, path)
    return out


def _at(data: Any, path: str) -> Any:
    for name in path.split("."):
        data = data[name]
    return data


def _study(space: SearchSpace, levers: Levers, default: Point, folders: tuple[Path, ...]) -> Study:
    """Return the study of the default and of every listed choice: what is wrong anywhere is found before a trial."""
    scenarios = space._replace(
        choices={path: values for path, values in space.choices.items() if path not in levers}
    )
    points = [default]
    for path, values in space.choices.items():
        if path in levers:
            points += [{**point, path: value} for point in points[:1] for value in values[1:]]
    return studies.plan_study(
        StudyRequest(scenarios.words(), folders, points=tuple(points), columns=("none",))
    )


def elsewhere(asked: TuningSpec, points: Iterable[Mapping[str, Any]]) -> StudyRequest:
    """Return what is asked of the environments that were not trained on, in the held-out seeds."""
    dropped = ("environment", "seed", "replicates")
    words = [
        word for word in asked.scenarios() if word.lstrip("+").partition("=")[0] not in dropped
    ]
    first = asked.training.seed + asked.training.replicates
    where = ranges.format_list("environment", asked.judges)
    told = (*words, where, f"seed={first}", f"replicates={asked.held_out}")
    return StudyRequest(told, asked.folders, points=tuple(points), columns=("none",))


def spots_at(study: Study, point: Point) -> list[StudyPoint]:
    """Return the points of a study with these levers, one a scenario."""
    return [
        spot
        for spot in study.points
        if all(spot.varied[path] == value for path, value in point.items())
    ]
