"""Names of the files and folders of a study, and checks that protect its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from equipoise.errors import EquipoiseError

STUDY_FILE = "study.json"
POINTS_FILE = "points.parquet"
SUMMARY_FOLDER = "summary"
DAILY_FOLDER = "daily"
FAILURES_FOLDER = "failures"
NOTES_FOLDER = "notes"
FRESH_FOLDER = "fresh"
DAMAGED_FOLDER = "damaged"
CHECKSUMS_FILE = "checksums.txt"
LOCK_FILE = ".lock"
STUDY_FOLDERS = (SUMMARY_FOLDER, DAILY_FOLDER, FAILURES_FOLDER, NOTES_FOLDER, FRESH_FOLDER)
_OWN_FILES = (STUDY_FILE, POINTS_FILE, CHECKSUMS_FILE, LOCK_FILE)
_OWN_FOLDERS = (*STUDY_FOLDERS, DAMAGED_FOLDER)
# A part and a job are named by a hash; any other file is foreign to the study.
_OWN_NAME = re.compile(r"[0-9a-f]{16}(\.(summary|daily))?\.(parquet|arrow|json)")


class DamagedFileError(EquipoiseError):
    """A file of a study that cannot be used, although a sweep wrote it whole."""


def has_own_name(path: Path) -> bool:
    """Return True if a file has the name of a part, of a job in fresh/ or of a failure."""
    return _OWN_NAME.fullmatch(path.name) is not None


def is_foreign_folder(folder: Path) -> bool:
    """Return True if a folder without a manifest is a file, or holds more than a study does."""
    if not folder.is_dir():
        return folder.exists()
    if any(path.name not in (*_OWN_FILES, *_OWN_FOLDERS) for path in folder.iterdir()):
        return True
    return any(not has_own_name(path) for path in _list_inner_files(folder))


def _list_inner_files(folder: Path) -> Iterator[Path]:
    for name in STUDY_FOLDERS:
        inner = folder / name
        if inner.is_dir():
            # A hidden file is a temporary one of a killed process.
            yield from (path for path in inner.iterdir() if not path.name.startswith("."))


def check_links(folder: Path) -> None:
    """Check that no file or folder of a study is a link: it may lead out of the study.

    Raises:
        EquipoiseError: naming the link.
    """
    for name in (*_OWN_FILES, *_OWN_FOLDERS):
        path = folder / name
        if path.is_symlink():
            raise EquipoiseError(
                f"{path} is a link, and a sweep would write where it leads. Nothing is written. "
                "Copy the study without links, or give another folder."
            )


def check_export_target(study: Path, out: Path, option: str) -> None:
    """Check that an exported file replaces no file of a study.

    Args:
        study: the folder of the study.
        out: the file to write.
        option: the option that names the file, for the message.

    Raises:
        EquipoiseError: if the file belongs to the study, or is a link inside it.
    """
    inside = _relative_to(out, study)
    target = _relative_to(out.resolve(), study)
    owned = any(parts and _is_owned(parts[0]) for parts in (inside, target))
    if owned:
        raise EquipoiseError(
            f"{out} belongs to the study {study}; nothing is overwritten. Give another {option}."
        )
    if inside and out.is_symlink():
        raise EquipoiseError(
            f"{out} is a link inside a study, and it leads to {out.resolve()}. "
            f"Nothing is overwritten. Give another {option}."
        )


def _relative_to(path: Path, folder: Path) -> tuple[str, ...]:
    """Return the parts of a path below a folder; nothing if it lies elsewhere."""
    place = path.parent.resolve() / path.name
    home = folder.resolve()
    return place.relative_to(home).parts if place.is_relative_to(home) else ()


def _is_owned(name: str) -> bool:
    return name in (*_OWN_FILES, *_OWN_FOLDERS)
