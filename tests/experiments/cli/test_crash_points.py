"""Commands that write, killed at every step on the disk: the same command succeeds afterwards."""

import itertools
from pathlib import Path

import pytest

import equipoise
from equipoise.experiments.cli import new
from equipoise.experiments.storage import run_output
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
