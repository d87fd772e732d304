"""Behaviour: the usual rates read as the set-point, and changes move the level by their weights."""

import math
from dataclasses import replace

import numpy as np
import pytest

from equipoise.firm import check_fixtures
from equipoise.firm.check_fixtures import run_receptor
from equipoise.firm.receptors.behaviour import Behaviour

PLANT = check_fixtures.build_plant()
MARKET = check_fixtures.build_markets(PLANT, truth=False)[0]


def market(day, left=2, uses=200, customers=1000):
    return replace(MARKET, day=day, left=left, uses=uses, customers=customers)


def test_no_reading_before_the_end_of_the_warm_up():
    readings = run_receptor(Behaviour(warm_up=28), [market(day) for day in range(30)])
    assert readings[26] is None
    assert readings[27] is not None


def test_days_without_customers_are_not_counted():
    assert run_receptor(Behaviour(warm_up=1), [market(0, customers=0)]) == [None]


def test_usual_behaviour_reads_as_the_set_point():
    readings = run_receptor(Behaviour(), [market(day) for day in range(200)])[27:]
    for reading in readings:
        assert reading.satisfaction == pytest.approx(PLANT.set_point, abs=0.02)


def change_of_level(left, uses, **settings):
    """Return the change of the level after a lasting change of daily churn and use."""
    before = [market(day, 20, 2000, 10_000) for day in range(2000)]
    after = [market(day, left, uses, 10_000) for day in range(2000, 2100)]
    receptor = Behaviour(recent=5, usual=36500, **settings)
    return run_receptor(receptor, before + after)[-1].satisfaction - PLANT.set_point


def test_an_e_fold_change_moves_the_level_by_its_weight():
    assert change_of_level(20 * math.e, 2000, churn_weight=0.1) == pytest.approx(-0.1, abs=0.01)
    assert change_of_level(20, 2000 / math.e, use_weight=0.3) == pytest.approx(-0.3, abs=0.02)
    assert change_of_level(20 * math.e, 2000, churn_weight=0) == pytest.approx(0, abs=1e-3)


def test_change_shows_slowly_and_becomes_usual_when_it_lasts():
    days = [market(day, left=2 if day < 300 else 8) for day in range(2000)]
    readings = run_receptor(Behaviour(), days)
    levels = [reading.satisfaction if reading else math.nan for reading in readings]
    assert levels[302] > PLANT.set_point - 0.03
    assert min(levels[300:400]) < PLANT.set_point - 0.04
    assert levels[-1] == pytest.approx(PLANT.set_point, abs=0.01)


def test_error_is_the_spread_of_the_level_and_the_doubt():
    draws = np.random.default_rng(3).poisson(4, 4000)
    days = [market(day, left=int(left)) for day, left in enumerate(draws)]
    receptor = Behaviour(doubt=0, usual=36500, use_weight=0, churn_weight=0.1)
    readings = run_receptor(receptor, days)[500:]
    levels = np.array([reading.satisfaction for reading in readings])
    errors = np.array([reading.error for reading in readings])
    assert errors.mean() == pytest.approx(levels.std(), rel=0.2)
    assert run_receptor(Behaviour(doubt=0.2), days)[-1].error > 0.2
