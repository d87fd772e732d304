"""Respond: answers questions and complaints."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    NO_DEED,
    CaseChoice,
    Deed,
    Effector,
    Plant,
    ValueProfile,
    brand_bond,
    consumer_bond,
    effort_cost,
    expressed_values,
)
from equipoise.settings.schema import setting


class RespondState(NamedTuple):
    """The state of `Respond`: replies/day at full effort, and the part of a reply left over from yesterday."""

    capacity: float
    rest: float


class Respond(Effector):
    """Answers consumers with open cases: replies = effort * replies * population / 1000, parts carried over.

    How prompt it is follows from this capacity against the cases that come: who is not reached today waits. The oldest
    come first, so with too few hands every answer is late, not some.
    """

    kind: ClassVar[str] = "respond"
    cost: float = effort_cost(8.0)
    bond_brand: float = brand_bond(0.3)
    bond_consumers: float = consumer_bond(0.1)
    values: ValueProfile = expressed_values(0.3, 0.0, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 1.0, 0.0)
    replies: float = setting(
        20.0,
        "answers at full effort",
        low=0,
        high=1e6,
        unit="replies/day per 1,000 people",
        source="assumption",
    )
    expert: bool = setting(True, "experts answer; otherwise canned text goes out")
    serves: CaseChoice = setting("both", "whose open cases are answered, oldest first")

    def init(self, plant: Plant) -> RespondState:
        """Return the capacity for this population and no remainder."""
        return RespondState(self.replies * plant.population / 1000, 0.0)

    def step(
        self, day: int, effort: float, focus: Floats, state: RespondState
    ) -> tuple[Deed, RespondState]:
        """Answer as many as the effort allows."""
        if effort <= 0:
            return NO_DEED, state
        due = state.rest + effort * state.capacity
        whole = int(due + 1e-9)
        return Deed(replies=whole, expert=self.expert, serves=self.serves), RespondState(
            state.capacity, max(due - whole, 0.0)
        )
