"""The scorecard of a social enterprise: known answers, nothing to count, and bounds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipoise.analysis import characteristics as kalma
from equipoise.analysis.summary import measure_record, select_scored_days
from equipoise.consumers.state import OUTCOMES, STAGES
from equipoise.experiments.config.compose import compose
from equipoise.model import World
from equipoise.run_record import new_run_record
from equipoise.settings.settings import Settings

NAN = math.nan
DAYS = 10
ALL = (
    "connectivity",
    "internal_connectivity",
    "external_connectivity",
    "personal",
    "contextual",
    "mobile",
)
COLUMNS = (
    "positive",
    "negative",
    "deleted",
    "turned",
    "detractors",
    "satisfaction",
    "followers",
    "checked_in",
    *(f"closed_{name}" for name in OUTCOMES[1:]),
    *(f"stage_{name}" for name in STAGES),
)


def days(**columns):
    """Return scored days on which nothing happened but what is told, each the same every day."""
    return {name: np.zeros(DAYS) + columns.get(name, 0.0) for name in COLUMNS}


# connectivity


def test_news_of_today_is_worth_all_and_of_last_week_half():
    assert kalma.internal_connectivity(np.zeros(DAYS)) == 100
    assert kalma.internal_connectivity(np.full(DAYS, 7.0), first=2) == pytest.approx(50)


def test_what_firms_know_grows_old_until_they_hear_again():
    weekly = np.full(14, NAN)
    weekly[[0, 7]] = 0.0
    week = np.mean(0.5 ** (np.arange(7) / 7))
    assert kalma.internal_connectivity(weekly) == pytest.approx(100 * week)


def test_older_news_that_comes_later_does_not_make_firms_forget():
    assert kalma.internal_connectivity(np.array([0.0, 9.0]), first=1) == pytest.approx(
        100 * 0.5 ** (1 / 7)
    )


def test_a_day_before_any_news_counts_nothing_and_news_from_burn_in_is_known():
    assert kalma.internal_connectivity(np.array([NAN, NAN, 0.0, 0.0])) == 50
    assert kalma.internal_connectivity(np.array([0.0] + 7 * [NAN]), first=7) == pytest.approx(50)
    assert kalma.internal_connectivity(np.full(DAYS, NAN)) == 0


def test_external_connectivity_is_the_share_who_follow():
    assert kalma.external_connectivity(
        np.array([10.0, 30.0]), np.array([100.0, 100.0])
    ) == pytest.approx(20)


# personal


def test_voices_count_when_they_are_answered_even_late_or_by_peers():
    closed = {"closed_in_time": 1, "closed_late": 1, "closed_by_peers": 1, "closed_given_up": 1}
    assert kalma.personal_score(days(**closed)) == 75
    assert kalma.personal_score(days(closed_given_up=2)) == 0


def test_posts_that_are_deleted_are_not_heard():
    assert kalma.personal_score(days(closed_late=1, positive=2, negative=1, deleted=1)) == 75
    assert kalma.personal_score(days(closed_late=1, deleted=1)) == 0


def test_detractors_who_turn_count_against_those_who_are_left():
    of = days(turned=1, detractors=10, satisfaction=0.5)
    assert kalma.personal_score(of) == 50, "ten turned, ten are left"
    of["satisfaction"][-1], of["detractors"][-1], of["detractors"][-2] = NAN, 0.0, 30.0
    assert kalma.personal_score(of) == 25, "the last day with customers"
    assert (
        kalma.personal_score(days(turned=1, detractors=10, satisfaction=0.5, closed_late=1)) == 75
    ), "the mean of both"
    assert kalma.personal_score(days(detractors=3, satisfaction=0.5)) == 0


# contextual and mobile


def test_cases_closed_in_time_by_firm_or_peers():
    closed = {"closed_in_time": 2, "closed_late": 3, "closed_by_peers": 1, "closed_given_up": 4}
    assert kalma.contextual_score(days(**closed)) == pytest.approx(30)


def test_mobile_is_the_share_reached_on_the_day():
    assert kalma.mobile_score(np.array([50.0, 0.0, 7.0]), np.array([100.0, 100.0, 0.0])) == 25


# nothing to count, and bounds


@pytest.mark.parametrize("count", [0, DAYS], ids=["no days", "nobody there"])
def test_where_there_is_nothing_to_count_there_is_no_score(count):
    of = {name: values[:count] for name, values in days(satisfaction=NAN).items()}
    found = kalma.compute_characteristics(of, np.full(count, NAN))
    known = {"connectivity", "internal_connectivity"} if count else set()
    assert {name for name, value in found.items() if not math.isnan(value)} == known, (
        "a firm that hears nothing has 0"
    )
    assert all(found[name] == 0 for name in known)


def test_the_summary_holds_all_and_counts_scored_days_only():
    record = new_run_record(0, 5, 15, (), ())
    record.filled[...] = 15
    record.census.satisfaction = 0.6
    record.census.stage[:, 1], record.census.stage[:, 3] = 60, 40
    record.census.followers[5:], record.census.checked_in[5:] = 20, 70
    record.census.closed[:] = (1, 0, 0, 1)
    record.census.closed[:5] = 99
    record.log["reading_age"][4] = 0.0
    found = measure_record(record, Settings(burn_in=5, horizon=10))
    inside = 100 * np.mean(0.5 ** (np.arange(1, 11) / 7))
    expected = ((inside + 20) / 2, inside, 20, 50, 50, 70)
    assert [found[name] for name in ALL] == pytest.approx(expected)


def test_with_too_few_hands_nobody_is_answered_in_time_because_the_oldest_come_first():
    def lived(replies):
        words = (
            "effector=respond",
            "control_center=steady",
            "control_center.effort=1",
            "horizon=84",
            "burn_in=14",
        )
        settings = compose(
            *words,
            f"effector.respond.replies={replies}",
            "community.size=400",
            "environment=recall",
        )
        record = World(settings).run()
        closed = {
            name: select_scored_days(record)[f"closed_{name}"].sum()
            for name in ("in_time", "late", "given_up")
        }
        return measure_record(record, settings)["contextual"], closed

    enough, few = lived(40), lived(5)
    assert enough[0] > 95
    assert few[1]["late"] > 50
    assert few[1]["given_up"] > 50
    assert few[0] < 10


AMOUNTS = arrays(float, DAYS, elements=st.integers(0, 50).map(float))


@given(st.fixed_dictionaries(dict.fromkeys(COLUMNS, AMOUNTS)), st.data())
def test_scores_stay_within_0_and_100(of, data):
    people = kalma.people_by_day(of)
    of |= {name: np.minimum(of[name], people) for name in ("followers", "checked_in")}
    age = data.draw(arrays(float, DAYS + 3, elements=st.one_of(st.just(NAN), st.floats(0, 400))))
    found = kalma.compute_characteristics(of, age, first=3)
    assert [*found] == [*ALL]
    assert all(math.isnan(value) or 0 <= value <= 100 + 1e-9 for value in found.values())


@given(
    arrays(float, 30, elements=st.one_of(st.just(NAN), st.floats(0, 60))),
    st.floats(0, 30),
    st.integers(0, 29),
)
def test_news_that_comes_later_or_not_at_all_is_never_worth_more(age, later, lost):
    less = age.copy()
    less[lost] = NAN
    assert kalma.internal_connectivity(age + later) <= kalma.internal_connectivity(age) + 1e-9
    assert kalma.internal_connectivity(less) <= kalma.internal_connectivity(age) + 1e-9
