"""Verdicts against truth: known answers, firms without verdicts, and what must not matter."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.analysis.measures import find_spells
from equipoise.analysis.summary import measure_record
from equipoise.analysis.verdicts import NO_VERDICTS, VerdictScore, score_verdicts
from equipoise.firm.organisation.departments import NEGLIGIBLE_FAULT
from equipoise.run_record import new_run_record
from equipoise.settings.settings import Settings

NAN = math.nan
NAMES = ("product", "service")
SICK = np.repeat([0.0, 0.3, 0.0], (20, 40, 40))  # sick on days 20 to 59 of 100
SOUND = np.zeros(100)
TRUTH = {"product": SICK, "service": SOUND}


def verdict(day, department="product", kind="systemic"):
    return {
        "day": day,
        "department": department,
        "kind": kind,
        "topic": 1,
        "votes": 0.75,
        "evidence": None,
    }


def score(*verdicts, truth=TRUTH, first=0):
    return score_verdicts(verdicts, truth, first)


def same(found, *expected):
    return found == pytest.approx(expected, nan_ok=True)


def test_a_fault_is_found_by_the_first_systemic_verdict_while_it_lasts():
    assert same(score(verdict(27), verdict(34), verdict(59)), 1, 0, 0, 0, 7)
    assert same(score(verdict(20)), 1, 0, 0, 0, 0)
    assert same(score(verdict(59)), 1, 0, 0, 0, 39)


@pytest.mark.parametrize("late", [19, 60])
def test_a_verdict_before_or_after_the_fault_is_a_false_alarm(late):
    assert same(score(verdict(late)), 0, 1, 1, 0, NAN)


def test_the_wrong_department_is_a_false_alarm_and_the_fault_is_missed():
    assert same(score(verdict(30, "service")), 0, 1, 1, 0, NAN)


def test_one_off_is_right_where_there_is_no_fault_and_finds_none():
    assert same(
        score(verdict(30, "service", "one-off"), verdict(30, kind="one-off")), 0, 1, 0, 1, NAN
    )
    assert same(score(verdict(5, kind="one-off"), verdict(21)), 1, 0, 0, 1, 1)


def test_verdicts_on_praise_are_neither():
    assert same(score(verdict(30, kind="replicate"), verdict(30, kind="not")), 0, 1, 0, 0, NAN)


def test_the_delay_is_the_median_over_the_faults_found():
    thrice = np.tile(np.repeat([0.3, 0.0], (20, 10)), 3)
    found = score(verdict(1), verdict(33), verdict(78), verdict(79), truth={"product": thrice})
    assert same(found, 3, 0, 0, 0, 3)
    found = score(verdict(2), verdict(66), truth={"product": thrice})
    assert same(found, 2, 1, 0, 0, 4)


def test_a_fault_that_is_struck_again_while_it_lasts_is_one():
    worse = SICK + np.repeat([0.0, 0.2, 0.0], (40, 20, 40))
    assert same(score(verdict(45), truth={"product": worse}), 1, 0, 0, 0, 25)


@pytest.mark.parametrize(("left", "missed"), [(13, 0), (14, 1)])
def test_a_fault_near_the_end_is_not_yet_missed(left, missed):
    late = np.repeat([0.0, 0.3], (100 - left, left))
    assert same(score(verdict(5, kind="one-off"), truth={"product": late}), 0, missed, 0, 1, NAN)
    assert score(verdict(99), truth={"product": late}).hits == 1


def test_what_is_left_of_a_repaired_fault_is_none():
    assert same(
        score(verdict(30), truth={"product": np.full(100, NEGLIGIBLE_FAULT)}), 0, 0, 1, 0, NAN
    )
    assert score(verdict(30), truth={"product": np.full(100, 1.01 * NEGLIGIBLE_FAULT)}).hits == 1


def test_days_count_from_the_first_of_the_run_and_only_scored_ones_count():
    assert same(score(verdict(57), first=30), 1, 0, 0, 0, 7)
    assert same(score(verdict(10, "service"), verdict(130, "service"), first=30), 0, 1, 0, 0, NAN)


def test_a_department_nobody_knows_is_not_judged():
    assert same(score(verdict(30, "legal")), 0, 1, 0, 0, NAN)


def test_without_verdicts_or_days_there_is_nothing_to_judge():
    for nothing in (
        score(),
        score(verdict(3), truth={}),
        score(verdict(3), truth={"product": np.zeros(0)}),
    ):
        assert same(nothing, *NO_VERDICTS)


def test_the_summary_scores_verdicts_of_scored_days():
    record = new_run_record(0, 30, 130, (), NAMES)
    record.filled[...] = 130
    settings = Settings(burn_in=30, horizon=100)
    names = [f"verdict_{name}" for name in VerdictScore._fields]
    assert all(math.isnan(measure_record(record, settings)[name]) for name in names)
    record.log["fault_product"][30:], record.log["fault_service"][:] = SICK, 0.0
    record.verdicts.extend(
        [verdict(57), verdict(90, "service"), verdict(95, "service", "one-off"), verdict(3)]
    )
    found = measure_record(record, settings)
    assert [found[name] for name in names] == [1, 0, 1, 1, 7]
    record.filled[...] = 56
    assert same([measure_record(record, settings)[name] for name in names], 0, 0, 0, 0, NAN)


VERDICTS = st.lists(
    st.builds(
        verdict,
        st.integers(-5, 70),
        st.sampled_from([*NAMES, "legal"]),
        st.sampled_from(["systemic", "one-off", "replicate", "not"]),
    ),
    min_size=1,
    max_size=12,
)
FAULTS = st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.3]), min_size=60, max_size=60).map(np.array)


@given(VERDICTS, FAULTS, FAULTS)
def test_every_fault_and_verdict_is_counted_once(verdicts, product, service):
    truth = {"product": product, "service": service}
    found = score_verdicts(verdicts, truth)
    faults = sum(len(find_spells(values > NEGLIGIBLE_FAULT)) for values in truth.values())
    late = sum(values[-1] > NEGLIGIBLE_FAULT for values in truth.values())
    assert faults - late <= found.hits + found.misses <= faults
    told = [
        each
        for each in verdicts
        if each["kind"] in ("systemic", "one-off") and 0 <= each["day"] < 60
    ]
    assert found.false_alarms + found.rejections + found.hits <= len(told)
    assert math.isnan(found.delay) if not found.hits else 0 <= found.delay < 60


@given(VERDICTS, FAULTS, st.randoms(use_true_random=False), st.integers(0, 40))
def test_order_and_burn_in_do_not_matter(verdicts, product, chance, first):
    moved = [each | {"day": each["day"] + first} for each in verdicts]
    chance.shuffle(moved)
    before, after = (
        score_verdicts(verdicts, {"product": product}),
        score_verdicts(moved, {"product": product}, first),
    )
    assert same(after, *before)
