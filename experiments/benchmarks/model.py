"""Speed of the model: times and ratios measured side by side, as a table (`make bench`)."""

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

_STRATEGY = {
    "receptor": {"kind": "survey"},
    "control_center": {"kind": "pid"},
    "effector": {"repair": {"kind": "repair"}, "respond": {"kind": "respond"}},
}
_RUN_TO_FIRST_PROGRESS = """
from equipoise.experiments.config.compose import compose
from equipoise.runner import run
class Started(Exception): pass
def stop(done, total): raise Started
try: run(compose("strategy=pid_survey", "environment=recall"), progress=stop)
except Started: pass
"""


class BenchmarkLine(NamedTuple):
    """One line of a benchmark: what was measured, the result, and the required value."""

    subject: str
    result: str
    required: str


def time_median(act: Callable[[], object], times: int = 3) -> float:
    """Return the median wall time of an act in seconds."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        durations.append(time.perf_counter() - start)
    return median(durations)


def _build_settings(size: int, days: int, engine: str = "arrays") -> Settings:
    """Return settings of a controlled run without burn-in."""
    return Settings.model_validate(
        {
            "community": {"size": size},
            "burn_in": 0,
            "horizon": days,
            "engine": engine,
            **_STRATEGY,
        }
    )


def time_consumer_day(size: int, days: int, times: int = 3) -> float:
    """Return the nanoseconds of one consumer-day of a run on one core, firm and census included."""
    settings = _build_settings(size, days)
    World(_build_settings(size, 2)).run()  # compiles
    durations = [time_median(World(settings).run, 1) for _ in range(times)]
    return median(durations) / (size * days) * 1e9


def time_engines(size: int = 10_000, days: int = 2) -> tuple[float, float]:
    """Return the nanoseconds of a consumer-day of the compiled engine and of the Mesa engine."""
    agents = BrandCommunity(_build_settings(size, 2 * days, "agents"))
    agents.step()  # compiles the rules
    slow = time_median(agents.step, days)
    return time_consumer_day(size, 100), slow / size * 1e9


def time_new_process(code: str, **environment: str) -> float:
    """Return the wall time in seconds of a new Python process that runs some code."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=os.environ | environment, capture_output=True
    )
    return time.perf_counter() - start


def measure_model() -> Iterator[BenchmarkLine]:
    """Yield every line of the benchmark."""
    yield from _measure_loops()
    yield from _measure_starts()


def _measure_loops() -> Iterator[BenchmarkLine]:
    for size, days, times in ((1_000, 420, 21), (10_000, 200, 5), (100_000, 60, 3)):
        duration = time_consumer_day(size, days, times)
        yield BenchmarkLine(
            f"one consumer-day among {size:,}", f"{duration:.0f} ns", "under 150 ns"
        )
    fast, slow = time_engines()
    yield BenchmarkLine(
        "compiled engine against Mesa engine at 10,000",
        f"{slow / fast:.0f} times",
        "at least 150 times",
    )
    settings = _build_settings(1_000, 420)
    whole = time_median(lambda: World(settings).run(), 5)
    yield BenchmarkLine(
        "1,000 people x 420 days, network and traits included", f"{whole:.3f} s", "under 0.3 s"
    )


def _measure_starts() -> Iterator[BenchmarkLine]:
    imported = time_new_process("import equipoise")
    yield BenchmarkLine("import equipoise", f"{imported:.2f} s", "under 1.5 s")
    with tempfile.TemporaryDirectory() as cache:
        first = time_new_process(_RUN_TO_FIRST_PROGRESS, NUMBA_CACHE_DIR=cache)
        later = [time_new_process(_RUN_TO_FIRST_PROGRESS, NUMBA_CACHE_DIR=cache) for _ in range(3)]
    yield BenchmarkLine(
        "first run ever, to first progress (compiles)", f"{first:.1f} s", "under 25 s"
    )
    yield BenchmarkLine("later runs, to first progress", f"{median(later):.2f} s", "under 2.5 s")


def print_benchmark(title: str, lines: Iterable[BenchmarkLine]) -> None:
    """Print the lines as a table, with the load of the machine."""
    load = f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    table = Table(title=title, caption=load)
    table.add_column("subject")
    table.add_column("result", justify="right")
    table.add_column("required", justify="right")
    for line in lines:
        table.add_row(*line)
    Console().print(table)


if __name__ == "__main__":
    print_benchmark("Equipoise benchmark (medians, one core)", measure_model())
