"""Where a run may be written: empty folders, links, the current folder, long names."""

import os
from pathlib import Path

import pytest

from equipoise import run
from equipoise.errors import EquipoiseError
from equipoise.experiments.config.compose import compose
from equipoise.experiments.execution import single_run
from equipoise.experiments.storage import run_output
from equipoise.output import run_folder
from equipoise.output.run_folder import check_output_folder, load_run, save_run

SMALL = ["community.size=20", "network.count=3", "horizon=3", "burn_in=0"]
NAMES = ["daily.parquet", "manifest.json", "settings.yaml", "summary.json"]


@pytest.fixture(scope="module")
def finished():
    return run(compose(*SMALL))


def file_names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def test_empty_folder_is_filled_and_stays_the_same_folder(finished, tmp_path):
    folder = tmp_path / "mounted"
    folder.mkdir()
    (folder / "lost+found").mkdir()
    number = folder.stat().st_ino
    check_output_folder(folder)
    save_run(finished, folder)
    assert folder.stat().st_ino == number
    assert file_names(folder) == sorted([*NAMES, "lost+found"])
    assert file_names(tmp_path) == ["mounted"]
    assert load_run(folder).complete


def test_link_to_an_empty_folder_is_followed(finished, tmp_path):
    (tmp_path / "scratch").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "scratch")
    check_output_folder(tmp_path / "link")
    save_run(finished, tmp_path / "link")
    assert file_names(tmp_path / "scratch") == NAMES


def test_current_folder_is_filled(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_output_folder(Path())
    assert single_run.save_or_rescue(finished, Path())[1] == ()
    assert set(NAMES) <= set(file_names("."))
    assert tmp_path.name in (tmp_path / "settings.yaml").read_text().splitlines()[0]
    with pytest.raises(EquipoiseError, match="is not empty"):
        check_output_folder(Path())


def test_failure_while_a_folder_is_filled_leaves_it_empty(finished, tmp_path, monkeypatch):
    rename = Path.rename

    def fail(path, target):
        if path.name == run_folder.MANIFEST_FILE:
            # Without its manifest, which is the last file, the folder is no run.
            assert {*NAMES} - {*file_names(tmp_path)} == {run_folder.MANIFEST_FILE}
            with pytest.raises(EquipoiseError, match="no manifest"):
                load_run(tmp_path)
            raise OSError("full")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="full"):
        save_run(finished, tmp_path)
    assert file_names(tmp_path) == []


def test_named_folder_that_was_taken_meanwhile_is_not_renamed(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(run_output.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setattr(run_output, "render_run_figures", lambda run: {})
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "other.txt").touch()
    place, problems = single_run.save_or_rescue(finished, tmp_path / "here")
    assert place == tmp_path / "temporary/equipoise-here"
    assert "could not be written" in problems[0]
    assert file_names(tmp_path) == ["here", "temporary"]


@pytest.mark.parametrize("name", ["x" * 300, f"new/{'x' * 300}/deep", "bad\udcff"])
def test_impossible_name_is_found_before_the_run(tmp_path, name):
    with pytest.raises(EquipoiseError, match="Give a"):
        check_output_folder(tmp_path / name)
    assert file_names(tmp_path) == []


def test_longest_possible_name_is_written(finished, tmp_path):
    folder = tmp_path / ("x" * 255)
    check_output_folder(folder)
    save_run(finished, folder)
    assert load_run(folder).complete


def test_litter_of_killed_runs_is_removed_by_the_next(tmp_path):
    gone = tmp_path / ".earlier.4194304.partial"
    foreign = tmp_path / ".film.4194304.partial"
    running = tmp_path / f".other.{os.getppid()}.partial"
    for folder, name in ((gone, "daily.parquet"), (foreign, "film.mp4"), (running, "figure.png")):
        folder.mkdir()
        (folder / name).touch()
    check_output_folder(tmp_path / "new")
    assert sorted(tmp_path.iterdir()) == sorted([foreign, running])
