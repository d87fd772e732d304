"""Ranks, regret, satisficing and Pareto fronts: known answers, and who is probably best."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.comparison.pareto import front_points, front_probability, pareto_front
from equipoise.analysis.comparison.ranking import (
    best_probability,
    compute_regrets,
    compute_satisficing,
    rank_strategies,
    regret_table,
)
from equipoise.analysis.comparison.resampling import build_generator
from equipoise.errors import EquipoiseError

NAMES = ("a", "b", "c", "d", "e")
POINTS = arrays(
    float, st.tuples(st.just(2), st.integers(1, 8)), elements=st.integers(-3, 3).map(float)
)


def made(values, better="higher", measure="net"):
    values = np.asarray(values, float)
    s, e, r = values.shape
    return Outcomes(measure, NAMES[:s], tuple("xyz"[:e]), tuple(range(r)), values, better)


def normal(*shape):
    return build_generator("ranking", *shape).normal(size=shape)


# ranks


def test_ranks_count_from_the_best_and_ties_share():
    values = np.repeat([[[3.0]], [[1.0]], [[3.0]], [[2.0]]], 6, axis=2)
    assert [rank.rank for rank in rank_strategies(made(values), 99)] == [1.5, 4, 1.5, 3]
    assert [rank.rank for rank in rank_strategies(made(values, "lower"), 99)] == [3.5, 1, 3.5, 2]
    assert [rank.best for rank in rank_strategies(made(values), 99)] == [0.5, 0, 0.5, 0]


def test_the_probability_of_being_best_is_paired():
    luck = normal(30)
    apart = np.array([luck, luck + 0.2, luck - 3])
    np.testing.assert_allclose(best_probability(apart, 999), [0, 1, 0])
    unpaired = best_probability(
        np.array([luck, normal(31)[1:] + luck.mean() - normal(31)[1:].mean() + 0.1]), 999
    )
    assert 0.5 < unpaired[1] < 0.9


def test_two_equal_strategies_have_even_chances():
    chances = best_probability(normal(2, 50), 999)
    assert chances.sum() == pytest.approx(1)
    wins = np.mean(
        [
            best_probability(build_generator("even", k).normal(size=(2, 10)), 99)[0]
            for k in range(400)
        ]
    )
    assert wins == pytest.approx(0.5, abs=0.06)


def test_worlds_that_one_lacks_are_left_out_for_all():
    values = np.array([[[1.0, 1, 1, 1, 1, 100]], [[2.0, 2, 2, 2, 2, np.nan]]])
    first, second = rank_strategies(made(values), 99)
    assert (first.worlds, first.mean, second.rank, second.best) == (5, 1.0, 1, 1)


def test_a_strategy_without_values_is_not_ranked_and_few_worlds_give_no_probability():
    values = np.array([[[1.0, 2, 3, 4, 5]], [[np.nan] * 5], [[2.0, 3, 4, 5, 6]]])
    ranks = rank_strategies(made(values), 99)
    assert [rank.rank for rank in ranks] == [2, pytest.approx(np.nan, nan_ok=True), 1]
    few = rank_strategies(made(values[:, :, :4]), 99)
    assert np.isnan([rank.best for rank in few]).all()
    assert [few[0].rank, few[2].rank] == [2, 1]
    nothing = rank_strategies(made(values[1:2]), 99)
    assert (nothing[0].worlds, len(nothing)) == (0, 1)
    assert np.isnan(nothing[0].mean)


def test_one_strategy_is_the_best():
    assert rank_strategies(made(normal(1, 1, 9)), 99)[0][3:] == (1, 1, 9)


# regret and satisficing


def test_regret_is_the_distance_to_the_best_of_each_environment():
    values = np.array([[[10.0, 10], [0, 0]], [[6, 8], [4, 4]], [[1, 1], [5, 5]]])
    np.testing.assert_array_equal(regret_table(made(values)), [[0, 5], [3, 1], [9, 0]])
    assert compute_regrets(made(values)) == (
        ("a", 2.5, 5, "y"),
        ("b", 2, 3, "x"),
        ("c", 4.5, 9, "x"),
    )
    np.testing.assert_array_equal(regret_table(made(values, "lower")), [[9, 0], [6, 4], [0, 5]])


def test_regret_needs_every_environment():
    values = np.array([[[1.0], [2.0]], [[3.0], [np.nan]]])
    np.testing.assert_array_equal(regret_table(made(values)), [[2, 0], [0, np.nan]])
    assert np.isnan(compute_regrets(made(values))[1].largest)


@given(arrays(float, (4, 2, 3), elements=st.integers(-5, 5).map(float)), st.permutations(range(4)))
def test_regret_is_never_negative_somebody_has_none_and_order_does_not_matter(values, order):
    table = regret_table(made(values))
    assert (table >= 0).all()
    assert (table.min(axis=0) == 0).all()
    np.testing.assert_array_equal(regret_table(made(values[order])), table[order])
    np.testing.assert_allclose(regret_table(made(values + 7)), table, atol=1e-12)


def test_satisficing_counts_worlds_and_environments():
    values = np.array([[[0.9, 0.8, 0.1, np.nan], [0.5, 0.5, 0.5, 0.5]], [[np.nan] * 4, [0.8] * 4]])
    first, second = compute_satisficing(made(values), 0.6)
    assert first == ("a", pytest.approx((2 / 3 + 0) / 2), 0.5)
    assert second == ("b", 1, 1)
    assert compute_satisficing(made(values), 0.8)[1] == ("b", 1, 1), "meeting it is enough"
    lower = compute_satisficing(made(values, "lower"), 0.6)
    assert lower[0].worlds == pytest.approx((1 / 3 + 1) / 2)
    assert np.isnan(compute_satisficing(made(values[1:, :1]), 0.6)[0].worlds)
    with pytest.raises(EquipoiseError, match="The threshold is nan"):
        compute_satisficing(made(values), np.nan)


# Pareto


def test_the_front_keeps_what_nobody_dominates():
    first = np.array([1.0, 2, 3, 2, 1])
    second = np.array([3.0, 2, 1, 1, 3])
    assert pareto_front(first, second).tolist() == [True, True, True, False, True]


@given(POINTS)
def test_the_front_agrees_with_its_definition(points):
    x, y = points
    for i, kept in enumerate(pareto_front(x, y)):
        assert kept != any((x >= x[i]) & (y >= y[i]) & ((x > x[i]) | (y > y[i])))
    assert pareto_front(x, y).any()
    np.testing.assert_array_equal(pareto_front(x, y), pareto_front(y, x))


def test_points_are_in_their_own_units_and_know_their_front():
    luck = normal(20)
    band = made(np.array([[luck], [luck + 1], [luck - 1]]), "higher", "time_in_band")
    cost = made(np.array([[luck], [luck + 2], [luck + 1]]), "lower", "cost")
    points = front_points(band, cost, 199)
    assert [point.on_front for point in points] == [True, True, False]
    assert [point.probability for point in points] == [1, 1, 0]
    assert points[1].second - points[0].second == pytest.approx(2)
    assert points[0].first == pytest.approx(luck.mean())


def test_a_point_close_to_the_front_is_on_it_with_a_probability():
    luck, noise = normal(40), normal(41)[:40]
    noise -= noise.mean()
    chances = front_probability(np.array([luck, luck]), np.array([luck, luck + noise]), 1_999)
    assert chances == pytest.approx([0.5, 0.5], abs=0.06)
    assert front_probability(np.array([luck, luck]), np.array([luck, luck]), 99).tolist() == [1, 1]


def test_pareto_leaves_out_what_is_missing_and_refuses_what_does_not_match():
    values = np.array([[[1.0, 2, 3, 4, 5]], [[np.nan] * 5]])
    one, none = front_points(made(values), made(values, "lower", "cost"), 99)
    assert (one.on_front, one.probability, none.on_front) == (True, 1, False)
    assert np.isnan(none.first)
    few = front_points(made(values[:, :, :3]), made(values[:, :, :3], "lower", "cost"), 99)
    assert few[0].on_front
    assert np.isnan(few[0].probability)
    with pytest.raises(EquipoiseError, match="'net' and 'cost' are not of the same"):
        front_points(made(values), made(values[:1], "lower", "cost"))
