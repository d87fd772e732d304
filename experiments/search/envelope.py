"""The homeostatic envelope: the region of settings in which the loop returns to its band in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.analysis.exploration import prim
from equipoise.analysis.exploration.border_search import condition
from equipoise.analysis.measure_table import MEASURES
from equipoise.errors import EquipoiseError
from equipoise.experiments.design import designs
from equipoise.experiments.design import study_plan as studies
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution import executors
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.sweep_runner import Watcher, run_study
from equipoise.experiments.search import ranges
from equipoise.experiments.search.envelope_output import write_envelope
from equipoise.experiments.search.envelope_result import Envelope, find_boxes
from equipoise.experiments.search.envelope_rounds import EnvelopeRounds, EnvelopeSpec
from equipoise.experiments.search.ranges import SearchSpace
from equipoise.experiments.storage.store import Store

HOLDS = "settling_time<=91"  # back within a quarter of a year
STEPS, MOST_STEPS = 40, 1000
LEVEL = 0.5
SAMPLES = 256


def plan_envelope(
    words: Iterable[str],
    folders: Iterable[Path] = (),
    holds: str = HOLDS,
    level: float = LEVEL,
    steps: int = STEPS,
    samples: int = SAMPLES,
) -> EnvelopeSpec:
    """Return what is to be mapped, every point composed and checked.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    folders = tuple(folders)
    problems = list(_problems(level, steps))
    rule, asked, space = None, None, None
    try:
        prim.require()
        rule = condition(holds, tuple(each.name for each in MEASURES))
    except EquipoiseError as error:
        problems += error.problems
    try:
        space = ranges.parse_space(words, folders)
        if len(space.spans) < 2:
            problems.append(_too_few(space))
    except EquipoiseError as error:
        problems += error.problems
    if problems or rule is None or space is None:
        raise EquipoiseError(*problems)
    paths, places = tuple(space.spans), tuple[list[Any], ...]()
    if len(paths) == 2:
        unit = np.arange(steps + 1) / steps
        places = tuple(designs.scale_to_span(unit, span) for span in space.spans.values())
        grid = (
            ranges.format_list(path, [*dict.fromkeys(values)])
            for path, values in zip(paths, places, strict=True)
        )
        asked = StudyRequest((*space.words(), *grid), folders, columns=("none",))
    else:
        spans = (f"{path}={span.word}" for path, span in space.spans.items())
        asked = StudyRequest((*space.words(), *spans), folders, "sobol", samples, columns=("none",))
    extent = ("--steps", str(steps)) if places else ("--samples", str(samples))
    said = (*space.asked(), "--holds", str(rule), "--share", f"{level:g}", *extent)
    return EnvelopeSpec(studies.plan_study(asked), paths, places, rule, level, said)


def _problems(level: float, steps: int) -> Iterator[str]:
    if not 0 < level <= 1:
        yield f"--share {level:g}: give the share of worlds in which it must hold, above 0 and up to 1."
    if not 2 <= steps <= MOST_STEPS:
        yield f"--steps {steps}: give the steps along each side of the map, from 2 to {MOST_STEPS:,}."


def _too_few(space: SearchSpace) -> str:
    given = f"{', '.join(space.spans)} alone has one" if space.spans else "there is none"
    return f"An envelope is mapped over two ranges, and {given}. Give two, as in firm.set_point=interval(0.6,0.8)."


def envelope(
    *words: str,
    out: str | Path | None = None,
    config_dirs: Iterable[str | Path] = (),
    holds: str = HOLDS,
    share: float = LEVEL,
    steps: int = STEPS,
    samples: int = SAMPLES,
    executor: str = "processes",
    workers: int | None = None,
    watcher: Watcher | None = None,
) -> Envelope:
    """Map where the loop holds: ``envelope("strategy=pid_survey", "lens.delay=interval(0,30)", ...)``.

    Args:
        words: overrides as for `sweep`; two of them ranges (three or more are sampled, and give rules alone).
        out: the study's folder; ``studies/envelope-<name>`` when not given.
        config_dirs: further folders of options and experiments.
        holds: what it means that the loop held in a world: ``measure<=number`` or ``measure>=number``.
        share: of worlds in which it must hold.
        steps: along each side of the map.
        samples: of three or more ranges; a power of 2.
        executor: as for `sweep`.
        workers: as for `sweep`.
        watcher: told of every job.

    Raises:
        EquipoiseError: with a line for every problem, before anything runs.
    """
    asked = plan_envelope(
        words, [Path(folder) for folder in config_dirs], holds, share, steps, samples
    )
    chosen = ExecutorSpec(executor, workers)
    if found := list(executors.find_executor_problems(chosen)):
        raise EquipoiseError(*found)
    return run_envelope(asked, envelope_folder(asked, out), chosen, watcher)


def envelope_folder(asked: EnvelopeSpec, out: str | Path | None) -> Path:
    """Return where an envelope is kept."""
    return Path(out) if out is not None else studies.STUDIES_FOLDER / f"envelope-{asked.study.name}"


def run_envelope(
    asked: EnvelopeSpec, folder: Path, executor: ExecutorSpec, watcher: Watcher | None = None
) -> Envelope:
    """Trace the border, or run the sample, from where it was left; write table, figure and rules into the folder."""
    frontier = EnvelopeRounds(asked)
    done = run_study(asked.study, folder, executor, None, watcher, frontier)
    frontier.look(Store(folder))
    found = Envelope(asked, frontier.panels, frontier.run, len(asked.study.points), done)
    if done.complete:
        for panel in found.panels:
            panel.boxes = find_boxes(asked, panel)
        write_envelope(found, folder)
    return found
