"""The result of an envelope: sizes, columns and rules of its panels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.analysis.exploration import prim
from equipoise.analysis.exploration.border_search import envelope_size
from equipoise.analysis.text.formatting import format_percent
from equipoise.array_types import Flags, Floats
from equipoise.experiments.execution.sweep_runner import SweepResult
from equipoise.experiments.search.envelope_rounds import EnvelopePanel, EnvelopeSpec


@dataclass
class Envelope:
    """An envelope: the region of settings in which the loop holds.

    Attributes:
        spec: the specification.
        panels: one map or sample for each choice of the other settings.
        points_run: number of points that were run.
        points_total: number of points of the map or sample.
        sweep: the end of the sweep.
    """

    spec: EnvelopeSpec
    panels: list[EnvelopePanel]
    points_run: int
    points_total: int
    sweep: SweepResult

    def size(self, panel: EnvelopePanel) -> tuple[float, float, float]:
        """Return the envelope's share of the map or sample, and its 95 % confidence interval."""
        return envelope_size(panel.interpolate(), self.spec.level, self.spec.study.replicates)

    def extent(self, panel: EnvelopePanel) -> str:
        """Return the size in words, with its interval for several worlds; empty if unknown."""
        size, low, high = self.size(panel)
        if math.isnan(size):
            return ""
        area = "map" if self.spec.is_map else "sample"
        text = f"{format_percent(size)} of the {area}"
        if self.spec.study.replicates > 1:
            text += f" ({format_percent(low).removesuffix(' %')} to {format_percent(high)})"
        return text


def panel_columns(
    spec: EnvelopeSpec, panel: EnvelopePanel
) -> tuple[dict[str, Floats], Floats, Flags]:
    """Return settings with ranges, share of worlds, and flags of points that were run, by point."""
    if spec.is_map:
        values = (np.array(places, float) for places in spec.places)
        grids = np.meshgrid(*values, indexing="ij")
        columns = [grid.ravel() for grid in grids]
    else:
        columns = list(np.array([*panel.points], float).T)
    was_run = (panel.requested & np.isfinite(panel.shares)).ravel()
    return dict(zip(spec.paths, columns, strict=True)), panel.interpolate().ravel(), was_run


def find_boxes(spec: EnvelopeSpec, panel: EnvelopePanel) -> tuple[prim.Box, ...] | None:
    """Return boxes of settings in which the loop holds (PRIM), or None without any value."""
    columns, shares, _ = panel_columns(spec, panel)
    known = np.isfinite(shares)
    if not known.any():
        return None
    known_columns = {path: values[known] for path, values in columns.items()}
    return prim.find_prim_boxes(known_columns, shares[known] >= spec.level)


def describe_envelope_rules(
    spec: EnvelopeSpec, panel: EnvelopePanel, units: Mapping[str, str]
) -> str:
    """Return the rule for where the loop holds, in one sentence."""
    if panel.boxes is None:
        return "unknown: no run has a value"
    rules = [_describe_box(spec, box, units) for box in panel.boxes if box.limits]
    if rules:
        return f"holds when {'; or when '.join(rules)}"
    if panel.boxes:
        return "holds everywhere"
    shares = panel.interpolate()
    known = shares[np.isfinite(shares)]
    if (known >= spec.level).any():
        return "holds at some points, without a rule"
    return "holds nowhere"


def _describe_box(spec: EnvelopeSpec, box: prim.Box, units: Mapping[str, str]) -> str:
    limits = [
        _describe_limit(spec, path, limit, units.get(path, ""))
        for path, limit in box.limits.items()
    ]
    density, coverage = format_percent(box.density), format_percent(box.coverage)
    return f"{' and '.join(limits)} (at {density} of such points, {coverage} of all)"


def _describe_limit(spec: EnvelopeSpec, path: str, limit: prim.Limit, unit: str) -> str:
    """Return a limit in words; a limit on whole numbers names the first number outside."""
    low, high = limit
    is_whole = all(float(point.varied[path]).is_integer() for point in spec.study.points)
    if is_whole and not math.isinf(low):
        low = math.ceil(low) - 1
    if is_whole and not math.isinf(high):
        high = math.floor(high) + 1
    unit_text = " days" if unit == "day" else f" {unit}".rstrip()
    if math.isinf(high):
        return f"{path} > {low:.3g}{unit_text}"
    below = f"{path} < {high:.3g}{unit_text}"
    return below if math.isinf(low) else f"{low:.3g} < {below}"
