"""The font of the figures: widths of texts, line breaks, and boxes for characters it lacks."""

from __future__ import annotations

from functools import partial

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from equipoise.analysis.plots.label_layout import break_lines

FONT = "DejaVu Sans"  # comes with matplotlib, so that a figure is the same on every machine


def replace_missing_glyphs(text: str) -> str:
    """Return a text on one line, with a box for each character that the font lacks."""
    known = get_font(findfont(FONT)).get_charmap()
    return "".join(
        letter if ord(letter) in known else "\N{WHITE SQUARE}" for letter in " ".join(text.split())
    )


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return the width of a line of text in inches."""
    font = FontProperties(family=FONT, size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def wrap_text(text: str, size: float, room: float, weight: str = "normal") -> list[str]:
    """Return a text as lines at most ``room`` inches wide."""
    return break_lines(
        replace_missing_glyphs(text), partial(text_width, size=size, weight=weight), room
    )
