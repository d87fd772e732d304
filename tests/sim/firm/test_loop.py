"""The loop against control theory, and the firm assembled from settings."""

import math

import numpy as np
import pytest

from equipoise.firm import check_fixtures
from equipoise.firm.control.pid import Pid
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.interfaces import (
    NO_COUNTS,
    NO_DEED,
    Effector,
    Market,
    Orders,
    Plant,
    Posts,
    Truth,
)
from equipoise.firm.loop import DayCosts, FirmDay, FirmLoop, assemble_firm
from equipoise.firm.organisation.departments import Departments
from equipoise.firm.receptors.reference import Oracle
from equipoise.firm.wrappers import ExecutionWrapper, LensWrapper
from equipoise.settings.settings import DEPARTMENTS, Firm, Lens, Settings

NO_POSTS = Posts(*(np.zeros(0, kind) for kind in (np.uint32, np.uint8, np.uint8, np.float32)))
NO_FAULTS = np.zeros(5)
GAIN = 0.01  # change of the level by full effort in a day
PRODUCT = DEPARTMENTS.index("product")


class Push(Effector):
    """An effector whose effort the test itself turns into a change of the level."""

    kind = "push"

    def init(self, plant):
        return None

    def step(self, day, effort, focus, state):
        return NO_DEED, state


def build_plant(effectors=("push",), set_point=0.5, budget=1.0):
    return Plant(
        seed=1,
        days=1000,
        population=1000,
        departments=DEPARTMENTS,
        matrix=check_fixtures.build_plant().matrix,
        set_point=set_point,
        band=0.04,
        promise=0.7,
        budget=budget,
        effectors=effectors,
    )


def build_market(day, level, faults=NO_FAULTS):
    return Market(
        day=day,
        customers=500,
        posts=NO_POSTS,
        complaints=NO_COUNTS,
        questions=NO_COUNTS,
        uses=100,
        joined=0,
        left=0,
        rating=0.6,
        ask=lambda count: (NO_COUNTS, NO_COUNTS),
        truth=Truth(level, faults),
    )


def build_loop(control_center, receptor=None, delay=0):
    push = ExecutionWrapper.wrap("push", Push(delay=delay))
    return FirmLoop(build_plant(), receptor or Oracle(), control_center, (push,))


# stability


def integrate(gain, delay, days, start=1e-5, bias=0.5):
    """Control an integrator, x' = x + GAIN (effort - bias); return x - set-point (days,)."""
    firm = build_loop(Pid(kp=gain / GAIN, ki=0, bias=bias), delay=delay)
    level, deviations = 0.5 + start, []
    for day in range(days):
        deviations.append(level - 0.5)
        firm.decide(build_market(day, level))
        if day >= delay:
            level += GAIN * (firm.deeds[0].effort - bias)
    return np.array(deviations)


@pytest.mark.parametrize("delay", [0, 1, 2, 5])
def test_loop_is_an_integrator_with_delay(delay):
    gain, days = 0.3, 100
    expected = np.full(days + 1, 1e-3)
    for day in range(delay, days):
        expected[day + 1] = expected[day] - gain * expected[day - delay]
    np.testing.assert_allclose(integrate(gain, delay, days, 1e-3), expected[:days], atol=1e-13)


@pytest.mark.parametrize(("delay", "limit"), [(1, 1.0), (2, (math.sqrt(5) - 1) / 2)])
def test_loop_is_stable_up_to_the_published_gain(delay, limit):
    def growth(gain):
        size = np.abs(integrate(gain, delay, 400))
        return size[-60:].max() / size[40:100].max()

    assert growth(0.98 * limit) < 0.5
    assert growth(1.02 * limit) > 2


@pytest.mark.parametrize("delay", [1, 2, 3])
def test_loop_is_monotone_up_to_the_published_gain(delay):
    limit = delay**delay / (delay + 1) ** (delay + 1)
    below = integrate(0.98 * limit, delay, 60, 4e-3)
    above = integrate(1.15 * limit, delay, 60, 4e-3)
    assert below.min() > 0
    assert (np.diff(below) <= 0).all()
    assert above.min() < -1e-12


def days_to_recover(anti_windup):
    """Drain more than full effort can replace for 60 days; return the days until recovery."""
    firm = build_loop(Pid(kp=20, ki=1.0, anti_windup=anti_windup))
    level, is_outside = 0.5, []
    for day in range(700):
        firm.decide(build_market(day, level))
        drain = 1.2 if 50 <= day < 110 else 0.5
        level = min(max(level + GAIN * (firm.deeds[0].effort - drain), 0.0), 1.0)
        is_outside.append(abs(level - 0.5) > 0.04)
    return np.flatnonzero(is_outside)[-1] - 109


def test_anti_windup_shortens_recovery():
    assert days_to_recover(True) < 0.5 * days_to_recover(False)


def settle(lens, gain=5.0, leak=0.02, pull=0.1):
    """Return the standing error of a leaking integrator that is pulled down, under a proportional control."""
    receptor = LensWrapper(receptor=Oracle(), lens=lens) if lens else Oracle()
    firm = build_loop(Pid(kp=gain, ki=0), receptor)
    level = 0.5
    for day in range(900):
        firm.decide(build_market(day, level))
        level += leak * (0.5 - pull - level) + GAIN * firm.deeds[0].effort
    return 0.5 - level


@pytest.mark.parametrize(
    "lens", [None, Lens(layers=1, attenuation=0.5, delay=0), Lens(layers=3, attenuation=0.3)]
)
def test_lens_leaves_a_standing_error_as_computed(lens):
    passed = (1 - lens.attenuation) ** lens.layers if lens else 1.0
    assert settle(lens) == pytest.approx(0.1 / (1 + passed * 5 * GAIN / 0.02), rel=1e-6)


# the assembled firm


def build_settings(**changes):
    data = {
        "receptor": {"kind": "oracle"},
        "control_center": {"kind": "pid"},
        "effector": {"repair": {"kind": "repair"}},
    }
    return Settings.model_validate(data | changes)


def run_faulted_firm(settings, days=200):
    """Run a firm with a product fault from day 20; return levels (days,) and daily columns.

    The level is at the set-point without faults, and follows quality.
    """
    departments = Departments(settings.firm, 1000)
    set_point = settings.firm.set_point
    plant = build_plant(tuple(settings.effector), set_point, settings.firm.budget)
    firm = assemble_firm(settings, plant)
    quality_without_faults = departments.quality().mean()
    level, levels, columns = set_point, [], []
    for day in range(days):
        for deed in firm.deeds:
            departments.apply_deed(deed)
        if day == 20:
            departments.lasting_fault[PRODUCT] += 0.35
        change_of_quality = departments.quality().mean() - quality_without_faults
        level += 0.1 * (set_point + change_of_quality - level)
        firm_day = firm.decide(build_market(day, level, departments.faults))
        columns.append(firm_day.columns(plant))
        levels.append(level)
    return np.array(levels), columns


def test_loop_brings_a_faulted_firm_back_into_its_band():
    firm = Firm()
    without, _ = run_faulted_firm(build_settings(control_center={"kind": "none"}))
    assert without[-1] < firm.set_point - firm.band
    levels, columns = run_faulted_firm(build_settings(), 400)
    assert abs(levels[-100:] - firm.set_point).max() < firm.band
    assert max(day["focus_product"] for day in columns) > 0.9


@pytest.mark.parametrize(
    "broken",
    [{"receptor": {"kind": "blind"}}, {"control_center": {"kind": "none"}}, {"effector": {}}],
    ids=["receptor", "control_center", "effector"],
)
def test_each_part_of_the_loop_is_needed(broken):
    nothing = {"receptor": {"kind": "blind"}, "control_center": {"kind": "none"}, "effector": {}}
    with_loop = run_faulted_firm(build_settings())[0][-1]
    with_broken_loop = run_faulted_firm(build_settings(**broken))[0][-1]
    without_loop = run_faulted_firm(build_settings(**nothing))[0][-1]
    assert with_broken_loop - without_loop < 0.2 * (with_loop - without_loop)


# the record of a day


def test_columns_have_the_names_of_the_log():
    _, columns = run_faulted_firm(build_settings(lens={"layers": 2, "delay": 3}), 30)
    expected = {"reading", "reading_error", "reading_age", "believed", "effort_repair"}
    expected |= {"cost", "cost_sensing", "cost_deciding", "cost_acting"}
    assert set(columns[-1]) == expected | {f"focus_{name}" for name in DEPARTMENTS}
    assert math.isnan(columns[0]["reading"])
    assert columns[-1]["reading_age"] == 6
    assert all(isinstance(value, (int, float)) for value in columns[-1].values())


def test_columns_without_a_focus_leave_it_out():
    firm_day = FirmDay(None, Orders(efforts={"push": 0.5}), (), DayCosts(1.0, 2.0, 4.0))
    columns = firm_day.columns(build_plant())
    assert columns["effort_push"] == 0.5
    assert columns["cost"] == 7.0
    assert not any(name.startswith("focus_") for name in columns)


def test_cost_follows_deeds_not_orders():
    repair = Repair()
    control_center = {"kind": "pid", "bias": 0.5}
    settings = build_settings(receptor={"kind": "blind"}, control_center=control_center)
    _, columns = run_faulted_firm(settings, 10)
    assert [day["effort_repair"] for day in columns] == [0.5] * 10
    costs = [day["cost"] for day in columns]
    assert costs == [0.0] * repair.delay + [0.5 * repair.cost] * (10 - repair.delay)


def test_deeds_take_effect_on_the_next_morning():
    firm = build_loop(Pid(bias=0.5))
    assert firm.deeds == ()
    firm_day = firm.decide(build_market(0, 0.5))
    assert firm.deeds is firm_day.deeds
    assert firm.deeds[0].effort == 0.5
