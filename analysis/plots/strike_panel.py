"""Panel of a run's disturbances: bars from their first day until they were over, with names."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from equipoise.analysis.plots.font_metrics import replace_missing_glyphs, text_width, wrap_text
from equipoise.analysis.plots.label_layout import PlacedBar, pack_bars
from equipoise.analysis.plots.panel_text import PANEL_TEXT_SIZE, PANEL_WIDTH, write_heading
from equipoise.analysis.plots.run_figure_data import Scene
from equipoise.analysis.plots.style import RED

_MAX_ROWS = 8
_ROW_HEIGHT = 0.17  # inches
_MIN_BAR = 0.5  # days, so that a disturbance of one day can be seen


def strikes_height(scene: Scene) -> float:
    """Return the height of the panel in inches; 0 without disturbances."""
    rows = max((strike.row + 1 for strike in _place_strikes(scene)), default=0)
    return _ROW_HEIGHT * min(rows, _MAX_ROWS)


def _place_strikes(scene: Scene) -> list[PlacedBar]:
    bars = []
    for strike in scene.strikes:
        name = _cut_text(replace_missing_glyphs(strike.name), PANEL_WIDTH - 0.2)
        bars.append(strike._replace(name=name))
    return pack_bars(bars, _name_width, scene.days, scene.days / PANEL_WIDTH)


def _cut_text(text: str, room: float) -> str:
    """Return a text, or as much of its beginning as fits into one line of ``room`` inches."""
    if len(wrap_text(text, PANEL_TEXT_SIZE, room)) == 1:
        return text
    return wrap_text(text, PANEL_TEXT_SIZE, room - 0.1)[0] + "…"


def _name_width(name: str) -> float:
    return text_width(name, PANEL_TEXT_SIZE) + 0.06


def draw_strikes(ax: Axes, scene: Scene) -> None:
    """Draw the bars of disturbances, pale from a repair to the scheduled end."""
    placed = _place_strikes(scene)
    shown = [strike for strike in placed if strike.row < _MAX_ROWS]
    for strike in shown:
        _draw_strike(ax, strike)
    ax.set_ylim(max(strike.row for strike in shown) + 0.5, -0.5)
    ax.set_axis_off()
    heading = "Disturbances and their duration"
    if scene.worlds > 1:
        heading += " (in the slowest world)"
    if any(strike.bar.over < strike.bar.end for strike in shown):
        heading += "; pale: repaired before the scheduled end"
    if len(shown) < len(placed):
        heading += f"; {len(placed) - len(shown)} more are not shown"
    write_heading(ax, heading)


def _draw_strike(ax: Axes, strike: PlacedBar) -> None:
    bar, row = strike.bar, [strike.row, strike.row]
    over = max(bar.over, bar.start + _MIN_BAR)
    line: Any = {"color": RED, "lw": 4, "solid_capstyle": "butt"}
    ax.plot([bar.start, over], row, **line)
    ax.plot([over, max(bar.end, over)], row, alpha=0.25, **line)
    if bar.is_open:
        place: Any = {"transform": ax.get_yaxis_transform(), "va": "center"}
        ax.text(1.01, strike.row, "lasts until repaired", **place)
    gap = 4 if strike.side == "left" else -4
    ax.annotate(
        bar.name,
        (strike.name_day, strike.row),
        (gap, 0),
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        textcoords="offset points",
        ha=strike.side,
        va="center",
        parse_math=False,
    )
