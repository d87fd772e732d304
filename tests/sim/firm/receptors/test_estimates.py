"""Estimates of a mean: known answers, and the error against the spread of samples."""

import math

import numpy as np
import pytest

from equipoise.firm.receptors.estimates import LARGEST_SD, estimate_mean
from equipoise.randomness import draw_uniforms

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
