"""From a study on disk to its report: read, compare, draw, and write the page with its figures, whole or not at all."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equipoise.analysis.paired.comparison import KNOWN
from equipoise.analysis.paired.outcomes import Outcomes, outcomes
from equipoise.analysis.report.courses import COLUMNS, Course, course
from equipoise.analysis.report.material import Material, Place, drawn
from equipoise.analysis.report.pictures import Picture
from equipoise.analysis.wording import count, percent, spoken
from equipoise.errors import EquipoiseError
from equipoise.experiments.catalogue import plain
from equipoise.experiments.refusals import settings_from
from equipoise.experiments.studies import ON
from equipoise.experiments.studies.comparing import Studied, compare, parts_of, places, studied
from equipoise.experiments.sweeps import identity
from equipoise.experiments.sweeps.store import Store
from equipoise.settings import Settings

if TYPE_CHECKING:
    from equipoise.experiments.sweeps.sweep import Sweep

PAGE, FIGURES, REPORT = "report.html", "figures", "report"


def report(
    study: str | Path | Sweep,
    *,
    out: str | Path | None = None,
    by: str | Iterable[str] = (),
    on: str | Iterable[str] = ON,
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
    from equipoise.analysis.report.page import page

    text, pictures = page(material(folder, {name: value for name, value in asked.items() if value}))
    return _write(place, text, pictures)


# reading


def material(folder: Path, asked: Mapping[str, Any]) -> Material:
    """Return a study, read and compared as ``asked`` of `compare`."""
    told = studied(folder)
    spots = _spots(told, parts_of(asked.get("by", ())) or told.levers)
    strategies, environments = (tuple(dict.fromkeys(spot[k] for spot in spots)) for k in (0, 1))
    measures = parts_of(asked.get("on", ON))
    alone = _alone(told, spots, measures)
    comparison = None if alone else compare(folder, **asked)
    manifest = Store(folder).manifest() or {}
    return Material(
        title=str(manifest.get("title") or "") or f"Study {folder.name}",
        strategies=strategies,
        environments=environments,
        outcomes=tuple(each.outcomes for each in comparison.findings) if comparison else alone,
        comparison=comparison,
        courses=_courses(told, spots, drawn(strategies, comparison), environments),
        settings={spot: _settings(told, points[0]) for spot, points in spots.items()},
        notes=comparison.notes if comparison else (),
        failures=tuple(_failures(told, spots)),
        envelope=_envelope(folder),
        repeat=(*sweep_commands(manifest, folder), report_command(folder, asked)),
        versions=manifest.get("code", {}),
    )


def _spots(told: Studied, chosen: Sequence[str]) -> dict[Place, list[int]]:
    """Return the points of each strategy and environment, in the order of the study."""
    spots: dict[Place, list[int]] = {}
    for point, place in places(told, chosen).items():
        spots.setdefault(place, []).append(point)
    return spots


def _alone(told: Studied, spots: Mapping[Place, Sequence[int]], measures: Sequence[str]) -> tuple[Outcomes, ...]:
    """Return the measures of a study in which there is nothing to compare: of one strategy, or in one world.

    Nothing where there is, or where no run is finished; that is told by who compares.
    """
    from equipoise.analysis import load

    known = [name for name in measures if name in KNOWN]
    rows = load.studied(told.folder, ["point", "seed", *known])
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
    return tuple(outcomes(table, name).arranged(*axes) for name in known)


def _courses(
    told: Studied, spots: Mapping[Place, Sequence[int]], names: Sequence[str], environments: Sequence[str]
) -> dict[Place, Course]:
    """Return how the days went of the strategies, and in the environments, that are drawn."""
    from equipoise.analysis.load import days_at
    from equipoise.analysis.paired.answers import MOST

    found = {}
    for spot, points in spots.items():
        if spot[0] not in names or spot[1] not in environments[:MOST]:
            continue
        settings = _settings(told, points[0])
        struck = [each.start for each in settings.environment.disturbances.values() if each.size > 0 and not each.rate]
        days = days_at(told.folder, points, COLUMNS)
        found[spot] = course(days, settings.firm.set_point, settings.firm.band, struck)
    return found


def _settings(told: Studied, point: int) -> Settings:
    return settings_from(identity.parse(told.points[point]["settings"]))


def _failures(told: Studied, spots: Mapping[Place, Sequence[int]]) -> Iterator[str]:
    """Yield a line for every job that failed: who, where, why."""
    place = {point: spot for spot, points in spots.items() for point in points}
    for each in Store(told.folder).failures():
        who, where = place.get(int(each["point"]), ("a point", "no environment"))
        yield f"{spoken(who)} in {spoken(where)}, {count(int(each['worlds']), 'world')}: {each['failure']}"


def _envelope(folder: Path) -> Picture | None:
    """Return the map that `equipoise envelope` left in a study, with its words; None where there is none."""
    files = [folder / f"envelope.{ending}" for ending in ("json", "svg", "png")]
    if not all(path.exists() for path in files):
        return None
    try:
        found = json.loads(files[0].read_text("utf-8"))
        svg, png = (path.read_bytes() for path in files[1:])
        rules = "; ".join(
            f"{_chosen(each)}{each['extent']}{each['extent'] and ', '}{each['rule']}" for each in found["envelope"]
        )
        caption = (
            f"The loop holds where {found['holds']} in at least {percent(found['share_of_worlds'])} of "
            f"{count(found['worlds'], 'world')}, over {' and '.join(found['settings'])}. {rules}."
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EquipoiseError(f"{files[0]} cannot be read: {error}. Give equipoise envelope again.") from None
    return Picture("envelope", svg, png, f"Map of the homeostatic envelope. {rules}.", caption)


def _chosen(panel: Mapping[str, Any]) -> str:
    told = ", ".join(spoken(str(value)) for value in panel["chosen"].values())
    return f"{told}: " if told else ""


def sweep_commands(manifest: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Yield the commands that sweep a study anew: one, unless worlds were added until there were enough."""
    asked = manifest["worlds"]
    if not any(each["stop"] for each in asked):
        asked = [max(asked, key=lambda each: each["replicates"])]
    for each in asked:
        words = _words(manifest, each["replicates"])
        if stop := each["stop"]:
            words += ["--until", f"{stop['measure']}:{stop['width']}", "--cap", stop["cap"]]
        yield f"equipoise sweep {shlex.join(map(str, [*words, '--out', folder.name]))}"


def _words(manifest: Mapping[str, Any], replicates: int) -> list[Any]:
    axes, design = {**manifest["levers"], **manifest["uncertainties"]}, manifest["design"]
    words = [f"{path}={_values(told)}" for path, told in axes.items()]
    words += [*manifest["constants"], f"replicates={replicates}"]
    if design["kind"] != "grid":
        words += ["--design", design["kind"], "--samples", design["samples"], "--design-seed", design["seed"]]
    words += [part for group in design["zip"] for part in ("--zip", ",".join(group))]
    return words


def _values(told: Any) -> str:
    if not isinstance(told, Mapping):
        return ",".join(map(plain, told))
    inside = f"interval({told['low']:g},{told['high']:g})"
    return f"tag(log,{inside})" if told["log"] else inside


def report_command(folder: Path, asked: Mapping[str, Any]) -> str:
    """Return the command that writes a report anew."""
    options = [part for name, value in asked.items() for part in (f"--{name}", _option(value))]
    return f"equipoise report {shlex.join([folder.name, *options])}"


def _option(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{number:g}" for name, number in value.items())
    return ",".join(parts_of(value))


# writing


def _check(place: Path) -> None:
    """Refuse, before anything is computed, a place that holds something else than a report."""
    if place.exists() and not (place.is_dir() and ((place / PAGE).exists() or not any(place.iterdir()))):
        raise EquipoiseError(f"{place} holds something else than a report; nothing is overwritten. Give another --out.")


def _write(place: Path, text: str, pictures: Iterable[Picture]) -> Path:
    """Write page and figures beside the place, then put them there, in the stead of an earlier report."""
    aside = place.absolute().with_name(f".{place.absolute().name}.{os.getpid()}.partial")
    try:
        (aside / FIGURES).mkdir(parents=True)
        (aside / PAGE).write_text(text, "utf-8")
        for each in pictures:
            (aside / FIGURES / f"{each.name}.svg").write_bytes(each.svg)
            (aside / FIGURES / f"{each.name}.png").write_bytes(each.png)
        if place.exists():
            shutil.rmtree(place)
        aside.rename(place)
    except OSError as error:
        raise EquipoiseError(f"{place} cannot be written: {error.strerror or error}. Give another --out.") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return place / PAGE
