"""The command `equipoise report`: what it writes, what it keeps, and errors in one line."""

import errno
import shutil
from pathlib import Path

import pytest

import equipoise
from equipoise.experiments.cli.main import main
from equipoise.experiments.studies.report import report

SMALL = ("community.size=60", "network.count=6", "horizon=28", "burn_in=7")
WORDS = ("strategy=do_nothing,pid_survey", "environment=recall", "replicates=6", *SMALL)
MEASURES = ("time-in-band", "mean-satisfaction", "cost")


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
    """Return a function that runs the command: exit code, standard output, standard error."""

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main(["report", *map(str, words)])
        return ended.value.code, *capfd.readouterr()

    return run


@pytest.fixture
def refuse(command):
    """Return a function that expects one error with some texts."""

    def run(*words, texts):
        code, out, err = command(*words)
        assert (code, out) == (2, "")
        assert err.startswith("error: ")
        assert "Traceback" not in err
        for text in texts:
            assert text in err

    return run


@pytest.fixture
def without_figures(monkeypatch):
    """Leave the drawing out of tests that look at the folder only."""
    monkeypatch.setattr(
        "equipoise.analysis.report.page.render_page", lambda study: (f"<p>{study.title}</p>", ())
    )


def test_report_is_a_page_and_its_figures(study, command):
    folder = study / "report"
    assert command(study) == (0, f"Written to {folder / 'report.html'}\n", "")
    stems = ["days-recall", "movers-recall", "beliefs-recall", "front"]
    for measure in MEASURES:
        stems += [f"differences-{measure}-recall", f"ranking-{measure}"]
    names = {path.name for path in (folder / "figures").iterdir()}
    assert names == {f"{stem}.{suffix}" for stem in stems for suffix in ("svg", "png")}
    page = (folder / "report.html").read_text("utf-8")
    assert "Study small" in page
    assert "equipoise sweep strategy=do_nothing,pid_survey environment=recall" in page
    assert "replicates=6 --out small" in page
    assert len(page) < 5_000_000


def test_report_is_replaced_and_other_files_are_kept(study, without_figures):
    page = report(study)
    (page.parent / "slides.pptx").write_text("slides")
    page.write_text("earlier")
    assert report(study, on="time_in_band") == page
    assert page.read_text() == "<p>Study small</p>"
    assert (page.parent / "slides.pptx").read_text() == "slides"


def test_study_is_never_written_over(study, refuse, without_figures, monkeypatch):
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    (study / "report.html").touch()
    refuse(study, "--out", study, texts=["it is or contains the study"])
    refuse(study, "--out", study.parent, texts=["it is or contains the study"])
    refuse(study, "--out", study / "failures", texts=["it holds the files of the study"])
    monkeypatch.chdir(study.parent)
    Path("report.html").touch()
    refuse(study.name, "--out", ".", texts=["it is or contains the study", "Give another --out."])
    after = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    assert after == before | {study / "report.html": b""}


def test_other_folders_are_not_written_to(study, command, refuse, without_figures, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    refuse(study, "--out", mine, texts=["holds something else than a report"])
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]
    assert command(study, "--out", tmp_path / "new" / "place")[0] == 0
    assert (tmp_path / "new" / "place" / "report.html").exists()


def test_full_disk_keeps_the_earlier_report(study, refuse, without_figures, monkeypatch):
    page = report(study)
    page.write_text("earlier")

    def fail(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    refuse(study, texts=["cannot be written: No space left on device"])
    assert page.read_text("utf-8") == "earlier"


def test_folder_below_a_file_is_refused(study, refuse, without_figures, tmp_path):
    (tmp_path / "file").write_text("")
    refuse(study, "--out", tmp_path / "file" / "report", texts=["cannot be written"])


def test_folder_without_a_study_is_refused(refuse, tmp_path, study):
    refuse(tmp_path / "nowhere", texts=["There is no folder"])
    refuse(tmp_path, texts=["is no study"])
    (tmp_path / "tuning.json").write_text("{}")
    refuse(tmp_path, texts=["is a tuning: its tuning.png"])
    (study / "study.json").write_text("{torn")
    refuse(study, texts=["study.json cannot be read"])


@pytest.mark.parametrize("kind", ["summary", "daily", "points.parquet"])
def test_damaged_file_is_refused(study, refuse, kind):
    path = study / kind
    path = path if path.is_file() else next(path.glob("*.parquet"))
    path.write_bytes(path.read_bytes()[:100])
    refuse(study, texts=["cannot be read"])
    assert not (study / "report").exists()


def test_study_without_runs_is_refused(study, refuse):
    for path in (study / "summary").iterdir():
        path.unlink()
    refuse(study, texts=["No run of", "is finished yet"])


def test_wrong_options_are_refused_together(study, refuse):
    words = ("--margin", "cost", "--enough", "x:y")
    refuse(study, *words, texts=["--margin cost cannot be read", "--enough x:y"])
    refuse(study, "--baseline", "do_noting", texts=["do_nothing"])
    refuse(study, "--on", "time_in_bend", texts=["time_in_band"])
    refuse(study, "--by", "nope", texts=["To compare by 'nope' is not known"])
    refuse(study, "--by", ",", texts=["--by ',' names nothing"])
    refuse(study, "--on", "", texts=["--on '' names nothing"])
    refuse(study, "--margin", ",", texts=["--margin ',' names nothing"])
    assert not (study / "report").exists()
