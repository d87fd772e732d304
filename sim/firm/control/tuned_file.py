"""A control center whose kind and settings come from the file of a tuning study."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError, model_validator

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.firm.interfaces import ControlCenter, Orders, Plant, Reading
from equipoise.settings.files import FileSettings
from equipoise.settings.schema import build_part, part_kinds, setting
from equipoise.settings.text_file import expand_user_path, read_regular_file, read_text_file
from equipoise.settings.yaml_text import parse_yaml

_FAMILY = "control_centers"
_ADVICE = "Give the path of a tuning study (.yaml, .yml or .json)."

TunedState = tuple[ControlCenter, Any]  # the control center of the study, and its state


class Tuned(FileSettings, ControlCenter):
    """Decides as the control center of a tuning study does.

    The file, YAML or JSON, gives the ``kind`` and its settings under ``parameters``. Other entries
    are ignored.
    """

    kind: ClassVar[str] = "tuned"
    path: str = setting("", "study file, .yaml, .yml or .json; empty = a pid with default settings")

    @model_validator(mode="after")
    def _check_file(self) -> Tuned:
        # a bad file is reported with the settings, not when the run starts
        self.load_control_center()
        return self

    @property
    def effector_names(self) -> tuple[str, ...]:
        """Effectors that the study names."""
        return self.load_control_center().effector_names

    def load_control_center(self) -> ControlCenter:
        """Return the control center of the study."""
        if not self.path:
            return _build_control_center("", "pid", {})
        return read_study(self.path, self.content)

    def find_unknown_names(
        self, effectors: Sequence[str], departments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return one line for each unknown name in the study."""
        problems = self.load_control_center().find_unknown_names(effectors, departments)
        return tuple(f"{self.path}: {problem}" for problem in problems)

    def init(self, plant: Plant) -> TunedState:
        """Return the control center of the study with its state."""
        inner = self.load_control_center()
        return inner, inner.init(plant)

    def step(
        self, day: int, readings: tuple[Reading, ...], state: TunedState
    ) -> tuple[Orders, TunedState]:
        """Return the orders of the control center of the study."""
        inner, inner_state = state
        orders, inner_state = inner.step(day, readings, inner_state)
        return orders, (inner, inner_state)


def read_study(given: str, read: Callable[[], bytes] | None = None) -> ControlCenter:
    """Return the control center that a study file describes.

    Args:
        given: path of the file.
        read: returns the bytes of the file; reads the path if not given.

    Raises:
        EquipoiseError: if the file cannot be read or describes no control center.
    """
    path = expand_user_path(given)
    text = read_text_file(
        path, read or partial(read_regular_file, path), "control_center.path", _ADVICE
    )
    study = _parse_study(path, text)
    if not isinstance(study, Mapping) or "kind" not in study:
        raise EquipoiseError(f"{given} is no tuning study. It must have kind: and parameters:.")
    parameters = study.get("parameters", {})
    if not isinstance(parameters, Mapping):
        raise EquipoiseError(
            f"{given}: parameters is no mapping. "
            "Give names and values, as in parameters: {kp: 6}."
        )
    # a file that names itself would be read without end
    if study["kind"] == Tuned.kind:
        raise EquipoiseError(
            f"{given}: a study cannot have kind 'tuned'. Give the kind that was tuned, such as pid."
        )
    return _build_control_center(f"{given}: ", str(study["kind"]), parameters)


def _parse_study(path: Path, text: str) -> Any:
    """Return the content of a JSON or YAML file as plain data."""
    if path.suffix != ".json":
        return parse_yaml(text, str(path))
    try:
        return json.loads(text, object_pairs_hook=partial(_collect_pairs, path))
    except EquipoiseError:
        raise
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        reason = getattr(error, "msg", error)
        raise EquipoiseError(f"{path} cannot be read: line {line}, {reason}.") from None


def _collect_pairs(path: Path, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return the names and values of a JSON object; a repeated name is refused, as in YAML."""
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise EquipoiseError(f"{path}: {repeated[:60]!r} occurs twice. Remove one.")
    return values


def _build_control_center(where: str, kind: str, parameters: Mapping[Any, Any]) -> ControlCenter:
    """Return the control center; an error has one line for each problem with its settings."""
    try:
        part = build_part(_FAMILY, {"kind": kind, **parameters})
    except ValidationError as error:
        allowed = part_kinds(_FAMILY)[kind].load().model_fields
        problems = [_describe_problem(details, kind, allowed) for details in error.errors()]
    except EquipoiseError as error:
        problems = list(error.problems)
    else:
        if isinstance(part, ControlCenter):
            return part
        problems = [f"{kind} is no control center."]
    raise EquipoiseError(*(where + problem for problem in problems))


def _describe_problem(details: Any, kind: str, allowed: Mapping[str, Any]) -> str:
    """Return the sentence on one validation error of pydantic."""
    name = ".".join(str(key) for key in details["loc"])
    if details["type"] == "extra_forbidden":
        return unknown_name_message(f"the parameter of {kind}", name, allowed)
    if not name:
        return str(details["msg"])
    return f"{name} is {details['input']!r}: {details['msg'].lower()}."
