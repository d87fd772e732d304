"""The page: one HTML file that needs no other, with every number of the comparison."""

import itertools
import re

import pytest
from study_samples import sample_comparison, sample_study, sample_values

from equipoise.analysis.report import page as page_module
from equipoise.analysis.report import study_data
from equipoise.analysis.report.headline import answer_comparison
from equipoise.analysis.report.page import find_verdict, render_page
from equipoise.analysis.text.comparison_cells import format_measure


def test_page_is_well_formed_and_needs_no_other_file(page):
    text, parsed = page
    assert parsed.open_tags == []
    addresses = []
    for _, attributes in parsed.tags:
        addresses += [attributes[name] for name in ("src", "href") if name in attributes]
    assert all(address.startswith(("data:image/", "#")) for address in addresses)
    assert not re.search(r"https?://|@import|url\(", re.sub(r'src="data:[^"]*"', "", text))
    assert not parsed.attributes("script")
    assert not parsed.attributes("link")


def test_links_lead_to_sections(page):
    _, parsed = page
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["href"][1:] for attributes in parsed.attributes("a")} <= set(ids)


def test_headings_skip_no_level(page):
    _, parsed = page
    levels = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_every_figure_has_an_alternative_text_and_a_caption_with_its_worlds(page):
    text, parsed = page
    figures = len(parsed.attributes("figure"))
    assert figures == len(parsed.attributes("img")) == 2 * 5 + 3
    assert all(len(attributes["alt"]) > 40 for attributes in parsed.attributes("img"))
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text)
    assert len(captions) == figures
    assert all(re.search(r"\d+ worlds?\b", caption) for caption in captions)


def test_numbers_are_those_of_the_comparison(page, comparison):
    _, parsed = page
    for finding in comparison.findings:
        for one in finding.differences:
            mean, low, high = (
                format_measure(value, finding.measure.unit, sign=True)
                for value in (one.mean, one.low, one.high)
            )
            assert f"{mean} ({low} to {high})" in parsed.text
    for sentence in answer_comparison(comparison, references=("oracle",)):
        assert sentence in parsed.text


def test_names_are_escaped(read_page):
    names = ("do_nothing", '<b>bold</b> & "quoted"', "<script>alert(1)</script>")
    values = sample_values([0, 0], [0.1, 0.2], [0.3, 0.3], strategies=names)
    study = sample_study(sample_comparison(values, names), failures=("<i>why</i>",))
    text = render_page(study)[0]
    assert not re.search(r"<b>bold|<script|<i>why|<study>", text)
    parsed = read_page(study)
    assert "<script>alert(1)</script>" in parsed.text
    assert parsed.open_tags == []


def test_failures_and_notes_are_shown(comparison, read_page, monkeypatch):
    monkeypatch.setattr(study_data, "MAX_ENVIRONMENTS", 1)
    failures = ("pid survey in recall: it broke",)
    text = read_page(sample_study(comparison, failures=failures, notes=("8 runs miss",))).text
    assert "Jobs failed, and their runs are missing from the results." in text
    assert "pid survey in recall: it broke" in text
    assert "8 runs miss" in text


def test_files_of_the_commands_are_in_the_page(comparison, read_page):
    study = sample_study(comparison, files={"points.csv": "strategy\noracle\n"})
    parsed = read_page(study)
    (link,) = (one for one in parsed.attributes("a") if "download" in one)
    assert link["download"] == "points.csv"
    assert link["href"].startswith("data:text/csv;base64,")
    assert "The commands need points.csv" in parsed.text


@pytest.mark.parametrize("size", [350_000, 250_000, 130_000])
def test_figures_of_too_large_a_page_become_png(comparison, monkeypatch, size):
    monkeypatch.setattr(study_data, "MAX_ENVIRONMENTS", 1)
    monkeypatch.setattr(page_module, "_MAX_PAGE_SIZE", size)
    text, pictures = render_page(sample_study(comparison))
    assert 0.3 * size < len(text.encode()) <= size
    assert "data:image/png" in text
    assert ("data:image/svg" in text) == (size > 200_000)
    for picture in pictures:
        assert picture.png.startswith(b"\x89PNG")
        assert b"<svg" in picture.svg


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [
        ("better", "better"),
        ("worse*", "worse"),
        ("undecided (6 more)", "undecided"),
        ("(baseline)", ""),
        ("no pairs", ""),
    ],
)
def test_cell_has_its_verdict(cell, verdict):
    assert find_verdict(cell) == verdict
