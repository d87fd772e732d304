"""A brand, its community and its world, one day at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from equipoise.arraytypes import Bytes, Floats, Indices, Ints, Reals
from equipoise.census import CENSUS_DTYPE, take_census
from equipoise.consumers.arrays import Web, run_day
from equipoise.consumers.start import first_morning, value_fit
from equipoise.consumers.state import CANNED, CUSTOMER, EXPERT, NOTHING, OFFLINE, ONLINE, State
from equipoise.consumers.today import TODAY_DTYPE, constants, value_gap
from equipoise.consumers.traits import Traits, draw_traits
from equipoise.environment import strikes
from equipoise.firm.departments import Departments
from equipoise.firm.firm import assemble
from equipoise.firm.signals import Market, Plant, Posts, Touch, Truth
from equipoise.market import PublicRecord
from equipoise.network import Network
from equipoise.randomness import KEYS, Purpose, uniforms, uniforms_of_pairs
from equipoise.record import Record, new_record
from equipoise.schedule import WORLD
from equipoise.settings import Settings

_MOST = np.array([np.inf if name in ("content", "push") else 1.0 for name in Touch._fields])


class Engine(Protocol):
    """Lives one day of the community's life and returns how many people posted."""

    def __call__(self, world: World) -> int: ...


def compiled(world: World) -> int:
    """Live a day by compiled loops over arrays."""
    return int(
        run_day(
            world.people, world.traits, world.fit, world.web, world.c, world.today, world.keys, world.speakers
        )
    )  # fmt: skip


class World:
    """One world: its people, ties, firm, environment and record, moved by `step` through the schedule of a day.

    Args:
        settings: what the run is told.
        network: who hears whom; built from the settings when not given.
        engine: what lives the consumers' day; compiled loops when not given.
    """

    def __init__(self, settings: Settings, network: Network | None = None, engine: Engine = compiled) -> None:
        self.settings = settings
        self.engine = engine
        self.network = network or settings.network.build(settings.community.size, settings.seed)
        self.size = self.network.size
        self.days = settings.burn_in + settings.horizon
        self.day = 0
        self._settle_people()
        self._found_firm()

    def _settle_people(self) -> None:
        settings, real = self.settings, np.float64 if self.settings.precision == "double" else np.float32
        self.traits: Traits = draw_traits(
            settings.community.people,
            self.network,
            homophily=settings.network.homophily,
            iconicity=settings.firm.iconicity,
            seed=settings.seed,
            dtype=real,
        )
        self.people: State = first_morning(settings.community, self.traits, settings.firm.promise, settings.seed, real)
        self.fit: Reals = value_fit(self.traits.values, settings.firm.enacted)
        self.c = constants(settings.community)
        self.web = _web(self.network, settings, self.days, real)
        self.speakers: Indices = np.zeros(self.size, np.uint32)
        self.keys = np.zeros(KEYS, np.uint64)

    def _found_firm(self) -> None:
        settings = self.settings
        self.strikes = strikes(settings)
        self.departments = Departments(settings.firm, self.size)
        plant = Plant(
            seed=settings.seed,
            days=self.days,
            population=self.size,
            departments=self.departments.names,
            matrix=self.departments.matrix,
            set_point=settings.firm.set_point,
            band=settings.firm.band,
            promise=settings.firm.promise,
            budget=settings.firm.budget,
            effectors=tuple(settings.effector),
        )
        self.firm = assemble(settings, plant)
        struck = tuple(each._asdict() for each in self.strikes.struck)
        self.record: Record = new_record(
            settings.seed, settings.burn_in, self.days, plant.effectors, plant.departments, struck
        )
        self.days_counted = self.record.census.view(type=np.ndarray, dtype=CENSUS_DTYPE)  # rows without a record's cost
        self.public = PublicRecord(settings.information, settings.community.people.start_satisfaction)
        self.touched = False
        self.posted = 0
        self.today = _first_day(settings)
        self.handled = np.array([each.works_on == "contacts" for each in settings.firm.departments.values()])

    def step(self) -> None:
        """Live one day, in the order of the schedule."""
        for each in WORLD:
            getattr(self, each.name)()
        self.day += 1
        self.record.filled[...] = self.day

    def run(self, progress: Callable[[int, int], None] | None = None) -> Record:
        """Live all days that are left; ``progress`` is told (days done, days in all) after each."""
        while self.day < self.days:
            self.step()
            if progress:
                progress(self.day, self.days)
        return self.record

    # the steps of the schedule

    def strike(self) -> None:
        """The environment strikes the departments."""
        self.departments.strike(self.strikes, self.day)

    def act(self) -> None:
        """Deeds of the effectors take effect."""
        self.touch = np.zeros(len(Touch._fields))
        for deed in self.firm.deeds(self.day):
            self.departments.apply(deed)
            if deed.replies:
                self._answer(deed.replies, EXPERT if deed.expert else CANNED)
            if deed.touch is not None:
                self.touch += deed.touch

    def deliver(self) -> None:
        """Set the quality and the offer of the day."""
        today, departments = self.today, self.departments
        today["day"] = self.day
        today["quality"][:] = departments.quality()
        today["promise"] = departments.promise
        chances = departments.failures(self.strikes.failures[self.day])
        total = chances.sum()
        today["failure_chance"] = min(total, 1.0)
        today["failure_until"][:] = np.cumsum(chances) / total if total > 0 else 1.0
        self._publicise(float(today["quality"].mean()))
        if self.touched or self.touch.any():
            self._reach_out()

    def live(self) -> None:
        """Consumers live the day."""
        self.posted = self.engine(self)

    def count(self) -> None:
        """Take the census of the day."""
        before = self.days_counted[self.day - 1]["satisfaction"] if self.day else np.nan
        take_census(self.people, self.traits, self.c, self.day, before, self.days_counted[self.day])

    def publish(self) -> None:
        """Posts move the public record."""
        self.public.publish(self.people, self.speakers[: self.posted])

    def work(self) -> None:
        """Departments work off the day's uses or contacts."""
        row = self.days_counted[self.day]
        contacts = self.departments.load(row["complaints"] + row["questions"])
        self.departments.work(np.where(self.handled, contacts, row["uses"]))

    def decide(self) -> None:
        """The firm reads, decides, orders; its log is kept."""
        row = self.days_counted[self.day]
        logged = self.firm.decide(self._market())
        departments = self.departments
        logged |= {
            "promise": departments.promise,
            "delivered": float(self.today["quality"].mean()),
            "rating": self.public.rating,
            "revenue": row["uses"] * self.settings.firm.margin,
        }
        for name, fault, queue in zip(departments.names, departments.faults, departments.queue, strict=True):
            logged[f"fault_{name}"] = fault
            logged[f"queue_{name}"] = queue
        for name, value in logged.items():
            self.record.log[name][self.day] = value

    # what the steps need

    def _publicise(self, delivered: float) -> None:
        """Set what is public: the record as it is seen, the forum, the community."""
        today, public = self.today, self.public
        today["rating"], today["record_seen"] = public.seen(today["promise"], delivered)
        today["posting"] = public.posting
        today["forum_valence"], today["community_valence"] = public.forum, public.community
        today["forum_voice"] = self.settings.community.hearing.forum_voice if public.open else 0.0

    def _reach_out(self) -> None:
        """Set what the day's deeds do to consumers, beyond an ordinary day."""
        today, firm, hearing = self.today, self.settings.firm, self.settings.community.hearing
        touch = Touch(*np.minimum(self.touch, _MOST).tolist())
        self.touched = bool(self.touch.any())
        today["content"] = firm.content + touch.content
        today["push"] = 1.0 + touch.push
        today["advertising"] = min(firm.advertising * (1.0 + touch.push), 1.0)
        today["negativity"] = 1.0 + (hearing.negativity - 1.0) * (1.0 - touch.cool)
        today["tribe_boost"] = 1.0 + (hearing.tribe_boost - 1.0) * (1.0 - touch.introduce)
        for name in ("trigger", "welcome", "draw_out", "delete", "community", "invite"):
            today[name] = getattr(touch, name)

    def _answer(self, replies: int, kind: int) -> None:
        """Answer the oldest open cases that have no answer yet."""
        people = self.people
        waiting = np.flatnonzero((people.case != NOTHING) & (people.answer == 0))
        oldest = waiting[np.argsort(people.since[waiting], kind="stable")[:replies]]
        people.answer[oldest] = kind

    def _market(self) -> Market:
        """Return the day as the firm may see it: public or told to the firm, nothing else."""
        row = self.days_counted[self.day]
        authors = self.speakers[: self.posted]
        people = self.people
        truth = Truth(float(row["satisfaction"]), self.departments.faults) if self.firm.sees_truth else None
        return Market(
            day=self.day,
            customers=int(row["stage"][CUSTOMER]),
            posts=Posts(authors, people.post[authors], people.topic[authors], people.valence[authors]),
            complaints=row["complaints"],
            questions=row["questions"],
            uses=int(row["uses"]),
            joined=int(row["joined"]),
            left=int(row["left"]),
            rating=self.public.rating,
            ask=self._ask,
            truth=truth,
        )

    def _ask(self, count: int) -> tuple[Floats, Bytes]:
        """Ask a random sample of customers, drawn by address, without replacement."""
        customers = np.flatnonzero(self.people.stage == CUSTOMER)
        draws = uniforms(self.settings.seed, int(Purpose.SURVEY_SAMPLE), self.day, self.size)[customers]
        asked = customers[np.argsort(draws, kind="stable")[:count]]
        return self.people.satisfaction[asked].astype(np.float64), self.people.topic[asked]


def _web(network: Network, settings: Settings, days: int, real: type[np.floating]) -> Web:
    """Return the ties as the passes need them, all at the strength 1 of their start."""
    ties = len(network.neighbours)
    speaker = np.repeat(np.arange(network.size), np.diff(network.starts))
    fade = settings.community.ties.fade
    return Web(
        starts=network.starts,
        neighbours=network.neighbours,
        same_tribe=(network.tribe[speaker] == network.tribe[network.neighbours]).astype(np.uint8),
        layer=_layers(speaker, network.neighbours, settings.community.hearing.offline_share, settings.seed),
        strength=np.ones(ties, real),
        last_used=np.zeros(ties, np.int32),
        left=((1.0 - fade) ** np.arange(days + 1)).astype(real),
    )


def _layers(speaker: Ints, hearer: Indices, offline_share: float, seed: int) -> Bytes:
    """Return the layer of every tie (E,), the same in both directions: drawn by address of its two ends."""
    first, second = np.minimum(speaker, hearer), np.maximum(speaker, hearer)
    draws = uniforms_of_pairs(seed, int(Purpose.LAYER), first.astype(np.int64), second.astype(np.int64))
    return np.where(draws < offline_share, OFFLINE, ONLINE).astype(np.uint8)


def _first_day(settings: Settings) -> np.void:
    """Return the first day's world; what does not change is set here once."""
    today = np.zeros(1, TODAY_DTYPE)[0]
    firm = settings.firm
    today["seed"] = settings.seed
    today["push"] = 1.0
    today["advertising"] = firm.advertising
    today["content"] = firm.content
    today["relevance"] = firm.relevance
    today["offer"] = settings.environment.competitor
    today["demand"] = today["lure"] = 1.0
    today["negativity"] = settings.community.hearing.negativity
    today["tribe_boost"] = settings.community.hearing.tribe_boost
    today["gap"] = value_gap(firm.claimed, firm.enacted)
    return today
