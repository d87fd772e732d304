"""The search that chose the default coefficients: repeatable, over declared ranges.

``python -m equipoise.experiments.calibrate`` prints the best point and its results in worlds that
the search has not used. Rounded by hand, that point gives the defaults of the settings in ``sim/``.
The targets are published or wanted numbers of a calm and of a faulted run; no pattern is used.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.table import Table
from scipy.stats import qmc

from equipoise.array_types import Floats
from equipoise.consumers.state import CUSTOMER
from equipoise.experiments.cli.terminal import open_console
from equipoise.experiments.config.compose import compose
from equipoise.experiments.execution.executor_types import ExecutorSpec, OpenExecutor
from equipoise.experiments.execution.executors import open_executor
from equipoise.model import World
from equipoise.settings.settings import Settings

_DEPARTMENTS = ("marketing", "sales", "product", "service", "operations")
_HORIZON = 168  # scored days
_FAULT_DAY = 14
_FIRST_FAULT_TALK = 42  # first scored day on which talk about the fault is counted
_RECALL = (
    "environment.disturbances="
    f"{{fault:{{kind:fault,department:product,start:{_FAULT_DAY},size:0.35}}}}"
)
_PERIOD = 28  # days at the beginning and the end between which drift is measured
_DESIGN_SEED = 7
_LATER_WIDTHS = (0.4, 0.15)  # widths of the ranges of later rounds, as shares of the first round's
_DISSATISFIED_BELOW = 0.525  # satisfaction; the middle of 0.5 to 0.55


class FreeCoefficient(NamedTuple):
    """A coefficient that the search chooses: its settings, its range, and why it is free."""

    paths: tuple[str, ...]
    low: float
    high: float
    reason: str


FREE_COEFFICIENTS = {
    "capability": FreeCoefficient(
        tuple(f"firm.departments.{name}.capability" for name in _DEPARTMENTS),
        0.6,
        0.7,
        "sets the level of satisfaction",
    ),
    "taste_spread": FreeCoefficient(
        ("community.people.taste_spread",), 0.15, 0.3, "sets how much people differ"
    ),
    "disconfirmation": FreeCoefficient(
        ("community.experience.disconfirmation",), 0.25, 0.5, "no published weight in utility"
    ),
    "kappa": FreeCoefficient(
        ("community.hearing.kappa",), 0.15, 0.9, "published for a room of people, not for posts"
    ),
    "consider": FreeCoefficient(
        ("community.cycle.consider",), 0.001, 0.01, "must balance those who leave"
    ),
    "comeback": FreeCoefficient(
        ("community.cycle.comeback",), 0.003, 0.02, "must balance those who leave"
    ),
    "customers": FreeCoefficient(
        ("community.people.customers",), 0.5, 0.72, "should start at its equilibrium"
    ),
    "voice_spread": FreeCoefficient(
        ("community.people.voice_spread",), 1.0, 1.4, "sets how unequal voices are"
    ),
    "plain": FreeCoefficient(
        ("community.voice.plain",), 0.03, 0.15, "only the shape of the U is published"
    ),
    "displeasure": FreeCoefficient(
        ("community.voice.displeasure",), 5.0, 40.0, "only the shape of the U is published"
    ),
    "pleasure": FreeCoefficient(
        ("community.voice.pleasure",), 0.5, 3.0, "only the shape of the U is published"
    ),
    "excitement": FreeCoefficient(
        ("community.voice.excitement",), 0.5, 2.5, "only its sign is published"
    ),
}


class Target(NamedTuple):
    """A published or wanted number.

    Attributes:
        value: wanted.
        scale: deviation that counts as 1.
        one_sided: True if only values above the target are wrong.
        source: of the number.
    """

    value: float
    scale: float
    one_sided: bool
    source: str


TARGETS = {
    "log_calm_ratio": Target(
        math.log(3.0), 0.15, False, "positive to negative 3 : 1 (East, Hammond & Wright 2007)"
    ),
    "log_fault_ratio": Target(
        math.log(0.9), 0.15, True, "word of mouth turns negative in a fault (airline tweets)"
    ),
    "dissatisfied": Target(0.195, 0.015, False, "18 to 21 % dissatisfied (Dellarocas & Wood 2008)"),
    "satisfaction": Target(0.70, 0.01, False, "mean satisfaction in calm is the firm's set-point"),
    "spread": Target(0.18, 0.02, False, "standard deviation of satisfaction .15 to .20"),
    "drift": Target(0.0, 0.01, False, "no drift in calm"),
    "stage_drift": Target(0.0, 0.04, False, "constant shares of stages"),
    "conformity": Target(
        0.368, 0.04, False, "36.8 % of trials, 3 unanimous voices, no time to think (Asch 1955)"
    ),
    "top_share": Target(0.25, 0.02, False, "top 3 % write 25 % (Whittaker et al. 1998)"),
}


def draw_points(count: int, seed: int, around: Floats | None = None, width: float = 1.0) -> Floats:
    """Return the points (count, coefficients) of a scrambled Sobol design.

    With ``around`` a point, the ranges are narrower by ``width`` and have the point in the middle.

    Source: Sobol 1967, scrambled after Owen 1998.
    """
    low = np.array([coefficient.low for coefficient in FREE_COEFFICIENTS.values()])
    high = np.array([coefficient.high for coefficient in FREE_COEFFICIENTS.values()])
    if around is not None:
        half = width * (high - low) / 2
        low = np.maximum(low, around - half)
        high = np.minimum(high, around + half)
    unit = qmc.Sobol(len(FREE_COEFFICIENTS), seed=seed).random(count)
    return np.asarray(low + unit * (high - low))


def _overrides(point: Sequence[float]) -> list[str]:
    """Return a point as overrides of settings."""
    overrides = []
    for coefficient, value in zip(FREE_COEFFICIENTS.values(), point, strict=True):
        overrides += [f"{path}={value:.6g}" for path in coefficient.paths]
    return overrides


def observe_world(point: Sequence[float], seed: int) -> dict[str, float]:
    """Return the numbers of TARGETS at a point, in a calm and a faulted run of one world."""
    overrides = [*_overrides(point), f"seed={seed}", f"horizon={_HORIZON}"]
    calm, posts = _run_world(overrides)
    faulted, _ = _run_world([*overrides, _RECALL])
    burn_in = calm.settings.burn_in
    columns = calm.record.columns()
    satisfaction = columns["satisfaction"][burn_in:]
    customers = calm.people.satisfaction[calm.people.stage == CUSTOMER]
    stages = calm.record.census["stage"][burn_in:] / calm.size
    stage_changes = stages[-_PERIOD:].mean(axis=0) - stages[:_PERIOD].mean(axis=0)
    return {
        "log_calm_ratio": _log_ratio(columns, burn_in),
        "log_fault_ratio": _log_ratio(faulted.record.columns(), burn_in + _FIRST_FAULT_TALK),
        "dissatisfied": float((customers < _DISSATISFIED_BELOW).mean()),
        "satisfaction": float(satisfaction.mean()),
        "spread": float(columns["spread"][burn_in:].mean()),
        "drift": float(satisfaction[-_PERIOD:].mean() - satisfaction[:_PERIOD].mean()),
        "stage_drift": float(np.abs(stage_changes).sum() / 2),
        "conformity": response_to_three_voices(calm.settings),
        "top_share": top_poster_share(posts),
    }


def _run_world(overrides: Iterable[str]) -> tuple[World, Floats]:
    """Return a world after its last day, and the number of posts of each person on scored days."""
    world = World(compose(*overrides))
    posts = np.zeros(world.size)
    while world.day < world.days:
        world.step()
        if world.day > world.settings.burn_in:
            posts[world.speakers[: world.post_count]] += 1
    return world, posts


def _log_ratio(columns: Mapping[str, Floats], first: int) -> float:
    """Return the log ratio of positive to negative posts from a day on."""
    positive = float(columns["positive"][first:].sum())
    negative = float(columns["negative"][first:].sum())
    return math.log((positive + 1) / (negative + 1))


def response_to_three_voices(settings: Settings) -> float:
    """Return the share of the gap by which three voices move an average person under System 1."""
    hearing = settings.community.hearing
    saturation = 1.0 - math.exp(-3.0 * hearing.saturation)
    conformity = settings.community.people.conformity_mean
    return conformity * hearing.kappa * saturation * hearing.automatic_pull


def top_poster_share(posts: Floats) -> float:
    """Return the share of posts by the top 3 % of those who post."""
    ranked = np.sort(posts[posts > 0])[::-1]
    top = max(round(0.03 * len(ranked)), 1)
    return float(ranked[:top].sum() / max(ranked.sum(), 1.0))


def distance_to_targets(values: Mapping[str, float]) -> float:
    """Return the sum over targets of ((value - target) / scale)^2; 0 below a one-sided target."""
    total = 0.0
    for name, target in TARGETS.items():
        deviation = (values[name] - target.value) / target.scale
        if target.one_sided:
            deviation = max(deviation, 0.0)
        total += deviation**2
    return total


def average_over_worlds(
    points: Floats, seeds: Iterable[int], opened: OpenExecutor
) -> list[dict[str, float]]:
    """Return, for each point, the mean over worlds of what is observed."""
    seeds = list(seeds)
    jobs = [
        [opened.executor.submit(observe_world, tuple(point), seed) for seed in seeds]
        for point in points.tolist()
    ]
    averages = []
    for jobs_of_point in jobs:
        worlds = [job.result() for job in jobs_of_point]
        means = {}
        for name in TARGETS:
            means[name] = float(np.mean([world[name] for world in worlds]))
        averages.append(means)
    return averages


def select_points(points: Floats, seeds: Iterable[int], opened: OpenExecutor, count: int) -> Floats:
    """Return the points (count, coefficients) nearest to the targets, the nearest first."""
    averages = average_over_worlds(points, seeds, opened)
    distances = [distance_to_targets(values) for values in averages]
    order = np.argsort(distances, kind="stable")
    return np.asarray(points[order[:count]])


def search_coefficients(opened: OpenExecutor, count: int = 128, keep: int = 6) -> Floats:
    """Return the best point: fewer points in more worlds and narrower ranges, round by round."""
    points = select_points(draw_points(count, _DESIGN_SEED), range(2), opened, keep)
    for number, width in enumerate(_LATER_WIDTHS, 1):
        more = draw_points(count >> number, _DESIGN_SEED + number, points[0], width)
        points = select_points(np.vstack([points, more]), range(2 << number), opened, keep)
    return np.asarray(select_points(points, range(32, 48), opened, 1)[0])


def main(out: str = "") -> int:
    """Search; print the best point and its results in 16 new worlds, and write them to ``out``."""
    with open_executor(ExecutorSpec()) as opened:
        winner = search_coefficients(opened)
        results = average_over_worlds(winner[None, :], range(1000, 1016), opened)[0]
    chosen = dict(zip(FREE_COEFFICIENTS, winner.tolist(), strict=True))
    coefficients = Table("coefficient", "range", "found", "why it is free")
    for name, coefficient in FREE_COEFFICIENTS.items():
        limits = f"{coefficient.low:g} to {coefficient.high:g}"
        coefficients.add_row(name, limits, f"{chosen[name]:.4g}", coefficient.reason)
    targets = Table("target", "wanted", "reached", "source")
    for name, target in TARGETS.items():
        targets.add_row(name, f"{target.value:.3g}", f"{results[name]:.3g}", target.source)
    distance = f"distance {distance_to_targets(results):.2f}"
    open_console().print(coefficients, targets, distance)
    if out:
        text = json.dumps({"found": chosen, "reached": results}, indent=1)
        Path(out).write_text(f"{text}\n", "utf-8")
    return 0


if __name__ == "__main__":
    # Worker processes look the functions up in the module of this name.
    from equipoise.experiments import calibrate

    sys.exit(calibrate.main(*sys.argv[1:2]))
