"""PID control by hand, and its guard against windup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.firm import check_fixtures
from equipoise.firm.control.pid import Pid, PidMemory
from equipoise.firm.interfaces import NO_COUNTS, Plant, Reading
from equipoise.settings.settings import DEPARTMENTS


def make_plant(effectors=("push",), set_point=0.5, budget=1.0):
    shares = check_fixtures.build_plant().matrix
    return Plant(1, 1000, 1000, DEPARTMENTS, shares, set_point, 0.04, 0.7, budget, effectors)


def make_reading(day, level, error=0.0, **more):
    return Reading(day, day, level, error, NO_COUNTS, NO_COUNTS, 100, **more)


@pytest.mark.parametrize("sign", [1, -1])
def test_anti_windup_holds_the_integral_in_saturation(sign):
    control = Pid(kp=10, ki=1.0, bias=0.2)
    task, memory = control.init(make_plant()).task, control.initial_memory()
    for _ in range(50):
        output, memory = control.compute_output(0.5 - 0.4 * sign, 1, task, memory)
        assert output == (1.0 if sign > 0 else 0.0)
        assert memory.integral == 0.0


@pytest.mark.parametrize(("level", "output", "integral"), [(0.48, 1.0, 0.7), (0.52, 0.0, -0.1)])
def test_the_integral_moves_to_saturation_and_no_further(level, output, integral):
    control = Pid(kp=5, ki=2.0, bias=0.2)
    got, memory = control.compute_output(
        level, 28, control.init(make_plant()).task, control.initial_memory()
    )
    assert got == pytest.approx(output)
    assert memory.integral == pytest.approx(integral)


def test_the_integral_is_clamped_whatever_the_derivative():
    control = Pid(kp=0, ki=100, kd=100, bias=0.3)
    _, memory = control.compute_output(0.4, 1, control.init(make_plant()).task, PidMemory(0.0, 0.3))
    assert memory.integral == pytest.approx(0.7)


def test_the_integral_runs_over_the_days_between_observations():
    control = Pid(kp=0, ki=0.01)
    state = control.init(make_plant())
    _, state = control.step(3, (make_reading(2, 0.4),), state)
    orders, _ = control.step(9, (make_reading(7, 0.4),), state)
    assert orders.efforts["push"] == pytest.approx(0.01 * 0.1 * (1 + 5))


def test_pid_by_hand():
    control = Pid(kp=2, ki=0.1, kd=3, bias=0.1)
    task = control.init(make_plant()).task
    output, memory = control.compute_output(0.45, 1, task, control.initial_memory())
    assert output == pytest.approx(0.1 + 2 * 0.05 + 0.1 * 0.05)
    output, memory = control.compute_output(0.43, 4, task, memory)
    assert output == pytest.approx(0.1 + 2 * 0.07 + (0.005 + 0.1 * 0.07 * 4) + 3 * 0.02 / 4)
    output, _ = control.compute_output(0.43, 0, task, memory)
    assert output == pytest.approx(0.1 + 2 * 0.07 + 0.033)


def test_without_anti_windup_the_integral_grows_without_limit():
    control = Pid(kp=0, ki=1.0, anti_windup=False)
    task, memory = control.init(make_plant()).task, control.initial_memory()
    for _ in range(10):
        output, memory = control.compute_output(0.0, 1, task, memory)
    assert output == 1.0
    assert memory.integral == pytest.approx(5.0)


@given(st.lists(st.floats(0, 1), min_size=1), st.floats(0, 1), st.floats(0, 100))
def test_bias_plus_integral_stays_within_bounds(levels, bias, ki):
    control = Pid(ki=ki, kd=3.0, bias=bias)
    task, memory = control.init(make_plant()).task, control.initial_memory()
    for level in levels:
        output, memory = control.compute_output(level, 1, task, memory)
        assert 0 <= output <= 1
        assert -1e-12 <= bias + memory.integral <= 1 + 1e-12
