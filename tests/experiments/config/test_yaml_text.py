"""Tests of the checks of YAML that a user wrote."""

import os

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.config.yaml_text import (
    MAX_TEXT_SIZE,
    check_yaml,
    load_yaml_file,
    names_resolver,
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
        check_yaml(text, "mine.yaml")


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
