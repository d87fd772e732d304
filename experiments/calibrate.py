"""The search that chose the default coefficients: repeatable, over declared ranges, toward published numbers.

``python -m equipoise.experiments.calibrate`` prints the best point and what it comes to in worlds the search has
not seen. Rounded by hand, that point is what the records in ``sim/`` have as defaults; no pattern is looked at.
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

DEPARTMENTS = ("marketing", "sales", "product", "service", "operations")
HORIZON, STRIKE, SINCE = (
    168,
    14,
    42,
)  # scored days; day of the fault; first day on which its talk is counted
RECALL = (
    f"environment.disturbances={{fault:{{kind:fault,department:product,start:{STRIKE},size:0.35}}}}",
)
SEED = 7  # of the design
NARROWER = (0.4, 0.15)  # widths of the ranges of later rounds, as shares of the first's
DISSATISFIED = 0.525  # the middle of 0.5 to 0.55


class Free(NamedTuple):
    """One coefficient to be found: where it is set, its range, and why it is free."""

    paths: tuple[str, ...]
    low: float
    high: float
    why: str


FREE = {
    "capability": Free(
        tuple(f"firm.departments.{each}.capability" for each in DEPARTMENTS),
        0.6,
        0.7,
        "sets the level of satisfaction",
    ),
    "taste_spread": Free(
        ("community.people.taste_spread",), 0.15, 0.3, "sets how much people differ"
    ),
    "disconfirmation": Free(
        ("community.experience.disconfirmation",), 0.25, 0.5, "no published weight in utility"
    ),
    "kappa": Free(
        ("community.hearing.kappa",), 0.15, 0.9, "published for a room of people, not for posts"
    ),
    "consider": Free(("community.cycle.consider",), 0.001, 0.01, "must balance those who leave"),
    "comeback": Free(("community.cycle.comeback",), 0.003, 0.02, "must balance those who leave"),
    "customers": Free(("community.people.customers",), 0.5, 0.72, "should start where it stays"),
    "voice_spread": Free(
        ("community.people.voice_spread",), 1.0, 1.4, "sets how unequal voices are"
    ),
    "plain": Free(("community.voice.plain",), 0.03, 0.15, "only the shape of the U is published"),
    "displeasure": Free(
        ("community.voice.displeasure",), 5.0, 40.0, "only the shape of the U is published"
    ),
    "pleasure": Free(
        ("community.voice.pleasure",), 0.5, 3.0, "only the shape of the U is published"
    ),
    "excitement": Free(("community.voice.excitement",), 0.5, 2.5, "only its sign is published"),
}


class Target(NamedTuple):
    """A published or wanted number: value, how far off counts as 1, which side counts, and its source."""

    value: float
    scale: float
    side: int  # 0 = both; 1 = only above is wrong
    source: str


TARGETS = {
    "log_calm_ratio": Target(
        math.log(3.0), 0.15, 0, "positive to negative 3 : 1 (East, Hammond & Wright 2007)"
    ),
    "log_fault_ratio": Target(
        math.log(0.9), 0.15, 1, "in a fault word of mouth turns (airline tweets)"
    ),
    "dissatisfied": Target(0.195, 0.015, 0, "18 to 21 % dissatisfied (Dellarocas & Wood 2008)"),
    "satisfaction": Target(0.70, 0.01, 0, "calm lies on the firm's set-point"),
    "spread": Target(0.18, 0.02, 0, "standard deviation of satisfaction .15 to .20"),
    "drift": Target(0.0, 0.01, 0, "no drift in calm"),
    "stage_drift": Target(0.0, 0.04, 0, "shares of stages stay"),
    "conformity": Target(
        0.368, 0.04, 0, "36.8 % of trials, 3 unanimous voices, no time to think (Asch 1955)"
    ),
    "top_share": Target(0.25, 0.02, 0, "top 3 % write 25 % (Whittaker et al. 1998)"),
}


def design(count: int, seed: int, around: Floats | None = None, width: float = 1.0) -> Floats:
    """Return ``count`` points (count, coefficients) of a scrambled Sobol design.

    With ``around`` a point, ranges are narrower by ``width``, the point in their middle.

    Source: Sobol 1967, scrambled after Owen 1998.
    """
    low, high = np.array([(each.low, each.high) for each in FREE.values()]).T
    if around is not None:
        half = width * (high - low) / 2
        low, high = np.maximum(low, around - half), np.minimum(high, around + half)
    unit = qmc.Sobol(len(FREE), seed=seed).random(count)
    return np.asarray(low + unit * (high - low))


def words(point: Sequence[float]) -> tuple[str, ...]:
    """Return a point as overrides."""
    pairs = zip(FREE.values(), point, strict=True)
    return tuple(f"{path}={value:.6g}" for each, value in pairs for path in each.paths)


def observed(point: Sequence[float], seed: int) -> dict[str, float]:
    """Return what one world comes to under a point: the numbers that TARGETS speak of."""
    common = (*words(point), f"seed={seed}", f"horizon={HORIZON}")
    calm, posts = _lived(common)
    struck, _ = _lived((*common, *RECALL))
    days = calm.record.columns()
    path, since = days["satisfaction"][calm.settings.burn_in :], calm.settings.burn_in + SINCE
    customers = calm.people.satisfaction[calm.people.stage == CUSTOMER]
    stages = calm.record.census["stage"][calm.settings.burn_in :] / calm.size
    return {
        "log_calm_ratio": _log_ratio(days, calm.settings.burn_in),
        "log_fault_ratio": _log_ratio(struck.record.columns(), since),
        "dissatisfied": float((customers < DISSATISFIED).mean()),
        "satisfaction": float(path.mean()),
        "spread": float(days["spread"][calm.settings.burn_in :].mean()),
        "drift": float(path[-28:].mean() - path[:28].mean()),
        "stage_drift": float(
            np.abs(stages[-28:].mean(axis=0) - stages[:28].mean(axis=0)).sum() / 2
        ),
        "conformity": conforming(calm.settings),
        "top_share": top_share(posts),
    }


def _lived(overrides: Iterable[str]) -> tuple[World, Floats]:
    """Live a world to its end; return it and how often each person posted on scored days."""
    world = World(compose(*overrides))
    posts = np.zeros(world.size)
    while world.day < world.days:
        world.step()
        if world.day > world.settings.burn_in:
            posts[world.speakers[: world.post_count]] += 1
    return world, posts


def _log_ratio(days: Mapping[str, Floats], since: int) -> float:
    good, bad = float(days["positive"][since:].sum()), float(days["negative"][since:].sum())
    return math.log((good + 1) / (bad + 1))


def conforming(settings: Settings) -> float:
    """Return how far a person of mean conformity under System 1 moves toward three voices heard at once."""
    people, hearing = settings.community.people, settings.community.hearing
    heard = 1.0 - math.exp(-3.0 * hearing.saturation)
    return people.conformity_mean * hearing.kappa * heard * hearing.automatic_pull


def top_share(posts: Floats) -> float:
    """Return the share of posts by the top 3 % of those who post."""
    ranked = np.sort(posts[posts > 0])[::-1]
    top = max(round(0.03 * len(ranked)), 1)
    return float(ranked[:top].sum() / max(ranked.sum(), 1.0))


def distance(values: Mapping[str, float]) -> float:
    """Return the sum over targets of ((value - target) / scale)^2, 0 on the right side of a one-sided one."""
    off = {name: (values[name] - each.value) / each.scale for name, each in TARGETS.items()}
    return sum((max(each, 0.0) if TARGETS[name].side else each) ** 2 for name, each in off.items())


def averages(points: Floats, seeds: Iterable[int], door: OpenExecutor) -> list[dict[str, float]]:
    """Return, for each point, the mean over worlds of what is observed."""
    jobs = [
        [door.executor.submit(observed, tuple(p), seed) for seed in seeds] for p in points.tolist()
    ]
    seen = [[each.result() for each in job] for job in jobs]
    return [
        {name: float(np.mean([world[name] for world in worlds])) for name in TARGETS}
        for worlds in seen
    ]


def best(points: Floats, seeds: Iterable[int], door: OpenExecutor, keep: int) -> Floats:
    """Return the points nearest to the targets (keep, coefficients), the nearest first."""
    order = np.argsort([distance(each) for each in averages(points, seeds, door)], kind="stable")
    return np.asarray(points[order[:keep]])


def search(door: OpenExecutor, count: int = 128, keep: int = 6) -> Floats:
    """Return the best point: ever fewer points in ever more worlds, in ever narrower ranges round the best."""
    found = best(design(count, SEED), range(2), door, keep)
    for i, width in enumerate(NARROWER, 1):
        more = design(count >> i, SEED + i, found[0], width)
        found = best(np.vstack([found, more]), range(2 << i), door, keep)
    return np.asarray(best(found, range(32, 48), door, 1)[0])


def main(out: str = "") -> int:
    """Search, print the winner and what it and the defaults come to in 16 new worlds; write them as JSON if asked."""
    with open_executor(ExecutorSpec()) as door:
        winner = search(door)
        values = averages(winner[None, :], range(1000, 1016), door)[0]
    found = dict(zip(FREE, winner.tolist(), strict=True))
    table = Table("coefficient", "range", "found", "why it is free")
    for name, each in FREE.items():
        table.add_row(name, f"{each.low:g} to {each.high:g}", f"{found[name]:.4g}", each.why)
    reached = Table("target", "wanted", "reached", "source")
    for name, target in TARGETS.items():
        reached.add_row(name, f"{target.value:.3g}", f"{values[name]:.3g}", target.source)
    open_console().print(table, reached, f"distance {distance(values):.2f}")
    if out:
        Path(out).write_text(
            json.dumps({"found": found, "reached": values}, indent=1) + "\n", "utf-8"
        )
    return 0


if __name__ == "__main__":
    from equipoise.experiments import calibrate  # workers look its functions up under this name

    sys.exit(calibrate.main(*sys.argv[1:2]))
