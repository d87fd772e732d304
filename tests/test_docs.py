"""What the pages say runs: Python blocks as they stand, and every `$ equipoise` line."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FRIENDS = "ann bob\nbob cem\ncem ann\ncem dot\n"


def blocks(kind: str) -> list[tuple[str, str]]:
    return [(page.name, text) for page in PAGES for name, text in BLOCK.findall(page.read_text()) if name == kind]


def commands() -> list[tuple[str, str]]:
    """Every equipoise command of the pages, once."""
    lines = [(page, line[2:]) for page, text in blocks("console") for line in text.splitlines() if line[:2] == "$ "]
    return list({line: (page, line) for page, line in lines if line.startswith("equipoise ")}.values())


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_on_the_pages_runs(page: str, code: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, f"{page}: {done.stderr}"
    assert "False" not in done.stdout, f"{page}: {done.stdout}"


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_on_the_pages_run(page: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "FRIENDS.edges").write_text(FRIENDS)
    words = shlex.split(line)
    command = [sys.executable, "-m", "equipoise.experiments.cli", *words[1:]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, f"{page}: {line}\n{done.stderr}"


def test_pages_have_examples() -> None:
    assert len(blocks("python")) >= 3
    assert len(commands()) >= 5


def test_pictures_and_links_on_the_pages_are_there() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
