"""Atomic writes: complete files only, links and pipes as they are."""

import os
import subprocess

import pytest

from equipoise.output.atomic import atomic_file, list_partial_files


def test_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "report.txt"
    with atomic_file(path) as partial:
        partial.write_text("half")
        assert not path.exists()
    assert path.read_text() == "half"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt("key")])
def test_failure_leaves_the_earlier_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "report.txt"
    path.write_text("earlier")
    failure = pytest.raises(type(error), match=str(error))
    with failure, atomic_file(path) as partial:
        partial.write_text("half")
        raise error
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_scratch_folder_holds_the_temporary_file(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with atomic_file(tmp_path / "report.txt", scratch) as partial:
        partial.write_text("whole")
        assert partial.parent == scratch
    assert (tmp_path / "report.txt").read_text() == "whole"
    assert not list(scratch.iterdir())


def test_link_stays_a_link(tmp_path):
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "target.txt")
    with atomic_file(link) as partial:
        partial.write_text("whole")
    assert link.is_symlink()
    assert (tmp_path / "target.txt").read_text() == "whole"


def test_pipe_is_written_directly(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        with atomic_file(pipe) as partial:
            assert partial == pipe
            partial.write_text("whole")
        assert reader.communicate(timeout=20)[0] == "whole"
    assert pipe.is_fifo()


def test_durable_file_is_flushed_before_it_appears_and_its_folder_after(tmp_path, monkeypatch):
    path = tmp_path / "report.txt"
    flushed = []
    flush = os.fsync

    def record(handle):
        flushed.append((os.fstat(handle).st_ino, path.exists()))
        flush(handle)

    monkeypatch.setattr(os, "fsync", record)
    with atomic_file(path, durable=True) as partial:
        partial.write_text("whole")
        number = partial.stat().st_ino
    assert flushed == [(number, False), (tmp_path.stat().st_ino, True)]
    assert path.read_text() == "whole"


def test_file_is_not_flushed_by_default(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", None)
    with atomic_file(tmp_path / "report.txt") as partial:
        partial.write_text("whole")
    assert (tmp_path / "report.txt").read_text() == "whole"


def test_partial_files_are_those_of_a_process(tmp_path):
    names = (".a[1].txt.123.partial", ".a[1].txt.mine.partial", ".a1.txt.123.partial")
    for name in (*names, "a[1].txt", ".a[1].txt.123"):
        (tmp_path / name).touch()
    assert [path.name for path in list_partial_files(tmp_path / "a[1].txt")] == [names[0]]


def test_file_of_a_killed_process_is_removed_by_the_next_write(tmp_path):
    gone, running = (
        tmp_path / f".report.txt.{number}.partial" for number in (4194304, os.getppid())
    )
    other = tmp_path / ".else.txt.4194304.partial"
    for path in (gone, running, other):
        path.touch()
    with atomic_file(tmp_path / "report.txt") as partial:
        partial.write_text("whole")
    assert sorted(tmp_path.iterdir()) == sorted([running, other, tmp_path / "report.txt"])


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127])
def test_long_names_have_temporary_names_that_fit(tmp_path, name):
    with atomic_file(tmp_path / name) as partial:
        partial.write_text("whole")
        assert list(list_partial_files(tmp_path / name)) == [partial]
    assert (tmp_path / name).read_text() == "whole"
