"""The folder of a report: a page, its figures, and a list of its own files.

    report.html          the page
    figures/             the figures of the page, as SVG and PNG
    points.csv           the listed points of the study, if it has any
    .report-files.json   the names of these files

Each file is complete whenever it exists, and a report may be written again after a kill at any
moment: the list is written first, so every file of a report is on it. A file that is not on it
belongs to somebody else, and is neither replaced nor deleted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from equipoise.errors import EquipoiseError
from equipoise.experiments.storage.layout import STUDY_FILE, STUDY_FOLDERS
from equipoise.output.atomic import atomic_file, list_partial_files

REPORT_FOLDER = "report"
PAGE_FILE = "report.html"
FIGURES_FOLDER = "figures"
LISTED_POINTS_FILE = "points.csv"
FILE_LIST = ".report-files.json"
_FIGURE_SUFFIXES = (".svg", ".png")
# The files that a report may call its own: a list that leads out of its folder is no danger.
_OWN_FILE = re.compile(r"report\.html|points\.csv|figures/[^/\\]+\.(svg|png)")
_ADVICE = "Allowed: a new or empty folder, or one with an earlier report. Give another --out."
# A page of a version without a list of files shows its own origin and the names of its figures.
_GENERATOR = '<meta name="generator" content="equipoise'
_FIGURE_ID = re.compile(r'<figure id="figure-([\w-]+)"')


def check_report_folder(folder: Path, study: Path) -> None:
    """Check, before anything is computed, that the report of a study may be written to a folder.

    Raises:
        EquipoiseError: if the folder contains the study, is a part of one, or holds other files.
    """
    if study.resolve().is_relative_to(folder.resolve()):
        raise EquipoiseError(
            f"A report cannot be written to {folder}: "
            f"it is or contains the study {study}. {_ADVICE}"
        )
    owner = _find_study(folder.resolve())
    if owner is not None:
        raise EquipoiseError(
            f"A report cannot be written to {folder}: "
            f"it holds the files of the study {owner}. {_ADVICE}"
        )
    try:
        is_foreign = _holds_other_files(folder)
    except OSError as error:
        raise _writing_error(folder, error) from None
    if is_foreign:
        raise EquipoiseError(
            f"{folder} holds something else than a report; nothing is overwritten. {_ADVICE}"
        )


def _find_study(folder: Path) -> Path | None:
    """Return the study whose own files are kept in a folder, or None."""
    # The folder itself may be one of the study's own, or lie within one.
    for place in (folder, *folder.parents):
        inner = folder.relative_to(place).parts
        is_own = not inner or inner[0] in STUDY_FOLDERS
        if is_own and (place / STUDY_FILE).exists():
            return place
    return None


def _holds_other_files(folder: Path) -> bool:
    """Return True for a file, and for a folder with files but without a report."""
    if not folder.exists():
        return False
    if not folder.is_dir():
        return True
    if (folder / FILE_LIST).exists() or _is_report_page(folder / PAGE_FILE):
        return False
    # The only trace of a report that was killed before it had a list.
    leftovers = set(list_partial_files(folder / FILE_LIST))
    return any(path not in leftovers for path in folder.iterdir())


def write_report_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files of a report, and delete those of an earlier one that it no longer has.

    Args:
        folder: the folder, checked by `check_report_folder`.
        files: contents by name, the page last: figures as "figures/NAME.svg" and
            "figures/NAME.png".

    Returns:
        The path of the page.

    Raises:
        EquipoiseError: if a file of another origin is in the way, or the folder cannot be
            written; then all files that exist are complete.
    """
    names = files.keys()
    try:
        earlier = _find_own_files(folder)
        _check_names_are_free(folder, names, earlier)
        folder.mkdir(parents=True, exist_ok=True)
        # From here on both reports are its own: a kill leaves no file that is not on the list.
        _write_list(folder, earlier | names)
        (folder / FIGURES_FOLDER).mkdir(exist_ok=True)
        _remove_partial_files(folder, earlier | names)
        for name, content in files.items():
            _write_file(folder / name, content)
        # The earlier page, which showed these figures, is gone by now.
        for name in earlier - names:
            (folder / name).unlink(missing_ok=True)
        _write_list(folder, names)
    except OSError as error:
        raise _writing_error(folder, error) from None
    return folder / PAGE_FILE


def _writing_error(folder: Path, error: OSError) -> EquipoiseError:
    reason = error.strerror or error
    return EquipoiseError(f"{folder} cannot be written: {reason}. Give another --out.")


def _find_own_files(folder: Path) -> set[str]:
    """Return the names of the files of an earlier report in a folder."""
    names = _read_list(folder / FILE_LIST) or _read_page(folder / PAGE_FILE)
    return {name for name in names if _OWN_FILE.fullmatch(name)}


def _read_list(path: Path) -> list[str]:
    """Return the names in a list of files; empty if there is none that can be read."""
    if not path.exists():
        return []
    try:
        names = json.loads(path.read_text("utf-8"))
    except ValueError:
        return []
    if not isinstance(names, list):
        return []
    return [str(name) for name in names]


def _read_page(page: Path) -> list[str]:
    """Return the names of a page and its files, if Equipoise wrote the page."""
    if not _is_report_page(page):
        return []
    text = page.read_text("utf-8", errors="replace")
    names = [PAGE_FILE, *list_figure_files(_FIGURE_ID.findall(text))]
    if f'download="{LISTED_POINTS_FILE}"' in text:
        names.append(LISTED_POINTS_FILE)
    return names


def _is_report_page(page: Path) -> bool:
    if not page.is_file():
        return False
    with page.open(encoding="utf-8", errors="replace") as file:
        return _GENERATOR in file.read(1000)


def list_figure_files(names: Iterable[str]) -> list[str]:
    """Return the names of the files of figures."""
    files = []
    for name in names:
        for suffix in _FIGURE_SUFFIXES:
            files.append(f"{FIGURES_FOLDER}/{name}{suffix}")
    return files


def _check_names_are_free(folder: Path, names: Iterable[str], earlier: Collection[str]) -> None:
    """Check that no file is replaced that is a link or not of an earlier report.

    Raises:
        EquipoiseError: with a line for each.
    """
    problems = []
    for name in sorted([FILE_LIST, FIGURES_FOLDER, *names]):
        path = folder / name
        # A study from somebody else must not lead a report to files outside its folder.
        if path.is_symlink():
            problems.append(f"{path} is a link, and a report is written into files. Remove it.")
        elif name in names and name not in earlier and path.exists():
            problems.append(
                f"{path} is not of an earlier report; nothing is overwritten. "
                "Move it, or give another --out."
            )
    if problems:
        raise EquipoiseError(*problems)


def _write_file(path: Path, content: bytes) -> None:
    with atomic_file(path, durable=True) as partial:
        partial.write_bytes(content)


def _write_list(folder: Path, names: Iterable[str]) -> None:
    text = json.dumps(sorted(names), indent=1, ensure_ascii=False)
    content = f"{text}\n".encode()
    _write_file(folder / FILE_LIST, content)


def _remove_partial_files(folder: Path, names: Iterable[str]) -> None:
    """Remove the parts of files that killed processes left."""
    for name in (FILE_LIST, *names):
        for partial in list_partial_files(folder / name):
            partial.unlink()
