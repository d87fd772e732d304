"""Columns of the daily record that a study keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from equipoise.run_record import column_meanings


def select_daily_columns(
    effectors: Iterable[str], departments: Iterable[str], wanted: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the daily columns of runs with these effectors and departments, in their order.

    Args:
        effectors: names of the effectors.
        departments: names of the departments.
        wanted: columns to keep beside the day; none = all.
    """
    known = column_meanings(tuple(effectors), tuple(departments))
    kept = {"day", *(wanted or known)}
    return tuple(name for name in known if name in kept)
