"""The figures of a report: each with its caption, and an alternative text for screen readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from equipoise.analysis.comparison.comparison import Comparison, Finding
from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.comparison.pareto import FrontPoint
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

_MAX_FILE_NAME = 80  # characters of a stem
_MAX_CAUSES = 3  # causes in an alternative text


def figure_file_name(kind: str, subject: str) -> str:
    """Return the stem of a figure's file: letters, digits and single hyphens."""
    text = f"{kind}-{subject}".lower()
    plain = "".join(letter if letter.isalnum() else "-" for letter in text)
    words = (word for word in plain.split("-") if word)
    return "-".join(words)[:_MAX_FILE_NAME]


def _map_names(strategies: Iterable[str]) -> dict[str, str]:
    return {name: readable_name(name) for name in strategies}


def _join_names(strategies: Iterable[str]) -> str:
    return join_words([readable_name(name) for name in strategies])


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def _note_not_drawn(strategies: Iterable[str]) -> str:
    names = list(strategies)
    return f" Not drawn, since no run is finished: {_join_names(names)}." if names else ""


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
    in_environment = _differences_in(finding, environment)
    differences = [one for one in in_environment if one.strategy in strategies]
    unit = finding.measure.unit
    values = []
    for one in differences:
        interval = format_difference_interval(one, unit)
        values.append(f"{readable_name(one.strategy)} {interval}, {one.verdict}")
    baseline = readable_name(comparison.baseline)
    measure = readable_name(finding.measure.name)
    caption = (
        f"{_capitalise(readable_name(environment))}: difference in {measure} from {baseline} "
        f"in the same world, mean over {_describe_pairs(in_environment)}. "
        f"{_describe_intervals(finding)} {_describe_verdicts(finding)}"
    )
    caption += _note_not_drawn(one.strategy for one in differences if not one.pairs)
    return render_picture(
        figure_file_name(f"differences-{finding.measure.name}", environment),
        comparison_figures.tornado_figure(finding, environment, _map_names(strategies)),
        f"Differences from {baseline}: {'; '.join(values)}.",
        caption,
    )


def _describe_pairs(differences: Sequence[Difference]) -> str:
    pairs = {one.pairs for one in differences if one.pairs}
    worlds = count_worlds(pairs)
    return f"{worlds} that both have" if len(pairs) > 1 else worlds


def _describe_intervals(finding: Finding) -> str:
    rules = finding.rules
    return (
        f"Intervals: {100 * (1 - rules.alpha):g} % of the mean paired difference, by the BCa "
        f"bootstrap with {rules.resamples:,} resamples of worlds; none below 5 worlds."
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
    measure = readable_name(finding.measure.name)
    firsts = []
    for environment in environments:
        first = _describe_first(finding, environment)
        if first:
            firsts.append(f"in {readable_name(environment)} {first}")
    ranks = (rank for rank in finding.ranks if rank.environment in environments)
    worlds = {rank.worlds for rank in ranks if rank.worlds}
    caption = (
        f"Rank by the mean of {measure} (bold; = marks a tie), and the probability of the best "
        f"mean: the share of {finding.rules.resamples:,} paired bootstrap resamples of the worlds "
        f"({count_worlds(worlds)}) in which the strategy has it; none below 5 worlds. "
        "Sorted by mean rank."
    )
    return render_picture(
        figure_file_name("ranking", finding.measure.name),
        comparison_figures.ranking_figure(finding, environments, _map_names(strategies)),
        f"Table of ranks on {measure}. First: {'; '.join(firsts) or NO_VALUE}.",
        caption,
    )


def _describe_first(finding: Finding, environment: str) -> str:
    """Return the strategies of the first rank with their probability of being best."""
    ranks = finding.ordered(environment)
    first = [rank for rank in ranks if rank.rank == ranks[0].rank]
    if not first:
        return ""
    names = _join_names(rank.strategy for rank in first)
    return f"{names} ({format_probability(first[0].best)})"


def front_picture(
    comparison: Comparison, environments: Sequence[str], strategies: Sequence[str]
) -> Picture:
    """Return the figure of the Pareto front: the first measure against cost."""
    names = [comparison.finding(name).measure.name for name in comparison.axes_of_front]
    first, second = (readable_name(name) for name in names)
    fronts = []
    for environment in environments:
        points = _front_in(comparison, environment)
        if points:
            listing = _join_names(point.strategy for point in points)
            fronts.append(f"in {readable_name(environment)} {listing}")
    worlds = format_quantity(comparison.worlds, "world")
    caption = (
        f"{_capitalise(first)} against {second}, means over the worlds that all strategies share "
        f"({worlds} were run). Filled and joined by the dotted line: the Pareto front. The table "
        "above gives the probability of being on it."
    )
    if len(environments) > 1:
        caption += " Axes differ between panels."
    located = {point.strategy for point in comparison.front if np.isfinite(point.first)}
    caption += _note_not_drawn(name for name in strategies if name not in located)
    return render_picture(
        "front",
        comparison_figures.front_figure(comparison, environments, _map_names(strategies)),
        f"Scatter of {first} against {second}. On the front: {'; '.join(fronts) or NO_VALUE}.",
        caption,
    )


def _front_in(comparison: Comparison, environment: str) -> list[FrontPoint]:
    points = (point for point in comparison.front if point.on_front)
    return [point for point in points if point.environment == environment]


# Figures of days


def satisfaction_picture(
    trajectories: Mapping[str, Trajectory], environment: str, without_runs: Sequence[str] = ()
) -> Picture:
    """Return the figure of satisfaction by day in an environment, a panel a strategy."""
    place = readable_name(environment)
    values = (
        f"{readable_name(name)}: {_describe_path(trajectory)}"
        for name, trajectory in trajectories.items()
    )
    alt = f"Satisfaction by day in {place}. {'; '.join(values)}."
    has_strikes = any(trajectory.strikes for trajectory in trajectories.values())
    strikes = "; dotted: start of a disturbance" if has_strikes else ""
    caption = (
        f"{_capitalise(place)}: mean satisfaction of customers by day. "
        f"Black: median of {_count_worlds(trajectories)}; grey: the middle 80 % of the worlds "
        "(their spread, not the uncertainty of the median); dashed: belief of the firm, median "
        f"of worlds; green: the band{strikes}.{_note_not_drawn(without_runs)}"
    )
    figure = time_series.trajectories_figure(trajectories, _map_names(trajectories), place)
    return render_picture(figure_file_name("days", environment), figure, alt, caption)


def _count_worlds(trajectories: Mapping[str, Trajectory]) -> str:
    return count_worlds({trajectory.worlds for trajectory in trajectories.values()})


def _describe_path(trajectory: Trajectory) -> str:
    """Return the first, lowest and last level of satisfaction in words."""
    if trajectory.truth is None or not np.isfinite(trajectory.truth.middle).any():
        return "no curve"
    path = trajectory.truth.middle
    lowest_day = int(np.nanargmin(path))
    known = path[np.isfinite(path)]
    first, lowest, last = (format_level(value) for value in (known[0], path[lowest_day], known[-1]))
    return f"begins at {first}, lowest {lowest} on day {lowest_day}, ends at {last}"


def causes_picture(
    trajectories: Mapping[str, Trajectory], environment: str, without_runs: Sequence[str] = ()
) -> Picture:
    """Return the figure of the causes of change in satisfaction in an environment."""
    place = readable_name(environment)
    attributed = {name: one for name, one in trajectories.items() if one.moved}
    values = (
        f"{readable_name(name)}: {_describe_causes(trajectory)}"
        for name, trajectory in attributed.items()
    )
    alt = f"Causes of change in satisfaction in {place}. {'; '.join(values)}."
    first = next(iter(attributed.values()))
    period = format_quantity(first.period, "day")
    caption = (
        f"{_capitalise(place)}: left, the cause with the largest sum over {period}, up or down "
        "(pale: all causes together moved satisfaction by less than "
        f"{time_series.SMALL_MOVEMENT:g}); right, each cause's share of the absolute sums over "
        f"{period}. Mean of {_count_worlds(trajectories)}."
    )
    caption += _note_not_drawn(without_runs)
    figure = time_series.causes_figure(trajectories, _map_names(trajectories), place)
    return render_picture(figure_file_name("movers", environment), figure, alt, caption)


def _describe_causes(trajectory: Trajectory) -> str:
    """Return the largest causes with their shares."""
    shares = trajectory.movers()
    causes = sorted(shares, key=shares.__getitem__, reverse=True)[:_MAX_CAUSES]
    return ", ".join(f"{cause} {format_percent(shares[cause])}" for cause in causes)


def belief_picture(
    trajectories: Mapping[str, Trajectory], environment: str, without_runs: Sequence[str] = ()
) -> Picture:
    """Return the figure of the firm's belief minus the truth in an environment."""
    place = readable_name(environment)
    values = (
        f"{readable_name(name)}: {time_series.describe_belief(trajectory)}"
        for name, trajectory in trajectories.items()
        if trajectory.off is not None
    )
    alt = f"Belief and truth in {place}. {'; '.join(values)}."
    caption = (
        f"{_capitalise(place)}: belief of the firm minus the truth by week (median of worlds); "
        "below it the weeks with a green dashboard and red customers: the darker, the more of "
        f"the {_count_worlds(trajectories)}. Right: mean absolute error of the belief, and mean "
        "number of fooled weeks."
    )
    caption += _note_not_drawn(without_runs)
    figure = time_series.beliefs_figure(trajectories, _map_names(trajectories), place)
    return render_picture(figure_file_name("beliefs", environment), figure, alt, caption)
