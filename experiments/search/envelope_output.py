"""Files of an envelope: every point of the map, the rules, and the figure."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.analysis.exploration.border_search import doubt_interval
from equipoise.analysis.plots.envelope_figure import Border, envelope_figure
from equipoise.analysis.plots.envelope_map import EnvelopeMap, MapAxis
from equipoise.analysis.plots.sample_figure import sample_figure
from equipoise.analysis.text.formatting import format_percent
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.search.envelope_result import (
    Envelope,
    describe_envelope_rules,
    panel_columns,
)
from equipoise.experiments.search.envelope_rounds import EnvelopePanel
from equipoise.experiments.search.outputs import write_outputs
from equipoise.experiments.search.ranges import SettingMeaning, setting_meanings


def write_envelope(envelope: Envelope, folder: Path) -> None:
    """Write every point of the map, the rules for where the loop holds, and the figure."""
    spec = envelope.spec
    units = {path: meaning.unit for path, meaning in _meanings(envelope).items()}
    data = {
        "holds": str(spec.rule),
        "share_of_worlds": spec.level,
        "worlds": spec.study.replicates,
        "settings": list(spec.paths),
        "repeat": list(spec.repeat_words),
        "constants": list(spec.study.constants),
        "points_run": envelope.points_run,
        "points": envelope.points_total,
        "envelope": [_panel_data(envelope, panel, units) for panel in envelope.panels],
    }
    write_outputs(folder, "envelope", _rows(envelope), data, _draw_figure(envelope))


def _meanings(envelope: Envelope) -> dict[str, SettingMeaning]:
    spec = envelope.spec
    return dict(setting_meanings(spec.paths, unpack_json(spec.study.points[0].settings)))


def _rows(envelope: Envelope) -> list[dict[str, Any]]:
    """Return one row per point; whole numbers can give the same point more than once."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for panel in envelope.panels:
        columns, shares, was_run = panel_columns(envelope.spec, panel)
        for number, share in enumerate(shares):
            values = {path: float(column[number]) for path, column in columns.items()}
            place = {**panel.chosen, **values}
            rows[tuple(place.values())] = {
                **place,
                "share": float(share),
                "run": bool(was_run[number]),
            }
    return list(rows.values())


def _panel_data(envelope: Envelope, panel: EnvelopePanel, units: dict[str, str]) -> dict[str, Any]:
    size, *interval = envelope.size(panel)
    return {
        "chosen": panel.chosen,
        "size": size,
        "interval": tuple(interval),
        "extent": envelope.extent(panel),
        "rule": describe_envelope_rules(envelope.spec, panel, units),
        "boxes": [_box_data(box) for box in panel.boxes or ()],
    }


def _box_data(box: Any) -> dict[str, Any]:
    limits = {path: list(map(_none_if_infinite, limit)) for path, limit in box.limits.items()}
    return {"limits": limits, "coverage": box.coverage, "density": box.density}


def _none_if_infinite(value: float) -> float | None:
    return None if math.isinf(value) else value


def _draw_figure(envelope: Envelope) -> Any:
    """Return the figure of a map; of a sample, one in pairs of settings."""
    spec, meanings = envelope.spec, _meanings(envelope)
    places = spec.places or tuple(np.array([*envelope.panels[0].points], float).T)
    axes = []
    for path, values in zip(spec.paths, places, strict=True):
        meaning = meanings[path]
        numbers = tuple(map(float, values))
        axes.append(MapAxis(path, meaning.text, meaning.unit, numbers))
    panels = [_figure_panel(envelope, panel) for panel in envelope.panels]
    worlds = spec.study.replicates
    condition = f"{spec.rule}, one world"
    if worlds > 1:
        condition = f"{spec.rule} in at least {format_percent(spec.level)} of {worlds} worlds"
    constants = " ".join(spec.study.constants)
    if not spec.is_map:
        foot = f"{constants}; {envelope.points_total} points"
        return sample_figure(tuple(axes), panels, spec.level, condition, foot)
    border = Border(spec.level, *doubt_interval(spec.level, worlds))
    foot = f"{constants}; {envelope.points_run} of {envelope.points_total} points were run (dots)"
    return envelope_figure(tuple(axes), panels, border, condition, foot)


def _figure_panel(envelope: Envelope, panel: EnvelopePanel) -> EnvelopeMap:
    boxes = [box.limits for box in panel.boxes or ()]
    extent = envelope.extent(panel)
    shares = panel.interpolate()
    return EnvelopeMap(panel.name, shares, panel.requested, extent, boxes)
