"""Notes of a study for its user: distinct texts, and the points that they are about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from equipoise.experiments.config.catalogue import format_value

StudyNotes = Mapping[str, Collection[int]]  # numbers of the points by text
MAX_SHOWN_NOTES = 10  # notes shown before the rest is counted
_MAX_COMMON_VALUES = 3  # values in the description of points


def format_study_notes(notes: StudyNotes, points: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """Return the notes, each with the points that it is about unless it is about all.

    Args:
        notes: points by text.
        points: varied values of the points that could have the note, by number.
    """
    numbers_by_value = _index_points(points)
    lines = []
    for text, concerned in notes.items():
        numbers = points.keys() & concerned
        if 0 < len(numbers) < len(points):
            text = f"{text} ({_describe_points(numbers, points, numbers_by_value)})"
        lines.append(text)
    return lines


def _index_points(
    points: Mapping[int, Mapping[str, Any]],
) -> dict[tuple[str, Any], set[int]]:
    """Return the points that have a value at a path."""
    numbers: dict[tuple[str, Any], set[int]] = {}
    for number, values in points.items():
        for path, value in values.items():
            numbers.setdefault((path, value), set()).add(number)
    return numbers


def _describe_points(
    concerned: set[int],
    points: Mapping[int, Mapping[str, Any]],
    numbers_by_value: Mapping[tuple[str, Any], set[int]],
) -> str:
    """Return the values that these points alone have, or their number."""
    common = []
    alike = set(points)
    for pair in points[min(concerned)].items():
        having = numbers_by_value[pair]
        # A value narrows the points down only if not all of those that are left have it.
        if concerned <= having and not alike <= having:
            common.append(pair)
            alike &= having
    if alike == concerned and len(common) <= _MAX_COMMON_VALUES:
        words = [f"{path}={_format_label(value)}" for path, value in common]
        return f"at {', '.join(words)}"
    if len(concerned) == 1:
        return f"at point {min(concerned)}"
    return f"at {len(concerned):,} of {len(points):,} points"


def _format_label(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else format_value(value)


def shorten_notes(notes: Sequence[str], advice: str = "") -> list[str]:
    """Return the first notes, and a line with the number of the rest.

    Args:
        notes: all notes.
        advice: place where all of them are.
    """
    further = len(notes) - MAX_SHOWN_NOTES
    # One more note takes no more room than the line that counts it.
    if further <= 1:
        return list(notes)
    place = f"; {advice} has all of them" if advice else ""
    return [*notes[:MAX_SHOWN_NOTES], f"... and {further:,} more notes like these{place}."]
