"""Scorecard of a social enterprise: how connected, personal, contextual and mobile a firm is.

Kalma's four characteristics (concepts.md, S4-02 to S4-15) come without numbers. The formulas are
our reading of them, made from what a run records: a checklist to be tested (S4-18), not an
established measure. Each lies in 0..100, and is nan when there is nothing to count.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from equipoise.analysis.measures import daily_share, mean, positive_ratio, total
from equipoise.array_types import Floats
from equipoise.consumers.state import OUTCOMES, STAGES

FRESH = 7.0  # days after which an observation is worth half


def internal_connectivity(reading_age: Floats, first: int = 0) -> float:
    """Return connectivity inside the firm: 100 x mean over scored days of (1/2)^(a / 7 days).

    a is the age on that day of the freshest observation that has reached the decision makers; a day
    before any observation counts 0. Hierarchy, delay and rare reports therefore cost alike.
    Closeness between departments counts only as far as it speeds news: how repairs travel is not
    recorded.

    Args:
        reading_age: days from observation to delivery of the report of each day (nan = none),
            burn-in first.
        first: the first scored day.
    """
    day = np.arange(len(reading_age), dtype=float)
    observed = np.where(np.isfinite(reading_age), day - reading_age, -np.inf)
    age = day - np.maximum.accumulate(observed)
    return 100.0 * mean(0.5 ** (age[first:] / FRESH))


def external_connectivity(followers: Floats, people: Floats) -> float:
    """Return connectivity with the outside: 100 x mean share of people who follow the brand."""
    return 100.0 * daily_share(followers, people)


def personal_score(days: Mapping[str, Floats]) -> float:
    """Return the weight of each person's voice: 100 x mean of two shares, or the one there is.

    - voices: questions and complaints answered, by the firm (even late) or by peers / all closed,
      x the share of posts that the firm left standing (1 without posts).
    - turned: detractors who turned advocates / (those who turned + detractors on the last day with
      customers). Detractors who left are in neither.
    """
    closed = _count_closed(days)
    all_closed = sum(closed.values())
    answered = positive_ratio(all_closed - closed["given_up"], all_closed)
    standing = total(days["positive"]) + total(days["negative"])
    heard = positive_ratio(standing, standing + total(days["deleted"]))
    voices = answered if np.isnan(heard) else answered * heard
    turned = total(days["turned"])
    remaining = days["detractors"][np.isfinite(days["satisfaction"])][-1:]
    conversion = positive_ratio(turned, turned + total(remaining))
    return 100.0 * mean(np.array([voices, conversion]))


def contextual_score(days: Mapping[str, Floats]) -> float:
    """Return the share of needs met in time: 100 x cases closed in time / all closed cases.

    Cases are questions and complaints; in time are those that the firm closed while an answer was
    worth at least half (`freshness` days), or that peers closed. Firms answer the oldest first:
    with less capacity than cases, each case waits nearly until `patience` ends, and hardly any is
    answered in time. The score then falls from 100 to 0 within a narrow range of capacity, as in
    any queue.
    """
    closed = _count_closed(days)
    in_time = closed["in_time"] + closed["by_peers"]
    return 100.0 * positive_ratio(in_time, sum(closed.values()))


def mobile_score(checked_in: Floats, people: Floats) -> float:
    """Return the reach within a day: 100 x mean share of people who heard others that day."""
    return 100.0 * daily_share(checked_in, people)


def people_by_day(days: Mapping[str, Floats]) -> Floats:
    """Return the number of people on each day, at any stage."""
    people: Floats = np.sum([days[f"stage_{stage}"] for stage in STAGES], axis=0)
    return people


def compute_characteristics(
    days: Mapping[str, Floats], reading_age: Floats, first: int = 0
) -> dict[str, float]:
    """Return the four characteristics, and the two sides of the first, of one world's scored days.

    Connectivity is the mean of its sides, or the one there is.

    Args:
        days: columns of scored days by name.
        reading_age: as `internal_connectivity` takes it, burn-in included: reports may be older
            than the first scored day.
        first: the first scored day.
    """
    people = people_by_day(days)
    inside = internal_connectivity(reading_age, first)
    outside = external_connectivity(days["followers"], people)
    return {
        "connectivity": mean(np.array([inside, outside])),
        "internal_connectivity": inside,
        "external_connectivity": outside,
        "personal": personal_score(days),
        "contextual": contextual_score(days),
        "mobile": mobile_score(days["checked_in"], people),
    }


def _count_closed(days: Mapping[str, Floats]) -> dict[str, float]:
    """Return the number of closed cases by outcome."""
    return {name: total(days[f"closed_{name}"]) for name in OUTCOMES[1:]}
