"""Outcomes: one measure by strategy, environment and world (seed), with its better side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from equipoise.analysis.measure_table import MEASURE_BY_NAME, BetterSide
from equipoise.array_types import Floats, Ints
from equipoise.errors import EquipoiseError, unknown_name_message


@dataclass(frozen=True)
class Outcomes:
    """One measure of many runs.

    Attributes:
        measure: its name.
        strategies: names of the strategies, without repetition.
        environments: names of the environments, without repetition.
        seeds: seeds of the worlds, without repetition.
        values: (strategies, environments, seeds); nan for a missing world or value.
        better: better side of the measure.
    """

    measure: str
    strategies: tuple[str, ...]
    environments: tuple[str, ...]
    seeds: tuple[int, ...]
    values: Floats
    better: BetterSide = "higher"

    def __post_init__(self) -> None:
        problems = tuple(_find_problems(self))
        if problems:
            raise EquipoiseError(*problems)

    @property
    def sign(self) -> float:
        """1.0 if higher values are better, -1.0 if lower ones are."""
        return 1.0 if self.better == "higher" else -1.0

    @property
    def merit(self) -> Floats:
        """The values with their sign changed if needed, so that higher is better."""
        return self.sign * self.values

    def row(self, strategy: str) -> int:
        """Return the place of a strategy on the first axis."""
        if strategy not in self.strategies:
            raise EquipoiseError(unknown_name_message("Strategy", strategy, self.strategies))
        return self.strategies.index(strategy)

    def reindex(self, strategies: Sequence[str], environments: Sequence[str]) -> Outcomes:
        """Return the outcomes in another order of names; new names get nan."""
        rows = [strategies.index(name) for name in self.strategies]
        places = [environments.index(name) for name in self.environments]
        values = np.full((len(strategies), len(environments), len(self.seeds)), np.nan)
        values[np.ix_(rows, places)] = self.values
        return replace(
            self, strategies=tuple(strategies), environments=tuple(environments), values=values
        )

    def within(self, environment: str) -> Outcomes:
        """Return the outcomes in one environment."""
        place = self.environments.index(environment)
        return replace(self, environments=(environment,), values=self.values[:, [place]])


def _find_problems(outcomes: Outcomes) -> Iterator[str]:
    """Yield a line for every contradiction in the data."""
    measure = outcomes.measure
    axes = {
        "strategies": outcomes.strategies,
        "environments": outcomes.environments,
        "seeds": outcomes.seeds,
    }
    shape = tuple(len(axis) for axis in axes.values())
    if outcomes.values.shape != shape:
        given = outcomes.values.shape
        yield f"The values of {measure!r} have shape {given}; their axes have {shape}."
    for name, axis in axes.items():
        if len(set(axis)) < len(axis):
            yield f"The {name} of {measure!r} repeat themselves: give each one once."
    if outcomes.better not in ("higher", "lower"):
        yield (
            f"Neither side of {measure!r} is better, so strategies cannot be compared on it. "
            "Say better='higher' or better='lower', or take another measure."
        )
    if np.isinf(outcomes.values).any():
        yield (
            f"{measure!r} has infinite values; a mean over worlds needs finite ones, "
            "or nan for missing."
        )


def better_side(measure: str) -> BetterSide:
    """Return the better side of a measure.

    Raises:
        EquipoiseError: if the measure is unknown.
    """
    if measure not in MEASURE_BY_NAME:
        message = unknown_name_message("Measure", measure, MEASURE_BY_NAME)
        raise EquipoiseError(
            f"{message} For a measure of your own say better='higher' or better='lower'."
        )
    return MEASURE_BY_NAME[measure].better


def build_outcomes(
    table: Mapping[str, Sequence[object]],
    measure: str,
    better: BetterSide | None = None,
    *,
    strategy: str = "strategy",
    environment: str = "environment",
    seed: str = "seed",
) -> Outcomes:
    """Return the outcomes of one measure from a tidy table with one row per world.

    Args:
        table: columns by name: a polars or pandas frame, or a plain mapping.
        measure: the column to compare; None and nan are missing.
        better: better side, for a measure that is not in MEASURES.
        strategy: column with the name of what is compared.
        environment: column with the name of the environment.
        seed: column with the seed of the world.

    Returns:
        The outcomes with sorted axes; combinations that the table does not hold are nan.
    """
    by = (strategy, environment, seed)
    labels = [np.asarray(_column(table, name)) for name in by]
    values = np.asarray(_column(table, measure)).astype(np.float64)
    axes: list[np.ndarray] = []
    cells: list[Ints] = []
    for label in labels:
        names, places = np.unique(label, return_inverse=True)
        axes.append(names)
        cells.append(np.ravel(places))
    shape = tuple(len(axis) for axis in axes)
    _refuse_repeats(tuple(cells), shape, by)
    array = np.full(shape, np.nan)
    array[tuple(cells)] = values
    strategies, environments, seeds = axes
    return Outcomes(
        measure=measure,
        strategies=tuple(map(str, strategies)),
        environments=tuple(map(str, environments)),
        seeds=tuple(map(int, seeds)),
        values=array,
        better=better or better_side(measure),
    )


def _column(table: Mapping[str, Sequence[object]], name: str) -> Sequence[object]:
    known = list(getattr(table, "columns", table))
    if name not in known:
        raise EquipoiseError(unknown_name_message("Column", name, known))
    return table[name]


def _refuse_repeats(cells: tuple[Ints, ...], shape: tuple[int, ...], by: tuple[str, ...]) -> None:
    """Refuse tables with several rows for one world."""
    if not len(cells[0]):
        return
    rows = np.bincount(np.ravel_multi_index(cells, shape))
    if rows.max() > 1:
        repeated = int((rows > 1).sum())
        raise EquipoiseError(
            f"{repeated} worlds occur more than once by {', '.join(by)}. "
            "Keep one row per world, or compare by a column that distinguishes the rows."
        )
