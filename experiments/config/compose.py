"""Composition of settings from overrides and option files, with Hydra."""

from __future__ import annotations

import copy
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from hydra import compose as hydra_compose
from hydra import initialize_config_dir, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from equipoise.errors import (
    EquipoiseError,
    shorten_given,
    suggest_spelling,
    unknown_name_message,
)
from equipoise.experiments.config.catalogue import (
    field_at,
    field_shape,
    format_value,
    is_mapping,
    names_at,
)
from equipoise.experiments.config.hydra_words import quote_value
from equipoise.experiments.config.messages import unknown_setting_message, validate_settings
from equipoise.experiments.config.option_files import (
    CONFIGS,
    OPTION_GROUPS,
    Folders,
    OptionKey,
    find_folders,
    list_options,
    own_option_files,
    read_option,
    stage_options,
)
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings
from equipoise.settings.yaml_text import names_resolver, resolver_message

STRATEGY_GROUPS = ("receptor", "lens", "control_center", "effector")
# Texts of a network file; the kind of the network is not known where a word is read.
_PART_TEXTS = {("network", name) for name in ("path", "weight", "nodes")}
_PART_TEXTS.add(("control_center", "path"))
_ESCAPED = re.compile(r"(\\+)('|$)")
# Hydra has one global state per process.
_HYDRA_LOCK = threading.RLock()


class ParsedOverride(NamedTuple):
    """One override: its text, the path that it sets, and the value, or that the path is removed."""

    text: str
    path: tuple[str, ...]
    value: Any = None
    removed: bool = False


def compose(*overrides: str, config_dirs: Iterable[str | Path] = ()) -> Settings:
    """Return the settings that overrides describe.

    Args:
        overrides: ``group=option`` chooses an option file, ``path.to.setting=value`` sets one
            value, as in ``"strategy=pid_survey", "firm.set_point=0.7"``.
        config_dirs: further folders of options, laid out as the package's own ``configs``.

    Raises:
        EquipoiseError: with one line for every problem.
    """
    folders, problems = find_folders(config_dirs)
    chosen: dict[str, Any] = {}
    values: list[ParsedOverride] = []
    for text in overrides:
        try:
            override = parse_override(text)
            if override.path[0] in OPTION_GROUPS and len(override.path) == 1:
                chosen[override.path[0]] = _check_choice(override, folders)
            else:
                values.append(override)
        except EquipoiseError as error:
            problems += error.problems
    silent = _groups_with_problems(problems)
    data = _compose_options(chosen, folders)
    for override in values:
        if override.path[0] not in silent:
            problems += _apply(override, data)
    return validate_settings(_resolve_references(data, problems), problems, silent)


def _groups_with_problems(problems: Sequence[str]) -> set[str]:
    """Return the groups whose choice was refused; further problems there only follow from it."""
    refused = {problem.partition("=")[0] for problem in problems} & set(OPTION_GROUPS)
    if "strategy" in refused:
        refused |= set(STRATEGY_GROUPS)
    return refused


def parse_override(text: str) -> ParsedOverride:
    """Return one override, with or without Hydra's leading ``+``.

    Raises:
        EquipoiseError: if it cannot be read, or asks for a sweep.
    """
    removed = text.startswith("~")
    key, sign, value = text.lstrip("+~").partition("=")
    path = tuple(key.strip().split("."))
    is_key = bool(key) and all(path) and not any(mark in key for mark in "@/ \t'\"")
    if not is_key or not (sign or removed):
        raise EquipoiseError(
            f"{shorten_given(text)!r} cannot be read. "
            "Write setting=value or group=option, as in seed=7."
        )
    field = field_at({}, path)
    is_text = field is not None and field.annotation is str
    if path in _PART_TEXTS or is_text:
        return ParsedOverride(text, path, _strip_quotes(value), removed)
    if removed:
        return ParsedOverride(text, path, None, removed)
    if path[0] in OPTION_GROUPS and len(path) == 1:
        return ParsedOverride(text, path, _parse_option(text, value))
    return ParsedOverride(text, path, _parse_value(text, value))


def _parse_option(text: str, value: str) -> Any:
    """Return the name of an option, which may be any text, or a list of names."""
    try:
        parsed = _parse_value(text, value)
    except EquipoiseError:
        if not value.isprintable() or any(mark in value for mark in "[](){},'\""):
            raise
        return unicodedata.normalize("NFC", value)
    if isinstance(parsed, list):
        return [unicodedata.normalize("NFC", str(name)) for name in parsed]
    if value and not isinstance(parsed, (str, Mapping)):
        return value  # 1e3, true and nan are names, too
    return unicodedata.normalize("NFC", parsed) if isinstance(parsed, str) else parsed


def _strip_quotes(value: str) -> str:
    """Return text without the quotes around it; it is not parsed and may hold any character."""
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    if not is_quoted:
        return value
    # As in Hydra's grammar, a backslash before a quote or the end stands for itself when doubled.
    return _ESCAPED.sub(lambda match: match[1][: len(match[1]) // 2] + match[2], value[1:-1])


def _parse_value(text: str, value: str) -> Any:
    """Return a value in Hydra's grammar."""
    try:
        override = _override_parser().parse_override(f"x={value}")
    # Python raises a plain ValueError for a number of thousands of digits.
    except (HydraException, ValueError) as error:
        reason = shorten_given(str(error).split("\n")[0].partition(" expecting {")[0])
        raise EquipoiseError(
            f"{shorten_given(text)!r} cannot be read: {reason}. "
            "Put a value with special characters in quotes, as in 'name=\"a=b\"', "
            "and close every bracket."
        ) from None
    if override.is_sweep_override():
        raise EquipoiseError(
            f"{shorten_given(text)!r} gives several values; a run takes one. "
            "Write a list in brackets: [a,b]."
        )
    return override.value()


@cache
def _override_parser() -> OverridesParser:
    return OverridesParser.create()


def _check_choice(override: ParsedOverride, folders: Folders) -> Any:
    """Return the chosen option of a group, or the chosen options of effectors.

    Raises:
        EquipoiseError: if there is no such option.
    """
    group, value = override.path[0], override.value
    takes_several = group == "effector"
    names = value if takes_several and isinstance(value, list) else [value]
    available = list_options(group, folders)
    for name in names:
        if override.removed or not isinstance(name, str) or name not in available:
            given = "nothing" if override.removed else format_value(name)
            message = unknown_name_message(group, given, available)
            message = message.replace(f"{group} {given!r}", f"{group}={given}", 1)
            if takes_several:
                message += " Several: effector=[repair,respond]; none: effector=[]."
            raise EquipoiseError(message)
        _check_own_file(OptionKey(group, name), folders)
    return tuple(names) if takes_several else value


def _check_own_file(key: OptionKey, folders: Folders) -> None:
    """Refuse a chosen option whose file cannot be read."""
    path = own_option_files(folders).get(key)
    if path is not None:
        try:
            read_option(path)
        except EquipoiseError as error:
            raise EquipoiseError(f"{key.group}={key.name}: {error}") from None


def _compose_options(chosen: Mapping[str, Any], folders: Folders) -> dict[str, Any]:
    """Return plain data of the chosen options, laid over the defaults of the classes."""
    key = tuple(sorted(chosen.items()))
    composed = _compose_with_hydra(key, folders) if folders else _compose_shipped(key)
    data = copy.deepcopy(composed)
    if set(chosen) & set(STRATEGY_GROUPS):
        data["strategy"] = _rename_strategy(data.get("strategy") or {}, chosen)
    return data


def _rename_strategy(strategy: dict[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return name and title of a strategy whose parts were changed."""
    if "strategy" not in chosen:
        return {"name": "custom", "title": "The parts chosen one by one"}
    names: list[str] = []
    changes: list[str] = []
    for group in STRATEGY_GROUPS:
        if group in chosen:
            option = chosen[group]
            name = "+".join(option) if isinstance(option, tuple) else option
            names.append(name or "nothing")
            changes.append(f"{group} {name}")
    return {
        "name": f"{strategy.get('name')}+{'+'.join(names)}",
        "title": f"{strategy.get('title')}; {', '.join(changes)}",
    }


@lru_cache(maxsize=256)
def _compose_shipped(chosen: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return _compose_with_hydra(chosen, ())


def _compose_with_hydra(chosen: tuple[tuple[str, Any], ...], folders: Folders) -> dict[str, Any]:
    words = [f"{group}={quote_value(option)}" for group, option in chosen]
    if not folders:
        return _run_hydra(initialize_config_module, CONFIGS, words, {})
    with stage_options(folders) as (stage, problems):
        # The stage is searched first, so that the user's options go before the shipped ones.
        words.append(f"hydra.searchpath=[pkg://{CONFIGS}]")
        return _run_hydra(initialize_config_dir, str(stage), words, problems)


def _run_hydra(
    initialize: Any, place: str, words: list[str], unreadable: Mapping[OptionKey, str]
) -> dict[str, Any]:
    """Return plain data of the chosen options, laid over the defaults of the classes."""
    with _HYDRA_LOCK:
        # The caller may itself be a Hydra application, whose state comes back at the end.
        outer = GlobalHydra.instance().hydra
        GlobalHydra.instance().clear()
        try:
            with initialize(place, version_base="1.3"):
                config = hydra_compose("config", overrides=words)
        # Hydra raises plain errors too: for defaults that are no list, and a file that is a number.
        except (HydraException, OmegaConfBaseException, YAMLError, ValueError, OSError) as error:
            reason = _explain_hydra_error(error, place, unreadable)
            raise EquipoiseError(f"The option files do not fit together: {reason}") from None
        finally:
            GlobalHydra.instance().hydra = outer
    composed: dict[str, Any] = merge(_defaults(), OmegaConf.to_container(config))
    return composed


def _explain_hydra_error(error: Exception, place: str, unreadable: Mapping[OptionKey, str]) -> str:
    """Return the reason in one line; that of an unreadable file is the file's own."""
    reason = _join_lines(error)
    for key, problem in unreadable.items():
        if f"{key.group}/{key.name}.yaml" in reason:
            return problem
    return reason.replace(f"{place}/", "")


def _join_lines(error: Exception) -> str:
    return " ".join(str(error).split())


@cache
def _defaults() -> dict[str, Any]:
    """Return the defaults of all groups without parts; parts are chosen by options."""
    data = dump_settings(Settings())
    return {name: value for name, value in data.items() if not field_shape(Settings, name).family}


def merge(below: Any, above: Any) -> Any:
    """Return nested data with ``above`` laid over ``below``."""
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return above
    merged = dict(below)
    for name, value in above.items():
        merged[name] = merge(below.get(name, {}), value)
    return merged


def _apply(override: ParsedOverride, data: dict[str, Any]) -> list[str]:
    """Set or remove one value in plain data; return the problem, if there is one."""
    problem = _find_misplacement(override, data)
    if problem:
        return [problem]
    *parents, name = override.path
    node = data
    for parent in parents:
        node = node.setdefault(parent, {})
    if override.removed:
        node.pop(name)
    elif isinstance(override.value, Mapping):
        node[name] = merge(node.get(name, {}), override.value)
    else:
        node[name] = override.value
    return []


def _find_misplacement(override: ParsedOverride, data: dict[str, Any]) -> str:
    """Return the message for a path that does not exist, or an empty string."""
    path = override.path
    for depth in range(1, len(path) + 1):
        here = path[:depth]
        if names_at(data, here[:-1]):
            is_last = depth == len(path)
            adds_item = is_last and isinstance(override.value, Mapping) and not override.removed
            if here[-1] not in _mapping_at(data, here[:-1]) and not adds_item:
                return _missing_item_message(here, data)
        elif _holds_plain_values(data, here[:-1]):
            return ""
        elif field_at(data, here) is None:
            return _unknown_path_message(here, data)
    if override.removed and not names_at(data, path[:-1]):
        name = ".".join(path)
        return f"{name} cannot be removed; it always has a value. Set it: {name}=..."
    return ""


def _holds_plain_values(data: dict[str, Any], path: Sequence[str]) -> bool:
    """Return True if a path leads to a mapping of plain values, whose names are free."""
    field = field_at(data, tuple(path))
    return field is not None and is_mapping(field.annotation)


def _unknown_path_message(path: tuple[str, ...], data: dict[str, Any]) -> str:
    message = unknown_setting_message(path, data)
    if len(path) == 1 and "Did you mean" not in message:
        message += suggest_spelling(path[0], OPTION_GROUPS)
    if path[1:] == ("kind",):
        message += f" Choose another kind by {path[0]}=option."
    return message


def _missing_item_message(path: tuple[str, ...], data: dict[str, Any]) -> str:
    if path[0] == "effector" and path[1] in list_options("effector"):
        chosen = ",".join([*_mapping_at(data, path[:-1]), path[1]])
        return f"{'.'.join(path)} is not chosen. Choose it first: effector=[{chosen}]."
    return unknown_setting_message(path, data)


def _mapping_at(data: Any, path: Sequence[str]) -> Mapping[str, Any]:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _resolve_references(data: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    """Return data with references such as ${firm.set_point} replaced by their values."""
    calls = list(dict.fromkeys(filter(names_resolver, _texts(data))))
    if calls:
        problems += map(resolver_message, calls)
        return data
    try:
        resolved: Any = OmegaConf.to_container(OmegaConf.create(data), resolve=True)
    except OmegaConfBaseException as error:
        problems.append(f"A reference leads nowhere: {_join_lines(error)}.")
        resolved = data
    return {str(name): value for name, value in resolved.items()}


def _texts(data: Any) -> Iterator[str]:
    """Yield every text in nested data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _texts(value)
