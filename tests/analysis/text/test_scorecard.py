"""The scorecard says what happened, in singular and plural, and says so when nothing did."""

import math
from typing import get_args, get_type_hints

import numpy as np
import pytest

from equipoise.analysis.measure_table import MEASURES
from equipoise.analysis.summary import METHOD, MeasureInterval
from equipoise.analysis.text import formatting, narrative
from equipoise.analysis.text.formatting import describe_worlds
from equipoise.analysis.text.scorecard import scorecard
from equipoise.run_record import new_run_record
from equipoise.runner import Run
from equipoise.settings.settings import Disturbance, Settings

NAN = math.nan


def strike(name="recall", start=30, end=-1, kind="fault", size=0.35, department="product"):
    return {
        "name": name,
        "kind": kind,
        "department": department,
        "start": start,
        "end": end,
        "size": size,
    }


def world(truth, believed=NAN, seed=3, strikes=(), done=None, **columns):
    """Return a record without burn-in of 1,000 people, from a path of satisfaction."""
    days = len(truth)
    record = new_run_record(seed, 0, days, ("repair",), ("product",), tuple(strikes))
    record.census.satisfaction = truth
    record.census.stage[:, 3] = 1000
    record.log["believed"][:] = believed
    for name, value in ({"cost": 2.0, "revenue": 100.0} | columns).items():
        (record.log[name] if name in record.log else record.census[name])[:] = value
    record.filled[...] = days if done is None else done
    return record


def told(*records, complete=True, **settings):
    given = {
        "seed": 3,
        "burn_in": 0,
        "horizon": len(records[0].census),
        "replicates": len(records),
        "firm": {"set_point": 0.6, "band": 0.1},
        "strategy": {"name": "pid_survey", "title": "Monthly survey"},
        "environment": {"name": "bad_quarter"},
    }
    return scorecard(Run(Settings(**(given | settings)), records, (), {}, complete))


def path(*stretches):
    return np.concatenate([np.full(days, level) for days, level in stretches])


FALL = path((40, 0.6), (30, 0.3), (50, 0.62))


def test_one_world_is_told_from_strike_to_recovery():
    believed = np.concatenate([np.full(7, 0.6), FALL[:-7]])
    card = told(
        world(
            FALL,
            believed,
            strikes=[strike()],
            left=1.0,
            joined=2.0,
            positive=6.0,
            negative=2.0,
            reading_age=1.0,
        )
    )
    assert (
        card.title
        == "Monthly survey: environment bad quarter, 120 scored days, 1,000 people, seed 3"
    )
    assert card.sentences == (
        "On day 30, about 4 weeks from the start: recall, a fault of 0.35 in product, until repaired.",
        "Satisfaction was in its band (0.50 to 0.70) on 75 % of days; it was out for 30 days, from day 40 to day 69.",
        "It ranged from 0.30 (day 40) to 0.62 (day 70).",
        "It took 40 days (about 6 weeks) from recall until satisfaction was back in its band to stay.",
        "Over the last 28 days it stood at 0.62, 0.02 above the set-point of 0.60.",
        "Effort cost 240 and uses earned 12,000: net 11,800, in the model's money.",
        "120 customers left and 240 were won or won back.",
        "The firm's belief was unbiased; its mean absolute error was 0.04.",
        "It knew that satisfaction was out of its band 7 days after it was.",
        "People wrote 3.0 positive posts for each negative one.",
    )
    known = [row.measure.replace(" ", "_") for row in card.rows]
    assert known == [each.name for each in MEASURES if each.name in known], (
        "in the order of MEASURES"
    )
    values = {row.measure: row.value for row in card.rows}
    assert values["settling time"] == "40 days"
    assert values["time in band"] == "75 %"
    assert values["positive per negative"] == "3.0 : 1"
    assert card.note == ""
    assert all(sentence in str(card) for sentence in card.sentences)


def test_calm_and_blind_is_told_as_it_was():
    card = told(world(path((100, 0.6)), cost=0.0))
    assert card.sentences == (
        "Nothing struck.",
        "Satisfaction stayed in its band (0.50 to 0.70) on every day.",
        "It stood at 0.60 throughout.",
        "Over the last 28 days it stood at 0.60, on the set-point of 0.60.",
        "The firm spent nothing on effort; uses earned 10,000 in the model's money.",
        "No customer left, and none was won.",
        "The firm was blind: no reading reached it, and it believed nothing.",
        "Nobody posted.",
    )


def test_what_did_not_recover_is_said():
    text = str(told(world(path((40, 0.6), (60, 0.3)), 0.6, strikes=[strike()])))
    assert (
        "In the 70 days (about 10 weeks) from recall to the end, satisfaction did not come back into"
        in text
    )
    assert "It never noticed that satisfaction was out of its band." in text


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (0.3, "satisfaction did not come back"),
        (0.6, "Only 5 days of the run followed recall, too few to say"),
    ],
)
def test_a_strike_at_the_very_end(level, words):
    assert words in str(told(world(path((95, 0.6), (5, level)), strikes=[strike(start=95)])))


def test_readings_without_belief_are_not_blindness():
    assert "100 readings reached the firm, but it formed no belief" in str(
        told(world(path((100, 0.6)), reading_age=1.0))
    )


def test_a_firm_that_cries_wolf_is_not_said_to_know():
    text = str(told(world(FALL, 0.3, strikes=[strike()])))
    assert (
        "On 100 % of the days on which satisfaction was in its band, the firm believed it to be below."
        in text
    )
    assert "It knew" not in text


def test_belief_is_too_high_too_low_or_partial():
    assert "0.10 too high on average" in str(told(world(path((50, 0.5)), 0.6)))
    text = str(told(world(path((50, 0.6)), path((25, 0.5), (25, NAN)))))
    assert "0.10 too low on average" in text
    assert "It believed anything on 50 % of days only." in text
    assert "mean absolute error was below 0.01" in str(told(world(path((50, 0.6)), 0.6)))


def test_nobody_was_a_customer():
    card = told(world(path((20, NAN)), revenue=0.0))
    assert (
        "Nobody was a customer on any scored day, so satisfaction has no value." in card.sentences
    )
    assert not {"time in band", "settling time"} & {row.measure for row in card.rows}
    some = str(told(world(path((20, 0.6), (1, NAN)))))
    assert "On 1 day nobody was a customer; it is left out." in some


def test_rows_stand_under_headings_and_measures_without_a_value_are_left_out():
    card = told(world(path((100, 0.6))))
    missing = {"notice delay", "verdict hits", "contextual", "positive share", "gap"}
    assert not missing & {row.measure for row in card.rows}
    assert all(row.value != formatting.NO_VALUE for row in card.rows)
    groups = dict(card.groups())
    assert [*groups] == [
        "Homeostasis",
        "Customers",
        "The firm's belief",
        "Characteristics of a social enterprise",
        "Money",
    ]
    assert sum(groups.values(), ()) == card.rows
    lines = str(card).splitlines()
    assert lines[lines.index("Money") + 1].split()[:2] == ["net", "9,800"]
    assert "mobile" in [row.measure for row in groups["Characteristics of a social enterprise"]]
    assert {row.measure: row.value for row in card.rows}["mobile"] == "0 of 100"


def verdict(day, kind="systemic", department="product"):
    return {
        "day": day,
        "department": department,
        "kind": kind,
        "topic": 0,
        "votes": 1.0,
        "evidence": None,
    }


def judging(*verdicts, **columns):
    record = world(FALL, strikes=[strike()], **columns)
    record.verdicts.extend(verdicts)
    return told(record)


def test_verdicts_are_told_against_the_truth():
    fault = path((30, 0.0), (40, 0.3), (50, 0.0))
    text = str(judging(verdict(42), verdict(80), fault_product=fault))
    assert "Its verdict was that 1 of 1 fault was systemic, 12 days after the strike." in text
    assert "1 time it called trouble systemic in a department without a fault." in text
    assert "verdict hits" in text
    text = str(judging(verdict(42, "one-off"), fault_product=fault))
    assert "Its verdict was that none of the faults were systemic." in text
    assert "1 fault " in text, "a miss"
    twice = path((10, 0.3), (20, 0.0), (40, 0.3), (50, 0.0))
    text = str(judging(verdict(4), verdict(36), fault_product=twice))
    assert "2 of 2 faults were systemic, 5 days after the strike in the median." in text


def test_a_calm_firm_or_one_without_verdicts_is_not_spoken_of():
    assert "systemic" not in str(judging(fault_product=0.3))
    assert "Its verdict was" not in str(judging(verdict(3, "one-off"), fault_product=0.0))


def test_a_green_dashboard_over_red_customers_is_told():
    assert (
        "On 25 % of days the firm believed satisfaction to be in its band while it was out."
        in str(told(world(FALL, 0.6)))
    )
    assert "On 25 % (" not in str(told(world(FALL, 0.6), world(FALL, 0.6)))
    assert "On 25 % of days the firm believed" in str(told(world(FALL, 0.6), world(FALL, 0.6)))


def test_no_day_was_scored():
    card = told(world(np.zeros(0)))
    assert card.sentences == ("No day was scored, so there is nothing to judge.",)
    assert "0 scored days" in card.title
    card = told(world(np.zeros(0)), world(np.zeros(0)))
    assert card.sentences == (
        "No day was scored in any of 2 worlds, so there is nothing to judge.",
    )


def test_singular():
    text = str(told(world(np.array([0.6]), left=1.0, joined=1.0, positive=1.0)))
    for words in (
        "1 scored day,",
        "On the last day",
        "1 customer left and 1 was won",
        "People wrote 1 post, none neg",
    ):
        assert words in text
    assert "1 days" not in text
    assert "1 customers" not in text


def test_an_interruption_is_said_first():
    card = told(world(path((100, 0.6)), done=40), complete=False)
    assert (
        card.sentences[0]
        == "The run was interrupted after 40 of 100 scored days: what follows is about those."
    )
    card = told(world(FALL), world(FALL, done=5), complete=False)
    assert card.sentences[0].startswith("The run was interrupted: 1 of 2 worlds was finished")
    assert "seed 3" in card.title


def test_several_worlds_are_told_as_means_with_intervals():
    late = path((40, 0.6), (60, 0.3), (20, 0.62))
    lost = path((40, 0.6), (80, 0.3))
    records = [
        world(truth, strikes=[strike()], seed=k, positive=1.0)
        for k, truth in enumerate((FALL, late, lost), 3)
    ]
    card = told(*records)
    text = str(card)
    assert "3 worlds, seeds 3 to 5" in card.title
    assert "All that struck was overcome in 2 of 3 worlds, the slowest in 55 days" in text
    assert "on 53 % (0 to 100 %) of days" in text or "on 53 % (1 to 100 %) of days" in text
    assert card.note == METHOD + "."
    assert {row.measure: row.value for row in card.rows}["settling time"].endswith(
        ", in 2 of 3 worlds"
    )
    assert "nan" not in text


def test_a_shortfall_is_told_as_a_positive_amount_with_its_interval():
    text = str(
        told(
            *(
                world(path((50, level)), level + 0.05, seed=k)
                for k, level in enumerate((0.52, 0.54, 0.56))
            )
        )
    )
    assert (
        "Over the last 28 days satisfaction was 0.06 (0.01 to 0.11) below the set-point of 0.60."
        in text
    )
    assert "on average it was 0.05 too high" in text


def test_strikes_of_each_world_are_counted_not_listed():
    chance = [strike("by chance", start=day) for day in (5, 50)]
    card = told(world(FALL, strikes=[strike(), *chance]), world(FALL, strikes=[strike()], seed=4))
    text = str(card)
    assert "On day 30" in text
    assert "By chance, 1 fault hit a world on average" in text
    assert "On day 5" not in text


def test_many_strikes_are_cut_short():
    card = told(
        world(path((100, 0.6)), strikes=[strike(f"no_{day}", start=day) for day in range(20, 50)])
    )
    text = str(card)
    assert "24 more strikes followed, the last on day 49." in text
    assert "no 20, no 21 and 28 more" in text


def test_a_swing_is_told_only_when_it_leaves_the_band():
    turn = np.sin(2 * np.pi * np.arange(200) / 40)
    assert "It swung up and down every 40 days (about 6 weeks), by 0.20 either way" in str(
        told(world(0.6 + 0.2 * turn))
    )
    assert "swung" not in str(told(world(0.6 + 0.05 * turn)))


def test_failures_and_their_length():
    text = str(told(world(FALL, strikes=[strike("bad_day", 3, 4, "failures", 0.08)])))
    assert "On day 3: bad day, one-off failures in product: 8 % more uses fail, for 1 day." in text


SAID = {
    "fault": "x, a fault of 0.30 in product, for 7 days",
    "failures": "x, one-off failures in product: 30 % more uses fail, for 7 days",
    "turnover": "x, staff turnover in product: 30 % of its experience leaves, over 7 days",
    "delight": "x, friendly voices from outside, which reach up to 30 % of people a day, for 7 days",
    "firestorm": "x, hostile voices from outside, which reach up to 30 % of people a day, for 7 days",
    "rumour": "x, a falsehood that is told to up to 30 % of people a day, for 7 days",
    "competitor": "x, a competitor's offer that is 0.30 more attractive, for 7 days",
    "surge": "x, demand up by 30 %, for 7 days",
    "season": "x, demand that swings up and down by 30 %, to the end",
    "drift": "x, society's values moving 30 % of the way to others, little by little and to the end",
    "reach": "x, advertising losing 30 % of its reach, little by little and to the end",
}
STRUCK = ("fault", "failures", "turnover")  # kinds that strike a department


def test_every_kind_of_disturbance_has_words():
    assert (
        SAID.keys()
        == set(get_args(get_type_hints(Disturbance)["kind"]))
        == narrative.STRIKE_PHRASES.keys()
    )


@pytest.mark.parametrize("kind", [*SAID, "comet"])
def test_a_strike_is_told_without_a_department_where_it_has_none(kind):
    department = "product" if kind in STRUCK else ""
    said = narrative.describe_strike(strike("x", 3, 10, kind, 0.3, department))
    assert said == SAID.get(kind, "x, comet of 0.30, for 7 days")
    assert "in product" in narrative.describe_strike(strike("x", 3, 10, "comet"))
    late = strike("x", 93, 100, kind, 0.3, department)
    assert narrative.describe_strike(late, 100).endswith("to the end")
    text = str(told(world(path((100, 0.6)), strikes=[late], fault_product=0.0)))
    assert "to the end." in text
    assert "''" not in text
    assert " in ," not in text


def test_staff_leave_at_once_or_over_days():
    assert narrative.describe_strike(strike("x", 3, 4, "turnover")).endswith(
        "35 % of its experience leaves, at once"
    )


def test_chance_that_brings_more_than_faults_is_said_to_strike():
    more = [strike("storm", day, day + 7, "firestorm", department="") for day in (5, 50)]
    text = str(told(world(FALL, strikes=more), world(FALL, seed=4)))
    assert "By chance, 1 strike hit a world on average" in text


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.9999, "share", "over 99 %"),
        (0.0001, "share", "under 1 %"),
        (1.0, "share", "100 %"),
        (-0.001, "satisfaction", "0.00"),
        (-0.014, "satisfaction", "−0.01"),
        (1.0, "days", "1 day"),
        (12345.6, "money", "12,300 money"),
        (0.0, "money", "0 money"),
        (9.96, "money", "9.96 money"),
        (-45.67, "money", "−45.7 money"),
        (2.0, "people", "2 people"),
        (1.0, "faults", "1 fault"),
        (3.0, "verdicts", "3 verdicts"),
        (41.6, "of 100", "42 of 100"),
        (1.0, "cases", "1 case"),
        (NAN, "days", formatting.NO_VALUE),
    ],
)
def test_amounts_have_units_and_no_false_precision(value, unit, said):
    assert formatting.format_amount(value, unit) == said


def test_an_interval_names_its_unit_once():
    assert (
        formatting.format_mean(MeasureInterval(12.0, 9.5, 14.0, 5), "days", 5)
        == "12 days (9.5 to 14 days)"
    )
    assert (
        formatting.format_mean(MeasureInterval(12.0, NAN, NAN, 1), "days", 5)
        == "12 days, in 1 of 5 worlds"
    )
    assert (
        formatting.format_mean(MeasureInterval(NAN, NAN, NAN, 0), "days", 5) == formatting.NO_VALUE
    )


def test_lists_and_durations():
    assert formatting.join_words(["a"]) == "a"
    assert formatting.join_words(["a", "b", "c"]) == "a, b and c"
    assert formatting.format_days(13) == "13 days"
    assert formatting.format_days(14) == "14 days (about 2 weeks)"


def test_a_community_that_is_not_the_ordinary_one_is_named():
    ordinary, forum = (
        Settings.model_validate({"community": {"name": name}})
        for name in ("ordinary", "support_forum")
    )
    assert "community" not in describe_worlds(ordinary, [])
    assert "environment calm, community support forum, 364 scored days" in describe_worlds(
        forum, []
    )
