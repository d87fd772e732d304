"""How fast it is: ratios measured side by side in one run, printed as a table (`make bench`)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from statistics import median
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from equipoise.mesa_model import BrandCommunity
from equipoise.model import World
from equipoise.settings.settings import Settings

CONTROLLED = {
    "receptor": {"kind": "survey"},
    "control_center": {"kind": "pid"},
    "effector": {"repair": {"kind": "repair"}, "respond": {"kind": "respond"}},
}


class Figure(NamedTuple):
    """One line of the benchmark: what was measured, the figure, and what the house asks for."""

    what: str
    measured: str
    asked: str


def seconds(act: Callable[[], object], times: int = 3) -> float:
    """Return the median wall time of an act in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return median(taken)


def world(size: int, days: int, **more: object) -> World:
    """Return a controlled world of a size, ready to run for some days."""
    told = {"community": {"size": size}, "burn_in": 0, "horizon": days} | CONTROLLED | more
    return World(Settings.model_validate(told))


def nanoseconds(size: int, days: int, times: int = 3) -> float:
    """Return the wall time of one consumer-day of a whole run, firm and census included, on one core."""
    world(size, 2).run()
    return median(seconds(world(size, days).run, 1) for _ in range(times)) / (size * days) * 1e9


def engines(size: int = 10_000, days: int = 2) -> tuple[float, float]:
    """Return the nanoseconds of a consumer-day of the array engine and of the Mesa engine, measured in turn."""
    settings = Settings.model_validate(
        {"community": {"size": size}, "burn_in": 0, "horizon": 2 * days, "engine": "agents"}
        | CONTROLLED
    )
    agents = BrandCommunity(settings)
    agents.step()  # every rule compiled
    slow = seconds(agents.step, days)
    return nanoseconds(size, 100), slow / size * 1e9


def in_new_process(code: str, **environment: str) -> float:
    """Return the wall time in seconds of a new Python process that runs some code."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=os.environ | environment, capture_output=True
    )
    return time.perf_counter() - start


FIRST_PROGRESS = """
from equipoise.experiments.config.compose import compose
from equipoise.runner import run
class Started(Exception): pass
def stop(done, total): raise Started
try: run(compose("strategy=pid_survey", "environment=recall"), progress=stop)
except Started: pass
"""


def figures() -> Iterator[Figure]:
    """Yield every figure of the benchmark."""
    for size, days, times in ((1_000, 420, 21), (10_000, 200, 5), (100_000, 60, 3)):
        yield Figure(
            f"one consumer-day among {size:,}",
            f"{nanoseconds(size, days, times):.0f} ns",
            "under 150 ns",
        )
    fast, slow = engines()
    yield Figure(
        "array engine against Mesa engine at 10,000",
        f"{slow / fast:.0f} times",
        "at least 150 times",
    )
    world(1_000, 2).run()
    whole = seconds(lambda: world(1_000, 420).run(), 5)
    yield Figure(
        "1,000 people x 420 days, network and traits included", f"{whole:.3f} s", "under 0.3 s"
    )
    yield Figure("import equipoise", f"{in_new_process('import equipoise'):.2f} s", "under 1.5 s")
    with tempfile.TemporaryDirectory() as cache:
        first = in_new_process(FIRST_PROGRESS, NUMBA_CACHE_DIR=cache)
        later = median(in_new_process(FIRST_PROGRESS, NUMBA_CACHE_DIR=cache) for _ in range(3))
    yield Figure("first run ever, to first progress (compiles)", f"{first:.1f} s", "under 25 s")
    yield Figure("later runs, to first progress", f"{later:.2f} s", "under 2.5 s")


def show(title: str, found: Iterable[Figure]) -> None:
    """Print figures as a table, with how busy the machine was."""
    table = Table(
        title=title, caption=f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    for heading in ("what", "measured", "asked"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for figure in found:
        table.add_row(*figure)
    Console().print(table)


if __name__ == "__main__":
    show("Equipoise benchmark (medians, one core)", figures())
