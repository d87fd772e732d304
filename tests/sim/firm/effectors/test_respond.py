"""Respond: the number of replies, who answers, and which cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.firm.check_fixtures import PEOPLE, run_effector
from equipoise.firm.effectors.respond import Respond


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_fractions_of_replies_are_not_lost(efforts):
    deeds = run_effector(Respond(replies=37.0), efforts)
    total = sum(deed.replies for deed in deeds)
    due = sum(efforts) * 37.0 * PEOPLE / 1000
    assert due - 1 - 1e-6 <= total <= due + 1e-6


@pytest.mark.parametrize("expert", [True, False])
def test_replies_come_from_experts_or_canned(expert):
    (deed,) = run_effector(Respond(expert=expert), [1.0])
    assert deed.expert is expert


@pytest.mark.parametrize("serves", ["both", "complaints", "questions"])
def test_replies_serve_the_chosen_cases(serves):
    (deed,) = run_effector(Respond(serves=serves), [1.0])
    assert deed.serves == serves


def test_unknown_cases_are_refused():
    with pytest.raises(ValueError, match="'both', 'complaints' or 'questions'"):
        Respond(serves="posts")
