"""Figure of an envelope over two settings: maps of the share of worlds in which a loop holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from equipoise.analysis.plots.envelope_map import (
    BOLD_LINE,
    BOX_KEY,
    SHARE_COLOURS,
    THIN_LINE,
    EnvelopeMap,
    KeyLine,
    MapAxis,
    axis_notes,
    draw_box,
    draw_map_key,
    label_axes,
    share_norm,
)
from equipoise.analysis.plots.search_layout import (
    SEARCH_EDGE,
    SEARCH_LEFT,
    SEARCH_TEXT_SIZE,
    SEARCH_TITLE_SIZE,
    build_header,
    header_height,
    write_header,
    write_notes,
)
from equipoise.analysis.plots.style import (
    BLACK,
    PAGE_WIDTH,
    STYLE,
    PanelGrid,
    apply_style,
    text_height,
)
from equipoise.array_types import Floats

_MAP_HEIGHT = 3.0  # inches
_MAX_COLUMNS = 2
_NO_VALUE_COLOUR = "#CCCCCC"
_KEY_LINES = (
    KeyLine("border of the envelope", BLACK, "-", BOLD_LINE),
    KeyLine("95 % interval of the border", BLACK, (0, (1, 1.2)), THIN_LINE),
    BOX_KEY,
)


class Border(NamedTuple):
    """The share of worlds at the border, and the ends of its interval of Monte Carlo error."""

    level: float
    least: float
    most: float


@apply_style(STYLE)
def envelope_figure(
    axes: tuple[MapAxis, ...],
    maps: Sequence[EnvelopeMap],
    border: Border,
    condition: str,
    context: str,
) -> Figure:
    """Return maps over two settings: share of worlds as colour, the border as a line.

    Args:
        axes: the two settings.
        maps: content of each map.
        border: the border of the envelope.
        condition: the condition for which the loop holds.
        context: settings that all runs share.
    """
    notes = axis_notes(axes)
    header = build_header("Where the loop holds", f"The loop holds: {condition}", context)
    columns = min(len(maps), _MAX_COLUMNS)
    rows = -(-len(maps) // columns)
    title_lines = max(len(one.title_lines()) for one in maps)
    row_gap = 0.62 + text_height(title_lines, SEARCH_TITLE_SIZE)
    top = header_height(header)
    bottom = SEARCH_EDGE + 0.75 + text_height(len(notes), SEARCH_TEXT_SIZE)
    height = top + rows * (_MAP_HEIGHT + row_gap) + bottom
    figure = Figure(figsize=(PAGE_WIDTH, height))
    write_header(figure, header)
    write_notes(figure, notes)
    width = 1.5 * _MAP_HEIGHT
    if columns > 1:
        width = (PAGE_WIDTH - SEARCH_EDGE - columns * SEARCH_LEFT) / columns
    first_top = height - top - row_gap + 0.45
    grid = PanelGrid(columns, width, _MAP_HEIGHT, SEARCH_LEFT, first_top, SEARCH_LEFT, row_gap)
    for number, one in enumerate(maps):
        coloured = _draw_map(grid.add_panel(figure, number), axes, one, border)
    draw_map_key(figure, coloured, bottom - 0.35, border.level, _KEY_LINES)
    return figure


def _draw_map(ax: Axes, axes: tuple[MapAxis, ...], content: EnvelopeMap, border: Border) -> Any:
    """Draw a map; return the artist that carries its colours."""
    # Whole numbers can give the same step more than once.
    (x, across), (y, up) = (np.unique(axis.values, return_index=True) for axis in axes)
    shares = content.shares[np.ix_(across, up)].T
    was_run = content.run[np.ix_(across, up)].T
    ax.set_facecolor(_NO_VALUE_COLOUR)
    style: Any = {"cmap": SHARE_COLOURS, "norm": share_norm(border.level), "shading": "nearest"}
    coloured = ax.pcolormesh(x, y, np.ma.masked_invalid(shares), **style)
    coloured.set_rasterized(True)
    _draw_border(ax, x, y, shares, border)
    rows, columns = np.nonzero(was_run)
    ax.plot(x[columns], y[rows], ".", color=BLACK, ms=2.6, alpha=0.55, mew=0)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    for limits in content.boxes:
        draw_box(ax, axes, limits)
    label_axes(ax, axes, 3.2, _MAP_HEIGHT)
    title = "\n".join(content.title_lines())
    ax.set_title(title, size=SEARCH_TITLE_SIZE, weight="bold", loc="left", parse_math=False)
    return coloured


def _draw_border(ax: Axes, x: Floats, y: Floats, shares: Floats, border: Border) -> None:
    """Draw the border and its interval as contours, where shares cross them."""
    known = shares[np.isfinite(shares)]
    if not len(known):
        return
    # A contour lies where shares pass the level; those that just reach it are inside.
    contours = (
        (border.level - 1e-9, "solid", BOLD_LINE),
        (border.least, "dotted", THIN_LINE),
        (border.most, "dotted", THIN_LINE),
    )
    for level, style, width in contours:
        if known.min() < level <= known.max():
            lines: Any = {"colors": BLACK, "linewidths": width, "linestyles": style}
            ax.contour(x, y, shares, levels=[level], **lines)
