"""Align: alignment moves by the day's effort."""

import pytest

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.align import Align
from equipoise.firm.interfaces import Touch


@pytest.mark.parametrize(("effort", "share"), [(0.5, 0.005), (1.0, 0.01), (3.0, 0.01)])
def test_alignment_is_proportional_to_effort_up_to_full_effort(effort, share):
    (deed,) = run_effector(Align(rate=0.01), [effort])
    assert deed.touch == pytest.approx(Touch(align=share))
