"""A comparison in sentences, tables and defined terms; the terminal and the report render it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from equipoise.analysis.comparison.comparison import Comparison, Finding
from equipoise.analysis.comparison.ranking import Rank, Regret
from equipoise.analysis.text.comparison_cells import (
    difference_unit,
    format_difference_cell,
    format_effect,
    format_measure,
    format_probability,
    format_share,
    format_verdict,
    format_wins,
)
from equipoise.analysis.text.formatting import (
    NO_VALUE,
    format_quantity,
    join_words,
    readable_name,
)

MAX_ENVIRONMENTS = 6  # environments with tables of their own
_MAX_NAMES = 3  # strategies named in a sentence before the rest is counted
_MAX_HEAD = 12  # characters of a column's head
_SCALE_PHRASES = {"share": "in %", "satisfaction": "from 0 to 1", "$": "in dollars"}
_SIDE_PHRASES = {"higher": "higher is better", "lower": "lower is better"}
# The priority of a column that is never left out.
TOP_PRIORITY = 9


class TextColumn(NamedTuple):
    """A column of a table.

    Attributes:
        head: its head.
        cells: its cells.
        priority: where there is no room, columns with the lowest priority are left out.
        right: True for numbers, which are aligned right.
        folds: True for names, which may be broken.
    """

    head: str
    cells: tuple[str, ...]
    priority: int = TOP_PRIORITY
    right: bool = True
    folds: bool = False


class TextTable(NamedTuple):
    """A table with a heading, and an optional line before and after it."""

    heading: str
    before: str
    columns: tuple[TextColumn, ...]
    after: str = ""


class ComparisonText(NamedTuple):
    """A comparison in words: title, sentences, notes, tables, and the definition of each term."""

    title: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    tables: tuple[TextTable, ...]
    terms: tuple[tuple[str, str], ...]


def describe_comparison(comparison: Comparison) -> ComparisonText:
    """Return a comparison in words."""
    environments = comparison.environments
    shown = environments if len(environments) <= MAX_ENVIRONMENTS else ()
    notes = list(comparison.notes)
    if not shown:
        notes.append(
            f"{len(environments)} environments are too many to show one by one: see the export."
        )
    return ComparisonText(
        title=_format_title(comparison),
        sentences=tuple(_sentences(comparison, shown)),
        notes=tuple(notes),
        tables=tuple(_tables(comparison, shown)),
        terms=tuple(_define_terms(comparison)),
    )


def _format_title(comparison: Comparison) -> str:
    strategies = _count_by(len(comparison.strategies), comparison.by, "strategy", "strategies")
    environments = _count_by(
        len(comparison.environments), comparison.within, "environment", "environments"
    )
    worlds = format_quantity(comparison.worlds, "world")
    return (
        f"{strategies}, in {environments}, each in the same {worlds}; "
        f"the baseline is {comparison.baseline}"
    )


def _count_by(number: int, setting: str, singular: str, plural: str) -> str:
    if setting == singular:
        return format_quantity(number, singular, plural)
    return f"{number} by {setting}"


# sentences


def _sentences(comparison: Comparison, environments: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each environment on the first measure, and one over all of them."""
    finding = comparison.findings[0]
    measure = readable_name(finding.measure.name)
    for environment in environments:
        ranks = [rank for rank in finding.sort_ranks(environment) if math.isfinite(rank.rank)]
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


def _tables(comparison: Comparison, environments: Sequence[str]) -> Iterator[TextTable]:
    """Yield the tables of each environment, those over all environments, and the Pareto front."""
    for environment in environments:
        for finding in comparison.findings:
            if _has_values(finding, environment):
                yield _table_of_environment(comparison, finding, environment)
    for finding in comparison.findings:
        if _has_overall_table(comparison, finding):
            yield _table_over_environments(comparison, finding)
    if comparison.front and environments:
        yield _front_table(comparison)


def _has_values(finding: Finding, environment: str) -> bool:
    """Return True if a measure has any value in an environment."""
    strategies = finding.outcomes.strategies
    return any(math.isfinite(finding.mean(name, environment)) for name in strategies)


def _table_of_environment(comparison: Comparison, finding: Finding, environment: str) -> TextTable:
    """Return the table of a measure in an environment, the best strategy first."""
    with_values = (name for name in comparison.environments if _has_values(finding, name))
    is_first = environment == next(with_values)
    # The meaning of a measure stands above its first table, the saving below its last.
    before = _describe_measure(finding) if is_first else ""
    after = "" if _has_overall_table(comparison, finding) else _describe_saving(finding)
    return TextTable(
        heading=f"{environment}: {_format_heading(finding)}",
        before=before,
        columns=_columns_of_environment(comparison, finding, environment),
        after=after,
    )


def _columns_of_environment(
    comparison: Comparison, finding: Finding, environment: str
) -> tuple[TextColumn, ...]:
    unit = finding.measure.unit
    ranks = finding.sort_ranks(environment)
    names = [rank.strategy for rank in ranks]
    means = [format_measure(finding.mean(name, environment), unit) for name in names]
    differences = [finding.difference(name, environment) for name in names]
    cells = [format_difference_cell(difference, unit) for difference in differences]
    probabilities = [format_probability(rank.best) for rank in ranks]
    return (
        TextColumn("rank", tuple(_format_ranks(ranks)), priority=3),
        _name_column(_strategy_head(comparison), names),
        TextColumn("mean", tuple(means)),
        TextColumn("difference", tuple(cells)),
        TextColumn("verdict", tuple(map(format_verdict, differences)), right=False),
        TextColumn("best", tuple(probabilities), priority=4),
        TextColumn("wins", tuple(map(format_wins, differences)), priority=2),
        TextColumn("effect", tuple(map(format_effect, differences)), priority=1),
    )


def _name_column(head: str, names: Sequence[str], priority: int = TOP_PRIORITY) -> TextColumn:
    return TextColumn(head, tuple(names), priority, right=False, folds=True)


def _strategy_head(comparison: Comparison) -> str:
    return comparison.by if len(comparison.by) <= _MAX_HEAD else "compared"


def _format_ranks(ranks: Sequence[Rank]) -> Iterator[str]:
    """Yield ranks; strategies that tie share the better one."""
    for rank in ranks:
        ties = sum(other.rank == rank.rank for other in ranks)
        if not ties:
            yield NO_VALUE
            continue
        mark = "=" if ties > 1 else ""
        yield f"{rank.rank - (ties - 1) / 2:.0f}{mark}"


def _format_heading(finding: Finding) -> str:
    """Return a measure with its unit and its better side."""
    unit = finding.measure.unit
    default = unit if unit.startswith("of ") else f"in {unit}"
    scale = _SCALE_PHRASES.get(unit, default)
    side = _SIDE_PHRASES[finding.outcomes.better]
    return f"{readable_name(finding.measure.name)}, {scale}, {side}"


def _describe_measure(finding: Finding) -> str:
    """Return the meaning of a measure and its equivalence margin."""
    measure, margin = finding.measure, finding.rules.margin
    meaning = f"{measure.meaning[:1].upper()}{measure.meaning[1:]}."
    if not margin:
        option = f"--margin {measure.name}:NUMBER"
        return f"{meaning} No equivalence margin ({option}), so no verdict is equivalent."
    amount = f"{format_measure(margin, measure.unit)} {difference_unit(measure.unit)}".rstrip()
    return f"{meaning} Equivalence margin: {amount} (--margin)."


def _describe_saving(finding: Finding) -> str:
    """Return the variance reduction by common random numbers in a sentence."""
    savings = zip(finding.outcomes.environments, finding.savings, strict=True)
    factors = [f"{saving.median:.1f} in {place}" for place, saving in savings if saving.pairs]
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
    order = sorted(range(len(finding.regrets)), key=lambda i: _regret_order(finding.regrets[i]))
    columns = _regret_columns(comparison, finding, order)
    before = f"No satisficing level (--enough {finding.measure.name}:NUMBER)."
    if finding.enough is not None:
        columns += _satisficing_columns(finding, order)
        side = "at least" if finding.outcomes.better == "higher" else "at most"
        level = format_measure(finding.enough, finding.measure.unit)
        before = f"Enough is {side} {level} (--enough)."
    return TextTable(
        heading=f"over all environments: {_format_heading(finding)}",
        before=before,
        columns=tuple(columns),
        after=_describe_saving(finding),
    )


def _regret_order(regret: Regret) -> tuple[bool, float]:
    return math.isnan(regret.mean), regret.mean


def _worst_place(regret: Regret) -> str:
    # A strategy that is best everywhere has no worst environment.
    return regret.where if regret.largest else ""


def _regret_columns(
    comparison: Comparison, finding: Finding, order: Sequence[int]
) -> list[TextColumn]:
    unit = finding.measure.unit
    regrets = [finding.regrets[i] for i in order]
    names = [regret.strategy for regret in regrets]
    means = [format_measure(regret.mean, unit) for regret in regrets]
    largest = [format_measure(regret.largest, unit) for regret in regrets]
    worst_places = [_worst_place(regret) for regret in regrets]
    return [
        _name_column(_strategy_head(comparison), names),
        TextColumn("mean regret", tuple(means)),
        TextColumn("largest", tuple(largest)),
        _name_column("in", worst_places, priority=5),
    ]


def _satisficing_columns(finding: Finding, order: Sequence[int]) -> list[TextColumn]:
    levels = [finding.satisficing[i] for i in order]
    worlds = [format_share(level.worlds) for level in levels]
    environments = [format_share(level.environments) for level in levels]
    return [
        TextColumn("enough: worlds", tuple(worlds)),
        TextColumn("environments", tuple(environments), priority=4),
    ]


def _front_table(comparison: Comparison) -> TextTable:
    """Return the Pareto front: strategies that no other beats on both measures."""
    first, second = (comparison.finding(name) for name in comparison.axes_of_front)
    places = {name: number for number, name in enumerate(comparison.environments)}
    sign = second.outcomes.sign
    points = [point for point in comparison.front if point.on_front]
    points.sort(key=lambda point: (places[point.environment], -sign * point.second))
    first_values = [format_measure(point.first, first.measure.unit) for point in points]
    second_values = [format_measure(point.second, second.measure.unit) for point in points]
    probabilities = [format_probability(point.probability) for point in points]
    environments = [point.environment for point in points]
    strategies = [point.strategy for point in points]
    columns = (
        _name_column("in", environments),
        _name_column(_strategy_head(comparison), strategies),
        TextColumn(readable_name(first.measure.name), tuple(first_values)),
        TextColumn(readable_name(second.measure.name), tuple(second_values)),
        TextColumn("on the front", tuple(probabilities)),
    )
    return TextTable(
        heading=f"Pareto front: {_format_heading(first)}; {_format_heading(second)}",
        before="No other strategy is at least as good on both and better on one.",
        columns=columns,
    )


# terms


def _define_terms(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield every term of the tables with its definition."""
    yield from _define_verdicts(comparison)
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
            "satisficing: share of worlds that reach the level, "
            "and of environments whose mean does",
        )
    if comparison.front:
        yield (
            "on the front",
            "probability that no other strategy beats it on both measures (bootstrap over worlds)",
        )


def _define_verdicts(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield the definitions of difference and verdicts, with error rate and number of worlds."""
    finding = comparison.findings[0]
    alpha, cap = finding.rules.alpha, finding.rules.cap
    family, scope = len(finding.differences), "on a measure"
    if finding.rules.family == "environment":
        family //= len(comparison.environments)
        scope = "on a measure in an environment"
    comparisons = format_quantity(family, "comparison")
    yield (
        "difference",
        f"mean difference from {comparison.baseline} in the same world, with its "
        f"{100 * (1 - alpha):g} % confidence interval (BCa bootstrap)",
    )
    yield (
        "better, worse",
        f"significant: family-wise error rate at most {100 * alpha:g} % over {comparisons} "
        f"{scope} (paired sign-flip test, Holm's correction)",
    )
    yield "equivalent", "the difference lies within the equivalence margin, at the same error rate"
    yield (
        "undecided",
        "inconclusive; in parentheses the additional worlds needed for 80 % power at the observed "
        f"difference; too close: more than {cap} worlds in all. To add them, run the same sweep "
        f"with replicates= set to {comparison.worlds} plus this number",
    )
