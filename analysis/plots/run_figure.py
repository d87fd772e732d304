"""Figure of a run: disturbances, satisfaction, orders, causes of change, posts and open cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from equipoise.analysis.plots.font_metrics import font_families, wrap_text
from equipoise.analysis.plots.label_layout import tick_spacing
from equipoise.analysis.plots.panel_text import PANEL_LEFT, PANEL_WIDTH
from equipoise.analysis.plots.run_figure_data import Scene, build_scene
from equipoise.analysis.plots.run_panels import (
    draw_cases,
    draw_causes,
    draw_orders,
    draw_posts,
    orders_height,
)
from equipoise.analysis.plots.satisfaction_panel import draw_satisfaction
from equipoise.analysis.plots.strike_panel import draw_strikes, strikes_height
from equipoise.analysis.plots.style import (
    BLACK,
    DOTTED,
    GREY,
    PAGE_WIDTH,
    STYLE,
    add_panel,
    text_height,
    write_text,
)
from equipoise.runner import Run

_EDGE = 0.12  # inches
_TEXT_WIDTH = PAGE_WIDTH - PANEL_LEFT - 2 * _EDGE
_HEADING = 0.36  # inches above each panel
_DAY_AXIS = 0.6  # inches below the last panel
_FOOT_SIZE = 6.5  # points
_MAX_MARKED_DAYS = 12  # starts of disturbances beyond which none is marked in the panels


class _Panel(NamedTuple):
    """A panel of the page: its height in inches, and the function that draws it."""

    height: float
    draw: Callable[[Axes, Scene], None]


class _HeadLine(NamedTuple):
    """A line of text at the top of the page."""

    text: str
    size: float
    colour: str
    weight: str


@matplotlib.rc_context(STYLE)
def run_figure(run: Run) -> Figure:
    """Return the figure of a run: panels under one another on a page as long as they need."""
    scene = build_scene(run)
    texts = f"{scene.title}{run.settings}"
    matplotlib.rcParams["font.family"] = font_families(texts)
    head = _head_lines(scene)
    foot = []
    for line in scene.repeat:
        foot += wrap_text(line, _FOOT_SIZE, _TEXT_WIDTH)
    panels = _list_panels(scene)
    top = _EDGE + sum(text_height(1, line.size) for line in head)
    bottom = _DAY_AXIS + text_height(len(foot), _FOOT_SIZE)
    height = top + sum(_HEADING + panel.height for panel in panels) + bottom
    figure = Figure(figsize=(PAGE_WIDTH, height))
    _write_head(figure, head)
    _draw_panels(figure, scene, panels, height - top)
    style = {"size": _FOOT_SIZE, "color": GREY, "va": "bottom"}
    write_text(figure, PANEL_LEFT, _EDGE, "\n".join(foot), **style)
    return figure


def _head_lines(scene: Scene) -> list[_HeadLine]:
    texts = [
        _HeadLine(scene.title, 13, BLACK, "bold"),
        _HeadLine(scene.headline, 10, BLACK, "normal"),
        _HeadLine(scene.place, 8, GREY, "normal"),
    ]
    lines = []
    for line in texts:
        parts = wrap_text(line.text, line.size, _TEXT_WIDTH, line.weight)
        lines += [line._replace(text=part) for part in parts]
    return lines


def _write_head(figure: Figure, lines: Sequence[_HeadLine]) -> None:
    y = figure.get_figheight() - _EDGE
    for line in lines:
        y -= text_height(1, line.size)
        style = {"size": line.size, "color": line.colour, "weight": line.weight}
        write_text(figure, PANEL_LEFT, y, line.text, **style)


def _list_panels(scene: Scene) -> list[_Panel]:
    """Return the panels from the top; a run without disturbances has no panel for them."""
    panels = [
        _Panel(2.9, draw_satisfaction),
        _Panel(orders_height(scene), draw_orders),
        _Panel(1.5, draw_causes),
        _Panel(1.1, draw_posts),
        _Panel(0.85, draw_cases),
    ]
    height = strikes_height(scene)
    if height:
        panels.insert(0, _Panel(height, draw_strikes))
    return panels


def _draw_panels(figure: Figure, scene: Scene, panels: Sequence[_Panel], top: float) -> None:
    """Draw panels under one another, from ``top`` inches above the bottom of the page."""
    y = top
    for panel in panels:
        y -= _HEADING + panel.height
        ax = add_panel(figure, PANEL_LEFT, y, PANEL_WIDTH, panel.height)
        ax.set_xlim(-0.5, max(scene.days, 1) - 0.5)
        panel.draw(ax, scene)
        ax.yaxis.set_label_coords(-0.62 / PANEL_WIDTH, 0.5)
        _draw_day_axis(ax, scene, is_last=panel is panels[-1])


def _draw_day_axis(ax: Axes, scene: Scene, is_last: bool) -> None:
    """Mark the starts of disturbances, and label the axis of days under the last panel."""
    ax.xaxis.set_major_locator(MultipleLocator(tick_spacing(scene.days)))
    ax.tick_params(axis="x", labelbottom=is_last, length=3 if is_last else 0)
    starts = sorted({strike.start for strike in scene.strikes})
    is_marked = 0 < len(starts) <= _MAX_MARKED_DAYS
    if is_marked:
        for start in starts:
            ax.axvline(start, color=GREY, lw=0.6, ls=DOTTED, zorder=0)
    if is_last:
        key = "; dotted: start of a disturbance" if is_marked else ""
        ax.set_xlabel(f"day, counted from the first scored one{key}")
