"""Plan a study: words -> experiment spec -> design points -> composed settings -> study.

Every point is composed, checked and given an identity; nothing is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError, suggest_spelling
from equipoise.experiments.config.catalogue import field_at, format_value
from equipoise.experiments.design import designs, identity
from equipoise.experiments.design.daily_columns import select_daily_columns
from equipoise.experiments.design.designs import Axis
from equipoise.experiments.design.job import pack_json
from equipoise.experiments.design.points import (
    PathValues,
    PointComposer,
    add_location,
    describe_point,
)
from equipoise.experiments.design.study import Study, StudyPoint
from equipoise.experiments.design.study_request import (
    ExperimentSpec,
    StudyRequest,
    default_study_name,
    read_spec,
)
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings

STUDIES_FOLDER = Path("studies")
_MAX_PROBLEMS = 20  # problems shown before the rest are counted
_MAX_PLACES = 10 * _MAX_PROBLEMS  # wrong points before the others are not looked at


class DesignPoints(NamedTuple):
    """Points of an experiment, not composed yet.

    Args:
        axes: what the words and the listed points vary.
        points: values by path, one mapping a point.
        composer: makes settings of points.
    """

    axes: tuple[Axis, ...]
    points: tuple[PathValues, ...]
    composer: PointComposer


class ComposedPoints(NamedTuple):
    """Points with their settings, and what all of them have in common.

    Args:
        points: all points, packed.
        seed: seed of the first world.
        replicates: number of worlds at each point.
        days: days of the longest run, burn-in included.
        effectors: effectors of any point.
        departments: departments of any point.
    """

    points: tuple[StudyPoint, ...]
    seed: int
    replicates: int
    days: int
    effectors: tuple[str, ...]
    departments: tuple[str, ...]


def plan_study(request: StudyRequest) -> Study:
    """Return the study that is asked for.

    Raises:
        EquipoiseError: with a line for every problem at any point.
    """
    spec = read_spec(request)
    design = build_design_points(spec)
    composed = compose_points(design)
    return Study(
        name=default_study_name(request),
        title=spec.title,
        axes=design.axes,
        constants=spec.constants,
        design=spec.design,
        points=composed.points,
        seed=composed.seed,
        replicates=composed.replicates,
        days=composed.days,
        columns=_choose_columns(composed, request.columns),
        stop=spec.stop,
        code=identity.code_versions(),
        folders=spec.folders,
    )


def build_design_points(spec: ExperimentSpec) -> DesignPoints:
    """Return the points of an experiment.

    Raises:
        EquipoiseError: if the settings at the first point are wrong, or there are too many points.
    """
    composer = PointComposer(spec.constants, spec.first_point(), spec.folders)
    axes = [_round_whole_range(axis, composer) for axis in spec.axes]
    points = designs.build_points(axes, spec.design)
    return DesignPoints((*axes, *_listed_axes(spec)), tuple(points), composer)


def _round_whole_range(axis: Axis, composer: PointComposer) -> Axis:
    """Return the axis, its range of whole numbers if its setting takes whole numbers only."""
    if axis.span is None:
        return axis
    field = field_at(composer.base(), tuple(axis.path.split(".")))
    takes_whole = field is not None and field.annotation is int
    return axis._replace(span=axis.span._replace(whole=axis.span.whole or takes_whole))


def _listed_axes(spec: ExperimentSpec) -> list[Axis]:
    """Return the paths of listed points as axes."""
    values: dict[str, list[Any]] = {}
    for row in spec.design.rows:
        for path, value in row.items():
            values.setdefault(path, []).append(value)
    return [
        Axis(path, spec.roles.get(path, designs.default_role(path)), tuple(choices))
        for path, choices in values.items()
    ]


def compose_points(design: DesignPoints) -> ComposedPoints:
    """Return all points with their settings.

    Settings are packed one by one: those of all points together would not fit into memory.

    Raises:
        EquipoiseError: with a line for every problem, and the first point where it occurs.
    """
    points: list[StudyPoint] = []
    numbers: dict[str, int] = {}
    places: dict[str, list[str]] = {}
    seed, replicates, days = 0, 1, 0
    effectors: dict[str, None] = {}
    departments: dict[str, None] = {}
    numeric = _numeric_paths(design.axes)
    for number, point in enumerate(design.points):
        try:
            settings = design.composer.settings(point)
            data = dump_settings(settings)
            name = identity.settings_identity(data)
        except EquipoiseError as error:
            for problem in error.problems:
                places.setdefault(problem, []).append(describe_point(number, point))
            if sum(map(len, places.values())) > _MAX_PLACES:
                break
            continue
        first = numbers.setdefault(name, number)
        if first != number:
            # A sample of whole numbers can contain a point twice; each is kept, by its own name.
            name = identity.digest(name.encode(), f"{number} like {first}".encode())
        labels = _point_labels(settings, point, numeric)
        points.append(StudyPoint(number, dict(point), pack_json(data), name, labels))
        seed, replicates = settings.seed, settings.replicates
        days = max(days, settings.burn_in + settings.horizon)
        effectors |= dict.fromkeys(settings.effector)
        departments |= dict.fromkeys(settings.firm.departments)
    if places:
        raise EquipoiseError(*_locate_problems(places))
    return ComposedPoints(
        tuple(points), seed, replicates, days, tuple(effectors), tuple(departments)
    )


def _locate_problems(places: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line for each problem, with the point where it first occurs."""
    lines = [
        add_location(problem, where) for problem, where in islice(places.items(), _MAX_PROBLEMS)
    ]
    if len(places) > _MAX_PROBLEMS:
        lines.append(f"... and {len(places) - _MAX_PROBLEMS} more problems like these.")
    return lines


def _numeric_paths(axes: Iterable[Axis]) -> set[str]:
    """Return the paths that take numbers only: their labels are numbers, all others are text."""
    return {axis.path for axis in axes if axis.span or all(map(_is_number, axis.choices))}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _point_labels(settings: Settings, point: PathValues, numeric: set[str]) -> dict[str, Any]:
    """Return the columns beside each run of a point."""
    labels: dict[str, Any] = {
        "strategy": settings.strategy.name,
        "environment": settings.environment.name,
    }
    for path, value in point.items():
        labels[path] = float(value) if path in numeric else format_value(value)
    return labels


def _choose_columns(composed: ComposedPoints, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the daily columns to keep.

    Raises:
        EquipoiseError: with a line for each name that no point has.
    """
    if wanted == ("none",):
        return ()
    known = select_daily_columns(composed.effectors, composed.departments)
    if wanted == ("all",):
        return known
    alone = {"all", "none"}.intersection(wanted)
    if alone and len(wanted) > 1:
        raise EquipoiseError(
            f"--daily {','.join(wanted)}: {min(alone)} stands alone. Give it, or names."
        )
    problems = [
        f"--daily {name} is not known.{suggest_spelling(name, known)} "
        f"Allowed: all, none, {', '.join(known)}."
        for name in wanted
        if name not in known
    ]
    if problems:
        raise EquipoiseError(*problems)
    return select_daily_columns(composed.effectors, composed.departments, wanted)
