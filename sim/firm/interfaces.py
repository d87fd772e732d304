"""Interfaces of the firm's parts, and the signals that pass between them once a day.

    Market -> Receptor -> Reading -> ControlCenter -> Orders -> Effector -> Deed

A part is a frozen record of settings. Its memory is the state: `init` returns the first state, and
`step` takes a state and returns a signal with the next state. Signals are immutable, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from equipoise.array_types import Bytes, Floats, Indices, Ints, Reals
from equipoise.consumers.values import VALUE_NAMES
from equipoise.settings.schema import Part, assumption

DRIVE_COUNT = 4  # acquire, bond, comprehend, defend
VALUE_COUNT = len(VALUE_NAMES)
DAYS_A_YEAR = 364  # 52 weeks, the default horizon
NO_COUNTS: Floats = np.zeros(DRIVE_COUNT)  # no praise or no trouble
NO_COUNTS.setflags(write=False)  # shared by all readings

CaseChoice = Literal["both", "complaints", "questions"]  # the open cases that an effector answers
VerdictKind = Literal["one-off", "systemic", "replicate", "not"]
ValueProfile = tuple[float, float, float, float, float, float, float, float, float, float]


@dataclass(frozen=True)
class Plant:
    """The controlled system as its parts know it before the first day.

    Attributes:
        seed: of the world; random draws are addressed by it.
        days: burn-in and horizon together.
        population: number of consumers.
        departments: names of the D departments.
        matrix: weights of departments in drives (4, D); rows sum to 1. Quality by drive is
            matrix @ quality of departments.
        set_point: target of mean satisfaction.
        band: half-width of the tolerated band around the set-point.
        promise: level promised at the start.
        budget: largest sum of efforts in a day.
        effectors: names of the effectors at hand.
        burn_in: days before the first scored one; schedules count from there.
        scale: people that one consumer stands for; prices count these people.
    """

    seed: int
    days: int
    population: int
    departments: tuple[str, ...]
    matrix: Floats
    set_point: float
    band: float
    promise: float
    budget: float
    effectors: tuple[str, ...]
    burn_in: int = 0
    scale: int = 1


# what a receptor gets


class Posts(NamedTuple):
    """The n public posts of a day.

    Attributes:
        author: consumer numbers (n,).
        kind: kinds of posts (n,).
        topic: drives that the posts are about (n,).
        valence: from 0 (bad) to 1 (good), shape (n,).
    """

    author: Indices
    kind: Bytes
    topic: Bytes
    valence: Reals


class Answers(NamedTuple):
    """Answers of m customers to a survey.

    Attributes:
        satisfaction: 0..1, shape (m,).
        worst_drive: the drive that each finds worst served (m,).
        consumer: consumer numbers (m,); empty = numbered by their place in the sample.
        depth: closeness to the brand (m,); empty = 0 for all.
    """

    satisfaction: Floats
    worst_drive: Bytes
    consumer: Indices = np.zeros(0, np.uint32)
    depth: Reals = np.zeros(0)


class Talks(NamedTuple):
    """Talks with m people who have open cases.

    Attributes:
        consumer: consumer numbers (m,).
        satisfaction: 0..1, shape (m,).
        worst_drive: the drive that each finds worst served (m,).
        cause: number of the department at fault (m,); -1 = the firm caused nothing.
        values: personal values (m, 10).
    """

    consumer: Indices
    satisfaction: Floats
    worst_drive: Bytes
    cause: Ints
    values: Reals


def no_talks(count: int) -> Talks:
    """Return talks with zero people, whatever the count."""
    consumers = np.zeros(0, np.uint32)
    drives = np.zeros(0, np.uint8)
    causes = np.zeros(0, np.int64)
    values = np.zeros((0, VALUE_COUNT))
    return Talks(consumers, np.zeros(0), drives, causes, values)


@dataclass(frozen=True)
class Truth:
    """The truth: mean satisfaction of customers, and the fault of each department (D,)."""

    satisfaction: float
    faults: Floats


@dataclass(frozen=True)
class Market:
    """A read-only view of one day: everything that the firm may observe.

    Attributes:
        day: counted from the first day of burn-in.
        customers: number of customers.
        posts: public posts.
        complaints: new complaints by drive (4,).
        questions: new questions by drive (4,).
        uses: uses of the product.
        joined: new customers.
        left: lost customers.
        rating: public rating, 0..1.
        ask: ``ask(count)`` surveys a random sample of customers; returns `Answers`, or only the
            first two of its fields.
        truth: for receptors with ``sees_truth``, else None.
        talk: ``talk(count)`` talks with a random sample of people who have open cases.
    """

    day: int
    customers: int
    posts: Posts
    complaints: Floats
    questions: Floats
    uses: int
    joined: int
    left: int
    rating: float
    ask: Callable[[int], Answers | tuple[Floats, Bytes]]
    truth: Truth | None = None
    talk: Callable[[int], Talks] = no_talks


# what a receptor gives, and a control center gets


@dataclass(frozen=True)
class Reading:
    """A report of a receptor.

    Attributes:
        observed: day of the observation.
        delivered: day of the delivery, which is the day the receptor returns it.
        satisfaction: estimated mean satisfaction; nan = no estimate.
        error: standard error of the estimate.
        praise: praise by drive (4,).
        trouble: trouble by drive (4,).
        volume: number of people or posts behind the reading.
        causes: number of people who name each department as the cause (D,); empty = not asked.
        values: mean values of the people behind the reading (10,); empty = not asked.
        parts: (name, reading) of the new readings that a fused reading sums up.
        is_checked: True once the contract has checked the reading and made it read-only.
    """

    is_checked: ClassVar[bool] = False
    observed: int
    delivered: int
    satisfaction: float = float("nan")
    error: float = float("nan")
    praise: Floats = field(default_factory=lambda: NO_COUNTS)
    trouble: Floats = field(default_factory=lambda: NO_COUNTS)
    volume: int = 0
    # empty unless people named causes and values
    causes: Floats = field(default_factory=lambda: np.zeros(0))
    values: Floats = field(default_factory=lambda: np.zeros(0))
    parts: tuple[tuple[str, Reading], ...] = ()


# what a control center gives


class DepartmentVerdict(NamedTuple):
    """A conclusion of a control center about a department; it is scored against the truth.

    Attributes:
        day: day of the conclusion.
        department: name.
        kind: "systemic" needs repair, "one-off" does not; "replicate" = a delight worth spreading;
            "not" = no delight after all.
        topic: drive that the conclusion is about; -1 = none in particular.
        votes: share of votes for it.
        evidence: statistic of the control chart.
    """

    day: int
    department: str
    kind: VerdictKind
    topic: int = -1
    votes: float = 1.0
    evidence: float = float("nan")


@dataclass(frozen=True)
class Orders:
    """A decision of a control center.

    Attributes:
        believed: estimated satisfaction; nan = no estimate.
        efforts: effort by effector, 0..1.
        focus: shares of attention over departments (D,) with sum 1; all 0 or empty = no focus.
        verdicts: conclusions of today.
        cost: dollars that deciding itself costs today, without the control center's fixed price.
    """

    believed: float = float("nan")
    efforts: Mapping[str, float] = field(default_factory=dict)
    focus: Floats = field(default_factory=lambda: np.zeros(0))
    verdicts: tuple[DepartmentVerdict, ...] = ()
    cost: float = 0.0


# what an effector gives


class Touch(NamedTuple):
    """Direct effects of a deed on consumers and departments; those of several deeds add up.

    All fields but those in `UNBOUNDED_TOUCHES` are strengths, limited to 1 after adding up.

    Attributes:
        content: further messages a day to each follower.
        push: further advertising, in multiples of the usual.
        trigger: chance to wake System 2 in people with a bad preconception.
        welcome: greeting of newcomers and commenters, which adds depth.
        draw_out: encouragement of the quiet, so that voices become more equal.
        cool: cooling of heated posts: negative posts lose their extra weight.
        introduce: introductions across tribes: the own tribe loses its extra weight.
        delete: share of negative posts deleted from the public.
        community: intensity of the brand's own community.
        invite: chance that a follower is invited to create with the firm.
        align: share of the way from enacted to claimed values.
        connect: share of the way to full internal connectivity.
    """

    # on consumers
    content: float = 0.0
    push: float = 0.0
    trigger: float = 0.0
    welcome: float = 0.0
    draw_out: float = 0.0
    cool: float = 0.0
    introduce: float = 0.0
    delete: float = 0.0
    community: float = 0.0
    invite: float = 0.0
    # on departments
    align: float = 0.0
    connect: float = 0.0


# multiples of the usual, not strengths
UNBOUNDED_TOUCHES = ("content", "push")


class AnswerPrices(NamedTuple):
    """Dollars that an answer to one represented person costs: to a question, and to a complaint."""

    question: float = 0.0
    complaint: float = 0.0


NO_PRICES = AnswerPrices()


@dataclass(frozen=True)
class Deed:
    """Effects of an effector in one day.

    Attributes:
        repair: decrease of each department's fault (D,), or None.
        replicate: change of each department's delight (D,), below 0 where it fades, or None.
        promise: share of the way that the promise moves today.
        level: level that the promise moves to; nan = the delivered quality.
        replies: number of consumers with open cases who get an answer.
        expert: True = experts answer, False = canned text.
        serves: the open cases that are answered.
        prices: dollars per answer; cases that are not answered cost nothing.
        touch: direct effects, or None.
        effort: effort carried out; filled in by `ExecutionWrapper`.
        cost: dollars spent on effort; filled in by `ExecutionWrapper`.
    """

    repair: Floats | None = None
    replicate: Floats | None = None
    promise: float = 0.0
    level: float = float("nan")
    replies: int = 0
    expert: bool = True
    serves: CaseChoice = "both"
    prices: AnswerPrices = NO_PRICES
    touch: Touch | None = None
    # filled in by the wrapper
    effort: float = 0.0
    cost: float = 0.0


NO_DEED = Deed()


# the parts


def fixed_price(dollars: float, meaning: str = "fixed price", source: str = "") -> Any:
    """Declare the dollars a year that a part costs whatever it does."""
    return assumption(
        dollars, meaning, low=0, high=1e9, unit="$/year", source=source, keywords=("staff",)
    )


def unit_price(dollars: float, thing: str = "person or post", source: str = "") -> Any:
    """Declare the dollars that a receptor costs for each thing behind a reading."""
    meaning = f"price of each {thing} behind a reading"
    return assumption(dollars, meaning, low=0, high=1e6, unit=f"$/{thing}", source=source)


class Receptor(Part):
    """Base class of receptors, which observe the market.

    A subclass sets ``kind``, declares its settings, and defines `init` and `step`.
    """

    price_year: float = fixed_price(0.0)
    price: float = unit_price(0.0)

    def daily_cost(self, reading: Reading | None) -> float:
        """Return the dollars of a day: price_year / 364 + price * volume of the reading, if any."""
        volume = 0 if reading is None else reading.volume
        return self.price_year / DAYS_A_YEAR + self.price * volume

    @property
    def sees_truth(self) -> bool:
        """True if the market must hold the truth; only reference receptors need it."""
        return False

    def init(self, plant: Plant) -> Any:
        """Return the state before the first day."""
        raise NotImplementedError

    def step(self, market: Market, state: Any) -> tuple[Reading | None, Any]:
        """Observe one day.

        Args:
            market: the day.
            state: returned by `init` or by the last step; never changed in place.

        Returns:
            The reading delivered today, or None, and the next state.
        """
        raise NotImplementedError


class ControlCenter(Part):
    """Base class of control centers, which decide on efforts.

    A subclass sets ``kind``, declares its settings, and defines `init` and `step`. Efforts that
    exceed the budget are scaled down by `BudgetWrapper`.
    """

    price_year: float = fixed_price(0.0)

    def daily_cost(self) -> float:
        """Return the fixed dollars of a day: price_year / 364."""
        return self.price_year / DAYS_A_YEAR

    @property
    def effector_names(self) -> tuple[str, ...]:
        """Names of effectors in the settings, for `check` to put them into the example firm."""
        return ()

    def init(self, plant: Plant) -> Any:
        """Return the state before the first day."""
        raise NotImplementedError

    def step(self, day: int, readings: tuple[Reading, ...], state: Any) -> tuple[Orders, Any]:
        """Decide on one day.

        Args:
            day: counted from the first day of burn-in.
            readings: those delivered today, often none.
            state: returned by `init` or by the last step; never changed in place.

        Returns:
            The orders of the day and the next state.
        """
        raise NotImplementedError


def order_delay(days: int) -> Any:
    """Declare the days that pass from an order to its deed."""
    return assumption(days, "days from order to deed", low=0, high=3650, unit="day")


def effort_cost(dollars: float, source: str = "") -> Any:
    """Declare the dollars that a unit of effort costs per 1,000 represented people."""
    meaning = "price of a unit of effort, per 1,000 represented people"
    return assumption(dollars, meaning, low=0, high=1e6, unit="$", source=source)


def brand_bond(strength: float) -> Any:
    """Declare how strongly an effector ties people to the brand."""
    meaning = "strength with which a day of full effort ties people to the brand"
    return assumption(strength, meaning, off=0.0, low=0, high=1)


def consumer_bond(strength: float) -> Any:
    """Declare how strongly an effector ties people to each other."""
    meaning = "strength with which a day of full effort ties people to each other"
    return assumption(strength, meaning, off=0.0, low=0, high=1)


def value_profile(**strengths: float) -> Any:
    """Declare the values that an effector's deeds express (10,); those left out are 0.

    Example: ``value_profile(benevolence=1.0, self_direction=0.3)``.
    """
    names = [name.replace("-", "_") for name in VALUE_NAMES]
    # A misspelled value would otherwise be silently 0.
    unknown = set(strengths) - set(names)
    if unknown:
        raise TypeError(f"{', '.join(sorted(unknown))} is no value. Allowed: {', '.join(names)}.")
    profile = tuple(strengths.get(name, 0.0) for name in names)
    meaning = "values expressed by its deeds, in circumplex order; all 0 = none"
    return assumption(profile, meaning)


class Effector(Part):
    """Base class of effectors, which turn effort into deeds.

    A subclass sets ``kind``, declares its settings, and defines `init` and `step`. The settings
    below are common to all effectors: `ExecutionWrapper` applies delay, capacity, follow-through
    and cost, `sum_bonds` the bonds and values.
    """

    delay: int = order_delay(0)
    capacity: float = assumption(
        1.0, "largest effort that it can carry out", low=0, high=100, unit="effort/day"
    )
    follow_through: float = assumption(
        1.0, "chance that a day's order is carried out", low=0, high=1
    )
    price_year: float = fixed_price(0.0)
    cost: float = effort_cost(10.0)
    bond_brand: float = brand_bond(0.0)
    bond_consumers: float = consumer_bond(0.0)
    values: ValueProfile = value_profile()

    def init(self, plant: Plant) -> Any:
        """Return the state before the first day."""
        raise NotImplementedError

    def step(self, day: int, effort: float, focus: Floats, state: Any) -> tuple[Deed, Any]:
        """Act on one day.

        Args:
            day: counted from the first day of burn-in.
            effort: that arrives today; 0 = none.
            focus: shares of attention over departments (D,); all 0 or empty = no focus.
            state: returned by `init` or by the last step; never changed in place.

        Returns:
            The deed of the day and the next state.
        """
        raise NotImplementedError
