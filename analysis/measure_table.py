"""The table of measures: name, unit, better side, meaning and range of each."""

from __future__ import annotations

from typing import Literal, NamedTuple

BetterSide = Literal["higher", "lower", "neither"]
UNBOUNDED = float("inf")


class Measure(NamedTuple):
    """One measure of a run.

    Attributes:
        name: its name.
        unit: its unit.
        better: the better side; "neither" if strategies cannot be compared on it.
        meaning: a phrase.
        low: smallest possible value.
        high: largest possible value.
        group: heading that it stands under.
    """

    name: str
    unit: str
    better: BetterSide
    meaning: str
    low: float = 0.0
    high: float = UNBOUNDED
    group: str = ""


def _share(name: str, better: BetterSide, meaning: str) -> Measure:
    return Measure(name, "share", better, meaning, 0, 1)


def _level(name: str, better: BetterSide, meaning: str, low: float = 0) -> Measure:
    return Measure(name, "satisfaction", better, meaning, low, 1)


def _score(name: str, meaning: str) -> Measure:
    return Measure(name, "of 100", "higher", meaning, 0, 100)


# In the order in which a manager asks.
MEASURE_GROUPS: dict[str, tuple[Measure, ...]] = {
    "Homeostasis": (
        Measure("days", "days", "neither", "number of finished scored days"),
        _share(
            "time_in_band",
            "higher",
            "share of days with mean satisfaction inside its band, neither below nor above",
        ),
        _level("mean_satisfaction", "higher", "mean satisfaction of customers over scored days"),
        _level("lowest", "higher", "lowest daily mean satisfaction"),
        Measure(
            "troubles",
            "number",
            "neither",
            "number of troubles; a strike during an unsettled trouble belongs to that trouble",
        ),
        Measure("unsettled", "number", "lower", "troubles that did not settle before the end"),
        Measure(
            "settling_time",
            "days",
            "lower",
            "longest time from a strike until satisfaction stayed in its band for 14 days",
        ),
        Measure(
            "restricted_settling_time",
            "days",
            "lower",
            "settling time, with the time to the end of the run where satisfaction never settled",
        ),
        Measure(
            "recovery_half_life",
            "days",
            "lower",
            "longest time from the lowest day until half of a fall was recovered",
        ),
        _level(
            "steady_state_error",
            "neither",
            "mean of the last 28 days minus the set-point; negative = too low",
            low=-1,
        ),
        _level("iae_per_day", "lower", "mean absolute distance from the set-point"),
        Measure(
            "iae",
            "satisfaction x days",
            "lower",
            "absolute distance from the set-point, summed over days",
        ),
        _level("largest_deviation", "lower", "largest distance from the set-point"),
        Measure(
            "overshoot",
            "share",
            "lower",
            "largest rise above the set-point after a fall below the band, as a share of the fall",
        ),
        _share(
            "oscillation_index",
            "lower",
            "share of the variance of satisfaction explained by its strongest cycle",
        ),
        Measure("oscillation_period", "days", "neither", "period of that cycle"),
        _level("oscillation_amplitude", "lower", "amplitude of that cycle"),
    ),
    "Customers": (
        Measure("customers_lost", "people", "lower", "customers who left"),
        Measure("customers_won", "people", "higher", "people who became customers"),
        Measure("open_complaints", "cases", "lower", "mean number of open complaints"),
        _level(
            "worst_decile", "higher", "mean satisfaction of the least satisfied tenth of customers"
        ),
        _share("advocate_share", "higher", "mean share of customers who are advocates"),
        _level(
            "strata_gap",
            "neither",
            "highest stratum minus lowest; positive = the lowest fares worse",
            low=-1,
        ),
        _level("between_tribes", "lower", "spread between tribes over the last 28 days"),
        _level(
            "between_tribes_change",
            "lower",
            "change of the above from the first to the last 28 days; positive = tribes drift apart",
            low=-1,
        ),
        _level("within_tribes", "lower", "spread within tribes over the last 28 days"),
        _level(
            "within_tribes_change",
            "lower",
            "change of the above from the first to the last 28 days; "
            "positive = members drift apart",
            low=-1,
        ),
    ),
    "Word of mouth": (
        _share("positive_share", "higher", "share of posts that are positive"),
        Measure("positive_per_negative", "ratio", "higher", "positive posts per negative post"),
    ),
    "The firm's belief": (
        _level("gap", "lower", "mean absolute difference between belief and truth"),
        _level(
            "belief_bias",
            "neither",
            "mean of belief minus truth; positive = too optimistic",
            low=-1,
        ),
        _share(
            "green_while_red",
            "lower",
            "share of days on which the firm believes satisfaction in band while it is outside",
        ),
        _share(
            "red_while_green",
            "lower",
            "share of days on which the firm believes satisfaction outside its band while it is in",
        ),
        Measure(
            "notice_delay",
            "days",
            "lower",
            "longest time from leaving the band until the firm believes so",
        ),
        _share(
            "false_alarm",
            "lower",
            "share of days in band on which the firm believes satisfaction to be below it",
        ),
        _share("belief_known", "higher", "share of days on which the firm has a belief"),
    ),
    "The firm's verdicts": (
        Measure(
            "verdict_hits", "faults", "higher", "faults that it called systemic while they lasted"
        ),
        Measure("verdict_misses", "faults", "lower", "faults that it never called systemic"),
        Measure(
            "verdict_delay",
            "days",
            "lower",
            "median time from a fault's start until it was called systemic",
        ),
        Measure(
            "verdict_false_alarms",
            "verdicts",
            "lower",
            "systemic verdicts on departments without a fault",
        ),
        Measure(
            "verdict_rejections",
            "verdicts",
            "neither",
            "correct one-off verdicts on departments without a fault",
        ),
    ),
    "Characteristics of a social enterprise": (
        _score("connectivity", "mean of internal and external connectivity"),
        _score("internal_connectivity", "freshness of the deciders' readings, halved per week"),
        _score("external_connectivity", "share of people who follow the brand"),
        _score(
            "personal",
            "share of posts answered and not deleted, averaged with the share of detractors "
            "converted to advocates",
        ),
        _score("contextual", "share of questions and complaints closed in time, by firm or peers"),
        _score("mobile", "share of people reached on the day of a post"),
    ),
    "Money": (
        Measure(
            "net",
            "$",
            "higher",
            "operating result of the scored days: contribution minus marketing, steady fixes and "
            "the price of the policy",
            -UNBOUNDED,
        ),
        Measure("revenue", "$", "higher", "revenue from uses"),
        Measure("contribution", "$", "higher", "revenue left before service, marketing and fixes"),
        Measure(
            "cost",
            "$",
            "lower",
            "price of the policy on the scored days: sensing, deciding, acting",
        ),
        Measure("cost_sensing", "$", "lower", "price of the receptor"),
        Measure("cost_deciding", "$", "lower", "price of the control center and of meetings"),
        Measure("cost_acting", "$", "lower", "price of effort and of answers"),
    ),
}
MEASURES = tuple(
    measure._replace(group=heading)
    for heading, members in MEASURE_GROUPS.items()
    for measure in members
)
MEASURE_BY_NAME = {measure.name: measure for measure in MEASURES}
