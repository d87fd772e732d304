"""The root package: its names, its help and its command."""

import ast
import importlib.metadata
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import equipoise

STUB = ast.parse(Path(equipoise.__file__).with_name("__init__.pyi").read_text("utf-8"))


def imported_names():
    imports = [node for node in STUB.body if isinstance(node, ast.ImportFrom)]
    return [alias for node in imports for alias in node.names]


def test_each_name_of_the_stub_is_re_exported_under_its_own_name():
    for alias in imported_names():
        assert alias.asname == alias.name, f"write: import {alias.name} as {alias.name}"


def test_the_stub_lists_all_public_names():
    assert sorted(equipoise.__all__) == sorted(alias.name for alias in imported_names())


@pytest.mark.parametrize("name", equipoise.__all__)
def test_every_name_has_a_docstring(name):
    assert getattr(equipoise, name).__doc__


def test_the_import_loads_nothing_heavy():
    script = (
        "import equipoise, sys; print({'numba', 'numpy', 'mesa', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_the_version_is_that_of_the_distribution():
    assert equipoise.__version__ == importlib.metadata.version("equipoise")


def test_help_introduces_the_package_and_describes_every_name():
    text = pydoc.plain(pydoc.render_doc(equipoise))
    assert "A community of consumers experiences a brand" in text
    assert [name for name in equipoise.__all__ if name not in text] == []


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "equipoise", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["equipoise", equipoise.__version__]
