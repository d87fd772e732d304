"""The firm put together: receptor -> lens -> control center -> effectors, one call a day."""

from __future__ import annotations

from typing import Any

from equipoise.firm.interfaces import (
    ControlCenter,
    Deed,
    Effector,
    Market,
    Orders,
    Plant,
    Reading,
    Receptor,
    Verdict,
)
from equipoise.firm.wrappers import Budgeted, Executed, Filtered
from equipoise.settings.settings import Settings

NAN = float("nan")


class FirmLoop:
    """The firm's parts with their wrappers, and their states.

    In the evening ``decide`` is given the market of the day; in the next morning ``deeds`` says what takes
    effect. The market's ``truth`` is needed only if ``sees_truth``.
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
        self._receptor, self._control_center = receptor, control_center
        self._sensing: Any = receptor.init(plant)
        self._deciding: Any = control_center.init(plant)
        self._acting: list[Any] = [each.init(plant) for each in effectors]
        self._effectors = tuple(
            (name, f"effort_{name}", each)
            for name, each in zip(plant.effectors, effectors, strict=True)
        )
        self._focus = tuple(f"focus_{name}" for name in plant.departments)
        self._deeds: tuple[Deed, ...] = ()
        self.verdicts: tuple[Verdict, ...] = ()

    def deeds(self, day: int) -> tuple[Deed, ...]:
        """Return what takes effect in the morning of a day: the deeds of the evening before."""
        return self._deeds

    def decide(self, market: Market) -> dict[str, float]:
        """Sense, decide and set the effectors to work; return the day's log by the names of `record.LOG`.

        ``reading``, ``reading_error`` and ``reading_age`` of what is delivered today (nan = nothing), ``believed``,
        ``effort_<effector>`` ordered, ``focus_<department>``, and the ``cost`` of deciding and of what is
        really done. The verdicts reached today are in ``verdicts``.
        """
        reading, self._sensing = self._receptor.step(market, self._sensing)
        delivered = () if reading is None else (reading,)
        orders, self._deciding = self._control_center.step(market.day, delivered, self._deciding)
        log = self._heard(reading, orders)
        self._deeds = self._act(market.day, orders, log)
        log["cost"] = orders.cost + sum([deed.cost for deed in self._deeds])
        self.verdicts = orders.verdicts
        return log

    def _heard(self, reading: Reading | None, orders: Orders) -> dict[str, float]:
        log = {
            "reading": NAN,
            "reading_error": NAN,
            "reading_age": NAN,
            "believed": orders.believed,
        }
        if reading is not None:
            log["reading"], log["reading_error"] = reading.satisfaction, reading.error
            log["reading_age"] = reading.delivered - reading.observed
        log.update(zip(self._focus, orders.focus.tolist(), strict=False))
        return log

    def _act(self, day: int, orders: Orders, log: dict[str, float]) -> tuple[Deed, ...]:
        deeds = []
        for i, (name, column, effector) in enumerate(self._effectors):
            log[column] = effort = orders.efforts.get(name, 0.0)
            deed, self._acting[i] = effector.step(day, effort, orders.focus, self._acting[i])
            deeds.append(deed)
        return tuple(deeds)


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
