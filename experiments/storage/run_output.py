"""Output of a run: name and contents of its folder, and a rescue if it cannot be written."""

from __future__ import annotations

import datetime
import io
import math
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from equipoise.output import run_folder
from equipoise.output.atomic import free_paths
from equipoise.runner import Run
from equipoise.settings.settings import Settings
from equipoise.settings.text_file import expand_user_path

RUNS_FOLDER = "runs"
_NAME_LENGTH = 60  # characters of each part of a folder's name
_FIGURE_DPI = 160


def default_folder(settings: Settings, now: datetime.datetime | None = None) -> Path:
    """Return ``runs/<date>-<time>-<strategy>-<environment>-seed<seed>``, unused so far."""
    when = (now or datetime.datetime.now()).strftime("%Y-%m-%d-%H%M%S")
    strategy = _to_file_name(settings.strategy.name)
    environment = _to_file_name(settings.environment.name)
    name = f"{when}-{strategy}-{environment}-seed{settings.seed}"
    return next(free_paths(Path(RUNS_FOLDER) / name))


def _to_file_name(text: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", text)[:_NAME_LENGTH]


def save(run: Run, folder: str | Path) -> Path:
    """Write a run to a new folder: settings, days, summary, versions and figure.

    Raises:
        OSError: if it cannot be written; then nothing is left behind.
    """
    folder = expand_user_path(folder)
    try:
        summary = build_run_summary(run)
        figures = render_run_figures(run)
    except Exception:
        # A mistake in measuring or drawing must not cost the run.
        run_folder.save_run(run, folder)
        raise
    return run_folder.save_run(run, folder, summary, figures)


def save_to_free_folder(run: Run, folder: Path) -> Path:
    """Write a run to a folder, or to the next free name if another process takes that name."""
    for name in free_paths(folder):
        try:
            return save(run, name)
        except OSError:
            if not name.exists():
                raise
    raise FileExistsError(folder)


def rescue_run(run: Run, folder: Path) -> Path:
    """Write a run that could not be written to ``folder`` into the system's temporary folder.

    Raises:
        OSError: if that is impossible too.
    """
    place = Path(tempfile.gettempdir()) / f"equipoise-{folder.absolute().name[:_NAME_LENGTH]}"
    return save_to_free_folder(run, next(free_paths(place)))


def build_run_summary(run: Run) -> dict[str, Any]:
    """Return all measures, over worlds and for each world; null where a measure is undefined."""
    # A run without a folder needs no analysis.
    from equipoise.analysis.measure_table import MEASURES
    from equipoise.analysis.summary import complete_records, measure_record, summarise_run

    measures = {
        measure.name: {"unit": measure.unit, "meaning": measure.meaning} for measure in MEASURES
    }
    over_worlds = {
        name: _null_if_undefined(value._asdict()) for name, value in summarise_run(run).items()
    }
    worlds = [
        {"seed": record.seed, **_null_if_undefined(measure_record(record, run.settings))}
        for record in complete_records(run)
    ]
    return {"measures": measures, "over_worlds": over_worlds, "worlds": worlds}


def _null_if_undefined(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return values for JSON, which has neither nan nor infinity."""
    finite: dict[str, float | None] = {}
    for name, value in values.items():
        finite[name] = value if math.isfinite(value) else None
    return finite


def describe_unknown_letters(run: Run) -> str:
    """Return a note on the letters of titles that no installed font has, or an empty string."""
    text = f"{run.settings.strategy}{run.settings.environment}"
    if text.isascii():
        return ""
    from equipoise.analysis.plots.font_metrics import list_unknown_letters

    letters = list_unknown_letters(text)
    if not letters:
        return ""
    return (
        f"No installed font has {letters!r}: the figure shows boxes in their place. "
        "Install a font of these letters and draw it again with run --from."
    )


def render_run_figures(run: Run) -> dict[str, bytes]:
    """Return the figure of a run as PNG and SVG, by file name."""
    from equipoise.analysis.plots.run_figure import run_figure  # matplotlib is slow to import

    figure = run_figure(run)
    files = {}
    for file_type in ("png", "svg"):
        content = io.BytesIO()
        figure.savefig(content, format=file_type, dpi=_FIGURE_DPI)
        files[f"figure.{file_type}"] = content.getvalue()
    return files
