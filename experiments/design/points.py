"""From points of a design to settings: files of options are composed once each, values are laid over plain data."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from equipoise.experiments.config.catalogue import format_value
from equipoise.experiments.config.compose import OPTION_GROUPS, compose, merge
from equipoise.experiments.config.messages import validate_settings
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings

BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_./+-]*")  # text that needs no quotes in Hydra's grammar
NOT_TEXT = ("null", "true", "false", "nan", "inf")

PathValues = Mapping[str, Any]
Data = dict[str, Any]


class PointComposer:
    """Makes settings of points, with one call of Hydra for each option and none for a value.

    An option is composed once beside the first options of all other groups; what it changes at the top of the
    settings is laid over them. That is right unless files refer to settings elsewhere (``${...}``) or two options
    of a point change the same part; then that point goes through Hydra as one run would.

    Args:
        constants: overrides that hold at every point.
        first: the first point: its options stand for groups that are not looked at.
        folders: further folders of options.
    """

    def __init__(
        self, constants: Sequence[str], first: PathValues, folders: Iterable[Path] = ()
    ) -> None:
        self.constants = tuple(constants)
        self.folders = tuple(folders)
        self.first = {path: value for path, value in first.items() if path in OPTION_GROUPS}
        self.refers = any("${" in word for word in self.constants) or _files_refer(self.folders)
        self._base: Data | None = None
        self._patches: dict[tuple[str, str], Data] = {}
        self._slow: dict[tuple[str, ...], Data] = {}

    def base(self) -> Data:
        """Return the settings at the first options, before any varied value, as plain data."""
        if self._base is None:
            self._base = self._composed(self.first)
        return self._base

    def settings(self, point: PathValues) -> Settings:
        """Return the settings at a point.

        Raises:
            EquipoiseError: with a line for everything that is wrong there.
        """
        if self.refers:
            return compose(*self.constants, *to_overrides(point), config_dirs=self.folders)
        chosen = {path: value for path, value in point.items() if path in OPTION_GROUPS}
        data = copy.deepcopy(self._chosen(chosen))
        for path, value in point.items():
            if path not in OPTION_GROUPS:
                _lay(data, path, value)
        return validate_settings(data)

    def _chosen(self, chosen: PathValues) -> Data:
        """Return plain data at a choice of options."""
        data = dict(self.base())
        changed: set[str] = set()
        for path, value in chosen.items():
            patch = self._patch(path, value)
            if changed & set(patch):
                return self._through_hydra(chosen)
            changed |= set(patch)
            data |= patch
        return data

    def _patch(self, path: str, value: Any) -> Data:
        """Return what an option changes at the top of the settings."""
        key = path, format_value(value)
        if key not in self._patches:
            if format_value(self.first.get(path)) == key[1]:
                self._patches[key] = {}
            else:
                told = self._composed({**self.first, path: value})
                self._patches[key] = {
                    name: part for name, part in told.items() if part != self.base()[name]
                }
        return self._patches[key]

    def _through_hydra(self, chosen: PathValues) -> Data:
        key = to_overrides(chosen)
        if key not in self._slow:
            self._slow[key] = self._composed(chosen)
        return self._slow[key]

    def _composed(self, chosen: PathValues) -> Data:
        return dump_settings(
            compose(*self.constants, *to_overrides(chosen), config_dirs=self.folders)
        )


def to_overrides(point: PathValues) -> tuple[str, ...]:
    """Return a point as overrides."""
    return tuple(f"{path}={quote_value(value)}" for path, value in point.items())


def quote_value(value: Any) -> str:
    """Return a value as a word that Hydra's grammar reads back as it was."""
    if isinstance(value, str) and (not BARE.fullmatch(value) or value.lower() in NOT_TEXT):
        # Hydra reads a backslash as such, unless it stands before a quote.
        escaped = re.sub(
            r"(\\*)('|$)", lambda found: found[1] * 2 + found[2].replace("'", "\\'"), value
        )
        return f"'{escaped}'"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(quote_value, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{quote_value(each)}" for name, each in value.items()) + "}"
    return format_value(value)


def _lay(data: Data, path: str, value: Any) -> None:
    """Lay a value over plain data; a step that is not there is made, and refused with the rest of the data."""
    *above, name = path.split(".")
    node = data
    for step in above:
        if not isinstance(node.get(step), dict):
            node[step] = {}
        node = node[step]
    node[name] = merge(node.get(name, {}), value) if isinstance(value, Mapping) else value


def _files_refer(folders: Iterable[Path]) -> bool:
    """Tell whether any file of options refers to a setting elsewhere."""
    places = [resources.files("equipoise.configs"), *folders]
    groups = [place.joinpath(group) for place in places for group in OPTION_GROUPS]
    files = [
        file
        for group in groups
        if group.is_dir()
        for file in group.iterdir()
        if file.name.endswith(".yaml")
    ]
    return any("${" in file.read_text("utf-8") for file in files)


def describe_point(number: int, point: PathValues) -> str:
    """Return which point of a design that is; nothing where there is only one."""
    return f"point {number}: {', '.join(to_overrides(point))}" if point else ""


def add_location(problem: str, places: Sequence[str]) -> str:
    """Return a problem with where it was first met."""
    others = "; and others" if len(places) > 1 else ""
    return f"{problem} ({places[0]}{others})" if places[0] else problem
