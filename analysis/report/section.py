"""A section of a report, and the texts that several sections share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from equipoise.analysis.plots.embedding import Picture
from equipoise.analysis.report.study_data import StudyData
from equipoise.analysis.text.comparison_text import TextColumn, TextTable
from equipoise.analysis.text.formatting import readable_name


@dataclass(frozen=True)
class Section:
    """A part of the page; the page leaves out what is empty.

    Attributes:
        key: its address in the page.
        heading: its heading.
        paragraphs: texts at its beginning.
        items: lines of a list.
        tables: tables with their headings.
        pictures: figures with their captions.
        terms: terms with their definitions.
        commands: lines of code.
    """

    key: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    tables: tuple[TextTable, ...] = ()
    pictures: tuple[Picture, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True if only its heading is there."""
        texts = self.paragraphs or self.items or self.terms or self.commands
        return not (texts or self.tables or self.pictures)


def use_readable_names(study: StudyData, text: str) -> str:
    """Return a text with the readable names of the study's strategies and environments."""
    # A long name goes before a shorter one that it begins with.
    names = {*study.strategies, *study.environments}
    longest_first = sorted(names, key=len, reverse=True)
    alternatives = "|".join(map(re.escape, longest_first))
    whole_name = rf"(?<!\w)({alternatives})(?!\w)"
    return re.sub(whole_name, lambda match: readable_name(match[0]), text)


def note_omissions(study: StudyData) -> tuple[str, ...]:
    """Return sentences on strategies and environments that the figures leave out."""
    notes = []
    drawn, total = len(study.environments_in_figures), len(study.environments)
    if drawn < total:
        notes.append(f"The figures show the first {drawn} of {total} environments.")
    drawn, total = len(study.strategies_in_figures), len(study.strategies)
    if drawn < total:
        notes.append(
            f"The figures show the baseline and the best {drawn - 1} of {total} strategies."
        )
    return tuple(notes)


def capitalise(text: str) -> str:
    """Return a text with a capital letter at its beginning; the other letters stay."""
    return text[:1].upper() + text[1:]


def text_column(head: str, cells: Iterable[str]) -> TextColumn:
    """Return a column of words, which is aligned left."""
    return TextColumn(head, tuple(cells), right=False)
