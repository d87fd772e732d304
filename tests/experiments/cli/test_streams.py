"""Closed, narrow and broken streams, places of output, signals: each in a process of its own."""

import errno
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from equipoise.experiments.cli import streams
from equipoise.experiments.cli.main import main

SMALL = ["community.size=60", "network.count=6", "horizon=3", "burn_in=0"]
COMMAND = [sys.executable, "-m", "equipoise.experiments.cli.main"]


def run_shell(script, *words, folder, **variables):
    """Run the command within a line of shell, where it is "$@"."""
    return subprocess.run(
        ["sh", "-c", script, "sh", *COMMAND, *words],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        timeout=120,
    )


def test_closed_streams_fail_no_command(tmp_path):
    ended = run_shell('"$@" >&- 2>&- <&-', "run", "--out", "here", *SMALL, folder=tmp_path)
    assert ended.returncode == 0
    assert (tmp_path / "here/manifest.json").exists()
    assert run_shell('"$@" >&- 2>&-', "--help", folder=tmp_path).returncode == 0


def test_full_disk_behind_standard_output_is_one_line(tmp_path):
    ended = run_shell('"$@" >/dev/full', "explain", folder=tmp_path)
    assert ended.returncode == 1
    expected = f"error: Cannot write to standard output: {os.strerror(errno.ENOSPC)}.\n"
    assert ended.stderr.decode() == expected


def test_notes_that_cannot_be_written_fail_no_command(tmp_path):
    ended = run_shell('"$@" 2>/dev/full', "run", "seed=none", folder=tmp_path)
    assert ended.returncode == 2
    words = ("run", "--out", "here", *SMALL)
    assert run_shell('"$@" 2>/dev/full', *words, folder=tmp_path).returncode == 0


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_comparison_is_printed_in_the_letters_of_the_stream(
    write_study, study_points, tmp_path, encoding
):
    study = write_study("study", study_points("pid_survey", "do_nothing"))
    words = ("compare", str(study), "--export", "v.CSV")
    ended = run_shell('"$@"', *words, folder=tmp_path, PYTHONIOENCODING=encoding)
    assert (ended.returncode, ended.stderr) == (0, b"")
    text = ended.stdout.decode(encoding)
    assert "\N{MINUS SIGN}" not in text
    assert re.search(r" -\d", text)
    assert (tmp_path / "v.CSV").read_text().startswith("measure,")


def test_comparison_is_written_before_the_reader_leaves(write_study, study_points, tmp_path):
    study = write_study("study", study_points("do_nothing", "pid_survey"))
    words = ("compare", str(study), "--export", "v.csv")
    # The reader is gone before anything is printed.
    ended = run_shell('"$@" | true', *words, folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert (tmp_path / "v.csv").stat().st_size > 0


@pytest.mark.parametrize("columns", ["0", "", "x", "10"])
def test_tables_are_printed_at_any_width(write_study, study_points, capsys, monkeypatch, columns):
    study = write_study("study", study_points("do_nothing", "pid_survey"))
    monkeypatch.setenv("COLUMNS", columns)
    with pytest.raises(SystemExit, match="0"):
        main(["compare", str(study)])
    assert "time in band" in " ".join(capsys.readouterr().out.split())


def test_only_errors_of_standard_output_are_called_so(capsys, monkeypatch):
    def fail(*_, **__):
        raise OSError("Couldn't deserialize thrift")

    monkeypatch.setattr("equipoise.experiments.studies.compare.compare", fail)
    with pytest.raises(SystemExit, match="1"):
        main(["compare", "study"])
    expected = "error: A file could not be read or written: Couldn't deserialize thrift.\n"
    assert capsys.readouterr().err == expected


def test_characters_have_a_nearest_one():
    text = "\N{MINUS SIGN}1 \N{LESS-THAN OR EQUAL TO} é 漢"
    with streams.safe_streams():
        assert text.encode("ascii", "equipoise-nearest") == b"-1 <= ? ?"
        assert text.encode("latin-1", "equipoise-nearest") == b"-1 <= \xe9 ?"


# Sends itself a signal on day 10. A parent such as nohup may have switched SIGHUP off.
STOPPED_RUN = """
import contextlib, os, signal, sys
from equipoise.experiments.cli import main, terminal

number = int(sys.argv[1])
signal.signal(signal.SIGHUP, signal.SIG_DFL)

def stop_on_day_10(done, _total):
    if done == 10:
        os.kill(os.getpid(), number)

terminal.show_day_progress = lambda _console: contextlib.nullcontext(stop_on_day_10)
main.main(["run", "--out", "here", "community.size=60", "network.count=6", "horizon=2000"])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_stopped_run_keeps_its_days(tmp_path, number):
    command = [sys.executable, "-c", STOPPED_RUN, str(int(number))]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert process.returncode == 128 + number
    assert b"the output is marked as incomplete" in process.stderr
    assert b'"complete": false' in (tmp_path / "here/manifest.json").read_bytes()


def test_stopped_tuning_tells_the_signal(tmp_path, monkeypatch, capsys):
    from equipoise.experiments.search import tuning

    def stop(*_):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    monkeypatch.setattr(tuning, "run_tuning", stop)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="143"):
        main(["tune", "control_center=pid", "control_center.kp=interval(1,12)", *SMALL])
    assert "The same command runs what is missing" in capsys.readouterr().err


def test_hangup_that_nohup_ignores_stays_ignored():
    from equipoise.experiments.cli.signals import raise_on_stop

    earlier = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with raise_on_stop() as received:
            os.kill(os.getpid(), signal.SIGHUP)
        assert received == []
    finally:
        signal.signal(signal.SIGHUP, earlier)
