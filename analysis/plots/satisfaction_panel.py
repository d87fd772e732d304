"""Panel of satisfaction in a run: truth, readings and belief, with the set-point and its band."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from equipoise.analysis.plots.panel_text import (
    PanelLabel,
    write_empty_note,
    write_heading,
    write_labels,
)
from equipoise.analysis.plots.run_figure_data import Scene
from equipoise.analysis.plots.style import BLACK, BLUE, DASHED, GREEN, GREY, RED
from equipoise.analysis.text.formatting import format_level
from equipoise.array_types import Floats

_MAX_LARGE_DOTS = 80  # readings beyond which each is drawn small
_SPREAD_COLOUR = "#999999"


def draw_satisfaction(ax: Axes, scene: Scene) -> None:
    """Draw satisfaction by day."""
    heading = "Satisfaction: truth, readings and belief of the firm"
    if scene.worlds > 1:
        heading = f"Satisfaction: truth and belief of the firm (median of {scene.worlds} worlds)"
    write_heading(ax, heading)
    ax.set_ylabel("satisfaction, 0 to 1")
    ax.set_ylim(*scene.extent())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_level(value)))
    ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    labels = _draw_band(ax, scene)
    labels += _draw_truth(ax, scene)
    labels += _draw_readings(ax, scene)
    labels += _draw_belief(ax, scene)
    write_labels(ax, labels)


def _draw_band(ax: Axes, scene: Scene) -> list[PanelLabel]:
    goal, band = scene.set_point, scene.band
    ax.axhspan(goal - band, goal + band, color=GREEN, alpha=0.13, lw=0)
    ax.axhline(goal, color=GREEN, lw=0.8, ls=(0, (6, 2)))
    return [(goal, f"set-point {format_level(goal)} ± {format_level(band)}", GREEN)]


def _draw_truth(ax: Axes, scene: Scene) -> list[PanelLabel]:
    middle, low, high = scene.truth
    if not np.isfinite(middle).any():
        write_empty_note(ax, "no customers" if scene.days else "no scored days")
        return []
    day = np.arange(scene.days)
    marker = short_curve_marker(middle)
    ax.fill_between(day, low, high, color=_SPREAD_COLOUR, alpha=0.22, lw=0)
    if marker:
        ax.vlines(day, low, high, color=_SPREAD_COLOUR, lw=1.5, alpha=0.6)
    ax.plot(day, middle, color=BLACK, lw=1.6, marker=marker, zorder=4)
    curve, members = "truth: mean of customers", "customers"
    if scene.worlds > 1:
        curve, members = f"truth: median of {scene.worlds} worlds", "worlds"
    return [
        (_last_value(middle), curve, BLACK),
        (_last_value(high), f"middle 80 % of {members}", GREY),
    ]


def _draw_readings(ax: Axes, scene: Scene) -> list[PanelLabel]:
    """Draw readings on the day of observation, with a faint tail to the day of delivery."""
    observed, delivered, values, errors = scene.readings
    if not len(values):
        return []
    is_few = len(values) <= _MAX_LARGE_DOTS
    dot, line, alpha = (3.5, 0.9, 0.9) if is_few else (1.5, 0.4, 0.4)
    ax.hlines(values, observed, delivered, color=BLUE, lw=0.8, alpha=0.4)
    style: Any = {"color": BLUE, "zorder": 3, "alpha": alpha}
    ax.errorbar(observed, values, errors, fmt="o", ms=dot, elinewidth=line, **style)
    text = "readings ± 1 s.e."
    if is_few and (delivered > observed).any():
        text += ", tail until delivered"
    return [(float(values[-1]), text, BLUE)]


def _draw_belief(ax: Axes, scene: Scene) -> list[PanelLabel]:
    belief = scene.belief
    if np.isfinite(belief).any():
        marker = short_curve_marker(belief)
        style: Any = {"color": RED, "ls": DASHED, "marker": marker, "zorder": 5}
        ax.step(np.arange(scene.days), belief, where="post", **style)
        return [(_last_value(belief), "belief of the firm", RED)]
    if scene.days:
        note = "no belief"
        ax.text(0.99, 0.03, note, transform=ax.transAxes, ha="right", color=RED)
    return []


def _last_value(values: Floats) -> float:
    return float(values[np.isfinite(values)][-1])


def short_curve_marker(values: Floats) -> str:
    """Return a marker for a curve that is too short to be seen as a line, else ""."""
    return "o" if np.isfinite(values).sum() < 3 else ""
