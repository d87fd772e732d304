"""A comparison as sentences, tables and definitions of terms; the terminal and the report render them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from equipoise.analysis.comparison.comparison import Comparison, Finding
from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.comparison.ranking import Rank, Regret
from equipoise.analysis.text.formatting import (
    NONE,
    count,
    format_rounded,
    join_words,
    readable_name,
)

MAX_ENVIRONMENTS = 6  # environments with tables of their own
_MAX_NAMES = 3  # strategies named in a sentence before the rest is counted
# A verdict is marked if one of two strategies has no value in more than this share of worlds.
_MAX_UNPAIRED_SHARE = 0.05
_MAX_EFFECT = 10.0  # effects beyond it are all very large
_MAX_HEAD = 12  # characters of a column's head
# Unit: factor, digits, description of the scale, unit of a difference.
_SCALES = {
    "share": (100.0, 1, "in %", "points"),
    "satisfaction": (1.0, 3, "from 0 to 1", ""),
}
_SIDE_PHRASES = {"higher": "higher is better", "lower": "lower is better"}
# The priority of a column that is never left out.
KEPT = 9


class TextColumn(NamedTuple):
    """A column of a table.

    Attributes:
        head: its head.
        cells: its cells.
        keep: priority; where there is no room, columns with the lowest are left out.
        right: True for numbers, which are aligned right.
        folds: True for names, which may be broken.
    """

    head: str
    cells: tuple[str, ...]
    keep: int = KEPT
    right: bool = True
    folds: bool = False


class TextTable(NamedTuple):
    """A table with a heading, and an optional line before and after it."""

    heading: str
    before: str
    columns: tuple[TextColumn, ...]
    after: str = ""


class ComparisonText(NamedTuple):
    """A comparison in words: title, sentences, notes, tables, and the meaning of each term."""

    title: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    sheets: tuple[TextTable, ...]
    terms: tuple[tuple[str, str], ...]


def describe_comparison(comparison: Comparison) -> ComparisonText:
    """Return a comparison in words."""
    environments = comparison.environments
    shown = environments if len(environments) <= MAX_ENVIRONMENTS else ()
    tables = []
    for environment in shown:
        for finding in comparison.findings:
            if _has_values(finding, environment):
                tables.append(_table_of_environment(comparison, finding, environment))
    for finding in comparison.findings:
        if _has_overall_table(comparison, finding):
            tables.append(_table_over_environments(comparison, finding))
    if comparison.front and shown:
        tables.append(_front_table(comparison))
    notes = list(comparison.notes)
    if not shown:
        notes.append(
            f"{len(environments)} environments are too many to show one by one: see the export."
        )
    return ComparisonText(
        title=_format_title(comparison),
        sentences=tuple(_sentences(comparison, shown)),
        notes=tuple(notes),
        sheets=tuple(tables),
        terms=tuple(_define_terms(comparison)),
    )


def _format_title(comparison: Comparison) -> str:
    strategies = _count_by(len(comparison.strategies), comparison.by, "strategy", "strategies")
    environments = _count_by(
        len(comparison.environments), comparison.within, "environment", "environments"
    )
    worlds = count(comparison.worlds, "world")
    return (
        f"{strategies}, in {environments}, each in the same {worlds}; "
        f"the baseline is {comparison.baseline}"
    )


def _count_by(number: int, setting: str, one: str, many: str) -> str:
    return count(number, one, many) if setting == one else f"{number} by {setting}"


# sentences


def _sentences(comparison: Comparison, environments: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each environment on the first measure, and one over all of them."""
    finding = comparison.findings[0]
    measure = readable_name(finding.measure.name)
    for environment in environments:
        ranks = [rank for rank in finding.ordered(environment) if math.isfinite(rank.rank)]
        if ranks:
            verdicts = " ".join(_list_verdicts(comparison, finding, ranks))
            yield f"{environment}: {_name_best(ranks, measure)} {verdicts}"
    regrets = [regret for regret in finding.regrets if math.isfinite(regret.mean)]
    if regrets and len(comparison.environments) > 1:
        least = min(regrets, key=lambda regret: regret.mean)
        yield f"Over all environments, {least.strategy} has the smallest mean regret in {measure}."


def _name_best(ranks: Sequence[Rank], measure: str) -> str:
    best = [rank.strategy for rank in ranks if rank.rank == ranks[0].rank]
    if len(best) > 1:
        return f"{_shorten(best)} are best in {measure}."
    if math.isfinite(ranks[0].best):
        probability = format_probability(ranks[0].best)
        return f"{best[0]} is best in {measure}, with a probability of {probability}."
    return f"{best[0]} is best in {measure}."


def _list_verdicts(
    comparison: Comparison, finding: Finding, ranks: Sequence[Rank]
) -> Iterator[str]:
    """Yield the strategies with each verdict, best first."""
    differences = [finding.difference(rank.strategy, rank.environment) for rank in ranks]
    phrases = {
        "better": f"Better than {comparison.baseline}",
        "worse": "Worse",
        "equivalent": "Equivalent",
        "undecided": "Undecided",
    }
    for verdict, phrase in phrases.items():
        names = [one.strategy for one in differences if one and one.verdict == verdict]
        if names:
            yield f"{phrase}: {_shorten(names)}."


def _shorten(names: Sequence[str]) -> str:
    further = len(names) - _MAX_NAMES
    if further > 1:
        return f"{', '.join(names[:_MAX_NAMES])} and {further} more"
    return join_words(names)


# tables


def _has_values(finding: Finding, environment: str) -> bool:
    """Return True if a measure has any value in an environment."""
    strategies = finding.outcomes.strategies
    return any(math.isfinite(finding.mean(name, environment)) for name in strategies)


def _table_of_environment(comparison: Comparison, finding: Finding, environment: str) -> TextTable:
    """Return the table of a measure in an environment, the best strategy first."""
    ranks, unit = finding.ordered(environment), finding.measure.unit
    names = tuple(rank.strategy for rank in ranks)
    means = (format_measure(finding.mean(name, environment), unit) for name in names)
    differences = [finding.difference(name, environment) for name in names]
    columns = (
        TextColumn("rank", tuple(_format_ranks(ranks)), keep=3),
        TextColumn(_strategy_head(comparison), names, right=False, folds=True),
        TextColumn("mean", tuple(means)),
        TextColumn("difference", tuple(_format_interval(one, unit) for one in differences)),
        TextColumn("verdict", tuple(map(format_verdict, differences)), right=False),
        TextColumn("best", tuple(format_probability(rank.best) for rank in ranks), keep=4),
        TextColumn("wins", tuple(map(_format_wins, differences)), keep=2),
        TextColumn("effect", tuple(map(_format_effect, differences)), keep=1),
    )
    with_values = (name for name in comparison.environments if _has_values(finding, name))
    is_first = environment == next(with_values)
    has_overall_table = _has_overall_table(comparison, finding)
    return TextTable(
        heading=f"{environment}: {_format_heading(finding)}",
        before=_describe_measure(finding) if is_first else "",
        columns=columns,
        after="" if has_overall_table else _describe_saving(finding),
    )


def _strategy_head(comparison: Comparison) -> str:
    return comparison.by if len(comparison.by) <= _MAX_HEAD else "compared"


def _format_ranks(ranks: Sequence[Rank]) -> Iterator[str]:
    """Yield ranks; strategies that tie share the better one."""
    for rank in ranks:
        ties = sum(other.rank == rank.rank for other in ranks)
        if not ties:
            yield NONE
            continue
        mark = "=" if ties > 1 else ""
        yield f"{rank.rank - (ties - 1) / 2:.0f}{mark}"


def _format_heading(finding: Finding) -> str:
    """Return a measure with its unit and its better side."""
    unit = finding.measure.unit
    if unit in _SCALES:
        scale = _SCALES[unit][2]
    else:
        scale = unit if unit.startswith("of ") else f"in {unit}"
    side = _SIDE_PHRASES[finding.outcomes.better]
    return f"{readable_name(finding.measure.name)}, {scale}, {side}"


def _describe_measure(finding: Finding) -> str:
    """Return the meaning of a measure and its equivalence margin."""
    measure, margin = finding.measure, finding.rules.margin
    meaning = f"{measure.meaning[:1].upper()}{measure.meaning[1:]}."
    if not margin:
        option = f"--margin {measure.name}:NUMBER"
        return f"{meaning} No equivalence margin ({option}), so no verdict is equivalent."
    unit = _SCALES[measure.unit][3] if measure.unit in _SCALES else measure.unit
    amount = f"{format_measure(margin, measure.unit)} {unit}".rstrip()
    return f"{meaning} Equivalence margin: {amount} (--margin)."


def _describe_saving(finding: Finding) -> str:
    """Return the variance reduction by common random numbers in a sentence."""
    places = zip(finding.outcomes.environments, finding.savings, strict=True)
    factors = [f"{saving.median:.1f} in {place}" for place, saving in places if saving.pairs]
    if not factors:
        return ""
    listing = join_words(factors)
    if len(factors) > MAX_ENVIRONMENTS:
        listing = f"{finding.saving.median:.1f} over all"
    return (
        f"Common random numbers divide the variance of differences by {listing} "
        "(median over pairs of strategies)."
    )


def _has_overall_table(comparison: Comparison, finding: Finding) -> bool:
    """Return True if a measure has results over all environments beyond those of a single one."""
    return len(comparison.environments) > 1 or bool(finding.satisficing)


def _table_over_environments(comparison: Comparison, finding: Finding) -> TextTable:
    """Return the table of a measure over all environments, the smallest regret first."""
    numbers = sorted(range(len(finding.regrets)), key=lambda i: _regret_order(finding.regrets[i]))
    regrets, unit = [finding.regrets[i] for i in numbers], finding.measure.unit
    names = tuple(regret.strategy for regret in regrets)
    worst_places = tuple(regret.where if regret.largest else "" for regret in regrets)
    columns = [
        TextColumn(_strategy_head(comparison), names, right=False, folds=True),
        TextColumn("mean regret", tuple(format_measure(one.mean, unit) for one in regrets)),
        TextColumn("largest", tuple(format_measure(one.largest, unit) for one in regrets)),
        TextColumn("in", worst_places, keep=5, right=False, folds=True),
    ]
    before = f"No satisficing level (--enough {finding.measure.name}:NUMBER)."
    if finding.enough is not None:
        levels = [finding.satisficing[i] for i in numbers]
        worlds = tuple(_format_percent(level.worlds) for level in levels)
        environments = tuple(_format_percent(level.environments) for level in levels)
        columns.append(TextColumn("enough: worlds", worlds))
        columns.append(TextColumn("environments", environments, keep=4))
        side = "at least" if finding.outcomes.better == "higher" else "at most"
        before = f"Enough is {side} {format_measure(finding.enough, unit)} (--enough)."
    return TextTable(
        heading=f"over all environments: {_format_heading(finding)}",
        before=before,
        columns=tuple(columns),
        after=_describe_saving(finding),
    )


def _regret_order(regret: Regret) -> tuple[bool, float]:
    return math.isnan(regret.mean), regret.mean


def _front_table(comparison: Comparison) -> TextTable:
    """Return the Pareto front: strategies that no other beats on both measures."""
    first, second = (comparison.finding(name) for name in comparison.axes_of_front)
    places = {name: number for number, name in enumerate(comparison.environments)}
    sign = second.outcomes.sign
    points = [point for point in comparison.front if point.on_front]
    points.sort(key=lambda point: (places[point.environment], -sign * point.second))
    first_unit, second_unit = first.measure.unit, second.measure.unit
    columns = (
        TextColumn("in", tuple(point.environment for point in points), right=False, folds=True),
        TextColumn(
            _strategy_head(comparison),
            tuple(point.strategy for point in points),
            right=False,
            folds=True,
        ),
        TextColumn(
            readable_name(first.measure.name),
            tuple(format_measure(point.first, first_unit) for point in points),
        ),
        TextColumn(
            readable_name(second.measure.name),
            tuple(format_measure(point.second, second_unit) for point in points),
        ),
        TextColumn(
            "on the front", tuple(format_probability(point.probability) for point in points)
        ),
    )
    return TextTable(
        heading=f"Pareto front: {_format_heading(first)}; {_format_heading(second)}",
        before="No other strategy is at least as good on both and better on one.",
        columns=columns,
    )


# cells


def format_verdict(difference: Difference | None) -> str:
    """Return a verdict, marked with a star where missing values can mislead."""
    if difference is None:
        return "(baseline)"
    worlds = difference.pairs + difference.lopsided
    mark = "*" if difference.lopsided > _MAX_UNPAIRED_SHARE * worlds else ""
    if not difference.pairs:
        return f"no pairs{mark}"
    if difference.verdict != "undecided":
        return f"{difference.verdict}{mark}"
    if difference.spread == 0 and difference.mean == 0:
        return f"no difference{mark}"
    if difference.more:
        return f"undecided ({difference.more} more){mark}"
    return f"undecided (too close){mark}"


def format_measure(value: float, unit: str, sign: bool = False) -> str:
    """Return a number in the scale of its unit: shares in percent, money with three digits."""
    if math.isnan(value):
        return NONE
    factor, digits, *_ = _SCALES.get(unit, (1.0, 1 if abs(value) < 1000 else 0))
    if unit == "money":
        number = format_rounded(value)
    else:
        # Adding 0.0 turns a negative zero into a positive one.
        number = f"{round(factor * value, digits) + 0.0:,.{digits}f}".replace("-", "−")
    is_zero = not number.strip("0.,")
    if sign and value > 0 and not is_zero:
        return f"+{number}"
    return number


def _format_interval(difference: Difference | None, unit: str) -> str:
    if difference is None:
        return ""
    mean = format_measure(difference.mean, unit, sign=True)
    if not math.isfinite(difference.low):
        return mean
    low = format_measure(difference.low, unit, sign=True)
    high = format_measure(difference.high, unit, sign=True)
    return f"{mean} ({low} to {high})"


def format_probability(probability: float) -> str:
    """Return an estimated probability in percent, never 0 or 100 %."""
    if math.isnan(probability):
        return NONE
    if probability > 0.99:
        return ">99 %"
    if probability < 0.01:
        return "<1 %"
    return f"{100 * probability:.0f} %"


def _format_percent(share: float) -> str:
    return NONE if math.isnan(share) else f"{100 * share:.0f} %"


def _format_wins(difference: Difference | None) -> str:
    return _format_percent(difference.superiority) if difference else ""


def _format_effect(difference: Difference | None) -> str:
    if difference is None:
        return ""
    effect = difference.standardised
    if math.isnan(effect):
        return NONE
    if abs(effect) > _MAX_EFFECT:
        return f">{_MAX_EFFECT:.0f}" if effect > 0 else f"<−{_MAX_EFFECT:.0f}"
    return f"{effect:+.1f}".replace("-", "−")


def _define_terms(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield every term of the tables with its definition."""
    rules, verdicts = comparison.findings[0].rules, len(comparison.findings[0].differences)
    comparisons = count(verdicts, "comparison")
    yield (
        "difference",
        f"mean difference from {comparison.baseline} in the same world, with its "
        f"{100 * (1 - rules.alpha):g} % confidence interval (BCa bootstrap)",
    )
    yield (
        "better, worse",
        f"significant: family-wise error rate at most {100 * rules.alpha:g} % over {comparisons} "
        "on a measure (paired sign-flip test, Holm's correction)",
    )
    yield "equivalent", "the difference lies within the equivalence margin, at the same error rate"
    yield (
        "undecided",
        "inconclusive; in parentheses the additional worlds needed for 80 % power at the observed "
        f"difference; too close: more than {rules.cap} worlds in all. To add them, run the same sweep "
        f"with replicates= set to {comparison.worlds} plus this number",
    )
    yield "best", "probability of having the best mean (bootstrap over worlds)"
    yield "wins", "share of worlds in which it beats the baseline; ties count half"
    yield (
        "effect",
        "difference in standard deviations between worlds: 0.2 small, 0.5 medium, 0.8 large",
    )
    if any(_has_overall_table(comparison, finding) for finding in comparison.findings):
        yield (
            "mean regret",
            "distance of its mean from the best mean of an environment; mean and largest "
            "over environments",
        )
        yield (
            "enough",
            "satisficing: share of worlds that reach the level, and of environments whose mean does",
        )
    if comparison.front:
        yield (
            "on the front",
            "probability that no other strategy beats it on both measures (bootstrap over worlds)",
        )
