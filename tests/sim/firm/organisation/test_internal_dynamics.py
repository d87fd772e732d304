"""Internal dynamics: connectivity and repairs, alignment and relapse, turnover and learning."""

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
CAPABILITY = Firm().departments["service"].capability
CAPACITY = Firm().departments["service"].capacity  # of service, for 1,000 people


def build_schedule(**environment):
    """Return the disturbances of 400 days."""
    settings = {"burn_in": 0, "horizon": 400, "environment": environment}
    return schedule_disturbances(Settings.model_validate(settings))


def schedule_turnover(**changes):
    turnover = {"kind": "turnover", "department": "service", "start": 0, "size": 0.4} | changes
    return build_schedule(disturbances={"turnover": turnover})


CALM = build_schedule()


def observe(firm, days, look, deed=None, schedule=CALM, until=10**9):
    """Live some days, with the same deed on each up to ``until``; return ``look`` of each day."""
    departments = Departments(firm, 1000)
    observations = []
    for day in range(days):
        departments.start_day(schedule, day)
        if deed is not None and day < until:
            departments.apply_deed(deed)
        observations.append(look(departments))
    return np.array(observations)


def connectivity(departments):
    return departments.dynamics.connectivity


def alignment(departments):
    return departments.dynamics.alignment


def service(departments):
    experience = departments.dynamics.experience
    return departments.capability[SERVICE], departments.capacity[SERVICE], experience[SERVICE]


# repairs on their way


def send_repair(days=60, **firm):
    """Send one repair of 0.1; return the fault removed by the end of each day."""
    departments = Departments(Firm(**firm), 1000)
    departments.lasting_fault = np.ones(5)
    departments.apply_deed(Deed(repair=0.1 * AT_PRODUCT))
    removed = []
    for day in range(days):
        removed.append(1 - departments.lasting_fault[2])
        departments.start_day(CALM, day)
    return np.array(removed)


@pytest.mark.parametrize(
    "firm",
    [
        {"silo": 0, "detour": 0, "connectivity": 0.0},
        {"silo": 1, "detour": 50, "connectivity": 1.0},
    ],
    ids=["no silos", "full connectivity"],
)
def test_repair_arrives_whole_and_at_once(firm):
    assert send_repair(**firm)[0] == pytest.approx(0.1, abs=1e-15)


@pytest.mark.parametrize(
    ("connectivity", "silo", "detour"), [(0.5, 0.3, 6.0), (0.0, 0.6, 2.0), (0.8, 0.0, 20.0)]
)
def test_low_connectivity_loses_part_of_a_repair_and_delays_the_rest(connectivity, silo, detour):
    removed = send_repair(400, connectivity=connectivity, silo=silo, detour=detour)
    whole = 0.1 * (1 - silo * (1 - connectivity))
    lag = detour * (1 - connectivity)
    assert removed[-1] == pytest.approx(whole, abs=1e-7)
    assert removed[0] == pytest.approx(whole / (1 + lag))
    arriving = np.diff(removed, prepend=0)
    assert arriving @ np.arange(400) / whole == pytest.approx(lag, rel=1e-3)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 50))
def test_more_connectivity_never_slows_a_repair(connectivity, silo, detour):
    low = send_repair(30, connectivity=connectivity, silo=silo, detour=detour)
    better = min(connectivity + 0.1, 1.0)
    high = send_repair(30, connectivity=better, silo=silo, detour=detour)
    assert (high >= low - 1e-6).all()
    assert (np.diff(low) >= 0).all()


# connectivity


def test_connectivity_rises_with_effort_and_returns_without():
    firm = Firm(connectivity=0.4, disconnect=0.01)
    deed = Deed(touch=Touch(connect=0.02))
    path = observe(firm, 400, connectivity, deed, until=200)
    balance = (0.02 + 0.01 * 0.4) / 0.03
    assert (np.diff(path[:200]) > 0).all()
    assert path[199] == pytest.approx(balance, abs=0.01)
    expected = (path[209] - 0.4) * 0.99 ** np.arange(1, 191)
    np.testing.assert_allclose(path[210:] - 0.4, expected, rtol=1e-6)


def test_connectivity_without_disconnect_stays():
    firm = Firm(connectivity=0.4, disconnect=0)
    path = observe(firm, 100, connectivity, Deed(touch=Touch(connect=0.02)), until=50)
    assert path[-1] == path[49]


@pytest.mark.parametrize("knowledge", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("start", [0.0, 0.5, 1.0])
def test_connectivity_changes_capacity_by_the_knowledge(start, knowledge):
    departments = Departments(Firm(connectivity=start, knowledge=knowledge), 1000)
    expected = CAPACITY * (1 + knowledge * (start - 0.5))
    assert departments.capacity[SERVICE] == pytest.approx(expected)


def test_connecting_raises_capacity():
    deed = Deed(touch=Touch(connect=0.1))
    capacity = observe(Firm(knowledge=0.5), 50, service, deed)[:, 1]
    assert capacity[-1] > CAPACITY


# alignment


def align(firm, days, effort=0.02, until=10**9):
    return observe(firm, days, alignment, Deed(touch=Touch(align=effort)), until=until)


def test_alignment_moves_enacted_values_to_claimed_ones():
    dynamics = InternalDynamics(Firm(**OPPOSED))
    np.testing.assert_array_equal(dynamics.align_values(), OPPOSED["enacted"])
    assert value_gap(OPPOSED["claimed"], dynamics.align_values()) == pytest.approx(0.5)
    dynamics.apply_efforts(0.25, 0.0)
    np.testing.assert_allclose(dynamics.align_values()[[0, 5]], [0.75, 0.25])
    dynamics.apply_efforts(1.0, 0.0)
    np.testing.assert_allclose(dynamics.align_values(), OPPOSED["claimed"])


def test_values_moved_by_others_are_aligned_from_where_they_are():
    dynamics = InternalDynamics(Firm(**OPPOSED))
    moved = np.full(10, 0.2)
    np.testing.assert_array_equal(dynamics.align_values(moved), moved)
    dynamics.apply_efforts(0.5, 0.0)
    expected = (moved + OPPOSED["claimed"]) / 2
    np.testing.assert_allclose(dynamics.align_values(moved), expected)


def test_a_short_campaign_relapses_and_long_practice_lasts():
    campaign = align(Firm(**OPPOSED), 390, effort=0.2, until=10)
    practice = align(Firm(**OPPOSED), 390, effort=0.02, until=100)
    assert campaign[9] > 0.8
    assert campaign[190] / campaign[9] < 0.45
    assert practice[280] / practice[99] > 0.6
    assert (np.diff(campaign[10:]) <= 0).all()


@pytest.mark.parametrize("off", [{"relapse": 0}, {"inertia": 0}], ids=["relapse", "inertia"])
def test_alignment_without_relapse_or_inertia_stays(off):
    path = align(Firm(**OPPOSED, **off), 300, effort=0.2, until=10)
    assert path[-1] == pytest.approx(1 - 0.8**10)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 200), st.floats(0, 1))
def test_dynamics_stay_between_zero_and_one(efforts, inertia, relapse):
    dynamics = InternalDynamics(Firm(**OPPOSED, inertia=inertia, relapse=relapse))
    for effort in efforts:
        dynamics.apply_efforts(effort, effort)
        dynamics.advance_day()
        for value in (dynamics.habit, dynamics.alignment, dynamics.connectivity):
            assert 0 <= value <= 1


# turnover and learning


def test_turnover_removes_experience_and_newcomers_learn():
    firm = Firm(connectivity=0.6)
    path = observe(firm, 300, service, schedule=schedule_turnover())
    capability, capacity, experience = path.T
    assert experience[0] == pytest.approx(0.6)
    pace = 0.03 * (UNCONNECTED_PACE + (1 - UNCONNECTED_PACE) * 0.6)
    missing = 1 - experience
    np.testing.assert_allclose(missing, 0.4 * (1 - pace) ** np.arange(300), atol=1e-9)
    np.testing.assert_allclose(capability, CAPABILITY * (1 - 0.5 * missing))
    np.testing.assert_allclose(capacity, CAPACITY * 1.05 * (1 - 0.5 * missing))


def test_turnover_leaves_other_departments_alone():
    def others(departments):
        return np.delete(departments.capability, SERVICE)

    path = observe(Firm(), 3, others, schedule=schedule_turnover())
    np.testing.assert_array_equal(path, CAPABILITY)


def test_more_connectivity_speeds_learning():
    def sum_missing(**firm):
        path = observe(Firm(**firm), 200, service, schedule=schedule_turnover())
        return (1 - path[:, 2]).sum()

    assert (
        sum_missing(connectivity=1.0)
        < sum_missing(connectivity=0.5)
        < sum_missing(connectivity=0.0)
    )
    assert sum_missing(learning=0) == pytest.approx(0.4 * 200)


def test_staff_may_leave_over_several_days():
    path = observe(Firm(learning=0), 20, service, schedule=schedule_turnover(days=10))
    experience = path[:, 2]
    np.testing.assert_allclose(experience[:10], 0.6 ** (np.arange(1, 11) / 10))
    np.testing.assert_allclose(experience[10:], 0.6)


def test_without_craft_turnover_has_no_effect():
    path = observe(Firm(craft=0), 50, service, schedule=schedule_turnover(size=1.0))
    np.testing.assert_array_equal(path[:, 0], CAPABILITY)
    np.testing.assert_array_equal(path[:, 1], CAPACITY)


# rest


def test_dynamics_become_active_by_deeds_and_come_to_rest():
    departments = Departments(Firm(disconnect=0.2, detour=1.0, inertia=3), 1000)
    departments.start_day(CALM, 0)
    assert not departments.dynamics.is_active
    quality = departments.quality()
    departments.lasting_fault = 0.02 * AT_PRODUCT
    departments.apply_deed(Deed(repair=0.2 * AT_PRODUCT, touch=Touch(align=0.1, connect=0.3)))
    assert departments.dynamics.is_active
    for day in range(200):
        departments.start_day(CALM, day)
    assert not departments.dynamics.is_active
    assert departments.dynamics.connectivity == 0.5
    np.testing.assert_array_equal(departments.quality(), quality)


def test_touches_of_consumers_leave_departments_alone():
    departments = Departments(Firm(), 1000)
    touch = Touch(content=3.0, push=2.0, trigger=1.0, welcome=1.0, community=1.0)
    departments.apply_deed(Deed(touch=touch))
    assert not departments.dynamics.is_active
