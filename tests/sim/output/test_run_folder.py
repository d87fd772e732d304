"""A run on disk: whole or not at all, readable without Equipoise, repeatable from its folder."""

import json
import os
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

import equipoise
from equipoise.errors import EquipoiseError
from equipoise.experiments.storage import run_output
from equipoise.output import run_folder
from equipoise.run_record import column_meanings
from equipoise.runner import run_until_stopped

SMALL = ("community.size=60", "horizon=20", "burn_in=4", "strategy=pid_survey")


@pytest.fixture(scope="module")
def done():
    return equipoise.run(equipoise.compose(*SMALL, "environment=recall", "replicates=2", "seed=5"))


@pytest.fixture
def undrawn(monkeypatch):
    monkeypatch.setattr(
        run_output, "render_run_figures", lambda run: {"figure.png": b"", "figure.svg": b""}
    )


@pytest.fixture
def friends(tmp_path):
    path = tmp_path / "friends.txt"
    path.write_text("ann bob\nbob cy\ncy ann\ncy dee\ndee dee\nbob ann\n")
    return path


def test_a_run_comes_back_as_it_was(done, tmp_path):
    folder = run_folder.save_run(done, tmp_path / "a" / "run")
    back = equipoise.load_run(folder)
    assert (back.settings, back.versions, back.notes, back.complete) == (
        done.settings,
        done.versions,
        done.notes,
        True,
    )
    assert len(back.records) == 2
    for ours, theirs in zip(done.records, back.records, strict=True):
        assert (ours.seed, ours.burn_in, ours.strikes) == (
            theirs.seed,
            theirs.burn_in,
            theirs.strikes,
        )
        assert ours.columns().keys() == theirs.columns().keys()
        for name, column in ours.columns().items():
            assert column.astype(float).tobytes() == theirs.columns()[name].tobytes(), name
        assert ours.census.tobytes() == theirs.census.tobytes()
    assert str(equipoise.scorecard(back)) == str(equipoise.scorecard(done))


def test_the_daily_record_is_one_table_with_units_and_meanings(done, tmp_path):
    table = pq.read_table(run_folder.save_run(done, tmp_path / "run") / "daily.parquet")
    meanings = column_meanings(tuple(done.settings.effector), tuple(done.settings.firm.departments))
    assert table.column_names == ["replicate", "seed", *done.records[0].columns()]
    assert table.num_rows == 2 * 24
    assert set(table["seed"].to_pylist()) == {5, 6}
    for field in table.schema:
        if field.name not in ("replicate", "seed"):
            assert str(field.type) == "double"
            assert field.metadata[b"unit"].decode() == meanings[field.name].unit
            assert field.metadata[b"meaning"].decode() == meanings[field.name].meaning
    assert table["day"].to_pylist()[:5] == [-4, -3, -2, -1, 0]


def test_settings_are_complete_and_say_how_to_repeat(done, tmp_path):
    folder = run_folder.save_run(done, tmp_path / "run")
    text = (folder / "settings.yaml").read_text()
    assert text.startswith("# Repeat this run, bit for bit: equipoise run --from run\n")
    data = yaml.safe_load(text)
    assert data["control_center"]["kind"] == "pid"
    assert data["community"]["hearing"]["kappa"] == done.settings.community.hearing.kappa
    assert run_folder.load_run_settings(folder) == done.settings


def test_the_manifest_names_seeds_days_and_versions(done, tmp_path):
    manifest = json.loads(
        (run_folder.save_run(done, tmp_path / "run") / "manifest.json").read_text()
    )
    assert (manifest["complete"], manifest["seeds"], manifest["days"]) == (True, [5, 6], [24, 24])
    assert manifest["versions"].keys() >= {"python", "equipoise", "numpy", "numba"}
    assert manifest["strikes"][0] == [dict(strike) for strike in done.records[0].strikes]


def test_a_folder_holds_all_files_or_does_not_exist(done, tmp_path, monkeypatch):
    folder = run_output.save(done, tmp_path / "run")
    assert sorted(path.name for path in folder.iterdir()) == [
        "daily.parquet",
        "figure.png",
        "figure.svg",
        "manifest.json",
        "settings.yaml",
        "summary.json",
    ]
    assert folder.stat().st_mode & 0o777 == 0o777 & ~_umask()
    for name in ("build_daily_table", "build_run_manifest", "format_settings"):
        with monkeypatch.context() as patch:
            patch.setattr(run_folder, name, _interrupted)
            with pytest.raises(OSError, match="full"):
                run_folder.save_run(done, tmp_path / "half")
        assert [path.name for path in tmp_path.iterdir()] == ["run"]


def _interrupted(*given):
    raise OSError(28, "full")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_summary_has_every_measure_and_no_nan(undrawn, done, tmp_path):
    text = (run_output.save(done, tmp_path / "run") / "summary.json").read_text()
    assert "NaN" not in text
    summary = json.loads(text)
    assert summary["measures"].keys() == summary["over_worlds"].keys()
    assert [world["seed"] for world in summary["worlds"]] == [5, 6]


def test_nothing_is_overwritten(undrawn, done, tmp_path):
    first = run_output.save_to_free_folder(done, tmp_path / "run")
    second = run_output.save_to_free_folder(done, tmp_path / "run")
    assert (first.name, second.name) == ("run", "run-2")
    with pytest.raises(
        EquipoiseError, match=r"exists already and is not empty.*Give another folder"
    ):
        run_folder.check_output_folder(first)
    (tmp_path / "empty").mkdir()
    run_folder.check_output_folder(tmp_path / "empty")
    assert run_folder.save_run(done, tmp_path / "empty").is_dir()


def test_the_folder_is_checked_before_the_run(tmp_path):
    run_folder.check_output_folder(tmp_path / "not" / "yet" / "there")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(EquipoiseError, match="cannot be written"):
        run_folder.check_output_folder(tmp_path / "file" / "run")
    with pytest.raises(EquipoiseError, match="exists already"):
        run_folder.check_output_folder(tmp_path / "file")


def test_a_network_file_is_kept_in_the_folder(friends, tmp_path):
    settings = run_folder.hold_network(
        equipoise.compose("network=file", f"network.path={friends}", *SMALL)
    )
    done = equipoise.run(settings)
    assert len(done.notes) == 3  # the summary, a loop, a repeated tie
    folder = run_folder.save_run(done, tmp_path / "run")
    friends.unlink()
    back = equipoise.load_run(folder)
    assert back.settings == done.settings
    kept = back.settings.network.build(0, 0)
    assert sorted(kept.names) == ["ann", "bob", "cy", "dee"]
    assert kept.notes == done.notes
    again = equipoise.run(back.settings)
    assert run_folder.compare_days(again, done) == (True, 24)
    assert again.notes == done.notes
    assert yaml.safe_load((folder / "settings.yaml").read_text())["network"]["path"] == str(friends)


def test_weights_and_directions_of_a_network_are_kept_in_the_folder(tmp_path):
    path = tmp_path / "ties.csv"
    path.write_text("".join(f"{n},{n * 7 % 40},{n % 5}\n" for n in range(1, 40)))
    (tmp_path / "people.csv").write_text("id\n1\nzoe\n")
    words = ("network.weight=3", "network.directed=true", f"network.nodes={tmp_path}/people.csv")
    settings = equipoise.compose("network=file", f"network.path={path}", *words, *SMALL)
    done = equipoise.run(settings)
    folder = run_folder.save_run(done, tmp_path / "run")
    path.unlink()
    (tmp_path / "people.csv").unlink()
    back = equipoise.load_run(folder)
    kept = back.settings.network.build(0, 0)
    assert kept.directed
    assert "zoe" in kept.names
    assert len(set(kept.strengths.tolist())) > 2
    assert run_folder.compare_days(equipoise.run(back.settings), done)[0]


def test_a_network_file_is_read_once(friends, monkeypatch):
    settings = run_folder.hold_network(
        equipoise.compose("network=file", f"network.path={friends}", *SMALL, "replicates=3")
    )
    friends.unlink()
    assert len(equipoise.run(settings).records) == 3


def test_bits_are_compared_to_the_last(done):
    assert run_folder.compare_days(done, done) == (True, 48)
    other = equipoise.run(done.settings.model_copy(update={"seed": 6}))
    assert run_folder.compare_days(done, other)[0] is False
    record = done.records[0]
    census = record.census.copy()
    census["trust"][-1] = np.nextafter(census["trust"][-1], 1)
    bent = type(record)(
        record.seed, record.burn_in, census, record.log, record.strikes, record.filled
    )
    assert (
        run_folder.compare_days(done, type(done)(done.settings, (bent, *done.records[1:]), (), {}))[
            0
        ]
        is False
    )


def test_an_unfinished_run_is_kept_and_marked(tmp_path):
    def stop(day, days):
        if day == 30:
            raise KeyboardInterrupt

    settings = equipoise.compose(*SMALL, "replicates=3")
    part = run_until_stopped(settings, stop)
    back = equipoise.load_run(run_folder.save_run(part, tmp_path / "part"))
    assert back.complete is False
    assert [int(record.filled) for record in back.records] == [24, 6]
    assert run_folder.compare_days(back, equipoise.run(settings)) == (True, 30)


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (
            lambda folder: (folder / "settings.yaml").unlink(),
            "is no run folder: it has no settings.yaml",
        ),
        (
            lambda folder: (folder / "manifest.json").unlink(),
            "is no run folder: it has no manifest.json",
        ),
        (
            lambda folder: (folder / "settings.yaml").write_text("a: ["),
            "settings.yaml cannot be read",
        ),
        (lambda folder: (folder / "manifest.json").write_text("{"), "manifest.json cannot be read"),
        (
            lambda folder: (folder / "daily.parquet").write_bytes(b"PAR1torn"),
            "daily.parquet cannot be read",
        ),
    ],
)
def test_a_spoiled_folder_is_named(done, tmp_path, spoil, match):
    folder = run_folder.save_run(done, tmp_path / "run")
    spoil(folder)
    with pytest.raises(EquipoiseError, match=match):
        equipoise.load_run(folder)


def test_a_run_that_cannot_be_written_is_kept_elsewhere(tmp_path):
    """A process of its own limits the size of files: the days do not fit, and no part stays."""
    script = """
import resource, sys
from pathlib import Path
import equipoise
from equipoise.experiments.execution import single_run as single
from equipoise.experiments.storage import run_output as keep
keep.render_run_figures = lambda run: {}
done = equipoise.run(equipoise.compose("community.size=50", "horizon=60", "burn_in=0"))
equipoise.scorecard(done)
resource.setrlimit(resource.RLIMIT_FSIZE, (8000, resource.RLIM_INFINITY))
place, trouble = single.save_or_rescue(done, Path(sys.argv[1]) / "run")
print(place, *trouble)
"""
    spare = tmp_path / "spare"
    spare.mkdir()
    output = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env=os.environ | {"TMPDIR": str(spare)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output.startswith("None the run is finished, but")
    assert "The scorecard above is all that is left" in output
    assert [path.name for path in tmp_path.iterdir()] == ["spare"]
    assert list(spare.iterdir()) == []


def test_an_unwritable_run_goes_to_the_temporary_folder(undrawn, done, tmp_path, monkeypatch):
    (tmp_path / "spare").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spare"))
    from equipoise.experiments.execution import single_run

    place, trouble = single_run.save_or_rescue(done, tmp_path / "file" / "run")
    assert place == tmp_path / "spare" / "equipoise-run"
    assert run_folder.compare_days(equipoise.load_run(place), done) == (True, 48)
    assert "the run is finished, but" in trouble[0]
    assert "move it to a safe place" in trouble[0]


def test_a_run_survives_an_error_in_its_figure(done, tmp_path, monkeypatch):
    monkeypatch.setattr(run_output, "render_run_figures", _interrupted)
    with pytest.raises(OSError, match="full"):
        run_output.save(done, tmp_path / "run")
    assert run_folder.compare_days(equipoise.load_run(tmp_path / "run"), done) == (True, 48)
