"""What strategies came to: one measure by strategy, environment and world (seed), and which side of it is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from equipoise.array_types import Floats, Ints
from equipoise.errors import EquipoiseError, unknown_name_message

Side = Literal["higher", "lower", "neither"]

SIDES: dict[str, Side] = {
    "days": "neither",
    "time_in_band": "higher",
    "mean_satisfaction": "higher",
    "iae": "lower",
    "iae_per_day": "lower",
    "largest_deviation": "lower",
    "lowest": "higher",
    "steady_state_error": "neither",
    "troubles": "neither",
    "unsettled": "lower",
    "settling_time": "lower",
    "restricted_settling_time": "lower",
    "recovery_half_life": "lower",
    "overshoot": "lower",
    "oscillation_index": "lower",
    "oscillation_period": "neither",
    "oscillation_amplitude": "lower",
    "cost": "lower",
    "revenue": "higher",
    "net": "higher",
    "customers_lost": "lower",
    "customers_won": "higher",
    "positive_share": "higher",
    "positive_per_negative": "higher",
    "open_complaints": "lower",
    "gap": "lower",
    "belief_bias": "neither",
    "belief_known": "higher",
    "false_alarm": "lower",
    "notice_delay": "lower",
    "worst_decile": "higher",
    "advocate_share": "higher",
    "strata_gap": "neither",
    "between_tribes": "lower",
    "between_tribes_change": "lower",
    "within_tribes": "lower",
    "within_tribes_change": "lower",
    "green_while_red": "lower",
    "red_while_green": "lower",
    "verdict_hits": "higher",
    "verdict_misses": "lower",
    "verdict_delay": "lower",
    "verdict_false_alarms": "lower",
    "verdict_rejections": "neither",
    "connectivity": "higher",
    "internal_connectivity": "higher",
    "external_connectivity": "higher",
    "personal": "higher",
    "contextual": "higher",
    "mobile": "higher",
}


@dataclass(frozen=True)
class Outcomes:
    """One measure of many runs.

    Args:
        measure: its name.
        strategies, environments, seeds: the names of the three axes, each without repetition.
        values: (strategies, environments, seeds), nan where a world is missing or the measure has no value in it.
        better: which side of the measure is better.
    """

    measure: str
    strategies: tuple[str, ...]
    environments: tuple[str, ...]
    seeds: tuple[int, ...]
    values: Floats
    better: Side = "higher"

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise EquipoiseError(*problems)

    @property
    def sign(self) -> float:
        """Return 1.0 where more of the measure is better, -1.0 where less is."""
        return 1.0 if self.better == "higher" else -1.0

    @property
    def merit(self) -> Floats:
        """Return the values turned so that more is better."""
        return self.sign * self.values

    def row(self, strategy: str) -> int:
        """Return where a strategy stands on the first axis."""
        if strategy not in self.strategies:
            raise EquipoiseError(unknown_name_message("Strategy", strategy, self.strategies))
        return self.strategies.index(strategy)

    def arranged(self, strategies: Sequence[str], environments: Sequence[str]) -> Outcomes:
        """Return the outcomes in another order of strategies and environments; those that are new have no values."""
        values = np.full((len(strategies), len(environments), len(self.seeds)), np.nan)
        rows, places = (
            [axis.index(name) for name in own]
            for own, axis in (
                (self.strategies, list(strategies)),
                (self.environments, list(environments)),
            )
        )
        values[np.ix_(rows, places)] = self.values
        return replace(
            self, strategies=tuple(strategies), environments=tuple(environments), values=values
        )

    def within(self, environment: str) -> Outcomes:
        """Return the outcomes in one environment."""
        place = self.environments.index(environment)
        return replace(self, environments=(environment,), values=self.values[:, [place]])

    def over_environments(self, name: str = "all environments") -> Outcomes:
        """Return each world's mean over environments, all of equal weight; nan where one of them is missing."""
        return replace(self, environments=(name,), values=self.values.mean(axis=1, keepdims=True))


def _problems(given: Outcomes) -> Iterator[str]:
    axes = {
        "strategies": given.strategies,
        "environments": given.environments,
        "seeds": given.seeds,
    }
    shape = tuple(len(axis) for axis in axes.values())
    if given.values.shape != shape:
        yield f"The values of {given.measure!r} have shape {given.values.shape}; their axes have {shape}."
    for name, axis in axes.items():
        if len(set(axis)) < len(axis):
            yield f"The {name} of {given.measure!r} repeat themselves: give each one once."
    if given.better not in ("higher", "lower"):
        yield (
            f"Neither side of {given.measure!r} is better, so strategies cannot be compared on it. "
            "Say better='higher' or better='lower', or take another measure."
        )
    if np.isinf(given.values).any():
        yield f"{given.measure!r} has infinite values; a mean over worlds needs finite ones, or nan for missing."


def side_of(measure: str) -> Side:
    """Return which side of a measure is better."""
    if measure not in SIDES:
        line = unknown_name_message("Measure", measure, SIDES)
        raise EquipoiseError(
            f"{line} For a measure of your own say better='higher' or better='lower'."
        )
    return SIDES[measure]


def outcomes(
    table: Mapping[str, Sequence[object]],
    measure: str,
    better: Side | None = None,
    *,
    strategy: str = "strategy",
    environment: str = "environment",
    seed: str = "seed",
) -> Outcomes:
    """Return the outcomes of one measure from a tidy table with one row a world.

    Args:
        table: columns by name: a polars or pandas frame, or a plain mapping.
        measure: the column that is compared; None and nan are missing.
        better: which side is better, where the measure is not in SIDES.
        strategy: the column that names what is compared.
        environment: the column that names where.
        seed: the column that names the world.

    Returns:
        The outcomes, axes sorted; what the table does not hold is nan.
    """
    columns = [np.asarray(_column(table, name)) for name in (strategy, environment, seed, measure)]
    better = better or side_of(measure)
    names, places = zip(
        *(np.unique(column, return_inverse=True) for column in columns[:3]), strict=True
    )
    cells = tuple(np.ravel(place) for place in places)
    shape = tuple(len(axis) for axis in names)
    _refuse_repeats(cells, shape, (strategy, environment, seed))
    values = np.full(shape, np.nan)
    values[cells] = columns[3].astype(np.float64)
    strategies, environments = (tuple(str(name) for name in axis) for axis in names[:2])
    return Outcomes(
        measure, strategies, environments, tuple(int(each) for each in names[2]), values, better
    )


def _column(table: Mapping[str, Sequence[object]], name: str) -> Sequence[object]:
    known = list(getattr(table, "columns", table))
    if name not in known:
        raise EquipoiseError(unknown_name_message("Column", name, known))
    return table[name]


def _refuse_repeats(cells: tuple[Ints, ...], shape: tuple[int, ...], by: tuple[str, ...]) -> None:
    rows = np.bincount(np.ravel_multi_index(cells, shape)) if len(cells[0]) else np.zeros(1, int)
    if rows.max() > 1:
        raise EquipoiseError(
            f"{int((rows > 1).sum())} worlds occur more than once by {', '.join(by)}. "
            "Keep one row a world, or compare by a column that tells them apart."
        )
