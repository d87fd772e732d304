"""The page of a report: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from jinja2 import Environment, PackageLoader, StrictUndefined

from equipoise.analysis.report.material import Material
from equipoise.analysis.report.pictures import Picture
from equipoise.analysis.report.sections import sections

ROOM = 4_600_000  # bytes for the figures of a page under 5 MB
VERDICTS = ("better", "worse", "equivalent", "undecided")


def page(of: Material) -> tuple[str, tuple[Picture, ...]]:
    """Return the page, and its figures one by one."""
    parts = sections(of)
    pictures = tuple(each for part in parts for each in part.pictures)
    drawn = {each.name: embedded for each, embedded in zip(pictures, _embedded(pictures), strict=True)}
    template = _templates().get_template("page.html.j2")
    text = template.render(title=of.title, sections=parts, drawn=drawn, version=of.versions.get("equipoise", ""))
    return text, pictures


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


def _embedded(pictures: Iterable[Picture]) -> list[str]:
    """Return figures as addresses that hold them: drawn lines, or dots where so many lines would burst the page."""
    lines = [_address("svg+xml", each.svg) for each in pictures]
    if sum(map(len, lines)) <= ROOM:
        return lines
    return [_address("png", each.png) for each in pictures]


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
