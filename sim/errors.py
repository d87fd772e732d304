"""User errors, collected and reported together, one line each."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

_MAX_ECHO = 200  # characters of what was given that a message repeats
_MAX_MESSAGE = 2500  # characters; lists of allowed names are shorter
_PUNCTUATION = ".,:;"
# Longer than a text that is cut already, so that no text is cut twice.
_LONG_WORD = re.compile(r"\S{241,}")


class EquipoiseError(ValueError):
    """A mistake in what the user gave.

    Args:
        problems: one full sentence each: what was given, what is allowed, what to do. They are cut
            by `shorten_message`.
    """

    def __init__(self, *problems: str) -> None:
        self.problems = tuple(map(shorten_message, problems))
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[EquipoiseError], tuple[str, ...]]:
        """Pickle by the problems, so that a worker process can pass the error on."""
        return type(self), self.problems


def raise_problems(problems: Sequence[str]) -> None:
    """Raise the problems, if there are any.

    Raises:
        EquipoiseError: with a line for each problem.
    """
    if problems:
        raise EquipoiseError(*problems)


def shorten_given(text: str) -> str:
    """Return a text that a user gave, cut to a length that a message can repeat."""
    if len(text) <= _MAX_ECHO:
        return text
    return f"{text[:_MAX_ECHO]}... ({len(text):,} characters)"


def _shorten_word(match: re.Match[str]) -> str:
    """Return a long word cut, with the punctuation that belongs to the sentence after it."""
    word = match[0].rstrip(_PUNCTUATION)
    return shorten_given(word) + match[0][len(word) :]


def shorten_message(message: str) -> str:
    """Return a message in which long texts that a user gave are cut; a second call changes nothing.

    Words of more than 240 characters are cut, and the middle of a message of more than 2,500.
    """
    shortened = _LONG_WORD.sub(_shorten_word, message)
    if len(shortened) <= _MAX_MESSAGE:
        return shortened
    size = f"({len(shortened):,} characters)"
    return f"{shortened[:_MAX_ECHO]} ... {size} ... {shortened[-_MAX_ECHO:]}"


def suggest_spelling(given: str, allowed: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the closest allowed spelling, or an empty string."""
    if len(given) > _MAX_ECHO:
        return ""
    close = difflib.get_close_matches(given, list(allowed), n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else ""


def unknown_name_message(what: str, given: str, allowed: Iterable[str]) -> str:
    """Return the problem with an unknown name: given, closest spelling, allowed."""
    names = sorted(allowed)
    suggestion = suggest_spelling(given, names)
    return f"{what} {shorten_given(given)!r} is not known.{suggestion} Allowed: {', '.join(names)}."
