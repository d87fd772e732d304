"""Sections on the study itself: its answer, its failures, its strategies and environments."""

from __future__ import annotations

from collections.abc import Iterable

from equipoise.analysis.report.headline import answer_comparison, answer_without_comparison
from equipoise.analysis.report.section import (
    Section,
    note_omissions,
    text_column,
    use_readable_names,
)
from equipoise.analysis.report.study_data import StudyData
from equipoise.analysis.text.comparison_text import TextTable
from equipoise.analysis.text.formatting import NO_VALUE, format_quantity, readable_name
from equipoise.settings.settings import Settings

_MAX_FAILURES = 20  # lines


def answer_section(study: StudyData) -> Section:
    """Return the section with the answer in two sentences, and the notes on it."""
    if study.search_answer:
        sentences = study.search_answer
    elif study.comparison:
        sentences = answer_comparison(study.comparison, study.references)
    else:
        sentences = answer_without_comparison(study)
    notes = tuple(use_readable_names(study, note) for note in study.notes)
    return Section("answer", "Answer", sentences, notes)


def failure_section(study: StudyData) -> Section:
    """Return the section on failed jobs, which is empty without any."""
    heading = "Failed jobs"
    if not study.failures:
        return Section("failed", heading)
    lines = study.failures[:_MAX_FAILURES]
    further = len(study.failures) - len(lines)
    if further:
        lines = (*lines, f"... and {further} more, in the folder failures of the study.")
    introduction = "Jobs failed, and their runs are missing from the results."
    return Section("failed", heading, (introduction,), lines)


def design_section(study: StudyData) -> Section:
    """Return the section on strategies, environments and worlds."""
    extent = f"{_describe_extent(study)} {_describe_goal(study)}"
    paragraphs = (extent, *note_omissions(study))
    tables = (_strategy_table(study), _environment_table(study))
    return Section("studied", "Strategies and environments", paragraphs, tables=tables)


def _describe_extent(study: StudyData) -> str:
    """Return the size of the study in a sentence."""
    # Any of these may vary in the study.
    runs = study.settings.values()
    people = _format_range(run.community.size for run in runs)
    days = _format_range(run.horizon for run in runs)
    strategies = format_quantity(len(study.strategies), "strategy", "strategies")
    environments = format_quantity(len(study.environments), "environment")
    worlds = format_quantity(len(study.seeds), "world")
    if len(study.strategies) > 1:
        worlds = f"the same {worlds}"
    return (
        f"{strategies} in {environments}, each in {worlds} of {people} people over {days} scored "
        "days."
    )


def _describe_goal(study: StudyData) -> str:
    """Return the goal of the firm in a sentence."""
    runs = study.settings.values()
    set_point = _format_range(run.firm.set_point for run in runs)
    band = _format_range(run.firm.band for run in runs)
    return f"The set-point of mean satisfaction is {set_point}, its band ± {band}."


def _format_range(values: Iterable[float]) -> str:
    """Return the value that all runs share, or the smallest and the largest."""
    known = set(values)
    low, high = min(known), max(known)
    if low == high:
        return f"{low:,.10g}"
    return f"{low:,.10g} to {high:,.10g}"


def _strategy_table(study: StudyData) -> TextTable:
    names = study.strategies_in_figures
    runs = [study.settings_of_strategy(name) for name in names]
    titles = [run.strategy.title or NO_VALUE for run in runs]
    receptors = [_format_kind(run.receptor) for run in runs]
    control_centers = [_format_kind(run.control_center) for run in runs]
    effectors = [_format_effectors(run) for run in runs]
    columns = [text_column("strategy", map(readable_name, names))]
    columns.append(text_column("description", titles))
    columns.append(text_column("receptor", receptors))
    columns.append(text_column("control center", control_centers))
    columns.append(text_column("effectors", effectors))
    return TextTable("Strategies", "", tuple(columns))


def _format_kind(part: object) -> str:
    return readable_name(str(getattr(part, "kind", NO_VALUE)))


def _format_effectors(run: Settings) -> str:
    return ", ".join(map(readable_name, run.effector)) or "none"


def _environment_table(study: StudyData) -> TextTable:
    names = study.environments_in_figures
    runs = [study.settings_of_environment(name) for name in names]
    columns = (
        text_column("environment", map(readable_name, names)),
        text_column("disturbances", map(_format_disturbances, runs)),
    )
    return TextTable("Environments", "", columns)


def _format_disturbances(run: Settings) -> str:
    """Return the disturbances of an environment in the order of their days."""
    environment = run.environment
    scheduled = []
    for name, disturbance in environment.disturbances.items():
        if disturbance.size > 0:
            when = "at random from" if disturbance.rate else "on"
            kind = readable_name(disturbance.kind)
            text = f"{readable_name(name)} ({kind}, {when} day {disturbance.start})"
            scheduled.append((disturbance.start, name, text))
    parts = [text for _, _, text in sorted(scheduled)]
    if environment.fault_rate > 0:
        parts.append("random faults")
    if environment.replay:
        parts.append("a recorded log of mentions")
    return "; ".join(parts) or "none"
