"""Cocreate: invitations by effort, and the quality that ideas add."""

import numpy as np
import pytest

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.cocreate import Cocreate
from equipoise.firm.interfaces import NO_DEED

EFFORTS = [1.0] * 300 + [0.0] * 400


@pytest.mark.parametrize(("effort", "chance"), [(0.5, 0.05), (1.0, 0.1), (2.0, 0.1)])
def test_invitations_are_proportional_to_effort(effort, chance):
    (deed,) = run_effector(Cocreate(invite=0.1), [effort])
    assert deed.touch.invite == pytest.approx(chance)


def test_invitations_end_with_the_effort():
    deeds = run_effector(Cocreate(invite=0.02), EFFORTS)
    assert deeds[299].touch.invite == pytest.approx(0.02)
    assert deeds[300].touch is None


def test_ideas_add_quality_until_the_market_catches_up():
    deeds = run_effector(Cocreate(most=0.1, rate=0.05, decay=0.05), EFFORTS)
    changes = [0 if deed.replicate is None else deed.replicate[0] for deed in deeds]
    added = np.cumsum(changes)
    assert added[299] == pytest.approx(0.05)
    assert added[-1] == pytest.approx(0, abs=1e-12)
    assert deeds[-1] is NO_DEED
