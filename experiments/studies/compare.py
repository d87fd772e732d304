"""Comparison of the strategies of a study on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from equipoise.analysis.comparison.comparison import (
    COMPARABLE,
    DEFAULT_BASELINE,
    Comparison,
    build_comparison,
)
from equipoise.analysis.comparison.outcomes import Outcomes, build_outcomes
from equipoise.analysis.measure_table import MEASURE_BY_NAME
from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.config.name_list import find_missing_names, split_names
from equipoise.experiments.storage.layout import check_export_target
from equipoise.experiments.storage.tables import neutralise_frame
from equipoise.experiments.studies import DEFAULT_MEASURES, LEVER_ADVICE
from equipoise.experiments.studies.comparison_notes import FinishedRuns, list_notes
from equipoise.experiments.studies.stored_study import (
    StoredStudy,
    check_varied_paths,
    list_axes,
    load_study,
    load_table,
    name_points,
    name_rows,
)
from equipoise.output.atomic import atomic_file
from equipoise.settings.text_file import expand_user_path

if TYPE_CHECKING:
    from equipoise.experiments.execution.sweep_runner import SweepResult


def compare(
    study: str | Path | SweepResult,
    *,
    by: str | Iterable[str] | None = None,
    on: str | Iterable[str] = DEFAULT_MEASURES,
    baseline: str | None = None,
    margin: Mapping[str, float] | None = None,
    enough: Mapping[str, float] | None = None,
) -> Comparison:
    """Compare the strategies of a study in the same worlds: ``compare("studies/first")``.

    Args:
        study: its folder, or the result of `sweep`.
        by: varied paths to compare; by default the levers of the study. All other varied paths
            make the environments, and the strategies are compared within each.
        on: measures; the first is set against cost in the Pareto front.
        baseline: the reference of all differences; by default do_nothing if the study has it,
            else its first strategy.
        margin: equivalence margin by measure.
        enough: satisficing level by measure.

    Returns:
        The comparison; `render_comparison` prints it, `comparison_frame` makes it a table.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    folder = expand_user_path(study) if isinstance(study, (str, Path)) else study.folder
    stored = load_study(folder)
    compared = split_names(by or ()) or stored.levers
    measures = tuple(dict.fromkeys(split_names(on)))
    problems = [
        *filter(None, [find_missing_names("--by", by, LEVER_ADVICE)]),
        *_check_compared(stored, compared),
        *_check_measures(measures, margin or {}, enough or {}),
    ]
    if problems:
        raise EquipoiseError(*problems)
    runs = _load_runs(stored, compared, measures)
    outcomes = _build_outcomes(stored, runs, compared, measures)
    chosen_baseline = _choose_baseline(baseline, runs.strategies)
    notes = []
    # An implicit choice has to be visible: every difference depends on it.
    if baseline is None:
        notes.append(f"Measured against {chosen_baseline}, since no other baseline was named.")
    notes += list_notes(stored, runs, outcomes, compared)
    others = [path for path in stored.paths if path not in compared]
    return build_comparison(
        outcomes,
        chosen_baseline,
        by=", ".join(compared),
        within=", ".join(others) or "environment",
        margins=margin,
        enough=enough,
        notes=notes,
    )


def _choose_baseline(baseline: str | None, strategies: Sequence[str]) -> str:
    if baseline is None:
        return DEFAULT_BASELINE if DEFAULT_BASELINE in strategies else strategies[0]
    if baseline not in strategies:
        raise EquipoiseError(unknown_name_message("The baseline", baseline, strategies))
    return baseline


def _check_compared(study: StoredStudy, compared: Sequence[str]) -> Iterator[str]:
    """Yield the reasons why some paths of a study cannot be compared."""
    if not study.paths:
        yield (
            f"{study.folder} varies nothing, so there is nothing to compare. "
            "Sweep strategy=a,b with two at least."
        )
        return
    if not compared:
        yield (
            f"{study.folder} varies no lever, only {', '.join(study.paths)}. "
            f"To compare that: --by {study.paths[0]}."
        )
    yield from check_varied_paths(study, compared)


def _check_measures(
    measures: Sequence[str], margins: Mapping[str, float], levels: Mapping[str, float]
) -> Iterator[str]:
    """Yield the reasons why some measures cannot be compared."""
    allowed = ", ".join(COMPARABLE)
    if not measures:
        yield f"Say on which measures to compare. Allowed: {allowed}."
    for name in measures:
        if name not in MEASURE_BY_NAME:
            yield unknown_name_message("Measure", name, COMPARABLE)
        elif name not in COMPARABLE:
            yield f"Neither side of {name} is better, so it has no best. Allowed: {allowed}."
    for name in {**margins, **levels}:
        if name not in measures:
            subject = "--margin and --enough need a measure that is compared:"
            yield unknown_name_message(subject, name, measures)


def _load_runs(
    study: StoredStudy, compared: Sequence[str], measures: Sequence[str]
) -> FinishedRuns:
    """Return the finished runs of a study, with the names of strategy and environment."""
    table = load_table(study, measures)
    if not len(table["point"]):
        raise EquipoiseError(
            f"No run of {study.folder} is finished yet. Give the same sweep command again."
        )
    missing = [name for name in measures if name not in table]
    if missing:
        raise EquipoiseError(
            f"{study.folder} lacks {', '.join(missing)}: its runs are older. "
            "Run the sweep in a new folder."
        )
    names = name_points(study, compared)
    name_rows(table, names)
    strategies, environments = list_axes(names.values())
    finished = zip(table["strategy"], table["environment"], strict=True)
    return FinishedRuns(
        strategies=strategies,
        environments=environments,
        table=table,
        counts=Counter(finished),
        requested=dict.fromkeys(names.values(), study.worlds),
    )


def _build_outcomes(
    study: StoredStudy, runs: FinishedRuns, compared: Sequence[str], measures: Sequence[str]
) -> list[Outcomes]:
    """Return the outcomes of each measure, with strategies and environments in study order.

    Raises:
        EquipoiseError: if the runs allow no comparison.
    """
    if len(runs.strategies) < 2:
        raise EquipoiseError(
            f"{study.folder} has one {', '.join(compared)} only, {runs.strategies[0]}: "
            "nothing to compare it with. Sweep two."
        )
    parts = []
    for name in measures:
        outcomes = build_outcomes(runs.table, name)
        parts.append(outcomes.reindex(runs.strategies, runs.environments))
    if len(parts[0].seeds) < 2:
        raise EquipoiseError(
            f"{study.folder} has one world only, so the Monte Carlo error is unknown. "
            "Sweep with replicates=40."
        )
    # The user hears of all measures at once.
    problems: list[str] = []
    for part in parts:
        problems += _check_pairs(study, part, compared)
    if problems:
        raise EquipoiseError(*problems)
    return parts


def _check_pairs(study: StoredStudy, outcomes: Outcomes, compared: Sequence[str]) -> Iterator[str]:
    """Yield an error if no two strategies have a value of a measure in the same world."""
    measure = outcomes.measure
    has_value = np.isfinite(outcomes.values)
    if not has_value.any():
        meaning = MEASURE_BY_NAME[measure].meaning
        yield f"{measure} has no value in any run ({meaning}). Take another measure."
        return
    if has_value.sum(axis=0).max() > 1:
        return
    message = (
        f"No two of {', '.join(compared)} have a value of {measure} in the same world: no pairs."
    )
    # Paths that vary together, as with --zip, leave no environment that two strategies share.
    others = [path for path in study.paths if path not in compared]
    if others:
        wider = ",".join((*compared, *others))
        message += f" {', '.join(others)} changes with it: give --by {wider}."
    yield message


def export(comparison: Comparison, study: Path, out: Path) -> int:
    """Write all numbers of a comparison as .csv or .json; return the number of rows.

    Raises:
        EquipoiseError: if the file belongs to the study, or cannot be written.
    """
    from equipoise.analysis.frames import comparison_frame

    check_export_target(study, out, "--export")
    table = comparison_frame(comparison)
    try:
        with atomic_file(out) as partial:
            if out.suffix.lower() == ".csv":
                neutralise_frame(table).write_csv(partial)
            else:
                table.write_json(partial)
    except OSError as error:
        raise EquipoiseError(
            f"{out} cannot be written: {error.strerror or error}. Give another --export."
        ) from None
    return len(table)
