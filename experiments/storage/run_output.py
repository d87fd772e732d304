"""Where a run is kept: its folder's name, what goes into it, and what to do when it cannot be written."""

from __future__ import annotations

import datetime
import io
import math
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from equipoise.output import run_folder
from equipoise.runner import Run
from equipoise.settings.settings import Settings

RUNS_FOLDER = "runs"


def default_folder(settings: Settings, now: datetime.datetime | None = None) -> Path:
    """Return ``runs/<date>-<time>-<strategy>-<environment>-seed<seed>`` under the current folder."""
    when = (now or datetime.datetime.now()).strftime("%Y-%m-%d-%H%M%S")
    names = "-".join(
        re.sub(r"[^\w.+-]+", "-", name)[:60]
        for name in (settings.strategy.name, settings.environment.name)
    )
    return next(unused_folders(Path(RUNS_FOLDER) / f"{when}-{names}-seed{settings.seed}"))


def unused_folders(folder: Path) -> Iterator[Path]:
    """Yield names that no folder has: the one given, then with -2, -3, ..."""
    number = 1
    while True:
        name = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        if not name.exists():
            yield name
        number += 1


def save(run: Run, folder: str | Path) -> Path:
    """Write a run to a new folder: settings, days, summary, versions and figure.

    Raises:
        OSError: when it cannot be written; then nothing is left behind.
    """
    folder = Path(folder)
    try:
        summary, pictures = build_run_summary(run), render_run_figures(run)
    except Exception:
        run_folder.save_run(run, folder)  # a mistake in drawing must not cost the run
        raise
    return run_folder.save_run(run, folder, summary, pictures)


def save_to_free_folder(run: Run, folder: Path) -> Path:
    """Write a run to a folder, or to the next free name if another process took that name meanwhile."""
    for name in unused_folders(folder):
        try:
            return save(run, name)
        except OSError:
            if not name.exists():
                raise
    raise FileExistsError(folder)


def rescue_run(run: Run, folder: Path) -> Path:
    """Write a run that could not be written to ``folder`` into the system's folder for temporary files.

    Raises:
        OSError: when that is impossible too.
    """
    place = Path(tempfile.gettempdir()) / f"equipoise-{folder.name}"
    return save_to_free_folder(run, next(unused_folders(place)))


def build_run_summary(run: Run) -> dict[str, Any]:
    """Return all measures, over worlds and for each; null where a measure has nothing to go by."""
    from equipoise.analysis.summary import MEASURES, judged, summaries, summary

    records = judged(run)
    return {
        "measures": {each.name: {"unit": each.unit, "meaning": each.meaning} for each in MEASURES},
        "over_worlds": {name: _finite(value._asdict()) for name, value in summaries(run).items()},
        "worlds": [{"seed": each.seed} | _finite(summary(each, run.settings)) for each in records],
    }


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def render_run_figures(run: Run) -> dict[str, bytes]:
    """Return the figure of a run as PNG and SVG."""
    from equipoise.analysis.plots.run_figure import run_figure

    figure = run_figure(run)
    pictures = {}
    for form in ("png", "svg"):
        page = io.BytesIO()
        figure.savefig(page, format=form, dpi=160)
        pictures[f"figure.{form}"] = page.getvalue()
    return pictures
