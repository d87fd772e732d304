"""Benchmark of sweeps: its study, shares of time, synthetic records, and tiny runs."""

import pyarrow.parquet as pq
import pytest

from equipoise.experiments.benchmarks import sweeps
from equipoise.experiments.benchmarks.sweeps import Durations
from equipoise.experiments.execution.perform import perform_job

TINY = ("community.size=20", "horizon=2")


def test_the_study_has_as_many_points_as_jobs():
    study = sweeps.plan_small_study(7, *TINY)
    assert len(study.points) == 7
    assert len({job.name for job in sweeps._list_jobs(study)}) == 7


def test_efficiency_is_one_when_two_processes_halve_the_time(monkeypatch):
    # 10 s alone and 5 s on two processes, which never wait; the main process takes 1 s
    durations = {1: Durations(10.0, 10.0, 1.0), 2: Durations(5.0, 10.0, 1.0)}
    monkeypatch.setattr(sweeps, "time_jobs", lambda jobs, workers: durations[workers])
    monkeypatch.setattr(sweeps, "time_job_processor", lambda study: 1.0)
    efficiency = sweeps.measure_efficiency(18)
    assert efficiency.speedup == pytest.approx(1.0)
    assert efficiency.in_jobs == pytest.approx(1.0)
    assert efficiency.of_processor == pytest.approx(18 / 20)
    assert efficiency.job_milliseconds == pytest.approx(20 / 18 * 1e3)


def test_efficiency_is_a_half_when_two_processes_gain_nothing(monkeypatch):
    monkeypatch.setattr(sweeps, "time_jobs", lambda jobs, workers: Durations(10.0, 10.0, 1.0))
    monkeypatch.setattr(sweeps, "time_job_processor", lambda study: 1.0)
    efficiency = sweeps.measure_efficiency(4)
    assert efficiency.speedup == pytest.approx(0.5)
    assert efficiency.in_jobs == pytest.approx(0.5)


def test_a_copied_result_belongs_to_its_new_job():
    first, second = sweeps._list_jobs(sweeps.plan_small_study(2, *TINY))
    result = perform_job(first)
    copy = sweeps._copy_result(second, result)
    assert (copy.name, copy.point) == (second.name, second.point)
    assert copy.summary is result.summary
    assert copy.daily is result.daily


def test_synthetic_records_have_a_row_for_every_run_and_day(tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps, "_RUNS", 6)
    monkeypatch.setattr(sweeps, "_RUNS_OF_A_PART", 3)
    monkeypatch.setattr(sweeps, "_DAYS", 4)
    monkeypatch.setattr(sweeps, "_MEASURES", 2)
    size = sweeps.write_synthetic_study(tmp_path)
    files = sorted(tmp_path.glob("*.parquet"))
    assert size == sum(file.stat().st_size for file in files)
    tables = [pq.read_table(file) for file in files]
    assert [table.num_rows for table in tables] == [12, 12]
    assert tables[0].column_names == ["strategy", "seed", "day", "measure_0", "measure_1"]
    assert tables[1]["strategy"].to_pylist() == ["strategy_1"] * 12
    assert tables[0]["day"].to_pylist() == [0, 1, 2, 3] * 3


def test_the_query_runs_on_synthetic_records(monkeypatch):
    monkeypatch.setattr(sweeps, "_RUNS", 4)
    monkeypatch.setattr(sweeps, "_RUNS_OF_A_PART", 2)
    monkeypatch.setattr(sweeps, "_DAYS", 3)
    seconds, size = sweeps.time_query()
    assert seconds > 0
    assert size > 0


@pytest.mark.slow
def test_a_tiny_benchmark_measures_every_share():
    efficiency = sweeps.measure_efficiency(40)
    assert efficiency.in_jobs > 0
    assert efficiency.of_processor > 0
    assert sweeps.time_overhead(5) > 0


@pytest.mark.slow
def test_the_peak_memory_is_that_of_a_process_with_the_model():
    assert sweeps.measure_memory(6) > 50
