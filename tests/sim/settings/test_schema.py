"""Settings refuse what they cannot mean, declare facts as fields, and parts are found by kind."""

import json
from collections.abc import Mapping
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import equipoise
from equipoise.errors import EquipoiseError
from equipoise.firm.control.pid import Pid
from equipoise.settings import schema
from equipoise.settings.schema import (
    PART_PACKAGES,
    Part,
    SettingsModel,
    assumption,
    build_part,
    choice,
    dump_settings,
    is_setting_off,
    part_kinds,
    setting,
    setting_fact,
    walk_settings,
)
from equipoise.settings.settings import Settings


class Inner(SettingsModel):
    """A record inside another."""

    depth: float = assumption(0.5, "a share", low=0, high=1)


class Example(SettingsModel):
    """Settings of every kind."""

    rate: float = assumption(
        0.1, "a rate", off=0.0, off_means="it stays", low=0, high=1, unit="1/day"
    )
    count: int = choice(3, "a number of people", low=1, high=10)
    flag: bool = setting(True, "a switch", off=False)
    pair: tuple[float, float] = setting((0.0, 1.0), "two numbers")
    inner: Inner = Inner()
    named: dict[str, Inner] = setting({"a": Inner(), "b": Inner(depth=0.2)}, "records by name")
    words: Mapping[str, str] = setting({"late": "operations"}, "words by name")


# records


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"rate": 1.5}, "less than or equal to 1"),
        ({"rate": float("nan")}, "finite"),
        ({"rate": True}, "give a number, not true or false"),
        ({"count": False}, "give a number, not true or false"),
        ({"count": 2.5}, "integer"),
        ({"rat": 0.5}, "Extra inputs are not permitted"),
        ({"inner": {"depth": -1}}, "greater than or equal to 0"),
    ],
)
def test_a_record_refuses_a_wrong_value(values, problem):
    with pytest.raises(ValidationError, match=problem):
        Example.model_validate(values)


def test_a_record_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Example().rate = 0.2


def test_a_flag_stays_a_flag():
    assert Example(flag=False).flag is False


# facts


def test_facts_are_fields():
    field = Example.model_fields["rate"]
    facts = {name: setting_fact(field, name) for name in ("off", "off_means", "unit", "basis")}
    assert facts == {"off": 0.0, "off_means": "it stays", "unit": "1/day", "basis": "assumption"}
    assert field.description == "a rate"


def test_a_source_alone_makes_a_published_value():
    assert setting_fact(setting(1.0, "a number", source="Asch 1955"), "basis") == "published"
    assumed = assumption(1.0, "a number", source="Asch 1955")
    assert setting_fact(assumed, "basis") == "assumption"


def test_a_bare_field_has_no_facts():
    class Bare(SettingsModel):
        number: float = 1.0

    assert setting_fact(Bare.model_fields["number"], "unit") is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("rate", 0.0, True),
        ("rate", 0.1, False),
        ("flag", False, True),
        ("flag", True, False),
        # A flag is not a number, although False == 0.
        ("rate", False, False),
        ("flag", 0, False),
        ("count", 3, False),
    ],
)
def test_the_off_value_turns_a_mechanism_off(name, value, expected):
    assert is_setting_off(Example.model_fields[name], value) is expected


# plain data


def test_settings_become_plain_data_and_back():
    data = dump_settings(Example())
    assert data["named"] == {"a": {"depth": 0.5}, "b": {"depth": 0.2}}
    assert data["pair"] == [0.0, 1.0]
    assert Example.model_validate(json.loads(json.dumps(data))) == Example()


@given(st.floats(0, 1), st.integers(1, 10), st.dictionaries(st.text(max_size=4), st.floats(0, 1)))
def test_any_settings_survive_plain_data(rate, count, depths):
    named = {name: Inner(depth=depth) for name, depth in depths.items()}
    record = Example(rate=rate, count=count, named=named)
    assert Example.model_validate(dump_settings(record)) == record


@pytest.mark.parametrize("strategy", ["pid_survey", "mission_control", "weekly_team"])
def test_settings_of_a_run_survive_plain_data(strategy):
    settings = equipoise.compose(f"strategy={strategy}", "environment=everything")
    data = json.loads(json.dumps(dump_settings(settings)))
    assert Settings.model_validate(data) == settings
    assert data["control_center"]["kind"] == settings.control_center.kind


def test_walk_yields_every_leaf_once_in_order():
    paths = [path for path, _, _ in walk_settings(Example())]
    assert paths == [
        "rate",
        "count",
        "flag",
        "pair",
        "inner.depth",
        "named.a.depth",
        "named.b.depth",
        "words",
    ]


def test_walk_yields_values_with_their_fields():
    values = {path: value for path, _, value in walk_settings(Example(count=4))}
    fields = {path: field for path, field, _ in walk_settings(Example(count=4))}
    assert values["count"] == 4
    assert values["named.b.depth"] == 0.2
    assert fields["named.b.depth"].description == "a share"


# parts


@pytest.mark.parametrize("family", sorted(PART_PACKAGES))
def test_parts_of_a_family_are_found_under_their_kind(family):
    kinds = part_kinds(family)
    assert kinds
    for kind, registration in kinds.items():
        part_class = registration.load()
        assert issubclass(part_class, Part)
        assert part_class.kind == kind


def test_an_unknown_family_has_no_parts():
    assert part_kinds("weathers") == {}


def test_a_part_is_built_from_a_mapping():
    part = build_part("control_centers", {"kind": "pid", "kp": 2.0})
    assert part == Pid(kp=2.0)
    assert build_part("control_centers", part) is part


@pytest.mark.parametrize(
    ("given_part", "problem"),
    [
        ({"kp": 2.0}, "The control center kind is missing: give kind: and one of .*pid"),
        ("pid", "The control center kind is missing"),
        ({"kind": "pit"}, "the control center kind 'pit' is not known. Did you mean 'pid'"),
    ],
)
def test_a_part_without_a_known_kind_is_refused(given_part, problem):
    with pytest.raises(EquipoiseError, match=problem):
        build_part("control_centers", given_part)


def test_a_part_of_a_user_replaces_ours(monkeypatch):
    class OwnPid(Part):
        """A user's regulator under the name of ours."""

        kind: ClassVar[str] = "pid"

    class Point:
        name = "pid"
        dist = None

        def load(self):
            return OwnPid

    part_kinds.cache_clear()
    monkeypatch.setattr(schema, "entry_points", lambda group: [Point()])
    try:
        kinds = part_kinds("control_centers")
        assert isinstance(build_part("control_centers", {"kind": "pid"}), OwnPid)
        assert kinds["pid"].provider == ""
        assert kinds["mpc"].provider == "equipoise"
    finally:
        part_kinds.cache_clear()


def test_a_part_names_no_unknown_names_by_default():
    assert Part().find_unknown_names(("repair",), ("product",)) == ()
