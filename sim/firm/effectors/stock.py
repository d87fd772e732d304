"""A stock that effort builds up and that fades without it."""

from __future__ import annotations

NEGLIGIBLE_STOCK = 1e-6  # a smaller stock counts as none


def update_stock(held: float, effort: float, rate: float, fade: float) -> float:
    """Return what effort holds up after a day, 0..1: held + rate * effort * (1 - held) - fade * held."""
    held += rate * effort * (1.0 - held) - fade * held
    return min(held, 1.0) if held > NEGLIGIBLE_STOCK else 0.0
