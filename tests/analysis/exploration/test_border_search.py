"""Border search: known borders, intervals of sizes, conditions in words."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from equipoise.analysis.exploration.border_search import (
    Condition,
    condition_measures,
    doubt_interval,
    envelope_size,
    fill_gaps,
    first_cell_side,
    next_points,
    parse_condition,
    share_difference_error,
    share_holding,
)
from equipoise.errors import EquipoiseError

STEPS = 40


BORDERS = {
    "line": lambda x, y: x + y < 0.9,
    "circle": lambda x, y: (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.09,
    "hyperbola": lambda x, y: x * y < 0.2,
    "steep": lambda x, y: y < 4 * (x - 0.3),
    "wave": lambda x, y: y < 0.5 + 0.25 * np.sin(7 * x),
    "small corner": lambda x, y: (x < 0.1) & (y < 0.1),
    "disc": lambda x, y: (x - 0.4) ** 2 + (y - 0.6) ** 2 < 0.03,
    "ripples": lambda x, y: y < 0.5 + 0.03 * np.sin(90 * x),
    "two regions": lambda x, y: (x + y < 0.4) | (x + y > 1.7),
}


def traced(truth, broken=(), noise=0.0):
    """Return the traced map and which points were requested, where the shares are ``truth``."""
    shares, asked = np.full(truth.shape, np.nan), np.zeros(truth.shape, bool)
    while wanted := next_points(shares, asked, 0.5, noise):
        for cell in wanted:
            assert not asked[cell]
            asked[cell] = True
            shares[cell] = np.nan if cell in broken else truth[cell]
    return shares, asked


def grid(inside, steps=STEPS):
    unit = np.linspace(0, 1, steps + 1)
    return inside(unit[:, None], unit[None, :]).astype(float)


# A traced border equals that of the full grid, with at most a quarter of its runs.
@pytest.mark.parametrize("name", BORDERS)
def test_traced_border_equals_that_of_the_full_grid(name):
    truth = grid(BORDERS[name])
    shares, asked = traced(truth)
    assert np.array_equal(fill_gaps(shares) >= 0.5, truth >= 0.5)
    assert asked.mean() <= 0.25


@hypothesis(max_examples=60)
@given(st.floats(0, 2 * math.pi), st.floats(-0.7, 0.7))
def test_traced_straight_border_equals_that_of_the_full_grid(angle, offset):
    truth = grid(lambda x, y: (x - 0.5) * math.cos(angle) + (y - 0.5) * math.sin(angle) < offset)
    shares, asked = traced(truth)
    assert np.array_equal(fill_gaps(shares) >= 0.5, truth >= 0.5)
    assert asked.mean() <= 0.25


def worlds_over(random, worlds, common):
    """Return shares of worlds that hold left of a curved border, and the border itself.

    A share ``common`` of the variation is the same at all points of a world.
    """
    unit = np.linspace(0, 1, STEPS + 1)
    x, y = np.meshgrid(unit, unit, indexing="ij")
    field = 0.9 * x + 0.5 * y + 0.15 * np.sin(6 * x) * np.sin(4 * y)
    shift = random.normal(0, 0.25 * common**0.5, worlds)
    own = random.normal(0, 0.25 * (1 - common) ** 0.5, (*field.shape, worlds))
    return (field[..., None] + own < 0.6 + shift).mean(axis=-1), field < 0.6


# Where the border differs between worlds by random variation, few runs are enough, and the border
# is no further from that of all worlds than the full grid's.
@pytest.mark.parametrize("worlds", [2, 10])
def test_border_with_random_variation_is_traced_with_few_runs(worlds):
    random, ours, grids, runs = np.random.default_rng(4), [], [], []
    for _ in range(12):
        shares, truth = worlds_over(random, worlds, 0.5)
        found, asked = traced(shares, noise=share_difference_error(0.5, worlds))
        ours.append(((fill_gaps(found) >= 0.5) != truth).mean())
        grids.append(((shares >= 0.5) != truth).mean())
        runs.append(asked.mean())
    assert np.mean(runs) <= 0.15
    assert np.mean(ours) <= np.mean(grids)


@pytest.mark.parametrize("common", [1.0, 0.5])
def test_interval_of_the_size_covers_the_true_size(common):
    random, hits, widths = np.random.default_rng(7), [], []
    for _ in range(200):
        shares, truth = worlds_over(random, 20, common)
        found, low, high = envelope_size(shares, 0.5, 20)
        assert low <= found <= high
        hits.append(low <= truth.mean() <= high)
        widths.append(high - low)
    assert np.mean(hits) >= 0.93
    assert np.mean(widths) < 0.5


# By Wilson's interval, 1 and 4 of 5 worlds are compatible with one half, and 5 of 5 are not.
def test_shares_near_the_level_are_in_doubt():
    least, most = doubt_interval(0.5, 5)
    assert 0 < least < 0.2 < 0.8 < most < 1
    assert doubt_interval(1.0, 5) == (1.0, 1.0)
    assert envelope_size(np.array([0.0, 0.4, 0.6, 1.0, math.nan]), 0.5, 5) == (0.5, 0.25, 0.75)
    assert envelope_size(np.array([0.8, 1.0]), 1.0, 5) == (
        0.5,
        0.0,
        0.5,
    )  # no number of worlds shows that it holds in all of them
    assert all(map(math.isnan, envelope_size(np.array([math.nan]), 0.5, 5)))


def test_failed_points_are_not_requested_again():
    truth = grid(BORDERS["line"])
    broken = {(8, 8), (16, 20), (17, 19), (40, 40)}
    shares, asked = traced(truth, broken)
    right = (fill_gaps(shares) >= 0.5) == (truth >= 0.5)
    assert asked[8, 8]
    assert np.isnan(fill_gaps(shares)[8, 8])
    assert (~right).sum() <= 3 * len(broken)


def test_gaps_are_filled_by_linear_interpolation():
    truth = grid(lambda x, y: 0.1 + 0.3 * x + 0.05 * y)
    shares, asked = traced(truth)
    assert asked.sum() == 36  # nothing to split: the corners of the first cells
    assert np.allclose(fill_gaps(shares), truth)


@pytest.mark.parametrize(("steps", "side"), [(40, 8), (20, 4), (16, 2), (8, 1), (7, 1), (80, 16)])
def test_first_cell_divides_the_steps(steps, side):
    assert first_cell_side(steps) == side


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("settling_tme<=9", "Did you mean 'settling_time'"),
        ("settling_time<=soon", "Write measure<=number"),
        ("settling_time", "Write measure<=number"),
    ],
)
def test_malformed_condition_is_refused(text, line):
    with pytest.raises(EquipoiseError, match=line):
        parse_condition(text, ("settling_time", "net"))


def values(settling, unsettled=(), troubles=()):
    n = len(settling)
    parts = {
        "settling_time": settling,
        "unsettled": unsettled or [0] * n,
        "troubles": troubles or [1] * n,
    }
    return {name: np.array(column, float) for name, column in parts.items()}


# A loop that never recovers does not hold; one without a disturbance does; worlds without a value
# are left out.
def test_share_of_worlds_that_hold():
    rule = parse_condition("settling_time <= 30", ("settling_time",))
    assert rule == Condition("settling_time", "<=", 30.0)
    assert share_holding(rule, values([10, 30, 31, 99])) == 0.5
    assert share_holding(rule, values([10, math.nan], unsettled=[0, 1])) == 0.5
    assert share_holding(rule, values([math.nan, 50], troubles=[0, 1])) == 0.5
    assert share_holding(rule, values([math.nan, 50])) == 0.0
    assert math.isnan(share_holding(rule, values([math.nan])))
    assert share_holding(
        Condition("net", ">=", 2.0), {"net": np.array([1.0, 2.0, 3.0, math.nan])}
    ) == pytest.approx(2 / 3)


@pytest.mark.parametrize("text", ["settling_time<=91", "net>=-2.5", "net<=1e+06"])
def test_condition_reads_back_as_written(text):
    assert str(parse_condition(text, ("settling_time", "net"))) == text


def test_settling_time_needs_the_troubles_behind_it():
    assert condition_measures(Condition("net", ">=", 0.0)) == ("net",)
    needed = condition_measures(Condition("settling_time", "<=", 91.0))
    assert set(needed) == {"settling_time", "unsettled", "troubles"}


# The 95 % half-width of a share of one half over 100 worlds is 1.96 x 0.05.
def test_doubt_interval_of_one_half():
    low, high = doubt_interval(0.5, 100)
    assert (low, high) == pytest.approx((0.402, 0.598), abs=1e-3)


def test_one_world_has_no_share_difference_error():
    assert share_difference_error(0.5, 1) == 0.0
    assert share_difference_error(0.5, 2) > share_difference_error(0.5, 8) > 0.0


SIDES = st.sampled_from([2, 4, 8, 16, 20])


def random_map(seed, steps):
    return np.random.default_rng(seed).random((steps + 1, steps + 1))


@given(st.integers(0, 1000), SIDES)
def test_search_ends_and_requests_each_point_once(seed, steps):
    truth = random_map(seed, steps)
    shares, asked = traced(truth)
    assert np.array_equal(np.isfinite(shares), asked)
    assert np.array_equal(shares[asked], truth[asked])


# A map and its mirror image have the same border.
@given(st.integers(0, 1000), SIDES)
def test_search_treats_both_settings_alike(seed, steps):
    truth = random_map(seed, steps)
    _, asked = traced(truth)
    _, mirrored = traced(truth.T)
    assert np.array_equal(mirrored, asked.T)


@given(st.integers(0, 1000), SIDES)
def test_filling_keeps_known_points_and_stays_in_range(seed, steps):
    shares, asked = traced(random_map(seed, steps))
    filled = fill_gaps(shares)
    assert np.array_equal(filled[asked], shares[asked])
    assert np.isfinite(filled).all()
    assert shares[asked].min() <= filled.min() <= filled.max() <= shares[asked].max()
    assert np.array_equal(fill_gaps(filled), filled)


@given(st.integers(0, 1000), st.floats(0, 1), st.integers(1, 50))
def test_size_lies_within_its_interval(seed, level, worlds):
    size, low, high = envelope_size(random_map(seed, 8), level, worlds)
    assert 0 <= low <= size <= high <= 1


@given(st.integers(0, 1000), st.floats(0, 60), st.floats(0, 60))
def test_a_laxer_limit_never_holds_in_fewer_worlds(seed, one, other):
    times = {"delay": np.random.default_rng(seed).uniform(0, 60, 20)}
    strict, lax = sorted((one, other))
    below = [share_holding(Condition("delay", "<=", limit), times) for limit in (strict, lax)]
    above = [share_holding(Condition("delay", ">=", limit), times) for limit in (strict, lax)]
    assert below[0] <= below[1]
    assert above[0] >= above[1]
