"""Lists of names, given as one text or as a list."""

from __future__ import annotations

from collections.abc import Iterable


def split_names(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names in a list, or in a text with commas between them; empty ones are dropped."""
    parts = names.split(",") if isinstance(names, str) else names
    stripped = (part.strip() for part in parts)
    return tuple(name for name in stripped if name)
