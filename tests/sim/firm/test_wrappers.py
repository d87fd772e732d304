"""Wrappers: the lens filters readings, the budget limits efforts, execution costs money."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.firm import check_fixtures
from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.control.pid import Pid
from equipoise.firm.control.reference_controllers import NoControl
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.interfaces import Orders, Reading, Truth
from equipoise.firm.receptors.reference import Oracle
from equipoise.firm.wrappers import BudgetWrapper, ExecutionWrapper, LensWrapper
from equipoise.settings.settings import Lens

PLANT = replace(check_fixtures.build_plant(), set_point=0.5)
MARKET = check_fixtures.build_markets(PLANT, truth=False)[0]
AT_PRODUCT = np.eye(5)[2]


def build_market(day, level, fault=0.0):
    return replace(MARKET, day=day, truth=Truth(level, np.full(5, fault)))


# lens


def test_lens_delays_each_reading_by_its_layers():
    lens = LensWrapper(receptor=Oracle(), lens=Lens(layers=2, attenuation=0.5, delay=3))
    state = lens.init(PLANT)
    readings = []
    for day in range(10):
        reading, state = lens.step(build_market(day, 0.7), state)
        readings.append(reading)
    assert readings[:6] == [None] * 6
    days = [(reading.observed, reading.delivered) for reading in readings[6:]]
    assert days == [(0, 6), (1, 7), (2, 8), (3, 9)]


@pytest.mark.parametrize(("level", "passed"), [(0.3, 0.5 - 0.2 / 4), (0.7, 0.7)])
def test_lens_attenuates_only_a_shortfall(level, passed):
    lens = LensWrapper(receptor=Oracle(), lens=Lens(layers=2, attenuation=0.5, delay=0))
    reading, _ = lens.step(build_market(0, level), lens.init(PLANT))
    assert reading.satisfaction == pytest.approx(passed)


def test_lens_hides_trouble_below_its_threshold():
    lens = LensWrapper(receptor=Oracle(), lens=Lens(layers=2, attenuation=0.5, threshold=0.05))
    trouble = np.array([40.0, 16.0, 24.0, 0.0])
    reading = lens._filter(Reading(0, 0, 0.5, 0, np.zeros(4), trouble, 100), 0.5)
    np.testing.assert_allclose(reading.trouble, [10, 0, 6, 0])


def test_lens_without_layers_changes_nothing():
    lens = LensWrapper(receptor=Oracle(), lens=Lens(layers=0, threshold=1.0))
    market = build_market(3, 0.3, fault=0.2)
    filtered, _ = lens.step(market, lens.init(PLANT))
    direct, _ = Oracle().step(market, PLANT.matrix)
    assert filtered.satisfaction == direct.satisfaction
    assert filtered.delivered == 3
    np.testing.assert_array_equal(filtered.trouble, direct.trouble)


# budget


def limit(efforts, budget):
    """Return the efforts that a budget lets pass."""

    class Spender(NoControl):
        def step(self, day, readings, state):
            return Orders(efforts=efforts), state

    wrapper = BudgetWrapper(control_center=Spender())
    plant = replace(PLANT, budget=budget, effectors=tuple("abcd"))
    orders, _ = wrapper.step(0, (), wrapper.init(plant))
    return orders.efforts


@pytest.mark.parametrize(
    ("efforts", "budget", "expected"),
    [
        ({"a": 1.0, "b": 1.0}, 0.5, {"a": 0.25, "b": 0.25}),
        ({"a": 0.3, "b": 0.1}, 1.0, {"a": 0.3, "b": 0.1}),
        ({"a": 0.5}, 0.0, {"a": 0.0}),
        ({}, 1.0, {}),
    ],
)
def test_budget_scales_efforts(efforts, budget, expected):
    assert limit(efforts, budget) == expected


@given(st.lists(st.floats(0, 1), max_size=4), st.floats(0, 3))
def test_limited_efforts_fit_the_budget(efforts, budget):
    limited = limit(dict(zip("abcd", efforts, strict=False)), budget)
    assert all(0 <= effort <= 1 for effort in limited.values())
    assert sum(limited.values()) <= budget * (1 + 1e-9)


def test_budget_wrapper_names_the_effectors_of_its_control_center():
    mix = Pid(mix={"respond": 1.0, "mine": 2.0})
    assert BudgetWrapper(control_center=mix).effector_names == ("respond", "mine")
    assert BudgetWrapper(control_center=NoControl()).effector_names == ()


# execution


@pytest.mark.parametrize("delay", [0, 1, 4])
def test_an_order_becomes_a_deed_after_its_delay(delay):
    repair = ExecutionWrapper.wrap("a", Repair(delay=delay, rate=0.1, cost=7.0))
    deeds = run_effector(repair, [0.0, 0.0, 0.6] + [0.0] * 6, AT_PRODUCT)
    assert [deed.effort for deed in deeds] == [0.0] * (2 + delay) + [0.6] + [0.0] * (6 - delay)
    np.testing.assert_allclose(deeds[2 + delay].repair, 0.06 * AT_PRODUCT)
    expected = 0.6 * 7.0 * PLANT.population / 1000
    assert deeds[2 + delay].cost == pytest.approx(expected)


def test_effort_above_capacity_is_lost():
    (deed,) = run_effector(ExecutionWrapper.wrap("a", Repair(delay=0, capacity=0.25)), [1.0])
    assert deed.effort == 0.25


def execute(name="a", efforts=(1.0,) * 3000, delay=0, chance=0.3):
    repair = ExecutionWrapper.wrap(name, Repair(delay=delay, follow_through=chance))
    return [deed.effort for deed in run_effector(repair, efforts)]


def test_follow_through_is_the_share_of_orders_carried_out():
    assert np.mean(execute()) == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 3000))
    assert sum(execute(chance=0.0)) == 0


def test_follow_through_is_drawn_by_day_and_name():
    full, half = execute("a"), execute("a", (0.5,) * 3000)
    assert half == [0.5 * effort for effort in full]
    assert execute("b") != full
    assert execute("a", (1.0,) * 100, delay=2)[2:] == full[:98]
