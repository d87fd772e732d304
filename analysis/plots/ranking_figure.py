"""Figure of a ranking: rank and probability of being best, a column for each environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from equipoise.analysis.comparison.comparison import Finding
from equipoise.analysis.plots.study_layout import (
    NAME_WIDTH,
    STUDY_STYLE,
    STUDY_WIDTH,
    TITLE_HEIGHT,
    draw_header,
    draw_row_name,
    fit_labels,
    layout_rows,
    max_line_count,
)
from equipoise.analysis.plots.style import GREY, SKY, add_panel, apply_style, write_text
from equipoise.analysis.text.comparison_cells import format_probability
from equipoise.analysis.text.formatting import NO_VALUE, readable_name

_FOOT, _MIN_ROW = 0.08, 0.25  # inches
_MAX_COLUMN = 1.5  # inches
_BOLD = 0.9  # letters that fit on a line in bold, relative to normal ones
_KEY_TINTS = (
    (0.0, "rank, and probability of being best: 0"),
    (0.5, "0.5"),
    (1.0, "1"),
)
_Box = tuple[float, float, float, float]  # left, bottom, width, height in inches


@apply_style(STUDY_STYLE)
def ranking_figure(
    finding: Finding, environments: Sequence[str], names: Mapping[str, str]
) -> Figure:
    """Return the figure of ranks and probabilities of being best, sorted by mean rank.

    Args:
        finding: the ranks on a measure.
        environments: the environments to show.
        names: the readable name of each strategy to show.
    """
    strategies = sorted(names, key=lambda name: _mean_rank(finding, name, environments))
    rows = layout_rows([names[name] for name in strategies], _MIN_ROW, _FOOT)
    column = min((STUDY_WIDTH - NAME_WIDTH - 0.1) / len(environments), _MAX_COLUMN)
    places = [readable_name(name) for name in environments]
    heads = fit_labels(places, _BOLD * column - 0.08, 3)
    head = TITLE_HEIGHT + 0.3 + 0.13 * max_line_count(heads)
    height = head + sum(row.height for row in rows) + _FOOT
    figure = Figure(figsize=(STUDY_WIDTH, height))
    ax = _add_table(figure, height - head - _FOOT)
    _write_heads(figure, heads, column, height - head + 0.05)
    for row, strategy in zip(rows, strategies, strict=True):
        draw_row_name(figure, row)
        for number, environment in enumerate(environments):
            box = (number * column, row.bottom - _FOOT, column, row.height)
            _draw_cell(ax, finding, strategy, environment, box)
    handles = []
    for share, label in _KEY_TINTS:
        handles.append(Patch(facecolor=_tint(share), edgecolor=GREY, lw=0.4, label=label))
    title = f"Ranking on {readable_name(finding.measure.name)}"
    draw_header(figure, title, handles, len(handles))
    return figure


def _mean_rank(finding: Finding, strategy: str, environments: Sequence[str]) -> float:
    """Return the mean rank of a strategy; infinite if any of its ranks is unknown."""
    ranks = [finding.rank(strategy, environment).rank for environment in environments]
    return float(np.mean(ranks)) if np.isfinite(ranks).all() else np.inf


def _add_table(figure: Figure, height: float) -> Axes:
    """Return a panel without axes whose coordinates are inches."""
    width = STUDY_WIDTH - NAME_WIDTH
    ax = add_panel(figure, NAME_WIDTH, _FOOT, width, height)
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.set_axis_off()
    return ax


def _write_heads(figure: Figure, heads: Sequence[str], column: float, y: float) -> None:
    style: Any = {"ha": "center", "va": "bottom", "linespacing": 1.0, "weight": "bold"}
    for number, text in enumerate(heads):
        write_text(figure, NAME_WIDTH + (number + 0.5) * column, y, text, **style)


def _draw_cell(ax: Axes, finding: Finding, strategy: str, environment: str, box: _Box) -> None:
    """Draw a rank and a probability of being best on its tint."""
    place = finding.rank(strategy, environment)
    left, bottom, width, height = box
    colour = _tint(float(np.nan_to_num(place.best)))
    style: Any = {"facecolor": colour, "edgecolor": "white", "lw": 1.5}
    ax.add_patch(Rectangle((left, bottom), width, height, **style))
    ties = sum(other.rank == place.rank for other in finding.sort_ranks(environment))
    y = bottom + height / 2
    rank = _format_rank(place.rank, ties)
    ax.text(left + 0.38 * width, y, rank, ha="right", va="center", weight="bold")
    best = format_probability(place.best)
    ax.text(left + 0.45 * width, y, best, ha="left", va="center")


def _format_rank(rank: float, ties: int) -> str:
    """Return a rank as text; tied strategies share their best rank, with a mark."""
    if not ties:
        return NO_VALUE
    sign = "=" if ties > 1 else ""
    return f"{rank - (ties - 1) / 2:.0f}{sign}"


def _tint(probability: float) -> tuple[float, float, float]:
    """Return a colour from white for probability 0 to blue for 1."""
    full = np.array(matplotlib.colors.to_rgb(SKY))
    red, green, blue = 1 - probability * (1 - full)
    return float(red), float(green), float(blue)
