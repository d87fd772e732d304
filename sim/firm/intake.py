"""What reaches the table: counts since the last meeting, how much of them is read, and how unusual they are."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from equipoise.arraytypes import Floats
from equipoise.firm.signals import DRIVES, Reading
from equipoise.randomness import Purpose, uniforms

INTAKE = int(Purpose.INTAKE)
TOPICS = 2 * DRIVES  # trouble by drive, then praise by drive
LEAST = 0.005  # smallest share that counts as usual, so that one report is no sensation
MOST = 0.95
CROWDED = 10.0  # largest factor by which counts may scatter more than chance
STEP = 0.1  # weight of a meeting in what is known of that factor
SURPRISING = 3.0  # a larger deviation is not learned as usual

Discussed = Literal["both", "trouble", "praise"]


class Pile(NamedTuple):
    """What came in since the last meeting: counts by topic (8,), people or posts behind them, causes (D,), levels.

    ``weights`` and ``levels`` are sums of precision, and of level by precision.
    """

    counts: Floats
    volume: float
    causes: Floats
    weights: float = 0.0
    levels: float = 0.0


class Custom(NamedTuple):
    """What is usual: fading counts by topic (8,), the volume behind them; how much more than chance they vary (8,)."""

    counts: Floats
    volume: float
    scatter: Floats


NO_CUSTOM = Custom(np.zeros(TOPICS), 0.0, np.ones(TOPICS))


def piled(pile: Pile, reading: Reading) -> Pile:
    """Put a reading on the pile."""
    counts = pile.counts.copy()
    counts[:DRIVES] += reading.trouble
    counts[DRIVES:] += reading.praise
    causes = pile.causes + reading.causes if len(reading.causes) else pile.causes
    weights, levels = pile.weights, pile.levels
    if not math.isnan(reading.satisfaction):
        weight = max(reading.error, 1e-3) ** -2 if not math.isnan(reading.error) else 1.0
        weights, levels = weights + weight, levels + weight * reading.satisfaction
    return Pile(counts, pile.volume + reading.volume, causes, weights, levels)


def chosen(counts: Floats, discussed: Discussed) -> Floats:
    """Return the counts that are brought to the table at all (8,)."""
    if discussed == "both":
        return counts
    counts = counts.copy()
    counts[slice(DRIVES, None) if discussed == "trouble" else slice(DRIVES)] = 0.0
    return counts


def share_read(load: float, capacity: float, paralysis: float) -> float:
    """Return the share of the load that is read: all up to capacity; above it, throughput itself falls.

    Throughput is capacity / (1 + paralysis * (load / capacity - 1)): who drowns reads less than who has enough.
    """
    if load <= capacity:
        return 1.0
    over = load / capacity
    return 1.0 / (over * (1.0 + paralysis * (over - 1.0)))


def sampled(counts: Floats, share: float, seed: int, day: int) -> Floats:
    """Return the counts found when a random share of the reports is read (8,): mean and variance of a binomial."""
    if share >= 1.0:
        return counts
    bell = (uniforms(seed, INTAKE, day, 4 * TOPICS).reshape(TOPICS, 4).sum(axis=1) - 2.0) * math.sqrt(3.0)
    found: Floats = np.clip(np.rint(counts * share + bell * np.sqrt(counts * share * (1 - share))), 0.0, counts)
    return found


def unusual(counts: Floats, volume: float, custom: Custom) -> Floats:
    """Return how many standard deviations each count is above the usual (8,): z = (x - V p) / sqrt(s V p (1 - p)).

    V is the volume behind the counts, p the usual share of a topic in it, s how much more than chance it varies.
    """
    share = np.clip(custom.counts / max(custom.volume, 1e-9), LEAST, MOST)
    z: Floats = (counts - volume * share) / np.sqrt(custom.scatter * volume * share * (1 - share))
    return z


def accustomed(custom: Custom, counts: Floats, volume: float, keep: float, calm: Floats) -> Custom:
    """Return what is usual after another meeting; learned only where it is ``calm`` (8,) and nothing surprises."""
    if not custom.volume:
        return Custom(counts.copy(), volume, custom.scatter)
    z = unusual(counts, volume, custom)
    learn = (calm > 0) & (z < SURPRISING)
    expected = volume * custom.counts / custom.volume
    scatter = custom.scatter + STEP * learn * (custom.scatter * z * z - custom.scatter)
    counts = keep * custom.counts + np.where(learn, counts, expected)
    return Custom(counts, keep * custom.volume + volume, np.clip(scatter, 1.0, CROWDED))
