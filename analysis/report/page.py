"""The page of a report: one HTML file that needs no other file."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from equipoise.analysis.plots.embedding import Picture, shrink_png
from equipoise.analysis.report.section import Section
from equipoise.analysis.report.sections import build_sections
from equipoise.analysis.report.study_data import StudyData

_MAX_PAGE_SIZE = 4_900_000  # bytes: a page below 5 MB can be sent by mail
_PNG_SCALES = (1.0, 0.75, 0.5)  # the more figures there are, the coarser
_VERDICTS = ("better", "worse", "equivalent", "undecided")


def render_page(study: StudyData) -> tuple[str, tuple[Picture, ...]]:
    """Return the page and its figures."""
    sections = build_sections(study)
    pictures = tuple(picture for section in sections for picture in section.pictures)
    names = [picture.name for picture in pictures]
    # The page without figures shows how much space is left for them.
    without_figures = _fill_template(study, sections, dict.fromkeys(names, ""))
    space = _MAX_PAGE_SIZE - len(without_figures.encode())
    embedded = _embed_pictures(pictures, space)
    addresses = dict(zip(names, embedded, strict=True))
    return _fill_template(study, sections, addresses), pictures


@cache
def _load_template() -> Template:
    environment = Environment(
        loader=PackageLoader("equipoise.analysis.report", "."),
        # Names and notes come from users' files.
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["verdict"] = find_verdict
    return environment.get_template("page.html.j2")


def _fill_template(
    study: StudyData, sections: Sequence[Section], picture_addresses: Mapping[str, str]
) -> str:
    files = {name: _data_address("text/csv", text.encode()) for name, text in study.files.items()}
    version = study.versions.get("equipoise", "")
    template = _load_template()
    return template.render(
        title=study.title,
        sections=sections,
        picture_addresses=picture_addresses,
        files=files,
        version=version,
    )


def find_verdict(cell: str) -> str:
    """Return the verdict at the beginning of a table cell; empty without one."""
    return next((verdict for verdict in _VERDICTS if cell.startswith(verdict)), "")


def _embed_pictures(pictures: Sequence[Picture], space: int) -> list[str]:
    """Return figures as data addresses of at most ``space`` characters together, if possible.

    Figures are embedded as SVG. Where that needs too much space, those that become smallest by it
    are embedded as PNG, and as coarser PNG where all of them need too much space still.
    """
    embedded = [_data_address("image/svg+xml", picture.svg) for picture in pictures]
    for scale in _PNG_SCALES:
        excess = sum(map(len, embedded)) - space
        if excess <= 0:
            break
        pixels = [_data_address("image/png", shrink_png(one.png, scale)) for one in pictures]
        savings = [len(old) - len(new) for old, new in zip(embedded, pixels, strict=True)]
        # Few figures become PNG if those that save most go first.
        for number in sorted(range(len(savings)), key=savings.__getitem__, reverse=True):
            if excess > 0 and savings[number] > 0:
                embedded[number] = pixels[number]
                excess -= savings[number]
    return embedded


def _data_address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
