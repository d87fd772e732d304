"""Dynamics of a stock that effort builds up, and that fades without it."""

from __future__ import annotations

_NEGLIGIBLE_STOCK = 1e-6  # a smaller stock counts as none, so that it ends


def update_stock(stock: float, effort: float, rate: float, fade: float) -> float:
    """Return the stock after a day, 0..1: stock + rate * effort * (1 - stock) - fade * stock."""
    gain = rate * effort * (1.0 - stock)
    stock += gain - fade * stock
    if stock <= _NEGLIGIBLE_STOCK:
        return 0.0
    return min(stock, 1.0)
