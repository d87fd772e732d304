"""The offer of a day: disturbances, deeds and the public record in one row of numbers."""

import numpy as np
import pytest

from equipoise.consumers.values import value_gap
from equipoise.day_offer import DAY_DTYPE, DayOffer, update_value_fit, visible_values
from equipoise.environment.conditions import CONDITIONS_DTYPE
from equipoise.environment.disturbances import schedule_disturbances
from equipoise.environment.public_record import PublicRecord
from equipoise.firm.effectors.bonds import NO_BONDS, Bonds
from equipoise.firm.interfaces import Touch
from equipoise.firm.organisation.departments import Departments
from equipoise.settings.settings import Settings

NO_TOUCH = np.zeros(len(Touch._fields))


def touch(**given):
    return np.array(Touch(**given))


def make_offer(**given):
    settings = Settings.model_validate({"burn_in": 0, "horizon": 5, "seed": 9, **given})
    departments = Departments(settings.firm, settings.community.size)
    public = PublicRecord(settings.information, 0.7)
    return DayOffer(settings, departments, schedule_disturbances(settings), public)


def write(offer, touched=NO_TOUCH, day=0, bonds=NO_BONDS, gap=0.0):
    offer.write(day, touched, bonds, gap)
    return offer.today


def test_every_column_but_those_of_rare_conditions_is_written():
    today = write(make_offer(), bonds=Bonds(0.2, 0.3, np.zeros(10)), gap=0.4)
    assert (today["seed"], today["day"], today["gap"]) == (9, 0, 0.4)
    assert (today["bond"], today["bonding"]) == (0.2, 0.3)
    for name in ("quality", "promise", "advertising", "relevance", "rating", "offer", "demand"):
        assert (today[name] > 0).all(), name


def test_an_undisturbed_day_is_that_of_the_settings():
    offer = make_offer()
    today = write(offer)
    settings = offer.settings
    assert today["offer"] == settings.environment.competitor
    assert today["lure"] == 1
    assert today["negativity"] == settings.community.hearing.negativity
    assert today["tribe_boost"] == settings.community.hearing.tribe_boost
    assert today["content"] == settings.firm.content
    assert today["promise"] == settings.firm.promise
    np.testing.assert_array_equal(today["quality"], offer.departments.quality())
    assert offer.mean_quality == pytest.approx(today["quality"].mean())


def test_a_day_leaves_nothing_of_the_day_before():
    offer = make_offer()
    before = write(offer).copy()
    write(offer, touch(delete=0.5, trigger=0.5, push=1.0, cool=0.5))
    assert write(offer) == before


def test_touches_are_limited_to_1_unless_they_are_unbounded():
    today = write(make_offer(), touch(trigger=1.7, invite=3.0, content=2.5, push=2.0))
    assert (today["trigger"], today["invite"]) == (1, 1)
    assert today["content"] == Settings().firm.content + 2.5
    assert today["push"] == 3


def test_cooling_and_introducing_bring_the_extra_weights_to_1():
    today = write(make_offer(), touch(cool=1.0, introduce=0.5))
    assert today["negativity"] == 1
    assert today["tribe_boost"] == 1 + (Settings().community.hearing.tribe_boost - 1) / 2


def test_a_better_competitor_lures_in_proportion():
    offer = make_offer(environment={"competitor": 0.4})
    offer.conditions = offer.conditions.copy()
    offer.conditions[0]["offer"] = 0.1
    today = write(offer)
    assert today["offer"] == pytest.approx(0.5)
    assert today["lure"] == pytest.approx(1.25)
    offer.conditions[0]["offer"] = 9.0
    assert write(offer)["offer"] == 1
    without = make_offer(environment={"competitor": 0.0})
    assert write(without)["lure"] == 1


def test_advertising_reaches_all_people_at_most():
    offer = make_offer(firm={"advertising": 0.4})
    assert write(offer, touch(push=0.5))["advertising"] == pytest.approx(0.6)
    assert write(offer, touch(push=5.0))["advertising"] == 1


@pytest.mark.parametrize(
    ("regime", "seen", "forum"), [("open", 1, 0.3), ("friends", 0, 0.0), ("gatekeeper", 1, 0.0)]
)
def test_the_regime_decides_about_record_and_forum(regime, seen, forum):
    today = write(make_offer(information={"regime": regime}))
    assert (today["record_seen"], today["forum_voice"]) == (seen, forum)


def test_failures_are_spread_over_drives_by_the_departments_at_fault():
    burst = {"kind": "failures", "department": "product", "start": 1, "days": 2, "size": 0.3}
    offer = make_offer(environment={"failure_rate": 0.0, "disturbances": {"burst": burst}})
    assert write(offer, day=0)["failure_chance"] == 0
    today = write(offer, day=1)
    assert today["failure_chance"] == pytest.approx(0.3)
    until = today["failure_until"]
    assert until[-1] == pytest.approx(1)
    assert (np.diff(until) >= 0).all()


def test_all_conditions_are_used():
    copied = set(CONDITIONS_DTYPE.names) & set(DAY_DTYPE.names)
    applied = {"reach", "drift"}  # in advertising, and in society's values
    assert copied | applied == set(CONDITIONS_DTYPE.names)


# values


def test_value_fit_is_half_of_one_plus_cosine():
    values = np.array([[1.0, 0.0], [0.0, 1.0], [-2.0, 0.0]])
    fit = np.zeros(3)
    enacted = np.array([3.0, 0.0])
    lengths = np.linalg.norm(values, axis=1)
    update_value_fit(values, lengths, enacted, np.array([0.0, 1.0]), 0.0, fit)
    np.testing.assert_allclose(fit, [1, 0.5, 0])
    update_value_fit(values, lengths, enacted, np.array([0.0, 1.0]), 1.0, fit)
    np.testing.assert_allclose(fit, 0.5)


def test_without_values_the_fit_is_one_half():
    fit = np.zeros(1)
    update_value_fit(np.zeros((1, 2)), np.zeros(1), np.zeros(2), np.ones(2), 0.3, fit)
    assert fit[0] == 0.5


@pytest.mark.parametrize(
    ("claimed", "enacted", "gap"),
    [([1, 2], [2, 4], 0), ([1, 0], [0, 1], 0.5), ([1, 1], [-3, -3], 1), ([0, 0], [1, 1], 0)],
)
def test_the_value_gap_is_half_of_one_minus_cosine(claimed, enacted, gap):
    assert value_gap(claimed, enacted) == pytest.approx(gap)


def test_deeds_show_in_part_in_the_visible_values():
    np.testing.assert_allclose(
        visible_values(np.array([1.0, 0.0]), np.array([0.0, 2.0])), [1.0, 0.2]
    )
