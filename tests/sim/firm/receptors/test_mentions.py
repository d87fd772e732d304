"""Mentions: classes, mistakes, correction, smoothing, coverage, and addressed draws."""

import functools
import math
import operator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from equipoise.firm import check_fixtures
from equipoise.firm.check_fixtures import run_receptor
from equipoise.firm.interfaces import Posts
from equipoise.firm.receptors.classifier import CLASSIFIER_BIAS, TWEET_SHARES
from equipoise.firm.receptors.mentions import Mentions
from equipoise.randomness import draw_uniforms

MARKET = check_fixtures.build_markets(check_fixtures.build_plant(), truth=False)[0]


def market(day=0, posts=None):
    return replace(MARKET, day=day, posts=build_posts([]) if posts is None else posts)


def build_posts(valence, author=None, topic=0):
    count = len(valence)
    numbers = np.arange(count) if author is None else author
    return Posts(
        author=np.asarray(numbers, np.uint32),
        kind=np.full(count, 4, np.uint8),
        topic=np.broadcast_to(np.asarray(topic, np.uint8), count),
        valence=np.asarray(valence, np.float32),
    )


def flawless(**settings):
    """Return a receptor that finds and understands every post."""
    return Mentions(**({"coverage": 1.0, "accuracy": 1.0, "neutral": 0.0} | settings))


def share_of_positive(readings):
    return np.array([2 * reading.satisfaction - 0.5 for reading in readings])


# classes


def test_posts_are_counted_by_topic():
    posts = build_posts([0.9, 0.9, 0.9, 0.1, 0.1], topic=[1, 1, 1, 3, 3])
    (reading,) = run_receptor(flawless(), [market(posts=posts)])
    np.testing.assert_array_equal(reading.praise, [0, 3, 0, 0])
    np.testing.assert_array_equal(reading.trouble, [0, 0, 0, 2])
    assert reading.volume == 5


@pytest.mark.parametrize(("cut", "level"), [(0.4, 0.7), (0.6, 0.3)])
def test_cut_separates_positive_from_negative(cut, level):
    (reading,) = run_receptor(flawless(cut=cut), [market(posts=build_posts([0.5]))])
    assert reading.satisfaction == pytest.approx(level)


def test_neutral_posts_are_neither_praise_nor_trouble():
    posts = build_posts([0.47, 0.9], topic=1)
    (reading,) = run_receptor(flawless(neutral=0.05), [market(posts=posts)])
    assert (reading.praise[1], reading.trouble[1], reading.volume) == (1, 0, 2)
    assert reading.satisfaction == pytest.approx((0.5 + 0.75) / 2)


# mistakes


@pytest.mark.parametrize("accuracy", [0.55, 0.8, 1.0])
def test_mistakes_pull_the_share_of_positive_toward_a_half(accuracy):
    people = 50_000
    valence = np.where(np.arange(people) % 10 < 9, 0.9, 0.1)
    readings = run_receptor(flawless(accuracy=accuracy), [market(posts=build_posts(valence))])
    expected = accuracy * 0.9 + (1 - accuracy) * 0.1
    error = 0.5 / math.sqrt(people)
    assert share_of_positive(readings)[0] == pytest.approx(expected, abs=4 * error)


@pytest.mark.parametrize("name", ["lexicon", "supervised"])
def test_measured_classifiers_have_the_published_bias_and_correction_removes_it(name):
    sizes = (60_000 * np.array(TWEET_SHARES)).astype(int)
    posts = build_posts(np.repeat([0.2, 0.5, 0.8], sizes))
    meant = TWEET_SHARES[2] - TWEET_SHARES[0]
    seen = meant + CLASSIFIER_BIAS[name]
    (plain,) = run_receptor(Mentions(coverage=1, classifier=name), [market(posts=posts)])
    net_sentiment = (plain.praise - plain.trouble).sum() / len(posts.author)
    assert net_sentiment == pytest.approx(seen, abs=0.012)
    assert plain.satisfaction == pytest.approx(0.5 + seen / 4, abs=0.004)
    correcting = Mentions(coverage=1, classifier=name, correct=True)
    (corrected,) = run_receptor(correcting, [market(posts=posts)])
    assert corrected.satisfaction == pytest.approx(0.5 + meant / 4, abs=0.01)
    assert corrected.error > plain.error / 2


def test_correction_of_a_guessing_classifier_is_refused():
    with pytest.raises(ValidationError, match="give an accuracy away from"):
        Mentions(accuracy=0.5, correct=True)


# smoothing


@pytest.mark.parametrize("weight", [0.1, 0.2, 0.5, 1.0])
def test_smoothing_lags_by_the_published_mean(weight):
    days = [market(day, build_posts([0.9])) for day in range(1, 400)]
    readings = run_receptor(flawless(smoothing=weight), [market(0, build_posts([0.1])), *days])
    lag = (1 - share_of_positive(readings[1:])).sum()
    assert lag == pytest.approx((1 - weight) / weight, abs=1e-9)


@pytest.mark.parametrize("weight", [0.1, 0.3, 0.7])
def test_smoothing_reduces_variance_as_published(weight):
    days, count, start = 12_000, 10, 200
    is_positive = draw_uniforms(3, 1, 0, days * count).reshape(days, count) < 0.5
    markets = [market(day, build_posts(0.8 * row)) for day, row in enumerate(is_positive)]
    readings = run_receptor(flawless(smoothing=weight), markets)[start:]
    shares = share_of_positive(readings)
    ratio = shares.var() / is_positive[start:].mean(axis=1).var()
    assert ratio == pytest.approx(weight / (2 - weight), rel=0.08)
    errors = np.array([reading.error for reading in readings])
    assert errors.mean() == pytest.approx(shares.std() / 2, rel=0.12)


def test_a_day_without_posts_has_no_reading_and_keeps_the_mean():
    days = [market(0, build_posts([0.9])), market(1), market(2, build_posts([0.9]))]
    first, second, third = run_receptor(flawless(), days)
    assert second is None
    assert third.satisfaction == first.satisfaction


# coverage and draws


def test_coverage_is_the_share_of_posts_read():
    posts = build_posts(np.full(20_000, 0.9))
    (reading,) = run_receptor(flawless(coverage=0.3), [market(posts=posts)])
    assert reading.volume == pytest.approx(6000, abs=4 * math.sqrt(20_000 * 0.21))
    assert run_receptor(flawless(coverage=0.0), [market(posts=posts)]) == [None]


@given(
    st.sets(st.integers(0, 5000), min_size=1, max_size=40),
    st.sets(st.integers(0, 5000), max_size=40),
)
def test_further_authors_do_not_change_how_others_are_read(some, further):
    receptor = Mentions(coverage=0.5, accuracy=0.6)

    def classes_by_author(authors):
        alone = {
            author: receptor._read(build_posts([0.9], [author]), 4, 1)[0].tolist()
            for author in authors
        }
        together = receptor._read(build_posts([0.9] * len(authors), authors), 4, 1)[0]
        assert functools.reduce(operator.iadd, alone.values(), []) == together.tolist()
        return alone

    fewer = classes_by_author(sorted(some))
    assert fewer.items() <= classes_by_author(sorted(some | further)).items()
