"""From the user's words to an experiment spec: axes, constants, design and stopping rule."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.analysis.measure_table import MEASURES
from equipoise.errors import EquipoiseError, raise_problems, unknown_name_message
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.option_files import EXPERIMENT_GROUP, OPTION_GROUPS, list_options
from equipoise.experiments.design import designs
from equipoise.experiments.design.designs import Axis, Design, Role
from equipoise.experiments.design.experiment_file import (
    ExperimentFile,
    read_experiment,
)
from equipoise.experiments.design.points import PathValues, to_overrides
from equipoise.experiments.design.study import StoppingRule
from equipoise.experiments.design.sweep_syntax import ParsedWord, parse_word

REPLICATES = "replicates"  # how much of a study is run: not part of what the study is
_NAME_LENGTH = 60  # characters of a folder's name before its hash


class StudyRequest(NamedTuple):
    """A request for a study, as given on the command line or in Python.

    Args:
        words: overrides, some with several values.
        folders: further folders of options.
        design: kind of design; None = as the experiment file says.
        samples: number of samples of the ranges; None = as the experiment file says.
        seed: seed of the sample; None = as the experiment file says.
        zipped: groups of paths whose lists go together.
        points: listed points.
        stop: stopping rule.
        columns: daily columns to keep: ``("all",)``, ``("none",)``, or names.
    """

    words: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    design: str | None = None
    samples: int | None = None
    seed: int | None = None
    zipped: tuple[tuple[str, ...], ...] = ()
    points: tuple[PathValues, ...] = ()
    stop: StoppingRule | None = None
    columns: tuple[str, ...] = ("all",)


class ExperimentSpec(NamedTuple):
    """An experiment, read from words and from an experiment file, and free of contradictions.

    Args:
        title: title of the experiment file.
        axes: what the words vary.
        constants: words that hold at every point.
        roles: roles that the experiment file gives to paths.
        design: how points are chosen.
        stop: stopping rule.
        folders: further folders of options.
    """

    title: str
    axes: tuple[Axis, ...]
    constants: tuple[str, ...]
    roles: Mapping[str, Role]
    design: Design
    stop: StoppingRule | None
    folders: tuple[Path, ...]

    def first_point(self) -> dict[str, Any]:
        """Return the first choice of every list; ranges are left out."""
        point = {axis.path: axis.choices[0] for axis in self.axes if axis.choices}
        if self.design.rows:
            point.update(self.design.rows[0])
        return point


def read_spec(request: StudyRequest) -> ExperimentSpec:
    """Return the experiment that is asked for.

    Raises:
        EquipoiseError: with a line for every problem of words, file, design and stopping rule, and
            of the settings at the first point.
    """
    problems: list[str] = []
    file = _read_file(request, problems)
    axes, constants = _read_axes(file, request, problems)
    design = _choose_design(file, request)
    if not problems:
        # A word that cannot be read would be reported twice: as itself, and as a missing range.
        paths = [word_path(word) for word in constants]
        problems += designs.find_design_problems(axes, design, paths)
    stop = _choose_stopping_rule(file, request, problems)
    spec = ExperimentSpec(file.title, axes, constants, file.roles(), design, stop, request.folders)
    if problems:
        problems += _first_point_problems(spec)
    raise_problems(problems)
    return spec


def _read_file(request: StudyRequest, problems: list[str]) -> ExperimentFile:
    """Return the experiment file that a word names, or an empty one."""
    words = filter(_names_experiment, request.words)
    names = [word.partition("=")[2] for word in words]
    if len(names) > 1:
        problems.append(f"experiment is given {len(names)} times. Give it once.")
    if not names:
        return ExperimentFile()
    try:
        return read_experiment(names[-1], request.folders)
    except EquipoiseError as error:
        problems += error.problems
        return ExperimentFile()


def _names_experiment(word: str) -> bool:
    return word.partition("=")[0].lstrip("+") == EXPERIMENT_GROUP


def _read_axes(
    file: ExperimentFile, request: StudyRequest, problems: list[str]
) -> tuple[tuple[Axis, ...], tuple[str, ...]]:
    """Return the axes and the words that hold everywhere."""
    roles = file.roles()
    axes: list[Axis] = []
    constants: list[str] = []
    for path, text in _last_words(file, request).items():
        word = _parse(text, request.folders, problems)
        if word is None:
            continue
        if word.constant:
            constants.append(text)
        elif path in designs.WORLD_SETTINGS:
            problems.append(
                f"{text!r}: {path} takes one value; "
                "for several worlds, set replicates, as in replicates=10."
            )
        else:
            role = roles.get(path, designs.default_role(path))
            axes.append(Axis(path, role, word.choices, word.span))
    return tuple(axes), tuple(constants)


def _last_words(file: ExperimentFile, request: StudyRequest) -> dict[str, str]:
    """Return the words by path; the user's word for a path replaces that of the file."""
    own = [word for word in request.words if not _names_experiment(word)]
    words = (*file.levers, *file.uncertainties, *file.constants, *own)
    return {word_path(word): word for word in words}


def _parse(text: str, folders: Sequence[Path], problems: list[str]) -> ParsedWord | None:
    def options_of(group: str) -> tuple[str, ...]:
        return list_options(group, tuple(folders)) if group in OPTION_GROUPS else ()

    try:
        return parse_word(text, options_of)
    except EquipoiseError as error:
        problems += error.problems
        return None


def word_path(word: str) -> str:
    """Return the path of the setting that a word is about."""
    return word.lstrip("+~").partition("=")[0].strip()


def _choose_design(file: ExperimentFile, request: StudyRequest) -> Design:
    """Return the design; what the user gives replaces what the file says."""
    given = file.design
    samples = request.samples
    if samples is None:
        samples = int(given.get("samples", 0))
    seed = request.seed
    if seed is None:
        seed = int(given.get("seed", 0))
    usual_kind = "lhs" if samples else "grid"
    kind = given.get("kind", usual_kind) if request.design is None else request.design
    zipped = request.zipped or file.zip
    return Design(str(kind), samples, seed, zipped, request.points or file.points)


def _choose_stopping_rule(
    file: ExperimentFile, request: StudyRequest, problems: list[str]
) -> StoppingRule | None:
    """Return the stopping rule of the user, or else that of the file."""
    stop = request.stop
    if stop is None and file.stop:
        missing = [name for name in ("measure", "width") if name not in file.stop]
        if missing:
            problems.append(
                f"stop: {' and '.join(missing)} missing. Give measure: and width: of its interval."
            )
            return None
        stop = StoppingRule(**{**file.stop, "measure": str(file.stop["measure"])})
    if stop is not None:
        problems += _stopping_problems(stop)
    return stop


def _stopping_problems(stop: StoppingRule) -> list[str]:
    problems = []
    known = [measure.name for measure in MEASURES]
    if stop.measure not in known:
        problems.append(unknown_name_message("stop: the measure", stop.measure, known))
    if not (isinstance(stop.width, (int, float)) and stop.width > 0):
        problems.append(
            f"stop: the width is {stop.width}. Give a number above 0 in the measure's unit."
        )
    if not (isinstance(stop.cap, int) and stop.cap > 0):
        problems.append(
            f"stop: the cap is {stop.cap}. Give the maximum number of worlds, such as 400."
        )
    return problems


def _first_point_problems(spec: ExperimentSpec) -> tuple[str, ...]:
    """Return the problems of the settings at the first point, to report all problems at once."""
    try:
        words = to_overrides(spec.first_point())
        compose(*spec.constants, *words, config_dirs=spec.folders)
    except EquipoiseError as error:
        return error.problems
    return ()


def default_study_name(request: StudyRequest) -> str:
    """Return the name of a study's folder.

    The same words give the same name, for however many worlds.
    """
    words = tuple(word for word in request.words if word_path(word) != REPLICATES)
    experiments = [word for word in words if word.startswith(f"{EXPERIMENT_GROUP}=")]
    shown_words = experiments or words
    # One word is shown by its value, several by their paths.
    part = 0 if len(shown_words) > 1 else 2
    values = [re.sub(r"[^\w.]+", "_", word.partition("=")[part]) for word in shown_words]
    shown = "-".join(value.strip("_") for value in values)
    shown = shown[:_NAME_LENGTH].strip("-_") or "study"
    same_study = tuple(request._replace(words=words, stop=None))
    return f"{shown}-{hashlib.sha256(repr(same_study).encode()).hexdigest()[:8]}"
