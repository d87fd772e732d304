"""The minimum of a quadratic function in a box, against scipy and known answers."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from equipoise.firm.control.box_minimum import minimise_in_unit_box


@pytest.mark.parametrize("seed", range(40))
def test_minimum_is_that_of_scipy(seed):
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 12))
    rows = np.cumsum(random.standard_normal((30, size)), axis=0)
    goal = 10 ** random.uniform(-2, 1) * random.standard_normal(30)
    found = minimise_in_unit_box(rows.T @ rows, rows.T @ goal)
    expected = lsq_linear(rows, goal, (0.0, 1.0), method="bvls", tol=1e-15).x
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_bounds_hold_exactly():
    found = minimise_in_unit_box(np.eye(3), np.array([-5.0, 0.25, 7.0]))
    assert found.tolist() == [0.0, 0.25, 1.0]


def test_a_variable_without_effect_stays_at_zero():
    assert minimise_in_unit_box(np.zeros((2, 2)), np.zeros(2)).tolist() == [0.0, 0.0]


def test_a_matrix_that_is_not_finite_is_an_error():
    with pytest.raises(FloatingPointError, match="step towards the minimum is not finite"):
        minimise_in_unit_box(np.array([[np.nan]]), np.array([1.0]))
