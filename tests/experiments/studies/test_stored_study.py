"""A study on disk: what is read of it, and the names of its points."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.storage.manifest import MANIFEST_FORMAT
from equipoise.experiments.studies.stored_study import (
    check_varied_paths,
    format_point,
    list_axes,
    load_study,
    load_table,
    name_points,
    name_rows,
)


@pytest.fixture
def folder(write_study, study_points):
    return write_study("a", study_points("do_nothing", "oracle"))


def test_study_is_read(folder):
    study = load_study(folder)
    assert study.folder == folder
    assert (study.levers, study.uncertainties) == (("strategy",), ("environment",))
    assert study.paths == ("strategy", "environment")
    assert [point["strategy"] for point in study.points] == ["do_nothing"] * 2 + ["oracle"] * 2
    assert (study.worlds, study.failures) == (12, 0)
    assert study.load_settings(2).receptor.sees_truth
    assert not study.load_settings(0).receptor.sees_truth


def test_worlds_are_the_largest_request(folder):
    manifest = json.loads((folder / "study.json").read_text())
    manifest["worlds"].append({"replicates": 40, "stop": None})
    (folder / "study.json").write_text(json.dumps(manifest))
    assert load_study(folder).worlds == 40
    manifest["worlds"].append({"replicates": 5, "stop": {"measure": "cost"}})
    (folder / "study.json").write_text(json.dumps(manifest))
    assert load_study(folder).worlds == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "study.json cannot be read"),
        ("[]", "study.json cannot be read: it holds no names and values"),
        ("{}", "is no study: it has no study.json of a sweep"),
        (
            '{"format": 1, "levers": {}}',
            f"another version: its format is 1, and this version reads {MANIFEST_FORMAT}",
        ),
    ],
)
def test_manifest_that_cannot_be_used_is_refused(folder, text, message):
    (folder / "study.json").write_text(text)
    with pytest.raises(EquipoiseError, match=message):
        load_study(folder)


def test_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(EquipoiseError, match="There is no folder"):
        load_study(tmp_path / "nowhere")
    with pytest.raises(EquipoiseError, match="is no study"):
        load_study(tmp_path)


def test_tuning_is_refused(tmp_path):
    (tmp_path / "tuning.json").write_text("{}")
    with pytest.raises(EquipoiseError, match=r"is a tuning: its tuning.png, tuning.csv"):
        load_study(tmp_path)


def test_unknown_paths_are_errors(folder):
    study = load_study(folder)
    assert list(check_varied_paths(study, ["environment"])) == []
    (problem,) = check_varied_paths(study, ["enviroment"])
    assert "Did you mean 'environment'?" in problem
    assert problem.endswith(f"These are what {folder} varies.")


# Names of points

POINT = {"strategy": "weekly", "environment": "recall", "a.size": 2.0, "b.size": 30, "b.rate": 0.5}


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        ((), ""),
        (("strategy",), "weekly"),
        (("a.size",), "2"),
        (("strategy", "b.rate"), "weekly, rate 0.5"),
        (("a.size", "b.rate", "environment"), "size 2, rate 0.5, recall"),
        (("a.size", "b.size"), "a.size 2, b.size 30"),
    ],
)
def test_point_has_a_short_name(paths, name):
    assert format_point(POINT, paths) == name


def test_points_are_named_by_what_is_compared(folder):
    study = load_study(folder)
    assert name_points(study, ("strategy",))[2] == ("oracle", "calm")
    assert name_points(study, ("environment",))[1] == ("recall", "do_nothing")
    assert name_points(study, ("strategy", "environment"))[3] == ("oracle, recall", "everywhere")


def test_points_of_settings_are_in_their_own_environment(write_study):
    points = [{"a.size": size, "level": 0.1} for size in (1.0, 2.0)]
    study = load_study(write_study("a", points, levers=("a.size",), uncertainties=()))
    assert name_points(study, ("a.size",)) == {0: ("1", "calm"), 1: ("2", "calm")}


# Runs


def test_table_has_the_finished_runs(folder):
    table = load_table(load_study(folder), ["cost", "time_in_band"])
    assert set(table) == {"point", "seed", "cost", "time_in_band"}
    assert len(table["cost"]) == 4 * 12
    assert np.unique(table["point"]).tolist() == [0, 1, 2, 3]


def test_table_lacks_measures_of_later_versions(folder):
    assert "net" not in load_table(load_study(folder), ["net"])


def test_rows_get_the_names_of_their_points():
    table = {"point": np.array([1, 0, 1])}
    name_rows(table, {0: ("a", "calm"), 1: ("b", "recall")})
    assert table["strategy"] == ["b", "a", "b"]
    assert table["environment"] == ["recall", "calm", "recall"]


def test_axes_keep_the_order_of_the_study():
    pairs = [("b", "recall"), ("b", "calm"), ("a", "recall"), ("a", "calm")]
    assert list_axes(pairs) == (("b", "a"), ("recall", "calm"))


def test_title_and_versions_are_those_of_the_manifest(folder):
    study = load_study(folder)
    assert (study.title, study.versions) == ("Study a", {})
    manifest = {**study.manifest, "title": "Mine", "code": {"equipoise": "0.2.0"}}
    other = replace(study, manifest=manifest)
    assert (other.title, other.versions) == ("Mine", {"equipoise": "0.2.0"})


@pytest.mark.parametrize("path", [".", "summary/.."])
def test_current_folder_gives_its_name_as_the_title(folder, monkeypatch, path):
    monkeypatch.chdir(folder)
    assert load_study(Path(path)).title == f"Study {folder.name}"
