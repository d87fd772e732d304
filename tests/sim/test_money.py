"""Money: dollars of the firm that the simulated one stands for, and the price of every part."""

import re

import numpy as np
import pytest

from equipoise.consumers.state import COMPLAINT, CUSTOMER, NO_ANSWER, QUESTION
from equipoise.errors import EquipoiseError
from equipoise.experiments.config.compose import compose
from equipoise.firm.check_fixtures import build_plant, run_effector
from equipoise.firm.control.mpc import Mpc
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.effectors.respond import Respond
from equipoise.firm.interfaces import DAYS_A_YEAR, AnswerPrices, Reading
from equipoise.firm.receptors.conversation import Conversation
from equipoise.firm.receptors.fusion import MissionControl, Suite
from equipoise.firm.receptors.mentions import Mentions
from equipoise.firm.receptors.reference import Blind, Oracle
from equipoise.firm.receptors.survey import Survey
from equipoise.firm.wrappers import BudgetWrapper, LensWrapper
from equipoise.model import World
from equipoise.settings.settings import Lens, Settings

STRATEGY = ("strategy=weekly_team", "environment=recall", "burn_in=0", "horizon=60")
ROUTINE = "control_center.routine={repair:0.3,respond:0.2}"


def run_world(*words):
    world = World(compose(*STRATEGY, *words))
    world.run()
    return world


def make_world(**given):
    settings = {"burn_in": 0, "horizon": 12, "community": {"size": 200, "scale": 50}}
    return World(Settings.model_validate(settings | given))


# revenue and contribution


def test_revenue_counts_represented_people():
    world = run_world("community.size=200", "community.scale=50", "firm.contribution=0.3")
    log, uses = world.record.log, world.record.census.uses
    np.testing.assert_allclose(log["revenue"], 5.0 * 50 * uses)
    np.testing.assert_allclose(log["contribution"], 0.3 * log["revenue"])


def test_the_scale_changes_money_alone():
    one = run_world("community.size=200", "community.scale=50", ROUTINE).record.columns()
    other = run_world("community.size=200", "community.scale=100", ROUTINE).record.columns()
    changed = {name for name in one if not np.array_equal(one[name], other[name], equal_nan=True)}
    assert changed == {"revenue", "contribution", "cost", "cost_acting"}
    np.testing.assert_allclose(other["revenue"], 2 * one["revenue"])


# costs


def test_cost_is_the_sum_of_its_parts():
    log = run_world("community.size=200", ROUTINE).record.log
    parts = log["cost_sensing"] + log["cost_deciding"] + log["cost_acting"]
    np.testing.assert_allclose(log["cost"], parts)
    assert all(log[name].max() > 0 for name in ("cost_sensing", "cost_deciding", "cost_acting"))


def price_world(size, scale):
    """Return prices of a world: sensing without answers, a meeting, effort, and one answer."""
    words = (f"community.size={size}", f"community.scale={scale}")
    quiet = ("receptor=mentions", "effector=[repair]", "control_center=steady")
    log = run_world(*words, *quiet).record.log
    meetings = run_world(*words).record.log["cost_deciding"]
    return log["cost_sensing"], log["cost_acting"], meetings


def test_prices_depend_on_represented_people_not_on_the_size():
    for one, other in zip(price_world(400, 50), price_world(200, 100), strict=True):
        assert one.max() > 0
        np.testing.assert_allclose(one, other)


def test_full_repair_for_100_000_people_costs_3_000_dollars_a_day():
    world = make_world(
        community={"size": 200, "scale": 500},
        control_center={"kind": "steady", "effort": 1.0},
        effector={"repair": {"kind": "repair", "delay": 0}},
    )
    world.run()
    np.testing.assert_allclose(world.record.log["cost_acting"], 3000.0)


def test_a_fixed_price_is_paid_without_any_order():
    world = make_world(effector={"repair": {"kind": "repair", "price_year": 3640.0}})
    world.run()
    np.testing.assert_allclose(world.record.log["cost_acting"], 10.0)


def answer_three(**respond):
    """Return the dollars for the answers to two questions and a complaint."""
    world = make_world()
    people = world.people
    people.case[:] = 0
    people.case[[3, 5]] = QUESTION
    people.case[8] = COMPLAINT
    people.answer[:] = NO_ANSWER
    people.stage[:] = CUSTOMER
    (deed,) = run_effector(Respond(replies=100.0, **respond), [1.0])
    assert deed.replies > 3
    return world._answer_cases(deed)


@pytest.mark.parametrize(
    ("respond", "dollars"),
    [
        ({}, 2 * 8 + 25 + 15),
        ({"expert": False}, 3 * 0.25),
        ({"serves": "questions"}, 2 * 8),
        ({"serves": "complaints", "goodwill": 0.0}, 25),
    ],
)
def test_answers_are_paid_for_each_represented_person_who_gets_one(respond, dollars):
    assert answer_three(**respond) == pytest.approx(50 * dollars)


def test_only_answers_have_a_price():
    (deed,) = run_effector(Repair(), [1.0])
    assert deed.prices == AnswerPrices(0.0, 0.0)


# prices of receptors and control centers


def reading(volume, parts=()):
    return Reading(observed=3, delivered=3, volume=volume, parts=parts)


@pytest.mark.parametrize(
    ("receptor", "volume", "dollars"),
    [
        (Survey(), 100, 500.0),
        (Conversation(), 10, 130.0),
        (Mentions(), 700, 95_000 / DAYS_A_YEAR),
        (Oracle(), 700, 0.0),
        (Blind(), 0, 0.0),
    ],
    ids=lambda case: getattr(case, "kind", ""),
)
def test_a_receptor_costs_its_fixed_price_and_that_of_its_reading(receptor, volume, dollars):
    assert receptor.daily_cost(reading(volume)) == pytest.approx(dollars)
    assert receptor.daily_cost(None) == pytest.approx(receptor.price_year / DAYS_A_YEAR)


def test_a_suite_costs_what_its_new_readings_and_all_receptors_within_cost():
    fixed = Mentions().price_year / DAYS_A_YEAR
    survey = reading(100)
    fused = reading(800, (("survey", survey), ("mentions", reading(700))))
    assert Suite().daily_cost(fused) == pytest.approx(fixed + 500.0)
    assert Suite().daily_cost(reading(700, (("mentions", reading(700)),))) == pytest.approx(fixed)
    assert Suite().daily_cost(None) == pytest.approx(fixed)


def test_mission_control_adds_its_staff_to_the_receptors_within():
    mission_control = MissionControl()
    members = Suite(receptors=mission_control.receptors)
    extra = mission_control.daily_cost(None) - members.daily_cost(None)
    assert extra == pytest.approx(640_000 / DAYS_A_YEAR)


def test_wrappers_cost_what_they_wrap():
    lens = LensWrapper(receptor=Survey(), lens=Lens(layers=2))
    assert lens.daily_cost(reading(100)) == 500.0
    budgeted = BudgetWrapper(control_center=Mpc())
    assert budgeted.daily_cost() == pytest.approx(110_000 / DAYS_A_YEAR)


def test_the_firm_knows_the_scale():
    assert build_plant().scale == 1
    assert make_world().firm.plant.scale == 50


# input


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("community.scale=0", "community.scale=0"),
        ("community.scale=1001", "1,000"),
        ("community.scale=2.5", "whole"),
        ("firm.revenue_per_use=-1", "firm.revenue_per_use=-1"),
        ("firm.contribution=1.5", "firm.contribution=1.5"),
        ("receptor.price_year=-1", "receptor.price_year=-1"),
        ("receptor.receptors.survey.price=-5", "price=-5"),
        ("control_center.seat_cost=-1", "control_center.seat_cost=-1"),
        ("effector.repair.cost=-1", "effector.repair.cost=-1"),
        ("effector.respond.goodwill=-1", "effector.respond.goodwill=-1"),
    ],
)
def test_impossible_prices_and_scales_are_one_clear_line(word, message):
    with pytest.raises(EquipoiseError, match=re.escape(message)) as caught:
        compose("strategy=weekly_team", word)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) <= 200
