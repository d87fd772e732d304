"""Broadcast: content and advertising."""

import pytest

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.broadcast import Broadcast
from equipoise.firm.interfaces import Touch


@pytest.mark.parametrize(("effort", "content", "push"), [(0.5, 1.0, 3.0), (1.0, 2.0, 6.0)])
def test_content_and_advertising_are_proportional_to_effort(effort, content, push):
    (deed,) = run_effector(Broadcast(messages=2.0, push=6.0), [effort])
    assert deed.touch == pytest.approx(Touch(content=content, push=push))
