"""The folder of a run: everything that it takes to read the run and to repeat it."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pydantic import PrivateAttr

from equipoise.errors import EquipoiseError
from equipoise.network import Network, NetworkFile
from equipoise.output.atomic import atomic_folder
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

SETTINGS_FILE = "settings.yaml"
MANIFEST_FILE = "manifest.json"
DAILY_FILE = "daily.parquet"
NETWORK_FILE = "network.parquet"
SUMMARY_FILE = "summary.json"
_FORMAT = 1
_YAML_WIDTH = 110
# Parts of the settings that may have a file; the folder keeps it under the name of the part.
_PARTS_WITH_FILES = ("environment", "control_center")

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
        EquipoiseError: if the folder is not empty, or its place cannot be written to.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EquipoiseError(
            f"{folder} exists already and is not empty; nothing is overwritten. "
            "Give another folder."
        )
    existing = (place for place in (folder, *folder.absolute().parents) if place.exists())
    place = next(existing)
    try:
        Path(tempfile.mkdtemp(prefix=".equipoise-", dir=place)).rmdir()
    except OSError as error:
        reason = error.strerror or error
        raise EquipoiseError(
            f"{folder} cannot be written: {place}: {reason}. Give another folder."
        ) from None


def save_run(
    run: Run,
    folder: Path,
    summary: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a run to a new folder, whole or not at all.

    Args:
        run: the run.
        folder: the folder; one of that name may exist if it is empty.
        summary: measures for ``summary.json``.
        files: further files by name, such as pictures.

    Raises:
        OSError: if it cannot be written; then nothing is left behind.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    settings = run.settings
    with atomic_folder(folder.absolute()) as partial:
        (partial / SETTINGS_FILE).write_text(format_settings(settings, folder), "utf-8")
        pq.write_table(build_daily_table(run), partial / DAILY_FILE, compression="zstd")
        if isinstance(settings.network, NetworkFile):
            network = settings.network.build(settings.community.size, settings.seed)
            table = build_network_table(network)
            pq.write_table(table, partial / NETWORK_FILE, compression="zstd")
        _copy_files_of_parts(settings, partial)
        (partial / SUMMARY_FILE).write_text(_format_json(summary or {}), "utf-8")
        for name, content in (files or {}).items():
            (partial / name).write_bytes(content)
        (partial / MANIFEST_FILE).write_text(_format_json(build_run_manifest(run)), "utf-8")
    return folder


def _copy_files_of_parts(settings: Settings, folder: Path) -> None:
    """Write the files that parts of the settings have read."""
    for part in _PARTS_WITH_FILES:
        record = getattr(settings, part)
        content = record.held_content() if isinstance(record, FileSettings) else None
        if content is not None:
            _file_of_part(folder, part, record.path).write_bytes(content)


def _file_of_part(folder: Path, part: str, path: str) -> Path:
    """Return the file in a run folder that holds what a part of the settings read from ``path``."""
    return folder / f"{part}{Path(path).suffix}"


def format_settings(settings: Settings, folder: Path) -> str:
    """Return settings as YAML, below a comment with the command that repeats the run."""
    data = dump_settings(settings)
    body = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=_YAML_WIDTH)
    return f"# Repeat this run, bit for bit: equipoise run --from {folder.name}\n{body}"


def build_run_manifest(run: Run) -> dict[str, Any]:
    """Return the facts about a run that are neither settings nor days."""
    return {
        "format": _FORMAT,
        "complete": run.complete,
        "seed": run.settings.seed,
        "seeds": [record.seed for record in run.records],
        "days": [int(record.filled) for record in run.records],
        "days_asked": run.settings.burn_in + run.settings.horizon,
        "replicates_asked": run.settings.replicates,
        "versions": run.versions,
        "notes": list(run.notes),
        "strikes": [list(record.strikes) for record in run.records],
        "verdicts": [record.verdicts for record in run.records],
        "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


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
    except ValueError as error:
        raise EquipoiseError(f"{folder / MANIFEST_FILE} cannot be read: {error}.") from None
    return manifest


def load_run_settings(
    folder: Path, validate: SettingsValidator = Settings.model_validate
) -> Settings:
    """Return the settings of a run folder, with its network and other files as the folder holds them.

    Args:
        folder: the run folder.
        validate: returns settings from plain data.

    Raises:
        EquipoiseError: if the folder is no run folder, or its settings cannot be read.
    """
    text = _read_text(folder, SETTINGS_FILE)
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise EquipoiseError(f"{folder / SETTINGS_FILE} cannot be read: {reason}.") from None
    data = data if isinstance(data, Mapping) else {}
    settings = _with_files_of_parts(data, folder, validate)
    network_copy = folder / NETWORK_FILE
    if not isinstance(settings.network, NetworkFile) or not network_copy.exists():
        return settings
    network = read_network_table(pq.read_table(network_copy))
    held = HeldNetworkFile.of(settings.network, network)
    return settings.model_copy(update={"network": held})


def _with_files_of_parts(
    data: Mapping[str, Any], folder: Path, validate: SettingsValidator
) -> Settings:
    """Return settings whose parts have the files of the folder as content, under their own paths."""
    paths: dict[str, str] = {}
    copies: dict[str, Path] = {}
    moved: dict[str, Any] = dict(data)
    for part in _PARTS_WITH_FILES:
        values = data.get(part)
        path = str(values.get("path") or "") if isinstance(values, Mapping) else ""
        copy = _file_of_part(folder, part, path)
        if path and copy.is_file():
            paths[part], copies[part] = path, copy
            # Validation reads the copy: the file of the first run may be gone.
            moved[part] = {**data[part], "path": str(copy.absolute())}
    settings = validate(moved)
    with_content = {
        part: getattr(settings, part).with_content(path, copies[part].read_bytes())
        for part, path in paths.items()
    }
    return settings.model_copy(update=with_content)


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
    folder = Path(folder)
    settings, manifest = load_run_settings(folder), load_run_manifest(folder)
    try:
        table = pq.read_table(folder / DAILY_FILE)
    except (OSError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise EquipoiseError(f"{folder / DAILY_FILE} cannot be read: {reason}.") from None
    columns = {name: table[name].to_numpy() for name in table.column_names}
    ends = np.cumsum(manifest["days"]).tolist()
    records = []
    for number, end in enumerate(ends):
        start = ends[number - 1] if number else 0
        own_days = {name: column[start:end] for name, column in columns.items()}
        record = read_record(
            own_days,
            manifest["seeds"][number],
            settings.burn_in,
            manifest["strikes"][number],
            manifest["verdicts"][number],
        )
        records.append(record)
    notes, versions = tuple(manifest["notes"]), manifest["versions"]
    return Run(settings, tuple(records), notes, versions, manifest["complete"])


def compare_days(one: Run, other: Run) -> tuple[bool, int]:
    """Return whether two runs agree bit for bit in all days that both have, and their number."""
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
    return all(ours[name][:days].tobytes() == theirs[name][:days].tobytes() for name in ours)
