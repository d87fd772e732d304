"""Lines of text on a run's figure: headline, environment and worlds, and how to repeat the run."""

from __future__ import annotations

import numpy as np

from equipoise.analysis.plots.run_strikes import list_shared_strikes
from equipoise.analysis.summary import complete_records, summarise_run
from equipoise.analysis.text.formatting import (
    describe_worlds,
    format_level,
    format_percent,
    format_quantity,
)
from equipoise.runner import Run


def format_headline(run: Run) -> str:
    """Return time in band, lowest satisfaction, and the distance from the set-point at the end."""
    measures = summarise_run(run)
    in_band = measures["time_in_band"]
    if not in_band.worlds:
        return "No customers" if measures["days"].mean > 0 else "No scored days"
    share = format_percent(in_band.mean)
    mean_note = " on average" if in_band.worlds > 1 else ""
    lowest = format_level(measures["lowest"].mean)
    end = _format_end(measures["steady_state_error"].mean)
    return f"In its band on {share} of days{mean_note}, {lowest} on its worst day, {end} at the end"


def _format_end(error: float) -> str:
    if not np.isfinite(error):
        return "without customers"
    distance = format_level(abs(error))
    if distance == "0.00":
        return "on the set-point"
    side = "above" if error > 0 else "below"
    return f"{distance} {side} the set-point"


def format_place(run: Run) -> str:
    """Return environment, days, people and seeds, and the number of strikes that are not drawn."""
    records = complete_records(run)
    text = describe_worlds(run.settings, records)
    if records:
        strikes = [len(record.strikes) for record in records]
        undrawn = float(np.mean(strikes)) - len(list_shared_strikes(records))
        if undrawn:
            random_strikes = format_quantity(undrawn, "random disturbance")
            text += f", {random_strikes} per world on average (not drawn)"
    return text if run.complete else f"{text}, interrupted"


def format_repetition(run: Run) -> tuple[str, str]:
    """Return two lines: the command that repeats a run, and the versions that made it."""
    names = [name for name in ("equipoise", "python", "numpy") if name in run.versions]
    versions = ", ".join(f"{name} {run.versions[name]}" for name in names)
    origin = f"Made by {versions}."
    if run.settings.burn_in:
        burn_in = format_quantity(run.settings.burn_in, "day")
        origin += f" The burn-in of {burn_in} is not shown."
    return "To repeat: equipoise run --from FOLDER, the folder this figure came in.", origin
