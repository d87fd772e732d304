"""A damaged study heals itself: files set aside, their runs made again, foreign runs refused."""

import errno
import json
import os
import random
import shutil
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

import equipoise
from equipoise.errors import EquipoiseError
from equipoise.experiments.execution import sweep_runner
from equipoise.experiments.execution.sweep_runner import SilentWatcher
from equipoise.experiments.storage import recovery
from equipoise.experiments.storage.checksums import PartChecksums
from equipoise.experiments.storage.tables import read_table

SMALL = ("community.size=30", "network.count=4", "horizon=8", "burn_in=0", "replicates=20")
WORDS = (*SMALL, "strategy=do_nothing,oracle")


def sweep(folder, *words, **options):
    return equipoise.sweep(*(words or WORDS), out=folder, executor="serial", **options)


def rows(folder, kind="summary"):
    table = pl.read_parquet(sorted((folder / kind).glob("*.parquet")))
    keys = [name for name in ("point", "seed", "day") if name in table.columns]
    return table.with_columns(pl.col(pl.Categorical).cast(pl.String)).sort(keys)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the folder of a finished study; tests work on copies."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    assert sweep(folder).complete
    return folder


@pytest.fixture
def study(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "study")
    return tmp_path / "study"


def first_part(folder, kind):
    return sorted((folder / kind).glob("*.parquet"))[0]


def truncate(path):
    path.write_bytes(b"")


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def flip_page_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 8] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [truncate, cut, flip_page_bit])
@pytest.mark.parametrize("kind", ["summary", "daily"])
def test_a_damaged_part_is_set_aside_and_run_again(study, whole, kind, damage):
    part = first_part(study, kind)
    damage(part)
    result = sweep(study)
    assert result.done == 1
    assert any("was moved to damaged/" in note for note in result.notes)
    assert (study / "damaged" / f"{kind}-{part.name}").exists()
    for name in ("summary", "daily"):
        assert rows(study, name).equals(rows(whole, name))


def test_lost_days_are_run_again(study, whole):
    first_part(study, "daily").unlink()
    assert sweep(study).done == 1
    assert rows(study, "daily").equals(rows(whole, "daily"))


@pytest.mark.parametrize("name", ["study.json", "points.parquet"])
@pytest.mark.parametrize("damage", [truncate, cut])
def test_manifest_and_points_are_written_anew(study, whole, name, damage):
    damage(study / name)
    with pytest.raises(EquipoiseError, match=f"{name} cannot be read: .*writes it anew"):
        equipoise.compare(study)
    result = sweep(study)
    assert result.done == 0
    assert result.progress_notes == [f"{name} was damaged and is written anew."]
    assert json.loads((study / "study.json").read_text()) == json.loads(
        (whole / "study.json").read_text()
    )
    equipoise.compare(study)


def test_a_lost_manifest_is_written_anew(study):
    (study / "study.json").unlink()
    assert sweep(study).done == 0
    equipoise.compare(study)


@pytest.mark.parametrize("manifest", ["lost", "torn"])
def test_runs_of_another_study_are_not_taken_for_own(study, manifest):
    if manifest == "lost":
        (study / "study.json").unlink()
    else:
        truncate(study / "study.json")
    before = rows(study)
    with pytest.raises(EquipoiseError, match="holds runs of another study"):
        sweep(study, *SMALL, "strategy=weekly_team,planner")
    assert rows(study).equals(before)


def as_text(part):
    # As text nan equals nan.
    return str(read_table(part).to_pydict())


def test_flipped_bits_never_change_a_number(study):
    part = first_part(study, "summary")
    content, expected = part.read_bytes(), as_text(part)
    # The footer, which ends with its length and a mark, holds names and places, no numbers.
    end = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    dice = random.Random(5)
    noticed = 0
    for _ in range(200):
        changed = bytearray(content)
        changed[dice.randrange(4, end)] ^= 1 << dice.randrange(8)
        part.write_bytes(changed)
        try:
            assert as_text(part) == expected
        except EquipoiseError:
            noticed += 1
    # Some bytes, such as statistics in the heads of pages, change nothing that is read.
    assert noticed >= 100


def test_files_of_others_in_a_study_stay(study):
    strangers = ["fresh/notes.txt", "fresh/.hidden", "daily/mine.parquet", "failures/readme.md"]
    for name in strangers:
        (study / name).write_text("mine")
    assert sweep(study).complete
    assert all((study / name).read_text() == "mine" for name in strangers)


def test_a_folder_with_data_of_others_is_refused(tmp_path):
    folder = tmp_path / "project"
    (folder / "daily").mkdir(parents=True)
    (folder / "daily" / "2024.parquet").write_text("mine")
    with pytest.raises(EquipoiseError, match="holds something else"):
        sweep(folder)
    assert (folder / "daily" / "2024.parquet").read_text() == "mine"


@pytest.mark.parametrize("name", [".lock", "study.json", "daily", "summary", "points.parquet"])
def test_links_in_a_study_are_refused(study, tmp_path, name):
    outside = tmp_path / "outside"
    if (study / name).is_dir():
        shutil.copytree(study / name, outside)
        shutil.rmtree(study / name)
        (outside / "0123456789abcdef.parquet").write_text("mine")
    else:
        outside.write_text("mine")
        (study / name).unlink(missing_ok=True)
    (study / name).symlink_to(outside)
    with pytest.raises(EquipoiseError, match="is a link"):
        sweep(study)
    kept = outside / "0123456789abcdef.parquet" if outside.is_dir() else outside
    assert kept.read_text() == "mine"


@pytest.mark.parametrize("refusal", [errno.EMFILE, errno.EACCES, errno.EIO])
def test_a_file_that_the_system_refuses_is_not_taken_for_damaged(study, monkeypatch, refusal):
    (study / "checksums.txt").unlink()

    def refuse(path):
        raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr(recovery, "open_parquet", refuse)
    with pytest.raises(EquipoiseError, match=r"cannot be read: .*Nothing is changed"):
        sweep(study)
    assert not (study / "damaged").exists()


def test_too_little_memory_is_no_damage(study, monkeypatch):
    (study / "checksums.txt").unlink()

    def fail(path):
        raise pa.ArrowMemoryError("malloc failed")

    monkeypatch.setattr(recovery, "open_parquet", fail)
    with pytest.raises(MemoryError, match="malloc failed"):
        sweep(study)
    assert not (study / "damaged").exists()


def test_files_set_aside_keep_their_names_apart(study):
    part = first_part(study, "summary")
    for _ in range(2):
        cut(part)
        sweep(study)
    names = sorted(path.name for path in (study / "damaged").glob("summary-*"))
    assert names == [f"summary-{part.name}", f"summary-{part.name}-2"]


def test_waiting_jobs_without_their_days_are_run_again(tmp_path):
    few = (*SMALL[:-1], "replicates=2", "strategy=do_nothing,oracle")

    class Killed(SilentWatcher):
        def on_result(self, result):
            raise SystemExit

    with pytest.raises(SystemExit):
        sweep(tmp_path / "s", *few, watcher=Killed())
    (days,) = (tmp_path / "s" / "fresh").glob("*.daily.arrow")
    days.unlink()
    result = sweep(tmp_path / "s", *few)
    assert any("has no daily file" in note for note in result.notes)
    assert len(rows(tmp_path / "s", "daily")) == 2 * 2 * 8


def test_lost_days_beside_a_torn_manifest_are_run_again(study):
    truncate(study / "study.json")
    first_part(study, "daily").unlink()
    assert sweep(study).done == 1


def test_every_file_of_a_study_is_flushed(tmp_path, monkeypatch):
    flushed = []
    flush = os.fsync

    def record(handle):
        flushed.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        flush(handle)

    monkeypatch.setattr(os, "fsync", record)
    sweep(tmp_path / "s")
    parts = {path.name for path in (tmp_path / "s").rglob("*.parquet")}
    written = {name.removeprefix(".").rsplit(".", 2)[0] for name in flushed}
    assert {*parts, "study.json"} <= written
    assert {"s", "summary", "daily"} <= set(flushed), "a folder is flushed after each rename"


def test_a_study_begun_by_another_process_is_seen_under_the_lock(study, tmp_path, monkeypatch):
    # The other study appears while the parts are checked, after the folder was found empty.
    target = tmp_path / "late"

    def begin_another(points, in_process):
        shutil.copytree(study, target)

    monkeypatch.setattr(sweep_runner, "check_user_parts", begin_another)
    before = rows(study)
    with pytest.raises(EquipoiseError, match="holds another study"):
        sweep(target, *SMALL, "strategy=weekly_team,planner")
    assert rows(target).equals(before)


@pytest.mark.parametrize("kind", ["summary", "daily"])
def test_part_with_a_flipped_bit_in_a_name_is_set_aside(study, whole, kind):
    name = {"summary": b"time_in_band", "daily": b"satisfaction"}[kind]
    part = first_part(study, kind)
    content = bytearray(part.read_bytes())
    content[content.find(name)] ^= 1
    part.write_bytes(content)
    with pytest.raises(EquipoiseError, match=r"cannot be read: .*footer"):
        read_table(part, ["job"])
    again = sweep(study)
    assert again.complete
    notes = [note for note in again.notes if part.name in note]
    assert any("is damaged" in note and "moved to damaged/" in note for note in notes)
    assert rows(study, kind).equals(rows(whole, kind))


def test_comparison_refuses_a_part_with_a_flipped_bit_in_a_name(study):
    part = first_part(study, "summary")
    content = bytearray(part.read_bytes())
    content[content.find(b"time_in_band")] ^= 1
    part.write_bytes(content)
    with pytest.raises(EquipoiseError, match="footer is damaged") as caught:
        equipoise.compare(study)
    assert len(caught.value.problems) == 1


def test_parts_with_their_checksums_are_not_decoded(study, monkeypatch):
    monkeypatch.setattr(recovery, "open_parquet", lambda path: pytest.fail("a part is decoded"))
    assert sweep(study).done == 0


# A lost, incomplete or damaged line costs time only; sound parts are never set aside for it.
@pytest.mark.parametrize("damage", [truncate, cut, flip_page_bit, Path.unlink])
def test_parts_are_decoded_where_checksums_are_damaged(study, damage):
    damage(study / "checksums.txt")
    result = sweep(study)
    assert (result.done, (study / "damaged").exists()) == (0, False)
    decoded = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery, "open_parquet", decoded.append)
        assert sweep(study).done == 0
    assert not decoded, "the checksums of decoded parts are kept"


def test_damage_is_found_in_every_byte_of_a_part(study):
    part = first_part(study, "daily")
    content = part.read_bytes()
    checksums = PartChecksums(study, "checksums.txt")
    checksums.load()
    assert checksums.is_known(part)
    for place in range(0, len(content), 97):
        changed = bytearray(content)
        changed[place] ^= 1
        part.write_bytes(changed)
        assert not checksums.is_known(part)
