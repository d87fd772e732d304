"""Commands that write, killed at every step on the disk: the same command succeeds afterwards."""

import itertools
from pathlib import Path

import polars as pl
import pytest

import equipoise
from equipoise.experiments.cli import new
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.sweep_runner import run_study
from equipoise.experiments.search import (
    envelope,
    envelope_output,
    outputs,
    sensitivity,
    sensitivity_output,
    tuning,
    tuning_output,
)
from equipoise.experiments.search.tuning_spec import plan_tuning
from equipoise.experiments.storage import run_output, store
from equipoise.experiments.storage.tables import write_csv
from equipoise.experiments.studies import compare
from equipoise.output.run_folder import load_run

SMALL = ("community.size=60", "network.count=6", "horizon=14", "burn_in=0")
FOREIGN = b"somebody else's notes"


def read_files(folder):
    """Return the files of a folder by name, without those of a killed process."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".partial" not in str(path.relative_to(folder))
    }


def put(path, content):
    """Write a file without a step that can be killed."""
    with path.open("wb") as file:
        file.write(content)


def crash_points(crash_at, place, write):
    """Kill a writer at each step, in a folder of its own; yield the step and that folder."""
    for limit in itertools.count():
        folder = place / f"at-{limit}"
        folder.mkdir()
        put(folder / "notes.txt", FOREIGN)
        with crash_at(limit) as crash:
            write(folder)
        assert (folder / "notes.txt").read_bytes() == FOREIGN
        yield limit, folder
        if not crash.happened:
            break


@pytest.fixture(scope="module")
def small_run():
    return equipoise.run(equipoise.compose(*SMALL))


@pytest.fixture
def write_run(small_run, monkeypatch):
    # Drawing is slow, and no step on the disk.
    pictures = {"figure.png": b"png", "figure.svg": b"svg"}
    monkeypatch.setattr(run_output, "render_run_figures", lambda run: pictures)
    return lambda folder: run_output.save(small_run, folder / "run")


def test_run_killed_at_any_step_leaves_no_half_folder(tmp_path, crash_at, write_run, small_run):
    steps = 0
    for steps, folder in crash_points(crash_at, tmp_path, write_run):  # noqa: B007
        if not (folder / "run").exists():
            write_run(folder)
        again = load_run(folder / "run")
        assert again.settings == small_run.settings
    assert steps >= 5, "there are fewer steps than there should be"


@pytest.mark.parametrize("earlier", [None, b"earlier"])
def test_export_killed_at_any_step_is_whole_or_absent(
    tmp_path, crash_at, write_study, study_points, earlier
):
    study = write_study("study", study_points("do_nothing", "oracle"))
    parts = sorted((study / "summary").glob("*.parquet"))
    write_csv(parts, tmp_path / "whole.csv")
    whole = (tmp_path / "whole.csv").read_bytes()

    def write(folder):
        if earlier:
            put(folder / "x.csv", earlier)
        write_csv(parts, folder / "x.csv")

    check_file(tmp_path / "killed", crash_at, write, earlier, whole)


@pytest.mark.parametrize("name", ["x.csv", "x.json"])
@pytest.mark.parametrize("earlier", [None, b"earlier"])
def test_comparison_killed_at_any_step_is_whole_or_absent(
    tmp_path, crash_at, write_study, study_points, name, earlier
):
    study = write_study("study", study_points("do_nothing", "oracle"))
    comparison = compare.compare(study)
    compare.export(comparison, study, tmp_path / name)
    whole = (tmp_path / name).read_bytes()

    def write(folder):
        if earlier:
            put(folder / name, earlier)
        compare.export(comparison, study, folder / name)

    check_file(tmp_path / "killed", crash_at, write, earlier, whole)


def check_file(place, crash_at, write, earlier, whole):
    """Check that a file is the earlier one or the whole new one, and that writing ends well."""
    place.mkdir()
    for _, folder in crash_points(crash_at, place, write):
        contents = [content for name, content in read_files(folder).items() if name != "notes.txt"]
        assert contents in ([], [earlier], [whole])
        write(folder)
        assert whole in read_files(folder).values()


@pytest.mark.parametrize("kind", ["strategy", "receptor"])
def test_starting_point_killed_at_any_step_is_refused_or_written(tmp_path, crash_at, kind):
    def write(folder):
        new.new_command(kind, "mine", folder / "mine")

    steps = 0
    for steps, folder in crash_points(crash_at, tmp_path, write):  # noqa: B007
        left = read_files(folder / "mine") if (folder / "mine").exists() else {}
        expected = {name: text.encode() for name, text in new.build_files(kind, "mine").items()}
        assert left.items() <= expected.items(), "a file is there that is not whole"
        if not left:
            write(folder)
            assert read_files(folder / "mine") == expected
    assert steps >= 1


def test_trace_writes_nothing(tmp_path, write_run, monkeypatch):
    from equipoise.experiments.cli.trace import trace_command

    write_run(tmp_path)
    before = read_files(tmp_path)

    def refuse(*_, **__):
        raise AssertionError("trace writes")

    for name in ("write_bytes", "write_text", "mkdir", "replace", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    trace_command(tmp_path / "run")
    monkeypatch.undo()
    assert read_files(tmp_path) == before


# Searches and sweeps. A copy of the disk is taken at each step; in each copy the same command runs.

TINY = ("community.size=20", "network.count=4", "horizon=6", "burn_in=0", "environment=recall")
SERIAL = ExecutorSpec("serial")
# Without a content of their own: names of parts depend on the jobs that wait together.
UNCOMPARED = ("checksums.txt", ".lock", "trials.journal", "tuning.csv", "tuning.parquet")


@pytest.fixture
def quick_figures(monkeypatch):
    """Replace the drawing of figures, which is slow and writes nothing."""
    for name in ("svg_bytes", "png_bytes"):
        monkeypatch.setattr(outputs, name, lambda figure: b"figure")
    monkeypatch.setattr(envelope_output, "_draw_figure", lambda *_: "figure")
    monkeypatch.setattr(envelope, "find_boxes", lambda *_: ())
    monkeypatch.setattr(tuning_output, "_draw_tuning", lambda *_: "figure")
    monkeypatch.setattr(sensitivity_output, "sensitivity_figure", lambda *_: "figure")


def read_rows(folder):
    """Return the runs or days in the parts of a study, in one order."""
    parts = sorted(folder.glob("*.parquet"))
    if not parts:
        return None
    table = pl.read_parquet(parts).with_columns(pl.col(pl.Categorical).cast(pl.String))
    keys = [name for name in ("point", "seed", "day") if name in table.columns]
    return table.sort(keys).to_dict(as_series=False)


def describe(home):
    """Return all that a command has written, and the user's file beside it."""
    files = {}
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        # A tuning that was killed repeats a round under another name.
        if path.name in UNCOMPARED or name.startswith("study/rounds/"):
            continue
        if path.name in ("summary", "daily"):
            files[name] = repr(read_rows(path))
        elif path.is_file() and path.parent.name not in ("summary", "daily"):
            files[name] = path.read_bytes()
    return files


def check_kills(disk_states, home, act, least):
    """Kill a command at each step, repeat it, and compare with a command that was not killed."""
    home.mkdir()
    put(home / "notes.txt", FOREIGN)
    states = disk_states(lambda: act(home / "study"), home)
    expected = describe(home)
    assert expected["notes.txt"] == FOREIGN
    assert not any(name.endswith(".partial") for name in expected)
    for state in states:
        act(state / "study")
        assert describe(state) == expected, state
    assert len(states) >= least, "there are fewer steps than there should be"
    return states


@pytest.mark.parametrize("replicates", [2, 20])
def test_sweep_killed_at_any_step_loses_nothing(tmp_path, disk_states, monkeypatch, replicates):
    monkeypatch.setattr(store, "MAX_FRESH_RUNS", 2)
    words = (*TINY, f"replicates={replicates}", "firm.band=0.05,0.06")
    study = plan_study(StudyRequest(words))
    assert study.notes, "there are notes to be kept"

    def act(folder):
        assert run_study(study, folder, SERIAL).complete

    check_kills(disk_states, tmp_path / "whole", act, 30)


SPACE = (*TINY[:2], "burn_in=0", "strategy=do_nothing", "replicates=2")
RANGES = ("horizon=interval(2,18)", "firm.set_point=interval(0.5,0.9)")


@pytest.mark.slow
def test_envelope_killed_at_any_step_loses_nothing(tmp_path, disk_states, quick_figures):
    spec = envelope.plan_envelope((*SPACE, *RANGES), holds="days<=11", steps=2)

    def act(folder):
        assert envelope.run_envelope(spec, folder, SERIAL).sweep.complete

    check_kills(disk_states, tmp_path / "whole", act, 40)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_sensitivity_killed_at_any_step_loses_nothing(tmp_path, disk_states, quick_figures):
    spec = sensitivity.plan_sensitivity((*SPACE, *RANGES), (), "days", "morris", 4)

    def act(folder):
        assert sensitivity.run_sensitivity(spec, folder, SERIAL).sweep.complete

    check_kills(disk_states, tmp_path / "whole", act, 40)


@pytest.mark.slow
def test_tuning_killed_at_any_step_loses_nothing(tmp_path, disk_states, quick_figures):
    words = (*TINY, "strategy=pid_survey", "replicates=1", "control_center.kp=interval(0,20)")
    spec = plan_tuning(words, (), ("iae_per_day",), 2, 5, (), 0)

    def act(folder):
        assert tuning.run_tuning(spec, folder, SERIAL).complete

    states = check_kills(disk_states, tmp_path / "whole", act, 60)
    whole = read_trials(tmp_path / "whole")
    assert len(whole) == 2
    for state in states:
        assert read_trials(state).equals(whole), state


def read_trials(home):
    """Return the trials of a tuning; a killed one numbers those anew that it asks for again."""
    table = pl.read_parquet(home / "study" / "tuning.parquet")
    return table.drop("trial").sort("control_center.kp")
