"""From words on the command line and files of options to settings: the only door to Hydra."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from hydra import compose as hydra_compose
from hydra import initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from equipoise.errors import EquipoiseError, suggest_spelling, unknown_name_message
from equipoise.experiments.config.catalogue import (
    field_at,
    field_shape,
    format_value,
    is_mapping,
    names_at,
)
from equipoise.experiments.config.messages import unknown_setting_message, validate_settings
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings

OPTION_GROUPS = (
    "community",
    "network",
    "receptor",
    "lens",
    "control_center",
    "effector",
    "environment",
    "strategy",
)
OF_A_STRATEGY = ("receptor", "lens", "control_center", "effector")
_LOCK = threading.RLock()  # Hydra has one global state a process

Folders = tuple[Path, ...]


class ParsedOverride(NamedTuple):
    """One word of the user's: what is set (``path``), to what, or ``removed``; ``text`` as it was written."""

    text: str
    path: tuple[str, ...]
    value: Any = None
    removed: bool = False


def compose(*overrides: str, config_dirs: Iterable[str | Path] = ()) -> Settings:
    """Return the settings that overrides describe, such as ``"strategy=pid_survey", "firm.set_point=0.7"``.

    Args:
        overrides: ``group=option`` chooses files of settings, ``path.to.setting=value`` sets one value.
        config_dirs: further folders of options, laid out as the package's own ``configs``.

    Raises:
        EquipoiseError: with one line for every problem in what was given.
    """
    folders, problems = _folders(config_dirs)
    chosen: dict[str, Any] = {}
    values: list[ParsedOverride] = []
    for text in overrides:
        try:
            override = parse_override(text)
            if override.path[0] in OPTION_GROUPS and len(override.path) == 1:
                chosen[override.path[0]] = _choice(override, folders)
            else:
                values.append(override)
        except EquipoiseError as error:
            problems += error.problems
    failed = {
        group
        for group in OPTION_GROUPS
        if any(problem.startswith(f"{group}=") for problem in problems)
    }
    silent = failed | set(OF_A_STRATEGY if "strategy" in failed else ())
    data = _base(chosen, folders)
    for override in values:
        problems += [] if override.path[0] in silent else _apply(override, data)
    return validate_settings(_resolved(data, problems), problems, silent)


def parse_override(text: str) -> ParsedOverride:
    """Return what one override says, with or without Hydra's leading ``+``.

    Raises:
        EquipoiseError: when it cannot be read, or asks for a sweep.
    """
    removed = text.startswith("~")
    key, sign, value = text.lstrip("+~").partition("=")
    path = tuple(key.strip().split("."))
    if not key or not all(path) or any(mark in key for mark in "@/ \t'\"") or not (sign or removed):
        raise EquipoiseError(
            f"{text!r} cannot be read. Write setting=value or group=option, as in seed=7."
        )
    field = field_at({}, path)
    if path == ("network", "path") or (field is not None and field.annotation is str):
        return ParsedOverride(text, path, _unquoted(value), removed)
    return ParsedOverride(text, path, None if removed else _value(text, value), removed)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _value(text: str, value: str) -> Any:
    try:
        read = _parser().parse_override(f"x={value}")
    except HydraException as error:
        why = str(error).split("\n")[0].partition(" expecting {")[0]
        advice = "Put a value with special characters in quotes, as in 'name=\"a=b\"', and close every bracket."
        raise EquipoiseError(f"{text!r} cannot be read: {why}. {advice}") from None
    if read.is_sweep_override():
        raise EquipoiseError(
            f"{text!r} gives several values; a run takes one. Write a list in brackets: [a,b]."
        )
    return read.value()


@cache
def _parser() -> OverridesParser:
    return OverridesParser.create()


def _choice(override: ParsedOverride, folders: Folders) -> Any:
    """Return the option or options chosen of a group."""
    group, value = override.path[0], override.value
    many = group == "effector"
    names = value if many and isinstance(value, list) else [value]
    there = list_options(group, folders)
    for name in names:
        if override.removed or not isinstance(name, str) or name not in there:
            given = "nothing" if override.removed else format_value(name)
            line = unknown_name_message(group, given, there).replace(
                f"{group} {given!r}", f"{group}={given}", 1
            )
            raise EquipoiseError(
                line + (" Several: effector=[repair,respond]; none: effector=[]." if many else "")
            )
    return tuple(names) if many else value


def list_options(group: str, folders: Folders = ()) -> tuple[str, ...]:
    """Return the options of a group, by the names of their files."""
    places = [
        resources.files("equipoise.configs").joinpath(group),
        *(folder / group for folder in folders),
    ]
    files = [file.name for place in places if place.is_dir() for file in place.iterdir()]
    return tuple(sorted({name.removesuffix(".yaml") for name in files if name.endswith(".yaml")}))


def _folders(given: Iterable[str | Path]) -> tuple[Folders, list[str]]:
    folders, problems = [], []
    for folder in (Path(each).expanduser() for each in given):
        if folder.is_dir():
            folders.append(folder.resolve())
        else:
            problems.append(
                f"--config-dir {folder}: there is no such folder. Give one with folders of options in it."
            )
    return tuple(folders), problems


def _base(chosen: Mapping[str, Any], folders: Folders) -> dict[str, Any]:
    """Return plain data of the chosen options over the defaults of the records."""
    key = tuple(sorted(chosen.items()))
    data = _composed(key) if not folders else _compose_with_hydra(key, folders)
    data = copy.deepcopy(data)
    if set(chosen) & set(OF_A_STRATEGY):
        data["strategy"] = _renamed(data.get("strategy") or {}, chosen)
    return data


def _renamed(strategy: dict[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Name a strategy whose parts were changed by what they were changed to."""
    if "strategy" not in chosen:
        return {"name": "custom", "title": "The parts chosen one by one"}
    parts = {group: chosen[group] for group in OF_A_STRATEGY if group in chosen}
    said = [
        f"{group} {'+'.join(each) if isinstance(each, tuple) else each}"
        for group, each in parts.items()
    ]
    changed = "+".join(each.partition(" ")[2] or "nothing" for each in said)
    return {
        "name": f"{strategy.get('name')}+{changed}",
        "title": f"{strategy.get('title')}; {', '.join(said)}",
    }


@lru_cache(maxsize=256)
def _composed(chosen: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return _compose_with_hydra(chosen, ())


def _compose_with_hydra(chosen: tuple[tuple[str, Any], ...], folders: Folders) -> dict[str, Any]:
    words = [f"{group}={_spelled(option)}" for group, option in chosen]
    if folders:
        places = ",".join(_spelled(str(folder), quoted=True) for folder in folders)
        words.append(f"hydra.searchpath=[{places}]")
    with _LOCK:
        around = (
            GlobalHydra.instance().hydra
        )  # we may be called inside somebody's Hydra application
        GlobalHydra.instance().clear()
        try:
            with initialize_config_module("equipoise.configs", version_base="1.3"):
                config = hydra_compose("config", overrides=words)
        except (HydraException, OmegaConfBaseException, YAMLError) as error:
            raise EquipoiseError(
                f"the files of options do not fit together: {_one_line(error)}"
            ) from None
        finally:
            GlobalHydra.instance().hydra = around
    composed: dict[str, Any] = merge(_defaults(), OmegaConf.to_container(config))
    return composed


def _spelled(option: Any, quoted: bool = False) -> str:
    if isinstance(option, tuple):
        return f"[{','.join(map(_spelled, option))}]"
    return "'" + option.replace("\\", "\\\\").replace("'", "\\'") + "'" if quoted else str(option)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


@cache
def _defaults() -> dict[str, Any]:
    """Return the defaults of all but the parts, which are chosen by groups."""
    return {name: value for name, value in dump_settings(Settings()).items() if not _is_part(name)}


def _is_part(name: str) -> bool:
    return bool(field_shape(Settings, name).family)


def merge(below: Any, above: Any) -> Any:
    """Return nested data with what stands above laid over what stands below."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        names = [*below, *(name for name in above if name not in below)]
        return {n: merge(below.get(n, {}), above[n]) if n in above else below[n] for n in names}
    return above


def _apply(override: ParsedOverride, data: dict[str, Any]) -> list[str]:
    """Set or remove one value in plain data; return the problem, if there is one."""
    problem = _misplaced(override, data)
    if problem:
        return [problem]
    node = data
    for name in override.path[:-1]:
        node = node.setdefault(name, {})
    if override.removed:
        node.pop(override.path[-1])
    elif isinstance(override.value, Mapping):
        node[override.path[-1]] = merge(node.get(override.path[-1], {}), override.value)
    else:
        node[override.path[-1]] = override.value
    return []


def _misplaced(override: ParsedOverride, data: dict[str, Any]) -> str:
    """Return the line for a path that leads nowhere, or an empty string."""
    path = override.path
    for depth in range(1, len(path) + 1):
        here = path[:depth]
        if names_at(data, here[:-1]):
            there = _at(data, here[:-1])
            new = (
                depth == len(path) and isinstance(override.value, Mapping) and not override.removed
            )
            if here[-1] not in there and not new:
                return _unchosen(here, data)
        elif _holds_values(data, here[:-1]):
            return ""
        elif field_at(data, here) is None:
            return _unknown(here, data)
    if override.removed and not names_at(data, path[:-1]):
        return f"{'.'.join(path)} cannot be removed; it always has a value. Set it: {'.'.join(path)}=..."
    return ""


def _holds_values(data: dict[str, Any], path: Sequence[str]) -> bool:
    """Tell whether a path leads to a mapping of plain values, whose names are free."""
    field = field_at(data, tuple(path))
    return field is not None and is_mapping(field.annotation)


def _unknown(path: tuple[str, ...], data: dict[str, Any]) -> str:
    line = unknown_setting_message(path, data)
    close = (
        suggest_spelling(path[0], OPTION_GROUPS)
        if len(path) == 1 and "Did you mean" not in line
        else ""
    )
    choose = f" Choose another kind by {path[0]}=option." if path[1:] == ("kind",) else ""
    return line + close + choose


def _unchosen(path: tuple[str, ...], data: dict[str, Any]) -> str:
    line = unknown_setting_message(path, data)
    if path[0] == "effector" and path[1] in list_options("effector"):
        chosen = [*_at(data, path[:-1]), path[1]]
        return f"{'.'.join(path)} is not chosen. Choose it first: effector=[{','.join(chosen)}]."
    return line


def _at(data: Any, path: Sequence[str]) -> Mapping[str, Any]:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _resolved(data: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    """Return data with references like ${firm.set_point} replaced by what they point to."""
    try:
        resolved: Any = OmegaConf.to_container(OmegaConf.create(data), resolve=True)
    except OmegaConfBaseException as error:
        problems.append(f"a reference leads nowhere: {_one_line(error)}.")
        resolved = data
    return {str(name): value for name, value in resolved.items()}
