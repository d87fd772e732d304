"""Cells of comparison tables: numbers in their scale, verdicts, probabilities and effects."""

import math

import pytest

from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.text import comparison_cells as cells


def difference(verdict="better", **changes):
    fields = {
        "strategy": "a",
        "baseline": "b",
        "environment": "x",
        "pairs": 20,
        "dropped": 0,
        "lopsided": 0,
        "mean": 0.1,
        "low": 0.05,
        "high": 0.15,
        "spread": 1.0,
        "standardised": 1.0,
        "superiority": 1.0,
        "p": 0.01,
        "p_equivalent": 1.0,
        "verdict": verdict,
        "more": 0,
    }
    return Difference(**(fields | changes))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.5, "share", "50.0"),
        (1.0, "share", "100.0"),
        (-0.0001, "share", "0.0"),
        (0.7, "satisfaction", "0.700"),
        (-0.0004, "satisfaction", "0.000"),
        (12345.0, "$", "$12,300"),
        (-0.42, "$", "−$0.42"),
        (0.0, "$", "$0"),
        (7.25, "days", "7.2"),
        (1234.5, "days", "1,234"),
        (math.nan, "days", "–"),
    ],
)
def test_measure_is_rounded_in_the_scale_of_its_unit(value, unit, text):
    assert cells.format_measure(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.021, "share", "+2.1"),
        (0.05, "share", "+5.0"),
        (-0.3, "share", "−30.0"),
        (12345.0, "$", "+$12,300"),
        (0.0001, "share", "0.0"),
        (0.0, "share", "0.0"),
        (0.0, "$", "$0"),
        (math.nan, "share", "–"),
    ],
)
def test_positive_numbers_get_a_sign_unless_they_round_to_zero(value, unit, text):
    assert cells.format_measure(value, unit, sign=True) == text


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("share", "+10.0 points (+5.0 to +15.0)"),
        ("satisfaction", "+0.100 (+0.050 to +0.150)"),
        ("days", "+0.1 days (+0.1 to +0.1)"),
    ],
)
def test_difference_in_a_sentence_has_its_unit_once(unit, text):
    assert cells.format_difference_interval(difference(), unit) == text


def test_difference_without_an_interval_is_a_mean_alone():
    few_pairs = difference(low=math.nan, high=math.nan)
    assert cells.format_difference_interval(few_pairs, "share") == "+10.0 points"
    assert cells.format_difference_cell(few_pairs, "share") == "+10.0"


def test_difference_in_a_table_has_no_unit_and_is_empty_for_the_baseline():
    assert cells.format_difference_cell(difference(), "share") == "+10.0 (+5.0 to +15.0)"
    assert cells.format_difference_cell(None, "share") == ""


@pytest.mark.parametrize("verdict", ["better", "worse", "equivalent"])
def test_decided_verdict_is_its_own_name(verdict):
    assert cells.format_verdict(difference(verdict)) == verdict


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"more": 12}, "undecided (12 more)"),
        ({"more": None}, "undecided (too close)"),
        ({"more": None, "spread": 0.0}, "undecided (too close)"),
        ({"more": None, "spread": 0.0, "mean": 0.0}, "no difference"),
        ({"more": None, "pairs": 0}, "no pairs"),
    ],
)
def test_undecided_verdict_states_the_reason(changes, text):
    assert cells.format_verdict(difference("undecided", **changes)) == text


def test_baseline_has_no_verdict():
    assert cells.format_verdict(None) == "(baseline)"


def test_verdict_is_starred_if_more_than_a_twentieth_of_worlds_lack_one_value():
    assert cells.format_verdict(difference("worse", lopsided=1)) == "worse"
    assert cells.format_verdict(difference("worse", lopsided=2)) == "worse*"


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "<1 %"),
        (0.004, "<1 %"),
        (0.5, "50 %"),
        (0.994, ">99 %"),
        (1.0, ">99 %"),
        (math.nan, "–"),
    ],
)
def test_estimated_probability_is_never_certain(probability, text):
    assert cells.format_probability(probability) == text


def test_observed_share_may_be_certain():
    assert [cells.format_share(share) for share in (0.0, 1.0, math.nan)] == ["0 %", "100 %", "–"]
    assert cells.format_wins(difference(superiority=0.345)) == "34 %"
    assert cells.format_wins(None) == ""


@pytest.mark.parametrize(
    ("effect", "text"),
    [(1.24, "+1.2"), (-0.26, "−0.3"), (10.1, ">10"), (-10.1, "<−10"), (math.nan, "–")],
)
def test_effect_has_one_digit_up_to_ten(effect, text):
    assert cells.format_effect(difference(standardised=effect)) == text


def test_baseline_has_no_effect():
    assert cells.format_effect(None) == ""
