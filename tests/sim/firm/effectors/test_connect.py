"""Connect: connectivity moves by the day's effort."""

import pytest

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.connect import Connect
from equipoise.firm.interfaces import Touch


@pytest.mark.parametrize(("effort", "share"), [(0.5, 0.01), (1.0, 0.02), (3.0, 0.02)])
def test_connectivity_is_proportional_to_effort_up_to_full_effort(effort, share):
    (deed,) = run_effector(Connect(rate=0.02), [effort])
    assert deed.touch == pytest.approx(Touch(connect=share))
