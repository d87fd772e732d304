"""Enough worlds: stopping at a width, worlds until a verdict, and what common random numbers save."""

import numpy as np
import pytest

from equipoise.analysis.comparison.differences import Rules, assess
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.comparison.resampling import bca, generator
from equipoise.analysis.comparison.sample_size import PILOT, stopping, to_decide, variance_reduction
from equipoise.errors import EquipoiseError


def normal(*shape):
    return generator("replicates", *shape).normal(size=shape)


# stopping


def test_it_stops_when_the_widest_interval_is_narrow_enough():
    sample = normal(40, 3) * [1, 2, 3]
    low, high = bca(sample, 0.95, 999, "bca", "x")
    now = stopping(sample, 10.0, "x", resamples=999)
    assert now == (True, pytest.approx((high - low)[2]), 0)
    wanted = stopping(sample, now.width / 2, "x", resamples=999)
    assert (wanted.enough, wanted.more) == (False, 120)
    assert stopping(sample, now.width / 4, "x", resamples=999).more == 360
    assert stopping(sample, now.width / 4, "x", resamples=999, cap=100).more == 60
    assert not stopping(sample, now.width / 4, "x", resamples=999, cap=40).more


def test_it_wants_a_pilot_first_and_pairs_to_judge_by():
    assert stopping(np.zeros((3, 1)), 1.0).more == PILOT - 3
    assert stopping(np.zeros((9, 1)), 1.0, cap=5).more == 0, "more worlds are there than the cap"
    assert stopping(np.zeros((PILOT, 1)), 1.0) == (True, 0.0, 0)
    failed = np.full((PILOT, 1), np.nan)
    assert stopping(failed, 1.0)[::2] == (False, PILOT)
    with pytest.raises(EquipoiseError, match="The width is 0"):
        stopping(failed, 0)


# Share of 95 % intervals that hold the true mean when worlds are added until the width is reached: 600 sequences,
# three standard errors are 0.03. Stopping at p <= 0.05 instead would give a false alarm in most of them.
@pytest.mark.slow
@pytest.mark.parametrize(("name", "claimed"), [("normal", 0.947), ("exponential", 0.931)])
def test_stopping_at_a_width_nearly_keeps_coverage(name, claimed):
    covered, used = [], []
    for sequence in range(600):
        rng = generator("stop", name, sequence)
        d = (
            rng.normal(size=(200, 1)) if name == "normal" else rng.exponential(size=(200, 1)) - 1
        ) * 1.0
        n = PILOT
        while more := stopping(d[:n], 0.6, sequence, cap=200, resamples=399).more:
            n += more
        low, high = bca(d[:n], 0.95, 999, sequence)
        covered.append(low[0] <= 0 <= high[0])
        used.append(n)
    assert np.mean(covered) == pytest.approx(claimed, abs=0.03)
    assert 35 < np.mean(used) < 70


# worlds until a verdict


def test_worlds_to_add_follow_the_formula():
    # ((1.960 + 0.8416) * 2 / 1)^2 = 31.4, so 12 more than 20
    assert to_decide(1.0, 2.0, (20, 20)) == 12
    # of 11: z(1 - 0.05/22) = 2.838, so ((2.838 + 0.8416) * 2)^2 = 54.2
    assert to_decide(1.0, 2.0, (20, 20), comparisons=11) == 35
    # no difference: ((1.960 + 1.2816) * 2 / 1)^2 = 42.03
    assert to_decide(0.0, 2.0, (20, 20), margin=1.0) == 23
    # every other world without a pair: twice the worlds
    assert to_decide(1.0, 2.0, (20, 40)) == 23
    assert to_decide(1.5, 2.0, (20, 20), least=0.5) == 12


def test_worlds_to_add_have_their_limits():
    assert to_decide(0.0, 2.0, (20, 20)) is None, (
        "no difference and no margin: nothing would decide"
    )
    assert to_decide(0.01, 2.0, (20, 20)) is None, "beyond the cap"
    assert to_decide(0.01, 2.0, (20, 20), cap=10**6) is not None
    assert to_decide(5.0, 2.0, (400, 400)) is None, "at the cap"
    assert to_decide(np.nan, np.nan, (0, 10)) is None, "never a pair"
    assert to_decide(1.0, np.nan, (1, 1)) == 5, "at least six, for a p-value of 2 / 2^6"
    assert to_decide(0.0, 0.0, (3, 3), margin=1.0) == 3
    assert to_decide(9.0, 1.0, (20, 20)) == 10, "undecided for all that: half as many again"
    assert to_decide(9.0, 1.0, (390, 390)) == 10, "and no more than the cap"
    assert to_decide(1.0, 2.0, (31, 31)) == 7, "a quarter, where one more is missing"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mean", "rules"), [(1.0, Rules(resamples=999)), (0.0, Rules(resamples=999, margin=1.0))]
)
def test_the_planned_worlds_decide_as_often_as_planned(mean, rules):
    n = 5 + to_decide(mean, 2.0, (5, 5), margin=rules.margin)
    verdict = assess(normal(n, 1_000) * 2 + mean, np.arange(1_000), rules, "planned").verdict
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
