"""From a study on disk to its report: read, compare, draw, and write the page with its figures, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equipoise.analysis.comparison.outcomes import Outcomes, build_outcomes
from equipoise.analysis.measure_table import MEASURE_BY_NAME
from equipoise.analysis.plots.embedding import Picture
from equipoise.analysis.plots.time_series_data import (
    TRAJECTORY_COLUMNS,
    Trajectory,
    build_trajectory,
)
from equipoise.analysis.report.study_data import Place, StudyData, select_drawn
from equipoise.analysis.text.comparison_text import MAX_ENVIRONMENTS
from equipoise.analysis.text.formatting import format_quantity, join_words, readable_name
from equipoise.errors import EquipoiseError
from equipoise.experiments.config.messages import validate_settings
from equipoise.experiments.storage.store import Store
from equipoise.experiments.studies import DEFAULT_MEASURES
from equipoise.experiments.studies.compare import (
    StoredStudy,
    compare,
    load_study,
    name_points,
    split_names,
)
from equipoise.experiments.studies.repeat_commands import (
    build_points_file,
    report_command,
    sweep_commands,
)
from equipoise.experiments.studies.search_summary import SearchSummary, load_search_summary
from equipoise.settings.settings import Settings

if TYPE_CHECKING:
    from equipoise.experiments.execution.sweep_runner import SweepResult

PAGE, FIGURES, REPORT = "report.html", "figures", "report"


def report(
    study: str | Path | SweepResult,
    *,
    out: str | Path | None = None,
    by: str | Iterable[str] = (),
    on: str | Iterable[str] = DEFAULT_MEASURES,
    baseline: str = "",
    margin: Mapping[str, float] | None = None,
    enough: Mapping[str, float] | None = None,
) -> Path:
    """Write the report of a study, one HTML page and its figures; return the page: ``report("studies/first")``.

    Args:
        study: its folder, or what `sweep` returned.
        out: a folder to write in; ``report`` in the study's own if not given. An earlier report there is replaced.
        by: what is compared, as in `compare`.
        on: measures, the first of which the answer and the figures are about.
        baseline: what the others are measured against, as in `compare`.
        margin: by measure, the difference that matters to nobody.
        enough: by measure, the value that satisfies.

    Raises:
        EquipoiseError: with a line for every problem; then nothing is written.
    """
    folder = Path(study) if isinstance(study, (str, Path)) else study.folder
    place = folder / REPORT if out is None else Path(out)
    _check(place)
    asked = {"by": by, "on": on, "baseline": baseline, "margin": margin, "enough": enough}
    from equipoise.analysis.report.page import render_page

    of = read_study_data(folder, {name: value for name, value in asked.items() if value})
    return _write(place, *render_page(of), of.files)


# reading


def read_study_data(folder: Path, asked: Mapping[str, Any]) -> StudyData:
    """Return a study, read and compared as ``asked`` of `compare`."""
    told = load_study(folder)
    manifest = Store(folder).read_manifest() or {}
    found = load_search_summary(folder, manifest)
    if found and not asked.get("by"):
        return _of_search(told, manifest, found)
    spots = _spots(told, split_names(asked.get("by", ())) or told.levers)
    strategies, environments = (tuple(dict.fromkeys(spot[k] for spot in spots)) for k in (0, 1))
    measures = split_names(asked.get("on", DEFAULT_MEASURES))
    alone = _alone(told, spots, measures)
    comparison = None if alone else compare(folder, **asked)
    parts = tuple(each.outcomes for each in comparison.findings) if comparison else alone
    settings = {spot: _settings(told, points[0]) for spot, points in spots.items()}
    sweeps = sweep_commands(manifest, folder, tuple(told.points[0]), settings.values())
    return StudyData(
        title=_title(manifest, folder),
        strategies=strategies,
        environments=environments,
        outcomes=parts,
        seeds=parts[0].seeds,
        comparison=comparison,
        courses=_courses(told, spots, select_drawn(strategies, comparison), environments),
        settings=settings,
        notes=comparison.notes if comparison else (),
        failures=tuple(
            _failures(told, {point: spot for spot, points in spots.items() for point in points})
        ),
        map=found.figure if found else None,
        repeat=(*((found.repeat,) if found else sweeps), report_command(manifest, folder, asked)),
        files={} if found else build_points_file(manifest),
        versions=manifest.get("code", {}),
    )


def _title(manifest: Mapping[str, Any], folder: Path) -> str:
    return str(manifest.get("title") or "") or f"Study {folder.name}"


def _of_search(told: StoredStudy, manifest: Mapping[str, Any], found: SearchSummary) -> StudyData:
    """Return a search, read: its points are no strategies to be compared, and its answer is its own."""
    place = {
        int(row["point"]): (str(row["strategy"]), str(row["environment"])) for row in told.points
    }
    first = {spot: point for point, spot in reversed(place.items())}
    seed = int(manifest["seed"])
    return StudyData(
        title=_title(manifest, told.folder),
        strategies=tuple(dict.fromkeys(who for who, _ in place.values())),
        environments=tuple(dict.fromkeys(where for _, where in place.values())),
        outcomes=(),
        seeds=tuple(range(seed, seed + found.worlds)),
        comparison=None,
        courses={},
        settings={spot: _settings(told, point) for spot, point in first.items()},
        notes=found.notes,
        failures=tuple(_failures(told, place)),
        found=found.answer,
        map=found.figure,
        repeat=(found.repeat, report_command(manifest, told.folder, {})),
        versions=manifest.get("code", {}),
    )


def _spots(told: StoredStudy, chosen: Sequence[str]) -> dict[Place, list[int]]:
    """Return the points of each strategy and environment, in the order of the study."""
    spots: dict[Place, list[int]] = {}
    for point, place in name_points(told, chosen).items():
        spots.setdefault(place, []).append(point)
    return spots


def _alone(
    told: StoredStudy, spots: Mapping[Place, Sequence[int]], measures: Sequence[str]
) -> tuple[Outcomes, ...]:
    """Return the measures of a study in which there is nothing to compare: of one strategy, or in one world.

    Nothing where there is, or where no run is finished; that is told by who compares.
    """
    from equipoise.analysis import frames

    known = [name for name in measures if name in MEASURE_BY_NAME]
    rows = frames.load_study_rows(told.folder, ["point", "seed", *known])
    several = len({who for who, _ in spots}) > 1 and rows["seed"].n_unique() > 1
    if several or not len(rows) or not set(known) <= set(rows.columns):
        return ()
    place = {point: spot for spot, points in spots.items() for point in points}
    names = {
        "strategy": [place[point][0] for point in rows["point"]],
        "environment": [place[point][1] for point in rows["point"]],
    }
    axes = [tuple(dict.fromkeys(spot[k] for spot in spots)) for k in (0, 1)]
    table: dict[str, Any] = {name: rows[name].to_numpy() for name in ("seed", *known)} | names
    return tuple(build_outcomes(table, name).reindex(*axes) for name in known)


def _courses(
    told: StoredStudy,
    spots: Mapping[Place, Sequence[int]],
    names: Sequence[str],
    environments: Sequence[str],
) -> dict[Place, Trajectory]:
    """Return how the days went of the strategies, and in the environments, that are drawn."""
    from equipoise.analysis.frames import load_study_days

    found = {}
    for spot, points in spots.items():
        if spot[0] not in names or spot[1] not in environments[:MAX_ENVIRONMENTS]:
            continue
        settings = _settings(told, points[0])
        struck = [
            each.start
            for each in settings.environment.disturbances.values()
            if each.size > 0 and not each.rate
        ]
        days = load_study_days(told.folder, points, TRAJECTORY_COLUMNS)
        found[spot] = build_trajectory(days, settings.firm.set_point, settings.firm.band, struck)
    return found


def _settings(told: StoredStudy, point: int) -> Settings:
    return validate_settings(json.loads(told.points[point]["settings"]))


def _failures(told: StoredStudy, place: Mapping[int, Place]) -> Iterator[str]:
    """Yield a line for all jobs of a strategy that failed alike: who, where, why."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for each in Store(told.folder).read_failures():
        who, where = place.get(int(each["point"]), ("a point", "no environment"))
        worlds = found.setdefault((who, str(each["failure"])), Counter())
        worlds[where] += int(each["worlds"])
    for (who, why), worlds in found.items():
        names = [readable_name(where) for where in worlds]
        rest = (
            f" and {len(names) - MAX_ENVIRONMENTS} more environments"
            if len(names) > MAX_ENVIRONMENTS
            else ""
        )
        where = f"{', '.join(names[:MAX_ENVIRONMENTS])}{rest}" if rest else join_words(names)
        yield f"{readable_name(who)} in {where}, {format_quantity(worlds.total(), 'run')}: {why}"


# writing


def _check(place: Path) -> None:
    """Refuse, before anything is computed, a place that holds something else than a report."""
    if place.exists() and not (
        place.is_dir() and ((place / PAGE).exists() or not any(place.iterdir()))
    ):
        raise EquipoiseError(
            f"{place} holds something else than a report; nothing is overwritten. Give another --out."
        )


def _write(place: Path, text: str, pictures: Iterable[Picture], given: Mapping[str, str]) -> Path:
    """Write page, figures and files beside the place, then put them there, in the stead of an earlier report."""
    aside = place.absolute().with_name(f".{place.absolute().name}.{os.getpid()}.partial")
    try:
        (aside / FIGURES).mkdir(parents=True)
        (aside / PAGE).write_text(text, "utf-8")
        for each in pictures:
            (aside / FIGURES / f"{each.name}.svg").write_bytes(each.svg)
            (aside / FIGURES / f"{each.name}.png").write_bytes(each.png)
        for name, content in given.items():
            (aside / name).write_text(content, "utf-8")
        if place.exists():
            shutil.rmtree(place)
        aside.rename(place)
    except OSError as error:
        raise EquipoiseError(
            f"{place} cannot be written: {error.strerror or error}. Give another --out."
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return place / PAGE
