"""Repair: in the focus, or everywhere."""

import numpy as np

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.interfaces import NO_DEED

AT_PRODUCT = np.eye(5)[2]


def test_repair_follows_the_focus():
    (deed,) = run_effector(Repair(rate=0.1), [0.5], AT_PRODUCT)
    np.testing.assert_allclose(deed.repair, 0.05 * AT_PRODUCT)


def test_repair_without_a_focus_is_even():
    (deed,) = run_effector(Repair(rate=0.1), [0.5])
    np.testing.assert_allclose(deed.repair, 0.01)


def test_no_effort_repairs_nothing():
    assert run_effector(Repair(), [0.0]) == [NO_DEED]
