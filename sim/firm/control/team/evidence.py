"""Evidence for a meeting: counts since the last one, the part that is read, and its z-scores.

A topic is one of ten counts: trouble by drive (4), praise by drive (4), all trouble, all praise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.firm.interfaces import DRIVE_COUNT, Reading
from equipoise.randomness import Purpose, draw_uniforms

COUNT_COUNT = 2 * DRIVE_COUNT  # counts of a channel: trouble by drive, then praise by drive
TOPIC_COUNT = COUNT_COUNT + 2  # and the two sums: all trouble, all praise
IS_PRAISE: Flags = np.array([*DRIVE_COUNT * [False], *DRIVE_COUNT * [True], False, True])

_UNIFORMS_PER_COUNT = 4  # uniform draws summed into one draw close to normal
_MIN_ERROR = 1e-3  # a smaller standard error of a level counts as this one
_MIN_SHARE = 0.005  # smallest in-control share, so that one report is no signal
_MAX_SHARE = 0.95  # largest in-control share, so that the variance stays positive
_MIN_VARIANCE = 1e-9
_MAX_DISPERSION = 10.0  # largest ratio of the variance of counts to that of a binomial
_DISPERSION_PRIOR = 10.0  # meetings that the first guess of that ratio counts for
_MIN_DISPERSION_WEIGHT = 0.02  # smallest weight of a meeting in that ratio
_MAX_LEARNED_Z = 3.0  # a larger deviation is not learned as in control

Discussed = Literal["both", "trouble", "praise"]


class Stream(NamedTuple):
    """Counts of one channel, and the volume: the number of people or posts behind them."""

    counts: Floats
    volume: float


Streams = Mapping[str, Stream]


class Backlog(NamedTuple):
    """Everything delivered since the last meeting.

    Attributes:
        streams: counts (8,) by channel.
        causes: number of people who name each department (D,).
        weights: sum of the precisions of levels.
        levels: sum of the levels, each times its precision.
    """

    streams: Streams
    causes: Floats
    weights: float = 0.0
    levels: float = 0.0


class InControl(NamedTuple):
    """In-control process of each channel: the reference of the control charts.

    Attributes:
        streams: decaying counts by topic (10,), by channel.
        dispersion: ratio of the variance of counts to that of a binomial (10,).
        meetings: meetings behind the ratio.
    """

    streams: Streams
    dispersion: Floats
    meetings: int = 0


UNKNOWN_PROCESS = InControl({}, np.ones(TOPIC_COUNT))


def add_reading(backlog: Backlog, reading: Reading) -> Backlog:
    """Return the backlog with one more reading; the parts of a fused reading stay apart."""
    streams = dict(backlog.streams)
    for name, part in reading.parts or (("", reading),):
        stream = Stream(np.concatenate([part.trouble, part.praise]), part.volume)
        before = streams.get(name)
        if before is not None:
            counts = before.counts + stream.counts
            stream = Stream(counts, before.volume + stream.volume)
        streams[name] = stream
    # a reading without causes did not ask for them
    causes = backlog.causes
    if len(reading.causes):
        causes = causes + reading.causes
    if math.isnan(reading.satisfaction):
        return backlog._replace(streams=streams, causes=causes)
    precision = 1.0
    if not math.isnan(reading.error):
        precision = max(reading.error, _MIN_ERROR) ** -2
    weights = backlog.weights + precision
    levels = backlog.levels + precision * reading.satisfaction
    return Backlog(streams, causes, weights, levels)


def read_backlog(
    backlog: Backlog, discussed: Discussed, capacity: float, paralysis: float, seed: int, day: int
) -> Streams:
    """Return the reports that are read: counts by topic (10,), of each channel with reports.

    Args:
        backlog: all reports since the last meeting.
        discussed: the counts that are brought to the meeting.
        capacity: reports that the team can read.
        paralysis: see `share_read`.
        seed: of the world.
        day: day of the meeting.
    """
    brought = {
        name: Stream(_select_counts(stream.counts, discussed), stream.volume)
        for name, stream in backlog.streams.items()
    }
    load = sum(float(stream.counts.sum()) for stream in brought.values())
    share = share_read(load, capacity, paralysis)
    streams = {}
    # sorted, so that the draws of a channel do not depend on the order of delivery
    for lane, (name, stream) in enumerate(sorted(brought.items())):
        if stream.counts.any():
            counts = sample_counts(stream.counts, share, seed, day, lane)
            streams[name] = Stream(add_totals(counts), stream.volume * share)
    return streams


def _select_counts(counts: Floats, discussed: Discussed) -> Floats:
    """Return the counts (8,) with those that are not discussed set to 0."""
    if discussed == "both":
        return counts
    counts = counts.copy()
    if discussed == "trouble":
        counts[DRIVE_COUNT:] = 0.0
    else:
        counts[:DRIVE_COUNT] = 0.0
    return counts


def add_totals(counts: Floats) -> Floats:
    """Return counts by topic (10,) from counts of trouble and praise by drive (8,)."""
    return np.concatenate([counts, counts.reshape(2, DRIVE_COUNT).sum(axis=1)])


def share_read(load: float, capacity: float, paralysis: float) -> float:
    """Return the share of the reports that is read: all up to capacity.

    Above capacity the throughput falls to capacity / (1 + paralysis * (load / capacity - 1)).
    """
    if load <= capacity:
        return 1.0
    overload = load / capacity
    return 1.0 / (overload * (1.0 + paralysis * (overload - 1.0)))


def sample_counts(counts: Floats, share: float, seed: int, day: int, lane: int = 0) -> Floats:
    """Return the counts (8,) in a random share of the reports.

    They have the mean and variance of a binomial, in a normal approximation.
    """
    if share >= 1.0:
        return counts
    size = _UNIFORMS_PER_COUNT * COUNT_COUNT
    draws = draw_uniforms(seed, Purpose.INTAKE, day, size * (lane + 1))[size * lane :]
    sums = draws.reshape(COUNT_COUNT, _UNIFORMS_PER_COUNT).sum(axis=1)
    # the sum of four uniforms has mean 2 and variance 1/3
    normal = (sums - 2.0) * math.sqrt(3.0)
    sampled = np.rint(counts * share + normal * np.sqrt(counts * share * (1 - share)))
    limited: Floats = np.clip(sampled, 0.0, counts)
    return limited


def compute_z_scores(streams: Streams, in_control: InControl) -> Floats:
    """Return the standard deviations of each topic's count above the in-control mean (10,).

    z = sum(x - V p) / sqrt(s sum(V p (1 - p) (1 + V / W))), summed over channels, where V is the
    volume behind the counts x, p the in-control share of a topic in a channel, known from the
    volume W, and s the dispersion. Channels without an in-control share contribute nothing.
    """
    excess, variance = np.zeros((2, TOPIC_COUNT))
    for name, (counts, volume) in streams.items():
        known = in_control.streams.get(name)
        if known is None:
            continue
        # each channel has its own usual shares: a survey hears more trouble than a forum
        share = known.counts / known.volume
        excess = excess + counts - volume * share
        share = np.minimum(np.maximum(share, _MIN_SHARE), _MAX_SHARE)
        variance = variance + volume * share * (1 - share) * (1 + volume / known.volume)
    z: Floats = excess / np.sqrt(in_control.dispersion * np.maximum(variance, _MIN_VARIANCE))
    return z


def update_in_control(
    in_control: InControl, streams: Streams, keep: float, calm: Flags
) -> InControl:
    """Return the in-control process after another meeting.

    A topic is learned only where it is calm and its z-score is not extreme; elsewhere the expected
    count takes its place.

    Args:
        in_control: before the meeting.
        streams: counts by topic that were read, by channel.
        keep: factor by which earlier counts decay.
        calm: True for topics without an open issue (10,).
    """
    z = compute_z_scores(streams, in_control)
    learn = calm & (z < _MAX_LEARNED_Z)
    channels = dict(in_control.streams)
    for name, (counts, volume) in streams.items():
        known = channels.get(name)
        if known is None:
            channels[name] = Stream(counts, volume)
            continue
        expected = volume * known.counts / known.volume
        learned = np.where(learn, counts, expected)
        # the expected count leaves the share as it is, and lets older counts fade
        channels[name] = Stream(keep * known.counts + learned, keep * known.volume + volume)
    # the first meeting has no expectation, so its z-scores say nothing about dispersion
    if not in_control.streams:
        return InControl(channels, in_control.dispersion)
    weight = max(1.0 / (_DISPERSION_PRIOR + in_control.meetings), _MIN_DISPERSION_WEIGHT)
    dispersion = in_control.dispersion * (1.0 + weight * learn * (z * z - 1.0))
    # counts cannot vary less than a binomial; less would make the charts too sensitive
    dispersion = np.minimum(np.maximum(dispersion, 1.0), _MAX_DISPERSION)
    return InControl(channels, dispersion, in_control.meetings + 1)
