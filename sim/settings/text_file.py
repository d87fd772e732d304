"""Text files that users write: read as UTF-8, with one line for each problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from equipoise.errors import EquipoiseError, suggest_spelling

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
        problem = f"{str(path)!r} cannot be read: {reason}."
    raise EquipoiseError(f"{setting}: {problem} {advice}")


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
