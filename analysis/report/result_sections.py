"""Sections on the results: tables, comparisons, and the days behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from equipoise.analysis.plots.embedding import Picture
from equipoise.analysis.plots.time_series_data import Trajectory
from equipoise.analysis.report.figures import (
    belief_picture,
    causes_picture,
    differences_picture,
    front_picture,
    has_differences,
    ranking_picture,
    satisfaction_picture,
)
from equipoise.analysis.report.headline import format_outcome
from equipoise.analysis.report.section import (
    Section,
    note_omissions,
    text_column,
    use_readable_names,
)
from equipoise.analysis.report.study_data import StudyData
from equipoise.analysis.text.comparison_text import (
    TextColumn,
    TextTable,
    describe_comparison,
)
from equipoise.analysis.text.formatting import readable_name

_SEARCH_HEADINGS = {"sensitivity": "Sensitivity", "envelope": "Homeostatic envelope"}


def result_section(study: StudyData) -> Section:
    """Return the section with the tables of results."""
    tables: list[TextTable] = []
    if study.comparison:
        for table in describe_comparison(study.comparison).tables:
            # A table without rows would be a heading only.
            if table.columns and table.columns[0].cells:
                tables.append(_with_readable_names(study, table))
    elif study.outcomes:
        tables.append(_table_without_comparison(study))
    return Section("results", "Results", tables=tuple(tables))


def _with_readable_names(study: StudyData, table: TextTable) -> TextTable:
    columns = []
    for column in table.columns:
        cells = [use_readable_names(study, cell) for cell in column.cells]
        columns.append(column._replace(cells=tuple(cells)))
    heading = use_readable_names(study, table.heading)
    before = use_readable_names(study, table.before)
    after = use_readable_names(study, table.after)
    return TextTable(heading, before, tuple(columns), after)


def _table_without_comparison(study: StudyData) -> TextTable:
    """Return the means of a study of one strategy, or in one world."""
    pairs = [(name, place) for name in study.strategies for place in study.environments]
    columns = []
    if len(study.strategies) > 1:
        strategies = [readable_name(name) for name, _ in pairs]
        columns.append(text_column("strategy", strategies))
    environments = [readable_name(place) for _, place in pairs]
    columns.append(text_column("environment", environments))
    for outcomes in study.outcomes:
        values = tuple(format_outcome(outcomes, name, place) for name, place in pairs)
        head = readable_name(outcomes.measure)
        columns.append(TextColumn(head, values))
    note = "In parentheses: 95 % Student t interval of the mean over worlds."
    return TextTable("Means", "", tuple(columns), note)


# Comparison and search


def differences_section(study: StudyData) -> Section:
    """Return the section with the differences from the baseline, which is empty without any."""
    key, heading = "differences", "Differences from the baseline"
    comparison = study.comparison
    if not comparison:
        return Section(key, heading)
    pictures = []
    for finding in comparison.findings:
        for environment in study.environments_in_figures:
            if has_differences(finding, environment):
                strategies = study.strategies_in_figures
                picture = differences_picture(comparison, finding, environment, strategies)
                pictures.append(picture)
    return Section(key, heading, note_omissions(study), pictures=tuple(pictures))


def ranking_section(study: StudyData) -> Section:
    """Return the section with the ranks on each measure."""
    strategies, environments = study.strategies_in_figures, study.environments_in_figures
    pictures = []
    if study.comparison:
        for finding in study.comparison.findings:
            pictures.append(ranking_picture(finding, environments, strategies))
    return Section("ranking", "Ranking", pictures=tuple(pictures))


def front_section(study: StudyData) -> Section:
    """Return the section with the Pareto front."""
    comparison = study.comparison
    pictures = []
    if comparison and comparison.front:
        strategies, environments = study.strategies_in_figures, study.environments_in_figures
        pictures.append(front_picture(comparison, environments, strategies))
    return Section("front", "Pareto front", pictures=tuple(pictures))


def search_section(study: StudyData) -> Section:
    """Return the section with the figure of a search, which is empty without one."""
    figure = study.search_figure
    if figure is None:
        return Section("map", "Search")
    return Section("map", _SEARCH_HEADINGS[figure.name], pictures=(figure,))


# Days


def satisfaction_section(study: StudyData) -> Section:
    """Return the section with satisfaction by day."""
    heading = "Satisfaction by day"
    pictures = _draw_days(study, satisfaction_picture, lambda one: one.truth is not None)
    if pictures:
        introduction = (
            "Each panel shows a strategy. The distance of the dashed line from the black one "
            "is the error of the firm's belief."
        )
        return Section("days", heading, (introduction, *note_omissions(study)), pictures=pictures)
    if study.search_answer:
        # A search compares points, not days.
        return Section("days", heading)
    missing = (
        "The study has no daily satisfaction, so there are no curves. "
        "Sweep without --daily none for them."
    )
    return Section("days", heading, (missing,))


def causes_section(study: StudyData) -> Section:
    """Return the section with the causes of change in satisfaction."""
    pictures = _draw_days(study, causes_picture, lambda one: one.changes is not None)
    introduction = (
        "Every change of mean satisfaction is split into its causes without remainder. Experience "
        "is the work of departments; peers and norm are the community's own loop; answers and "
        "messages are the firm's loop."
    )
    return _picture_section("movers", "Causes of change in satisfaction", introduction, pictures)


def belief_section(study: StudyData) -> Section:
    """Return the section with the firm's belief and the truth."""
    pictures = _draw_days(study, belief_picture, lambda one: one.belief_error is not None)
    introduction = (
        "The perception gap is the belief of the firm minus the truth. Its worst form are weeks "
        "with a green dashboard and red customers, in which the firm believed satisfaction in "
        "its band while it was outside."
    )
    return _picture_section("beliefs", "Belief of the firm", introduction, pictures)


def _picture_section(
    key: str, heading: str, introduction: str, pictures: tuple[Picture, ...]
) -> Section:
    if not pictures:
        return Section(key, heading)
    return Section(key, heading, (introduction,), pictures=pictures)


def _draw_days(
    study: StudyData,
    draw: Callable[[dict[str, Trajectory], str, Sequence[str]], Picture],
    has_data: Callable[[Trajectory], bool],
) -> tuple[Picture, ...]:
    """Return a figure for each environment in which any trajectory has the data."""
    pictures = []
    for environment in study.environments_in_figures:
        trajectories = study.trajectories_in(environment)
        if any(map(has_data, trajectories.values())):
            without_runs = study.strategies_without_runs(environment)
            pictures.append(draw(trajectories, environment, without_runs))
    return tuple(pictures)
