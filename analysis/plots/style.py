"""Style shared by all figures: colours, fonts, measured text, and SVG or PNG as bytes.

Figures are built without pyplot: nothing is shown, and no global state of matplotlib is read or changed.
"""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from equipoise.analysis.plots.label_layout import break_lines
from equipoise.consumers.census import CENSUS_COLUMNS

BLACK, BLUE, SKY, GREEN = "#000000", "#0072B2", "#56B4E9", "#009E73"  # Okabe & Ito 2008
ORANGE, RED, PINK, GREY = "#E69F00", "#D55E00", "#CC79A7", "#666666"
CAUSES = next(column.members for column in CENSUS_COLUMNS if column.name == "by")
CAUSE_COLOURS = dict(zip(CAUSES, (BLUE, ORANGE, PINK, GREEN, SKY, "#BBBBBB"), strict=True))
DASHED, DOTTED = (0, (4, 1.5)), (0, (1, 2))
LINE_HEIGHT = 1.35  # in font sizes
PAGE_WIDTH = 8.27  # inches, as A4

_FONT = "DejaVu Sans"  # comes with matplotlib, so that a figure is the same on every machine
STYLE: Any = {
    "font.family": [_FONT],
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
    "svg.hashsalt": "equipoise",
}


def svg_bytes(figure: Figure) -> bytes:
    """Return a figure as SVG; the same figure always gives the same bytes."""
    return _save(figure, format="svg", metadata={"Date": None})


def png_bytes(figure: Figure, dpi: float = 150) -> bytes:
    """Return a figure as PNG of ``dpi`` dots per inch; the same figure always gives the same bytes."""
    return _save(figure, format="png", dpi=dpi, metadata={"Software": None})


def _save(figure: Figure, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(buffer, **options)
    return buffer.getvalue()


def replace_missing_glyphs(text: str) -> str:
    """Return a text on one line, with a box for each character that the font lacks."""
    glyphs = get_font(findfont(_FONT)).get_charmap()
    line = " ".join(text.split())
    return "".join(letter if ord(letter) in glyphs else "\N{WHITE SQUARE}" for letter in line)


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return the width of a line of text in inches, ``size`` in points."""
    font = FontProperties(family=_FONT, size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72


def wrap_text(text: str, size: float, room: float, weight: str = "normal") -> list[str]:
    """Return a text in lines of at most ``room`` inches."""
    width = partial(text_width, size=size, weight=weight)
    return break_lines(replace_missing_glyphs(text), width, room)


def lines_height(lines: int, size: float) -> float:
    """Return the height in inches of lines of text of ``size`` points."""
    return lines * size * LINE_HEIGHT / 72


def extend_limits(low: float, high: float, least: float) -> tuple[float, float]:
    """Return limits of a satisfaction axis with a margin of 5 % and ``least``, just beyond 0 to 1 at most."""
    margin = 0.05 * (high - low) + least
    return max(low - margin, -0.02), min(high + margin, 1.02)


def sentence_case(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]
