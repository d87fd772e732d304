"""Performing a job: its tables are those of a run, and whatever goes wrong is a result."""

import numpy as np
import polars as pl
import pytest

import equipoise
from equipoise.analysis.summary import measure_record
from equipoise.errors import EquipoiseError
from equipoise.experiments.design import identity
from equipoise.experiments.design.job import Job, pack_json, unpack_json
from equipoise.experiments.execution import perform
from equipoise.experiments.execution.perform import JobTimeout, error_line, perform_job
from equipoise.experiments.storage import tables
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings


def build_job(first=0, worlds=2, **fields):
    data = {"community": {"size": 50}, "burn_in": 2, "horizon": 8, "seed": 5}
    packed = pack_json(dump_settings(Settings.model_validate(data)))
    return Job("abc", 3, packed, first, worlds, **fields)


def test_measures_are_those_of_a_run_to_the_last_bit():
    job = build_job(worlds=3)
    result = perform_job(job)
    rows = pl.from_arrow(tables.from_arrow(result.summary)).iter_rows(named=True)
    settings = Settings.model_validate(unpack_json(job.settings) | {"replicates": 3})
    finished = equipoise.run(settings)
    for row, record in zip(rows, finished.records, strict=True):
        expected = measure_record(record, finished.settings)
        measured = [row[name] for name in expected]
        assert np.array_equal(measured, list(expected.values()), equal_nan=True)


def test_block_of_worlds_is_the_same_alone_and_among_others():
    together = pl.from_arrow(tables.from_arrow(perform_job(build_job(0, 4)).summary))
    alone = pl.from_arrow(tables.from_arrow(perform_job(build_job(2, 2)).summary))
    assert alone["seed"].to_list() == [7, 8]
    assert together[2:].drop("job").equals(alone.drop("job"), null_equal=True)


def test_days_are_kept_only_if_columns_are_asked_for():
    assert perform_job(build_job()).daily == b""
    days = tables.from_arrow(perform_job(build_job(columns=("day", "satisfaction"))).daily)
    assert days.num_rows == 2 * 10
    assert days.column_names[-2:] == ["day", "satisfaction"]


def test_result_names_the_job_and_its_time():
    result = perform_job(build_job(first=4))
    assert (result.name, result.point, result.first, result.worlds) == ("abc", 3, 4, 2)
    assert result.seconds > 0
    assert result.failure == ""


def test_job_that_takes_too_long_fails_after_a_day():
    result = perform_job(build_job(timeout=1e-9))
    assert result.failure == "took longer than 1e-09 s"
    assert "JobTimeout" in result.trace


def test_job_of_other_code_is_refused():
    assert perform_job(build_job(code=identity.code_digest())).failure == ""
    result = perform_job(build_job(code="other"))
    assert result.failure.startswith("this worker runs another version of the code, or a processor")


@pytest.mark.parametrize("error", [RuntimeError("broken"), MemoryError(), SystemExit(7)])
def test_error_of_a_job_is_its_failure_with_a_traceback(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(perform, "run", fail)
    result = perform_job(build_job())
    assert result.failure == error_line(error)
    assert "Traceback" in result.trace
    assert result.summary == b""


def test_ctrl_c_is_no_failure(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(perform, "run", interrupt)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        perform_job(build_job())


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError("17 GB"), "out of memory"),
        (EquipoiseError("One.", "Two."), "One. Two."),
        (JobTimeout("took longer than 3 s"), "took longer than 3 s"),
        (ValueError("odd\n  number"), "ValueError: odd number"),
        (SystemExit(7), "SystemExit: 7"),
    ],
)
def test_error_is_told_in_one_line(error, line):
    assert error_line(error) == line
