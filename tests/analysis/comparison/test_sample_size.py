"""Enough worlds: stopping at a width, worlds until a verdict, and what common random numbers save."""

import numpy as np
import pytest

from equipoise.analysis.comparison.differences import VerdictRules, assess_differences
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.comparison.resampling import bca_interval, build_generator
from equipoise.analysis.comparison.sample_size import (
    PILOT_WORLDS,
    decide_stopping,
    variance_reduction,
    worlds_to_add,
)
from equipoise.errors import EquipoiseError


def normal(*shape):
    return build_generator("replicates", *shape).normal(size=shape)


# stopping


def test_it_stops_when_the_widest_interval_is_narrow_enough():
    sample = normal(40, 3) * [1, 2, 3]
    low, high = bca_interval(sample, 0.95, 999, "bca", "x")
    now = decide_stopping(sample, 10.0, "x", resamples=999)
    assert now == (True, pytest.approx((high - low)[2]), 0)
    wanted = decide_stopping(sample, now.width / 2, "x", resamples=999)
    assert (wanted.enough, wanted.more) == (False, 120)
    assert decide_stopping(sample, now.width / 4, "x", resamples=999).more == 360
    assert decide_stopping(sample, now.width / 4, "x", resamples=999, cap=100).more == 60
    assert not decide_stopping(sample, now.width / 4, "x", resamples=999, cap=40).more


def test_it_wants_a_pilot_first_and_pairs_to_judge_by():
    assert decide_stopping(np.zeros((3, 1)), 1.0).more == PILOT_WORLDS - 3
    assert decide_stopping(np.zeros((9, 1)), 1.0, cap=5).more == 0, (
        "more worlds are there than the cap"
    )
    assert decide_stopping(np.zeros((PILOT_WORLDS, 1)), 1.0) == (True, 0.0, 0)
    failed = np.full((PILOT_WORLDS, 1), np.nan)
    assert decide_stopping(failed, 1.0)[::2] == (False, PILOT_WORLDS)
    with pytest.raises(EquipoiseError, match="The width is 0"):
        decide_stopping(failed, 0)


# Share of 95 % intervals that hold the true mean when worlds are added until the width is reached: 600 sequences,
# three standard errors are 0.03. Stopping at p <= 0.05 instead would give a false alarm in most of them.
@pytest.mark.slow
@pytest.mark.parametrize(("name", "claimed"), [("normal", 0.947), ("exponential", 0.931)])
def test_stopping_at_a_width_nearly_keeps_coverage(name, claimed):
    covered, used = [], []
    for sequence in range(600):
        rng = build_generator("stop", name, sequence)
        d = (
            rng.normal(size=(200, 1)) if name == "normal" else rng.exponential(size=(200, 1)) - 1
        ) * 1.0
        n = PILOT_WORLDS
        while more := decide_stopping(d[:n], 0.6, sequence, cap=200, resamples=399).more:
            n += more
        low, high = bca_interval(d[:n], 0.95, 999, sequence)
        covered.append(low[0] <= 0 <= high[0])
        used.append(n)
    assert np.mean(covered) == pytest.approx(claimed, abs=0.03)
    assert 35 < np.mean(used) < 70


# worlds until a verdict


def test_worlds_to_add_follow_the_formula():
    # ((1.960 + 0.8416) * 2 / 1)^2 = 31.4, so 12 more than 20
    assert worlds_to_add(1.0, 2.0, (20, 20)) == 12
    # of 11: z(1 - 0.05/22) = 2.838, so ((2.838 + 0.8416) * 2)^2 = 54.2
    assert worlds_to_add(1.0, 2.0, (20, 20), comparisons=11) == 35
    # no difference: ((1.960 + 1.2816) * 2 / 1)^2 = 42.03
    assert worlds_to_add(0.0, 2.0, (20, 20), margin=1.0) == 23
    # every other world without a pair: twice the worlds
    assert worlds_to_add(1.0, 2.0, (20, 40)) == 23
    assert worlds_to_add(1.5, 2.0, (20, 20), least=0.5) == 12


def test_worlds_to_add_have_their_limits():
    assert worlds_to_add(0.0, 2.0, (20, 20)) is None, (
        "no difference and no margin: nothing would decide"
    )
    assert worlds_to_add(0.01, 2.0, (20, 20)) is None, "beyond the cap"
    assert worlds_to_add(0.01, 2.0, (20, 20), cap=10**6) is not None
    assert worlds_to_add(5.0, 2.0, (400, 400)) is None, "at the cap"
    assert worlds_to_add(np.nan, np.nan, (0, 10)) is None, "never a pair"
    assert worlds_to_add(1.0, np.nan, (1, 1)) == 5, "at least six, for a p-value of 2 / 2^6"
    assert worlds_to_add(0.0, 0.0, (3, 3), margin=1.0) == 3
    assert worlds_to_add(9.0, 1.0, (20, 20)) == 10, "undecided for all that: half as many again"
    assert worlds_to_add(9.0, 1.0, (390, 390)) == 10, "and no more than the cap"
    assert worlds_to_add(1.0, 2.0, (31, 31)) == 7, "a quarter, where one more is missing"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mean", "rules"),
    [(1.0, VerdictRules(resamples=999)), (0.0, VerdictRules(resamples=999, margin=1.0))],
)
def test_the_planned_worlds_decide_as_often_as_planned(mean, rules):
    n = 5 + worlds_to_add(mean, 2.0, (5, 5), margin=rules.margin)
    verdict = assess_differences(
        normal(n, 1_000) * 2 + mean, np.arange(1_000), rules, "planned"
    ).verdict
    assert (verdict > 0).mean() == pytest.approx(0.8, abs=0.05)


# common random numbers


def test_variance_reduction_is_the_ratio_of_variances():
    luck = normal(60)
    values = np.array([[luck], [luck + 0.1 * normal(61)[:60]], [3 * luck]])
    outcomes = Outcomes("cost", ("a", "b", "c"), ("x",), tuple(range(60)), values, "lower")
    saved = variance_reduction(outcomes)
    # var(a) + var(3a) over var(2a) is 10 / 4
    assert (saved.pairs, saved.least) == (3, pytest.approx(2.5, rel=0.15))
    a, b, c = values[:, 0]
    ratios = sorted((x.var() + y.var()) / (x - y).var() for x, y in [(a, b), (a, c), (b, c)])
    assert saved.median == pytest.approx(ratios[1])
    assert ratios[2] > 100


def test_independent_worlds_save_nothing_and_equal_strategies_say_nothing():
    values = normal(2, 1, 4_000)
    independent = Outcomes("cost", ("a", "b"), ("x",), tuple(range(4_000)), values, "lower")
    assert variance_reduction(independent).median == pytest.approx(1, abs=0.1)
    same = Outcomes(
        "cost",
        ("a", "b"),
        ("x",),
        tuple(range(4_000)),
        values[[0, 0]] + [[[0.0]], [[0.1]]],
        "lower",
    )
    assert variance_reduction(same)[::2] == (pytest.approx(np.nan, nan_ok=True), 0)
