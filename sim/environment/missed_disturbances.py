"""Notes on disturbances that never happen, since the run ends before their first day."""

from __future__ import annotations

from equipoise.settings.settings import Disturbance, Settings

_MAX_NAMED = 5  # disturbances that are named before the rest is counted


def note_missed_disturbances(settings: Settings) -> tuple[str, ...]:
    """Return a note on the disturbances that start after the last day, or nothing."""
    missed = {}
    for name, disturbance in settings.environment.disturbances.items():
        if disturbance.size > 0 and disturbance.start >= settings.horizon:
            missed[name] = disturbance
    if not missed:
        return ()
    latest = max(disturbance.start for disturbance in missed.values())
    is_one = len(missed) == 1
    subject = "the disturbance" if is_one else "the disturbances"
    verb = "lies" if is_one else "lie"
    rest = "it never happens" if is_one else "they never happen"
    return (
        f"environment {settings.environment.name}: {subject} {_list_starts(missed)} {verb} outside "
        f"{_describe_days(settings.horizon)}; {rest}. Raise horizon above {latest}.",
    )


def _describe_days(horizon: int) -> str:
    if horizon == 1:
        return "the single scored day of the run (day 0)"
    return f"the {horizon:,} scored days of the run (days 0 to {horizon - 1})"


def _list_starts(missed: dict[str, Disturbance]) -> str:
    """Return the disturbances with their days, such as "fire on day 60 and rumour on day 90"."""
    starts = []
    for name, disturbance in missed.items():
        # A disturbance with a rate may come on any day from its start on.
        since = " or later" if disturbance.rate else ""
        starts.append(f"{name} on day {disturbance.start}{since}")
    further = len(starts) - _MAX_NAMED
    if further > 0:
        starts[_MAX_NAMED:] = [f"{further} more"]
    *most, last = starts
    return f"{', '.join(most)} and {last}" if most else last
