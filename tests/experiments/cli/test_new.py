"""`equipoise new`: each starting point installs, passes its own tests and runs."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from equipoise.experiments.cli.main import main
from equipoise.experiments.cli.new import KINDS, build_files

TINY = ["community.size=40", "network.count=4", "horizon=10", "burn_in=0", "--quiet"]
CHOICES = {
    "receptor": ["strategy=pid_survey", "receptor=mine"],
    "control-center": ["strategy=pid_survey", "control_center=mine"],
    "effector": ["strategy=pid_survey", "effector=[repair,mine]"],
}


def run_new(*words):
    with pytest.raises(SystemExit) as stop:
        main(["new", *map(str, words)])
    return stop.value.code


def run_python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the packages that were installed into the folder."""
    paths = [str(folder / "site"), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )


def install(folder: Path) -> None:
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--target", "site"]
    result = run_python(folder, "-m", "pip", "install", ".", *options)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("kind", CHOICES)
def test_new_part_installs_passes_its_tests_and_runs(kind, tmp_path):
    folder = tmp_path / "mine"
    assert run_new(kind, "mine", "--out", folder) == 0
    install(folder)
    tests = run_python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert tests.returncode == 0, tests.stdout
    command = ["-m", "equipoise.experiments.cli.main", "run", *CHOICES[kind], *TINY]
    result = run_python(folder, *command, "--config-dir", "options", "--out", "run")
    assert result.returncode == 0, result.stderr
    settings = (folder / "run" / "settings.yaml").read_text("utf-8")
    assert "kind: mine" in settings


def test_new_measure_passes_its_tests_and_reads_a_run(tmp_path):
    folder = tmp_path / "mine"
    assert run_new("measure", "mine", "--out", folder) == 0
    tests = run_python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert tests.returncode == 0, tests.stdout
    command = ["-m", "equipoise.experiments.cli.main", "run", *TINY, "--out", "run"]
    assert run_python(folder, *command).returncode == 0
    result = run_python(folder, "equipoise_mine.py", "run")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("[")


def test_new_strategy_passes_its_tests_and_runs(tmp_path):
    folder = tmp_path / "mine"
    assert run_new("strategy", "mine", "--out", folder) == 0
    tests = run_python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert tests.returncode == 0, tests.stdout
    command = ["-m", "equipoise.experiments.cli.main", "run", "strategy=mine", *TINY]
    result = run_python(folder, *command, "--config-dir", "options", "--out", "run")
    assert result.returncode == 0, result.stderr
    assert "name: mine" in (folder / "run" / "settings.yaml").read_text("utf-8")


def test_every_setting_of_the_new_strategy_has_a_comment_above():
    text = build_files("strategy", "mine")["options/strategy/mine.yaml"]
    lines = [line.strip() for line in text.splitlines()]
    for above, line in pairwise(lines):
        if line and not line.startswith("#"):
            assert above.startswith("#"), line


def test_readme_of_the_new_measure_names_the_limit():
    readme = build_files("measure", "mine")["README.md"]
    assert "Measures of your own cannot be plugged into Equipoise yet" in readme


def test_readmes_show_three_commands():
    for kind in KINDS:
        lines = build_files(kind, "mine")["README.md"].splitlines()
        assert len([line for line in lines if line.startswith("    ")]) == 3, kind


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("receptr", "mine"), "The kind 'receptr' is not known. Did you mean 'receptor'?"),
        (("receptor", "My-Own"), "The name 'My-Own' is not allowed. Allowed: lower-case"),
        (("receptor", "class"), "The name 'class' is not allowed."),
        # The class of a receptor called none would be None.
        (("receptor", "none"), "The name 'none' is not allowed."),
        (("receptor", "_"), "The name '_' is not allowed."),
        (("strategy", "null"), "The name 'null' is not allowed."),
        (("strategy", "inf"), "The name 'inf' is not allowed."),
        (("control-center", "on"), "The name 'on' is not allowed."),
        # Names that would hide an import or a class of the generated files.
        (("receptor", "reading"), "The name 'reading' is used in the code"),
        (("effector", "touch"), "The name 'touch' is used in the code"),
        (("control-center", "plant"), "The name 'plant' is used in the code"),
        (("measure", "np"), "The name 'np' is used in the code"),
        (("receptor", "survey"), "There is a receptor 'survey' already. Choose another name."),
        (("measure", "cost"), "There is a measure 'cost' already."),
        (("strategy", "oracle"), "There is a strategy 'oracle' already."),
    ],
)
def test_refused_name_gets_one_line(words, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_new(*words) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_gets_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert run_new("receptor", "mine", "--out", tmp_path / "file" / "mine") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "cannot be written: Not a directory. Give another --out." in error


def test_nothing_is_overwritten(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert run_new("receptor", "mine", "--out", tmp_path) == 2
    assert "exists already and is not empty; nothing is overwritten" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
