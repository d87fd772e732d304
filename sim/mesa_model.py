"""The Mesa engine: one agent per consumer, the same steps and the same bits as the compiled engine.

The agents are views of the world's arrays (see `mesa_consumer`).
"""

from __future__ import annotations

import functools
import operator
from types import SimpleNamespace
from typing import Any

import mesa

from equipoise.consumers.census import CENSUS_COLUMNS, take_census
from equipoise.consumers.day import Day
from equipoise.consumers.state import NO_POST
from equipoise.errors import EquipoiseError
from equipoise.mesa_consumer import Consumer
from equipoise.model import World, run_compiled_day
from equipoise.network import Network
from equipoise.randomness import fill_day_keys
from equipoise.schedule import CONSUMER_STEPS, SOCIAL_STEPS
from equipoise.settings.settings import Settings, require_settings

_AGENT_REPORTS = ("satisfaction", "trust", "stage")


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
        settings = Settings(engine="agents") if settings is None else settings
        require_settings(settings, "BrandCommunity")
        if settings.engine != "agents":
            _refuse_overrides(consumer)
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


def _refuse_overrides(consumer: type[Consumer]) -> None:
    """Refuse a class of agents whose steps compiled loops would pass over.

    Raises:
        EquipoiseError: with the steps.
    """
    names = [step.name for step in (*CONSUMER_STEPS, *SOCIAL_STEPS)]
    names += ["draw", "move_satisfaction", "neighbours"]
    overridden = [name for name in names if getattr(consumer, name) is not getattr(Consumer, name)]
    if overridden:
        raise EquipoiseError(
            f"{consumer.__name__} overrides {', '.join(overridden)}, which the engine 'arrays' "
            "does not call. Give engine=agents."
        )


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
