"""The answer of a study in two sentences, derived from the verdicts.

No strategy is named as best or better unless a verdict supports it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from equipoise.analysis.comparison.comparison import COST, Comparison, Finding
from equipoise.analysis.comparison.differences import Difference, Verdict
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.measure_table import MEASURE_BY_NAME
from equipoise.analysis.report.judgements import (
    Judgement,
    JudgementKind,
    judge_environments,
    select_differences,
)
from equipoise.analysis.report.section import capitalise
from equipoise.analysis.report.study_data import StudyData
from equipoise.analysis.summary import student_interval
from equipoise.analysis.text.comparison_cells import (
    format_difference,
    format_difference_interval,
    format_measure,
    format_probability,
)
from equipoise.analysis.text.formatting import (
    format_mean,
    format_quantity,
    join_words,
    readable_name,
)

_MAX_PLACES = 3  # environments that are named before they are counted
_MAX_CLAUSES = 4  # of a sentence that can still be read
# Undecided comes last: its clause ends with the worlds that it needs.
_VERDICT_ORDER: tuple[Verdict, ...] = ("better", "worse", "equivalent", "undecided")


def answer_comparison(comparison: Comparison, references: Collection[str] = ()) -> tuple[str, str]:
    """Return two sentences: the best strategies with their probability; costs and open verdicts."""
    finding = comparison.findings[0]
    judgements = judge_environments(finding, comparison.environments, references)
    measure = readable_name(finding.measure.name)
    clauses = _conclusion_clauses(comparison, judgements, references)
    first = f"On {measure}, {'; '.join(clauses)}."
    details = [*_cost_clauses(comparison, judgements, references)]
    details.append(_count_verdicts(finding, comparison.baseline))
    second = f"{capitalise('; '.join(details))}."
    return first, second


def _conclusion_clauses(
    comparison: Comparison, judgements: Sequence[Judgement], references: Collection[str]
) -> Iterator[str]:
    """Yield a clause for each conclusion, with all environments of which it is true."""
    places: dict[tuple[JudgementKind, str], list[str]] = {}
    for environment, kind, strategy in judgements:
        places.setdefault((kind, strategy), []).append(environment)
    for number, ((kind, strategy), environments) in enumerate(places.items()):
        if number == _MAX_CLAUSES:
            yield "the tables show the other environments"
            return
        yield _judgement_clause(comparison, kind, strategy, environments, references)


def _judgement_clause(
    comparison: Comparison,
    kind: JudgementKind,
    strategy: str,
    environments: Sequence[str],
    references: Collection[str],
) -> str:
    """Return the clause on the environments of one conclusion."""
    # "Not shown to be better" is no proof of being equal: the clauses keep the two apart.
    baseline, total = readable_name(comparison.baseline), len(comparison.environments)
    where = _format_places(environments, total, is_negative=not strategy)
    if kind == "equivalent":
        return f"no strategy differs from {baseline} by the equivalence margin or more {where}"
    if kind == "none":
        return f"no strategy is better than {baseline} {where}"
    if kind == "undecided":
        return f"no strategy is shown to be better than {baseline} {where}"
    finding, name = comparison.findings[0], readable_name(strategy)
    amount = f"{_format_differences(finding, strategy, environments)} against {baseline}"
    # The references take part in the probability of being best.
    if not _has_better_reference(finding, strategy, environments, references):
        amount += _format_probability_of_best(finding, strategy, environments)
    if kind == "best":
        return f"{name} is best of {len(comparison.strategies)} {where}: {amount}"
    number = _count_better(finding, environments, references)
    if number == "1":
        return f"{name} is better than {baseline} {where}: {amount}"
    return (
        f"{number} strategies are better than {baseline} {where}, "
        f"{name} by the largest difference: {amount}"
    )


def _count_better(
    finding: Finding, environments: Sequence[str], references: Collection[str]
) -> str:
    """Return the number of better strategies, or its range over environments."""
    differences = select_differences(finding, environments, references)
    better = [one for one in differences if one.verdict == "better"]
    counts = Counter(one.environment for one in better)
    numbers = counts.values()
    return _format_range(str(min(numbers)), str(max(numbers)))


def _format_range(low: str, high: str) -> str:
    """Return "low to high", or one of them if they are the same."""
    return low if low == high else f"{low} to {high}"


def _has_better_reference(
    finding: Finding, strategy: str, environments: Sequence[str], references: Collection[str]
) -> bool:
    """Return True if a reference ranks above a strategy: its probability then means little."""
    for environment in environments:
        rank = finding.rank(strategy, environment).rank
        if any(finding.rank(name, environment).rank < rank for name in references):
            return True
    return False


def _format_places(environments: Sequence[str], total: int, is_negative: bool) -> str:
    """Return environments as an adverb: "in recall", "in both environments".

    After "no strategy" it is "in any of 3 environments", because "in all" would leave some open.
    """
    number = len(environments)
    if number == total == 2:
        return "in either environment" if is_negative else "in both environments"
    if number == total > 2:
        quantifier = "any of" if is_negative else "all"
        return f"in {quantifier} {total} environments"
    if number > _MAX_PLACES:
        return f"in {number} of {total} environments"
    names = [readable_name(name) for name in environments]
    listing = " or ".join(names) if is_negative else join_words(names)
    return f"in {listing}"


def _list_differences(
    finding: Finding, strategy: str, environments: Sequence[str]
) -> list[Difference]:
    differences = (finding.difference(strategy, name) for name in environments)
    return [one for one in differences if one]


def _format_differences(finding: Finding, strategy: str, environments: Sequence[str]) -> str:
    """Return the difference with its interval; its range over several environments."""
    differences = _list_differences(finding, strategy, environments)
    unit = finding.measure.unit
    if len(differences) == 1:
        return format_difference_interval(differences[0], unit)
    # An interval belongs to one environment: several have the range of their means.
    means = [one.mean for one in differences]
    low = format_measure(min(means), unit, sign=True)
    high = format_difference(max(means), unit)
    return f"{low} to {high}"


def _format_probability_of_best(
    finding: Finding, strategy: str, environments: Sequence[str]
) -> str:
    """Return the probability of being best; nothing with too few worlds."""
    values = [finding.rank(strategy, name).best for name in environments]
    if any(map(math.isnan, values)):
        return ""
    low = format_probability(min(values))
    high = format_probability(max(values))
    return f", with a probability of {_format_range(low, high)} of being the best"


# Costs


def _cost_clauses(
    comparison: Comparison, judgements: Sequence[Judgement], references: Collection[str]
) -> Iterator[str]:
    """Yield the cost of the named strategies, and the cheapest of those that are better."""
    findings = {finding.measure.name: finding for finding in comparison.findings}
    # Where cost is the first measure, the first sentence is about it.
    if COST not in findings or comparison.findings[0].measure.name == COST:
        return
    cost = findings[COST]
    places: dict[str, list[str]] = {}
    for judgement in judgements:
        if judgement.strategy:
            places.setdefault(judgement.strategy, []).append(judgement.environment)
    baseline = readable_name(comparison.baseline)
    for strategy, environments in list(places.items())[:_MAX_CLAUSES]:
        name = readable_name(strategy)
        extra = _format_extra_cost(cost, strategy, environments)
        if extra:
            yield f"{name} costs {extra} than {baseline} there"
        else:
            yield f"the cost of {name} and {baseline} cannot be compared there"
        # Over several environments the cheapest would be another strategy in each.
        if len(environments) == 1:
            environment = environments[0]
            yield from _cheapest_clause(comparison, cost, strategy, environment, references)


def _cheapest_clause(
    comparison: Comparison,
    cost: Finding,
    named: str,
    environment: str,
    references: Collection[str],
) -> Iterator[str]:
    """Yield the cheapest of the strategies that are better, unless it is the named one."""
    finding = comparison.findings[0]
    gains = {}
    # Of a strategy without a known cost nothing can be said.
    prices = {}
    for one in select_differences(finding, [environment], references):
        price = cost.difference(one.strategy, environment)
        if one.verdict == "better" and price and math.isfinite(price.mean):
            gains[one.strategy] = one.mean
            prices[one.strategy] = price.mean
    if not prices:
        return
    cheapest = min(prices, key=prices.__getitem__)
    if cheapest != named:
        gain = format_difference(gains[cheapest], finding.measure.unit)
        extra = _format_extra_cost(cost, cheapest, [environment])
        name = readable_name(cheapest)
        yield f"of those that are better, {name} ({gain}) costs least, {extra}"


def _format_extra_cost(cost: Finding, strategy: str, environments: Sequence[str]) -> str:
    """Return the difference in cost: "$100 to $250 more"; empty if it is unknown."""
    differences = _list_differences(cost, strategy, environments)
    means = [one.mean for one in differences if not math.isnan(one.mean)]
    if not means:
        return ""
    is_more = means[0] > 0
    if any((mean > 0) != is_more for mean in means):
        return "more in some environments and less in others"
    unit = cost.measure.unit
    sizes = [abs(mean) for mean in means]
    low = format_measure(min(sizes), unit)
    high = format_difference(max(sizes), unit, sign=False)
    # Rounding may have made them the same.
    is_same = format_difference(min(sizes), unit, sign=False) == high
    amount = high if is_same else f"{low} to {high}"
    return f"{amount} {'more' if is_more else 'less'}"


# Verdicts


def _count_verdicts(finding: Finding, baseline: str) -> str:
    """Return the number of differences with each verdict, and the worlds that others need."""
    known = [one for one in finding.differences if one.pairs]
    counts = Counter(one.verdict for one in known)
    parts = []
    for verdict in _VERDICT_ORDER:
        if counts[verdict]:
            parts.append(f"{_count_with_verb(counts[verdict])} {verdict}")
    if counts["undecided"]:
        parts[-1] += f" ({_format_further_worlds(known)})"
    unknown = len(finding.differences) - len(known)
    if unknown:
        parts.append(f"{_count_with_verb(unknown)} unknown, because runs are missing")
    total = format_quantity(len(finding.differences), "difference")
    return f"of {total} from {readable_name(baseline)}, {join_words(parts)}"


def _count_with_verb(number: int) -> str:
    return "1 is" if number == 1 else f"{number} are"


def _format_further_worlds(differences: Sequence[Difference]) -> str:
    """Return the number of further worlds that would decide the undecided differences."""
    needed = [one.more for one in differences if one.verdict == "undecided"]
    known = [worlds for worlds in needed if worlds is not None]
    if not known:
        subject = "it" if len(needed) == 1 else "them"
        return f"no practicable number of worlds would decide {subject}"
    most = max(known)
    number = _format_range(f"{min(known):,}", f"{most:,}")
    worlds = "world" if most == 1 else "worlds"
    subject = "it" if len(known) == 1 else "these"
    if len(known) < len(needed):
        subject = f"{len(known)} of these"
    return f"about {number} more {worlds} would decide {subject} with a power of 80 %"


# Studies without a comparison


def answer_without_comparison(study: StudyData) -> tuple[str, str]:
    """Return two sentences on a study of one strategy, or in one world."""
    if len(study.strategies) > 1:
        return (
            "There is no answer yet: each strategy ran in one world, "
            "so the Monte Carlo error is unknown.",
            "Sweep with replicates=40 for an answer; the rest of this page is about that world.",
        )
    strategy, outcomes = study.strategies[0], study.outcomes[0]
    values = []
    for environment in study.environments[:_MAX_PLACES]:
        value = format_outcome(outcomes, strategy, environment)
        values.append(f"{value} in {readable_name(environment)}")
    name, measure = capitalise(readable_name(strategy)), readable_name(outcomes.measure)
    first = f"{name} has a {measure} of {join_words(values)}"
    further = len(study.environments) - len(values)
    if further:
        first += f"; the tables show {further} more environments"
    second = (
        "There is nothing to compare it with, so this study cannot say "
        "whether another strategy would do better."
    )
    return f"{first}.", second


def format_outcome(outcomes: Outcomes, strategy: str, environment: str) -> str:
    """Return a measure's mean over worlds with its Student t interval."""
    row = outcomes.strategies.index(strategy)
    column = outcomes.environments.index(environment)
    values = outcomes.values[row, column]
    measure = MEASURE_BY_NAME[outcomes.measure]
    interval = student_interval(values, measure.low, measure.high)
    return format_mean(interval, measure.unit, len(values))
