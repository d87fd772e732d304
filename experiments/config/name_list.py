"""Lists of names, given as one text or as a list."""

from __future__ import annotations

from collections.abc import Iterable

from equipoise.errors import shorten_given


def split_names(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names in a list, or in a text with commas between them; empty ones are dropped."""
    parts = names.split(",") if isinstance(names, str) else names
    stripped = (part.strip() for part in parts)
    return tuple(name for name in stripped if name)


def find_missing_names(option: str, given: str | Iterable[str] | None, advice: str) -> str:
    """Return the problem of an option that is given without a name, or an empty string.

    Args:
        option: as the user writes it, such as "--by".
        given: the names, or None if the option is absent.
        advice: what to name, such as "a setting that the study varies".
    """
    if given is None or split_names(given):
        return ""
    shown = repr(shorten_given(given)) if isinstance(given, str) else "an empty list"
    return f"{option} {shown} names nothing. Give {advice}, or leave {option} out."
