"""Reads a study on disk as the data of its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from equipoise.analysis.comparison.comparison import Comparison
from equipoise.analysis.comparison.outcomes import Outcomes, build_outcomes
from equipoise.analysis.measure_table import MEASURE_BY_NAME
from equipoise.analysis.plots.time_series_data import (
    TRAJECTORY_COLUMNS,
    Trajectory,
    build_trajectory,
)
from equipoise.analysis.report.study_data import Combination, StudyData, select_strategies
from equipoise.analysis.text.comparison_text import MAX_ENVIRONMENTS
from equipoise.analysis.text.formatting import format_quantity, join_words, readable_name
from equipoise.errors import EquipoiseError
from equipoise.experiments.config.name_list import split_names
from equipoise.experiments.storage.store import Store
from equipoise.experiments.studies import DEFAULT_MEASURES
from equipoise.experiments.studies.compare import compare
from equipoise.experiments.studies.repeat_commands import (
    build_points_file,
    format_report_command,
    format_sweep_commands,
)
from equipoise.experiments.studies.search_summary import SearchSummary, load_search_summary
from equipoise.experiments.studies.stored_study import (
    StoredStudy,
    check_varied_paths,
    list_axes,
    load_study,
    load_table,
    name_points,
    name_rows,
)
from equipoise.settings.settings import Settings

_Points = Mapping[Combination, Sequence[int]]


def read_study_data(folder: Path, request: Mapping[str, Any]) -> StudyData:
    """Return the data of a report.

    Args:
        folder: the folder of the study.
        request: arguments of `compare` that the user gave.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    study = load_study(folder)
    search = load_search_summary(folder, study.manifest)
    compared = split_names(request.get("by", ()))
    problems = list(check_varied_paths(study, compared))
    if problems:
        raise EquipoiseError(*problems)
    # The points of a search are no strategies, unless the user asks to compare them.
    if search and not compared:
        return _read_search(study, search)
    return _read_comparison(study, request, search)


def _read_search(study: StoredStudy, search: SearchSummary) -> StudyData:
    """Return the data of a search, which has an answer of its own."""
    names = {}
    for point in study.points:
        pair = (str(point["strategy"]), str(point["environment"]))
        names[int(point["point"])] = pair
    strategies, environments = list_axes(names.values())
    first_seed = int(study.manifest["seed"])
    seeds = range(first_seed, first_seed + search.worlds)
    settings = _load_settings(study, _group_points(names))
    report_command = format_report_command(study.manifest, study.folder, {})
    failures = tuple(_list_failures(study, names))
    return StudyData(
        title=study.title,
        strategies=strategies,
        environments=environments,
        seeds=tuple(seeds),
        settings=settings,
        commands=(search.command, report_command),
        versions=study.versions,
        notes=(*search.notes, *study.list_notes(_list_finished_points(study))),
        failures=failures,
        search_answer=search.answer,
        search_figure=search.figure,
    )


def _read_comparison(
    study: StoredStudy, request: Mapping[str, Any], search: SearchSummary | None
) -> StudyData:
    """Return the data of a study whose strategies are compared, if there are two at least."""
    compared = split_names(request.get("by", ())) or study.levers
    names = name_points(study, compared)
    strategies, environments = list_axes(names.values())
    points = _group_points(names)
    settings = _load_settings(study, points)
    comparison, outcomes = _read_outcomes(study, request, names)
    finished = _list_finished_points(study)
    notes = comparison.notes if comparison else tuple(study.list_notes(finished))
    trajectories = _load_trajectories(study, points, comparison)
    failures = tuple(_list_failures(study, names))
    study_commands, files = _list_commands(study, search, settings.values())
    report_command = format_report_command(study.manifest, study.folder, request)
    figure = search.figure if search else None
    return StudyData(
        title=study.title,
        strategies=strategies,
        environments=environments,
        seeds=outcomes[0].seeds,
        settings=settings,
        commands=(*study_commands, report_command),
        versions=study.versions,
        outcomes=outcomes,
        comparison=comparison,
        trajectories=trajectories,
        notes=notes,
        failures=failures,
        files=files,
        search_figure=figure,
    )


def _list_commands(
    study: StoredStudy, search: SearchSummary | None, runs: Iterable[Settings]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the commands that repeat a study, and the files that they need."""
    if search:
        return (search.command,), {}
    paths = tuple(study.points[0])
    commands = format_sweep_commands(study.manifest, study.folder, paths, runs)
    return tuple(commands), build_points_file(study.manifest)


# Points


def _group_points(names: Mapping[int, Combination]) -> dict[Combination, list[int]]:
    """Return the points of each strategy and environment, in the order of the study."""
    points: dict[Combination, list[int]] = {}
    for point, pair in names.items():
        points.setdefault(pair, []).append(point)
    return points


def _load_settings(study: StoredStudy, points: _Points) -> dict[Combination, Settings]:
    return {pair: study.load_settings(numbers[0]) for pair, numbers in points.items()}


# Results


def _read_outcomes(
    study: StoredStudy, request: Mapping[str, Any], names: Mapping[int, Combination]
) -> tuple[Comparison | None, tuple[Outcomes, ...]]:
    """Return the comparison with its outcomes, or the outcomes where nothing can be compared."""
    measures = tuple(dict.fromkeys(split_names(request.get("on", DEFAULT_MEASURES))))
    outcomes = _read_lone_outcomes(study, names, measures)
    if outcomes:
        return None, outcomes
    comparison = compare(study.folder, **request)
    return comparison, tuple(finding.outcomes for finding in comparison.findings)


def _read_lone_outcomes(
    study: StoredStudy, names: Mapping[int, Combination], measures: Sequence[str]
) -> tuple[Outcomes, ...]:
    """Return the outcomes of a study of one strategy, or in one world.

    It is empty for a study that can be compared, and for one without finished runs or without
    these measures: the comparison reports the error.
    """
    known = [name for name in measures if name in MEASURE_BY_NAME]
    table = load_table(study, known)
    strategies, environments = list_axes(names.values())
    worlds = set(table["seed"])
    if len(strategies) > 1 and len(worlds) > 1:
        return ()
    if not worlds or not set(known) <= table.keys():
        return ()
    name_rows(table, names)
    outcomes = (build_outcomes(table, name) for name in known)
    return tuple(part.reindex(strategies, environments) for part in outcomes)


def _list_finished_points(study: StoredStudy) -> set[int]:
    """Return the numbers of the points that have runs."""
    return set(map(int, load_table(study, ())["point"]))


def _load_trajectories(
    study: StoredStudy, points: _Points, comparison: Comparison | None
) -> dict[Combination, Trajectory]:
    """Return the trajectories of the strategies and environments that figures show."""
    strategies, environments = list_axes(points)
    shown_strategies = select_strategies(strategies, comparison)
    shown_environments = environments[:MAX_ENVIRONMENTS]
    trajectories = {}
    for pair, numbers in points.items():
        if pair[0] in shown_strategies and pair[1] in shown_environments:
            trajectories[pair] = _load_trajectory(study, numbers)
    return trajectories


def _load_trajectory(study: StoredStudy, points: Sequence[int]) -> Trajectory:
    """Return the trajectory over all worlds at some points."""
    from equipoise.analysis.frames import load_study_days

    settings = study.load_settings(points[0])
    days = load_study_days(study.folder, points, TRAJECTORY_COLUMNS)
    strikes = []
    for disturbance in settings.environment.disturbances.values():
        # Only a scheduled disturbance begins on the same day in all worlds.
        if disturbance.size > 0 and not disturbance.rate:
            strikes.append(disturbance.start)
    return build_trajectory(days, settings.firm.set_point, settings.firm.band, strikes)


# Failures


def _list_failures(study: StoredStudy, names: Mapping[int, Combination]) -> Iterator[str]:
    """Yield a line for the jobs of each strategy that failed for the same reason."""
    runs: dict[tuple[str, str], Counter[str]] = {}
    for failure in Store(study.folder).read_failures():
        # A sweep of other points may have left failures in the folder.
        point = int(failure["point"])
        strategy, environment = names.get(point, ("a point", "no environment"))
        reason = str(failure["failure"])
        counts = runs.setdefault((strategy, reason), Counter())
        counts[environment] += int(failure["worlds"])
    for (strategy, reason), counts in runs.items():
        name = readable_name(strategy)
        environments = _shorten_environments(list(counts))
        number = format_quantity(counts.total(), "run")
        yield f"{name} in {environments}, {number}: {reason}"


def _shorten_environments(environments: Sequence[str]) -> str:
    names = [readable_name(environment) for environment in environments]
    further = len(names) - MAX_ENVIRONMENTS
    if further <= 0:
        return join_words(names)
    listing = ", ".join(names[:MAX_ENVIRONMENTS])
    return f"{listing} and {further} more environments"
