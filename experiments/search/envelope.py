"""The homeostatic envelope: settings at which the loop returns to its band in time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.analysis.exploration import prim
from equipoise.analysis.exploration.border_search import Condition, parse_condition
from equipoise.analysis.measure_table import MEASURES
from equipoise.errors import EquipoiseError
from equipoise.experiments.design import designs, study_plan
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.executors import find_executor_problems
from equipoise.experiments.execution.sweep_runner import Watcher, run_study
from equipoise.experiments.search import ranges
from equipoise.experiments.search.envelope_output import write_envelope
from equipoise.experiments.search.envelope_result import Envelope, find_boxes
from equipoise.experiments.search.envelope_rounds import EnvelopeRounds, EnvelopeSpec
from equipoise.experiments.search.ranges import SearchSpace
from equipoise.experiments.storage.store import Store
from equipoise.settings.text_file import expand_user_path

_HOLDS = "settling_time<=91"  # back in the band within a quarter of a year
_LEVEL = 0.5
_STEPS = 40
_MAX_STEPS = 1000
_SAMPLES = 256


def plan_envelope(
    words: Iterable[str],
    folders: Iterable[Path] = (),
    holds: str = _HOLDS,
    level: float = _LEVEL,
    steps: int = _STEPS,
    samples: int = _SAMPLES,
) -> EnvelopeSpec:
    """Return the specification of an envelope, every point composed and checked.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    folders = tuple(folders)
    problems = list(_find_problems(level, steps))
    rule = _parse_rule(holds, problems)
    space = _parse_space(words, folders, problems)
    if problems or rule is None or space is None:
        raise EquipoiseError(*problems)
    places = _grid_places(space, steps) if len(space.spans) == 2 else ()
    if places:
        study = study_plan.plan_study(_request_grid(space, folders, places))
        extent = ("--steps", str(steps))
    else:
        study = study_plan.plan_study(_request_sample(space, folders, samples))
        extent = ("--samples", str(samples))
    options = ("--holds", str(rule), "--share", f"{level:g}", *extent)
    repeat_words = (*space.all_words(), *options)
    return EnvelopeSpec(study, tuple(space.spans), places, rule, level, repeat_words)


def _find_problems(level: float, steps: int) -> Iterator[str]:
    if not 0 < level <= 1:
        yield (
            f"--share {level:g}: give the share of worlds in which it must hold, "
            "above 0 and up to 1."
        )
    if not 2 <= steps <= _MAX_STEPS:
        yield (
            f"--steps {steps}: give the steps along each side of the map, from 2 to {_MAX_STEPS:,}."
        )


def _parse_rule(holds: str, problems: list[str]) -> Condition | None:
    try:
        prim.require_prim()
        rule = parse_condition(holds, tuple(measure.name for measure in MEASURES))
    except EquipoiseError as error:
        problems += error.problems
        return None
    if not math.isfinite(rule.limit):
        problems.append(
            f"--holds {holds!r} compares with no number. Write a finite one, as in time_in_band>=0.9."
        )
        return None
    return rule


def _parse_space(
    words: Iterable[str], folders: tuple[Path, ...], problems: list[str]
) -> SearchSpace | None:
    try:
        space = ranges.parse_space(words, folders)
    except EquipoiseError as error:
        problems += error.problems
        return None
    if len(space.spans) < 2:
        given = f"only {', '.join(space.spans)} has one" if space.spans else "there is none"
        problems.append(
            f"An envelope needs two ranges; {given}. "
            "Give two, as in firm.set_point=interval(0.6,0.8)."
        )
    return space


def _grid_places(space: SearchSpace, steps: int) -> tuple[list[Any], ...]:
    """Return the values at the steps along each side of the map."""
    unit = np.arange(steps + 1) / steps
    return tuple(designs.scale_to_span(unit, span) for span in space.spans.values())


def _request_grid(
    space: SearchSpace, folders: tuple[Path, ...], places: tuple[list[Any], ...]
) -> StudyRequest:
    # Along a setting that is a whole number, several steps have the same value.
    grid = [
        ranges.format_list(path, [*dict.fromkeys(values)])
        for path, values in zip(space.spans, places, strict=True)
    ]
    return StudyRequest((*space.words(), *grid), folders, columns=("none",))


def _request_sample(space: SearchSpace, folders: tuple[Path, ...], samples: int) -> StudyRequest:
    return StudyRequest(space.all_words(), folders, "sobol", samples, columns=("none",))


def envelope(
    *words: str,
    out: str | Path | None = None,
    config_dirs: Iterable[str | Path] = (),
    holds: str = _HOLDS,
    share: float = _LEVEL,
    steps: int = _STEPS,
    samples: int = _SAMPLES,
    executor: str = "processes",
    workers: int | None = None,
    watcher: Watcher | None = None,
) -> Envelope:
    """Map where the loop holds.

    ``envelope("strategy=pid_survey", "lens.delay=interval(0,30)", "firm.band=interval(0.01,0.1)")``

    Args:
        words: overrides as for `sweep`. Two have ranges; three or more are sampled and give rules.
        out: folder of the study; default ``studies/envelope-<name>``.
        config_dirs: further folders of options and experiments.
        holds: condition on which the loop holds in a world: ``measure<=number`` or
            ``measure>=number``.
        share: share of worlds in which it must hold.
        steps: steps along each side of the map.
        samples: samples of three or more ranges; a power of 2.
        executor: as for `sweep`.
        workers: as for `sweep`.
        watcher: receives progress updates.

    Raises:
        EquipoiseError: with a line for every problem, before anything runs.
        KeyboardInterrupt: after a stop; the same call does what is missing.
    """
    folders = list(map(expand_user_path, config_dirs))
    spec = plan_envelope(words, folders, holds, share, steps, samples)
    executor_spec = ExecutorSpec(executor, workers)
    problems = list(find_executor_problems(executor_spec))
    if problems:
        raise EquipoiseError(*problems)
    result = run_envelope(spec, envelope_folder(spec, out), executor_spec, watcher)
    if not result.sweep.complete:
        # What is finished is kept, but the script that called must stop, too.
        raise KeyboardInterrupt
    return result


def envelope_folder(spec: EnvelopeSpec, out: str | Path | None) -> Path:
    """Return the folder of an envelope."""
    if out is not None:
        return expand_user_path(out)
    return study_plan.STUDIES_FOLDER / f"envelope-{spec.study.name}"


def run_envelope(
    spec: EnvelopeSpec, folder: Path, executor: ExecutorSpec, watcher: Watcher | None = None
) -> Envelope:
    """Run what is missing of the border or the sample; write table, rules and figure."""
    rounds = EnvelopeRounds(spec)
    sweep = run_study(spec.study, folder, executor, None, watcher, rounds)
    rounds.update(Store(folder))
    points_run = rounds.count_points()
    result = Envelope(spec, rounds.panels, points_run, len(spec.study.points), sweep)
    if sweep.complete:
        for panel in result.panels:
            panel.boxes = find_boxes(spec, panel)
        write_envelope(result, folder)
    return result
