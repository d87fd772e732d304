"""The firm as a feedback loop: receptor, control center and effectors, called once a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from equipoise.firm.contract import init_guarded, step_receptor
from equipoise.firm.interfaces import (
    DAYS_A_YEAR,
    ControlCenter,
    Deed,
    Effector,
    Market,
    Orders,
    Plant,
    Reading,
    Receptor,
)
from equipoise.firm.wrappers import BudgetWrapper, ExecutionWrapper, LensWrapper
from equipoise.settings.settings import Settings

_NAN = float("nan")


class DayCosts(NamedTuple):
    """Dollars spent in a day on sensing, deciding and acting."""

    sensing: float = 0.0
    deciding: float = 0.0
    acting: float = 0.0


_NO_COSTS = DayCosts()


@dataclass(frozen=True)
class FirmDay:
    """One day of the firm: the reading delivered (None = nothing), the orders, deeds and costs."""

    reading: Reading | None
    orders: Orders
    deeds: tuple[Deed, ...]
    costs: DayCosts = _NO_COSTS

    def columns(self, plant: Plant) -> dict[str, float]:
        """Return the day's values by the names of the record's log columns; nan = no reading.

        Without a focus the columns ``focus_<department>`` are left out.
        """
        reading, orders = self.reading, self.orders
        values = {"reading": _NAN, "reading_error": _NAN, "reading_age": _NAN}
        if reading is not None:
            values["reading"] = reading.satisfaction
            values["reading_error"] = reading.error
            values["reading_age"] = reading.delivered - reading.observed
        values["believed"] = orders.believed
        values |= {f"cost_{part}": cost for part, cost in self.costs._asdict().items()}
        values["cost"] = sum(self.costs)
        for effector in plant.effectors:
            values[f"effort_{effector}"] = orders.efforts.get(effector, 0.0)
        # An empty focus has no shares to log.
        for department, share in zip(plant.departments, orders.focus.tolist(), strict=False):
            values[f"focus_{department}"] = share
        return values


class FirmLoop:
    """The firm's parts and their states.

    In the evening ``decide`` turns the day's market into orders and deeds; ``deeds`` holds them
    until they take effect in the next morning.

    Attributes:
        plant: the firm as its parts know it.
        sees_truth: True if ``decide`` needs the market's ``truth``.
        deeds: the deeds of the last evening, in the order of the effectors; none at the start.
    """

    def __init__(
        self,
        plant: Plant,
        receptor: Receptor,
        control_center: ControlCenter,
        effectors: tuple[Effector, ...],
    ) -> None:
        self.plant = plant
        self.sees_truth = receptor.sees_truth
        self.deeds: tuple[Deed, ...] = ()
        self._receptor = receptor
        self._control_center = control_center
        self._effectors = effectors
        prices = [effector.price_year for effector in effectors]
        self._fixed_effector_cost = sum(prices) / DAYS_A_YEAR
        self._receptor_state = init_guarded(receptor, plant)
        self._control_state: Any = control_center.init(plant)
        self._effector_states: list[Any] = [effector.init(plant) for effector in effectors]

    def decide(self, market: Market, answer_cost: float = 0.0) -> FirmDay:
        """Sense, decide and set the effectors to work; return the record of the day.

        ``answer_cost`` holds the dollars that today's answers have cost, a part of acting.
        """
        reading, self._receptor_state = step_receptor(self._receptor, market, self._receptor_state)
        readings = () if reading is None else (reading,)
        orders, self._control_state = self._control_center.step(
            market.day, readings, self._control_state
        )
        # Deeds are decided in the evening; the world applies them on the next morning.
        self.deeds = self._act(market.day, orders)
        acting = answer_cost + sum([deed.cost for deed in self.deeds])
        costs = DayCosts(
            self._receptor.daily_cost(reading),
            orders.cost + self._control_center.daily_cost(),
            acting + self._fixed_effector_cost,
        )
        return FirmDay(reading, orders, self.deeds, costs)

    def _act(self, day: int, orders: Orders) -> tuple[Deed, ...]:
        deeds = []
        named = zip(self.plant.effectors, self._effectors, strict=True)
        for number, (name, effector) in enumerate(named):
            effort = orders.efforts.get(name, 0.0)
            state = self._effector_states[number]
            deed, state = effector.step(day, effort, orders.focus, state)
            self._effector_states[number] = state
            deeds.append(deed)
        return tuple(deeds)


def assemble_firm(settings: Settings, plant: Plant) -> FirmLoop:
    """Return the firm of the settings, each part in its wrapper.

    Raises:
        EquipoiseError: when a control center names an effector that the firm does not have.
    """
    receptor: Any = settings.receptor
    if settings.lens.layers:
        receptor = LensWrapper(receptor=receptor, lens=settings.lens)
    control_center = BudgetWrapper(control_center=settings.control_center)
    effectors = tuple(
        ExecutionWrapper.wrap(name, effector) for name, effector in settings.effector.items()
    )
    return FirmLoop(plant, receptor, control_center, effectors)
