"""A run on disk: a folder that holds all it takes to read the run and to repeat it."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pydantic import PrivateAttr

from equipoise.array_types import Floats
from equipoise.consumers.census import CENSUS_COLUMNS, CENSUS_DTYPE
from equipoise.errors import EquipoiseError
from equipoise.network import Network, NetworkFile
from equipoise.run_record import RunRecord, column_meanings
from equipoise.runner import Run
from equipoise.settings.files import FileSettings
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings

SETTINGS, MANIFEST, DAILY, NETWORK, SUMMARY = (
    "settings.yaml",
    "manifest.json",
    "daily.parquet",
    "network.parquet",
    "summary.json",
)


FILES = (
    "environment",
    "control_center",
)  # parts of settings that may have files, which are kept under their names


class HeldNetworkFile(NetworkFile):
    """A network file that was read already: from its file, or from the copy that a run folder keeps."""

    _network: Network = PrivateAttr()

    def build(self, size: int, seed: int) -> Network:
        """Return the network that was read."""
        return self._network

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HeldNetworkFile) and dump_settings(self) == dump_settings(other)

    def __hash__(self) -> int:
        return hash(self.path)

    @classmethod
    def of(cls, builder: NetworkFile, network: Network) -> HeldNetworkFile:
        """Return the builder with its network in hand."""
        held = cls(**{name: getattr(builder, name) for name in type(builder).model_fields})
        held._network = network
        return held


def hold_network(settings: Settings) -> Settings:
    """Return settings whose network file, if they have one, is read now and once.

    Raises:
        EquipoiseError: when the file cannot be read.
    """
    builder = settings.network
    if not isinstance(builder, NetworkFile) or isinstance(builder, HeldNetworkFile):
        return settings
    network = builder.build(settings.community.size, settings.seed)
    return settings.model_copy(update={"network": HeldNetworkFile.of(builder, network)})


def check_output_folder(folder: Path) -> None:
    """Make sure, before anything is computed, that a run can be written to ``folder``.

    Raises:
        EquipoiseError: when the folder holds something already, or its place cannot be written to.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EquipoiseError(
            f"{folder} exists already and is not empty; nothing is overwritten. Give another folder."
        )
    place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    try:
        Path(tempfile.mkdtemp(prefix=".equipoise-", dir=place)).rmdir()
    except OSError as error:
        why = error.strerror or error
        raise EquipoiseError(
            f"{folder} cannot be written: {place}: {why}. Give another folder."
        ) from None


def save_run(
    run: Run,
    folder: Path,
    summary: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a run to a new folder, whole or not at all.

    Args:
        run: what to write.
        folder: where; a folder of that name may exist if it is empty.
        summary: measures for ``summary.json``.
        files: further files by name, such as pictures.

    Raises:
        OSError: when it cannot be written; then nothing is left behind.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _appearing(folder.absolute()) as here:
        (here / SETTINGS).write_text(settings_text(run.settings, folder), "utf-8")
        pq.write_table(build_daily_table(run), here / DAILY, compression="zstd")
        if isinstance(run.settings.network, NetworkFile):
            network = run.settings.network.build(run.settings.community.size, run.settings.seed)
            pq.write_table(_network_table(network), here / NETWORK, compression="zstd")
        for part in FILES:
            read = getattr(run.settings, part)
            if isinstance(read, FileSettings) and (content := read.held()) is not None:
                _kept(here, part, read.path).write_bytes(content)
        (here / SUMMARY).write_text(_json(summary or {}), "utf-8")
        for name, content in (files or {}).items():
            (here / name).write_bytes(content)
        (here / MANIFEST).write_text(_json(build_run_manifest(run)), "utf-8")
    return folder


@contextlib.contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """Give a hidden folder beside ``folder`` to write in; it takes that name once everything is written."""
    here = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    here.mkdir()
    try:
        yield here
        here.rename(folder)
    except BaseException:
        shutil.rmtree(here, ignore_errors=True)
        raise


def settings_text(settings: Settings, folder: Path) -> str:
    """Return settings as YAML, under a line that says how to repeat the run."""
    body = yaml.safe_dump(dump_settings(settings), sort_keys=False, allow_unicode=True, width=110)
    return f"# Repeat this run, bit for bit: equipoise run --from {folder.name}\n{body}"


def build_run_manifest(run: Run) -> dict[str, Any]:
    """Return what there is to know about a run besides its settings and days."""
    return {
        "format": 1,
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


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, default=_as_plain) + "\n"


def _as_plain(value: Any) -> Any:
    """Return a numpy value as plain Python."""
    return value.tolist()


def build_daily_table(run: Run) -> pa.Table:
    """Return the days of all replicates as one table, each column with its unit and meaning."""
    told = column_meanings(tuple(run.settings.effector), tuple(run.settings.firm.departments))
    parts = [_days(number, record) for number, record in enumerate(run.records)]
    table = pa.concat_tables(parts)
    fields = [_told(field, told) for field in table.schema]
    return table.cast(pa.schema(fields, {"equipoise": run.versions.get("equipoise", "")}))


def _days(number: int, record: RunRecord) -> pa.Table:
    columns = record.columns()
    days = int(record.filled)
    marks = {
        "replicate": np.full(days, number, np.int64),
        "seed": np.full(days, record.seed, np.int64),
    }
    return pa.table({name: _arrow(column) for name, column in (marks | columns).items()})


def _arrow(values: np.ndarray) -> pa.Array:
    """Return numbers as Arrow has them; its own conversion imports pandas, which takes a second."""
    values = np.ascontiguousarray(values)
    kind = pa.type_for_alias(values.dtype.name.replace("float64", "double"))
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _told(field: pa.Field, told: Mapping[str, Any]) -> pa.Field:
    marks = {"replicate": ("", "number of the world, from 0"), "seed": ("", "seed of the world")}
    unit, meaning = marks.get(field.name) or (told[field.name].unit, told[field.name].meaning)
    return field.with_metadata({"unit": unit, "meaning": meaning})


def _network_table(network: Network) -> pa.Table:
    """Return a network as one row a person: tribe, neighbours, name; notes beside it."""
    rows = pa.LargeListArray.from_arrays(_arrow(network.starts), _arrow(network.neighbours))
    columns: dict[str, Any] = {"tribe": _arrow(network.tribe), "neighbours": rows}
    if network.names:
        columns["name"] = list(network.names)
    return pa.table(columns).replace_schema_metadata({"notes": json.dumps(network.notes)})


def _network(path: Path) -> Network:
    table = pq.read_table(path)
    rows = table["neighbours"].combine_chunks()
    return Network(
        starts=rows.offsets.to_numpy().astype(np.int64),
        neighbours=rows.values.to_numpy().astype(np.uint32),
        tribe=table["tribe"].to_numpy().astype(np.uint32),
        names=tuple(table["name"].to_pylist()) if "name" in table.column_names else (),
        notes=tuple(json.loads(table.schema.metadata[b"notes"])),
    )


def load_run_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run folder.

    Raises:
        EquipoiseError: when the folder is no run folder.
    """
    text = _text(folder, MANIFEST)
    try:
        read: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise EquipoiseError(f"{folder / MANIFEST} cannot be read: {error}.") from None
    return read


def load_run_settings(
    folder: Path, checked: Callable[[Mapping[str, Any]], Settings] = Settings.model_validate
) -> Settings:
    """Return the settings of a run folder; its network and other files are held as the folder keeps them.

    Args:
        folder: the run folder.
        checked: makes settings of plain data.

    Raises:
        EquipoiseError: when the folder is no run folder, or its settings cannot be read.
    """
    text = _text(folder, SETTINGS)
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise EquipoiseError(
            f"{folder / SETTINGS} cannot be read: {' '.join(str(error).split())}."
        ) from None
    settings = _with_files(data if isinstance(data, Mapping) else {}, folder, checked)
    kept = folder / NETWORK
    if isinstance(settings.network, NetworkFile) and kept.exists():
        return settings.model_copy(
            update={"network": HeldNetworkFile.of(settings.network, _network(kept))}
        )
    return settings


def _kept(folder: Path, part: str, path: str) -> Path:
    """Return where a folder keeps the file of a part of the settings that was read from ``path``."""
    return folder / f"{part}{Path(path).suffix}"


def _with_files(
    data: Mapping[str, Any], folder: Path, checked: Callable[[Mapping[str, Any]], Settings]
) -> Settings:
    """Return checked settings whose files are those in the folder, under the paths that they had."""
    there: dict[str, tuple[str, Path]] = {}
    for part in FILES:
        given = data.get(part)
        path = str(given.get("path") or "") if isinstance(given, Mapping) else ""
        if path and _kept(folder, part, path).is_file():
            there[part] = path, _kept(folder, part, path)
    moved = {
        part: {**data[part], "path": str(copy.absolute())} for part, (_, copy) in there.items()
    }
    settings = checked({**data, **moved})
    held = {
        part: getattr(settings, part).holding(path, copy.read_bytes())
        for part, (path, copy) in there.items()
    }
    return settings.model_copy(update=held)


def _text(folder: Path, name: str) -> str:
    if not folder.is_dir():
        raise EquipoiseError(f"there is no folder {str(folder)!r}. Give the folder of a run.")
    try:
        return (folder / name).read_text("utf-8")
    except FileNotFoundError:
        raise EquipoiseError(f"{str(folder)!r} is no run folder: it has no {name}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise EquipoiseError(f"{folder / name} cannot be read: {error}.") from None


def load_run(folder: str | Path) -> Run:
    """Return the run that a folder holds, as `run` gave it.

    Raises:
        EquipoiseError: when the folder is no run folder, or a file of it cannot be read.
    """
    folder = Path(folder)
    settings, told = load_run_settings(folder), load_run_manifest(folder)
    try:
        table = pq.read_table(folder / DAILY)
    except (OSError, pa.ArrowException) as error:
        raise EquipoiseError(
            f"{folder / DAILY} cannot be read: {' '.join(str(error).split())}."
        ) from None
    columns = {name: table[name].to_numpy() for name in table.column_names}
    starts = np.concatenate(([0], np.cumsum(told["days"])))
    records = [
        _record(
            {name: column[a:b] for name, column in columns.items()},
            seed,
            settings.burn_in,
            struck,
            verdicts,
        )
        for a, b, seed, struck, verdicts in zip(
            starts[:-1], starts[1:], told["seeds"], told["strikes"], told["verdicts"], strict=True
        )
    ]
    return Run(settings, tuple(records), tuple(told["notes"]), told["versions"], told["complete"])


def _record(
    columns: dict[str, Floats],
    seed: int,
    burn_in: int,
    struck: list[dict[str, Any]],
    verdicts: list[dict[str, Any]],
) -> RunRecord:
    days = len(columns["day"])
    census = np.rec.array(np.zeros(days, CENSUS_DTYPE))
    counted = {"day", "replicate", "seed"}
    for column in CENSUS_COLUMNS:
        for k, member in enumerate(column.members):
            census[column.name][:, k] = columns[f"{column.name}_{member}"]
            counted.add(f"{column.name}_{member}")
        if not column.members:
            census[column.name] = columns[column.name]
            counted.add(column.name)
    log = {name: values for name, values in columns.items() if name not in counted}
    return RunRecord(seed, burn_in, census, log, tuple(struck), np.array(days, np.int64), verdicts)


def compare_days(one: Run, other: Run) -> tuple[bool, int]:
    """Tell whether two runs agree to the last bit in all days that both have, and how many these are."""
    days = 0
    for ours, theirs in zip(one.records, other.records, strict=False):
        n = min(int(ours.filled), int(theirs.filled))
        days += n
        a, b = ours.columns(), theirs.columns()
        if a.keys() != b.keys() or any(a[k][:n].tobytes() != b[k][:n].tobytes() for k in a):
            return False, days
    return True, days
