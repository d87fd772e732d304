"""The figures of a report: each with its caption, and an alternative text for screen readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from equipoise.analysis.comparison.comparison import Comparison, Finding
from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.plots.beliefs_figure import beliefs_figure, describe_belief
from equipoise.analysis.plots.causes_figure import PALE_CHANGE, causes_figure
from equipoise.analysis.plots.embedding import Picture, render_picture
from equipoise.analysis.plots.front_figure import front_figure
from equipoise.analysis.plots.ranking_figure import ranking_figure
from equipoise.analysis.plots.study_layout import count_worlds
from equipoise.analysis.plots.time_series_data import Trajectory
from equipoise.analysis.plots.tornado_figure import tornado_figure
from equipoise.analysis.plots.trajectories_figure import trajectories_figure
from equipoise.analysis.report.section import capitalise
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

_MAX_FILE_NAME = 80  # characters of a stem: names of environments may be long
_MAX_CAUSES = 3  # causes in an alternative text


def figure_file_name(kind: str, subject: str) -> str:
    """Return the stem of a figure's file: letters, digits and single hyphens."""
    words = re.findall(r"[^\W_]+", f"{kind} {subject}".lower())
    return "-".join(words)[:_MAX_FILE_NAME]


def _map_names(strategies: Iterable[str]) -> dict[str, str]:
    return {name: readable_name(name) for name in strategies}


def _join_names(strategies: Iterable[str]) -> str:
    names = [readable_name(name) for name in strategies]
    return join_words(names) if names else ""


def _note_not_drawn(strategies: Iterable[str]) -> str:
    names = _join_names(strategies)
    return f" Not drawn, since no run is finished: {names}." if names else ""


# Figures of a comparison


def has_differences(finding: Finding, environment: str) -> bool:
    """Return True if any difference from the baseline is known in an environment."""
    return any(one.pairs for one in _differences_in(finding, environment))


def _differences_in(finding: Finding, environment: str) -> list[Difference]:
    return [one for one in finding.differences if one.environment == environment]


def differences_picture(
    comparison: Comparison, finding: Finding, environment: str, strategies: Sequence[str]
) -> Picture:
    """Return the figure of a measure's differences from the baseline in an environment."""
    differences = _differences_in(finding, environment)
    drawn = [one for one in differences if one.strategy in strategies]
    unit = finding.measure.unit
    values = [_describe_difference(one, unit) for one in drawn]
    baseline = readable_name(comparison.baseline)
    alt = f"Differences from {baseline}: {'; '.join(values)}."
    caption = _differences_caption(finding, environment, baseline)
    caption += _note_not_drawn(one.strategy for one in drawn if not one.pairs)
    name = figure_file_name(f"differences-{finding.measure.name}", environment)
    figure = tornado_figure(finding, environment, _map_names(strategies))
    return render_picture(name, figure, alt, caption)


def _differences_caption(finding: Finding, environment: str, baseline: str) -> str:
    place = capitalise(readable_name(environment))
    measure = _measure_name(finding)
    pairs = _describe_pairs(_differences_in(finding, environment))
    return (
        f"{place}: difference in {measure} from {baseline} in the same world, mean over {pairs}. "
        f"{_describe_intervals(finding)} {_describe_verdicts(finding)}"
    )


def _measure_name(finding: Finding) -> str:
    return readable_name(finding.measure.name)


def _describe_difference(difference: Difference, unit: str) -> str:
    interval = format_difference_interval(difference, unit)
    return f"{readable_name(difference.strategy)} {interval}, {difference.verdict}"


def _describe_pairs(differences: Sequence[Difference]) -> str:
    pairs = {one.pairs for one in differences if one.pairs}
    worlds = count_worlds(pairs)
    # With gaps each difference has worlds of its own.
    return f"{worlds} that both have" if len(pairs) > 1 else worlds


def _describe_intervals(finding: Finding) -> str:
    rules = finding.rules
    level = 100 * (1 - rules.alpha)
    return (
        f"Intervals: {level:g} % of the mean paired difference, by the BCa bootstrap with "
        f"{rules.resamples:,} resamples of worlds; none below 5 worlds."
    )


def _describe_verdicts(finding: Finding) -> str:
    family = format_quantity(len(finding.differences), "verdict")
    correction = f"Verdicts are corrected by Holm's method over {family}."
    margin = finding.rules.margin
    if not margin:
        return correction
    width = format_difference(margin, finding.measure.unit, sign=False)
    return f"{correction} Grey: the equivalence margin of {width}."


def ranking_picture(
    finding: Finding, environments: Sequence[str], strategies: Sequence[str]
) -> Picture:
    """Return the figure of ranks and probabilities of being best on a measure."""
    measure = _measure_name(finding)
    ranks = [rank for rank in finding.ranks if rank.environment in environments]
    worlds = count_worlds({rank.worlds for rank in ranks})
    resamples = f"{finding.rules.resamples:,} paired bootstrap resamples"
    caption = (
        f"Rank by the mean of {measure} (bold; = marks a tie), and the probability of the best "
        f"mean: the share of {resamples} of the worlds ({worlds}) in which the strategy has it; "
        "none below 5 worlds. Sorted by mean rank."
    )
    firsts = _list_by_place(environments, lambda name: _describe_first(finding, name))
    alt = f"Table of ranks on {measure}. First: {firsts}."
    name = figure_file_name("ranking", finding.measure.name)
    figure = ranking_figure(finding, environments, _map_names(strategies))
    return render_picture(name, figure, alt, caption)


def _list_by_place(environments: Iterable[str], describe: Callable[[str], str]) -> str:
    """Return a text for each environment; those without a text are left out."""
    parts = []
    for environment in environments:
        text = describe(environment)
        if text:
            parts.append(f"in {readable_name(environment)} {text}")
    return "; ".join(parts) or NO_VALUE


def _describe_first(finding: Finding, environment: str) -> str:
    """Return the strategies of the first rank with their probability of being best."""
    ranks = finding.sort_ranks(environment)
    first = [rank for rank in ranks if rank.rank == ranks[0].rank]
    if not first:
        return ""
    names = _join_names(rank.strategy for rank in first)
    return f"{names} ({format_probability(first[0].best)})"


def front_picture(
    comparison: Comparison, environments: Sequence[str], strategies: Sequence[str]
) -> Picture:
    """Return the figure of the Pareto front: the first measure against cost."""
    first, second = map(readable_name, comparison.axes_of_front)
    worlds = format_quantity(comparison.worlds, "world")
    caption = (
        f"{capitalise(first)} against {second}, means over the worlds that all strategies share "
        f"({worlds} were run). Filled and joined by the dotted line: the Pareto front. The table "
        "above gives the probability of being on it."
    )
    if len(environments) > 1:
        caption += " Axes differ between panels."
    # A strategy without a value in any environment is on no panel.
    known = [point for point in comparison.front if np.isfinite(point.first)]
    with_values = {point.strategy for point in known}
    caption += _note_not_drawn(name for name in strategies if name not in with_values)
    fronts = _list_by_place(environments, lambda name: _describe_front(comparison, name))
    alt = f"Scatter of {first} against {second}. On the front: {fronts}."
    figure = front_figure(comparison, environments, _map_names(strategies))
    return render_picture("front", figure, alt, caption)


def _describe_front(comparison: Comparison, environment: str) -> str:
    """Return the strategies on the front in an environment."""
    points = [point for point in comparison.front if point.environment == environment]
    names = [point.strategy for point in points if point.on_front]
    return _join_names(names)


# Figures of days


def satisfaction_picture(
    trajectories: Mapping[str, Trajectory], environment: str, without_runs: Sequence[str] = ()
) -> Picture:
    """Return the figure of satisfaction by day in an environment, a panel a strategy."""
    place = readable_name(environment)
    has_strikes = any(one.strikes for one in trajectories.values())
    strikes = "; dotted: start of a disturbance" if has_strikes else ""
    caption = (
        f"{capitalise(place)}: mean satisfaction of customers by day. "
        f"Black: median of {_count_worlds(trajectories)}; grey: the middle 80 % of the worlds "
        "(their spread, not the uncertainty of the median); dashed: belief of the firm, median "
        f"of worlds; green: the band{strikes}.{_note_not_drawn(without_runs)}"
    )
    paths = _list_by_strategy(trajectories, _describe_path)
    alt = f"Satisfaction by day in {place}. {paths}."
    name = figure_file_name("days", environment)
    figure = trajectories_figure(trajectories, _map_names(trajectories), place)
    return render_picture(name, figure, alt, caption)


def _list_by_strategy(
    trajectories: Mapping[str, Trajectory], describe: Callable[[Trajectory], str]
) -> str:
    """Return a text for each strategy."""
    parts = []
    for strategy, trajectory in trajectories.items():
        parts.append(f"{readable_name(strategy)}: {describe(trajectory)}")
    return "; ".join(parts)


def _count_worlds(trajectories: Mapping[str, Trajectory]) -> str:
    return count_worlds({trajectory.worlds for trajectory in trajectories.values()})


def _describe_path(trajectory: Trajectory) -> str:
    """Return the first, lowest and last level of satisfaction in words."""
    if trajectory.truth is None:
        return "no curve"
    path = trajectory.truth.middle
    known = path[np.isfinite(path)]
    if not known.size:
        return "no curve"
    first, lowest, last = map(format_level, (known[0], known.min(), known[-1]))
    lowest_day = int(np.nanargmin(path))
    return f"begins at {first}, lowest {lowest} on day {lowest_day}, ends at {last}"


def causes_picture(
    trajectories: Mapping[str, Trajectory], environment: str, without_runs: Sequence[str] = ()
) -> Picture:
    """Return the figure of the causes of change in satisfaction in an environment."""
    place = readable_name(environment)
    # A study may have kept the causes of some strategies only.
    with_causes = {name: one for name, one in trajectories.items() if one.changes}
    first = next(iter(with_causes.values()))
    period = format_quantity(first.period, "day")
    caption = (
        f"{capitalise(place)}: left, the cause with the largest sum over {period}, up or down "
        "(pale: all causes together moved satisfaction by less than "
        f"{PALE_CHANGE:g}); right, each cause's share of the absolute sums over "
        f"{period}. Mean of {_count_worlds(trajectories)}.{_note_not_drawn(without_runs)}"
    )
    causes = _list_by_strategy(with_causes, _describe_causes)
    alt = f"Causes of change in satisfaction in {place}. {causes}."
    name = figure_file_name("movers", environment)
    figure = causes_figure(trajectories, _map_names(trajectories), place)
    return render_picture(name, figure, alt, caption)


def _describe_causes(trajectory: Trajectory) -> str:
    """Return the largest causes with their shares."""
    shares = trajectory.cause_shares()
    causes = sorted(shares, key=shares.__getitem__, reverse=True)
    parts = []
    for cause in causes[:_MAX_CAUSES]:
        parts.append(f"{cause} {format_percent(shares[cause])}")
    return ", ".join(parts)


def belief_picture(
    trajectories: Mapping[str, Trajectory], environment: str, without_runs: Sequence[str] = ()
) -> Picture:
    """Return the figure of the firm's belief minus the truth in an environment."""
    place = readable_name(environment)
    # "Green dashboard, red customers" is defined in the glossary of the page.
    caption = (
        f"{capitalise(place)}: belief of the firm minus the truth by week (median of worlds); "
        "below it the weeks with a green dashboard and red customers: the darker, the more of "
        f"the {_count_worlds(trajectories)}. Right: mean absolute error of the belief, and mean "
        f"number of misled weeks.{_note_not_drawn(without_runs)}"
    )
    with_belief = {name: one for name, one in trajectories.items() if one.belief_error is not None}
    beliefs = _list_by_strategy(with_belief, describe_belief)
    alt = f"Belief and truth in {place}. {beliefs}."
    name = figure_file_name("beliefs", environment)
    figure = beliefs_figure(trajectories, _map_names(trajectories), place)
    return render_picture(name, figure, alt, caption)
