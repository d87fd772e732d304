"""Standard output and standard error: closed, narrow or broken streams do not fail a command.

A character that a stream cannot write is replaced. A note that cannot be written is lost. A result
that cannot be written is an `OutputError`.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The nearest characters of ASCII, for streams of cp1252, Latin-1 or ASCII.
_NEAREST = {
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{PLUS-MINUS SIGN}": "+-",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
}
_REPLACEMENT = "equipoise-nearest"  # name of the error handler
_SIZE_VARIABLES = ("COLUMNS", "LINES")


class OutputError(OSError):
    """Standard output cannot be written."""

    @property
    def is_closed_pipe(self) -> bool:
        """Return True if the reader, such as `head`, has what it wants."""
        return self.errno in (errno.EPIPE, errno.ESHUTDOWN)


class _OutputStream:
    """Standard output; its errors are told from those of files."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text and return its number of characters."""
        with self._mark_errors():
            return int(self._stream.write(text))

    def flush(self) -> None:
        """Write what is waiting."""
        with self._mark_errors():
            self._stream.flush()

    @contextlib.contextmanager
    def _mark_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(error.errno, error.strerror or str(error)) from error


class _NoteStream(_OutputStream):
    """Standard error; work goes on without it."""

    def write(self, text: str) -> int:
        """Write text, or lose it; return its number of characters."""
        try:
            self._stream.write(text)
        except OSError:
            _discard(self._stream)
        return len(text)

    def flush(self) -> None:
        """Write what is waiting, if that is possible."""
        try:
            self._stream.flush()
        except OSError:
            _discard(self._stream)


@contextlib.contextmanager
def safe_streams() -> Iterator[None]:
    """Keep standard output and standard error usable for the duration of a block."""
    codecs.register_error(_REPLACEMENT, _replace_characters)
    _ignore_sizes_without_room()
    _fill_closed_descriptors()
    output, notes = sys.stdout, sys.stderr
    sys.stdout = _OutputStream(_open_stream(output))
    sys.stderr = _NoteStream(_open_stream(notes))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = output, notes


def discard_output() -> None:
    """Send what standard output still holds, and all that follows, to nothing."""
    _discard(sys.stdout)


def _discard(stream: Any) -> None:
    # Python flushes its streams at exit; a second failure would change the exit code.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _replace_characters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(_NEAREST.get(character, "?") for character in characters), error.end


def _ignore_sizes_without_room() -> None:
    """Forget COLUMNS=0 and the like: by POSIX they say that the size is unknown."""
    for name in _SIZE_VARIABLES:
        size = os.environ.get(name, "1")
        if not size.isdecimal() or int(size) == 0:
            del os.environ[name]


def _fill_closed_descriptors() -> None:
    """Open nothing in place of closed standard streams; else a file could take their numbers."""
    while True:
        handle = os.open(os.devnull, os.O_RDWR)
        if handle > 2:
            os.close(handle)
            return
        os.set_inheritable(handle, True)


def _open_stream(stream: Any) -> Any:
    """Return a stream that can write any text; nothing in place of a closed stream."""
    # Python has None for a stream that was closed before it started.
    if stream is None or stream.closed:
        return Path(os.devnull).open("w", encoding="utf-8")
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=_REPLACEMENT)
    return stream
