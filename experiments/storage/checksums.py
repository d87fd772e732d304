"""Checksums of the parts of a study: a sound part is recognised without decoding its pages.

Each line of the file is the name of a part's file, its size in bytes and its CRC-32. A file without
a line, or with another content, is decoded completely, so that neither a lost nor a damaged line
matters. The last line of a file counts.
"""

from __future__ import annotations

import zlib
from pathlib import Path


class PartChecksums:
    """The checksums of the parts in a folder.

    Args:
        folder: the folder of the study.
        name: the name of the file with the checksums.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._path = folder / name
        self._lines: dict[str, str] = {}

    def load(self) -> None:
        """Read the checksums that earlier processes wrote."""
        self._lines = {}
        if not self._path.is_file():
            return
        for line in self._path.read_bytes().decode("utf-8", "replace").splitlines():
            self._lines[line.partition(" ")[0]] = line

    def is_known(self, part: Path) -> bool:
        """Return True if every byte of a file is as it was written.

        Raises:
            OSError: if the file cannot be read.
        """
        earlier = self._lines.get(self._name(part))
        return earlier is not None and earlier == self._line(part, part.read_bytes())

    def add(self, part: Path, content: bytes) -> None:
        """Note the content of a file that was written, or was decoded and is sound.

        Raises:
            OSError: if the file with the checksums cannot be written.
        """
        line = self._line(part, content)
        self._lines[self._name(part)] = line
        # The line begins a new one: a kill may have left an incomplete line before it. A lost line
        # costs time only, so that nothing is flushed.
        with self._path.open("ab") as file:
            file.write(f"\n{line}".encode())

    def _name(self, part: Path) -> str:
        return part.relative_to(self._folder).as_posix()

    def _line(self, part: Path, content: bytes) -> str:
        return f"{self._name(part)} {len(content)} {zlib.crc32(content):08x}"
