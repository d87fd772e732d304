"""Tuning: the best of the trials, judged where it was not tuned, resumed after a kill, and run by `tuned`."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from equipoise import compose, run
from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.plots import tuning_figure
from equipoise.analysis.text.formatting import NONE
from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import search_output
from equipoise.experiments.cli.main import main
from equipoise.experiments.design.identity import settings_identity
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.experiments.execution.sweep_runner import SilentWatcher
from equipoise.experiments.search import holdout
from equipoise.experiments.search.trials import Trial, Trials
from equipoise.experiments.search.tuning import compromise, tune
from equipoise.settings.schema import dump_settings

TINY = ("community.size=50", "horizon=60", "burn_in=14", "strategy=pid_survey", "replicates=3")
LEVERS = ("control_center.kp=interval(0,20)", "firm.set_point=interval(0.5,0.8)")
SMALL = {"trials": 8, "held_out": 5, "executor": "serial", "watcher": SilentWatcher()}
SPACE = {"a": Span(0, 1), "b": Span(0, 9, False, True), "c": ("x", "y"), "d": Span(0.01, 100, True)}
START = {"a": 0.2, "b": 3, "c": "y", "d": 1.0}


def value(point):
    return -((point["a"] - 0.7) ** 2) - (point["b"] - 4) ** 2 / 10 - (point["c"] == "x")


def searched(place, trials=18, stop=None):
    """Search for the best value; stop before that answer, as if killed."""
    place.mkdir(exist_ok=True)
    found = Trials(place / "journal", SPACE, [True], 0, {"about": "this"})
    found.begin_with(START)
    answers = count()
    while len(found.over()) < trials:
        for number, point in found.ask(6).items():
            if next(answers) == stop:
                return found
            if point["b"] == 9:
                found.tell(number, (), "nine has no value")
            else:
                found.tell(number, [value(point)])
    return found


def history(found):
    return [(each.settings, each.values, each.why) for each in found.over()]


def command(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(["tune", *words])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


# A search begins with the default, keeps to its ranges, and ends with the best of what it tried.
def test_search(tmp_path):
    found = searched(tmp_path, 36)
    over = found.over()
    assert over[0].settings == START
    assert all(0 <= each.settings["a"] <= 1 and each.settings["b"] in range(10) for each in over)
    assert {each.settings["c"] for each in over} == {"x", "y"}
    (best,) = found.best()
    assert best.values[0] == max(each.values[0] for each in over if each.values)
    assert best.values[0] > -0.2
    assert all((each.settings["b"] == 9) == bool(each.why) for each in over)


@pytest.mark.parametrize("stop", [0, 5, 6, 8])
# A search that was killed, its last line torn and its lock left behind, goes on as if it had not been.
def test_search_resumes(tmp_path, stop):
    whole = searched(tmp_path / "whole")
    searched(tmp_path / "killed", stop=stop)
    with (tmp_path / "killed" / "journal").open("ab") as file:
        file.write(b'{"op_code":5,"torn')
    (tmp_path / "killed" / "journal.lock").symlink_to("journal")
    assert history(searched(tmp_path / "killed")) == history(whole)


def test_a_journal_about_something_else(tmp_path):
    searched(tmp_path, 6)
    with pytest.raises(EquipoiseError, match="about: this before, that now"):
        Trials(tmp_path / "journal", SPACE, [True], 0, {"about": "that"})


# Of two objectives, the chosen one is near the best of both; of one, the best.
def test_compromise():
    front = [
        Trial(k, {}, values) for k, values in enumerate([(0.0, 0.0), (0.8, 30.0), (1.0, 100.0)])
    ]
    assert compromise(front, [True, False]).number == 1
    assert compromise(front[2:], [True, False]).number == 2


def difference(where, mean, verdict="undecided"):
    return Difference("tuned", "default", where, 9, 0, 0, mean, 0, 0, 0, 0, 0, 0, 0, verdict, 0)


# Over-fitting is told: gains that stay behind, and losses elsewhere.
def test_over_fitting_is_told():
    kept = (
        difference("trained on", 0.1, "better"),
        difference("other seeds", 0.09),
        difference("calm", -0.01),
    )
    assert holdout.overfitting_warnings({"time_in_band": kept}, 10) == []
    lost = (
        difference("trained on", -10.0, "better"),
        difference("other seeds", -1.0),
        difference("calm", 3.0, "worse"),
    )
    over, luck = (
        holdout.overfitting_warnings({"cost": lost}, 10)[::-1],
        holdout.overfitting_warnings({"time_in_band": kept}, 3),
    )
    assert "overfitted: cost gains 10 in the worlds trained on, 1 in others" in over[0]
    assert "cost is worse than with the default in calm" in over[1]
    assert "3 worlds" in luck[0]


# Worlds too few for an interval get none, rather than one of nan.
def test_gains_of_few_worlds():
    few = difference("trained on", 0.1)
    assert search_output.format_gain(replace(few, low=0.05, high=0.2)) == "+0.1 (+0.05 to +0.2)"
    assert search_output.format_gain(replace(few, low=math.nan, high=math.nan)) == "+0.1"
    assert search_output.format_gain(replace(few, mean=math.nan)) == NONE


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """A small tuning study of two scenarios, judged in a third."""
    place = tmp_path_factory.mktemp("tuning") / "study"
    words = (*TINY, *LEVERS, "environment=recall,calm")
    return tune(*words, on="iae_per_day", judge=("firestorm",), out=place, **SMALL), place


# Trials, the chosen one and what it is judged by agree with one another to the last digit.
def test_what_is_found(tuned):
    found, place = tuned
    table = pl.read_parquet(place / "tuning.parquet")
    assert len(table) == 8
    assert table["control_center.kp"][0] == 6.0  # the default is the first trial
    assert found.chosen.values[0] == table["iae_per_day"].min()
    inside, other, elsewhere = found.judged["iae_per_day"]
    assert [each.environment for each in (inside, other, elsewhere)] == [
        "trained on",
        "other seeds",
        "firestorm",
    ]
    assert inside.mean == pytest.approx(
        table["iae_per_day"].min() - table["iae_per_day"][0], abs=1e-12
    )
    assert (inside.pairs, other.pairs, elsewhere.pairs) == (3, 5, 5)
    assert len(list(place.glob("tuning.*"))) == 5


# Held-out worlds are worlds that no trial met, and the difference in them is that of two plain runs.
def test_held_out_worlds_are_others(tuned):
    found, _ = tuned
    words = (*TINY[:-1], "environment=firestorm", "seed=3", "replicates=5")
    means = []
    for point in (found.chosen.settings, found.question.default):
        done = run(compose(*words, *(f"{path}={setting}" for path, setting in point.items())))
        goal = point["firm.set_point"]
        paths = [record.columns()["satisfaction"][record.burn_in :] for record in done.records]
        means.append(np.mean([np.abs(path - goal).mean() for path in paths]))
    assert found.judged["iae_per_day"][2].mean == pytest.approx(means[0] - means[1], abs=1e-9)


# The file of a tuning study is what `tuned` reads: the same days, to the last bit.
def test_the_file_runs(tuned):
    found, place = tuned
    told = yaml.safe_load((place / "tuned.yaml").read_text())
    assert told["kind"] == "pid"
    assert told["parameters"]["kp"] == found.chosen.settings["control_center.kp"]
    assert told["with"] == [f"firm.set_point={found.chosen.settings['firm.set_point']}"]
    assert [each["environment"] for each in told["tuned"]["judged"]["iae_per_day"]][
        1
    ] == "other seeds"
    base = (*TINY, "environment=recall", *told["with"])
    by_file = run(
        compose(*base, "control_center=tuned", f"control_center.path={place / 'tuned.yaml'}")
    )
    by_word = run(compose(*base, f"control_center.kp={told['parameters']['kp']}"))
    for left, right in zip(by_file.records, by_word.records, strict=True):
        for name, column in left.columns().items():
            assert np.array_equal(column, right.columns()[name], equal_nan=True), name


# The figure shows what the default came to, in the worlds trained on: the first trial.
def test_the_default_is_shown(tuned):
    _, place = tuned
    told = json.loads((place / "tuning.json").read_text())
    table = pl.read_parquet(place / "tuning.parquet").sort("trial")
    came = told["default_came_to"]["iae_per_day"]
    assert came == pytest.approx(table["iae_per_day"][0], abs=1e-9)
    trials = tuning_figure.TrialValues(
        {"iae_per_day": "lower", "cost": "lower"},
        {0: (3.0, 4.0), 1: (2.0, 5.0), 2: (1.0, 6.0)},
        1,
        frozenset({1, 2}),
        (3.0, 4.0),
    )
    gains = {name: [("other seeds", -1.0, -2.0, 0.0)] for name in trials.objectives}
    upper = tuning_figure.tuning_figure(trials, gains, "").axes[0]
    shown = {line.get_label(): list(map(tuple, line.get_xydata())) for line in upper.lines}
    assert shown["the default"] == [(3.0, 4.0)]
    assert shown["chosen"] == [(2.0, 5.0)]
    assert shown["no other beats it in both"] == [(1.0, 6.0), (2.0, 5.0)]
    assert upper.get_ylabel() == "cost (lower is better)"
    alone = trials._replace(
        objectives={"cost": "lower"}, values={0: (3.0,), 1: (2.0,)}, default=(2.5,)
    )
    upper = tuning_figure.tuning_figure(alone, gains, "").axes[0]
    assert [2.5, 2.5] in [list(line.get_ydata()) for line in upper.lines]


# The same command again does nothing more; more trials go on from there; another study is refused.
def test_going_on(tuned):
    found, place = tuned
    words = (*TINY, *LEVERS, "environment=recall,calm")
    before = (place / "tuning.csv").read_bytes()
    again = tune(*words, on="iae_per_day", judge=("firestorm",), out=place, **SMALL)
    assert (place / "tuning.csv").read_bytes() == before
    assert repr(again.judged) == repr(found.judged)
    with pytest.raises(EquipoiseError, match=r"holds another tuning study(.|\n)*objectives"):
        tune(*words, on="cost", out=place, **SMALL)


def test_mistakes(capsys, tmp_path):
    given = (
        *TINY,
        "community.people.voice_mean=interval(0.01,0.1)",
        "--on",
        "days,nett",
        "--judge",
        "calmm",
    )
    code, _, err = command(
        capsys, *given, "--held-out", "2", "--trials", "0", "--executor", "serail"
    )
    assert code == 2
    near = ("net", "calm", "serial")
    for line in (
        "neither side",
        "cannot be tuned",
        "--held-out 2",
        "--trials 0",
        *(f"mean '{name}'" for name in near),
    ):
        assert line in err
    code, _, err = command(capsys, *TINY, "environment=recall,calm")
    assert (code, "nothing to tune" in err) == (2, True)
    (tmp_path / "mine.txt").write_text("mine")
    code, _, err = command(capsys, *TINY, *LEVERS, "--out", str(tmp_path))
    assert (code, "holds something else" in err) == (2, True)


@pytest.mark.slow
# kill -9 in the middle of the trials; the same command comes to what it would have come to.
def test_killed(tmp_path):
    words = [
        "tune",
        *TINY,
        *LEVERS,
        "environment=recall",
        "--trials",
        "18",
        "--held-out",
        "5",
        "--workers",
        "2",
    ]
    line = [sys.executable, "-m", "equipoise.experiments.cli.main", *words, "--out"]
    process = subprocess.Popen(
        [*line, "killed"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "killed" / "rounds").glob("0006-*/fresh/*.summary.arrow")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for name in ("killed", "whole"):
        subprocess.run([*line, name], cwd=tmp_path, check=True, capture_output=True)
    tables = [
        pl.read_parquet(tmp_path / name / "tuning.parquet").drop("trial")
        for name in ("killed", "whole")
    ]
    assert tables[0].equals(tables[1])
    files = [
        json.loads(Path(tmp_path / name / "tuning.json").read_text())["judged"]
        for name in ("killed", "whole")
    ]
    assert files[0] == files[1]


# A sweep over a tuned firm is another sweep once the file says something else.
def test_the_file_belongs_to_the_identity(tmp_path):
    file = tmp_path / "tuned.yaml"
    names = set()
    for gain in (3, 4):
        file.write_text(f"kind: pid\nparameters: {{kp: {gain}}}\n")
        os.utime(file, ns=(gain, gain))
        names.add(
            settings_identity(
                dump_settings(compose(*TINY, "control_center=tuned", f"control_center.path={file}"))
            )
        )
    assert len(names) == 2
