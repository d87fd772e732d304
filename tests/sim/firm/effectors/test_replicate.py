"""Replicate: the delight settles at its balance, and fades without effort."""

import numpy as np
import pytest

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.replicate import Replicate


def test_delight_settles_and_fades():
    replicate = Replicate(rate=0.1, most=0.2, decay=0.05)
    deeds = run_effector(replicate, [1.0] * 300 + [0.0] * 60)
    changes = [0 if deed.replicate is None else deed.replicate[0] for deed in deeds]
    delight = np.cumsum(changes)
    assert delight[299] == pytest.approx(0.2 * 0.1 / 0.15)
    assert delight[359] == pytest.approx(delight[299] * 0.95**60)
    assert (delight >= 0).all()


def test_delight_is_the_same_in_all_departments():
    (deed,) = run_effector(Replicate(rate=0.1, most=0.2), [0.5])
    np.testing.assert_allclose(deed.replicate, np.full(5, 0.01))
