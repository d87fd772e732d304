"""Tests of clauses and patterns: known answers, error rates, and the jackknife of spreads."""

import numpy as np
import pytest

from equipoise.experiments.patterns.judgement import (
    combine_verdicts,
    compute_effects,
    judge_clause,
    judge_patterns,
)
from equipoise.experiments.patterns.pattern_file import Clause, Control, Pattern
from equipoise.experiments.patterns.worlds import MeasureRequest

NEAR_ONE = np.linspace(0.9, 1.1, 30)


def make_clause(effect="a - b", **entries):
    return Clause(says="claim", measure="mean satisfaction", effect=effect, **entries)


@pytest.mark.parametrize(
    ("effects", "bounds", "verdict"),
    [
        (NEAR_ONE, {"above": 0.5}, "holds"),
        (NEAR_ONE, {"below": 0.5}, "does not hold"),
        (np.linspace(-1, 1, 30), {"above": 0.1}, "inconclusive"),
        (np.linspace(-0.01, 0.01, 30), {"above": -0.05, "below": 0.05}, "holds"),
        (np.linspace(-1, 1, 30), {"above": -0.05, "below": 0.05}, "inconclusive"),
        (np.linspace(0.9, 1.1, 4), {"above": 0.5}, "inconclusive"),
        (np.full(30, np.nan), {"above": 0.5}, "inconclusive"),
    ],
)
def test_a_clause_is_judged_by_its_interval_and_range(effects, bounds, verdict):
    assert judge_clause(make_clause(**bounds), effects).verdict == verdict


def test_worlds_without_a_value_are_left_out():
    effects = np.append(NEAR_ONE, np.nan)
    result = judge_clause(make_clause(above=0.5), effects)
    assert result.worlds == 30
    assert result.effect == pytest.approx(1.0)
    assert result.low < 1.0 < result.high


def test_noise_rarely_holds():
    random = np.random.default_rng(0)
    clause = make_clause(above=0.0)
    verdicts = [judge_clause(clause, random.normal(size=30)).verdict for _ in range(100)]
    assert verdicts.count("holds") <= 7


def test_all_clauses_must_hold():
    holding = judge_clause(make_clause(above=0.5), NEAR_ONE)
    failing = judge_clause(make_clause(below=0.5), NEAR_ONE)
    assert combine_verdicts((holding, failing), 0.001) == "does not hold"
    assert combine_verdicts((holding, holding), 0.001) == "holds"
    assert combine_verdicts((holding, holding), 0.2) == "inconclusive"


def test_a_refuted_clause_does_not_count_and_must_not_hold():
    holding = judge_clause(make_clause(above=0.5), NEAR_ONE)
    refuted = judge_clause(make_clause(below=0.5, refuted="because"), NEAR_ONE)
    surprising = judge_clause(make_clause(above=0.5, refuted="because"), NEAR_ONE)
    assert refuted.verdict == "does not hold"
    assert combine_verdicts((holding, refuted), 0.001) == "holds"
    assert combine_verdicts((holding, surprising), 0.001) == "does not hold"


def test_an_effect_is_computed_world_by_world():
    arms = {"a": np.array([1.0, 2.0]), "b": np.array([0.5, 4.0])}
    effects = compute_effects(make_clause("a - 0.5*b - 1"), arms)
    np.testing.assert_array_equal(effects, [-0.25, -1.0])


def spread_effects(ratio, worlds=200, seed=0):
    """Return effects on the spread for paired arms whose standard deviations have this ratio."""
    random = np.random.default_rng(seed)
    common = random.normal(size=worlds)
    arms = {
        "a": 5.0 + ratio * (common + random.normal(size=worlds)),
        "b": common + random.normal(size=worlds),
    }
    return compute_effects(make_clause(spread=True), arms)


def test_a_ratio_of_spreads_is_found():
    effects = spread_effects(2.0)
    assert effects.mean() == pytest.approx(np.log(2.0), abs=0.15)
    assert judge_clause(make_clause(above=0.0), effects).verdict == "holds"


def test_equal_spreads_rarely_differ():
    clause = make_clause(above=0.0)
    verdicts = [judge_clause(clause, spread_effects(1.0, 40, seed)).verdict for seed in range(60)]
    assert verdicts.count("holds") <= 5


def test_the_jackknife_by_hand():
    arm = np.array([1.0, 2.0, 4.0, 8.0])
    whole = np.log(np.std(arm, ddof=1))
    without = np.array([np.log(np.std(np.delete(arm, i), ddof=1)) for i in range(4)])
    effects = compute_effects(make_clause("a", spread=True), {"a": arm})
    np.testing.assert_allclose(effects, 4 * whole - 3 * without)


def test_equal_arms_have_equal_spreads():
    arm = np.array([1.0, 2.0, 4.0, 8.0])
    effects = compute_effects(make_clause(spread=True), {"a": arm, "b": arm})
    np.testing.assert_array_equal(effects, np.zeros(4))


def test_p_values_are_corrected_over_patterns_and_controls_are_judged():
    request = MeasureRequest("mean satisfaction")
    pattern = Pattern(
        number=1,
        title="t",
        arms={"a": ("seed=1",), "b": ()},
        clauses=(make_clause(above=0.5),),
        controls=(Control(without="x", set=("seed=3",)),),
        worlds=30,
    )
    same = np.linspace(0.0, 0.2, 40)
    values = {
        (("seed=1",), request): 1.0 + same + np.linspace(0, 0.01, 40),
        ((), request): same,
        (("seed=1", "seed=3"), request): same,
        (("seed=3",), request): same,
    }
    alone = judge_patterns([pattern], values)[0]
    assert alone.is_confirmed
    assert alone.clauses[0].worlds == 30
    assert alone.controls[0].is_absent
    both = judge_patterns([pattern, pattern], values)
    assert both[0].p == pytest.approx(2 * alone.p)
    assert judge_patterns([], {}) == []
