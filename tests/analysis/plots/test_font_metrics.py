"""Fonts for letters that the font of the figures lacks."""

import matplotlib
import pytest
from matplotlib.font_manager import findfont, get_font

from equipoise.analysis.plots import font_metrics
from equipoise.analysis.plots.font_metrics import (
    FONT,
    font_families,
    list_unknown_letters,
    replace_missing_glyphs,
)

UNKNOWN = "\U0010fffd"


def find_letter(family):
    own = get_font(findfont(family)).get_charmap()
    letters = sorted(own.keys() - get_font(findfont(FONT)).get_charmap().keys())
    return next(chr(letter) for letter in letters if chr(letter).isprintable())


def test_installed_font_is_taken_for_letters_that_the_own_one_lacks():
    letter = find_letter("STIXGeneral")
    families = font_families(f"title {letter}")
    assert families[0] == FONT
    assert any(ord(letter) in get_font(findfont(name)).get_charmap() for name in families[1:])
    assert list_unknown_letters(letter) == ""
    assert replace_missing_glyphs(letter) == "\N{WHITE SQUARE}"
    with matplotlib.rc_context({"font.family": families}):
        assert replace_missing_glyphs(letter) == letter


def test_plain_text_keeps_the_one_font():
    assert font_families("Überprüfung \N{MINUS SIGN}1") == [FONT]


def test_letters_without_a_font_are_named_once():
    assert list_unknown_letters(f"a{UNKNOWN}b{UNKNOWN}") == UNKNOWN
    assert font_families(UNKNOWN) == [FONT]


@pytest.mark.parametrize("error", [OSError, RuntimeError])
def test_damaged_font_has_no_letters(monkeypatch, error):
    def fail(path):
        raise error

    monkeypatch.setattr(font_metrics, "get_font", fail)
    font_metrics._read_glyphs.cache_clear()
    assert font_metrics._read_glyphs("font.ttf") == frozenset()
    font_metrics._read_glyphs.cache_clear()
