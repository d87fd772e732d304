"""Reference control centers: none, random, steady."""

from dataclasses import replace

import numpy as np
import pytest

from equipoise.firm import check_fixtures
from equipoise.firm.checker import is_same
from equipoise.firm.control.reference_controllers import NoControl, RandomControl, Steady
from equipoise.firm.interfaces import Reading

PLANT = replace(check_fixtures.build_plant(("promise",)), burn_in=10)


def run_control(control, days, plant=PLANT, readings=()):
    """Return the orders of each day, with the same readings every day."""
    state, all_orders = control.init(plant), []
    for day in range(days):
        orders, state = control.step(day, readings, state)
        all_orders.append(orders)
    return all_orders


def make_reading(level=0.5, **more):
    return Reading(0, 0, level, 0.1, np.zeros(4), np.zeros(4), 9, **more)


def test_random_orders_are_uniform_over_efforts_and_departments():
    orders = run_control(RandomControl(every=1), 4000)
    efforts = np.array([list(day.efforts.values()) for day in orders])
    np.testing.assert_allclose(efforts.mean(axis=0), PLANT.budget / 2 / 3, rtol=0.06)
    assert efforts.sum(axis=1).max() <= PLANT.budget
    assert np.sum(efforts.sum(axis=1) < 0.25) == pytest.approx(1000, abs=110)
    np.testing.assert_allclose(np.mean([day.focus for day in orders], axis=0), 0.2, atol=0.03)


def test_random_orders_depend_on_the_seed_and_not_on_readings():
    assert is_same(
        run_control(RandomControl(), 60),
        run_control(RandomControl(), 60, readings=(make_reading(),)),
    )
    assert not is_same(
        run_control(RandomControl(), 60), run_control(RandomControl(), 60, replace(PLANT, seed=2))
    )


@pytest.mark.parametrize(("name", "value"), [("every", 3), ("effort", 0.2)])
def test_every_setting_of_random_control_has_an_effect(name, value):
    assert not is_same(
        run_control(RandomControl(), 30), run_control(RandomControl(**{name: value}), 30)
    )


def test_random_control_without_effectors_orders_nothing():
    assert run_control(RandomControl(), 3, replace(PLANT, effectors=()))[0].efforts == {}


def test_random_orders_change_only_when_it_is_time():
    orders = run_control(RandomControl(every=5), 20)
    assert orders[4] is orders[0]
    assert orders[5] is not orders[4]
    assert len({id(day) for day in orders}) == 4


def test_no_control_orders_nothing_whatever_the_readings():
    for orders in run_control(NoControl(), 5, readings=(make_reading(level=0.1),)):
        assert not any(orders.efforts.values())
        assert not orders.focus.any()


def test_steady_shares_the_budget_equally_every_day():
    plant = replace(PLANT, effectors=("a", "b"), budget=0.5)
    orders = run_control(Steady(effort=0.6), 3, plant, (make_reading(level=0.1),))
    assert [day.efforts for day in orders] == [{"a": 0.15, "b": 0.15}] * 3


def test_steady_effort_is_at_most_one():
    plant = replace(PLANT, effectors=("a",), budget=3.0)
    assert run_control(Steady(effort=1.0), 1, plant)[0].efforts == {"a": 1.0}
