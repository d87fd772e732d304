"""The documentation site: it builds without a warning, and its reference has everything there is."""

import subprocess
import sys
from pathlib import Path

import pytest

import equipoise
from equipoise.experiments.config.catalogue import list_entries

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site as `make docs` does; every warning, such as a broken link, is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "--quiet", "-b", "html"]
    result = subprocess.run(
        [*command, "-d", folder / "doctrees", ROOT / "docs", folder / "html"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return folder / "html"


def test_settings_page_has_every_setting(site):
    page = (site / "reference" / "settings.html").read_text("utf-8")
    missing = {
        entry.path for entry in list_entries() if entry.path.replace("<", "&lt;") not in page
    }
    assert not {path for path in missing if "<" not in path}


def test_python_page_has_every_public_name(site):
    page = (site / "reference" / "python.html").read_text("utf-8")
    missing = {name for name in equipoise.__all__ if f'id="equipoise.{name}"' not in page}
    assert not {name for name in missing if callable(getattr(equipoise, name))}


@pytest.mark.parametrize("page", ["commands", "options", "measures"])
def test_reference_page_is_not_empty(site, page):
    assert len((site / "reference" / f"{page}.html").read_text("utf-8")) > 10_000


def test_every_page_is_in_the_table_of_contents(site):
    index = (site / "index.html").read_text("utf-8")
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert not {page for page in pages if f'href="{page}.html"' not in index}


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.stem)
def test_every_page_is_built_under_its_own_title(site, page):
    """Sphinx writes pages of its own, such as search.html, over a page of the same name."""
    title = page.read_text("utf-8").splitlines()[0].removeprefix("# ")
    html = (site / f"{page.stem}.html").read_text("utf-8").replace("’", "'")
    assert f"<h1>{title}<" in html, f"rename docs/{page.name}: its HTML file is another page"


@pytest.mark.parametrize("name", ["CITATION.cff", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"])
def test_repository_has_its_furniture(name):
    assert len((ROOT / name).read_text("utf-8")) > 300
