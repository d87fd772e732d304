"""Samples of people: their draws, their counts by drive, and the estimate of a mean."""

from __future__ import annotations

import math

import numpy as np

from equipoise.array_types import Bytes, Floats, Indices
from equipoise.firm.interfaces import DRIVE_COUNT
from equipoise.randomness import Purpose, draw_uniforms

LARGEST_SD = 0.5  # the largest standard deviation that numbers in 0..1 can have


def draw_for_consumers(seed: int, purpose: Purpose, day: int, consumers: Indices) -> Floats:
    """Return one uniform draw for each of these consumers (n,)."""
    if not len(consumers):
        return np.zeros(0)
    # A draw belongs to a consumer, not to a place in the sample: draw up to the last one.
    count = int(consumers.max()) + 1
    return draw_uniforms(seed, purpose, day, count)[consumers]


def count_by_drive(drives: Bytes) -> Floats:
    """Return the number of occurrences of each drive (4,)."""
    return np.bincount(drives, minlength=DRIVE_COUNT).astype(float)


def clip_level(level: float) -> float:
    """Return the level limited to 0..1."""
    return min(max(level, 0.0), 1.0)


def estimate_mean(answers: Floats, population: int) -> tuple[float, float]:
    """Return the mean of n answers and its standard error; (nan, nan) without answers.

    The error is sqrt((1 - n / N) / n) * sd, for a sample of n out of N without replacement
    (Cochran 1977). A single answer has no spread of its own and gets the largest possible.
    """
    n = len(answers)
    if n == 0:
        return math.nan, math.nan
    mean = float(answers.mean())
    spread = float(answers.std(ddof=1)) if n > 1 else LARGEST_SD
    sampled = n / max(population, n)
    unsampled = max(1.0 - sampled, 0.0)
    return mean, spread * math.sqrt(unsampled / n)
