"""From points of a design to settings: each option is composed once, values are set in data."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from equipoise.errors import EquipoiseError
from equipoise.experiments.config.catalogue import format_value
from equipoise.experiments.config.compose import compose, merge
from equipoise.experiments.config.hydra_words import quote_value
from equipoise.experiments.config.messages import validate_settings
from equipoise.experiments.config.option_files import (
    CONFIGS,
    OPTION_GROUPS,
    find_folders,
    list_shipped_options,
    own_option_files,
    read_option,
)
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings

PathValues = Mapping[str, Any]  # one point of a design: values by path

_Data = dict[str, Any]


class PointComposer:
    """Makes settings of points with one call of Hydra for each option, and none for a value.

    An option is composed once, beside the first options of all other groups; the top-level parts
    that it changes replace those of the base. That is right unless a file refers to settings
    elsewhere (``${...}``), or two options of a point change the same part: such a point goes
    through Hydra as one run would.

    Args:
        constants: overrides that hold at every point.
        first: the first point; its options are the base.
        folders: further folders of options.
    """

    def __init__(
        self, constants: Sequence[str], first: PathValues, folders: Iterable[Path] = ()
    ) -> None:
        self._constants = tuple(constants)
        self._folders = tuple(folders)
        self._first = _options_of(first)
        self._has_references = _refer(self._constants) or _files_refer(self._folders)
        self._base: _Data | None = None
        self._patches: dict[tuple[str, str], _Data] = {}
        self._composed: dict[tuple[str, ...], _Data] = {}

    def base(self) -> _Data:
        """Return the settings at the first options, without any varied value, as plain data."""
        if self._base is None:
            self._base = self._compose(self._first)
        return self._base

    def settings(self, point: PathValues) -> Settings:
        """Return the settings at a point.

        Raises:
            EquipoiseError: with a line for everything that is wrong there.
        """
        if self._has_references or _refer(map(str, point.values())):
            words = to_overrides(point)
            return compose(*self._constants, *words, config_dirs=self._folders)
        chosen = _options_of(point)
        data = copy.deepcopy(self._combine(chosen))
        for path, value in point.items():
            if path not in chosen:
                _set_value(data, path, value)
        return validate_settings(data)

    def _combine(self, chosen: PathValues) -> _Data:
        """Return plain data at a choice of options."""
        data = dict(self.base())
        changed: set[str] = set()
        for path, option in chosen.items():
            patch = self._patch(path, option)
            if not changed.isdisjoint(patch):
                return self._compose_together(chosen)
            changed.update(patch)
            data.update(patch)
        return data

    def _patch(self, path: str, option: Any) -> _Data:
        """Return the top-level parts that an option changes."""
        key = path, format_value(option)
        if key not in self._patches:
            self._patches[key] = self._compose_patch(path, option)
        return self._patches[key]

    def _compose_patch(self, path: str, option: Any) -> _Data:
        if format_value(self._first.get(path)) == format_value(option):
            return {}
        base = self.base()
        data = self._compose({**self._first, path: option})
        return {name: part for name, part in data.items() if part != base[name]}

    def _compose_together(self, chosen: PathValues) -> _Data:
        key = to_overrides(chosen)
        if key not in self._composed:
            self._composed[key] = self._compose(chosen)
        return self._composed[key]

    def _compose(self, chosen: PathValues) -> _Data:
        words = to_overrides(chosen)
        return dump_settings(compose(*self._constants, *words, config_dirs=self._folders))


def _options_of(point: PathValues) -> dict[str, Any]:
    """Return the options of a point, without its values."""
    return {path: value for path, value in point.items() if path in OPTION_GROUPS}


def _refer(texts: Iterable[str]) -> bool:
    """Return True if any text refers to a setting elsewhere."""
    return any("${" in text for text in texts)


def _files_refer(folders: Iterable[Path]) -> bool:
    """Return True if any file of options refers to a setting elsewhere."""
    shipped = resources.files(CONFIGS)
    for group in OPTION_GROUPS:
        files = [shipped.joinpath(group, f"{name}.yaml") for name in list_shipped_options(group)]
        if _refer(file.read_text("utf-8") for file in files):
            return True
    return any(map(_own_file_refers, own_option_files(find_folders(folders)[0]).values()))


def _own_file_refers(path: Path) -> bool:
    try:
        return _refer([read_option(path)])
    except EquipoiseError:
        return False  # whoever names the file gets the error


def _set_value(data: _Data, path: str, value: Any) -> None:
    """Set a value in plain data.

    Missing steps of the path are created: validation refuses them with the rest of the data.
    """
    *parents, name = path.split(".")
    node = data
    for parent in parents:
        if not isinstance(node.get(parent), dict):
            node[parent] = {}
        node = node[parent]
    if isinstance(value, Mapping):
        value = merge(node.get(name, {}), value)
    node[name] = value


def to_overrides(point: PathValues) -> tuple[str, ...]:
    """Return a point as overrides."""
    return tuple(f"{path}={quote_value(value)}" for path, value in point.items())


def describe_point(number: int, point: PathValues) -> str:
    """Return number and values of a point; an empty text if nothing is varied."""
    return f"point {number}: {', '.join(to_overrides(point))}" if point else ""


def add_location(problem: str, places: Sequence[str]) -> str:
    """Return a problem with the point where it first occurs."""
    if not places[0]:
        return problem
    others = "; and others" if len(places) > 1 else ""
    return f"{problem} ({places[0]}{others})"
