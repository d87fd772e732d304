"""An experiment as a short file: levers, uncertainties and constants apart, the design, and when to stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from equipoise.errors import EquipoiseError, suggest_spelling, unknown_name_message
from equipoise.experiments.design.designs import Role
from equipoise.experiments.design.points import quote_value

EXPERIMENT_GROUP = "experiment"
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "levers": (),
    "uncertainties": (),
    "constants": (),
    "points": (),
    "zip": (),
    "title": (),
    "design": ("kind", "samples", "seed"),
    "stop": ("measure", "width", "cap"),
}


class ExperimentFile(NamedTuple):
    """What an experiment file says: words by role, and the rest as plain data."""

    title: str = ""
    levers: tuple[str, ...] = ()
    uncertainties: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    points: tuple[Mapping[str, Any], ...] = ()
    zip: tuple[tuple[str, ...], ...] = ()
    design: Mapping[str, Any] = {}
    stop: Mapping[str, Any] = {}

    def roles(self) -> dict[str, Role]:
        """Return the role that the file gives each path."""
        levers: dict[str, Role] = {word.partition("=")[0]: "lever" for word in self.levers}
        return levers | {word.partition("=")[0]: "uncertainty" for word in self.uncertainties}


def experiment_names(folders: Iterable[Path] = ()) -> tuple[str, ...]:
    """Return the experiments there are."""
    places = [
        resources.files("equipoise.configs").joinpath(EXPERIMENT_GROUP),
        *(folder / EXPERIMENT_GROUP for folder in folders),
    ]
    files = [file.name for place in places if place.is_dir() for file in place.iterdir()]
    return tuple(sorted({name.removesuffix(".yaml") for name in files if name.endswith(".yaml")}))


def read_experiment(name: str, folders: Iterable[Path] = ()) -> ExperimentFile:
    """Return what an experiment file says; a user's own goes before ours.

    Raises:
        EquipoiseError: with a line for everything that is wrong in the file.
    """
    folders = tuple(folders)
    if name not in experiment_names(folders):
        line = unknown_name_message(EXPERIMENT_GROUP, name, experiment_names(folders)).replace(
            f"{EXPERIMENT_GROUP} {name!r}", f"{EXPERIMENT_GROUP}={name}", 1
        )
        raise EquipoiseError(line)
    places = [
        *(folder / EXPERIMENT_GROUP for folder in reversed(folders)),
        resources.files("equipoise.configs").joinpath(EXPERIMENT_GROUP),
    ]
    try:
        file = next(
            file for place in places if not (file := place.joinpath(f"{name}.yaml")).is_dir()
        )
        data = yaml.safe_load(file.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise EquipoiseError(
            f"{EXPERIMENT_GROUP}={name} cannot be read: {' '.join(str(error).split())}."
        ) from None
    problems = list(_problems(name, data))
    if problems:
        raise EquipoiseError(*problems)
    return ExperimentFile(
        title=str(data.get("title", "")),
        levers=_words(data.get("levers")),
        uncertainties=_words(data.get("uncertainties")),
        constants=_words(data.get("constants"), constant=True),
        points=tuple(data.get("points") or ()),
        zip=tuple(tuple(group) for group in data.get("zip") or ()),
        design=data.get("design") or {},
        stop=data.get("stop") or {},
    )


def _problems(name: str, data: Any) -> Iterator[str]:
    where = f"{EXPERIMENT_GROUP}={name}"
    if not isinstance(data, Mapping):
        yield f"{where}: the file is no list of names and values. Begin with levers:, uncertainties: or constants:."
        return
    for key, value in data.items():
        if key not in ALLOWED:
            yield f"{where}: {key} is not known.{suggest_spelling(str(key), ALLOWED)} Allowed: {', '.join(ALLOWED)}."
        elif key == "title":
            continue
        elif key in ("points", "zip"):
            inner = Mapping if key == "points" else list
            listed = isinstance(value, list) and all(isinstance(each, inner) for each in value)
            if not listed or not all(isinstance(path, str) for each in value for path in each):
                example = (
                    "- {firm.set_point: 0.7}"
                    if key == "points"
                    else "- [firm.set_point, firm.band]"
                )
                yield f"{where}: {key} is a list, as in {example}."
        elif value is not None and not isinstance(value, Mapping):
            yield f"{where}: {key} holds names and values, as in {key}: {{name: value}}."
        elif value:
            yield from (f"{where}: {line}" for line in _entry_problems(key, value))
    roles = [
        key
        for key in ("levers", "uncertainties", "constants")
        if isinstance(data.get(key), Mapping)
    ]
    for path, times in Counter(path for key in roles for path in data[key]).items():
        if times > 1:
            yield f"{where}: {path} stands in {' and '.join(key for key in roles if path in data[key])}. Leave one."


def _entry_problems(key: str, entries: Mapping[Any, Any]) -> Iterator[str]:
    """Yield what is wrong with the names and values of one part of the file."""
    for name, value in entries.items():
        if ALLOWED[key] and name not in ALLOWED[key]:
            allowed = ", ".join(ALLOWED[key])
            yield f"{key}.{name} is not known.{suggest_spelling(str(name), ALLOWED[key])} Allowed: {allowed}."
        elif key == "design" and name != "kind" and type(value) is not int:
            yield f"design.{name} is {value!r}. Give a whole number, as in {name}: 64."
        elif key in ("levers", "uncertainties") and value == []:
            yield f"{key}: {name} has an empty list. Give values to try, as in {name}: [a, b]."
        elif key in ("levers", "uncertainties") and isinstance(value, Mapping):
            yield f"{key}: {name} holds names. Write the whole path on one line, as in firm.set_point: [0.6, 0.7]."


def _words(data: Mapping[str, Any] | None, constant: bool = False) -> tuple[str, ...]:
    """Return names and values as words; a list is a list of values to try, or one value of a constant.

    A value to try may be text in Hydra's grammar, such as ``glob(*)`` or ``interval(0, 1)``.
    """
    out = []
    for path, value in (data or {}).items():
        if isinstance(value, list) and not constant:
            out.append(
                f"{path}={','.join(map(quote_value, value))}"
                if len(value) > 1
                else f"{path}=choice({quote_value(value[0])})"
            )
        else:
            out.append(
                f"{path}={value if isinstance(value, str) and not constant else quote_value(value)}"
            )
    return tuple(out)
