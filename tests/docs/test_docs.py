"""What the pages say runs: Python blocks as they stand, and every `$ equipoise` line, with the output shown below it.

Commands of one block run one after the other in one folder. Of what is shown, the words must come out, in that order;
numbers may differ in their last digits between machines. A line of three dots stands for any lines.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FRIENDS = "ann bob\nbob cem\ncem ann\ncem dot\n"


def blocks(kind: str) -> list[tuple[str, str]]:
    return [
        (page.name, text)
        for page in PAGES
        for name, text in BLOCK.findall(page.read_text())
        if name == kind
    ]


def commands() -> list[tuple[str, str]]:
    """Every block with equipoise commands, once."""
    return list(
        {
            text: (page, text) for page, text in blocks("console") if "$ equipoise " in f"\n{text}"
        }.values()
    )


def parts(block: str) -> list[tuple[str, list[str]]]:
    """Every command of a block with the lines shown below it."""
    told = [part.splitlines() for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(line, [each for each in shown if each.strip(" .")]) for line, *shown in told]


def plain(line: str) -> str:
    return " ".join(re.sub(r"[−+]?\d[\d.,]*", "0", line).split())


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_on_the_pages_runs(page: str, code: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{page}: {done.stderr}"
    assert "False" not in done.stdout, f"{page}: {done.stdout}"


@pytest.mark.parametrize(("page", "block"), commands())
def test_commands_on_the_pages_run_and_say_what_is_shown(
    page: str, block: str, tmp_path: Path
) -> None:
    (tmp_path / "FRIENDS.edges").write_text(FRIENDS)
    for line, shown in parts(block):
        if not line.startswith("equipoise "):
            continue
        command = [sys.executable, "-m", "equipoise.experiments.cli.main", *shlex.split(line)[1:]]
        wide = os.environ | {"COLUMNS": "100"}
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=wide)
        assert done.returncode == 0, f"{page}: {line}\n{done.stderr}"
        said = iter(map(plain, done.stdout.splitlines()))
        lacking = [each for each in shown if plain(each) not in said]
        assert not lacking, (
            f"{page}: {line} does not say, or not in this order:\n{lacking}\n{done.stdout}"
        )


@pytest.mark.slow
def test_the_tables_of_the_strategist_are_what_comes_out(tmp_path: Path) -> None:
    texts = [text for page, text in blocks("text") if page == "strategist.md"]
    (asked,) = (text.splitlines() for text in texts if text.startswith("equipoise sweep"))
    wide = os.environ | {"COLUMNS": "100"}
    for line in asked:
        command = [sys.executable, "-m", "equipoise.experiments.cli.main", *shlex.split(line)[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=wide)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    said = [line.rstrip() for line in done.stdout.splitlines()]
    (shown,) = (text.splitlines() for text in texts if text.startswith("recall: "))
    start = said.index(shown[0])
    assert said[start : start + len(shown)] == shown


def test_pages_have_examples() -> None:
    assert len(blocks("python")) >= 3
    assert len(commands()) >= 5


def test_pictures_and_links_on_the_pages_are_there() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            # The reference is written from the code when the site is built; test_site.py checks it.
            if target.startswith("reference/"):
                continue
            assert (page.parent / target).exists(), f"{page.name}: {target}"
