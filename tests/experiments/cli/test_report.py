"""The command `equipoise report` on studies as sweeps leave them."""

import base64
import errno
import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

import equipoise
from equipoise.analysis.frames import load_study_days
from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import sweep as sweeping
from equipoise.experiments.cli.main import main
from equipoise.experiments.config.messages import validate_settings
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.design.study import StoppingRule
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.storage import manifest
from equipoise.experiments.studies import repeat_commands, report, report_data

SMALL = ("community.size=60", "network.count=6", "horizon=28", "burn_in=7")
MEASURES = ("time-in-band", "mean-satisfaction", "cost")
WORDS = ("strategy=do_nothing,pid_survey", "environment=recall", "replicates=6", *SMALL)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies") / "small"
    equipoise.sweep(*WORDS, out=folder, executor="serial")
    return folder


@pytest.fixture
def study(swept, tmp_path):
    return Path(shutil.copytree(swept, tmp_path / "small"))


@pytest.fixture
def command(capfd):
    def call(*words):
        with pytest.raises(SystemExit) as left:
            main(["report", *map(str, words)])
        return left.value.code, *capfd.readouterr()

    return call


@pytest.fixture
def quick(monkeypatch):
    """Leave the drawing out, where only what is written is looked at."""
    monkeypatch.setattr(
        "equipoise.analysis.report.page.render_page", lambda of: (f"<p>{of.title}</p>", ())
    )


def refused(done, *parts):
    code, out, err = done
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert "Traceback" not in err
    for part in parts:
        assert part in err


def test_a_report_is_a_page_and_its_figures(study, command):
    code, out, err = command(study)
    assert (code, out, err) == (0, f"Written to {study / 'report' / 'report.html'}\n", "")
    names = {path.name for path in (study / "report" / "figures").iterdir()}
    both = [f"{kind}-{measure}" for kind in ("differences", "ranking") for measure in MEASURES]
    kinds = (
        "days-recall",
        "movers-recall",
        "beliefs-recall",
        "front",
        *both[3:],
        *(f"{name}-recall" for name in both[:3]),
    )
    assert names == {f"{kind}.{form}" for kind in kinds for form in ("svg", "png")}
    text = (study / "report" / "report.html").read_text("utf-8")
    assert "Study small" in text
    assert "equipoise sweep strategy=do_nothing,pid_survey environment=recall" in text
    assert "replicates=6 --out small" in text
    assert len(text) < 5_000_000
    assert {path.name for path in study.iterdir()} >= {"report", "study.json"}
    assert not list(study.glob(".report*"))


def test_report_is_replaced_and_other_files_are_kept(study, quick):
    first = report.report(study)
    (first.parent / "slides.pptx").write_text("slides")
    assert report.report(study, on="time_in_band") == first
    assert (first.parent / "slides.pptx").read_text() == "slides"


def test_study_is_never_written_over(study, command, quick, monkeypatch):
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    (study / "report.html").touch()
    refused(command(study, "--out", study), "it is or contains the study")
    refused(command(study, "--out", study.parent), "it is or contains the study")
    refused(command(study, "--out", study / "failures"), "it holds the files of the study")
    monkeypatch.chdir(study.parent)
    Path("report.html").touch()
    refused(command(study.name, "--out", "."), "it is or contains the study")
    after = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    assert after == before | {study / "report.html": b""}


def test_other_folders_are_not_overwritten(study, command, quick, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    refused(command(study, "--out", mine), "holds something else than a report")
    assert (mine / "thesis.txt").read_text() == "years of work"
    assert command(study, "--out", tmp_path / "new" / "place")[0] == 0
    assert (tmp_path / "new" / "place" / "report.html").exists()


def test_what_is_no_study_is_one_line(command, tmp_path, study):
    refused(command(tmp_path / "nowhere"), "There is no folder")
    refused(command(tmp_path), "is no study")
    (tmp_path / "tuning.json").write_text("{}")
    refused(command(tmp_path), "is a tuning: its tuning.png")
    (study / "study.json").write_text("{torn")
    refused(command(study), "study.json cannot be read")


@pytest.mark.parametrize("kind", ["summary", "daily", "points.parquet"])
def test_torn_files_are_one_line(study, command, kind):
    path = study / kind
    path = path if path.is_file() else next(path.glob("*.parquet"))
    path.write_bytes(path.read_bytes()[:100])
    refused(command(study), "cannot be read")
    assert not (study / "report").exists()


def test_an_empty_study_is_one_line(study, command):
    for path in (study / "summary").iterdir():
        path.unlink()
    refused(command(study), "No run of", "is finished yet")


def test_mistakes_are_told_together(study, command):
    refused(
        command(study, "--margin", "cost", "--enough", "x:y"),
        "--margin cost cannot be read",
        "--enough x:y",
    )
    refused(command(study, "--baseline", "do_noting"), "do_nothing")
    refused(command(study, "--on", "time_in_bend"), "time_in_band")
    assert not (study / "report").exists()


def test_a_full_disk_leaves_nothing_and_the_old_report(study, command, quick, monkeypatch):
    old = report.report(study)
    old.write_text("old")

    def full(*_given, **_how):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    refused(command(study), "cannot be written: No space left on device")
    assert old.read_text("utf-8") == "old"
    assert not list(study.glob(".report*"))


def test_a_place_that_cannot_be_is_one_line(study, command, quick, tmp_path):
    (tmp_path / "file").write_text("")
    refused(command(study, "--out", tmp_path / "file" / "report"), "cannot be written")


def test_one_strategy_and_one_world_get_a_report_too(tmp_path, quick, monkeypatch):
    told = []
    monkeypatch.setattr(
        "equipoise.analysis.report.page.render_page", lambda of: (told.append(of) or "", ())
    )
    equipoise.sweep(
        "strategy=pid_survey",
        "environment=recall",
        "replicates=3",
        *SMALL,
        out=tmp_path / "a",
        executor="serial",
    )
    equipoise.sweep(
        "strategy=pid_survey,oracle",
        "environment=recall",
        "replicates=1",
        *SMALL,
        out=tmp_path / "b",
        executor="serial",
    )
    for name in "ab":
        report.report(tmp_path / name)
    assert [of.comparison for of in told] == [None, None]
    assert [of.strategies for of in told] == [("pid_survey",), ("pid_survey", "oracle")]
    assert [len(of.outcomes[0].seeds) for of in told] == [3, 1]
    assert told[1].references == ("oracle",)


def test_failed_jobs_are_told(study):
    failure = {
        "name": "x",
        "point": 1,
        "first": 0,
        "worlds": 6,
        "seconds": 1.0,
        "failure": "it broke",
        "trace": "",
    }
    for name in "xy":
        (study / "failures" / f"{name}.json").write_text(json.dumps(failure | {"name": name}))
    assert report_data.read_study_data(study, {}).failures == (
        "pid survey in recall, 12 runs: it broke",
    )


def test_days_are_those_of_the_runs(swept):
    run = equipoise.run(
        equipoise.compose("strategy=pid_survey", "environment=recall", "replicates=6", *SMALL)
    )
    days = load_study_days(swept, [1], ["satisfaction", "believed", "no_such_column"])
    assert set(days) == {"satisfaction", "believed"}
    for name, values in days.items():
        told = np.array([record.columns()[name][record.burn_in :] for record in run.records])
        np.testing.assert_allclose(values, told, atol=1e-6)


MORE = ("community.size=30", "network.count=3", "horizon=7", "burn_in=0")
LISTED = (
    {"strategy": "pid_survey", "environment": "recall", "control_center.kp": 2},
    {"strategy": "oracle", "environment": "calm", "control_center.kp": 9.5},
)


@pytest.mark.parametrize(
    "asked",
    [
        StudyRequest(WORDS),
        StudyRequest(
            ("firm.set_point=interval(0.6,0.8)", "strategy=oracle", *SMALL),
            design="sobol",
            samples=2,
            seed=4,
        ),
        StudyRequest(
            (
                "community.people.voice_mean=tag(log,interval(0.01,0.1))",
                "firm.band=interval(0.02,0.0312345678)",
            ),
            design="lhs",
            samples=4,
        ),
        StudyRequest(
            ("firm.set_point=0.6,0.7", "firm.band=0.02,0.03", *SMALL),
            zipped=(("firm.set_point", "firm.band"),),
        ),
        StudyRequest(
            ("effector=[repair],[repair,respond]", "control_center=pid", *SMALL),
            columns=("satisfaction",),
        ),
        StudyRequest(SMALL, points=LISTED, columns=("none",)),
        StudyRequest(("firm.band=0.02,0.03", *SMALL), points=LISTED),
    ],
)
def test_the_command_repeats_the_study(asked, tmp_path, monkeypatch):
    planned = plan_study(asked)
    runs = [validate_settings(unpack_json(spot.settings)) for spot in planned.points]
    order = [*planned.points[0].labels]
    given = manifest.build_manifest(planned)
    told = []
    monkeypatch.setattr(
        sweeping, "_run_study", lambda again, folder, *_: told.append((again, folder)) or 0
    )
    monkeypatch.chdir(tmp_path)
    for name, text in repeat_commands.build_points_file(given).items():
        Path(name).write_text(text)
    (command,) = repeat_commands.format_sweep_commands(given, Path("small"), order, runs)
    with pytest.raises(SystemExit):
        main(shlex.split(command)[1:])
    again, folder = told[0]
    assert folder == Path("small")
    assert {spot.identity for spot in again.points} == {spot.identity for spot in planned.points}
    assert len(again.points) == len(planned.points)
    assert {*again.columns} == {*planned.columns}


# A study that grew is repeated at once; one that grew as it went, as it went.
def test_the_commands_repeat_how_it_grew():
    few, more, until = (
        {"replicates": n, "stop": stop}
        for n, stop in ((5, None), (9, None), (5, StoppingRule("cost", 2, 50)._asdict()))
    )
    planned = plan_study(StudyRequest(WORDS))
    runs = [validate_settings(unpack_json(spot.settings)) for spot in planned.points]

    def ends(*worlds):
        given = manifest.build_manifest(planned) | {"worlds": worlds}
        told = repeat_commands.format_sweep_commands(
            given, Path("small"), [*planned.points[0].labels], runs
        )
        return [each.partition(" replicates=")[2] for each in told]

    assert ends(few, more) == ends(more, few) == ["9 --out small"]
    assert ends(few, until, more) == [
        "5 --out small",
        "5 --until cost:2 --cap 50 --out small",
        "9 --out small",
    ]


def test_own_options_are_named_in_the_command_and_may_be_moved(tmp_path):
    for place in ("mine", "moved"):
        (tmp_path / place / "environment").mkdir(parents=True)
        (tmp_path / place / "environment" / "gloom.yaml").write_text("name: gloom\n")
    words = ("strategy=do_nothing,oracle", "environment=gloom", "replicates=1", *MORE)
    done = equipoise.sweep(
        *words, out=tmp_path / "s", config_dirs=[tmp_path / "mine"], executor="serial"
    )
    assert (
        f"--config-dir {tmp_path / 'mine'} --out s"
        in report_data.read_study_data(done.folder, {}).commands[0]
    )
    again = equipoise.sweep(
        *words, out=tmp_path / "s", config_dirs=[tmp_path / "moved"], executor="serial"
    )
    assert (again.done, again.jobs) == (0, 2)


def test_levers_that_only_a_file_called_so_are_named():
    told = {"levers": {"community.size": [50, 60]}, "uncertainties": {}}
    assert (
        repeat_commands.format_report_command(told, Path("a"), {})
        == "equipoise report a --by community.size"
    )
    told = {"levers": {"strategy": ["a", "b"]}, "uncertainties": {"community.size": [50, 60]}}
    assert (
        repeat_commands.format_report_command(told, Path("a"), {"on": "cost"})
        == "equipoise report a --on cost"
    )


def test_points_are_given_beside_the_page_and_in_it(tmp_path):
    study = equipoise.sweep(
        "replicates=1", *MORE, points=LISTED, out=tmp_path / "s", executor="serial"
    )
    written = report.report(study)
    assert (written.parent / "points.csv").read_text() == (
        "strategy,environment,control_center.kp\npid_survey,recall,2\noracle,calm,9.5\n"
    )
    address = re.search(
        r'href="data:text/csv;base64,([^"]*)" download="points.csv"', written.read_text("utf-8")
    )
    assert base64.b64decode(address[1]).decode() == (written.parent / "points.csv").read_text()


RANGES = ("control_center.kp=interval(1,12)", "effector.repair.delay=interval(0,28)")
SEARCHED = ("strategy=pid_survey", "environment=recall", "replicates=2", *MORE, *RANGES)


def test_a_map_is_reported_as_what_it_is(tmp_path):
    found = equipoise.envelope(
        *SEARCHED, steps=2, holds="time_in_band>=0.2", out=tmp_path / "s", executor="serial"
    )
    of = report_data.read_study_data(found.sweep.folder, {})
    assert (of.comparison, of.outcomes, of.strategies, of.seeds) == (
        None,
        (),
        ("pid_survey",),
        (0, 1),
    )
    assert of.search_figure.name == "envelope"
    assert "time_in_band>=0.2 in at least 50 % of 2 worlds" in of.search_answer[0]
    assert of.search_answer[1].startswith("In words: it holds")
    words = shlex.split(of.commands[0])
    assert words[:2] == ["equipoise", "envelope"]
    assert {
        "control_center.kp=interval(1.0,12.0)",
        "--steps",
        "2",
        "--holds",
        "time_in_band>=0.2",
    } <= {*words}
    page = report.report(found.sweep).read_text("utf-8")
    assert "In words: it holds" in page
    assert "<dt>time in band" in page
    assert report.report(found.sweep, by="control_center.kp").exists(), (
        "most of its points were not run"
    )
    (tmp_path / "s" / "envelope.json").write_text("{}")
    with pytest.raises(
        EquipoiseError, match=r"envelope\.json cannot be read.*Give equipoise envelope again"
    ):
        report_data.read_study_data(tmp_path / "s", {})


def test_what_matters_is_reported_as_what_it_is(tmp_path):
    found = equipoise.sensitivity(
        *SEARCHED, on="mean_satisfaction", samples=4, out=tmp_path / "s", executor="serial"
    )
    of = report_data.read_study_data(found.sweep.folder, {})
    most, least = found.effects[0], found.effects[-1]
    assert f"{most.size:.2f} (".replace("-", "−") in of.search_answer[0]
    assert ("has the largest" in of.search_answer[0]) == (most.low > least.high)
    how = "has the smallest" if most.low > least.high else "comes last"
    assert of.search_answer[1].startswith(f"Of 2 settings, {least.setting} {how}")
    page = report.report(found.sweep).read_text("utf-8")
    assert "<dt>mean satisfaction" in page
    assert "<dt>baseline" not in page, "nothing is held against one here"
    assert of.search_figure.name == "sensitivity"
    assert "--on mean_satisfaction --method sobol --samples 4" in of.commands[0]
    path = tmp_path / "s" / "sensitivity.json"
    told = json.loads(path.read_text())
    for each in told["effects"]:
        each["low"] = each["high"] = None
    path.write_text(json.dumps(told | {"worlds": 1}))
    of = report_data.read_study_data(found.sweep.folder, {})
    assert "the largest total Sobol index is not established" in of.search_answer[0]
    assert "(no interval)" in of.search_answer[0]
    assert of.seeds == (0,)
