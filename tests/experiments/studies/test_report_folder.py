"""The folder of a report: only its own files are replaced, and a kill at any moment is mended."""

import errno
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import EquipoiseError
from equipoise.experiments.studies.report_folder import (
    FILE_LIST,
    check_report_folder,
    list_figure_files,
    write_report_folder,
)

EARLIER = {
    "figures/days-calm.svg": b"<svg>days of calm, earlier</svg>",
    "figures/days-calm.png": b"pixels, earlier",
    "figures/ranking-cost.svg": b"<svg>ranking, earlier</svg>",
    "points.csv": b"strategy\nearlier\n",
    "report.html": b"<p>the earlier page</p>",
}
LATER = {
    "figures/days-calm.svg": b"<svg>days of calm, later</svg>",
    "figures/days-calm.png": b"pixels, later",
    "figures/front.svg": b"<svg>front, later</svg>",
    "report.html": b"<p>the later page</p>",
}
FOREIGN = {
    "slides.pptx": b"slides",
    "figures/mine.svg": b"<svg>mine</svg>",
    "figures/.hidden.svg": b"hidden",
    ".notes.123.partial": b"notes",
    ".report.html.mine.partial": b"mine",
    "data/points.csv": b"data",
}


def write_files(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def read_files(folder):
    """Return the contents of all files by name, without the list of the report's own."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != FILE_LIST]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def own_files(folder):
    return json.loads((folder / FILE_LIST).read_text("utf-8"))


@pytest.fixture
def study(tmp_path):
    """Return the folder of a study with its own folders."""
    folder = tmp_path / "study"
    for name in ("summary", "daily", "failures", "fresh"):
        (folder / name).mkdir(parents=True)
    (folder / "study.json").write_text("{}")
    return folder


# What is written


def test_folder_holds_the_files_and_their_list(tmp_path):
    folder = tmp_path / "new" / "report"
    assert write_report_folder(folder, EARLIER) == folder / "report.html"
    assert read_files(folder) == EARLIER
    assert own_files(folder) == sorted(EARLIER)


def test_later_report_replaces_the_earlier_one(tmp_path):
    write_report_folder(tmp_path, EARLIER)
    write_report_folder(tmp_path, LATER)
    assert read_files(tmp_path) == LATER
    assert own_files(tmp_path) == sorted(LATER)


def test_foreign_files_are_kept(tmp_path):
    write_report_folder(tmp_path, EARLIER)
    write_files(tmp_path, FOREIGN)
    write_report_folder(tmp_path, LATER)
    assert read_files(tmp_path) == LATER | FOREIGN


@pytest.mark.parametrize("name", ["figures/front.svg", "report.html"])
def test_foreign_file_of_the_same_name_is_not_overwritten(tmp_path, name):
    files = {key: content for key, content in EARLIER.items() if key != name}
    write_report_folder(tmp_path, files)
    write_files(tmp_path, {name: b"mine"})
    with pytest.raises(EquipoiseError, match=f"{name} is not of an earlier report"):
        write_report_folder(tmp_path, LATER)
    assert read_files(tmp_path) == files | {name: b"mine"}


@pytest.mark.parametrize("name", ["figures", "figures/days-calm.svg", "report.html", FILE_LIST])
def test_links_are_not_followed(tmp_path, name):
    target = tmp_path / "target"
    if name == "figures":
        target.mkdir()
    else:
        target.write_bytes(b"mine")
    folder = tmp_path / "report"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).symlink_to(target)
    with pytest.raises(EquipoiseError, match="is a link"):
        write_report_folder(folder, LATER)
    assert target.is_dir() or target.read_bytes() == b"mine"


@pytest.mark.parametrize(
    "names",
    [
        ["../outside.svg", "figures/../../outside.svg", "/etc/hostname", "slides.pptx", ""],
        ["figures", "figures/mine.txt", "data/points.csv", 7, None],
        {"report.html": "slides.pptx"},
        "slides.pptx",
    ],
)
def test_list_leads_to_no_other_file(tmp_path, names):
    folder = tmp_path / "report"
    kept = FOREIGN | {"figures/mine.txt": b"text"}
    write_files(folder, kept)
    write_files(tmp_path, {"outside.svg": b"outside"})
    (folder / FILE_LIST).write_text(json.dumps(names))
    write_report_folder(folder, LATER)
    assert read_files(folder) == LATER | kept
    assert (tmp_path / "outside.svg").read_bytes() == b"outside"


def test_torn_list_names_no_file(tmp_path):
    write_report_folder(tmp_path, EARLIER)
    (tmp_path / FILE_LIST).write_text('["points.csv", "rep')
    with pytest.raises(EquipoiseError, match="not of an earlier report") as caught:
        write_report_folder(tmp_path, LATER)
    assert len(caught.value.problems) == 3
    assert read_files(tmp_path) == EARLIER


def test_page_without_a_list_names_its_files(tmp_path):
    page = (
        '<!doctype html><meta name="generator" content="equipoise 0.1.0">'
        '<figure id="figure-days-calm"></figure><figure id="figure-ranking-cost-2"></figure>'
    )
    old = {"report.html": page.encode()}
    old |= dict.fromkeys(list_figure_files(["days-calm", "ranking-cost-2"]), b"old")
    write_files(tmp_path, old | FOREIGN | {"points.csv": b"mine"})
    check_report_folder(tmp_path, tmp_path.parent / "study")
    write_report_folder(tmp_path, LATER)
    assert read_files(tmp_path) == LATER | FOREIGN | {"points.csv": b"mine"}


def test_torn_list_is_mended_by_the_page(tmp_path):
    page = '<meta name="generator" content="equipoise 0.1.0"><figure id="figure-days-calm">'
    files = EARLIER | {"report.html": page.encode()}
    del files["points.csv"], files["figures/ranking-cost.svg"]
    write_report_folder(tmp_path, files)
    (tmp_path / FILE_LIST).write_text("")
    write_report_folder(tmp_path, LATER)
    assert read_files(tmp_path) == LATER


def test_page_without_a_list_names_its_points(tmp_path):
    page = '<meta name="generator" content="equipoise 0.1.0"><a download="points.csv"></a>'
    write_files(tmp_path, {"report.html": page.encode(), "points.csv": b"old"})
    write_report_folder(tmp_path, LATER)
    assert read_files(tmp_path) == LATER


def test_full_disk_keeps_every_earlier_file(tmp_path, monkeypatch):
    write_report_folder(tmp_path, EARLIER)

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(EquipoiseError, match="cannot be written: No space left on device"):
        write_report_folder(tmp_path, LATER)
    assert read_files(tmp_path) == EARLIER
    monkeypatch.undo()
    write_report_folder(tmp_path, LATER)
    assert read_files(tmp_path) == LATER


def test_every_file_is_flushed_before_its_name_appears(tmp_path, monkeypatch):
    flushed = []
    flush = os.fsync

    def record(handle):
        flushed.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        flush(handle)

    monkeypatch.setattr(os, "fsync", record)
    write_report_folder(tmp_path, LATER)
    for name in LATER:
        stem = name.rpartition("/")[2]
        assert f".{stem}.{os.getpid()}.partial" in flushed
    assert tmp_path.name in flushed
    assert "figures" in flushed


# Killed at any step: every file is whole, foreign files are there, and the same call succeeds.


@pytest.mark.parametrize("start", ["nothing", "an empty folder", "an earlier report"])
def test_report_killed_at_any_step_is_written_by_the_same_call(tmp_path, crash_at, start):
    for limit in itertools.count():
        folder = tmp_path / str(limit)
        foreign = {}
        if start == "an empty folder":
            folder.mkdir()
        elif start == "an earlier report":
            write_report_folder(folder, EARLIER)
            write_files(folder, FOREIGN)
            foreign = FOREIGN
        with crash_at(limit) as crash:
            write_report_folder(folder, LATER)
        if folder.exists():
            left = read_files(folder)
            for name, content in left.items():
                known = [files.get(name) for files in (EARLIER, LATER, foreign)]
                assert content in known or name.endswith(".partial"), (limit, name)
            assert left.items() >= foreign.items()
            assert start != "an earlier report" or "report.html" in left
        check_report_folder(folder, tmp_path / "study")
        write_report_folder(folder, LATER)
        assert read_files(folder) == LATER | foreign, limit
        assert own_files(folder) == sorted(LATER)
        if not crash.happened:
            break
    assert limit > 12, "there are fewer steps than there should be"


def test_report_killed_again_and_again_is_written_in_the_end(tmp_path, crash_at):
    folder = tmp_path / "report"
    write_report_folder(folder, EARLIER)
    write_files(folder, FOREIGN)
    for limit in itertools.count():
        with crash_at(limit) as crash:
            write_report_folder(folder, LATER)
        check_report_folder(folder, tmp_path / "study")
        if not crash.happened:
            break
    assert read_files(folder) == LATER | FOREIGN


WRITE_FOREVER = """
import sys
from pathlib import Path
from equipoise.experiments.studies.report_folder import write_report_folder

print("started", flush=True)
for number in range(100_000):
    text = f"report {number % 2}".encode() * 5000
    names = [f"figures/{name}.svg" for name in ("abc", "bcd")[number % 2]]
    write_report_folder(Path(sys.argv[1]), dict.fromkeys((*names, "report.html"), text))
"""


@pytest.mark.parametrize("milliseconds", [0, 3, 10, 40, 90])
def test_files_are_complete_after_kill_9(tmp_path, milliseconds):
    folder = tmp_path / "report"
    folder.mkdir()
    command = [sys.executable, "-c", WRITE_FOREVER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "started\n"
        time.sleep(milliseconds / 1000)
        process.kill()
    complete = {f"report {number}".encode() * 5000 for number in range(2)}
    for name, content in read_files(folder).items():
        assert content in complete or name.endswith(".partial"), name
    check_report_folder(folder, tmp_path / "study")
    write_report_folder(folder, LATER)
    assert read_files(folder) == LATER


NAMES = ("report.html", "points.csv", "figures/a.svg", "figures/a.png", "figures/b.svg")


@given(
    reports=st.lists(st.sets(st.sampled_from(NAMES)), min_size=1, max_size=4),
    foreign=st.sets(st.sampled_from([*FOREIGN, "figures/c.svg", "notes/report.html"])),
)
def test_last_report_and_all_foreign_files_remain(reports, foreign):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_report_folder(folder, {"report.html": b"first"})
        write_files(folder, dict.fromkeys(foreign, b"foreign"))
        for number, names in enumerate(reports):
            files = dict.fromkeys(sorted(names | {"report.html"}), f"report {number}".encode())
            write_report_folder(folder, files)
        assert read_files(folder) == files | dict.fromkeys(foreign, b"foreign")
        assert own_files(folder) == sorted(files)


# Where a report may be written


def test_new_empty_and_earlier_report_folders_are_allowed(study, tmp_path):
    check_report_folder(study / "report", study)
    check_report_folder(tmp_path / "deliver" / "report", study)
    (tmp_path / "empty").mkdir()
    check_report_folder(tmp_path / "empty", study)
    write_report_folder(study / "report", EARLIER)
    write_files(study / "report", FOREIGN)
    check_report_folder(study / "report", study)


def test_study_and_the_folders_that_contain_it_are_refused(study, tmp_path, monkeypatch):
    monkeypatch.chdir(study)
    for folder in (study, tmp_path, study / "daily" / "..", study.relative_to(study)):
        (folder / "report.html").touch()
        with pytest.raises(EquipoiseError, match="it is or contains the study"):
            check_report_folder(folder, study)


def test_link_to_the_study_is_refused(study, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(study)
    with pytest.raises(EquipoiseError, match="it is or contains the study"):
        check_report_folder(link, study)


@pytest.mark.parametrize("name", ["summary", "daily", "failures", "fresh", "failures/report"])
def test_own_folders_of_a_study_are_refused(study, tmp_path, name):
    with pytest.raises(EquipoiseError, match="it holds the files of the study"):
        check_report_folder(study / name, study)
    other = tmp_path / "other"
    with pytest.raises(EquipoiseError, match="it holds the files of the study"):
        check_report_folder(study / name, other)


def test_other_study_is_refused(study, tmp_path):
    with pytest.raises(EquipoiseError, match="it holds the files of the study"):
        check_report_folder(study, tmp_path / "other")


def test_file_and_folder_of_other_files_are_refused(study, tmp_path):
    (tmp_path / "file").write_text("")
    project = tmp_path / "project"
    write_files(project, {"thesis.txt": b"years of work", "report.html": b""})
    for folder in (tmp_path / "file", project):
        with pytest.raises(EquipoiseError, match="holds something else than a report") as caught:
            check_report_folder(folder, study)
        assert "Allowed: a new or empty folder, or one with an earlier report." in str(caught.value)
    assert read_files(project) == {"thesis.txt": b"years of work", "report.html": b""}
