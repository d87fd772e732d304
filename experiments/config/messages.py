"""Error messages for refused settings: the value given, the allowed values, the nearest name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from equipoise.errors import EquipoiseError, suggest_spelling
from equipoise.experiments.config.catalogue import (
    describe_allowed,
    field_at,
    format_value,
    list_entries,
    names_at,
    record_at,
)
from equipoise.settings.schema import setting_fact
from equipoise.settings.settings import Settings

SettingPath = tuple[str, ...]
_MAX_SHOWN_VALUE = 60  # characters
_OWN_SETTINGS = "settings of its own"


def validate_settings(
    data: Mapping[str, Any], earlier: Iterable[str] = (), silent: Iterable[str] = ()
) -> Settings:
    """Return the settings of plain data.

    Args:
        data: nested names and values.
        earlier: problems found before, to be raised together with those found here.
        silent: groups whose problems would only repeat an earlier one.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    problems = list(earlier)
    silent_groups = set(silent)
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        for path, line in _format_errors(error, data):
            if not path or path[0] not in silent_groups:
                problems.append(line)
        problems += _find_further_problems(error, data)
    if problems:
        raise EquipoiseError(*dict.fromkeys(problems))
    return settings


def _format_errors(error: ValidationError, data: Any) -> Iterator[tuple[SettingPath, str]]:
    """Yield path and message of each of pydantic's errors."""
    for detail in error.errors():
        path = tuple(map(str, detail["loc"]))
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, EquipoiseError) and not path:
            yield from ((path, problem) for problem in cause.problems)
        else:
            yield path, _format_error(path, detail, data)


def _find_further_problems(error: ValidationError, data: Mapping[str, Any]) -> Iterator[str]:
    """Yield problems of values together, which pydantic checks only if each value is valid.

    Refused groups are left at their defaults. If the firm or its effectors were refused, nothing
    can be said about names that refer to them.
    """
    refused = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
    if not refused or refused & {"firm", "effector"}:
        return
    valid = {name: value for name, value in data.items() if name not in refused}
    try:
        Settings.model_validate(valid)
    except ValidationError as further:
        yield from (line for path, line in _format_errors(further, data) if not path)


def _format_error(path: SettingPath, detail: Any, data: Any) -> str:
    name = ".".join(path)
    if detail["type"] == "extra_forbidden":
        return unknown_setting_message(path, data)
    if detail["type"] == "value_error":
        reason = str(detail["ctx"]["error"]).replace("\n", " ")
        return f"{name}: {reason}" if name else reason
    if detail["type"] == "missing":
        return f"{name} is missing. Allowed: {_describe_allowed_at(path, data)}."
    return value_message(path, detail["input"], data)


def value_message(path: SettingPath, given: Any, data: Any) -> str:
    """Return the message for a value that a setting does not allow."""
    value = format_value(given)
    if len(value) > _MAX_SHOWN_VALUE:
        value = f"{value[:_MAX_SHOWN_VALUE]}..."
    allowed = _describe_allowed_at(path, data)
    message = f"{'.'.join(path)}={value} is not allowed. Allowed: {allowed}."
    field = field_at(data, path)
    choices = describe_allowed(field).split(", ") if field else []
    if isinstance(given, str) and len(choices) > 1:
        message += suggest_spelling(given, choices)
    return message


def _describe_allowed_at(path: SettingPath, data: Any) -> str:
    """Return the allowed values at a path; inside a list of numbers, those of its field."""
    field = field_at(data, path)
    if field is None and len(path) > 1:
        field = field_at(data, path[:-1])
    record = record_at(data, path)
    if record is not None:
        return f"{_OWN_SETTINGS} ({', '.join(record.model_fields)})"
    if field is None:
        return _OWN_SETTINGS
    unit = setting_fact(field, "unit")
    allowed = describe_allowed(field)
    return f"{allowed} ({unit})" if unit else allowed


def unknown_setting_message(path: SettingPath, data: Any) -> str:
    """Return the message for an unknown setting: the nearest spelling and what is allowed."""
    name, owner = path[-1], ".".join(path[:-1])
    full_name = ".".join(path)
    if names_at(data, path[:-1]):
        names = list(_value_at(data, path[:-1]) or ())
        available = f"Available: {', '.join(names)}." if names else "None is available."
        return f"{full_name} is not known.{_suggest_in(owner, name, names)} {available}"
    record = record_at(data, path[:-1])
    if record is None:
        return f"{full_name} is not known: {owner} has no settings of its own."
    fields = list(record.model_fields)
    hint = _hint_at_option(path) or _suggest_in(owner, name, fields) or _suggest_elsewhere(path)
    if not fields:
        return f"{full_name} is not known.{hint} {owner} has no settings."
    place = f" in {owner}" if owner else ""
    return f"{full_name} is not known.{hint} Allowed{place}: {', '.join(fields)}."


def _hint_at_option(path: SettingPath) -> str:
    """Return a hint at the options that have this setting, or an empty string."""
    name = ".".join(path)
    owners = dict.fromkeys(entry.owner for entry in list_entries() if entry.path == name)
    if not owners:
        return ""
    return f" It belongs to {' and '.join(owners)}, which is not chosen."


def _suggest_in(owner: str, name: str, names: list[str]) -> str:
    suggestion = suggest_spelling(name, names)
    if suggestion and owner:
        return suggestion.replace("'", f"'{owner}.", 1)
    return suggestion


def _suggest_elsewhere(path: SettingPath) -> str:
    """Return a hint at a setting of this name, or nearly, in another place."""
    paths = list(dict.fromkeys(entry.path for entry in list_entries()))
    for other in paths:
        if other.split(".")[-1] == path[-1]:
            return f" Did you mean {other!r}?"
    return suggest_spelling(".".join(path), paths)


def _value_at(data: Any, path: SettingPath) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data
