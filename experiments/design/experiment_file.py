"""Experiment files: levers, uncertainties, constants, the design, and the stopping rule."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.errors import (
    EquipoiseError,
    raise_problems,
    suggest_spelling,
    unknown_name_message,
)
from equipoise.experiments.config.hydra_words import quote_value
from equipoise.experiments.config.option_files import (
    CONFIGS,
    EXPERIMENT_GROUP,
    list_shipped_options,
    list_yaml_files,
)
from equipoise.experiments.design.designs import Role
from equipoise.experiments.design.points import PathValues
from equipoise.settings.text_file import expand_user_path
from equipoise.settings.yaml_text import load_yaml_file

_ROLES = ("levers", "uncertainties", "constants")
# Keys of the file, with the names allowed below each; none = any.
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "levers": (),
    "uncertainties": (),
    "constants": (),
    "points": (),
    "zip": (),
    "title": (),
    "design": ("kind", "samples", "seed"),
    "stop": ("measure", "width", "cap"),
}
_LIST_EXAMPLES = {
    "points": "- {firm.set_point: 0.7}",
    "zip": "- [firm.set_point, firm.band]",
}


class ExperimentFile(NamedTuple):
    """Contents of an experiment file: words by role, and the rest as plain data.

    Args:
        title: title of the study.
        levers: words of what the firm chooses.
        uncertainties: words of what the world does.
        constants: words that hold everywhere.
        points: listed points.
        zip: groups of paths whose lists go together.
        design: kind, samples and seed of the design.
        stop: measure, width and cap of the stopping rule.
    """

    title: str = ""
    levers: tuple[str, ...] = ()
    uncertainties: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    points: tuple[PathValues, ...] = ()
    zip: tuple[tuple[str, ...], ...] = ()
    design: Mapping[str, Any] = {}
    stop: Mapping[str, Any] = {}

    def roles(self) -> dict[str, Role]:
        """Return the role that the file gives each path."""
        roles: dict[str, Role] = {}
        for word in self.levers:
            roles[word.partition("=")[0]] = "lever"
        for word in self.uncertainties:
            roles[word.partition("=")[0]] = "uncertainty"
        return roles


def _own_places(folders: Iterable[Path]) -> list[Path]:
    """Return the user's folders of experiments, the last one first."""
    places = [expand_user_path(folder) / EXPERIMENT_GROUP for folder in folders]
    return places[::-1]


def experiment_names(folders: Iterable[Path] = ()) -> tuple[str, ...]:
    """Return the names of all experiment files."""
    names = set(list_shipped_options(EXPERIMENT_GROUP))
    for place in _own_places(folders):
        names.update(list_yaml_files(place))
    return tuple(sorted(names))


def read_experiment(name: str, folders: Iterable[Path] = ()) -> ExperimentFile:
    """Return the contents of an experiment file; a user's own file is read before ours.

    Raises:
        EquipoiseError: with a line for everything that is wrong in the file.
    """
    folders = tuple(folders)
    name = unicodedata.normalize("NFC", name)
    known = experiment_names(folders)
    if name not in known:
        line = unknown_name_message(EXPERIMENT_GROUP, name, known)
        # As the user writes it: experiment=name.
        line = line.replace(f"{EXPERIMENT_GROUP} {name!r}", f"{EXPERIMENT_GROUP}={name}", 1)
        raise EquipoiseError(line)
    data = _load_yaml(name, folders)
    raise_problems(list(_file_problems(name, data)))
    return ExperimentFile(
        title=str(data.get("title", "")),
        levers=_to_words(data.get("levers")),
        uncertainties=_to_words(data.get("uncertainties")),
        constants=_to_constants(data.get("constants")),
        points=tuple(data.get("points") or ()),
        zip=tuple(tuple(group) for group in data.get("zip") or ()),
        design=data.get("design") or {},
        stop=data.get("stop") or {},
    )


def _load_yaml(name: str, folders: Iterable[Path]) -> Any:
    where = f"{EXPERIMENT_GROUP}={name}"
    for place in _own_places(folders):
        file = list_yaml_files(place).get(name)
        if file is not None:
            return load_yaml_file(file, f"{where} ({file})")
    shipped = resources.files(CONFIGS).joinpath(EXPERIMENT_GROUP, f"{name}.yaml")
    return load_yaml_file(shipped, where)


def _file_problems(name: str, data: Any) -> Iterator[str]:
    """Yield everything that is wrong in a file."""
    where = f"{EXPERIMENT_GROUP}={name}"
    if not data:
        yield f"{where}: the file is empty. Begin with levers:, uncertainties: or constants:."
        return
    if not isinstance(data, Mapping):
        yield (
            f"{where}: the file is no list of names and values. "
            "Begin with levers:, uncertainties: or constants:."
        )
        return
    for key, value in data.items():
        for line in _key_problems(key, value):
            yield f"{where}: {line}"
    for line in _role_problems(data):
        yield f"{where}: {line}"


def _key_problems(key: Any, value: Any) -> Iterator[str]:
    """Yield the problems of one key of the file."""
    if key not in _ALLOWED:
        hint = suggest_spelling(str(key), _ALLOWED)
        yield f"{key} is not known.{hint} Allowed: {', '.join(_ALLOWED)}."
    elif key in _LIST_EXAMPLES:
        if not _is_path_list(value, Mapping if key == "points" else list):
            yield f"{key} is a list, as in {_LIST_EXAMPLES[key]}."
    elif key == "title" or value is None:
        return
    elif not isinstance(value, Mapping):
        yield f"{key} holds names and values, as in {key}: {{name: value}}."
    else:
        for entry, given in value.items():
            yield from _entry_problems(key, entry, given)


def _is_path_list(value: Any, inner: type) -> bool:
    """Return True for a list of mappings from paths, or of lists of paths."""
    if not isinstance(value, list):
        return False
    for group in value:
        if not isinstance(group, inner):
            return False
        if not all(isinstance(path, str) for path in group):  # type: ignore[attr-defined]
            return False
    return True


def _entry_problems(key: str, name: Any, value: Any) -> Iterator[str]:
    """Yield the problems of one name and its value below a key."""
    allowed = _ALLOWED[key]
    if allowed and name not in allowed:
        hint = suggest_spelling(str(name), allowed)
        yield f"{key}.{name} is not known.{hint} Allowed: {', '.join(allowed)}."
    elif key == "design" and name != "kind" and type(value) is not int:
        yield f"design.{name} is {value!r}. Give a whole number, as in {name}: 64."
    elif key in ("levers", "uncertainties") and value == []:
        yield f"{key}: {name} has an empty list. Give values to try, as in {name}: [a, b]."
    elif key in ("levers", "uncertainties") and isinstance(value, Mapping):
        yield (
            f"{key}: {name} holds names. "
            "Write the whole path on one line, as in firm.set_point: [0.6, 0.7]."
        )


def _role_problems(data: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the paths that have more than one role."""
    given = {key: data[key] for key in _ROLES if isinstance(data.get(key), Mapping)}
    times = Counter(path for paths in given.values() for path in paths)
    for path, count in times.items():
        if count > 1:
            places = [key for key, paths in given.items() if path in paths]
            yield f"{path} stands in {' and '.join(places)}. Leave one."


def _to_words(data: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the words of levers or uncertainties; a list holds the values to try.

    A single value may be text in Hydra's grammar, such as ``glob(*)`` or ``interval(0, 1)``.
    """
    return tuple(f"{path}={_to_sweep(value)}" for path, value in (data or {}).items())


def _to_sweep(value: Any) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return quote_value(value)
    if len(value) == 1:
        return f"choice({quote_value(value[0])})"
    return ",".join(map(quote_value, value))


def _to_constants(data: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the words of constants; a list is one value."""
    return tuple(f"{path}={quote_value(value)}" for path, value in (data or {}).items())
