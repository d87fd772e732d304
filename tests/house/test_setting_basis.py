"""Every number among the settings says where its value comes from."""

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic.fields import FieldInfo

from equipoise.experiments.calibrate import FREE_COEFFICIENTS
from equipoise.experiments.config.catalogue import list_entries, lower_bound, upper_bound
from equipoise.settings.schema import (
    PART_PACKAGES,
    SettingsModel,
    assumption,
    choice,
    describe_basis,
    part_kinds,
    setting,
    setting_fact,
    walk_settings,
)
from equipoise.settings.settings import Settings

REMEDY = "declare it by assumption(...) or choice(...), or give a source= or a basis="


def list_records(parent: type[SettingsModel] = SettingsModel) -> Iterator[type[SettingsModel]]:
    """Yield the classes of settings of the package, without those that tests make."""
    for record in parent.__subclasses__():
        module = sys.modules.get(record.__module__)
        # Files of patterns and experiments hold questions to the model, not numbers of it.
        is_ours = record.__module__.startswith("equipoise.")
        is_ours = is_ours and not record.__module__.startswith("equipoise.experiments.")
        if is_ours and getattr(module, record.__name__, None) is record:
            yield record
        yield from list_records(record)


def is_numeric(annotation: Any) -> bool:
    """Return True for a number, and for a tuple or mapping of numbers."""
    if get_origin(annotation) is Annotated:
        return is_numeric(get_args(annotation)[0])
    arguments = [one for one in get_args(annotation) if one not in (type(None), Ellipsis)]
    if get_origin(annotation) in (Union, UnionType, tuple):
        return all(is_numeric(one) for one in arguments)
    if isinstance(get_origin(annotation), type) and issubclass(get_origin(annotation), Mapping):
        return is_numeric(arguments[1])
    return annotation in (int, float)


def list_numbers() -> dict[str, FieldInfo]:
    """Return the numeric fields by file, class and name."""
    for family in PART_PACKAGES:
        for registration in part_kinds(family).values():
            registration.load()
    numbers = {}
    for record in list_records():
        where = Path(inspect.getfile(record)).name
        for name in inspect.get_annotations(record):
            field = record.model_fields.get(name)
            if field is not None and is_numeric(field.annotation):
                numbers[f"{where}: {record.__name__}.{name}"] = field
    return numbers


NUMBERS = list_numbers()


def basis_problem(field: FieldInfo) -> str:
    """Return the defect of a number's declaration, or an empty string."""
    basis, source = setting_fact(field, "basis"), setting_fact(field, "source") or ""
    if not basis:
        return f"has no basis: {REMEDY}"
    if basis == "published" and not re.search(r"\b(19|20)\d\d\b", source):
        return f"has the source {source!r} without a year"
    if basis == "calibrated" and not source:
        return "is calibrated: say in source= to what"
    is_number = field.annotation in (int, float)
    if basis == "assumption" and is_number and None in (lower_bound(field), upper_bound(field)):
        return "is an assumption without a range: give low= and high="
    return ""


def test_every_number_has_a_basis():
    problems = {where: basis_problem(field) for where, field in NUMBERS.items()}
    lines = [f"{where} {problem}" for where, problem in problems.items() if problem]
    assert not lines, "\n".join(lines)


def test_explain_and_the_reference_show_a_basis_for_every_number():
    for entry in list_entries():
        if entry.low is not None or entry.high is not None:
            assert entry.source, entry.path


def test_only_the_run_is_controlled():
    controls = {
        where for where, field in NUMBERS.items() if setting_fact(field, "basis") == "control"
    }
    assert len(controls) <= 8, controls


def test_the_calibrated_numbers_are_those_of_the_calibration():
    settings = Settings()
    declared = {
        path
        for path, field, _ in walk_settings(settings)
        if setting_fact(field, "basis") == "calibrated"
    }
    searched = {path for free in FREE_COEFFICIENTS.values() for path in free.paths}
    assert declared == searched


# The rule itself: one that cannot fail holds nothing.


class Example(SettingsModel):
    """Numbers with and without a basis."""

    bare: float = setting(1.0, "a number", low=0, high=1)
    undated: float = setting(1.0, "a number", source="a friend")
    unexplained: float = setting(1.0, "a number", basis="calibrated")
    unbounded: float = assumption(1.0, "a number", low=0)
    assumed: float = assumption(1.0, "a number", low=0, high=1, source="Bass 1969")
    profile: tuple[float, float] = assumption((1.0, 2.0), "two numbers")
    chosen: int = choice(1, "a number")
    published: float = setting(1.0, "a number", source="Asch 1955")
    calibrated: float = setting(1.0, "a number", source="Asch 1955", basis="calibrated")
    controlled: int = setting(1, "a number", basis="control")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("bare", "has no basis"),
        ("undated", "without a year"),
        ("unexplained", "say in source= to what"),
        ("unbounded", "without a range"),
        ("assumed", ""),
        ("profile", ""),
        ("chosen", ""),
        ("published", ""),
        ("calibrated", ""),
        ("controlled", ""),
    ],
)
def test_a_missing_basis_is_found(name, problem):
    found = basis_problem(Example.model_fields[name])
    assert problem in found
    assert bool(problem) == bool(found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bare", ""),
        ("assumed", "Bass 1969; assumption"),
        ("profile", "assumption"),
        ("chosen", "choice of the user"),
        ("published", "Asch 1955"),
        ("calibrated", "calibrated to Asch 1955"),
        ("controlled", "run control"),
    ],
)
def test_the_basis_is_described_in_words(name, text):
    assert describe_basis(Example.model_fields[name]) == text


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, True),
        (float | None, True),
        (tuple[float, float], True),
        (dict[str, Annotated[int, "seats"]], True),
        (bool, False),
        (str, False),
        (dict[str, str], False),
        (tuple[str, ...], False),
    ],
)
def test_numbers_are_recognised(annotation, expected):
    assert is_numeric(annotation) is expected
