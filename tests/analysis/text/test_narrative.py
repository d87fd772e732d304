"""Sentences on one world: each states an event of the record, in singular and plural."""

import math

import numpy as np
import pytest

from equipoise.analysis.text import narrative

RECALL = ((40, 0.6), (30, 0.3), (50, 0.62))  # 30 days outside the band after a strike on day 30
NO_DAY_IN_BAND = 0.3


def test_world_is_described_from_strike_to_recovery(
    make_path, make_record, make_scorecard, make_strike
):
    path = make_path(*RECALL)
    a_week_late = np.concatenate([np.full(7, 0.6), path[:-7]])
    record = make_record(
        path,
        a_week_late,
        strikes=[make_strike()],
        left=1.0,
        joined=2.0,
        positive=6.0,
        negative=2.0,
        reading_age=1.0,
    )
    assert make_scorecard(record).sentences == (
        "On day 30, about 4 weeks from the start: recall, a fault of 0.35 in product, "
        "until repaired.",
        "Satisfaction was in its band (0.50 to 0.70) on 75 % of days; "
        "it was outside for 30 days, from day 40 to day 69.",
        "It ranged from 0.30 (day 40) to 0.62 (day 70).",
        "Satisfaction returned to its band 40 days (about 6 weeks) after recall "
        "and stayed there for 14 days or more.",
        "Over the last 28 days its mean was 0.62, 0.02 above the set-point of 0.60.",
        "Revenue was $12,000; the policy cost $240: an operating result of $3,900.",
        "120 customers left and 240 were won or won back.",
        "The firm's belief was unbiased; its mean absolute error was 0.04.",
        "It detected after 7 days that satisfaction was outside its band.",
        "People wrote 3.0 positive posts for each negative one.",
    )


def test_calm_world_of_a_firm_without_readings(make_path, make_record, make_scorecard):
    record = make_record(make_path((100, 0.6)), cost=0.0)
    assert make_scorecard(record).sentences == (
        "No disturbance struck.",
        "Satisfaction was in its band (0.50 to 0.70) on every day.",
        "It was 0.60 throughout.",
        "Over the last 28 days its mean was 0.60, at the set-point of 0.60.",
        "Revenue was $10,000; the policy cost nothing: an operating result of $3,450.",
        "No customer left, and none was won.",
        "No reading reached the firm, so it had no belief about satisfaction.",
        "There were no posts.",
    )


def test_world_without_a_scored_day_has_no_results(make_path, make_record, make_scorecard):
    card = make_scorecard(make_record(np.zeros(0)))
    assert card.sentences == ("No day was scored, so there are no results.",)
    assert "0 scored days" in card.title


def test_single_events_are_singular(describe):
    text = describe((1, 0.6), left=1.0, joined=1.0, positive=1.0)
    assert "1 scored day," in text
    assert "On the last day its mean was" in text
    assert "1 customer left and 1 was won" in text
    assert "People wrote 1 post, none negative." in text
    assert "1 days" not in text
    assert "1 customers" not in text


# satisfaction


def test_several_spells_outside_the_band_are_counted(describe):
    text = describe((40, 0.6), (5, 0.3), (20, 0.6), (20, 0.9), (40, 0.6))
    assert "it was outside for 25 days, in 2 spells, the longest 20 days" in text
    assert "from day 65." in text


def test_days_without_customers_are_left_out(describe):
    assert "There were no customers on 1 day, which is left out." in describe(
        (20, 0.6), (1, math.nan)
    )
    assert "There were no customers on 3 days, which are left out." in describe(
        (20, 0.6), (3, math.nan)
    )


def test_world_without_customers_has_no_satisfaction(make_path, make_record, make_scorecard):
    card = make_scorecard(make_record(make_path((20, math.nan)), revenue=0.0))
    assert narrative.NO_CUSTOMERS in card.sentences
    assert not {"time in band", "settling time"} & {row.measure for row in card.rows}


def test_harmless_strike_leaves_satisfaction_in_its_band(describe, make_strike):
    text = describe((100, 0.6), strikes=[make_strike()])
    assert "After recall, satisfaction stayed in its band." in text


def test_unsettled_world_is_reported(describe, make_strike):
    text = describe((40, 0.6), (60, 0.3), believed=0.6, strikes=[make_strike()])
    assert (
        "Satisfaction did not settle in its band in the 70 days (about 10 weeks) "
        "from recall to the end." in text
    )
    assert "It never detected that satisfaction was outside its band." in text


@pytest.mark.parametrize(
    ("level", "sentence"),
    [
        (0.3, "Satisfaction did not settle in its band in the 5 days from recall to the end."),
        (0.6, "Only 5 days of the run followed recall, too few to judge the recovery."),
    ],
)
def test_strike_near_the_end_is_judged_only_if_satisfaction_fell(
    describe, make_strike, level, sentence
):
    assert sentence in describe((95, 0.6), (5, level), strikes=[make_strike(start=95)])


def test_troubles_beyond_six_are_summarised(describe, make_strike):
    cycle = ((10, 0.3), (20, 0.6))
    starts = range(0, 240, 30)
    strikes = [make_strike(f"no_{start}", start) for start in starts]
    text = describe(*(cycle * 8), strikes=strikes)
    assert text.count("Satisfaction returned to its band 10 days after") == 6
    assert (
        "Of 2 later troubles, none lasted to the end; the longest of the others took 10 days."
        in text
    )


@pytest.mark.parametrize(
    ("deviation", "phrase"),
    [(0.02, "0.02 above"), (-0.05, "0.05 below"), (0.004, "at"), (-0.004, "at")],
)
def test_deviation_has_a_side_unless_it_rounds_to_zero(deviation, phrase):
    assert narrative.describe_deviation(deviation) == phrase


def test_oscillation_is_reported_only_if_it_leaves_the_band(make_record, make_scorecard):
    wave = np.sin(2 * np.pi * np.arange(200) / 40)
    wide = str(make_scorecard(make_record(0.6 + 0.2 * wave)))
    assert "It oscillated with a period of 40 days (about 6 weeks) and an amplitude of 0.20" in wide
    assert "oscillated" not in str(make_scorecard(make_record(0.6 + 0.05 * wave)))


# belief


def test_readings_without_a_belief_are_counted(describe):
    text = describe((100, 0.6), reading_age=1.0)
    assert "100 readings reached the firm, but it formed no belief from them." in text
    text = describe((1, 0.6), reading_age=1.0)
    assert "1 reading reached the firm" in text


@pytest.mark.parametrize(
    ("level", "believed", "sentence"),
    [
        (0.5, 0.6, "belief was 0.10 too high on average; its mean absolute error was 0.10."),
        (0.6, 0.5, "belief was 0.10 too low on average; its mean absolute error was 0.10."),
        (0.6, 0.6, "belief was accurate: its mean absolute error was below 0.01."),
    ],
)
def test_belief_is_described_by_bias_and_error(describe, level, believed, sentence):
    assert sentence in describe((50, level), believed=believed)


def test_belief_on_some_days_is_reported_as_such(describe, make_path):
    text = describe((50, 0.6), believed=make_path((25, 0.5), (25, math.nan)))
    assert "It had a belief on only 50 % of days." in text


def test_firm_with_false_alarms_on_most_days_detects_nothing(describe, make_strike):
    text = describe(*RECALL, believed=0.3, strikes=[make_strike()])
    assert (
        "On 100 % of the days on which satisfaction was in its band, "
        "the firm believed it to be below." in text
    )
    assert "It detected" not in text


def test_belief_inside_the_band_while_satisfaction_is_outside_is_reported(describe):
    assert (
        "On 25 % of days the firm believed satisfaction to be in its band while it was out."
        in describe(*RECALL, believed=0.6)
    )


def test_detected_departures_from_the_band_are_counted(describe, make_path, make_strike):
    path = ((30, 0.6), (20, 0.3), (30, 0.6), (20, 0.3), (30, 0.6))
    believed = make_path((32, 0.6), (18, 0.3), (80, 0.6))
    strikes = [make_strike("first", 30), make_strike("second", 80)]
    text = describe(*path, believed=believed, strikes=strikes)
    assert (
        "It detected 1 of 2 times that satisfaction was outside its band, "
        "at the latest after 2 days." in text
    )


def test_detection_without_delay_is_on_the_same_day(describe, make_path, make_strike):
    text = describe(*RECALL, believed=make_path(*RECALL), strikes=[make_strike()])
    assert "It detected on the same day that satisfaction was outside its band." in text


# verdicts


def make_verdict(day, kind="systemic", department="product"):
    return {
        "day": day,
        "department": department,
        "kind": kind,
        "topic": 0,
        "votes": 1.0,
        "evidence": None,
    }


@pytest.fixture
def describe_verdicts(make_path, make_record, make_scorecard, make_strike):
    """Return a function from faults of the product and verdicts to the text of a scorecard."""

    def text_of(fault, *verdicts):
        record = make_record(make_path(*RECALL), strikes=[make_strike()], fault_product=fault)
        record.verdicts.extend(verdicts)
        return str(make_scorecard(record))

    return text_of


def test_hits_and_false_verdicts_are_counted(describe_verdicts, make_path):
    fault = make_path((30, 0.0), (40, 0.3), (50, 0.0))
    text = describe_verdicts(fault, make_verdict(42), make_verdict(80))
    assert "The firm found 1 of 1 fault to be systemic, 12 days after the strike." in text
    assert (
        "It reached 1 false verdict: trouble called systemic in a department without a fault."
        in text
    )
    assert "verdict hits" in text


def test_missed_faults_are_reported(describe_verdicts, make_path):
    fault = make_path((30, 0.0), (40, 0.3), (50, 0.0))
    text = describe_verdicts(fault, make_verdict(42, "one-off"))
    assert "The firm found none of the faults to be systemic." in text
    assert "1 fault " in text, "the row of misses"


def test_several_hits_have_a_median_delay(describe_verdicts, make_path):
    fault = make_path((10, 0.3), (20, 0.0), (40, 0.3), (50, 0.0))
    text = describe_verdicts(fault, make_verdict(4), make_verdict(36))
    assert (
        "The firm found 2 of 2 faults to be systemic, a median of 5 days after the strike." in text
    )


def test_firm_without_verdicts_or_faults_has_no_sentence_on_them(describe_verdicts):
    assert "systemic" not in describe_verdicts(0.3)
    assert "The firm found" not in describe_verdicts(0.0, make_verdict(3, "one-off"))


# posts


@pytest.mark.parametrize(
    ("positive", "negative", "sentence"),
    [
        (0.0, 0.0, "There were no posts."),
        (2.0, 0.0, "People wrote 200 posts, none negative."),
        (0.0, 2.0, "People wrote 200 posts, none positive."),
        (1.0, 1.04, "People wrote about as many positive posts as negative ones."),
        (3.0, 1.0, "People wrote 3.0 positive posts for each negative one."),
        (1.0, 2.5, "People wrote 2.5 negative posts for each positive one."),
    ],
)
def test_posts_are_described_by_their_ratio(describe, positive, negative, sentence):
    assert sentence in describe((100, 0.6), positive=positive, negative=negative)
