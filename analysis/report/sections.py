"""All sections of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
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
    differences_section,
    front_section,
    ranking_section,
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

# In the order of the page: the answer first, its evidence next, background last.
_BUILDERS: tuple[Callable[[StudyData], Section], ...] = (
    answer_section,
    failure_section,
    design_section,
    result_section,
    differences_section,
    ranking_section,
    front_section,
    search_section,
    satisfaction_section,
    causes_section,
    belief_section,
    term_section,
    limit_section,
    source_section,
    repeat_section,
)


def build_sections(study: StudyData) -> tuple[Section, ...]:
    """Return the sections of a report; those without content are left out."""
    sections = [build(study) for build in _BUILDERS]
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
