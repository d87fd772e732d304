"""Exports replace nothing that belongs to a study, and nothing that a link inside it leads to."""

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.storage.layout import check_export_target


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    (folder / "summary").mkdir(parents=True)
    (folder / "study.json").write_text("{}")
    return folder


@pytest.mark.parametrize("name", ["study.json", "points.parquet", ".lock", "summary/new.csv"])
def test_files_of_a_study_are_refused(study, name):
    with pytest.raises(EquipoiseError, match=r"belongs to the study .* Give another --out"):
        check_export_target(study, study / name, "--out")


def test_a_link_to_a_file_of_a_study_is_refused(study, tmp_path):
    (tmp_path / "x.csv").symlink_to(study / "study.json")
    with pytest.raises(EquipoiseError, match="belongs to the study"):
        check_export_target(study, tmp_path / "x.csv", "--out")


def test_a_link_inside_a_study_is_refused(study, tmp_path):
    (study / "summary.csv").symlink_to(tmp_path / "notes")
    with pytest.raises(EquipoiseError, match="is a link inside a study"):
        check_export_target(study, study / "summary.csv", "--export")


def test_other_places_are_allowed(study, tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "target.csv")
    for path in (study / "summary.csv", tmp_path / "x.csv", tmp_path / "link.csv"):
        check_export_target(study, path, "--out")
