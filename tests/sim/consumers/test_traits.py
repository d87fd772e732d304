"""Traits: the survey's table, addresses instead of call order, and coefficients that switch off.

Seeds are fixed, so a test that passes goes on passing; tolerances say how likely a correct
generator with other seeds would miss them. "5 SE" is five standard errors: less than one in a
million per number.
"""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from equipoise.consumers import values as table
from equipoise.consumers.traits import (
    DRIVE_NAMES,
    Traits,
    blend_with_neighbours,
    draw_traits,
    logit_normal_shares,
)
from equipoise.consumers.values import VALUE_NAMES
from equipoise.randomness import Purpose, draw_uniform
from equipoise.settings.people import People

OWN = (
    "conformity_mean",
    "conformity_slope",
    "values_spread",
    "tribe_share",
    "drives_evenness",
    "voice_mean",
    "voice_spread",
    "strata",
    "stratum_voice",
    "depth_ceiling",
    "depth_spread",
    "reflectiveness_mean",
    "reflectiveness_spread",
    "mobile_share",
)

SPREAD = People().voice_spread


def network(size, tribes=1, ties=()):
    """Return people in equal tribes, tied by pairs: what `equipoise.network.Network` holds."""
    pairs = np.array(ties, dtype=np.int64).reshape(-1, 2)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    return SimpleNamespace(
        starts=np.searchsorted(both[:, 0], np.arange(size + 1)).astype(np.int64),
        neighbours=both[:, 1].astype(np.uint32),
        tribe=(np.arange(size) % tribes).astype(np.uint32),
        size=size,
    )


def ring(size, tribes=1):
    return network(size, tribes, [(i, (i + 1) % size) for i in range(size)])


def draw(size_or_network, *, homophily=0.0, iconicity=0.1, seed=1, dtype=np.float64, **people):
    people_on = (
        size_or_network
        if isinstance(size_or_network, SimpleNamespace)
        else network(size_or_network)
    )
    return draw_traits(
        People(**people),
        people_on,
        homophily=homophily,
        iconicity=iconicity,
        seed=seed,
        dtype=dtype,
    )


def same(one: Traits, other: Traits, people=slice(None)):
    for name, a, b in zip(Traits._fields, one, other, strict=True):
        np.testing.assert_array_equal(a[people], b[people], err_msg=name)


# --- the written table ---


def test_means_and_spreads_are_those_of_the_survey():
    # mean across 39 countries, ESS 2002-2023; spread in Germany, ESS9
    expected = {
        "benevolence": (0.58, 0.59),
        "universalism": (0.47, 0.64),
        "security": (0.35, 0.90),
        "self-direction": (0.31, 0.75),
        "tradition": (0.00, 0.94),
        "conformity": (-0.15, 1.02),
        "hedonism": (-0.21, 0.91),
        "achievement": (-0.32, 0.94),
        "stimulation": (-0.57, 0.99),
        "power": (-0.71, 0.86),
    }
    assert (
        dict(zip(VALUE_NAMES, zip(table.ESS_MEANS, table.ESS_SPREADS, strict=True), strict=True))
        == expected
    )


def test_the_stored_correlations_are_those_of_the_procedure():
    # one in the last written digit, for another machine's least squares
    np.testing.assert_allclose(table.derive_correlations(), table.correlation_matrix(), atol=0.0011)


def test_the_loadings_have_the_written_covariance_and_add_up_to_zero():
    factor = table.factor_loadings()
    covariance = factor @ factor.T
    spreads = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(factor.sum(axis=0), 0, atol=1e-15)
    # the tenth value is implied by nine rounded rows, hence not to the last digit
    np.testing.assert_allclose(spreads, table.ESS_SPREADS, atol=0.003)
    np.testing.assert_allclose(
        covariance / np.outer(spreads, spreads), table.correlation_matrix(), atol=0.003
    )


def test_the_loadings_keep_every_published_summary():
    factor = table.factor_loadings()
    summary = table.summarise_covariance(factor @ factor.T)
    np.testing.assert_allclose(summary.by_distance, table.ESS_BY_DISTANCE, atol=0.005)
    np.testing.assert_allclose(summary.poles, table.ESS_POLES, atol=0.005)
    np.testing.assert_allclose(summary.cosine, table.ESS_COSINE, atol=0.005)


def test_the_means_are_the_surveys_centred_on_ten_values():
    assert sum(table.VALUE_MEANS) == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(table.VALUE_MEANS, table.ESS_MEANS, atol=0.026)


# --- drawn people against the survey ---


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("tribes", [1, 50])
@pytest.mark.parametrize("size", [2000, 20_000])
def test_drawn_values_have_the_surveys_means_spreads_and_circle(size, tribes, seed):
    drawn = draw(network(size, tribes), seed=seed).values
    summary = table.summarise_covariance(np.cov(drawn.T))
    spreads = np.array(table.ESS_SPREADS)
    # a spread's standard error is 1/sqrt(2n) of it, and with K tribes share / sqrt(2 (K - 1)) on
    # top
    error = np.sqrt(1 / (2 * size) + (0.15**2 / (2 * (tribes - 1)) if tribes > 1 else 0))
    assert np.all(np.abs(drawn.mean(axis=0) - table.VALUE_MEANS) < 5 * spreads / np.sqrt(size))
    np.testing.assert_allclose(summary.spreads, spreads, rtol=5 * error + 0.003)
    # a single correlation's error is at most .022 from 2,000 people and .021 from 50 tribes, .031
    # together; a mean of ten is nearer by more than a factor of two, so that .05 is over 3 SE at
    # worst, mostly over 5
    np.testing.assert_allclose(summary.by_distance, table.ESS_BY_DISTANCE, atol=0.05)
    np.testing.assert_allclose(summary.poles, table.ESS_POLES, atol=0.06)
    assert 0.6 < summary.cosine[2] < 0.9


@pytest.mark.parametrize("tribes", [1, 2, 3, 7])
def test_the_total_variance_is_the_tables_whatever_the_number_of_tribes(tribes):
    crowd = network(42, tribes)
    variances = [
        np.var(draw(crowd, seed=seed, tribe_share=0.5).values, axis=0, ddof=1)
        for seed in range(400)
    ]
    ratio = np.mean(variances, axis=0) / np.square(table.ESS_SPREADS)
    # the worst case, two tribes: one seed's variance has SE sqrt(2) * .5, its mean over 400 .035
    # for a value and below .02 for the mean of ten; without K / (K - 1) the ratio would be .75
    # (two) to .93 (seven)
    assert ratio.mean() == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("share", [0.15, 0.6])
def test_the_stated_share_of_variance_lies_between_tribes(share):
    tribes, members = 500, 40
    drawn = draw(network(tribes * members, tribes), tribe_share=share).values.reshape(
        members, tribes, 10
    )
    within = drawn.var(axis=0, ddof=1).mean(axis=0)
    between = drawn.mean(axis=0).var(axis=0, ddof=1) - within / members
    # SE of a value's share: about share (1 - share) sqrt(2 / 499) + .003 < .02
    np.testing.assert_allclose(between / (between + within), share, atol=0.075)
    assert np.mean(between / (between + within)) == pytest.approx(share, abs=0.03)


def test_with_all_variance_between_tribes_members_are_equal():
    drawn = draw(network(60, 3), tribe_share=1.0).values.reshape(20, 3, 10)
    assert np.ptp(drawn, axis=0).max() == 0
    assert np.ptp(drawn, axis=1).max() > 0.1


@given(
    st.integers(1, 50),
    st.integers(1, 60),
    st.floats(0, 3),
    st.sampled_from([np.float32, np.float64]),
)
def test_values_are_centred_within_the_person(seed, tribes, spread, dtype):
    drawn = draw(network(60, tribes), seed=seed, values_spread=spread, dtype=dtype).values
    limit = 10 * np.finfo(dtype).eps * max(1, np.abs(drawn).max())
    assert np.abs(drawn.astype(np.float64).sum(axis=1)).max() <= limit


# --- addresses ---


@given(st.integers(1, 5), st.integers(0, 60), st.integers(0, 2**62))
def test_one_more_consumer_changes_nobody_else(tribes, more, seed):
    size = tribes + more  # the newcomer joins a tribe that is there
    before, after = (
        draw(network(size, tribes), seed=seed),
        draw(network(size + 1, tribes), seed=seed),
    )
    same(before, Traits(*(trait[:size] for trait in after)))


def test_a_newcomer_changes_only_the_neighbours_under_homophily():
    ties = [(i, (i + 1) % 30) for i in range(30)]
    before = draw(network(31, ties=ties), homophily=0.7)
    after = draw(network(31, ties=[*ties, (4, 30)]), homophily=0.7)
    others = np.setdiff1d(np.arange(31), [4, 30])
    same(before, after, others)
    assert not np.array_equal(before.values[4], after.values[4])


def test_traits_are_drawn_at_their_documented_addresses():
    drawn = draw(9, seed=5)
    factors = np.linalg.lstsq(
        table.factor_loadings(), (drawn.values - table.VALUE_MEANS).T, rcond=None
    )[0]
    for person in range(9):
        expected = [ndtri(draw_uniform(5, Purpose.VALUES, lane, person)) for lane in range(9)]
        np.testing.assert_allclose(factors[:, person], expected, atol=1e-9)
        stratum = int(3 * draw_uniform(5, Purpose.STRATUM, 0, person))
        assert drawn.stratum[person] == stratum
        assert drawn.mobile[person] == (draw_uniform(5, Purpose.MOBILE, 0, person) < 0.6)
        scale = 0.04 * 1.3 ** (stratum - 1) / np.mean([1 / 1.3, 1, 1.3]) * np.exp(-(SPREAD**2) / 2)
        loudness = np.log(drawn.voice[person] / scale) / SPREAD
        assert loudness == pytest.approx(ndtri(draw_uniform(5, Purpose.VOICE, 0, person)), abs=1e-9)


def test_what_a_tribe_shares_depends_on_its_number_only():
    crowd = network(12, 3)
    fewer = network(6, 3)
    wide = draw(crowd, tribe_share=1.0).values
    np.testing.assert_array_equal(wide[:6], draw(fewer, tribe_share=1.0).values)


def test_the_seed_determines_the_traits():
    crowd = ring(50, 3)
    same(draw(crowd, homophily=0.4), draw(crowd, homophily=0.4))
    for name, one, other in zip(Traits._fields, draw(crowd), draw(crowd, seed=2), strict=True):
        assert name == "tribe" or not np.array_equal(one, other), name


# --- homophily ---


@pytest.mark.parametrize("h", [0.2, 0.5, 1.0])
def test_homophily_correlates_tied_people_and_keeps_the_survey(h):
    size = 20_000
    drawn = draw(ring(size), homophily=h)
    theory = 2 * np.sqrt(h / 2 * (1 - h / 2)) / np.sqrt(2)  # degree 2, no common neighbours
    for value in range(10):
        tied = np.corrcoef(drawn.values[:, value], np.roll(drawn.values[:, value], 1))[0, 1]
        assert tied == pytest.approx(theory, abs=0.036)  # 5 SE of independent pairs, 1/sqrt(n)
    strata = drawn.stratum.astype(float)
    assert (
        np.corrcoef(strata, np.roll(strata, 1))[0, 1] > 0.7 * theory
    )  # cut in three, it loses about a fifth
    # neighbours' likeness leaves about half as many independent people: 5 SE of 10,000, plus
    # rounding
    summary = table.summarise_covariance(np.cov(drawn.values.T))
    np.testing.assert_allclose(summary.spreads, table.ESS_SPREADS, rtol=0.04)
    np.testing.assert_allclose(summary.poles, table.ESS_POLES, atol=0.04)
    shares = np.bincount(drawn.stratum, minlength=3) / size
    np.testing.assert_allclose(shares, 1 / 3, atol=0.025)


@pytest.mark.parametrize("h", [0.3, 1.0])
def test_homophily_keeps_the_variance_of_hubs_and_leaves(h):
    stars = 4000
    ties = [(6 * star, 6 * star + leaf) for star in range(stars) for leaf in range(1, 6)]
    field = np.random.default_rng(0).standard_normal((1, 6 * stars))
    blended = blend_with_neighbours(field, network(6 * stars, ties=ties), h).reshape(stars, 6)
    np.testing.assert_allclose(blended.var(axis=0), 1, atol=5 * np.sqrt(2 / stars))


def test_more_homophily_makes_tied_people_more_alike():
    alike = []
    for h in (0.0, 0.1, 0.3, 0.6, 1.0):
        drawn = draw(ring(5000), homophily=h).values
        alike.append(np.mean(np.square(drawn - np.roll(drawn, 1, axis=0))))
    assert np.all(np.diff(alike) < 0)


def test_people_without_ties_keep_their_own():
    ties = [(0, 1), (1, 2), (7, 8)]
    loners = [3, 4, 5, 6, 9]
    alone, tied = draw(network(10, ties=ties)), draw(network(10, ties=ties), homophily=0.8)
    same(alone, tied, loners)
    assert np.all(alone.values[[0, 1, 2, 7, 8]] != tied.values[[0, 1, 2, 7, 8]])
    same(draw(10), draw(10, homophily=0.8))


# --- the other traits ---


def test_conformity_rises_with_conforming_values_and_has_its_mean():
    drawn = draw(20_000, conformity_mean=0.3, conformity_slope=1.5)
    assert drawn.conformity.mean() == pytest.approx(
        0.3, abs=5 * drawn.conformity.std() / np.sqrt(20_000)
    )
    by_value = dict(zip(VALUE_NAMES, drawn.values.T, strict=True))
    contrast = (by_value["conformity"] + by_value["tradition"] + by_value["security"]) / 3
    contrast -= (by_value["self-direction"] + by_value["stimulation"]) / 2
    order = np.argsort(contrast)
    assert np.all(np.diff(drawn.conformity[order]) >= -1e-12)
    slope, _ = np.polyfit(contrast, np.log(drawn.conformity / (1 - drawn.conformity)), 1)
    assert slope == pytest.approx(1.5)


@given(st.floats(0.001, 0.999), st.floats(0, 10))
def test_shares_have_their_mean_in_the_population(mean, spread):
    quantiles = ndtri((np.arange(100_000) + 0.5) / 100_000)
    assert logit_normal_shares(mean, spread, spread * quantiles).mean() == pytest.approx(
        mean, abs=1e-4
    )


@pytest.mark.parametrize("mean", [0.0, 0.2, 0.7, 1.0])
def test_reflectiveness_has_its_mean(mean):
    drawn = draw(20_000, reflectiveness_mean=mean).reflectiveness
    assert drawn.mean() == pytest.approx(mean, abs=5 * drawn.std() / np.sqrt(20_000) + 1e-12)


@pytest.mark.parametrize("spread", [0.4, 2.0])
def test_log_odds_have_the_spread_of_the_setting(spread):
    drawn = draw(20_000, depth_spread=spread, reflectiveness_spread=spread)
    for trait, mean in ((drawn.depth_ceiling, 0.325), (drawn.reflectiveness, 0.5)):
        assert np.log(trait / (1 - trait)).std() == pytest.approx(
            spread, rel=0.025
        )  # 5 SE, 1/sqrt(2n)
        assert trait.mean() == pytest.approx(mean, abs=5 * trait.std() / np.sqrt(20_000))


def test_an_iconic_brand_raises_everybodys_depth_ceiling():
    ceilings = [draw(20_000, iconicity=i).depth_ceiling for i in (0.0, 0.4, 0.9, 1.0)]
    for lower, higher in pairwise(ceilings):
        assert np.all(lower < higher)
    for iconicity, drawn in zip((0.0, 0.4, 0.9), ceilings, strict=False):
        assert drawn.mean() == pytest.approx(
            0.25 + 0.75 * iconicity, abs=5 * drawn.std() / np.sqrt(20_000)
        )
    assert np.all(ceilings[-1] == 1)


def test_the_top_voices_write_the_published_share():
    drawn = np.sort(draw(20_000, stratum_voice=1.0, voice_spread=1.21).voice)[::-1]
    # Whittaker et al. 1998: the top 3 % write 25 %; a lognormal's top share is ndtr(spread - z);
    # SE .005
    assert ndtr(1.21 + ndtri(0.03)) == pytest.approx(0.25, abs=0.005)
    assert drawn[:600].sum() / drawn.sum() == pytest.approx(0.25, abs=0.025)


@pytest.mark.parametrize(("strata", "factor"), [(1, 2.0), (3, 1.3), (4, 0.5), (10, 2.0)])
def test_voice_keeps_its_mean_and_rises_by_strata(strata, factor):
    drawn = draw(20_000, strata=strata, stratum_voice=factor, voice_spread=0.5)
    assert drawn.voice.mean() == pytest.approx(0.04, abs=5 * drawn.voice.std() / np.sqrt(20_000))
    means = [drawn.voice[drawn.stratum == stratum].mean() for stratum in range(strata)]
    np.testing.assert_allclose(np.array(means[1:]) / means[:-1], factor, rtol=0.1)


@pytest.mark.parametrize("strata", [1, 2, 3, 10])
def test_strata_are_equally_large(strata):
    counts = np.bincount(draw(20_000, strata=strata).stratum, minlength=strata)
    assert len(counts) == strata
    share = 1 / strata
    np.testing.assert_allclose(
        counts / 20_000, share, atol=5 * np.sqrt(share * (1 - share) / 20_000) + 1e-12
    )


@pytest.mark.parametrize("evenness", [0.5, 8.0, 200.0])
def test_drives_are_shares_with_the_evenness_of_the_setting(evenness):
    drawn = draw(20_000, drives_evenness=evenness).drives
    np.testing.assert_allclose(drawn.sum(axis=1), 1, atol=1e-12)
    # Dirichlet: variance of a share p = 1/4 is p (1 - p) / (4 a + 1)
    np.testing.assert_allclose(drawn.mean(axis=0), 0.25, atol=0.01)
    np.testing.assert_allclose(drawn.var(axis=0), 0.1875 / (4 * evenness + 1), rtol=0.06)
    assert np.corrcoef(drawn.T)[np.triu_indices(len(DRIVE_NAMES), 1)] == pytest.approx(
        -1 / 3, abs=0.04
    )


def test_the_share_of_mobile_people_is_that_of_the_setting():
    assert draw(20_000, mobile_share=0.6).mobile.mean() == pytest.approx(0.6, abs=0.0175)  # 5 SE
    assert draw(500, mobile_share=1.0).mobile.all()
    assert not draw(500, mobile_share=0.0).mobile.any()


# --- switching off, extremes, precision ---


def test_spreads_of_zero_make_all_people_equal():
    alike = draw(
        network(200, 4),
        values_spread=0,
        voice_spread=0,
        strata=1,
        depth_spread=0,
        reflectiveness_spread=0,
        iconicity=0,
    )
    np.testing.assert_array_equal(alike.values, np.tile(table.VALUE_MEANS, (200, 1)))
    for trait, level in zip(
        (alike.conformity, alike.voice, alike.depth_ceiling, alike.reflectiveness),
        (0.45, 0.04, 0.25, 0.5),
        strict=True,
    ):
        assert np.all(trait == level)


@pytest.mark.parametrize("mean", [0.0, 0.37, 1.0])
def test_conformity_without_slope_or_at_its_ends_is_the_mean(mean):
    assert np.all(draw(200, conformity_mean=mean, conformity_slope=0).conformity == mean)
    if mean in (0, 1):
        assert np.all(draw(200, conformity_mean=mean, conformity_slope=5).conformity == mean)


def test_tribes_without_a_share_of_variance_change_nothing():
    one, many = draw(100), draw(network(100, 7), tribe_share=0)
    same(one._replace(tribe=many.tribe), many)


@pytest.mark.parametrize("name", OWN)
def test_every_setting_of_people_changes_their_traits(name):
    expected = getattr(People(), name)
    crowd = network(300, 5)
    changed = draw(crowd, **{name: expected + 1 if name == "strata" else expected * 0.5})
    before = draw(crowd)
    assert any(not np.array_equal(a, b) for a, b in zip(before, changed, strict=True))


def _ends(name):
    bounds = {type(bound).__name__: bound for bound in People.model_fields[name].metadata}
    return st.sampled_from([bounds["Ge"].ge, getattr(People(), name), bounds["Le"].le])


@given(
    st.fixed_dictionaries({name: _ends(name) for name in OWN}),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from([0.0, 1.0]),
    st.sampled_from([np.float32, np.float64]),
)
def test_traits_are_finite_and_in_range_at_every_extreme(people, size, homophily, iconicity, dtype):
    crowd = network(size, 2, [(i, i + 1) for i in range(size - 2)])
    drawn = draw(crowd, homophily=homophily, iconicity=iconicity, dtype=dtype, **people)
    for name, trait in zip(Traits._fields[:6], drawn, strict=False):
        assert trait.dtype == dtype, name
        assert np.isfinite(trait).all(), name
    for share in (drawn.conformity, drawn.reflectiveness, drawn.depth_ceiling, drawn.drives):
        assert share.min() >= 0
        assert share.max() <= 1
    assert drawn.voice.min() >= 0
    assert drawn.stratum.max() < people["strata"]
    np.testing.assert_allclose(drawn.drives.sum(axis=1), 1, atol=1e-6)


def test_traits_have_their_shapes_and_types():
    drawn = draw(ring(7, 2), homophily=0.5, dtype=np.float32)
    shapes = [(7, 10), (7, 4), *[(7,)] * 8]
    types = [np.float32] * 7 + [np.uint32, np.uint8, np.bool_]
    assert [trait.shape for trait in drawn] == shapes
    assert [trait.dtype for trait in drawn] == types
    assert all(trait.flags.c_contiguous for trait in drawn)


def test_single_precision_is_double_precision_rounded():
    crowd = ring(100, 3)
    double, single = draw(crowd, homophily=0.5), draw(crowd, homophily=0.5, dtype=np.float32)
    same(Traits(*(trait.astype(np.float32) for trait in double[:7]), *double[7:]), single)
