"""Departments and effectors: what is delivered, what ails, what is done about it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import EquipoiseError
from equipoise.experiments.config.compose import compose
from equipoise.firm import check_fixtures
from equipoise.firm.effectors.promise import Promise
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.effectors.replicate import Replicate
from equipoise.firm.effectors.respond import Respond
from equipoise.firm.interfaces import NO_DEED, Deed
from equipoise.firm.organisation.departments import Departments, delivery_matrix
from equipoise.firm.wrappers import ExecutionWrapper
from equipoise.settings.schema import build_part, part_kinds
from equipoise.settings.settings import DEPARTMENTS, Department, Firm, Lens

PLANT = check_fixtures.build_plant(("a",))
NOWHERE = np.zeros(5)
AT_PRODUCT = np.eye(5)[2]


def firm(**more):
    return Departments(Firm(**more), 2000)


def run(effector, efforts, focus=NOWHERE):
    state, deeds = effector.init(PLANT), []
    for day, effort in enumerate(efforts):
        deed, state = effector.step(day, effort, focus, state)
        deeds.append(deed)
    return deeds


# departments


def test_rows_of_the_matrix_sum_to_one():
    assert delivery_matrix(Firm()).shape == (4, 5)
    np.testing.assert_allclose(delivery_matrix(Firm()).sum(axis=1), 1)


def test_quality_is_matrix_times_capability():
    departments = firm(
        departments={"a": Department(capability=0.2), "b": Department(capability=0.8)}
    )
    np.testing.assert_allclose(departments.quality(), 0.5)
    departments.apply_deed(Deed(replicate=np.array([0.1, 0.9])))
    np.testing.assert_allclose(departments.quality(), (0.3 + 1.0) / 2)
    departments.lasting_fault = np.array([0.5, 1.0])
    np.testing.assert_allclose(departments.quality(), 0.7 / 2, atol=1e-12)


def test_nobody_for_a_drive_and_negative_weights_are_errors():
    lopsided = {"a": Department(delivers=(1, 1, 0, 0))}
    with pytest.raises(
        EquipoiseError, match="no department delivers the drive 'comprehend'"
    ) as caught:
        delivery_matrix(Firm(departments=lopsided))
    assert len(caught.value.problems) == 2
    with pytest.raises(EquipoiseError, match="no department delivers"):
        delivery_matrix(Firm(departments={}))
    with pytest.raises(
        EquipoiseError, match=r"firm\.departments\.b\.delivers has a weight below 0"
    ):
        delivery_matrix(
            Firm(departments={"a": Department(), "b": Department(delivers=(2, 2, 2, -0.5))})
        )


def test_a_queue_of_a_days_capacity_costs_the_overload():
    for overload, kept in ((0.5, 0.5), (0.2, 0.8), (0.0, 1.0), (1.0, 0.0)):
        departments = firm(overload=overload)
        well = departments.quality()
        departments.queue = departments.capacity.copy()
        np.testing.assert_allclose(departments.quality(), kept * well)


@given(st.lists(st.floats(0, 50), min_size=2, max_size=10), st.floats(0.01, 1))
def test_quality_falls_with_the_queue_and_stays_within_bounds(ratios, overload):
    departments, seen = firm(overload=overload), []
    for ratio in sorted(ratios):
        departments.queue = ratio * departments.capacity
        seen.append(departments.quality())
    assert (np.diff(seen, axis=0) <= 1e-12).all()
    assert np.min(seen) >= 0


def test_without_capacity_only_a_queue_hurts():
    departments = firm(departments={"a": Department(capacity=0.0)})
    well = departments.quality()
    assert (well > 0).all()
    departments.process_cases(np.array([1.0]))
    assert departments.queue[0] == 1.0
    assert (departments.quality() < 1e-9).all()


def test_capacity_grows_with_the_population_and_the_rest_waits():
    departments = firm(departments={"a": Department(capacity=30.0)})
    departments.process_cases(np.array([100.0]))
    assert departments.queue[0] == 40.0
    departments.process_cases(np.array([0.0]))
    assert departments.queue[0] == 0.0


def test_failures_hurt_the_drives_a_department_serves():
    departments = firm()
    chances = np.array([[0, 0, 0.08, 0.02, 0], [0, 0, 0, 0.02, 0]])
    by_drive = departments.failure_chances(chances)
    np.testing.assert_allclose(by_drive.sum(axis=1), [0.1, 0.02])
    assert by_drive[0].argmax() == 0


def test_repair_mends_lasting_faults_first_and_never_too_much():
    departments = firm(silo=0, detour=0)
    departments.lasting_fault, departments.passing_fault = np.full(5, 0.1), np.full(5, 0.1)
    departments.apply_deed(Deed(repair=0.15 * AT_PRODUCT))
    np.testing.assert_allclose(departments.faults, [0.2, 0.2, 0.05, 0.2, 0.2])
    assert departments.lasting_fault[2] == 0
    departments.apply_deed(Deed(repair=np.ones(5)))
    np.testing.assert_array_equal(departments.faults, 0)


def test_doing_nothing_changes_nothing():
    departments = firm()
    before = departments.quality(), departments.promise
    departments.apply_deed(NO_DEED)
    np.testing.assert_array_equal(departments.quality(), before[0])
    assert departments.promise == before[1]


# effectors


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_replies_lose_no_fraction(efforts):
    deeds = run(Respond(replies=11.0), efforts)
    due = sum(efforts) * 11.0 * PLANT.population / 1000
    assert due - 1 - 1e-6 <= sum(deed.replies for deed in deeds) <= due + 1e-6


def test_replies_are_expert_or_canned():
    assert run(Respond(), [1.0])[0].expert
    assert not run(Respond(expert=False), [1.0])[0].expert


def test_repair_goes_where_the_focus_is_or_everywhere():
    np.testing.assert_allclose(
        run(Repair(rate=0.1), [0.5], AT_PRODUCT)[0].repair, 0.05 * AT_PRODUCT
    )
    np.testing.assert_allclose(run(Repair(rate=0.1), [0.5])[0].repair, 0.01)
    assert run(Repair(), [0.0])[0] is NO_DEED


def test_replicated_delight_settles_and_fades():
    made = Replicate(rate=0.1, most=0.2, decay=0.05)
    held = np.cumsum(
        [
            0 if deed.replicate is None else deed.replicate[0]
            for deed in run(made, [1.0] * 300 + [0.0] * 60)
        ]
    )
    assert held[299] == pytest.approx(0.2 * 0.1 / 0.15)
    assert held[359] == pytest.approx(held[299] * 0.95**60)
    assert (held >= 0).all()


def test_promise_moves_toward_its_level_or_toward_delivery():
    departments = firm(promise=0.5)
    departments.apply_deed(run(Promise(level=0.9, rate=0.1), [0.5])[0])
    assert departments.promise == pytest.approx(0.5 + 0.05 * 0.4)
    for _ in range(300):
        departments.apply_deed(run(Promise(rate=0.1), [1.0])[0])
    assert departments.promise == pytest.approx(departments.quality().mean())


# execution


@pytest.mark.parametrize("delay", [0, 1, 4])
def test_an_order_becomes_a_deed_after_its_delay(delay):
    made = ExecutionWrapper.wrap("a", Repair(delay=delay, rate=0.1, cost=7.0))
    deeds = run(made, [0.0, 0.0, 0.6] + [0.0] * 6, AT_PRODUCT)
    assert [deed.effort for deed in deeds] == [0.0] * (2 + delay) + [0.6] + [0.0] * (6 - delay)
    done = deeds[2 + delay]
    np.testing.assert_allclose(done.repair, 0.06 * AT_PRODUCT)
    assert done.cost == pytest.approx(0.6 * 7.0 * PLANT.population / 1000)


def test_effort_above_capacity_is_lost():
    assert run(ExecutionWrapper.wrap("a", Repair(delay=0, capacity=0.25)), [1.0])[0].effort == 0.25


def test_follow_through_is_a_chance_by_day_and_name():
    def done(name, efforts=(1.0,) * 3000, chance=0.3):
        return [
            deed.effort
            for deed in run(
                ExecutionWrapper.wrap(name, Repair(delay=0, follow_through=chance)), efforts
            )
        ]

    assert np.mean(done("a")) == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 3000))
    assert done("a") != done("b")
    assert [0.5 * each for each in done("a")] == done("a", (0.5,) * 3000)
    assert sum(done("a", chance=0.0)) == 0
    late = run(ExecutionWrapper.wrap("a", Repair(delay=2, follow_through=0.3)), (1.0,) * 100)
    assert [deed.effort for deed in late][2:] == done("a")[:98]


# configuration

GROUPS = {"receptor": "receptors", "control_center": "control_centers", "effector": "effectors"}


def configs(group):
    from importlib.resources import files

    return {
        each.name.removesuffix(".yaml"): each
        for each in files("equipoise.configs").joinpath(group).iterdir()
    }


@pytest.mark.parametrize("group", GROUPS)
def test_every_part_has_an_option_with_its_defaults(group):
    import yaml

    options = configs(group)
    ours = {
        name for name, point in part_kinds(GROUPS[group]).items() if point.provider == "equipoise"
    }
    assert ours <= set(options)
    for kind in ours - {
        "suite"
    }:  # its option trusts the survey for the level, the kind trusts nobody
        given = yaml.safe_load(options[kind].read_text("utf-8"))
        assert build_part(GROUPS[group], given) == build_part(GROUPS[group], {"kind": kind})


def test_the_lens_option_none_is_the_default():
    assert compose("lens=none").lens == Lens()


def test_environments_name_known_departments():
    import yaml

    for path in configs("environment").values():
        given = yaml.safe_load(path.read_text("utf-8"))
        named = {
            each.get("department", "product") for each in given.get("disturbances", {}).values()
        }
        assert named <= set(DEPARTMENTS)
