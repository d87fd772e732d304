"""Estimate of a mean from a sample, with its standard error."""

from __future__ import annotations

import math

from equipoise.array_types import Floats

LARGEST_SD = 0.5  # the largest standard deviation that numbers in 0..1 can have


def estimate_mean(answers: Floats, population: int) -> tuple[float, float]:
    """Return the mean of n answers and its standard error; (nan, nan) without answers.

    The error is sqrt((1 - n / N) / n) * sd, for a sample of n out of N without replacement
    (Cochran 1977). A single answer has no spread of its own and gets the largest possible.
    """
    n = len(answers)
    if n == 0:
        return math.nan, math.nan
    spread = float(answers.std(ddof=1)) if n > 1 else LARGEST_SD
    missing_share = max(1.0 - n / max(population, n), 0.0)
    return float(answers.mean()), spread * math.sqrt(missing_share / n)
