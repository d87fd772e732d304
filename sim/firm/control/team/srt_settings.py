"""Settings of the Strategic Response Team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field, model_validator

from equipoise.errors import unknown_name_message
from equipoise.firm.control.team.control_charts import ChartRule, ControlChart
from equipoise.firm.control.team.evidence import Discussed
from equipoise.firm.control.team.voting import MAX_SEATS, PerceptionError, Voting
from equipoise.firm.interfaces import ControlCenter
from equipoise.settings.schema import assumption, choice, setting

_MAX_DAYS = 36500


class SrtSettings(ControlCenter):
    """Settings of the Strategic Response Team, and what follows from them alone."""

    cadence: int = choice(7, "days from one meeting to the next", low=1, high=3650, unit="day")
    alarm: float = choice(
        4.0,
        "standard deviations of trouble above the usual that call a meeting early",
        off=0.0,
        off_means="never",
        low=0,
        high=100,
    )
    seats: dict[str, Annotated[int, Field(ge=0, le=MAX_SEATS)]] = choice(
        {}, "seats by department, 0 to 5; empty = two for each, else none for those not named"
    )
    voting: Voting = setting(
        "equal", "whose votes count: all alike, by weight, the loudest, or one drawn at random"
    )
    weights: dict[str, Annotated[float, Field(ge=0)]] = choice(
        {}, "weight of a department's seats, 1 when not named; for voting weighted and loudest"
    )
    messengers: tuple[str, ...] = setting(
        ("marketing",), "departments that see every problem as one of messaging"
    )
    dissent: float = choice(
        0.0, "chance that a member argues against the standing belief", off=0.0, low=0, high=1
    )
    confirmation: float = assumption(
        0.3,
        "pull of the standing verdict on what is seen",
        off=0.0,
        low=0,
        high=10,
        unit="standard deviations",
        source="Hart et al. 2009",
    )
    lengthening: float = assumption(
        4.0,
        "how much longer an item lasts when all dissent",
        off=0.0,
        low=0,
        high=100,
        source="Schulz-Hardt et al. 2006",
    )
    defensiveness: float = assumption(
        0.3,
        "share of the trouble in one's own department that is discounted",
        off=0.0,
        low=0,
        high=1,
    )
    insight: float = assumption(
        0.5, "error in seeing one's own department", low=0, high=100, unit="standard deviations"
    )
    hearsay: float = assumption(
        1.5, "error in seeing another department", low=0, high=100, unit="standard deviations"
    )
    openness: float = assumption(
        0.5, "how far members come to the view of the table", off=0.0, low=0, high=1
    )
    agenda: float = assumption(3.0, "items a meeting has time for", low=0.01, high=100)
    notice: float = choice(
        1.0, "standard deviations from which a topic gets onto the agenda", low=-10, high=100
    )
    discussed: Discussed = setting("both", "what is brought to the table: trouble, praise, or both")
    reading: float = assumption(
        100.0, "reports that one seat can read for a meeting", low=0.01, high=1e9
    )
    coordination: float = assumption(
        1.0, "reports unread for each pair of seats, which must agree", off=0.0, low=0, high=1e6
    )
    paralysis: float = assumption(
        0.5, "how much less is read, per load above capacity", off=0.0, low=0, high=100
    )
    rule: ChartRule = setting("cusum", "how a one-off is told from something systemic")
    k: float = choice(
        0.5,
        "reference value of the CUSUM",
        low=0,
        high=100,
        unit="standard deviations",
        source="Page 1954",
    )
    h: float = choice(
        4.0, "limit of the CUSUM", low=0, high=1000, unit="standard deviations", source="Page 1954"
    )
    weight: float = choice(
        0.2, "weight of the latest meeting in the EWMA", low=0.001, high=1, source="Roberts 1959"
    )
    width: float = choice(
        3.0,
        "limit of the Shewhart and EWMA charts, in their standard deviations",
        low=0,
        high=100,
        source="Shewhart 1931",
    )
    learning: int = choice(8, "meetings that only learn what is usual", low=1, high=1000)
    usual: float = choice(180.0, "memory for what is usual", low=1, high=36500, unit="day")
    systemic_effort: float = choice(
        1.0, "share of the budget for each systemic matter", low=0, high=1
    )
    one_off_effort: float = choice(0.3, "share of the budget for each one-off", low=0, high=1)
    replicate_effort: float = choice(
        0.3, "share of the budget for each delight to replicate", low=0, high=1
    )
    routine: dict[str, Annotated[float, Field(ge=0, le=1)]] = choice(
        {}, "effort that is never cut, by effector"
    )
    seat_cost: float = assumption(
        170.0,
        "price of one seat at one meeting: two hours at $85",
        low=0,
        high=1e6,
        unit="$",
        source="US BLS, Employer Costs for Employee Compensation",
        keywords=("staff",),
    )

    @model_validator(mode="after")
    def _check_learning_time(self) -> SrtSettings:
        if self.cadence * self.learning > _MAX_DAYS:
            raise ValueError(
                "cadence * learning must be at most 36500 days: the team would never decide."
            )
        return self

    @property
    def chart(self) -> ControlChart:
        """Control chart of each topic."""
        return ControlChart(self.rule, self.k, self.h, self.weight, self.width)

    @property
    def perception_error(self) -> PerceptionError:
        """Errors with which a seat perceives departments."""
        return PerceptionError(own=self.insight, other=self.hearsay)

    @property
    def effector_names(self) -> tuple[str, ...]:
        """Effectors of the routine."""
        return tuple(self.routine)

    def find_unknown_names(
        self, effectors: Sequence[str], departments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return one line for each unknown name, and one if no seat is taken."""
        lines = _find_unknown("control_center.routine", self.routine, effectors)
        lines += _find_unknown("control_center.seats", self.seats, departments)
        lines += _find_unknown("control_center.weights", self.weights, departments)
        # a firm of other departments need not change the default messengers
        if self.messengers != type(self).model_fields["messengers"].default:
            lines += _find_unknown("control_center.messengers", self.messengers, departments)
        if self.seats and not any(self.seats.values()):
            lines.append(
                "control_center.seats leaves the table empty: give at least one department a seat."
            )
        return tuple(lines)


def _find_unknown(setting_name: str, names: Iterable[str], allowed: Sequence[str]) -> list[str]:
    """Return one line for each name that is not allowed."""
    unknown = [name for name in names if name not in allowed]
    return [unknown_name_message(setting_name, name, allowed) for name in unknown]
