"""What a comparison says: sentences, tables with everyday words over their columns, and a line for every term."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from equipoise.analysis.comparison.comparison import Comparison, Finding
from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.comparison.ranking import Rank
from equipoise.analysis.text.formatting import (
    NONE,
    count,
    format_rounded,
    join_words,
    readable_name,
)

MOST = 6  # environments that are shown one by one
NAMED = 3  # strategies named in a sentence before the rest are counted
LOPSIDED = (
    0.05  # a verdict is marked where one of two has no value in more than this share of worlds
)
SCALES = {
    "share": (100.0, 1, "in %", "points"),
    "satisfaction": (1.0, 3, "from 0 to 1", ""),
}  # unit -> factor, digits, and what it and its differences are counted in
SIDE = {"higher": "more is better", "lower": "less is better"}
KEPT = 9  # a column that is never left out
LARGE = 10.0  # an effect beyond this is large, whatever it is


class TextColumn(NamedTuple):
    """A column of a table; where there is no room, those of the least ``keep`` are left out first; names may fold."""

    head: str
    cells: tuple[str, ...]
    keep: int = KEPT
    right: bool = True
    folds: bool = False


class TextTable(NamedTuple):
    """A table under a heading, with a line before it and one after it ("" = none)."""

    heading: str
    before: str
    columns: tuple[TextColumn, ...]
    after: str = ""


class ComparisonText(NamedTuple):
    """What a comparison says: title, sentences, notes on what is missing, tables, and what each term means."""

    title: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    sheets: tuple[TextTable, ...]
    terms: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """Return all of it as plain text."""
        parts = [self.title, "\n".join(f"- {each}" for each in (*self.sentences, *self.notes))]
        for sheet in self.sheets:
            lines = (sheet.heading, sheet.before, *_lines(sheet.columns), sheet.after)
            parts.append("\n".join(line for line in lines if line))
        parts.append("\n".join(f"{term}: {meaning}" for term, meaning in self.terms))
        return "\n\n".join(part for part in parts if part)


def _lines(columns: Sequence[TextColumn]) -> Iterator[str]:
    wide = [max(len(cell) for cell in (column.head, *column.cells)) for column in columns]
    for row in zip(*((column.head, *column.cells) for column in columns), strict=True):
        cells = zip(columns, row, wide, strict=True)
        yield "  ".join(
            cell.rjust(n) if column.right else cell.ljust(n) for column, cell, n in cells
        ).rstrip()


def describe_comparison(comparison: Comparison) -> ComparisonText:
    """Return what a comparison says."""
    places = comparison.environments if len(comparison.environments) <= MOST else ()
    judged = [(finding, place) for place in places for finding in comparison.findings]
    sheets = [_judged(comparison, *each) for each in judged if _known(*each)]
    sheets += [
        _overall(comparison, finding)
        for finding in comparison.findings
        if _has_overall(comparison, finding)
    ]
    if comparison.front and places:
        sheets.append(_front(comparison))
    notes = list(comparison.notes)
    if not places:
        notes.append(
            f"{len(comparison.environments)} environments are too many to show one by one: see the export."
        )
    return ComparisonText(
        title=_title(comparison),
        sentences=tuple(_sentences(comparison, places)),
        notes=tuple(notes),
        sheets=tuple(sheets),
        terms=tuple(_terms(comparison)),
    )


def _title(of: Comparison) -> str:
    what, where = (
        count(number, one, many) if path == one else f"{number} by {path}"
        for number, path, one, many in (
            (len(of.strategies), of.by, "strategy", "strategies"),
            (len(of.environments), of.within, "environment", "environments"),
        )
    )
    return f"{what}, in {where}, each in the same {count(of.worlds, 'world')}; the baseline is {of.baseline}"


# sentences


def _sentences(of: Comparison, places: Sequence[str]) -> Iterator[str]:
    """Yield a sentence an environment on the first measure, and one over all of them."""
    finding = of.findings[0]
    name = readable_name(finding.measure.name)
    for place in places:
        if ranks := [each for each in finding.ordered(place) if math.isfinite(each.rank)]:
            yield f"{place}: {_first(ranks, name)} {' '.join(_verdicts(of, finding, ranks))}"
    known = [each for each in finding.regrets if math.isfinite(each.mean)]
    if known and len(of.environments) > 1:
        least = min(known, key=lambda each: each.mean)
        yield f"Over all environments {least.strategy} stays least behind the best in {name}."


def _first(ranks: Sequence[Rank], name: str) -> str:
    firsts = [each.strategy for each in ranks if each.rank == ranks[0].rank]
    sure = (
        f", with a probability of {format_probability(ranks[0].best)}"
        if len(firsts) == 1 and math.isfinite(ranks[0].best)
        else ""
    )
    return f"{_some(firsts)} {'is' if len(firsts) == 1 else 'are'} best in {name}{sure}."


def _verdicts(of: Comparison, finding: Finding, ranks: Sequence[Rank]) -> Iterator[str]:
    found = [
        difference
        for each in ranks
        if (difference := finding.difference(each.strategy, each.environment))
    ]
    than = {
        "better": f"Better than {of.baseline}",
        "worse": "Worse",
        "equivalent": "Equivalent",
        "undecided": "Undecided",
    }
    for kind, words in than.items():
        if names := [each.strategy for each in found if each.verdict == kind]:
            yield f"{words}: {_some(names)}."


def _some(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return f"{', '.join(names[:NAMED])} and {rest} more" if rest > 1 else join_words(names)


# tables


def _known(finding: Finding, place: str) -> bool:
    """Tell whether a measure has any value in an environment."""
    return any(math.isfinite(finding.mean(name, place)) for name in finding.outcomes.strategies)


def _judged(of: Comparison, finding: Finding, place: str) -> TextTable:
    """Return the table of a measure in an environment, the best strategy first."""
    ranks, unit = finding.ordered(place), finding.measure.unit
    differences = [finding.difference(each.strategy, place) for each in ranks]
    columns = (
        TextColumn("rank", tuple(_places(ranks)), keep=3),
        TextColumn(_who(of), tuple(each.strategy for each in ranks), right=False, folds=True),
        TextColumn(
            "mean",
            tuple(format_measure(finding.mean(each.strategy, place), unit) for each in ranks),
        ),
        TextColumn("less the baseline", tuple(_interval(each, unit) for each in differences)),
        TextColumn("verdict", tuple(format_verdict(each) for each in differences), right=False),
        TextColumn("best", tuple(format_probability(each.best) for each in ranks), keep=4),
        TextColumn(
            "wins",
            tuple(_percent(each.superiority) if each else "" for each in differences),
            keep=2,
        ),
        TextColumn(
            "effect",
            tuple(_size(each.standardised) if each else "" for each in differences),
            keep=1,
        ),
    )
    first = next(each for each in of.environments if _known(finding, each))
    before = _before(finding) if place == first else ""
    return TextTable(
        f"{place}: {_headed(finding)}",
        before,
        columns,
        "" if _has_overall(of, finding) else _saved(finding),
    )


def _who(of: Comparison) -> str:
    return of.by if len(of.by) <= 12 else "who"


def _places(ranks: Sequence[Rank]) -> Iterator[str]:
    """Yield ranks as people say them: who ties shares the better one."""
    for each in ranks:
        ties = sum(other.rank == each.rank for other in ranks)
        yield f"{each.rank - (ties - 1) / 2:.0f}{'=' if ties > 1 else ''}" if ties else NONE


def _headed(finding: Finding) -> str:
    """Return a measure with its unit and the side that is better."""
    unit = finding.measure.unit
    counted = (
        SCALES[unit][2] if unit in SCALES else unit if unit.startswith("of ") else f"in {unit}"
    )
    return f"{readable_name(finding.measure.name)}, {counted}, {SIDE[finding.outcomes.better]}"


def _before(finding: Finding) -> str:
    """Return what a measure means, and from where a difference matters."""
    measure, margin = finding.measure, finding.rules.margin
    points = SCALES[measure.unit][3] if measure.unit in SCALES else measure.unit
    matter = (
        f"Differences under {format_measure(margin, measure.unit)} {points}".rstrip()
        + " do not matter (--margin)."
        if margin
        else f"Nobody said which differences do not matter (--margin {measure.name}:NUMBER): so none is equivalent."
    )
    return f"{measure.meaning[:1].upper()}{measure.meaning[1:]}. {matter}"


def _saved(finding: Finding) -> str:
    """Return what meeting the same worlds was worth."""
    places = zip(finding.outcomes.environments, finding.savings, strict=True)
    told = [f"{saving.median:.1f} in {place}" for place, saving in places if saving.pairs]
    if not told:
        return ""
    shown = join_words(told) if len(told) <= MOST else f"{finding.saving.median:.1f} over all"
    return f"Meeting the same worlds divided the variance of differences by {shown} (median over pairs of strategies)."


def _has_overall(of: Comparison, finding: Finding) -> bool:
    """Tell whether a measure has anything to say over all environments that was not said in one."""
    return len(of.environments) > 1 or bool(finding.satisficing)


def _overall(of: Comparison, finding: Finding) -> TextTable:
    """Return the table of a measure over all environments, the least regret first."""
    order = sorted(
        range(len(finding.regrets)),
        key=lambda i: (math.isnan(finding.regrets[i].mean), finding.regrets[i].mean),
    )
    regrets, unit = [finding.regrets[i] for i in order], finding.measure.unit
    columns = [
        TextColumn(_who(of), tuple(each.strategy for each in regrets), right=False, folds=True),
        TextColumn("behind the best", tuple(format_measure(each.mean, unit) for each in regrets)),
        TextColumn("at most", tuple(format_measure(each.largest, unit) for each in regrets)),
        TextColumn(
            "in",
            tuple(each.where if each.largest else "" for each in regrets),
            keep=5,
            right=False,
            folds=True,
        ),
    ]
    before = f"Nobody said what is enough (--enough {finding.measure.name}:NUMBER)."
    if finding.enough is not None:
        kept = [finding.satisficing[i] for i in order]
        columns += [
            TextColumn("enough: worlds", tuple(_percent(each.worlds) for each in kept)),
            TextColumn("environments", tuple(_percent(each.environments) for each in kept), keep=4),
        ]
        side = "at least" if finding.outcomes.better == "higher" else "at most"
        before = f"Enough is {side} {format_measure(finding.enough, unit)} (--enough)."
    return TextTable(
        f"over all environments: {_headed(finding)}", before, tuple(columns), _saved(finding)
    )


def _front(of: Comparison) -> TextTable:
    """Return the strategies that none beats on both measures."""
    first, second = (of.finding(name).measure for name in of.axes_of_front)
    sign = of.finding(second.name).outcomes.sign
    order = {place: i for i, place in enumerate(of.environments)}
    points = [each for each in of.front if each.on_front]
    points.sort(key=lambda each: (order[each.environment], -sign * each.second))
    columns = (
        TextColumn("in", tuple(each.environment for each in points), right=False, folds=True),
        TextColumn(_who(of), tuple(each.strategy for each in points), right=False, folds=True),
        TextColumn(
            readable_name(first.name),
            tuple(format_measure(each.first, first.unit) for each in points),
        ),
        TextColumn(
            readable_name(second.name),
            tuple(format_measure(each.second, second.unit) for each in points),
        ),
        TextColumn("on the front", tuple(format_probability(each.probability) for each in points)),
    )
    heading = f"the front: {_headed(of.finding(first.name))}; {_headed(of.finding(second.name))}"
    return TextTable(
        heading, "No other strategy is at least as good on both and better on one.", columns
    )


# words


def format_verdict(difference: Difference | None) -> str:
    """Return a verdict in words; marked where missing values can mislead."""
    if difference is None:
        return "(the baseline)"
    mark = "*" if difference.lopsided > LOPSIDED * (difference.pairs + difference.lopsided) else ""
    if not difference.pairs:
        return f"no pairs{mark}"
    if difference.verdict != "undecided":
        return difference.verdict + mark
    if difference.spread == 0 and difference.mean == 0:
        return f"no difference{mark}"
    return (
        f"undecided ({difference.more} more){mark}"
        if difference.more
        else f"undecided (too near){mark}"
    )


def format_measure(value: float, unit: str, sign: bool = False) -> str:
    """Return a number as its unit is shown in tables: shares in percent, money with three digits."""
    if math.isnan(value):
        return NONE
    factor, digits, *_ = SCALES.get(unit, (1.0, 1 if abs(value) < 1000 else 0))
    said = (
        format_rounded(value)
        if unit == "money"
        else f"{round(factor * value, digits) + 0.0:,.{digits}f}".replace("-", "−")
    )
    return f"+{said}" if sign and said.strip("0.,") and value > 0 else said


def _interval(difference: Difference | None, unit: str) -> str:
    if difference is None:
        return ""
    mean, low, high = (
        format_measure(x, unit, sign=True)
        for x in (difference.mean, difference.low, difference.high)
    )
    return f"{mean} ({low} to {high})" if math.isfinite(difference.low) else mean


def format_probability(probability: float) -> str:
    """Return an estimated probability, which is never certain."""
    if math.isnan(probability):
        return NONE
    return (
        ">99 %"
        if probability > 0.99
        else "<1 %"
        if probability < 0.01
        else f"{100 * probability:.0f} %"
    )


def _percent(share: float) -> str:
    return NONE if math.isnan(share) else f"{100 * share:.0f} %"


def _size(effect: float) -> str:
    if math.isnan(effect):
        return NONE
    if abs(effect) > LARGE:
        return f">{LARGE:.0f}" if effect > 0 else f"<−{LARGE:.0f}"
    return f"{effect:+.1f}".replace("-", "−")


def _terms(of: Comparison) -> Iterator[tuple[str, str]]:
    """Yield every term of the tables with what it means."""
    rules = of.findings[0].rules
    sure, family = f"{100 * (1 - rules.alpha):g} %", len(of.findings[0].differences)
    yield (
        "less the baseline",
        f"the mean difference to {of.baseline} in the same world; in brackets its {sure} interval (BCa bootstrap)",
    )
    yield (
        "better, worse",
        f"surely: the chance of even one false one among the {family} verdicts on a measure is about "
        f"{100 * rules.alpha:g} % at most (paired sign-flip test, Holm's correction)",
    )
    yield "equivalent", "as surely, a difference that does not matter"
    yield (
        "undecided",
        "neither; so many more worlds would decide it with a chance of 80 %, if all goes on as it went; "
        f"too near: {rules.cap} worlds in all would not. The same sweep with a replicates= that is "
        f"larger than {of.worlds} by so many adds them",
    )
    yield "best", "the probability of having the best mean, if worlds were drawn anew"
    yield (
        "wins",
        "the share of worlds in which it does better than the baseline, ties counting half",
    )
    yield (
        "effect",
        "the difference in standard deviations of a strategy's worlds: 0.2 is small, 0.5 medium, 0.8 large",
    )
    if any(_has_overall(of, finding) for finding in of.findings):
        yield (
            "behind the best",
            "regret: how far its mean is behind the best one of an environment, on average and at most",
        )
        yield (
            "enough",
            "satisficing: the share of worlds that reach it, and of environments that do so by their mean",
        )
    if of.front:
        yield (
            "on the front",
            "the probability that no other beats it on both (Pareto), if worlds were drawn anew",
        )
