"""The daily census of a community: one table of columns, and the one count that both engines share."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from equipoise.array_types import Floats, Indices, Ints, StructuredArray
from equipoise.compilation import compile_entry, compile_loop
from equipoise.consumers.state import (
    CLOSED_BY_PEERS,
    COMPLAINT,
    CUSTOMER,
    NO_CASE,
    NOT_CLOSED,
    OUTCOMES,
    POSTS,
    SATISFACTION_CAUSES,
    STAGES,
    State,
)
from equipoise.consumers.traits import DRIVE_NAMES, Traits

HISTOGRAM_BINS = 1000  # of the histogram behind quantiles: their resolution is 1/1000 of the scale


class RecordColumn(NamedTuple):
    """One column of the daily record, or one family of columns: name, unit, meaning, members of the family."""

    name: str
    unit: str
    meaning: str
    members: tuple[str, ...] = ()


CENSUS_COLUMNS = (
    RecordColumn("satisfaction", "0..1", "mean satisfaction of customers (nan without customers)"),
    RecordColumn("spread", "0..1", "standard deviation of satisfaction between customers"),
    RecordColumn("q10", "0..1", "tenth percentile of customers' satisfaction"),
    RecordColumn("q50", "0..1", "median of customers' satisfaction"),
    RecordColumn("q90", "0..1", "ninetieth percentile of customers' satisfaction"),
    RecordColumn(
        "worst_decile", "0..1", "mean satisfaction of the least satisfied tenth of customers"
    ),
    RecordColumn("expectation", "0..1", "mean expectation of customers over drives"),
    RecordColumn("trust", "0..1", "mean trust of customers"),
    RecordColumn("norm", "0..1", "mean of what all people believe others think"),
    RecordColumn("depth", "0..1", "mean depth of customers"),
    RecordColumn("fatigue", "0..1", "mean fatigue of followers"),
    RecordColumn("followers", "people", "people who follow the brand"),
    RecordColumn("uses", "people", "customers who used the product"),
    RecordColumn("automatic", "people", "of these, with System 1 in charge"),
    RecordColumn("upset", "people", "of these, upset by their use"),
    RecordColumn("joined", "people", "people who became customers"),
    RecordColumn("left", "people", "customers who left"),
    RecordColumn("positive", "posts", "posts with positive valence"),
    RecordColumn("negative", "posts", "posts with negative valence"),
    RecordColumn("valence", "posts", "sum of the valence of all posts"),
    RecordColumn("deleted", "posts", "posts deleted by the firm"),
    RecordColumn("creating", "people", "people who created with the firm"),
    RecordColumn("checked_in", "people", "people who heard today what others said"),
    RecordColumn("advocates", "people", "customers who are advocates"),
    RecordColumn(
        "detractors",
        "people",
        "customers who are detractors, or have been and are not yet advocates",
    ),
    RecordColumn("turned", "people", "detractors who turned advocates today"),
    RecordColumn("low_stratum", "0..1", "mean satisfaction of customers in the lowest stratum"),
    RecordColumn("high_stratum", "0..1", "mean satisfaction of customers in the highest stratum"),
    RecordColumn(
        "between_tribes",
        "0..1",
        "standard deviation of tribes' mean satisfaction, weighted by customers",
    ),
    RecordColumn("within_tribes", "0..1", "standard deviation of satisfaction within tribes"),
    RecordColumn("open_questions", "cases", "questions open at the end of the day"),
    RecordColumn("open_complaints", "cases", "complaints open at the end of the day"),
    RecordColumn(
        "closed", "cases", "questions and complaints closed today, by outcome", OUTCOMES[1:]
    ),
    RecordColumn("stage", "people", "people at a stage of the social feedback cycle", STAGES),
    RecordColumn("posts", "posts", "public posts by kind", POSTS[1:]),
    RecordColumn("trouble", "posts", "negative posts by drive", DRIVE_NAMES),
    RecordColumn("praise", "posts", "positive posts by drive", DRIVE_NAMES),
    RecordColumn("complaints", "cases", "complaints opened today by drive", DRIVE_NAMES),
    RecordColumn("questions", "cases", "questions opened today by drive", DRIVE_NAMES),
    RecordColumn(
        "by", "1/day", "change of mean satisfaction by cause", (*SATISFACTION_CAUSES, "turnover")
    ),
)
CENSUS_DTYPE = np.dtype(
    [(c.name, np.float64, (len(c.members),) if c.members else ()) for c in CENSUS_COLUMNS]
)


class CensusWorkspace(NamedTuple):
    """What a census counts on: customers by satisfaction, (BINS,), by tribe, (2, T), and by stratum, (2, S).

    Of a tribe and a stratum are noted its customers and the sum of their satisfaction.
    """

    bins: Ints
    tribes: Floats
    strata: Floats


def new_census_workspace(traits: Traits) -> CensusWorkspace:
    """Return a sheet for a community."""
    tribes, strata = int(traits.tribe.max()) + 1, int(traits.stratum.max()) + 1
    return CensusWorkspace(
        np.zeros(HISTOGRAM_BINS, np.int64), np.zeros((2, tribes)), np.zeros((2, strata))
    )


@compile_loop
def _count(p: State, day: int, row: Any) -> None:
    """Count stages and followers, and what opened or closed today."""
    followers, fatigue, norm, checked_in = 0.0, 0.0, 0.0, 0.0
    for i in range(p.stage.shape[0]):
        row.stage[p.stage[i]] += 1.0
        followers += p.follows[i]
        fatigue += p.fatigue[i] * p.follows[i]
        norm += p.norm[i]
        checked_in += p.checked_in[i]
        if p.creating[i]:
            row.creating += 1.0
        if p.outcome[i] != NOT_CLOSED:
            row.closed[p.outcome[i] - 1] += 1.0
            if p.outcome[i] == CLOSED_BY_PEERS and p.since[i] == day:
                row.questions[p.topic[i]] += 1.0
        if p.case[i] != NO_CASE:
            _count_case(p.case[i], p.topic[i], p.since[i] == day, row)
    row.followers, row.fatigue = followers, fatigue / followers if followers > 0.0 else 0.0
    row.norm, row.checked_in = norm / p.stage.shape[0], checked_in


@compile_loop
def _count_case(case: int, topic: int, new: bool, row: Any) -> None:
    """Count one open case."""
    if case == COMPLAINT:
        row.open_complaints += 1.0
        if new:
            row.complaints[topic] += 1.0
    else:
        row.open_questions += 1.0
        if new:
            row.questions[topic] += 1.0


@compile_loop
def _count_posts(p: State, speakers: Indices, neutral: float, row: Any) -> None:
    """Count the posts of the day by kind, valence and topic."""
    for i in speakers:
        if p.deleted[i]:
            row.deleted += 1.0
            continue
        row.posts[p.post[i] - 1] += 1.0
        row.valence += p.valence[i]
        if p.valence[i] < neutral:
            row.negative += 1.0
            row.trouble[p.topic[i]] += 1.0
        else:
            row.positive += 1.0
            row.praise[p.topic[i]] += 1.0


@compile_loop
def _sum_customers(p: State, bins: Ints, row: Any) -> tuple[float, float, float]:
    """Sum over customers; return the sums of satisfaction, its square, and satisfaction at the day's start."""
    now, square, before, trust, depth, expectation = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(p.stage.shape[0]):
        if p.used[i]:
            row.uses += 1.0
            row.automatic += p.automatic[i]
            row.upset += p.upset[i]
        if p.stage[i] != CUSTOMER:
            row.left += p.customer_before[i]
            continue
        row.joined += not p.customer_before[i]
        s = np.float64(p.satisfaction[i])
        now += s
        square += s * s
        before += p.start[i]
        bins[min(int(s * HISTOGRAM_BINS), HISTOGRAM_BINS - 1)] += 1
        trust += p.trust[i]
        depth += p.depth[i]
        e = p.expectation[i]
        expectation += 0.25 * ((np.float64(e[0]) + e[1]) + (np.float64(e[2]) + e[3]))
        for cause in range(p.moved.shape[1]):
            row.by[cause] += p.moved[i, cause]
    row.trust, row.depth, row.expectation = trust, depth, expectation
    return now, square, before


@compile_loop
def _divide(p: State, t: Traits, advocate: float, tribes: Floats, strata: Floats, row: Any) -> None:
    """Count advocates and detractors; sum satisfaction by tribe and by stratum.

    ``tribes`` (2, T) and ``strata`` (2, S), zeroed, take the customers and the sum of their satisfaction.
    """
    for i in range(p.stage.shape[0]):
        if p.stage[i] != CUSTOMER:
            continue
        s = np.float64(p.satisfaction[i])
        tribes[0, t.tribe[i]] += 1.0
        tribes[1, t.tribe[i]] += s
        strata[0, t.stratum[i]] += 1.0
        strata[1, t.stratum[i]] += s
        pleased = s > advocate
        row.advocates += pleased
        if p.detractor[i]:
            row.turned += pleased
            row.detractors += not pleased
            p.detractor[i] = not pleased
    row.low_stratum = strata[1, 0] / strata[0, 0] if strata[0, 0] > 0.0 else np.nan
    row.high_stratum = strata[1, -1] / strata[0, -1] if strata[0, -1] > 0.0 else np.nan


@compile_loop
def _spread_of_tribes(tribes: Floats, square: float, row: Any) -> None:
    """Split the variance of satisfaction into its parts between and within tribes (law of total variance)."""
    people, total = tribes[0], tribes[1]
    n = people.sum()
    if n == 0.0:
        row.between_tribes = row.within_tribes = np.nan
        return
    mean, inside, between = total.sum() / n, square / n, 0.0
    for tribe in range(people.shape[0]):
        if people[tribe] > 0.0:
            own = total[tribe] / people[tribe]
            between += people[tribe] / n * (own - mean) ** 2
            inside -= people[tribe] / n * own * own
    row.between_tribes = np.sqrt(between)
    row.within_tribes = np.sqrt(max(inside, 0.0))


@compile_loop
def _quantile(bins: Ints, total: float, share: float) -> float:
    """Return the value below which a share of a histogram lies, linear inside a bin."""
    goal, seen = share * total, 0.0
    for b in range(bins.shape[0]):
        if bins[b] > 0 and seen + bins[b] >= goal:
            found: float = (b + (goal - seen) / bins[b]) / bins.shape[0]
            return found
        seen += bins[b]
    return 1.0


@compile_loop
def _lowest(bins: Ints, goal: float) -> float:
    """Return the mean of the lowest ``goal`` entries of a histogram, each at its bin's middle."""
    seen, total = 0.0, 0.0
    for b in range(bins.shape[0]):
        taken = min(float(bins[b]), goal - seen)
        total += taken * (b + 0.5) / bins.shape[0]
        seen += taken
        if seen >= goal:
            break
    return total / goal


@compile_entry
def take_census(
    p: State,
    t: Traits,
    speakers: Indices,
    c: Any,
    sheet: CensusWorkspace,
    rows: StructuredArray,
    day: int,
) -> None:
    """Fill one row of the census (a table of CENSUS_DTYPE, zeroed) from the state at the end of a day.

    ``speakers`` are those who posted today; ``sheet`` is to count on. The changes by cause and by turnover sum to the
    change of mean satisfaction: for those who are customers now, each cause's changes over their number; the rest of
    the change is who came and went. After a day without customers (and on the first) none is attributed to turnover.
    """
    row = rows[day]
    mean_before = rows[day - 1].satisfaction if day > 0 else np.nan
    _count(p, day, row)
    _count_posts(p, speakers, c.neutral, row)
    bins = sheet.bins
    bins[:], sheet.tribes[:], sheet.strata[:] = 0, 0.0, 0.0
    now, square, before = _sum_customers(p, bins, row)
    _divide(p, t, c.advocate, sheet.tribes, sheet.strata, row)
    _spread_of_tribes(sheet.tribes, square, row)
    n = row.stage[CUSTOMER]
    turnover = p.moved.shape[1]
    if n == 0.0:
        row.satisfaction = row.spread = row.q10 = row.q50 = row.q90 = row.worst_decile = np.nan
        row.expectation = row.trust = row.depth = np.nan
        return
    row.satisfaction = now / n
    row.spread = np.sqrt(max(square / n - (now / n) ** 2, 0.0))
    row.q10, row.q50, row.q90 = (
        _quantile(bins, n, 0.1),
        _quantile(bins, n, 0.5),
        _quantile(bins, n, 0.9),
    )
    row.worst_decile = _lowest(bins, n / 10.0)
    row.expectation /= n
    row.trust /= n
    row.depth /= n
    for cause in range(turnover):
        row.by[cause] /= n
    row.by[turnover] = before / n - mean_before if mean_before == mean_before else 0.0
