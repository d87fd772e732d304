"""The scorecard of a social enterprise: how connected, personal, contextual and mobile a firm is, 0..100 each.

Kalma's four characteristics (concepts.md, S4-02 to S4-15) come without numbers. The formulas are our reading of
them, made from what a run records: a checklist to be tested (S4-18), not an established measure. Each is nan when
there is nothing to count.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from equipoise.analysis.measures import daily_share, mean, positive_ratio, total
from equipoise.array_types import Floats
from equipoise.consumers.state import OUTCOMES, STAGES

FRESH = 7.0  # days after which what a firm knows is worth half


def internal_connectivity(reading_age: Floats, first: int = 0) -> float:
    """Return connectivity inside the firm: 100 x mean over scored days of (1/2)^(a / 7 days).

    a is the age that day of the freshest observation which has reached those who decide; a day on which nothing
    has ever reached them counts 0. So hierarchy, delay and rare reports cost alike. Closeness between departments
    counts only as far as it speeds news: how repairs travel is not recorded.

    Args:
        reading_age: days from observation to delivery of what was delivered each day (nan = nothing), burn-in first.
        first: the first scored day.
    """
    day = np.arange(len(reading_age), dtype=float)
    observed = np.where(np.isfinite(reading_age), day - reading_age, -np.inf)
    age = day - np.maximum.accumulate(observed)
    return 100.0 * mean(0.5 ** (age[first:] / FRESH))


def external_connectivity(followers: Floats, people: Floats) -> float:
    """Return connectivity with the outside: 100 x mean share of people who follow the brand."""
    return 100.0 * daily_share(followers, people)


def personal_score(of: Mapping[str, Floats]) -> float:
    """Return how far everybody has a voice that counts: 100 x mean of two shares, or the one there is.

    - voices: questions and complaints answered, by the firm (even late) or by peers / all closed, x the share of
      posts that the firm left standing (1 without posts).
    - turned: detractors who turned advocates / (those who turned + those who are detractors on the last day with
      customers). Detractors who left are in neither.
    """
    closed = _count_closed(of)
    answered = positive_ratio(sum(closed.values()) - closed["given_up"], sum(closed.values()))
    standing, deleted = total(of["positive"]) + total(of["negative"]), total(of["deleted"])
    heard = positive_ratio(standing, standing + deleted)
    turned = total(of["turned"])
    still = of["detractors"][np.isfinite(of["satisfaction"])][-1:]
    voices = answered if np.isnan(heard) else answered * heard
    return 100.0 * mean(np.array([voices, positive_ratio(turned, turned + total(still))]))


def contextual_score(of: Mapping[str, Floats]) -> float:
    """Return how far people get what they need when they need it: 100 x cases closed in time / all closed.

    Cases are questions and complaints; in time are those that the firm closed while an answer was worth at least half
    (`freshness` days) or peers did. Firms answer the oldest first: with fewer hands than cases everybody waits nearly
    until `patience` ends, so that next to nobody is answered in time. A score near 0 is then no fault of the measure:
    it falls from 100 within a narrow range of capacity, as queues do.
    """
    closed = _count_closed(of)
    return 100.0 * positive_ratio(closed["in_time"] + closed["by_peers"], sum(closed.values()))


def mobile_score(checked_in: Floats, people: Floats) -> float:
    """Return how far people are reached on the day: 100 x mean share of people who heard today what others said."""
    return 100.0 * daily_share(checked_in, people)


def people_by_day(of: Mapping[str, Floats]) -> Floats:
    """Return the number of people by day, at whatever stage they are."""
    people: Floats = np.sum([of[f"stage_{stage}"] for stage in STAGES], axis=0)
    return people


def compute_characteristics(
    of: Mapping[str, Floats], reading_age: Floats, first: int = 0
) -> dict[str, float]:
    """Return the four characteristics, and the two sides of the first, of one world's scored days.

    Connectivity is the mean of its sides, or the one there is.

    Args:
        of: columns of scored days by name.
        reading_age: as `internal` takes it, burn-in included, for news that is older than the first scored day.
        first: the first scored day.
    """
    people = people_by_day(of)
    inside, outside = (
        internal_connectivity(reading_age, first),
        external_connectivity(of["followers"], people),
    )
    return {
        "connectivity": mean(np.array([inside, outside])),
        "internal_connectivity": inside,
        "external_connectivity": outside,
        "personal": personal_score(of),
        "contextual": contextual_score(of),
        "mobile": mobile_score(of["checked_in"], people),
    }


def _count_closed(of: Mapping[str, Floats]) -> dict[str, float]:
    """Return how many cases were closed, by outcome."""
    return {name: total(of[f"closed_{name}"]) for name in OUTCOMES[1:]}
