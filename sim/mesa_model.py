"""The Mesa engine: one agent per consumer, the same steps and the same bits as the compiled engine.

An agent is a view of the world's arrays. Its steps are the functions of `consumers.steps` and
`consumers.social_steps`, called for one consumer as plain Python.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import mesa

from equipoise.consumers import social_steps, steps
from equipoise.consumers.census import CENSUS_COLUMNS, take_census
from equipoise.consumers.day import Day, move_satisfaction
from equipoise.consumers.state import NO_POST, STATE_FIELDS
from equipoise.consumers.traits import Traits
from equipoise.model import World, run_compiled_day
from equipoise.network import Network
from equipoise.randomness import draw_uniform, fill_day_keys
from equipoise.schedule import CONSUMER_STEPS, SOCIAL_STEPS
from equipoise.settings.settings import Settings

_AGENT_REPORTS = ("satisfaction", "trust", "stage")


class Consumer(mesa.Agent):
    """One consumer, with an attribute for each field of the state and for each trait.

    The steps of the day are methods. Override one in a subclass and give it to `BrandCommunity`;
    the draws of all consumers stay as they are.

    Attributes:
        number: place of the consumer in the arrays and in the address of every draw.
    """

    model: BrandCommunity

    if TYPE_CHECKING:  # the attributes are generated below

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, model: BrandCommunity, number: int) -> None:
        super().__init__(model)
        self.number = number

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


class BrandCommunity(mesa.Model):
    """A brand and its community as a Mesa model: `step` runs a day, `agents` are consumers.

    The model runs until the horizon of its settings; then ``running`` is False. It can be copied
    with `copy.deepcopy` and pickled on any day. ``datacollector`` holds the census of each day, and
    satisfaction, trust and stage of each consumer.

    Args:
        settings: what to run; the defaults with engine "agents" if not given. With engine "arrays"
            compiled loops run the day on the very arrays that the agents show.
        network: who hears whom; built from the settings if not given.
        consumer: class of the agents, `Consumer` or a subclass; overrides need engine "agents".

    Attributes:
        world: the simulated world, with its record.
        consumers: the agents, by number.
        day: what the steps of the consumers read and change.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        network: Network | None = None,
        consumer: type[Consumer] = Consumer,
    ) -> None:
        settings = settings or Settings(engine="agents")
        super().__init__(rng=settings.seed)
        engine = self._run_agents_day if settings.engine == "agents" else run_compiled_day
        self.world = World(settings, network, engine)
        self._coefficients = _as_namespace(self.world.coefficients[0])
        self.day = self._begin_day()
        self.consumers = [consumer(self, number) for number in range(self.world.size)]
        self.datacollector = _make_collector()

    @property
    def today(self) -> Any:
        """The day's offer, with an attribute for each column of DAY_DTYPE."""
        return _as_namespace(self.world.today)

    def latest(self, column: str) -> float:
        """Return a column of the census of the last finished day (nan before the first)."""
        if not self.world.day:
            return float("nan")
        return float(self.world.record.census[self.world.day - 1][column])

    def step(self) -> None:
        """Run one day and collect its data."""
        self.world.step()
        self.running = self.world.day < self.world.days
        self.datacollector.collect(self)

    def replace_strategy(self, settings: Settings) -> None:
        """Put the strategy of ``settings`` in charge from the next day on (see `World`)."""
        self.world.replace_strategy(settings)

    def _begin_day(self) -> Day:
        world = self.world
        offer = _as_namespace(world.today)
        return Day(
            world.people,
            world.traits,
            world.fit,
            world.ties,
            self._coefficients,
            offer,
            world.keys,
        )

    def _run_agents_day(self, world: World) -> int:
        """Run the consumers' day by agents: the engine of a world under engine "agents"."""
        self.day = self._begin_day()
        fill_day_keys(world.settings.seed, world.day, world.keys)
        for consumer in self.consumers:
            for step in CONSUMER_STEPS:
                getattr(consumer, step.name)()
        speakers = [consumer for consumer in self.consumers if consumer.post != NO_POST]
        for step in SOCIAL_STEPS:
            actors = speakers if step.actors == "speakers" else self.consumers
            for consumer in actors:
                getattr(consumer, step.name)()
        count = len(speakers)
        world.speakers[:count] = [consumer.number for consumer in speakers]
        take_census(
            world.people,
            world.traits,
            world.speakers[:count],
            world.coefficients[0],
            world.census_workspace,
            world.census_rows,
            world.day,
        )
        return count


def _as_namespace(row: Any) -> SimpleNamespace:
    """Return a row of a structured array with its columns as attributes, which steps read."""
    return SimpleNamespace(**{name: row[name] for name in row.dtype.names})


def _make_collector() -> mesa.DataCollector:
    """Return a collector of the census and of some fields of each consumer, without lambdas.

    Mesa cannot pickle or copy a model whose collector holds functions made on the spot.
    """
    census = [column.name for column in CENSUS_COLUMNS if not column.members]
    model_reporters = {
        name: functools.partial(BrandCommunity.latest, column=name) for name in census
    }
    agent_reporters = {name: operator.attrgetter(name) for name in _AGENT_REPORTS}
    return mesa.DataCollector(model_reporters, agent_reporters)


__all__ = ["BrandCommunity", "Consumer"]
