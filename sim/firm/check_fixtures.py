"""A made-up firm and made-up days, on which `contract` tries a part; all arrays are read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    VALUE_COUNT,
    Answers,
    Market,
    Plant,
    Posts,
    Reading,
    Talks,
    Truth,
)
from equipoise.firm.organisation.departments import delivery_matrix
from equipoise.randomness import draw_uniforms
from equipoise.settings.settings import Firm

DAY_COUNT = 90
PEOPLE = 300


def build_plant(effectors: tuple[str, ...] = ()) -> Plant:
    """Return a firm of the default departments with the effectors ``repair``, ``respond`` and those given."""
    firm = Firm()
    return Plant(
        seed=1,
        days=DAY_COUNT,
        population=PEOPLE,
        departments=tuple(firm.departments),
        matrix=_still(delivery_matrix(firm)),
        set_point=firm.set_point,
        band=firm.band,
        promise=firm.promise,
        budget=firm.budget,
        effectors=tuple(dict.fromkeys(("repair", "respond", *effectors))),
    )


def build_markets(plant: Plant, truth: bool) -> list[Market]:
    """Return ninety days: calm, trouble from the thirtieth, nobody at all from the eightieth."""
    return [_market(day, plant, truth) for day in range(DAY_COUNT)]


def build_readings(plant: Plant) -> list[tuple[int, tuple[Reading, ...]]]:
    """Return what a control center may be given each day: nothing, one or two readings, some without a level."""
    out: list[tuple[int, tuple[Reading, ...]]] = []
    for day in range(DAY_COUNT):
        level = float("nan") if day % 7 == 0 else 0.3 + 0.6 * _draws(day, 1)[0]
        error = 0.0 if day % 5 == 0 else 0.02
        counts = _still(np.floor(20 * _draws(day, 2 * DRIVE_COUNT)).reshape(2, DRIVE_COUNT))
        deep = (
            {
                "causes": counts[0, :1].repeat(len(plant.departments)),
                "values": np.zeros(VALUE_COUNT),
            }
            if day % 3
            else {}
        )
        one = Reading(
            max(day - 3, 0), day, level, error, counts[0], counts[1], int(counts.sum()), **deep
        )
        none = Reading(
            day,
            day,
            float("nan"),
            float("nan"),
            _still(np.zeros(DRIVE_COUNT)),
            _still(np.zeros(DRIVE_COUNT)),
            0,
        )
        if day % 8 == 5:
            one = replace(one, parts=(("this", one), ("that", none)))
        out.append((day, ((), (one,), (one, none), (none,))[day % 4]))
    return out


def build_orders(plant: Plant) -> list[tuple[int, float, Floats]]:
    """Return what an effector may be given each day: no effort, some, all; a focus or none."""
    size = len(plant.departments)
    out = []
    for day in range(DAY_COUNT):
        focus = np.eye(size)[day % size] if day % 3 else np.zeros(size)
        out.append((day, (0.0, 0.4, 1.0)[day // 2 % 3], _still(focus)))
    return out


def _market(day: int, plant: Plant, truth: bool) -> Market:
    people = 0 if day >= 80 else PEOPLE // 2
    mood = 0.7 if day < 30 else 0.45
    counts = _still(
        np.floor(5 * _draws(day, 2 * DRIVE_COUNT)).reshape(2, DRIVE_COUNT) * (people > 0)
    )
    faults = _still(np.linspace(0, 0.3 if day >= 30 else 0.0, len(plant.departments)))
    return Market(
        day=day,
        customers=people,
        posts=_posts(day, people // 5, mood),
        complaints=counts[0],
        questions=counts[1],
        uses=people // 3,
        joined=1,
        left=1,
        rating=mood,
        ask=_asker(day, people, mood),
        truth=Truth(mood, faults) if truth else None,
        talk=_talker(day, people // 10, mood, len(plant.departments)),
    )


def _posts(day: int, n: int, mood: float) -> Posts:
    draws = _draws(day, 2 * n).reshape(2, n)
    valence = np.clip(mood + draws[0] - 0.5, 0, 1).astype(np.float32)
    author = np.arange(0, 3 * n, 3, dtype=np.uint32)
    kind, topic = np.full(n, 4, np.uint8), (DRIVE_COUNT * draws[1]).astype(np.uint8)
    return Posts(_still(author), _still(kind), _still(topic), _still(valence))


def _asker(day: int, people: int, mood: float) -> Callable[[int], Answers]:
    def ask(count: int) -> Answers:
        draws = _draws(day, 3 * people).reshape(3, people)[:, : max(count, 0)]
        answers = np.clip(mood + 0.6 * (draws[0] - 0.5), 0, 1)
        who = np.arange(draws.shape[1], dtype=np.uint32)
        return Answers(
            _still(answers),
            _still((DRIVE_COUNT * draws[1]).astype(np.uint8)),
            _still(who),
            _still(draws[2]),
        )

    return ask


def _talker(day: int, people: int, mood: float, departments: int) -> Callable[[int], Talks]:
    def talk(count: int) -> Talks:
        draws = _draws(day, 3 * people).reshape(3, people)[:, : max(count, 0)]
        who = np.arange(draws.shape[1], dtype=np.uint32)
        worst = (DRIVE_COUNT * draws[1]).astype(np.uint8)
        cause = np.floor((departments + 1) * draws[2]).astype(np.int64) - 1
        values = _still(np.resize(draws[0], (len(who), VALUE_COUNT)))
        return Talks(_still(who), _still(mood * draws[0]), _still(worst), _still(cause), values)

    return talk


def _draws(day: int, count: int) -> Floats:
    drawn: Floats = draw_uniforms(1, 0, day, count)
    return drawn


def _still(array: Any) -> Any:
    array.setflags(write=False)
    return array
