"""The command `equipoise new`: a starting point for a part, a measure or a strategy of one's own."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.cli import starting_points, terminal

KINDS = ("receptor", "control-center", "effector", "measure", "strategy")
_FAMILIES = {
    "receptor": "receptors",
    "control-center": "control_centers",
    "effector": "effectors",
}

Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name, such as star_rating.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="Folder to write (default: ./NAME)."),
]


def new_command(kind: Kind, name: Name, out: Out = None) -> None:
    """Write a working, tested starting point for a part, a measure or a strategy of your own."""
    folder = out or Path(name)
    problems = list(_find_problems(kind, name, folder))
    if problems:
        raise EquipoiseError(*problems)
    for path, text in build_files(kind, name).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    terminal.write_line(f"Written to {folder}. Start with {folder / 'README.md'}.")


def _find_problems(kind: str, name: str, folder: Path) -> Iterator[str]:
    if kind not in KINDS:
        yield unknown_name_message("The kind", kind, KINDS)
        return
    is_name = name.isidentifier() and name.isascii() and name == name.lower()
    if not is_name or keyword.iskeyword(name):
        yield (
            f"The name {name!r} is not allowed. Allowed: lower-case letters, digits and underscores, "
            "beginning with a letter, such as star_rating."
        )
    elif name in _known_names(kind):
        yield f"There is a {kind} {name!r} already. Choose another name."
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        yield f"{folder} exists already and is not empty; nothing is overwritten. Give another --out."


def _known_names(kind: str) -> set[str]:
    """Return the names that are taken, so that a new part cannot hide one of ours by accident."""
    from equipoise.analysis.measure_table import MEASURE_BY_NAME
    from equipoise.experiments.config.compose import list_options
    from equipoise.settings.schema import part_kinds

    if kind == "strategy":
        return set(list_options("strategy"))
    if kind == "measure":
        return set(MEASURE_BY_NAME)
    return set(part_kinds(_FAMILIES[kind]))


def build_files(kind: str, name: str) -> dict[str, str]:
    """Return the files of a starting point by path."""
    names = {
        "name": name,
        "kind": kind,
        "package": f"equipoise_{name}",
        "Class": "".join(word.capitalize() for word in name.split("_")),
        "family": _FAMILIES.get(kind, ""),
        "group": kind.replace("-", "_"),
    }
    files = {}
    for path, text in starting_points.FILES[kind].items():
        files[Template(path).substitute(names)] = Template(text).substitute(names)
    return files
