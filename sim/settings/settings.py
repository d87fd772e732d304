"""All that a run is told, as one frozen record that checks itself when made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.settings.community import Community
from equipoise.settings.files import FileSettings
from equipoise.settings.schema import SettingsModel, build_part, setting

DEPARTMENTS = ("marketing", "sales", "product", "service", "operations")


# A part is whatever its kind makes of it: the joints' own types are in firm/signals.py and network/.
TenValues = tuple[float, float, float, float, float, float, float, float, float, float]
LARGEST_SEED = 2**63 - 1
STRIKING = ("fault", "failures", "turnover")  # kinds of disturbances that strike a department

NetworkPart = Annotated[Any, BeforeValidator(partial(build_part, "networks"))]
ReceptorPart = Annotated[Any, BeforeValidator(partial(build_part, "receptors"))]
ControlCenterPart = Annotated[Any, BeforeValidator(partial(build_part, "control_centers"))]
EffectorPart = Annotated[Any, BeforeValidator(partial(build_part, "effectors"))]


class Department(SettingsModel):
    """One department: what it can do, and for which drives it matters."""

    capability: float = setting(0.65, "delivered quality when all is well", low=0, high=1)
    delivers: tuple[float, float, float, float] = setting(
        (1.0, 1.0, 1.0, 1.0), "weights on the drives acquire, bond, comprehend, defend"
    )
    works_on: Literal["uses", "contacts"] = setting(
        "uses", "what makes its work: product uses, or cases opened"
    )
    capacity: float = setting(
        1000.0,
        "work it can do; above it a queue grows",
        low=0,
        high=1e9,
        unit="cases/day per 1,000 people",
    )


def _departments() -> dict[str, Department]:
    return {
        "marketing": Department(delivers=(0.2, 0.3, 1.0, 0.0)),
        "sales": Department(delivers=(0.8, 0.2, 0.5, 0.2)),
        "product": Department(delivers=(1.5, 0.3, 0.8, 0.8)),
        "service": Department(delivers=(0.2, 1.5, 0.5, 0.7), works_on="contacts", capacity=15.0),
        "operations": Department(delivers=(0.5, 0.2, 0.0, 1.2)),
    }


class Firm(SettingsModel):
    """The brand's owner: goal, departments, promise, values and money."""

    set_point: float = setting(0.70, "satisfaction the firm tries to keep", low=0, high=1)
    band: float = setting(0.04, "tolerance around the set-point", low=0, high=1)
    departments: dict[str, Department] = setting(_departments(), "the departments, by name")
    overload: float = setting(
        0.5,
        "share of quality lost when the queue equals a day's capacity, then saturating",
        off=0.0,
        low=0,
        high=10,
    )
    connectivity: float = setting(
        0.5,
        "internal connectivity at the start: how departments are tied to each other",
        low=0,
        high=1,
    )
    disconnect: float = setting(
        0.005,
        "share of what was connected beyond it that is lost in a day",
        off=0.0,
        off_means="it stays",
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )
    silo: float = setting(
        0.3,
        "share of a repair that never arrives without connectivity",
        off=0.0,
        low=0,
        high=1,
        source="assumption",
    )
    detour: float = setting(
        6.0,
        "days that a repair is late without connectivity",
        off=0.0,
        low=0,
        high=365,
        unit="day",
        source="assumption",
    )
    knowledge: float = setting(
        0.5,
        "how much more departments can handle, per unit of connectivity above 0.5",
        off=0.0,
        low=0,
        high=2,
        source="assumption",
    )
    craft: float = setting(
        0.5,
        "share of what departments can do that leaves with all their experience",
        off=0.0,
        low=0,
        high=1,
        source="assumption",
    )
    learning: float = setting(
        0.03,
        "share of the trade that newcomers learn in a day at full connectivity",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )
    inertia: int = setting(
        90,
        "days until aligned conduct becomes a habit",
        off=0,
        off_means="at once",
        low=0,
        high=3650,
        unit="day",
        source="assumption",
    )
    relapse: float = setting(
        0.02,
        "share of aligned conduct beyond habit that relapses in a day",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )
    promise: float = setting(0.7, "level that marketing promises", low=0, high=1)
    claimed: TenValues = setting(
        (0.4, -0.2, 0.0, -0.2, -0.6, 0.2, -0.2, -0.1, 0.5, 0.2),
        "values the brand claims, in circumplex order",
    )
    enacted: TenValues = setting(
        (0.4, -0.2, 0.0, -0.2, -0.6, 0.2, -0.2, -0.1, 0.5, 0.2),
        "values the firm acts on, in circumplex order",
    )
    iconicity: float = setting(
        0.1, "how iconic the brand is; shifts how deep people let it come", low=0, high=1
    )
    advertising: float = setting(
        0.05, "share of non-followers an ordinary day reaches", low=0, high=1
    )
    content: float = setting(0.3, "messages a follower is sent", low=0, high=50, unit="1/day")
    creation: float = setting(
        0.01,
        "share of the way enacted values go toward those who create with the firm, a day",
        off=0.0,
        low=0,
        high=1,
    )
    relevance: float = setting(
        0.05, "share of messages relevant to their reader", low=0, high=1, source="Haque, HBR blog"
    )
    budget: float = setting(
        1.0, "effort available to all effectors together", low=0, high=100, unit="effort/day"
    )
    margin: float = setting(1.0, "what one use earns", low=0, high=1000, unit="money")


class Disturbance(SettingsModel):
    """Something that happens to the firm and its community, on scored days: once, or by chance again and again.

    What ``size`` and ``days`` (0 = as usual) mean, by kind; only the first three strike a department:

    - ``fault``: fault level of the department, for as long; usually until repaired.
    - ``failures``: chance that a use fails, added in the department; usually one day.
    - ``turnover``: share of the department's experience that leaves, at once or over `days`; relearned since.
    - ``delight``: chance to hear friendly voices from outside on the best day, and fame; gone within 14 days.
    - ``firestorm``: chance to hear hostile posts from outside on the worst day; peaks on the second of 7 days.
    - ``rumour``: chance to be told a falsehood on its height; spreads, then dies within 21 days.
    - ``competitor``: added to the attraction of the competitor's offer, and talked of; usually to the end.
    - ``surge``: added to the factor on use (0.5 = half as much again); usually 14 days.
    - ``season``: how far use swings about its mean, as a sine with a period of ``days``, usually 364; to the end.
    - ``drift``: share of the way that society's values go toward `Environment.society`, within 364 days; stays.
    - ``reach``: share of the reach of advertising that is lost, within 364 days; stays.
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
        "systemic fault; burst of one-off failures; staff turnover; viral delight; hostile posts from outside; rumour; "
        "a better offer elsewhere; demand surge; season of demand; drift of society's values; fading advertising",
    )
    department: str = setting("product", "the department struck by a fault, failures or turnover")
    start: int = setting(
        28, "first day, counted from the first scored one", low=0, high=100_000, unit="day"
    )
    days: int = setting(
        0,
        "how long, or how slowly",
        off=0,
        off_means="as usual for its kind",
        low=0,
        high=100_000,
        unit="day",
    )
    size: float = setting(0.3, "how strong, in the measure of its kind", off=0.0, low=0, high=1)
    rate: float = setting(
        0.0,
        "chance that it happens on a day from `start` on, with a size uniform around `size`",
        off=0.0,
        off_means="once, on `start`",
        low=0,
        high=1,
        unit="1/day",
    )


class Environment(FileSettings):
    """The world outside: what happens by schedule, by chance, or by a recorded log of mentions."""

    name: str = setting("calm", "what the environment is called")
    failure_rate: float = setting(0.01, "chance that a use fails", low=0, high=1)
    fault_rate: float = setting(
        0.0, "chance that a department falls ill", low=0, high=1, unit="1/day"
    )
    fault_size: float = setting(0.25, "mean size of a random fault", low=0, high=1)
    competitor: float = setting(0.6, "attraction of the competitor's offer", low=0, high=1)
    outside_weight: float = setting(
        1.0,
        "weight of a voice from outside against a neighbour's",
        off=0.0,
        low=0,
        high=10,
        source="assumption",
    )
    fame: float = setting(
        5.0,
        "influence that a viral delight of size 1 has, in ordinary days of advertising",
        off=0.0,
        low=0,
        high=100,
        source="assumption",
    )
    society: TenValues = setting(
        (-0.3, -0.7, -0.4, -0.2, -0.1, 0.9, 0.5, 0.6, 0.2, -0.5),
        "values toward which society drifts, in circumplex order; given: toward security, as in hard times",
    )
    disturbances: dict[str, Disturbance] = setting({}, "what happens, by name")
    replay: bool = setting(
        False, "a recorded log of mentions drives failures and voices from outside"
    )
    path: str = setting(
        "", "the log: a CSV file with the columns time, brand, sentiment, topic and count"
    )
    brand: str = setting("", "the brand whose mentions count; empty = all")
    topics: Mapping[str, str] = setting(
        {},
        "topic of a negative mention -> the department it speaks of; an empty one = of none in particular",
    )
    loudness: float = setting(
        0.1,
        "chance to hear a voice from outside on a day with twice the log's usual mentions",
        off=0.0,
        low=0,
        high=1,
        source="assumption",
    )


class Information(SettingsModel):
    """What people can know of the brand beyond their own circle."""

    regime: Literal["friends", "gatekeeper", "open"] = setting(
        "open", "only neighbours; one biased source; public ratings and an open forum"
    )
    bias: float = setting(
        0.8,
        "how far the gatekeeper believes the firm's promise, not delivery",
        low=0,
        high=1,
        source="assumption",
    )


class Lens(SettingsModel):
    """The organisational lens: what layers of hierarchy do to news."""

    layers: int = setting(
        0, "layers of hierarchy between receptor and control center", off=0, low=0, high=20
    )
    attenuation: float = setting(0.2, "share of bad news that one layer keeps back", low=0, high=1)
    threshold: float = setting(
        0.0, "trouble below this share of reports is not passed on", low=0, high=1
    )
    delay: int = setting(1, "days that one layer takes", low=0, high=365, unit="day")


class Strategy(SettingsModel):
    """What a named strategy is called; its parts are settings of their own."""

    name: str = setting("custom", "name of the strategy")
    title: str = setting("", "in strategists' words")


class Settings(SettingsModel):
    """A run: who, where, which firm, which policy, which world, how long, under which seed."""

    seed: int = setting(0, "number of the world", low=0, high=LARGEST_SEED)
    horizon: int = setting(364, "scored days", low=0, high=100_000, unit="day")
    burn_in: int = setting(56, "days before the scored ones", low=0, high=100_000, unit="day")
    replicates: int = setting(1, "worlds to run: seeds seed, seed + 1, ...", low=1, high=1_000_000)
    engine: Literal["arrays", "agents"] = setting(
        "arrays", "compiled loops, or one Mesa agent per consumer"
    )
    precision: Literal["single", "double"] = setting("single", "of a consumer's state")
    community: Community = Community()
    network: NetworkPart = setting({"kind": "tribes"}, "who hears whom")
    information: Information = Information()
    firm: Firm = Firm()
    strategy: Strategy = Strategy()
    receptor: ReceptorPart = setting({"kind": "blind"}, "what the firm can sense")
    lens: Lens = Lens()
    control_center: ControlCenterPart = setting({"kind": "none"}, "how the firm decides")
    effector: dict[str, EffectorPart] = setting({}, "how orders are carried out, by name")
    environment: Environment = Environment()

    @model_validator(mode="after")
    def _possible(self) -> Settings:
        """Refuse what each setting allows and all together do not."""
        people, last = self.community.people, self.seed + self.replicates - 1
        problems = []
        if last > LARGEST_SEED:
            problems.append(
                f"seed={self.seed} leaves no room for replicates={self.replicates}: the last seed is too large."
            )
        if people.customers + people.unaware > 1:
            problems.append(
                f"community.people.customers={people.customers:g} and community.people.unaware={people.unaware:g} "
                "are more than all people. Their sum may be 1 at most."
            )
        problems += self._strange()
        if problems:
            raise EquipoiseError(*problems)
        return self

    def _strange(self) -> Iterator[str]:
        """Yield a line for every name of a department or an effector that the firm does not have."""
        world, departments = self.environment, tuple(self.firm.departments)
        for name, each in world.disturbances.items():
            if each.kind in STRIKING and each.department not in departments:
                yield unknown_name_message(
                    f"environment.disturbances.{name}.department", each.department, departments
                )
        for topic, department in world.topics.items():
            if department and department not in departments:
                yield unknown_name_message(
                    f"environment.topics: the department of {topic!r},", department, departments
                )
        yield from self.control_center.find_unknown_names(tuple(self.effector), departments)
