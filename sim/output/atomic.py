"""Atomic writes: a file or folder appears under its name when it is complete, or not at all."""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_MAX_NAME = 255  # bytes of a file's name on nearly all disks
_SUFFIX = ".partial"
# An ext4 disk has this folder at its root, and counts as empty all the same.
_NOT_COUNTED = ("lost+found",)


@contextlib.contextmanager
def atomic_file(path: Path, scratch: Path | None = None, durable: bool = False) -> Iterator[Path]:
    """Give a temporary path to write to; it is renamed to ``path`` at the end of the block.

    If the block raises, nothing is left of the temporary file. What a killed process left of the
    same file is removed. A link stays a link: the file that it points to is replaced. A device or a
    pipe, such as /dev/stdout, is written directly.

    Args:
        path: the file to write.
        scratch: folder of the temporary file, on the same disk; by default that of the file.
        durable: True to flush the file to the disk, so that it survives a power cut.

    Raises:
        OSError: if the file cannot be written.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    target = path.resolve()
    if scratch is None:
        remove_abandoned(list_partial_files(target))
    partial = partial_path((scratch or target.parent) / target.name)
    try:
        yield partial
        if durable:
            _flush_file(partial)
        partial.replace(target)
        if durable:
            _flush_folder(target.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def append_durably(path: Path, content: bytes) -> None:
    """Append to a file and flush it to the disk; a kill may leave a beginning of the content.

    Raises:
        OSError: if the file cannot be written.
    """
    with path.open("ab") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def partial_path(path: Path) -> Path:
    """Return the temporary path of a file or folder, hidden beside it."""
    # The process id keeps two processes that write the same file apart.
    return path.with_name(f".{_stem(path.name)}.{os.getpid()}{_SUFFIX}")


def _stem(name: str) -> str:
    """Return a name, or its digest if there is no room beside it for the rest of a longer name."""
    content = os.fsencode(name)
    room = _MAX_NAME - len(f"..4194304{_SUFFIX}")
    return name if len(content) <= room else hashlib.sha256(content).hexdigest()


def list_partial_files(path: Path) -> Iterator[Path]:
    """Yield the temporary files of a file: those of killed processes, and of running ones."""
    for partial in path.parent.glob(f".{glob.escape(_stem(path.name))}.*{_SUFFIX}"):
        if _find_process(partial, _stem(path.name)) is not None:
            yield partial


def _find_process(partial: Path, stem: str) -> int | None:
    """Return the number of the process that wrote a temporary file; None for any other file."""
    number = partial.name.removeprefix(f".{stem}.").removesuffix(_SUFFIX)
    return int(number) if number.isdecimal() and number.isascii() else None


def list_partial_folders(parent: Path, is_own: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield the temporary folders in ``parent`` of any name whose contents are ours."""
    for partial in parent.glob(f".*.*{_SUFFIX}"):
        stem = partial.name.removeprefix(".").removesuffix(_SUFFIX).rpartition(".")[0]
        if _find_process(partial, stem) is None or partial.is_symlink() or not partial.is_dir():
            continue
        if all(is_own(path) for path in partial.iterdir()):
            yield partial


def remove_abandoned(partials: Iterator[Path]) -> None:
    """Remove the temporary files and folders whose processes are gone."""
    for partial in partials:
        number = partial.name.removesuffix(_SUFFIX).rpartition(".")[2]
        if _is_running(int(number)):
            continue
        # What cannot be removed does not keep anybody from writing.
        with contextlib.suppress(OSError):
            if partial.is_dir() and not partial.is_symlink():
                shutil.rmtree(partial)
            else:
                partial.unlink()


def _is_running(process: int) -> bool:
    """Return True if a process runs, and wherever that cannot be known."""
    if os.name == "nt":
        # There os.kill ends the process, whatever the signal is.
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        # It belongs to another user.
        return True
    return True


def _flush_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Flush the entries of a folder to the disk; else a rename may not survive a power cut."""
    # Windows cannot open a folder, and some network disks cannot flush one.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def is_empty_folder(folder: Path) -> bool:
    """Return True for a folder without files; what a killed process left does not count."""
    if not folder.is_dir():
        return False
    leftovers = set(list_partial_files(folder / folder.absolute().name))
    return all(path in leftovers or path.name in _NOT_COUNTED for path in folder.iterdir())


@contextlib.contextmanager
def atomic_folder(folder: Path, last: Sequence[str] = ()) -> Iterator[Path]:
    """Give a hidden folder to write files in; it becomes ``folder`` at the end of the block.

    A new folder appears whole, by a rename. A folder that exists and is empty may be a mounted disk
    or a link to one, which no rename can replace: it is filled file by file.

    If the block raises, nothing is left of the hidden folder.

    Args:
        folder: the folder; its parent exists.
        last: names of the files that a folder is filled with at last. Without them it is
            incomplete.

    Raises:
        OSError: if the folder cannot be written, or is not empty.
    """
    if folder.exists():
        with _fill_folder(folder, last) as partial:
            yield partial
        return
    partial = partial_path(folder)
    partial.mkdir()
    try:
        yield partial
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextlib.contextmanager
def _fill_folder(folder: Path, last: Sequence[str]) -> Iterator[Path]:
    """Give a hidden folder inside an empty one; its files move up at the end of the block."""
    if not is_empty_folder(folder):
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(folder))
    inner = folder / folder.absolute().name
    remove_abandoned(list_partial_files(inner))
    partial = partial_path(inner)
    partial.mkdir()
    moved: list[Path] = []
    try:
        yield partial
        names = [path.name for path in partial.iterdir() if path.name not in last]
        for name in (*sorted(names), *last):
            moved.append(folder / name)
            (partial / name).rename(folder / name)
        partial.rmdir()
    except BaseException:
        for path in moved:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        raise


def free_paths(path: Path) -> Iterator[Path]:
    """Yield paths that do not exist: the one given, then the same with -2, -3, ..."""
    number = 1
    while True:
        name = path if number == 1 else path.with_name(f"{path.name}-{number}")
        if not name.exists():
            yield name
        number += 1
