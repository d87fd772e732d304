"""Survey: timing, non-response, courtesy, and addressed draws."""

import math
from dataclasses import replace

import numpy as np
import pytest

from equipoise.firm import check_fixtures
from equipoise.firm.check_fixtures import run_receptor
from equipoise.firm.interfaces import Answers
from equipoise.firm.receptors.survey import Survey

MARKET = check_fixtures.build_markets(check_fixtures.build_plant(), truth=False)[0]
FRANK = {"every": 1, "field": 0, "nonresponse": 0, "courtesy": 0}  # every answer as it is meant


def market(day=0, *, ask, customers=500):
    return replace(MARKET, day=day, customers=customers, ask=ask)


def build_ask(satisfaction, depth=0.0, size=20_000):
    """Return a survey in which all people have the same satisfaction and depth."""
    levels = np.full(size, satisfaction)
    consumers = np.arange(size, dtype=np.uint32)
    answers = Answers(levels, np.zeros(size, np.uint8), consumers, np.full(size, depth))
    return lambda count: answers


def test_survey_is_delivered_after_its_days_in_the_field():
    sizes = []

    def ask(count):
        sizes.append(count)
        return np.full(count, 0.5), np.zeros(count, np.uint8)

    survey = Survey(every=7, sample=30, field=10)
    readings = run_receptor(survey, [market(day, ask=ask) for day in range(30)])
    assert sizes == [30] * 5
    delivered = [(day, reading.observed) for day, reading in enumerate(readings) if reading]
    assert delivered == [(10, 0), (17, 7), (24, 14)]


def test_survey_of_no_customers_has_no_level():
    ask = lambda count: (np.zeros(0), np.zeros(0, np.uint8))  # noqa: E731
    (reading,) = run_receptor(Survey(every=1, field=0), [market(ask=ask, customers=0)])
    assert math.isnan(reading.satisfaction)
    assert math.isnan(reading.error)
    assert reading.volume == 0


@pytest.mark.parametrize(
    ("satisfaction", "depth", "chance"),
    [(0.5, 0, 0.2), (0.9, 0, 0.84), (0.5, 0.5, 0.6), (0, 0, 1)],
)
def test_extreme_and_involved_people_answer_more_often(satisfaction, depth, chance):
    survey = Survey(every=1, field=0, nonresponse=0.8, courtesy=0)
    (reading,) = run_receptor(survey, [market(ask=build_ask(satisfaction, depth))])
    assert reading.volume / 20_000 == pytest.approx(chance, abs=0.012)


def test_nonresponse_biases_the_level_as_computed():
    levels = np.repeat([0.5, 0.9], 10_000)
    ask = lambda count: (levels, np.zeros(len(levels), np.uint8))  # noqa: E731
    survey = Survey(every=1, field=0, nonresponse=0.5, courtesy=0)
    (reading,) = run_receptor(survey, [market(ask=ask, customers=20_000)])
    assert reading.satisfaction == pytest.approx((0.5 * 0.5 + 0.9 * 0.9) / 1.4, abs=0.004)


def test_a_larger_sample_does_not_change_who_answers():
    consumers = np.array([3, 90, 7, 500], np.uint32)
    four = Answers(np.full(4, 0.5), np.zeros(4, np.uint8), consumers)
    two = Answers(np.full(2, 0.5), np.zeros(2, np.uint8), consumers[[0, 3]])
    survey = Survey(nonresponse=1.0)
    for day in range(30):
        expected = survey._draw_response(four, day, seed=1)[[0, 3]]
        np.testing.assert_array_equal(survey._draw_response(two, day, seed=1), expected)


def test_courtesy_raises_the_level_and_hides_trouble():
    answers = np.array([0.3, 0.64, 0.9]), np.array([1, 2, 3], np.uint8)
    days = [market(ask=lambda count: answers)]
    (frank,) = run_receptor(Survey(**FRANK), days)
    (polite,) = run_receptor(Survey(**FRANK | {"courtesy": 0.5}), days)
    assert polite.satisfaction == pytest.approx((frank.satisfaction + 1) / 2)
    np.testing.assert_array_equal(frank.trouble, [0, 1, 1, 0])
    np.testing.assert_array_equal(polite.trouble, [0, 1, 0, 0])
