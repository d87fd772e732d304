"""The world: its days, what it records, and what it lets the firm see."""

import numpy as np
import pytest

from equipoise.consumers import compiled_day, social_steps, steps
from equipoise.consumers.state import (
    CANNED_ANSWER,
    COMPLAINT,
    CUSTOMER,
    EXPERT_ANSWER,
    NO_ANSWER,
    NO_CASE,
    OPINION_POST,
    QUESTION,
)
from equipoise.errors import EquipoiseError
from equipoise.firm.interfaces import Deed
from equipoise.model import PEOPLE_PER_OUTSIDE_POST, World, run_compiled_day
from equipoise.schedule import CONSUMER_STEPS, SOCIAL_STEPS, WORLD_STEPS
from equipoise.settings.settings import Settings


def make_world(**given):
    people = {"community": {"size": 200, "people": {"voice_mean": 0.4}}}
    return World(Settings.model_validate({"burn_in": 0, "horizon": 12, **people, **given}))


def run_days(world, days):
    for _ in range(days):
        world.step()
    return world


# the schedule


def test_every_step_of_the_schedule_exists_and_is_documented():
    for step in WORLD_STEPS:
        assert getattr(World, step.name).__doc__, f"write World.{step.name}"
    for step in CONSUMER_STEPS:
        assert getattr(steps, step.name).__doc__, f"write {step.name} in consumers/steps.py"
    for step in SOCIAL_STEPS:
        assert getattr(social_steps, step.name).__doc__, f"write {step.name} in social_steps.py"


@pytest.mark.parametrize(
    ("module", "schedule"), [(steps, CONSUMER_STEPS), (social_steps, SOCIAL_STEPS)]
)
def test_every_public_step_is_in_the_schedule(module, schedule):
    functions = {
        name
        for name, value in vars(module).items()
        if callable(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    assert functions == {step.name for step in schedule}


def test_a_day_takes_the_steps_of_the_schedule_in_order(monkeypatch):
    calls = []
    for step in WORLD_STEPS:
        method = getattr(World, step.name)

        def record(world, name=step.name, method=method):
            calls.append(name)
            method(world)

        monkeypatch.setattr(World, step.name, record)
    make_world().step()
    assert calls == [step.name for step in WORLD_STEPS]


def test_the_compiled_chain_takes_all_functions_in_order():
    calls = []
    functions = [lambda day, i, k=k: calls.append((k, i)) for k in range(4)]
    compiled_day._chain(functions)("day", 7)
    assert calls == [(0, 7), (1, 7), (2, 7), (3, 7)]


# days


def test_progress_is_reported_after_each_day():
    reports = []
    make_world(horizon=3).run(lambda day, days: reports.append((day, days)))
    assert reports == [(1, 3), (2, 3), (3, 3)]


def test_a_world_can_be_stepped_and_then_run_to_its_end():
    world = run_days(make_world(), 5)
    assert (world.day, int(world.record.filled)) == (5, 5)
    record = world.run()
    assert (world.day, int(record.filled)) == (12, 12)
    with pytest.raises(EquipoiseError, match="Set a longer horizon"):
        world.step()


def test_an_engine_of_ones_own_runs_the_day():
    days = []

    def engine(world):
        days.append(world.day)
        return run_compiled_day(world)

    settings = Settings.model_validate({"horizon": 3, "burn_in": 0, "community": {"size": 50}})
    own = World(settings, engine=engine).run()
    assert days == [0, 1, 2]
    assert own.census.tobytes() == World(settings).run().census.tobytes()


def test_the_row_of_today_is_part_of_the_table_that_the_engine_reads():
    world = run_days(make_world(), 1)
    world.today["rumour"] = 0.125
    assert world.offer.table[0]["rumour"] == 0.125
    world.census_rows[0]["uses"] = 77
    assert world.record.census.uses[0] == 77


# records


def test_the_log_holds_what_the_departments_and_the_public_did():
    world = run_days(make_world(environment={"disturbances": {"fault": {"start": 2}}}), 12)
    log = world.record.log
    assert not log["fault_product"][:2].any()
    assert (log["fault_product"][2:] > 0).all()
    assert log["delivered"][3] < log["delivered"][1]
    assert log["rating"][-1] == world.public.rating


def test_queues_grow_only_where_the_work_is():
    world = run_days(make_world(firm={"departments": {"service": {"capacity": 0.0}}}), 12)
    log = world.record.log
    queues = {name for name in world.departments.names if log[f"queue_{name}"][-1] > 0}
    assert queues == {"service"}


# what the firm sees


def test_outside_posts_are_visible_after_those_of_the_community():
    world = run_days(make_world(), 3)
    own = world._visible_posts()
    world.today["outside_reach"] = 0.4
    world.today["outside_valence"] = 0.05
    posts = world._visible_posts()
    count = int(0.4 * 200 / PEOPLE_PER_OUTSIDE_POST)
    assert len(posts.author) == len(own.author) + count
    np.testing.assert_array_equal(posts.author[-count:], np.arange(200, 200 + count))
    assert (posts.kind[-count:] == OPINION_POST).all()
    assert posts.valence[-count:] == pytest.approx(0.05)


def test_deleted_posts_are_invisible_to_the_firm():
    world = run_days(make_world(), 3)
    authors = world.speakers[: world.post_count]
    world.today["delete"] = 0.5
    world.people.deleted[authors[::2]] = True
    np.testing.assert_array_equal(world._visible_posts().author, authors[1::2])


def test_a_survey_asks_different_customers_without_repetition():
    world = run_days(make_world(), 3)
    customers = np.flatnonzero(world.people.stage == CUSTOMER)
    answers = world._ask(20)
    assert len(set(answers.consumer.tolist())) == 20
    assert set(answers.consumer.tolist()) <= set(customers.tolist())
    assert len(world._ask(10_000).consumer) == len(customers)
    world.day += 1
    assert set(world._ask(20).consumer.tolist()) != set(answers.consumer.tolist())


def test_people_with_open_cases_name_the_department_that_harms_them_most():
    world = run_days(make_world(), 3)
    world.people.case[:] = NO_CASE
    assert len(world._talk(5).consumer) == 0
    world.people.case[:10] = COMPLAINT
    assert (world._talk(10).cause == -1).all()
    world.departments.lasting_fault[2] = 0.9
    causes = world._talk(10).cause
    shares = world.departments.matrix[world._talk(10).worst_drive, 2]
    np.testing.assert_array_equal(causes, np.where(shares > 0, 2, -1))


@pytest.mark.parametrize(
    ("serves", "answered"),
    [("both", [3, 1, 0]), ("questions", [1, 0, 4]), ("complaints", [3, 2])],
)
def test_the_oldest_open_cases_are_answered_first(serves, answered):
    world = make_world()
    people = world.people
    people.case[:] = NO_CASE
    people.case[:5] = [QUESTION, QUESTION, COMPLAINT, COMPLAINT, QUESTION]
    people.since[:5] = [4, 3, 5, 1, 6]
    world._answer_cases(Deed(replies=3, serves=serves, expert=True))
    assert sorted(np.flatnonzero(people.answer).tolist()) == sorted(answered)
    assert set(people.answer[answered].tolist()) == {EXPERT_ANSWER}


def test_answered_cases_are_not_answered_again():
    world = make_world()
    world.people.case[:3] = QUESTION
    world._answer_cases(Deed(replies=2, serves="both", expert=True))
    world._answer_cases(Deed(replies=5, serves="both", expert=False))
    assert world.people.answer[:4].tolist() == [
        EXPERT_ANSWER,
        EXPERT_ANSWER,
        CANNED_ANSWER,
        NO_ANSWER,
    ]
