"""The story of one complaint: lived, posted, heard, decided, done, forgiven or left, with dates.

A run is repeated from its settings, once to find a complaint worth telling and once to watch the one who complained.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from equipoise.consumers.state import (
    CLOSED_BY_PEERS,
    CLOSED_GIVEN_UP,
    CLOSED_IN_TIME,
    CLOSED_LATE,
    COMPLAINT,
    CUSTOMER,
    LAPSED,
    NO_POST,
    POSTS,
)
from equipoise.consumers.traits import DRIVE_NAMES
from equipoise.errors import EquipoiseError
from equipoise.model import World
from equipoise.runner import build_world
from equipoise.settings.settings import Settings

NEAR = 0.02  # satisfaction this near to what it was before counts as forgiven
_CLOSED = {
    CLOSED_IN_TIME: "the firm answered in time",
    CLOSED_LATE: "the firm answered, late",
    CLOSED_BY_PEERS: "a neighbour answered",
    CLOSED_GIVEN_UP: "nothing: nobody answered, and the customer gave up waiting",
}


class TraceEvent(NamedTuple):
    """One moment of a story: the day (from the first scored one), what it is, and what happened."""

    day: int
    what: str
    happened: str


class ComplaintTrace(NamedTuple):
    """The story of one consumer's complaint; ``moments`` in order of time, the last of them how it ended."""

    consumer: int
    name: str
    moments: tuple[TraceEvent, ...]


def trace_complaint(settings: Settings, consumer: int | None = None) -> ComplaintTrace:
    """Return the story of a consumer's first complaint; without a consumer, of one worth telling.

    Worth telling is the first complaint on a scored day, from the first strike on, that was also posted; else the
    first complaint that there is.

    Raises:
        EquipoiseError: when there is no such consumer, or nobody (or not that one) ever complained.
    """
    settings = settings.model_copy(update={"replicates": 1})
    if consumer is None:
        consumer, opened = _worth_telling(build_world(settings))
    else:
        opened = _first_complaint(build_world(settings), consumer)
    watched = _Watched(build_world(settings), consumer, opened)
    return ComplaintTrace(consumer, watched.world.network.name(consumer), tuple(watched.tell()))


def _opened(world: World) -> np.ndarray:
    """Return who opened a complaint on the day just lived."""
    people = world.people
    return np.flatnonzero((people.case == COMPLAINT) & (people.since == world.day - 1))


def _worth_telling(world: World) -> tuple[int, int]:
    starts = [each.start for each in world.disturbances.strikes]
    first = max(min(starts, default=0), world.settings.burn_in)
    spare: tuple[int, int] | None = None
    while world.day < world.days:
        world.step()
        day = world.day - 1
        if day < first:
            continue
        for who in _opened(world).tolist():
            if world.people.post[who] != NO_POST:
                return who, day
            spare = spare or (who, day)
    if spare is None:
        raise EquipoiseError(
            "nobody complained in this run: choose one with trouble, such as environment=recall."
        )
    return spare


def _first_complaint(world: World, consumer: int) -> int:
    if not 0 <= consumer < world.size:
        raise EquipoiseError(
            f"consumer {consumer} is not among the {world.size:,} people: give 0 to {world.size - 1}."
        )
    while world.day < world.days:
        world.step()
        people = world.people
        if world.day > world.settings.burn_in and people.case[consumer] == COMPLAINT:
            return int(people.since[consumer])
    raise EquipoiseError(
        f"consumer {consumer} never complained in this run: leave --consumer out to be shown one."
    )


class _Watched:
    """A world whose days are lived once more, with an eye on one consumer from the day of the complaint."""

    def __init__(self, world: World, consumer: int, opened: int) -> None:
        self.world, self.who, self.opened = world, consumer, opened
        self.before = math.nan
        self.moments: list[TraceEvent] = []
        self.told: set[str] = set()

    def tell(self) -> list[TraceEvent]:
        """Live until the story ends; return its moments."""
        world = self.world
        while world.day < world.days:
            world.step()
            if world.day - 1 == self.opened:
                self._lived()
            if world.day > self.opened:
                self._look()
            if {"forgiven", "left"} & self.told:
                break
        else:
            self._say(
                "ended",
                f"the run ended with satisfaction at {self._satisfaction():.2f}, not forgiven",
            )
        return self.moments

    def _satisfaction(self) -> float:
        return float(self.world.people.satisfaction[self.who])

    def _say(self, what: str, happened: str) -> None:
        self.told.add(what)
        self.moments.append(
            TraceEvent(self.world.day - 1 - self.world.settings.burn_in, what, happened)
        )

    def _lived(self) -> None:
        people, who = self.world.people, self.who
        self.before = float(people.start[who])
        drive = DRIVE_NAMES[people.topic[who]]
        used = (
            f"a use was worth {people.utility[who]:.2f} against a satisfaction of {self.before:.2f}"
        )
        self._say(
            "lived",
            f"{used}; what fell short most was the drive to {drive}. The customer complained",
        )

    def _look(self) -> None:
        people, who, log = self.world.people, self.who, self.world.record.log
        day = self.world.day - 1
        if "posted" not in self.told and people.post[who] != NO_POST:
            degree = int(self.world.ties.starts[who + 1] - self.world.ties.starts[who])
            kind = POSTS[people.post[who]]
            self._say(
                "posted",
                f"a {kind} post of valence {people.valence[who]:.2f}, to {degree} neighbours",
            )
        observed = day - log["reading_age"][day]
        if "heard" not in self.told and observed >= self.opened:
            self._say(
                "heard", f"a reading taken since then reached the firm: {log['reading'][day]:.2f}"
            )
        self._look_at_firm(day)
        self._look_at_ending()

    def _look_at_firm(self, day: int) -> None:
        log = self.world.record.log
        orders = {
            name[7:]: values[day]
            for name, values in log.items()
            if name[:7] == "effort_" and values[day] > 0
        }
        if "heard" in self.told and "decided" not in self.told and orders:
            said = ", ".join(f"{name} {effort:.2f}" for name, effort in orders.items())
            self._say("decided", f"orders in force: {said}")
        closed = int(self.world.people.outcome[self.who])
        if "done" not in self.told and closed in _CLOSED:
            self._say("done", f"{_CLOSED[closed]}, {day - self.opened} days after the complaint")

    def _look_at_ending(self) -> None:
        people, who = self.world.people, self.who
        if people.stage[who] == LAPSED and people.customer_before[who]:
            self._say("left", f"the customer left, with satisfaction at {self._satisfaction():.2f}")
        elif (
            people.stage[who] == CUSTOMER
            and "done" in self.told
            and self._satisfaction() >= self.before - NEAR
        ):
            self._say(
                "forgiven",
                f"satisfaction is back at {self._satisfaction():.2f}, as before the trouble",
            )
