"""Effectors that reach out: to the community, to the public, and into the firm itself."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    NOTHING_DONE,
    Deed,
    Effector,
    Plant,
    Touch,
    Values,
    brand_bond,
    consumer_bond,
    expresses,
)
from equipoise.settings.schema import setting

RULES_WELCOME = 1.7  # newcomers' participation once the rules are posted (Matias 2019: +70 %)
RULES_COOL = 0.08  # further heated posts that keep to them (Matias 2019: +8 points)
SPENT = 1e-6  # what is held up below this is nothing


def kept_up(held: float, effort: float, rate: float, fade: float) -> float:
    """Return what effort holds up after a day, 0..1: held + rate * effort * (1 - held) - fade * held."""
    held += rate * effort * (1.0 - held) - fade * held
    return min(held, 1.0) if held > SPENT else 0.0


class Plain(Effector):
    """Acts on the day of the effort and remembers nothing: ``touch`` says what the effort of a day does."""

    def init(self, plant: Plant) -> None:
        """Remember nothing."""

    def step(self, day: int, effort: float, focus: Floats, state: None) -> tuple[Deed, None]:
        """Touch by as much as the effort allows."""
        return (Deed(touch=self.touch(min(effort, 1.0))) if effort > 0 else NOTHING_DONE), None

    def touch(self, effort: float) -> Touch:
        """Return what a day's effort (0..1) does to consumers or within the firm."""
        raise NotImplementedError


class Moderate(Effector):
    """Tummling: newcomers are welcomed, the quiet drawn out, the heated cooled, people introduced; peers gather.

    The intensity of the brand's own community grows by ``build`` toward 1 at full effort, and fades by ``fade`` a
    day without upkeep; the rest lasts as long as the effort.
    """

    kind: ClassVar[str] = "moderate"
    delay: int = setting(1, "days from order to deed", low=0, high=3650, unit="day")
    cost: float = setting(
        8.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    bond_brand: float = brand_bond(0.2)
    bond_consumers: float = consumer_bond(0.6)
    values: Values = expresses(0.4, 0.2, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.6)
    welcome: float = setting(
        0.4, "how warmly those who post are greeted", off=0.0, low=0, high=1, source="assumption"
    )
    draw_out: float = setting(
        0.5, "how far the quiet are drawn out", off=0.0, low=0, high=1, source="assumption"
    )
    cool: float = setting(
        0.5,
        "share of their extra weight that negative posts lose",
        off=0.0,
        low=0,
        high=1,
        source="assumption",
    )
    introduce: float = setting(
        0.3,
        "share of its extra weight that the own tribe loses",
        off=0.0,
        low=0,
        high=1,
        source="assumption",
    )
    rules: bool = setting(
        True, "the rules are posted: 70 % more welcome, and .08 more heated posts cool", off=False
    )
    build: float = setting(
        0.04,
        "growth of the community in a day of full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )
    fade: float = setting(
        0.02,
        "share of it that fades in a day without upkeep",
        off=0.0,
        off_means="it stays",
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )

    def init(self, plant: Plant) -> float:
        """Return the intensity of the community: none yet."""
        return 0.0

    def step(self, day: int, effort: float, focus: Floats, state: float) -> tuple[Deed, float]:
        """Moderate as far as the effort goes, and keep the community up."""
        effort = min(effort, 1.0)
        held = kept_up(state, effort, self.build, self.fade)
        if effort <= 0 and held == 0:
            return NOTHING_DONE, 0.0
        posted = effort if self.rules else 0.0
        touch = Touch(
            welcome=min(self.welcome * (effort + posted * (RULES_WELCOME - 1.0)), 1.0),
            draw_out=self.draw_out * effort,
            cool=min(self.cool * effort + RULES_COOL * posted, 1.0),
            introduce=self.introduce * effort,
            community=held,
        )
        return Deed(touch=touch), held


class Delete(Plain):
    """Deletes negative posts, the authoritarian way of moderating: out of sight, not out of the world."""

    kind: ClassVar[str] = "delete"
    cost: float = setting(
        4.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    values: Values = expresses(-0.6, 0.0, 0.0, 0.0, 1.0, 0.5, 0.8, 0.0, -0.3, -0.6)
    share: float = setting(
        0.6,
        "share of negative posts deleted at full effort",
        off=0.0,
        low=0,
        high=1,
        source="assumption",
    )

    def touch(self, effort: float) -> Touch:
        """Return how much is deleted."""
        return Touch(delete=self.share * effort)


class Cocreate(Effector):
    """Invites followers to create with the firm; what comes of it is built in, in all departments.

    delight' = delight + rate * effort * (most - delight) - decay * delight, as when a delight is replicated.
    """

    kind: ClassVar[str] = "cocreate"
    delay: int = setting(14, "days from order to deed", low=0, high=3650, unit="day")
    cost: float = setting(
        25.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    bond_brand: float = brand_bond(0.6)
    bond_consumers: float = consumer_bond(0.3)
    values: Values = expresses(1.0, 0.6, 0.2, 0.2, -0.3, 0.0, 0.0, 0.0, 0.4, 0.5)
    invite: float = setting(
        0.02,
        "chance that a follower is invited at full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )
    most: float = setting(
        0.05, "most quality that ideas can add", off=0.0, low=0, high=1, source="assumption"
    )
    rate: float = setting(
        0.02, "share of the way to it in a day of full effort", low=0, high=1, unit="1/day"
    )
    decay: float = setting(
        0.01, "share of it that the market catches up in a day", low=0, high=1, unit="1/day"
    )

    def init(self, plant: Plant) -> tuple[Floats, float]:
        """Return equal shape (D,) and the quality added so far, as a share of the most."""
        return np.ones(len(plant.departments)), 0.0

    def step(
        self, day: int, effort: float, focus: Floats, state: tuple[Floats, float]
    ) -> tuple[Deed, Any]:
        """Invite, build in, and be caught up with."""
        (even, held), effort = state, min(effort, 1.0)
        if effort <= 0 and held == 0:
            return NOTHING_DONE, state
        after = kept_up(held, effort, self.rate, self.decay)
        change = self.most * (after - held)
        touch = Touch(invite=self.invite * effort) if effort > 0 else None
        return Deed(replicate=change * even if change else None, touch=touch), (even, after)


class Broadcast(Plain):
    """Sends content to followers and advertises to everybody else."""

    kind: ClassVar[str] = "broadcast"
    cost: float = setting(
        15.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    bond_brand: float = brand_bond(0.05)
    values: Values = expresses(0.0, 0.2, 0.2, 0.8, 0.6, 0.0, 0.0, 0.0, 0.0, 0.0)
    messages: float = setting(
        1.0,
        "messages to each follower at full effort",
        off=0.0,
        low=0,
        high=50,
        unit="1/day",
        source="assumption",
    )
    push: float = setting(
        4.0,
        "further advertising at full effort, in ordinary days'",
        off=0.0,
        low=0,
        high=100,
        source="assumption",
    )

    def touch(self, effort: float) -> Touch:
        """Return how much is sent."""
        return Touch(content=self.messages * effort, push=self.push * effort)


class Align(Plain):
    """Enacts the values that are claimed: share of the way in departments = rate * effort; they may relapse."""

    kind: ClassVar[str] = "align"
    delay: int = setting(14, "days from order to deed", low=0, high=3650, unit="day")
    cost: float = setting(
        15.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    bond_brand: float = brand_bond(0.1)
    values: Values = expresses(0.2, 0.0, 0.0, 0.0, 0.0, 0.2, 0.0, 0.3, 0.8, 0.8)
    rate: float = setting(
        0.01,
        "share of the way to the claimed values in a day of full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )

    def touch(self, effort: float) -> Touch:
        """Return how far departments go."""
        return Touch(align=self.rate * effort)


class Connect(Plain):
    """Connects departments with each other: share of the way to full connectivity = rate * effort; it may relapse."""

    kind: ClassVar[str] = "connect"
    delay: int = setting(7, "days from order to deed", low=0, high=3650, unit="day")
    cost: float = setting(
        10.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    values: Values = expresses(0.3, 0.0, 0.0, 0.0, -0.3, 0.0, 0.0, 0.0, 0.8, 0.4)
    rate: float = setting(
        0.02,
        "share of the way to full connectivity in a day of full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )

    def touch(self, effort: float) -> Touch:
        """Return how much departments connect."""
        return Touch(connect=self.rate * effort)


class Reconsider(Plain):
    """Gives those with a bad preconception a reason to think again, by evidence and surprise: it wakes System 2."""

    kind: ClassVar[str] = "reconsider"
    cost: float = setting(
        12.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    bond_brand: float = brand_bond(0.1)
    values: Values = expresses(0.8, 0.5, 0.0, 0.3, 0.0, 0.0, -0.3, 0.0, 0.0, 0.3)
    trigger: float = setting(
        0.5,
        "chance to wake System 2 at full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )

    def touch(self, effort: float) -> Touch:
        """Return how many think again."""
        return Touch(trigger=self.trigger * effort)
