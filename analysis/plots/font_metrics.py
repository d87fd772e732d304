"""The font of the figures: widths of texts, line breaks, and boxes for characters it lacks."""

from __future__ import annotations

from functools import partial

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from equipoise.analysis.plots.label_layout import break_lines

FONT = "DejaVu Sans"  # comes with matplotlib, so that a figure is the same on every machine
_BOX = "\N{WHITE SQUARE}"


def replace_missing_glyphs(text: str) -> str:
    """Return a text on one line, with a box for each character that the font lacks."""
    glyphs = get_font(findfont(FONT)).get_charmap()
    line = " ".join(text.split())
    return "".join(letter if ord(letter) in glyphs else _BOX for letter in line)


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return the width in inches of a line of text of ``size`` points."""
    font = FontProperties(family=FONT, size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72


def wrap_text(text: str, size: float, room: float, weight: str = "normal") -> list[str]:
    """Return a text in lines of at most ``room`` inches."""
    width = partial(text_width, size=size, weight=weight)
    return break_lines(replace_missing_glyphs(text), width, room)
