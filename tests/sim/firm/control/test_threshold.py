"""Threshold control: hysteresis."""

import pytest

from equipoise.firm.control.regulator import ControlTask
from equipoise.firm.control.threshold import Threshold
from equipoise.firm.interfaces import NO_COUNTS

TASK = ControlTask(set_point=0.5, band=0.04, full_efforts={}, signatures=NO_COUNTS)


def test_threshold_has_hysteresis():
    control, on, outputs = Threshold(effort=0.8), False, []
    for level in (0.5, 0.47, 0.45, 0.48, 0.49, 0.501, 0.47, 0.3):
        output, on = control.compute_output(level, 1, TASK, on)
        outputs.append(output)
    assert outputs == [0, 0, 0.8, 0.8, 0.8, 0, 0, 0.8]


def test_thresholds_are_counted_in_bands():
    control = Threshold(trigger=2.0, release=-1.0)
    assert control.compute_output(0.43, 1, TASK, False) == (0.0, False)
    assert control.compute_output(0.41, 1, TASK, False) == (1.0, True)
    assert control.compute_output(0.53, 1, TASK, True) == (1.0, True)
    assert control.compute_output(0.55, 1, TASK, True) == (0.0, False)


def test_release_above_trigger_is_refused():
    with pytest.raises(ValueError, match="release must not be above trigger"):
        Threshold(trigger=0.5, release=0.6)
