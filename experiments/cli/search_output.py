"""Results of searches in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.text.formatting import NO_VALUE, format_percent
from equipoise.experiments.cli.sweep_progress import MAX_LISTED, format_cost, show_failure_folder
from equipoise.experiments.cli.terminal import print_long_line
from equipoise.experiments.config.catalogue import format_value
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.design.points import to_overrides
from equipoise.experiments.execution.cost_estimate import CostEstimate
from equipoise.experiments.search import holdout
from equipoise.experiments.search.envelope_result import Envelope, describe_envelope_rules
from equipoise.experiments.search.outputs import TUNED_FILE
from equipoise.experiments.search.ranges import setting_meanings
from equipoise.experiments.search.sensitivity_result import Sensitivity
from equipoise.experiments.search.tuning_result import Tuning

# A path of a setting is not broken, however narrow the terminal is.
MIN_TABLE_WIDTH = 120

SOBOL_COLUMNS = ("total", "first order")
MORRIS_COLUMNS = ("mean absolute effect", "mean", "spread")


def show_cost(console: Console, estimate: CostEstimate, note: str, runs: int = 0) -> None:
    """Print the cost of a study, or of so many runs like those of the study."""
    runs = runs or estimate.runs
    cost = format_cost(estimate, scale=runs / max(estimate.runs, 1))
    remark = f" ({note})" if note else ""
    print_long_line(console, f"{runs:,} runs to do: {cost}{remark}.")


def show_envelope(console: Console, result: Envelope) -> None:
    """Print the size of each envelope, and the rules for where the loop holds."""
    if not result.sweep.complete:
        return
    spec = result.spec
    settings = unpack_json(spec.study.points[0].settings)
    units = {path: meaning.unit for path, meaning in setting_meanings(spec.paths, settings).items()}
    level = format_percent(spec.level)
    print_long_line(console, f"The loop holds: {spec.rule} in at least {level} of worlds.")
    for panel in result.panels:
        parts = [result.extent(panel), describe_envelope_rules(spec, panel, units)]
        name = f"{panel.name}: " if panel.name else ""
        print_long_line(console, f"{name}{'; '.join(filter(None, parts))}.")
    share = format_percent(result.points_run / result.points_total)
    line = f"{result.points_run:,} of {result.points_total:,} points were run ({share})."
    print_long_line(console, line)
    _show_failures(console, result.sweep)


def show_sensitivity(console: Console, result: Sensitivity) -> None:
    """Print the effect of each setting, and the Monte Carlo error of the estimates."""
    spec = result.spec
    is_sobol = spec.method == "sobol"
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column(f"effect on {spec.measure}", no_wrap=True)
    for title in SOBOL_COLUMNS if is_sobol else MORRIS_COLUMNS:
        table.add_column(title, no_wrap=True)
    for effect in result.effects:
        cells = [_format_interval(effect.first, effect.first_low, effect.first_high)]
        if not is_sobol:
            cells = [f"{effect.mean:.3g}", f"{effect.spread:.3g}"]
        size = _format_interval(effect.size, effect.low, effect.high)
        table.add_row(effect.setting, size, *cells)
    if result.effects:
        console.width = max(console.width, MIN_TABLE_WIDTH)
        console.print(table)
    is_chance_known = result.chance == result.chance
    if result.effects and is_chance_known:
        share = format_percent(result.chance)
        line = f"Monte Carlo error is {share} of the variance between points."
        print_long_line(console, line)
    for line in result.warnings():
        print_long_line(console, line)
    _show_failures(console, result.sweep)


def _format_interval(value: float, low: float, high: float) -> str:
    if low != low:
        return f"{value:.2g}"
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def show_tuning(console: Console, result: Tuning, folder: Path) -> None:
    """Print the tuned settings, their gain in and out of sample, and how to use them."""
    chosen = result.chosen
    if chosen is None or not result.judged:
        return
    for title, point in (("default", result.spec.default), ("tuned", chosen.settings)):
        values = " ".join(f"{path}={format_value(value)}" for path, value in point.items())
        print_long_line(console, f"{title}: {values}")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("tuned minus default", "environment", "difference", "worlds", ""):
        table.add_column(column)
    for name, differences in result.judged.items():
        for gain in differences:
            table.add_row(name, gain.environment, format_gain(gain), str(gain.pairs), gain.verdict)
    console.print(table)
    replicates = result.spec.training.replicates
    for line in (*result.notes, *holdout.overfitting_warnings(result.judged, replicates)):
        print_long_line(console, line)
    others = [
        word for word in to_overrides(chosen.settings) if not word.startswith("control_center.")
    ]
    use = ["control_center=tuned", f"control_center.path={folder / TUNED_FILE}", *others]
    print_long_line(console, f"To use it: {' '.join(use)}")


def format_gain(gain: Difference) -> str:
    """Return a difference with its confidence interval, where there is one."""
    if gain.mean != gain.mean:
        return NO_VALUE
    # Adding 0.0 turns a negative zero into a positive one.
    mean = f"{gain.mean + 0.0:+.3g}"
    if gain.low != gain.low:
        return mean
    return f"{mean} ({gain.low + 0.0:+.3g} to {gain.high + 0.0:+.3g})"


def _show_failures(console: Console, sweep: Any) -> None:
    for failure in sweep.failures[:MAX_LISTED]:
        line = f"failed: point {failure['point']}: {failure['failure']}"
        print_long_line(console, line)
    show_failure_folder(console, sweep)
