"""The folder of a run: everything that it takes to read the run and to repeat it."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml
from pydantic import PrivateAttr

from equipoise.errors import EquipoiseError, shorten_given
from equipoise.network import Network, NetworkFile
from equipoise.output.atomic import (
    atomic_folder,
    is_empty_folder,
    list_partial_folders,
    partial_path,
    remove_abandoned,
)
from equipoise.output.parquet import PARQUET_ERRORS, read_parquet, write_parquet
from equipoise.output.run_tables import (
    build_daily_table,
    build_network_table,
    read_network_table,
    read_record,
)
from equipoise.runner import Run
from equipoise.settings.files import FileSettings
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings
from equipoise.settings.text_file import expand_user_path
from equipoise.settings.yaml_text import parse_yaml

SETTINGS_FILE = "settings.yaml"
MANIFEST_FILE = "manifest.json"
DAILY_FILE = "daily.parquet"
NETWORK_FILE = "network.parquet"
SUMMARY_FILE = "summary.json"
_FORMAT = 1
_READ_FACTS = ("seeds", "days", "strikes", "verdicts", "notes", "versions", "complete")
_YAML_WIDTH = 110
# Parts of the settings that may have a file; the folder keeps it under the name of the part.
_PARTS_WITH_FILES = ("environment", "control_center")

_FILES = (SETTINGS_FILE, MANIFEST_FILE, DAILY_FILE, NETWORK_FILE, SUMMARY_FILE)
_STEMS = ("figure", *_PARTS_WITH_FILES)

SettingsValidator = Callable[[Mapping[str, Any]], Settings]


class HeldNetworkFile(NetworkFile):
    """A network file that is already read: from its path, or from the copy in a run folder."""

    _network: Network = PrivateAttr()

    def build(self, size: int, seed: int) -> Network:
        """Return the network that was read."""
        return self._network

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HeldNetworkFile) and dump_settings(self) == dump_settings(other)

    def __hash__(self) -> int:
        return hash(self.path)

    @classmethod
    def of(cls, network_file: NetworkFile, network: Network) -> HeldNetworkFile:
        """Return the settings of a network file together with its network."""
        values = {name: getattr(network_file, name) for name in type(network_file).model_fields}
        held = cls(**values)
        held._network = network
        return held


def hold_network(settings: Settings) -> Settings:
    """Return settings whose network file, if there is one, has been read.

    Raises:
        EquipoiseError: if the file cannot be read.
    """
    network_file = settings.network
    if not isinstance(network_file, NetworkFile) or isinstance(network_file, HeldNetworkFile):
        return settings
    network = network_file.build(settings.community.size, settings.seed)
    return settings.model_copy(update={"network": HeldNetworkFile.of(network_file, network)})


def check_output_folder(folder: Path) -> None:
    """Check, before anything is computed, that a run can be written to ``folder``.

    Raises:
        EquipoiseError: if the folder is not empty, its name is not possible, or its place cannot be
            written to.
    """
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise EquipoiseError(
            f"{str(folder)!r} is not UTF-8 text. Give a folder with another name."
        ) from None
    place = folder
    try:
        if os.path.lexists(folder) and not is_empty_folder(folder):
            raise EquipoiseError(
                f"{folder} exists already and is not empty; nothing is overwritten. "
                "Give another folder."
            )
        place = _find_existing_place(folder)
        remove_abandoned(list_partial_folders(place, _is_run_file))
        _try_to_write(place)
    except OSError as error:
        reason = error.strerror or error
        raise EquipoiseError(
            f"{shorten_given(str(folder))} cannot be written: {shorten_given(str(place))}: "
            f"{reason}. Give another folder."
        ) from None


def _find_existing_place(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists.

    Raises:
        OSError: if the disk refuses the name of a part of the path that does not exist yet.
    """
    if folder.exists():
        return folder
    missing = [folder.absolute()]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    place = missing[-1].parent
    for path in missing:
        # Each name is looked for where names can be tried: the answer to a good one is "not there".
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            (place / path.name).lstat()
    return place


def _try_to_write(place: Path) -> None:
    # Permissions alone do not tell: the disk may be mounted read-only.
    probe = partial_path(place / (place.absolute().name or "equipoise"))
    probe.mkdir()
    probe.rmdir()


def _is_run_file(path: Path) -> bool:
    """Return True for a file such as a run folder holds."""
    return path.is_file() and (path.name in _FILES or path.stem in _STEMS)


def save_run(
    run: Run,
    folder: Path,
    summary: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a run to a new folder, whole or not at all.

    An empty folder that exists, such as a mounted disk, is filled file by file, the manifest at
    last: without it the folder is no run.

    Args:
        run: the run.
        folder: the folder; one of that name may exist if it is empty.
        summary: measures for ``summary.json``.
        files: further files by name, such as pictures.

    Raises:
        OSError: if it cannot be written; then nothing is left behind.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(list_partial_folders(folder.absolute().parent, _is_run_file))
    with atomic_folder(folder.absolute(), (SETTINGS_FILE, MANIFEST_FILE)) as partial:
        _write_text(partial / SETTINGS_FILE, format_settings(run.settings, folder))
        _write_table(partial / DAILY_FILE, build_daily_table(run))
        _copy_network(run.settings, partial)
        _copy_files_of_parts(run.settings, partial)
        _write_text(partial / SUMMARY_FILE, _format_json(summary or {}))
        for name, content in (files or {}).items():
            (partial / name).write_bytes(content)
        _write_text(partial / MANIFEST_FILE, _format_json(build_run_manifest(run)))
    return folder


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _write_table(path: Path, table: pa.Table) -> None:
    write_parquet(table, path)


def _copy_network(settings: Settings, folder: Path) -> None:
    """Write the network of a file; a generated one follows from settings and seed."""
    if isinstance(settings.network, NetworkFile):
        network = settings.network.build(settings.community.size, settings.seed)
        _write_table(folder / NETWORK_FILE, build_network_table(network))


def _copy_files_of_parts(settings: Settings, folder: Path) -> None:
    """Write the files that parts of the settings have read."""
    for part in _PARTS_WITH_FILES:
        record = getattr(settings, part)
        content = record.content_if_read() if isinstance(record, FileSettings) else None
        if content is not None:
            _file_of_part(folder, part, record.path).write_bytes(content)


def _file_of_part(folder: Path, part: str, path: str) -> Path:
    """Return the file in a run folder that holds what a part of the settings read from ``path``."""
    return folder / f"{part}{Path(path).suffix}"


def format_settings(settings: Settings, folder: Path) -> str:
    """Return settings as YAML, below a comment with the command that repeats the run."""
    data = dump_settings(settings)
    body = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=_YAML_WIDTH)
    return f"# Repeat this run, bit for bit: equipoise run --from {folder.absolute().name}\n{body}"


def build_run_manifest(run: Run) -> dict[str, Any]:
    """Return the facts about a run that are neither settings nor days."""
    settings = run.settings
    manifest: dict[str, Any] = {
        "format": _FORMAT,
        "complete": run.complete,
        "seed": settings.seed,
        "seeds": [],
        "days": [],
        "days_asked": settings.burn_in + settings.horizon,
        "replicates_asked": settings.replicates,
        "versions": run.versions,
        "notes": list(run.notes),
        "strikes": [],
        "verdicts": [],
        "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    for record in run.records:
        manifest["seeds"].append(record.seed)
        manifest["days"].append(int(record.filled))
        manifest["strikes"].append(list(record.strikes))
        manifest["verdicts"].append(record.verdicts)
    return manifest


def _format_json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, default=_to_python) + "\n"


def _to_python(value: Any) -> Any:
    """Return a numpy value as plain Python."""
    return value.tolist()


def load_run_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run folder.

    Raises:
        EquipoiseError: if the folder is no run folder.
    """
    text = _read_text(folder, MANIFEST_FILE)
    try:
        manifest: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EquipoiseError(f"{folder / MANIFEST_FILE} cannot be read: {error}.") from None
    version = manifest.get("format") if isinstance(manifest, Mapping) else None
    if version != _FORMAT:
        raise EquipoiseError(
            f"{folder / MANIFEST_FILE} has the format {version!r}. Allowed: {_FORMAT}. "
            "Give the folder of a run that this version wrote."
        )
    missing = [name for name in _READ_FACTS if name not in manifest]
    if missing:
        raise EquipoiseError(f"{folder / MANIFEST_FILE} lacks {', '.join(missing)}.")
    return manifest


def load_run_settings(
    folder: Path, validate: SettingsValidator = Settings.model_validate
) -> Settings:
    """Return the settings of a run folder, with the network and the files that it holds.

    Args:
        folder: the run folder.
        validate: returns settings from plain data.

    Raises:
        EquipoiseError: if the folder is no run folder, or its settings cannot be read.
    """
    data = _read_settings_file(folder)
    settings = _with_files_of_parts(data, folder, validate)
    network_copy = folder / NETWORK_FILE
    if not isinstance(settings.network, NetworkFile) or not network_copy.exists():
        return settings
    network = _read_network_copy(network_copy)
    held = HeldNetworkFile.of(settings.network, network)
    return settings.model_copy(update={"network": held})


def _read_network_copy(path: Path) -> Network:
    """Return the network of a run folder."""
    try:
        return read_network_table(read_parquet(path))
    except PARQUET_ERRORS as error:
        raise _unreadable(path, error) from None


def _read_settings_file(folder: Path) -> Mapping[str, Any]:
    text = _read_text(folder, SETTINGS_FILE)
    data = parse_yaml(text, str(folder / SETTINGS_FILE))
    if not isinstance(data, Mapping):
        raise EquipoiseError(
            f"{folder / SETTINGS_FILE} holds no settings. Give the folder of a run."
        )
    return data


def _unreadable(path: Path, error: Exception) -> EquipoiseError:
    """Return the user's error for a file that cannot be read, on one line."""
    reason = " ".join(str(error).split())
    return EquipoiseError(f"{path} cannot be read: {reason}.")


def _with_files_of_parts(
    data: Mapping[str, Any], folder: Path, validate: SettingsValidator
) -> Settings:
    """Return settings whose parts hold the files of the folder, under their first paths."""
    copies = _find_copies(data, folder)
    moved = dict(data)
    for part, copy in copies.items():
        # Validation reads the copy: the file of the first run may be gone.
        moved[part] = {**data[part], "path": str(copy.absolute())}
    settings = validate(moved)
    with_content = {}
    for part, copy in copies.items():
        path = str(data[part]["path"])
        with_content[part] = getattr(settings, part).with_content(path, copy.read_bytes())
    return settings.model_copy(update=with_content)


def _find_copies(data: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Return the files in the folder that parts of the settings have read, by part."""
    copies = {}
    for part in _PARTS_WITH_FILES:
        values = data.get(part)
        path = values.get("path") if isinstance(values, Mapping) else None
        copy = _file_of_part(folder, part, str(path or ""))
        if path and copy.is_file():
            copies[part] = copy
    return copies


def _read_text(folder: Path, name: str) -> str:
    if not folder.is_dir():
        raise EquipoiseError(f"There is no folder {str(folder)!r}. Give the folder of a run.")
    try:
        return (folder / name).read_text("utf-8")
    except FileNotFoundError:
        raise EquipoiseError(f"{str(folder)!r} is no run folder: it has no {name}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise EquipoiseError(f"{folder / name} cannot be read: {error}.") from None


def load_run(folder: str | Path) -> Run:
    """Return the run in a folder, as `run` returned it.

    Raises:
        EquipoiseError: if the folder is no run folder, or a file of it cannot be read.
    """
    folder = expand_user_path(folder)
    settings = load_run_settings(folder)
    manifest = load_run_manifest(folder)
    columns = _read_daily_table(folder / DAILY_FILE)
    worlds = zip(
        manifest["seeds"],
        manifest["days"],
        manifest["strikes"],
        manifest["verdicts"],
        strict=True,
    )
    records = []
    start = 0
    for seed, days, strikes, verdicts in worlds:
        own_days = {name: column[start : start + days] for name, column in columns.items()}
        records.append(read_record(own_days, seed, settings.burn_in, strikes, verdicts))
        start += days
    return Run(
        settings=settings,
        records=tuple(records),
        notes=tuple(manifest["notes"]),
        versions=manifest["versions"],
        complete=manifest["complete"],
    )


def _read_daily_table(path: Path) -> dict[str, np.ndarray]:
    """Return the columns of a table by name."""
    try:
        table = read_parquet(path)
    except PARQUET_ERRORS as error:
        raise _unreadable(path, error) from None
    return {name: table[name].to_numpy() for name in table.column_names}


def compare_days(one: Run, other: Run) -> tuple[bool, int]:
    """Return True if two runs agree bit for bit in all common days, and the number of days."""
    days = 0
    for ours, theirs in zip(one.records, other.records, strict=False):
        common = min(int(ours.filled), int(theirs.filled))
        days += common
        if not _have_same_bits(ours.columns(), theirs.columns(), common):
            return False, days
    return True, days


def _have_same_bits(
    ours: Mapping[str, np.ndarray], theirs: Mapping[str, np.ndarray], days: int
) -> bool:
    if ours.keys() != theirs.keys():
        return False
    # Bytes, since nan differs from itself and 0.0 equals -0.0.
    return all(ours[name][:days].tobytes() == theirs[name][:days].tobytes() for name in ours)
