"""Reads a study on disk as the data of its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

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
    load_study,
    name_points,
    split_names,
)
from equipoise.settings.settings import Settings


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
    if search and not compared:
        return _search_data(study, search)
    return _comparison_data(study, request, search)


def _comparison_data(
    study: StoredStudy, request: Mapping[str, Any], search: SearchSummary | None
) -> StudyData:
    """Return the data of a study whose strategies are compared, if there is more than one."""
    compared = split_names(request.get("by", ())) or study.levers
    names = name_points(study, compared)
    points = _group_points(names)
    strategies, environments = _axes(names.values())
    measures = split_names(request.get("on", DEFAULT_MEASURES))
    outcomes = _outcomes_without_comparison(study, names, measures)
    comparison = None
    if not outcomes:
        comparison = compare(study.folder, **request)
        outcomes = tuple(finding.outcomes for finding in comparison.findings)
    settings = {pair: study.load_settings(numbers[0]) for pair, numbers in points.items()}
    drawn = select_strategies(strategies, comparison)
    commands = [format_report_command(study.manifest, study.folder, request)]
    files = {}
    if search:
        commands.insert(0, search.command)
    else:
        paths = tuple(study.points[0])
        runs = settings.values()
        commands[:0] = format_sweep_commands(study.manifest, study.folder, paths, runs)
        files = build_points_file(study.manifest)
    return StudyData(
        title=_format_title(study),
        strategies=strategies,
        environments=environments,
        outcomes=outcomes,
        seeds=outcomes[0].seeds,
        comparison=comparison,
        trajectories=_load_trajectories(study, points, drawn, environments),
        settings=settings,
        notes=comparison.notes if comparison else (),
        failures=tuple(_list_failures(study, names)),
        search_figure=search.figure if search else None,
        commands=tuple(commands),
        files=files,
        versions=study.manifest.get("code", {}),
    )


def _search_data(study: StoredStudy, search: SearchSummary) -> StudyData:
    """Return the data of a search: its points are no strategies, and it has an answer of its own."""
    names = {
        int(point["point"]): (str(point["strategy"]), str(point["environment"]))
        for point in study.points
    }
    points = _group_points(names)
    strategies, environments = _axes(names.values())
    first_seed = int(study.manifest["seed"])
    return StudyData(
        title=_format_title(study),
        strategies=strategies,
        environments=environments,
        outcomes=(),
        seeds=tuple(range(first_seed, first_seed + search.worlds)),
        comparison=None,
        trajectories={},
        settings={pair: study.load_settings(numbers[0]) for pair, numbers in points.items()},
        notes=search.notes,
        failures=tuple(_list_failures(study, names)),
        search_answer=search.answer,
        search_figure=search.figure,
        commands=(search.command, format_report_command(study.manifest, study.folder, {})),
        versions=study.manifest.get("code", {}),
    )


def _format_title(study: StoredStudy) -> str:
    return str(study.manifest.get("title") or f"Study {study.folder.name}")


def _group_points(names: Mapping[int, Combination]) -> dict[Combination, list[int]]:
    """Return the points of each strategy and environment, in the order of the study."""
    points: dict[Combination, list[int]] = {}
    for point, pair in names.items():
        points.setdefault(pair, []).append(point)
    return points


def _axes(pairs: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of all strategies, and of all environments."""
    strategies = dict.fromkeys(strategy for strategy, _ in pairs)
    environments = dict.fromkeys(environment for _, environment in pairs)
    return tuple(strategies), tuple(environments)


def _outcomes_without_comparison(
    study: StoredStudy, names: Mapping[int, Combination], measures: Sequence[str]
) -> tuple[Outcomes, ...]:
    """Return the outcomes of a study of one strategy, or in one world.

    Returns nothing for a study that can be compared, and nothing for one without finished runs or
    without these measures: the comparison reports the error.
    """
    from equipoise.analysis.frames import load_study_rows

    known = [name for name in measures if name in MEASURE_BY_NAME]
    rows = load_study_rows(study.folder, ["point", "seed", *known])
    strategies, environments = _axes(names.values())
    can_be_compared = len(strategies) > 1 and rows["seed"].n_unique() > 1
    if can_be_compared or not len(rows) or not set(known) <= set(rows.columns):
        return ()
    table: dict[str, Any] = {name: rows[name].to_numpy() for name in ("seed", *known)}
    row_names = [names[point] for point in rows["point"]]
    table["strategy"] = [strategy for strategy, _ in row_names]
    table["environment"] = [environment for _, environment in row_names]
    outcomes = (build_outcomes(table, name) for name in known)
    return tuple(part.reindex(strategies, environments) for part in outcomes)


def _load_trajectories(
    study: StoredStudy,
    points: Mapping[Combination, Sequence[int]],
    strategies: Sequence[str],
    environments: Sequence[str],
) -> dict[Combination, Trajectory]:
    """Return the trajectories of the strategies and environments that are drawn."""
    from equipoise.analysis.frames import load_study_days

    trajectories = {}
    for pair, numbers in points.items():
        strategy, environment = pair
        if strategy not in strategies or environment not in environments[:MAX_ENVIRONMENTS]:
            continue
        settings = study.load_settings(numbers[0])
        days = load_study_days(study.folder, numbers, TRAJECTORY_COLUMNS)
        goal, band = settings.firm.set_point, settings.firm.band
        strikes = _scheduled_days(settings)
        trajectories[pair] = build_trajectory(days, goal, band, strikes)
    return trajectories


def _scheduled_days(settings: Settings) -> list[int]:
    """Return the days on which a disturbance begins in every world."""
    disturbances = settings.environment.disturbances.values()
    return [
        disturbance.start
        for disturbance in disturbances
        if disturbance.size > 0 and not disturbance.rate
    ]


def _list_failures(study: StoredStudy, names: Mapping[int, Combination]) -> Iterator[str]:
    """Yield a line for the jobs of each strategy that failed for the same reason."""
    runs: dict[tuple[str, str], Counter[str]] = {}
    for failure in Store(study.folder).read_failures():
        point = int(failure["point"])
        strategy, environment = names.get(point, ("a point", "no environment"))
        by_environment = runs.setdefault((strategy, str(failure["failure"])), Counter())
        by_environment[environment] += int(failure["worlds"])
    for (strategy, reason), by_environment in runs.items():
        places = _shorten_environments(list(by_environment))
        number = format_quantity(by_environment.total(), "run")
        yield f"{readable_name(strategy)} in {places}, {number}: {reason}"


def _shorten_environments(environments: Sequence[str]) -> str:
    names = [readable_name(environment) for environment in environments]
    further = len(names) - MAX_ENVIRONMENTS
    if further <= 0:
        return join_words(names)
    return f"{', '.join(names[:MAX_ENVIRONMENTS])} and {further} more environments"
