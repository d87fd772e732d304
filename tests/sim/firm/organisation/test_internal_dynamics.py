"""The departments' inner life: connectivity, repairs on their way, alignment and relapse, turnover and learning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.consumers.values import value_gap
from equipoise.environment.disturbances import schedule_disturbances
from equipoise.firm.interfaces import Deed, Touch
from equipoise.firm.organisation.departments import Departments
from equipoise.firm.organisation.internal_dynamics import UNCONNECTED_PACE, InternalDynamics
from equipoise.settings.settings import DEPARTMENTS, Firm, Settings

SERVICE = DEPARTMENTS.index("service")
AT_PRODUCT = np.eye(5)[2]
OPPOSED = {"enacted": (1.0,) + (0.0,) * 9, "claimed": (0.0,) * 5 + (1.0,) + (0.0,) * 4}

ABLE = Firm().departments["service"].capability
HANDLED = Firm().departments["service"].capacity  # by service for 1,000 people


def turnover(**more):
    it = {"kind": "turnover", "department": "service", "start": 0, "size": 0.4} | more
    return schedule_disturbances(
        Settings.model_validate(
            {"burn_in": 0, "horizon": 400, "environment": {"disturbances": {"it": it}}}
        )
    )


CALM = schedule_disturbances(Settings.model_validate({"burn_in": 0, "horizon": 400}))


def lived(
    firm,
    days,
    deed=None,
    laid=CALM,
    look=lambda departments: departments.dynamics.connectivity,
    until=10**9,
):
    """Live the mornings of some days, with the same deed on each up to ``until``; return what is looked at."""
    departments, seen = Departments(firm, 1000), []
    for day in range(days):
        departments.start_day(laid, day)
        if deed is not None and day < until:
            departments.apply_deed(deed)
        seen.append(look(departments))
    return np.array(seen)


def mended(firm, days=60):
    """Send one repair of 0.1 to a department of fault 1; return the fault removed by the end of each day."""
    departments, seen = Departments(firm, 1000), []
    departments.lasting_fault = np.ones(5)
    departments.apply_deed(Deed(repair=0.1 * AT_PRODUCT))
    for day in range(days):
        seen.append(1 - departments.lasting_fault[2])
        departments.start_day(CALM, day)
    return np.array(seen)


# connectivity


def test_without_silos_and_detours_a_repair_arrives_whole_and_at_once():
    for firm in (
        Firm(silo=0, detour=0, connectivity=0.0),
        Firm(silo=1, detour=50, connectivity=1.0),
    ):
        assert mended(firm)[0] == pytest.approx(0.1, abs=1e-15)


@pytest.mark.parametrize(
    ("connectivity", "silo", "detour"), [(0.5, 0.3, 6.0), (0.0, 0.6, 2.0), (0.8, 0.0, 20.0)]
)
def test_low_connectivity_keeps_part_of_a_repair_and_delays_the_rest(connectivity, silo, detour):
    seen = mended(Firm(connectivity=connectivity, silo=silo, detour=detour), 400)
    whole, lag = 0.1 * (1 - silo * (1 - connectivity)), detour * (1 - connectivity)
    assert seen[-1] == pytest.approx(whole, abs=1e-7)
    assert seen[0] == pytest.approx(whole / (1 + lag))
    arriving = np.diff(seen, prepend=0)
    assert arriving @ np.arange(400) / whole == pytest.approx(lag, rel=1e-3)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 50))
def test_better_connected_repairs_are_never_slower(connectivity, silo, detour):
    low = mended(Firm(connectivity=connectivity, silo=silo, detour=detour), 30)
    high = mended(Firm(connectivity=min(connectivity + 0.1, 1.0), silo=silo, detour=detour), 30)
    assert (high >= low - 1e-6).all()
    assert (np.diff(low) >= 0).all()


def test_connecting_raises_connectivity_and_letting_go_loses_it():
    firm = Firm(connectivity=0.4, disconnect=0.01)
    seen = lived(firm, 400, Deed(touch=Touch(connect=0.02)), until=200)
    assert (np.diff(seen[:200]) > 0).all()
    assert seen[199] == pytest.approx(
        (0.02 + 0.01 * 0.4) / 0.03, abs=0.01
    )  # where gain and loss balance
    np.testing.assert_allclose(
        seen[210:] - 0.4, (seen[209] - 0.4) * 0.99 ** np.arange(1, 191), rtol=1e-6
    )
    kept = lived(
        Firm(connectivity=0.4, disconnect=0), 100, Deed(touch=Touch(connect=0.02)), until=50
    )
    assert kept[-1] == kept[49]


@pytest.mark.parametrize("knowledge", [0.0, 0.5, 2.0])
def test_knowledge_communities_raise_capacity(knowledge):
    def capacity(connectivity):
        return Departments(Firm(connectivity=connectivity, knowledge=knowledge), 1000).capacity[
            SERVICE
        ]

    assert capacity(0.5) == HANDLED
    assert capacity(1.0) == pytest.approx(HANDLED * (1 + knowledge / 2))
    assert capacity(0.0) == pytest.approx(HANDLED * (1 - knowledge / 2))
    grown = lived(
        Firm(knowledge=knowledge),
        50,
        Deed(touch=Touch(connect=0.1)),
        look=lambda each: each.capacity[SERVICE],
    )
    assert (grown[-1] > HANDLED) == (knowledge > 0)


# alignment


def alignment(firm, days, align=0.02, until=10**9):
    return lived(
        firm,
        days,
        Deed(touch=Touch(align=align)),
        look=lambda each: each.dynamics.alignment,
        until=until,
    )


def test_alignment_goes_from_enacted_toward_claimed_values():
    life = InternalDynamics(Firm(**OPPOSED))
    np.testing.assert_array_equal(life.enacted_values(), OPPOSED["enacted"])
    assert value_gap(OPPOSED["claimed"], life.enacted_values()) == pytest.approx(0.5)
    life.apply_efforts(0.25, 0.0)
    np.testing.assert_allclose(life.enacted_values()[[0, 5]], [0.75, 0.25])
    life.apply_efforts(1.0, 0.0)
    np.testing.assert_allclose(life.enacted_values(), OPPOSED["claimed"])
    assert value_gap(OPPOSED["claimed"], life.enacted_values()) == pytest.approx(0, abs=1e-12)


def test_values_moved_otherwise_are_aligned_from_where_they_are():
    life, moved = InternalDynamics(Firm(**OPPOSED)), np.full(10, 0.2)
    np.testing.assert_array_equal(life.enacted_values(moved), moved)
    life.apply_efforts(0.5, 0.0)
    np.testing.assert_allclose(life.enacted_values(moved), (moved + OPPOSED["claimed"]) / 2)


def test_what_is_no_habit_yet_relapses():
    brief, long = (
        alignment(Firm(**OPPOSED), 390, align, until) for align, until in ((0.2, 10), (0.02, 100))
    )
    mandate, practice = brief[9:191], long[99:281]
    assert mandate[0] > 0.8
    assert mandate[-1] / mandate[0] < 0.45  # a mandate does not last
    assert practice[-1] / practice[0] > 0.6  # practice does
    assert (np.diff(brief[10:]) <= 0).all()
    without = alignment(Firm(**OPPOSED, relapse=0), 300, 0.2, 10)
    assert without[-1] == without[9] == pytest.approx(1 - 0.8**10)
    at_once = alignment(Firm(**OPPOSED, inertia=0), 300, 0.2, 10)
    assert at_once[-1] == pytest.approx(1 - 0.8**10)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 200), st.floats(0, 1))
def test_alignment_stays_within_bounds(efforts, inertia, relapse):
    life = InternalDynamics(Firm(**OPPOSED, inertia=inertia, relapse=relapse))
    for align in efforts:
        life.apply_efforts(align, align)
        life.advance_day()
        assert 0 <= life.habit <= 1
        assert 0 <= life.alignment <= 1
        assert 0 <= life.connectivity <= 1


# turnover and learning


def service(each):
    return each.capability[SERVICE], each.capacity[SERVICE], each.dynamics.experience[SERVICE]


def test_turnover_takes_experience_and_newcomers_learn_it_again():
    firm = Firm(connectivity=0.6)
    able, capacity, experience = lived(firm, 300, laid=turnover(), look=service).T
    assert experience[0] == pytest.approx(0.6)
    pace = 0.03 * (UNCONNECTED_PACE + (1 - UNCONNECTED_PACE) * 0.6)
    np.testing.assert_allclose(1 - experience, 0.4 * (1 - pace) ** np.arange(300), atol=1e-9)
    np.testing.assert_allclose(able, ABLE * (1 - 0.5 * (1 - experience)))
    np.testing.assert_allclose(capacity, HANDLED * 1.05 * (1 - 0.5 * (1 - experience)))
    others = lived(firm, 3, laid=turnover(), look=lambda each: np.delete(each.capability, SERVICE))
    np.testing.assert_array_equal(others, ABLE)


def test_the_better_connected_learn_faster():
    def lost(**firm):
        return (1 - lived(Firm(**firm), 200, laid=turnover(), look=service)[:, 2]).sum()

    assert lost(connectivity=1.0) < lost(connectivity=0.5) < lost(connectivity=0.0)
    assert lost(learning=0) == pytest.approx(0.4 * 200)


def test_staff_may_leave_bit_by_bit():
    experience = lived(Firm(learning=0), 20, laid=turnover(days=10), look=service)[:, 2]
    np.testing.assert_allclose(experience[:10], 0.6 ** (np.arange(1, 11) / 10))
    np.testing.assert_allclose(experience[10:], 0.6)


def test_without_craft_leavers_leave_no_trace():
    seen = lived(Firm(craft=0), 50, laid=turnover(size=1.0), look=service)
    np.testing.assert_array_equal(seen[:, 0], ABLE)
    np.testing.assert_array_equal(seen[:, 1], HANDLED)


# a quiet firm


def test_a_quiet_firm_rests_and_a_moved_one_comes_to_rest():
    departments = Departments(Firm(disconnect=0.2, detour=1.0, inertia=3), 1000)
    departments.start_day(CALM, 0)
    assert not departments.dynamics.is_active
    before = departments.quality()
    departments.lasting_fault = 0.02 * AT_PRODUCT
    departments.apply_deed(Deed(repair=0.2 * AT_PRODUCT, touch=Touch(align=0.1, connect=0.3)))
    assert departments.dynamics.is_active
    for day in range(200):
        departments.start_day(CALM, day)
    assert not departments.dynamics.is_active
    assert departments.dynamics.connectivity == 0.5
    np.testing.assert_array_equal(departments.quality(), before)


def test_touches_that_concern_consumers_leave_departments_alone():
    departments = Departments(Firm(), 1000)
    departments.apply_deed(
        Deed(touch=Touch(content=3.0, push=2.0, trigger=1.0, welcome=1.0, community=1.0))
    )
    assert not departments.dynamics.is_active
