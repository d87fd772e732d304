"""The command `equipoise new`: a starting point for a part, a measure or a strategy."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from equipoise.errors import EquipoiseError, shorten_given, unknown_name_message
from equipoise.experiments.cli import starting_points, terminal
from equipoise.settings.yaml_text import parse_yaml

KINDS = ("receptor", "control-center", "effector", "measure", "strategy")
_FAMILIES = {
    "receptor": "receptors",
    "control-center": "control_centers",
    "effector": "effectors",
}
_ALLOWED_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ALLOWED = "lower-case letters, digits and underscores, beginning with a letter, as in star_rating"
# A name that is none of a starting point's own, to find those that are.
_PLACEHOLDER = "placeholder"

_Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name, such as star_rating.")]
_Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="Folder to write (default: ./NAME)."),
]


def new_command(kind: _Kind, name: _Name, out: _Out = None) -> None:
    """Write a working, tested starting point for a part, a measure or a strategy of your own."""
    folder = out or Path(name)
    problems = list(_find_problems(kind, name, folder))
    if problems:
        raise EquipoiseError(*problems)
    try:
        _write_files(folder, build_files(kind, name))
    except OSError as error:
        reason = error.strerror or error
        raise EquipoiseError(f"{folder} cannot be written: {reason}. Give another --out.") from None
    terminal.write_line(f"Written to {folder}. Start with {folder / 'README.md'}.")


def _write_files(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        # Mode x refuses a file that another process has written meanwhile.
        with place.open("x", encoding="utf-8") as file:
            file.write(text)


def _find_problems(kind: str, name: str, folder: Path) -> Iterator[str]:
    if kind not in KINDS:
        yield unknown_name_message("The kind", kind, KINDS)
        return
    yield from _find_name_problems(kind, name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        yield (
            f"{folder} exists already and is not empty; nothing is overwritten. Give another --out."
        )


def _find_name_problems(kind: str, name: str) -> Iterator[str]:
    class_name = _class_name(name)
    if not _ALLOWED_NAME.fullmatch(name) or _is_reserved(name, class_name):
        yield (
            f"The name {shorten_given(name)!r} is not allowed. "
            f"Allowed: {_ALLOWED}; no keyword of Python or YAML."
        )
    elif name in _existing_names(kind):
        yield f"There is a {kind} {name!r} already. Choose another name."
    elif {name, class_name} & _code_names(kind):
        yield f"The name {name!r} is used in the code that would be written. Choose another name."


def _is_reserved(name: str, class_name: str) -> bool:
    """Return True for a word of Python, or one that YAML reads as something else than text."""
    is_keyword = keyword.iskeyword(name) or keyword.iskeyword(class_name)
    return is_keyword or name in ("nan", "inf") or parse_yaml(name, name) != name


def _existing_names(kind: str) -> set[str]:
    """Return the names that exist, so that a new part cannot replace one of ours by accident."""
    from equipoise.analysis.measure_table import MEASURE_BY_NAME
    from equipoise.experiments.config.option_files import list_options
    from equipoise.settings.schema import part_kinds

    if kind == "strategy":
        return set(list_options("strategy"))
    if kind == "measure":
        return set(MEASURE_BY_NAME)
    return set(part_kinds(_FAMILIES[kind]))


def _code_names(kind: str) -> set[str]:
    """Return the names that the Python files of a starting point define or import."""
    names: set[str] = set()
    for path, text in build_files(kind, _PLACEHOLDER).items():
        if path.endswith(".py"):
            for node in ast.walk(ast.parse(text)):
                names.update(_names_of_node(node))
    return names - {_PLACEHOLDER, _class_name(_PLACEHOLDER)}


def _names_of_node(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield node.asname or node.name
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name


def _class_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def build_files(kind: str, name: str) -> dict[str, str]:
    """Return the files of a starting point by path."""
    names = {
        "name": name,
        "kind": kind,
        "package": f"equipoise_{name}",
        "Class": _class_name(name),
        "family": _FAMILIES.get(kind, ""),
        "group": kind.replace("-", "_"),
    }
    files = {}
    for path, text in starting_points.FILES[kind].items():
        files[Template(path).substitute(names)] = Template(text).substitute(names)
    return files
