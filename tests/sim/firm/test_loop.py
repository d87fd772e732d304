"""The loop against mathematics: delay and gain, windup, the lens, diagnosis, the assembled firm."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.control import diagnosis
from equipoise.firm.control.regulators import NoControl, Pid, Steady, Threshold, fuse
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.interfaces import (
    NO_DEED,
    Effector,
    Market,
    Orders,
    Plant,
    Posts,
    Reading,
    Truth,
)
from equipoise.firm.loop import FirmLoop, assemble_firm
from equipoise.firm.organisation.departments import Departments
from equipoise.firm.receptors.reference import Blind, Oracle
from equipoise.firm.wrappers import BudgetWrapper, ExecutionWrapper, LensWrapper
from equipoise.settings.settings import DEPARTMENTS, Firm, Lens, Settings

NONE = np.zeros(4)
NO_POSTS = Posts(*(np.zeros(0, kind) for kind in (np.uint32, np.uint8, np.uint8, np.float32)))
WELL = np.zeros(5)
GAIN = 0.01


class Push(Effector):
    kind = "push"

    def init(self, plant):
        return None

    def step(self, day, effort, focus, state):
        return NO_DEED, state


def plant(effectors=("push",), set_point=0.5, budget=1.0):
    shares = check_fixtures.build_plant().matrix
    return Plant(1, 1000, 1000, DEPARTMENTS, shares, set_point, 0.04, 0.7, budget, effectors)


def market(day, level, faults=WELL):
    return Market(
        day, 500, NO_POSTS, NONE, NONE, 100, 0, 0, 0.6, lambda n: (NONE, NONE), Truth(level, faults)
    )


def reading(day, level, error=0.0, trouble=NONE):
    return Reading(day, day, level, error, NONE, trouble, 100)


def loop(control, receptor=None, delay=0):
    push = ExecutionWrapper.wrap("push", Push(delay=delay))
    return FirmLoop(plant(), receptor or Oracle(), control, (push,))


def integrate(k, delay, days, start=1e-5, bias=0.5):
    """Let the loop hold an integrator x' = x + GAIN (effort - bias); return its deviation from the set-point."""
    firm, x, out = loop(Pid(kp=k / GAIN, ki=0, bias=bias), delay=delay), 0.5 + start, []
    for day in range(days):
        out.append(x - 0.5)
        firm.decide(market(day, x))
        if day >= delay:
            x += GAIN * (firm.deeds[0].effort - bias)
    return np.array(out)


@pytest.mark.parametrize("delay", [0, 1, 2, 5])
def test_the_loop_is_an_integrator_with_delay(delay):
    k, days = 0.3, 100
    expected = np.full(days + 1, 1e-3)
    for t in range(delay, days):
        expected[t + 1] = expected[t] - k * expected[t - delay]
    np.testing.assert_allclose(integrate(k, delay, days, 1e-3), expected[:days], atol=1e-13)


@pytest.mark.parametrize(("delay", "limit"), [(1, 1.0), (2, (math.sqrt(5) - 1) / 2)])
def test_stability_limit(delay, limit):
    def growth(k):
        size = np.abs(integrate(k, delay, 400))
        return size[-60:].max() / size[40:100].max()

    assert growth(0.98 * limit) < 0.5
    assert growth(1.02 * limit) > 2


@pytest.mark.parametrize("delay", [1, 2, 3])
def test_monotone_up_to_the_published_gain(delay):
    limit = delay**delay / (delay + 1) ** (delay + 1)
    under, over = integrate(0.98 * limit, delay, 60, 4e-3), integrate(1.15 * limit, delay, 60, 4e-3)
    assert under.min() > 0
    assert (np.diff(under) <= 0).all()
    assert over.min() < -1e-12


def days_to_recover(anti_windup):
    """Drain the integrator beyond what full effort can hold, for 60 days; return days until it is back for good."""
    firm, x, out = loop(Pid(kp=20, ki=1.0, anti_windup=anti_windup)), 0.5, []
    for day in range(700):
        firm.decide(market(day, x))
        drain = 1.2 if 50 <= day < 110 else 0.5
        x = min(max(x + GAIN * (firm.deeds[0].effort - drain), 0.0), 1.0)
        out.append(abs(x - 0.5) > 0.04)
    return np.flatnonzero(out)[-1] - 109


def test_anti_windup_recovers_faster():
    assert days_to_recover(True) < 0.5 * days_to_recover(False)


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


def steady_error(lens, kp=5.0, leak=0.02, pull=0.1):
    receptor = LensWrapper(receptor=Oracle(), lens=lens) if lens else Oracle()
    firm, x = loop(Pid(kp=kp, ki=0), receptor), 0.5
    for day in range(900):
        firm.decide(market(day, x))
        x += leak * (0.5 - pull - x) + GAIN * firm.deeds[0].effort
    return 0.5 - x


@pytest.mark.parametrize(
    "lens", [None, Lens(layers=1, attenuation=0.5, delay=0), Lens(layers=3, attenuation=0.3)]
)
def test_the_lens_leaves_a_standing_error_even_with_perfect_execution(lens):
    passed = (1 - lens.attenuation) ** lens.layers if lens else 1.0
    assert steady_error(lens) == pytest.approx(0.1 / (1 + passed * 5 * GAIN / 0.02), rel=1e-6)


def test_the_lens_keeps_back_delays_and_hides():
    lens = LensWrapper(
        receptor=Oracle(), lens=Lens(layers=2, attenuation=0.5, threshold=0.05, delay=3)
    )
    state = lens.init(plant())
    seen = []
    for day in range(10):
        got, state = lens.step(market(day, 0.3 if day == 1 else 0.7, np.full(5, 0.0)), state)
        seen.append(got)
    assert seen[:6] == [None] * 6
    assert [(each.observed, each.delivered) for each in seen[6:]] == [
        (0, 6),
        (1, 7),
        (2, 8),
        (3, 9),
    ]
    assert seen[7].satisfaction == pytest.approx(0.5 - 0.2 / 4)
    assert seen[8].satisfaction == 0.7
    filtered = lens._filter(
        Reading(0, 0, 0.5, 0, NONE, np.array([40.0, 16.0, 24.0, 0.0]), 100), 0.5
    )
    np.testing.assert_allclose(filtered.trouble, [10, 0, 6, 0])


def test_a_lens_of_no_layers_changes_nothing():
    lens = LensWrapper(receptor=Oracle(), lens=Lens(layers=0, threshold=1.0))
    got, _ = lens.step(market(3, 0.3, np.full(5, 0.2)), lens.init(plant()))
    bare, _ = Oracle().step(market(3, 0.3, np.full(5, 0.2)), plant().matrix)
    assert got.satisfaction == bare.satisfaction
    assert got.delivered == 3
    np.testing.assert_array_equal(got.trouble, bare.trouble)


# control centers


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


class Spends(NoControl):
    def step(self, day, readings, state):
        return Orders(0.5, {"a": 2.0, "b": 1.0}, np.zeros(5)), state


def test_the_budget_holds_whoever_decides():
    control = BudgetWrapper(control_center=Spends())
    orders, _ = control.step(0, (), control.init(plant(("a", "b"), budget=0.5)))
    assert orders.efforts == {"a": 0.25, "b": 0.25}


# diagnosis

SIGNS = diagnosis.signatures(plant().matrix)


@pytest.mark.parametrize("where", range(5))
def test_one_sick_department_is_found(where):
    usual = np.array([0.4, 0.1, 0.3, 0.2])
    fault = plant().matrix[:, where] - plant().matrix[:, where].mean()
    evidence = diagnosis.Evidence(1e5 * (usual + 0.2 * fault), 1e5 * usual)
    np.testing.assert_allclose(diagnosis.focus(evidence, SIGNS, 2.0), np.eye(5)[where], atol=1e-9)


def test_two_sick_departments_are_both_found():
    usual = np.full(4, 0.25)
    both = 0.1 * SIGNS[:, 3] + 0.08 * SIGNS[:, 4]
    where = diagnosis.focus(diagnosis.Evidence(1e5 * (usual + both), 1e5 * usual), SIGNS, 2.0)
    assert where[3] > where[4] > 0.2
    assert where[[0, 1, 2]].sum() < 0.2


def test_chance_is_not_diagnosed():
    evidence = diagnosis.Evidence(np.array([6.0, 5.0, 4.0, 5.0]), np.full(4, 100.0))
    assert not diagnosis.focus(evidence, SIGNS, 2.0).any()
    assert diagnosis.focus(evidence, SIGNS, 0.0).any()


def test_the_usual_is_learned_in_calm_only():
    trouble = np.array([9.0, 0.0, 0.0, 0.0])
    calm = diagnosis.gather(diagnosis.NO_EVIDENCE, trouble, (0.5, 0.9), calm=True)
    storm = diagnosis.gather(diagnosis.NO_EVIDENCE, trouble, (0.5, 0.9), calm=False)
    assert calm.usual[0] == pytest.approx(0.9 * 5 + 9)
    np.testing.assert_array_equal(storm.usual, diagnosis.NO_EVIDENCE.usual)
    np.testing.assert_array_equal(storm.recent, trouble)


@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=8), st.floats(0, 5))
def test_focus_is_shares_or_nothing(counts, certainty):
    evidence = diagnosis.Evidence(np.array(counts[:4]), np.array(counts[4:]))
    where = diagnosis.focus(evidence, SIGNS, certainty)
    assert (where >= 0).all()
    assert where.sum() == pytest.approx(1, abs=1e-9) or not where.any()


def test_a_department_that_matters_evenly_leaves_no_signature():
    signs = diagnosis.signatures(np.full((4, 2), 0.5))
    assert not signs.any()


# the assembled firm


def settings(**more):
    effector = {"repair": {"kind": "repair"}}
    return Settings.model_validate(
        {"receptor": {"kind": "oracle"}, "control_center": {"kind": "pid"}, "effector": effector}
        | more
    )


def faulted(settings, days=200):
    """Let a product fault strike on day 20; satisfaction is on the set-point when all is well, and follows quality."""
    departments = Departments(settings.firm, 1000)
    firm = assemble_firm(
        settings, plant(tuple(settings.effector), settings.firm.set_point, settings.firm.budget)
    )
    well, goal = departments.quality().mean(), settings.firm.set_point
    x, levels, logs = goal, [], []
    for day in range(days):
        for deed in firm.deeds:
            departments.apply_deed(deed)
        if day == 20:
            departments.lasting_fault = departments.lasting_fault + 0.35 * np.eye(5)[2]
        x += 0.1 * (goal + departments.quality().mean() - well - x)
        firm_day = firm.decide(market(day, x, departments.faults))
        logs.append(firm_day.columns(firm.plant))
        levels.append(x)
    return np.array(levels), logs


def test_the_loop_brings_a_faulted_firm_back_into_its_band():
    steady, firm = faulted(settings(), 400), Firm()
    left, _ = faulted(settings(control_center={"kind": "none"}))
    assert left[-1] < firm.set_point - firm.band
    assert abs(steady[0][-100:] - firm.set_point).max() < firm.band
    assert max(log["focus_product"] for log in steady[1]) > 0.9


@pytest.mark.parametrize(
    "knocked",
    [{"receptor": {"kind": "blind"}}, {"control_center": {"kind": "none"}}, {"effector": {}}],
    ids=["receptor", "control_center", "effector"],
)
def test_each_link_of_the_loop_is_needed(knocked):
    full, broken = faulted(settings())[0][-1], faulted(settings(**knocked))[0][-1]
    nothing = faulted(
        settings(receptor={"kind": "blind"}, control_center={"kind": "none"}, effector={})
    )[0][-1]
    assert broken - nothing < 0.2 * (full - nothing)


def test_the_log_has_the_names_of_the_record():
    _, logs = faulted(settings(lens={"layers": 2, "delay": 3}), 30)
    expected = {"reading", "reading_error", "reading_age", "believed", "cost", "effort_repair"}
    assert set(logs[-1]) == expected | {f"focus_{name}" for name in DEPARTMENTS}
    assert math.isnan(logs[0]["reading"])
    assert logs[-1]["reading_age"] == 6
    assert all(isinstance(value, (int, float)) for value in logs[-1].values())


def test_cost_is_of_what_is_done():
    repair = Repair()
    again = settings(receptor={"kind": "blind"}, control_center={"kind": "pid", "bias": 0.5})
    _, logs = faulted(again, 10)
    assert [log["effort_repair"] for log in logs] == [0.5] * 10
    assert [log["cost"] for log in logs] == [0.0] * repair.delay + [0.5 * repair.cost] * (
        10 - repair.delay
    )


def test_only_a_receptor_of_truth_is_shown_the_truth():
    for kind, lens in (("oracle", 0), ("oracle", 2), ("survey", 0), ("mentions", 1), ("blind", 2)):
        firm = assemble_firm(
            settings(receptor={"kind": kind}, lens={"layers": lens}), plant(("repair",))
        )
        assert firm.sees_truth is (kind == "oracle")
    assert not Blind().sees_truth
