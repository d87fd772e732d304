"""Numbers, names and settings as text."""

import math

import pytest

from equipoise.analysis.summary import MeasureInterval
from equipoise.analysis.text import formatting
from equipoise.settings.settings import Settings


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.9999, "share", "over 99 %"),
        (0.0001, "share", "under 1 %"),
        (1.0, "share", "100 %"),
        (0.0, "share", "0 %"),
        (-0.001, "satisfaction", "0.00"),
        (-0.014, "satisfaction", "−0.01"),
        (1.0, "days", "1 day"),
        (0.4, "days", "0.4 days"),
        (12345.6, "$", "$12,300"),
        (1.2e6, "$", "$1.2 M"),
        (-21_749_000.0, "$", "−$21.7 M"),
        (999_999.0, "$", "$1 M"),
        (0.0, "$", "$0"),
        (9.96, "$", "$9.96"),
        (0.001, "$", "$0"),
        (-45.67, "$", "−$45.70"),
        (2.0, "people", "2 people"),
        (1.0, "faults", "1 fault"),
        (3.0, "verdicts", "3 verdicts"),
        (41.6, "of 100", "42 of 100"),
        (1.0, "cases", "1 case"),
        (1.0, "furlongs", "1 furlongs"),
        (math.nan, "days", "–"),
    ],
)
def test_amounts_have_units_and_few_digits(value, unit, text):
    assert formatting.format_amount(value, unit) == text


def test_mean_with_interval_names_its_unit_once():
    value = MeasureInterval(12.0, 9.5, 14.0, 5)
    assert formatting.format_mean(value, "days", 5) == "12 days (9.5 to 14 days)"


def test_mean_states_the_number_of_worlds_if_some_lack_a_value():
    value = MeasureInterval(12.0, math.nan, math.nan, 1)
    assert formatting.format_mean(value, "days", 5) == "12 days, in 1 of 5 worlds"


def test_mean_of_equal_worlds_has_no_interval():
    value = MeasureInterval(12.0, 12.0, 12.0, 5)
    assert formatting.format_mean(value, "days", 5) == "12 days"


def test_mean_without_a_value_is_a_dash():
    value = MeasureInterval(math.nan, math.nan, math.nan, 0)
    assert formatting.format_mean(value, "days", 5) == formatting.NO_VALUE


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1 world"),
        (0, "0 worlds"),
        (1.04, "1 world"),
        (2.5, "2.5 worlds"),
        (1e4, "10,000 worlds"),
    ],
)
def test_noun_agrees_with_the_printed_number(number, text):
    assert formatting.format_quantity(number, "world") == text


def test_irregular_plural_is_given():
    assert formatting.format_quantity(2, "person", "people") == "2 people"
    assert formatting.format_quantity(1, "person", "people") == "1 person"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (1, "1 day"),
        (13, "13 days"),
        (14, "14 days (about 2 weeks)"),
        (87, "87 days (about 12 weeks)"),
    ],
)
def test_long_durations_are_also_in_weeks(days, text):
    assert formatting.format_days(days) == text


@pytest.mark.parametrize(
    ("change", "text"), [(0.123, "+0.12"), (-0.123, "−0.12"), (0.004, "0.00"), (-0.004, "0.00")]
)
def test_change_has_a_sign_unless_it_rounds_to_zero(change, text):
    assert formatting.format_signed(change) == text


@pytest.mark.parametrize("digits", range(1, 6))
def test_dollars_has_three_significant_digits(digits):
    value = 1.23456 * 10**digits
    number = float(formatting.format_dollars(value).replace(",", "").removeprefix("$"))
    assert number == pytest.approx(float(f"{value:.3g}"))


@pytest.mark.parametrize(
    ("parts", "text"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_are_joined_with_and(parts, text):
    assert formatting.join_words(parts) == text


def test_readable_name_is_on_one_line():
    assert formatting.readable_name("support_forum\n of  a_brand") == "support forum of a brand"


def test_strategy_without_a_title_has_its_name():
    settings = Settings.model_validate({"strategy": {"name": "pid_survey"}})
    assert formatting.strategy_title(settings) == "pid survey"


def test_default_community_is_not_named():
    default, forum = (
        Settings.model_validate({"community": {"name": name}})
        for name in ("ordinary", "support_forum")
    )
    assert "community" not in formatting.describe_worlds(default, [])
    text = formatting.describe_worlds(forum, [])
    assert text == "environment calm, community support forum, 364 scored days, seed 0"


def test_worlds_are_described_by_people_and_range_of_seeds(make_path, make_record):
    settings = Settings.model_validate({"seed": 3, "horizon": 20})
    records = [make_record(make_path((20, 0.6)), seed=seed) for seed in (3, 4)]
    text = formatting.describe_worlds(settings, records)
    assert text == "environment calm, 20 scored days, 1,000 people, 2 worlds, seeds 3 to 4"


def test_record_without_a_finished_day_has_no_people(make_path, make_record):
    assert formatting.count_people(make_record(make_path((20, 0.6)), finished=0)) == 0
