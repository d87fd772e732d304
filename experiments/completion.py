"""What the shell offers while overrides are typed: groups, options, paths of settings, choices."""

from __future__ import annotations


def overrides(incomplete: str) -> list[tuple[str, str]]:
    """Return completions of an override, each with what it means."""
    return []


def paths(incomplete: str) -> list[tuple[str, str]]:
    """Return the paths of settings that begin so."""
    return []
