"""Shell completion of overrides: groups, options, paths of settings, choices."""

from __future__ import annotations

import os

# Imports inside functions: they take .2 s, which no start of the command should cost.
Offer = tuple[str, str]  # a completion and its meaning

GROUP_MEANINGS = {
    "community": "the people",
    "network": "ties between people",
    "receptor": "what the firm can sense",
    "lens": "what layers of hierarchy do to readings",
    "control_center": "how the firm decides",
    "effector": "how orders are carried out",
    "environment": "what happens outside",
    "strategy": "receptor, control center and effectors together",
}


def complete_override(incomplete: str) -> list[Offer]:
    """Return completions of an override with their meanings.

    Bash splits words at ``=`` and replaces only what follows it, so only that part is returned.
    """
    key = _key_before_equals_sign(incomplete)
    if key is not None:
        start = incomplete.lstrip("=")
        return [offer for offer in _offer_values(key) if offer[0].startswith(start)]
    key, sign, start = incomplete.partition("=")
    if not sign:
        offers = [*_offer_groups(key), *complete_path(key)]
        if len(offers) != 1:
            return [(_as_key(name), meaning) for name, meaning in offers]
        key = offers[0][0]
    values = _offer_values(key)
    return [(f"{key}={value}", meaning) for value, meaning in values if value.startswith(start)]


def complete_path(incomplete: str) -> list[Offer]:
    """Return the next step of each path that begins so: a setting, or a branch that ends in a dot.

    A single branch is followed further, because a shell would put a space after it.
    """
    offers = _offer_steps(incomplete)
    while len(offers) == 1 and offers[0][0].endswith("."):
        offers = _offer_steps(offers[0][0])
    return offers


def _key_before_equals_sign(incomplete: str) -> str | None:
    """Return the word before the ``=`` at which bash split the line, or None if it did not."""
    words = os.environ.get("COMP_WORDS", "").split()
    place = int(os.environ.get("COMP_CWORD") or 0)
    if incomplete == "=" and place >= 1:
        return words[place - 1]
    if place >= 2 and len(words) > place - 1 and words[place - 1] == "=":
        return words[place - 2]
    return None


def _as_key(name: str) -> str:
    return name if name.endswith(".") else f"{name}="


def _offer_groups(start: str) -> list[Offer]:
    return [offer for offer in GROUP_MEANINGS.items() if offer[0].startswith(start)]


def _offer_steps(start: str) -> list[Offer]:
    from equipoise.experiments.config.catalogue import list_group_entries
    from equipoise.settings.settings import Settings

    top, dot, _ = start.partition(".")
    if not dot:
        return [_offer_field(name) for name in Settings.model_fields if name.startswith(top)]
    if top not in Settings.model_fields:
        return []
    offers: dict[str, str] = {}
    for entry in list_group_entries(top):
        if entry.path.startswith(start) and "<" not in entry.path:
            step, further, _ = entry.path[len(start) :].partition(".")
            meaning = "" if further else entry.meaning
            offers.setdefault(start + step + further, meaning)
    return list(offers.items())


def _offer_field(name: str) -> Offer:
    """Return the offer of a setting at the top, or of a branch of settings."""
    from equipoise.experiments.config.catalogue import field_shape
    from equipoise.settings.settings import Settings

    is_leaf = field_shape(Settings, name) == (None, False, "")
    if is_leaf:
        return name, Settings.model_fields[name].description or ""
    return f"{name}.", "a group of settings"


def _offer_values(key: str) -> list[Offer]:
    """Return the options of a group, or the choices of a setting."""
    from equipoise.experiments.config.catalogue import list_group_entries
    from equipoise.experiments.config.option_files import list_options

    if key in GROUP_MEANINGS:
        return [(name, GROUP_MEANINGS[key]) for name in list_options(key)]
    for entry in list_group_entries(key.partition(".")[0]):
        if entry.path == key:
            values = entry.choices or (entry.default,)
            return [(value, entry.meaning) for value in values]
    return []
