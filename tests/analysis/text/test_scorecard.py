"""The scorecard of a run: title, rows by group, and means over several worlds."""

import numpy as np

from equipoise.analysis.measure_table import MEASURES
from equipoise.analysis.summary import METHOD
from equipoise.analysis.text import formatting

RECALL = ((40, 0.6), (30, 0.3), (50, 0.62))


def row_values(card):
    return {row.measure: row.value for row in card.rows}


# one world


def test_title_names_strategy_environment_and_world(make_path, make_record, make_scorecard):
    card = make_scorecard(make_record(make_path((120, 0.6))))
    assert card.title == (
        "Monthly survey: environment bad quarter, 120 scored days, 1,000 people, seed 3"
    )
    assert card.note == ""


def test_rows_follow_the_order_of_the_measures(make_path, make_record, make_scorecard):
    card = make_scorecard(make_record(make_path((100, 0.6))))
    shown = [row.measure.replace(" ", "_") for row in card.rows]
    assert shown == [measure.name for measure in MEASURES if measure.name in shown]


def test_values_have_units(make_path, make_record, make_scorecard, make_strike):
    record = make_record(make_path(*RECALL), strikes=[make_strike()], positive=6.0, negative=2.0)
    values = row_values(make_scorecard(record))
    assert values["settling time"] == "40 days"
    assert values["time in band"] == "75 %"
    assert values["positive per negative"] == "3.0 : 1"


def test_measures_without_a_value_are_left_out(make_path, make_record, make_scorecard):
    card = make_scorecard(make_record(make_path((100, 0.6))))
    missing = {"notice delay", "verdict hits", "contextual", "positive share", "gap"}
    assert not missing & row_values(card).keys()
    assert formatting.NO_VALUE not in row_values(card).values()


def test_rows_are_grouped_under_headings(make_path, make_record, make_scorecard):
    card = make_scorecard(make_record(make_path((100, 0.6))))
    groups = dict(card.groups())
    assert [*groups] == [
        "Homeostasis",
        "Customers",
        "The firm's belief",
        "Characteristics of a social enterprise",
        "Money",
    ]
    assert sum(groups.values(), ()) == card.rows
    mobile = next(row for row in card.rows if row.measure == "mobile")
    assert mobile in groups["Characteristics of a social enterprise"]
    assert mobile.value == "0 of 100"


def test_text_has_all_sentences_and_aligned_tables(make_path, make_record, make_scorecard):
    card = make_scorecard(make_record(make_path((100, 0.6))))
    text = str(card)
    assert all(f"- {sentence}" in text for sentence in card.sentences)
    lines = text.splitlines()
    first_row = lines[lines.index("Money") + 1]
    assert first_row.split()[:2] == ["net", "$3,250"]
    columns = {
        line.index(row.meaning) for row in card.rows for line in lines if row.meaning in line
    }
    assert len(columns) == 1


# interruptions


def test_interruption_of_one_world_counts_days(make_path, make_record, make_scorecard):
    record = make_record(make_path((100, 0.6)), finished=40)
    card = make_scorecard(record, complete=False)
    assert card.sentences[0] == (
        "The run was interrupted: the results cover 40 of 100 scored days."
    )


def test_interruption_of_several_worlds_counts_worlds(make_path, make_record, make_scorecard):
    path = make_path(*RECALL)
    card = make_scorecard(make_record(path), make_record(path, finished=5), complete=False)
    assert card.sentences[0] == "The run was interrupted: the results cover 1 of 2 worlds."
    assert "seed 3" in card.title


# several worlds


def test_several_worlds_are_described_by_means_with_intervals(
    make_path, make_record, make_scorecard, make_strike
):
    late = ((40, 0.6), (60, 0.3), (20, 0.62))
    unsettled = ((40, 0.6), (80, 0.3))
    records = [
        make_record(make_path(*path), strikes=[make_strike()], seed=seed, positive=1.0)
        for seed, path in enumerate((RECALL, late, unsettled), 3)
    ]
    card = make_scorecard(*records)
    text = str(card)
    assert "3 worlds, seeds 3 to 5" in card.title
    assert card.sentences[0] == (
        "All values are means over 3 worlds, with the 95 % confidence interval in parentheses."
    )
    assert (
        "Satisfaction settled after all strikes in 2 of 3 worlds; "
        "the longest settling time of a world was 55 days" in text
    )
    assert "on 53 % (0 to 100 %) of days" in text or "on 53 % (1 to 100 %) of days" in text
    assert "Of all posts 100 % were positive." in text
    assert card.note == f"{METHOD}."
    assert row_values(card)["settling time"].endswith(", in 2 of 3 worlds")
    assert "nan" not in text


def test_worlds_of_which_none_settled(make_path, make_record, make_scorecard, make_strike):
    path = make_path((40, 0.6), (80, 0.3))
    records = [make_record(path, strikes=[make_strike()], seed=seed) for seed in (3, 4)]
    assert (
        "Satisfaction settled after all strikes in none of 2 worlds."
        in make_scorecard(*records).sentences
    )


def test_negative_deviation_is_a_positive_amount_below(make_path, make_record, make_scorecard):
    records = [
        make_record(make_path((50, level)), level + 0.05, seed=seed)
        for seed, level in enumerate((0.52, 0.54, 0.56))
    ]
    text = str(make_scorecard(*records))
    assert (
        "Over the last 28 days satisfaction was 0.06 (0.01 to 0.11) below the set-point of 0.60."
        in text
    )
    assert "on average it was 0.05 too high" in text


def test_shared_strikes_are_listed_and_others_counted(
    make_path, make_record, make_scorecard, make_strike
):
    path = make_path(*RECALL)
    random_faults = [make_strike("by chance", start=day) for day in (5, 50)]
    first = make_record(path, strikes=[make_strike(), *random_faults])
    second = make_record(path, strikes=[make_strike()], seed=4)
    text = str(make_scorecard(first, second))
    assert "On day 30" in text
    assert "In addition, each world had its own disturbances: 1 random fault on average." in text
    assert "On day 5:" not in text


def test_random_strikes_of_several_kinds_are_called_strikes(
    make_path, make_record, make_scorecard, make_strike
):
    path = make_path(*RECALL)
    storms = [make_strike("storm", day, day + 7, "firestorm", department="") for day in (5, 50)]
    text = str(make_scorecard(make_record(path, strikes=storms), make_record(path, seed=4)))
    assert "each world had its own disturbances: 1 random strike on average." in text


def test_worlds_without_strikes(make_path, make_record, make_scorecard):
    records = [make_record(make_path((100, 0.6)), seed=seed) for seed in (3, 4)]
    assert "No disturbance struck." in make_scorecard(*records).sentences


def test_false_beliefs_have_no_interval_if_worlds_agree(make_path, make_record, make_scorecard):
    records = [make_record(make_path(*RECALL), 0.6, seed=seed) for seed in (3, 4)]
    assert (
        "On 25 % of days the firm believed satisfaction to be in its band while it was out."
        in make_scorecard(*records).sentences
    )


def test_detection_is_counted_over_worlds(make_path, make_record, make_scorecard, make_strike):
    path = make_path(*RECALL)
    a_week_late = np.concatenate([np.full(7, 0.6), path[:-7]])
    detected = make_record(path, a_week_late, strikes=[make_strike()])
    undetected = make_record(path, 0.6, strikes=[make_strike()], seed=4)
    assert (
        "In 1 of 2 worlds the firm detected that satisfaction was outside its band, "
        "at the latest after 7 days on average." in make_scorecard(detected, undetected).sentences
    )


def test_worlds_without_belief_count_their_readings(make_path, make_record, make_scorecard):
    records = [make_record(make_path((100, 0.6)), seed=seed, reading_age=1.0) for seed in (3, 4)]
    assert (
        "200 readings reached the firm, but it formed no belief from them."
        in make_scorecard(*records).sentences
    )


def test_worlds_without_a_scored_day_have_no_results(make_record, make_scorecard):
    card = make_scorecard(make_record(np.zeros(0)), make_record(np.zeros(0)))
    assert card.sentences == ("No day was scored in any of 2 worlds.",)
