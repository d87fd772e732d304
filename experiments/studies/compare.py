"""From a study on disk to a comparison: who is compared, where, in which worlds, and what is missing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from equipoise.analysis.comparison.comparison import (
    COMPARABLE,
    DEFAULT_BASELINE,
    Comparison,
    build_comparison,
)
from equipoise.analysis.comparison.outcomes import Outcomes, build_outcomes
from equipoise.analysis.measure_table import MEASURE_BY_NAME
from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.config.messages import validate_settings
from equipoise.experiments.storage.manifest import MANIFEST_FORMAT
from equipoise.experiments.storage.store import STUDY_FILE, Store
from equipoise.experiments.studies import DEFAULT_MEASURES
from equipoise.output.atomic import atomic_file

if TYPE_CHECKING:
    from equipoise.experiments.execution.sweep_runner import SweepResult

FEWEST = (
    6  # worlds in which a verdict is possible at all: two sided, 2 / 2^6 is the first below 0.05
)
BARE = ("strategy", "environment")  # told without their names
INSTEAD = {
    "settling_time": "restricted_settling_time"
}  # of measures without a value where a strategy failed
NAMED = 5  # places named before the rest are counted


@dataclass(frozen=True)
class StoredStudy:
    """A study on disk: what is varied, its points and finished runs.

    Args:
        folder: where it is.
        levers, uncertainties: paths that are varied.
        points: what is varied at each point, with the names of its strategy and environment.
        worlds: how many were asked for at each point; 0 = as many as it takes.
        failures: jobs that failed.
    """

    folder: Path
    levers: tuple[str, ...]
    uncertainties: tuple[str, ...]
    points: tuple[Mapping[str, Any], ...]
    worlds: int
    failures: int

    @property
    def varied(self) -> tuple[str, ...]:
        """Return all that is varied."""
        return self.levers + self.uncertainties


@dataclass(frozen=True)
class _Runs:
    """Finished runs under the names of what is compared: a tidy table, and how many there are and should be."""

    strategies: tuple[str, ...]
    environments: tuple[str, ...]
    table: dict[str, Any]
    counts: Counter[tuple[str, str]]
    asked: dict[tuple[str, str], int]


def compare(
    study: str | Path | SweepResult,
    *,
    by: str | Iterable[str] = (),
    on: str | Iterable[str] = DEFAULT_MEASURES,
    baseline: str = "",
    margin: Mapping[str, float] | None = None,
    enough: Mapping[str, float] | None = None,
) -> Comparison:
    """Compare the strategies of a study in the same worlds: ``print(compare("studies/first", on="time_in_band"))``.

    Args:
        study: its folder, or what `sweep` returned.
        by: what is compared: one or more of what the study varies, its levers if not given. Everything else that is
            varied makes the environments, and each is compared by itself.
        on: measures, the first of which is held against cost.
        baseline: what the others are measured against: do_nothing when it is there, else the first of the study.
        margin: by measure, the difference that matters to nobody.
        enough: by measure, the value that satisfies.

    Returns:
        The comparison: print it, or take its ``table``.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    told = load_study(Path(study) if isinstance(study, (str, Path)) else study.folder)
    chosen, measures = split_names(by) or told.levers, tuple(dict.fromkeys(split_names(on)))
    problems = [*_wrong_by(told, chosen), *_wrong_measures(measures, margin or {}, enough or {})]
    if problems:
        raise EquipoiseError(*problems)
    runs = _runs(told, chosen, measures)
    parts = _outcomes(told, runs, chosen, measures)
    base = baseline or (
        DEFAULT_BASELINE if DEFAULT_BASELINE in runs.strategies else runs.strategies[0]
    )
    if base not in runs.strategies:
        raise EquipoiseError(unknown_name_message("The baseline", base, runs.strategies))
    notes = [] if baseline else [f"Measured against {base}, since no other baseline was named."]
    notes += [*_yardsticks(told, runs, chosen), *_missing(told, runs), *_valueless(runs, parts)]
    rest = ", ".join(path for path in told.varied if path not in chosen)
    by, within = ", ".join(chosen), rest or "environment"
    return build_comparison(
        parts, base, by=by, within=within, margins=margin, enough=enough, notes=notes
    )


def split_names(given: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names in a list, or in words with commas between them."""
    parts = given.split(",") if isinstance(given, str) else given
    return tuple(part.strip() for part in parts if part.strip())


def load_study(folder: Path) -> StoredStudy:
    """Return what a study is.

    Raises:
        EquipoiseError: when there is none.
    """
    if not folder.exists():
        raise EquipoiseError(
            f"There is no folder {str(folder)!r}. Give the folder of a sweep: it says where it is."
        )
    store = Store(folder)
    manifest = store.read_manifest()
    if (folder / "tuning.json").exists():
        raise EquipoiseError(
            f"{str(folder)!r} is a tuning: its tuning.png, tuning.csv and tuned.yaml say what was found. "
            "To compare or report, sweep what was tuned beside others."
        )
    if manifest is None or "levers" not in manifest:
        raise EquipoiseError(
            f"{str(folder)!r} is no study: it has no {STUDY_FILE} of a sweep. Give the folder of a sweep."
        )
    if manifest.get("format") != MANIFEST_FORMAT:
        raise EquipoiseError(
            f"{str(folder)!r} was swept by another version: its format is "
            f"{manifest.get('format')}, and {MANIFEST_FORMAT} is "
            "read. Sweep it anew, or take the version that swept it."
        )
    return StoredStudy(
        folder=folder,
        levers=tuple(manifest["levers"]),
        uncertainties=tuple(manifest["uncertainties"]),
        points=tuple(store.read_points()),
        worlds=_worlds(manifest["worlds"]),
        failures=len(store.read_failures()),
    )


def _worlds(asked: Sequence[Mapping[str, Any]]) -> int:
    return (
        0 if any(each["stop"] for each in asked) else max(int(each["replicates"]) for each in asked)
    )


def _wrong_by(told: StoredStudy, chosen: Sequence[str]) -> Iterator[str]:
    if not told.varied:
        yield f"{told.folder} varies nothing, so there is nothing to compare. Sweep strategy=a,b with two at least."
        return
    if not chosen:
        yield f"{told.folder} varies no lever, only {', '.join(told.varied)}. To compare that: --by {told.varied[0]}."
    for path in chosen:
        if path not in told.varied:
            yield f"{unknown_name_message('To compare by', path, told.varied)} These are what {told.folder} varies."


def _wrong_measures(measures: Sequence[str], *given: Mapping[str, float]) -> Iterator[str]:
    if not measures:
        yield f"Say on which measures to compare. Allowed: {', '.join(COMPARABLE)}."
    for name in measures:
        if name not in MEASURE_BY_NAME:
            yield unknown_name_message("Measure", name, COMPARABLE)
        elif name not in COMPARABLE:
            yield f"Neither side of {name} is better, so nobody can be judged on it. Allowed: {', '.join(COMPARABLE)}."
    for name in dict.fromkeys(name for values in given for name in values):
        if name not in measures:
            yield unknown_name_message(
                "A margin, or what is enough, is of a measure compared:", name, measures
            )


def _runs(told: StoredStudy, chosen: Sequence[str], measures: Sequence[str]) -> _Runs:
    from equipoise.analysis.frames import load_study_rows as rows_of

    rows = rows_of(told.folder, ["point", "seed", *measures])
    if not len(rows):
        raise EquipoiseError(
            f"No run of {told.folder} is finished yet. Give the same sweep command again."
        )
    if lacking := [name for name in measures if name not in rows.columns]:
        raise EquipoiseError(
            f"{told.folder} was swept before there was {', '.join(lacking)}. Sweep it anew."
        )
    found = name_points(told, chosen)
    whom, where = ({point: spot[k] for point, spot in found.items()} for k in (0, 1))
    named = {
        name: [of[point] for point in rows["point"]]
        for name, of in (("strategy", whom), ("environment", where))
    }
    return _Runs(
        strategies=tuple(dict.fromkeys(whom.values())),
        environments=tuple(dict.fromkeys(where.values())),
        table={name: rows[name].to_numpy() for name in ("seed", *measures)} | named,
        counts=Counter(zip(named["strategy"], named["environment"], strict=True)),
        asked=dict.fromkeys(zip(whom.values(), where.values(), strict=True), told.worlds),
    )


def name_points(told: StoredStudy, chosen: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Return who is tried at each point, and where, when the ``chosen`` paths are compared."""
    rest = [path for path in told.varied if path not in chosen]
    return {
        int(row["point"]): (
            format_point(row, chosen) or str(row["strategy"]),
            format_point(row, rest)
            or ("everywhere" if "environment" in chosen else str(row["environment"])),
        )
        for row in told.points
    }


def format_point(point: Mapping[str, Any], paths: Sequence[str]) -> str:
    """Return the values of a point at some paths as a name: "recall, voice mean 0.05"."""
    short = {path: path.rpartition(".")[2] for path in paths}
    twice = {name for name, n in Counter(short.values()).items() if n > 1}
    parts = []
    for path in paths:
        value = point.get(path)
        said = f"{value:g}" if isinstance(value, float) else str(value)
        name = path if short[path] in twice else short[path]
        parts.append(said if path in BARE or len(paths) == 1 else f"{name} {said}")
    return ", ".join(parts)


def _outcomes(
    told: StoredStudy, runs: _Runs, chosen: Sequence[str], measures: Sequence[str]
) -> list[Outcomes]:
    """Return the outcomes of each measure, strategies and environments in the order of the study."""
    by, names = ", ".join(chosen), runs.strategies
    if len(names) < 2:
        raise EquipoiseError(
            f"{told.folder} has one {by} only, {names[0]}: nothing to compare it with. Sweep two."
        )
    parts = [
        build_outcomes(runs.table, name).reindex(names, runs.environments) for name in measures
    ]
    if len(parts[0].seeds) < 2:
        raise EquipoiseError(
            f"{told.folder} has one world only, so the Monte Carlo error is unknown. Sweep with replicates=40."
        )
    problems = []
    for part in parts:
        known = np.isfinite(part.values)
        if not known.any():
            problems.append(
                f"{part.measure} has no value in any run "
                f"({MEASURE_BY_NAME[part.measure].meaning}). Take another measure."
            )
        elif not (known.sum(axis=0) > 1).any():
            rest = [path for path in told.varied if path not in chosen]
            hint = (
                f" {', '.join(rest)} changes with it: give --by {','.join((*chosen, *rest))}."
                if rest
                else ""
            )
            problems.append(
                f"No two of {by} have a value of {part.measure} in the same world: no pairs.{hint}"
            )
    if problems:
        raise EquipoiseError(*problems)
    return parts


def _yardsticks(told: StoredStudy, runs: _Runs, chosen: Sequence[str]) -> Iterator[str]:
    """Yield which strategies see what no firm can see."""
    first = {format_point(row, chosen): row["settings"] for row in reversed(told.points)}
    names = [name for name in runs.strategies if _sees_truth(first[name])]
    if names:
        yield f"Told the truth, as no firm is: {_some(names)}. It is a yardstick, not a choice."


def _sees_truth(settings: str) -> bool:
    try:
        return bool(validate_settings(json.loads(settings)).receptor.sees_truth)
    except EquipoiseError:  # settings of another version, or of parts that are not installed here
        return False


def _missing(told: StoredStudy, runs: _Runs) -> Iterator[str]:
    """Yield what is to be said of runs that are not there, and of too few worlds."""
    most = {
        place: max(n for (_, there), n in runs.counts.items() if there == place)
        for _, place in runs.counts
    }
    asked = {key: worlds or most.get(key[1], 0) for key, worlds in runs.asked.items()}
    short = {key: worlds for key, worlds in asked.items() if runs.counts[key] < worlds}
    if short:
        gaps = [
            f"{whom} in {where} ({runs.counts[whom, where]} of {n} worlds)"
            for (whom, where), n in short.items()
        ]
        lost = sum(n - runs.counts[key] for key, n in short.items())
        how = f" with replicates={told.worlds}" if told.worlds else ""
        yield (
            f"{lost:,} of {sum(asked.values()):,} runs are missing: {_some(gaps)}. "
            f"Differences are over the worlds that both have. The same sweep command{how} does what is missing."
        )
    if told.failures:
        yield f"{told.failures} jobs failed; {told.folder / 'failures'} says why. The same sweep command tries again."
    if max(most.values()) < FEWEST:
        yield f"{max(most.values())} worlds are too few for a verdict: {FEWEST} is the least, 40 a good number."


def _valueless(runs: _Runs, parts: Sequence[Outcomes]) -> Iterator[str]:
    """Yield what is to be said of runs in which a measure has no value."""
    for part in parts:
        valued = np.isfinite(part.values).sum(axis=2)
        never = [where for j, where in enumerate(part.environments) if not valued[:, j].any()]
        if never:
            yield f"{part.measure} has no value in {', '.join(never)}: {MEASURE_BY_NAME[part.measure].meaning}."
        gaps = [
            f"{whom} in {where} ({valued[i, j]} of {runs.counts[whom, where]})"
            for j, where in enumerate(part.environments)
            for i, whom in enumerate(part.strategies)
            if where not in never and valued[i, j] < runs.counts[whom, where]
        ]
        if gaps:
            hint = (
                f" {INSTEAD[part.measure]} leaves no failure out."
                if part.measure in INSTEAD
                else ""
            )
            yield (
                f"{part.measure} has a value in some worlds only: {_some(gaps)}. Two strategies are compared over "
                "worlds in which both have one. A verdict marked * may mislead: a missing value can be a failure."
                + hint
            )


def _some(places: Sequence[str]) -> str:
    rest = len(places) - NAMED
    return ", ".join(places[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def export(comparison: Comparison, out: Path) -> int:
    """Write all numbers of a comparison as .csv or .json, whole or not at all; return how many rows there are.

    Raises:
        EquipoiseError: when it cannot be written.
    """
    from equipoise.analysis.frames import comparison_frame

    table = comparison_frame(comparison)
    try:
        with atomic_file(out) as torn:
            table.write_csv(torn) if out.suffix == ".csv" else table.write_json(torn)
    except OSError as error:
        raise EquipoiseError(
            f"{out} cannot be written: {error.strerror or error}. Give another --export."
        ) from None
    return len(table)
