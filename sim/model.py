"""The model: a brand, its community and its environment, simulated one day at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from equipoise.array_types import Flags, Floats, Indices, Ints, StructuredArray
from equipoise.consumers.census import CENSUS_DTYPE, new_census_workspace
from equipoise.consumers.coefficients import coefficient_table
from equipoise.consumers.compiled_day import run_day
from equipoise.consumers.initial_state import draw_initial_state
from equipoise.consumers.state import (
    CANNED_ANSWER,
    CASES,
    COMPLAINT,
    CUSTOMER,
    EXPERT_ANSWER,
    NO_ANSWER,
    NO_CASE,
    OPINION_POST,
)
from equipoise.consumers.ties import build_ties
from equipoise.consumers.traits import draw_traits
from equipoise.consumers.values import VALUE_MEANS, value_gap
from equipoise.day_offer import DayOffer, update_value_fit, visible_values
from equipoise.environment.disturbances import schedule_disturbances
from equipoise.environment.public_record import PublicRecord
from equipoise.errors import EquipoiseError
from equipoise.firm.contract import freeze
from equipoise.firm.effectors.bonds import NO_BONDS, sum_bonds
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    Answers,
    Deed,
    Market,
    Plant,
    Posts,
    Talks,
    Touch,
    Truth,
)
from equipoise.firm.loop import assemble_firm
from equipoise.firm.organisation.departments import NEGLIGIBLE_FAULT, Departments
from equipoise.network import Network
from equipoise.portable_math import sum_products
from equipoise.randomness import DAY_KEY_COUNT, Purpose, draw_uniforms
from equipoise.run_record import RunRecord, new_run_record
from equipoise.schedule import WORLD_STEPS
from equipoise.settings.settings import Settings

PEOPLE_PER_OUTSIDE_POST = 10  # people whom one post from outside reaches
REFIT_INTERVAL = 7  # days between two updates of value fit
STRATEGY_SETTINGS = ("strategy", "receptor", "lens", "control_center", "effector")
_VALUE_MEANS: Floats = np.asarray(VALUE_MEANS)  # society's values before they drift

DayEngine = Callable[["World"], int]  # runs a day and its census; returns how many people posted


def run_compiled_day(world: World) -> int:
    """Run the consumers' day by compiled loops."""
    return int(
        run_day(
            world.people,
            world.traits,
            world.fit,
            world.ties,
            world.coefficients,
            world.offer.table,
            world.keys,
            world.speakers,
            world.census_workspace,
            world.census_rows,
        )
    )


class World:
    """One world: people, ties, firm, environment and record, advanced by `step` one day at a time.

    Args:
        settings: of the run.
        network: who hears whom; built from the settings if not given.
        engine: runs the consumers' day; compiled loops if not given.
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
        self._init_consumers()
        self._init_environment()
        self._init_firm()
        self._init_record()

    def _init_consumers(self) -> None:
        settings = self.settings
        community = settings.community
        real = np.float64 if settings.precision == "double" else np.float32
        self.traits = draw_traits(
            community.people,
            self.network,
            homophily=settings.network.homophily,
            iconicity=settings.firm.iconicity,
            seed=settings.seed,
            dtype=real,
        )
        self.people = draw_initial_state(
            community, self.traits, settings.firm.promise, settings.seed, real
        )
        self.ties = build_ties(self.network, settings, self.days, real)
        self.fit = np.zeros(self.size, real)
        values = self.traits.values.astype(np.float64)
        self._value_lengths: Floats = np.sqrt(sum_products(values, values))
        self.coefficients = coefficient_table(community)
        self._init_workspace()

    def _init_workspace(self) -> None:
        """Make what the engines write on: the day's posters, its keys, counts of the census."""
        self.speakers: Indices = np.zeros(self.size, np.uint32)
        self.post_count = 0
        self.counts: Any = None  # the day's row of the census
        self.keys = np.zeros(DAY_KEY_COUNT, np.uint64)
        self.census_workspace = new_census_workspace(self.traits)

    def _init_environment(self) -> None:
        settings = self.settings
        self.disturbances = schedule_disturbances(settings)
        self.departments = Departments(settings.firm, self.size)
        self.public = PublicRecord(
            settings.information, settings.community.people.start_satisfaction
        )
        self.offer = DayOffer(settings, self.departments, self.disturbances, self.public)

    def _init_firm(self) -> None:
        settings = self.settings
        self.firm = assemble_firm(settings, self._plant())
        self.enacted: Floats = np.asarray(settings.firm.enacted, dtype=np.float64)
        self.value_gap = 0.0
        self.answer_cost = 0.0
        self.touch: Floats = np.zeros(len(Touch._fields))
        self.bonds = NO_BONDS
        departments = settings.firm.departments.values()
        serves_contacts = np.array([one.works_on == "contacts" for one in departments])
        # Each contact is shared by the departments that work on contacts; others work on each use.
        self._load_per_contact = serves_contacts / max(serves_contacts.sum(), 1)
        self._load_per_use = 1.0 - serves_contacts

    def _plant(self) -> Plant:
        """Return the facts about this world that the parts of the firm may know."""
        settings = self.settings
        return Plant(
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
            scale=settings.community.scale,
        )

    def _init_record(self) -> None:
        self.record: RunRecord = new_run_record(
            self.settings.seed,
            self.settings.burn_in,
            self.days,
            tuple(self.settings.effector),
            self.departments.names,
            tuple(strike._asdict() for strike in self.disturbances.strikes),
        )
        self._view_census()

    @property
    def today(self) -> Any:
        """The row of the day's offer, of DAY_DTYPE."""
        return self.offer.today

    def _view_census(self) -> None:
        # Plain rows of the record's census, which are faster to read than a record array.
        self.census_rows: StructuredArray = self.record.census.view(
            type=np.ndarray, dtype=CENSUS_DTYPE
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copied or pickled world, whose rows must be a view of its own record."""
        self.__dict__.update(state)
        self._view_census()

    def step(self) -> None:
        """Run one day, in the order of the schedule.

        Raises:
            EquipoiseError: after the last day.
        """
        if self.day == self.days:
            raise EquipoiseError(
                f"The run has ended after {self.days} days. Set a longer horizon to go on."
            )
        for step in WORLD_STEPS:
            getattr(self, step.name)()
        self.day += 1
        self.record.filled[...] = self.day

    def run(self, progress: Callable[[int, int], None] | None = None) -> RunRecord:
        """Run all remaining days; ``progress`` receives (days done, days in all) after each."""
        while self.day < self.days:
            self.step()
            if progress:
                progress(self.day, self.days)
        return self.record

    def replace_strategy(self, settings: Settings) -> None:
        """Put the strategy of ``settings`` in charge from the next day on.

        People, ties, departments, disturbances and draws stay, so that copies of a world with
        different strategies differ only by what the strategies do. The new receptor, control
        center and effectors start without memory; pending orders of the old ones are dropped.

        Raises:
            EquipoiseError: if ``settings`` differ from the world's in more than the strategy.
        """
        changes = {name: getattr(settings, name) for name in STRATEGY_SETTINGS}
        replaced = self.settings.model_copy(update=changes)
        different = [name for name, value in replaced if value != getattr(settings, name)]
        if different:
            raise EquipoiseError(
                f"{', '.join(different)} differ from the settings of this world. "
                f"Only these can be replaced: {', '.join(STRATEGY_SETTINGS)}."
            )
        self.settings = replaced
        self.firm = assemble_firm(replaced, self._plant())
        self.record.add_effectors(tuple(replaced.effector))

    # the steps of schedule.WORLD_STEPS

    def disturb_firm(self) -> None:
        """Let disturbances hit the departments."""
        self.departments.start_day(self.disturbances, self.day)

    def apply_deeds(self) -> None:
        """Let the deeds of the effectors take effect."""
        deeds = self.firm.deeds
        self.touch = np.zeros(len(Touch._fields))
        self.answer_cost = 0.0
        for deed in deeds:
            self.departments.apply_deed(deed)
            if deed.replies:
                self.answer_cost += self._answer_cases(deed)
            if deed.touch is not None:
                self.touch += deed.touch
        self.bonds = sum_bonds(self.settings.effector.values(), deeds)

    def set_offer(self) -> None:
        """Set the quality and the offer of the day."""
        if self.day % REFIT_INTERVAL == 0:
            self._update_value_fit()
        self.offer.write(self.day, self.touch, self.bonds, self.value_gap)

    def run_consumers(self) -> None:
        """Run the consumers' day and its census."""
        self.post_count = self.engine(self)
        self.counts = self.census_rows[self.day]

    def publish_posts(self) -> None:
        """Let posts update the public record, and creating consumers the enacted values."""
        self.public.publish(self.people, self.speakers[: self.post_count])
        if self.today["invite"] > 0:
            creators = np.flatnonzero(self.people.creating)
            if len(creators):
                creators_values = self.traits.values[creators].mean(axis=0, dtype=np.float64)
                change = creators_values - self.enacted
                self.enacted = self.enacted + self.settings.firm.creation * change

    def process_cases(self) -> None:
        """Let departments work off the day's uses or contacts."""
        counts = self.counts
        contacts = sum(counts["complaints"].tolist()) + sum(counts["questions"].tolist())
        load = contacts * self._load_per_contact + counts["uses"] * self._load_per_use
        self.departments.process_cases(load)

    def run_firm(self) -> None:
        """Let the firm sense, decide and give orders; log the day."""
        firm_day = self.firm.decide(self._market(), self.answer_cost)
        log = firm_day.columns(self.firm.plant)
        log["promise"] = self.departments.promise
        log["delivered"] = self.offer.mean_quality
        log["rating"] = self.public.rating
        firm = self.settings.firm
        uses = float(self.counts["uses"]) * self.settings.community.scale
        log["revenue"] = uses * firm.revenue_per_use
        log["contribution"] = log["revenue"] * firm.contribution
        log |= self._department_columns()
        for name, value in log.items():
            self.record.log[name][self.day] = value
        for verdict in firm_day.orders.verdicts:
            self.record.add_verdict(verdict._asdict())

    def _department_columns(self) -> dict[str, float]:
        """Return fault and queue of each department, by column of the log."""
        departments = self.departments
        faults, queues = departments.faults.tolist(), departments.queue.tolist()
        columns = {}
        for name, fault, queue in zip(departments.names, faults, queues, strict=True):
            columns[f"fault_{name}"] = fault
            columns[f"queue_{name}"] = queue
        return columns

    # what the steps need

    def _update_value_fit(self) -> None:
        """Let value fit follow the values that the firm enacts and society's drift."""
        settings = self.settings
        drift = self.disturbances.conditions[self.day]["drift"]
        society = _VALUE_MEANS + drift * (np.asarray(settings.environment.society) - _VALUE_MEANS)
        own_values = self.departments.dynamics.align_values(self.enacted)
        enacted = visible_values(own_values, self.bonds.expressed)
        update_value_fit(
            self.traits.values,
            self._value_lengths,
            enacted,
            society,
            settings.community.trust.societal_weight,
            self.fit,
        )
        self.value_gap = value_gap(settings.firm.claimed, enacted.tolist())

    def _answer_cases(self, deed: Deed) -> float:
        """Answer the oldest open cases of the kind served without an answer; return the dollars."""
        people = self.people
        if deed.serves == "both":
            is_served = people.case != NO_CASE
        else:
            is_served = people.case == CASES.index(deed.serves[:-1])
        waiting = np.flatnonzero(is_served & (people.answer == NO_ANSWER))
        oldest = waiting[np.argsort(people.since[waiting], kind="stable")[: deed.replies]]
        people.answer[oldest] = EXPERT_ANSWER if deed.expert else CANNED_ANSWER
        complaints = np.count_nonzero(people.case[oldest] == COMPLAINT)
        questions = len(oldest) - complaints
        cost = questions * deed.prices.question + complaints * deed.prices.complaint
        return cost * self.settings.community.scale

    def _market(self) -> Market:
        """Return the day as the firm may see it: what is public or reported to the firm."""
        row = self.counts
        truth = None
        if self.firm.sees_truth:
            truth = Truth(float(row["satisfaction"]), freeze(self.departments.faults))
        return Market(
            day=self.day,
            customers=int(row["stage"][CUSTOMER]),
            posts=Posts(*map(freeze, self._visible_posts())),
            complaints=freeze(row["complaints"].copy()),
            questions=freeze(row["questions"].copy()),
            uses=int(row["uses"]),
            joined=int(row["joined"]),
            left=int(row["left"]),
            rating=self.public.rating,
            ask=self._ask,
            talk=self._talk,
            truth=truth,
        )

    def _visible_posts(self) -> Posts:
        """Return the day's public posts, then those from outside the community."""
        people = self.people
        posters = self.speakers[: self.post_count]
        # a copy: the firm must not reach the people's own arrays
        authors = posters[~people.deleted[posters]]
        posts = Posts(authors, people.post[authors], people.topic[authors], people.valence[authors])
        count = int(self.today["outside_reach"] * self.size / PEOPLE_PER_OUTSIDE_POST)
        if not count:
            return posts
        outside = self._outside_posts(count)
        return Posts(
            np.append(posts.author, outside.author),
            np.append(posts.kind, outside.kind),
            np.append(posts.topic, outside.topic),
            np.append(posts.valence, outside.valence),
        )

    def _outside_posts(self, count: int) -> Posts:
        """Return posts of people outside, whose numbers follow those of the community."""
        authors = np.arange(self.size, self.size + count)
        valence = self.today["outside_valence"]
        return Posts(
            authors.astype(np.uint32),
            np.full(count, OPINION_POST, np.uint8),
            (authors % DRIVE_COUNT).astype(np.uint8),
            np.full(count, valence, self.people.valence.dtype),
        )

    def _ask(self, count: int) -> Answers:
        """Ask a random sample of customers, without replacement."""
        people = self.people
        asked = self._draw_sample(people.stage == CUSTOMER, count, Purpose.SURVEY_SAMPLE)
        satisfaction = people.satisfaction[asked].astype(np.float64)
        answers = Answers(
            satisfaction, people.topic[asked], asked.astype(np.uint32), people.depth[asked]
        )
        return Answers(*map(freeze, answers))

    def _talk(self, count: int) -> Talks:
        """Talk with a random sample of people with open cases, who know the department at fault."""
        people = self.people
        sample = self._draw_sample(people.case != NO_CASE, count, Purpose.CONVERSATION)
        topics = people.topic[sample]
        faults = self.departments.faults
        present_faults = np.where(faults > NEGLIGIBLE_FAULT, faults, 0.0)
        harm = self.departments.matrix[topics] * present_faults
        is_harmed = harm.max(axis=1, initial=0.0) > 0
        talks = Talks(
            sample.astype(np.uint32),
            people.satisfaction[sample].astype(np.float64),
            topics,
            np.where(is_harmed, harm.argmax(axis=1), -1),
            self.traits.values[sample],
        )
        return Talks(*map(freeze, talks))

    def _draw_sample(self, candidates: Flags, count: int, purpose: Purpose) -> Ints:
        """Return the numbers of ``count`` of the candidates, those with the lowest draws."""
        if not isinstance(count, (int, np.integer)) or count < 0:
            raise EquipoiseError(
                f"The firm asks {count!r} people. Allowed: a whole number, 0 or more."
            )
        numbers = np.flatnonzero(candidates)
        draws = draw_uniforms(self.settings.seed, purpose, self.day, self.size)[numbers]
        return numbers[np.argsort(draws, kind="stable")[:count]]
