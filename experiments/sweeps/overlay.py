"""An experiment as a short file: levers, uncertainties and constants apart, the design, and when to stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from equipoise.errors import EquipoiseError, nearest, unknown
from equipoise.experiments.sweeps.designs import Role
from equipoise.experiments.sweeps.points import worded

GROUP = "experiment"
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "levers": (), "uncertainties": (), "constants": (), "points": (), "zip": (), "title": (),
    "design": ("kind", "samples", "seed"),
    "stop": ("measure", "width", "cap"),
}  # fmt: skip


class Overlay(NamedTuple):
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


def names(folders: Iterable[Path] = ()) -> tuple[str, ...]:
    """Return the experiments there are."""
    places = [resources.files("equipoise.configs").joinpath(GROUP), *(folder / GROUP for folder in folders)]
    files = [file.name for place in places if place.is_dir() for file in place.iterdir()]
    return tuple(sorted({name.removesuffix(".yaml") for name in files if name.endswith(".yaml")}))


def read(name: str, folders: Iterable[Path] = ()) -> Overlay:
    """Return what an experiment file says; a user's own goes before ours.

    Raises:
        EquipoiseError: with a line for everything that is wrong in the file.
    """
    folders = tuple(folders)
    if name not in names(folders):
        line = unknown(GROUP, name, names(folders)).replace(f"{GROUP} {name!r}", f"{GROUP}={name}", 1)
        raise EquipoiseError(line)
    places = [*(folder / GROUP for folder in reversed(folders)), resources.files("equipoise.configs").joinpath(GROUP)]
    file = next(file for place in places if (file := place.joinpath(f"{name}.yaml")).is_file())
    try:
        data = yaml.safe_load(file.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise EquipoiseError(f"{GROUP}={name} cannot be read: {' '.join(str(error).split())}.") from None
    problems = list(_problems(name, data))
    if problems:
        raise EquipoiseError(*problems)
    return Overlay(
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
    where = f"{GROUP}={name}"
    if not isinstance(data, Mapping):
        yield f"{where}: the file is no list of names and values. Begin with levers:, uncertainties: or constants:."
        return
    for key, value in data.items():
        if key not in ALLOWED:
            yield f"{where}: {key} is not known.{nearest(str(key), ALLOWED)} Allowed: {', '.join(ALLOWED)}."
        elif key == "title":
            continue
        elif key in ("points", "zip"):
            inner = Mapping if key == "points" else list
            if not isinstance(value, list) or not all(isinstance(each, inner) for each in value):
                example = "- {firm.set_point: 0.7}" if key == "points" else "- [firm.set_point, firm.band]"
                yield f"{where}: {key} is a list, as in {example}."
        elif value is not None and not isinstance(value, Mapping):
            yield f"{where}: {key} holds names and values, as in {key}: {{name: value}}."
        else:
            strange = [each for each in value or {} if ALLOWED[key] and each not in ALLOWED[key]]
            for each in strange:
                allowed = ", ".join(ALLOWED[key])
                yield f"{where}: {key}.{each} is not known.{nearest(str(each), ALLOWED[key])} Allowed: {allowed}."


def _words(data: Mapping[str, Any] | None, constant: bool = False) -> tuple[str, ...]:
    """Return names and values as words; a list is a list of values to try, or one value of a constant.

    A value to try may be text in Hydra's grammar, such as ``glob(*)`` or ``interval(0, 1)``.
    """
    out = []
    for path, value in (data or {}).items():
        if isinstance(value, list) and not constant:
            out.append(
                f"{path}={','.join(map(worded, value))}" if len(value) > 1 else f"{path}=choice({worded(value[0])})"
            )
        else:
            out.append(f"{path}={value if isinstance(value, str) and not constant else worded(value)}")
    return tuple(out)
