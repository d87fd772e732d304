"""The base class of regulators: fusion, spread of effort, diagnosis."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.control.pid import Pid
from equipoise.firm.control.regulator import fuse_levels
from equipoise.firm.interfaces import NO_COUNTS, Plant, Reading
from equipoise.settings.settings import DEPARTMENTS


def make_plant(effectors=("push",), set_point=0.5, budget=1.0):
    shares = check_fixtures.build_plant().matrix
    return Plant(1, 1000, 1000, DEPARTMENTS, shares, set_point, 0.04, 0.7, budget, effectors)


def make_reading(day, level, error=0.0, **more):
    return Reading(day, day, level, error, NO_COUNTS, NO_COUNTS, 100, **more)


def run_regulator(control, levels, effectors=("push",), budget=1.0):
    """Return the orders of each day; a level of None is a day without a reading."""
    state, all_orders = control.init(make_plant(effectors, budget=budget)), []
    for day, level in enumerate(levels):
        readings = () if level is None else (make_reading(day, level),)
        orders, state = control.step(day, readings, state)
        all_orders.append(orders)
    return all_orders


def test_orders_stay_in_force_until_the_next_reading():
    first, second, third = run_regulator(Pid(bias=0.3), [None, 0.45, None])
    assert math.isnan(first.believed)
    assert first.efforts == {"push": 0.3}
    assert third is second
    assert third.believed == 0.45


def test_a_reading_without_a_level_leaves_belief_and_effort():
    control = Pid(kp=4, ki=0)
    state = control.init(make_plant())
    before, state = control.step(0, (make_reading(0, 0.4),), state)
    after, _ = control.step(1, (make_reading(1, math.nan, math.nan),), state)
    assert (after.believed, after.efforts) == (before.believed, before.efforts)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0, 3), st.integers(1, 4))
def test_effort_stays_within_bounds_and_budget(levels, budget, count):
    names = tuple("abcd"[:count])
    for orders in run_regulator(Pid(kp=50, ki=1, kd=5), levels, names, budget):
        assert all(0 <= effort <= 1 for effort in orders.efforts.values())
        assert sum(orders.efforts.values()) <= budget + 1e-12


def test_effort_is_shared_equally_or_by_the_mix():
    equal = run_regulator(Pid(kp=100), [0.3], ("a", "b"))[0].efforts
    assert equal == {"a": 0.5, "b": 0.5}
    mixed = run_regulator(Pid(kp=100, mix={"a": 3, "c": 1}), [0.3], ("a", "b", "c"), budget=0.8)[
        0
    ].efforts
    assert mixed == pytest.approx({"a": 0.6, "b": 0.0, "c": 0.2})


def test_an_unknown_name_in_the_mix_is_an_error():
    with pytest.raises(
        EquipoiseError, match=r"control_center\.mix 'repiar' is not known\. Did you mean 'repair'"
    ):
        Pid(mix={"repiar": 1}).init(make_plant(("repair", "respond")))


def test_readings_are_fused_by_precision():
    assert fuse_levels((make_reading(0, 0.4, 0.02), make_reading(0, 0.7, 0.04))) == pytest.approx(
        (4 * 0.4 + 0.7) / 5
    )
    assert fuse_levels(
        (make_reading(0, math.nan, math.nan), make_reading(0, 0.7, 0.1))
    ) == pytest.approx(0.7)
    assert fuse_levels((make_reading(0, 0.4, 0.0), make_reading(0, 0.7, 0.1))) == pytest.approx(
        0.4, abs=1e-6
    )
    assert math.isnan(fuse_levels((make_reading(0, math.nan), make_reading(0, math.nan))))


def test_attention_follows_named_causes():
    named = make_reading(0, 0.4, causes=np.array([0, 0, 0, 9.0, 1]))
    control = Pid()
    orders, _ = control.step(0, (named,), control.init(make_plant()))
    np.testing.assert_allclose(orders.focus, [0, 0, 0, 1, 0])
    orders, _ = control.step(0, (make_reading(0, 0.4),), control.init(make_plant()))
    assert not orders.focus.any()
