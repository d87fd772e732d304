"""Open issues: closing, effort, attention."""

from dataclasses import replace

import numpy as np

from equipoise.firm import check_fixtures
from equipoise.firm.control.team import open_issues

PLANT = check_fixtures.build_plant()


def test_issues_decided_otherwise_start_anew():
    old = {1: open_issues.Issue(2, "systemic", 1), 3: open_issues.Issue(0, "systemic", 1)}
    new = {
        1: open_issues.Issue(4, "systemic"),
        3: open_issues.Issue(0, "replicate"),
        5: open_issues.Issue(1, "one-off"),
    }
    carried = open_issues.carry_quiet(new, old)
    assert {topic: issue.quiet for topic, issue in carried.items()} == {1: 1, 3: 0, 5: 0}
    assert carried[1].department == 4


def test_effort_is_limited_and_the_routine_is_kept():
    assert open_issues.limit_efforts({"a": 2.0, "b": 0.1}, {"b": 0.5}, 3.0) == {"a": 1.0, "b": 0.5}
    assert open_issues.limit_efforts({"a": 1.0, "b": 1.0}, {}, 1.0) == {"a": 0.5, "b": 0.5}
    assert open_issues.limit_efforts({"a": 0.0}, {}, 0.0) == {"a": 0.0}


def test_remedies_are_found_by_the_names_of_effectors():
    names = ("repair", "respond_canned", "respondent", "promise")
    assert open_issues.find_effectors(("respond",), names) == ("respond_canned",)
    issue = open_issues.Issue(2, "systemic")
    assert open_issues.request_efforts(
        [issue], {"systemic": 1.0}, 0.5, replace(PLANT, effectors=names)
    ) == {
        "repair": 0.5,
        "respond_canned": 0.25,
        "respondent": 0.0,
        "promise": 0.25,
    }


def test_one_offs_end_at_the_next_meeting_and_quiet_issues_after_two():
    issues = {
        0: open_issues.Issue(1, "one-off"),
        1: open_issues.Issue(2, "systemic"),
        2: open_issues.Issue(2, "systemic", quiet=1),
        3: open_issues.Issue(3, "systemic", quiet=1),
    }
    z = np.array([9.0, 0.5, 0.5, 2.0])
    still_open = open_issues.keep_open(issues, z)
    assert {topic: issue.quiet for topic, issue in still_open.items()} == {1: 1, 3: 0}


def test_attention_goes_to_departments_with_systemic_issues():
    issues = [
        open_issues.Issue(2, "systemic"),
        open_issues.Issue(2, "systemic"),
        open_issues.Issue(0, "systemic"),
        open_issues.Issue(4, "one-off"),
    ]
    np.testing.assert_allclose(open_issues.share_attention(issues, 5), [1 / 3, 0, 2 / 3, 0, 0])
    assert not open_issues.share_attention(issues[3:], 5).any()


def test_effort_without_a_fitting_effector_is_not_spent():
    plant = replace(PLANT, effectors=("repair",))
    efforts = open_issues.request_efforts(
        [open_issues.Issue(2, "one-off")], {"one-off": 1.0}, 0.5, plant
    )
    assert efforts == {"repair": 0.0}
