"""What the shell offers while overrides are typed: groups, options, paths of settings, choices."""

from __future__ import annotations

import os
from importlib import resources

Offer = tuple[str, str]

GROUPS = {
    "community": "the people",
    "network": "who hears whom",
    "receptor": "what the firm can sense",
    "lens": "what layers of hierarchy do to news",
    "control_center": "how the firm decides",
    "effector": "how orders are carried out",
    "environment": "what happens outside",
    "strategy": "receptor, control center and effectors together",
}


def overrides(incomplete: str) -> list[Offer]:
    """Return completions of an override, each with what it means.

    Bash parts words at ``=`` and replaces what comes after it, so there only that part is returned.
    """
    key, parted = _key_in_bash(incomplete)
    if parted:
        return [
            (value, told)
            for value, told in _values(key)
            if value.startswith(incomplete.lstrip("="))
        ]
    key, sign, begun = incomplete.partition("=")
    if not sign:
        offers = [
            *((group, told) for group, told in GROUPS.items() if group.startswith(key)),
            *_paths(key),
        ]
        if len(offers) > 1 or not offers:
            return [(path + ("" if path.endswith(".") else "="), told) for path, told in offers]
        key = offers[0][0]
    return [(f"{key}={value}", told) for value, told in _values(key) if value.startswith(begun)]


def paths(incomplete: str) -> list[Offer]:
    """Return the paths of settings that begin so."""
    return _paths(incomplete)


def _key_in_bash(incomplete: str) -> tuple[str, bool]:
    """Return the word before the ``=`` that bash parted off, and whether it did."""
    words = os.environ.get("COMP_WORDS", "").split()
    place = int(os.environ.get("COMP_CWORD") or 0)
    if incomplete == "=" and place >= 1:
        return words[place - 1], True
    if place >= 2 and len(words) > place - 1 and words[place - 1] == "=":
        return words[place - 2], True
    return "", False


def _paths(begun: str) -> list[Offer]:
    """Return the next step of each path that begins so: a setting, or a branch that ends in a dot.

    A lone branch is followed further: a shell would put a space after it.
    """
    offers = _steps(begun)
    while len(offers) == 1 and offers[0][0].endswith("."):
        offers = _steps(offers[0][0])
    return offers


def _steps(begun: str) -> list[Offer]:
    from equipoise.experiments.config.catalogue import entries_of
    from equipoise.settings.settings import Settings

    top, dot, _ = begun.partition(".")
    if not dot:
        fields = Settings.model_fields.items()
        known = [(name, field.description or "") for name, field in fields if name.startswith(top)]
        return [
            (name, told) if _is_leaf(name) else (f"{name}.", "settings of its own")
            for name, told in known
        ]
    offers: dict[str, str] = {}
    for entry in entries_of(top) if top in Settings.model_fields else ():
        if entry.path.startswith(begun) and "<" not in entry.path:
            step, further, _ = entry.path[len(begun) :].partition(".")
            offers.setdefault(begun + step + further, "" if further else entry.meaning)
    return list(offers.items())


def _is_leaf(name: str) -> bool:
    from equipoise.experiments.config.catalogue import shape
    from equipoise.settings.settings import Settings

    return shape(Settings, name) == (None, False, "")


def _values(key: str) -> list[Offer]:
    """Return the options of a group, or the choices of a setting."""
    if key in GROUPS:
        folder = resources.files("equipoise.configs").joinpath(key)
        names = sorted(
            file.name.removesuffix(".yaml")
            for file in folder.iterdir()
            if file.name.endswith(".yaml")
        )
        return [(name, GROUPS[key]) for name in names]
    from equipoise.experiments.config.catalogue import entries_of

    here = [entry for entry in entries_of(key.partition(".")[0]) if entry.path == key]
    return (
        [(value, here[0].meaning) for value in here[0].choices or (here[0].default,)]
        if here
        else []
    )
