"""Names of people as files spell them: one spelling for names that look the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from equipoise.network.weights import is_number

NamePair = tuple[str, str]
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_WHOLE_DECIMAL = re.compile(r"(-?\d+)\.0+")
_PUNCTUATION = re.compile(r"[\s!-/:-@\[-`{-~]+")
_BRACKETS = ("()", "[]", "{}")


def is_no_name(text: str) -> bool:
    """Return True if a text is punctuation, or has half of a pair of brackets."""
    if _PUNCTUATION.fullmatch(text):
        return True
    return any(text.count(pair[0]) != text.count(pair[1]) for pair in _BRACKETS)


def clean_name(name: str) -> str:
    """Return a name in Unicode's composed form, without letters that cannot be seen."""
    if name.isascii():
        return name
    return _ZERO_WIDTH.sub("", unicodedata.normalize("NFC", name)).strip()


def unify_names(pairs: Sequence[NamePair]) -> tuple[list[NamePair], list[str]]:
    """Return pairs of names in one spelling each, and notes on names that were changed."""
    unified = [(clean_name(first), clean_name(second)) for first, second in pairs]
    notes = []
    if unified != list(pairs):
        notes.append("names were written in Unicode's composed form, without hidden letters")
    names = {name for pair in unified for name in pair}
    decimals = [name for name in names if _WHOLE_DECIMAL.fullmatch(name)]
    if decimals and all(map(is_number, names)):
        # pandas turns whole numbers into decimals in a column with gaps.
        unified = [(_as_whole(first), _as_whole(second)) for first, second in unified]
        example = min(decimals)
        notes.append(f"ids such as {example} were read as {_as_whole(example)}")
    notes += _note_similar_names(names)
    return unified, notes


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
