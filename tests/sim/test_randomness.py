"""The draws are uniform, independent along every coordinate of an address, and stay the same.

Seeds are fixed, so a test that passes goes on passing. `RARE` says how often a perfect generator
under other seeds would fail one test: statistics are held to the quantile RARE / (number of them
in the test).
"""

import itertools

import numpy as np
import pytest
from scipy import stats

from equipoise.randomness import (
    DAY_KEY_COUNT,
    FIRST_USER_PURPOSE,
    Purpose,
    bits_at,
    day_key,
    draw_noise,
    draw_pair_uniforms,
    draw_uniform,
    draw_uniforms,
    fill_day_keys,
    mix_bits,
    noise_at,
)

RARE = 1e-4
MASK = 2**64 - 1
AXES = ("seed", "purpose", "day", "consumer")
# places in the space of addresses: the first worlds, neighbouring purposes, far seeds and days,
# departments' lanes
PLACES = (
    (0, 1, 0, 0),
    (0, 23, 0, 0),
    (1, 24, 1, 0),
    (2, 30, 55, 999),
    (7, 66, 364, 2**32),
    (2**31 - 1, 36, 419, 10**6),
    (2**63 - 5_000, 62, 100_000, 2**31 - 1),
)
places = pytest.mark.parametrize("place", PLACES, ids=str)
axes = pytest.mark.parametrize("axis", AXES)


def line(axis, place, count):
    """Return draws along one coordinate, the others held: shape (count,)."""
    steps = [
        tuple(v + n * (name == axis) for name, v in zip(AXES, place, strict=True))
        for n in range(count)
    ]
    return np.array([draw_uniform(*step) for step in steps])


def raw(seed, purpose, day, consumers):
    """Return the 64 bits of the draws of some consumers: shape (len(consumers),), uint64."""
    k = np.uint64(day_key(seed, purpose, day))
    return np.array([bits_at(k, consumer) for consumer in consumers], np.uint64)


def field(place, count):
    """Return draws of ``count`` consumers at a place."""
    *days, first = place
    return (raw(*days, range(first, first + count)) >> np.uint64(11)) * 2.0**-53


def neighbours(axis, place, count):
    """Return pairs of draws whose addresses differ by one in a coordinate, for many consumers."""
    if axis == "consumer":
        pairs = field(place, 2 * count).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]
    there = tuple(v + (name == axis) for name, v in zip(AXES, place, strict=True))
    return field(place, count), field(there, count)


def assert_even(counts, tests):
    """Assert that counts in equally likely cells are even, by chi-square."""
    expected = counts.sum() / counts.size
    assert expected > 5
    statistic = ((counts - expected) ** 2 / expected).sum()
    low, high = stats.chi2.ppf([RARE / tests / 2, 1 - RARE / tests / 2], counts.size - 1)
    assert low < statistic < high  # too even is as bad


@places
def test_draws_of_a_day_are_uniform(place):
    u = field(place, 50_000)
    assert u.min() >= 0
    assert u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > RARE / len(PLACES)
    assert_even(np.bincount((u * 1000).astype(int), minlength=1000), len(PLACES))


@axes
def test_draws_along_a_coordinate_are_uniform(axis):
    lines = [line(axis, place, 4_000) for place in PLACES]
    assert min(stats.kstest(u, "uniform").pvalue for u in lines) > RARE / len(lines)


@axes
def test_draws_along_a_coordinate_are_not_autocorrelated(axis):
    # of n independent uniforms the correlation at a lag is normal with standard deviation 1 /
    # sqrt(n)
    lags = (1, 2, 3, 7, 10, 56)
    limit = -stats.norm.ppf(RARE / len(lags) / len(PLACES) / 2)
    for place in PLACES:
        u = line(axis, place, 4_000) - 0.5
        scores = [12 * (u[lag:] * u[:-lag]).sum() / np.sqrt(len(u) - lag) for lag in lags]
        assert np.abs(scores).max() < limit, place


@axes
def test_neighbouring_addresses_are_independent(axis):
    for place in PLACES:
        a, b = neighbours(axis, place, 20_000)
        cells = (a * 32).astype(int) * 32 + (b * 32).astype(int)
        assert_even(np.bincount(cells, minlength=1024), len(PLACES))
        assert abs(12 * ((a - 0.5) * (b - 0.5)).sum()) / np.sqrt(len(a)) < -stats.norm.ppf(
            RARE / len(PLACES) / 2
        )


def test_the_first_worlds_and_all_purposes_are_independent_of_each_other():
    # every pair of (seed 0, 1, 2) x purpose, over the same 5,000 consumers of the same day
    addresses = list(itertools.product((0, 1, 2), (int(p) for p in Purpose)))
    draws = np.array([draw_uniforms(seed, purpose, 0, 5_000) for seed, purpose in addresses]) - 0.5
    together = 12 * draws @ draws.T / np.sqrt(draws.shape[1])
    pairs = together[np.triu_indices(len(addresses), 1)]
    assert np.abs(pairs).max() < -stats.norm.ppf(RARE / len(pairs) / 2)


def as_bits(drawn):
    """Return the bits of some uint64 as columns of 0 and 1: shape (n, 64)."""
    return (drawn[:, None] >> np.arange(64, dtype=np.uint64) & np.uint64(1)).astype(float)


def test_all_64_bits_are_balanced_and_uncorrelated():
    n = 50_000
    table = as_bits(raw(0, 32, 0, range(n))) - 0.5
    ones = 2 * table.sum(axis=0) / np.sqrt(n)
    assert np.abs(ones).max() < -stats.norm.ppf(RARE / 64 / 2)
    pairs = (4 * table.T @ table / np.sqrt(n))[np.triu_indices(64, 1)]
    assert np.abs(pairs).max() < -stats.norm.ppf(RARE / len(pairs) / 2)


@axes
@pytest.mark.parametrize("bit", [0, 1, 2, 5, 11, 23, 30])
def test_one_flipped_bit_of_an_address_flips_half_of_the_bits_drawn(axis, bit):
    # consumers whose own bit is 0, so that no pair is met twice; binomial with exact tails
    consumers = [n for n in range(4096) if not n >> bit & 1][:2048]
    here = raw(3, 5, 40, consumers)
    flipped = [v ^ (name == axis) << bit for name, v in zip(AXES, (3, 5, 40), strict=False)]
    there = raw(*flipped, [n ^ (axis == "consumer") << bit for n in consumers])
    flips = as_bits(here ^ there).sum(axis=0)
    low, high = stats.binom.ppf([RARE / 128, 1 - RARE / 128], len(consumers), 0.5)
    assert low <= flips.min()
    assert flips.max() <= high


def test_no_two_keys_of_a_run_are_equal():
    keys = np.zeros(DAY_KEY_COUNT, np.uint64)
    seen = []
    for seed, day in itertools.product((0, 1, 2, 3, 1000), range(420)):
        fill_day_keys(seed, day, keys)
        seen.append(keys.copy())
    assert len(np.unique(seen)) == len(seen) * DAY_KEY_COUNT  # by chance once in five billion


def test_noise_has_mean_0_variance_1_and_the_stated_shape():
    n = 200_000
    k = np.uint64(day_key(0, Purpose.NOISE, 0))
    z = np.array([noise_at(k, i) for i in range(n)])
    limit = -stats.norm.ppf(RARE / 8)
    assert abs(z.mean()) * np.sqrt(n) < limit
    # fourth moment 2.7, so a square has variance 1.7; the fourth power has variance m8 - 2.7^2 =
    # 40.7
    assert abs((z**2).mean() - 1) * np.sqrt(n / 1.7) < limit
    assert abs((z**3).mean()) * np.sqrt(n / 12.2) < limit
    assert abs((z**4).mean() - 2.7) * np.sqrt(n / 40.7) < limit
    assert np.abs(z).max() < np.sqrt(12)


def test_noise_is_the_sum_of_four_independent_uniforms():
    # Irwin-Hall of order four: F(x) = sum_k (-1)^k C(4, k) (x - k)^4 / 24
    def below(x):
        y = x / np.sqrt(3) + 2
        return (
            sum(
                (-1) ** j * stats.binom.pmf(j, 4, 0.5) * 16 * np.clip(y - j, 0, None) ** 4
                for j in range(5)
            )
            / 24
        )

    z = np.array([draw_noise(5, Purpose.NOISE + 3, 9, i) for i in range(50_000)])
    assert stats.kstest(z, below).pvalue > RARE


def test_the_four_noises_of_a_use_are_independent():
    lanes = np.array([[draw_noise(0, 24 + k, 3, i) for i in range(20_000)] for k in range(4)])
    pairs = (lanes @ lanes.T / np.sqrt(lanes.shape[1]))[np.triu_indices(4, 1)]
    assert np.abs(pairs).max() < -stats.norm.ppf(RARE / len(pairs) / 2)


def test_no_purpose_lies_in_the_lanes_of_noise():
    numbers = [int(p) for p in Purpose.__members__.values()]
    assert len(set(numbers)) == len(numbers)
    assert not set(range(Purpose.NOISE + 1, Purpose.NOISE + 4)) & set(numbers)
    assert DAY_KEY_COUNT > Purpose.NOISE + 3
    assert all(p < DAY_KEY_COUNT for p in Purpose if Purpose.REACH <= p < Purpose.SURVEY_SAMPLE)


def test_fill_day_keys_writes_the_keys_of_all_purposes():
    keys = np.zeros(DAY_KEY_COUNT, np.uint64)
    fill_day_keys(4, 17, keys)
    assert [int(k) for k in keys] == [
        int(day_key(4, purpose, 17)) for purpose in range(DAY_KEY_COUNT)
    ]


def test_numbers_of_any_integer_type_are_the_same_address():
    expected = draw_uniform(7, 23, 11, 5)
    assert draw_uniform(np.uint64(7), np.int64(23), np.uint32(11), np.uint32(5)) == expected
    assert draw_uniforms(7, 23, 11, 6)[5] == expected
    assert draw_uniform(7, Purpose.USE, 11, 5) == expected


def test_a_lane_is_another_address_of_the_same_consumer():
    lanes = [draw_uniform(7, 23, 11, 5, lane) for lane in range(4)]
    assert lanes[0] == draw_uniform(7, 23, 11, 5)
    assert len(set(lanes)) == 4
    assert draw_uniform(7, 23, 11, np.uint32(5), lane=1) == lanes[1]


def test_lanes_are_uniform_and_uncorrelated():
    first = np.array([draw_uniform(0, 66, 8, n) for n in range(20_000)])
    second = np.array([draw_uniform(0, 66, 8, n, lane=1) for n in range(20_000)])
    assert stats.kstest(second, "uniform").pvalue > RARE
    score = 12 * ((first - 0.5) * (second - 0.5)).sum() / np.sqrt(len(first))
    assert abs(score) < -stats.norm.ppf(RARE / 2)


def test_pairs_are_addressed_with_the_first_in_place_of_the_day():
    first = np.array([4, 0, 9])
    second = np.array([7, 7, 1])
    expected = [draw_uniform(3, Purpose.LAYER, a, b) for a, b in zip(first, second, strict=True)]
    assert draw_pair_uniforms(3, Purpose.LAYER, first, second).tolist() == expected


def test_no_purpose_of_equipoise_lies_in_the_range_of_users():
    assert max(Purpose) < FIRST_USER_PURPOSE


# --- pinned: a change of generator changes every world, and must be noticed ---


def test_the_mixer_is_splitmix64():
    # the first outputs of SplitMix64 from state 0, as in Vigna's splitmix64.c
    golden = 0x9E3779B97F4A7C15
    outputs = [int(mix_bits(np.uint64(golden * n & MASK))) for n in (1, 2, 3)]
    assert outputs == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def finalise(x):
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


@places
def test_a_draw_equals_its_formula_in_plain_integers(place):
    seed, purpose, day, consumer = place
    golden, odd = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03
    k = finalise(seed + golden & MASK)
    k = finalise(k ^ (purpose * odd + golden & MASK))
    k = finalise(k ^ (day * golden + odd & MASK))
    b = finalise(k ^ finalise(consumer * golden + k & MASK))
    assert draw_uniform(*place) == (b >> 11) * 2.0**-53
    quarters = sum(b >> shift & 0xFFFF for shift in (0, 16, 32, 48))
    assert draw_noise(*place) == (quarters + 2 - 131072) * (3**0.5 / 65536)


def test_known_draws():
    assert [draw_uniform(*place) for place in PLACES] == [
        0.06218739437876153,
        0.2325934284322918,
        0.026445421401254943,
        0.13242387090383823,
        0.8393626792667829,
        0.7633378442998557,
        0.48265050143246024,
    ]
