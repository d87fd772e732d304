"""Captions, alternative texts and file names of the figures of a report."""

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_samples import (
    ENVIRONMENTS,
    STRATEGIES,
    sample_comparison,
    sample_days,
    sample_trajectory,
    sample_values,
)

from equipoise.analysis.plots.time_series_data import build_trajectory
from equipoise.analysis.report.figures import (
    belief_picture,
    causes_picture,
    differences_picture,
    figure_file_name,
    front_picture,
    has_differences,
    ranking_picture,
    satisfaction_picture,
)


@pytest.mark.parametrize(
    ("kind", "subject", "name"),
    [
        ("days", "recall", "days-recall"),
        ("differences-time_in_band", "kp -1.5, calm", "differences-time-in-band-kp-1-5-calm"),
        ("days", "../../etc", "days-etc"),
        ("days", "Über/uns", "days-über-uns"),
        ("days", "x" * 100, f"days-{'x' * 75}"),
    ],
)
def test_file_name_is_plain(kind, subject, name):
    assert figure_file_name(kind, subject) == name


@given(st.text(max_size=200))
def test_file_name_never_leads_out_of_its_folder(subject):
    name = figure_file_name("days", subject)
    assert 0 < len(name) <= 80
    assert not set(name) & (set(string.punctuation + string.whitespace) - {"-"})


# Comparison


def test_differences_are_described(comparison):
    finding = comparison.findings[0]
    picture = differences_picture(comparison, finding, "recall", STRATEGIES)
    assert picture.name == "differences-time-in-band-recall"
    assert picture.alt.startswith("Differences from do nothing: pid survey +")
    assert "oracle +" in picture.alt
    assert ", better" in picture.alt
    sentences = picture.caption.split(". ")
    assert sentences[0] == (
        "Recall: difference in time in band from do nothing in the same world, mean over 20 worlds"
    )
    assert "999 resamples of worlds" in picture.caption
    assert "Holm's method over 4 verdicts." in picture.caption
    assert picture.caption.endswith("Grey: the equivalence margin of 2.0 points.")


def test_measure_without_a_margin_has_no_grey(comparison):
    cost = comparison.finding("cost")
    picture = differences_picture(comparison, cost, "calm", STRATEGIES)
    assert "Grey" not in picture.caption


def test_differences_of_left_out_strategies_are_not_described(comparison):
    finding = comparison.findings[0]
    picture = differences_picture(comparison, finding, "calm", STRATEGIES[:2])
    assert "pid survey" in picture.alt
    assert "oracle" not in picture.alt


def test_gaps_of_a_comparison_are_described():
    values = sample_values([0, 0], [0.1, 0.2], [0.3, 0.3])
    values[1, 0, :5] = np.nan
    values[2, 0] = np.nan
    comparison = sample_comparison(values)
    finding = comparison.findings[0]
    caption = differences_picture(comparison, finding, "calm", STRATEGIES).caption
    assert "mean over 15 worlds." in caption
    assert caption.endswith("Not drawn, since no run is finished: oracle.")
    values[2, 0, :10] = 0.5
    comparison = sample_comparison(values)
    caption = differences_picture(comparison, comparison.findings[0], "calm", STRATEGIES).caption
    assert "mean over 10 to 15 worlds that both have." in caption


def test_environment_without_a_baseline_has_no_differences():
    values = sample_values([0, 0], [0.1, 0.2], [0.3, 0.3])
    values[0, 1] = np.nan
    finding = sample_comparison(values).findings[0]
    assert has_differences(finding, "calm")
    assert not has_differences(finding, "recall")


def test_ranking_is_described(comparison):
    picture = ranking_picture(comparison.findings[0], ENVIRONMENTS, STRATEGIES)
    assert picture.alt == (
        "Table of ranks on time in band. First: in calm oracle (>99 %); in recall oracle (>99 %)."
    )
    assert "999 paired bootstrap resamples of the worlds (20 worlds)" in picture.caption


def test_ranking_without_values_has_no_first():
    values = np.full((3, 2, 6), np.nan)
    picture = ranking_picture(sample_comparison(values).findings[0], ENVIRONMENTS, STRATEGIES)
    assert picture.alt == "Table of ranks on time in band. First: –."


def test_front_is_described(comparison):
    picture = front_picture(comparison, ENVIRONMENTS, STRATEGIES)
    assert picture.name == "front"
    everyone = "do nothing, pid survey and oracle"
    assert picture.alt == (
        f"Scatter of time in band against cost. On the front: in calm {everyone}; "
        f"in recall {everyone}."
    )
    assert picture.caption.endswith("Axes differ between panels.")
    alone = front_picture(comparison, ENVIRONMENTS[:1], STRATEGIES)
    assert not alone.caption.endswith("Axes differ between panels.")


# Days


def test_path_is_described():
    days = sample_days()
    days["satisfaction"][:, 10] = 0.5
    days["satisfaction"][:, -1] = 0.65
    trajectories = {"pid_survey": build_trajectory(days, 0.7, 0.04)}
    picture = satisfaction_picture(trajectories, "product_recall")
    assert picture.name == "days-product-recall"
    assert picture.alt == (
        "Satisfaction by day in product recall. "
        "pid survey: begins at 0.70, lowest 0.50 on day 10, ends at 0.65."
    )
    assert picture.caption.startswith("Product recall: mean satisfaction of customers by day.")
    assert "Black: median of 3 worlds;" in picture.caption


def test_path_without_customers_is_described():
    days = sample_days(satisfaction=np.nan)
    trajectories = {"a": build_trajectory(days, 0.7, 0.04), "b": sample_trajectory()}
    assert "a: no curve; b: begins at" in satisfaction_picture(trajectories, "calm").alt


def test_strikes_and_missing_strategies_are_in_the_caption():
    struck = satisfaction_picture({"a": sample_trajectory(strikes=[20])}, "calm", ["late_one"])
    assert "green: the band; dotted: start of a disturbance." in struck.caption
    assert struck.caption.endswith("Not drawn, since no run is finished: late one.")
    calm = satisfaction_picture({"a": sample_trajectory()}, "calm")
    assert calm.caption.endswith("green: the band.")


def test_causes_are_described():
    picture = causes_picture({"a": sample_trajectory()}, "calm")
    assert picture.alt == (
        "Causes of change in satisfaction in calm. a: peers 75 %, experience 25 %, norm 0 %."
    )
    assert "sum over 7 days" in picture.caption
    assert picture.caption.endswith("Mean of 3 worlds.")


def test_beliefs_are_described():
    trajectories = {"a": sample_trajectory(0.6, 0.72), "b": sample_trajectory(0.6, np.nan)}
    picture = belief_picture(trajectories, "calm")
    assert "a: mean absolute error 0.12" in picture.alt
    assert picture.caption.startswith("Calm: belief of the firm minus the truth by week")
