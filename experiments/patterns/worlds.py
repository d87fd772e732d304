"""One arm of a pattern in its worlds: run them, and reduce each to the few numbers that the clauses speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from equipoise.analysis import measures
from equipoise.analysis.measure_table import MEASURES
from equipoise.analysis.summary import (
    measure_record,
    score_record_verdicts,
    scored_days,
    strike_days,
)
from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.config.compose import compose
from equipoise.run_record import RunRecord
from equipoise.runner import build_world
from equipoise.settings.settings import Settings

WARNING = 2.0  # standard deviations of belief before the strike that count as a change ...
LEAST = 0.5  # ... and at least so much of the band
CALM = 28  # days before the strike from which the usual belief is known


class Wanted(NamedTuple):
    """A number wanted of a world: the measure, and scored days from ``start`` to before ``end`` (-1 = the last)."""

    measure: str
    start: int = 0
    end: int = -1


class Seen(NamedTuple):
    """A world that was lived: its scored days by column, cut to a stretch, and what else measures look at."""

    of: Mapping[str, Floats]
    settings: Settings
    record: RunRecord
    start: int


def known(measure: str) -> None:
    """Refuse a measure that is not known.

    Raises:
        EquipoiseError: with the nearest one.
    """
    verb, _, column = measure.partition(" ")
    if column and verb in OVER_DAYS:
        return
    names = [*SPECIAL, *(each.name for each in MEASURES), *(f"{verb} COLUMN" for verb in OVER_DAYS)]
    if measure not in names:
        raise EquipoiseError(unknown_name_message("the measure", measure, names))


def observe(
    overrides: Sequence[str], seeds: Sequence[int], wanted: Sequence[Wanted]
) -> list[list[float]]:
    """Live an arm's worlds and return what is wanted of each: one row a seed."""
    settings = compose(*overrides)
    rows = []
    for seed in seeds:
        told = settings.model_copy(update={"seed": seed})
        record = build_world(told).run()
        rows.append([value(each, told, record) for each in wanted])
    return rows


def value(wanted: Wanted, settings: Settings, record: RunRecord) -> float:
    """Return one number of a lived world."""
    days = scored_days(record)
    end = len(days["day"]) if wanted.end < 0 else wanted.end
    of = {name: column[wanted.start : end] for name, column in days.items()}
    verb, _, column = wanted.measure.partition(" ")
    if column:
        if column not in of:
            raise EquipoiseError(unknown_name_message("the column", column, of))
        return OVER_DAYS[verb](of[column])
    seen = Seen(of, settings, record, wanted.start)
    if wanted.measure in SPECIAL:
        return SPECIAL[wanted.measure](seen)
    return measure_record(record, settings)[wanted.measure]


OVER_DAYS: dict[str, Callable[[Floats], float]] = {
    "mean": measures.mean,
    "total": measures.total,
    "lowest": measures.lowest_level,
    "highest": measures.largest_known,
}


def talk(seen: Seen) -> float:
    """Return positive posts for each negative one."""
    return measures.positive_per_negative(seen.of["positive"], seen.of["negative"])


def in_band(seen: Seen) -> float:
    """Return the share of days on which satisfaction was in its band."""
    return measures.time_in_band(
        seen.of["satisfaction"], seen.settings.firm.set_point, seen.settings.firm.band
    )


def misjudged(seen: Seen) -> float:
    """Return how far belief was from true satisfaction on an ordinary day."""
    return measures.mean_belief_error(seen.of["satisfaction"], seen.of["believed"])


def complaints(seen: Seen) -> float:
    """Return the complaints made."""
    return float(
        sum(
            measures.total(column)
            for name, column in seen.of.items()
            if name.startswith("complaints_")
        )
    )


def recovery(seen: Seen) -> float:
    """Return the days until satisfaction is in its band to stay; all days if it never is."""
    path, firm = seen.of["satisfaction"], seen.settings.firm
    days = measures.settling_time(np.minimum(path, firm.set_point), firm.set_point, firm.band)
    return float(len(path)) if np.isnan(days) else days


def detection(seen: Seen) -> float:
    """Return the days from the first strike until belief falls out of its usual range; all days if it never does.

    The usual range is known from the 28 days before: their mean less 2 standard deviations, half a band at least.
    """
    believed, band = seen.of["believed"], seen.settings.firm.band
    strike = min(strike_days(seen.record), default=CALM)
    before, after = believed[max(strike - CALM, 0) : strike], believed[strike:]
    if not np.isfinite(before).any():
        return float(len(after))
    limit = np.nanmean(before) - max(WARNING * float(np.nanstd(before)), LEAST * band)
    fallen = np.flatnonzero(after < limit)
    return float(fallen[0] if len(fallen) else len(after))


def _focus(seen: Seen) -> tuple[Floats, Floats]:
    """Return where attention went, and where the faults were (days, D)."""
    names = tuple(seen.settings.firm.departments)
    focus, faults = (
        np.stack([seen.of[f"{kind}_{name}"] for name in names], 1) for kind in ("focus", "fault")
    )
    return np.nan_to_num(focus), np.nan_to_num(faults)


def wrong(seen: Seen) -> float:
    """Return the share of verdicts "systemic" that accuse a department without a fault; nan without such verdicts."""
    first = seen.record.burn_in
    systemic = sum(
        each["kind"] == "systemic" and each["day"] >= first for each in seen.record.verdicts
    )
    return score_record_verdicts(seen.record).false_alarms / systemic if systemic else float("nan")


def decision(seen: Seen) -> float:
    """Return the days until the department most at fault gets most attention; all days if it never does."""
    focus, faults = _focus(seen)
    right = focus.any(axis=1) & faults.any(axis=1) & (focus.argmax(axis=1) == faults.argmax(axis=1))
    days = np.flatnonzero(right)
    return float(days[0] if len(days) else len(focus))


SPECIAL: dict[str, Callable[[Seen], float]] = {
    each.__name__: each
    for each in (talk, in_band, misjudged, complaints, recovery, detection, wrong, decision)
}
