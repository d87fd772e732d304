"""Evidence for a meeting: z-scores by channel, the part that is read, the in-control process."""

import math
from dataclasses import replace

import numpy as np
import pytest

from equipoise.firm.control.team import evidence
from equipoise.firm.control.team.evidence import InControl, Stream
from equipoise.firm.interfaces import Reading

CALM = np.ones(10, bool)


def test_counts_are_compared_within_their_channel():
    """A survey every fourth week, which counts no praise, is no news."""
    usual, few = np.full(8, 300.0), np.repeat([30.0, 0.0], 4)
    in_control = InControl(
        {
            "a": Stream(evidence.add_totals(usual), 1e4),
            "b": Stream(evidence.add_totals(few), 100.0),
        },
        np.ones(10),
    )
    counts = evidence.add_totals(np.full(8, 3.0) + 4 * np.eye(8)[0])
    z = evidence.compute_z_scores({"a": Stream(counts, 100.0)}, in_control)
    assert z[0] == pytest.approx(4 / math.sqrt(100 * 0.03 * 0.97 * 1.01))
    assert z[8] == pytest.approx(4 / math.sqrt(100 * 0.12 * 0.88 * 1.01))
    z = evidence.compute_z_scores(
        {"a": Stream(counts, 100.0), "b": Stream(evidence.add_totals(few / 2), 50.0)}, in_control
    )
    assert z[0] == pytest.approx(4 / math.sqrt(100 * 0.03 * 0.97 * 1.01 + 50 * 0.3 * 0.7 * 1.5))
    assert z[4] == pytest.approx(0, abs=1e-9)
    assert not evidence.compute_z_scores({"new": Stream(counts, 100.0)}, in_control).any()


def test_parts_of_a_fused_reading_stay_apart():
    part = Reading(0, 0, 0.5, 0.1, np.ones(4), np.zeros(4), 9)
    whole = replace(part, parts=(("a", part), ("b", replace(part, volume=5))))
    backlog = evidence.add_reading(
        evidence.add_reading(evidence.Backlog({}, np.zeros(5)), whole), whole
    )
    assert {name: stream.volume for name, stream in backlog.streams.items()} == {"a": 18, "b": 10}
    for name in "ab":
        np.testing.assert_array_equal(backlog.streams[name].counts, np.repeat([0.0, 2.0], 4))


def test_share_read_by_hand():
    assert evidence.share_read(80, 100, 0.5) == 1
    assert evidence.share_read(200, 100, 0.0) == pytest.approx(0.5)
    assert 200 * evidence.share_read(200, 100, 0.5) == pytest.approx(100 / 1.5)
    read = [load * evidence.share_read(load, 100, 0.5) for load in (100, 200, 400, 800)]
    assert read == sorted(read, reverse=True)


def test_reading_a_sample_keeps_mean_and_variance_of_a_binomial():
    counts = np.full(8, 200.0)
    samples = np.array([evidence.sample_counts(counts, 0.3, 1, day) for day in range(1500)])
    assert samples.mean() == pytest.approx(60, rel=0.01)
    assert samples.var() == pytest.approx(42, rel=0.06)
    assert evidence.sample_counts(counts, 1.0, 1, 0) is counts


def test_the_level_is_weighted_by_precision():
    reading = Reading(0, 0, 0.5, 0.1, np.zeros(4), np.zeros(4), 1, np.ones(5))
    backlog = evidence.add_reading(evidence.Backlog({}, np.zeros(5)), reading)
    backlog = evidence.add_reading(backlog, replace(reading, satisfaction=0.7, error=0.05))
    assert backlog.levels / backlog.weights == pytest.approx((0.5 + 4 * 0.7) / 5)
    np.testing.assert_array_equal(backlog.causes, np.full(5, 2.0))


@pytest.mark.parametrize(("discussed", "topics"), [("trouble", [0, 8]), ("praise", [4, 9])])
def test_only_what_is_discussed_is_read(discussed, topics):
    counts = np.array([3.0, 0, 0, 0, 5.0, 0, 0, 0])
    backlog = evidence.Backlog({"a": Stream(counts, 10.0)}, np.zeros(5))
    streams = evidence.read_backlog(backlog, discussed, 1000.0, 0.5, seed=1, day=0)
    assert np.flatnonzero(streams["a"].counts).tolist() == topics
    assert streams["a"].volume == 10.0


def test_channels_without_reports_are_left_out():
    backlog = evidence.Backlog({"a": Stream(np.zeros(8), 10.0)}, np.zeros(5))
    assert evidence.read_backlog(backlog, "both", 1000.0, 0.5, seed=1, day=0) == {}


def test_totals_are_of_trouble_and_of_praise():
    totals = evidence.add_totals(np.arange(8.0))
    np.testing.assert_array_equal(totals, [*range(8), 6.0, 22.0])


def test_the_first_meeting_sets_the_in_control_process():
    streams = {"a": Stream(np.arange(10.0), 20.0)}
    in_control = evidence.update_in_control(evidence.UNKNOWN_PROCESS, streams, 0.9, CALM)
    assert in_control.meetings == 0
    np.testing.assert_array_equal(in_control.streams["a"].counts, np.arange(10.0))


def test_topics_with_an_open_issue_are_not_learned():
    known = InControl({"a": Stream(np.full(10, 100.0), 1000.0)}, np.ones(10))
    streams = {"a": Stream(np.full(10, 12.0), 100.0)}
    calm = CALM.copy()
    calm[0] = False
    learned = evidence.update_in_control(known, streams, 0.9, calm).streams["a"]
    assert learned.counts[0] == pytest.approx(90 + 10)
    assert learned.counts[1] == pytest.approx(90 + 12)
    assert learned.volume == pytest.approx(1000)


def test_extreme_counts_are_not_learned():
    known = InControl({"a": Stream(np.full(10, 100.0), 1000.0)}, np.ones(10))
    streams = {"a": Stream(np.full(10, 60.0), 100.0)}
    learned = evidence.update_in_control(known, streams, 1.0, CALM).streams["a"]
    np.testing.assert_allclose(learned.counts, 110.0)


def test_dispersion_is_learned_from_overdispersed_counts():
    random = np.random.default_rng(3)
    in_control = evidence.UNKNOWN_PROCESS
    for _ in range(400):
        shares = np.clip(random.normal(0.05, 0.01, 8), 0.01, 0.1)
        counts = random.binomial(1000, shares).astype(float)
        streams = {"a": Stream(evidence.add_totals(counts), 1000.0)}
        in_control = evidence.update_in_control(in_control, streams, 0.99, CALM)
    # binomial variance 47.5, and (1000 * 0.01)^2 = 100 between meetings
    assert in_control.dispersion[:8].mean() == pytest.approx(147.5 / 47.5, rel=0.35)
