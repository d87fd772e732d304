"""Atomic writes: a file appears under its name when it is complete, or not at all."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_file(path: Path, scratch: Path | None = None, durable: bool = False) -> Iterator[Path]:
    """Give a temporary path to write to; it is renamed to ``path`` at the end of the block.

    If the block raises, nothing is left of the temporary file. A link stays a link: the file that
    it points to is replaced. A device or a pipe, such as /dev/stdout, is written directly.

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
    # The process id keeps two processes that write the same file apart.
    partial = (scratch or target.parent) / f".{target.name}.{os.getpid()}.partial"
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


def list_partial_files(path: Path) -> Iterator[Path]:
    """Yield the temporary files of a file: those of killed processes, and of running ones."""
    for partial in path.parent.glob(f".{glob.escape(path.name)}.*.partial"):
        process = partial.name.removeprefix(f".{path.name}.").removesuffix(".partial")
        # Any other name is a file of somebody else.
        if process.isdigit():
            yield partial


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


@contextlib.contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder beside ``folder`` to write in; it is renamed to ``folder`` at the end.

    If the block raises, nothing is left of the hidden folder. ``folder`` may exist if it is empty.

    Raises:
        OSError: if the folder cannot be written.
    """
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    partial.mkdir()
    try:
        yield partial
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
