"""A sweep from words to a study on disk, by the command and by the Python function."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import equipoise
from equipoise.errors import EquipoiseError
from equipoise.experiments.cli.main import main
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
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


# Notes

RECALL = (
    "strategy=pid_survey,oracle,do_nothing",
    "environment=recall",
    "replicates=7",
    "community.size=60",
    "network.count=6",
    "horizon=60",
)
RECALL_NOTE = "environment recall: the disturbances product_fault on day 60"
NETWORK = ("network=file", "strategy=do_nothing,oracle", "horizon=14", "burn_in=0", "replicates=2")
SUMMARY_NOTE = "4 people, 3 ties, 1 component; first tie 1-2"


@pytest.fixture
def arrows(tmp_path):
    path = tmp_path / "arrows.txt"
    path.write_text("1 -> 2\n2 -> 3\n3 -> 4\n")
    return f"network.path={path}"


def flat(text):
    return " ".join(text.split())


def show(command, folder, capsys):
    with pytest.raises(SystemExit):
        main([command, str(folder)])
    return flat(capsys.readouterr().out)


def test_disturbance_outside_the_horizon_is_noted_before_anything_runs(
    sweep_command, tmp_path, capsys
):
    folder = tmp_path / "s60"
    code, _, err = sweep_command(*RECALL, *SERIAL, "--out", str(folder))
    assert code == 0
    assert err.startswith(f"note: {RECALL_NOTE}")
    assert err.count(RECALL_NOTE) == 1
    assert show("compare", folder, capsys).count(RECALL_NOTE) == 1
    show("report", folder, capsys)
    assert RECALL_NOTE in flat((folder / "report" / "report.html").read_text())


def test_dry_run_notes_a_disturbance_outside_the_horizon(sweep_command, tmp_path):
    _, _, err = sweep_command(*RECALL, *SERIAL, "--dry-run", "--out", str(tmp_path / "s60"))
    assert RECALL_NOTE in err


def test_network_file_is_summarised_in_sweep_compare_and_report(
    sweep_command, tmp_path, arrows, capsys
):
    folder = tmp_path / "s"
    _, _, err = sweep_command(*NETWORK, arrows, *SERIAL, "--out", str(folder))
    assert err.count(SUMMARY_NOTE) == 1
    assert f"{SUMMARY_NOTE}\n" in err, "it is about all points, so none is named"
    assert show("compare", folder, capsys).count(SUMMARY_NOTE) == 1
    show("report", folder, capsys)
    assert SUMMARY_NOTE in flat((folder / "report" / "report.html").read_text())
    again = sweep_command(*NETWORK, arrows, *SERIAL, "--out", str(folder))[2]
    assert again.count(SUMMARY_NOTE) == 1
    assert len([*(folder / "notes").iterdir()]) == 1


def test_quiet_sweep_prints_no_notes(sweep_command, tmp_path, arrows):
    words = (*NETWORK, arrows, "environment=recall", *SERIAL, "--quiet")
    assert sweep_command(*words, "--out", str(tmp_path / "s"))[2] == ""


def test_notes_are_in_the_python_objects(tmp_path, arrows):
    options = {"executor": "serial", "watcher": SilentWatcher()}
    result = sweep(*NETWORK, arrows, "environment=recall,calm", out=tmp_path / "s", **options)
    assert len(result.notes) == 2
    assert result.notes[0].endswith("(at environment=recall)")
    assert result.notes[1].endswith(SUMMARY_NOTE)
    comparison = equipoise.compare(result)
    assert [note for note in result.notes if note in comparison.notes] == result.notes


def test_stopped_sweep_keeps_the_notes_of_its_runs_and_the_rest_adds_none(tmp_path, arrows):
    class Stopping(SilentWatcher):
        def on_result(self, result):
            raise KeyboardInterrupt

    options = {"out": tmp_path / "s", "executor": "serial"}
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        sweep(*NETWORK, arrows, watcher=Stopping(), **options)
    (first,) = (tmp_path / "s" / "notes").iterdir()
    assert json.loads(first.read_text())["points"] == [[0, 0]]
    result = sweep(*NETWORK, arrows, watcher=SilentWatcher(), **options)
    assert [note.endswith(SUMMARY_NOTE) for note in result.notes] == [True]
    (path,) = (tmp_path / "s" / "notes").iterdir()
    assert json.loads(path.read_text())["points"] == [[0, 1]]


def test_processes_carry_notes_too(tmp_path, arrows):
    result = sweep(*NETWORK, arrows, out=tmp_path / "s", workers=1, watcher=SilentWatcher())
    assert [note.endswith(SUMMARY_NOTE) for note in result.notes] == [True]


def test_damaged_note_is_set_aside_and_planning_notes_are_written_anew(tmp_path):
    words = ("strategy=do_nothing,oracle", "environment=recall", *TINY, "network.count=5")
    options = {"out": tmp_path / "s", "executor": "serial", "watcher": SilentWatcher()}
    notes = sweep(*words, **options).study_notes
    for path in (tmp_path / "s" / "notes").iterdir():
        path.write_text("")
    again = sweep(*words, **options)
    assert again.study_notes[:1] == notes[:1]
    assert "was moved to damaged/" in again.progress_notes[0]


def test_sweeps_of_the_readme_miss_no_disturbance():
    readme = Path(__file__).parents[3] / "README.md"
    commands = re.findall(r"\$ equipoise sweep (.+)", readme.read_text("utf-8"))
    assert commands
    for command in commands:
        words = shlex.split(command.partition(" --")[0])
        assert plan_study(StudyRequest(tuple(words))).planning_notes == []
