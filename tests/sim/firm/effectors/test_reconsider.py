"""Reconsider: the chance to wake System 2."""

import pytest

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.reconsider import Reconsider
from equipoise.firm.interfaces import Touch


@pytest.mark.parametrize(("effort", "chance"), [(0.5, 0.4), (1.0, 0.8), (3.0, 0.8)])
def test_trigger_is_proportional_to_effort_up_to_full_effort(effort, chance):
    (deed,) = run_effector(Reconsider(trigger=0.8), [effort])
    assert deed.touch == pytest.approx(Touch(trigger=chance))
