"""Parts of the figures of an envelope: axes, maps, colours of shares, boxes, and their key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from equipoise.analysis.exploration.prim import Limit
from equipoise.analysis.plots.font_metrics import wrap_text
from equipoise.analysis.plots.search_layout import (
    SEARCH_LEFT,
    SEARCH_TEXT_SIZE,
    SEARCH_TITLE_SIZE,
    wrap_notes,
)
from equipoise.analysis.plots.style import BLUE, ORANGE, PAGE_WIDTH, add_panel, write_text
from equipoise.array_types import Flags, Floats

BOLD_LINE, THIN_LINE = 1.4, 0.9  # points
BOX_DASHES: Any = (0, (4, 2))
SHARE_COLOURS = LinearSegmentedColormap.from_list("held", ["#DDB98F", "#F7F1EA", "#E3EEF6", BLUE])
_TITLE_WIDTH = 3.3  # inches
_KEY_X = 4.2  # inches


class MapAxis(NamedTuple):
    """A setting along a side of a map: its path, meaning and unit, and its values by step."""

    path: str
    meaning: str
    unit: str
    values: tuple[float, ...]

    def label(self) -> str:
        """Return the label of the axis: path and unit."""
        return f"{self.path} ({self.unit})" if self.unit else self.path


class EnvelopeMap(NamedTuple):
    """Content of a map; of a sample, shares and axes have a value for each point.

    Attributes:
        name: its name.
        shares: share of worlds in which the loop holds; nan without a value.
        run: True for points that were run.
        extent: size of the envelope in words; empty if no run has a value.
        boxes: limits of settings by path, one mapping for each box of the rule.
    """

    name: str
    shares: Floats
    run: Flags
    extent: str
    boxes: Sequence[Mapping[str, Limit]]

    def title(self) -> str:
        """Return the title: name and size."""
        text = f"holds in {self.extent}" if self.extent else "no run has a value"
        return f"{self.name}: {text}" if self.name else text

    def title_lines(self) -> list[str]:
        """Return the title in lines as wide as a map; an interval stays on one line."""
        lines = wrap_text(self.title(), SEARCH_TITLE_SIZE, _TITLE_WIDTH, "bold")
        if len(lines) == 1 or "(" not in self.extent:
            return lines
        text, _, interval = self.title().rpartition(" (")
        return [*wrap_text(text, SEARCH_TITLE_SIZE, _TITLE_WIDTH, "bold"), f"({interval}"]


def share_norm(level: float) -> TwoSlopeNorm:
    """Return the scale of colours: shares above the level are blue, those below are brown."""
    # The level must lie below the upper end of the scale.
    return TwoSlopeNorm(min(level, 1 - 1e-6), 0, 1)


def axis_notes(axes: Sequence[MapAxis]) -> list[str]:
    """Return the meanings of settings as lines for the foot of a figure."""
    return wrap_notes(f"{axis.path}: {axis.meaning}" for axis in axes if axis.meaning)


def label_axes(ax: Axes, axes: Sequence[MapAxis], width: float, height: float) -> None:
    """Label both axes in lines of at most so many inches."""
    x, y = axes
    across = wrap_text(x.label(), SEARCH_TEXT_SIZE, width)
    up = wrap_text(y.label(), SEARCH_TEXT_SIZE, height)
    ax.set_xlabel("\n".join(across), parse_math=False)
    ax.set_ylabel("\n".join(up), parse_math=False)


def draw_box(ax: Axes, axes: Sequence[MapAxis], limits: Mapping[str, Limit]) -> None:
    """Draw a box of the rule as a dashed rectangle; a setting without limits spans its axis."""
    if not limits:
        return
    ends = []
    for axis, (low, high) in zip(axes, (ax.get_xlim(), ax.get_ylim()), strict=True):
        limit = limits.get(axis.path, Limit(low, high))
        ends.append((max(limit.low, low), min(limit.high, high)))
    (left, right), (bottom, top) = ends
    style: Any = {"ec": ORANGE, "ls": BOX_DASHES, "lw": BOLD_LINE, "zorder": 5}
    ax.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, **style))


class KeyLine(NamedTuple):
    """An entry of a figure's key: text, and colour, style and width of its line."""

    text: str
    colour: str
    style: Any
    width: float


BOX_KEY = KeyLine("boxes of the rule in words", ORANGE, BOX_DASHES, BOLD_LINE)


def draw_map_key(
    figure: Figure, coloured: Any, y: float, level: float, lines: Sequence[KeyLine]
) -> None:
    """Draw the scale of colours and the key of lines at ``y`` inches.

    Args:
        figure: the figure.
        coloured: the artist whose colours the scale explains.
        y: height of the scale in inches.
        level: the share of worlds at the border.
        lines: entries of the key.
    """
    ax = add_panel(figure, SEARCH_LEFT, y, 2.2, 0.1)
    bar = figure.colorbar(coloured, cax=ax, orientation="horizontal")
    bar.set_ticks([0, level, 1], labels=["0", f"{level:g}", "1"])
    bar.set_label("share of worlds in which it holds", size=SEARCH_TEXT_SIZE, labelpad=1)
    height = figure.get_figheight()
    ends = [_KEY_X / PAGE_WIDTH, (_KEY_X + 0.3) / PAGE_WIDTH]
    for number, entry in enumerate(lines):
        line_y = y + 0.06 - 0.16 * number
        write_text(figure, _KEY_X + 0.38, line_y, entry.text, size=SEARCH_TEXT_SIZE, va="center")
        style: Any = {"color": entry.colour, "ls": entry.style, "lw": entry.width}
        level_line = [line_y / height] * 2
        figure.add_artist(Line2D(ends, level_line, transform=figure.transFigure, **style))
