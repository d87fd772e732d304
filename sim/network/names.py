"""Names of people as files spell them: one spelling for names that look the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain

from equipoise.network.weights import is_number

NamePair = tuple[str, str]
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_WHOLE_DECIMAL = re.compile(r"(-?\d+)\.0+")
_PUNCTUATION = re.compile(r"[\s!-/:-@\[-`{-~]+")
_BRACKETS = ("()", "[]", "{}")


def is_no_name(text: str) -> bool:
    """Return True if a text is punctuation, or has half of a pair of brackets."""
    if text.isalnum():
        return False
    if _PUNCTUATION.fullmatch(text):
        return True
    return any(text.count(pair[0]) != text.count(pair[1]) for pair in _BRACKETS)


def clean_name(name: str) -> str:
    """Return a name in Unicode's composed form, without letters that cannot be seen."""
    if name.isascii():
        return name
    return _ZERO_WIDTH.sub("", unicodedata.normalize("NFC", name)).strip()


def unify_names(pairs: Sequence[NamePair]) -> tuple[Sequence[NamePair], list[str]]:
    """Return pairs of names in one spelling each, and notes on names that were changed."""
    names = set(chain.from_iterable(pairs))
    spelling = {name: clean_name(name) for name in names if not name.isascii()}
    changed = {name: cleaned for name, cleaned in spelling.items() if name != cleaned}
    notes = []
    if changed:
        notes.append("names were written in Unicode's composed form, without hidden letters")
    decimals = [name for name in names if name.endswith("0") and _WHOLE_DECIMAL.fullmatch(name)]
    if decimals and all(map(is_number, names)):
        # pandas turns whole numbers into decimals in a column with gaps.
        changed |= {name: _as_whole(name) for name in decimals}
        notes.append(f"ids such as {min(decimals)} were read as {_as_whole(min(decimals))}")
    if changed:
        pairs = [
            (changed.get(first, first), changed.get(second, second)) for first, second in pairs
        ]
    notes += _note_similar_names(names.difference(changed) | set(changed.values()))
    return pairs, notes


def _as_whole(name: str) -> str:
    match = _WHOLE_DECIMAL.fullmatch(name)
    return match[1] if match else name


def _note_similar_names(names: set[str]) -> Iterator[str]:
    """Yield a note on names that differ only in case, or in an @ before them."""
    spellings: dict[str, list[str]] = {}
    for name in sorted(names):
        spellings.setdefault(name.casefold().lstrip("@"), []).append(name)
    similar = [group for group in spellings.values() if len(group) > 1]
    if similar:
        examples = " and ".join(similar[0])
        further = f", and {len(similar) - 1:,} more" if len(similar) > 1 else ""
        yield f"names that differ only in case or @ are different people: {examples}{further}"
