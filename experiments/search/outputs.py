"""What searches leave in their folders: a table, a figure, and what was found as plain data."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from equipoise.analysis.comparison.outcomes import better_side
from equipoise.analysis.exploration.border_search import doubtful
from equipoise.analysis.plots import search_figures
from equipoise.analysis.plots.search_figures import Border
from equipoise.analysis.plots.style import png_bytes, svg_bytes
from equipoise.analysis.text.formatting import percent
from equipoise.errors import EquipoiseError
from equipoise.experiments.config.catalogue import format_value
from equipoise.experiments.design import study_plan as studies
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.design.points import to_overrides
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.search import envelope as envelopes
from equipoise.experiments.search import holdout
from equipoise.experiments.search import sensitivity as sensitivities
from equipoise.experiments.search import tuning as tunings
from equipoise.experiments.search.ranges import setting_meanings
from equipoise.experiments.search.tuning_spec import TuningSpec
from equipoise.experiments.storage import tables
from equipoise.output.atomic import atomic_file

TUNED_FILE = "tuned.yaml"


def write_outputs(
    folder: Path,
    name: str,
    rows: Iterable[Mapping[str, Any]],
    found: Mapping[str, Any],
    figure: Any,
) -> None:
    """Write ``name`` as .parquet, .csv, .json, .svg and .png, each whole or not at all."""
    with _whole(folder / f"{name}.parquet") as table:
        tables.write_rows(rows, table)
        tables.write_csv([table], folder / f"{name}.csv")
    contents = {"json": (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()}
    if figure is not None:
        contents |= {"svg": svg_bytes(figure), "png": png_bytes(figure)}
    for ending, content in contents.items():
        _place(folder / f"{name}.{ending}", content)


def _place(path: Path, content: bytes) -> None:
    with _whole(path) as torn:
        torn.write_bytes(content)


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a place to write a file to.

    Raises:
        EquipoiseError: when it cannot be written.
    """
    try:
        with atomic_file(path) as torn:
            yield torn
    except OSError as error:
        raise EquipoiseError(
            f"{path} cannot be written: {error.strerror or error}. What was run is kept; mend that, and the same "
            "command goes on."
        ) from None


def write_envelope(found: envelopes.Envelope, folder: Path) -> None:
    """Write every point of the map, where it holds in words, and its figure."""
    asked = found.question
    known = setting_meanings(asked.paths, unpack_json(asked.study.points[0].settings))
    rows = []
    for panel in found.panels:
        columns, shares, run = envelopes.panel_columns(asked, panel)
        for k, share in enumerate(shares):
            place_of = {path: float(values[k]) for path, values in columns.items()}
            rows.append({**panel.chosen, **place_of, "share": float(share), "run": bool(run[k])})
    rows = list(
        {tuple(list(row.values())[:-2]): row for row in rows}.values()
    )  # whole numbers are met more than once
    units = {path: meaning.unit for path, meaning in known.items()}
    said = {
        panel.name: envelopes.describe_envelope_rules(asked, panel, units) for panel in found.panels
    }
    data = {
        "holds": str(asked.rule),
        "share_of_worlds": asked.level,
        "worlds": asked.study.replicates,
        "settings": list(asked.paths),
        "repeat": list(asked.said),
        "constants": list(asked.study.constants),
        "points_run": found.points,
        "points": found.of,
        "envelope": [
            {
                "chosen": panel.chosen,
                "size": found.size(panel)[0],
                "interval": found.size(panel)[1:],
                "extent": found.extent(panel),
                "rule": said[panel.name],
                "boxes": [_box(box) for box in panel.boxes or ()],
            }
            for panel in found.panels
        ],
    }
    write_outputs(folder, "envelope", rows, data, envelope_figure(found))


def _box(box: Any) -> Any:
    limits = {path: [_finite(end) for end in limit] for path, limit in box.limits.items()}
    return {"limits": limits, "coverage": box.coverage, "density": box.density}


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def envelope_figure(found: envelopes.Envelope) -> Any:
    """Return the figure of a map; of three or more settings, of the sample, two of the settings at a time."""
    asked = found.question
    known = setting_meanings(asked.paths, unpack_json(asked.study.points[0].settings))
    places = asked.places or tuple(np.array([*found.panels[0].spots], float).T)
    axes = tuple(
        search_figures.MapAxis(path, known[path].text, known[path].unit, tuple(map(float, values)))
        for path, values in zip(asked.paths, places, strict=True)
    )
    panels = [
        search_figures.EnvelopeMap(
            panel.name,
            panel.whole(),
            panel.asked,
            found.extent(panel),
            [box.limits for box in panel.boxes or ()],
        )
        for panel in found.panels
    ]
    worlds = asked.study.replicates
    what = (
        f"{asked.rule} in at least {percent(asked.level)} of {worlds} worlds"
        if worlds > 1
        else f"{asked.rule}, one world"
    )
    constants = " ".join(asked.study.constants)
    if not asked.is_map:
        return search_figures.sample_figure(
            axes, panels, asked.level, what, f"{constants}; {found.of} points"
        )
    where = f"{constants}; {found.points} of {found.of} points were run (dots)"
    return search_figures.envelope_figure(
        axes, panels, Border(asked.level, *doubtful(asked.level, worlds)), what, where
    )


def write_sensitivity(found: sensitivities.Sensitivity, folder: Path) -> None:
    """Write how much each setting matters, and the figure."""
    asked = found.question
    data = {
        "measure": asked.measure,
        "method": asked.method,
        "worlds": asked.study.replicates,
        "points": len(asked.at),
        "runs": asked.runs,
        "constants": list(asked.study.constants),
        "mean": float(found.values.mean()),
        "spread": float(found.values.mean(axis=1).std()),
        "chance": _known(found.chance),
        "effects": [
            {name: _known(value) for name, value in effect._asdict().items()}
            for effect in found.effects
        ],
        "warnings": found.warnings(),
        "repeat": list(asked.said),
    }
    known = setting_meanings(asked.paths, unpack_json(asked.study.points[0].settings))
    luck = (
        ""
        if np.isnan(found.chance)
        else f"; {percent(found.chance)} of the variance is luck of the worlds"
    )
    where = f"{' '.join(asked.study.constants)}; {asked.runs} runs{luck}"
    texts = {path: meaning.text for path, meaning in known.items()}
    figure = search_figures.sensitivity_figure(
        asked.method, asked.measure, found.effects, texts, where
    )
    write_outputs(
        folder, "sensitivity", [effect._asdict() for effect in found.effects], data, figure
    )


def _known(value: Any) -> Any:
    return None if value != value else value


def write_tuning(found: tunings.Tuning, folder: Path) -> None:
    """Write all trials, what was found against the default, the figure, and the file that `tuned` reads."""
    asked, chosen = found.question, found.chosen
    if chosen is None:
        return
    best = {trial.number for trial in found.best}
    rows = [
        {
            "trial": trial.number,
            **_scalars(trial.settings),
            **_named(trial, asked),
            "best": trial.number in best,
        }
        for trial in found.trials
    ]
    came = dict(zip(asked.objectives, chosen.values, strict=True))
    before = {name: value - found.judged[name][0].mean for name, value in came.items()}
    data = {
        "objectives": list(asked.objectives),
        "scenarios": list(asked.scenarios()),
        "worlds": asked.training.replicates,
        "default": asked.default,
        "tuned": chosen.settings,
        "default_came_to": before,
        "tuned_came_to": came,
        "judged": {
            name: [_judged(each) for each in differences]
            for name, differences in found.judged.items()
        },
        "warnings": holdout.overfitting_warnings(found.judged, asked.training.replicates),
    }
    shown = search_figures.TrialValues(
        {name: better_side(name) for name in asked.objectives},
        {trial.number: trial.values for trial in found.trials if trial.values},
        chosen.number,
        frozenset(best),
        tuple(before.values()),
    )
    gains = {
        name: [(each.environment, each.mean, each.low, each.high) for each in differences]
        for name, differences in found.judged.items()
    }
    where = f"{' '.join(asked.scenarios())}; {len(found.trials)} trials"
    figure = search_figures.tuning_figure(shown, gains, where)
    write_outputs(folder, "tuning", rows, data, figure)
    _place(folder / TUNED_FILE, tuned_file(found, data))


def tuned_file(found: tunings.Tuning, data: Mapping[str, Any]) -> bytes:
    """Return the file for ``control_center=tuned``: kind, parameters, and where they are from."""
    asked, chosen = found.question, found.chosen
    settings = chosen.settings if chosen else {}
    study = studies.plan_study(
        StudyRequest(asked.scenarios(), asked.folders, points=(settings,), columns=("none",))
    )
    center = unpack_json(study.points[0].settings)["control_center"]
    others = [word for word in to_overrides(settings) if not word.startswith("control_center.")]
    told = {
        "kind": center["kind"],
        "parameters": {name: value for name, value in center.items() if name != "kind"},
    }
    told |= {"with": others} if others else {}
    told["tuned"] = {
        name: data[name]
        for name in ("objectives", "scenarios", "worlds", "tuned", "judged", "warnings")
    }
    text: str = yaml.safe_dump(
        json.loads(json.dumps(told)), sort_keys=False, allow_unicode=True, width=120
    )
    return text.encode()


def _named(trial: Any, asked: TuningSpec) -> dict[str, Any]:
    values = trial.values or (float("nan"),) * len(asked.objectives)
    return dict(zip(asked.objectives, values, strict=True)) | {"why": trial.why}


def _scalars(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        path: float(value) if type(value) in (int, float) else format_value(value)
        for path, value in settings.items()
    }


def _judged(each: Any) -> dict[str, Any]:
    named = ("environment", "pairs", "mean", "low", "high", "verdict")
    return {name: _known(getattr(each, name)) for name in named}
