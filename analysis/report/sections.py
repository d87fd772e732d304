"""The sections of a report in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from equipoise.analysis.report.background_sections import (
    limit_section,
    repeat_section,
    source_section,
    term_section,
)
from equipoise.analysis.report.result_sections import (
    belief_section,
    causes_section,
    comparison_sections,
    result_section,
    satisfaction_section,
    search_section,
)
from equipoise.analysis.report.section import Section
from equipoise.analysis.report.study_data import StudyData
from equipoise.analysis.report.study_sections import (
    answer_section,
    design_section,
    failure_section,
)


def build_sections(study: StudyData) -> tuple[Section, ...]:
    """Return the sections of a report; those without content are left out."""
    sections = (
        answer_section(study),
        failure_section(study),
        design_section(study),
        result_section(study),
        *comparison_sections(study),
        search_section(study),
        satisfaction_section(study),
        causes_section(study),
        belief_section(study),
        term_section(study),
        limit_section(study),
        source_section(study),
        repeat_section(study),
    )
    return _number_pictures(section for section in sections if not section.is_empty)


def _number_pictures(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return sections in which a number tells apart figures of the same name: each has a file."""
    counts: Counter[str] = Counter()
    numbered = []
    for section in sections:
        pictures = []
        for picture in section.pictures:
            counts[picture.name] += 1
            number = counts[picture.name]
            name = picture.name if number == 1 else f"{picture.name}-{number}"
            pictures.append(picture._replace(name=name))
        numbered.append(replace(section, pictures=tuple(pictures)))
    return tuple(numbered)
