"""Estimates of a mean with its standard error."""

from __future__ import annotations

import math

from equipoise.array_types import Floats

LARGEST_SD = 0.5  # the largest standard deviation that numbers in 0..1 can have


def estimate_mean(said: Floats, among: int) -> tuple[float, float]:
    """Return the mean of n answers out of ``among`` people and its standard error (nan, nan when nobody answers).

    One answer tells no spread: the widest possible is taken.
    """
    n = len(said)
    if n == 0:
        return math.nan, math.nan
    spread = float(said.std(ddof=1)) if n > 1 else LARGEST_SD
    return float(said.mean()), spread * math.sqrt(max(1.0 - n / max(among, n), 0.0) / n)
