"""The catalogue of all settings, read from the classes.

The command `explain`, completion, error messages and the documentation use it.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from equipoise.settings.schema import build_part, describe_basis, part_kinds, setting_fact
from equipoise.settings.settings import Settings

# Stands for any name in a path, where the user gives the names.
NAME_PLACEHOLDER = "<name>"
_TYPE_NAMES: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
}
_WORDS_FOR_DOLLARS = ("money", "cost", "price")
_MAX_EXACT = 10**15  # numbers above it are written with an exponent


class SettingEntry(NamedTuple):
    """One setting as a user reads it.

    Attributes:
        path: dotted path.
        default: as the user would write it.
        allowed: the allowed values in words.
        unit: unit, or an empty string.
        meaning: a phrase, with the off value if there is one.
        source: paper and year, or the basis of the value ("assumption", ...), or both.
        owner: the option that it belongs to, such as ``receptor=survey``, or an empty string.
        choices: all allowed values, if they are few.
        low: smallest allowed number.
        high: largest allowed number.
        keywords: words that `explain` accepts for it, beside those in its path.
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
    keywords: tuple[str, ...] = ()


class FieldShape(NamedTuple):
    """The content of a field: a record, a mapping from names, or a value.

    ``family`` names the registry if the content is a part, whose class depends on its kind.
    """

    record: type[BaseModel] | None = None
    names: bool = False
    family: str = ""


@cache
def field_shape(owner: type[BaseModel], name: str) -> FieldShape:
    """Return the shape of a field."""
    field = owner.model_fields[name]
    annotation: Any = field.annotation
    metadata = tuple(field.metadata)
    has_names = is_mapping(annotation)
    if has_names:
        annotation = get_args(annotation)[1]
        metadata = getattr(annotation, "__metadata__", ())
    family = next((mark.func.args[0] for mark in metadata if _builds_part(mark)), "")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return FieldShape(annotation, has_names)
    return FieldShape(None, has_names and bool(family), family)


def _builds_part(mark: Any) -> bool:
    function = getattr(mark, "func", None)
    return isinstance(function, partial) and function.func is build_part


def is_mapping(annotation: Any) -> bool:
    """Return True if an annotation is that of a mapping from names."""
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def record_at(data: Any, path: tuple[str, ...]) -> type[BaseModel] | None:
    """Return the class of the record at a path of plain data; None for a value or unknown path."""
    record: type[BaseModel] | None = Settings
    remaining = list(path)
    while remaining and record is not None:
        name = remaining.pop(0)
        if name not in record.model_fields:
            return None
        shape = field_shape(record, name)
        data = _value_of(data, name)
        if shape.names:
            if not remaining:
                return None
            data = _value_of(data, remaining.pop(0))
        record = _part_class(shape.family, data) if shape.family else shape.record
    return record


def names_at(data: Any, path: tuple[str, ...]) -> bool:
    """Return True if a path leads to a mapping with the user's names, such as departments."""
    if not path:
        return False
    owner = record_at(data, path[:-1])
    if owner is None or path[-1] not in owner.model_fields:
        return False
    return field_shape(owner, path[-1]).names


def field_at(data: Any, path: tuple[str, ...]) -> FieldInfo | None:
    """Return the field at a path, or None."""
    owner = record_at(data, path[:-1]) if path else None
    return owner.model_fields.get(path[-1]) if owner is not None else None


def _part_class(family: str, data: Any) -> type[BaseModel] | None:
    """Return the class of a part from plain data with its kind, or None if the kind is unknown."""
    return part_classes(family).get(str(_value_of(data, "kind")))


def _value_of(data: Any, name: str) -> Any:
    return data.get(name) if isinstance(data, Mapping) else None


def describe_allowed(field: FieldInfo) -> str:
    """Return the allowed values of a field in words: its choices, or its type and range."""
    if get_origin(field.annotation) is Literal:
        return ", ".join(_choices(field.annotation))
    low, high = lower_bound(field), upper_bound(field)
    type_name = _describe_type(field.annotation)
    if low is None and high is None:
        return type_name
    if low is None or high is None:
        return f"{type_name}, from {format_setting_number(low)}"
    return f"{type_name}, {format_setting_number(low)} to {format_setting_number(high)}"


def lower_bound(field: FieldInfo) -> float | None:
    """Return the smallest value that a field allows, or None."""
    return next((mark.ge for mark in field.metadata if hasattr(mark, "ge")), None)


def upper_bound(field: FieldInfo) -> float | None:
    """Return the largest value that a field allows, or None."""
    return next((mark.le for mark in field.metadata if hasattr(mark, "le")), None)


def _choices(annotation: Any) -> tuple[str, ...]:
    if annotation is bool:
        return ("true", "false")
    if get_origin(annotation) is Literal:
        return tuple(map(str, get_args(annotation)))
    return ()


def _describe_type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _describe_type(arguments[0])
    if origin in (Union, types.UnionType):
        return _describe_union(arguments)
    if origin is tuple and Ellipsis in arguments:
        return f"a list of {'names' if arguments[0] is str else 'numbers'}"
    if origin is tuple:
        return f"a list of {len(arguments)} numbers"
    if is_mapping(annotation):
        return f"a mapping from names to {_describe_type(arguments[1])}"
    return _TYPE_NAMES.get(annotation, "settings of its own")


def _describe_union(arguments: tuple[Any, ...]) -> str:
    names = [_describe_type(argument) for argument in arguments if argument is not type(None)]
    if type(None) in arguments:
        names.append("null")
    return " or ".join(names)


def format_setting_number(value: float | None) -> str:
    """Return a number as short as it is exact."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _MAX_EXACT:
        value = int(value)
    if isinstance(value, int) and abs(value) < _MAX_EXACT:
        return f"{value:,}"
    return str(value)


def format_value(value: Any) -> str:
    """Return a value as the user would write it on the command line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(format_value, value))}]"
    if isinstance(value, Mapping):
        items = (f"{key}:{format_value(item)}" for key, item in value.items())
        return "{" + ",".join(items) + "}"
    return str(value) if value != "" else "''"


def list_entries() -> tuple[SettingEntry, ...]:
    """Return every setting in order of declaration; those of parts once for each kind."""
    return tuple(entry for name in Settings.model_fields for entry in list_group_entries(name))


@cache
def list_group_entries(group: str) -> tuple[SettingEntry, ...]:
    """Return the settings of one group at the top, or nothing for an unknown group.

    No other group is read, which is quick.
    """
    if group not in Settings.model_fields:
        return ()
    return tuple(_walk_field(Settings, None, group, "", ""))


def _walk_record(
    record: type[BaseModel], values: BaseModel | None, path: str, owner: str
) -> Iterator[SettingEntry]:
    for name in record.model_fields:
        yield from _walk_field(record, values, name, path, owner)


def _walk_field(
    record: type[BaseModel], values: BaseModel | None, name: str, path: str, owner: str
) -> Iterator[SettingEntry]:
    """Yield the settings of one field; ``values`` holds defaults that differ from the class's."""
    field, shape = record.model_fields[name], field_shape(record, name)
    here = f"{path}{name}"
    if values is None:
        value = field.get_default(call_default_factory=True)
    else:
        value = getattr(values, name)
    if shape.family and record is Settings:
        for kind, part_class in part_classes(shape.family).items():
            inner = f"{here}.{kind}." if shape.names else f"{here}."
            yield from _walk_record(part_class, None, inner, f"{name}={kind}")
    elif shape.family:
        inner = f"{here}.{NAME_PLACEHOLDER}" if shape.names else here
        yield _build_entry(inner, field, ", ".join(value), owner)
    elif shape.names and shape.record:
        for key, item in (value or {NAME_PLACEHOLDER: None}).items():
            yield from _walk_record(shape.record, item, f"{here}.{key}.", owner)
    elif shape.record:
        yield from _walk_record(shape.record, value, f"{here}.", owner)
    else:
        yield _build_entry(here, field, value, owner)


@cache
def part_classes(family: str) -> Mapping[str, type[BaseModel]]:
    """Return the classes of a family by kind, without kinds that cannot be imported."""
    classes = {}
    for kind, registration in sorted(part_kinds(family).items()):
        with contextlib.suppress(ImportError, AttributeError):
            classes[kind] = registration.load()
    return classes


def _build_entry(path: str, field: FieldInfo, value: Any, owner: str) -> SettingEntry:
    unit = setting_fact(field, "unit") or ""
    keywords = setting_fact(field, "keywords") or ()
    if unit.startswith("$"):
        keywords += _WORDS_FOR_DOLLARS
    return SettingEntry(
        path=path,
        default=format_value(value),
        allowed=describe_allowed(field),
        unit=unit,
        meaning=describe_setting(field),
        source=describe_basis(field),
        owner=owner,
        choices=_choices(field.annotation),
        low=lower_bound(field),
        high=upper_bound(field),
        keywords=keywords,
    )


def describe_setting(field: FieldInfo) -> str:
    """Return a setting's meaning, with the value that turns its mechanism off."""
    meaning = field.description or ""
    off = setting_fact(field, "off")
    if off is None:
        return meaning
    value = format_setting_number(off) if isinstance(off, float) else format_value(off)
    return f"{meaning}; {value} = {setting_fact(field, 'off_means')}"


def describe_part(family: str, kind: str) -> str:
    """Return the first line of a part's docstring."""
    docstring = part_classes(family)[kind].__doc__ or ""
    return str(docstring.strip().split("\n")[0])
