"""Trajectories: the days of several worlds, as figures draw them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_samples import sample_days

from equipoise.analysis import measures
from equipoise.analysis.plots.time_series_data import build_trajectory, weekly_misled_share


def test_green_dashboards_and_red_customers_are_counted_by_week():
    path, belief = np.full((2, 14), 0.7), np.full((2, 14), 0.7)
    path[0, :4] = 0.6  # red on 4 days of the first week of one world
    path[1, 7:10] = 0.6  # on 3 days, which are too few
    assert weekly_misled_share(path, belief, 0.7, 0.04).tolist() == [0.5, 0.0]
    belief[0, 3] = 0.6  # the firm knew on one of the days
    assert weekly_misled_share(path, belief, 0.7, 0.04).tolist() == [0.0, 0.0]


def test_firm_without_belief_is_never_misled():
    path, nothing = np.full((2, 14), 0.7), np.full((2, 14), np.nan)
    assert np.isnan(weekly_misled_share(path, nothing, 0.7, 0.04)).all()


def test_last_week_may_be_short():
    red, green = np.full((1, 9), 0.6), np.full((1, 9), 0.7)
    assert weekly_misled_share(red, green, 0.7, 0.04).tolist() == [1, 1]


def test_trajectory_summarises_its_worlds():
    days = sample_days(worlds=3)
    days["satisfaction"] += np.array([[-0.1], [0.0], [0.2]])
    days["believed"][2] = np.nan
    trajectory = build_trajectory(days, 0.7, 0.04, [5, 400])
    assert trajectory.worlds == 3
    assert trajectory.strikes == (5,)
    assert trajectory.truth.middle == pytest.approx(0.7)
    assert trajectory.truth.low == pytest.approx(np.quantile([0.6, 0.7, 0.9], 0.1))
    errors = [
        measures.mean_belief_error(path, belief)
        for path, belief in zip(days["satisfaction"], days["believed"], strict=True)
    ]
    assert trajectory.mean_belief_error == pytest.approx(np.nanmean(errors))
    assert trajectory.belief_error == pytest.approx(0.05)
    assert trajectory.number_of_misled_weeks == pytest.approx(8 / 3)


def test_causes_are_summed_by_period():
    trajectory = build_trajectory(sample_days(worlds=3), 0.7, 0.04)
    assert trajectory.leading_causes() == ["peers"] * 8
    assert trajectory.cause_shares()["peers"] == pytest.approx(0.75)
    assert sum(trajectory.cause_shares().values()) == pytest.approx(1)


def test_missing_columns_are_none():
    trajectory = build_trajectory({"satisfaction": np.full((2, 9), 0.7)}, 0.7, 0.04)
    missing = (trajectory.belief, trajectory.changes, trajectory.misled)
    assert missing == (None, None, None)
    assert trajectory.days == 9
    assert build_trajectory({}, 0.7, 0.04).worlds == 0


@settings(max_examples=30)
@given(st.integers(1, 800))
def test_periods_are_few_and_cover_all_days(days):
    trajectory = build_trajectory(sample_days(worlds=1, days=days), 0.7, 0.04)
    assert len(trajectory.leading_causes()) <= 26
    assert sum(trajectory.changes["experience"]) == pytest.approx(0.01 * days)
