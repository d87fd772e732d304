"""The own steps of a consumer's day, `schedule.CONSUMER_STEPS`, for both engines.

The compiled engine loops over these functions and the Mesa engine calls them for one consumer, so
that a mechanism exists once. Each step takes the day and the number ``i`` of one consumer, whose
state it changes; `rules` decide by how much. Inside a step ``p`` is the state of the people, ``t``
are their traits and ``c`` the coefficients.
"""

from __future__ import annotations

import numpy as np

from equipoise.compilation import compile_step
from equipoise.consumers import rules
from equipoise.consumers.day import Day, deepen, draw_day_uniform, lose_trust, move_satisfaction
from equipoise.consumers.state import (
    AWARE,
    CAUSE_ANSWERS,
    CAUSE_EXPERIENCE,
    CAUSE_MESSAGES,
    CLOSED_GIVEN_UP,
    CLOSED_IN_TIME,
    CLOSED_LATE,
    COMMENT_POST,
    COMPLAINT,
    CONSIDERING,
    CUSTOMER,
    EXPERT_ANSWER,
    LAPSED,
    NO_ANSWER,
    NO_CASE,
    NO_POST,
    NOT_CLOSED,
    OPINION_POST,
    PROBLEM_POST,
    QUESTION,
    QUESTION_POST,
    UNAWARE,
    State,
)
from equipoise.randomness import Purpose, noise_at


@compile_step
def begin_day(day: Day, i: int) -> None:
    """Remember where the day began; clear what lasts one day."""
    p = day.people
    p.start[i] = p.satisfaction[i]
    p.customer_before[i] = p.stage[i] == CUSTOMER
    p.surprise[i] = 0.0
    p.used[i] = False
    p.upset[i] = False
    p.post[i] = NO_POST
    p.outcome[i] = NOT_CLOSED
    p.deleted[i] = False
    p.creating[i] = False
    p.checked_in[i] = False
    for cause in range(p.moved.shape[1]):
        p.moved[i, cause] = 0.0


@compile_step
def hear_firm(day: Day, i: int) -> None:
    """Let promises move expectation, and content inform or tire."""
    p = day.people
    c = day.coefficients
    offer = day.offer
    irrelevant = 0.0
    reach_draw = draw_day_uniform(day, Purpose.REACH, i)
    if rules.is_reached(p.follows[i], p.fatigue[i], offer.advertising, c.mute, reach_draw):
        for k in range(4):
            p.expectation[i, k] = rules.expectation_after_promise(
                p.expectation[i, k], offer.promise, p.trust[i], c.promise_weight
            )
        if p.follows[i] and offer.content > 0.0:
            if draw_day_uniform(day, Purpose.RELEVANCE, i) < offer.relevance:
                satisfaction = rules.satisfaction_after_content(
                    p.satisfaction[i], offer.content, c.relevant_gain
                )
                move_satisfaction(p, i, satisfaction, CAUSE_MESSAGES)
            else:
                irrelevant = offer.content
    p.fatigue[i] = rules.fatigue_after_messages(p.fatigue[i], irrelevant, c.irritation, c.rest)
    if p.follows[i]:
        unfollow_draw = draw_day_uniform(day, Purpose.UNFOLLOW, i)
        if rules.happens(unfollow_draw, c.unfollow, p.fatigue[i]):
            p.follows[i] = False


@compile_step
def hear_world(day: Day, i: int) -> None:
    """Hear outside voices, the open forum, the brand's community, rumours and a rival's offer."""
    p = day.people
    c = day.coefficients
    offer = day.offer
    reach = offer.outside_reach
    if reach > 0.0 and draw_day_uniform(day, Purpose.OUTSIDE, i) < reach:
        _hear_distant_voice(p, i, offer.outside_weight, offer.outside_valence)
    if offer.forum_voice > 0.0 and p.stage[i] != UNAWARE:
        _hear_distant_voice(p, i, offer.forum_voice, offer.forum_valence)
    if offer.community > 0.0 and p.follows[i]:
        weight = c.community_voice * offer.community
        _hear_distant_voice(p, i, weight, offer.community_valence)
    if offer.rumour > 0.0 and draw_day_uniform(day, Purpose.RUMOURED, i) < offer.rumour:
        lose_trust(p, i, c.rumour_loss)
    if offer.rivalry > 0.0:
        for k in range(4):
            p.expectation[i, k] = rules.expectation_after_rival_offer(
                p.expectation[i, k], offer.offer, c.rivalry_weight * offer.rivalry
            )


@compile_step
def _hear_distant_voice(p: State, i: int, weight: float, valence: float) -> None:
    voice = rules.distant_voice_weight(weight)
    p.heard_weight[i] += voice
    p.heard_sum[i] += voice * rules.encode_valence(valence)


@compile_step
def move_stage(day: Day, i: int) -> None:
    """Move through the social feedback cycle: unaware, aware, considering, customer, lapsed."""
    p = day.people
    c = day.coefficients
    offer = day.offer
    stage = p.stage[i]
    draw = draw_day_uniform(day, Purpose.CYCLE, i)
    if stage == CUSTOMER:
        if draw < c.lapse * offer.lure:
            p.stage[i] = LAPSED
        return
    if stage == UNAWARE:
        chance = rules.awareness_chance(
            offer.push, p.talking[i], offer.posting, c.innovation, c.imitation, c.forum
        )
        if draw < chance:
            p.stage[i] = AWARE
        return
    if stage == AWARE:
        highest_chance = c.consider
    elif stage == CONSIDERING:
        highest_chance = c.buy
    else:
        highest_chance = c.comeback
    if draw >= highest_chance:  # saves the costly attraction, which could not change the result
        return
    attraction = rules.brand_attraction(
        offer.rating,
        p.norm[i],
        p.trust[i],
        day.fit[i],
        offer.promise,
        c.record_weight * offer.record_seen,
        c.word_weight,
        c.trust_weight,
        c.fit_weight,
        c.promise_appeal,
    )
    chance = rules.choice_chance(attraction, offer.offer, c.choosiness)
    if draw < highest_chance * chance:
        p.stage[i] = CUSTOMER if stage == CONSIDERING else CONSIDERING


@compile_step
def update_case(day: Day, i: int) -> None:
    """Close a case by an answer or for lost patience, or open a new question."""
    p = day.people
    c = day.coefficients
    offer = day.offer
    draw = draw_day_uniform(day, Purpose.QUESTION, i)
    if p.case[i] == NO_CASE:
        may_ask = p.stage[i] == CUSTOMER or p.stage[i] == CONSIDERING
        if may_ask and draw < c.question_rate * offer.demand:
            p.case[i] = QUESTION
            p.since[i] = offer.day
        return
    waited = offer.day - p.since[i]
    if p.answer[i] != NO_ANSWER:
        _take_answer(day, i, waited)
    elif waited >= c.patience:
        lose_trust(p, i, c.need_loss)
        p.case[i] = NO_CASE
        p.outcome[i] = CLOSED_GIVEN_UP
        if draw < c.desert:
            p.stage[i] = LAPSED if p.stage[i] == CUSTOMER else AWARE


@compile_step
def _take_answer(day: Day, i: int, waited: int) -> None:
    p = day.people
    c = day.coefficients
    worth = rules.answer_worth(
        p.answer[i] == EXPERT_ANSWER, waited, c.canned_worth, c.resentment, c.freshness
    )
    satisfaction = rules.satisfaction_after_answer(p.satisfaction[i], worth, c.answer_gain)
    move_satisfaction(p, i, satisfaction, CAUSE_ANSWERS)
    p.trust[i] = rules.trust_after_answer(p.trust[i], worth, c.need_gain, c.need_loss)
    deepen(day, i, worth, 0.0, c.answer_bond)
    p.case[i] = NO_CASE
    p.answer[i] = NO_ANSWER
    p.outcome[i] = CLOSED_IN_TIME if waited <= c.freshness else CLOSED_LATE


@compile_step
def use_product(day: Day, i: int) -> None:
    """Use the product: disconfirmation and utility, two systems, trust, memory, habit, depth."""
    p = day.people
    t = day.traits
    c = day.coefficients
    offer = day.offer
    if p.stage[i] != CUSTOMER:
        return
    if not draw_day_uniform(day, Purpose.USE, i) < c.use_rate * offer.demand:
        return
    p.used[i] = True
    performance, value, shortfall = _perceive_drives(day, i)
    p.utility[i] = rules.use_utility(
        performance, value, day.fit[i], t.taste[i], c.disconfirmation, c.affinity
    )
    p.upset[i] = rules.is_upset(p.utility[i], p.satisfaction[i], c.upset, c.stay)
    _learn_from_use(day, i)
    p.trust[i] = rules.trust_after_use(
        p.trust[i],
        shortfall,
        day.fit[i],
        p.depth[i],
        c.trust_gain,
        c.trust_loss,
        c.tolerance,
        c.fit_gain,
        c.discount,
    )


@compile_step
def _perceive_drives(day: Day, i: int) -> tuple[float, float, float]:
    """Compare the quality of all drives with what was expected, and update the expectations.

    Return performance, the value of disconfirmation, and the shortfall of the promise, all
    weighted by drives.
    """
    p = day.people
    t = day.traits
    c = day.coefficients
    offer = day.offer
    failed_drive = _draw_failed_drive(day, i)
    value = 0.0
    total = 0.0
    shortfall = 0.0
    extreme = -1.0
    for k in range(4):
        failure = c.failure_size if k == failed_drive else 0.0
        noise = noise_at(day.keys[Purpose.NOISE + k], i)
        quality = rules.drive_quality(offer.quality[k], noise, failure, c.noise)
        # Casts, for plain Python would do this arithmetic in single precision where numba does not.
        gap = quality - np.float64(p.expectation[i, k])
        weight = np.float64(t.drives[i, k])
        value += weight * rules.loss_averse_value(gap, c.loss_aversion)
        total += rules.ces_term(quality, weight, c.substitution)
        shortfall += weight * (offer.promise - quality)
        if weight * abs(gap) > extreme:
            extreme = weight * abs(gap)
            p.topic[i] = k
        p.expectation[i, k] = rules.move_toward(p.expectation[i, k], quality, c.expectation_rate)
    return rules.ces_mean(total, c.substitution), value, shortfall


@compile_step
def _draw_failed_drive(day: Day, i: int) -> int:
    """Return the drive hurt by a one-off failure in this use, or -1."""
    if not draw_day_uniform(day, Purpose.FAILURE, i) < day.offer.failure_chance:
        return -1
    draw = draw_day_uniform(day, Purpose.FAILED_DRIVE, i)
    for k in range(3):
        if draw < day.offer.failure_until[k]:
            return k
    return 3


@compile_step
def _learn_from_use(day: Day, i: int) -> None:
    """Move satisfaction under System 1 or 2, then memory, habit, depth and following."""
    p = day.people
    t = day.traits
    c = day.coefficients
    utility = p.utility[i]
    p.surprise[i] = rules.use_surprise(utility, p.satisfaction[i])
    trigger = day.offer.trigger if p.satisfaction[i] < c.neutral else 0.0
    chance = rules.automatic_chance(
        p.familiarity[i], p.surprise[i], t.reflectiveness[i], trigger, c.startle
    )
    p.automatic[i] = draw_day_uniform(day, Purpose.SYSTEM2, i) < chance
    rate = rules.learning_rate(p.automatic[i], p.surprise[i], c.eta1, c.eta2, c.salience)
    deepen(day, i, utility, p.satisfaction[i], c.depth_gain)
    if utility > p.satisfaction[i] and draw_day_uniform(day, Purpose.FOLLOW, i) < c.follow_rate:
        p.follows[i] = True
    satisfaction = rules.move_toward(p.satisfaction[i], utility, rate)
    move_satisfaction(p, i, satisfaction, CAUSE_EXPERIENCE)
    p.memory[i] = rules.memory_after_use(p.memory[i], utility, c.memory_rate)
    p.familiarity[i] = rules.move_toward(p.familiarity[i], 1.0, c.habit)


@compile_step
def voice_or_exit(day: Day, i: int) -> None:
    """Let the upset complain, leave or stay silent; let trust and depth decay."""
    p = day.people
    c = day.coefficients
    offer = day.offer
    if p.upset[i]:
        draw = draw_day_uniform(day, Purpose.VOICE_EXIT, i)
        exit_chance = rules.exit_chance(
            p.satisfaction[i], p.memory[i], p.depth[i], c.leave, c.stay, c.loyalty
        )
        if draw < c.complain:
            if p.case[i] == NO_CASE:
                p.case[i] = COMPLAINT
                p.since[i] = offer.day
        elif draw < c.complain + exit_chance * offer.lure:
            p.stage[i] = LAPSED
    lose_trust(p, i, c.exposure * offer.gap)
    p.depth[i] = rules.decay(p.depth[i], c.depth_fade)
    if p.satisfaction[i] < c.neutral:
        p.detractor[i] = True


@compile_step
def co_create(day: Day, i: int) -> None:
    """Deepen followers by bonding deeds; let invited followers create with the firm."""
    p = day.people
    c = day.coefficients
    offer = day.offer
    if offer.bond > 0.0 and p.follows[i]:
        deepen(day, i, 1.0, 0.0, c.bond_gain * offer.bond)
    if not offer.invite > 0.0 or not p.follows[i] or p.depth[i] < c.closeness:
        return
    if draw_day_uniform(day, Purpose.CREATE, i) < offer.invite:
        p.creating[i] = True
        deepen(day, i, 1.0, 0.0, c.ownership)


@compile_step
def write_post(day: Day, i: int) -> None:
    """Post a question, a problem, a comment or an opinion, or nothing."""
    p = day.people
    t = day.traits
    c = day.coefficients
    offer = day.offer
    if p.stage[i] == UNAWARE:
        return
    voice = rules.voice_after_encouragement(t.voice[i], c.voice_mean, offer.draw_out)
    if not rules.happens(draw_day_uniform(day, Purpose.POST, i), voice, _posting_eagerness(day, i)):
        return
    vividness = c.vividness if p.used[i] else 0.0
    p.valence[i] = rules.post_valence(p.satisfaction[i], p.utility[i], vividness)
    p.post[i] = _kind_of_post(p, i)
    if p.valence[i] < c.neutral and draw_day_uniform(day, Purpose.DELETE, i) < offer.delete:
        p.deleted[i] = True
        lose_trust(p, i, c.censorship)
    else:
        deepen(day, i, 1.0, 0.0, c.greeting * offer.welcome)


@compile_step
def _posting_eagerness(day: Day, i: int) -> float:
    p = day.people
    c = day.coefficients
    eagerness: float = rules.posting_eagerness(
        p.satisfaction[i],
        p.surprise[i],
        c.plain,
        c.displeasure,
        c.pleasure,
        c.neutral,
        c.excitement,
    )
    if p.stage[i] == LAPSED:
        eagerness *= c.leavers
    elif p.stage[i] != CUSTOMER:
        eagerness *= c.outsiders
    return eagerness


@compile_step
def _kind_of_post(p: State, i: int) -> int:
    if p.case[i] == QUESTION:
        return QUESTION_POST
    if p.upset[i] or p.case[i] == COMPLAINT:
        return PROBLEM_POST
    if p.used[i]:
        return COMMENT_POST
    return OPINION_POST
