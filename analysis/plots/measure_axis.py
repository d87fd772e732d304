"""Axes of measures: their numbers, units and labels."""

from __future__ import annotations

from matplotlib.ticker import FuncFormatter

from equipoise.analysis.comparison.comparison import Finding
from equipoise.analysis.text.formatting import format_dollars, readable_name

# Each number along an axis of dollars has its own sign.
_AXIS_UNITS = {"share": "%", "$": ""}


def measure_axis_label(finding: Finding) -> str:
    """Return the label of an axis: name and unit of the measure, and its better side."""
    unit = _AXIS_UNITS.get(finding.measure.unit, finding.measure.unit)
    name = append_unit(readable_name(finding.measure.name), unit)
    return f"{name} ({finding.outcomes.better} is better)"


def append_unit(name: str, unit: str) -> str:
    """Return a name with its unit, if it has one."""
    return f"{name}, {unit}" if unit else name


def measure_formatter(finding: Finding) -> FuncFormatter:
    """Return the format of a measure's values along an axis; shares are in per cent."""
    if finding.measure.unit == "$":
        return FuncFormatter(lambda value, _: format_dollars(value))
    scale = 100 if finding.measure.unit == "share" else 1
    return FuncFormatter(lambda value, _: f"{scale * value:,.10g}".replace("-", "−"))
