"""Surveys that not all answer, classifiers as measured, talks, and deeds: each against what can be worked out."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from equipoise.firm import check_fixtures
from equipoise.firm.interfaces import Answers, Market, Posts, Talks
from equipoise.firm.receptors.behaviour import Behaviour
from equipoise.firm.receptors.classifier import (
    CLASSIFIER_BIAS,
    CLASSIFIER_RECALL,
    TWEET_SHARES,
    confusion_matrix,
    correct_scores,
)
from equipoise.firm.receptors.conversation import Conversation
from equipoise.firm.receptors.mentions import Mentions
from equipoise.firm.receptors.survey import Survey
from equipoise.randomness import Purpose, draw_uniforms

NONE = np.zeros(4)
PLANT = check_fixtures.build_plant()
NO_POSTS = Posts(*(np.zeros(0, kind) for kind in (np.uint32, np.uint8, np.uint8, np.float32)))


def market(day=0, customers=1000, posts=NO_POSTS, ask=None, uses=200, left=1, **more):
    return Market(day, customers, posts, NONE, NONE, uses, 0, left, 0.6, ask, **more)


def read(receptor, days):
    state, out = receptor.init(PLANT), []
    for each in days:
        got, state = receptor.step(each, state)
        out.append(got)
    return out


# survey


def people(satisfaction, depth=0.0, size=20_000):
    filled = np.full(size, satisfaction)
    who = np.arange(size, dtype=np.uint32)
    return lambda count: Answers(filled, np.zeros(size, np.uint8), who, np.full(size, depth))


@pytest.mark.parametrize(
    ("satisfaction", "depth", "chance"), [(0.5, 0, 0.2), (0.9, 0, 0.84), (0.5, 0.5, 0.6), (0, 0, 1)]
)
def test_who_answers_is_who_is_extreme_or_close(satisfaction, depth, chance):
    survey = Survey(every=1, field=0, nonresponse=0.8, courtesy=0)
    got = read(survey, [market(ask=people(satisfaction, depth))])[0]
    assert got.volume / 20_000 == pytest.approx(chance, abs=0.012)


def test_nonresponse_biases_the_level_as_worked_out():
    half = np.repeat([0.5, 0.9], 10_000)
    ask = lambda count: (half, np.zeros(len(half), np.uint8))  # noqa: E731
    survey = Survey(every=1, field=0, nonresponse=0.5, courtesy=0)
    got = read(survey, [market(customers=20_000, ask=ask)])[0]
    assert got.satisfaction == pytest.approx((0.5 * 0.5 + 0.9 * 0.9) / 1.4, abs=0.004)


def test_one_person_more_in_the_sample_does_not_change_who_else_answers():
    who = np.array([3, 90, 7, 500], np.uint32)
    asked = Answers(np.full(4, 0.5), np.zeros(4, np.uint8), who)
    fewer = Answers(*(each[[0, 3]] if len(each) else each for each in asked))
    survey = Survey(nonresponse=1.0)
    for day in range(30):
        both = survey._draw_response(asked, day, 1)[[0, 3]]
        np.testing.assert_array_equal(survey._draw_response(fewer, day, 1), both)


# classifiers


@pytest.mark.parametrize(("name", "accuracy"), [("lexicon", 0.55), ("supervised", 0.80)])
def test_confusion_has_the_published_recall_bias_and_accuracy(name, accuracy):
    matrix, shares = confusion_matrix(name), np.array(TWEET_SHARES)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    assert (matrix > 0).all()
    np.testing.assert_allclose(np.diag(matrix), CLASSIFIER_RECALL[name])
    net = shares @ matrix @ (-1, 0, 1) - shares @ (-1, 0, 1)
    assert net == pytest.approx(CLASSIFIER_BIAS[name])
    assert shares @ np.diag(matrix) == pytest.approx(accuracy, abs=0.005)


def airline(size=60_000):
    """Posts with the measured shares of negative, neutral and positive."""
    valence = np.repeat([0.2, 0.5, 0.8], (size * np.array(TWEET_SHARES)).astype(int))
    n = len(valence)
    return Posts(
        np.arange(n, dtype=np.uint32),
        np.full(n, 4, np.uint8),
        np.zeros(n, np.uint8),
        valence.astype(np.float32),
    )


@pytest.mark.parametrize("name", ["lexicon", "supervised"])
def test_what_is_read_has_the_published_bias_and_correction_removes_it(name):
    posts = airline()
    n = len(posts.author)
    net = TWEET_SHARES[2] - TWEET_SHARES[0]
    got = read(Mentions(coverage=1, classifier=name), [market(posts=posts)])[0]
    assert (got.praise - got.trouble).sum() / n == pytest.approx(
        net + CLASSIFIER_BIAS[name], abs=0.012
    )
    assert got.satisfaction == pytest.approx(0.5 + (net + CLASSIFIER_BIAS[name]) / 4, abs=0.004)
    right = read(Mentions(coverage=1, classifier=name, correct=True), [market(posts=posts)])[0]
    assert right.satisfaction == pytest.approx(0.5 + net / 4, abs=0.01)
    assert right.error > got.error / 2


def test_correction_is_exact_in_expectation():
    scores = np.array([0.0, 0.5, 1.0])
    for name in CLASSIFIER_RECALL:
        matrix = confusion_matrix(name)
        np.testing.assert_allclose(matrix @ correct_scores(scores, matrix), scores, atol=1e-12)


def test_a_coin_cannot_be_corrected():
    with pytest.raises(
        ValidationError, match="classifier that guesses: give an accuracy away from"
    ):
        Mentions(accuracy=0.5, correct=True)


def test_neutral_posts_are_neither_praise_nor_trouble():
    posts = Posts(*(np.array(each) for each in ([0, 1], [4, 4], [1, 1], [0.47, 0.9])))
    got = read(Mentions(coverage=1, accuracy=1, neutral=0.05), [market(posts=posts)])[0]
    assert (got.praise[1], got.trouble[1], got.volume) == (1, 0, 2)
    assert got.satisfaction == pytest.approx((0.5 + 0.75) / 2)


# conversation


def told(size, cause=2, satisfaction=0.4):
    who = np.arange(size, dtype=np.uint32)
    values = np.tile(np.arange(10.0), (size, 1))
    cause = np.full(size, cause, np.int64)
    return lambda count: Talks(
        *(each[:count] for each in (who, np.full(size, satisfaction), who % 4 == 0, cause, values))
    )


@pytest.mark.parametrize("accuracy", [0.5, 0.9, 1.0])
def test_staff_find_the_cause_as_often_as_they_should(accuracy):
    n = 20_000
    got = read(Conversation(talks=n, accuracy=accuracy), [market(talk=told(n))])[0]
    assert got.causes.sum() == n
    assert got.causes[2] / n == pytest.approx(accuracy, abs=0.012)
    np.testing.assert_allclose(np.delete(got.causes, 2) / n, (1 - accuracy) / 4, atol=0.01)
    np.testing.assert_allclose(got.values, np.arange(10))


def test_no_cause_is_told_where_there_is_none_and_no_reading_without_talks():
    got = read(Conversation(), [market(talk=told(30, cause=-1)), market(1)])
    np.testing.assert_array_equal(got[0].causes, np.zeros(5))
    assert got[0].volume == 10
    assert got[1] is None
    assert read(Conversation(talks=0), [market(talk=told(30))]) == [None]


def test_those_in_touch_are_worse_off_and_the_firm_may_allow_for_it():
    days = [market(day, talk=told(10, satisfaction=0.4)) for day in range(5)]
    assert read(Conversation(), days)[-1].satisfaction == pytest.approx(0.4)
    assert read(Conversation(allowance=0.2), days)[-1].satisfaction == pytest.approx(0.6)


def test_the_error_of_talks_is_that_of_their_weighted_mean():
    def talk(day):
        return lambda n: told(n)(n)._replace(satisfaction=draw_uniforms(5, 1, day, n))

    got = read(Conversation(recent=5), [market(day, talk=talk(day)) for day in range(3000)])[100:]
    levels, errors = (
        np.array([getattr(each, name) for each in got]) for name in ("satisfaction", "error")
    )
    assert levels.mean() == pytest.approx(0.5, abs=0.01)
    assert errors.mean() == pytest.approx(levels.std(), rel=0.12)


def test_talks_of_late_count_most():
    days = [market(day, talk=told(10, satisfaction=0.2 if day < 20 else 0.8)) for day in range(40)]
    short, long = (read(Conversation(recent=recent), days)[-1].satisfaction for recent in (1, 50))
    assert short == pytest.approx(0.8, abs=1e-6)
    assert long < 0.7


# behaviour


def test_usual_behaviour_reads_as_the_set_point():
    got = read(Behaviour(), [market(day, left=2, uses=200) for day in range(200)])
    assert got[26] is None
    assert got[27] is not None
    assert all(each.satisfaction == pytest.approx(PLANT.set_point, abs=0.02) for each in got[27:])


def test_churn_and_use_move_the_level_by_their_weights():
    def after(left, uses, **more):
        days = [market(day, left=20, uses=2000, customers=10_000) for day in range(2000)]
        days += [market(day, left=left, uses=uses, customers=10_000) for day in range(2000, 2100)]
        return (
            read(Behaviour(recent=5, usual=36500, **more), days)[-1].satisfaction - PLANT.set_point
        )

    assert after(20 * math.e, 2000, churn_weight=0.1) == pytest.approx(-0.1, abs=0.01)
    assert after(20, 2000 / math.e, use_weight=0.3) == pytest.approx(-0.3, abs=0.02)
    assert after(20 * math.e, 2000, churn_weight=0) == pytest.approx(0, abs=1e-3)


def test_behaviour_shows_slowly_and_lasting_change_becomes_usual():
    days = [market(day, left=2 if day < 300 else 8) for day in range(2000)]
    got = [each.satisfaction if each else math.nan for each in read(Behaviour(), days)]
    assert got[302] > PLANT.set_point - 0.03
    assert min(got[300:400]) < PLANT.set_point - 0.04
    assert got[-1] == pytest.approx(PLANT.set_point, abs=0.01)


def test_the_error_of_behaviour_is_its_spread_and_the_doubt():
    draws = np.random.default_rng(3).poisson(4, 4000)
    days = [market(day, left=int(left)) for day, left in enumerate(draws)]
    got = read(Behaviour(doubt=0, usual=36500, use_weight=0, churn_weight=0.1), days)[500:]
    levels, errors = (
        np.array([getattr(each, name) for each in got]) for name in ("satisfaction", "error")
    )
    assert errors.mean() == pytest.approx(levels.std(), rel=0.2)
    assert read(Behaviour(doubt=0.2), days)[-1].error > 0.2


def test_who_is_listened_to_says_nothing_of_whether_staff_get_it_right():
    """The world picks people by the lowest of their draws of the day: staff must not err by those same draws."""
    chosen = np.argsort(draw_uniforms(PLANT.seed, int(Purpose.CONVERSATION), 3, 4000))[:400].astype(
        np.uint32
    )
    listened = lambda count: told(400)(400)._replace(consumer=chosen)  # noqa: E731
    got = read(Conversation(talks=400, accuracy=0.7), [market(3, talk=listened)])[0]
    assert got.causes[2] / 400 == pytest.approx(0.7, abs=0.09)
