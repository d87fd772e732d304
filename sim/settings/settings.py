"""The settings of a run: one frozen record that validates itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.settings.community import Community
from equipoise.settings.files import FileSettings
from equipoise.settings.schema import SettingsModel, assumption, build_part, choice, setting

DEPARTMENTS = ("marketing", "sales", "product", "service", "operations")


# One number for each of Schwartz's ten values.
TenValues = tuple[float, float, float, float, float, float, float, float, float, float]
LARGEST_SEED = 2**63 - 1  # of a signed 64-bit integer, the type of the column of seeds
STRIKING = ("fault", "failures", "turnover")  # kinds of disturbances that strike a department

_NetworkPart = Annotated[Any, BeforeValidator(partial(build_part, "networks"))]
_ReceptorPart = Annotated[Any, BeforeValidator(partial(build_part, "receptors"))]
_ControlCenterPart = Annotated[Any, BeforeValidator(partial(build_part, "control_centers"))]
_EffectorPart = Annotated[Any, BeforeValidator(partial(build_part, "effectors"))]


class Department(SettingsModel):
    """One department: its capability, capacity, and the drives it serves."""

    capability: float = setting(
        0.65,
        "delivered quality without faults",
        low=0,
        high=1,
        source="mean satisfaction in calm at the set-point",
        basis="calibrated",
    )
    delivers: tuple[float, float, float, float] = assumption(
        (1.0, 1.0, 1.0, 1.0), "weights on the drives acquire, bond, comprehend, defend"
    )
    works_on: Literal["uses", "contacts"] = setting(
        "uses", "source of its work: product uses, or opened cases"
    )
    capacity: float = assumption(
        1000.0,
        "work per day; above it a queue grows",
        low=0,
        high=1e9,
        unit="cases/day per 1,000 people",
    )


_DEFAULT_DEPARTMENTS = {
    "marketing": Department(delivers=(0.2, 0.3, 1.0, 0.0)),
    "sales": Department(delivers=(0.8, 0.2, 0.5, 0.2)),
    "product": Department(delivers=(1.5, 0.3, 0.8, 0.8)),
    "service": Department(delivers=(0.2, 1.5, 0.5, 0.7), works_on="contacts", capacity=15.0),
    "operations": Department(delivers=(0.5, 0.2, 0.0, 1.2)),
}


class Firm(SettingsModel):
    """The firm: goal, departments, promise, values, marketing and money."""

    set_point: float = choice(0.70, "satisfaction that the firm tries to keep", low=0, high=1)
    band: float = choice(0.04, "tolerance around the set-point", low=0, high=1)
    departments: dict[str, Department] = setting(_DEFAULT_DEPARTMENTS, "the departments, by name")
    overload: float = assumption(
        0.5,
        "share of quality lost when the queue equals a day's capacity; saturates above",
        off=0.0,
        low=0,
        high=10,
    )
    connectivity: float = assumption(
        0.5, "initial density of the network between departments", low=0, high=1
    )
    disconnect: float = assumption(
        0.005,
        "daily decay rate of connectivity above its initial value",
        off=0.0,
        off_means="it stays",
        low=0,
        high=1,
        unit="1/day",
    )
    silo: float = assumption(
        0.3, "share of a repair that is lost without connectivity", off=0.0, low=0, high=1
    )
    detour: float = assumption(
        6.0, "delay of a repair without connectivity", off=0.0, low=0, high=365, unit="day"
    )
    knowledge: float = assumption(
        0.5, "increase of capacity per unit of connectivity above 0.5", off=0.0, low=0, high=2
    )
    craft: float = assumption(
        0.5, "share of capability that leaves with all experience", off=0.0, low=0, high=1
    )
    learning: float = assumption(
        0.03,
        "share of the missing experience that newcomers gain per day at full connectivity",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
    )
    inertia: int = assumption(
        90,
        "days until aligned conduct becomes a habit",
        off=0,
        off_means="at once",
        low=0,
        high=3650,
        unit="day",
    )
    relapse: float = assumption(
        0.02,
        "daily relapse rate of aligned conduct beyond habit",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
    )
    promise: float = choice(0.7, "quality level that marketing promises", low=0, high=1)
    # By default an authentic brand: it claims the values that it enacts.
    claimed: TenValues = choice(
        (0.4, -0.2, 0.0, -0.2, -0.6, 0.2, -0.2, -0.1, 0.5, 0.2),
        "values that the brand claims, in circumplex order",
    )
    enacted: TenValues = assumption(
        (0.4, -0.2, 0.0, -0.2, -0.6, 0.2, -0.2, -0.1, 0.5, 0.2),
        "values that the firm acts on, in circumplex order",
    )
    iconicity: float = assumption(
        0.1, "iconicity of the brand; raises the ceiling on depth", low=0, high=1
    )
    advertising: float = choice(
        0.05, "share of non-followers reached on a day without disturbances", low=0, high=1
    )
    content: float = choice(0.3, "messages per follower", low=0, high=50, unit="1/day")
    creation: float = assumption(
        0.01,
        "share of the gap by which a day of co-creation moves enacted values",
        off=0.0,
        low=0,
        high=1,
    )
    # The figure of a blog, not a measurement.
    relevance: float = assumption(
        0.05, "share of messages relevant to their reader", low=0, high=1, source="Haque, HBR blog"
    )
    budget: float = choice(
        1.0, "effort available to all effectors together", low=0, high=100, unit="effort/day"
    )
    revenue_per_use: float = assumption(
        5.0,
        "revenue of one use",
        low=0,
        high=1e6,
        unit="$",
        source="$90 to 553 a customer and year: CDNOW 1998, Netflix 2012, T-Mobile 2019",
        keywords=("revenue",),
    )
    contribution: float = assumption(
        0.45,
        "share of revenue left before service, marketing and fixes",
        low=0,
        high=1,
        source="T-Mobile 2019: EBITDA 32 % of revenue, 42 % of service revenue",
        keywords=("money", "revenue"),
    )
    marketing: float = assumption(
        0.09,
        "share of revenue spent on the usual marketing",
        low=0,
        high=1,
        source="7 to 12 %: Gartner CMO surveys 2016-2023",
        keywords=("money", "revenue", "cost"),
    )
    steady_fixes: float = assumption(
        0.015,
        "share of revenue spent on warranty and steady fixes",
        low=0,
        high=1,
        source="1 to 3.5 %: Warranty Week 2003-2019",
        keywords=("money", "revenue", "cost"),
    )


class Disturbance(SettingsModel):
    """A disturbance of the firm or its community on scored days, once or at a random rate.

    The meaning of ``size`` and ``days`` (0 = usual) depends on the kind; the first three strike a
    department:

    - ``fault``: fault level of the department during ``days``; usually until repaired.
    - ``failures``: increase of the chance that a use fails in the department; usually one day.
    - ``turnover``: share of the department's experience that leaves, at once or over ``days``.
    - ``delight``: chance to hear friendly posts from outside on the peak day, and fame; 14 days.
    - ``firestorm``: chance to hear hostile posts from outside on the peak day, the second of 7.
    - ``rumour``: chance to hear a falsehood on the peak day; spreads and dies within 21 days.
    - ``competitor``: increase of the attraction of the competitor's offer; usually to the end.
    - ``surge``: relative increase of use (0.5 = half as much again); usually 14 days.
    - ``season``: amplitude of use around its mean, a sine of period ``days``, usually 364; stays.
    - ``drift``: share of the way of values to `Environment.society` after 364 days; stays.
    - ``reach``: share of the reach of advertising that is lost after 364 days; stays.
    """

    kind: Literal[
        "fault",
        "failures",
        "turnover",
        "delight",
        "firestorm",
        "rumour",
        "competitor",
        "surge",
        "season",
        "drift",
        "reach",
    ] = setting(
        "fault",
        "systemic fault; burst of one-off failures; staff turnover; viral delight; "
        "hostile posts from outside; rumour; a better offer elsewhere; demand surge; "
        "season of demand; drift of society's values; fading advertising",
    )
    department: str = setting("product", "department struck by a fault, failures or turnover")
    start: int = choice(
        28, "first day, counted from the first scored one", low=0, high=100_000, unit="day"
    )
    # Which duration is usual is a fact of the kind: see environment/conditions.py.
    days: int = choice(
        0,
        "duration, or period",
        off=0,
        off_means="as usual for its kind",
        low=0,
        high=100_000,
        unit="day",
    )
    size: float = choice(0.3, "strength, in the measure of its kind", off=0.0, low=0, high=1)
    rate: float = choice(
        0.0,
        "chance that it happens on a day from `start` on, with a size uniform around `size`",
        off=0.0,
        off_means="once, on `start`",
        low=0,
        high=1,
        unit="1/day",
    )


class Environment(FileSettings):
    """The environment: disturbances by schedule, at random, or from a recorded log of mentions."""

    name: str = setting("calm", "name")
    failure_rate: float = assumption(0.01, "chance that a use fails", low=0, high=1)
    # None by default: the calm environment has no events of its own.
    fault_rate: float = assumption(
        0.0, "chance of a fault, for each department", low=0, high=1, unit="1/day"
    )
    fault_size: float = assumption(0.25, "mean size of a random fault", low=0, high=1)
    competitor: float = assumption(0.6, "attraction of the competitor's offer", low=0, high=1)
    outside_weight: float = assumption(
        1.0, "weight of a post from outside relative to a neighbour's", off=0.0, low=0, high=10
    )
    fame: float = assumption(
        5.0,
        "influence of a viral delight of size 1, relative to a day of advertising",
        off=0.0,
        low=0,
        high=100,
    )
    society: TenValues = assumption(
        (-0.3, -0.7, -0.4, -0.2, -0.1, 0.9, 0.5, 0.6, 0.2, -0.5),
        "values toward which society drifts, in circumplex order (default: toward security)",
    )
    disturbances: dict[str, Disturbance] = setting({}, "the disturbances, by name")
    replay: bool = setting(
        False, "a recorded log of mentions drives failures and posts from outside"
    )
    path: str = setting(
        "", "the log: a CSV file with the columns time, brand, sentiment, topic and count"
    )
    brand: str = setting("", "brand whose mentions count; an empty name stands for all")
    topics: Mapping[str, str] = setting(
        {},
        "department that a topic of negative mentions refers to; an empty name stands for none",
    )
    loudness: float = assumption(
        0.1,
        "chance to hear a post from outside on a day with twice the log's usual mentions",
        off=0.0,
        low=0,
        high=1,
    )


class Information(SettingsModel):
    """Information about the brand beyond the own circle."""

    regime: Literal["friends", "gatekeeper", "open"] = setting(
        "open",
        "information regime: neighbours only; one biased source; public ratings and an open forum",
    )
    bias: float = assumption(
        0.8,
        "weight of the firm's promise, against delivered quality, in the gatekeeper's report",
        low=0,
        high=1,
    )


class Lens(SettingsModel):
    """The organisational lens: the effect of layers of hierarchy on readings."""

    layers: int = choice(
        0, "layers of hierarchy between receptor and control center", off=0, low=0, high=20
    )
    attenuation: float = assumption(0.2, "share of bad news held back by one layer", low=0, high=1)
    threshold: float = assumption(
        0.0, "share of reports below which trouble is not passed on", low=0, high=1
    )
    delay: int = assumption(1, "delay of one layer", low=0, high=365, unit="day")


class Strategy(SettingsModel):
    """Name and description of a strategy; its parts are settings of their own."""

    name: str = setting("custom", "name")
    title: str = setting("", "description of the strategy")


def require_settings(given: Any, function: str) -> None:
    """Refuse anything but settings.

    Raises:
        EquipoiseError: with the way from words to settings.
    """
    if isinstance(given, Settings):
        return
    raise EquipoiseError(
        f"{function} takes settings, not {given!r}. "
        f'Write {function}(equipoise.compose("strategy=oracle", ...)).'
    )


class Settings(SettingsModel):
    """All settings of a run: community, network, firm, policy, environment, length and seed."""

    seed: int = setting(0, "seed of the first world", low=0, high=LARGEST_SEED, basis="control")
    horizon: int = setting(
        364, "number of scored days", low=0, high=100_000, unit="day", basis="control"
    )
    burn_in: int = setting(
        56, "days before the scored ones", low=0, high=100_000, unit="day", basis="control"
    )
    replicates: int = setting(
        1, "number of worlds: seeds seed, seed + 1, ...", low=1, high=1_000_000, basis="control"
    )
    engine: Literal["arrays", "agents"] = setting(
        "arrays", "compiled loops over arrays, or one Mesa agent per consumer"
    )
    precision: Literal["single", "double"] = setting(
        "single", "floating-point precision of consumer state"
    )
    community: Community = Community()
    network: _NetworkPart = setting({"kind": "tribes"}, "ties between people")
    information: Information = Information()
    firm: Firm = Firm()
    strategy: Strategy = Strategy()
    receptor: _ReceptorPart = setting({"kind": "blind"}, "what the firm can sense")
    lens: Lens = Lens()
    control_center: _ControlCenterPart = setting({"kind": "none"}, "how the firm decides")
    effector: dict[str, _EffectorPart] = setting({}, "how orders are carried out, by name")
    environment: Environment = Environment()

    @model_validator(mode="after")
    def _check_together(self) -> Settings:
        """Refuse combinations of values that are allowed one by one."""
        problems = [
            *self._find_impossible_seeds(),
            *self._find_impossible_shares(),
            *self._find_unknown_names(),
        ]
        if problems:
            raise EquipoiseError(*problems)
        return self

    def _find_impossible_seeds(self) -> Iterator[str]:
        if self.seed + self.replicates - 1 > LARGEST_SEED:
            yield (
                f"seed={self.seed} leaves no room for replicates={self.replicates}: "
                "the last seed is too large."
            )

    def _find_impossible_shares(self) -> Iterator[str]:
        people = self.community.people
        if people.customers + people.unaware > 1:
            yield (
                f"community.people.customers={people.customers:g} and "
                f"community.people.unaware={people.unaware:g} are more than all people. "
                "Their sum may be 1 at most."
            )

    def _find_unknown_names(self) -> Iterator[str]:
        """Yield a line for every department or effector that the firm does not have."""
        departments = tuple(self.firm.departments)
        for name, disturbance in self.environment.disturbances.items():
            department = disturbance.department
            if disturbance.kind in STRIKING and department not in departments:
                path = f"environment.disturbances.{name}.department"
                yield unknown_name_message(path, department, departments)
        for topic, department in self.environment.topics.items():
            if department and department not in departments:
                path = f"environment.topics: the department of {topic!r},"
                yield unknown_name_message(path, department, departments)
        yield from self.control_center.find_unknown_names(tuple(self.effector), departments)
