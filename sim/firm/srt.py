"""The Strategic Response Team: people from the departments meet, argue, vote, and give orders."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from equipoise.arraytypes import Floats
from equipoise.errors import EquipoiseError, unknown
from equipoise.firm import diagnosis, intake
from equipoise.firm.charts import Chart, Rule
from equipoise.firm.intake import TOPICS, Custom, Discussed, Pile
from equipoise.firm.signals import DRIVES, ControlCenter, Orders, Plant, Reading, Verdict, VerdictKind
from equipoise.firm.team import MOST, Team, Voting, blamed, dissenting, says, seated, views
from equipoise.records import setting

NAN = float("nan")
RECENT = 0.5  # weight of this meeting's evidence in where the team looks
QUIET = 1.0  # a matter below so many standard deviations is quiet ...
QUIET_MEETINGS = 2  # ... and closed after so many quiet meetings
REMEDIES = {"one-off": ("respond",), "systemic": ("repair",), "replicate": ("replicate",)}
MESSAGES = ("promise", "broadcast", "respond")


class Room(NamedTuple):
    """What stays the same: who meets, departments' signatures, remedies at hand by kind of verdict, orders in calm."""

    plant: Plant
    team: Team
    signs: Floats
    remedies: dict[str, tuple[str, ...]]
    messages: tuple[str, ...]
    calm: Orders


class Matter(NamedTuple):
    """A matter decided on and not closed: its department and kind, and how many meetings it has been quiet."""

    department: int
    kind: VerdictKind
    quiet: int = 0


class Minutes(NamedTuple):
    """The state of `Srt`: what came in, what is usual, the charts, what is open, and the orders in force.

    ``statistic`` and ``recent`` (8,) are the charts' values and smoothed deviations by topic (trouble, then praise);
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
    to replicate. Each seat sees the evidence through its own defensiveness; votes settle who is to blame and whether
    it is systemic. What is systemic is repaired until its topic has been quiet for two meetings; a one-off is answered
    until the next one. `messengers` see every problem as one of messaging: for their share of the say, effort goes to
    promise, broadcast and respond, and none to repair.

    A team believes its standing verdict: deviations are read ``confirmation`` standard deviations nearer to it.
    Dissent takes that away, all of it when a third dissents, and makes every item last longer.
    """

    kind: ClassVar[str] = "srt"
    cadence: int = setting(7, "days from one meeting to the next", low=1, high=3650, unit="day")
    alarm: float = setting(
        4.0, "standard deviations of trouble above the usual that call a meeting early; 0 = never", low=0, high=100
    )
    seats: dict[str, Annotated[int, Field(ge=0, le=MOST)]] = setting(
        {}, "seats by department, 0 to 5; empty = two for each, else none for those not named"
    )
    voting: Voting = setting("equal", "whose word counts: all alike, by weight, the loudest, or one drawn at random")
    weights: dict[str, Annotated[float, Field(ge=0)]] = setting(
        {}, "weight of a department's seats, 1 when not named; for voting weighted and loudest"
    )
    messengers: tuple[str, ...] = setting(("marketing",), "departments that see every problem as one of messaging")
    dissent: float = setting(0.0, "chance that a member argues against the standing belief; 0 = off", low=0, high=1)
    confirmation: float = setting(
        0.5, "pull of the standing verdict on what is seen; 0 = off", low=0, high=10, unit="standard deviations",
        source="assumption",
    )  # fmt: skip
    lengthening: float = setting(
        4.0, "how much longer an item lasts when all dissent; 0 = off", low=0, high=100, source="assumption"
    )
    defensiveness: float = setting(
        0.3, "share of the trouble in one's own department that is discounted; 0 = off", low=0, high=1,
        source="assumption",
    )  # fmt: skip
    insight: float = setting(
        0.5, "error in seeing one's own department", low=0, high=100, unit="standard deviations", source="assumption"
    )
    hearsay: float = setting(
        1.5, "error in seeing another department", low=0, high=100, unit="standard deviations", source="assumption"
    )
    agenda: float = setting(3.0, "items a meeting has time for", low=0.01, high=100)
    notice: float = setting(1.0, "standard deviations from which a topic gets onto the agenda", low=-10, high=100)
    discussed: Discussed = setting("both", "what is brought to the table: trouble, praise, or both")
    reading: float = setting(
        100.0, "reports that one seat can read for a meeting", low=0.01, high=1e9, source="assumption"
    )
    coordination: float = setting(
        1.0, "reports unread for each pair of seats, who must agree; 0 = off", low=0, high=1e6, source="assumption"
    )
    paralysis: float = setting(
        0.5, "how much less is read, per load above capacity; 0 = off", low=0, high=100, source="assumption"
    )
    rule: Rule = setting("cusum", "how a one-off is told from something systemic")
    k: float = setting(0.5, "reference value of the CUSUM", low=0, high=100, unit="standard deviations")
    h: float = setting(4.0, "limit of the CUSUM", low=0, high=1000, unit="standard deviations")
    weight: float = setting(0.2, "weight of the latest meeting in the EWMA", low=0.001, high=1)
    width: float = setting(3.0, "limit of the Shewhart and EWMA charts, in their standard deviations", low=0, high=100)
    learning: int = setting(4, "meetings that only learn what is usual", low=1, high=1000)
    usual: float = setting(180.0, "memory for what is usual", low=1, high=36500, unit="day")
    systemic_effort: float = setting(1.0, "share of the budget for each systemic matter", low=0, high=1)
    one_off_effort: float = setting(0.3, "share of the budget for each one-off", low=0, high=1)
    replicate_effort: float = setting(0.3, "share of the budget for each delight to replicate", low=0, high=1)
    routine: dict[str, Annotated[float, Field(ge=0, le=1)]] = setting(
        {}, "effort kept up whatever is decided, by effector"
    )
    seat_cost: float = setting(20.0, "what one seat at one meeting costs", low=0, high=1e9, unit="money")

    @model_validator(mode="after")
    def _spelled(self) -> Srt:
        if self.cadence * self.learning > 36500:
            raise ValueError("cadence * learning must be at most 36500 days: the team would never decide.")
        return self

    @property
    def chart(self) -> Chart:
        """The chart that its settings describe."""
        return Chart(self.rule, self.k, self.h, self.weight, self.width)

    def init(self, plant: Plant) -> Minutes:
        """Return the minutes before the first meeting."""
        strange = [
            unknown("control_center.routine", each, plant.effectors)
            for each in self.routine
            if each not in plant.effectors
        ]
        if strange:
            raise EquipoiseError(*strange)
        size = len(plant.departments)
        remedies = {kind: at_hand(names, plant.effectors) for kind, names in REMEDIES.items()}
        team, signs = seated(self.seats, self.weights, plant.departments), diagnosis.signatures(plant.matrix)
        calm = Orders(NAN, self._afforded(dict.fromkeys(plant.effectors, 0.0), plant), np.zeros(size))
        room = Room(plant, team, signs, remedies, at_hand(MESSAGES, plant.effectors), calm)
        nothing = np.zeros(TOPICS)
        pile = Pile(nothing, 0.0, np.zeros(size))
        return Minutes(room, pile, intake.NO_CUSTOM, nothing, nothing, {}, -1, 0, 0.0, calm)

    def step(self, day: int, readings: tuple[Reading, ...], state: Minutes) -> tuple[Orders, Minutes]:
        """Put what came in on the pile; meet when it is time, or when the alarm goes."""
        if readings:
            pile = state.pile
            for each in readings:
                pile = intake.piled(pile, each)
            state = state._replace(pile=pile)
        if day - state.met >= self.cadence or (readings and self._alarmed(state)):
            return self._meet(day, state)
        return state.orders, state

    def _alarmed(self, state: Minutes) -> bool:
        """Whether trouble of all topics together, since the last meeting, is far above the usual."""
        pile, custom = state.pile, state.custom
        if not self.alarm or state.meetings < self.learning or pile.volume <= 0 or custom.volume <= 0:
            return False
        expected = pile.volume * max(float(custom.counts[:DRIVES].sum()) / custom.volume, intake.LEAST)
        scatter = float(custom.scatter[:DRIVES].max())
        return bool(pile.counts[:DRIVES].sum() - expected > self.alarm * (scatter * expected) ** 0.5)

    # a meeting

    def _meet(self, day: int, state: Minutes) -> tuple[Orders, Minutes]:
        """Hold a meeting; with nothing on the pile the open matters stay as they are."""
        room, pile = state.room, state.pile
        cost = self.seat_cost * len(room.team.department)
        seed = room.plant.seed
        against = dissenting(room.team, self.dissent, seed, day)
        counts, volume = self._read(day, state)
        verdicts: tuple[Verdict, ...] = ()
        if volume > 0:
            state, verdicts = self._discuss(day, counts, volume, against, state)
        believed = pile.levels / pile.weights if pile.weights else state.orders.believed
        standing = self._ordered(believed, says(room.team, self.voting, seed, day), state)
        blank = Pile(np.zeros(TOPICS), 0.0, np.zeros(len(room.plant.departments)))
        state = state._replace(pile=blank, met=day, meetings=state.meetings + (volume > 0), orders=standing)
        return replace(standing, verdicts=verdicts, cost=cost), state

    def _read(self, day: int, state: Minutes) -> tuple[Floats, float]:
        """Return the counts read by topic (8,), and the volume behind what was read."""
        n = len(state.room.team.department)
        counts = intake.chosen(state.pile.counts, self.discussed)
        capacity = max(n * self.reading - self.coordination * n * (n - 1) / 2, 1.0)
        share = intake.share_read(float(counts.sum()), capacity, self.paralysis)
        return intake.sampled(counts, share, state.room.plant.seed, day), state.pile.volume * share

    def _discuss(
        self, day: int, counts: Floats, volume: float, against: np.ndarray, state: Minutes
    ) -> tuple[Minutes, tuple[Verdict, ...]]:
        """Update the charts, go through the agenda, and learn what is usual."""
        z = np.zeros(TOPICS) if not state.custom.volume else intake.unusual(counts, volume, state.custom)
        learned = state.meetings >= self.learning
        verdicts: tuple[Verdict, ...] = ()
        matters: dict[int, Matter] = {}
        if learned:
            heard = self._believing(z, against, state.matters)
            state = state._replace(
                statistic=self.chart.move(state.statistic, heard),
                recent=state.recent + RECENT * (z - state.recent),
            )
            matters = _still_open(state.matters, z)
            items, saved = self._items(z, float(against.mean()), state)
            verdicts, new = self._decide(day, items, against, state)
            matters |= new
            state = state._replace(saved=saved)
        calm = np.array([topic not in matters or matters[topic].kind == "one-off" for topic in range(TOPICS)], float)
        keep = (1.0 - 1.0 / self.usual) ** max(day - state.met, 1)
        custom = intake.accustomed(state.custom, counts, volume, keep, calm)
        return state._replace(custom=custom, matters=matters), verdicts

    def _believing(self, z: Floats, against: np.ndarray, matters: dict[int, Matter]) -> Floats:
        """Return the deviations as the team sees them: nearer to its standing verdicts, unless somebody dissents."""
        pull = self.confirmation * max(1.0 - 3.0 * float(against.mean()), 0.0)
        standing = [
            matters[topic].kind in ("systemic", "replicate") if topic in matters else False for topic in range(TOPICS)
        ]
        return z + np.where(standing, pull, -pull)

    def _items(self, z: Floats, dissent: float, state: Minutes) -> tuple[list[int], float]:
        """Return the topics there is time for, the most unusual first, and the time left over."""
        wanted = (z >= self.notice) | (self.chart.signals(state.statistic) & (self.rule != "always"))
        if self.discussed != "both":
            wanted[slice(DRIVES, None) if self.discussed == "trouble" else slice(DRIVES)] = False
        topics = [int(topic) for topic in np.argsort(-z, kind="stable") if wanted[topic]]
        lasts = 1.0 + self.lengthening * dissent
        time = self.agenda + state.saved
        count = min(len(topics), int(time / lasts))
        return topics[:count], min(time - count * lasts, lasts if len(topics) > count else 0.0)

    def _decide(
        self, day: int, items: list[int], against: np.ndarray, state: Minutes
    ) -> tuple[tuple[Verdict, ...], dict[int, Matter]]:
        """Return the verdicts on the items, and what was opened by them."""
        if float(against.mean()) > 0.5 or not items:  # most argue against: nothing is agreed on
            return (), {}
        room, verdicts, opened = state.room, [], {}
        say = says(room.team, self.voting, room.plant.seed, day)
        for praise in (False, True):
            fit = self._fit(praise, state)
            for topic in (each for each in items if (each >= DRIVES) == praise):
                seen = views(fit, room.team, (self.insight, self.hearsay), self.defensiveness, room.plant.seed, day)
                drive = topic % DRIVES
                possible = room.plant.matrix[drive] >= 0.5 / len(fit)
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
        part = slice(DRIVES, None) if praise else slice(DRIVES)
        fit: Floats = state.recent[part] @ state.room.signs
        causes, size = state.pile.causes, len(state.room.plant.departments)
        n = float(causes.sum())
        if n > 0 and size > 1 and not praise:
            fit = fit + (causes - n / size) / np.sqrt(n / size * (1 - 1 / size))
        return fit

    def _kind(self, topic: int, where: int, say: Floats, state: Minutes) -> VerdictKind:
        """Return what the votes make of a topic; whose own department is blamed sees less of it."""
        own = state.room.team.department == where
        seen = state.statistic[topic] * np.where(own & (topic < DRIVES), 1.0 - self.defensiveness, 1.0)
        lasting = float(say[np.broadcast_to(self.chart.signals(seen), say.shape)].sum()) > 0.5
        if topic >= DRIVES:
            return "replicate" if lasting else "not"
        return "systemic" if lasting else "one-off"

    # orders

    def _ordered(self, believed: float, say: Floats, state: Minutes) -> Orders:
        """Return the orders that follow from the open matters."""
        room = state.room
        if not state.matters:
            return replace(room.calm, believed=believed)
        strength = {
            "systemic": self.systemic_effort,
            "one-off": self.one_off_effort,
            "replicate": self.replicate_effort,
        }
        names = room.plant.departments
        messaging = float(say[[names[d] in self.messengers for d in room.team.department]].sum())
        efforts, focus = dict.fromkeys(room.plant.effectors, 0.0), np.zeros(len(names))
        for each in state.matters.values():
            for share, remedies in ((1.0 - messaging, room.remedies[each.kind]), (messaging, room.messages)):
                for name in remedies:
                    efforts[name] += strength[each.kind] * room.plant.budget * share / len(remedies)
            focus[each.department] += each.kind == "systemic"
        total = focus.sum()
        return Orders(believed, self._afforded(efforts, room.plant), focus / total if total else focus)

    def _afforded(self, efforts: dict[str, float], plant: Plant) -> dict[str, float]:
        """Add the routine, and keep within 0..1 and the budget."""
        wanted = {name: min(max(effort, self.routine.get(name, 0.0)), 1.0) for name, effort in efforts.items()}
        scale = min(plant.budget / (sum(wanted.values()) or 1.0), 1.0)
        return {name: effort * scale for name, effort in wanted.items()}


def at_hand(kinds: tuple[str, ...], effectors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the effectors at hand whose names are one of the kinds, or begin with one and an underscore."""
    return tuple(name for name in effectors if any(name == kind or name.startswith(f"{kind}_") for kind in kinds))


def _still_open(matters: dict[int, Matter], z: Floats) -> dict[int, Matter]:
    """Return the matters that stay open: no one-offs, and nothing that has been quiet long enough."""
    left = {}
    for topic, each in matters.items():
        quiet = each.quiet + 1 if z[topic] < QUIET else 0
        if each.kind != "one-off" and quiet < QUIET_MEETINGS:
            left[topic] = each._replace(quiet=quiet)
    return left
