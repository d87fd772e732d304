"""Notes on disk: each once, with all of its points, whenever the process is killed."""

import itertools
import json

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.job import JobResult
from equipoise.experiments.storage.layout import NOTES_FOLDER
from equipoise.experiments.storage.note_files import NoteFiles, read_note_files
from equipoise.experiments.storage.store import Store


@pytest.fixture
def notes(tmp_path):
    def write(folder, name, content):
        writes.append(name)
        (tmp_path / name).write_bytes(content)

    writes = []
    files = NoteFiles(tmp_path, write)
    files.writes = writes
    return files


def test_notes_are_read_in_the_order_in_which_they_were_noted(notes, tmp_path):
    for number, text in enumerate(["z", "a", "m", "z", "a"]):
        notes.add([text], [number])
    read = read_note_files(tmp_path)
    assert read == {"z": {0, 3}, "a": {1, 4}, "m": {2}}
    assert list(read) == ["z", "a", "m"]


def test_known_note_is_not_written_again(notes, tmp_path):
    notes.add(["a"], range(5))
    again = NoteFiles(tmp_path, lambda *_: pytest.fail("nothing is new"))
    again.load()
    again.add(["a"], [3])
    assert len(notes.writes) == 1


def test_further_points_are_appended(notes, tmp_path):
    for number in range(100):
        notes.add(["a"], [2 * number])
    assert len(notes.writes) == 1, "the file is not rewritten"
    assert read_note_files(tmp_path) == {"a": set(range(0, 200, 2))}
    notes.join_lines()
    (path,) = tmp_path.iterdir()
    assert path.read_bytes().count(b"\n") == 1, "an end is a record, whose damage is noticed"
    assert read_note_files(tmp_path) == {"a": set(range(0, 200, 2))}


@pytest.mark.parametrize("cut", range(1, 9))
def test_an_incomplete_last_line_is_ignored_and_removed(notes, tmp_path, cut):
    notes.add(["a"], [1])
    notes.add(["a"], [13])
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-cut])
    assert read_note_files(tmp_path) == {"a": {1}}
    again = NoteFiles(tmp_path, lambda _, name, content: (tmp_path / name).write_bytes(content))
    again.load()
    again.add(["a"], [3])
    assert read_note_files(tmp_path) == {"a": {1, 3}}


def test_many_points_take_little_room(notes, tmp_path):
    notes.add(["a"], [*range(10_000), 20_000])
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text())["points"] == [[0, 9999], [20_000, 20_000]]


@pytest.mark.parametrize("content", ["", "[]", '{"order": 0, "note": "a"}', "{"])
def test_damaged_note_is_refused_with_its_file(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(EquipoiseError, match=r"a\.json cannot be read"):
        read_note_files(tmp_path)


def test_study_without_notes_has_none(tmp_path):
    assert read_note_files(tmp_path / "absent") == {}


def test_killed_at_any_step_a_finished_job_has_its_notes(tmp_path, crash_at):
    results = [
        JobResult(str(number), number, 0, 60, summary=b"x", notes=("a", f"b{number}"))
        for number in range(3)
    ]
    for limit in itertools.count():
        store = Store(tmp_path / str(limit))
        with store.lock(), crash_at(limit) as crash:
            for result in results:
                store.save_result(result)
        written = {path.stem for path in store.folder.glob("summary/*.parquet")}
        read = store.read_notes()
        for name in written:
            assert int(name) in read["a"] & read[f"b{name}"]
        if not crash.happened:
            break
    assert list(read) == ["a", "b0", "b1", "b2"]
    assert len([*(store.folder / NOTES_FOLDER).iterdir()]) == 4
    assert limit > 10
