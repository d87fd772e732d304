"""All that a run is told, as one frozen record that checks itself when made."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from equipoise.community import Community
from equipoise.records import Record, part, setting

DEPARTMENTS = ("marketing", "sales", "product", "service", "operations")


# A part is whatever its kind makes of it: the joints' own types are in firm/signals.py and network/.
NetworkPart = Annotated[Any, BeforeValidator(partial(part, "networks"))]
ReceptorPart = Annotated[Any, BeforeValidator(partial(part, "receptors"))]
ControlCenterPart = Annotated[Any, BeforeValidator(partial(part, "control_centers"))]
EffectorPart = Annotated[Any, BeforeValidator(partial(part, "effectors"))]


class Department(Record):
    """One department: what it can do, and for which drives it matters."""

    capability: float = setting(0.66, "delivered quality when all is well", low=0, high=1)
    delivers: tuple[float, float, float, float] = setting(
        (1.0, 1.0, 1.0, 1.0), "weights on the drives acquire, bond, comprehend, defend"
    )
    works_on: Literal["uses", "contacts"] = setting("uses", "what makes its work: product uses, or cases opened")
    capacity: float = setting(
        1000.0, "work it can do; above it a queue grows", low=0, high=1e9, unit="cases/day per 1,000 people"
    )


def _departments() -> dict[str, Department]:
    return {
        "marketing": Department(delivers=(0.2, 0.3, 1.0, 0.0)),
        "sales": Department(delivers=(0.8, 0.2, 0.5, 0.2)),
        "product": Department(delivers=(1.5, 0.3, 0.8, 0.8)),
        "service": Department(delivers=(0.2, 1.5, 0.5, 0.7), works_on="contacts", capacity=30.0),
        "operations": Department(delivers=(0.5, 0.2, 0.0, 1.2)),
    }


class Firm(Record):
    """The brand's owner: goal, departments, promise, values and money."""

    set_point: float = setting(0.70, "satisfaction the firm tries to keep", low=0, high=1)
    band: float = setting(0.04, "tolerance around the set-point", low=0, high=1)
    departments: dict[str, Department] = setting(_departments(), "the departments, by name")
    overload: float = setting(
        0.5, "share of quality lost when the queue equals a day's capacity, then saturating; 0 = off", low=0, high=10
    )
    promise: float = setting(0.7, "level that marketing promises", low=0, high=1)
    claimed: tuple[float, ...] = setting(
        (0.4, -0.2, 0.0, -0.2, -0.6, 0.2, -0.2, -0.1, 0.5, 0.2), "values the brand claims, in circumplex order"
    )
    enacted: tuple[float, ...] = setting(
        (0.4, -0.2, 0.0, -0.2, -0.6, 0.2, -0.2, -0.1, 0.5, 0.2), "values the firm acts on, in circumplex order"
    )
    iconicity: float = setting(0.1, "how iconic the brand is; shifts how deep people let it come", low=0, high=1)
    advertising: float = setting(0.05, "share of non-followers an ordinary day reaches", low=0, high=1)
    content: float = setting(0.3, "messages a follower is sent", low=0, high=50, unit="1/day")
    relevance: float = setting(0.05, "share of messages relevant to their reader", low=0, high=1, source="Haque")
    budget: float = setting(1.0, "effort available to all effectors together", low=0, high=100, unit="effort/day")
    margin: float = setting(1.0, "what one use earns", low=0, high=1000, unit="money")


class Disturbance(Record):
    """Something that happens to the firm and its community, scheduled on scored days."""

    kind: Literal[
        "fault",
        "failures",
        "rumour",
        "firestorm",
        "competitor",
        "surge",
        "turnover",
        "delight",
        "season",
        "drift",
        "reach",
    ] = setting(
        "fault",
        "systemic fault; burst of one-off failures; rumour; hostile posts from outside; a better offer elsewhere; "
        "demand surge; staff turnover; viral delight; season of demand; drift of society's values; fading advertising",
    )
    department: str = setting("product", "the department it strikes")
    start: int = setting(28, "first day, counted from the first scored one", low=0, high=100_000, unit="day")
    days: int = setting(
        0, "how long; 0 = until repaired (fault) or one day (failures)", low=0, high=100_000, unit="day"
    )
    size: float = setting(0.3, "fault level, or added chance of failure per use", low=0, high=1)


class Environment(Record):
    """The world outside: what happens by schedule and by chance."""

    name: str = setting("calm", "what the environment is called")
    failure_rate: float = setting(0.01, "chance that a use fails", low=0, high=1)
    fault_rate: float = setting(0.0, "chance that a department falls ill", low=0, high=1, unit="1/day")
    fault_size: float = setting(0.25, "mean size of a random fault", low=0, high=1)
    competitor: float = setting(0.6, "attraction of the competitor's offer", low=0, high=1)
    disturbances: dict[str, Disturbance] = setting({}, "what happens by schedule, by name")


class Information(Record):
    """What people can know of the brand beyond their own circle."""

    regime: Literal["friends", "gatekeeper", "open"] = setting(
        "open", "only neighbours; one biased source; public ratings and an open forum"
    )
    bias: float = setting(
        0.8, "how far the gatekeeper believes the firm's promise, not delivery", low=0, high=1, source="assumption"
    )


class Lens(Record):
    """The organisational lens: what layers of hierarchy do to news."""

    layers: int = setting(0, "layers of hierarchy between receptor and control center; 0 = off", low=0, high=20)
    attenuation: float = setting(0.2, "share of bad news that one layer keeps back", low=0, high=1)
    threshold: float = setting(0.0, "trouble below this share of reports is not passed on", low=0, high=1)
    delay: int = setting(1, "days that one layer takes", low=0, high=365, unit="day")


class Strategy(Record):
    """What a named strategy is called; its parts are settings of their own."""

    name: str = setting("custom", "name of the strategy")
    title: str = setting("", "in strategists' words")


class Settings(Record):
    """A run: who, where, which firm, which policy, which world, how long, under which seed."""

    seed: int = setting(0, "number of the world", low=0, high=2**63 - 1)
    horizon: int = setting(364, "scored days", low=0, high=100_000, unit="day")
    burn_in: int = setting(56, "days before the scored ones", low=0, high=100_000, unit="day")
    replicates: int = setting(1, "worlds to run: seeds seed, seed + 1, ...", low=1, high=1_000_000)
    engine: Literal["arrays", "agents"] = setting("arrays", "compiled loops, or one Mesa agent per consumer")
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
