"""Values as words that Hydra's grammar reads back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from equipoise.experiments.config.catalogue import format_value

_BARE_TEXT = re.compile(r"[A-Za-z_][A-Za-z0-9_./+-]*")  # needs no quotes in Hydra's grammar
_NOT_TEXT = ("null", "true", "false", "nan", "inf")
_QUOTE_OR_END = re.compile(r"(\\*)('|$)")  # with the backslashes before it


def quote_value(value: Any) -> str:
    """Return a value as text that Hydra's grammar reads back as the same value."""
    if isinstance(value, str):
        return _quote_text(value)
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(quote_value, value))}]"
    if isinstance(value, Mapping):
        items = [f"{name}:{quote_value(item)}" for name, item in value.items()]
        return "{" + ",".join(items) + "}"
    return format_value(value)


def _quote_text(text: str) -> str:
    if _BARE_TEXT.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return format_value(text)

    def escape(match: re.Match[str]) -> str:
        # Hydra reads a backslash as itself, unless it stands before a quote.
        return match[1] * 2 + match[2].replace("'", "\\'")

    return f"'{_QUOTE_OR_END.sub(escape, text)}'"
