"""Settings as frozen records that validate themselves, and the lookup of parts by kind."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Literal, NamedTuple, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from equipoise.errors import EquipoiseError, unknown_name_message


class SettingsModel(BaseModel):
    """A frozen record of settings.

    Unknown keys, wrong types, NaN and values out of range are errors.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_bool_for_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false for a number; pydantic would read them as 1 and 0."""
        is_numeric = cls.model_fields[str(info.field_name)].annotation in (int, float)
        if isinstance(value, bool) and is_numeric:
            raise PydanticCustomError("flag_for_a_number", "give a number, not true or false")
        return value


class Part(SettingsModel):
    """A swappable part of the firm or the world: its settings, with ``init`` and ``step``."""

    kind: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _drop_own_kind(cls, values: Any) -> Any:
        """Accept what `model_dump` returns, which names the kind."""
        if not isinstance(values, Mapping) or "kind" in cls.model_fields:
            return values
        if values.get("kind") != getattr(cls, "kind", None):
            return values
        return {name: value for name, value in values.items() if name != "kind"}

    @model_serializer(mode="wrap")
    def _add_kind(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Name the kind, without which a dump could not be read back."""
        settings: dict[str, Any] = dump(self)
        return {"kind": self.kind} | settings

    def find_unknown_names(
        self, effectors: Sequence[str], departments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return a line for every effector or department that the firm does not have."""
        return ()


# The ground on which the value of a number stands; a number that matters has one of them.
Basis = Literal["published", "calibrated", "assumption", "choice", "control"]
_BASIS_NOTES = {
    "assumption": "assumption",
    "choice": "choice of the user",
    "control": "run control",
}


def setting(
    default: Any,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    off: Any = None,
    off_means: str = "off",
    unit: str = "",
    source: str = "",
    basis: Basis | None = None,
    keywords: tuple[str, ...] = (),
) -> Any:
    """Return a field that declares one setting.

    Args:
        default: its value where the user gives none.
        meaning: a phrase that says what it is.
        low: smallest allowed value.
        high: largest allowed value.
        off: the value at which the mechanism does nothing, if there is one.
        off_means: what happens at that value, in a word or two.
        unit: unit of the value.
        source: paper and year of the value or, if the value is assumed, of the mechanism; for a
            calibrated value, what it is calibrated to.
        basis: ground of a numeric value. "published" if only a source is given; "calibrated" by
            `experiments.calibrate`; "assumption" within the range; "choice" of the firm or of the
            scenario, not a fact about the world; "control" of the run, no part of the model.
        keywords: further words under which `explain` lists the setting.
    """
    facts = {
        "off": off,
        "off_means": off_means,
        "unit": unit,
        "source": source,
        "basis": basis or ("published" if source else ""),
        "keywords": keywords,
    }
    return Field(default, description=meaning, ge=low, le=high, json_schema_extra=facts)


assumption = partial(setting, basis="assumption")
choice = partial(setting, basis="choice")


def setting_fact(field: FieldInfo, name: str) -> Any:
    """Return a fact that `setting` declares beside the range, such as "unit", or None."""
    facts = field.json_schema_extra
    return facts.get(name) if isinstance(facts, dict) else None


def describe_basis(field: FieldInfo) -> str:
    """Return source and basis of a setting's value in words, such as "Bass 1969; assumption"."""
    source, basis = setting_fact(field, "source"), setting_fact(field, "basis")
    if basis == "calibrated":
        return f"calibrated to {source}"
    note = _BASIS_NOTES.get(basis)
    return "; ".join(part for part in (source, note) if part)


def is_setting_off(field: FieldInfo, value: Any) -> bool:
    """Return True if a value turns the mechanism of a setting off."""
    off = setting_fact(field, "off")
    # False equals 0.0 in Python, but a flag is not a number.
    is_same_type = isinstance(value, bool) == isinstance(off, bool)
    return off is not None and is_same_type and value == off


# The package that holds the parts of each family; a class with a `kind` in a module of it is found.
PART_PACKAGES = {
    "receptors": "equipoise.firm.receptors",
    "control_centers": "equipoise.firm.control",
    "effectors": "equipoise.firm.effectors",
    "networks": "equipoise.network",
}


class Registration(NamedTuple):
    """A kind of part: the distribution that provides it, and its class or the entry point of it."""

    provider: str
    target: type[Part] | EntryPoint

    def load(self) -> type[Part]:
        """Return the class."""
        # Not isinstance(..., EntryPoint): Dask loads a backport with a class of its own.
        loaded = self.target if isinstance(self.target, type) else self.target.load()
        return cast(type[Part], loaded)


@cache
def part_kinds(family: str) -> Mapping[str, Registration]:
    """Return the parts of one family (``receptors``, ...) by kind; a user's kind replaces ours."""
    registrations = {
        part_class.kind: Registration("equipoise", part_class)
        for part_class in _scan_package(family)
    }
    for point in entry_points(group=f"equipoise.{family}"):
        provider = point.dist.name if point.dist else ""
        registrations[point.name] = Registration(provider, point)
    return registrations


def _scan_package(family: str) -> Iterator[type[Part]]:
    """Yield every part in the family's package."""
    if family not in PART_PACKAGES:
        return
    package = importlib.import_module(PART_PACKAGES[family])
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            if isinstance(value, type) and _defines_part(value, module.__name__):
                yield value


def _defines_part(candidate: type, module: str) -> bool:
    """Return True for a part of the module's own; a base class of parts has no kind."""
    is_own = issubclass(candidate, Part) and candidate.__module__ == module
    return is_own and "kind" in vars(candidate)


def build_part(family: str, given: Any) -> Part:
    """Return a part from a record, or from a mapping with its ``kind`` and settings.

    Raises:
        EquipoiseError: if the kind is missing or unknown.
    """
    if isinstance(given, Part):
        return given
    part_class = _find_class(family, given)
    values = {name: value for name, value in given.items() if name != "kind"}
    return part_class.model_validate(values)


def _find_class(family: str, given: Any) -> type[Part]:
    """Return the class of the part whose kind a mapping names."""
    kinds = part_kinds(family)
    # "control_centers" -> "control center kind"
    noun = family.removesuffix("s").replace("_", " ") + " kind"
    if not isinstance(given, Mapping) or "kind" not in given:
        allowed = ", ".join(sorted(kinds))
        raise EquipoiseError(f"The {noun} is missing: give kind: and one of {allowed}.")
    kind = str(given["kind"])
    if kind not in kinds:
        raise EquipoiseError(unknown_name_message(f"the {noun}", kind, kinds))
    return kinds[kind].load()


def dump_settings(record: BaseModel) -> dict[str, Any]:
    """Return settings as plain data to write and to read back; parts have their ``kind``."""
    data: dict[str, Any] = {}
    if isinstance(record, Part):
        data["kind"] = record.kind
    for name in type(record).model_fields:
        data[name] = _to_plain(getattr(record, name))
    return data


def _to_plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return dump_settings(value)
    if isinstance(value, Mapping):
        return {key: _to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_plain(item) for item in value]
    return value


def walk_settings(record: BaseModel, path: str = "") -> Iterator[tuple[str, FieldInfo, Any]]:
    """Yield (dotted path, field, value) of every leaf of a record, in order of declaration."""
    for name, field in type(record).model_fields.items():
        value = getattr(record, name)
        here = f"{path}{name}"
        if isinstance(value, BaseModel):
            yield from walk_settings(value, f"{here}.")
        elif _holds_records(value):
            for key, item in value.items():
                yield from walk_settings(item, f"{here}.{key}.")
        else:
            yield here, field, value


def _holds_records(value: Any) -> bool:
    """Return True for a mapping from names to records, such as the departments."""
    return isinstance(value, Mapping) and any(
        isinstance(item, BaseModel) for item in value.values()
    )
