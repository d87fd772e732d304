"""Style of all figures: colours, panels and texts placed in inches, and figures as bytes.

Figures are built without pyplot: no global state of matplotlib is read or changed.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from equipoise.analysis.plots.font_metrics import FONT, font_families
from equipoise.consumers.census import CENSUS_COLUMNS

# The palette of Okabe & Ito (2008), which the colour-blind can tell apart.
BLACK, BLUE, SKY, GREEN = "#000000", "#0072B2", "#56B4E9", "#009E73"
ORANGE, RED, PINK, GREY = "#E69F00", "#D55E00", "#CC79A7", "#666666"
CAUSES = next(column.members for column in CENSUS_COLUMNS if column.name == "by")
CAUSE_COLOURS = dict(zip(CAUSES, (BLUE, ORANGE, PINK, GREEN, SKY, "#BBBBBB"), strict=True))
DASHED, DOTTED = (0, (4, 1.5)), (0, (1, 2))
PAGE_WIDTH = 8.27  # inches, as A4
_LINE_HEIGHT = 1.35  # in font sizes
_Parameters = ParamSpec("_Parameters")
STYLE: Any = {
    "font.family": [FONT],
    "font.size": 7,
    "text.color": BLACK,
    "text.usetex": False,
    "axes.facecolor": "white",
    "axes.edgecolor": GREY,
    "axes.labelcolor": BLACK,
    "axes.labelsize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "lines.linewidth": 1.1,
    "lines.markersize": 3.5,
    "path.simplify": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "svg.fonttype": "path",
    # Without a fixed salt the identifiers in an SVG would differ from one process to the next.
    "svg.hashsalt": "equipoise",
}


def apply_style(
    style: Any,
) -> Callable[[Callable[_Parameters, Figure]], Callable[_Parameters, Figure]]:
    """Return a decorator under which a figure is drawn in a style.

    Letters of the arguments that the font lacks are drawn with installed fonts that have them.
    """

    def decorate(draw: Callable[_Parameters, Figure]) -> Callable[_Parameters, Figure]:
        @functools.wraps(draw)
        def draw_in_style(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> Figure:
            families = font_families(f"{args}{kwargs}")
            with matplotlib.rc_context({**style, "font.family": families}):
                return draw(*args, **kwargs)

        return draw_in_style

    return decorate


def text_height(lines: int, size: float) -> float:
    """Return the height in inches of lines of text of ``size`` points."""
    return lines * size * _LINE_HEIGHT / 72


def add_panel(figure: Figure, x: float, y: float, width: float, height: float) -> Axes:
    """Return a new panel, placed and sized in inches from the figure's lower left corner."""
    across, up = figure.get_size_inches()
    return figure.add_axes((x / across, y / up, width / across, height / up))


def write_text(figure: Figure, x: float, y: float, text: str, **options: Any) -> None:
    """Write a text at x and y inches from the figure's lower left corner."""
    across, up = figure.get_size_inches()
    # Users' names may hold dollar signs, which are no formulas.
    figure.text(x / across, y / up, text, parse_math=False, **options)


class PanelGrid(NamedTuple):
    """Equal panels, filled row by row from the upper left; all lengths in inches.

    Attributes:
        columns: panels in a row.
        width, height: size of a panel.
        left: left edge of the first column.
        top: upper edge of the first row.
        column_gap, row_gap: space between two panels.
    """

    columns: int
    width: float
    height: float
    left: float
    top: float
    column_gap: float
    row_gap: float

    def add_panel(self, figure: Figure, number: int) -> Axes:
        """Return a new panel in the place of that number, counted from 0."""
        row, column = divmod(number, self.columns)
        x = self.left + column * (self.width + self.column_gap)
        y = self.top - row * (self.height + self.row_gap) - self.height
        return add_panel(figure, x, y, self.width, self.height)


def svg_bytes(figure: Figure) -> bytes:
    """Return a figure as SVG; the same figure always gives the same bytes."""
    return _save_figure(figure, format="svg", metadata={"Date": None})


def png_bytes(figure: Figure, dpi: float = 150) -> bytes:
    """Return a figure as PNG with ``dpi`` dots per inch; the same figure gives the same bytes."""
    return _save_figure(figure, format="png", dpi=dpi, metadata={"Software": None})


def _save_figure(figure: Figure, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(buffer, **options)
    return buffer.getvalue()
