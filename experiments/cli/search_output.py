"""What searches say in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.text.formatting import NONE, percent
from equipoise.experiments.cli.sweep_progress import SHOWN, size, span
from equipoise.experiments.config.catalogue import plain
from equipoise.experiments.design.points import to_overrides
from equipoise.experiments.execution.cost_estimate import CostEstimate
from equipoise.experiments.execution.job import unpack_json
from equipoise.experiments.search import holdout
from equipoise.experiments.search.envelope import Envelope, told
from equipoise.experiments.search.outputs import TUNED
from equipoise.experiments.search.ranges import meanings
from equipoise.experiments.search.sensitivity import Sensitivity
from equipoise.experiments.search.tuning import Tuning

WIDE = 120  # letters


def say(console: Console, line: str) -> None:
    """Print one line, as long as it is."""
    console.print(Text(line), soft_wrap=True)


def show_cost(console: Console, forecast: CostEstimate, note: str, runs: int = 0) -> None:
    """Print what a study costs, or so many runs like its own."""
    runs = runs or forecast.runs
    scale = runs / max(forecast.runs, 1)
    cost = (
        f"about {span(scale * forecast.seconds)} and {size(scale * forecast.disk)}"
        if forecast.jobs
        else "nothing"
    )
    say(console, f"{runs:,} runs to do: {cost}{f' ({note})' if note else ''}.")


def show_envelope(console: Console, found: Envelope) -> None:
    """Print how large each envelope is, and where the loop holds in words."""
    asked = found.question
    known = meanings(asked.paths, unpack_json(asked.study.points[0].settings))
    units = {path: meaning.unit for path, meaning in known.items()}
    if not found.sweep.complete:
        return
    say(console, f"The loop holds: {asked.rule} in at least {percent(asked.level)} of worlds.")
    for panel in found.panels:
        name = f"{panel.name}: " if panel.name else ""
        extent = found.extent(panel)
        say(console, f"{name}{extent}{extent and '; '}{told(asked, panel, units)}.")
    say(
        console,
        f"{found.points:,} of {found.of:,} points were run ({percent(found.points / found.of)}).",
    )
    _failures(console, found.sweep)


def show_sensitivity(console: Console, found: Sensitivity) -> None:
    """Print how much each setting matters, and what the numbers do not show."""
    asked = found.question
    table = Table(box=None, padding=(0, 2, 0, 0))
    columns = (
        ("total", "alone")
        if asked.method == "sobol"
        else ("mean absolute effect", "mean", "spread")
    )
    table.add_column(f"what matters to {asked.measure}", no_wrap=True)
    for title in columns:
        table.add_column(title, no_wrap=True)
    for each in found.effects:
        rest = (
            (_ends(each.first, each.first_low, each.first_high),)
            if asked.method == "sobol"
            else (f"{each.mean:.3g}", f"{each.spread:.3g}")
        )
        table.add_row(each.setting, _ends(each.size, each.low, each.high), *rest)
    if found.effects:
        console.width = max(
            console.width, WIDE
        )  # a path is not broken, however narrow the terminal
        console.print(table)
    if found.effects and found.chance == found.chance:
        say(
            console,
            f"Of the variance between points, luck of the worlds is {percent(found.chance)}.",
        )
    for line in found.warnings():
        say(console, line)
    _failures(console, found.sweep)


def _ends(value: float, low: float, high: float) -> str:
    if low != low:
        return f"{value:.2g}"
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def show_tuning(console: Console, found: Tuning, folder: Path) -> None:
    """Print what was found, what it gains in and out of sample, and how to run it."""
    chosen = found.chosen
    if chosen is None or not found.judged:
        return
    for title, point in (("default", found.question.default), ("tuned", chosen.settings)):
        say(
            console,
            f"{title}: {' '.join(f'{path}={plain(value)}' for path, value in point.items())}",
        )
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("tuned less default", "where", "difference", "worlds", ""):
        table.add_column(column)
    for name, differences in found.judged.items():
        for each in differences:
            table.add_row(name, each.environment, gain(each), str(each.pairs), each.verdict)
    console.print(table)
    for line in (*found.notes, *holdout.warnings(found.judged, found.question.training.replicates)):
        say(console, line)
    others = [
        word for word in to_overrides(chosen.settings) if not word.startswith("control_center.")
    ]
    say(
        console,
        " ".join(
            ["To use it: control_center=tuned", f"control_center.path={folder / TUNED}", *others]
        ),
    )


def gain(each: Difference) -> str:
    """Return a difference with its interval, where there is one."""
    if each.mean != each.mean:
        return NONE
    ends = "" if each.low != each.low else f" ({each.low + 0.0:+.3g} to {each.high + 0.0:+.3g})"
    return f"{each.mean + 0.0:+.3g}{ends}"


def _failures(console: Console, sweep: Any) -> None:
    for each in sweep.failures[:SHOWN]:
        say(console, f"failed: point {each['point']}: {each['failure']}")
    if sweep.failures:
        say(
            console,
            f"{len(sweep.failures)} failed; tracebacks are in {sweep.folder / 'failures'}. The same command retries.",
        )
