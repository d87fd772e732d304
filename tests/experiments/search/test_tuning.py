"""Tuning: the search, hold-out validation, resumption, and the file for `tuned`."""

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
from equipoise.analysis.text.formatting import NO_VALUE
from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import search_output
from equipoise.experiments.cli.main import main
from equipoise.experiments.design.identity import settings_identity
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.experiments.execution.sweep_runner import SilentWatcher
from equipoise.experiments.search import holdout
from equipoise.experiments.search.trials import Trial, Trials
from equipoise.experiments.search.tuning import choose_compromise, tune
from equipoise.settings.schema import dump_settings

TINY = ("community.size=50", "horizon=60", "burn_in=14", "strategy=pid_survey", "replicates=3")
LEVERS = ("control_center.kp=interval(0,20)", "firm.set_point=interval(0.5,0.8)")
SMALL = {"trials": 8, "held_out": 5, "executor": "serial", "watcher": SilentWatcher()}
SPACE = {"a": Span(0, 1), "b": Span(0, 9, False, True), "c": ("x", "y"), "d": Span(0.01, 100, True)}
START = {"a": 0.2, "b": 3, "c": "y", "d": 1.0}


def value(point):
    return -((point["a"] - 0.7) ** 2) - (point["b"] - 4) ** 2 / 10 - (point["c"] == "x")


def run_search(place, trials=18, stop=None):
    """Search for the best value; stop before answer number ``stop``, as if killed."""
    place.mkdir(exist_ok=True)
    found = Trials(place / "journal", SPACE, [True], 0, {"about": "this"})
    found.begin_with(START)
    answers = count()
    while len(found.list_finished()) < trials:
        for number, point in found.ask(6).items():
            if next(answers) == stop:
                return found
            if point["b"] == 9:
                found.tell(number, (), "nine has no value")
            else:
                found.tell(number, [value(point)])
    return found


def history(found):
    return [(trial.settings, trial.values, trial.why) for trial in found.list_finished()]


def command(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(["tune", *words])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


def test_search_begins_with_the_default_and_stays_within_ranges(tmp_path):
    found = run_search(tmp_path, 36)
    finished = found.list_finished()
    assert finished[0].settings == START
    assert all(
        0 <= trial.settings["a"] <= 1 and trial.settings["b"] in range(10) for trial in finished
    )
    assert {trial.settings["c"] for trial in finished} == {"x", "y"}
    (best,) = found.list_best()
    assert best.values[0] == max(trial.values[0] for trial in finished if trial.values)
    assert best.values[0] > -0.2
    assert all((trial.settings["b"] == 9) == bool(trial.why) for trial in finished)


@pytest.mark.parametrize("stop", [0, 5, 6, 8])
# A killed process may leave an incomplete last line and its lock.
def test_killed_search_resumes_with_the_same_trials(tmp_path, stop):
    whole = run_search(tmp_path / "whole")
    run_search(tmp_path / "killed", stop=stop)
    with (tmp_path / "killed" / "journal").open("ab") as file:
        file.write(b'{"op_code":5,"torn')
    (tmp_path / "killed" / "journal.lock").symlink_to("journal")
    assert history(run_search(tmp_path / "killed")) == history(whole)


def test_journal_of_another_specification_is_refused(tmp_path):
    run_search(tmp_path, 6)
    with pytest.raises(EquipoiseError, match="about: this before, that now"):
        Trials(tmp_path / "journal", SPACE, [True], 0, {"about": "that"})


def test_compromise_is_near_the_best_of_both_objectives():
    front = [
        Trial(k, {}, values) for k, values in enumerate([(0.0, 0.0), (0.8, 30.0), (1.0, 100.0)])
    ]
    assert choose_compromise(front, [True, False]).number == 1
    assert choose_compromise(front[2:], [True, False]).number == 2


def difference(where, mean, verdict="undecided"):
    return Difference("tuned", "default", where, 9, 0, 0, mean, 0, 0, 0, 0, 0, 0, 0, verdict, 0)


def test_overfitting_is_warned_of():
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
    worse, overfitted = holdout.overfitting_warnings({"cost": lost}, 10)
    (few_worlds,) = holdout.overfitting_warnings({"time_in_band": kept}, 3)
    (one_world,) = holdout.overfitting_warnings({"time_in_band": kept}, 1)
    assert "overfitted: cost gains 10 in the worlds trained on, 1 in others" in overfitted
    assert "cost is worse than with the default in calm" in worse
    assert "Tuned on 3 worlds per scenario" in few_worlds
    assert one_world == (
        "warning: Tuned on 1 world per scenario; the result may be overfitted to that seed. "
        "Use replicates=10 or more."
    )


def test_gain_without_an_interval_is_printed_without_nan():
    few = difference("trained on", 0.1)
    assert search_output.format_gain(replace(few, low=0.05, high=0.2)) == "+0.1 (+0.05 to +0.2)"
    assert search_output.format_gain(replace(few, low=math.nan, high=math.nan)) == "+0.1"
    assert search_output.format_gain(replace(few, mean=math.nan)) == NO_VALUE


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """Return a small tuning study of two scenarios, with a third for validation, and its folder."""
    place = tmp_path_factory.mktemp("tuning") / "study"
    words = (*TINY, *LEVERS, "environment=recall,calm")
    return tune(*words, on="iae_per_day", judge=("firestorm",), out=place, **SMALL), place


def test_trials_and_validation_agree(tuned):
    found, place = tuned
    table = pl.read_parquet(place / "tuning.parquet")
    assert len(table) == 8
    assert table["control_center.kp"][0] == 6.0  # the default is the first trial
    assert found.chosen.values[0] == table["iae_per_day"].min()
    inside, other, elsewhere = found.judged["iae_per_day"]
    assert [gain.environment for gain in (inside, other, elsewhere)] == [
        "trained on",
        "other seeds",
        "firestorm",
    ]
    assert inside.mean == pytest.approx(
        table["iae_per_day"].min() - table["iae_per_day"][0], abs=1e-12
    )
    assert (inside.pairs, other.pairs, elsewhere.pairs) == (3, 5, 5)
    assert len(list(place.glob("tuning.*"))) == 5


def test_hold_out_difference_is_that_of_two_plain_runs(tuned):
    found, _ = tuned
    words = (*TINY[:-1], "environment=firestorm", "seed=3", "replicates=5")
    means = []
    for point in (found.chosen.settings, found.spec.default):
        done = run(compose(*words, *(f"{path}={setting}" for path, setting in point.items())))
        goal = point["firm.set_point"]
        paths = [record.columns()["satisfaction"][record.burn_in :] for record in done.records]
        means.append(np.mean([np.abs(path - goal).mean() for path in paths]))
    assert found.judged["iae_per_day"][2].mean == pytest.approx(means[0] - means[1], abs=1e-9)


def test_tuned_file_repeats_the_days_bit_for_bit(tuned):
    found, place = tuned
    content = yaml.safe_load((place / "tuned.yaml").read_text())
    assert content["kind"] == "pid"
    assert content["parameters"]["kp"] == found.chosen.settings["control_center.kp"]
    assert content["with"] == [f"firm.set_point={found.chosen.settings['firm.set_point']}"]
    assert [gain["environment"] for gain in content["tuned"]["judged"]["iae_per_day"]][
        1
    ] == "other seeds"
    base = (*TINY, "environment=recall", *content["with"])
    by_file = run(
        compose(*base, "control_center=tuned", f"control_center.path={place / 'tuned.yaml'}")
    )
    by_word = run(compose(*base, f"control_center.kp={content['parameters']['kp']}"))
    for left, right in zip(by_file.records, by_word.records, strict=True):
        for name, column in left.columns().items():
            assert np.array_equal(column, right.columns()[name], equal_nan=True), name


def test_figure_shows_the_default(tuned):
    _, place = tuned
    data = json.loads((place / "tuning.json").read_text())
    table = pl.read_parquet(place / "tuning.parquet").sort("trial")
    came = data["default_came_to"]["iae_per_day"]
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
    assert shown["Pareto front"] == [(1.0, 6.0), (2.0, 5.0)]
    assert upper.get_ylabel() == "cost (lower is better)"
    alone = trials._replace(
        objectives={"cost": "lower"}, values={0: (3.0,), 1: (2.0,)}, default=(2.5,)
    )
    upper = tuning_figure.tuning_figure(alone, gains, "").axes[0]
    assert [2.5, 2.5] in [list(line.get_ydata()) for line in upper.lines]


def test_same_command_adds_nothing_and_another_study_is_refused(tuned):
    found, place = tuned
    words = (*TINY, *LEVERS, "environment=recall,calm")
    before = (place / "tuning.csv").read_bytes()
    again = tune(*words, on="iae_per_day", judge=("firestorm",), out=place, **SMALL)
    assert (place / "tuning.csv").read_bytes() == before
    assert repr(again.judged) == repr(found.judged)
    with pytest.raises(EquipoiseError, match=r"holds another tuning study(.|\n)*objectives"):
        tune(*words, on="cost", out=place, **SMALL)


def test_all_user_errors_are_reported_together(capsys, tmp_path):
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
def test_killed_tuning_resumes_with_the_same_result(tmp_path):
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


def test_content_of_the_tuned_file_is_part_of_the_identity(tmp_path):
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


class Stopping(SilentWatcher):
    """Stops at a result, as Ctrl-C does."""

    def __init__(self, after):
        self.left = after

    def on_result(self, result):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


# A script that called must stop, too; what is computed is kept. The second stop is in the
# validation: with all trials finished.
@pytest.mark.parametrize("after", [1, 3])
def test_ctrl_c_is_not_swallowed(tmp_path, after):
    words = (*TINY, LEVERS[0])
    how = {"on": "iae_per_day", "out": tmp_path, "trials": 2, "held_out": 5, "executor": "serial"}
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        tune(*words, **how, watcher=Stopping(after))
    assert not list(tmp_path.glob("tun*.*"))
    counter = Stopping(0)
    result = tune(*words, **how, watcher=counter)
    assert (len(result.trials), result.complete) == (2, True)
    assert -counter.left == 3 - after
