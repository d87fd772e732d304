"""The store: parts that are whole whenever the process dies, and that everybody can read."""

import csv
import errno
import itertools
import os
import subprocess
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import equipoise
from equipoise.analysis.frames import load_study_days, load_study_rows
from equipoise.analysis.summary import measure_record
from equipoise.errors import EquipoiseError
from equipoise.experiments.design.daily_columns import select_daily_columns
from equipoise.experiments.design.job import Job, JobResult, pack_json, unpack_json
from equipoise.experiments.execution.perform import perform_job
from equipoise.experiments.storage import tables
from equipoise.experiments.storage.store import MAX_FRESH_RUNS, Store, export_csv
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings


@pytest.fixture(scope="module")
def job():
    told = {
        "community": {"size": 50},
        "burn_in": 2,
        "horizon": 8,
        "effector": {"repair": {"kind": "repair"}},
    }
    settings = Settings.model_validate(told)
    columns = select_daily_columns(["repair", "respond"], settings.firm.departments)
    labels = {"strategy": "custom", "environment": "calm", "firm.band": 0.04}
    return Job("0000", 0, pack_json(dump_settings(settings)), 0, 3, labels, columns)


@pytest.fixture(scope="module")
def result(job):
    done = perform_job(job)
    assert not done.failure, done.trace
    return done


def renamed(result, number, worlds=3):
    """Return the result as that of another job at another point: only its names change."""
    name = f"{number:04d}"
    parts = []
    for body in (result.summary, result.daily):
        table = tables.from_arrow(body)
        for column, value in (("job", name), ("point", number)):
            k, field = table.schema.get_field_index(column), table.schema.field(column)
            table = table.set_column(k, field, pa.array([value] * table.num_rows).cast(field.type))
        parts.append(
            tables.to_parquet(table) if worlds >= tables.MIN_PART_RUNS else tables.to_arrow(table)
        )
    return JobResult(name, number, 0, worlds, 0.1, *parts)


def seen(folder, kind="summary"):
    """Return the rows that a reader of the folder finds."""
    parts = sorted((folder / kind).iterdir())
    return (
        pl.concat([pl.read_parquet(part) for part in parts]) if parts else pl.DataFrame({"job": []})
    )


# Jobs of few runs wait until there are enough for a part; at the end none waits.
def test_small_jobs_are_joined_to_parts(tmp_path, result):
    store = Store(tmp_path)
    with store.lock():
        for number in range(MAX_FRESH_RUNS // 3 + 1):
            store.save_result(renamed(result, number))
        assert len([*(tmp_path / "summary").iterdir()]) == 1
        assert len([*(tmp_path / "fresh").iterdir()]) == 2
        store.join_fresh()
        assert not [*(tmp_path / "fresh").iterdir()]
        assert store.list_finished_worlds() == {
            number: [range(3)] for number in range(MAX_FRESH_RUNS // 3 + 1)
        }
    assert seen(tmp_path).height == MAX_FRESH_RUNS + 3
    assert seen(tmp_path, "daily").height == 10 * (MAX_FRESH_RUNS + 3)


# A job of many runs is a part of its own at once.
def test_large_jobs_are_parts(tmp_path, result):
    store = Store(tmp_path)
    with store.lock():
        store.save_result(renamed(result, 7, worlds=20))
    assert [path.name for path in (tmp_path / "summary").iterdir()] == ["0007.parquet"]


def rows_by_job(folder, kind):
    return sorted(seen(folder, kind)["job"].cast(pl.String).value_counts()["count"].to_list())


# Killed after any number of steps on disk, also while parts are joined: what a reader finds is
# whole and without doubles, no finished job is lost, and the same sweep leads to the same end.
def test_killed_at_any_step(tmp_path, result, crash_at):
    jobs = [renamed(result, number) for number in range(3)]
    for limit in itertools.count():
        store, kept = Store(tmp_path / str(limit)), []
        with store.lock():
            store.save_result(JobResult("earlier", 0, 0, 2, failure="no luck"))
        with store.lock(), crash_at(limit) as crash:
            for job in jobs:
                store.save_result(job)
                kept.append(job.point)
            store.join_fresh()
        assert rows_by_job(store.folder, "summary") in ([], [3, 3, 3])
        again = Store(store.folder)
        with again.lock():
            assert set(kept) <= set(again.list_finished_worlds())
            assert not (again.read_failures() and 0 in again.list_finished_worlds()), (
                "what is done is no failure"
            )
            for job in jobs:
                if job.point not in again.list_finished_worlds():
                    again.save_result(job)
            again.join_fresh()
        assert rows_by_job(store.folder, "summary") == [3, 3, 3]
        assert rows_by_job(store.folder, "daily") == [30, 30, 30]
        assert not [*(store.folder / "fresh").iterdir()]
        if not crash.happened:
            break
    assert limit > 20, "there are fewer steps than there should be"


# A job leaves a row a run and a row a day of a run, with labels, units, and nan for the rest.
def test_tables(tmp_path, result, job):
    (tmp_path / "s.parquet").write_bytes(tables.join_streams([result.summary]))
    (tmp_path / "d.parquet").write_bytes(tables.join_streams([result.daily]))
    runs, days = pl.read_parquet(tmp_path / "s.parquet"), pl.read_parquet(tmp_path / "d.parquet")
    keys = ["job", "point", "strategy", "environment", "firm.band", "replicate", "seed"]
    assert runs.columns[:7] == days.columns[:7] == keys
    assert (runs.height, days.height) == (3, 30)
    assert runs["seed"].to_list() == [0, 1, 2]
    assert days["day"].unique().sort().to_list() == list(range(-2, 8))
    assert days["satisfaction"].dtype == pl.Float32
    assert runs["time_in_band"].dtype == pl.Float64
    assert days["effort_respond"].is_nan().all(), (
        "this run has no such effector; others of the study have"
    )
    assert not days["effort_repair"].is_nan().any()
    assert pq.read_schema(tmp_path / "d.parquet").field("cost").metadata[b"unit"] == b"$"


# The measures are those of the same run done alone, to the last bit.
def test_measures_are_those_of_a_run(tmp_path, result, job):
    (tmp_path / "s.parquet").write_bytes(tables.join_streams([result.summary]))
    runs = pl.read_parquet(tmp_path / "s.parquet")
    done = equipoise.run(Settings.model_validate(unpack_json(job.settings) | {"replicates": 3}))
    for row, record in zip(runs.iter_rows(named=True), done.records, strict=True):
        alone = measure_record(record, done.settings)
        assert np.array_equal([row[name] for name in alone], [*alone.values()], equal_nan=True)


# Polars, pandas and DuckDB read a study in two lines, and read the same.
def test_everybody_reads_it(tmp_path, result):
    store = Store(tmp_path)
    with store.lock():
        for number in range(25):
            store.save_result(renamed(result, number))
        store.join_fresh()
    by_polars = pl.read_parquet(f"{tmp_path}/summary/*.parquet")
    by_pandas = pd.read_parquet(tmp_path / "summary")
    by_duckdb = duckdb.sql(f"select * from '{tmp_path}/summary/*.parquet'").fetchnumpy()
    for name in ("time_in_band", "revenue", "firm.band"):
        expected = sorted(by_polars[name].to_list())
        assert sorted(by_pandas[name]) == expected
        assert sorted(by_duckdb[name].tolist()) == expected


# A CSV file has the same rows, with empty places for what is not known.
def test_export(tmp_path, result):
    store = Store(tmp_path / "s")
    with store.lock():
        store.write_manifest({}, [{"point": 0}])
        store.save_result(result)
        store.join_fresh()
    assert export_csv(tmp_path / "s", "daily", tmp_path / "d.csv") == 30
    with (tmp_path / "d.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert {row["effort_respond"] for row in rows} == {""}
    assert float(rows[0]["satisfaction"]) == pytest.approx(0.7, abs=0.1)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


# What is no study, or has nothing to export, is told so.
def test_export_of_nothing(tmp_path):
    with pytest.raises(EquipoiseError, match=r"is no study: it has no study\.json"):
        export_csv(tmp_path, "summary", tmp_path / "x.csv")
    store = Store(tmp_path / "s")
    with store.lock():
        store.write_manifest({}, [{"point": 0}])
    with pytest.raises(EquipoiseError, match="no daily record yet"):
        export_csv(tmp_path / "s", "daily", tmp_path / "x.csv")


# A link stays a link, and a device a device: what it stands for is written.
def test_export_through_a_link(tmp_path, result):
    store = Store(tmp_path / "s")
    with store.lock():
        store.write_manifest({}, [{"point": 0}])
        store.save_result(result)
        store.join_fresh()
    (tmp_path / "link.csv").symlink_to(tmp_path / "far.csv")
    export_csv(tmp_path / "s", "summary", tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert len((tmp_path / "far.csv").read_text().splitlines()) == 4
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE, text=True) as reader:
        export_csv(tmp_path / "s", "summary", tmp_path / "pipe")
        assert len(reader.communicate(timeout=20)[0].splitlines()) == 4
    assert (tmp_path / "pipe").is_fifo()


# A full disk is told in a line; nothing of the torn file is left, and there is no less than before.
def test_a_full_disk(tmp_path, result, monkeypatch):
    store = Store(tmp_path)
    full = False

    def write(path, content):
        with path.open("wb") as file:
            file.write(content[: len(content) // 2] if full else content)
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write)
    with store.lock():
        store.save_result(result)
        full = True
        with pytest.raises(
            EquipoiseError,
            match=r"cannot be written: No space left on device\. Finished runs are kept",
        ):
            store.save_result(renamed(result, 1))
        with pytest.raises(EquipoiseError, match="No space left"):
            store.join_fresh()
    assert sorted(path.name for path in (tmp_path / "fresh").iterdir()) == [
        "0000.daily.arrow",
        "0000.summary.arrow",
    ]
    full = False
    with store.lock():
        assert store.list_finished_worlds() == {0: [range(3)]}
        store.join_fresh()
    assert len(seen(tmp_path)) == 3


@pytest.mark.parametrize("name", ["summary/x.parquet", "fresh/x.summary.arrow", "failures/x.json"])
def test_a_reader_names_a_damaged_file_and_the_remedy(tmp_path, name):
    store = Store(tmp_path)
    with store.lock():
        (tmp_path / name).write_text("{")
    remedy = f"{name} cannot be read: .*The same sweep sets it aside"
    read = store.read_failures if name.startswith("failures") else store.list_finished_worlds
    with pytest.raises(EquipoiseError, match=remedy):
        read()


# Who looks while another process joins jobs to a part finds them all.
def test_done_while_jobs_are_joined(tmp_path, result, monkeypatch):
    store, glob = Store(tmp_path), Path.glob
    with store.lock():
        store.save_result(result)

        def joined_after(path, pattern):
            found = [*glob(path, pattern)]
            store.join_fresh()
            return found

        with monkeypatch.context() as patch:
            patch.setattr(Path, "glob", joined_after)
            assert Store(tmp_path).list_finished_worlds() == {0: [range(3)]}


# Brackets and stars in a folder's name are no pattern.
def test_a_folder_of_odd_name(tmp_path, result):
    store = Store(tmp_path / "a [b] * = ?")
    with store.lock():
        store.save_result(result)
        store.join_fresh()
    assert len(load_study_rows(store.folder, ["cost"])) == 3
    assert load_study_days(store.folder, [0], ["satisfaction"])["satisfaction"].shape == (3, 8)
