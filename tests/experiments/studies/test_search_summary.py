"""The result of a search as a report shows it."""

import json

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.studies.search_summary import load_search_summary

ENVELOPE = {
    "repeat": ["strategy=oracle", "--steps", "2"],
    "holds": "time_in_band>=0.9",
    "share_of_worlds": 0.5,
    "worlds": 4,
    "settings": ["kp", "delay"],
    "points_run": 1200,
    "points": 2400,
    "envelope": [
        {"extent": "36 % of the map", "rule": "holds when kp >= 2", "chosen": {"a": "weekly_team"}},
        {"extent": "", "rule": "holds nowhere", "chosen": {"a": "oracle"}},
    ],
}
SENSITIVITY = {
    "repeat": ["strategy=oracle"],
    "measure": "time_in_band",
    "method": "sobol",
    "worlds": 4,
    "points": 1024,
    "warnings": ["warning: the mean is noisy.", "few points."],
    "effects": [
        {"setting": "kp", "size": 0.7, "low": 0.6, "high": 0.8},
        {"setting": "delay", "size": 0.3, "low": 0.2, "high": 0.4},
        {"setting": "size", "size": 0.1, "low": 0.05, "high": 0.15},
    ],
}


@pytest.fixture
def summarise(tmp_path):
    """Return a function that summarises results of a search in a folder."""

    def load(name, results, **changes):
        (tmp_path / f"{name}.json").write_text(json.dumps(results | changes))
        return load_search_summary(tmp_path, {"folders": ["mine"]})

    return load


def test_folder_without_a_search_has_no_summary(tmp_path):
    assert load_search_summary(tmp_path, {}) is None


def test_envelope_is_summarised_by_panel(summarise):
    summary = summarise("envelope", ENVELOPE)
    assert summary.answer == (
        "Over kp and delay the loop holds (time_in_band>=0.9 in at least 50 % of 4 worlds) in "
        "36 % of the map for weekly team and an unknown share for oracle.",
        "In words: for weekly team it holds when kp >= 2; for oracle it holds nowhere.",
    )
    assert (summary.notes, summary.worlds, summary.figure) == ((), 4, None)


def test_only_panel_has_no_name(summarise):
    summary = summarise("envelope", ENVELOPE, envelope=ENVELOPE["envelope"][:1])
    assert summary.answer[0].endswith("in 36 % of the map.")
    assert summary.answer[1] == "In words: it holds when kp >= 2."


def test_command_repeats_the_search(summarise, tmp_path):
    command = summarise("envelope", ENVELOPE).command
    words = f"strategy=oracle --steps 2 --config-dir mine --out {tmp_path.name}"
    assert command == f"equipoise envelope {words}"


def test_figure_has_a_caption_and_an_alternative_text(summarise, tmp_path):
    (tmp_path / "envelope.svg").write_bytes(b"<svg/>")
    assert summarise("envelope", ENVELOPE).figure is None, "the PNG is missing"
    (tmp_path / "envelope.png").write_bytes(b"PNG")
    figure = summarise("envelope", ENVELOPE).figure
    assert (figure.name, figure.svg, figure.png) == ("envelope", b"<svg/>", b"PNG")
    assert figure.caption.endswith("1,200 of 2,400 points were run.")
    assert figure.alt.startswith("Map of the homeostatic envelope: for weekly team it holds when")


def test_clear_order_of_effects_is_stated(summarise):
    summary = summarise("sensitivity", SENSITIVITY)
    assert summary.answer == (
        "On time in band, kp has the largest total Sobol index: 0.70 (0.60 to 0.80).",
        "Of 3 settings, size has the smallest: 0.10 (0.05 to 0.15).",
    )
    assert summary.notes == ("The mean is noisy.", "Few points.")


def test_overlapping_intervals_leave_the_order_open(summarise):
    effects = [effect | {"low": 0.0, "high": 1.0} for effect in SENSITIVITY["effects"]]
    first, second = summarise("sensitivity", SENSITIVITY, effects=effects).answer
    assert "is not established, because intervals overlap: kp comes first with 0.70" in first
    assert second == "Of 3 settings, size comes last: 0.10 (0.00 to 1.00)."


def test_effects_without_intervals_leave_the_order_open(summarise):
    effects = [effect | {"low": None, "high": None} for effect in SENSITIVITY["effects"]]
    first, second = summarise("sensitivity", SENSITIVITY, effects=effects, method="morris").answer
    assert "the largest mean absolute effect is not established" in first
    assert second.endswith("size comes last: 0.10 (no interval).")


@pytest.mark.parametrize("text", ["{}", "[]", "{torn", '{"repeat": []}'])
@pytest.mark.parametrize("name", ["envelope", "sensitivity"])
def test_damaged_results_are_refused(tmp_path, name, text):
    (tmp_path / f"{name}.json").write_text(text)
    message = rf"{name}\.json cannot be read: .* Give equipoise {name} again\."
    with pytest.raises(EquipoiseError, match=message):
        load_search_summary(tmp_path, {})
