"""The manifest of a study: its request, and the differences of another request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from equipoise.experiments.config.catalogue import format_value
from equipoise.experiments.design import identity
from equipoise.experiments.design.designs import Axis
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.design.study import Study
from equipoise.experiments.design.study_request import REPLICATES, word_path

MANIFEST_FORMAT = 2
_WORLDS = "worlds"  # requested numbers of worlds, the latest request last
_FOLDERS = "folders"  # folders of options; they may move, because settings are compared
_MAY_CHANGE = (_WORLDS, _FOLDERS)


def build_manifest(study: Study) -> dict[str, Any]:
    """Return the manifest of a study as plain data.

    A study continues only if everything except the number of worlds and the folders is unchanged.
    """
    manifest = {
        "format": MANIFEST_FORMAT,
        "title": study.title,
        "levers": _axes_of_role(study, "lever"),
        "uncertainties": _axes_of_role(study, "uncertainty"),
        "constants": [word for word in study.constants if word_path(word) != REPLICATES],
        "design": _describe_design(study),
        "points": len(study.points),
        "seed": study.seed,
        "daily": list(study.columns),
        "code": study.code,
        _WORLDS: [_worlds_request(study)],
    }
    if study.folders:
        manifest[_FOLDERS] = [str(folder) for folder in study.folders]
    return manifest


def _axes_of_role(study: Study, role: str) -> dict[str, Any]:
    return {axis.path: _describe_axis(axis) for axis in study.axes if axis.role == role}


def _describe_axis(axis: Axis) -> Any:
    return axis.span._asdict() if axis.span else list(axis.choices)


def _describe_design(study: Study) -> dict[str, Any]:
    design = study.design
    description: dict[str, Any] = {
        "kind": design.kind,
        "samples": design.samples,
        "seed": design.seed,
        "zip": [list(group) for group in design.zipped],
    }
    listed = dict.fromkeys(path for row in design.rows for path in row)
    if listed:
        description["listed"] = list(listed)
    return description


def _worlds_request(study: Study) -> dict[str, Any]:
    stop = study.stop._asdict() if study.stop else None
    return {"replicates": study.replicates, "stop": stop}


def update_manifest(
    study: Study, before: Mapping[str, Any], existing: int
) -> dict[str, Any] | None:
    """Return the manifest with the worlds that are asked for now, or None if it is the same.

    Earlier requests are cut to the worlds that exist: the others are no longer reported as missing.

    Args:
        study: the study that is asked for now.
        before: the manifest as it stands.
        existing: number of worlds that exist.
    """
    now = _worlds_request(study)
    requests = []
    if existing:
        earlier = [request for request in before[_WORLDS] if request != now]
        requests = [_cut_request(request, existing) for request in earlier]
    requests.append(now)
    # Of equal requests the last one stays.
    kept = [request for k, request in enumerate(requests) if request not in requests[k + 1 :]]
    if kept == before[_WORLDS]:
        return None
    return {**before, _WORLDS: kept}


def _cut_request(request: Mapping[str, Any], existing: int) -> dict[str, Any]:
    stop = request["stop"]
    if stop:
        stop = {**stop, "cap": min(stop["cap"], existing)}
    return {"replicates": min(request["replicates"], existing), "stop": stop}


def build_point_rows(study: Study) -> Iterator[dict[str, Any]]:
    """Yield one row per point: number, identity, labels, all settings as JSON."""
    for point in study.points:
        settings = identity.canonical_json(unpack_json(point.settings)).decode()
        yield {
            "point": point.number,
            "identity": point.identity,
            **point.labels,
            "settings": settings,
        }


def find_changes(
    study: Study, before: Mapping[str, Any], points: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield a line for every difference between a study and the one that its folder holds.

    Args:
        study: the study that is asked for now.
        before: manifest of the folder.
        points: rows of the folder's points.
    """
    now = build_manifest(study)
    for name in dict.fromkeys((*before, *now)):
        if name in _MAY_CHANGE or name not in now:
            continue
        if _in_any_order(before.get(name)) != _in_any_order(now[name]):
            yield from _differences(name, before.get(name), now[name])
    if before.get("points") == now["points"]:
        yield from _point_changes(study, points)


def _point_changes(study: Study, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for point, row in zip(study.points, rows, strict=False):
        if point.identity == row["identity"]:
            continue
        settings = json.loads(row["settings"])
        name = f"point {point.number}: "
        lines = list(_differences(name, settings, unpack_json(point.settings)))
        yield from lines or [f"{name}a file that it names"]


def _in_any_order(value: Any) -> Any:
    """Return a list of words sorted: the order in which the user gives them changes nothing."""
    return sorted(value) if isinstance(value, list) else value


def _differences(name: str, before: Any, now: Any) -> Iterator[str]:
    """Yield a line for each value that differs, found by its path."""
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
        yield f"{name}: {format_value(before)} before, {format_value(now)} now"
        return
    separator = "" if not name or name.endswith(" ") else "."
    for key in dict.fromkeys((*before, *now)):
        if before.get(key) != now.get(key):
            yield from _differences(f"{name}{separator}{key}", before.get(key), now.get(key))
