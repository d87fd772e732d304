"""Check of the users' parts of a study, before its first job."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from equipoise.errors import EquipoiseError, raise_problems
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.design.study import StudyPoint
from equipoise.experiments.execution.executor_types import ONE_THREAD
from equipoise.experiments.execution.pool import ProcessPool, WorkerDied
from equipoise.firm import check_fixtures
from equipoise.firm.checker import check
from equipoise.firm.interfaces import ControlCenter, Effector, Receptor
from equipoise.settings.schema import Part, part_kinds
from equipoise.settings.settings import Settings

_LONGEST_CHECK = 60.0  # seconds; after it, the jobs must show whether a part is sound
_CODE_ERROR = ": init or step raised "  # in a line of `check`
_FAMILIES = ("receptors", "control_centers", "effectors")
_SOUND_CLASSES: set[type[Part]] = set()  # a search of many studies checks a class once


def check_user_parts(points: Sequence[StudyPoint], in_process: bool = False) -> None:
    """Check each class of parts from other packages once, with the settings of its first point.

    A class that a process has checked is not checked again in it.

    Args:
        points: of the study.
        in_process: True = in this process, where a debugger can follow; otherwise in a process of
            its own. A part that kills that process, hangs or raises is left to the jobs, which
            record it.

    Raises:
        EquipoiseError: with a line for each breach of the contract.
    """
    classes = _list_user_classes(points)
    unchecked = {kind for kind, part_class in classes.items() if part_class not in _SOUND_CLASSES}
    settings = list(_select_settings(points, unchecked))
    if settings:
        raise_problems(_find_problems_apart(settings, in_process))
    _SOUND_CLASSES.update(classes.values())


def _find_problems_apart(settings: list[bytes], in_process: bool) -> list[str]:
    """Return the breaches of user classes, found in this process or in one of its own."""
    if in_process:
        return find_problems(settings)
    with ProcessPool(1, ONE_THREAD) as pool:
        future = pool.submit(find_problems, settings)
        try:
            problems: list[str] = future.result(_LONGEST_CHECK)
        except (WorkerDied, TimeoutError):
            return []
    return problems


def _select_settings(points: Iterable[StudyPoint], kinds: Collection[str]) -> Iterator[bytes]:
    """Yield the packed settings of the points with some kinds that earlier points do not have."""
    if not kinds:
        return
    seen: set[str] = set()
    for point in points:
        new = set(kinds).intersection(_list_kinds(unpack_json(point.settings))) - seen
        if new:
            seen |= new
            yield point.settings


def find_problems(packed_settings: Iterable[bytes]) -> list[str]:
    """Return the breaches of all user classes in packed settings."""
    checked: set[type[Part]] = set()
    problems: list[str] = []
    for packed in packed_settings:
        problems += _find_problems_of_point(Settings.model_validate(unpack_json(packed)), checked)
    return problems


def _list_user_classes(points: Iterable[StudyPoint]) -> dict[str, type[Part]]:
    """Return the classes of other packages that some points use, by kind."""
    registrations = {}
    for family in _FAMILIES:
        for kind, registration in part_kinds(family).items():
            if registration.provider != "equipoise":
                registrations[kind] = registration
    if not registrations:
        return {}
    used: set[str] = set()
    for point in points:
        used.update(_list_kinds(unpack_json(point.settings)))
    return {kind: registrations[kind].load() for kind in used.intersection(registrations)}


def _list_kinds(data: Any) -> Iterator[str]:
    """Yield the kinds of all parts in plain settings, also of parts within parts."""
    if isinstance(data, dict):
        if isinstance(data.get("kind"), str):
            yield data["kind"]
        for value in data.values():
            yield from _list_kinds(value)


def _find_problems_of_point(settings: Settings, checked: set[type[Part]]) -> list[str]:
    """Return the breaches of user classes not checked yet, and add these classes to ``checked``."""
    effectors = tuple(settings.effector)
    plant = replace(check_fixtures.build_plant(firm=settings.firm), effectors=effectors)
    problems: list[str] = []
    for part in _list_parts([settings.receptor, settings.control_center, settings.effector]):
        is_house = type(part).__module__.startswith("equipoise.")
        if is_house or type(part) in checked:
            continue
        checked.add(type(part))
        try:
            check(part, plant)
        except EquipoiseError as error:
            # An error of its code is left to the jobs, which record it with its trace.
            problems += [line for line in error.problems if _CODE_ERROR not in line]
        except SystemExit:
            continue
    return problems


def _list_parts(value: Any) -> Iterator[Part]:
    """Yield the parts of the firm in settings, also those within parts."""
    if isinstance(value, (Receptor, ControlCenter, Effector)):
        yield value
        for name in type(value).model_fields:
            yield from _list_parts(getattr(value, name))
    elif isinstance(value, dict):
        yield from _list_parts(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _list_parts(item)
