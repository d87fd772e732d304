"""The command `equipoise report` on studies as sweeps leave them."""

import errno
import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

import equipoise
from equipoise.analysis.load import days_at
from equipoise.errors import EquipoiseError
from equipoise.experiments import cli
from equipoise.experiments.studies import reporting
from equipoise.experiments.sweeps.manifest import of_study
from equipoise.experiments.sweeps.study import Asked, Stop, plan

SMALL = ("community.size=60", "network.count=6", "horizon=28", "burn_in=7")
WORDS = ("strategy=do_nothing,pid_survey", "environment=recall", "replicates=6", *SMALL)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies") / "small"
    equipoise.sweep(*WORDS, out=folder, engine="serial")
    return folder


@pytest.fixture
def study(swept, tmp_path):
    return Path(shutil.copytree(swept, tmp_path / "small"))


@pytest.fixture
def command(capfd):
    def call(*words):
        with pytest.raises(SystemExit) as left:
            cli.main(["report", *map(str, words)])
        return left.value.code, *capfd.readouterr()

    return call


@pytest.fixture
def quick(monkeypatch):
    """Leave the drawing out, where only what is written is looked at."""
    monkeypatch.setattr("equipoise.analysis.report.page.page", lambda of: (f"<p>{of.title}</p>", ()))


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
    kinds = ("differences-recall", "days-recall", "movers-recall", "beliefs-recall", "ranking", "front")
    assert names == {f"{kind}.{form}" for kind in kinds for form in ("svg", "png")}
    text = (study / "report" / "report.html").read_text("utf-8")
    assert "Study small" in text
    assert "equipoise sweep strategy=do_nothing,pid_survey environment=recall" in text
    assert "replicates=6 --out small" in text
    assert len(text) < 5_000_000
    assert {path.name for path in study.iterdir()} >= {"report", "study.json"}
    assert not list(study.glob(".report*"))


def test_a_report_is_the_same_again_and_replaced(study, quick):
    first = reporting.report(study)
    (first.parent / "figures" / "old.svg").write_text("of an earlier report")
    assert reporting.report(study, on="time_in_band") == first
    assert [path.name for path in (first.parent / "figures").iterdir()] == []


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
    refused(command(study, "--margin", "cost", "--enough", "x:y"), "--margin cost cannot be read", "--enough x:y")
    refused(command(study, "--baseline", "do_noting"), "do_nothing")
    refused(command(study, "--on", "time_in_bend"), "time_in_band")
    assert not (study / "report").exists()


def test_a_full_disk_leaves_nothing_and_the_old_report(study, command, quick, monkeypatch):
    old = reporting.report(study)
    old.write_text("old")

    def full(*_given, **_how):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    refused(command(study), "cannot be written: No space left on device")
    assert old.read_text("utf-8") == "old"
    assert not list(study.glob(".report*"))


def test_a_place_that_cannot_be_is_one_line(study, command, quick, tmp_path):
    (tmp_path / "file").write_text("")
    refused(command(study, "--out", tmp_path / "file" / "report"), "cannot be written")


def test_one_strategy_and_one_world_get_a_report_too(tmp_path, quick, monkeypatch):
    told = []
    monkeypatch.setattr("equipoise.analysis.report.page.page", lambda of: (told.append(of) or "", ()))
    equipoise.sweep(
        "strategy=pid_survey", "environment=recall", "replicates=3", *SMALL, out=tmp_path / "a", engine="serial"
    )
    equipoise.sweep(
        "strategy=pid_survey,oracle", "environment=recall", "replicates=1", *SMALL, out=tmp_path / "b", engine="serial"
    )
    for name in "ab":
        reporting.report(tmp_path / name)
    assert [of.comparison for of in told] == [None, None]
    assert [of.strategies for of in told] == [("pid_survey",), ("pid_survey", "oracle")]
    assert [len(of.outcomes[0].seeds) for of in told] == [3, 1]
    assert told[1].yardsticks == ("oracle",)


def test_failed_jobs_are_told(study):
    failure = {"name": "x", "point": 1, "first": 0, "worlds": 6, "seconds": 1.0, "failure": "it broke", "trace": ""}
    (study / "failures" / "x.json").write_text(json.dumps(failure))
    assert reporting.material(study, {}).failures == ("pid survey in recall, 6 worlds: it broke",)


def test_days_are_those_of_the_runs(swept):
    run = equipoise.run(equipoise.compose("strategy=pid_survey", "environment=recall", "replicates=6", *SMALL))
    days = days_at(swept, [1], ["satisfaction", "believed", "no_such_column"])
    assert set(days) == {"satisfaction", "believed"}
    for name, values in days.items():
        told = np.array([record.columns()[name][record.burn_in :] for record in run.records])
        np.testing.assert_allclose(values, told, atol=1e-6)


@pytest.mark.parametrize(
    "asked",
    [
        Asked(WORDS),
        Asked(("firm.set_point=interval(0.6,0.8)", "strategy=oracle", *SMALL), design="sobol", samples=2, seed=4),
        Asked(("firm.set_point=0.6,0.7", "firm.band=0.02,0.03", *SMALL), zipped=(("firm.set_point", "firm.band"),)),
    ],
)
def test_the_command_repeats_the_study(asked):
    planned = plan(asked)
    (command,) = reporting.sweep_commands(of_study(planned), Path("small"))
    words = shlex.split(command)[2:]
    options = {"--design": "design", "--samples": "samples", "--design-seed": "seed", "--zip": "zipped"}
    given, rest = {}, []
    while words:
        word = words.pop(0)
        if word in options:
            value = words.pop(0)
            given[options[word]] = int(value) if value.isdigit() else value
        elif word == "--out":
            assert words.pop(0) == "small"
        else:
            rest.append(word)
    if "zipped" in given:
        given["zipped"] = (tuple(given["zipped"].split(",")),)
    again = plan(Asked(tuple(rest), **given))
    assert [spot.identity for spot in again.spots] == [spot.identity for spot in planned.spots]


# A study that grew is repeated at once; one that grew as it went, as it went.
def test_the_commands_repeat_how_it_grew():
    few, more, until = (
        {"replicates": n, "stop": stop} for n, stop in ((5, None), (9, None), (5, Stop("cost", 2, 50)._asdict()))
    )
    manifest = of_study(plan(Asked(WORDS)))

    def ends(*worlds):
        told = reporting.sweep_commands(manifest | {"worlds": worlds}, Path("small"))
        return [each.partition(" replicates=")[2] for each in told]

    assert ends(few, more) == ends(more, few) == ["9 --out small"]
    assert ends(few, until, more) == ["5 --out small", "5 --until cost:2 --cap 50 --out small", "9 --out small"]


def test_an_envelope_in_the_study_is_told_in_words(study):
    assert reporting.material(study, {}).envelope is None
    panel = {
        "chosen": {"strategy": "pid_survey"},
        "extent": "25 % of the map (20 to 40 %)",
        "rule": "holds when firm.band > 0.05",
    }
    told = {"holds": "settling_time<=91", "share_of_worlds": 0.5, "worlds": 4, "settings": ["firm.band", "x"]}
    (study / "envelope.json").write_text(json.dumps(told | {"envelope": [panel]}))
    (study / "envelope.svg").write_text("<svg/>")
    (study / "envelope.png").write_bytes(b"png")
    shown = reporting.material(study, {}).envelope
    assert shown.svg == b"<svg/>"
    assert "settling_time<=91 in at least 50 % of 4 worlds, over firm.band and x" in shown.caption
    assert "pid survey: 25 % of the map (20 to 40 %), holds when firm.band > 0.05" in shown.caption
    (study / "envelope.json").write_text("{}")
    with pytest.raises(EquipoiseError, match=r"envelope\.json cannot be read"):
        reporting.material(study, {})
