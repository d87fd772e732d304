"""What the records refuse, in the user's words: one line each, what was given, what is allowed, the nearest name."""

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

Path = tuple[str, ...]
SHOWN = 60  # characters of what was given


def validate_settings(
    data: Mapping[str, Any], said: Iterable[str] = (), silent: Iterable[str] = ()
) -> Settings:
    """Return the settings of plain data.

    Args:
        data: nested names and values.
        said: problems found before, to be told together with those found here.
        silent: groups whose problems would only repeat one that was said.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    problems = list(said)
    quiet = set(silent)
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        problems += [line for path, line in _lines(error, data) if not path or path[0] not in quiet]
        problems += _of_names(error, data)
    if problems:
        raise EquipoiseError(*dict.fromkeys(problems))
    return settings


def _lines(error: ValidationError, data: Any) -> Iterator[tuple[Path, str]]:
    for each in error.errors():
        path = tuple(map(str, each["loc"]))
        told = each.get("ctx", {}).get("error")
        if isinstance(told, EquipoiseError) and not path:
            yield from ((path, problem) for problem in told.problems)
        else:
            yield path, _line(path, each, data)


def _of_names(error: ValidationError, data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with names and sums, which are looked at last, where something else is wrong too.

    For that, what was refused is left at its default; nothing is said where the firm or its effectors were.
    """
    refused = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
    if refused and not refused & {"firm", "effector"}:
        try:
            Settings.model_validate(
                {name: value for name, value in data.items() if name not in refused}
            )
        except ValidationError as more:
            yield from (line for path, line in _lines(more, data) if not path)


def _line(path: Path, each: Any, data: Any) -> str:
    name = ".".join(path)
    if each["type"] == "extra_forbidden":
        return unknown_setting_message(path, data)
    if each["type"] == "value_error":
        told = str(each["ctx"]["error"]).replace("\n", " ")
        return f"{name}: {told}" if name else told
    if each["type"] == "missing":
        return f"{name} is missing. Allowed: {_allowed(path, data)}."
    return refused_value_message(path, each["input"], data)


def refused_value_message(path: Path, given: Any, data: Any) -> str:
    """Return the line for a value that a setting does not allow."""
    shown = format_value(given)
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."
    line = f"{'.'.join(path)}={shown} is not allowed. Allowed: {_allowed(path, data)}."
    field = field_at(data, path)
    choices = describe_allowed(field).split(", ") if field else []
    return line + (
        suggest_spelling(given, choices) if isinstance(given, str) and len(choices) > 1 else ""
    )


def _allowed(path: Path, data: Any) -> str:
    """Return what is allowed at a path; inside a list of numbers, what its field allows."""
    field = field_at(data, path)
    if field is None and len(path) > 1:
        field = field_at(data, path[:-1])
    record = record_at(data, path)
    if record is not None:
        return f"settings of its own ({', '.join(record.model_fields)})"
    if field is None:
        return "settings of its own"
    unit = setting_fact(field, "unit")
    return f"{describe_allowed(field)} ({unit})" if unit else describe_allowed(field)


def unknown_setting_message(path: Path, data: Any) -> str:
    """Return the line for a setting that is not known: the nearest spelling and what there is instead."""
    name, owner = path[-1], ".".join(path[:-1])
    if names_at(data, path[:-1]):
        there = list(_inside(data, path[:-1]) or ())
        known = f"There is: {', '.join(there)}." if there else "There is none."
        return f"{'.'.join(path)} is not known.{_near(owner, name, there)} {known}"
    record = record_at(data, path[:-1])
    if record is None:
        return f"{'.'.join(path)} is not known: {owner} has no settings of its own."
    here = list(record.model_fields)
    close = _of_an_option(path) or _near(owner, name, here) or _elsewhere(path)
    known = (
        f"Allowed{f' in {owner}' if owner else ''}: {', '.join(here)}."
        if here
        else f"{owner} has no settings."
    )
    return f"{'.'.join(path)} is not known.{close} {known}"


def _of_an_option(path: Path) -> str:
    """Return the hint on a setting that there would be with another option."""
    owners = list(
        dict.fromkeys(entry.owner for entry in list_entries() if entry.path == ".".join(path))
    )
    return f" It belongs to {' and '.join(owners)}, which is not chosen." if owners else ""


def _near(owner: str, name: str, there: list[str]) -> str:
    close = suggest_spelling(name, there)
    return close.replace("'", f"'{owner}.", 1) if close and owner else close


def _elsewhere(path: Path) -> str:
    """Return the hint on a setting of that name, or nearly, in another place."""
    paths = list(dict.fromkeys(entry.path for entry in list_entries()))
    same = [each for each in paths if each.split(".")[-1] == path[-1]]
    if same:
        return f" Did you mean {same[0]!r}?"
    return suggest_spelling(".".join(path), paths)


def _inside(data: Any, path: Path) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data
