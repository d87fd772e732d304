"""Receptors against statistics: standard errors, smoothing, misreading, and chance by address."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.firm import check_fixtures
from equipoise.firm.interfaces import Market, Posts, Truth
from equipoise.firm.receptors.estimates import estimate_mean
from equipoise.firm.receptors.mentions import Mentions
from equipoise.firm.receptors.reference import Blind, Oracle
from equipoise.firm.receptors.survey import Survey
from equipoise.randomness import draw_uniforms

NONE = np.zeros(4)
PLANT = check_fixtures.build_plant()
NO_POSTS = Posts(*(np.zeros(0, kind) for kind in (np.uint32, np.uint8, np.uint8, np.float32)))


def market(day, posts=NO_POSTS, ask=None, customers=500, truth=None):
    return Market(day, customers, posts, NONE, NONE, 100, 0, 0, 0.6, ask or nobody, truth)


def nobody(count):
    return np.zeros(0), np.zeros(0, np.uint8)


def posts(valence, author=None, topic=0):
    n = len(valence)
    author = np.arange(n, dtype=np.uint32) if author is None else np.asarray(author, np.uint32)
    return Posts(
        author,
        np.full(n, 4, np.uint8),
        np.full(n, topic, np.uint8),
        np.asarray(valence, np.float32),
    )


def read(receptor, markets):
    state, out = receptor.init(PLANT), []
    for each in markets:
        got, state = receptor.step(each, state)
        out.append(got)
    return out


# survey


@pytest.mark.parametrize(("n", "among"), [(50, 500), (200, 500), (450, 500)])
def test_survey_standard_error_is_the_spread_of_samples(n, among):
    people = np.clip(0.6 + 0.4 * (draw_uniforms(7, 0, 0, among) - 0.5), 0, 1)
    days = 1500

    def asker(day):
        chosen = np.argsort(draw_uniforms(7, 60, day, among), kind="stable")
        return lambda count: (people[chosen[:count]], np.zeros(min(count, among), np.uint8))

    survey = Survey(every=1, sample=n, nonresponse=0, courtesy=0, field=0)
    got = read(survey, [market(day, ask=asker(day), customers=among) for day in range(days)])
    levels, errors = (
        np.array([getattr(each, name) for each in got]) for name in ("satisfaction", "error")
    )
    assert levels.std() == pytest.approx(errors.mean(), rel=0.08)
    assert levels.mean() == pytest.approx(people.mean(), abs=4 * errors.mean() / math.sqrt(days))


def test_a_census_has_no_error_and_one_answer_the_widest():
    answers = np.array([0.2, 0.6, 0.9])
    assert estimate_mean(answers, 3) == (pytest.approx(answers.mean()), 0.0)
    assert estimate_mean(answers[:1], 10**9) == (0.2, pytest.approx(0.5))
    assert all(math.isnan(value) for value in estimate_mean(answers[:0], 0))


def test_standard_error_by_hand():
    answers = np.array([0.2, 0.6, 0.9, 0.5])
    assert estimate_mean(answers, 16)[1] == pytest.approx(
        np.sqrt((1 - 4 / 16) * answers.var(ddof=1) / 4)
    )


def test_a_survey_of_nobody_has_no_opinion():
    got = read(Survey(every=1, field=0), [market(0, customers=0)])[0]
    assert math.isnan(got.satisfaction)
    assert math.isnan(got.error)
    assert got.volume == 0


def test_survey_comes_when_due_after_its_days_in_the_field():
    asked = []

    def ask(count):
        asked.append(count)
        return np.full(count, 0.5), np.zeros(count, np.uint8)

    got = read(Survey(every=7, sample=30, field=10), [market(day, ask=ask) for day in range(30)])
    assert asked == [30] * 5
    assert [(day, each.observed) for day, each in enumerate(got) if each] == [
        (10, 0),
        (17, 7),
        (24, 14),
    ]


def test_courtesy_raises_the_level_and_hides_trouble():
    def ask(count):
        return np.array([0.3, 0.64, 0.9]), np.array([1, 2, 3], np.uint8)

    blunt = read(Survey(every=1, field=0, nonresponse=0, courtesy=0), [market(0, ask=ask)])[0]
    kind = read(Survey(every=1, field=0, nonresponse=0, courtesy=0.5), [market(0, ask=ask)])[0]
    assert kind.satisfaction == pytest.approx((blunt.satisfaction + 1) / 2)
    assert blunt.trouble[1] == 1
    assert kind.trouble.sum() <= blunt.trouble.sum()
    assert blunt.trouble[3] == 0


# mentions


def clear(**more):
    return Mentions(**({"coverage": 1.0, "accuracy": 1.0, "neutral": 0.0} | more))


@pytest.mark.parametrize("weight", [0.1, 0.2, 0.5, 1.0])
def test_smoothing_lags_by_the_published_mean(weight):
    days = [market(0, posts([0.1]))] + [market(day, posts([0.9])) for day in range(1, 400)]
    shares = [2 * each.satisfaction - 0.5 for each in read(clear(smoothing=weight), days)]
    assert sum(1 - share for share in shares[1:]) == pytest.approx((1 - weight) / weight, abs=1e-9)


@pytest.mark.parametrize("weight", [0.1, 0.3, 0.7])
def test_smoothing_reduces_variance_as_published(weight):
    days, n = 12_000, 10
    good = draw_uniforms(3, 1, 0, days * n).reshape(days, n) < 0.5
    got = read(
        clear(smoothing=weight), [market(day, posts(0.8 * row)) for day, row in enumerate(good)]
    )[200:]
    shares = np.array([2 * each.satisfaction - 0.5 for each in got])
    raw = good[200:].mean(axis=1)
    assert shares.var() / raw.var() == pytest.approx(weight / (2 - weight), rel=0.08)
    errors = np.array([each.error for each in got])
    assert errors.mean() == pytest.approx(shares.std() / 2, rel=0.12)


@pytest.mark.parametrize("accuracy", [0.55, 0.8, 1.0])
def test_misreading_pulls_the_share_toward_a_half(accuracy):
    people = 50_000
    valence = np.where(np.arange(people) % 10 < 9, 0.9, 0.1)
    got = read(clear(accuracy=accuracy), [market(0, posts(valence))])[0]
    expected = accuracy * 0.9 + (1 - accuracy) * 0.1
    assert 2 * got.satisfaction - 0.5 == pytest.approx(expected, abs=4 * 0.5 / math.sqrt(people))


def test_coverage_is_the_share_of_posts_found():
    got = read(clear(coverage=0.3), [market(0, posts(np.full(20_000, 0.9)))])[0]
    assert got.volume == pytest.approx(6000, abs=4 * math.sqrt(20_000 * 0.21))
    assert read(clear(coverage=0.0), [market(0, posts([0.9]))]) == [None]


def test_posts_are_counted_by_topic():
    both = Posts(
        *(
            np.concatenate(pair)
            for pair in zip(posts([0.9] * 3, topic=1), posts([0.1] * 2, topic=3), strict=True)
        )
    )
    got = read(clear(), [market(0, both)])[0]
    np.testing.assert_array_equal(got.praise, [0, 3, 0, 0])
    np.testing.assert_array_equal(got.trouble, [0, 0, 0, 2])
    assert got.volume == 5


def test_cut_sets_what_is_good():
    low, high = (read(clear(cut=cut), [market(0, posts([0.5]))])[0] for cut in (0.4, 0.6))
    assert (low.satisfaction, high.satisfaction) == (pytest.approx(0.7), pytest.approx(0.3))


@given(
    st.sets(st.integers(0, 5000), min_size=1, max_size=40),
    st.sets(st.integers(0, 5000), max_size=40),
)
def test_one_more_author_does_not_change_how_others_are_read(some, more):
    made, both = Mentions(coverage=0.5, accuracy=0.6), sorted(some | more)
    few = [a for a in both if a in some]

    def readings(authors):
        one_by_one = [made._read(posts([0.9], [author]), 4, 1)[0].tolist() for author in authors]
        together = made._read(posts([0.9] * len(authors), authors), 4, 1)[0].tolist()
        assert [flag for flags in one_by_one for flag in flags] == together
        return dict(zip(authors, one_by_one, strict=True))

    assert readings(few).items() <= readings(both).items()


def test_a_day_without_posts_gives_no_reading_and_keeps_the_mean():
    got = read(clear(), [market(0, posts([0.9])), market(1), market(2, posts([0.9]))])
    assert got[1] is None
    assert got[2].satisfaction == got[0].satisfaction


# references


def test_the_oracle_tells_the_truth_and_the_blind_nothing():
    faults = np.array([0, 0, 0.3, 0, 0.1])
    got = read(Oracle(), [market(3, truth=Truth(0.61, faults))])[0]
    assert (got.observed, got.delivered, got.satisfaction, got.error) == (3, 3, 0.61, 0.0)
    np.testing.assert_allclose(got.trouble, 500 * (0.25 + PLANT.matrix @ faults))
    assert read(Blind(), [market(0)]) == [None]
    assert read(Oracle(), [market(0, customers=0, truth=Truth(math.nan, faults))]) == [None]
