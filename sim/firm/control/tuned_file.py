"""A control center whose kind and parameters come from the file of a tuning study."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import ValidationError, model_validator

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.firm.interfaces import ControlCenter, Orders, Plant, Reading
from equipoise.settings.files import FileSettings
from equipoise.settings.schema import build_part, part_kinds, setting


class Tuned(FileSettings, ControlCenter):
    """Decides as a control center found by tuning, read from a study file.

    The file, YAML or JSON, says ``kind`` and ``parameters``, the settings of that kind; what else it says (who
    tuned it, on what, how well it did) is not looked at.
    """

    kind: ClassVar[str] = "tuned"
    path: str = setting(
        "", "study file, .yaml, .yml or .json; empty = a pid as it comes, not tuned"
    )

    @model_validator(mode="after")
    def _legible(self) -> Tuned:
        self.found()
        return self

    @property
    def named(self) -> tuple[str, ...]:
        """The effectors that the study names."""
        found = self.found()
        return (*getattr(found, "mix", ()), *getattr(found, "routine", ()))

    def found(self) -> ControlCenter:
        """Return the control center that the study found."""
        return read_study(self.path, self.content) if self.path else _made("", "pid", {})

    def find_unknown_names(
        self, effectors: Sequence[str], departments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return a line for every name in the study that there is not."""
        return tuple(
            f"{self.path}: {each}"
            for each in self.found().find_unknown_names(effectors, departments)
        )

    def init(self, plant: Plant) -> tuple[ControlCenter, Any]:
        """Return who decides, and their state."""
        found = self.found()
        return found, found.init(plant)

    def step(
        self, day: int, readings: tuple[Reading, ...], state: tuple[ControlCenter, Any]
    ) -> tuple[Orders, tuple[ControlCenter, Any]]:
        """Decide as they do."""
        found, inner = state
        orders, inner = found.step(day, readings, inner)
        return orders, (found, inner)


def read_study(path: str, read: Callable[[], bytes] | None = None) -> ControlCenter:
    """Return the control center that a study file describes; ``read`` gives the bytes of the file at that path.

    Raises:
        EquipoiseError: when the file cannot be read, or what it says is no control center; all problems at once.
    """
    study = _loaded(path, read or Path(path).read_bytes)
    if not isinstance(study, Mapping) or "kind" not in study:
        raise EquipoiseError(f"{path} is no tuning study: it must say kind: and parameters:.")
    parameters = study.get("parameters", {})
    if not isinstance(parameters, Mapping):
        raise EquipoiseError(
            f"{path}: parameters is no mapping: give names and values, as in parameters: {{kp: 6}}."
        )
    if study["kind"] == Tuned.kind:
        raise EquipoiseError(
            f"{path}: a study cannot find kind 'tuned': give what was tuned, such as pid."
        )
    return _made(f"{path}: ", str(study["kind"]), parameters)


def _loaded(path: str, read: Callable[[], bytes]) -> Any:
    try:
        text = read().decode("utf-8")
        return json.loads(text) if Path(path).suffix == ".json" else yaml.safe_load(text)
    except OSError as error:
        raise EquipoiseError(f"the tuning study {path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        line = (
            getattr(getattr(error, "problem_mark", None), "line", getattr(error, "lineno", 1) - 1)
            + 1
        )
        raise EquipoiseError(f"{path}, line {line}: this is neither YAML nor JSON.") from None


def _made(where: str, kind: str, parameters: Mapping[Any, Any]) -> ControlCenter:
    """Make the part, and tell what is wrong with its settings one line each."""
    try:
        made = build_part("control_centers", {"kind": kind, **parameters})
    except ValidationError as error:
        allowed = set(part_kinds("control_centers")[kind].load().model_fields)
        raise EquipoiseError(
            *(where + _line(each, kind, allowed) for each in error.errors())
        ) from None
    except EquipoiseError as error:
        raise EquipoiseError(*(where + each for each in error.problems)) from None
    if not isinstance(made, ControlCenter):
        raise EquipoiseError(f"{where}{kind} is no control center.")
    return made


def _line(error: Any, kind: str, allowed: set[str]) -> str:
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return unknown_name_message(f"the parameter of {kind}", name, allowed)
    return (
        f"{name or kind} is {error['input']!r}: {error['msg'].lower()}."
        if name
        else f"{error['msg']}"
    )
