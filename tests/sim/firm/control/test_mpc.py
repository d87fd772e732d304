"""Model predictive control of loops with a known answer."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from equipoise.firm import check_fixtures
from equipoise.firm.checker import check, is_same
from equipoise.firm.control.mpc import LoopModel, Mpc, MpcMemory, mean_output
from equipoise.firm.control.pid import Pid
from equipoise.firm.interfaces import ControlCenter, Reading
from equipoise.settings.schema import dump_settings

PLANT = replace(check_fixtures.build_plant(), effectors=("push",), set_point=0.5)
NONE = np.zeros(4)


def loop(
    control,
    a=-0.03,
    b=-0.03,
    disturbance=0.015,
    start=100,
    delay=2,
    noise=0.0,
    days=300,
    every=1,
    plant=PLANT,
):
    """Run e' = e + a e + b u(t - delay) + c, with a lasting c from a day on.

    Returns errors, outputs and the last state.
    """
    random, state, error = np.random.default_rng(1), control.init(plant), 0.1
    outputs, errors = [0.0] * delay, []
    for day in range(days):
        level = min(max(plant.set_point - error + noise * random.standard_normal(), 0), 1)
        given = (Reading(day, day, level, 0.01, NONE, NONE, 9),) if day % every == 0 else ()
        orders, state = control.step(day, given, state)
        outputs.append(orders.efforts["push"])
        errors.append(error)
        error += a * error + b * outputs[day] + (disturbance if day >= start else 0.0)
    return np.array(errors), np.array(outputs[delay:]), state


@pytest.mark.parametrize("delay", [0, 2, 10])
@pytest.mark.parametrize("smoothing", [1.0, 0.3])
def test_the_model_is_found(delay, smoothing):
    control = Mpc(delay=delay, smoothing=smoothing, drift=0.0, memory=36500.0)
    _, _, state = loop(control, delay=delay, start=0, disturbance=0.01, days=200)
    np.testing.assert_allclose(
        state.memory.model.theta, [-0.03, -0.03, 0.01], atol=4e-3 if smoothing == 1 else 9e-3
    )
    assert state.memory.model.is_trusted(2.0)


def test_the_model_is_found_from_a_reading_a_week():
    _, _, state = loop(Mpc(smoothing=1.0, block=7), every=7, days=900, disturbance=0.012, start=0)
    np.testing.assert_allclose(state.memory.model.theta[1], -0.03, atol=0.01)


@pytest.mark.parametrize("delay", [2, 10])
def test_a_lasting_disturbance_is_fully_offset(delay):
    errors, outputs, _ = loop(Mpc(delay=delay, smoothing=1.0, spending=0.0), delay=delay)
    assert np.abs(errors[-40:]).max() < 1e-3
    assert outputs[-1] == pytest.approx(0.5, abs=0.01)


def test_with_a_long_delay_mpc_beats_pid():
    planned, _, _ = loop(Mpc(delay=10, smoothing=0.3), delay=10, noise=0.01)
    for control in (Pid(), Pid(kp=20, ki=0.5), Pid(kp=2, ki=0.02)):
        errors, _, _ = loop(control, delay=10, noise=0.01)
        assert np.abs(planned[100:]).mean() < 0.7 * np.abs(errors[100:]).mean()


def test_a_wrong_declared_delay_does_worse():
    right, wrong = (loop(Mpc(delay=delay, smoothing=1.0), delay=10)[0] for delay in (10, 0))
    assert np.abs(right[100:]).mean() < np.abs(wrong[100:]).mean()


def make_memory(theta, error=0.1, outputs=((-36500, 0.0),)):
    return MpcMemory(
        LoopModel(np.array(theta), np.eye(3) * 1e-6, 1e-6), 50, error, 0.0, outputs, (), 0
    )


def test_the_plan_is_optimal():
    control, memory = (
        Mpc(delay=3, horizon=20, block=5, spending=0.002, haste=0.01),
        make_memory([-0.05, -0.01, 0.002]),
    )

    def total_cost(u):
        outputs = np.concatenate([np.zeros(3), np.repeat(u, 5)])
        error, total = 0.1, 0.0
        for t in range(23):
            error += -0.05 * error - 0.01 * outputs[t] + 0.002
            total += error**2 * (t >= 3)
        moves = np.diff([0.0, *u])
        return total + 5 * 0.002 * np.sum(np.square(u)) + 5 * 0.01 * np.sum(moves**2)

    plan = control._plan(memory)
    best = minimize(total_cost, np.full(4, 0.5), bounds=[(0, 1)] * 4, options={"ftol": 1e-14})
    np.testing.assert_allclose(plan, best.x, atol=2e-3)
    assert min(plan) > 0


def test_what_is_on_its_way_is_not_ordered_twice():
    control = Mpc(delay=10, horizon=14, spending=0.0, haste=0.0)
    fresh = control._plan(make_memory([0.0, -0.01, 0.0], error=0.05))
    underway = control._plan(
        make_memory([0.0, -0.01, 0.0], error=0.05, outputs=((-36500, 0.0), (45, 1.0)))
    )
    assert underway[0] < 0.2 * fresh[0]


def test_output_is_cautious_while_the_model_is_unsure():
    control = Mpc(caution=2.0, probe=0.1)
    orders, state = control.step(0, (Reading(0, 0, 0.4, 0.01, NONE, NONE, 9),), control.init(PLANT))
    assert orders.efforts["push"] == pytest.approx(0.2)
    assert not state.memory.model.is_trusted(2.0)
    outputs = {
        round(output, 3) for output in loop(control, b=0.0, a=0.0, disturbance=0.0, days=60)[1]
    }
    assert outputs == {0.2, 0.3}


def test_a_model_in_which_effort_harms_is_not_trusted():
    sure = np.eye(3) * 1e-6
    assert LoopModel(np.array([0, -0.1, 0]), sure, 1e-6).is_trusted(2.0)
    assert not LoopModel(np.array([0, 0.1, 0]), sure, 1e-6).is_trusted(2.0)
    assert not LoopModel(np.array([0, -0.1, 0]), np.eye(3) * 1e4, 1.0).is_trusted(2.0)


def test_an_unstable_model_is_made_stable():
    covariance = np.array([[1.0, 0.5, 0], [0.5, 1.0, 0], [0, 0, 1.0]])
    np.testing.assert_allclose(
        LoopModel(np.array([0.2, -0.3, 0.1]), covariance, 1.0).stable_theta(), [0, -0.4, 0.1]
    )
    np.testing.assert_allclose(
        LoopModel(np.array([-0.2, -0.3, 0.1]), covariance, 1.0).stable_theta(), [-0.2, -0.3, 0.1]
    )


def test_mean_output_by_hand():
    outputs = ((-100, 0.0), (10, 1.0), (12, 0.5))
    assert mean_output(outputs, 0, 10) == 0
    assert mean_output(outputs, 8, 14) == pytest.approx((0 * 2 + 1 * 2 + 0.5 * 2) / 6)
    assert mean_output(outputs, 20, 30) == 0.5
    assert mean_output(outputs, 11, 12) == 1.0


def test_history_stays_short():
    _, _, state = loop(Mpc(), noise=0.02, days=1500)
    assert len(state.memory.outputs) < 450
    assert state.memory.outputs[0][0] <= state.memory.day - 2


def test_the_budget_holds():
    poor = replace(PLANT, budget=0.3)
    _, outputs, _ = loop(Mpc(), plant=poor)
    assert outputs.max() <= 0.3 + 1e-12
    assert outputs.max() > 0.2


FLIPS = {
    "mix": {"respond": 1.0},
    "recent": 3.0,
    "usual": 10.0,
    "certainty": 0.0,
    "delay": 9,
    "horizon": 14,
    "block": 3,
    "every": 3,
    "spending": 0.05,
    "haste": 0.05,
    "memory": 20.0,
    "drift": 0.01,
    "smoothing": 0.9,
    "sure": 0.5,
    "caution": 9.0,
    "probe": 0.4,
}


def test_every_setting_is_tried():
    assert set(FLIPS) == set(Mpc.model_fields) - set(ControlCenter.model_fields)


@pytest.mark.parametrize("name", FLIPS)
def test_every_setting_changes_the_orders(name):
    plant = replace(PLANT, effectors=("push", "respond"))
    random = np.random.default_rng(2).random((200, 4))

    def orders(control):
        state, out, error = control.init(plant), [], 0.1
        for day in range(200):
            reading = Reading(
                day,
                day,
                0.5 - error,
                0.01,
                NONE,
                np.floor(9 * random[day]) + 9 * (day > 99) * np.eye(4)[1],
                9,
            )
            got, state = control.step(day, (reading,), state)
            error += (
                -0.03 * error
                - 0.03 * sum(got.efforts.values())
                + 0.012
                + 0.002 * (random[day, 0] - 0.5)
            )
            out.append(got)
        return out

    flipped = Mpc.model_validate(
        {k: v for k, v in dump_settings(Mpc()).items() if k != "kind"} | {name: FLIPS[name]}
    )
    assert not is_same(orders(Mpc()), orders(flipped))


@pytest.mark.parametrize(
    "more", [{"delay": 0}, {"smoothing": 1.0, "sure": 0.0}, {"horizon": 3, "block": 7, "every": 1}]
)
def test_variants_keep_the_contract(more):
    check(Mpc(**more))


def test_without_readings_the_loop_is_at_rest():
    control = Mpc()
    orders, _ = control.step(0, (), control.init(PLANT))
    assert orders.efforts == {"push": 0.0}
    assert math.isnan(orders.believed)
