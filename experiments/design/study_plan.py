"""A study before it runs: every point of its design composed, checked and named, and nothing computed yet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError, suggest_spelling, unknown_name_message
from equipoise.experiments.config.catalogue import field_at, plain
from equipoise.experiments.config.compose import GROUPS, compose, options
from equipoise.experiments.design import designs, experiment_file, identity
from equipoise.experiments.design.designs import Axis, Design
from equipoise.experiments.design.points import PointComposer, add_location, describe_point
from equipoise.experiments.design.points import to_overrides as worded_point
from equipoise.experiments.design.sweep_syntax import parse_word
from equipoise.experiments.execution.job import Job, pack_json
from equipoise.experiments.storage import tables
from equipoise.settings.schema import dump
from equipoise.settings.settings import Settings

STUDIES_FOLDER = Path("studies")
MAX_JOB_RUNS = 50  # runs of a job at the most
REPLICATES = "replicates"  # says how much of a study is run, not what it is
TOLD = 20  # problems told before the rest are counted


class StoppingRule(NamedTuple):
    """When worlds enough have been run: paired intervals of ``measure`` no wider than ``width``, or ``cap`` worlds."""

    measure: str
    width: float
    cap: int = 400


class StudyRequest(NamedTuple):
    """What the user asks for, in his own words.

    Args:
        words: overrides, some with several values.
        folders: further folders of options.
        design, samples, seed: as in ``Design``; None = as the experiment file says.
        zipped: groups of paths that go together.
        points: listed points.
        stop: when worlds enough have been run.
        columns: daily columns to keep: ``("all",)``, ``("none",)``, or names.
    """

    words: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    design: str | None = None
    samples: int | None = None
    seed: int | None = None
    zipped: tuple[tuple[str, ...], ...] = ()
    points: tuple[Mapping[str, Any], ...] = ()
    stop: StoppingRule | None = None
    columns: tuple[str, ...] = ("all",)


@dataclass(frozen=True)
class StudyPoint:
    """One point of a study: number, what is varied there, its settings packed, their identity."""

    number: int
    varied: dict[str, Any]
    settings: bytes = field(repr=False)
    identity: str = ""
    labels: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """All that is to be run, checked."""

    name: str
    title: str
    axes: tuple[Axis, ...]
    constants: tuple[str, ...]
    design: Design
    points: tuple[StudyPoint, ...]
    seed: int
    replicates: int
    days: int
    columns: tuple[str, ...]
    stop: StoppingRule | None
    code: dict[str, str]
    folders: tuple[Path, ...] = ()

    def jobs(
        self,
        spot: StudyPoint,
        worlds: range,
        done: Iterable[range] = (),
        timeout: float | None = None,
    ) -> Iterator[Job]:
        """Yield the jobs that run those worlds at a point that are not done, in blocks that fit a part of the store."""
        code = identity.digest(identity.canonical_json(self.code))
        for gap in missing_worlds(worlds, done):
            for first in gap[::MAX_JOB_RUNS]:
                block = min(MAX_JOB_RUNS, gap.stop - first)
                told = identity.canonical_json(
                    [spot.identity, self.seed, first, block, list(self.columns), code]
                )
                name = identity.digest(told)
                yield Job(
                    name,
                    spot.number,
                    spot.settings,
                    first,
                    block,
                    spot.labels,
                    self.columns,
                    timeout,
                    code,
                )


def missing_worlds(worlds: range, done: Iterable[range]) -> Iterator[range]:
    """Yield what is left of some worlds without those that are done."""
    first = worlds.start
    for block in sorted(done, key=lambda each: each.start):
        if first < min(block.start, worlds.stop):
            yield range(first, min(block.start, worlds.stop))
        first = max(first, block.stop)
    if first < worlds.stop:
        yield range(first, worlds.stop)


@dataclass
class _Seen:
    """What all points have in common, gathered as they pass: their settings are too large to be kept."""

    seed: int = 0
    replicates: int = 1
    days: int = 0
    effectors: dict[str, None] = field(default_factory=dict)
    departments: dict[str, None] = field(default_factory=dict)

    def add(self, settings: Settings) -> None:
        self.seed, self.replicates = settings.seed, settings.replicates
        self.days = max(self.days, settings.burn_in + settings.horizon)
        self.effectors |= dict.fromkeys(settings.effector)
        self.departments |= dict.fromkeys(settings.firm.departments)


def plan_study(asked: StudyRequest) -> Study:
    """Return the study that is asked for.

    Raises:
        EquipoiseError: with a line for every problem at any point.
    """
    problems: list[str] = []
    over, words = _overlay(asked, problems)
    axes, constants = _axes(over, words, asked, problems)
    design = _design(over, asked)
    if not problems:  # a word that cannot be read is no range either
        problems += designs.find_design_problems(
            axes, design, [word_path(word) for word in constants]
        )
    stop = _stop(over, asked, problems)
    first = {axis.path: axis.choices[0] for axis in axes if axis.choices} | dict(
        (design.rows or ({},))[0]
    )
    if problems:
        raise EquipoiseError(*problems, *_wrong_at(constants, first, asked.folders))
    composer = PointComposer(constants, first, asked.folders)
    axes = [_whole(axis, composer) for axis in axes]
    told = [*axes, *_listed(design, over)]
    seen = _Seen()
    spots = _spots(composer, designs.build_points(axes, design), told, seen)
    return Study(
        name=_name(asked),
        title=over.title,
        axes=tuple(told),
        constants=constants,
        design=design,
        points=spots,
        seed=seen.seed,
        replicates=seen.replicates,
        days=seen.days,
        columns=_columns(seen, asked.columns),
        stop=stop,
        code=identity.code_versions(),
        folders=asked.folders,
    )


def _wrong_at(
    constants: Sequence[str], point: Mapping[str, Any], folders: Sequence[Path]
) -> tuple[str, ...]:
    """Return what is wrong with the settings at a point."""
    try:
        compose(*constants, *worded_point(point), config_dirs=folders)
    except EquipoiseError as error:
        return error.problems
    return ()


def _overlay(
    asked: StudyRequest, problems: list[str]
) -> tuple[experiment_file.ExperimentFile, list[str]]:
    """Return what the experiment file says, if one is named, and the other words."""
    named = [
        word.partition("=")[2]
        for word in asked.words
        if word.partition("=")[0].lstrip("+") == experiment_file.EXPERIMENT_GROUP
    ]
    others = [
        word
        for word in asked.words
        if word.partition("=")[0].lstrip("+") != experiment_file.EXPERIMENT_GROUP
    ]
    if len(named) > 1:
        problems.append(f"experiment is given {len(named)} times. Give it once.")
    try:
        return experiment_file.read_experiment(
            named[-1], asked.folders
        ) if named else experiment_file.ExperimentFile(), others
    except EquipoiseError as error:
        problems += error.problems
        return experiment_file.ExperimentFile(), others


def _axes(
    over: experiment_file.ExperimentFile,
    words: Sequence[str],
    asked: StudyRequest,
    problems: list[str],
) -> tuple[list[Axis], tuple[str, ...]]:
    """Return what is varied, and the words that hold everywhere; the user's word for a path replaces the file's."""
    roles = over.roles()
    told: dict[str, str] = {}
    for text in (*over.levers, *over.uncertainties, *over.constants, *words):
        told[word_path(text)] = text
    axes, constants = [], []
    for path, text in told.items():
        try:
            word = parse_word(
                text, lambda group: options(group, asked.folders) if group in GROUPS else ()
            )
        except EquipoiseError as error:
            problems += error.problems
            continue
        if word.constant:
            constants.append(text)
        elif path in designs.WORLD_SETTINGS:
            problems.append(
                f"{text!r}: {path} takes one value; worlds are numbered by seed, and replicates says how many."
            )
        else:
            axes.append(
                Axis(path, roles.get(path, designs.default_role(path)), word.choices, word.span)
            )
    return axes, tuple(constants)


def word_path(word: str) -> str:
    """Return which setting a word is about."""
    return word.lstrip("+~").partition("=")[0].strip()


def _design(over: experiment_file.ExperimentFile, asked: StudyRequest) -> Design:
    given = over.design
    samples = asked.samples if asked.samples is not None else int(given.get("samples", 0))
    kind = asked.design or given.get("kind") or ("lhs" if samples else "grid")
    seed = asked.seed if asked.seed is not None else int(given.get("seed", 0))
    return Design(str(kind), samples, seed, asked.zipped or over.zip, asked.points or over.points)


def _stop(
    over: experiment_file.ExperimentFile, asked: StudyRequest, problems: list[str]
) -> StoppingRule | None:
    """Return the stopping rule of the words, or of the file."""
    from equipoise.analysis.summary import MEASURES

    stop = asked.stop
    if stop is None and over.stop:
        lacking = [name for name in ("measure", "width") if name not in over.stop]
        if lacking:
            problems.append(
                f"stop: {' and '.join(lacking)} missing. Give measure: and width: of its interval."
            )
            return None
        stop = StoppingRule(
            str(over.stop["measure"]),
            over.stop["width"],
            over.stop.get("cap", StoppingRule._field_defaults["cap"]),
        )
    if stop is not None:
        known = [each.name for each in MEASURES]
        if stop.measure not in known:
            problems.append(unknown_name_message("stop: the measure", stop.measure, known))
        if not (isinstance(stop.width, (int, float)) and stop.width > 0):
            problems.append(
                f"stop: the width is {stop.width}. Give a number above 0 in the measure's unit."
            )
        if not (isinstance(stop.cap, int) and stop.cap > 0):
            problems.append(
                f"stop: the cap is {stop.cap}. Give the most worlds to run, such as 400."
            )
    return stop


def _whole(axis: Axis, composer: PointComposer) -> Axis:
    """Return an axis whose range is of whole numbers if its setting is."""
    if axis.span is None:
        return axis
    known = field_at(composer.base(), tuple(axis.path.split(".")))
    whole = axis.span.whole or (known is not None and known.annotation is int)
    return axis._replace(span=axis.span._replace(whole=whole))


def _listed(design: Design, over: experiment_file.ExperimentFile) -> list[Axis]:
    """Return the paths of listed points as axes."""
    paths = list(dict.fromkeys(path for row in design.rows for path in row))
    roles = over.roles()
    values = {path: [row[path] for row in design.rows if path in row] for path in paths}
    return [
        Axis(path, roles.get(path, designs.default_role(path)), tuple(values[path]))
        for path in paths
    ]


def _spots(
    composer: PointComposer, points: Sequence[Mapping[str, Any]], axes: Sequence[Axis], seen: _Seen
) -> tuple[StudyPoint, ...]:
    """Return all points, composed and checked; all their problems are told at once."""
    spots: list[StudyPoint] = []
    numbers: dict[str, int] = {}
    wrong: dict[str, list[str]] = {}
    numeric = {
        axis.path for axis in axes if axis.span or all(_is_number(value) for value in axis.choices)
    }
    for number, point in enumerate(points):
        try:
            settings = composer.settings(point)
            data = dump(settings)
            name = identity.settings_identity(data)
        except EquipoiseError as error:
            for problem in error.problems:
                wrong.setdefault(problem, []).append(describe_point(number, point))
            if sum(map(len, wrong.values())) > 10 * TOLD:
                break
            continue
        seen.add(settings)
        if (
            first := numbers.setdefault(name, number)
        ) != number:  # a sample of whole numbers may hit a point again
            name = identity.digest(name.encode(), f"{number} like {first}".encode())
        spots.append(
            StudyPoint(
                number, dict(point), pack_json(data), name, _labels(settings, point, numeric)
            )
        )
    if wrong:
        rest = (
            [f"... and {len(wrong) - TOLD} more problems like these."] if len(wrong) > TOLD else []
        )
        raise EquipoiseError(*(add_location(*each) for each in islice(wrong.items(), TOLD)), *rest)
    return tuple(spots)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _labels(settings: Settings, point: Mapping[str, Any], numeric: Iterable[str]) -> dict[str, Any]:
    """Return what is written beside each run: who, where, and what is varied."""
    labels: dict[str, Any] = {
        "strategy": settings.strategy.name,
        "environment": settings.environment.name,
    }
    return labels | {
        path: float(value) if path in numeric else plain(value) for path, value in point.items()
    }


def _columns(seen: _Seen, wanted: tuple[str, ...]) -> tuple[str, ...]:
    if wanted == ("none",):
        return ()
    known = tables.select_daily_columns(seen.effectors, seen.departments)
    if len(wanted) > 1 and (alone := {"all", "none"} & {*wanted}):
        raise EquipoiseError(
            f"--daily {','.join(wanted)}: {min(alone)} stands alone. Give it, or names."
        )
    strange = [] if wanted == ("all",) else [name for name in wanted if name not in known]
    if strange:
        raise EquipoiseError(
            *(
                f"--daily {name} is not known.{suggest_spelling(name, known)} Allowed: all, none, {', '.join(known)}."
                for name in strange
            )
        )
    return (
        known
        if wanted == ("all",)
        else tables.select_daily_columns(seen.effectors, seen.departments, wanted)
    )


def _name(asked: StudyRequest) -> str:
    """Return the name of a study's folder, which the same words always give, for however many worlds."""
    what = asked._replace(
        words=tuple(word for word in asked.words if word_path(word) != REPLICATES), stop=None
    )
    told = [
        word for word in what.words if word.startswith(f"{experiment_file.EXPERIMENT_GROUP}=")
    ] or what.words
    shown = "-".join(
        re.sub(r"[^\w.]+", "_", word.partition("=")[0 if len(told) > 1 else 2]).strip("_")
        for word in told
    )
    return (
        f"{shown[:60].strip('-_') or 'study'}-{hashlib.sha256(repr(what).encode()).hexdigest()[:8]}"
    )
