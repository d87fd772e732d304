"""Files that searches write."""

import json
import math

import polars as pl
import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.search.outputs import none_if_nan, write_output_file, write_outputs

ROWS = [{"kp": 1.0, "name": "a"}, {"kp": 2.0, "name": "b"}]


def test_table_is_the_same_in_both_formats(tmp_path):
    write_outputs(tmp_path, "search", ROWS, {"points": 2}, None)
    table = pl.read_parquet(tmp_path / "search.parquet")
    assert table.to_dicts() == ROWS
    assert pl.read_csv(tmp_path / "search.csv").to_dicts() == ROWS
    assert json.loads((tmp_path / "search.json").read_text()) == {"points": 2}


def test_no_figure_and_no_temporary_file_is_left(tmp_path):
    write_outputs(tmp_path, "search", ROWS, {}, None)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"search.parquet", "search.csv", "search.json"}


def test_file_replaces_an_earlier_one(tmp_path):
    path = tmp_path / "tuned.yaml"
    path.write_text("earlier")
    write_output_file(path, b"later")
    assert path.read_text() == "later"


def test_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(EquipoiseError, match=r"tuned\.yaml cannot be written: .* same command"):
        write_output_file(tmp_path / "missing" / "tuned.yaml", b"")


def test_nan_becomes_none_for_json():
    assert none_if_nan(math.nan) is None
    assert none_if_nan(0.0) == 0.0
    assert none_if_nan("nan") == "nan"
