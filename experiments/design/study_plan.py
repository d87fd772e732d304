"""Plan a study: words -> experiment spec -> design points -> composed settings -> study.

Every point is composed, checked and given an identity; nothing is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.environment.missed_disturbances import note_missed_disturbances
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
from equipoise.experiments.design.study_notes import StudyNotes
from equipoise.experiments.design.study_request import (
    ExperimentSpec,
    StudyRequest,
    default_study_name,
    read_spec,
)
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings

STUDIES_FOLDER = Path("studies")
_MAX_PLACES = 200  # wrong points before the others are not looked at


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
        notes: remarks on the settings, with the points that they are about.
    """

    points: tuple[StudyPoint, ...]
    seed: int
    replicates: int
    days: int
    effectors: tuple[str, ...]
    departments: tuple[str, ...]
    notes: StudyNotes


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
        notes=composed.notes,
    )


def build_design_points(spec: ExperimentSpec) -> DesignPoints:
    """Return the points of an experiment.

    Raises:
        EquipoiseError: if the settings at the first point are wrong, or there are too many points.
    """
    composer = PointComposer(spec.constants, spec.first_point(), spec.folders)
    axes = [_round_whole_range(axis, composer) for axis in spec.axes]
    points = designs.build_points(axes, spec.design)
    return DesignPoints((*axes, *_axes_of_rows(spec)), tuple(points), composer)


def _round_whole_range(axis: Axis, composer: PointComposer) -> Axis:
    """Return the axis, its range of whole numbers if its setting takes whole numbers only."""
    if axis.span is None:
        return axis
    field = field_at(composer.base(), tuple(axis.path.split(".")))
    takes_whole = field is not None and field.annotation is int
    return axis._replace(span=axis.span._replace(whole=axis.span.whole or takes_whole))


def _axes_of_rows(spec: ExperimentSpec) -> list[Axis]:
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

    Raises:
        EquipoiseError: with a line for every problem, and the first point where it occurs.
    """
    packer = _PointPacker(_numeric_paths(design.axes))
    places: dict[str, list[str]] = {}
    for number, point in enumerate(design.points):
        try:
            packer.add(number, point, design.composer.settings(point))
        except EquipoiseError as error:
            for problem in error.problems:
                places.setdefault(problem, []).append(describe_point(number, point))
            if sum(map(len, places.values())) > _MAX_PLACES:
                break
    if places:
        raise EquipoiseError(*_locate_problems(places))
    return packer.build_result()


class _PointPacker:
    """Packs points one by one: the settings of all points would not fit into memory together.

    Args:
        numeric: paths whose labels are numbers.
    """

    def __init__(self, numeric: set[str]) -> None:
        self._numeric = numeric
        self._points: list[StudyPoint] = []
        self._numbers: dict[str, int] = {}  # of the first point, by identity
        self._seed = 0
        self._replicates = 1
        self._days = 0
        self._effectors: dict[str, None] = {}
        self._departments: dict[str, None] = {}
        self._notes: dict[str, list[int]] = {}

    def add(self, number: int, point: PathValues, settings: Settings) -> None:
        """Pack a point.

        Raises:
            EquipoiseError: if a file that its settings name cannot be read.
        """
        data = dump_settings(settings)
        name = self._unique_identity(number, identity.settings_identity(data))
        labels = _point_labels(settings, point, self._numeric)
        self._points.append(StudyPoint(number, dict(point), pack_json(data), name, labels))
        self._seed = settings.seed
        self._replicates = settings.replicates
        self._days = max(self._days, settings.burn_in + settings.horizon)
        self._effectors |= dict.fromkeys(settings.effector)
        self._departments |= dict.fromkeys(settings.firm.departments)
        for note in note_missed_disturbances(settings):
            self._notes.setdefault(note, []).append(number)

    def _unique_identity(self, number: int, name: str) -> str:
        """Return the identity of a point; of a point that occurs again, one of its own.

        A sample of whole numbers can contain a point twice: each is run and kept.
        """
        first = self._numbers.setdefault(name, number)
        if first == number:
            return name
        return identity.digest(name.encode(), f"{number} like {first}".encode())

    def build_result(self) -> ComposedPoints:
        """Return the points that were added."""
        return ComposedPoints(
            points=tuple(self._points),
            seed=self._seed,
            replicates=self._replicates,
            days=self._days,
            effectors=tuple(self._effectors),
            departments=tuple(self._departments),
            notes=self._notes,
        )


def _locate_problems(places: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line for each problem, with the point where it first occurs."""
    return [add_location(problem, where) for problem, where in places.items()]


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
        EquipoiseError: with a line for each name that no point has, or if there is no name.
    """
    if wanted == ("none",):
        return ()
    known = select_daily_columns(composed.effectors, composed.departments)
    if not wanted:
        raise EquipoiseError(f"--daily names no column. Allowed: all, none, {', '.join(known)}.")
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
