"""Every measure on paths whose answer is known, on paths without values, and under changes that must not matter."""

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipoise.analysis import measures
from equipoise.analysis.measure_table import MEASURES
from equipoise.analysis.measures import Trouble
from equipoise.analysis.summary import (
    MeasureInterval,
    complete_records,
    measure_record,
    student_interval,
    summarise_run,
)
from equipoise.analysis.text import formatting
from equipoise.run_record import new_run_record
from equipoise.runner import Run
from equipoise.settings.settings import Settings

NAN = math.nan
GOAL, BAND = 0.6, 0.1
EMPTY, UNKNOWN = np.zeros(0), np.full(50, NAN)
PATHS = arrays(float, st.integers(0, 60), elements=st.one_of(st.floats(0, 1), st.just(NAN)))


def path(*stretches):
    """Return a path from (days, level) stretches."""
    return np.concatenate([np.full(days, level) for days, level in stretches])


def unknown(*values):
    return all(math.isnan(value) for value in values)


# homeostasis


def test_time_in_band_counts_the_known_days_and_the_edge():
    assert measures.time_in_band(path((30, 0.6), (10, 0.2)), GOAL, BAND) == 0.75
    assert measures.time_in_band(path((5, NAN), (1, 0.6), (3, 0.9)), GOAL, BAND) == 0.25
    assert measures.time_in_band(np.array([0.5, 0.75]), 0.625, 0.125) == 1.0


def test_integrated_absolute_error_adds_up_and_averages():
    wave = path((4, 0.7), (6, 0.4), (3, NAN))
    assert measures.iae(wave, GOAL) == pytest.approx(4 * 0.1 + 6 * 0.2)
    assert measures.iae_per_day(wave, GOAL) == pytest.approx(0.16)


def test_largest_deviation_is_on_either_side():
    assert measures.largest_deviation(path((5, 0.65), (1, 0.95), (1, NAN)), GOAL) == pytest.approx(
        0.35
    )
    assert measures.largest_deviation(path((5, 0.65), (1, 0.1)), GOAL) == pytest.approx(0.5)
    assert measures.lowest_level(path((5, 0.65), (1, 0.1), (1, NAN))) == 0.1


def test_steady_state_error_looks_at_the_last_28_days():
    assert measures.steady_state_error(
        path((100, 0.1), (14, 0.5), (14, 0.6)), GOAL
    ) == pytest.approx(-0.05)
    assert measures.steady_state_error(path((3, 0.7)), GOAL) == pytest.approx(0.1)


# after a strike


def test_settling_time_is_the_first_day_of_the_stay():
    struck = path((20, 0.6), (30, 0.3), (50, 0.6))
    assert measures.settling_time(struck, GOAL, BAND, start=20) == 30
    assert measures.settling_time(struck, GOAL, BAND, start=10) == 40
    assert measures.settling_time(struck, GOAL, BAND, start=0, end=20) == 0


def test_settling_time_forgets_what_came_before_the_worst_day():
    slow = path((20, 0.6), (5, 0.45), (20, 0.6), (10, 0.2), (20, 0.6))
    assert measures.settling_time(slow, GOAL, BAND) == 55


def test_settling_needs_the_whole_stay_to_be_seen():
    assert unknown(measures.settling_time(path((10, 0.2), (13, 0.6)), GOAL, BAND))
    assert measures.settling_time(path((10, 0.2), (14, 0.6)), GOAL, BAND) == 10
    assert measures.settling_time(path((10, 0.2), (3, 0.6)), GOAL, BAND, hold=3) == 10
    assert unknown(
        measures.settling_time(path((10, 0.2), (7, 0.6), (1, NAN), (7, 0.6)), GOAL, BAND)
    )
    assert unknown(measures.settling_time(path((5, 0.6)), GOAL, BAND))


def test_troubles_join_strikes_until_satisfaction_has_settled():
    two = path((20, 0.6), (10, 0.3), (30, 0.6), (10, 0.2), (30, 0.6))
    assert measures.find_troubles(two, GOAL, BAND, [60, 20, 20]) == (
        Trouble(20, 60, 10),
        Trouble(60, 100, 10),
    )
    (joined,) = measures.find_troubles(two, GOAL, BAND, [20, 25])
    assert (joined.start, joined.end) == (20, 100)
    assert joined.settled == 50
    lasting = path((20, 0.6), (60, 0.3))
    (trouble,) = measures.find_troubles(lasting, GOAL, BAND, [20, 40, 60])
    assert (trouble.start, trouble.end) == (20, 80)
    assert unknown(trouble.settled)
    assert measures.find_troubles(two, GOAL, BAND, [-1, 100]) == ()


def test_a_strike_near_the_end_is_not_called_unsettled():
    late = path((96, 0.6), (4, 0.6))
    (trouble,) = measures.find_troubles(late, GOAL, BAND, [96])
    assert unknown(trouble.settled)
    assert not measures.is_unsettled(trouble, late, GOAL, BAND)
    late[-1] = 0.1
    assert measures.is_unsettled(trouble, late, GOAL, BAND)
    assert not measures.is_unsettled(Trouble(0, 100, 3.0), late, GOAL, BAND)


def test_recovery_half_life_of_an_exponential():
    back = np.concatenate([np.full(10, 0.6), 0.6 - 0.4 * 0.5 ** (np.arange(60) / 12)])
    assert measures.recovery_half_life(back, 10) == 12
    assert unknown(measures.recovery_half_life(back, 10, end=20))
    assert unknown(measures.recovery_half_life(back, 10, least=0.5))
    assert unknown(measures.recovery_half_life(path((20, 0.6)), 5))


def test_recovery_is_measured_from_the_week_before_the_strike():
    assert (
        measures.recovery_half_life(
            path((20, 0.9), (7, 0.5), (1, 0.125), (1, 0.25), (9, 0.3125)), 27
        )
        == 2
    )
    assert measures.recovery_half_life(path((1, 0.5), (1, 0.125), (9, 0.3125)), 0) == 1


def test_overshoot_is_a_share_of_the_fall():
    assert measures.overshoot(
        path((5, 0.9), (5, 0.4), (5, 0.65), (5, 0.6)), GOAL, BAND
    ) == pytest.approx(0.25)
    assert measures.overshoot(path((5, 0.4), (5, 0.6)), GOAL, BAND) == pytest.approx(0.0)
    assert unknown(measures.overshoot(path((5, 0.55), (5, 0.9)), GOAL, BAND))


def test_notice_delay_counts_from_leaving_the_band():
    fall = path((20, 0.6), (40, 0.4))
    assert measures.notice_delay(fall, path((33, 0.6), (27, 0.45)), GOAL, BAND) == 13
    assert measures.notice_delay(fall, path((60, 0.45)), GOAL, BAND) == 0
    assert unknown(measures.notice_delay(fall, path((60, 0.6)), GOAL, BAND))
    assert unknown(measures.notice_delay(fall, path((60, 0.9)), GOAL, BAND)), (
        "too high is the wrong side"
    )
    assert unknown(measures.notice_delay(fall, UNKNOWN[:1].repeat(60), GOAL, BAND))
    assert unknown(measures.notice_delay(path((60, 0.6)), path((60, 0.1)), GOAL, BAND))
    rise = path((20, 0.6), (40, 0.8))
    assert measures.notice_delay(rise, path((25, 0.4), (35, 0.75)), GOAL, BAND) == 5


# swings


@pytest.mark.parametrize(("days", "period"), [(364, 28), (364, 364 / 6.25), (120, 60), (100, 5)])
def test_a_sine_is_one_cycle(days, period):
    wave = 0.6 + 0.05 * np.sin(2 * np.pi * np.arange(days) / period + 0.3)
    found = measures.oscillation(wave)
    assert found.share > 0.97
    assert found.period == pytest.approx(period)
    assert found.amplitude == pytest.approx(0.05, rel=0.03)


def test_what_does_not_swing_has_a_low_index():
    day = np.arange(364)
    dip = 0.6 - 0.3 * np.exp(-(((day - 120) / 40) ** 2))
    noise = np.random.default_rng(1).normal(0.6, 0.02, 364)
    assert measures.oscillation(dip).share < 0.3
    assert measures.oscillation(noise).share < 0.08
    assert measures.oscillation(day / 364).share < 0.2
    assert measures.oscillation(np.full(364, 0.6))[::2] == (0.0, 0.0)


def test_oscillation_depends_neither_on_level_nor_on_scale():
    wave = np.random.default_rng(2).normal(0, 1, 200).cumsum()
    one, other = measures.oscillation(wave), measures.oscillation(5 - 0.1 * wave)
    assert other[:2] == pytest.approx(one[:2])
    assert other.amplitude == pytest.approx(0.1 * one.amplitude)


def test_days_without_customers_do_not_hide_a_swing():
    wave = 0.6 + 0.05 * np.sin(2 * np.pi * np.arange(364) / 28)
    wave[100:110] = NAN
    assert measures.oscillation(wave).period == pytest.approx(28)
    assert unknown(*measures.oscillation(wave[:27]))


# belief, voices, money


def test_gap_and_bias_of_belief():
    truth, thought = path((10, 0.5), (10, 0.7)), path((10, 0.6), (5, 0.5), (5, NAN))
    assert measures.mean_belief_error(truth, thought) == pytest.approx((10 * 0.1 + 5 * 0.2) / 15)
    assert measures.belief_bias(truth, thought) == pytest.approx(0.0)
    assert measures.belief_known(thought) == 0.75


def test_false_alarms_are_counted_among_good_days():
    truth, thought = (
        path((8, 0.6), (2, 0.2)),
        path((2, 0.1), (2, NAN), (2, 0.6), (2, 0.9), (2, 0.2)),
    )
    assert measures.false_alarm(truth, thought, GOAL, BAND) == 0.25
    assert unknown(measures.false_alarm(path((9, 0.1)), path((9, 0.1)), GOAL, BAND))


def test_a_green_dashboard_over_red_customers_and_its_opposite():
    truth = path((4, 0.2), (2, 0.6), (2, 0.9), (2, NAN))
    thought = path((1, 0.6), (1, 0.2), (2, NAN), (1, 0.2), (1, 0.9), (2, 0.6), (2, 0.6))
    assert measures.green_while_red(truth, thought, GOAL, BAND) == 3 / 8
    assert measures.red_while_green(truth, thought, GOAL, BAND) == 2 / 8
    for wrong in (measures.green_while_red, measures.red_while_green):
        assert unknown(wrong(truth, UNKNOWN[:10], GOAL, BAND)), (
            "a firm that believes nothing has no dashboard"
        )
        assert wrong(truth, truth, GOAL, BAND) == 0


def test_the_edge_of_the_band_is_green_in_both():
    edge = path((10, 0.7))
    assert (
        measures.green_while_red(edge, edge, GOAL, BAND)
        == measures.red_while_green(edge, edge, GOAL, BAND)
        == 0
    )


# who is served


def test_shares_are_of_days_with_somebody():
    assert (
        measures.daily_share(np.array([1.0, 3.0, 0.0, 2.0]), np.array([4.0, 4.0, 0.0, NAN])) == 0.5
    )
    assert unknown(measures.daily_share(np.zeros(3), np.zeros(3)))


def test_the_gap_between_strata_is_above_0_where_the_low_fare_worse():
    assert measures.strata_gap(np.array([0.25, 0.5, NAN]), np.array([0.5, 0.5, 0.9])) == 0.125
    assert measures.strata_gap(np.array([0.5]), np.array([0.25])) == -0.25


def test_polarisation_is_compared_at_start_and_end():
    apart = path((28, 0.1), (44, 0.9), (28, 0.3))
    assert measures.mean_at_end(apart) == pytest.approx(0.3)
    assert measures.change_over_run(apart) == pytest.approx(0.2)
    assert measures.change_over_run(apart[::-1]) == pytest.approx(-0.2)
    assert measures.change_over_run(np.array([0.1, 0.5, 0.2])) == pytest.approx(0.1), (
        "halves of a short path"
    )
    assert unknown(
        measures.change_over_run(np.array([0.5])),
        measures.change_over_run(path((30, NAN), (30, 0.5))),
    )


def test_ratios_of_posts():
    good, bad = np.array([3.0, 3.0]), np.array([0.0, 2.0])
    assert measures.positive_per_negative(good, bad) == 3.0
    assert measures.positive_share(good, bad) == 0.75
    assert unknown(
        measures.positive_per_negative(good, 0 * bad), measures.positive_share(0 * good, 0 * bad)
    )


def test_totals_means_and_spells():
    assert measures.total(np.array([1.0, NAN, 2.0])) == 3.0
    assert measures.mean(np.array([1.0, NAN, 2.0])) == 1.5
    assert measures.find_spells(np.array([True, True, False, True])) == ((0, 2), (3, 4))
    assert measures.find_spells(np.zeros(0, bool)) == ()


# nothing to go by, and properties


@pytest.mark.parametrize("nothing", [EMPTY, UNKNOWN], ids=["no days", "no customers"])
def test_without_values_every_measure_is_nan(nothing):
    assert unknown(
        measures.time_in_band(nothing, GOAL, BAND),
        measures.iae(nothing, GOAL),
        measures.iae_per_day(nothing, GOAL),
        measures.largest_deviation(nothing, GOAL),
        measures.lowest_level(nothing),
        measures.steady_state_error(nothing, GOAL),
        measures.settling_time(nothing, GOAL, BAND),
        measures.recovery_half_life(nothing, 0),
        measures.overshoot(nothing, GOAL, BAND),
        measures.notice_delay(nothing, nothing, GOAL, BAND),
        *measures.oscillation(nothing),
        measures.mean_belief_error(nothing, nothing),
        measures.belief_bias(nothing, nothing),
        measures.false_alarm(nothing, nothing, GOAL, BAND),
        measures.positive_share(nothing, nothing),
        measures.positive_per_negative(nothing, nothing),
        measures.green_while_red(nothing, nothing, GOAL, BAND),
        measures.red_while_green(nothing, nothing, GOAL, BAND),
        measures.daily_share(nothing, nothing),
        measures.strata_gap(nothing, nothing),
        measures.mean_at_end(nothing),
        measures.change_over_run(nothing),
        measures.total(nothing),
        measures.mean(nothing),
        measures.largest_known(nothing),
    )
    assert unknown(measures.belief_known(EMPTY))
    assert measures.belief_known(UNKNOWN) == 0.0


@given(PATHS, st.floats(0, 1), st.floats(0, 1))
def test_shares_stay_within_0_and_1_and_errors_above_0(wave, goal, band):
    share, error = measures.time_in_band(wave, goal, band), measures.iae(wave, goal)
    assert unknown(share, error) if np.isnan(wave).all() else 0 <= share <= 1 and error >= 0
    index = measures.oscillation(wave).share
    assert unknown(index) or 0 <= index <= 1
    assert not measures.overshoot(wave, goal, band) < 0


@given(PATHS, st.floats(0, 1), st.integers(0, 9))
def test_order_and_missing_days_do_not_change_shares(wave, goal, missing):
    other = np.concatenate([wave[::-1], np.full(missing, NAN)])
    for measure in (measures.iae, measures.iae_per_day, measures.largest_deviation):
        assert measure(other, goal) == pytest.approx(measure(wave, goal), nan_ok=True)
    assert measures.time_in_band(other, goal, 0.1) == pytest.approx(
        measures.time_in_band(wave, goal, 0.1), nan_ok=True
    )


@given(PATHS, st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_wider_band_is_never_harder_to_hold(wave, goal, band, more):
    assert not measures.time_in_band(wave, goal, band + more) < measures.time_in_band(
        wave, goal, band
    )


@given(PATHS, st.floats(0, 1), st.floats(0, 0.5), st.randoms(use_true_random=False))
def test_a_dashboard_is_wrong_one_way_or_right(truth, goal, band, chance):
    thought = np.array([chance.choice([level, 0.6, 0.1]) for level in truth])
    rosy, gloomy = (
        each(truth, thought, goal, band)
        for each in (measures.green_while_red, measures.red_while_green)
    )
    if unknown(rosy):
        assert unknown(gloomy)
    else:
        assert 0 <= rosy <= 1 - measures.time_in_band(truth, goal, band) + 1e-9
        assert 0 <= gloomy <= measures.time_in_band(truth, goal, band) + 1e-9


@given(PATHS)
def test_what_is_turned_round_changes_by_the_opposite(wave):
    assert measures.change_over_run(wave[::-1]) == pytest.approx(
        -measures.change_over_run(wave), nan_ok=True
    )


@given(PATHS, st.lists(st.integers(0, 60), max_size=5))
def test_troubles_follow_one_another_without_overlap(wave, starts):
    parts = measures.find_troubles(wave, GOAL, BAND, starts)
    assert all(a.end <= b.start for a, b in itertools.pairwise(parts))
    assert all(
        any(part.start <= start < part.end for part in parts)
        for start in starts
        if start < len(wave)
    )
    for part in parts:
        assert not part.settled > part.end - part.start


# summaries


def world(truth, believed=None, seed=0, starts=(), **columns):
    """Return a finished record without burn-in, of a path of satisfaction."""
    strikes = [
        {
            "name": "x",
            "kind": "fault",
            "department": "product",
            "start": day,
            "end": -1,
            "size": 0.3,
        }
        for day in starts
    ]
    record = new_run_record(seed, 0, len(truth), (), (), tuple(strikes))
    record.census.satisfaction = record.census.worst_decile = truth
    record.log["believed"][:] = NAN if believed is None else believed
    for name, value in ({"cost": 1.0, "revenue": 3.0, "contribution": 2.0} | columns).items():
        target = record.log[name] if name in record.log else record.census[name]
        target[:] = value
    record.filled[...] = len(truth)
    return record


FIRM = {"set_point": GOAL, "band": BAND}


def told(*records, **settings):
    days = int(records[0].filled)
    given = {"burn_in": 0, "horizon": days, "replicates": len(records), "firm": FIRM}
    return Run(Settings(**(given | settings)), records, (), {})


def test_summary_knows_every_measure():
    fall = path((40, 0.6), (20, 0.3), (40, 0.6))
    record = world(
        fall,
        believed=np.roll(fall, 9),
        starts=[38],
        left=1.0,
        joined=2.0,
        positive=6.0,
        negative=2.0,
    )
    found = measure_record(record, told(record).settings)
    assert list(found) == [each.name for each in MEASURES]
    expected = {
        "days": 100,
        "time_in_band": 0.8,
        "iae": 6.0,
        "lowest": 0.3,
        "mean_satisfaction": 0.54,
        "troubles": 1,
        "unsettled": 0,
        "settling_time": 22,
        "restricted_settling_time": 22,
        "recovery_half_life": 20,
        "overshoot": 0,
        "notice_delay": 9,
        "cost": 100,
        "revenue": 300,
        "contribution": 200,
        "net": 200 - 0.105 * 300 - 100,
        "customers_lost": 100,
        "customers_won": 200,
        "positive_per_negative": 3,
        "gap": 0.3 * 18 / 100,
        "worst_decile": 0.54,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_summary_knows_who_is_served():
    columns = {
        "advocates": 5.0,
        "low_stratum": 0.5,
        "high_stratum": 0.75,
        "between_tribes": path((28, 0.1), (28, 0.3)),
    }
    record = world(
        path((56, 0.6)), believed=path((28, 0.6), (28, 0.9)), within_tribes=0.2, **columns
    )
    record.census.stage[:, 3] = 20
    expected = {
        "advocate_share": 0.25,
        "strata_gap": 0.25,
        "between_tribes": 0.3,
        "between_tribes_change": 0.2,
        "within_tribes": 0.2,
        "within_tribes_change": 0.0,
        "green_while_red": 0.0,
        "red_while_green": 0.5,
    }
    found = measure_record(record, told(record).settings)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_measures_stand_under_few_headings_next_to_each_other():
    headings = [heading for heading, _ in itertools.groupby(MEASURES, key=lambda each: each.group)]
    assert len(headings) == len(set(headings)) == 7
    assert (headings[0], headings[-1]) == ("Homeostasis", "Money")
    assert len({each.name for each in MEASURES}) == len(MEASURES)
    assert all(formatting.format_amount(2.0, each.unit).strip() for each in MEASURES)


def test_burn_in_is_not_scored():
    record = new_run_record(
        0,
        10,
        30,
        (),
        (),
        ({"name": "x", "kind": "fault", "department": "a", "start": 12, "end": -1, "size": 1},),
    )
    record.census.satisfaction[:] = path((10, 0.0), (20, 0.6))
    record.log["cost"][:] = path((10, 7.0), (20, 1.0))
    record.filled[...] = 30
    found = measure_record(record, Settings(burn_in=10, horizon=20, firm=FIRM))
    assert (found["days"], found["time_in_band"], found["cost"], found["troubles"]) == (
        20,
        1.0,
        20.0,
        1,
    )
    record.filled[...] = 4
    assert measure_record(record, Settings(burn_in=10, horizon=20, firm=FIRM))["days"] == 0


def test_one_trouble_that_lasts_leaves_no_settling_time():
    wave = path((20, 0.6), (10, 0.3), (30, 0.6), (40, 0.3))
    record = world(wave, starts=[20, 60])
    found = measure_record(record, told(record).settings)
    assert (found["troubles"], found["unsettled"]) == (2, 1)
    assert unknown(found["settling_time"])
    assert found["restricted_settling_time"] == 40, "from the second strike to the end"


def test_summaries_give_a_student_interval():
    records = [
        world(path((50, 0.6), (50, level)), seed=k) for k, level in enumerate((0.6, 0.3, 0.65))
    ]
    found = summarise_run(told(*records))
    assert found["time_in_band"].worlds == 3
    assert found["time_in_band"].high == 1.0, "cut to the range of a share"
    assert found["notice_delay"] == pytest.approx(MeasureInterval(NAN, NAN, NAN, 0), nan_ok=True)


def test_interval_against_the_book():
    found = student_interval([1.0, 2.0, 3.0, 4.0, 5.0, NAN])
    assert found == pytest.approx(
        (3.0, 3 - 2.776 * math.sqrt(2.5 / 5), 3 + 2.776 * math.sqrt(2.5 / 5), 5), rel=1e-3
    )
    assert student_interval([2.0]) == pytest.approx((2.0, NAN, NAN, 1), nan_ok=True)


def test_the_interval_covers_the_mean_as_often_as_it_says():
    draws = np.random.default_rng(5).normal(1.0, 2.0, (4000, 6))
    hit = np.mean([low <= 1.0 <= high for _, low, high, _ in map(student_interval, draws)])
    assert hit == pytest.approx(0.95, abs=0.012)


def test_an_interrupted_run_is_judged_by_its_finished_worlds():
    done, begun = world(path((9, 0.6))), world(path((9, 0.6)))
    begun.filled[...] = 4
    assert complete_records(told(done, begun)) == (done,)
    assert complete_records(told(begun, horizon=9)) == (begun,)


def test_measures_are_cheap_to_import():
    code = """
import sys
import equipoise.analysis.text.scorecard
sys.exit(" ".join(sys.modules.keys() & {"polars", "matplotlib", "scipy.stats"}) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
