"""Files of tuning: trials, validation, figure, and the file for the control center `tuned`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.comparison.outcomes import better_side
from equipoise.analysis.plots import tuning_figure
from equipoise.experiments.config.catalogue import format_value
from equipoise.experiments.design import study_plan
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.design.points import to_overrides
from equipoise.experiments.search.holdout import overfitting_warnings
from equipoise.experiments.search.outputs import (
    TUNED_FILE,
    none_if_nan,
    write_output_file,
    write_outputs,
)
from equipoise.experiments.search.trials import Trial
from equipoise.experiments.search.tuning_result import Tuning
from equipoise.experiments.search.tuning_spec import TuningSpec, request_training

_DIFFERENCE_FIELDS = ("environment", "pairs", "mean", "low", "high", "verdict")
_PROVENANCE = ("objectives", "scenarios", "worlds", "tuned", "judged", "warnings")


def write_tuning(result: Tuning, folder: Path) -> None:
    """Write all trials, the tuned settings against the default, the figure, and the tuned file."""
    spec, chosen = result.spec, result.chosen
    if chosen is None:
        return
    best = {trial.number for trial in result.best}
    tuned_values = dict(zip(spec.objectives, chosen.values, strict=True))
    default_values = {}
    for name, value in tuned_values.items():
        default_values[name] = value - result.judged[name][0].mean
    data = {
        "objectives": list(spec.objectives),
        "scenarios": list(spec.scenarios()),
        "worlds": spec.training.replicates,
        "default": spec.default,
        "tuned": chosen.settings,
        "default_came_to": default_values,
        "tuned_came_to": tuned_values,
        "judged": {name: _differences_data(gains) for name, gains in result.judged.items()},
        "warnings": overfitting_warnings(result.judged, spec.training.replicates),
    }
    rows = [_trial_row(trial, spec, trial.number in best) for trial in result.trials]
    figure = _draw_tuning(result, chosen, tuple(default_values.values()))
    write_outputs(folder, "tuning", rows, data, figure)
    write_output_file(folder / TUNED_FILE, _format_tuned_file(result, data))


def _draw_tuning(result: Tuning, chosen: Trial, default_values: tuple[float, ...]) -> Any:
    """Return the figure of all trials, and of the gains of the chosen one."""
    spec = result.spec
    sides = {name: better_side(name) for name in spec.objectives}
    front = {trial.number for trial in result.best}
    trials = tuning_figure.TrialValues(
        objectives=sides,
        values=_values_by_number(result.trials),
        chosen=chosen.number,
        front=frozenset(front),
        default=default_values,
    )
    gains = {name: _gain_intervals(differences) for name, differences in result.judged.items()}
    foot = f"{' '.join(spec.scenarios())}; {len(result.trials)} trials"
    return tuning_figure.tuning_figure(trials, gains, foot)


def _values_by_number(trials: Sequence[Trial]) -> dict[int, tuple[float, ...]]:
    return {trial.number: trial.values for trial in trials if trial.values}


def _gain_intervals(differences: Sequence[Difference]) -> list[tuple[str, float, float, float]]:
    return [(gain.environment, gain.mean, gain.low, gain.high) for gain in differences]


def _format_tuned_file(result: Tuning, data: Mapping[str, Any]) -> bytes:
    """Return the file for ``control_center=tuned``: kind, parameters, and their provenance."""
    spec = result.spec
    settings = result.chosen.settings if result.chosen else {}
    study = study_plan.plan_study(request_training(spec, [settings]))
    center = unpack_json(study.points[0].settings)["control_center"]
    content: dict[str, Any] = {
        "kind": center["kind"],
        "parameters": {name: value for name, value in center.items() if name != "kind"},
    }
    others = [word for word in to_overrides(settings) if not word.startswith("control_center.")]
    if others:
        content["with"] = others
    content["tuned"] = {name: data[name] for name in _PROVENANCE}
    # The detour through JSON turns tuples into lists, which YAML can write.
    plain = json.loads(json.dumps(content))
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)
    return text.encode()


def _trial_row(trial: Trial, spec: TuningSpec, is_best: bool) -> dict[str, Any]:
    values = trial.values or (float("nan"),) * len(spec.objectives)
    return {
        "trial": trial.number,
        **_plain_values(trial.settings),
        **dict(zip(spec.objectives, values, strict=True)),
        "why": trial.why,
        "best": is_best,
    }


def _plain_values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return numbers as floats and all else as text, so that a column has one type."""
    return {path: _plain_value(value) for path, value in settings.items()}


def _plain_value(value: Any) -> float | str:
    # A bool is an int to `isinstance`, and no number to a reader of the table.
    return float(value) if type(value) in (int, float) else format_value(value)


def _differences_data(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    return [_difference_data(difference) for difference in differences]


def _difference_data(difference: Difference) -> dict[str, Any]:
    return {name: none_if_nan(getattr(difference, name)) for name in _DIFFERENCE_FIELDS}
