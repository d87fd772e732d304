"""Stock: growth, fading, and bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.firm.effectors.stock import update_stock

unit = st.floats(0, 1)


@pytest.mark.parametrize(
    ("stock", "effort", "expected"),
    [(0.0, 1.0, 0.1), (0.5, 0.0, 0.45), (0.5, 1.0, 0.5), (1e-7, 0.0, 0.0)],
)
def test_stock_grows_with_effort_and_fades(stock, effort, expected):
    assert update_stock(stock, effort, rate=0.1, fade=0.1) == pytest.approx(expected)


@given(unit, unit, unit, unit)
def test_stock_stays_between_zero_and_one(stock, effort, rate, fade):
    assert 0 <= update_stock(stock, effort, rate, fade) <= 1
