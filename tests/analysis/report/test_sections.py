"""The sections of a report: what each shows, and when it is left out."""

from dataclasses import replace

import numpy as np
import pytest
from study_samples import (
    ENVIRONMENTS,
    STRATEGIES,
    sample_comparison,
    sample_study,
    sample_trajectory,
    sample_values,
)

import equipoise
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.plots.embedding import Picture
from equipoise.analysis.report import study_data
from equipoise.analysis.report.background_sections import limit_section
from equipoise.analysis.report.section import Section, note_omissions, use_readable_names
from equipoise.analysis.report.sections import build_sections
from equipoise.analysis.report.study_sections import design_section, failure_section
from equipoise.analysis.text.comparison_text import TextTable


def sections_by_key(study):
    return {section.key: section for section in build_sections(study)}


def cells(table: TextTable, head):
    (column,) = (column for column in table.columns if column.head == head)
    return column.cells


def picture_names(section):
    return [picture.name for picture in section.pictures]


@pytest.fixture
def study(comparison):
    return sample_study(comparison)


def test_sections_of_a_comparison_are_in_order(study):
    keys = [section.key for section in build_sections(study)]
    assert keys == [
        *("answer", "studied", "results", "differences", "ranking", "front", "days", "movers"),
        *("beliefs", "terms", "limits", "sources", "repeat"),
    ]


def test_section_with_a_heading_only_is_empty():
    assert Section("key", "Heading").is_empty
    assert not Section("key", "Heading", items=("one",)).is_empty
    assert not Section("key", "Heading", commands=("equipoise",)).is_empty


# Figures


def test_every_figure_has_a_name_of_its_own():
    places = ("kp -1", "kp 1")  # the same in a file's name, which has letters and digits only
    values = sample_values([0, 0], [0.1, 0.2], [0.3, 0.3], environments=places)
    study = sample_study(sample_comparison(values, environments=places))
    names = [name for section in build_sections(study) for name in picture_names(section)]
    assert len(set(names)) == len(names)
    for measure in ("time-in-band", "cost"):
        assert f"ranking-{measure}" in names
        assert {f"differences-{measure}-kp-1", f"differences-{measure}-kp-1-2"} <= set(names)


def test_strategy_without_runs_is_said_not_to_be_drawn(study, read_page):
    finished = {
        pair: one for pair, one in study.trajectories.items() if pair != ("oracle", "recall")
    }
    text = read_page(replace(study, trajectories=finished)).text
    assert text.count("Not drawn, since no run is finished: oracle.") == 3


def test_missing_baseline_has_no_differences():
    values = sample_values([0, 0], [0.1, 0.2], [0.3, 0.3])
    values[0, 1] = np.nan
    sections = sections_by_key(sample_study(sample_comparison(values)))
    assert picture_names(sections["differences"])[0] == "differences-time-in-band-calm"
    assert "differences-time-in-band-recall" not in picture_names(sections["differences"])


def test_days_that_were_not_kept_are_missed(study):
    sections = sections_by_key(replace(study, trajectories={}))
    assert "has no daily satisfaction" in sections["days"].paragraphs[0]
    assert not {"movers", "beliefs"} & set(sections)


def test_captions_mention_what_their_figures_show(study):
    calm = sample_trajectory()
    trajectories = {
        pair: calm if pair[1] == "calm" else one for pair, one in study.trajectories.items()
    }
    sections = sections_by_key(replace(study, trajectories=trajectories))
    margin = "Grey: the equivalence margin of 2.0 points."
    assert margin in sections["differences"].pictures[0].caption
    has_strikes = [
        "dotted: start of a disturbance" in one.caption for one in sections["days"].pictures
    ]
    assert has_strikes == [False, True]


def test_too_many_environments_are_left_out_with_a_note(study, monkeypatch):
    monkeypatch.setattr(study_data, "MAX_ENVIRONMENTS", 1)
    sections = sections_by_key(study)
    assert picture_names(sections["days"]) == ["days-calm"]
    note = "The figures show the first 1 of 2 environments."
    for key in ("studied", "differences", "days"):
        assert note in sections[key].paragraphs


def test_too_many_strategies_leave_the_best_and_the_baseline(monkeypatch):
    monkeypatch.setattr(study_data, "_MAX_STRATEGIES", 3)
    names, places = tuple("abcdef"), ("calm",)
    values = sample_values(
        [0], [-0.1], [0.3], [0.2], [-0.2], [0.1], strategies=names, environments=places
    )
    study = sample_study(sample_comparison(values, names, places))
    assert study.strategies_in_figures == ("a", "c", "d")
    assert note_omissions(study) == (
        "The figures show the baseline and the best 2 of 6 strategies.",
    )
    sections = sections_by_key(study)
    assert "f " not in sections["differences"].pictures[0].alt
    assert cells(sections["studied"].tables[0], "strategy") == ("a", "c", "d")


# The study


def test_design_is_described(study):
    section = design_section(study)
    assert section.paragraphs == (
        "3 strategies in 2 environments, each in the same 20 worlds of 1,000 people over 364 "
        "scored days. The set-point of mean satisfaction is 0.7, its band ± 0.04.",
    )
    strategies, environments = section.tables
    assert cells(strategies, "strategy") == ("do nothing", "pid survey", "oracle")
    assert cells(strategies, "receptor") == ("blind", "survey", "oracle")
    assert cells(strategies, "effectors") == ("none", "repair, respond", "repair")
    assert cells(environments, "environment") == ("calm", "recall")
    assert cells(environments, "disturbances") == ("none", "none")


def test_disturbances_are_in_the_order_of_their_days(comparison):
    recall = equipoise.compose("environment=recall")
    pairs = [(name, place) for name in STRATEGIES for place in ENVIRONMENTS]
    study = sample_study(comparison, settings=dict.fromkeys(pairs, recall))
    texts = cells(design_section(study).tables[1], "disturbances")
    assert texts[0] == "failing units (failures, on day 60); product fault (fault, on day 60)"


def test_varied_sizes_are_a_range(comparison):
    pairs = [(name, place) for name in STRATEGIES for place in ENVIRONMENTS]
    settings = {
        pair: equipoise.compose(f"community.size={1000 * (number + 1)}")
        for number, pair in enumerate(pairs)
    }
    (extent,) = design_section(sample_study(comparison, settings=settings)).paragraphs
    assert "of 1,000 to 6,000 people over" in extent


def test_many_failures_are_counted(comparison):
    lines = tuple(f"failure {number}" for number in range(23))
    section = failure_section(sample_study(comparison, failures=lines))
    assert section.items[:20] == lines[:20]
    assert section.items[20:] == ("... and 3 more, in the folder failures of the study.",)
    assert failure_section(sample_study(comparison)).is_empty


def test_names_are_readable_in_texts(study):
    text = use_readable_names(study, "do_nothing in recall, mydo_nothing, do_nothing_else")
    assert text == "do nothing in recall, mydo_nothing, do_nothing_else"


def test_longest_name_is_replaced_first(comparison):
    names = ("a_b", "a_b c_d", "x")
    study = sample_study(comparison, strategies=names)
    assert use_readable_names(study, "a_b c_d, a_b") == "a b c d, a b"


def test_one_strategy_is_not_compared(comparison):
    alone = ("pid_survey",)
    values = np.array([[[0.5, 0.7], [0.2, 0.2]]])
    outcomes = Outcomes("time_in_band", alone, ENVIRONMENTS, (0, 1), values)
    study = sample_study(
        comparison, strategies=alone, seeds=(0, 1), outcomes=(outcomes,), comparison=None
    )
    sections = sections_by_key(study)
    assert "nothing to compare it with" in sections["answer"].paragraphs[1]
    assert not {"differences", "ranking", "front"} & set(sections)
    assert len(sections["days"].pictures) == 2
    (table,) = sections["results"].tables
    assert [column.head for column in table.columns] == ["environment", "time in band"]
    assert cells(table, "environment") == ("calm", "recall")
    assert cells(table, "time in band")[1] == "20 %"
    assert "each in 2 worlds of" in sections["studied"].paragraphs[0]


def test_strategies_in_one_world_have_a_table_of_means(comparison):
    values = np.full((2, 2, 1), 0.5)
    outcomes = Outcomes("time_in_band", STRATEGIES[:2], ENVIRONMENTS, (0,), values)
    study = sample_study(
        comparison, strategies=STRATEGIES[:2], seeds=(0,), outcomes=(outcomes,), comparison=None
    )
    (table,) = sections_by_key(study)["results"].tables
    assert cells(table, "strategy") == ("do nothing", "do nothing", "pid survey", "pid survey")


# Searches


def test_search_has_its_own_answer_and_figure(study):
    figure = Picture("envelope", b"<svg/>", b"", "A map.", "Where it holds.")
    answer = ("Over kp the loop holds (time_in_band>=0.9 ...).", "In words: it holds when x.")
    search = replace(
        study,
        trajectories={},
        comparison=None,
        outcomes=(),
        search_figure=figure,
        search_answer=answer,
    )
    sections = sections_by_key(search)
    assert sections["answer"].paragraphs == answer
    assert sections["map"].heading == "Homeostatic envelope"
    assert sections["map"].pictures == (figure,)
    terms = dict(sections["terms"].terms)
    assert "holds when" in terms
    assert "time in band" in terms
    assert not {"total Sobol index", "baseline", "mean satisfaction"} & set(terms)
    assert not {"results", "differences", "days"} & set(sections)


# Background


def test_terms_of_the_tables_are_defined(study):
    terms = dict(sections_by_key(study)["terms"].terms)
    assert {"world", "baseline", "time in band", "cost", "undecided", "on the front"} <= set(terms)
    assert "do nothing" in terms["difference"]


def test_few_worlds_are_a_limit(comparison):
    few = limit_section(sample_study(comparison, seeds=tuple(range(5)))).items
    many = limit_section(sample_study(comparison)).items
    assert few[-1].startswith("This study has 5 worlds only")
    assert few[:-1] == many


def test_repetition_has_seeds_versions_and_commands(study):
    section = sections_by_key(study)["repeat"]
    assert section.paragraphs[0].startswith("Seeds 0 to 19.")
    assert section.paragraphs[0].endswith("to the bit: equipoise 0.1.0.")
    assert section.commands == ("equipoise sweep ...",)
