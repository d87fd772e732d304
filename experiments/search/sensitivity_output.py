"""Files of a sensitivity analysis: the effect of each setting, and the figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from equipoise.analysis.plots.sensitivity_figure import sensitivity_figure
from equipoise.analysis.text.formatting import format_percent
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.search.outputs import none_if_nan, write_outputs
from equipoise.experiments.search.ranges import setting_meanings
from equipoise.experiments.search.sensitivity_result import Sensitivity


def write_sensitivity(result: Sensitivity, folder: Path) -> None:
    """Write the effect of each setting, and the figure."""
    spec = result.spec
    rows = [effect._asdict() for effect in result.effects]
    effects = [_none_for_nan(row) for row in rows]
    data = {
        "measure": spec.measure,
        "method": spec.method,
        "worlds": spec.study.replicates,
        "points": len(spec.design),
        "runs": spec.runs,
        "constants": list(spec.study.constants),
        "mean": float(result.values.mean()),
        "spread": float(result.values.mean(axis=1).std()),
        "chance": none_if_nan(result.chance),
        "effects": effects,
        "warnings": result.warnings(),
        "repeat": list(spec.repeat_words),
    }
    meanings = setting_meanings(spec.paths, unpack_json(spec.study.points[0].settings))
    texts = {path: meaning.text for path, meaning in meanings.items()}
    foot = f"{' '.join(spec.study.constants)}; {spec.runs} runs"
    if not math.isnan(result.chance):
        foot += f"; {format_percent(result.chance)} of the variance is Monte Carlo error"
    figure = sensitivity_figure(spec.method, spec.measure, result.effects, texts, foot)
    write_outputs(folder, "sensitivity", rows, data, figure)


def _none_for_nan(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: none_if_nan(value) for name, value in row.items()}
