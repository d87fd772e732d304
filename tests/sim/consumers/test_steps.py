"""The steps of a consumer's day, called as plain Python for one consumer."""

import numpy as np
import pytest
from worlds import eventful_settings

from equipoise.consumers import rules, social_steps, steps
from equipoise.consumers.day import move_satisfaction
from equipoise.consumers.state import (
    AWARE,
    CAUSE_ANSWERS,
    CAUSE_NORM,
    CAUSE_PEERS,
    CLOSED_BY_PEERS,
    CLOSED_GIVEN_UP,
    CLOSED_IN_TIME,
    CLOSED_LATE,
    COMMENT_POST,
    COMPLAINT,
    CUSTOMER,
    EXPERT_ANSWER,
    LAPSED,
    NO_ANSWER,
    NO_CASE,
    NO_POST,
    OPINION_POST,
    PROBLEM_POST,
    QUESTION,
    QUESTION_POST,
    UNAWARE,
)
from equipoise.consumers.ties import OFFLINE, ONLINE
from equipoise.mesa_model import BrandCommunity
from equipoise.schedule import CONSUMER_STEPS

ME = 5  # the consumer who takes the steps


@pytest.fixture
def day():
    """Return a day after five others, of which the tests change what they need."""
    model = BrandCommunity(eventful_settings({"engine": "agents", "horizon": 10}))
    for _ in range(5):
        model.step()
    steps.begin_day(model.day, ME)
    model.day.people.stage[ME] = CUSTOMER
    model.day.people.case[ME] = NO_CASE
    model.day.people.answer[ME] = NO_ANSWER
    return model.day


def neighbours(day, i=ME):
    ties = slice(day.ties.starts[i], day.ties.starts[i + 1])
    return ties, day.ties.neighbours[ties]


def test_begin_day_keeps_the_past_and_clears_the_day(day):
    p = day.people
    p.satisfaction[ME] = 0.3
    p.used[ME] = p.upset[ME] = p.deleted[ME] = p.checked_in[ME] = True
    p.post[ME] = OPINION_POST
    p.moved[ME] = 0.1
    steps.begin_day(day, ME)
    assert p.start[ME] == p.satisfaction[ME]
    assert p.customer_before[ME]
    assert not (p.used[ME])
    assert not (p.upset[ME])
    assert not (p.deleted[ME])
    assert not (p.checked_in[ME])
    assert p.post[ME] == NO_POST
    assert not p.moved[ME].any()


@pytest.mark.parametrize("step", [step.name for step in CONSUMER_STEPS])
def test_an_own_step_changes_only_the_consumer_who_takes_it(day, step):
    before = [array.copy() for array in (*day.people, day.ties.strength)]
    getattr(steps, step)(day, ME)
    others = np.arange(len(day.people.stage)) != ME
    for name, old, new in zip(day.people._fields, before, day.people, strict=False):
        np.testing.assert_array_equal(new[others], old[others], err_msg=name)
    np.testing.assert_array_equal(day.ties.strength, before[-1])


def test_move_satisfaction_attributes_the_change_as_it_is_rounded(day):
    p = day.people
    p.satisfaction[ME] = 0.5
    move_satisfaction(p, ME, 0.6, CAUSE_NORM)
    assert p.moved[ME, CAUSE_NORM] == float(np.float32(0.6)) - 0.5
    move_satisfaction(p, ME, 0.5, CAUSE_NORM)
    assert p.moved[ME, CAUSE_NORM] == 0


# cases


@pytest.mark.parametrize(("waited", "outcome"), [(1, CLOSED_IN_TIME), (2, CLOSED_LATE)])
def test_an_answer_closes_a_case_in_time_or_late(day, waited, outcome):
    p = day.people
    p.case[ME] = QUESTION
    p.since[ME] = day.offer.day - waited
    p.answer[ME] = EXPERT_ANSWER
    steps.update_case(day, ME)
    assert (p.case[ME], p.answer[ME], p.outcome[ME]) == (NO_CASE, NO_ANSWER, outcome)
    assert p.moved[ME, CAUSE_ANSWERS] != 0


@pytest.mark.parametrize(("stage", "expected"), [(CUSTOMER, LAPSED), (AWARE, AWARE)])
def test_lost_patience_costs_trust_and_perhaps_the_customer(day, stage, expected):
    p = day.people
    day.coefficients.desert = 1.0
    p.stage[ME] = stage
    p.case[ME] = COMPLAINT
    p.since[ME] = day.offer.day - day.coefficients.patience
    trust = p.trust[ME]
    steps.update_case(day, ME)
    assert (p.case[ME], p.outcome[ME], p.stage[ME]) == (NO_CASE, CLOSED_GIVEN_UP, expected)
    assert p.trust[ME] == pytest.approx(trust * (1 - day.coefficients.need_loss))


@pytest.mark.parametrize(("stage", "case"), [(CUSTOMER, QUESTION), (LAPSED, NO_CASE)])
def test_only_customers_and_the_considering_ask(day, stage, case):
    day.coefficients.question_rate = 1.0
    day.people.stage[ME] = stage
    steps.update_case(day, ME)
    assert day.people.case[ME] == case


# use, voice and exit


def test_only_customers_use_the_product(day):
    day.coefficients.use_rate = 1.0
    for stage, uses in ((CUSTOMER, True), (AWARE, False)):
        steps.begin_day(day, ME)
        day.people.stage[ME] = stage
        steps.use_product(day, ME)
        assert day.people.used[ME] == uses


def test_a_certain_failure_lowers_the_utility_of_a_use(day):
    day.coefficients.use_rate = 1.0
    day.coefficients.failure_size = 0.9
    day.coefficients.noise = 0.0
    day.offer.quality[:] = 0.8
    day.offer.failure_until[:] = (0.25, 0.5, 0.75, 1.0)
    p = day.people
    utilities = []
    for chance in (0.0, 1.0):
        p.expectation[ME] = 0.6
        day.offer.failure_chance = chance
        steps.use_product(day, ME)
        utilities.append(p.utility[ME])
    assert utilities[1] < utilities[0] - 0.1


@pytest.mark.parametrize(("open_case", "expected"), [(NO_CASE, COMPLAINT), (QUESTION, QUESTION)])
def test_a_complaint_opens_a_case_unless_one_is_open(day, open_case, expected):
    day.coefficients.complain = 1.0
    day.people.upset[ME] = True
    day.people.case[ME] = open_case
    steps.voice_or_exit(day, ME)
    assert day.people.case[ME] == expected
    assert day.people.stage[ME] == CUSTOMER


def test_without_complaints_the_upset_leave_if_the_competitor_lures_enough(day):
    p = day.people
    day.coefficients.complain = 0.0
    day.coefficients.leave = 5.0
    day.coefficients.loyalty = 0.0
    day.offer.lure = 1e6
    p.satisfaction[ME] = p.memory[ME] = 0.1
    steps.voice_or_exit(day, ME)
    assert p.stage[ME] == CUSTOMER  # not upset
    p.upset[ME] = True
    steps.voice_or_exit(day, ME)
    assert p.stage[ME] == LAPSED


# posts


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"case": QUESTION, "upset": True}, QUESTION_POST),
        ({"case": COMPLAINT}, PROBLEM_POST),
        ({"upset": True, "used": True}, PROBLEM_POST),
        ({"used": True}, COMMENT_POST),
        ({}, OPINION_POST),
        ({"stage": UNAWARE}, NO_POST),
    ],
)
def test_the_kind_of_a_post_follows_from_the_day(day, changes, kind):
    day.coefficients.plain = 1e6  # certain to post
    for name, value in changes.items():
        getattr(day.people, name)[ME] = value
    steps.write_post(day, ME)
    assert day.people.post[ME] == kind


def test_only_negative_posts_are_deleted_and_that_costs_trust(day):
    p = day.people
    day.coefficients.plain = 1e6
    day.offer.delete = 1.0
    for satisfaction, deleted in ((0.9, False), (0.1, True)):
        steps.begin_day(day, ME)
        p.satisfaction[ME] = satisfaction
        trust = p.trust[ME]
        steps.write_post(day, ME)
        assert p.deleted[ME] == deleted
        assert (p.trust[ME] < trust) == deleted


def test_a_post_reaches_every_neighbour_once(day):
    p = day.people
    _, readers = neighbours(day)
    p.valence[ME] = 0.75
    p.heard_voices[:] = 0
    p.heard_weight[:] = 0
    p.heard_sum[:] = 0
    social_steps.spread_post(day, ME)
    assert np.flatnonzero(p.heard_voices).tolist() == sorted(readers.tolist())
    np.testing.assert_array_equal(
        p.heard_sum[readers], p.heard_weight[readers] * rules.encode_valence(0.75)
    )


def test_a_deleted_post_reaches_only_offline_neighbours(day):
    p = day.people
    ties, readers = neighbours(day)
    day.ties.layer[ties] = ONLINE
    day.ties.layer[ties.start] = OFFLINE
    p.deleted[ME] = True
    p.heard_voices[:] = 0
    social_steps.spread_post(day, ME)
    assert np.flatnonzero(p.heard_voices).tolist() == [readers[0]]


def test_a_tie_strengthens_only_in_agreement(day):
    p = day.people
    ties, readers = neighbours(day)
    p.valence[ME] = 0.8
    p.satisfaction[readers] = 0.1
    p.satisfaction[readers[0]] = 0.8
    before = day.ties.strength[ties].copy()
    day.ties.last_used[ties] = day.offer.day
    social_steps.spread_post(day, ME)
    after = day.ties.strength[ties]
    assert after[0] > before[0]
    np.testing.assert_array_equal(after[1:], before[1:])


def test_the_first_willing_neighbour_answers_and_deepens(day):
    p = day.people
    _, readers = neighbours(day)
    day.coefficients.peer_help = 1.0
    p.post[ME] = QUESTION_POST
    p.case[ME] = QUESTION
    p.stage[readers] = AWARE
    p.stage[readers[1:]] = CUSTOMER
    p.familiarity[readers] = 1.0
    depth = p.depth[readers].copy()
    social_steps.receive_help(day, ME)
    assert (p.case[ME], p.outcome[ME]) == (NO_CASE, CLOSED_BY_PEERS)
    assert np.flatnonzero(p.depth[readers] > depth).tolist() == [1]


def test_a_question_that_was_not_posted_gets_no_help(day):
    day.coefficients.peer_help = 1e6
    day.people.case[ME] = QUESTION
    social_steps.receive_help(day, ME)
    assert day.people.case[ME] == QUESTION


# listening


def test_without_a_check_in_voices_wait_and_never_overflow(day):
    p = day.people
    day.traits.mobile[ME] = False
    day.coefficients.check_in = 0.0
    day.coefficients.social_decay = 0.0
    p.heard_weight[ME] = 1000
    social_steps.listen(day, ME)
    assert p.heard_weight[ME] == 1000
    p.heard_weight[ME] = 4 * rules.MAX_UNHEARD_WEIGHT
    social_steps.listen(day, ME)
    assert p.heard_weight[ME] == 2 * rules.MAX_UNHEARD_WEIGHT
    assert not p.checked_in[ME]
    assert not p.moved[ME].any()


def test_a_check_in_moves_toward_the_voices_and_forgets_them(day):
    p = day.people
    day.traits.mobile[ME] = True
    day.coefficients.norm_pull = 0.0
    p.satisfaction[ME] = 0.5
    p.social[ME] = p.conformed[ME] = 0.0
    p.heard_voices[ME] = 2
    p.heard_weight[ME] = 2 * 4096
    p.heard_sum[ME] = p.heard_weight[ME] * rules.encode_valence(0.9)
    social_steps.listen(day, ME)
    assert 0.5 < p.satisfaction[ME] < 0.9
    assert p.moved[ME, CAUSE_PEERS] == pytest.approx(p.satisfaction[ME] - 0.5)
    assert p.social[ME] == pytest.approx(p.satisfaction[ME] - 0.5)
    assert (p.heard_weight[ME], p.heard_sum[ME], p.heard_voices[ME]) == (0, 0, 0)


def test_social_influence_decays_by_its_rate(day):
    p = day.people
    day.traits.mobile[ME] = False
    day.coefficients.check_in = 0.0
    p.satisfaction[ME] = 0.6
    p.social[ME] = 0.2
    p.conformed[ME] = 0.0
    social_steps.listen(day, ME)
    rate = day.coefficients.social_decay
    assert p.satisfaction[ME] == pytest.approx(0.6 - 0.2 * rate)
    assert p.social[ME] == pytest.approx(0.2 * (1 - rate))
