"""Disturbances in words."""

from typing import get_args, get_type_hints

import pytest

from equipoise.analysis.text import strike_text
from equipoise.settings.settings import Disturbance

PHRASES = {
    "fault": "a fault of 0.30 in product, for 7 days",
    "failures": "one-off failures in product: 30 % more uses fail, for 7 days",
    "turnover": "staff turnover in product: 30 % of its experience leaves, over 7 days",
    "delight": "friendly posts from outside, which reach up to 30 % of people a day, for 7 days",
    "firestorm": "hostile posts from outside, which reach up to 30 % of people a day, for 7 days",
    "rumour": "a false rumour, which reaches up to 30 % of people a day, for 7 days",
    "competitor": "a competitor's offer that is 0.30 more attractive, for 7 days",
    "surge": "demand up by 30 %, for 7 days",
    "season": "demand that rises and falls by 30 %, to the end",
    "drift": "society's values moving 30 % of the way to others, gradually to the end",
    "reach": "advertising losing 30 % of its reach, gradually to the end",
}
DEPARTMENT_KINDS = ("fault", "failures", "turnover")


def strike_of(make_strike, kind, start=3, end=10):
    department = "product" if kind in DEPARTMENT_KINDS else ""
    return make_strike("x", start, end, kind, 0.3, department)


def test_every_kind_of_disturbance_has_a_phrase():
    kinds = set(get_args(get_type_hints(Disturbance)["kind"]))
    assert kinds == PHRASES.keys() == strike_text.STRIKE_PHRASES.keys()


@pytest.mark.parametrize("kind", PHRASES)
def test_phrase_states_effect_size_and_duration(make_strike, kind):
    strike = strike_of(make_strike, kind)
    assert strike_text.describe_strike(strike) == f"x, {PHRASES[kind]}"


@pytest.mark.parametrize("kind", PHRASES)
def test_strike_that_outlasts_the_run_lasts_to_the_end(make_strike, kind):
    strike = strike_of(make_strike, kind, start=93, end=100)
    assert strike_text.describe_strike(strike, days=100).endswith("to the end")


@pytest.mark.parametrize("kind", PHRASES)
def test_sentence_of_a_strike_has_no_empty_department(make_strike, describe, kind):
    strike = strike_of(make_strike, kind, start=93, end=100)
    text = describe((100, 0.6), strikes=[strike], fault_product=0.0)
    assert "to the end." in text
    assert "''" not in text
    assert " in ," not in text


def test_kind_of_a_users_package_gets_a_default_phrase(make_strike):
    anywhere = strike_of(make_strike, "comet")
    assert strike_text.describe_strike(anywhere) == "x, comet of 0.30, for 7 days"
    in_department = make_strike("x", 3, 10, "comet", 0.3)
    assert strike_text.describe_strike(in_department) == "x, comet of 0.30 in product, for 7 days"


def test_fault_without_an_end_lasts_until_repaired(make_strike):
    assert strike_text.describe_strike(make_strike()).endswith("until repaired")


def test_turnover_of_one_day_is_at_once(make_strike):
    strike = make_strike("x", 3, 4, "turnover")
    assert strike_text.describe_strike(strike).endswith("35 % of its experience leaves, at once")


def test_name_is_readable(make_strike):
    assert strike_text.strike_name(make_strike("product_fault")) == "product fault"


def test_random_fault_is_named_by_its_department(make_strike):
    assert strike_text.strike_name(make_strike("by chance")) == "the fault in product"
    assert strike_text.strike_name(make_strike("by chance", department="")) == "by chance"


def test_strikes_of_a_day_share_a_sentence(make_path, make_record, make_strike):
    strikes = [make_strike("b", 20), make_strike("a", 5), make_strike("c", 20)]
    record = make_record(make_path((100, 0.6)), strikes=strikes)
    sentences = list(strike_text.describe_strikes(record, record.strikes))
    assert len(sentences) == 2
    assert sentences[0].startswith("On day 5: a, a fault")
    assert sentences[1].startswith("On day 20, about 3 weeks from the start: b, a fault")
    assert "; c, a fault" in sentences[1]


def test_strikes_after_the_last_finished_day_are_left_out(make_path, make_record, make_strike):
    record = make_record(make_path((100, 0.6)), strikes=[make_strike(start=50)], finished=50)
    assert list(strike_text.describe_strikes(record, record.strikes)) == ["No disturbance struck."]


def test_strikes_beyond_six_are_counted(make_path, make_record, make_strike):
    strikes = [make_strike(f"no_{day}", day) for day in range(20, 50)]
    record = make_record(make_path((100, 0.6)), strikes=strikes)
    sentences = list(strike_text.describe_strikes(record, record.strikes))
    assert len(sentences) == 7
    assert sentences[-1] == "24 more strikes followed, the last on day 49."


def test_names_within_periods_are_distinct_and_cut(make_path, make_record, make_strike):
    strikes = [make_strike(f"no_{day}", day) for day in range(20, 50)]
    record = make_record(make_path((100, 0.6)), strikes=[*strikes, *strikes])
    assert strike_text.name_strikes(record, [(20, 22), (30, 31)]) == "no 20, no 21 and no 30"
    assert strike_text.name_strikes(record, [(0, 100)]) == "no 20, no 21 and 28 more"
