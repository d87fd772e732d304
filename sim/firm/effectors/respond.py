"""Respond: answers questions and complaints."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    NO_DEED,
    AnswerPrices,
    CaseChoice,
    Deed,
    Effector,
    Plant,
    ValueProfile,
    brand_bond,
    consumer_bond,
    effort_cost,
    value_profile,
)
from equipoise.settings.schema import assumption, setting


def answer_price(dollars: float, thing: str, price_range: str) -> Any:
    """Declare the dollars that an answer to one represented person costs."""
    return assumption(
        dollars,
        f"price of {thing}",
        low=0,
        high=1e6,
        unit="$/answer",
        source=f"{price_range}: Gartner 2019",
        keywords=("staff",),
    )


_ROUNDING_ERROR = 1e-9  # a reply must not be lost to rounding


class RespondState(NamedTuple):
    """State of `Respond`: replies a day at full effort, and the fraction carried over."""

    capacity: float
    fraction: float


class Respond(Effector):
    """Answers consumers with open cases, the oldest cases first.

    Replies a day = effort * replies * population / 1000; fractions are carried over. Cases beyond
    this capacity wait. Because the oldest come first, too little capacity delays all answers. An
    answer is paid for each represented person who gets it; capacity that is not used is free.
    """

    kind: ClassVar[str] = "respond"
    cost: float = effort_cost(0.0)
    bond_brand: float = brand_bond(0.3)
    bond_consumers: float = consumer_bond(0.1)
    values: ValueProfile = value_profile(self_direction=0.3, security=0.3, benevolence=1.0)
    replies: float = assumption(
        20.0, "answers at full effort", low=0, high=1e6, unit="replies/day per 1,000 people"
    )
    expert: bool = setting(True, "experts answer; otherwise canned text goes out")
    serves: CaseChoice = setting("both", "kind of open cases that are answered, oldest first")
    question_price: float = answer_price(8.0, "an expert answer to a question", "$4 to 25")
    complaint_price: float = answer_price(25.0, "an expert answer to a complaint", "$10 to 60")
    goodwill: float = assumption(
        15.0,
        "goodwill paid with an expert answer to a complaint",
        low=0,
        high=1e6,
        unit="$/answer",
        keywords=("staff",),
    )
    canned_price: float = answer_price(0.25, "a canned answer", "$0.1 to 1")

    def init(self, plant: Plant) -> RespondState:
        """Return the capacity for this population."""
        return RespondState(self.replies * plant.population / 1000, 0.0)

    def step(
        self, day: int, effort: float, focus: Floats, state: RespondState
    ) -> tuple[Deed, RespondState]:
        """Answer by the day's effort."""
        if effort <= 0:
            return NO_DEED, state
        due = state.fraction + effort * state.capacity
        replies = int(due + _ROUNDING_ERROR)
        deed = Deed(
            replies=replies, expert=self.expert, serves=self.serves, prices=self._answer_prices()
        )
        return deed, RespondState(state.capacity, max(due - replies, 0.0))

    def _answer_prices(self) -> AnswerPrices:
        if self.expert:
            return AnswerPrices(self.question_price, self.complaint_price + self.goodwill)
        return AnswerPrices(self.canned_price, self.canned_price)
