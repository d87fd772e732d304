"""A brand, its community and its world, one day at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from equipoise.array_types import Bytes, Flags, Floats, Indices, Ints, Reals
from equipoise.consumers.census import CENSUS_DTYPE, new_census_workspace
from equipoise.consumers.day_inputs import coefficient_table, value_gap
from equipoise.consumers.initial_state import draw_initial_state
from equipoise.consumers.state import (
    CANNED_ANSWER,
    CASES,
    CUSTOMER,
    EXPERT_ANSWER,
    NO_ANSWER,
    NO_CASE,
    OFFLINE,
    ONLINE,
    OPINION_POST,
    State,
)
from equipoise.consumers.steps import Ties, run_day
from equipoise.consumers.traits import Traits, draw_traits
from equipoise.consumers.values import VALUE_MEANS
from equipoise.day_offer import (
    baseline_day,
    set_public_record,
    set_weather_and_touch,
    shown_values,
    update_value_fit,
)
from equipoise.environment.disturbances import strikes
from equipoise.environment.public_record import PublicRecord
from equipoise.firm.effectors.bonds import bonds
from equipoise.firm.interfaces import (
    DRIVES,
    Answers,
    Deed,
    Market,
    Plant,
    Posts,
    Talks,
    Touch,
    Truth,
)
from equipoise.firm.loop import assemble
from equipoise.firm.organisation.departments import REPAIRED, Departments
from equipoise.network import Network
from equipoise.randomness import DAY_KEY_COUNT, Purpose, draw_pair_uniforms, draw_uniforms
from equipoise.run_record import RunRecord, new_run_record
from equipoise.schedule import WORLD_STEPS
from equipoise.settings.settings import Settings

PEOPLE_PER_OUTSIDE_POST = 10  # people whom one post from outside reaches
MEAN_VALUES: Floats = np.asarray(VALUE_MEANS)  # society's values before they drift
REFIT_INTERVAL = 7  # days between two looks at value fit


DayEngine = Callable[
    ["World"], int
]  # lives a day of the community and takes its census; returns how many posted


def run_compiled_day(world: World) -> int:
    """Live a day by compiled loops over arrays."""
    community = world.people, world.traits, world.fit, world.ties
    day = world.coefficients, world.told, world.keys
    return int(run_day(*community, *day, world.speakers, world.sheet, world.days_counted))


class World:
    """One world: its people, ties, firm, environment and record, moved by `step` through the schedule of a day.

    Args:
        settings: what the run is told.
        network: who hears whom; built from the settings when not given.
        engine: what lives the consumers' day; compiled loops when not given.
    """

    def __init__(
        self,
        settings: Settings,
        network: Network | None = None,
        engine: DayEngine = run_compiled_day,
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.network = network or settings.network.build(settings.community.size, settings.seed)
        self.size = self.network.size
        self.days = settings.burn_in + settings.horizon
        self.day = 0
        self._settle_people()
        self._found_firm()

    def _settle_people(self) -> None:
        settings, real = (
            self.settings,
            np.float64 if self.settings.precision == "double" else np.float32,
        )
        self.traits: Traits = draw_traits(
            settings.community.people,
            self.network,
            homophily=settings.network.homophily,
            iconicity=settings.firm.iconicity,
            seed=settings.seed,
            dtype=real,
        )
        self.people: State = draw_initial_state(
            settings.community, self.traits, settings.firm.promise, settings.seed, real
        )
        self.lengths: Floats = np.linalg.norm(self.traits.values.astype(np.float64), axis=1)
        self.fit: Reals = np.zeros(self.size, real)
        self.coefficients = coefficient_table(settings.community)
        self.ties = _web(self.network, settings, self.days, real)
        self.sheet = new_census_workspace(self.traits)
        self.speakers: Indices = np.zeros(self.size, np.uint32)
        self.keys = np.zeros(DAY_KEY_COUNT, np.uint64)

    def _found_firm(self) -> None:
        settings = self.settings
        self.strikes = strikes(settings)
        self.departments = Departments(settings.firm, self.size)
        self.failure_chance, self.failure_until = _failures(
            self.departments.failures(self.strikes.failures)
        )
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
            burn_in=settings.burn_in,
        )
        self.firm = assemble(settings, plant)
        struck = tuple(each._asdict() for each in self.strikes.struck)
        self.record: RunRecord = new_run_record(
            settings.seed, settings.burn_in, self.days, plant.effectors, plant.departments, struck
        )
        self.days_counted = self.record.census.view(
            type=np.ndarray, dtype=CENSUS_DTYPE
        )  # rows without a record's cost
        self.public = PublicRecord(
            settings.information, settings.community.people.start_satisfaction
        )
        self.strange = False
        self.enacted: Floats = np.asarray(settings.firm.enacted, dtype=np.float64)
        self.expressed: Floats = np.zeros(len(self.enacted))
        self.post_count = 0
        self.told = baseline_day(settings)
        self.today: Any = self.told[0]  # its only row
        self.of_faults = tuple(f"fault_{name}" for name in plant.departments)
        self.of_queues = tuple(f"queue_{name}" for name in plant.departments)
        handled = np.array(
            [each.works_on == "contacts" for each in settings.firm.departments.values()]
        )
        self.of_contacts: Floats = handled / max(
            handled.sum(), 1
        )  # what one brings each department to do
        self.of_uses: Floats = 1.0 - handled

    def step(self) -> None:
        """Live one day, in the order of the schedule."""
        for each in WORLD_STEPS:
            getattr(self, each.name)()
        self.day += 1
        self.record.filled[...] = self.day

    def run(self, progress: Callable[[int, int], None] | None = None) -> RunRecord:
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
        deeds = self.firm.deeds(self.day)
        touch = np.zeros(len(Touch._fields))
        for deed in deeds:
            self.departments.apply(deed)
            if deed.replies:
                self._answer(deed)
            if deed.touch is not None:
                touch += deed.touch
        self.touch = touch
        left = bonds(self.settings.effector.values(), deeds)
        self.today["bond"], self.today["bonding"] = left.brand, left.consumers
        self.expressed = left.expressed

    def deliver(self) -> None:
        """Set the quality and the offer of the day."""
        today, departments = self.today, self.departments
        today["day"] = self.day
        quality = departments.quality()
        today["quality"] = quality
        today["promise"] = departments.promise
        today["failure_chance"] = self.failure_chance[self.day]
        today["failure_until"] = self.failure_until[self.day]
        self.delivered = float(quality.sum()) / DRIVES
        strange = bool(self.strikes.foul[self.day]) or bool(self.touch.any())
        if strange or self.strange or not self.day:
            set_weather_and_touch(today, self.settings, self.strikes.weather[self.day], self.touch)
        self.strange = strange
        set_public_record(
            today, self.public, self.delivered, self.settings.community.hearing.forum_voice
        )
        if self.day % REFIT_INTERVAL == 0:
            self._refit()

    def live(self) -> None:
        """Consumers live the day, and are counted."""
        self.post_count = self.engine(self)

    def publish(self) -> None:
        """Posts move the public record."""
        self.public.publish(self.people, self.speakers[: self.post_count])
        creators = np.flatnonzero(self.people.creating) if self.today["invite"] > 0 else ()
        if len(creators):
            theirs = self.traits.values[creators].mean(axis=0, dtype=np.float64)
            self.enacted = self.enacted + self.settings.firm.creation * (theirs - self.enacted)

    def work(self) -> None:
        """Departments work off the day's uses or contacts."""
        row = self.days_counted[self.day]
        contacts = sum(row["complaints"].tolist()) + sum(row["questions"].tolist())
        self.departments.work(contacts * self.of_contacts + row["uses"] * self.of_uses)

    def decide(self) -> None:
        """The firm reads, decides, orders; its log is kept."""
        row = self.days_counted[self.day]
        logged = self.firm.decide(self._market())
        departments = self.departments
        logged |= {
            "promise": departments.promise,
            "delivered": self.delivered,
            "rating": self.public.rating,
            "revenue": row["uses"] * self.settings.firm.margin,
        }
        logged.update(zip(self.of_faults, departments.faults.tolist(), strict=True))
        logged.update(zip(self.of_queues, departments.queue.tolist(), strict=True))
        for name, value in logged.items():
            self.record.log[name][self.day] = value
        for verdict in self.firm.verdicts:
            evidence = None if verdict.evidence != verdict.evidence else verdict.evidence
            self.record.verdicts.append(verdict._asdict() | {"evidence": evidence})

    # what the steps need

    def _refit(self) -> None:
        """Once a week, or when asked: let value fit follow what the firm enacts and where society drifts."""
        settings = self.settings
        drift = self.strikes.weather[self.day]["drift"] if self.days else 0.0
        society = MEAN_VALUES + drift * (np.asarray(settings.environment.society) - MEAN_VALUES)
        enacted = shown_values(self.departments.inner.values(self.enacted), self.expressed)
        weight = settings.community.trust.societal_weight
        update_value_fit(self.traits.values, self.lengths, enacted, society, weight, self.fit)
        self.today["gap"] = value_gap(settings.firm.claimed, enacted.tolist())

    def _answer(self, deed: Deed) -> None:
        """Answer the oldest open cases of the kind served that have no answer yet."""
        people = self.people
        served = (
            people.case != NO_CASE
            if deed.serves == "both"
            else people.case == CASES.index(deed.serves[:-1])
        )
        waiting = np.flatnonzero(served & (people.answer == NO_ANSWER))
        oldest = waiting[np.argsort(people.since[waiting], kind="stable")[: deed.replies]]
        people.answer[oldest] = EXPERT_ANSWER if deed.expert else CANNED_ANSWER

    def _market(self) -> Market:
        """Return the day as the firm may see it: public or told to the firm, nothing else."""
        row = self.days_counted[self.day]
        people = self.people
        authors = self.speakers[: self.post_count]
        authors = authors[~people.deleted[authors]] if self.today["delete"] > 0 else authors
        truth = (
            Truth(float(row["satisfaction"]), self.departments.faults)
            if self.firm.sees_truth
            else None
        )
        return Market(
            day=self.day,
            customers=int(row["stage"][CUSTOMER]),
            posts=self._posts(authors),
            complaints=row["complaints"],
            questions=row["questions"],
            uses=int(row["uses"]),
            joined=int(row["joined"]),
            left=int(row["left"]),
            rating=self.public.rating,
            ask=self._ask,
            talk=self._talk,
            truth=truth,
        )

    def _posts(self, authors: Indices) -> Posts:
        """Return the day's public posts, and those from outside: one for every `HEARERS` people they reach."""
        people = self.people
        posts = Posts(authors, people.post[authors], people.topic[authors], people.valence[authors])
        count = int(self.today["outside_reach"] * self.size / PEOPLE_PER_OUTSIDE_POST)
        if not count:
            return posts
        strangers = np.arange(self.size, self.size + count)
        return Posts(
            np.append(authors, strangers.astype(np.uint32)),
            np.append(posts.kind, np.full(count, OPINION_POST, np.uint8)),
            np.append(posts.topic, (strangers % DRIVES).astype(np.uint8)),
            np.append(
                posts.valence, np.full(count, self.today["outside_valence"], posts.valence.dtype)
            ),
        )

    def _ask(self, count: int) -> Answers:
        """Ask a random sample of customers, drawn by address, without replacement."""
        people = self.people
        asked = self._sample(people.stage == CUSTOMER, count, Purpose.SURVEY_SAMPLE)
        said = people.satisfaction[asked].astype(np.float64)
        return Answers(said, people.topic[asked], asked.astype(np.uint32), people.depth[asked])

    def _talk(self, count: int) -> Talks:
        """Listen to a random sample of people with open cases, who know which department ails them, if one does."""
        people = self.people
        who = self._sample(people.case != NO_CASE, count, Purpose.CONVERSATION)
        topics = people.topic[who]
        faults = self.departments.faults
        harm = self.departments.matrix[topics] * np.where(faults > REPAIRED, faults, 0.0)
        cause = np.where(harm.max(axis=1, initial=0.0) > 0, harm.argmax(axis=1), -1)
        said = people.satisfaction[who].astype(np.float64)
        return Talks(who.astype(np.uint32), said, topics, cause, self.traits.values[who])

    def _sample(self, among: Flags, count: int, purpose: Purpose) -> Ints:
        people = np.flatnonzero(among)
        draws = draw_uniforms(self.settings.seed, int(purpose), self.day, self.size)[people]
        return people[np.argsort(draws, kind="stable")[:count]]


def _failures(chances: Floats) -> tuple[Floats, Floats]:
    """Return each day's chance that a use fails (days,), and the cumulative shares of drives in failures (days, 4)."""
    total = chances.sum(axis=1)
    shares = np.divide(
        chances.cumsum(axis=1), total[:, None], out=np.ones_like(chances), where=total[:, None] > 0
    )
    return np.minimum(total, 1.0), shares


def _web(network: Network, settings: Settings, days: int, real: type[np.floating]) -> Ties:
    """Return the ties as the passes need them, all at the strength 1 of their start."""
    ties = len(network.neighbours)
    speaker = np.repeat(np.arange(network.size), np.diff(network.starts))
    fade = settings.community.ties.fade
    return Ties(
        starts=network.starts,
        neighbours=network.neighbours,
        same_tribe=(network.tribe[speaker] == network.tribe[network.neighbours]).astype(np.uint8),
        layer=_layers(
            speaker, network.neighbours, settings.community.hearing.offline_share, settings.seed
        ),
        strength=np.ones(ties, real),
        last_used=np.zeros(ties, np.int32),
        left=((1.0 - fade) ** np.arange(days + 1)).astype(real),
    )


def _layers(speaker: Ints, hearer: Indices, offline_share: float, seed: int) -> Bytes:
    """Return the layer of every tie (E,), the same in both directions: drawn by address of its two ends."""
    first, second = np.minimum(speaker, hearer), np.maximum(speaker, hearer)
    draws = draw_pair_uniforms(
        seed, int(Purpose.LAYER), first.astype(np.int64), second.astype(np.int64)
    )
    return np.where(draws < offline_share, OFFLINE, ONLINE).astype(np.uint8)
