"""The figures of a report as pictures: each with its caption, and in words for who cannot see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from equipoise.analysis.comparison.comparison import Comparison, Finding
from equipoise.analysis.comparison.ranking import Rank
from equipoise.analysis.plots import comparison_figures, time_series
from equipoise.analysis.plots.embedding import Picture, count_worlds, render_picture
from equipoise.analysis.plots.time_series_data import Trajectory
from equipoise.analysis.text.comparison_cells import (
    format_difference,
    format_difference_interval,
    format_probability,
)
from equipoise.analysis.text.formatting import (
    NO_VALUE,
    format_level,
    format_percent,
    format_quantity,
    join_words,
    readable_name,
)

Courses = Mapping[str, Trajectory]


def _names(strategies: Iterable[str]) -> dict[str, str]:
    return {name: readable_name(name) for name in strategies}


def file_name(kind: str, place: str) -> str:
    """Return the stem of a figure's file."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in f"{kind}-{place}".lower())
    return "-".join(part for part in plain.split("-") if part)[:80]


# of a comparison


def has_pairs(finding: Finding, place: str) -> bool:
    """Tell whether any difference is known in an environment."""
    return any(each.pairs for each in finding.differences if each.environment == place)


def tornado(of: Comparison, finding: Finding, place: str, drawn: Sequence[str]) -> Picture:
    """Return the differences of a measure from the baseline in an environment."""
    found = [
        each for each in finding.differences if each.environment == place and each.strategy in drawn
    ]
    unit = finding.measure.unit
    alt = "; ".join(
        f"{readable_name(each.strategy)} {format_difference_interval(each, unit)}, {each.verdict}"
        for each in found
    )
    caption = (
        f"{_upper(readable_name(place))}: {readable_name(finding.measure.name)} less that "
        f"of {readable_name(of.baseline)} in the same "
        f"world, mean over {_pairs(finding, place)}. {_interval(finding)} {_holm(finding)}"
    )
    caption += _undrawn(each.strategy for each in found if not each.pairs)
    figure = comparison_figures.tornado_figure(finding, place, _names(drawn))
    name = file_name(f"differences-{finding.measure.name}", place)
    return render_picture(
        name, figure, f"Differences from {readable_name(of.baseline)}: {alt}.", caption
    )


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pairs(finding: Finding, place: str) -> str:
    pairs = {each.pairs for each in finding.differences if each.environment == place and each.pairs}
    return f"{count_worlds(pairs)}{' that both have' if len(pairs) > 1 else ''}"


def _undrawn(names: Iterable[str]) -> str:
    told = [readable_name(name) for name in names]
    return f" Not drawn, since no run is finished: {join_words(told)}." if told else ""


def _interval(finding: Finding) -> str:
    rules = finding.rules
    return (
        f"Intervals: {100 * (1 - rules.alpha):g} % of the paired difference, by the BCa bootstrap with "
        f"{rules.resamples:,} resamples of worlds; none below 5 worlds."
    )


def _holm(finding: Finding) -> str:
    rules = finding.rules
    family = format_quantity(len(finding.differences), "verdict")
    margin = (
        format_difference(rules.margin, finding.measure.unit, sign=False) if rules.margin else ""
    )
    grey = f" Grey: differences below {margin} do not matter." if margin else ""
    return f"Verdicts are corrected by Holm over {family}.{grey}"


def ranking(finding: Finding, places: Sequence[str], drawn: Sequence[str]) -> Picture:
    """Return ranks and chances of being the best on a measure."""
    firsts = [
        f"in {readable_name(place)} {join_words([readable_name(each.strategy) for each in _first(finding, place)])} "
        f"({format_probability(_first(finding, place)[0].best)})"
        for place in places
        if _first(finding, place)
    ]
    alt = f"Table of ranks on {readable_name(finding.measure.name)}. First: {'; '.join(firsts) or NO_VALUE}."
    worlds = {each.worlds for each in finding.ranks if each.environment in places and each.worlds}
    caption = (
        f"Rank by the mean of {readable_name(finding.measure.name)} (bold; = marks a tie), and the chance of "
        f"having the best mean: the share of {finding.rules.resamples:,} paired bootstrap samples of the worlds "
        f"({count_worlds(worlds)}) in which it has; none below 5 worlds. Sorted by mean rank."
    )
    return render_picture(
        file_name("ranking", finding.measure.name),
        comparison_figures.ranking_figure(finding, places, _names(drawn)),
        alt,
        caption,
    )


def _first(finding: Finding, place: str) -> list[Rank]:
    return [each for each in finding.ordered(place) if each.rank == finding.ordered(place)[0].rank]


def front(of: Comparison, places: Sequence[str], drawn: Sequence[str]) -> Picture:
    """Return homeostasis against cost."""
    first, second = (of.finding(name).measure for name in of.axes_of_front)
    on = [
        f"in {readable_name(place)} "
        f"{join_words([readable_name(e.strategy) for e in of.front if e.on_front and e.environment == place])}"
        for place in places
        if any(each.on_front for each in of.front if each.environment == place)
    ]
    alt = (
        f"Scatter of {readable_name(first.name)} against {readable_name(second.name)}. On "
        f"the front: {'; '.join(on) or NO_VALUE}."
    )
    caption = (
        f"{_upper(readable_name(first.name))} against {readable_name(second.name)}, means "
        f"over the worlds that all strategies share "
        f"({format_quantity(of.worlds, 'world')} were run). Filled and joined by the dotted line: the Pareto front. How surely "
        f"each is on it stands in the table above.{' Axes differ between panels.' if len(places) > 1 else ''}"
    ) + _undrawn(
        name
        for name in drawn
        if not any(np.isfinite(e.first) for e in of.front if e.strategy == name)
    )
    return render_picture(
        "front", comparison_figures.front_figure(of, places, _names(drawn)), alt, caption
    )


# of the days


def courses(of: Courses, place: str, absent: Sequence[str] = ()) -> Picture:
    """Return satisfaction by day in an environment."""
    alt = "; ".join(f"{readable_name(name)}: {_path(course)}" for name, course in of.items())
    several = count_worlds({course.worlds for course in of.values()})
    caption = (
        f"{_upper(readable_name(place))}: mean satisfaction of customers by day. Black: "
        f"median of {several}; grey: the middle "
        "80 % of the worlds (how far worlds differ, not how sure the median is); dashed: what the firm believed, the "
        "median of worlds; green: the band"
    )
    struck = any(course.strikes for course in of.values())
    caption += f"{'; dotted: something struck' if struck else ''}.{_undrawn(absent)}"
    figure = time_series.trajectories_figure(of, _names(of), readable_name(place))
    return render_picture(
        file_name("days", place),
        figure,
        f"Satisfaction by day in {readable_name(place)}. {alt}.",
        caption,
    )


def _path(course: Trajectory) -> str:
    if course.truth is None or not np.isfinite(course.truth.middle).any():
        return "no curve"
    path = course.truth.middle
    low = int(np.nanargmin(path))
    known = path[np.isfinite(path)]
    return f"begins at {format_level(known[0])}, lowest {format_level(path[low])} on day {low}, ends at {format_level(known[-1])}"


def movers(of: Courses, place: str, absent: Sequence[str] = ()) -> Picture:
    """Return what moved satisfaction in an environment."""
    alt = "; ".join(
        f"{readable_name(name)}: {_most(course)}" for name, course in of.items() if course.moved
    )
    some = next(course for course in of.values() if course.moved)
    days = format_quantity(some.period, "day")
    caption = (
        f"{_upper(readable_name(place))}: left, the cause whose sum over {days} was the "
        f"largest, up or down (pale: all causes "
        f"together moved satisfaction by less than {time_series.SMALL_MOVEMENT:g}); "
        f"right, each cause's share of the absolute sums "
        f"over {days}. Mean of {count_worlds({course.worlds for course in of.values()})}."
    ) + _undrawn(absent)
    figure = time_series.causes_figure(of, _names(of), readable_name(place))
    return render_picture(
        file_name("movers", place),
        figure,
        f"What moved satisfaction in {readable_name(place)}. {alt}.",
        caption,
    )


def _most(course: Trajectory) -> str:
    ordered = sorted(course.movers().items(), key=lambda pair: -pair[1])
    return ", ".join(f"{name} {format_percent(share)}" for name, share in ordered[:3])


def beliefs(of: Courses, place: str, absent: Sequence[str] = ()) -> Picture:
    """Return belief against truth in an environment."""
    alt = "; ".join(
        f"{readable_name(name)}: {time_series.describe_belief(course)}"
        for name, course in of.items()
        if course.off is not None
    )
    caption = (
        f"{_upper(readable_name(place))}: what the firm believed less the truth, by week "
        f"(median of worlds), and below it the "
        "weeks with a green dashboard and red customers: the darker, the more of the "
        f"{count_worlds({course.worlds for course in of.values()})}. Right: mean distance "
        f"of belief from truth, and mean "
        "number of fooled weeks."
    ) + _undrawn(absent)
    figure = time_series.beliefs_figure(of, _names(of), readable_name(place))
    return render_picture(
        file_name("beliefs", place),
        figure,
        f"Belief and truth in {readable_name(place)}. {alt}.",
        caption,
    )
