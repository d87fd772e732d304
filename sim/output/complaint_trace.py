"""The course of one complaint with dates, from the experience to forgiveness or exit.

The run is repeated from its settings twice: once to find an instructive complaint, once to follow
its author.
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

# Satisfaction this close to its earlier level counts as forgiveness (assumption).
_FORGIVENESS_MARGIN = 0.02
_CLOSING_EVENTS = {
    CLOSED_IN_TIME: "the firm answered in time",
    CLOSED_LATE: "the firm answered late",
    CLOSED_BY_PEERS: "a neighbour answered",
    CLOSED_GIVEN_UP: "nothing: there was no answer, and the customer gave up waiting",
}
_ENDS = {"forgiven", "left"}
_EFFORT_PREFIX = "effort_"


class TraceEvent(NamedTuple):
    """One event: the day (from the first scored one), its kind, and a sentence."""

    day: int
    kind: str
    sentence: str


class ComplaintTrace(NamedTuple):
    """The course of one consumer's complaint; the last event is its end."""

    consumer: int
    name: str
    events: tuple[TraceEvent, ...]


def trace_complaint(settings: Settings, consumer: int | None = None) -> ComplaintTrace:
    """Return the course of a consumer's first complaint; without a number, of an instructive one.

    Instructive is the first complaint on a scored day, from the first strike on, that was also
    posted; otherwise the first complaint of the run.

    Raises:
        EquipoiseError: if there is no such consumer, or no complaint.
    """
    settings = settings.model_copy(update={"replicates": 1})
    if consumer is None:
        consumer, day = _find_instructive_complaint(build_world(settings))
    else:
        day = _find_first_complaint(build_world(settings), consumer)
    follower = _Follower(build_world(settings), consumer, day)
    events = follower.follow()
    return ComplaintTrace(consumer, follower.world.network.name(consumer), tuple(events))


def _complainants(world: World) -> np.ndarray:
    """Return the consumers who opened a complaint on the last day."""
    people = world.people
    return np.flatnonzero((people.case == COMPLAINT) & (people.since == world.day - 1))


def _find_instructive_complaint(world: World) -> tuple[int, int]:
    """Return the consumer and the day of the complaint."""
    first_day = _first_instructive_day(world)
    fallback: tuple[int, int] | None = None
    while world.day < world.days:
        world.step()
        day = world.day - 1
        complainants = _complainants(world).tolist() if day >= first_day else []
        for consumer in complainants:
            if world.people.post[consumer] != NO_POST:
                return consumer, day
            fallback = fallback or (consumer, day)
    if fallback is None:
        raise EquipoiseError(
            "No consumer complained in this run: "
            "choose one with trouble, such as environment=recall."
        )
    return fallback


def _first_instructive_day(world: World) -> int:
    starts = [strike.start for strike in world.disturbances.strikes]
    return max(min(starts, default=0), world.settings.burn_in)


def _find_first_complaint(world: World, consumer: int) -> int:
    """Return the day of a consumer's first complaint on a scored day."""
    if not 0 <= consumer < world.size:
        last = world.size - 1
        raise EquipoiseError(
            f"Consumer {consumer} is not among the {world.size:,} people: give 0 to {last}."
        )
    while world.day < world.days:
        world.step()
        people = world.people
        if world.day > world.settings.burn_in and people.case[consumer] == COMPLAINT:
            return int(people.since[consumer])
    raise EquipoiseError(
        f"Consumer {consumer} never complained in this run: "
        "leave --consumer out to follow another one."
    )


class _Follower:
    """Repeats a run and records the events of one consumer from the day of the complaint on."""

    def __init__(self, world: World, consumer: int, complaint_day: int) -> None:
        self.world = world
        self.consumer = consumer
        self.complaint_day = complaint_day
        self.satisfaction_before = math.nan
        self.events: list[TraceEvent] = []
        self.kinds: set[str] = set()

    def follow(self) -> list[TraceEvent]:
        """Run to the end of the complaint, or of the run; return the events."""
        world = self.world
        while world.day < world.days:
            world.step()
            day = world.day - 1
            if day == self.complaint_day:
                self._record_experience()
            if day >= self.complaint_day:
                self._record_day(day)
            if _ENDS & self.kinds:
                return self.events
        self._add("ended", f"the run ended with satisfaction at {self._level():.2f}, not forgiven")
        return self.events

    def _level(self) -> float:
        return float(self.world.people.satisfaction[self.consumer])

    def _add(self, kind: str, sentence: str) -> None:
        self.kinds.add(kind)
        day = self.world.day - 1 - self.world.settings.burn_in
        self.events.append(TraceEvent(day, kind, sentence))

    def _record_experience(self) -> None:
        people, consumer = self.world.people, self.consumer
        self.satisfaction_before = float(people.start[consumer])
        drive = DRIVE_NAMES[people.topic[consumer]]
        self._add(
            "experienced",
            f"a use had a utility of {people.utility[consumer]:.2f}, "
            f"satisfaction was {self.satisfaction_before:.2f}; "
            f"the drive to {drive} fell shortest. The customer complained",
        )

    def _record_day(self, day: int) -> None:
        # In the order of the loop: talk, receptor, control center, effector, consumer.
        self._record_post()
        self._record_reading(day)
        self._record_orders(day)
        self._record_answer(day)
        self._record_end()

    def _record_post(self) -> None:
        people, consumer = self.world.people, self.consumer
        if "posted" in self.kinds or people.post[consumer] == NO_POST:
            return
        starts = self.world.ties.starts
        neighbours = int(starts[consumer + 1] - starts[consumer])
        kind = POSTS[people.post[consumer]]
        valence = people.valence[consumer]
        self._add("posted", f"a {kind} post of valence {valence:.2f}, to {neighbours} neighbours")

    def _record_reading(self, day: int) -> None:
        log = self.world.record.log
        # Without a reading its age is nan, and the comparison False.
        observed_day = day - log["reading_age"][day]
        if "heard" not in self.kinds and observed_day >= self.complaint_day:
            reading = log["reading"][day]
            self._add("heard", f"a reading taken since then reached the firm: {reading:.2f}")

    def _record_orders(self, day: int) -> None:
        if "heard" not in self.kinds or "decided" in self.kinds:
            return
        orders = []
        for column, efforts in self.world.record.log.items():
            if column.startswith(_EFFORT_PREFIX) and efforts[day] > 0:
                orders.append(f"{column.removeprefix(_EFFORT_PREFIX)} {efforts[day]:.2f}")
        if orders:
            self._add("decided", f"orders in force: {', '.join(orders)}")

    def _record_answer(self, day: int) -> None:
        outcome = int(self.world.people.outcome[self.consumer])
        if "done" not in self.kinds and outcome in _CLOSING_EVENTS:
            days = day - self.complaint_day
            self._add("done", f"{_CLOSING_EVENTS[outcome]}, {days} days after the complaint")

    def _record_end(self) -> None:
        people, consumer = self.world.people, self.consumer
        stage = people.stage[consumer]
        level = self._level()
        if stage == LAPSED and people.customer_before[consumer]:
            self._add("left", f"the customer left, with satisfaction at {level:.2f}")
        is_recovered = level >= self.satisfaction_before - _FORGIVENESS_MARGIN
        if stage == CUSTOMER and "done" in self.kinds and is_recovered:
            self._add("forgiven", f"satisfaction is back at {level:.2f}, as before")
