"""Moderate: hosts the brand's own community."""

from __future__ import annotations

from typing import ClassVar

from equipoise.array_types import Floats
from equipoise.firm.effectors.stock import update_stock
from equipoise.firm.interfaces import (
    NO_DEED,
    Deed,
    Effector,
    Plant,
    Touch,
    ValueProfile,
    brand_bond,
    consumer_bond,
    effort_cost,
    order_delay,
    value_profile,
)
from equipoise.settings.schema import assumption, setting

_RULES_WELCOME = 1.7  # newcomers' participation once the rules are posted (Matias 2019: +70 %)
_RULES_COOL = 0.08  # further heated posts that keep to them (Matias 2019: +8 points)


class Moderate(Effector):
    """Welcomes newcomers, encourages quiet people, calms discussions, connects tribes.

    The intensity of the brand's own community grows by ``build`` a day toward 1 at full effort, and
    fades by ``fade`` a day (`update_stock`). All other effects last as long as the effort.
    """

    kind: ClassVar[str] = "moderate"
    delay: int = order_delay(1)
    cost: float = effort_cost(3.0, source="a third to three times as much: Forrester")
    bond_brand: float = brand_bond(0.2)
    bond_consumers: float = consumer_bond(0.6)
    values: ValueProfile = value_profile(
        self_direction=0.4, stimulation=0.2, hedonism=0.2, benevolence=1.0, universalism=0.6
    )
    welcome: float = assumption(
        0.4, "strength with which posters are greeted", off=0.0, low=0, high=1
    )
    draw_out: float = assumption(
        0.5, "strength with which the quiet are drawn out", off=0.0, low=0, high=1
    )
    cool: float = assumption(
        0.5, "share of their extra weight that negative posts lose", off=0.0, low=0, high=1
    )
    introduce: float = assumption(
        0.3, "share of its extra weight that the own tribe loses", off=0.0, low=0, high=1
    )
    rules: bool = setting(
        True, "the rules are posted: 70 % more welcome, and .08 more heated posts cool", off=False
    )
    build: float = assumption(
        0.04,
        "growth of the community in a day of full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
    )
    fade: float = assumption(
        0.02,
        "share of it that fades in a day without upkeep",
        off=0.0,
        off_means="it stays",
        low=0,
        high=1,
        unit="1/day",
    )

    def init(self, plant: Plant) -> float:
        """Return the intensity of the community, 0."""
        return 0.0

    def step(self, day: int, effort: float, focus: Floats, state: float) -> tuple[Deed, float]:
        """Moderate by the day's effort, and update the intensity of the community."""
        # Effort may exceed 1 by a larger capacity, strengths may not.
        effort = min(effort, 1.0)
        community = update_stock(state, effort, self.build, self.fade)
        if effort <= 0 and community == 0:
            return NO_DEED, 0.0
        rules = effort if self.rules else 0.0
        welcome = self.welcome * (effort + rules * (_RULES_WELCOME - 1.0))
        cool = self.cool * effort + _RULES_COOL * rules
        touch = Touch(
            welcome=min(welcome, 1.0),
            draw_out=self.draw_out * effort,
            cool=min(cool, 1.0),
            introduce=self.introduce * effort,
            community=community,
        )
        return Deed(touch=touch), community
