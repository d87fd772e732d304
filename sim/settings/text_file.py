"""Text files that users write: read as UTF-8, with one line for each problem."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from equipoise.errors import EquipoiseError, shorten_given, suggest_spelling

# A file of this size holds about 30 million ties, which take several gigabytes of memory.
MAX_FILE_SIZE = 512 * 1024**2
# More lines than these do not help to correct a file.
MAX_SHOWN_PROBLEMS = 5


def read_text_file(
    path: Path, read: Callable[[], bytes], setting: str, advice: str, *, encoding: str = "utf-8-sig"
) -> str:
    """Return the text of a file that a setting names.

    Args:
        path: the file, for messages.
        read: returns its bytes.
        setting: path of the setting, such as "environment.path".
        advice: a sentence that says which file to give.
        encoding: encoding of the text; a byte-order mark is skipped.

    Raises:
        EquipoiseError: if the file is absent (with the nearest name in its folder) or unreadable.
    """
    try:
        return read_file_bytes(path, read, setting, advice).decode(encoding)
    except UnicodeDecodeError:
        raise EquipoiseError(
            f"{setting}: {str(path)!r} is not UTF-8 text; save it as UTF-8. {advice}"
        ) from None


def read_file_bytes(path: Path, read: Callable[[], bytes], setting: str, advice: str) -> bytes:
    """Return the bytes of a file that a setting names.

    Raises:
        EquipoiseError: if the file is absent (with the nearest name in its folder) or unreadable.
    """
    try:
        return read()
    except FileNotFoundError:
        neighbours = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
        names = [neighbour.name for neighbour in neighbours]
        problem = f"there is no file {str(path)!r}.{suggest_spelling(path.name, names)}"
    except IsADirectoryError:
        problem = f"{str(path)!r} is a folder."
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        problem = f"{shorten_given(str(path))!r} cannot be read: {reason}."
    raise EquipoiseError(f"{setting}: {problem} {advice}")


def expand_user_path(given: str | Path) -> Path:
    """Return a path that a user gave, with ``~`` replaced by the home folder."""
    path = Path(given)
    try:
        return path.expanduser()
    except RuntimeError:
        # ~name of an unknown user is a name like any other.
        return path


def read_regular_file(path: Path, limit: int | None = None) -> bytes:
    """Return the bytes of a file of at most ``limit`` bytes, by default MAX_FILE_SIZE.

    Raises:
        OSError: if it cannot be read, is no regular file, or is too large.
    """
    limit = MAX_FILE_SIZE if limit is None else limit
    status = path.stat()
    # A device or a pipe may never end; a folder gives its own error when it is read.
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise OSError("it is a device or a pipe; save its content as a file")
    if status.st_size > limit:
        size = format_megabytes(status.st_size)
        raise OSError(f"it holds {size}, more than {format_megabytes(limit)}")
    return path.read_bytes()


def format_megabytes(size: int) -> str:
    """Return a number of bytes in megabytes."""
    return f"{size / 1024**2:,.0f} MB"


def raise_line_problems(problems: Sequence[str]) -> None:
    """Raise the problems of a file's lines, the first of them in full.

    Raises:
        EquipoiseError: if there are any.
    """
    if not problems:
        return
    further = len(problems) - MAX_SHOWN_PROBLEMS
    shown = list(problems[:MAX_SHOWN_PROBLEMS])
    if further > 0:
        plural = "s" if further > 1 else ""
        shown.append(f"... and {further:,} more such line{plural}.")
    raise EquipoiseError(*shown)
