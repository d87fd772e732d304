"""Benchmark of the model: timing, its table, and tiny runs."""

import subprocess
from itertools import pairwise

import pytest

from equipoise.experiments.benchmarks import model
from equipoise.experiments.benchmarks.model import BenchmarkLine


class Clock:
    """A clock that advances by given seconds between the two calls of a measurement."""

    def __init__(self, durations):
        ends = [0.0]
        for duration in durations:
            ends += [ends[-1], ends[-1] + duration]
        self.times = iter(ends[1:])

    def __call__(self):
        return next(self.times)


def test_the_median_time_is_that_of_all_repetitions(monkeypatch):
    monkeypatch.setattr(model.time, "perf_counter", Clock([5.0, 1.0, 2.0]))
    calls = []
    assert model.time_median(lambda: calls.append(1), 3) == pytest.approx(2.0)
    assert len(calls) == 3


def test_the_time_of_a_run_is_divided_by_people_and_days(monkeypatch):
    monkeypatch.setattr(model, "time_median", lambda act, times: 0.5)
    monkeypatch.setattr(model, "World", lambda settings: Runnable())
    assert model.time_consumer_day(1_000, 50, 3) == pytest.approx(0.5 / 50_000 * 1e9)


class Runnable:
    def run(self):
        return None


def test_a_new_process_sees_the_given_environment():
    code = "import os; assert os.environ['EQUIPOISE_BENCH'] == 'here'"
    assert model.time_new_process(code, EQUIPOISE_BENCH="here") > 0


def test_a_failing_process_is_an_error_and_not_a_time():
    with pytest.raises(subprocess.CalledProcessError, match="non-zero exit status"):
        model.time_new_process("raise SystemExit(3)")


def test_the_table_shows_subject_result_and_required_value(capsys):
    model.print_benchmark("Title", [BenchmarkLine("import", "0.42 s", "under 1.5 s")])
    shown = capsys.readouterr().out
    places = [shown.index(text) for text in ("Title", "import", "0.42 s", "under 1.5 s", "cores")]
    assert all(before < after for before, after in pairwise(places))


@pytest.mark.slow
def test_a_tiny_benchmark_measures_both_engines():
    compiled, mesa = model.time_engines(size=50, days=1)
    assert compiled > 0
    assert mesa > 0
