"""Weights of ties: read from text, and scaled to the strength of a tie."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import numpy as np

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.settings.text_file import raise_line_problems

# Range of the strength of a tie; all ties have strength 1 if no weights are given.
_MIN_STRENGTH, _MAX_STRENGTH = 0.5, 2.0
_MAX_QUOTED = 40  # characters of a weight that a message quotes
_MAYBE_THOUSANDS = re.compile(r"\+?[1-9]\d{0,2},\d{3}")
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([T ].*)?")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def parse_number(text: str) -> float | None:
    """Return a number with a decimal point or comma, or None."""
    if not _NUMBER.fullmatch(text):
        return None
    return float(text.replace(",", "."))


def is_number(text: str) -> bool:
    """Return True if a text is a number with a decimal point or comma."""
    return _NUMBER.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Return True if a text is a date, with or without a time."""
    return _DATE.fullmatch(text) is not None


def parse_weights(texts: Sequence[str], places: Sequence[str], source: str) -> Floats:
    """Return weights (M,) from their texts; ``places`` name the line or tie of each.

    Raises:
        EquipoiseError: if a weight is no number, or negative (the first five places are listed),
            or if a comma may separate thousands.
    """
    weights = []
    problems = []
    for text, place in zip(texts, places, strict=True):
        weight = parse_number(text)
        if weight is None or weight < 0:
            quoted = repr(text[:_MAX_QUOTED])
            problems.append(
                f"{source}: {place} has the weight {quoted}; write a number of 0 or more."
            )
        weights.append(weight)
    raise_line_problems(problems)
    _refuse_thousands(texts, places, source)
    return np.array(weights, np.float64)


def _refuse_thousands(texts: Sequence[str], places: Sequence[str], source: str) -> None:
    """Refuse weights such as 1,200 beside 300: the comma is decimal, or separates thousands.

    Raises:
        EquipoiseError: unless another weight, such as 0,5, shows that commas are decimal, or all
            have a comma and are alike relative to their median.
    """
    with_comma = [text for text in texts if "," in text]
    if not all(map(_MAYBE_THOUSANDS.fullmatch, with_comma)):
        return
    others = [text for text in texts if "," not in text and parse_number(text)]
    if with_comma and others:
        text = with_comma[0]
        place = places[texts.index(text)]
        raise EquipoiseError(
            f"{source}: {place} has the weight {text!r} beside {others[0]!r}; the comma is decimal "
            f"or separates thousands. Write {text.replace(',', '')} or {text.replace(',', '.')}, "
            "and so in all lines."
        )


def read_attribute(attributes: str, name: str) -> str:
    """Return a value of a dictionary that networkx wrote, as text, or an empty string."""
    try:
        values = ast.literal_eval(attributes)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    return str(values.get(name, "")) if isinstance(values, dict) else ""


def scale_weights(weights: Floats) -> Floats:
    """Return strengths: weights relative to their median, which has strength 1, from 1/2 to 2."""
    if not len(weights):
        return weights
    middle = float(np.median(weights))
    if not middle:
        return np.where(weights > 0, _MAX_STRENGTH, _MIN_STRENGTH)
    return np.clip(weights / middle, _MIN_STRENGTH, _MAX_STRENGTH)
