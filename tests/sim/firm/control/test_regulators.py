"""Regulators by hand: PID and anti-windup, threshold, steady, the mix of efforts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.control.regulators import Pid, Steady, Threshold, fuse
from equipoise.firm.interfaces import NO_COUNTS, Plant, Reading
from equipoise.settings.settings import DEPARTMENTS


def plant(effectors=("push",), set_point=0.5, budget=1.0):
    shares = check_fixtures.build_plant().matrix
    return Plant(1, 1000, 1000, DEPARTMENTS, shares, set_point, 0.04, 0.7, budget, effectors)


def reading(day, level, error=0.0):
    return Reading(day, day, level, error, NO_COUNTS, NO_COUNTS, 100)


@pytest.mark.parametrize("sign", [1, -1])
def test_anti_windup_holds_the_integral_in_saturation(sign):
    held = Pid(kp=10, ki=1.0, bias=0.2)
    brief, memory = held.init(plant()).brief, held.start()
    for _ in range(50):
        output, memory = held.react(0.5 - 0.4 * sign, 1, brief, memory)
        assert output == (1.0 if sign > 0 else 0.0)
        assert memory[0] == 0.0


@pytest.mark.parametrize(("level", "output", "integral"), [(0.48, 1.0, 0.7), (0.52, 0.0, -0.1)])
def test_the_integral_moves_to_saturation_and_no_further(level, output, integral):
    made = Pid(kp=5, ki=2.0, bias=0.2)
    got, memory = made.react(level, 28, made.init(plant()).brief, made.start())
    assert got == pytest.approx(output)
    assert memory[0] == pytest.approx(integral)


def test_the_integral_is_clamped_whatever_the_derivative():
    made = Pid(kp=0, ki=100, kd=100, bias=0.3)
    _, memory = made.react(0.4, 1, made.init(plant()).brief, (0.0, 0.3))
    assert memory[0] == pytest.approx(0.7)


def test_the_integral_runs_over_the_days_between_observations():
    control = Pid(kp=0, ki=0.01)
    state = control.init(plant())
    _, state = control.step(3, (reading(2, 0.4),), state)
    orders, _ = control.step(9, (reading(7, 0.4),), state)
    assert orders.efforts["push"] == pytest.approx(0.01 * 0.1 * (1 + 5))


def test_pid_by_hand():
    made = Pid(kp=2, ki=0.1, kd=3, bias=0.1)
    brief = made.init(plant()).brief
    output, memory = made.react(0.45, 1, brief, made.start())
    assert output == pytest.approx(0.1 + 2 * 0.05 + 0.1 * 0.05)
    output, memory = made.react(0.43, 4, brief, memory)
    assert output == pytest.approx(0.1 + 2 * 0.07 + (0.005 + 0.1 * 0.07 * 4) + 3 * 0.02 / 4)
    output, _ = made.react(0.43, 0, brief, memory)
    assert output == pytest.approx(0.1 + 2 * 0.07 + 0.033)


def outputs(control, levels, effectors=("push",), budget=1.0):
    state, out = control.init(plant(effectors, budget=budget)), []
    for day, level in enumerate(levels):
        given = () if level is None else (reading(day, level),)
        orders, state = control.step(day, given, state)
        out.append(orders)
    return out


def test_threshold_has_hysteresis():
    levels = [0.5, 0.47, 0.45, 0.48, None, 0.49, 0.501, 0.47, 0.3]
    efforts = [each.efforts["push"] for each in outputs(Threshold(effort=0.8), levels)]
    assert efforts == [0, 0, 0.8, 0.8, 0.8, 0.8, 0, 0, 0.8]


def test_threshold_must_release_before_it_triggers():
    with pytest.raises(ValueError, match="release must not be above trigger"):
        Threshold(trigger=0.5, release=0.6)


def test_steady_shares_the_budget_equally_every_day():
    orders = outputs(Steady(effort=0.6), [0.5, None, 0.1], ("a", "b"), budget=0.5)
    assert [order.efforts for order in orders] == [{"a": 0.15, "b": 0.15}] * 3


def test_orders_stand_until_something_is_heard():
    first, second, third = outputs(Pid(bias=0.3), [None, 0.45, None])
    assert math.isnan(first.believed)
    assert first.efforts == {"push": 0.3}
    assert third is second
    assert third.believed == 0.45


def test_a_reading_without_a_level_leaves_belief_and_effort():
    control = Pid(kp=4, ki=0)
    state = control.init(plant())
    before, state = control.step(0, (reading(0, 0.4),), state)
    after, _ = control.step(1, (reading(1, math.nan, math.nan),), state)
    assert (after.believed, after.efforts) == (before.believed, before.efforts)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0, 3), st.integers(1, 4))
def test_effort_stays_within_bounds_and_budget(levels, budget, count):
    names = tuple("abcd"[:count])
    for orders in outputs(Pid(kp=50, ki=1, kd=5), levels, names, budget):
        assert all(0 <= effort <= 1 for effort in orders.efforts.values())
        assert sum(orders.efforts.values()) <= budget + 1e-12


def test_effort_is_shared_equally_or_by_the_mix():
    equal = outputs(Pid(kp=100), [0.3], ("a", "b"))[0].efforts
    assert equal == {"a": 0.5, "b": 0.5}
    mixed = outputs(Pid(kp=100, mix={"a": 3, "c": 1}), [0.3], ("a", "b", "c"), budget=0.8)[
        0
    ].efforts
    assert mixed == pytest.approx({"a": 0.6, "b": 0.0, "c": 0.2})


def test_an_unknown_name_in_the_mix_is_an_error():
    with pytest.raises(
        EquipoiseError, match=r"control_center\.mix 'repiar' is not known\. Did you mean 'repair'"
    ):
        Pid(mix={"repiar": 1}).init(plant(("repair", "respond")))


def test_readings_are_fused_by_precision():
    assert fuse((reading(0, 0.4, 0.02), reading(0, 0.7, 0.04))) == pytest.approx(
        (4 * 0.4 + 0.7) / 5
    )
    assert fuse((reading(0, math.nan, math.nan), reading(0, 0.7, 0.1))) == pytest.approx(0.7)
    assert fuse((reading(0, 0.4, 0.0), reading(0, 0.7, 0.1))) == pytest.approx(0.4, abs=1e-6)
    assert math.isnan(fuse((reading(0, math.nan), reading(0, math.nan))))
