"""The report of a study from Python: what reaches its folder, and when nothing does."""

from types import SimpleNamespace

import pytest

from equipoise.analysis.plots.embedding import Picture
from equipoise.errors import EquipoiseError
from equipoise.experiments.studies import report as report_module
from equipoise.experiments.studies.report import report

PICTURES = (
    Picture("days-calm", b"<svg>days</svg>", b"days", "", ""),
    Picture("front", b"<svg>front</svg>", b"front", "", ""),
)


@pytest.fixture
def requests(monkeypatch):
    """Leave reading and drawing out; return the list of what was asked of them."""
    asked = []

    def read(folder, request):
        asked.append((folder, request))
        return SimpleNamespace(files={"points.csv": "strategy\n"})

    monkeypatch.setattr(report_module, "read_study_data", read)
    monkeypatch.setattr(
        "equipoise.analysis.report.page.render_page", lambda study: ("<p>page</p>", PICTURES)
    )
    return asked


def test_report_writes_page_figures_and_points(requests, tmp_path):
    page = report(tmp_path / "study")
    folder = tmp_path / "study" / "report"
    assert page == folder / "report.html"
    assert page.read_text() == "<p>page</p>"
    assert (folder / "points.csv").read_text() == "strategy\n"
    assert (folder / "figures" / "days-calm.svg").read_bytes() == b"<svg>days</svg>"
    assert (folder / "figures" / "front.png").read_bytes() == b"front"
    assert len(list((folder / "figures").iterdir())) == 4


def test_page_is_written_last(requests, tmp_path, monkeypatch):
    names = []
    monkeypatch.setattr(
        report_module, "write_report_folder", lambda folder, files: names.extend(files)
    )
    report(tmp_path / "study")
    assert names[-2:] == ["points.csv", "report.html"]
    assert names[0] == "figures/days-calm.svg"


def test_study_may_be_a_text_or_the_result_of_a_sweep(requests, tmp_path):
    report(str(tmp_path / "study"))
    report(SimpleNamespace(folder=tmp_path / "study"))
    assert [folder for folder, _ in requests] == [tmp_path / "study"] * 2


def test_only_given_options_are_part_of_the_request(requests, tmp_path):
    report(tmp_path / "study")
    report(tmp_path / "study", on="cost", baseline="oracle", margin={"cost": 50.0})
    (_, usual), (_, given) = requests
    assert set(usual) == {"on"}
    assert given == {"on": "cost", "baseline": "oracle", "margin": {"cost": 50.0}}


def test_folder_may_be_a_text(requests, tmp_path):
    page = report(tmp_path / "study", out=str(tmp_path / "deliver"))
    assert page == tmp_path / "deliver" / "report.html"


def test_refused_folder_costs_no_reading(requests, tmp_path):
    (tmp_path / "deliver").mkdir()
    (tmp_path / "deliver" / "slides.pptx").touch()
    with pytest.raises(EquipoiseError, match="holds something else than a report"):
        report(tmp_path / "study", out=tmp_path / "deliver")
    assert requests == []


def test_study_that_cannot_be_read_leaves_no_folder(tmp_path):
    with pytest.raises(EquipoiseError, match="There is no folder"):
        report(tmp_path / "nowhere", out=tmp_path / "deliver")
    assert not (tmp_path / "deliver").exists()
