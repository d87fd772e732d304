"""The page of a report: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from equipoise.analysis.plots.embedding import Picture, shrink_png
from equipoise.analysis.report.sections import build_sections
from equipoise.analysis.report.study_data import StudyData

MOST = 4_900_000  # bytes of a page under 5 MB
SCALES = (1.0, 0.75, 0.5)  # of figures in dots, the coarser the more of them there are
VERDICTS = ("better", "worse", "equivalent", "undecided")


def render_page(of: StudyData) -> tuple[str, tuple[Picture, ...]]:
    """Return the page, and its figures one by one."""
    parts = build_sections(of)
    pictures = tuple(each for part in parts for each in part.pictures)
    template = _templates().get_template("page.html.j2")

    def written(drawn: Mapping[str, str]) -> str:
        version = of.versions.get("equipoise", "")
        return template.render(
            title=of.title, sections=parts, drawn=drawn, files=_files(of), version=version
        )

    names = [each.name for each in pictures]
    room = MOST - len(written(dict.fromkeys(names, "")).encode())
    return written(dict(zip(names, _embedded(pictures, room), strict=True))), pictures


def _files(of: StudyData) -> dict[str, str]:
    """Return the files that a repetition needs, each as an address that holds it."""
    return {name: _address("text/csv", text.encode()) for name, text in of.files.items()}


def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("equipoise.analysis.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["verdict"] = verdict_in
    return made


def verdict_in(cell: str) -> str:
    """Return the verdict that a cell of a table begins with, or nothing."""
    return next((name for name in VERDICTS if cell.startswith(name)), "")


def _embedded(pictures: Sequence[Picture], room: int) -> list[str]:
    """Return figures as addresses that hold them: drawn lines; where these would burst the page, some in dots.

    Those that gain most by dots come first. Dots are made coarser where all of them would burst it still.
    """
    held = [_address("image/svg+xml", each.svg) for each in pictures]
    for scale in SCALES:
        if sum(map(len, held)) <= room:
            break
        dotted = [_address("image/png", shrink_png(each.png, scale)) for each in pictures]
        for k in sorted(range(len(held)), key=lambda k: len(dotted[k]) - len(held[k])):
            if sum(map(len, held)) > room and len(dotted[k]) < len(held[k]):
                held[k] = dotted[k]
    return held


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
