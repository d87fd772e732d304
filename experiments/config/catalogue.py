"""Every setting there is, read off the records: what `explain` prints, completion offers and errors allow."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from equipoise.settings.schema import build_part, part_kinds, setting_fact
from equipoise.settings.settings import Settings

NAME_PLACEHOLDER = "<name>"  # stands for any name, where the user gives the names
KIND_WORDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
}


class SettingEntry(NamedTuple):
    """One setting as a user reads it.

    ``owner`` is the option it belongs to, such as ``receptor=survey``; ``choices`` are all it can be, if these are few.
    """

    path: str
    default: str
    allowed: str
    unit: str
    meaning: str
    source: str
    owner: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


class FieldShape(NamedTuple):
    """What a place in the settings holds: a record, names of records, or a value (both None).

    ``family`` names the registry when a part stands here, whose record depends on its kind.
    """

    record: type[BaseModel] | None = None
    names: bool = False
    family: str = ""


@cache
def field_shape(owner: type[BaseModel], name: str) -> FieldShape:
    """Return what the field of a record holds."""
    field = owner.model_fields[name]
    annotation, told = field.annotation, tuple(field.metadata)
    names = is_mapping(annotation)
    if names:
        annotation = get_args(annotation)[1]
        told = getattr(annotation, "__metadata__", ())
    family = next((m.func.args[0] for m in told if _makes_a_part(m)), "")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return FieldShape(annotation, names)
    return FieldShape(None, names and bool(family), family)


def _makes_a_part(mark: Any) -> bool:
    func = getattr(mark, "func", None)
    return isinstance(func, partial) and func.func is build_part


def is_mapping(annotation: Any) -> bool:
    """Tell whether an annotation is that of a mapping from names."""
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def record_at(data: Any, path: tuple[str, ...]) -> type[BaseModel] | None:
    """Return the record that stands at a path of plain data; None where a value or nothing known stands."""
    record: type[BaseModel] | None = Settings
    rest = list(path)
    while rest and record is not None:
        name = rest.pop(0)
        if name not in record.model_fields:
            return None
        held = field_shape(record, name)
        data = _inside(data, name)
        if held.names:
            if not rest:
                return None
            data = _inside(data, rest.pop(0))
        record = part_record(held.family, data) if held.family else held.record
    return record


def names_at(data: Any, path: tuple[str, ...]) -> bool:
    """Tell whether a path leads to a mapping whose names are the user's (departments, effectors, ...)."""
    if not path:
        return False
    owner = record_at(data, path[:-1])
    return (
        owner is not None and path[-1] in owner.model_fields and field_shape(owner, path[-1]).names
    )


def field_at(data: Any, path: tuple[str, ...]) -> FieldInfo | None:
    """Return the field that a path leads to, if it is a field of a record."""
    owner = record_at(data, path[:-1]) if path else None
    return owner.model_fields.get(path[-1]) if owner is not None else None


def part_record(family: str, data: Any) -> type[BaseModel] | None:
    """Return the record of a part from plain data with its kind; None when the kind is not known."""
    return part_classes(family).get(str(_inside(data, "kind")))


def _inside(data: Any, name: str) -> Any:
    return data.get(name) if isinstance(data, Mapping) else None


def describe_allowed(field: FieldInfo) -> str:
    """Return what a field allows, in words: its choices, or its kind and range."""
    if get_origin(field.annotation) is Literal:
        return ", ".join(_choices(field.annotation))
    low, high = lower_bound(field), upper_bound(field)
    words = _words(field.annotation)
    if low is None and high is None:
        return words
    span = (
        f"{format_setting_number(low)} to {format_setting_number(high)}"
        if low is not None and high is not None
        else f"from {format_setting_number(low)}"
    )
    return f"{words}, {span}"


def lower_bound(field: FieldInfo) -> float | None:
    """Return the smallest value that a field allows, if it has one."""
    return next((mark.ge for mark in field.metadata if hasattr(mark, "ge")), None)


def upper_bound(field: FieldInfo) -> float | None:
    """Return the largest value that a field allows, if it has one."""
    return next((mark.le for mark in field.metadata if hasattr(mark, "le")), None)


def _choices(annotation: Any) -> tuple[str, ...]:
    if annotation is bool:
        return ("true", "false")
    return tuple(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ()


def _words(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(inner[0])
    if origin in (Union, types.UnionType):
        known = [_words(each) for each in inner if each is not type(None)]
        return " or ".join([*known, "null"] if type(None) in inner else known)
    if origin is tuple:
        return (
            f"a list of {'names' if inner[0] is str else 'numbers'}"
            if Ellipsis in inner
            else f"a list of {len(inner)} numbers"
        )
    if is_mapping(annotation):
        return f"a mapping from names to {_words(inner[1])}"
    return KIND_WORDS.get(annotation, "settings of its own")


def format_setting_number(value: float | None) -> str:
    """Return a number as short as it is exact."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return f"{value:,}" if isinstance(value, int) and abs(value) < 10**15 else str(value)


def format_value(value: Any) -> str:
    """Return a value as the user would write it on the command line."""
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(format_value, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{format_value(item)}" for key, item in value.items()) + "}"
    return str(value) if value != "" else "''"


def list_entries() -> tuple[SettingEntry, ...]:
    """Return every setting, in order of declaration; those of parts once for each registered kind."""
    return tuple(entry for name in Settings.model_fields for entry in list_group_entries(name))


@cache
def list_group_entries(top: str) -> tuple[SettingEntry, ...]:
    """Return the settings under one name of the top; only these are looked up, which is quick."""
    return tuple(_entries(Settings, None, "", only=top))


def _entries(
    record: type[BaseModel], values: BaseModel | None, path: str, owner: str = "", only: str = ""
) -> Iterator[SettingEntry]:
    for name, field in record.model_fields.items():
        if only and name != only:
            continue
        held, here = field_shape(record, name), f"{path}{name}"
        value = (
            getattr(values, name)
            if values is not None
            else field.get_default(call_default_factory=True)
        )
        if held.family and record is not Settings:
            yield _entry(
                f"{here}.{NAME_PLACEHOLDER}" if held.names else here, field, ", ".join(value), owner
            )
        elif held.family:
            for kind, maker in part_classes(held.family).items():
                inner = f"{here}.{kind}." if held.names else f"{here}."
                yield from _entries(maker, None, inner, f"{name}={kind}")
        elif held.names and held.record:
            for key, item in (value or {NAME_PLACEHOLDER: None}).items():
                yield from _entries(held.record, item, f"{here}.{key}.", owner)
        elif held.record:
            yield from _entries(held.record, value, f"{here}.", owner)
        else:
            yield _entry(here, field, value, owner)


@cache
def part_classes(family: str) -> Mapping[str, type[BaseModel]]:
    """Return the records of a family by kind; a kind whose package does not import is left out."""
    found = {}
    for kind, registration in sorted(part_kinds(family).items()):
        with contextlib.suppress(ImportError, AttributeError):
            found[kind] = registration.load()
    return found


def _entry(path: str, field: FieldInfo, value: Any, owner: str) -> SettingEntry:
    return SettingEntry(
        path=path,
        default=format_value(value),
        allowed=describe_allowed(field),
        unit=setting_fact(field, "unit") or "",
        meaning=describe_setting(field),
        source=setting_fact(field, "source") or "",
        owner=owner,
        choices=_choices(field.annotation),
        low=lower_bound(field),
        high=upper_bound(field),
    )


def describe_setting(field: FieldInfo) -> str:
    """Return a setting's meaning, with the value that turns its mechanism off."""
    meaning = field.description or ""
    off = setting_fact(field, "off")
    if off is None:
        return meaning
    return f"{meaning}; {format_setting_number(off) if isinstance(off, float) else format_value(off)} = {setting_fact(field, 'off_means')}"


def describe_part(family: str, kind: str) -> str:
    """Return the first sentence on a kind of part."""
    doc = part_classes(family)[kind].__doc__ or ""
    return str(doc.strip().split("\n")[0])
