"""Runs the arms of patterns, judges the patterns, and writes the results."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from equipoise.array_types import Floats
from equipoise.experiments.execution.executor_types import ExecutorSpec, OpenExecutor
from equipoise.experiments.execution.executors import open_executor
from equipoise.experiments.patterns import table
from equipoise.experiments.patterns.judgement import ArmValues, judge_patterns
from equipoise.experiments.patterns.pattern_file import Pattern, load_patterns
from equipoise.experiments.patterns.worlds import MeasureRequest, observe_worlds

_WORLDS_PER_JOB = 5

Overrides = tuple[str, ...]


def run_arms(patterns: Sequence[Pattern], opened: OpenExecutor) -> ArmValues:
    """Run each distinct arm once, in the worlds from seed 0 on.

    An arm that patterns share runs in as many worlds as the pattern with most of them needs.
    """
    requests: dict[Overrides, list[MeasureRequest]] = {}
    worlds: dict[Overrides, int] = {}
    for pattern in patterns:
        for overrides, request in _list_requests(pattern):
            wanted = requests.setdefault(overrides, [])
            if request not in wanted:
                wanted.append(request)
            worlds[overrides] = max(worlds.get(overrides, 0), pattern.worlds)
    jobs = {
        overrides: _submit_worlds(overrides, worlds[overrides], wanted, opened)
        for overrides, wanted in requests.items()
    }
    values: dict[tuple[Overrides, MeasureRequest], Floats] = {}
    for overrides, futures in jobs.items():
        rows = [row for future in futures for row in future.result()]
        columns = np.array(rows, float).T
        for request, column in zip(requests[overrides], columns, strict=True):
            values[overrides, request] = column
    return values


def _list_requests(pattern: Pattern) -> Iterator[tuple[Overrides, MeasureRequest]]:
    """Yield all that the clauses of a pattern need, with each control and without one."""
    for control in (None, *pattern.controls):
        overrides = pattern.list_overrides(control)
        for clause in pattern.list_clauses(control):
            for arm in clause.arms:
                yield overrides[arm], clause.request


def _submit_worlds(
    overrides: Overrides, worlds: int, requests: Sequence[MeasureRequest], opened: OpenExecutor
) -> list[Future[list[list[float]]]]:
    """Submit the worlds of an arm in jobs of a few each."""
    futures = []
    for first in range(0, worlds, _WORLDS_PER_JOB):
        seeds = range(first, min(first + _WORLDS_PER_JOB, worlds))
        futures.append(opened.executor.submit(observe_worlds, overrides, seeds, tuple(requests)))
    return futures


def main(
    numbers: Iterable[int] = (),
    page: Path | None = None,
    out: Path = Path("runs/patterns"),
    executor: ExecutorSpec | None = None,
) -> int:
    """Test patterns, print and write the results; return 0 if all are confirmed, else 1.

    Args:
        numbers: numbers of the patterns; all if empty.
        page: Markdown page whose table is renewed; left alone unless all patterns are tested.
        out: folder of ``patterns.json`` and ``patterns.md``.
        executor: where the worlds run.
    """
    numbers = tuple(numbers)
    start = time.monotonic()
    patterns = load_patterns(only=numbers)
    with open_executor(executor or ExecutorSpec()) as opened:
        values = run_arms(patterns, opened)
    results = judge_patterns(patterns, values)
    seconds = time.monotonic() - start
    table.print_results(results, seconds)
    out.mkdir(parents=True, exist_ok=True)
    content = json.dumps(table.to_plain_data(results, seconds), indent=1)
    (out / "patterns.json").write_text(content, "utf-8")
    (out / "patterns.md").write_text(table.render_markdown(results), "utf-8")
    if page is not None and not numbers:
        text = table.renew_page(page.read_text("utf-8"), results)
        page.write_text(text, "utf-8")
    all_confirmed = all(result.is_confirmed for result in results)
    return 0 if all_confirmed else 1
