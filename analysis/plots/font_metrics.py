"""The font of the figures: widths of texts, line breaks, and boxes for characters it lacks."""

from __future__ import annotations

from functools import lru_cache, partial

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.textpath import text_to_path

from equipoise.analysis.plots.label_layout import break_lines

FONT = "DejaVu Sans"  # comes with matplotlib, so that a figure is the same on every machine
_BOX = "\N{WHITE SQUARE}"


# These fonts have a box, or a symbol of mathematics, for every letter.
_NO_TEXT_FONTS = ("Last Resort", "cm", "STIXNon", "STIXSize")


def font_families(text: str) -> list[str]:
    """Return the font, and installed fonts that have the letters of a text that it lacks."""
    return [FONT, *_find_fonts(frozenset(_list_missing(text, [FONT])))]


def list_unknown_letters(text: str) -> str:
    """Return the letters of a text that no installed font has."""
    return "".join(dict.fromkeys(_list_missing(text, font_families(text))))


def _list_missing(text: str, families: list[str]) -> list[str]:
    glyphs = [_read_glyphs(findfont(family)) for family in families]
    letters = "".join(text.split())
    drawable: set[int] = set().union(*glyphs)
    return [letter for letter in letters if ord(letter) not in drawable]


@lru_cache(maxsize=64)
def _find_fonts(letters: frozenset[str]) -> tuple[str, ...]:
    """Return the families of installed fonts that have some of the letters, as few as it takes."""
    families = []
    missing = {ord(letter) for letter in letters}
    for entry in sorted(fontManager.ttflist, key=lambda entry: (entry.name, entry.fname)):
        if not missing:
            break
        if entry.name.startswith(_NO_TEXT_FONTS) or entry.name in families:
            continue
        covered = missing & _read_glyphs(entry.fname)
        # The file that is found by the family's name is the one that draws.
        if covered and findfont(entry.name) == entry.fname:
            families.append(entry.name)
            missing -= covered
    return tuple(families)


@lru_cache(maxsize=2048)
def _read_glyphs(path: str) -> frozenset[int]:
    """Return the letters of a font file; none if they are pictures, as those of emoji."""
    try:
        font = get_font(path)
        return frozenset(font.get_charmap()) if font.scalable else frozenset()
    except (OSError, RuntimeError):
        return frozenset()


def _current_families() -> list[str]:
    """Return the fonts that the style of the current figure names."""
    families = list(matplotlib.rcParams["font.family"])
    return families if FONT in families else [FONT]


def replace_missing_glyphs(text: str) -> str:
    """Return a text on one line, with a box for each character that the fonts lack."""
    line = " ".join(text.split())
    missing = set(_list_missing(line, _current_families()))
    for letter in missing:
        line = line.replace(letter, _BOX)
    return line


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return the width in inches of a line of text of ``size`` points."""
    font = FontProperties(family=_current_families(), size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72


def wrap_text(text: str, size: float, room: float, weight: str = "normal") -> list[str]:
    """Return a text in lines of at most ``room`` inches."""
    width = partial(text_width, size=size, weight=weight)
    return break_lines(replace_missing_glyphs(text), width, room)
