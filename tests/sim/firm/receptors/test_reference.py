"""The reference receptors: the oracle reads the truth, the blind one nothing."""

import math
from dataclasses import replace

import numpy as np
import pytest

from equipoise.firm import check_fixtures
from equipoise.firm.check_fixtures import run_receptor
from equipoise.firm.interfaces import Truth
from equipoise.firm.loop import assemble_firm
from equipoise.firm.receptors.reference import Blind, Oracle
from equipoise.settings.settings import Settings

PLANT = check_fixtures.build_plant()
MARKET = check_fixtures.build_markets(PLANT, truth=False)[3]
FAULTS = np.array([0, 0, 0.3, 0, 0.1])


def test_oracle_reads_the_truth_at_once_and_without_error():
    market = replace(MARKET, customers=500, truth=Truth(0.61, FAULTS))
    (reading,) = run_receptor(Oracle(), [market])
    assert (reading.observed, reading.delivered) == (3, 3)
    assert (reading.satisfaction, reading.error) == (0.61, 0.0)
    np.testing.assert_allclose(reading.trouble, 500 * (0.25 + PLANT.matrix @ FAULTS))


@pytest.mark.parametrize(
    "market",
    [replace(MARKET, customers=0, truth=Truth(math.nan, FAULTS)), replace(MARKET, truth=None)],
    ids=["no customers", "no truth"],
)
def test_oracle_without_customers_or_truth_has_no_reading(market):
    assert run_receptor(Oracle(), [market]) == [None]


def test_blind_never_has_a_reading():
    assert set(run_receptor(Blind(), check_fixtures.build_markets(PLANT, truth=False))) == {None}


@pytest.mark.parametrize("layers", [0, 2])
@pytest.mark.parametrize("kind", ["blind", "oracle", "survey", "mentions"])
def test_only_the_oracle_is_shown_the_truth(kind, layers):
    settings = Settings.model_validate({"receptor": {"kind": kind}, "lens": {"layers": layers}})
    plant = check_fixtures.build_plant(tuple(settings.effector))
    effectors = tuple(settings.effector)
    assert assemble_firm(settings, replace(plant, effectors=effectors)).sees_truth is (
        kind == "oracle"
    )
