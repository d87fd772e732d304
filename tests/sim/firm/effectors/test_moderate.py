"""Moderate: touches by effort, the effect of posted rules, and the stock of community."""

import numpy as np
import pytest

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.moderate import Moderate
from equipoise.firm.interfaces import NO_DEED, Touch


def moderate_for_a_day(**settings):
    (deed,) = run_effector(Moderate(**settings), [1.0])
    return deed.touch


def community_by_day(efforts, **settings):
    deeds = run_effector(Moderate(**settings), efforts)
    return np.array([deed.touch.community if deed.touch else 0.0 for deed in deeds])


STRENGTHS = {"welcome": 0.4, "draw_out": 0.6, "cool": 0.8, "introduce": 0.2}


def test_touches_are_proportional_to_effort():
    moderate = Moderate(**STRENGTHS, rules=False, build=0.1, fade=0.02)
    (deed,) = run_effector(moderate, [0.5])
    expected = Touch(welcome=0.2, draw_out=0.3, cool=0.4, introduce=0.1, community=0.05)
    assert deed.touch == pytest.approx(expected)


def test_posted_rules_welcome_newcomers_and_cool_as_published():
    """Matias 2019: newcomers' participation +70 %, compliance +8 percentage points."""
    with_rules, without = moderate_for_a_day(rules=True), moderate_for_a_day(rules=False)
    assert with_rules.welcome == pytest.approx(1.7 * without.welcome)
    assert with_rules.cool == pytest.approx(without.cool + 0.08)
    assert with_rules._replace(welcome=0, cool=0) == without._replace(welcome=0, cool=0)


def test_community_grows_with_effort_and_fades_without():
    community = community_by_day([1.0] * 400 + [0.0] * 200, build=0.04, fade=0.02)
    assert (np.diff(community[:400]) > 0).all()
    assert community[399] == pytest.approx(0.04 / 0.06)
    expected = community[399] * 0.98 ** np.arange(1, 201)
    np.testing.assert_allclose(community[400:], expected)


def test_community_without_fading_stays():
    assert community_by_day([1.0] * 50 + [0.0] * 50, fade=0)[-1] > 0.8


def test_a_negligible_community_ends():
    deeds = run_effector(Moderate(fade=0.5), [1.0] + [0.0] * 40)
    assert deeds[1].touch.community > 0
    assert deeds[-1] is NO_DEED
