"""Group decision: votes, views, discussion."""

import numpy as np
import pytest

from equipoise.firm import check_fixtures
from equipoise.firm.control.team import voting
from equipoise.firm.control.team.voting import PerceptionError

DEPARTMENTS = check_fixtures.build_plant().departments
ERROR = PerceptionError(own=0.5, other=1.5)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("equal", [0.5, 0.25, 0.25]), ("weighted", [0.6, 0.2, 0.2]), ("loudest", [1, 0, 0])],
)
def test_voting_shares(rule, expected):
    team = voting.build_team({"sales": 2, "product": 1, "service": 1}, {"sales": 1.5}, DEPARTMENTS)
    shares = voting.voting_shares(team, rule, 1, 0)
    assert [shares[:2].sum(), *shares[2:]] == pytest.approx(expected)


def test_the_dictator_is_drawn_for_each_meeting():
    team = voting.build_team({}, {}, DEPARTMENTS)
    dictators = [
        int(voting.voting_shares(team, "dictator", 1, day).argmax()) for day in range(2000)
    ]
    np.testing.assert_allclose(np.bincount(dictators) / 2000, 0.1, atol=0.03)


def test_a_further_seat_does_not_change_the_views_of_others():
    fit = np.zeros(5)
    few, many = (voting.build_team(dict.fromkeys(DEPARTMENTS, n), {}, DEPARTMENTS) for n in (1, 3))
    views = voting.draw_views(fit, many, ERROR, 0.0, 1, 7)
    np.testing.assert_array_equal(voting.draw_views(fit, few, ERROR, 0.0, 1, 7), views[::3])


def test_seats_perceive_their_own_department_better():
    team = voting.build_team({}, {}, DEPARTMENTS)
    views = np.array(
        [voting.draw_views(np.zeros(5), team, ERROR, 0.0, 1, day) for day in range(600)]
    )
    own = team.department[:, None] == np.arange(5)
    assert views[:, own].std() == pytest.approx(0.5, rel=0.05)
    assert views[:, ~own].std() == pytest.approx(1.5, rel=0.05)


def test_the_view_of_the_team_is_weighted_by_precision():
    team = voting.build_team({"sales": 1, "product": 1}, {}, DEPARTMENTS)
    views = np.array([[0, 2.0, 6.0, 1.0, 0], [0, 4.0, 9.0, 3.0, 0]])
    table = [0, (4 * 2 + 4.0) / 5, (6 + 4 * 9) / 5, 2.0, 0]
    np.testing.assert_allclose(
        voting.discuss(views, team, PerceptionError(0.5, 1.0), 1.0), [table, table]
    )
    np.testing.assert_array_equal(
        voting.discuss(views, team, PerceptionError(0.5, 1.0), 0.0), views
    )


def test_dissenters_vote_for_another_department_than_the_favourite():
    views = np.array([[3.0, 2, 0], [3, 2, 0], [3, 0, 2]])
    shares, all_possible = np.full(3, 1 / 3), np.ones(3, bool)
    assert voting.vote_on_cause(views, shares, np.zeros(3, bool), all_possible) == (
        0,
        pytest.approx(1),
    )
    assert voting.vote_on_cause(views, shares, np.array([True, True, False]), all_possible) == (
        1,
        pytest.approx(2 / 3),
    )
    assert (
        voting.vote_on_cause(views, shares, np.zeros(3, bool), np.array([False, False, True]))[0]
        == 2
    )


def test_a_team_has_two_seats_of_each_department_unless_seats_are_named():
    team = voting.build_team({}, {}, DEPARTMENTS)
    assert team.department.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    team = voting.build_team({"product": 3}, {"product": 2.0}, DEPARTMENTS)
    assert team.department.tolist() == [2, 2, 2]
    assert team.weight.tolist() == [2.0, 2.0, 2.0]


def test_weights_of_zero_are_equal_votes():
    team = voting.build_team({"sales": 1, "product": 1}, {"sales": 0, "product": 0}, DEPARTMENTS)
    assert voting.voting_shares(team, "weighted", 1, 0).tolist() == [0.5, 0.5]


def test_the_share_of_dissenters_is_that_of_the_setting():
    team = voting.build_team({}, {}, DEPARTMENTS)
    dissent = [voting.draw_dissenters(team, 0.3, 1, day).mean() for day in range(1000)]
    assert np.mean(dissent) == pytest.approx(0.3, abs=0.02)
    assert not voting.draw_dissenters(team, 0.0, 1, 0).any()


def test_defensiveness_discounts_trouble_in_the_own_department_only():
    team = voting.build_team({"product": 1}, {}, DEPARTMENTS)
    fit = np.array([1.0, -1.0, 2.0, 0.5, -0.5])
    no_error = PerceptionError(0.0, 0.0)
    views = voting.draw_views(fit, team, no_error, 0.25, 1, 0)
    np.testing.assert_allclose(views, [[1.0, -1.0, 1.5, 0.5, -0.5]])
    views = voting.draw_views(-fit, team, no_error, 0.25, 1, 0)
    np.testing.assert_allclose(views, [-fit])
