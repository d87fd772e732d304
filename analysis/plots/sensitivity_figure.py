"""Figure of a sensitivity analysis: the effect of each setting with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from equipoise.analysis.exploration.indices import Effect
from equipoise.analysis.plots.font_metrics import wrap_text
from equipoise.analysis.plots.search_layout import (
    SEARCH_EDGE,
    SEARCH_TEXT_SIZE,
    blacken_row_labels,
    build_header,
    draw_intervals,
    header_height,
    write_header,
)
from equipoise.analysis.plots.style import (
    BLUE,
    GREY,
    ORANGE,
    PAGE_WIDTH,
    STYLE,
    add_panel,
    apply_style,
    text_height,
)
from equipoise.array_types import Floats

_NAME_WIDTH, _MIN_ROW, _FOOT = 2.9, 0.34, 0.7  # inches
_SUBTITLES = {
    "sobol": "Sobol indices over the ranges: total (with interactions) and first order (alone)",
    "morris": "Morris effects: mean absolute change over the whole range of a setting",
}
_AXIS_LABELS = {
    "sobol": "share of the variance (95 % intervals)",
    "morris": "change of {measure} (95 % intervals)",
}


@apply_style(STYLE)
def sensitivity_figure(
    method: str, measure: str, effects: Sequence[Effect], meanings: Mapping[str, str], context: str
) -> Figure:
    """Return the figure of the effects on a measure, a row for each setting.

    Args:
        method: ``sobol`` or ``morris``.
        measure: name of the measure.
        effects: the effects, largest first.
        meanings: meaning of each setting by path.
        context: settings that all runs share.
    """
    header = build_header(f"Sensitivity of {measure}", _SUBTITLES[method], context)
    names = [_name_lines(effect.setting, meanings) for effect in effects]
    heights = [max(_MIN_ROW, text_height(len(name), SEARCH_TEXT_SIZE) + 0.12) for name in names]
    body = sum(heights)
    height = header_height(header) + 0.4 + body + _FOOT + 0.05
    figure = Figure(figsize=(PAGE_WIDTH, height))
    write_header(figure, header)
    ax = add_panel(figure, _NAME_WIDTH, _FOOT, PAGE_WIDTH - _NAME_WIDTH - SEARCH_EDGE - 0.2, body)
    middles = body - np.cumsum(heights) + np.array(heights) / 2
    _draw_effects(ax, method, effects, middles)
    ax.set_ylim(0, body)
    ax.set_yticks(middles, ["\n".join(name) for name in names])
    blacken_row_labels(ax)
    ax.set_xlabel(_AXIS_LABELS[method].format(measure=measure), parse_math=False)
    return figure


def _name_lines(path: str, meanings: Mapping[str, str]) -> list[str]:
    """Return the lines of a row's name: path and meaning of the setting."""
    room = _NAME_WIDTH - 0.3
    lines = wrap_text(path, SEARCH_TEXT_SIZE, room, "bold")
    meaning = meanings.get(path)
    if meaning:
        lines += wrap_text(meaning, SEARCH_TEXT_SIZE, room)
    return lines


def _draw_effects(ax: Axes, method: str, effects: Sequence[Effect], y: Floats) -> None:
    """Draw the effects and their intervals at heights y."""
    sizes = [(effect.size, effect.low, effect.high) for effect in effects]
    if method == "sobol":
        draw_intervals(ax, y + 0.05, sizes, BLUE, "o", "total")
        first = [(effect.first, effect.first_low, effect.first_high) for effect in effects]
        draw_intervals(ax, y - 0.05, first, ORANGE, "D", "first order")
    else:
        draw_intervals(ax, y, sizes, BLUE, "o", "mean absolute effect")
        spreads = [effect.spread for effect in effects]
        ax.plot(spreads, y, "|", color=GREY, ms=9, mew=1.5, label="spread of the effects")
    ax.axvline(0, color=GREY, lw=0.6)
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1.01, 0.98),
        ncols=2,
        frameon=False,
        fontsize=SEARCH_TEXT_SIZE,
    )
    ax.grid(axis="x", color="#DDDDDD", lw=0.5)
    ax.set_axisbelow(True)
