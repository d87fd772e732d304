"""The bytes of a file that the user names: regular files of limited size, unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

from equipoise.errors import EquipoiseError
from equipoise.settings.text_file import (
    MAX_FILE_SIZE,
    format_megabytes,
    raise_line_problems,
    read_file_bytes,
    read_regular_file,
)

FILE_ADVICE = (
    "Give the path of an edge list (.edges, .txt, .csv, .tsv) or of a GraphML, GEXF, GML, Pajek "
    "or JSON file."
)
_SAVE_AS_TEXT = "Save the ties as UTF-8 text with two columns, source and target."
_OPENERS: Mapping[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
_ZIP_MARK = b"PK\x03\x04"
# The first bytes of files that are not text, and the kind of each file.
_FOREIGN_MARKS = {
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x89HDF": "an HDF5 file",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_OFFICE_MEMBERS = {
    "xl/workbook.xml": "an Excel workbook (.xlsx)",
    "[Content_Types].xml": "an Office document",
    "content.xml": "an OpenDocument file",
}
_TAR_MARK_AT = 257
_BAD_ARCHIVES = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)


def read_content(path: Path, setting: str, advice: str = FILE_ADVICE) -> bytes:
    """Return the bytes of a file that a setting names, unpacked if it is .gz, .bz2, .xz or .zip.

    Raises:
        EquipoiseError: if it is absent, no regular file, too large, or of a kind without text.
    """
    content = read_file_bytes(path, partial(read_regular_file, path), setting, advice)
    try:
        content = _unpack(content, path)
    except _BAD_ARCHIVES as error:
        raise EquipoiseError(f"{path}: it cannot be unpacked: {error}.") from None
    _refuse_foreign(content, path)
    return content


def _unpack(content: bytes, path: Path) -> bytes:
    if content.startswith(_ZIP_MARK):
        return _read_zip_member(content, path)
    # The first bytes say how a file is packed; its name may say something else.
    for mark, open_packed in _OPENERS.items():
        if content.startswith(mark):
            with open_packed(io.BytesIO(content)) as file:
                return _read_limited(file, path)
    return content


def _read_limited(file: IO[bytes], path: Path) -> bytes:
    """Return the content of a packed file; a small one may unpack to any size."""
    content = file.read(MAX_FILE_SIZE + 1)
    if len(content) > MAX_FILE_SIZE:
        limit = format_megabytes(MAX_FILE_SIZE)
        raise EquipoiseError(f"{path}: it unpacks to more than {limit}. Give a smaller file.")
    return content


def _read_zip_member(content: bytes, path: Path) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        _refuse_office_file(names, path)
        # macOS adds hidden files to every archive.
        members = [name for name in names if not name.startswith("__MACOSX/")]
        if len(members) != 1:
            listing = ", ".join(members[:5]) or "nothing"
            raise EquipoiseError(
                f"{path}: it contains {len(members):,} files ({listing}). "
                "Unpack it and give one of them, or pack one file."
            )
        with archive.open(members[0]) as file:
            return _read_limited(file, path)


def _refuse_office_file(names: Sequence[str], path: Path) -> None:
    """Refuse an archive that is the file of an office program."""
    for member, kind in _OFFICE_MEMBERS.items():
        if member in names:
            raise EquipoiseError(f"{path}: it is {kind}. {_SAVE_AS_TEXT}")


def _refuse_foreign(content: bytes, path: Path) -> None:
    for mark, kind in _FOREIGN_MARKS.items():
        if content.startswith(mark):
            raise EquipoiseError(f"{path}: it is {kind}. {_SAVE_AS_TEXT}")
    # A tar archive has no mark at its start.
    if content[_TAR_MARK_AT:].startswith(b"ustar"):
        raise EquipoiseError(f"{path}: it is a tar archive. Unpack it and give one of its files.")


def decode_text(content: bytes, path: Path) -> str:
    """Return UTF-8 text with its line ends unified; a byte-order mark is skipped.

    Raises:
        EquipoiseError: if it is not UTF-8 (the first five lines that are not are listed).
    """
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"  # as in a binary file: each line is then checked
    if "\0" not in text:
        return text
    problems = [
        f"{path}: line {number} is not UTF-8 text; save the file as UTF-8."
        for number, line in enumerate(content.split(b"\n"), 1)
        if _is_binary(line)
    ]
    raise_line_problems(problems)
    return text


def _is_binary(line: bytes) -> bool:
    try:
        return "\0" in line.decode()
    except UnicodeDecodeError:
        return True
