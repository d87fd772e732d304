"""The daily census of a community: one table of columns, and the count that both engines share."""

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

HISTOGRAM_BINS = 1000  # of satisfaction; quantiles are as fine as 1/1000 of the scale


class RecordColumn(NamedTuple):
    """One column of the daily record, or a family of columns with one column per member."""

    name: str
    unit: str
    meaning: str
    members: tuple[str, ...] = ()


CENSUS_COLUMNS = (
    RecordColumn("satisfaction", "0..1", "mean satisfaction of customers (nan without customers)"),
    RecordColumn("spread", "0..1", "standard deviation of satisfaction among customers"),
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


def _column_dtype(column: RecordColumn) -> tuple[str, type, tuple[int, ...]]:
    shape = (len(column.members),) if column.members else ()
    return column.name, np.float64, shape


CENSUS_DTYPE = np.dtype([_column_dtype(column) for column in CENSUS_COLUMNS])


class CensusWorkspace(NamedTuple):
    """Counts over customers that a census needs and overwrites every day."""

    bins: Ints  # (HISTOGRAM_BINS,) customers by satisfaction
    tribes: Floats  # (2, T) customers of each tribe, and the sum of their satisfaction
    strata: Floats  # (2, S) the same of each stratum


def new_census_workspace(traits: Traits) -> CensusWorkspace:
    """Return a workspace for a community with these traits."""
    tribes = int(traits.tribe.max()) + 1
    strata = int(traits.stratum.max()) + 1
    return CensusWorkspace(
        bins=np.zeros(HISTOGRAM_BINS, np.int64),
        tribes=np.zeros((2, tribes)),
        strata=np.zeros((2, strata)),
    )


class _CustomerSums(NamedTuple):
    """Sums over customers: of satisfaction, of its square, and of satisfaction this morning."""

    satisfaction: float
    square: float
    start: float


@compile_entry
def take_census(
    p: State,
    t: Traits,
    speakers: Indices,
    c: Any,
    workspace: CensusWorkspace,
    rows: StructuredArray,
    day: int,
) -> None:
    """Fill one row of the census from the state at the end of a day.

    Args:
        p: state of the consumers; their ``detractor`` flag is updated.
        t: their traits.
        speakers: consumers who posted today.
        c: coefficients of the community, by name.
        workspace: overwritten.
        rows: of CENSUS_DTYPE, one per day of the run; row ``day`` is zero.
        day: to fill.
    """
    row = rows[day]
    workspace.bins[:] = 0
    workspace.tribes[:] = 0.0
    workspace.strata[:] = 0.0
    _count_everybody(p, day, row)
    _count_posts(p, speakers, c.neutral, row)
    sums = _sum_customers(p, workspace.bins, row)
    _count_groups(p, t, c.advocate, workspace, row)
    _average_strata(workspace.strata, row)
    _split_variance(workspace.tribes, sums.square, row)
    if row.stage[CUSTOMER] == 0.0:
        _leave_means_undefined(row)
    else:
        _average_customers(sums, workspace.bins, row)
        mean_before = rows[day - 1].satisfaction if day > 0 else np.nan
        _attribute_change(sums.start, mean_before, row)


@compile_loop
def _count_everybody(p: State, day: int, row: Any) -> None:
    """Count stages, followers and cases of all people."""
    followers = 0.0
    fatigue = 0.0
    norm = 0.0
    for i in range(p.stage.shape[0]):
        row.stage[p.stage[i]] += 1.0
        followers += p.follows[i]
        fatigue += p.fatigue[i] * p.follows[i]
        norm += p.norm[i]
        row.checked_in += p.checked_in[i]
        row.creating += p.creating[i]
        if p.outcome[i] != NOT_CLOSED:
            row.closed[p.outcome[i] - 1] += 1.0
            # A question that a neighbour answers on its first day is no longer open.
            if p.outcome[i] == CLOSED_BY_PEERS and p.since[i] == day:
                row.questions[p.topic[i]] += 1.0
        if p.case[i] != NO_CASE:
            _count_case(p.case[i], p.topic[i], p.since[i] == day, row)
    row.followers = followers
    row.fatigue = fatigue / followers if followers > 0.0 else 0.0
    row.norm = norm / p.stage.shape[0]


@compile_loop
def _count_case(case: int, topic: int, is_new: bool, row: Any) -> None:
    """Count one open case."""
    if case == COMPLAINT:
        row.open_complaints += 1.0
        row.complaints[topic] += is_new
    else:
        row.open_questions += 1.0
        row.questions[topic] += is_new


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
def _sum_customers(p: State, bins: Ints, row: Any) -> _CustomerSums:
    """Count uses, joiners and leavers; sum the state of customers into ``row`` and ``bins``."""
    total = 0.0
    square = 0.0
    start = 0.0
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
        total += s
        square += s * s
        start += p.start[i]
        bins[min(int(s * HISTOGRAM_BINS), HISTOGRAM_BINS - 1)] += 1
        row.trust += p.trust[i]
        row.depth += p.depth[i]
        e = p.expectation[i]
        row.expectation += 0.25 * ((np.float64(e[0]) + e[1]) + (np.float64(e[2]) + e[3]))
        for cause in range(p.moved.shape[1]):
            row.by[cause] += p.moved[i, cause]
    return _CustomerSums(total, square, start)


@compile_loop
def _count_groups(
    p: State, t: Traits, advocate: float, workspace: CensusWorkspace, row: Any
) -> None:
    """Sum the satisfaction of customers by tribe and stratum; count advocates and detractors."""
    for i in range(p.stage.shape[0]):
        if p.stage[i] != CUSTOMER:
            continue
        s = np.float64(p.satisfaction[i])
        workspace.tribes[0, t.tribe[i]] += 1.0
        workspace.tribes[1, t.tribe[i]] += s
        workspace.strata[0, t.stratum[i]] += 1.0
        workspace.strata[1, t.stratum[i]] += s
        is_advocate = s > advocate
        row.advocates += is_advocate
        if p.detractor[i]:
            row.turned += is_advocate
            row.detractors += not is_advocate
            p.detractor[i] = not is_advocate


@compile_loop
def _average_strata(strata: Floats, row: Any) -> None:
    """Write mean satisfaction in the lowest and the highest stratum (nan without customers)."""
    row.low_stratum = _divide(strata[1, 0], strata[0, 0])
    row.high_stratum = _divide(strata[1, -1], strata[0, -1])


@compile_loop
def _divide(total: float, count: float) -> float:
    return total / count if count > 0.0 else np.nan


@compile_loop
def _split_variance(tribes: Floats, square: float, row: Any) -> None:
    """Split the variance of satisfaction between and within tribes (law of total variance)."""
    people = tribes[0]
    total = tribes[1]
    n = people.sum()
    if n == 0.0:
        row.between_tribes = np.nan
        row.within_tribes = np.nan
        return
    mean = total.sum() / n
    within = square / n
    between = 0.0
    for tribe in range(people.shape[0]):
        if people[tribe] > 0.0:
            tribe_mean = total[tribe] / people[tribe]
            between += people[tribe] / n * (tribe_mean - mean) ** 2
            within -= people[tribe] / n * tribe_mean * tribe_mean
    row.between_tribes = np.sqrt(between)
    row.within_tribes = np.sqrt(max(within, 0.0))


@compile_loop
def _leave_means_undefined(row: Any) -> None:
    """Write nan for means over customers on a day without customers."""
    row.satisfaction = np.nan
    row.spread = np.nan
    row.q10 = np.nan
    row.q50 = np.nan
    row.q90 = np.nan
    row.worst_decile = np.nan
    row.expectation = np.nan
    row.trust = np.nan
    row.depth = np.nan


@compile_loop
def _average_customers(sums: _CustomerSums, bins: Ints, row: Any) -> None:
    """Turn sums over customers into means and quantiles."""
    n = row.stage[CUSTOMER]
    mean = sums.satisfaction / n
    row.satisfaction = mean
    row.spread = np.sqrt(max(sums.square / n - mean**2, 0.0))
    row.q10 = _find_quantile(bins, n, 0.1)
    row.q50 = _find_quantile(bins, n, 0.5)
    row.q90 = _find_quantile(bins, n, 0.9)
    row.worst_decile = _mean_of_lowest(bins, n / 10.0)
    row.expectation /= n
    row.trust /= n
    row.depth /= n


@compile_loop
def _attribute_change(start: float, mean_before: float, row: Any) -> None:
    """Divide the change of mean satisfaction since yesterday among causes and turnover.

    A cause has the changes that it made in today's customers. The rest is turnover: who joined and
    who left. On the first day and after a day without customers turnover is 0.
    """
    n = row.stage[CUSTOMER]
    turnover = len(row.by) - 1
    for cause in range(turnover):
        row.by[cause] /= n
    is_known = mean_before == mean_before  # False for nan
    row.by[turnover] = start / n - mean_before if is_known else 0.0


@compile_loop
def _find_quantile(bins: Ints, total: float, share: float) -> float:
    """Return the value below which a share of a histogram lies, linear inside a bin."""
    goal = share * total
    seen = 0.0
    for b in range(bins.shape[0]):
        if bins[b] > 0 and seen + bins[b] >= goal:
            quantile: float = (b + (goal - seen) / bins[b]) / bins.shape[0]
            return quantile
        seen += bins[b]
    return 1.0


@compile_loop
def _mean_of_lowest(bins: Ints, goal: float) -> float:
    """Return the mean of the lowest ``goal`` entries of a histogram, each at its bin's middle."""
    seen = 0.0
    total = 0.0
    for b in range(bins.shape[0]):
        taken = min(float(bins[b]), goal - seen)
        total += taken * (b + 0.5) / bins.shape[0]
        seen += taken
        if seen >= goal:
            break
    return total / goal
