"""Figure of an envelope over three or more settings: a sample, two settings at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from equipoise.analysis.plots.envelope_map import (
    BOX_KEY,
    SHARE_COLOURS,
    EnvelopeMap,
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
    GREY,
    PAGE_WIDTH,
    STYLE,
    PanelGrid,
    apply_style,
    text_height,
    write_text,
)

_MAX_SETTINGS = 4  # two at a time, they fill two rows
_COLUMNS, _PANEL_SIZE, _ROW_GAP = 3, 1.85, 0.6  # inches


@apply_style(STYLE)
def sample_figure(
    axes: tuple[MapAxis, ...],
    maps: Sequence[EnvelopeMap],
    level: float,
    condition: str,
    context: str,
) -> Figure:
    """Return the figure of samples: points coloured by share of worlds, boxes as lines.

    Of more than four settings, those are shown that most boxes limit.

    Args:
        axes: the settings.
        maps: content of each sample.
        level: the share of worlds at the border.
        condition: the condition for which the loop holds.
        context: settings that all runs share.
    """
    shown = _select_axes(axes, maps)
    pairs = list(combinations(shown, 2))
    rows = -(-len(pairs) // _COLUMNS)
    notes = axis_notes(shown)
    header = build_header("Where the loop holds", f"The loop holds: {condition}", context)
    top = header_height(header)
    bottom = SEARCH_EDGE + 0.75 + text_height(len(notes), SEARCH_TEXT_SIZE)
    block = 0.35 + rows * (_PANEL_SIZE + _ROW_GAP)
    height = top + len(maps) * block + bottom
    figure = Figure(figsize=(PAGE_WIDTH, height))
    write_header(figure, header)
    write_notes(figure, notes)
    for number, sample in enumerate(maps):
        y = height - top - number * block - 0.25
        coloured = _draw_block(figure, sample, pairs, level, y)
    draw_map_key(figure, coloured, bottom - 0.35, level, [BOX_KEY])
    return figure


def _select_axes(axes: Sequence[MapAxis], maps: Sequence[EnvelopeMap]) -> list[MapAxis]:
    """Return the settings to show, those first that most boxes limit."""
    boxes = [limits for one in maps for limits in one.boxes]
    counts = Counter(path for limits in boxes for path in limits)
    return sorted(axes, key=lambda axis: -counts[axis.path])[:_MAX_SETTINGS]


def _draw_block(
    figure: Figure,
    sample: EnvelopeMap,
    pairs: Sequence[tuple[MapAxis, MapAxis]],
    level: float,
    y: float,
) -> Any:
    """Draw a sample over all pairs of settings below ``y`` inches; return a coloured artist."""
    title: Any = {"size": SEARCH_TITLE_SIZE, "weight": "bold"}
    write_text(figure, SEARCH_LEFT, y, sample.title(), **title)
    grid = PanelGrid(
        _COLUMNS, _PANEL_SIZE, _PANEL_SIZE, SEARCH_LEFT, y - 0.1, SEARCH_LEFT, _ROW_GAP
    )
    for number, pair in enumerate(pairs):
        coloured = _draw_points(grid.add_panel(figure, number), pair, sample, level)
    return coloured


def _draw_points(ax: Axes, axes: tuple[MapAxis, MapAxis], sample: EnvelopeMap, level: float) -> Any:
    """Draw a sample over two settings; return the artist that carries its colours."""
    known = np.isfinite(sample.shares)
    x, y = (np.array(axis.values)[known] for axis in axes)
    style: Any = {"s": 9, "edgecolors": GREY, "linewidths": 0.25}
    colours: Any = {"c": sample.shares[known], "cmap": SHARE_COLOURS, "norm": share_norm(level)}
    coloured = ax.scatter(x, y, **colours, **style)
    for limits in sample.boxes:
        if any(axis.path in limits for axis in axes):
            draw_box(ax, axes, limits)
    label_axes(ax, axes, 2.3, 2.3)
    return coloured
