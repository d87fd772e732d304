"""What reaches the table: counts since the last meeting, how much of them is read, and how unusual they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.firm.interfaces import DRIVE_COUNT, Reading
from equipoise.randomness import Purpose, draw_uniforms

COUNTS = 2 * DRIVE_COUNT  # trouble by drive, then praise by drive
TOPICS = COUNTS + 2  # and then all trouble, all praise
PRAISE = (*(DRIVE_COUNT * [False]), *(DRIVE_COUNT * [True]), False, True)
LEAST = 0.005  # smallest share that counts as usual, so that one report is no sensation
MOST = 0.95
CROWDED = 10.0  # largest factor by which counts may scatter more than chance
SLOWEST, GUESS = (
    0.02,
    10.0,
)  # weight of a meeting in what is known of that factor: 1 / (GUESS + meetings), or this
SURPRISING = 3.0  # a larger deviation is not learned as usual

Discussed = Literal["both", "trouble", "praise"]


class Stream(NamedTuple):
    """Counts, and the volume of people or posts behind them."""

    counts: Floats
    volume: float


Streams = Mapping[str, Stream]


class Pile(NamedTuple):
    """What came in since the last meeting: counts (8,) by channel, causes named (D,), and levels.

    ``weights`` and ``levels`` are sums of precision, and of level by precision.
    """

    streams: Streams
    causes: Floats
    weights: float = 0.0
    levels: float = 0.0

    @property
    def counts(self) -> Floats:
        """Counts of all channels (8,)."""
        return sum((each.counts for each in self.streams.values()), NOTHING)


class Custom(NamedTuple):
    """What is usual: fading counts by topic (10,) of each channel; how much more than chance they scatter (10,)."""

    streams: Streams
    scatter: Floats
    meetings: int = 0


NOTHING = np.zeros(COUNTS)
NO_CUSTOM = Custom({}, np.ones(TOPICS))


def piled(pile: Pile, reading: Reading) -> Pile:
    """Put a reading on the pile, its parts each on their own."""
    streams = dict(pile.streams)
    for name, each in reading.parts or (("", reading),):
        counts = np.concatenate([each.trouble, each.praise])
        before = streams.get(name)
        streams[name] = (
            Stream(before.counts + counts, before.volume + each.volume)
            if before
            else Stream(counts, each.volume)
        )
    causes = pile.causes + reading.causes if len(reading.causes) else pile.causes
    weights, levels = pile.weights, pile.levels
    if not math.isnan(reading.satisfaction):
        weight = max(reading.error, 1e-3) ** -2 if not math.isnan(reading.error) else 1.0
        weights, levels = weights + weight, levels + weight * reading.satisfaction
    return Pile(streams, causes, weights, levels)


def read(
    pile: Pile, discussed: Discussed, capacity: float, paralysis: float, seed: int, day: int
) -> Streams:
    """Return what of the pile is brought to the table and read: counts by topic (10,), of every channel with any."""
    brought = {
        name: Stream(chosen(each.counts, discussed), each.volume)
        for name, each in pile.streams.items()
    }
    load = sum(float(each.counts.sum()) for each in brought.values())
    share = share_read(load, capacity, paralysis)
    return {
        name: Stream(topics(sampled(each.counts, share, seed, day, lane)), each.volume * share)
        for lane, (name, each) in enumerate(sorted(brought.items()))
        if each.counts.any()
    }


def chosen(counts: Floats, discussed: Discussed) -> Floats:
    """Return the counts that are brought to the table at all (8,)."""
    if discussed == "both":
        return counts
    counts = counts.copy()
    counts[slice(DRIVE_COUNT, None) if discussed == "trouble" else slice(DRIVE_COUNT)] = 0.0
    return counts


def topics(counts: Floats) -> Floats:
    """Return counts by topic (10,): trouble by drive, praise by drive, all trouble, all praise."""
    return np.concatenate([counts, counts.reshape(2, DRIVE_COUNT).sum(axis=1)])


def share_read(load: float, capacity: float, paralysis: float) -> float:
    """Return the share of the load that is read: all up to capacity; above it, throughput itself falls.

    Throughput is capacity / (1 + paralysis * (load / capacity - 1)): who drowns reads less than who has enough.
    """
    if load <= capacity:
        return 1.0
    over = load / capacity
    return 1.0 / (over * (1.0 + paralysis * (over - 1.0)))


def sampled(counts: Floats, share: float, seed: int, day: int, lane: int = 0) -> Floats:
    """Return the counts found when a random share of the reports is read (8,): mean and variance of a binomial."""
    if share >= 1.0:
        return counts
    draws = draw_uniforms(seed, Purpose.INTAKE, day, 4 * COUNTS * (lane + 1))[4 * COUNTS * lane :]
    bell = (draws.reshape(COUNTS, 4).sum(axis=1) - 2.0) * math.sqrt(3.0)
    found: Floats = np.clip(
        np.rint(counts * share + bell * np.sqrt(counts * share * (1 - share))), 0.0, counts
    )
    return found


def unusual(streams: Streams, custom: Custom) -> Floats:
    """Return how many standard deviations each topic's count is above the usual (10,).

    z = sum(x - V p) / sqrt(s sum(V p (1 - p) (1 + V / W))) over the channels: V is the volume behind the counts x, p
    the usual share of a topic in a channel, known from the volume W, s how much more than chance it varies. Unknown
    channels tell nothing yet.
    """
    excess, variance = np.zeros((2, TOPICS))
    for name, (counts, volume) in streams.items():
        usual = custom.streams.get(name)
        if usual is not None:
            share = usual.counts / usual.volume
            excess = excess + counts - volume * share
            share = np.minimum(np.maximum(share, LEAST), MOST)
            variance = variance + volume * share * (1 - share) * (1 + volume / usual.volume)
    z: Floats = excess / np.sqrt(custom.scatter * np.maximum(variance, 1e-9))
    return z


def accustomed(custom: Custom, streams: Streams, keep: float, calm: Flags) -> Custom:
    """Return what is usual after another meeting; learned only where it is ``calm`` (10,) and nothing surprises."""
    z = unusual(streams, custom)
    learn = calm & (z < SURPRISING)
    known = dict(custom.streams)
    for name, (counts, volume) in streams.items():
        usual = known.get(name)
        if usual is None:
            known[name] = Stream(counts, volume)
        else:
            expected = volume * usual.counts / usual.volume
            told = np.where(learn, counts, expected)
            known[name] = Stream(keep * usual.counts + told, keep * usual.volume + volume)
    if not custom.streams:
        return Custom(known, custom.scatter)
    step = max(1.0 / (GUESS + custom.meetings), SLOWEST)
    scatter = custom.scatter * (1.0 + step * learn * (z * z - 1.0))
    return Custom(known, np.minimum(np.maximum(scatter, 1.0), CROWDED), custom.meetings + 1)
