"""What goes on inside the firm: how departments are connected, how they live its values, who knows the trade."""

from __future__ import annotations

import numpy as np

from equipoise.array_types import Floats
from equipoise.consumers.values import value_gap
from equipoise.settings.settings import Firm

ORDINARY = 0.5  # connectivity at which departments handle what their settings say
ALONE = 0.25  # a newcomer's pace of learning with nobody to ask, against full connectivity
REST = 1e-9  # nearer than this to its resting place is there


class InternalDynamics:
    """Connectivity, alignment and experience of D departments; all numbers and arrays (D,) are 0..1.

    **Connectivity** c is how fast and how whole information travels between departments. Of a repair, the share
    1 - silo * (1 - c) arrives at all, on average detour * (1 - c) days late: 1 / (1 + lag) of what is on its way
    arrives in a day. Handling changes by the factor 1 + knowledge * (c - 1/2). Efforts to connect raise c; by
    ``disconnect`` a day it goes back to where it started.

    **Alignment** a is the share of the way from enacted to claimed values that departments have gone. Efforts move
    a; what is not yet habit relapses, a' = a - relapse * (a - habit), and habit follows slowly, by 1 / inertia.

    **Experience** goes with those who leave. A department without any can do the share 1 - craft of what it could;
    newcomers learn learning * (1/4 + 3/4 c) a day of what they lack.
    """

    __slots__ = (
        "_firm",
        "_steady",
        "alignment",
        "connectivity",
        "experience",
        "habit",
        "on_the_way",
    )

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._steady = True
        self.connectivity = firm.connectivity
        self.alignment = self.habit = 0.0
        self.experience = np.ones(len(firm.departments))
        self.on_the_way = np.zeros(len(firm.departments))

    @property
    def skill(self) -> Floats:
        """What each department can do, against what it could with all its experience, shape (D,)."""
        return 1.0 - self._firm.craft * (1.0 - self.experience)

    @property
    def handling(self) -> Floats:
        """How much each department can handle, against what its settings say, shape (D,) 0 or more."""
        return self.skill * max(1.0 + self._firm.knowledge * (self.connectivity - ORDINARY), 0.0)

    @property
    def is_active(self) -> bool:
        """Whether anything inside differs from its resting place."""
        return not self._steady

    def advance_day(self) -> Floats | None:
        """Relapse, forget, learn; return the repair that arrives in the morning (D,), if any does."""
        if self._steady:
            return None
        firm, start = self._firm, self._firm.connectivity
        self.connectivity = _near(
            self.connectivity - firm.disconnect * (self.connectivity - start), start
        )
        self._get_used()
        lacking = 1.0 - self.experience
        if lacking.any():
            pace = firm.learning * (ALONE + (1.0 - ALONE) * self.connectivity)
            self.experience = np.where(lacking < REST, 1.0, self.experience + pace * lacking)
        arriving = None
        if self.on_the_way.any():
            arriving = self.on_the_way * self._pace()
            self.on_the_way = np.where(self.on_the_way < REST, 0.0, self.on_the_way - arriving)
        self._steady = self._rests()
        return arriving

    def _get_used(self) -> None:
        """Relapse toward habit, and let habit follow."""
        done, firm = self.alignment, self._firm
        self.habit = _near(self.habit + (done - self.habit) / max(firm.inertia, 1), done)
        self.alignment = _near(done - firm.relapse * (done - self.habit), self.habit)

    def _rests(self) -> bool:
        at_rest = self.connectivity == self._firm.connectivity and self.alignment == self.habit
        return bool(at_rest and (self.experience == 1.0).all() and not self.on_the_way.any())

    def _pace(self) -> float:
        """Return the share of what is on its way that arrives in a day."""
        return 1.0 / (1.0 + self._firm.detour * (1.0 - self.connectivity))

    def send_repair(self, repair: Floats) -> Floats:
        """Send a repair (D,) on its way; return what of it arrives at once."""
        whole, pace = 1.0 - self._firm.silo * (1.0 - self.connectivity), self._pace()
        if pace < 1.0:
            self.on_the_way = self.on_the_way + (1.0 - pace) * whole * repair
            self._steady = False
        return pace * whole * repair

    def apply_efforts(self, align: float, connect: float) -> None:
        """Go shares of the way to the claimed values, and to full connectivity."""
        self.alignment += align * (1.0 - self.alignment)
        self.connectivity += connect * (1.0 - self.connectivity)
        self._steady = self._steady and not align and not connect

    def lose_experience(self, shares: Floats) -> None:
        """Let shares (D,) of the experience leave."""
        self.experience = self.experience * (1.0 - shares)
        self._steady = False

    def enacted_values(self, enacted: Floats | None = None) -> Floats:
        """Return the values enacted today (10,): of the firm's settings, or those given, moved toward the claimed."""
        base = np.asarray(self._firm.enacted if enacted is None else enacted, np.float64)
        if not self.alignment:
            return base
        return base + self.alignment * (np.asarray(self._firm.claimed) - base)

    def gap(self, enacted: Floats | None = None) -> float:
        """Return today's gap between claimed and enacted values, 0..1."""
        return value_gap(self._firm.claimed, self.enacted_values(enacted).tolist())


def _near(x: float, rest: float) -> float:
    """Return x, or its resting place once it is near."""
    return rest if abs(x - rest) < REST else x
