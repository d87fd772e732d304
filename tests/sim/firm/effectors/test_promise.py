"""Promise: moves to its level, or to the delivered quality."""

import math

import pytest

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.promise import Promise
from equipoise.firm.interfaces import NO_DEED
from equipoise.firm.organisation.departments import Departments
from equipoise.settings.settings import Firm


def test_promise_moves_to_its_level():
    departments = Departments(Firm(promise=0.5), 1000)
    (deed,) = run_effector(Promise(level=0.9, rate=0.1), [0.5])
    departments.apply_deed(deed)
    assert departments.promise == pytest.approx(0.5 + 0.05 * 0.4)


def test_promise_without_a_level_moves_to_the_delivered_quality():
    departments = Departments(Firm(promise=0.5), 1000)
    for deed in run_effector(Promise(rate=0.1), [1.0] * 300):
        assert math.isnan(deed.level)
        departments.apply_deed(deed)
    assert departments.promise == pytest.approx(departments.quality().mean())


def test_no_effort_moves_no_promise():
    assert run_effector(Promise(), [0.0]) == [NO_DEED]
