"""Names of people as files spell them: one spelling for names that look the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import chain, filterfalse

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
    # Most names are plain, and it is quicker to look at each name once.
    changes = _unify_letters(names)
    notes = []
    if changes:
        notes.append("names were written in Unicode's composed form, without hidden letters")
    whole = unify_whole_numbers(names)
    if whole:
        example = min(whole)
        notes.append(f"ids such as {example} were read as {whole[example]}")
    changes |= whole
    if changes:
        pairs = [_rename(pair, changes) for pair in pairs]
        names = {changes.get(name, name) for name in names}
    notes += _note_similar_names(names)
    return pairs, notes


def _unify_letters(names: set[str]) -> dict[str, str]:
    """Return new names for those that hold hidden letters, or accents apart from their letter."""
    changes = {}
    for name in filterfalse(str.isascii, names):
        cleaned = clean_name(name)
        if cleaned != name:
            changes[name] = cleaned
    return changes


def unify_whole_numbers(names: set[str]) -> dict[str, str]:
    """Return new names for ids such as 7.0, if all names are numbers.

    pandas turns whole numbers into decimals in a column with gaps.
    """
    matches = map(_WHOLE_DECIMAL.fullmatch, names)
    whole = {match[0]: match[1] for match in matches if match}
    if not whole or not all(map(is_number, names)):
        return {}
    return whole


def _rename(pair: NamePair, changes: Mapping[str, str]) -> NamePair:
    first, second = pair
    return changes.get(first, first), changes.get(second, second)


def _note_similar_names(names: set[str]) -> list[str]:
    """Return a note on names that differ only in case, or in an @ before them."""
    spellings: dict[str, list[str]] = {}
    for name in sorted(names):
        key = name.casefold().lstrip("@")
        spellings.setdefault(key, []).append(name)
    similar = [group for group in spellings.values() if len(group) > 1]
    if not similar:
        return []
    examples = " and ".join(similar[0])
    further = f", and {len(similar) - 1:,} more" if len(similar) > 1 else ""
    return [f"names that differ only in case or @ are different people: {examples}{further}"]
