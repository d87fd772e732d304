"""A sweep from words to a study on disk, by the command and by the Python function."""

import json

import numpy as np
import polars as pl
import pytest

import equipoise
from equipoise.errors import EquipoiseError
from equipoise.experiments.cli.main import main
from equipoise.experiments.execution.sweep import sweep
from equipoise.experiments.execution.sweep_runner import SilentWatcher

TINY = ("community.size=50", "horizon=10", "burn_in=0")
SET_POINTS = "firm.set_point=0.6,0.7"
SERIAL = ("--executor", "serial")


def read_rows(folder, kind):
    """Return the rows of a study without their jobs, in one order."""
    rows = pl.read_parquet(f"{folder}/{kind}/*.parquet").drop("job")
    return rows.sort([name for name in ("point", "seed", "day") if name in rows.columns])


def test_same_command_again_finds_everything_done(sweep_command, tmp_path):
    words = (SET_POINTS, *TINY, *SERIAL, "--out", str(tmp_path / "s"))
    code, out, err = sweep_command(*words)
    assert (code, out) == (0, f"Written to {tmp_path / 's'}\n")
    assert "2 jobs, 2 runs in" in err
    assert "2 jobs, 2 runs (2 of the jobs earlier)" in sweep_command(*words)[2]


def test_changed_study_is_refused_with_its_changes_and_the_old_one_goes_on(sweep_command, tmp_path):
    words = (SET_POINTS, *TINY, *SERIAL, "--out", str(tmp_path))
    assert sweep_command(*words, "firm.band=0.04")[0] == 0
    code, _, err = sweep_command(*words, "firm.band=0.05", "seed=3")
    assert code == 2
    assert "seed: 0 before, 3 now" in err
    assert "point 0: firm.band: 0.04 before, 0.05 now" in err
    code, _, err = sweep_command(*words, "firm.band=0.04")
    assert (code, "2 jobs, 2 runs (2 of the jobs earlier)" in err) == (0, True)


def test_study_that_grows_is_the_study_of_all_worlds_at_once(sweep_command, tmp_path):
    words = (SET_POINTS, *TINY, *SERIAL, "--out")
    grown, whole = str(tmp_path / "grown"), str(tmp_path / "whole")
    assert sweep_command(*words, grown, "replicates=3")[0] == 0
    assert "2 jobs, 8 runs to do" in sweep_command(*words, grown, "replicates=7", "--dry-run")[1]
    for earlier in (2, 4):
        err = sweep_command(*words, grown, "replicates=7")[2]
        assert f"4 jobs, 14 runs ({earlier} of the jobs earlier)" in err
    assert sweep_command(*words, whole, "replicates=7")[0] == 0
    for kind in ("summary", "daily"):
        one, other = (read_rows(folder, kind) for folder in (grown, whole))
        assert one.equals(other, null_equal=True)
    requests = json.loads((tmp_path / "grown" / "study.json").read_text())["worlds"]
    assert [request["replicates"] for request in requests] == [3, 7]
    err = sweep_command(*words, grown, "replicates=2")[2]
    assert "2 jobs, 6 runs (2 of the jobs earlier)" in err


def test_points_that_are_equal_are_each_run_and_found_again(tmp_path):
    words = ("burn_in=interval(1,2)", "community.size=50", "horizon=5")
    options = {"samples": 5, "out": tmp_path, "executor": "serial", "watcher": SilentWatcher()}
    first = sweep(*words, **options)
    again = sweep(*words, **options)
    assert (first.runs, first.done, again.runs, again.done) == (5, 5, 5, 0)
    assert sorted(pl.read_parquet(tmp_path / "summary" / "*.parquet")["point"]) == [0, 1, 2, 3, 4]


def test_folder_with_something_else_is_left_alone(sweep_command, tmp_path, monkeypatch):
    letter = tmp_path / "letter.txt"
    letter.write_text("dear all")
    code, _, err = sweep_command(*TINY, "--out", str(tmp_path))
    assert (code, "holds something else" in err) == (2, True)
    code, _, err = sweep_command(*TINY, "--out", str(letter))
    assert (code, "holds something else" in err) == (2, True)
    assert list(tmp_path.iterdir()) == [letter]
    monkeypatch.chdir(tmp_path.parent)
    assert f"error: {tmp_path.name} holds" in sweep_command(*TINY, "--out", tmp_path.name)[2]


def test_folder_whose_name_is_too_long_is_refused(sweep_command, tmp_path):
    code, _, err = sweep_command(*TINY, "--out", str(tmp_path / ("x" * 300)))
    assert (code, "cannot be read" in err) == (2, True)


def test_dry_run_lists_jobs_and_costs_and_writes_nothing(sweep_command, tmp_path):
    words = (SET_POINTS, "replicates=4", *TINY, "--out", str(tmp_path / "s"))
    code, out, _ = sweep_command(*words, "--dry-run")
    assert code == 0
    assert "firm.set_point=0.6" in out
    assert "2 jobs, 8 runs to do: about" in out
    assert not (tmp_path / "s").exists()
    assert sweep_command(*words, *SERIAL, "-q")[0] == 0
    assert sweep_command(*words, "--dry-run")[1].endswith("0 jobs, 0 runs to do: nothing.\n")
    out = sweep_command(*words, "--until", "time_in_band:0.02", "--cap", "30", "--dry-run")[1]
    growth = "Then more, up to 30 worlds a point, until intervals of time_in_band are below 0.02."
    assert growth in out


def test_multirun_sweeps(capsys, tmp_path):
    words = (SET_POINTS, *TINY, "hydra/launcher=basic", "-q", "--out", str(tmp_path / "s"))
    with pytest.raises(SystemExit) as ended:
        main(["run", "-m", *words])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{tmp_path / 's'}\n"
    assert json.loads((tmp_path / "s" / "study.json").read_text())["points"] == 2


def test_python_function_sweeps_in_a_line(tmp_path):
    result = equipoise.sweep(SET_POINTS, *TINY, out=tmp_path / "s", executor="serial")
    assert (result.jobs, result.failures, result.complete) == (2, [], True)
    assert result.folder == tmp_path / "s"


def test_python_function_writes_into_studies_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = sweep(SET_POINTS, *TINY, executor="serial", watcher=SilentWatcher())
    assert result.folder.parent.name == "studies"
    assert (tmp_path / result.folder / "study.json").exists()


def test_python_function_takes_names_as_text_and_numbers_of_numpy(tmp_path):
    result = sweep(
        *(SET_POINTS, "firm.band=0.04,0.05", "community.size=50", "horizon=5"),
        zipped=["firm.set_point,firm.band"],
        points=[{"burn_in": np.int64(days)} for days in (1, 2)],
        daily="cost, satisfaction",
        out=tmp_path,
        executor="serial",
        watcher=SilentWatcher(),
    )
    assert (result.jobs, result.failures) == (4, [])
    assert {"cost", "satisfaction"} < set(pl.read_parquet(tmp_path / "daily" / "*.parquet").columns)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"timeout": -1}, "--timeout -1: give a number of seconds"),
        ({"timeout": "x"}, "--timeout x: give a number of seconds"),
        ({"workers": 1.5}, "--workers 1.5: give a number"),
        ({"samples": 4.5, "design": "lhs"}, "--samples 4.5: give how many"),
        ({"zipped": [["firm.set_point"]]}, "firm.set_point goes with nothing"),
        ({"executor": "proceses"}, "Did you mean 'processes'"),
    ],
)
def test_python_function_refuses_mistakes_before_anything_runs(tmp_path, options, line):
    words = ("firm.set_point=interval(0,1)", *TINY)
    with pytest.raises(EquipoiseError, match=line):
        sweep(*words, out=tmp_path / "s", watcher=SilentWatcher(), **options)
    assert not (tmp_path / "s").exists()
