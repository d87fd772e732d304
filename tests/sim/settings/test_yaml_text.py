"""Tests of the checks of YAML that a user wrote."""

import os
import re
from pathlib import Path

import pytest

from equipoise.errors import EquipoiseError
from equipoise.settings.yaml_text import (
    MAX_TEXT_SIZE,
    list_item_lines,
    load_yaml_file,
    names_resolver,
    parse_options,
    parse_yaml,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${firm.set_point}", False),
        ("a: b", False),
        ("${x}: y", False),
        ("${oc.env:HOME}", True),
        ("${a.${b}}", False),
        ("${o${b}.env:HOME}", True),
        ("${ oc.env : HOME}", True),
    ],
)
def test_resolvers_are_told_from_references(text, expected):
    assert names_resolver(text) is expected


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: 'a' occurs twice"),
        ("x:\n  a: 1\n  a: 2\n", "line 3: 'a' occurs twice"),
        ("a: &a [*a]\n", "expands to more than|refers to itself"),
        ("a: [", "cannot be read"),
        ("a: ${oc.env:HOME}\n", "line 1: .*is not allowed"),
        ("[" * 20_000, "nested too deeply|cannot be read"),
    ],
)
def test_bad_yaml_is_refused(text, match):
    with pytest.raises(EquipoiseError, match=match):
        parse_options(text, "mine.yaml")


def test_large_file_is_refused(tmp_path):
    file = tmp_path / "large.yaml"
    file.write_bytes(b"#" * (MAX_TEXT_SIZE + 1))
    with pytest.raises(EquipoiseError, match="more than 1 MB"):
        load_yaml_file(file, "large.yaml")


def test_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(EquipoiseError, match="it is a device or a pipe"):
        load_yaml_file(tmp_path / "pipe.yaml", "pipe.yaml")


def test_plain_content_is_returned(tmp_path):
    file = tmp_path / "plain.yaml"
    file.write_bytes(b"\xef\xbb\xbflevers:\n  a: [1, 2]\n")
    assert load_yaml_file(file, "plain.yaml") == {"levers": {"a": [1, 2]}}


def test_list_as_long_as_a_year_of_days_is_read():
    rows = "- {day: 1, effector: repair, effort: 1}\n" * 20_000
    assert len(parse_yaml(rows, "plan.yaml")) == 20_000
    assert list_item_lines(rows)[-1] == 20_000


@pytest.mark.parametrize("text", ["x: 2026-02-31\n", "x: !!python/name:os.system\n"])
def test_value_that_cannot_be_built_is_refused(text):
    with pytest.raises(EquipoiseError, match=r"mine\.yaml.* cannot be read"):
        parse_yaml(text, "mine.yaml")


def test_no_other_file_loads_yaml():
    root = Path(__file__).parents[3]
    loaders = set()
    for folder in ("sim", "analysis", "experiments"):
        for file in (root / folder).rglob("*.py"):
            if re.search(r"yaml\.\w*load|yaml\.compose", file.read_text("utf-8")):
                loaders.add(file.name)
    assert loaders == {"yaml_text.py"}
