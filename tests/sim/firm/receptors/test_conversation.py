"""Conversation: causes, the biased level and its error, and faults that people feel."""

from dataclasses import replace

import numpy as np
import pytest

from equipoise.consumers.state import COMPLAINT
from equipoise.experiments.config.compose import compose
from equipoise.firm import check_fixtures
from equipoise.firm.check_fixtures import run_receptor
from equipoise.firm.interfaces import Talks
from equipoise.firm.organisation.departments import NEGLIGIBLE_FAULT
from equipoise.firm.receptors.conversation import Conversation
from equipoise.model import World
from equipoise.randomness import Purpose, draw_uniforms

PLANT = check_fixtures.build_plant()
MARKET = check_fixtures.build_markets(PLANT, truth=False)[0]
DEPARTMENTS = len(PLANT.departments)


def market(day=0, talk=None):
    return replace(MARKET, day=day, talk=talk or build_talk(0))


def build_talk(size, cause=2, satisfaction=0.4):
    """Return talks with people who all have the same cause and satisfaction."""
    consumers = np.arange(size, dtype=np.uint32)
    people = Talks(
        consumer=consumers,
        satisfaction=np.full(size, satisfaction),
        worst_drive=(consumers % 4).astype(np.uint8),
        cause=np.full(size, cause, np.int64),
        values=np.tile(np.arange(10.0), (size, 1)),
    )
    return lambda count: Talks(*(column[:count] for column in people))


# causes


@pytest.mark.parametrize("accuracy", [0.5, 0.9, 1.0])
def test_staff_find_the_cause_with_the_given_accuracy(accuracy):
    size = 20_000
    receptor = Conversation(talks=size, accuracy=accuracy)
    (reading,) = run_receptor(receptor, [market(talk=build_talk(size))])
    assert reading.causes.sum() == size
    assert reading.causes[2] / size == pytest.approx(accuracy, abs=0.012)
    others = np.delete(reading.causes, 2) / size
    np.testing.assert_allclose(others, (1 - accuracy) / (DEPARTMENTS - 1), atol=0.01)


def test_reading_counts_drives_and_averages_values():
    (reading,) = run_receptor(Conversation(talks=8), [market(talk=build_talk(30))])
    np.testing.assert_array_equal(reading.trouble, [2, 2, 2, 2])
    np.testing.assert_allclose(reading.values, np.arange(10))
    assert reading.volume == 8


def test_no_department_is_named_without_a_cause():
    (reading,) = run_receptor(Conversation(), [market(talk=build_talk(30, cause=-1))])
    np.testing.assert_array_equal(reading.causes, np.zeros(DEPARTMENTS))


def test_without_talks_there_is_no_reading():
    assert run_receptor(Conversation(), [market()]) == [None]
    assert run_receptor(Conversation(talks=0), [market(talk=build_talk(30))]) == [None]


def test_choice_of_people_is_independent_of_mistakes():
    """The world picks people by the lowest draws of a day; staff must not err by these draws."""
    draws = draw_uniforms(PLANT.seed, Purpose.CONVERSATION, 3, 4000)
    chosen = np.argsort(draws)[:400].astype(np.uint32)
    everyone = build_talk(4000)(4000)
    talks = Talks(*(column[chosen] for column in everyone))
    receptor = Conversation(talks=400, accuracy=0.7)
    (reading,) = run_receptor(receptor, [market(3, talk=lambda count: talks)])
    assert reading.causes[2] / 400 == pytest.approx(0.7, abs=0.09)


@pytest.mark.parametrize(
    ("fault", "cause"), [(NEGLIGIBLE_FAULT, -1), (1.01 * NEGLIGIBLE_FAULT, 2), (0.3, 2)]
)
def test_people_name_a_department_only_for_a_fault_that_is_felt(fault, cause):
    world = World(compose("community.size=60", "network.homophily=0", "horizon=7", "burn_in=0"))
    world.people.case[:] = COMPLAINT
    world.departments.lasting_fault[PLANT.departments.index("product")] = fault
    talks = world._talk(20)
    assert len(talks.consumer) == 20
    np.testing.assert_array_equal(talks.cause, cause)


# level


@pytest.mark.parametrize(("allowance", "level"), [(0.0, 0.4), (0.2, 0.6), (0.9, 1.0)])
def test_allowance_is_added_to_the_level(allowance, level):
    days = [market(day, build_talk(10, satisfaction=0.4)) for day in range(5)]
    readings = run_receptor(Conversation(allowance=allowance), days)
    assert readings[-1].satisfaction == pytest.approx(level)


def test_error_is_that_of_the_weighted_mean():
    def build_varied_talk(day):
        return lambda count: build_talk(count)(count)._replace(
            satisfaction=draw_uniforms(5, 1, day, count)
        )

    days = [market(day, build_varied_talk(day)) for day in range(3000)]
    readings = run_receptor(Conversation(recent=5), days)[100:]
    levels = np.array([reading.satisfaction for reading in readings])
    errors = np.array([reading.error for reading in readings])
    assert levels.mean() == pytest.approx(0.5, abs=0.01)
    assert errors.mean() == pytest.approx(levels.std(), rel=0.12)


@pytest.mark.parametrize(("recent", "low", "high"), [(1, 0.799999, 0.800001), (50, 0.5, 0.7)])
def test_memory_decides_how_fast_the_level_follows(recent, low, high):
    satisfactions = [0.2] * 20 + [0.8] * 20
    days = [
        market(day, build_talk(10, satisfaction=level)) for day, level in enumerate(satisfactions)
    ]
    last = run_receptor(Conversation(recent=recent), days)[-1]
    assert low < last.satisfaction < high
