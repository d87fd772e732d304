"""A study from words to points: composed cheaply and rightly, refused as a whole, gone on with only if unchanged."""

import importlib
import io
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli.main import main
from equipoise.experiments.config.compose import compose, list_options
from equipoise.experiments.design import experiment_file, identity
from equipoise.experiments.design.job import JobResult, unpack_json
from equipoise.experiments.design.points import PointComposer, to_overrides
from equipoise.experiments.design.study import StoppingRule
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution import progress_bar
from equipoise.experiments.execution.stopping_rule import GrowthPlan
from equipoise.experiments.execution.sweep import sweep
from equipoise.experiments.execution.sweep_runner import SilentWatcher
from equipoise.experiments.storage import manifest
from equipoise.experiments.storage.store import Store
from equipoise.settings.schema import dump_settings

TINY = ("community.size=50", "horizon=10", "burn_in=0")


def asked(*more, **rest):
    return plan_study(StudyRequest((*more, *TINY), **rest))


def command(capsys, *more):
    """Run the command in this process; return exit code, output, and what is said aside."""
    with pytest.raises(SystemExit) as ended:
        main(["sweep", *more])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


# Every strategy in every environment, composed by parts, is what `equipoise run` composes for the same words.
def test_cheap_composing_is_composing():
    first = {"strategy": list_options("strategy")[0], "environment": list_options("environment")[0]}
    composer = PointComposer(TINY, first)
    for strategy in list_options("strategy"):
        for environment in ("calm", "recall"):
            point = {"strategy": strategy, "environment": environment, "firm.set_point": 0.61}
            assert dump_settings(composer.settings(point)) == dump_settings(
                compose(*TINY, *to_overrides(point))
            )


# Parts chosen one by one beside a strategy change its name together; that is composed as a run composes it.
def test_options_that_meet_are_composed_together():
    for point in (
        {"strategy": "pid_survey", "receptor": "oracle"},
        {"receptor": "mentions", "control_center": "pid"},
    ):
        composer = PointComposer(
            TINY,
            {name: "oracle" if name == "strategy" else "none" for name in point}
            | {"receptor": "blind"},
        )
        assert dump_settings(composer.settings(point)) == dump_settings(
            compose(*TINY, *to_overrides(point))
        )


# A word that refers to another setting is composed point by point, so that the reference follows.
def test_references_in_words_follow():
    found = asked(
        "strategy=pid_survey", "control_center.kp=${firm.set_point}", "firm.set_point=0.5,0.6"
    )
    assert [unpack_json(spot.settings)["control_center"]["kp"] for spot in found.points] == [
        0.5,
        0.6,
    ]


# So is a file that does.
def test_references_follow(tmp_path):
    (tmp_path / "control_center").mkdir()
    (tmp_path / "control_center" / "own.yaml").write_text("kind: pid\nkp: ${firm.set_point}\n")
    found = asked("control_center=own", "firm.set_point=0.5,0.6", folders=(tmp_path,))
    assert [unpack_json(spot.settings)["control_center"]["kp"] for spot in found.points] == [
        0.5,
        0.6,
    ]


# Our own part of a job's cost, composing and checking, is far below the 15 ms that are asked for.
def test_points_are_cheap():
    import time

    composer = PointComposer(TINY, {})
    composer.base()
    start = time.process_time()
    for k in range(100):
        identity.settings_identity(dump_settings(composer.settings({"firm.set_point": k / 1000})))
    assert (time.process_time() - start) / 100 < 0.015


# Levers, uncertainties and constants are kept apart, by nature or by what the file says.
def test_roles(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(
        "title: Mine\nlevers: {strategy: [oracle, do_nothing]}\nuncertainties: {firm.margin: [1, 2]}\n"
        "constants: {replicates: 3, effector: []}\nzip: []\nstop: {measure: net, width: 5}\n"
    )
    found = asked("experiment=mine", "environment=calm,recall", folders=(tmp_path,))
    assert {axis.path: axis.role for axis in found.axes} == {
        "strategy": "lever",
        "firm.margin": "uncertainty",
        "environment": "uncertainty",
    }
    assert (found.title, found.replicates, found.stop, len(found.points)) == (
        "Mine",
        3,
        StoppingRule("net", 5),
        8,
    )
    told = manifest.build_manifest(found)
    assert list(told["levers"]) == ["strategy"]
    assert "effector=[]" in told["constants"]


# A word beside an experiment replaces what the file says of that path.
def test_words_win_over_the_file(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("levers: {strategy: [oracle, do_nothing]}\n")
    found = asked("experiment=mine", "strategy=pid_survey", folders=(tmp_path,))
    assert [spot.labels["strategy"] for spot in found.points] == ["pid_survey"]


# Every experiment we ship can be planned, and none is longer than 20 lines.
@pytest.mark.parametrize("name", experiment_file.experiment_names())
def test_shipped_experiments(name):
    found = plan_study(StudyRequest((f"experiment={name}",)))
    assert found.title
    assert len(found.points) > 1
    file = Path(experiment_file.__file__).parents[2] / "configs" / "experiment" / f"{name}.yaml"
    assert len(file.read_text("utf-8").splitlines()) <= 20


# The identity is of all that makes the numbers: settings, seeds, number of worlds, code; and of nothing else.
def test_identity():
    def names(*more, **rest):
        found = asked(*more, **rest)
        return [
            job.name for spot in found.points for job in found.jobs(spot, range(found.replicates))
        ]

    same = names("firm.set_point=0.7")
    assert names("firm.set_point=0.70") == same
    others = [
        ("firm.set_point=0.71",),
        ("firm.set_point=0.7", "seed=1"),
        ("firm.set_point=0.7", "replicates=2"),
    ]
    assert len({*same, *(name for other in others for name in names(*other))}) == 4


# The code's identity is of the source of the model and of the libraries that it computes with.
def test_code_identity(monkeypatch):
    before = identity.code_versions()
    assert {"equipoise", "numpy", "numba", "source"} <= set(before)
    identity.code_versions.cache_clear()
    monkeypatch.setattr(identity, "measuring_modules", lambda: ["equipoise.analysis.measures"])
    assert identity.code_versions()["source"] != before["source"]
    identity.code_versions.cache_clear()


# It is of all that measures a run: the summary, and all of the analysis that the summary imports.
def test_code_identity_of_measures():
    modules = identity.measuring_modules()
    assert {"equipoise.analysis.summary", "equipoise.analysis.measures"} <= set(modules)
    for module in modules:
        names = vars(importlib.import_module(module)).values()
        homes = {getattr(value, "__module__", None) for value in names}
        used = {home for home in homes if str(home).startswith("equipoise.analysis.")}
        assert used <= set(modules)


# Runs of many worlds come in blocks that fit a part of the store, and no world is run twice or forgotten.
def test_blocks():
    found = asked("firm.set_point=0.7")

    def blocks(worlds, done=()):
        return [(job.first, job.worlds) for job in found.jobs(found.points[0], worlds, done)]

    assert blocks(range(7, 130)) == [(7, 50), (57, 50), (107, 23)]
    assert blocks(range(100), [range(90, 95), range(40)]) == [(40, 50), (95, 5)]
    assert blocks(range(30), [range(40)]) == []
    assert blocks(range(20, 60), [range(70, 80), range(10), range(50), range(30, 40)]) == [
        (50, 10)
    ], "they may overlap"


# All that is wrong is told at once, in one line each, with the nearest spelling, before any job runs.
def test_all_problems_at_once(capsys, tmp_path):
    given = ("strategy=glob(z*)", "firm.set_pont=0.1,0.2", "comunity.size=9", "--timeout", "0")
    more = ("--executor", "serail", "--until", "tme_in_band:0.1", "--out", str(tmp_path / "s"))
    code, out, err = command(capsys, *given, *more)
    assert (code, out) == (2, "")
    near = ("firm.set_point", "serial", "time_in_band", "community")
    for line in ("no value at all", "--timeout 0", *(f"Did you mean '{name}'" for name in near)):
        assert line in err
    assert "Traceback" not in err
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (("firm.set_pont=0.1,0.2",), "Did you mean 'firm.set_point'?"),
        (
            ("firm.set_point=0.5,1.5",),
            "firm.set_point=1.5 is not allowed. Allowed: a number, 0 to 1. (point 1: ",
        ),
        (("strategy=pid_survey,pid_survy",), "Did you mean 'pid_survey'?"),
        (("experiment=first_lok",), "Did you mean 'first_look'?"),
        (("seed=1,2",), "seed takes one value"),
        (("firm.set_pont=0.1,0.2",), "(point 0: firm.set_pont=0.1; and others)\n"),
        (
            ("strategy=pid_survey,",),
            "'strategy=pid_survey,' cannot be read: mismatched input '<EOF>'. Put",
        ),
        (("firm.set_point=0.1,0.2", "--design-seed", "3"), "--design-seed belongs to --design lhs"),
        (
            ("firm.set_point=0.1", "--executor", "serial", "--workers", "2"),
            "the serial executor runs one job at a time",
        ),
        (("firm.set_point=0.1", "--daily", "all,cost"), "--daily all,cost: all stands alone."),
        (("firm.set_point=interval(0,1)",), "a range is sampled"),
        (("firm.set_point=0.1", "--daily", "satisfation"), "Did you mean 'satisfaction'?"),
        (("firm.set_point=0.1", "--points", "nowhere.csv"), "--points nowhere.csv cannot be read"),
        (("firm.set_point=0.1", "--until", "net"), "Write measure:width"),
        (("firm.set_point=0.1", "--cap", "9"), "--cap 9 belongs to --until"),
        (
            ("firm.set_point=0.1", "--config-dir", "nowhere"),
            "--config-dir nowhere: there is no such folder",
        ),
        (("hydra/launcher=jobblib",), "Did you mean 'joblib'?"),
        (("network=file", "network.path=nowhere.csv"), "nowhere.csv"),
    ],
)
# What a user may get wrong is one clear line and exit code 2.
def test_mistakes(capsys, given, line):
    if "joblib" in line:
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    code, out, err = command(capsys, *given, *TINY)
    assert (code, out) == (2, "")
    assert line in err
    assert all(each.startswith("error: ") for each in err.splitlines())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("levrs: {strategy: [oracle]}", "levrs is not known. Did you mean 'levers'?"),
        ("design: {knd: lhs}", "Did you mean 'kind'?"),
        ("levers: [strategy]", "levers holds names and values"),
        ("zip: {a: b}", "zip is a list"),
        ("- 1", "no list of names and values"),
        ("levers: {strategy: []}", "strategy has an empty list"),
        ("levers: {firm: {set_point: [0.6]}}", "firm holds names. Write the whole path"),
        ("design: {samples: many}", "design.samples is 'many'. Give a whole number"),
        ("design: {seed: 0.5}", "design.seed is 0.5"),
        ("points: [{1: 2}]", "points is a list"),
        ("zip: [[1, 2]]", "zip is a list"),
        (
            "{levers: {firm.band: [1]}, constants: {firm.band: 1}}",
            "firm.band stands in levers and constants. Leave one",
        ),
        ("levers: {", "cannot be read"),
        ("stop: {measure: net}", "width missing"),
    ],
)
# So is what is wrong in an experiment file.
def test_mistakes_in_a_file(tmp_path, text, line):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(text)
    with pytest.raises(EquipoiseError, match=line.replace("?", r"\?")):
        asked("experiment=mine", folders=(tmp_path,))


# So is a folder in the place of the file.
def test_no_experiment_file(tmp_path):
    (tmp_path / "experiment" / "mine.yaml").mkdir(parents=True)
    with pytest.raises(EquipoiseError, match="experiment=mine cannot be read"):
        asked("experiment=mine", folders=(tmp_path,))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("firm.band,firm.band\n1,2", "the column 'firm.band' twice"),
        ("firm.band,firm.set_point\n0.1", "point 1 has 1 values, and there are 2 settings"),
        ("firm.band;firm.set_point\n0.1;0.5", "separated by semicolons"),
        (",firm.band\n1,0.1", "column 1 has no name"),
        ("firm.band\n", "it has no points"),
        ("firm.band\n0.1\n0.1", "listed points 0 and 1 are the same"),
    ],
)
# And in a list of points.
def test_mistakes_in_points(capsys, tmp_path, text, line):
    (tmp_path / "points.csv").write_text(text)
    code, out, err = command(capsys, *TINY, "--points", str(tmp_path / "points.csv"), "--dry-run")
    assert (code, out) == (2, "")
    assert line in err


# A sample of whole numbers may hit a point again: each is run, kept, and found again.
def test_points_that_are_alike(tmp_path):
    given = ("burn_in=interval(1,2)", "community.size=50", "horizon=5")
    first = sweep(*given, samples=5, out=tmp_path, executor="serial", watcher=SilentWatcher())
    again = sweep(*given, samples=5, out=tmp_path, executor="serial", watcher=SilentWatcher())
    assert (first.runs, first.done, again.runs, again.done) == (5, 5, 5, 0)
    assert sorted(pl.read_parquet(tmp_path / "summary" / "*.parquet")["point"]) == [0, 1, 2, 3, 4]


# A changed study is refused, with what changed; the old one goes on.
def test_a_changed_study_is_refused(capsys, tmp_path):
    given = ("firm.set_point=0.6,0.7", *TINY, "--out", str(tmp_path), "--executor", "serial")
    assert command(capsys, *given, "firm.band=0.04")[0] == 0
    code, _, err = command(capsys, *given, "firm.band=0.05", "seed=3")
    assert code == 2
    assert "seed: 0 before, 3 now" in err
    assert "point 0: firm.band: 0.04 before, 0.05 now" in err
    code, out, err = command(capsys, *given, "firm.band=0.04")
    assert (code, "2 jobs, 2 runs (2 of the jobs earlier)" in err) == (0, True)
    assert str(tmp_path) in out


# More worlds may be asked for later: only they are run, and the study is what it would have been with all at once.
def test_a_study_grows(capsys, tmp_path):
    given = ("firm.set_point=0.6,0.7", *TINY, "--executor", "serial", "--out")
    grown, whole = str(tmp_path / "grown"), str(tmp_path / "whole")
    assert command(capsys, *given, grown, "replicates=3")[0] == 0
    assert "2 jobs, 8 runs to do" in command(capsys, *given, grown, "replicates=7", "--dry-run")[1]
    assert (
        "4 jobs, 14 runs (2 of the jobs earlier)"
        in command(capsys, *given, grown, "replicates=7")[2]
    )
    assert (
        "4 jobs, 14 runs (4 of the jobs earlier)"
        in command(capsys, *given, grown, "replicates=7")[2]
    )
    assert command(capsys, *given, whole, "replicates=7")[0] == 0
    for kind in ("summary", "daily"):
        one, other = (
            pl.read_parquet(f"{folder}/{kind}/*.parquet").drop("job") for folder in (grown, whole)
        )
        order = [name for name in ("point", "seed", "day") if name in one.columns]
        assert one.sort(order).equals(other.sort(order), null_equal=True)
    asked = json.loads((tmp_path / "grown" / "study.json").read_text())["worlds"]
    assert [each["replicates"] for each in asked] == [3, 7]
    assert (
        "2 jobs, 6 runs (2 of the jobs earlier)"
        in command(capsys, *given, grown, "replicates=2")[2]
    )


# Worlds that were asked for and never came are missing until another number of worlds is asked for; those there stay.
def test_worlds_given_up_are_asked_for_no_longer():
    def said(replicates, stop=None):
        return {"replicates": replicates, "stop": stop and stop._asdict()}

    def now(before, there, *words, stop=None):
        told = manifest.update_manifest(asked(*words, stop=stop), {"worlds": before}, there)
        return told and told["worlds"]

    wide = StoppingRule("cost", 2, 50)
    assert now([said(400)], 5, "replicates=400") is None
    assert now([said(5), said(400)], 5, "replicates=60") == [said(5), said(60)]
    assert now([said(5), said(400)], 5, "replicates=5") == [said(5)]
    assert now([said(40)], 40, "replicates=10") == [said(40), said(10)], "taken away is nothing"
    assert now([said(400)], 0, "replicates=3") == [said(3)]
    assert now([said(9, wide)], 30, "replicates=60") == [said(9, wide._replace(cap=30)), said(60)]


# A job that failed among the first worlds keeps more from being added, however many there are beyond them.
def test_failures_among_the_first_worlds_stop_growth():
    class Lacking:
        def read_measure(self, _measure, points):
            return {
                (point, seed): 0.5
                for point in points
                for seed in range(66)
                if (point, seed) != (1, 4)
            }

    growth = GrowthPlan(
        plan_study(
            StudyRequest(("firm.set_point=0.6,0.7", *TINY), stop=StoppingRule("time_in_band", 0.1))
        )
    )
    assert growth.next_round(Lacking())
    assert growth.next_round(Lacking()) == []
    assert "jobs failed, so no worlds were added" in growth.notes[0]


# A study of as many worlds as it takes may follow one of a fixed number, and keeps its worlds.
def test_a_study_grows_until(tmp_path):
    given = ("strategy=do_nothing,oracle", "environment=recall", *TINY)
    more = {"out": tmp_path, "executor": "serial", "watcher": SilentWatcher(), "daily": ("none",)}
    sweep(*given, "replicates=8", **more)
    done = sweep(*given, "replicates=8", stop=("time_in_band", 10.0), **more)
    assert [each["replicates"] for each in Store(tmp_path).read_manifest()["worlds"]] == [8, 8]
    assert (done.runs, done.done) == (2 * 20, 2)
    assert sweep(*given, "replicates=25", **more).runs == 2 * 25


# Worlds that an earlier study left are counted once, though several rounds come upon them.
def test_earlier_worlds_are_counted_once(tmp_path):
    given = (
        "strategy=do_nothing,oracle",
        "environment=recall",
        "community.size=60",
        "horizon=40",
        "burn_in=0",
    )
    more = {"out": tmp_path, "executor": "serial", "watcher": SilentWatcher(), "daily": ("none",)}
    sweep(*given, "replicates=30", **more)
    done = sweep(*given, stop=("time_in_band", 1e-6, 40), **more)
    assert (done.jobs, done.runs, done.done) == (4, 2 * 40, 2)


# Worlds beyond those that are judged do not stand for one that failed among them.
def test_a_failure_among_worlds_that_are_judged():
    found = asked("strategy=do_nothing,oracle", stop=StoppingRule("cost", 1.0))
    growth = GrowthPlan(found)
    assert growth.next_round(None) == [(spot, range(20)) for spot in found.points]
    table = {(point, seed): 1.0 for point in (0, 1) for seed in range(50)}
    del table[1, 3]
    assert growth.next_round(SimpleNamespace(read_measure=lambda measure, points: table)) == []
    assert growth.notes == [
        "all: jobs failed, so no worlds were added. The same command tries again."
    ]


# A job that failed is tried again by a larger study too; its failure is told no longer, though the blocks are others.
def test_failures_of_a_study_that_grew(tmp_path):
    store, result = Store(tmp_path), JobResult("a", 0, 0, 3, failure="no luck")
    with store.lock():
        store.save_result(result)
        store.save_result(JobResult("b", 1, 0, 3, failure="no luck"))
    with store.lock():
        store.save_result(JobResult("c", 0, 0, 7, failure="no luck yet"))
        assert [each["name"] for each in store.read_failures()] == ["c", "b"]
        store.save_result(JobResult("c", 0, 0, 7, failure="never any luck"))
        assert [each["failure"] for each in store.read_failures()] == ["never any luck", "no luck"]
        store.save_result(JobResult("d", 1, 3, 4, failure="no luck here"))
        assert [each["name"] for each in store.read_failures()] == ["c", "b", "d"], (
            "of worlds apart each stays"
        )
    with store.lock():
        store.save_result(JobResult("c", 0, 0, 7, failure="as ever"))
        assert [each["failure"] for each in store.read_failures()] == [
            "as ever",
            "no luck",
            "no luck here",
        ]


# A folder with something else in it is left alone.
def test_no_foreign_folder(capsys, tmp_path, monkeypatch):
    (tmp_path / "letter.txt").write_text("dear all")
    code, _, err = command(capsys, *TINY, "--out", str(tmp_path))
    assert (code, "holds something else" in err) == (2, True)
    monkeypatch.chdir(tmp_path.parent)
    assert f"error: {tmp_path.name} holds" in command(capsys, *TINY, "--out", tmp_path.name)[2], (
        "as it was given"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    code, _, err = command(capsys, *TINY, "--out", str(tmp_path / "letter.txt"))
    assert (code, "holds something else" in err) == (2, True)
    code, _, err = command(capsys, *TINY, "--out", str(tmp_path / ("x" * 300)))
    assert (code, "cannot be read" in err) == (2, True)


# A dry run lists the jobs, what is done of them, and what the rest will cost; nothing is written.
def test_dry_run(capsys, tmp_path):
    given = ("firm.set_point=0.6,0.7", "replicates=4", *TINY, "--out", str(tmp_path / "s"))
    code, out, _ = command(capsys, *given, "--dry-run")
    assert code == 0
    assert "firm.set_point=0.6" in out
    assert "2 jobs, 8 runs to do: about" in out
    assert not (tmp_path / "s").exists()
    assert command(capsys, *given, "--executor", "serial", "-q")[0] == 0
    assert command(capsys, *given, "--dry-run")[1].endswith("0 jobs, 0 runs to do: nothing.\n")
    until = command(capsys, *given, "--until", "time_in_band:0.02", "--cap", "30", "--dry-run")[1]
    assert (
        "Then more, up to 30 worlds a point, until intervals of time_in_band are below 0.02."
        in until
    )


# `equipoise run -m` sweeps as `equipoise sweep` does.
def test_multirun(capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "run",
                "-m",
                "firm.set_point=0.6,0.7",
                *TINY,
                "hydra/launcher=basic",
                "-q",
                "--out",
                str(tmp_path / "s"),
            ]
        )
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{tmp_path / 's'}\n"
    assert json.loads((tmp_path / "s" / "study.json").read_text())["points"] == 2


# The same words give the same folder, for however many worlds; other words another.
def test_folder_of_words():
    words = (
        ("firm.band=0.1,0.2",),
        ("firm.band=0.1,0.2",),
        ("firm.band=0.1,0.2", "replicates=9"),
        ("firm.band=0.1",),
    )
    names = [asked(*each).name for each in words]
    assert names[0] == names[1] == names[2] != names[3]


# Worlds are added until paired intervals are narrow, in the scenarios that need them, and not beyond the cap.
def test_sequential_stopping(tmp_path):
    given = (
        "strategy=do_nothing,oracle",
        "environment=calm,recall",
        "replicates=5",
        "community.size=60",
        "horizon=40",
    )
    given = (*given, "burn_in=0")
    more = {"out": tmp_path, "executor": "serial", "watcher": SilentWatcher(), "daily": ("none",)}
    done = sweep(*given, stop=("time_in_band", 1e-6, 27), **more)
    assert done.runs == 4 * 27
    assert all("27 worlds" in note and "the cap is reached" in note for note in done.notes)
    again = sweep(*given, stop=("time_in_band", 1e-6, 27), **more)
    assert (again.done, again.runs) == (0, 4 * 27), "the way there is the same the second time"
    wide = sweep(*given, stop=("time_in_band", 10.0, 27), **more | {"out": tmp_path / "wide"})
    assert wide.runs == 4 * 20, "20 worlds are the fewest to judge by"
    assert all("enough" in note for note in wide.notes)


# From Python, in a line.
def test_from_python(tmp_path):
    import equipoise

    done = equipoise.sweep(
        "firm.set_point=0.6,0.7", *TINY, out=tmp_path, executor="serial", watcher=SilentWatcher()
    )
    assert (done.jobs, done.failures) == (2, [])


# From Python names may be one text, as on the command line, and numbers those of a table.
def test_python_is_forgiving(tmp_path):
    given = ("firm.set_point=0.6,0.7", "firm.band=0.04,0.05", "community.size=50", "horizon=5")
    rows = [{"burn_in": np.int64(days)} for days in (1, 2)]
    done = sweep(
        *given,
        zipped=["firm.set_point,firm.band"],
        points=rows,
        daily="cost, satisfaction",
        out=tmp_path,
        executor="serial",
        watcher=SilentWatcher(),
    )
    assert (done.jobs, done.failures) == (4, [])
    assert {"cost", "satisfaction"} < set(pl.read_parquet(tmp_path / "daily" / "*.parquet").columns)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"timeout": -1}, "--timeout -1: give a number of seconds"),
        ({"timeout": "x"}, "--timeout x: give a number of seconds"),
        ({"workers": 1.5}, "--workers 1.5: give a number"),
        ({"samples": 4.5, "design": "lhs"}, "--samples 4.5: give how many"),
        ({"zipped": [["firm.set_point"]]}, "firm.set_point goes with nothing"),
    ],
)
# What cannot be is refused before anything runs, there as here.
def test_mistakes_in_python(tmp_path, given, line):
    with pytest.raises(EquipoiseError, match=line):
        sweep(
            "firm.set_point=interval(0,1)",
            *TINY,
            out=tmp_path / "s",
            watcher=SilentWatcher(),
            **given,
        )
    assert not (tmp_path / "s").exists()


# In a notebook the bar is a line that is written anew: it needs nothing that a notebook has not got.
def test_bar_in_a_notebook(monkeypatch):
    shown = []

    def display(data, **_):
        shown.append(data["text/plain"])
        return SimpleNamespace(update=lambda told, **_: shown.append(told["text/plain"]))

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr(progress_bar, "NOTEBOOK_INTERVAL", 0.0)
    said = io.StringIO()
    bar = progress_bar.SweepProgress(Console(file=said), line=progress_bar.NotebookLine())
    bar.on_jobs_added(2)
    bar.on_result(JobResult("a", 0, 0, 1))
    bar.on_result(JobResult("b", 1, 0, 1, failure="out of memory"))
    assert shown[0].endswith("░ 0 of 2 jobs")
    assert re.search(r"█░+ 1 of 2 jobs; .* jobs/s, about .* left$", shown[1])
    assert shown[2].endswith("█ 2 of 2 jobs, 1 failed")
    assert said.getvalue() == "failed: point 1, world 0: out of memory\n"
