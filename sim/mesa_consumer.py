"""A consumer as a Mesa agent: a view of the world's arrays with one method per step of the day.

The steps are the functions of `consumers.steps` and `consumers.social_steps`, called for one
consumer as plain Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import mesa

from equipoise.consumers import social_steps, steps
from equipoise.consumers.day import move_satisfaction
from equipoise.consumers.state import STATE_FIELDS
from equipoise.consumers.traits import Traits
from equipoise.errors import EquipoiseError
from equipoise.randomness import draw_uniform


class Consumer(mesa.Agent):
    """One consumer, with an attribute for each field of the state and for each trait.

    The steps of the day are methods. Override one in a subclass and give it to `BrandCommunity`;
    the draws of all consumers stay as they are.

    Attributes:
        number: place of the consumer in the arrays and in the address of every draw.
    """

    model: Any  # a BrandCommunity, whose module imports this one

    if TYPE_CHECKING:  # the attributes are generated below

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, model: mesa.Model, number: int) -> None:
        super().__init__(model)
        self.number = number

    def remove(self) -> None:
        """Refuse to remove a consumer.

        Raises:
            EquipoiseError: always. People, ties and the addresses of draws stay for a whole run.
        """
        raise EquipoiseError(
            f"Consumer {self.number} cannot be removed: people and ties stay for a whole run. "
            "Give BrandCommunity a network without this person, or override the steps."
        )

    def draw(self, purpose: int) -> float:
        """Return today's uniform draw in [0, 1) of this consumer for a purpose."""
        offer = self.model.world.today
        return draw_uniform(int(offer["seed"]), purpose, int(offer["day"]), self.number)

    def move_satisfaction(self, satisfaction: float, cause: int) -> None:
        """Set satisfaction and attribute the change to a cause (index of SATISFACTION_CAUSES)."""
        move_satisfaction(self.model.world.people, self.number, satisfaction, cause)

    @property
    def fit(self) -> Any:
        """Fit of the firm's enacted values to those of this consumer, 0..1."""
        return self.model.world.fit[self.number]

    def neighbours(self) -> Iterator[tuple[int, Consumer]]:
        """Yield (number of the tie, neighbour) for each neighbour who hears this consumer."""
        ties = self.model.world.ties
        for tie in range(ties.starts[self.number], ties.starts[self.number + 1]):
            yield tie, self.model.consumers[ties.neighbours[tie]]

    # the steps of schedule.CONSUMER_STEPS

    def begin_day(self) -> None:
        """Remember where the day began; clear what lasts one day."""
        steps.begin_day(self.model.day, self.number)

    def hear_firm(self) -> None:
        """Let promises move expectation, and content inform or tire."""
        steps.hear_firm(self.model.day, self.number)

    def hear_world(self) -> None:
        """Hear outside voices, the open forum, the brand's community, rumours and rivals."""
        steps.hear_world(self.model.day, self.number)

    def move_stage(self) -> None:
        """Move through the social feedback cycle."""
        steps.move_stage(self.model.day, self.number)

    def update_case(self) -> None:
        """Close a case by an answer or for lost patience, or open a new question."""
        steps.update_case(self.model.day, self.number)

    def use_product(self) -> None:
        """Use the product, and learn from it."""
        steps.use_product(self.model.day, self.number)

    def voice_or_exit(self) -> None:
        """If upset, complain, leave or stay silent."""
        steps.voice_or_exit(self.model.day, self.number)

    def co_create(self) -> None:
        """Bond with the brand by its deeds; create with the firm if invited."""
        steps.co_create(self.model.day, self.number)

    def write_post(self) -> None:
        """Post a question, a problem, a comment or an opinion, or nothing."""
        steps.write_post(self.model.day, self.number)

    # the steps of schedule.SOCIAL_STEPS

    def spread_post(self) -> None:
        """Let the post reach the neighbours; strengthen ties used in agreement."""
        social_steps.spread_post(self.model.day, self.number)

    def receive_help(self) -> None:
        """Let a neighbour answer the posted question."""
        social_steps.receive_help(self.model.day, self.number)

    def listen(self) -> None:
        """Follow peers and the perceived norm on a check-in."""
        social_steps.listen(self.model.day, self.number)


def _view(holder: str, name: str, meaning: str, writable: bool) -> property:
    """Return an attribute that reads and writes a consumer's place in an array of the world."""

    def read(self: Consumer) -> Any:
        return getattr(getattr(self.model.world, holder), name)[self.number]

    def write(self: Consumer, value: Any) -> None:
        getattr(getattr(self.model.world, holder), name)[self.number] = value

    return property(read, write if writable else None, doc=meaning)


for _field in STATE_FIELDS:
    setattr(Consumer, _field.name, _view("people", _field.name, _field.meaning, writable=True))
for _name in Traits._fields:
    setattr(Consumer, _name, _view("traits", _name, f"trait: {_name}", writable=False))


__all__ = ["Consumer"]
