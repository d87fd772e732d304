"""Sections on the background of a study: definitions, limits, sources, and how to repeat it."""

from __future__ import annotations

import re

from equipoise.analysis.measure_table import MEASURE_BY_NAME
from equipoise.analysis.report import glossary
from equipoise.analysis.report.section import Section, text_column, use_readable_names
from equipoise.analysis.report.sources import collect_sources
from equipoise.analysis.report.study_data import StudyData
from equipoise.analysis.text.comparison_text import TextTable, describe_comparison
from equipoise.analysis.text.formatting import format_quantity, readable_name

_FEW_WORLDS = 20  # below it, an event of every tenth world is absent with a probability over 0.13


def term_section(study: StudyData) -> Section:
    """Return the section with the definitions of terms."""
    if study.search_answer:
        specific = _terms_of_search(" ".join(study.search_answer))
    else:
        specific = [*glossary.STRATEGY_TERMS, *_terms_of_comparison(study)]
    return Section("terms", "Definitions", terms=(*glossary.GENERAL_TERMS, *specific))


def _terms_of_comparison(study: StudyData) -> list[tuple[str, str]]:
    """Return the measures and the terms of the tables."""
    terms = []
    for outcomes in study.outcomes:
        measure = MEASURE_BY_NAME[outcomes.measure]
        terms.append((readable_name(measure.name), measure.meaning))
    if study.comparison:
        for term, definition in describe_comparison(study.comparison).terms:
            terms.append((term, use_readable_names(study, definition)))
    return terms


def _terms_of_search(answer: str) -> list[tuple[str, str]]:
    """Return the terms in the answer of a search: its measures first."""
    terms = []
    for name, measure in MEASURE_BY_NAME.items():
        # A condition such as "time_in_band>=0.9", or "On mean satisfaction, ...".
        mention = rf"(?<![\w.])({name}|{readable_name(name)})[<>=,]"
        if re.search(mention, answer):
            terms.append((readable_name(name), measure.meaning))
    for term, definition in glossary.SEARCH_TERMS:
        if term in answer:
            terms.append((term, definition))
    return terms


def limit_section(study: StudyData) -> Section:
    """Return the section with the limits of the model and of this study."""
    limits = list(glossary.LIMITS)
    _, assumed = collect_sources(study.settings.values())
    if assumed:
        are = "is an assumption" if len(assumed) == 1 else "are assumptions"
        settings = format_quantity(len(assumed), "setting")
        limits.append(f"{settings} that acted here {are}; see below.")
    if len(study.seeds) < _FEW_WORLDS:
        worlds = format_quantity(len(study.seeds), "world")
        limits.append(
            f"This study has {worlds} only: intervals are wide, and rare worlds may be absent."
        )
    return Section("limits", "Limits of the model", items=tuple(limits))


def source_section(study: StudyData) -> Section:
    """Return the section with the sources of mechanisms and settings."""
    uses, assumed = collect_sources(study.settings.values())
    purposes = ["; ".join(use.uses) for use in uses]
    columns = (
        text_column("source", (use.source for use in uses)),
        text_column("used for", purposes),
    )
    assumed_values = f"Assumed values: {', '.join(assumed)}." if assumed else ""
    table = TextTable("Active mechanisms by source", "", columns, assumed_values)
    introduction = (
        "A setting is listed if it acted in some run; equipoise explain shows its range, unit "
        "and meaning."
    )
    return Section("sources", "Sources", (introduction,), tables=(table,))


def repeat_section(study: StudyData) -> Section:
    """Return the section with the commands that repeat the study."""
    versions = [f"{name} {version}" for name, version in study.versions.items()]
    listing = ", ".join(versions)
    first, last = min(study.seeds), max(study.seeds)
    seeds = f"Seeds {first} to {last}."
    same = "The same commands with the same versions give the same numbers, to the bit"
    paragraphs = [f"{seeds} {same}: {listing}."]
    for name in study.files:
        paragraphs.append(
            f"The commands need {name}: save it from this page into the current folder."
        )
    heading = "How to repeat the study"
    return Section("repeat", heading, tuple(paragraphs), commands=study.commands)
