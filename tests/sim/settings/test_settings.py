"""Settings that are allowed one by one are refused where they contradict each other."""

import pytest
from pydantic import ValidationError

from equipoise import compose
from equipoise.firm.control.pid import Pid
from equipoise.settings.schema import dump_settings, is_setting_off, setting_fact, walk_settings
from equipoise.settings.settings import DEPARTMENTS, LARGEST_SEED, STRIKING, Disturbance, Settings


def validate(**values) -> Settings:
    return Settings.model_validate(values)


def test_the_defaults_are_valid():
    settings = Settings()
    assert tuple(settings.firm.departments) == DEPARTMENTS
    assert settings.control_center.kind == "none"


@pytest.mark.parametrize(
    ("seed", "replicates", "is_allowed"),
    [(LARGEST_SEED, 1, True), (LARGEST_SEED - 1, 2, True), (LARGEST_SEED, 2, False)],
)
def test_the_last_seed_has_to_exist(seed, replicates, is_allowed):
    if is_allowed:
        assert validate(seed=seed, replicates=replicates).seed == seed
        return
    with pytest.raises(ValidationError, match="leaves no room for replicates=2"):
        validate(seed=seed, replicates=replicates)


def test_shares_of_people_sum_to_one_at_most():
    assert validate(community={"people": {"customers": 0.9, "unaware": 0.1}})
    with pytest.raises(ValidationError, match=r"customers=0\.9 and .*unaware=0\.2 are more than"):
        validate(community={"people": {"customers": 0.9, "unaware": 0.2}})


@pytest.mark.parametrize("kind", STRIKING)
def test_a_disturbance_strikes_a_known_department(kind):
    late = {"late": {"kind": kind, "department": "produkt"}}
    with pytest.raises(
        ValidationError, match=r"disturbances\.late\.department 'produkt' .*product"
    ):
        validate(environment={"disturbances": late})


def test_a_disturbance_of_the_community_needs_no_department():
    storm = {"storm": {"kind": "firestorm", "department": "nobody"}}
    assert validate(environment={"disturbances": storm})


@pytest.mark.parametrize(
    ("department", "is_allowed"), [("product", True), ("", True), ("x", False)]
)
def test_a_topic_refers_to_a_known_department_or_to_none(department, is_allowed):
    environment = {"topics": {"late": department}}
    if is_allowed:
        assert validate(environment=environment)
        return
    with pytest.raises(ValidationError, match="the department of 'late', 'x' is not known"):
        validate(environment=environment)


def test_all_contradictions_are_reported_together():
    with pytest.raises(ValidationError, match="leaves no room") as caught:
        validate(
            seed=LARGEST_SEED,
            replicates=2,
            community={"people": {"customers": 0.9, "unaware": 0.2}},
            environment={"topics": {"late": "x"}},
        )
    text = str(caught.value)
    assert "are more than all people" in text
    assert "the department of 'late'" in text


def test_unknown_names_in_parts_are_reported():
    with pytest.raises(ValidationError, match=r"control_center\.routine 'repare' is not known"):
        validate(
            control_center={"kind": "srt", "routine": {"repare": 0.5}},
            effector={"repair": {"kind": "repair"}},
        )


def test_every_default_lies_in_its_range():
    for path, field, value in walk_settings(Settings()):
        lows = [mark.ge for mark in field.metadata if hasattr(mark, "ge")]
        highs = [mark.le for mark in field.metadata if hasattr(mark, "le")]
        assert all(low <= value for low in lows), path
        assert all(value <= high for high in highs), path


def test_every_off_value_is_allowed_and_named():
    for path, field, _ in walk_settings(Settings()):
        off = setting_fact(field, "off")
        if off is None:
            continue
        assert setting_fact(field, "off_means"), path
        assert is_setting_off(field, off), path
        assert Settings.model_validate(default_data_with(path, off))


def default_data_with(path: str, value: object) -> dict[str, object]:
    """Return the defaults as plain data, with another value at a dotted path."""
    data = dump_settings(Settings())
    *owners, name = path.split(".")
    record = data
    for owner in owners:
        record = record[owner]
    record[name] = value
    return data


def test_every_disturbance_has_a_meaning_in_the_docstring():
    kinds = Disturbance.model_fields["kind"].annotation.__args__
    for kind in kinds:
        assert f"``{kind}``" in Disturbance.__doc__


@pytest.mark.parametrize("strategy", ["weekly_team", "mission_control", "planner", "balanced"])
def test_dumped_settings_can_be_read_back(strategy):
    settings = compose(f"strategy={strategy}", "environment=everything", "network=watts_strogatz")
    assert Settings.model_validate(settings.model_dump()) == settings
    assert Settings.model_validate_json(settings.model_dump_json()) == settings
    assert settings.model_dump()["receptor"]["kind"] == settings.receptor.kind


def test_a_dumped_part_can_be_read_back_by_its_class_alone():
    part = Pid(kp=3.0)
    assert Pid.model_validate(part.model_dump()) == part
    with pytest.raises(ValidationError, match="kind"):
        Pid.model_validate({"kind": "mpc"})
