"""Internal dynamics of the firm: connectivity, alignment with claimed values, staff experience."""

from __future__ import annotations

import numpy as np

from equipoise.array_types import Floats
from equipoise.settings.settings import Firm

NEUTRAL_CONNECTIVITY = 0.5  # at which departments handle what their settings say
UNCONNECTED_PACE = 0.25  # of newcomers' learning without connectivity, relative to full
_NEAR_REST = 1e-9  # a variable this near to its resting place has arrived


class InternalDynamics:
    """Connectivity, alignment and experience of D departments; all between 0 and 1.

    **Connectivity** c is the speed and completeness of information between departments. Of a
    repair, the share 1 - silo * (1 - c) arrives, on average detour * (1 - c) days late: each day
    brings 1 / (1 + lag) of what is on its way. The capacity of departments changes by the factor
    1 + knowledge * (c - 1/2). Efforts to connect raise c; it returns to its start by
    ``disconnect`` a day.

    **Alignment** a is the share of the way from enacted to claimed values. Efforts raise a; what is
    not yet habit relapses, a' = a - relapse * (a - habit); habit follows a by 1 / inertia a day.

    **Experience** e leaves with staff. A department's capability has the factor
    1 - craft * (1 - e); newcomers learn learning * (1/4 + 3/4 c) a day of what they lack.
    """

    __slots__ = (
        "_firm",
        "_is_resting",
        "alignment",
        "connectivity",
        "experience",
        "habit",
        "pending_repair",
    )

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._is_resting = True
        self.connectivity = firm.connectivity
        self.alignment = 0.0
        self.habit = 0.0
        self.experience = np.ones(len(firm.departments))
        self.pending_repair = np.zeros(len(firm.departments))

    @property
    def is_active(self) -> bool:
        """True if any variable differs from its resting place."""
        return not self._is_resting

    @property
    def skill(self) -> Floats:
        """Factor of capability (D,): 1 with full experience."""
        return 1.0 - self._firm.craft * (1.0 - self.experience)

    @property
    def handling(self) -> Floats:
        """Factor of capacity (D,): 1 with full experience and neutral connectivity."""
        knowledge = self._firm.knowledge * (self.connectivity - NEUTRAL_CONNECTIVITY)
        # Much knowledge and little connectivity would make the factor negative.
        return self.skill * max(1.0 + knowledge, 0.0)

    def advance_day(self) -> Floats | None:
        """Move all variables by one day; return the repair that arrives (D,), if any."""
        # Most firms rest on most days, which saves time.
        if self._is_resting:
            return None
        self._return_to_start()
        self._update_alignment()
        self._learn()
        arriving = self._receive_repair()
        self._is_resting = self._has_settled()
        return arriving

    def send_repair(self, repair: Floats) -> Floats:
        """Send a repair (D,) on its way; return the part that arrives at once (D,)."""
        whole = 1.0 - self._firm.silo * (1.0 - self.connectivity)
        daily_share = self._arriving_share()
        if daily_share < 1.0:
            self.pending_repair = self.pending_repair + (1.0 - daily_share) * whole * repair
            self._is_resting = False
        return daily_share * whole * repair

    def apply_efforts(self, align: float, connect: float) -> None:
        """Raise alignment and connectivity by these shares of the way to 1."""
        self.alignment += align * (1.0 - self.alignment)
        self.connectivity += connect * (1.0 - self.connectivity)
        if align or connect:
            self._is_resting = False

    def lose_experience(self, shares: Floats) -> None:
        """Remove these shares of experience (D,)."""
        self.experience = self.experience * (1.0 - shares)
        self._is_resting = False

    def align_values(self, enacted: Floats | None = None) -> Floats:
        """Return the values enacted today (10,): the given ones, moved toward the claimed ones.

        Without an argument, those of the settings are moved.
        """
        base = np.asarray(self._firm.enacted if enacted is None else enacted, np.float64)
        if not self.alignment:
            return base
        return base + self.alignment * (np.asarray(self._firm.claimed) - base)

    def _return_to_start(self) -> None:
        start = self._firm.connectivity
        excess = self.connectivity - start
        self.connectivity = _snap(self.connectivity - self._firm.disconnect * excess, start)

    def _update_alignment(self) -> None:
        """Let habit follow alignment, and alignment relapse toward habit."""
        # With an inertia of 0 or 1 day, alignment becomes a habit at once.
        inertia = max(self._firm.inertia, 1)
        alignment = self.alignment
        gained = (alignment - self.habit) / inertia
        self.habit = _snap(self.habit + gained, alignment)
        lost = self._firm.relapse * (alignment - self.habit)
        self.alignment = _snap(alignment - lost, self.habit)

    def _learn(self) -> None:
        missing = 1.0 - self.experience
        if not missing.any():
            return
        pace = UNCONNECTED_PACE + (1.0 - UNCONNECTED_PACE) * self.connectivity
        learned = self.experience + self._firm.learning * pace * missing
        # Newcomers who lack almost nothing have learned all, so that learning ends.
        self.experience = np.where(missing < _NEAR_REST, 1.0, learned)

    def _receive_repair(self) -> Floats | None:
        if not self.pending_repair.any():
            return None
        arriving = self.pending_repair * self._arriving_share()
        is_over = self.pending_repair < _NEAR_REST
        self.pending_repair = np.where(is_over, 0.0, self.pending_repair - arriving)
        return arriving

    def _arriving_share(self) -> float:
        """Return the share of a repair on its way that arrives in a day."""
        return 1.0 / (1.0 + self._firm.detour * (1.0 - self.connectivity))

    def _has_settled(self) -> bool:
        if self.connectivity != self._firm.connectivity or self.alignment != self.habit:
            return False
        is_complete = bool((self.experience == 1.0).all())
        return is_complete and not self.pending_repair.any()


def _snap(value: float, rest: float) -> float:
    """Return the resting place if the value is near it, else the value."""
    # Exponential decay would never end, and the firm never rest.
    return rest if abs(value - rest) < _NEAR_REST else value
