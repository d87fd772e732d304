"""Texts of a panel of a run: heading, note in an empty panel, labels and key beside it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from equipoise.analysis.plots.font_metrics import wrap_text
from equipoise.analysis.plots.label_layout import space_labels
from equipoise.analysis.plots.style import GREY, PAGE_WIDTH, text_height
from equipoise.array_types import Floats

PanelLabel = tuple[float, str, str]  # y in data, text, colour
KeyEntry = tuple[str, str, str]  # symbol, text, colour of the symbol
PANEL_TEXT_SIZE, _HEADING_SIZE = 7.0, 8.5  # points
# Inches: the space left and right of the panels, and what is between.
PANEL_LEFT, _PANEL_RIGHT = 0.82, 1.75
PANEL_WIDTH = PAGE_WIDTH - PANEL_LEFT - _PANEL_RIGHT
_LABEL_WIDTH = _PANEL_RIGHT - 0.4


def write_heading(ax: Axes, text: str) -> None:
    """Write the heading of a panel above it."""
    ax.annotate(
        text,
        (0, 1),
        (0, 5),
        size=_HEADING_SIZE,
        weight="bold",
        xycoords="axes fraction",
        textcoords="offset points",
        va="bottom",
    )


def write_empty_note(ax: Axes, text: str) -> None:
    """Write in the middle of a panel why it is empty."""
    ax.text(
        0.5,
        0.5,
        text,
        color=GREY,
        style="italic",
        bbox={"facecolor": "white", "edgecolor": "none"},
        zorder=9,
        ha="center",
        va="center",
        transform=ax.transAxes,
    )


def wrap_label(text: str) -> list[str]:
    """Return the lines of a label right of a panel."""
    return wrap_text(text, PANEL_TEXT_SIZE, _LABEL_WIDTH)


def label_height(lines: Sequence[str]) -> float:
    """Return the height in inches of a label right of a panel."""
    return text_height(len(lines), PANEL_TEXT_SIZE)


def write_labels(ax: Axes, labels: Sequence[PanelLabel]) -> None:
    """Write labels right of a panel, each near its y, with a thin line to it."""
    panel_height = ax.bbox.height / ax.figure.dpi
    low, high = ax.get_ylim()
    texts, wanted, heights = [], [], []
    for y, text, _ in labels:
        lines = wrap_label(text)
        share = min(max((y - low) / (high - low), 0), 1)
        texts.append("\n".join(lines))
        wanted.append(share * panel_height)
        heights.append(label_height(lines) + 0.03)
    centres = space_labels(wanted, heights, panel_height)
    for (_, _, colour), text, y, centre in zip(labels, texts, wanted, centres, strict=True):
        _write_label(ax, text, colour, y / panel_height, centre / panel_height)


def _write_label(ax: Axes, text: str, colour: str, y: float, centre: float) -> None:
    """Write a label at ``centre``, with a line to ``y``; both are fractions of the panel."""
    ax.annotate(
        text,
        (1.005, y),
        (1.05, centre),
        xycoords="axes fraction",
        color=colour,
        va="center",
        linespacing=1.1,
        parse_math=False,
        arrowprops={
            "arrowstyle": "-",
            "lw": 0.5,
            "shrinkA": 0,
            "shrinkB": 0,
            "relpos": (0, 0.5),
            "color": colour,
        },
    )


def write_key(ax: Axes, entries: Sequence[KeyEntry], heights: Floats) -> None:
    """Write symbols and their meanings right of a panel, at heights from 0 to 1."""
    for (symbol, text, colour), y in zip(entries, heights, strict=False):
        ax.text(1.035, y, symbol, transform=ax.transAxes, color=colour, va="center", size=8)
        ax.text(1.07, y, text, transform=ax.transAxes, va="center")
