"""The Strategic Response Team: people from the departments meet, argue, vote, and give orders."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from equipoise.array_types import Flags, Floats
from equipoise.errors import raise_problems, unknown_name_message
from equipoise.firm.control import diagnosis
from equipoise.firm.control.team import evidence
from equipoise.firm.control.team.control_charts import Chart, Rule
from equipoise.firm.control.team.evidence import (
    COUNTS,
    TOPICS,
    Custom,
    Discussed,
    Pile,
    Stream,
    Streams,
)
from equipoise.firm.control.team.open_issues import (
    STANDING,
    Matter,
    afforded,
    attention,
    efforts,
    renewed,
    still_open,
)
from equipoise.firm.control.team.voting import (
    MOST,
    Team,
    Voting,
    blamed,
    discussed,
    dissenting,
    says,
    seated,
    views,
)
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    ControlCenter,
    Orders,
    Plant,
    Reading,
    Verdict,
    VerdictKind,
)
from equipoise.settings.schema import setting

NAN = float("nan")
MEMORY = 0.2  # weight of this meeting's evidence in where the team looks
SHARPER = math.sqrt((2.0 - MEMORY) / MEMORY)  # makes a mean so weighted vary like one value
PRAISE = np.array(evidence.PRAISE)


class Room(NamedTuple):
    """What stays the same from meeting to meeting: who meets, and departments' signatures (4, D)."""

    plant: Plant
    team: Team
    signs: Floats


class Minutes(NamedTuple):
    """The state of `Srt`: what came in, what is usual, the charts, what is open, and the orders in force.

    ``statistic`` and ``recent`` (10,) are the charts' values and the mean deviations of late by topic;
    ``saved`` is the time left over from earlier meetings, in items.
    """

    room: Room
    pile: Pile
    custom: Custom
    statistic: Floats
    recent: Floats
    matters: dict[int, Matter]
    met: int
    meetings: int
    saved: float
    orders: Orders


class Srt(ControlCenter):
    """A team that meets every so many days, reads what it can, and decides topic by topic.

    Charts on the counts of trouble by topic tell a one-off from a systemic change; charts on praise tell which delight
    to replicate; when a matter is closed its chart starts anew. Each seat sees the evidence through its own
    defensiveness; after a discussion, votes settle who is to blame and whether it is systemic. What is systemic is
    repaired until its topic has been quiet for two meetings; a one-off is answered until the next one. `messengers`
    see every problem as one of messaging: for their share of the say, effort goes to promise, broadcast and respond,
    and none to repair.

    A team believes its standing verdict: deviations are read ``confirmation`` standard deviations nearer to it, and
    whom it blames looks so much guiltier in every matter (selective exposure, Hart et al. 2009). Dissent takes that
    away, all of it when a third dissents. It makes every item last longer, so that fewer are settled, and members come
    the nearer to the table's view, which holds what each of them knows (Schulz-Hardt et al. 2006).
    """

    kind: ClassVar[str] = "srt"
    cadence: int = setting(7, "days from one meeting to the next", low=1, high=3650, unit="day")
    alarm: float = setting(
        4.0,
        "standard deviations of trouble above the usual that call a meeting early",
        off=0.0,
        off_means="never",
        low=0,
        high=100,
    )
    seats: dict[str, Annotated[int, Field(ge=0, le=MOST)]] = setting(
        {}, "seats by department, 0 to 5; empty = two for each, else none for those not named"
    )
    voting: Voting = setting(
        "equal", "whose word counts: all alike, by weight, the loudest, or one drawn at random"
    )
    weights: dict[str, Annotated[float, Field(ge=0)]] = setting(
        {}, "weight of a department's seats, 1 when not named; for voting weighted and loudest"
    )
    messengers: tuple[str, ...] = setting(
        ("marketing",), "departments that see every problem as one of messaging"
    )
    dissent: float = setting(
        0.0, "chance that a member argues against the standing belief", off=0.0, low=0, high=1
    )
    confirmation: float = setting(
        0.3,
        "pull of the standing verdict on what is seen",
        off=0.0,
        low=0,
        high=10,
        unit="standard deviations",
        source="assumption",
    )
    lengthening: float = setting(
        4.0,
        "how much longer an item lasts when all dissent",
        off=0.0,
        low=0,
        high=100,
        source="assumption",
    )
    defensiveness: float = setting(
        0.3,
        "share of the trouble in one's own department that is discounted",
        off=0.0,
        low=0,
        high=1,
        source="assumption",
    )
    insight: float = setting(
        0.5,
        "error in seeing one's own department",
        low=0,
        high=100,
        unit="standard deviations",
        source="assumption",
    )
    hearsay: float = setting(
        1.5,
        "error in seeing another department",
        low=0,
        high=100,
        unit="standard deviations",
        source="assumption",
    )
    openness: float = setting(
        0.5,
        "how far members come to the view of the table",
        off=0.0,
        low=0,
        high=1,
        source="assumption",
    )
    agenda: float = setting(3.0, "items a meeting has time for", low=0.01, high=100)
    notice: float = setting(
        1.0, "standard deviations from which a topic gets onto the agenda", low=-10, high=100
    )
    discussed: Discussed = setting("both", "what is brought to the table: trouble, praise, or both")
    reading: float = setting(
        100.0,
        "reports that one seat can read for a meeting",
        low=0.01,
        high=1e9,
        source="assumption",
    )
    coordination: float = setting(
        1.0,
        "reports unread for each pair of seats, who must agree",
        off=0.0,
        low=0,
        high=1e6,
        source="assumption",
    )
    paralysis: float = setting(
        0.5,
        "how much less is read, per load above capacity",
        off=0.0,
        low=0,
        high=100,
        source="assumption",
    )
    rule: Rule = setting("cusum", "how a one-off is told from something systemic")
    k: float = setting(
        0.5, "reference value of the CUSUM", low=0, high=100, unit="standard deviations"
    )
    h: float = setting(4.0, "limit of the CUSUM", low=0, high=1000, unit="standard deviations")
    weight: float = setting(0.2, "weight of the latest meeting in the EWMA", low=0.001, high=1)
    width: float = setting(
        3.0, "limit of the Shewhart and EWMA charts, in their standard deviations", low=0, high=100
    )
    learning: int = setting(8, "meetings that only learn what is usual", low=1, high=1000)
    usual: float = setting(180.0, "memory for what is usual", low=1, high=36500, unit="day")
    systemic_effort: float = setting(
        1.0, "share of the budget for each systemic matter", low=0, high=1
    )
    one_off_effort: float = setting(0.3, "share of the budget for each one-off", low=0, high=1)
    replicate_effort: float = setting(
        0.3, "share of the budget for each delight to replicate", low=0, high=1
    )
    routine: dict[str, Annotated[float, Field(ge=0, le=1)]] = setting(
        {}, "effort kept up whatever is decided, by effector"
    )
    seat_cost: float = setting(
        20.0, "what one seat at one meeting costs", low=0, high=1e9, unit="money"
    )

    @model_validator(mode="after")
    def _spelled(self) -> Srt:
        if self.cadence * self.learning > 36500:
            raise ValueError(
                "cadence * learning must be at most 36500 days: the team would never decide."
            )
        return self

    @property
    def chart(self) -> Chart:
        """The chart that its settings describe."""
        return Chart(self.rule, self.k, self.h, self.weight, self.width)

    def find_unknown_names(
        self, effectors: Sequence[str], departments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return a line for every name in the settings that there is not, and one if nobody sits at the table."""
        given = self.messengers != type(self).model_fields["messengers"].default
        named: dict[str, Iterable[str]] = {
            "seats": self.seats,
            "weights": self.weights,
            "messengers": self.messengers if given else (),
        }
        lines = [
            unknown_name_message("control_center.routine", each, effectors)
            for each in self.routine
            if each not in effectors
        ]
        for where, names in named.items():
            lines += [
                unknown_name_message(f"control_center.{where}", each, departments)
                for each in names
                if each not in departments
            ]
        if self.seats and not any(self.seats.values()):
            lines.append(
                "control_center.seats leaves the table empty: give at least one department a seat."
            )
        return tuple(lines)

    def init(self, plant: Plant) -> Minutes:
        """Return the minutes before the first meeting."""
        raise_problems(self.find_unknown_names(plant.effectors, plant.departments))
        team, signs = (
            seated(self.seats, self.weights, plant.departments),
            diagnosis.signatures(plant.matrix),
        )
        nothing, size = np.zeros(TOPICS), len(plant.departments)
        calm = Orders(
            NAN,
            afforded(dict.fromkeys(plant.effectors, 0.0), self.routine, plant.budget),
            np.zeros(size),
        )
        room, pile = Room(plant, team, signs), Pile({}, np.zeros(size))
        return Minutes(room, pile, evidence.NO_CUSTOM, nothing, nothing, {}, -1, 0, 0.0, calm)

    def step(
        self, day: int, readings: tuple[Reading, ...], state: Minutes
    ) -> tuple[Orders, Minutes]:
        """Put what came in on the pile; meet when it is time, or when the alarm goes."""
        if readings:
            pile = state.pile
            for each in readings:
                pile = evidence.piled(pile, each)
            state = state._replace(pile=pile)
        if day - state.met >= self.cadence or (readings and self._alarmed(state)):
            return self._meet(day, state)
        return state.orders, state

    def _alarmed(self, state: Minutes) -> bool:
        """Whether trouble of all topics together, since the last meeting, is far above the usual."""
        if not self.alarm or state.meetings < self.learning:
            return False
        streams = {
            name: Stream(evidence.topics(each.counts), each.volume)
            for name, each in state.pile.streams.items()
        }
        return bool(evidence.unusual(streams, state.custom)[COUNTS] > self.alarm)

    # a meeting

    def _meet(self, day: int, state: Minutes) -> tuple[Orders, Minutes]:
        """Hold a meeting; with nothing on the pile the open matters stay as they are."""
        room, pile = state.room, state.pile
        cost = self.seat_cost * len(room.team.department)
        seed = room.plant.seed
        against = dissenting(room.team, self.dissent, seed, day)
        streams = evidence.read(
            pile, self.discussed, self._capacity(room.team), self.paralysis, seed, day
        )
        verdicts: tuple[Verdict, ...] = ()
        if streams:
            state, verdicts = self._discuss(day, streams, against, state)
        believed = pile.levels / pile.weights if pile.weights else state.orders.believed
        standing = self._ordered(believed, says(room.team, self.voting, seed, day), state)
        blank = Pile({}, np.zeros(len(room.plant.departments)))
        state = state._replace(
            pile=blank, met=day, meetings=state.meetings + bool(streams), orders=standing
        )
        return replace(standing, verdicts=verdicts, cost=cost), state

    def _capacity(self, team: Team) -> float:
        """Return how many reports the team can read for a meeting: every pair of seats must agree on what they say."""
        n = len(team.department)
        return max(n * self.reading - self.coordination * n * (n - 1) / 2, 1.0)

    def _discuss(
        self, day: int, streams: Streams, against: Flags, state: Minutes
    ) -> tuple[Minutes, tuple[Verdict, ...]]:
        """Update the charts, go through the agenda, and learn what is usual."""
        z = evidence.unusual(streams, state.custom)
        learned = state.meetings >= self.learning
        verdicts: tuple[Verdict, ...] = ()
        matters: dict[int, Matter] = {}
        if learned:
            heard = self._believing(z, against, state.matters)
            matters = still_open(state.matters, heard)
            statistic = self.chart.move(state.statistic, heard)
            statistic[
                [
                    topic
                    for topic, each in state.matters.items()
                    if each.kind in STANDING and topic not in matters
                ]
            ] = 0.0
            state = state._replace(
                statistic=statistic, recent=state.recent + MEMORY * (z - state.recent)
            )
            items, saved = self._items(heard, self._lasts(against), state)
            verdicts, new = self._decide(day, items, against, state)
            matters |= renewed(new, matters)
            state = state._replace(saved=saved)
        troubled = {each.kind for each in matters.values()}
        calm = np.where(PRAISE, "replicate" not in troubled, "systemic" not in troubled)
        keep = (1.0 - 1.0 / self.usual) ** max(day - state.met, 1)
        custom = evidence.accustomed(state.custom, streams, keep, calm)
        return state._replace(custom=custom, matters=matters), verdicts

    def _believing(self, z: Floats, against: Flags, matters: dict[int, Matter]) -> Floats:
        """Return the deviations as the team sees them: nearer to its standing verdicts, unless somebody dissents."""
        standing = [topic in matters and matters[topic].kind in STANDING for topic in range(TOPICS)]
        return z + self._pull(against) * np.where(standing, 1.0, -1.0)

    def _pull(self, against: Flags) -> float:
        """Return the pull of the standing verdict, of which nothing is left when a third dissents."""
        return self.confirmation * max(1.0 - 3.0 * float(against.mean()), 0.0)

    def _lasts(self, against: Flags) -> float:
        """Return how long an item is talked of, against one on which all agree."""
        return 1.0 + self.lengthening * float(against.mean())

    def _items(self, z: Floats, lasts: float, state: Minutes) -> tuple[list[int], float]:
        """Return the topics there is time for, the most unusual first, and the time left over."""
        wanted = (z >= self.notice) | (
            self.chart.signals(state.statistic) & (self.rule != "always")
        )
        if self.discussed != "both":
            wanted &= PRAISE if self.discussed == "praise" else ~PRAISE
        topics = [int(topic) for topic in np.argsort(-z, kind="stable") if wanted[topic]]
        time = self.agenda + state.saved
        count = min(len(topics), int(time / lasts))
        return topics[:count], min(time - count * lasts, lasts if len(topics) > count else 0.0)

    def _decide(
        self, day: int, items: list[int], against: Flags, state: Minutes
    ) -> tuple[tuple[Verdict, ...], dict[int, Matter]]:
        """Return the verdicts on the items, and what was opened by them."""
        if float(against.mean()) > 0.5 or not items:  # most argue against: nothing is agreed on
            return (), {}
        room, verdicts, opened = state.room, [], {}
        say = says(room.team, self.voting, room.plant.seed, day)
        blur, apart = (self.insight, self.hearsay), (1.0 - self.openness) ** self._lasts(against)
        for praise in (False, True):
            fit = self._fit(praise, state)
            seen = views(
                fit, room.team, blur, self.defensiveness * (not praise), room.plant.seed, day
            )
            seen = discussed(seen, room.team, blur, 1.0 - apart)
            seen[:, accused(state.matters, praise)] += self._pull(against)
            for topic in (each for each in items if PRAISE[each] == praise):
                drive = topic % DRIVE_COUNT if topic < COUNTS else -1
                possible = room.plant.matrix[drive] > 0 if drive >= 0 else np.ones(len(fit), bool)
                where, votes = blamed(seen, say, against, possible)
                kind = self._kind(topic, where, say, state)
                name, evidence = room.plant.departments[where], float(state.statistic[topic])
                verdicts.append(Verdict(day, name, kind, drive, votes, evidence))
                if kind != "not":
                    opened[topic] = Matter(where, kind)
        return tuple(verdicts), opened

    def _fit(self, praise: bool, state: Minutes) -> Floats:
        """Return how well each department explains the deviations of late (D,), in standard deviations.

        Where talks have named causes, their excess over chance is added.
        """
        part = slice(DRIVE_COUNT, COUNTS) if praise else slice(DRIVE_COUNT)
        fit: Floats = SHARPER * state.recent[part] @ state.room.signs
        causes, size = state.pile.causes, len(state.room.plant.departments)
        n = float(causes.sum())
        if n > 0 and size > 1 and not praise:
            fit = fit + (causes - n / size) / np.sqrt(n / size * (1 - 1 / size))
        return fit

    def _kind(self, topic: int, where: int, say: Floats, state: Minutes) -> VerdictKind:
        """Return what the votes make of a topic; whose own department is blamed sees less of it."""
        own = state.room.team.department == where
        seen = state.statistic[topic] * np.where(
            own & ~PRAISE[topic], 1.0 - self.defensiveness, 1.0
        )
        lasting = float(say[np.broadcast_to(self.chart.signals(seen), say.shape)].sum()) > 0.5
        if PRAISE[topic]:
            return "replicate" if lasting else "not"
        return "systemic" if lasting else "one-off"

    # orders

    def _ordered(self, believed: float, say: Floats, state: Minutes) -> Orders:
        """Return the orders that follow from the open matters."""
        plant, matters = state.room.plant, state.matters.values()
        strength = {
            "systemic": self.systemic_effort,
            "one-off": self.one_off_effort,
            "replicate": self.replicate_effort,
        }
        names = plant.departments
        messaging = float(
            say[[names[d] in self.messengers for d in state.room.team.department]].sum()
        )
        wanted = efforts(matters, strength, messaging, plant)
        return Orders(
            believed, afforded(wanted, self.routine, plant.budget), attention(matters, len(names))
        )


def accused(matters: Mapping[int, Matter], praise: bool) -> list[int]:
    """Return the departments that standing verdicts on trouble name, or those on praise."""
    return sorted(
        {
            each.department
            for t, each in matters.items()
            if each.kind in STANDING and PRAISE[t] == praise
        }
    )
