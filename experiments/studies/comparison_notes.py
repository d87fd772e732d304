"""Notes on a comparison: strategies that see the truth, missing runs, and missing values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.measure_table import MEASURE_BY_NAME
from equipoise.analysis.text.formatting import format_quantity
from equipoise.errors import EquipoiseError
from equipoise.experiments.studies.stored_study import StoredStudy, format_point

# Two-sided, 2 / 2^6 is the first p value of a paired permutation test below 0.05.
_MIN_WORLDS = 6
# Measures without a value for a run that failed, and those that give such a run a value.
_MEASURES_WITH_FAILURES = {"settling_time": "restricted_settling_time"}
_MAX_LISTED = 5  # combinations that are named before the rest is counted


@dataclass(frozen=True)
class FinishedRuns:
    """The finished runs of a study.

    Attributes:
        strategies, environments: names in the order of the study.
        table: columns by name with one row per run: seed, measures, strategy, environment.
        counts: number of runs by strategy and environment.
        requested: number of runs asked for; 0 under a stopping rule.
    """

    strategies: tuple[str, ...]
    environments: tuple[str, ...]
    table: Mapping[str, Any]
    counts: Counter[tuple[str, str]]
    requested: Mapping[tuple[str, str], int]


def list_notes(
    study: StoredStudy, runs: FinishedRuns, outcomes: Sequence[Outcomes], compared: Sequence[str]
) -> Iterator[str]:
    """Yield notes on a comparison for its reader."""
    yield from study.list_notes(map(int, set(runs.table["point"])))
    yield from _note_true_belief(study, runs, compared)
    yield from _note_missing_runs(study, runs)
    yield from _note_failures(study)
    yield from _note_few_worlds(runs)
    for part in outcomes:
        yield from _note_missing_values(part, runs)


def _note_true_belief(
    study: StoredStudy, runs: FinishedRuns, compared: Sequence[str]
) -> Iterator[str]:
    """Yield the strategies whose receptor sees the truth."""
    points: dict[str, int] = {}
    for number, point in enumerate(study.points):
        # The first point of a strategy stands for all of them.
        points.setdefault(format_point(point, compared), number)
    names = [name for name in runs.strategies if _sees_truth(study, points[name])]
    if names:
        yield (
            f"Sees the truth, as no firm can: {_shorten(names)}. It is a yardstick, not a choice."
        )


def _sees_truth(study: StoredStudy, point: int) -> bool:
    try:
        return bool(study.load_settings(point).receptor.sees_truth)
    except EquipoiseError:
        # Settings of another version, or of parts that are not installed here: the values can
        # still be compared.
        return False


def _note_missing_runs(study: StoredStudy, runs: FinishedRuns) -> Iterator[str]:
    """Yield a note on missing runs."""
    requested = _count_requested(runs)
    gaps = []
    missing = 0
    for (strategy, environment), worlds in requested.items():
        finished = runs.counts[strategy, environment]
        if finished < worlds:
            gaps.append(f"{strategy} in {environment} ({finished} of {worlds} worlds)")
            missing += worlds - finished
    if gaps:
        option = f" with replicates={study.worlds}" if study.worlds else ""
        yield (
            f"{missing:,} of {sum(requested.values()):,} runs are missing: {_shorten(gaps)}. "
            "Differences are over the worlds that both have. "
            f"The same sweep command{option} does what is missing."
        )


def _count_requested(runs: FinishedRuns) -> dict[tuple[str, str], int]:
    """Return the number of worlds that each strategy should have in each environment."""
    most: dict[str, int] = {}
    for (_, environment), number in runs.counts.items():
        most[environment] = max(number, most.get(environment, 0))
    requested = {}
    for pair, worlds in runs.requested.items():
        # A stopping rule runs all strategies of an environment in the same worlds.
        requested[pair] = worlds or most.get(pair[1], 0)
    return requested


def _note_failures(study: StoredStudy) -> Iterator[str]:
    """Yield a note on failed jobs."""
    if study.failures:
        jobs = format_quantity(study.failures, "job")
        yield (
            f"{jobs} failed; {study.folder / 'failures'} says why. "
            "The same sweep command tries again."
        )


def _note_few_worlds(runs: FinishedRuns) -> Iterator[str]:
    """Yield a note if no verdict can be significant."""
    worlds = max(runs.counts.values())
    if worlds < _MIN_WORLDS:
        yield (
            f"{worlds} worlds are too few for a verdict: "
            f"{_MIN_WORLDS} is the least, 40 a good number."
        )


def _note_missing_values(outcomes: Outcomes, runs: FinishedRuns) -> Iterator[str]:
    """Yield notes on environments and runs in which a measure has no value."""
    # A missing value is rarely random: a strategy that never settles has no settling time.
    measure = outcomes.measure
    valued = np.isfinite(outcomes.values).sum(axis=2)
    empty = []
    gaps = []
    for column, environment in enumerate(outcomes.environments):
        if not valued[:, column].any():
            empty.append(environment)
            continue
        for row, strategy in enumerate(outcomes.strategies):
            finished = runs.counts[strategy, environment]
            if valued[row, column] < finished:
                gaps.append(f"{strategy} in {environment} ({valued[row, column]} of {finished})")
    if empty:
        yield f"{measure} has no value in {', '.join(empty)}: {MEASURE_BY_NAME[measure].meaning}."
    if gaps:
        other = _MEASURES_WITH_FAILURES.get(measure)
        hint = f" {other} includes failures." if other else ""
        yield (
            f"{measure} has a value in some worlds only: {_shorten(gaps)}. "
            "Two strategies are compared over the worlds in which both have one. "
            "A verdict marked * may mislead: a missing value can be a failure."
            f"{hint}"
        )


def _shorten(names: Sequence[str]) -> str:
    """Return the first names, and the number of the rest."""
    listing = ", ".join(names[:_MAX_LISTED])
    further = len(names) - _MAX_LISTED
    return f"{listing} and {further} more" if further > 0 else listing
