"""Layout shared by the figures of searches: header, notes at the foot, intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from equipoise.analysis.plots.font_metrics import wrap_text
from equipoise.analysis.plots.style import BLACK, GREY, PAGE_WIDTH, text_height, write_text
from equipoise.array_types import Floats

SEARCH_EDGE, SEARCH_LEFT = 0.15, 0.75  # inches at the edges, and left of panels
SEARCH_TEXT_SIZE, SEARCH_TITLE_SIZE = 7.0, 8.5  # points
_TEXT_WIDTH = PAGE_WIDTH - 2 * SEARCH_EDGE


class HeaderLine(NamedTuple):
    """A line at the top of a figure: text, size in points, and colour."""

    text: str
    size: float
    colour: str


def build_header(title: str, subtitle: str, context: str) -> list[HeaderLine]:
    """Return the lines at the top of a figure; empty texts have none."""
    parts = ((title, 12.0, BLACK), (subtitle, 9.0, BLACK), (context, 7.5, GREY))
    header = []
    for text, size, colour in parts:
        lines = wrap_text(text, size, _TEXT_WIDTH) if text else []
        header += [HeaderLine(line, size, colour) for line in lines]
    return header


def header_height(header: Iterable[HeaderLine]) -> float:
    """Return the height of a header in inches, with the edge above it."""
    return SEARCH_EDGE + sum(text_height(1, line.size) for line in header)


def write_header(figure: Figure, header: Sequence[HeaderLine]) -> None:
    """Write the header, its first line in bold."""
    y = figure.get_figheight() - SEARCH_EDGE
    for number, line in enumerate(header):
        y -= text_height(1, line.size)
        weight = "normal" if number else "bold"
        style = {"size": line.size, "color": line.colour, "weight": weight}
        write_text(figure, SEARCH_EDGE, y, line.text, **style)


def wrap_notes(notes: Iterable[str]) -> list[str]:
    """Return the lines of notes at the foot of a figure."""
    lines = []
    for note in notes:
        lines += wrap_text(note, SEARCH_TEXT_SIZE, _TEXT_WIDTH)
    return lines


def write_notes(figure: Figure, lines: Sequence[str]) -> None:
    """Write notes at the foot of a figure."""
    style = {"size": SEARCH_TEXT_SIZE, "color": GREY, "va": "bottom"}
    write_text(figure, SEARCH_EDGE, SEARCH_EDGE, "\n".join(lines), **style)


def blacken_row_labels(ax: Axes) -> None:
    """Show the labels of rows as black plain text."""
    for label in ax.get_yticklabels():
        label.set(color=BLACK, parse_math=False)


def draw_intervals(
    ax: Axes,
    y: Floats,
    intervals: Sequence[tuple[float, float, float]],
    colour: str,
    marker: str,
    label: str,
) -> None:
    """Draw each (value, low end, high end) as a mark on a horizontal line at its y."""
    value, low, high = np.array(intervals).T
    ax.hlines(y, low, high, color=colour, lw=1.4)
    ax.plot(value, y, marker, color=colour, ms=4, label=label)
