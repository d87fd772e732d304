"""A study on disk: its points, the paths that it varies, and the names of what is compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.config.messages import validate_settings
from equipoise.experiments.design.study_notes import (
    StudyNotes,
    format_study_notes,
    shorten_notes,
)
from equipoise.experiments.storage.layout import NOTES_FOLDER, STUDY_FILE
from equipoise.experiments.storage.manifest import MANIFEST_FORMAT
from equipoise.experiments.storage.store import Store
from equipoise.settings.settings import Settings

# Paths whose values speak for themselves in the name of a point.
_PATHS_WITHOUT_NAME = ("strategy", "environment")
_ALL_ENVIRONMENTS = "everywhere"


@dataclass(frozen=True)
class StoredStudy:
    """A study on disk: the paths that it varies, its points and its failures.

    Attributes:
        folder: its folder.
        manifest: what was asked for, as stored.
        levers, uncertainties: varied paths.
        points: values of the varied paths at each point, with its strategy and environment.
        worlds: number of worlds asked for at each point; 0 under a stopping rule.
        failures: number of failed jobs.
        notes: remarks of planning and running, with the points that they are about.
    """

    folder: Path
    manifest: Mapping[str, Any]
    levers: tuple[str, ...]
    uncertainties: tuple[str, ...]
    points: tuple[Mapping[str, Any], ...]
    worlds: int
    failures: int
    notes: StudyNotes = field(default_factory=dict)

    @property
    def paths(self) -> tuple[str, ...]:
        """All varied paths."""
        return self.levers + self.uncertainties

    @property
    def title(self) -> str:
        """The title of its experiment file, or the name of its folder."""
        title = self.manifest.get("title")
        if title:
            return str(title)
        # The current folder has a name too.
        is_relative = self.folder.name in ("", "..")
        folder = self.folder.resolve() if is_relative else self.folder
        return f"Study {folder.name}"

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of the code that ran it, by package."""
        versions: Mapping[str, str] = self.manifest.get("code", {})
        return versions

    def list_notes(self, finished: Iterable[int]) -> list[str]:
        """Return the notes of planning and running; many are cut to a readable number.

        Args:
            finished: numbers of the points that have runs.
        """
        # A note of planning may be about points without runs.
        points = {}
        for number in sorted({*finished, *chain.from_iterable(self.notes.values())}):
            row = self.points[number]
            points[number] = {path: row.get(path) for path in self.paths}
        notes = format_study_notes(self.notes, points)
        return shorten_notes(notes, str(self.folder / NOTES_FOLDER))

    def load_settings(self, point: int) -> Settings:
        """Return the settings of a point.

        Raises:
            EquipoiseError: if they belong to another version, or to parts that are not installed.
        """
        return validate_settings(json.loads(self.points[point]["settings"]))


def load_study(folder: Path) -> StoredStudy:
    """Return the study in a folder.

    Raises:
        EquipoiseError: if there is none that this version can read.
    """
    store = Store(folder)
    manifest = _read_manifest(folder, store)
    levers, uncertainties = manifest["levers"], manifest["uncertainties"]
    points = tuple(store.read_points())
    worlds = _count_worlds(manifest["worlds"])
    failures = sum(1 for _ in store.read_failures())
    return StoredStudy(
        folder=folder,
        manifest=manifest,
        levers=tuple(levers),
        uncertainties=tuple(uncertainties),
        points=points,
        worlds=worlds,
        failures=failures,
        notes=store.read_notes(),
    )


def _read_manifest(folder: Path, store: Store) -> dict[str, Any]:
    name = repr(str(folder))
    if not folder.exists():
        raise EquipoiseError(
            f"There is no folder {name}. Give the folder that `equipoise sweep` wrote."
        )
    manifest = store.read_manifest()
    # A tuning has a study in each of its rounds, and its own files beside them.
    if (folder / "tuning.json").exists():
        raise EquipoiseError(
            f"{name} is a tuning: its tuning.png, tuning.csv and tuned.yaml hold the "
            "result. To compare or report, sweep the tuned option beside others."
        )
    if manifest is None or "levers" not in manifest:
        raise EquipoiseError(
            f"{name} is no study: it has no {STUDY_FILE} of a sweep. Give the folder of a sweep."
        )
    version = manifest.get("format")
    if version != MANIFEST_FORMAT:
        raise EquipoiseError(
            f"{name} was swept by another version: its format is {version}, and this version "
            f"reads {MANIFEST_FORMAT}. Sweep it anew, or use the version that swept it."
        )
    return manifest


def _count_worlds(requests: Sequence[Mapping[str, Any]]) -> int:
    """Return the largest number of worlds asked for; 0 if a stopping rule decided it."""
    if any(request["stop"] for request in requests):
        return 0
    return max(int(request["replicates"]) for request in requests)


def load_table(study: StoredStudy, measures: Sequence[str]) -> dict[str, Any]:
    """Return the finished runs as arrays by name: point, seed, and the measures that it has."""
    # Polars is loaded for studies with runs only: messages about a folder come at once.
    from equipoise.analysis.frames import load_study_rows

    rows = load_study_rows(study.folder, ["point", "seed", *measures])
    return {name: rows[name].to_numpy() for name in rows.columns}


def name_rows(table: dict[str, Any], names: Mapping[int, tuple[str, str]]) -> None:
    """Add strategy and environment to a table of runs, from their names at each point."""
    pairs = [names[int(point)] for point in table["point"]]
    table["strategy"] = [strategy for strategy, _ in pairs]
    table["environment"] = [environment for _, environment in pairs]


def check_varied_paths(study: StoredStudy, paths: Sequence[str]) -> Iterator[str]:
    """Yield an error for each path that the study does not vary."""
    for path in paths:
        if path not in study.paths:
            message = unknown_name_message("To compare by", path, study.paths)
            yield f"{message} These are what {study.folder} varies."


def name_points(study: StoredStudy, compared: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Return the names of strategy and environment at each point.

    Args:
        study: the study.
        compared: paths whose values make the strategies; all others make the environments.
    """
    others = [path for path in study.paths if path not in compared]
    names = {}
    for point in study.points:
        strategy = format_point(point, compared) or str(point["strategy"])
        environment = format_point(point, others)
        if not environment and "environment" in compared:
            environment = _ALL_ENVIRONMENTS
        names[int(point["point"])] = (strategy, environment or str(point["environment"]))
    return names


def list_axes(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of all strategies, and of all environments."""
    # A dict keeps the order of the study.
    strategies: dict[str, None] = {}
    environments: dict[str, None] = {}
    for strategy, environment in pairs:
        strategies[strategy] = None
        environments[environment] = None
    return tuple(strategies), tuple(environments)


def format_point(point: Mapping[str, Any], paths: Sequence[str]) -> str:
    """Return the values of a point at some paths as a name, such as "recall, voice_mean 0.05"."""
    last_words = Counter(_last_word(path) for path in paths)
    parts = []
    for path in paths:
        value = point.get(path)
        text = f"{value:g}" if isinstance(value, float) else str(value)
        if path in _PATHS_WITHOUT_NAME or len(paths) == 1:
            parts.append(text)
            continue
        # Two paths with the same last word are told apart by the whole path.
        word = _last_word(path)
        name = word if last_words[word] == 1 else path
        parts.append(f"{name} {text}")
    return ", ".join(parts)


def _last_word(path: str) -> str:
    return path.rpartition(".")[2]
