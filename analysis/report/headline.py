"""The answer of a study in two sentences: derived from the verdicts, and naming no winner that they do not support."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from equipoise.analysis.comparison.comparison import COST, Comparison, Finding
from equipoise.analysis.comparison.differences import Difference, Verdict
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.measure_table import MEASURE_BY_NAME
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

Kind = Literal["best", "better", "equivalent", "none", "undecided"]
SURE = 0.95  # the chance of being best from which a strategy is called so
MOST_PLACES = 3  # environments that are named before they are counted
MOST_CLAUSES = 4
ORDER: tuple[Verdict, ...] = ("better", "worse", "equivalent", "undecided")


class Judgement(NamedTuple):
    """What the verdicts of one environment allow to be said.

    ``best``: ``who`` is better than the baseline, and has the highest mean with a chance of 95 % or more;
    ``better``: it is the highest of those that are better; ``equivalent``: all others are as good as the baseline;
    ``none``: all are decided, and none is better; ``undecided``: none is better, and some are not decided.
    """

    environment: str
    kind: Kind
    who: str = ""


def judgements(
    finding: Finding, environments: Sequence[str], references: Collection[str] = ()
) -> list[Judgement]:
    """Return what can be said of each environment; ``references``, which no firm can have, are nobody's choice."""
    return [_judged(finding, environment, references) for environment in environments]


def _judged(finding: Finding, environment: str, references: Collection[str]) -> Judgement:
    found = [each for each in finding.differences if each.environment == environment]
    found = [each for each in found if each.strategy not in references]
    better = [each for each in found if each.verdict == "better"]
    if better:
        top = max(better, key=lambda each: finding.outcomes.sign * each.mean)
        place = finding.rank(top.strategy, environment)
        sure = place.rank == 1 and place.best >= SURE
        return Judgement(environment, "best" if sure else "better", top.strategy)
    kinds = {each.verdict for each in found}
    if not kinds or "undecided" in kinds:
        return Judgement(environment, "undecided")
    return Judgement(environment, "equivalent" if kinds == {"equivalent"} else "none")


def answer(comparison: Comparison, references: Collection[str] = ()) -> tuple[str, str]:
    """Return two sentences: which strategy is best where, by how much, how sure; at what cost, and what is open."""
    finding = comparison.findings[0]
    said = judgements(finding, comparison.environments, references)
    groups: dict[tuple[Kind, str], list[str]] = {}
    for each in said:
        groups.setdefault((each.kind, each.who), []).append(each.environment)
    clauses = [
        _clause(comparison, kind, who, places, references) for (kind, who), places in groups.items()
    ]
    rest = len(clauses) - MOST_CLAUSES
    if rest > 0:
        clauses = [*clauses[:MOST_CLAUSES], "the tables tell of the other environments"]
    return (
        f"On {readable_name(finding.measure.name)}, {'; '.join(clauses)}.",
        f"{_upper('; '.join([*_price(comparison, said, references), _count(finding, comparison.baseline)]))}.",
    )


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _clause(
    comparison: Comparison, kind: Kind, who: str, places: Sequence[str], references: Collection[str]
) -> str:
    """Return what is to be said of environments with the same judgement."""
    finding, base = comparison.findings[0], readable_name(comparison.baseline)
    where = _where(places, len(comparison.environments), no=not who)
    if kind == "equivalent":
        return f"no strategy differs from {base} by as much as matters {where}"
    if kind == "none":
        return f"no strategy is better than {base} {where}"
    if kind == "undecided":
        return f"no strategy is shown to be better than {base} {where}"
    found = [
        each
        for each in finding.differences
        if each.environment in places and each.strategy not in references
    ]
    counts = {
        sum(each.verdict == "better" and each.environment == place for each in found)
        for place in places
    }
    above = any(
        finding.rank(name, place).rank < finding.rank(who, place).rank
        for name in references
        for place in places
    )
    sure = "" if above else _sure(finding, who, places)
    by = f"{_amounts(finding, who, places)} against {base}{sure}"
    if kind == "best":
        return f"{readable_name(who)} is best of {len(comparison.strategies)} {where}: {by}"
    if counts == {1}:
        return f"{readable_name(who)} is better than {base} {where}: {by}"
    several = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else f"{min(counts)}"
    return f"{several} strategies are better than {base} {where}, {readable_name(who)} by the most: {by}"


def _where(places: Sequence[str], of: int, no: bool) -> str:
    """Return where something is so; after "no strategy", in any of them: "in all" would leave open some."""
    if len(places) == of and of > 1:
        either, each = ("either environment", "any of") if no else ("both environments", "all")
        return f"in {either}" if of == 2 else f"in {each} {of} environments"
    if len(places) > MOST_PLACES:
        return f"in {len(places)} of {of} environments"
    names = [readable_name(name) for name in places]
    return f"in {' or '.join(names) if no else join_words(names)}"


def _amounts(finding: Finding, who: str, places: Sequence[str]) -> str:
    """Return the difference with its interval, or from the least to the largest over environments."""
    found = [each for place in places if (each := finding.difference(who, place))]
    unit = finding.measure.unit
    if len(found) == 1:
        return format_difference_interval(found[0], unit)
    ends = sorted(found, key=lambda each: each.mean)
    return f"{format_measure(ends[0].mean, unit, sign=True)} to {format_difference(ends[-1].mean, unit)}"


def _sure(finding: Finding, who: str, places: Sequence[str]) -> str:
    """Return how probably it is the best there; nothing with too few worlds."""
    chances = [finding.rank(who, place).best for place in places]
    if any(map(math.isnan, chances)):
        return ""
    low, high = format_probability(min(chances)), format_probability(max(chances))
    return f", with a chance of {low if low == high else f'{low} to {high}'} of being the best"


def _price(
    comparison: Comparison, said: Sequence[Judgement], references: Collection[str]
) -> Iterator[str]:
    """Yield what the named strategies cost more than the baseline, and which of the better ones costs least."""
    known = {each.measure.name: each for each in comparison.findings}
    if COST not in known or comparison.findings[0].measure.name == COST:
        return
    where: dict[str, list[str]] = {}
    for each in said:
        if each.who:
            where.setdefault(each.who, []).append(each.environment)
    for who, places in list(where.items())[:MOST_CLAUSES]:
        yield (
            f"{readable_name(who)} costs {_cost(known[COST], who, places)} than "
            f"{readable_name(comparison.baseline)} there"
        )
        if len(places) == 1:
            yield from _cheapest(comparison.findings[0], known[COST], who, places[0], references)


def _cheapest(
    finding: Finding, cost: Finding, who: str, place: str, references: Collection[str]
) -> Iterator[str]:
    """Yield which of the strategies that are better costs least, if it is not the one already named."""
    better = [
        each
        for each in finding.differences
        if each.environment == place and each.verdict == "better"
    ]
    prices = {
        each.strategy: (price.mean, each)
        for each in better
        if each.strategy not in references
        and (price := cost.difference(each.strategy, place))
        and math.isfinite(price.mean)
    }
    if not prices:
        return
    name, (_, gain) = min(prices.items(), key=lambda pair: pair[1][0])
    if name != who:
        won = format_difference(gain.mean, finding.measure.unit)
        yield f"of those that are better, {readable_name(name)} ({won}) costs least, {_cost(cost, name, [place])}"


def _cost(cost: Finding, who: str, places: Sequence[str]) -> str:
    found = [
        each
        for place in places
        if (each := cost.difference(who, place)) and not math.isnan(each.mean)
    ]
    if not found:
        return "not comparably more or less"
    most = max(found, key=lambda each: abs(each.mean))
    least = min(found, key=lambda each: abs(each.mean))
    if len({each.mean > 0 for each in found}) > 1:
        return "more in some environments and less in others"
    unit, more = cost.measure.unit, "more" if most.mean > 0 else "less"
    high = f"{format_difference(abs(most.mean), unit, sign=False)} {more}"
    low = format_measure(abs(least.mean), unit)
    return high if high.startswith(low) else f"{low} to {high}"


def _count(finding: Finding, baseline: str) -> str:
    """Return how many differences are decided, and what the others would take."""
    known = [each for each in finding.differences if each.pairs]
    counts = Counter(each.verdict for each in known)
    more = f" ({_more(known)})" if counts["undecided"] else ""
    parts = [
        f"{counts[name]} {'is' if counts[name] == 1 else 'are'} {name}{more if name == 'undecided' else ''}"
        for name in ORDER
        if counts[name]
    ]
    gone = len(finding.differences) - len(known)
    parts += (
        [f"{gone} {'is' if gone == 1 else 'are'} not known, for runs are missing"] if gone else []
    )
    return f"of {format_quantity(len(finding.differences), 'difference')} from {readable_name(baseline)}, {join_words(parts)}"


def _more(differences: Sequence[Difference]) -> str:
    """Return how many more worlds are to be expected to decide what is undecided."""
    needed = [each.more for each in differences if each.verdict == "undecided"]
    known = sorted(more for more in needed if more is not None)
    if not known:
        return f"no sensible number of worlds would decide {'it' if len(needed) == 1 else 'them'}"
    span = f"{known[0]:,}" if known[0] == known[-1] else f"{known[0]:,} to {known[-1]:,}"
    which = (
        f"{len(known)} of these"
        if len(known) < len(needed)
        else "these"
        if len(known) > 1
        else "it"
    )
    return f"about {span} more {'world' if known[-1] == 1 else 'worlds'} would decide {which}"


def answer_alone(of: StudyData) -> tuple[str, str]:
    """Return two sentences on what there is nothing to compare with: what it came to, and that this is all."""
    if len(of.strategies) > 1:
        return (
            "There is no answer yet: each strategy ran in one world, so the Monte Carlo error is unknown.",
            "Sweep with replicates=40 for an answer; what follows is what happened in that world.",
        )
    name = of.strategies[0]
    best = of.outcomes[0]
    came = [
        f"{value_said(best, name, place)} in {readable_name(place)}"
        for place in of.environments[:MOST_PLACES]
    ]
    rest = len(of.environments) - len(came)
    more = f", and so on in {rest} more environments" if rest else ""
    return (
        f"{_upper(readable_name(name))} came to a {readable_name(best.measure)} of {join_words(came)}{more}.",
        "There is nothing to compare it with, so this study cannot say whether another strategy would do better.",
    )


def value_said(part: Outcomes, strategy: str, environment: str) -> str:
    """Return a measure's mean over worlds with its Student t interval."""
    row, place = part.strategies.index(strategy), part.environments.index(environment)
    known = MEASURE_BY_NAME.get(part.measure)
    low, high, unit = (known.low, known.high, known.unit) if known else (-math.inf, math.inf, "")
    worlds = part.values[row, place]
    return format_mean(student_interval(worlds, low, high), unit, len(worlds))
