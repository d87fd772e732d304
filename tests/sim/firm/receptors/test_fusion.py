"""Fusion: precision, the anchor's correction, and mission control."""

import math
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from equipoise.firm import check_fixtures
from equipoise.firm.check_fixtures import run_receptor
from equipoise.firm.checker import check
from equipoise.firm.interfaces import Reading, Receptor
from equipoise.firm.receptors.fusion import MissionControl, Suite
from equipoise.firm.receptors.reference import Blind, Oracle
from equipoise.firm.receptors.survey import Survey
from equipoise.firm.wrappers import LensWrapper
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Lens

DAYS = check_fixtures.build_markets(check_fixtures.build_plant(), truth=False)
DRIVES = np.arange(4.0)


class Wave(Receptor):
    """Reads level + swing * sin(day observed), every so many days, some days late."""

    kind: ClassVar[str] = "wave"
    level: float = 0.5
    error: float = 0.1
    every: int = 1
    late: int = 0
    swing: float = 0.0

    def init(self, plant):
        return None

    def step(self, market, state):
        observed = market.day - self.late
        if market.day % self.every or observed < 0:
            return None, state
        reading = Reading(
            observed=observed,
            delivered=market.day,
            satisfaction=self.level + self.swing * math.sin(observed),
            error=self.error,
            praise=DRIVES,
            trouble=2 * DRIVES,
            volume=3,
            causes=np.ones(5),
            values=np.full(10, 0.5),
        )
        return reading, state


# precision


def test_levels_are_weighted_by_precision():
    suite = Suite(receptors={"a": Wave(level=0.4, error=0.02), "b": Wave(level=0.7, error=0.04)})
    reading = run_receptor(suite, DAYS)[0]
    assert reading.satisfaction == pytest.approx((4 * 0.4 + 0.7) / 5)
    assert reading.error == pytest.approx((1 / 0.02**2 + 1 / 0.04**2) ** -0.5)


def test_counts_are_summed_and_values_averaged():
    reading = run_receptor(Suite(receptors={"a": Wave(), "b": Wave()}), DAYS)[0]
    np.testing.assert_array_equal(reading.praise, 2 * DRIVES)
    np.testing.assert_array_equal(reading.trouble, 4 * DRIVES)
    np.testing.assert_array_equal(reading.causes, np.full(5, 2.0))
    np.testing.assert_array_equal(reading.values, np.full(10, 0.5))
    assert reading.volume == 6
    assert [name for name, _ in reading.parts] == ["a", "b"]


def test_an_old_level_has_less_weight():
    old = Wave(level=0.4, error=0.02, every=30)
    new = Wave(level=0.7, error=0.02)
    reading = run_receptor(Suite(receptors={"old": old, "new": new}, drift=0.01), DAYS)[29]
    old_weight = 1 / (0.02**2 + 29 * 0.01**2)
    new_weight = 1 / 0.02**2
    expected = (old_weight * 0.4 + new_weight * 0.7) / (old_weight + new_weight)
    assert reading.satisfaction == pytest.approx(expected)
    np.testing.assert_array_equal(reading.trouble, 2 * DRIVES)


def test_a_suite_of_one_reads_as_that_one():
    alone = run_receptor(Survey(every=3), DAYS)
    within = run_receptor(Suite(receptors={"survey": Survey(every=3)}), DAYS)
    for expected, reading in zip(alone, within, strict=True):
        assert (expected is None) == (reading is None)
        if expected is not None and not math.isnan(expected.satisfaction):
            assert reading.satisfaction == pytest.approx(expected.satisfaction)


def test_a_suite_of_the_blind_is_blind():
    assert set(run_receptor(Suite(receptors={"a": Blind()}), DAYS)) == {None}


# the anchor


def test_anchor_removes_the_bias_of_a_fast_channel():
    receptors = {
        "survey": Wave(level=0.6, error=0.02, every=28, late=5),
        "mentions": Wave(level=0.4, error=0.01, swing=0.02),
    }
    truth = 0.6 + 0.02 * np.sin(np.arange(60, 90))

    def levels(anchor):
        readings = run_receptor(Suite(receptors=receptors, anchor=anchor), DAYS)
        return np.array([reading.satisfaction for reading in readings[60:]])

    assert np.abs(levels("") - truth).mean() > 0.1
    assert np.abs(levels("survey") - truth).mean() < 0.02
    assert np.corrcoef(levels("survey"), truth)[0, 1] > 0.9


def test_offset_agrees_with_the_kalman_filter():
    receptors = {"a": Wave(level=0.6, error=0.03, every=100), "b": Wave(level=0.4, error=0.04)}
    suite = Suite(receptors=receptors, anchor="a", doubt=0.1, wander=0.0, drift=0.0)
    reading = run_receptor(suite, DAYS)[0]
    gain = 0.01 / (0.01 + 0.03**2 + 0.04**2)
    offset = -0.2 * gain
    variance = 0.01 * (1 - gain)
    weights = np.array([1 / 0.03**2, 1 / (0.04**2 + variance)])
    expected = weights @ [0.6, 0.4 - offset] / weights.sum()
    assert reading.satisfaction == pytest.approx(expected, rel=1e-6)
    assert reading.error == pytest.approx(weights.sum() ** -0.5, rel=1e-6)


# wrappers, truth and errors


def test_only_an_oracle_within_is_shown_the_truth():
    suite = Suite(receptors={"oracle": Oracle(), "survey": Survey()})
    assert suite.sees_truth
    assert not Suite().sees_truth
    check(suite)


def test_the_lens_also_filters_the_parts_of_a_fused_reading():
    suite = Suite(receptors={"a": Wave(level=0.4), "b": Wave(level=0.5)})
    lens = Lens(layers=2, attenuation=0.5, delay=0)
    reading = run_receptor(LensWrapper(receptor=suite, lens=lens), DAYS)[0]
    assert reading.trouble[1] == 1.0
    assert [part.trouble[1] for _, part in reading.parts] == [0.5, 0.5]
    for part in (reading, *(part for _, part in reading.parts)):
        assert part.satisfaction > 0.6
    np.testing.assert_allclose(reading.causes, 2 / 4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"receptors": {}}, "at least one receptor"),
        ({"anchor": "survy"}, r"anchor 'survy' is not known\. Did you mean 'survey'"),
        (
            {"receptors": {"a": {"kind": "surveys"}}},
            r"receptor kind 'surveys' is not known\. Did you mean 'survey'",
        ),
    ],
)
def test_a_wrong_suite_is_refused_with_advice(settings, message):
    with pytest.raises(ValidationError, match=message):
        Suite(**settings)


# mission control


def test_mission_control_reads_four_channels_every_day():
    mission_control = MissionControl()
    kinds = {receptor.kind for receptor in mission_control.receptors.values()}
    assert kinds == {"survey", "conversation", "mentions", "behaviour"}
    assert None not in run_receptor(mission_control, DAYS)[1:80]


def test_mission_control_can_be_written_and_read_back():
    settings = dump_settings(MissionControl())
    settings.pop("kind")
    assert MissionControl.model_validate(settings) == MissionControl()
