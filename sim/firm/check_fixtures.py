"""An example firm and example days, on which `checker` tries a part; all arrays are read-only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from equipoise.array_types import Bytes, Floats, Indices
from equipoise.consumers.state import OPINION_POST
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    VALUE_COUNT,
    Answers,
    Deed,
    Effector,
    Market,
    Plant,
    Posts,
    Reading,
    Receptor,
    Talks,
    Truth,
)
from equipoise.firm.organisation.departments import delivery_matrix
from equipoise.randomness import draw_uniforms
from equipoise.settings.settings import Firm

DAY_COUNT = 90
FIRST_DAY_OF_TROUBLE = 30
FIRST_DAY_WITHOUT_PEOPLE = 80
PEOPLE = 300
_NAN = float("nan")


def build_plant(effectors: tuple[str, ...] = (), firm: Firm | None = None) -> Plant:
    """Return a firm (ours by default) with effectors ``repair``, ``respond`` and those given."""
    firm = firm or Firm()
    names = ("repair", "respond", *effectors)
    return Plant(
        seed=1,
        days=DAY_COUNT,
        population=PEOPLE,
        departments=tuple(firm.departments),
        matrix=_freeze(delivery_matrix(firm)),
        set_point=firm.set_point,
        band=firm.band,
        promise=firm.promise,
        budget=firm.budget,
        effectors=tuple(dict.fromkeys(names)),
    )


# for receptors


def run_receptor(receptor: Receptor, markets: Sequence[Market]) -> list[Reading | None]:
    """Return the readings of a receptor in the example firm, one for each day."""
    state = receptor.init(build_plant())
    readings = []
    for market in markets:
        reading, state = receptor.step(market, state)
        readings.append(reading)
    return readings


def build_markets(plant: Plant, truth: bool) -> list[Market]:
    """Return the days of a market: calm at first, then in trouble, at last without people."""
    return [_build_market(day, plant, truth) for day in range(DAY_COUNT)]


def _build_market(day: int, plant: Plant, truth: bool) -> Market:
    departments = len(plant.departments)
    people = 0 if day >= FIRST_DAY_WITHOUT_PEOPLE else PEOPLE // 2
    mood, worst_fault = 0.7, 0.0
    if day >= FIRST_DAY_OF_TROUBLE:
        mood, worst_fault = 0.45, 0.3
    faults = _freeze(np.linspace(0, worst_fault, departments))
    counts = np.floor(5 * _draw(day, 2 * DRIVE_COUNT)).reshape(2, DRIVE_COUNT)
    # contacts need people
    complaints, questions = _freeze(counts * (people > 0))
    posts = _build_posts(day, people // 5, mood)
    ask = _build_ask(day, people, mood)
    talk = _build_talk(day, people // 10, mood, departments)
    market = Market(
        day=day,
        customers=people,
        posts=posts,
        complaints=complaints,
        questions=questions,
        uses=people // 3,
        joined=1,
        left=1,
        rating=mood,
        ask=ask,
        talk=talk,
    )
    return replace(market, truth=Truth(mood, faults)) if truth else market


def _build_posts(day: int, count: int, mood: float) -> Posts:
    mood_draws, topic_draws = _draw(day, 2 * count).reshape(2, count)
    # not every consumer posts
    authors = np.arange(0, 3 * count, 3, dtype=np.uint32)
    kinds = np.full(count, OPINION_POST, np.uint8)
    valences = np.clip(mood + mood_draws - 0.5, 0, 1).astype(np.float32)
    return Posts(_freeze(authors), _freeze(kinds), _draw_drives(topic_draws), _freeze(valences))


def _build_ask(day: int, people: int, mood: float) -> Callable[[int], Answers]:
    def ask(count: int) -> Answers:
        mood_draws, drive_draws, depths = _draw_for_sample(day, people, count)
        satisfaction = np.clip(mood + 0.6 * (mood_draws - 0.5), 0, 1)
        worst_drives = _draw_drives(drive_draws)
        consumers = _number_consumers(len(depths))
        return Answers(_freeze(satisfaction), worst_drives, consumers, _freeze(depths))

    return ask


def _build_talk(day: int, people: int, mood: float, departments: int) -> Callable[[int], Talks]:
    def talk(count: int) -> Talks:
        mood_draws, drive_draws, cause_draws = _draw_for_sample(day, people, count)
        size = len(mood_draws)
        # from -1, no department, to the last one
        causes = np.floor((departments + 1) * cause_draws).astype(np.int64) - 1
        values = np.resize(mood_draws, (size, VALUE_COUNT))
        return Talks(
            _number_consumers(size),
            _freeze(mood * mood_draws),
            _draw_drives(drive_draws),
            _freeze(causes),
            _freeze(values),
        )

    return talk


# for control centers


def build_readings(plant: Plant) -> list[tuple[int, tuple[Reading, ...]]]:
    """Return (day, readings): none, one or two readings a day, some without a level."""
    days: list[tuple[int, tuple[Reading, ...]]] = []
    for day in range(DAY_COUNT):
        full = _build_reading(day, len(plant.departments))
        no_level = Reading(day, day)
        if day % 8 == 5:
            full = replace(full, parts=(("first", full), ("second", no_level)))
        # in turn: nothing, one reading, one without a level beside it, that one alone
        choices = ((), (full,), (full, no_level), (no_level,))
        days.append((day, choices[day % 4]))
    return days


def _build_reading(day: int, departments: int) -> Reading:
    level = _NAN if day % 7 == 0 else 0.3 + 0.6 * _draw(day, 1)[0]
    counts = np.floor(20 * _draw(day, 2 * DRIVE_COUNT)).reshape(2, DRIVE_COUNT)
    praise, trouble = _freeze(counts)
    # An error of 0 is allowed, and must not be divided by.
    error = 0.0 if day % 5 == 0 else 0.02
    observed = max(day - 3, 0)
    volume = int(counts.sum())
    reading = Reading(observed, day, level, error, praise, trouble, volume)
    # Not every receptor reports causes and values.
    if day % 3 == 0:
        return reading
    causes = praise[:1].repeat(departments)
    return replace(reading, causes=causes, values=np.zeros(VALUE_COUNT))


# for effectors


def run_effector(
    effector: Effector, efforts: Sequence[float], focus: Floats | None = None
) -> list[Deed]:
    """Return the deeds of an effector of the example firm; without a focus, attention is even."""
    plant = build_plant()
    state = effector.init(plant)
    shares = np.zeros(len(plant.departments)) if focus is None else focus
    deeds = []
    for day, effort in enumerate(efforts):
        deed, state = effector.step(day, effort, shares, state)
        deeds.append(deed)
    return deeds


def build_efforts(plant: Plant) -> list[tuple[int, float, Floats]]:
    """Return (day, effort, focus): no, some or full effort, with or without a focus."""
    size = len(plant.departments)
    days = []
    for day in range(DAY_COUNT):
        focus = np.zeros(size)
        # Every third day is without a focus, the others take one department after the other.
        if day % 3:
            focus[day % size] = 1.0
        # Two days each, so that an effort also meets the state it left itself.
        effort = (0.0, 0.4, 1.0)[day // 2 % 3]
        days.append((day, effort, _freeze(focus)))
    return days


def _draw(day: int, count: int) -> Floats:
    return draw_uniforms(seed=1, purpose=0, day=day, count=count)


def _draw_for_sample(day: int, people: int, count: int) -> Floats:
    """Return three draws for each person in a sample (3, size)."""
    draws = _draw(day, 3 * people).reshape(3, people)
    return draws[:, : max(count, 0)]


def _draw_drives(draws: Floats) -> Bytes:
    """Return read-only numbers of drives from uniform draws."""
    drives: Bytes = _freeze((DRIVE_COUNT * draws).astype(np.uint8))
    return drives


def _number_consumers(count: int) -> Indices:
    consumers: Indices = _freeze(np.arange(count, dtype=np.uint32))
    return consumers


def _freeze(array: Any) -> Any:
    array.setflags(write=False)
    return array
