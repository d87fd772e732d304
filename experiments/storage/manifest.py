"""What is written of a study, and in what another one differs from it."""

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
AMOUNTS = "worlds"  # how many were asked for, in the order in which they were last
ASIDE = "folders"  # of options: told, but settings are what they came to, wherever these lie


def build_manifest(study: Study) -> dict[str, Any]:
    """Return what a study is, as plain data: what must be the same for it to go on, how many worlds it has aside."""
    by_role = {
        role: {axis.path: _told(axis) for axis in study.axes if axis.role == role}
        for role in ("lever", "uncertainty")
    }
    listed = list(dict.fromkeys(path for row in study.design.rows for path in row))
    return {
        "format": MANIFEST_FORMAT,
        "title": study.title,
        "levers": by_role["lever"],
        "uncertainties": by_role["uncertainty"],
        "constants": [word for word in study.constants if word_path(word) != REPLICATES],
        "design": {
            "kind": study.design.kind,
            "samples": study.design.samples,
            "seed": study.design.seed,
            "zip": [list(group) for group in study.design.zipped],
            **({"listed": listed} if listed else {}),
        },
        "points": len(study.points),
        "seed": study.seed,
        "daily": list(study.columns),
        "code": study.code,
        AMOUNTS: [
            {"replicates": study.replicates, "stop": study.stop._asdict() if study.stop else None}
        ],
        **({ASIDE: list(map(str, study.folders))} if study.folders else {}),
    }


def update_manifest(study: Study, before: Mapping[str, Any], there: int) -> dict[str, Any] | None:
    """Return what is written of a study of which other worlds are asked for than last time; None when not.

    What was asked for earlier is cut to the ``there`` worlds that came of it: nobody waits for the others any more.
    """
    (now,) = build_manifest(study)[AMOUNTS]
    earlier = [_cut(each, there) for each in before[AMOUNTS] if each != now] if there else []
    told = [*earlier, now]
    asked = [each for k, each in enumerate(told) if each not in told[k + 1 :]]
    return None if asked == before[AMOUNTS] else {**before, AMOUNTS: asked}


def _cut(asked: Mapping[str, Any], most: int) -> dict[str, Any]:
    stop = asked["stop"] and {**asked["stop"], "cap": min(asked["stop"]["cap"], most)}
    return {"replicates": min(asked["replicates"], most), "stop": stop}


def _sorted(told: Any) -> Any:
    """Return a list of words in an order of their own: that of the user changes nothing."""
    return sorted(told) if isinstance(told, list) else told


def _told(axis: Axis) -> Any:
    return axis.span._asdict() if axis.span else list(axis.choices)


def build_point_rows(study: Study) -> Iterator[dict[str, Any]]:
    """Yield one row a point: number, identity, what is varied, all settings as JSON."""
    for spot in study.points:
        settings = identity.canonical_json(unpack_json(spot.settings)).decode()
        yield {"point": spot.number, "identity": spot.identity, **spot.labels, "settings": settings}


def find_changes(
    study: Study, before: Mapping[str, Any], points: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield a line for everything in which a study differs from what was begun in its folder."""
    now = build_manifest(study)
    for name in dict.fromkeys((*before, *now)):
        if (
            name in now
            and name not in (AMOUNTS, ASIDE)
            and _sorted(before.get(name)) != _sorted(now[name])
        ):
            yield from _differing(name, before.get(name), now[name])
    if before.get("points") == now["points"]:
        for spot, old in zip(study.points, points, strict=False):
            if spot.identity != old["identity"]:
                told = json.loads(old["settings"])
                found = list(_differing(f"point {spot.number}: ", told, unpack_json(spot.settings)))
                yield from found or [f"point {spot.number}: a file that it names"]


def _differing(name: str, before: Any, now: Any) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*before, *now)):
            if before.get(key) != now.get(key):
                dot = "" if not name or name.endswith(" ") else "."
                yield from _differing(f"{name}{dot}{key}", before.get(key), now.get(key))
    else:
        yield f"{name}: {format_value(before)} before, {format_value(now)} now"
