"""Samples: the estimate of a mean against known answers, draws by consumer, counts by drive."""

import math

import numpy as np
import pytest

from equipoise.firm.receptors.samples import (
    LARGEST_SD,
    clip_level,
    count_by_drive,
    draw_for_consumers,
    estimate_mean,
)
from equipoise.randomness import Purpose, draw_uniforms

ANSWERS = np.array([0.2, 0.6, 0.9, 0.5])


def test_mean_and_error_agree_with_cochran():
    mean, error = estimate_mean(ANSWERS, 16)
    assert mean == pytest.approx(0.55)
    assert error == pytest.approx(math.sqrt((1 - 4 / 16) * ANSWERS.var(ddof=1) / 4))


def test_census_has_no_error():
    assert estimate_mean(ANSWERS, 4) == (pytest.approx(0.55), 0.0)


def test_single_answer_has_the_largest_error():
    assert estimate_mean(ANSWERS[:1], 10**9) == (0.2, pytest.approx(LARGEST_SD))


def test_no_answers_give_no_estimate():
    assert all(math.isnan(value) for value in estimate_mean(ANSWERS[:0], 0))


@pytest.mark.parametrize("size", [50, 200, 450])
def test_error_is_the_spread_of_samples(size):
    people = np.clip(0.6 + 0.4 * (draw_uniforms(7, 0, 0, 500) - 0.5), 0, 1)
    estimates = []
    for day in range(1500):
        sample = np.argsort(draw_uniforms(7, 60, day, 500), kind="stable")[:size]
        estimates.append(estimate_mean(people[sample], 500))
    levels, errors = np.array(estimates).T
    assert levels.std() == pytest.approx(errors.mean(), rel=0.08)
    assert levels.mean() == pytest.approx(people.mean(), abs=4 * errors.mean() / math.sqrt(1500))


# draws, counts and levels


def test_a_draw_belongs_to_a_consumer_not_to_a_place():
    consumers = np.array([3, 90, 7, 500], np.uint32)
    draws = draw_for_consumers(1, Purpose.CAUSE, 5, consumers)
    fewer = draw_for_consumers(1, Purpose.CAUSE, 5, consumers[[0, 2]])
    np.testing.assert_array_equal(fewer, draws[[0, 2]])
    assert len(draw_for_consumers(1, Purpose.CAUSE, 5, consumers[:0])) == 0


def test_drives_are_counted():
    np.testing.assert_array_equal(count_by_drive(np.array([1, 1, 3], np.uint8)), [0, 2, 0, 1])


@pytest.mark.parametrize(("level", "clipped"), [(-0.1, 0.0), (0.4, 0.4), (1.5, 1.0)])
def test_levels_are_limited(level, clipped):
    assert clip_level(level) == clipped
