"""What travels through the firm: Market -> Reading -> Orders -> Deed; one frozen record at each joint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from equipoise.array_types import Bytes, Floats, Indices, Ints, Reals
from equipoise.settings.schema import Part, setting

DRIVE_COUNT = 4
VALUE_COUNT = 10
NO_COUNTS: Floats = np.zeros(DRIVE_COUNT)  # no praise or trouble of any drive
NO_COUNTS.setflags(write=False)
CaseChoice = Literal["both", "complaints", "questions"]  # the open cases that an effector answers


@dataclass(frozen=True)
class Plant:
    """What every part may know of the firm before the first day.

    ``matrix`` is departments -> drives, shape (4, D), rows sum to 1 (quality Q = matrix @ q); ``effectors``
    are the names of the effectors at hand; ``days`` is burn-in plus horizon.
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
    burn_in: int = 0  # days before the first scored one; schedules count from that


class Posts(NamedTuple):
    """The day's public posts: author (n,) consumer numbers, kind and topic (drive) (n,), valence (n,) 0..1."""

    author: Indices
    kind: Bytes
    topic: Bytes
    valence: Reals


class Answers(NamedTuple):
    """What a sample of m customers says: satisfaction (m,) 0..1 and the drive each finds worst served (m,).

    ``who`` (m,) are consumer numbers and ``depth`` (m,) how close the brand is to each; either may be empty, then
    they are numbered by their place in the sample, and nobody is close.
    """

    satisfaction: Floats
    worst_drive: Bytes
    consumer: Indices = np.zeros(0, np.uint32)
    depth: Reals = np.zeros(0)


class Talks(NamedTuple):
    """What m people with open cases tell who really listens to them.

    Consumer numbers (m,), satisfaction (m,), the drive worst served (m,), the department really at fault (m,), -1 when
    no fault or failure of the firm caused it, and their values (m, 10).
    """

    consumer: Indices
    satisfaction: Floats
    worst_drive: Bytes
    cause: Ints
    values: Reals


def no_talks(count: int) -> Talks:
    """Return the talks with nobody."""
    none = np.zeros(0)
    return Talks(
        none.astype(np.uint32),
        none,
        none.astype(np.uint8),
        none.astype(np.int64),
        np.zeros((0, VALUE_COUNT)),
    )


@dataclass(frozen=True)
class Truth:
    """What only an oracle sees: mean satisfaction of customers, delivered quality, fault of each department (D,)."""

    satisfaction: float
    faults: Floats


@dataclass(frozen=True)
class Market:
    """A read-only view of one day: what is public, and what consumers tell or do to the firm.

    ``complaints`` and ``questions`` count today's new contacts by drive, shape (4,); ``uses``, ``joined`` and
    ``left`` count customers; ``ask(count)`` asks a random sample of customers and returns what they say, the
    fields of `Answers` (the last two may be left out); ``talk(count)`` listens to a random sample of people with
    open cases; ``truth`` is there for an oracle alone.
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


@dataclass(frozen=True)
class Reading:
    """What a receptor reports: a level with its standard error (nan = no opinion), praise and trouble by drive.

    ``observed`` and ``delivered`` are days; ``volume`` is the number of people or posts behind it. Deep receptors
    add ``causes``, how many named each department as the cause (D,), and ``values``, the mean values of those who
    spoke (10,); both are empty for the others. ``parts`` are the new readings, by name, that a fused one sums up.
    """

    observed: int
    delivered: int
    satisfaction: float
    error: float
    praise: Floats
    trouble: Floats
    volume: int
    causes: Floats = field(default_factory=lambda: np.zeros(0))
    values: Floats = field(default_factory=lambda: np.zeros(0))
    parts: tuple[tuple[str, Reading], ...] = ()


VerdictKind = Literal["one-off", "systemic", "replicate", "not"]


class Verdict(NamedTuple):
    """What a control center concludes about a department, so that it can be scored against the truth.

    ``topic`` is the drive it was about, ``votes`` the share of votes for it, ``evidence`` the statistic of the chart.
    """

    day: int
    department: str
    kind: VerdictKind
    topic: int = -1
    votes: float = 1.0
    evidence: float = float("nan")


@dataclass(frozen=True)
class Orders:
    """What the control center decides: effort per effector (0..1), and where to look.

    ``focus`` (D,) are shares of attention over departments (sum 1, or all 0 = nowhere in particular);
    ``believed`` is the estimated satisfaction (nan = none); ``verdicts`` are those reached today; ``cost`` is what
    deciding itself costs today, in money.
    """

    believed: float = float("nan")
    efforts: Mapping[str, float] = field(default_factory=dict)
    focus: Floats = field(default_factory=lambda: np.zeros(0))
    verdicts: tuple[Verdict, ...] = ()
    cost: float = 0.0


class Touch(NamedTuple):
    """What a day's deeds do to consumers directly, beside answers; several effectors' touches add up.

    All but ``content`` and ``push`` are strengths 0..1 (limited to 1 in sum).
    """

    content: float = 0.0  # messages a day to each follower, beyond the ordinary
    push: float = 0.0  # advertising, as a multiple of an ordinary day's, beyond it
    trigger: float = 0.0  # chance to wake System 2 in those whose preconception is bad
    welcome: float = 0.0  # newcomers and commenters are greeted: depth
    draw_out: float = 0.0  # quiet people are drawn out: voices become more equal
    cool: float = 0.0  # heated posts are cooled: negative posts lose their extra weight
    introduce: float = (
        0.0  # people are introduced across tribes: the own tribe's extra weight shrinks
    )
    delete: float = 0.0  # share of negative posts deleted from the public
    community: float = (
        0.0  # intensity of the brand's own community: peers help, members hear each other
    )
    invite: float = 0.0  # chance that a follower is invited to create with the firm
    align: float = 0.0  # share of the way from enacted toward claimed values that departments go
    connect: float = 0.0  # share of the way to full internal connectivity


UNBOUNDED_TOUCHES = ("content", "push")  # the fields of `Touch` that may exceed 1


@dataclass(frozen=True)
class Deed:
    """What an effector does to the world in one day.

    ``repair`` (D,) lowers each department's fault; ``replicate`` (D,) changes its delight, below 0 where it
    fades; ``promise`` is the share of the way that the promise moves today toward ``level`` (nan = toward what
    is delivered); ``replies`` consumers with open cases of the kind it ``serves`` are answered, by experts or with
    canned text; ``touch`` is what else it does to consumers.
    ``effort`` (what was really done) and ``cost`` are filled in by the execution put round the effector.
    """

    repair: Floats | None = None
    replicate: Floats | None = None
    promise: float = 0.0
    level: float = float("nan")
    replies: int = 0
    expert: bool = True
    serves: CaseChoice = "both"
    touch: Touch | None = None
    effort: float = 0.0
    cost: float = 0.0


NO_DEED = Deed()


class Receptor(Part):
    """Senses: market -> reading or nothing."""

    @property
    def sees_truth(self) -> bool:
        """Whether the market it is shown holds the truth: only reference receptors say yes."""
        return False

    def init(self, plant: Plant) -> Any:
        """Return the state before the first day."""
        raise NotImplementedError

    def step(self, market: Market, state: Any) -> tuple[Reading | None, Any]:
        """Return the day's reading, if there is one, and the next state."""
        raise NotImplementedError


class ControlCenter(Part):
    """Decides: readings delivered today -> orders."""

    def init(self, plant: Plant) -> Any:
        """Return the state before the first day."""
        raise NotImplementedError

    def step(self, day: int, readings: tuple[Reading, ...], state: Any) -> tuple[Orders, Any]:
        """Return the day's orders and the next state."""
        raise NotImplementedError


ValueProfile = tuple[float, float, float, float, float, float, float, float, float, float]


def order_delay(days: int) -> Any:
    """Declare the days that pass from an order to its deed."""
    return setting(days, "days from order to deed", low=0, high=3650, unit="day")


def effort_cost(money: float) -> Any:
    """Declare the cost of one unit of effort per 1,000 people."""
    meaning = "cost of a unit of effort, per 1,000 people"
    return setting(money, meaning, low=0, high=1e9, unit="money")


def brand_bond(strength: float) -> Any:
    """Declare how strongly an effector ties people to the brand."""
    meaning = "how strongly a day of full effort ties people to the brand, beside what it does"
    return setting(strength, meaning, off=0.0, low=0, high=1, source="assumption")


def consumer_bond(strength: float) -> Any:
    """Declare how strongly an effector ties people to each other."""
    meaning = "how strongly a day of full effort ties people to each other"
    return setting(strength, meaning, off=0.0, low=0, high=1, source="assumption")


def expressed_values(*values: float) -> Any:
    """Declare the values that an effector's deeds express (10,)."""
    return setting(
        values, "the values it expresses, in circumplex order; all 0 = none", source="assumption"
    )


class Effector(Part):
    """Acts: effort that arrives today -> deed. Delay, capacity, follow-through and cost are put round it.

    Its bonds and values are counted by `bonds`.
    """

    delay: int = order_delay(0)
    capacity: float = setting(1.0, "most effort it can take in", low=0, high=100, unit="effort/day")
    follow_through: float = setting(
        1.0, "chance that a day's order is really carried out", low=0, high=1
    )
    cost: float = effort_cost(10.0)
    bond_brand: float = brand_bond(0.0)
    bond_consumers: float = consumer_bond(0.0)
    values: ValueProfile = expressed_values(*(0.0,) * VALUE_COUNT)

    def init(self, plant: Plant) -> Any:
        """Return the state before the first day."""
        raise NotImplementedError

    def step(self, day: int, effort: float, focus: Floats, state: Any) -> tuple[Deed, Any]:
        """Return the day's deed and the next state."""
        raise NotImplementedError
