"""Specification of tuning: levers, scenarios, objectives and hold-out worlds, all checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.analysis.comparison.outcomes import better_side
from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.config.compose import compose, parse_override
from equipoise.experiments.config.name_list import split_names
from equipoise.experiments.config.option_files import list_options
from equipoise.experiments.design import study_plan
from equipoise.experiments.design.study import Study, StudyPoint
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.experiments.search import ranges
from equipoise.experiments.search.ranges import SearchSpace
from equipoise.settings.schema import dump_settings

DEFAULT_TRIALS = 60
DEFAULT_HELD_OUT = 20
_MIN_HELD_OUT = 5  # fewer pairs give no interval

LeverValues = dict[str, Any]
Levers = Mapping[str, Span | tuple[Any, ...]]


class TuningSpec(NamedTuple):
    """The specification of tuning.

    Attributes:
        space: levers, scenarios and constants.
        folders: further folders of options.
        levers: ranges and lists that are tuned.
        default: the levers without tuning: the setting itself for a range, the first of a list.
        objectives: measures to optimise; one or two.
        trials: number of settings to try.
        seed: seed of the search.
        training: study of the training worlds at the default and at each listed choice.
        held_out: number of hold-out seeds.
        hold_out_environments: environments for validation only.
    """

    space: SearchSpace
    folders: tuple[Path, ...]
    levers: Levers
    default: LeverValues
    objectives: tuple[str, ...]
    trials: int
    seed: int
    training: Study
    held_out: int
    hold_out_environments: tuple[str, ...]

    def scenarios(self) -> tuple[str, ...]:
        """Return the words that hold at every trial, including lists of scenarios."""
        lists = [
            ranges.format_list(path, self.space.choices[path]) for path in self.scenario_paths()
        ]
        return (*self.space.constants, *lists)

    def scenario_paths(self) -> list[str]:
        """Return the paths with several values that are not tuned."""
        return [path for path in self.space.choices if path not in self.levers]

    def max_runs(self) -> int:
        """Return the number of runs at most: all trials, then the validation of two settings."""
        study = self.training
        paths = self.scenario_paths()
        scenarios = set()
        for point in study.points:
            scenarios.add(json.dumps([point.varied[path] for path in paths]))
        training = self.trials * study.replicates
        validation = 2 * (study.replicates + self.held_out)
        elsewhere = 2 * self.held_out * len(self.hold_out_environments)
        return len(scenarios) * (training + validation + elsewhere)

    def identity_data(self) -> Any:
        """Return, as plain data, what must be the same for a tuning study to be continued."""
        levers = {path: _plain_lever(lever) for path, lever in self.levers.items()}
        points = [point.identity for point in self.training.points]
        data = {
            "levers": levers,
            "scenarios": self.scenarios(),
            "objectives": self.objectives,
            "seed": self.seed,
            "points": points,
            "worlds": [self.training.seed, self.training.replicates],
            "code": self.training.code,
        }
        # The detour through JSON turns tuples into lists, as the journal returns them.
        return json.loads(json.dumps(data))


def _plain_lever(lever: Span | tuple[Any, ...]) -> Any:
    return lever._asdict() if isinstance(lever, Span) else lever


def plan_tuning(
    words: Iterable[str],
    folders: Iterable[Path] = (),
    on: tuple[str, ...] = ("time_in_band",),
    trials: int = DEFAULT_TRIALS,
    held_out: int = DEFAULT_HELD_OUT,
    hold_out_environments: tuple[str, ...] = (),
    seed: int = 0,
) -> TuningSpec:
    """Return the specification of tuning, checked at every choice.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    folders = tuple(folders)
    problems = list(_find_problems(on, trials, held_out))
    problems += ranges.find_seed_problems(seed)
    problems += _find_unknown_environments(hold_out_environments, folders)
    space = None
    try:
        space = ranges.parse_space(words, folders)
        problems += _find_lever_problems(space)
        problems += _find_trained_environments(hold_out_environments, space)
    except EquipoiseError as error:
        problems += error.problems
    if problems or space is None:
        raise EquipoiseError(*problems)
    levers = _select_levers(space)
    default = _default_levers(space, levers, folders)
    spec = TuningSpec(
        space=space,
        folders=folders,
        levers=levers,
        default=default,
        objectives=on,
        trials=trials,
        seed=seed,
        training=_plan_training(space, levers, default, folders),
        held_out=held_out,
        hold_out_environments=hold_out_environments,
    )
    if hold_out_environments:
        # What is wrong there is reported before the first trial.
        study_plan.plan_study(request_hold_out(spec, [default]))
    return spec


def _find_problems(on: tuple[str, ...], trials: int, held_out: int) -> Iterator[str]:
    for name in on:
        try:
            if better_side(ranges.check_measure(name)) == "neither":
                yield (
                    f"--on {name}: neither side of it is better. "
                    "Tune another measure, such as time_in_band."
                )
        except EquipoiseError as error:
            yield from error.problems
    if not 1 <= len(on) <= 2 or len(set(on)) < len(on):
        yield f"--on {','.join(on)}: give one measure, or two different ones."
    if trials < 1:
        yield f"--trials {trials}: give how many settings to try, such as 60."
    if held_out < _MIN_HELD_OUT:
        yield f"--held-out {held_out}: give {_MIN_HELD_OUT} seeds or more, for an interval."


def split_environments(names: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the names of environments; a text without any is an unknown name, to be refused."""
    if isinstance(names, str):
        return split_names(names) or (names,)
    return split_names(names or ())


def _find_unknown_environments(
    environments: tuple[str, ...], folders: tuple[Path, ...]
) -> Iterator[str]:
    known = list_options("environment", folders)
    for name in environments:
        if name not in known:
            yield unknown_name_message("--judge: the environment", name, known)


def _find_trained_environments(environments: tuple[str, ...], space: SearchSpace) -> Iterator[str]:
    """Yield a line for each environment of the validation that is one of the training."""
    group = "environment"
    trained = {str(value) for value in space.choices.get(group, ())}
    if not trained:
        words = [word for word in space.constants if _path_of(word) == group]
        option = parse_override(words[-1]).value if words else "calm"
        trained = {str(option)}
    for name in environments:
        if name in trained:
            yield (
                f"--judge {name}: the levers are trained in it. "
                "Give an environment that the training does not see."
            )


def _find_lever_problems(space: SearchSpace) -> Iterator[str]:
    for path in space.spans:
        if space.roles[path] != "lever":
            yield (
                f"{path} is an uncertainty, which the firm does not choose, and cannot be tuned. "
                "Give it one value, or a list to average over; or name it among the levers of an "
                "experiment file."
            )
    has_list = any(space.roles[path] == "lever" for path in space.choices)
    if not space.spans and not has_list:
        yield (
            "There is nothing to tune. Give a range of a lever, as in "
            "control_center.kp=interval(1,12)."
        )


def _select_levers(space: SearchSpace) -> dict[str, Any]:
    levers: dict[str, Any] = dict(space.spans)
    for path, values in space.choices.items():
        if space.roles[path] == "lever":
            levers[path] = values
    return levers


def _default_levers(space: SearchSpace, levers: Levers, folders: tuple[Path, ...]) -> LeverValues:
    """Return the levers without tuning."""
    first = [ranges.format_list(path, values[:1]) for path, values in space.choices.items()]
    data = dump_settings(compose(*space.constants, *first, config_dirs=folders))
    default: LeverValues = {}
    for path in levers:
        default[path] = space.choices[path][0] if path in space.choices else _at_path(data, path)
    return default


def _at_path(data: Any, path: str) -> Any:
    for name in path.split("."):
        data = data[name]
    return data


def _plan_training(
    space: SearchSpace, levers: Levers, default: LeverValues, folders: tuple[Path, ...]
) -> Study:
    """Return the study of the default and of every listed choice, so that all are checked."""
    choices = {path: values for path, values in space.choices.items() if path not in levers}
    scenarios = space._replace(choices=choices)
    points = [default]
    for path, values in space.choices.items():
        if path in levers:
            points += [{**default, path: value} for value in values[1:]]
    return study_plan.plan_study(
        StudyRequest(scenarios.words(), folders, points=tuple(points), columns=("none",))
    )


def request_hold_out(spec: TuningSpec, points: Iterable[Mapping[str, Any]]) -> StudyRequest:
    """Return the request for points in the hold-out environments and the hold-out seeds."""
    replaced = ("environment", "seed", "replicates")
    words = [word for word in spec.scenarios() if _path_of(word) not in replaced]
    first = spec.training.seed + spec.training.replicates
    environments = ranges.format_list("environment", spec.hold_out_environments)
    all_words = (*words, environments, f"seed={first}", f"replicates={spec.held_out}")
    return StudyRequest(all_words, spec.folders, points=tuple(points), columns=("none",))


def request_training(spec: TuningSpec, points: Iterable[Mapping[str, Any]]) -> StudyRequest:
    """Return the request for points in the training worlds."""
    return StudyRequest(spec.scenarios(), spec.folders, points=tuple(points), columns=("none",))


def request_more_worlds(spec: TuningSpec, points: Iterable[Mapping[str, Any]]) -> StudyRequest:
    """Return the request for points in the training scenarios, with the hold-out seeds added."""
    words = [word for word in spec.scenarios() if _path_of(word) != "replicates"]
    worlds = spec.training.replicates + spec.held_out
    all_words = (*words, f"replicates={worlds}")
    return StudyRequest(all_words, spec.folders, points=tuple(points), columns=("none",))


def _path_of(word: str) -> str:
    return word.lstrip("+").partition("=")[0]


def find_points(study: Study, levers: Mapping[str, Any]) -> list[StudyPoint]:
    """Return the points of a study with these levers, one per scenario."""
    return [point for point in study.points if levers.items() <= point.varied.items()]
