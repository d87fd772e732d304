"""The firm put together: receptor -> lens -> control center -> effectors, one call a day."""

from __future__ import annotations

from typing import Any, NamedTuple

from equipoise.firm import departments
from equipoise.firm.signals import ControlCenter, Deed, Effector, Market, Orders, Plant, Reading, Receptor
from equipoise.firm.wrappers import Budgeted, Executed, Filtered
from equipoise.settings import Settings

NAN = float("nan")


class Log(NamedTuple):
    """What the firm heard, believed and did on a day.

    ``satisfaction``, ``error`` and ``observed`` are of the reading delivered today (nan, nan, -1 = none);
    ``ordered`` and ``done`` are efforts in the order of ``plant.effectors``; ``focus`` (D,); ``cost`` is money.
    """

    satisfaction: float
    error: float
    observed: int
    believed: float
    ordered: tuple[float, ...]
    done: tuple[float, ...]
    focus: Any
    cost: float


def plant_of(settings: Settings, population: int) -> Plant:
    """Return what every part may know of the firm before the first day."""
    firm = settings.firm
    shares = departments.matrix(firm)
    shares.setflags(write=False)
    return Plant(
        seed=settings.seed,
        days=settings.burn_in + settings.horizon,
        population=population,
        departments=tuple(firm.departments),
        matrix=shares,
        set_point=firm.set_point,
        band=firm.band,
        promise=firm.promise,
        budget=firm.budget,
        effectors=tuple(settings.effector),
    )


class FirmLoop:
    """The firm's parts with their wrappers, and their states.

    Give ``decide`` the market of each day in turn; its ``truth`` is needed only if ``sees_truth``.
    """

    __slots__ = ("_control_center", "_effectors", "_receptor", "_states", "plant", "sees_truth")

    def __init__(
        self, plant: Plant, receptor: Receptor, control_center: ControlCenter, effectors: tuple[Effector, ...]
    ) -> None:
        self.plant = plant
        self.sees_truth = receptor.sees_truth
        self._receptor, self._control_center, self._effectors = receptor, control_center, effectors
        acting = [each.init(plant) for each in effectors]
        self._states: tuple[Any, Any, list[Any]] = receptor.init(plant), control_center.init(plant), acting

    def decide(self, market: Market) -> tuple[tuple[Deed, ...], Log]:
        """Sense, decide and act for one day: deeds in the order of ``plant.effectors``, and the day's log."""
        sensing, deciding, acting = self._states
        reading, sensing = self._receptor.step(market, sensing)
        delivered = () if reading is None else (reading,)
        orders, deciding = self._control_center.step(market.day, delivered, deciding)
        self._states = sensing, deciding, acting
        deeds = self._act(market.day, orders, acting)
        return deeds, self._log(reading, orders, deeds)

    def _act(self, day: int, orders: Orders, acting: list[Any]) -> tuple[Deed, ...]:
        deeds = []
        for i, (name, effector) in enumerate(zip(self.plant.effectors, self._effectors, strict=True)):
            deed, acting[i] = effector.step(day, orders.efforts.get(name, 0.0), orders.focus, acting[i])
            deeds.append(deed)
        return tuple(deeds)

    def _log(self, reading: Reading | None, orders: Orders, deeds: tuple[Deed, ...]) -> Log:
        heard = (NAN, NAN, -1) if reading is None else (reading.satisfaction, reading.error, reading.observed)
        ordered = tuple([orders.efforts.get(name, 0.0) for name in self.plant.effectors])
        done = tuple([deed.effort for deed in deeds])
        cost = sum([deed.cost for deed in deeds])
        return Log(*heard, orders.believed, ordered, done, orders.focus, cost)


def assemble(settings: Settings, plant: Plant) -> FirmLoop:
    """Put the firm's parts together, each in its wrappers.

    Raises:
        EquipoiseError: when a control center names an effector that is not at hand.
    """
    receptor: Any = settings.receptor
    if settings.lens.layers:
        receptor = Filtered(receptor=receptor, lens=settings.lens)
    effectors = tuple(Executed.round(name, each) for name, each in settings.effector.items())
    return FirmLoop(plant, receptor, Budgeted(control_center=settings.control_center), effectors)
