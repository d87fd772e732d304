"""Figure of differences: each strategy's difference from the baseline, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from equipoise.analysis.comparison.comparison import Finding
from equipoise.analysis.comparison.differences import Difference, Verdict
from equipoise.analysis.plots.measure_axis import append_unit, measure_formatter
from equipoise.analysis.plots.study_layout import (
    NAME_WIDTH,
    STUDY_STYLE,
    STUDY_WIDTH,
    TITLE_HEIGHT,
    StrategyRow,
    draw_header,
    draw_row_name,
    layout_rows,
)
from equipoise.analysis.plots.style import (
    BLACK,
    BLUE,
    GREY,
    RED,
    add_panel,
    apply_style,
    write_text,
)
from equipoise.analysis.text.comparison_cells import format_difference_interval
from equipoise.analysis.text.formatting import NO_VALUE, readable_name

_VERDICT_COLOURS: dict[Verdict, str] = {
    "better": BLUE,
    "worse": RED,
    "equivalent": "#999999",
    "undecided": "white",
}
# Verdicts are told apart without colours, too.
_VERDICT_HATCHES: dict[Verdict, str] = {
    "better": "",
    "worse": "////",
    "equivalent": "---",
    "undecided": "",
}
_MARGIN_COLOUR = "#dddddd"
_HEAD, _FOOT = TITLE_HEIGHT + 0.32, 0.42  # inches
_MIN_ROW = 0.3
_TEXT_WIDTH = 1.95  # inches for a difference in words beside its bar
_PANEL_WIDTH = STUDY_WIDTH - NAME_WIDTH - _TEXT_WIDTH


@apply_style(STUDY_STYLE)
def tornado_figure(finding: Finding, environment: str, names: Mapping[str, str]) -> Figure:
    """Return the figure of the differences from the baseline, the best strategy on top.

    Args:
        finding: the differences in a measure.
        environment: the environment to show.
        names: the readable name of each strategy to show.
    """
    differences = _sort_differences(finding, environment, names)
    rows = layout_rows([names[one.strategy] for one in differences], _MIN_ROW, _FOOT)
    body = sum(row.height for row in rows) or _MIN_ROW
    height = _HEAD + body + _FOOT
    figure = Figure(figsize=(STUDY_WIDTH, height))
    ax = add_panel(figure, NAME_WIDTH, _FOOT, _PANEL_WIDTH, height - _HEAD - _FOOT)
    ax.set_ylim(0, body)
    _draw_axis(ax, finding, differences)
    for row, difference in zip(rows, differences, strict=True):
        draw_row_name(figure, row)
        _draw_difference(ax, difference, row)
        _write_difference(figure, difference, finding.measure.unit, row)
    if not differences:
        ax.text(0.5, 0.5, "no value", transform=ax.transAxes, ha="center", color=GREY)
    handles = _key_handles(has_margin=bool(finding.rules.margin))
    draw_header(figure, _title(finding, environment, differences), handles, len(handles))
    return figure


def _sort_differences(
    finding: Finding, environment: str, names: Mapping[str, str]
) -> list[Difference]:
    """Return the known differences of an environment, the best first."""
    known = []
    for difference in finding.differences:
        is_shown = difference.environment == environment and difference.strategy in names
        if is_shown and np.isfinite(difference.mean):
            known.append(difference)
    return sorted(known, key=lambda one: -finding.outcomes.sign * one.mean)


def _draw_axis(ax: Axes, finding: Finding, differences: Sequence[Difference]) -> None:
    """Draw the axis of differences with 0 and the equivalence margin."""
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    margin = finding.rules.margin or 0.0
    ends = [0.0, margin, -margin]
    for difference in differences:
        ends += [difference.mean, difference.low, difference.high]
    low, high = np.nanmin(ends), np.nanmax(ends)
    padding = 0.06 * (high - low) or 1.0
    ax.set_xlim(low - padding, high + padding)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(measure_formatter(finding))
    ax.axvspan(-margin, margin, color=_MARGIN_COLOUR, lw=0, zorder=0)
    ax.axvline(0, color=BLACK, lw=0.7, zorder=1)
    unit = finding.measure.unit
    if unit == "share":
        unit = "percentage points"
    if unit == "$":
        unit = ""
    name = f"difference of {readable_name(finding.measure.name)}"
    ax.set_xlabel(append_unit(name, unit), labelpad=2)


def _draw_difference(ax: Axes, difference: Difference, row: StrategyRow) -> None:
    """Draw a difference as a bar, and its interval as a line."""
    y = row.middle - _FOOT
    style: Any = {
        "color": _VERDICT_COLOURS[difference.verdict],
        "hatch": _VERDICT_HATCHES[difference.verdict],
        "edgecolor": BLACK,
        "lw": 0.5,
    }
    ax.barh(y, difference.mean, 0.55 * row.height, zorder=2, **style)
    if np.isfinite(difference.low):
        interval = [difference.low, difference.high]
        ax.plot(interval, [y, y], color=BLACK, lw=1.0, marker="|", ms=4, zorder=3)


def _write_difference(figure: Figure, difference: Difference, unit: str, row: StrategyRow) -> None:
    """Write a difference, its verdict and its interval right of its bar."""
    text = format_difference_interval(difference, unit)
    mean, _, interval = text.partition(" (")
    lines = [f"{mean}, {difference.verdict}"]
    if interval:
        lines.append(f"({interval}")
    x = NAME_WIDTH + _PANEL_WIDTH + 0.1
    write_text(figure, x, row.middle, "\n".join(lines), va="center", linespacing=1.1)


def _key_handles(has_margin: bool) -> list[Any]:
    handles: list[Any] = []
    for verdict, colour in _VERDICT_COLOURS.items():
        hatch = _VERDICT_HATCHES[verdict]
        style: Any = {"facecolor": colour, "hatch": hatch, "edgecolor": BLACK, "lw": 0.5}
        handles.append(Patch(label=verdict, **style))
    handles.append(Line2D([], [], color=BLACK, lw=1.0, marker="|", ms=4, label="interval"))
    if has_margin:
        handles.append(Patch(facecolor=_MARGIN_COLOUR, lw=0, label="within the margin"))
    return handles


def _title(finding: Finding, environment: str, differences: Sequence[Difference]) -> str:
    baseline = readable_name(differences[0].baseline) if differences else NO_VALUE
    measure, place = readable_name(finding.measure.name), readable_name(environment)
    return f"Difference in {measure} from {baseline}: {place}"
