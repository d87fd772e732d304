"""The fast engine: the rules looped over arrays of people, compiled.

A day is four passes with a barrier after each, and the census: everybody lives, posts spread over ties, neighbours
answer questions, everybody listens. Voices are summed as integers, so sums do not depend on order.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from equipoise import randomness
from equipoise.array_types import Bytes, Indices, Ints, Reals, StructuredArray, UInts
from equipoise.compilation import compile_entry, compile_loop, compile_step
from equipoise.consumers import census, rules
from equipoise.consumers.census import CensusWorkspace, take_census
from equipoise.consumers.state import (
    AWARE,
    CAUSE_ANSWERS,
    CAUSE_EXPERIENCE,
    CAUSE_MESSAGES,
    CAUSE_NORM,
    CAUSE_PEERS,
    CLOSED_BY_PEERS,
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
    ONLINE,
    OPINION_POST,
    PROBLEM_POST,
    QUESTION,
    QUESTION_POST,
    UNAWARE,
    State,
)
from equipoise.consumers.traits import Traits
from equipoise.randomness import Purpose, noise_at, uniform_at


class Ties(NamedTuple):
    """Who hears whom, and how strongly: compressed rows (see network.py), and the state of each tie (E,).

    ``same_tribe``, ``layer``, ``strength`` and ``last_used`` (day) belong to the row of the speaker; ``left`` (days,)
    is what fading leaves of a tie's excess strength after that many unused days.
    """

    starts: Ints
    neighbours: Indices
    same_tribe: Bytes
    layer: Bytes
    strength: Reals
    last_used: Any
    left: Reals


@compile_step
def _move_satisfaction(p: State, i: int, satisfaction: float, cause: int) -> None:
    before = p.satisfaction[i]
    p.satisfaction[i] = satisfaction
    p.moved[i, cause] += np.float64(p.satisfaction[i]) - np.float64(before)


@compile_step
def wake(p: State, i: int) -> None:
    """Begin a person's day: remember where it started, clear what lasts a day."""
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
def hear_firm(p: State, c: Any, today: Any, keys: UInts, i: int) -> None:
    """Promises move expectation; content informs or tires."""
    irrelevant = 0.0
    u = uniform_at(keys[Purpose.REACH], i)
    if rules.is_reached(p.follows[i], p.fatigue[i], today.advertising, c.mute, u):
        for k in range(4):
            p.expectation[i, k] = rules.expectation_after_promise(
                p.expectation[i, k], today.promise, p.trust[i], c.promise_weight
            )
        if p.follows[i] and today.content > 0.0:
            if uniform_at(keys[Purpose.RELEVANCE], i) < today.relevance:
                informed = rules.satisfaction_after_content(
                    p.satisfaction[i], today.content, c.relevant_gain
                )
                _move_satisfaction(p, i, informed, CAUSE_MESSAGES)
            else:
                irrelevant = today.content
    p.fatigue[i] = rules.fatigue_after_messages(p.fatigue[i], irrelevant, c.irritation, c.rest)
    if p.follows[i] and rules.happens(
        uniform_at(keys[Purpose.UNFOLLOW], i), c.unfollow, p.fatigue[i]
    ):
        p.follows[i] = False


@compile_step
def _overhear(p: State, i: int, weight: float, valence: float) -> None:
    voice = rules.distant_voice_weight(weight)
    p.heard_weight[i] += voice
    p.heard_sum[i] += voice * rules.encode_valence(valence)


@compile_step
def hear_world(p: State, c: Any, today: Any, keys: UInts, i: int) -> None:
    """Voices from outside, the open forum, the brand's own community; rumours; a rival's offer."""
    if today.outside_reach > 0.0 and uniform_at(keys[Purpose.OUTSIDE], i) < today.outside_reach:
        _overhear(p, i, today.outside_weight, today.outside_valence)
    if today.forum_voice > 0.0 and p.stage[i] != UNAWARE:
        _overhear(p, i, today.forum_voice, today.forum_valence)
    if today.community > 0.0 and p.follows[i]:
        _overhear(p, i, c.community_voice * today.community, today.community_valence)
    if today.rumour > 0.0 and uniform_at(keys[Purpose.RUMOURED], i) < today.rumour:
        p.trust[i] = rules.decay(p.trust[i], c.rumour_loss)
    if today.rivalry > 0.0:
        for k in range(4):
            p.expectation[i, k] = rules.expectation_after_rival_offer(
                p.expectation[i, k], today.offer, c.rivalry_weight * today.rivalry
            )


@compile_step
def move_stage(p: State, t: Traits, fit: Reals, c: Any, today: Any, keys: UInts, i: int) -> None:
    """Unaware -> aware -> considering -> customer; some who lapsed come back."""
    stage = p.stage[i]
    u = uniform_at(keys[Purpose.CYCLE], i)
    if stage == CUSTOMER:
        if u < c.lapse * today.lure:
            p.stage[i] = LAPSED
        return
    if stage == UNAWARE:
        chance = rules.awareness_chance(
            today.push, p.talking[i], today.posting, c.innovation, c.imitation, c.forum
        )
        if u < chance:
            p.stage[i] = AWARE
        return
    most = c.consider if stage == AWARE else c.buy if stage == CONSIDERING else c.comeback
    if u >= most:  # whatever the attraction
        return
    attraction = rules.brand_attraction(
        today.rating,
        p.norm[i],
        p.trust[i],
        fit[i],
        today.promise,
        c.record_weight * today.record_seen,
        c.word_weight,
        c.trust_weight,
        c.fit_weight,
        c.promise_appeal,
    )
    chance = rules.choice_chance(attraction, today.offer, c.choosiness)
    if u < most * chance:
        p.stage[i] = CUSTOMER if stage == CONSIDERING else CONSIDERING


@compile_step
def need(p: State, t: Traits, c: Any, today: Any, keys: UInts, i: int) -> None:
    """An answer closes a case, patience ends it, a new question opens one."""
    u = uniform_at(keys[Purpose.QUESTION], i)
    if p.case[i] != NO_CASE:
        waited = today.day - p.since[i]
        if p.answer[i] != NO_ANSWER:
            worth = rules.answer_worth(
                p.answer[i] == EXPERT_ANSWER, waited, c.canned_worth, c.resentment, c.freshness
            )
            _move_satisfaction(
                p,
                i,
                rules.satisfaction_after_answer(p.satisfaction[i], worth, c.answer_gain),
                CAUSE_ANSWERS,
            )
            p.trust[i] = rules.trust_after_answer(p.trust[i], worth, c.need_gain, c.need_loss)
            p.depth[i] = rules.depth_after_episode(
                p.depth[i], worth, 0.0, t.depth_ceiling[i], c.answer_bond
            )
            p.case[i] = NO_CASE
            p.answer[i] = NO_ANSWER
            p.outcome[i] = CLOSED_IN_TIME if waited <= c.freshness else CLOSED_LATE
        elif waited >= c.patience:
            p.trust[i] = rules.decay(p.trust[i], c.need_loss)
            p.case[i] = NO_CASE
            p.outcome[i] = CLOSED_GIVEN_UP
            if u < c.desert:
                p.stage[i] = LAPSED if p.stage[i] == CUSTOMER else AWARE
    elif (
        p.stage[i] == CUSTOMER or p.stage[i] == CONSIDERING
    ) and u < c.question_rate * today.demand:
        p.case[i] = QUESTION
        p.since[i] = today.day


@compile_step
def experience(p: State, t: Traits, fit: Reals, c: Any, today: Any, keys: UInts, i: int) -> None:
    """Use the product: delivery, disconfirmation, utility; two systems; trust, memory, habit, relationship."""
    if p.stage[i] != CUSTOMER or not uniform_at(keys[Purpose.USE], i) < c.use_rate * today.demand:
        return
    p.used[i] = True
    failed = _failed_drive(today, keys, i)
    value, total, shortfall, extreme = 0.0, 0.0, 0.0, -1.0
    for k in range(4):
        noise = noise_at(keys[Purpose.NOISE + k], i)
        quality = rules.delivered_quality(
            today.quality[k], noise, c.failure_size if k == failed else 0.0, c.noise
        )
        gap = quality - p.expectation[i, k]
        weight = t.drives[i, k]
        value += weight * rules.loss_averse_value(gap, c.loss_aversion)
        total += rules.ces_term(quality, weight, c.substitution)
        shortfall += weight * (today.promise - quality)
        if weight * abs(gap) > extreme:
            extreme = weight * abs(gap)
            p.topic[i] = k
        p.expectation[i, k] = rules.move_toward(p.expectation[i, k], quality, c.expectation_rate)
    performance = rules.ces_mean(total, c.substitution)
    p.utility[i] = rules.experienced_utility(
        performance, value, fit[i], t.taste[i], c.disconfirmation, c.affinity
    )
    p.upset[i] = rules.is_upset(p.utility[i], p.satisfaction[i], c.upset, c.stay)
    _take_away(p, t, c, today, keys, i)
    p.trust[i] = rules.trust_after_use(
        p.trust[i],
        shortfall,
        fit[i],
        p.depth[i],
        c.trust_gain,
        c.trust_loss,
        c.tolerance,
        c.fit_gain,
        c.discount,
    )


@compile_step
def _failed_drive(today: Any, keys: UInts, i: int) -> int:
    """Return the drive struck by a one-off failure in this use, or -1."""
    if not uniform_at(keys[Purpose.FAILURE], i) < today.failure_chance:
        return -1
    u = uniform_at(keys[Purpose.FAILED_DRIVE], i)
    for k in range(3):
        if u < today.failure_until[k]:
            return k
    return 3


@compile_step
def _take_away(p: State, t: Traits, c: Any, today: Any, keys: UInts, i: int) -> None:
    """What a use leaves behind: satisfaction under System 1 or 2, memory, habit, depth, following."""
    utility = p.utility[i]
    p.surprise[i] = rules.use_surprise(utility, p.satisfaction[i])
    trigger = today.trigger if p.satisfaction[i] < c.neutral else 0.0
    chance = rules.automatic_chance(
        p.familiarity[i], p.surprise[i], t.reflectiveness[i], trigger, c.startle
    )
    p.automatic[i] = uniform_at(keys[Purpose.SYSTEM2], i) < chance
    eta = rules.learning_rate(p.automatic[i], p.surprise[i], c.eta1, c.eta2, c.salience)
    p.depth[i] = rules.depth_after_episode(
        p.depth[i], utility, p.satisfaction[i], t.depth_ceiling[i], c.depth_gain
    )
    follows = utility > p.satisfaction[i] and uniform_at(keys[Purpose.FOLLOW], i) < c.follow_rate
    _move_satisfaction(p, i, rules.move_toward(p.satisfaction[i], utility, eta), CAUSE_EXPERIENCE)
    p.memory[i] = rules.memory_after_use(p.memory[i], utility, c.memory_rate)
    p.familiarity[i] = rules.move_toward(p.familiarity[i], 1.0, c.habit)
    if follows:
        p.follows[i] = True


@compile_step
def voice_or_exit(p: State, c: Any, today: Any, keys: UInts, i: int) -> None:
    """The upset complain, leave or keep silent; trust and depth wear off."""
    if p.upset[i]:
        u = uniform_at(keys[Purpose.VOICE_EXIT], i)
        leaving = rules.exit_chance(
            p.satisfaction[i], p.memory[i], p.depth[i], c.leave, c.stay, c.loyalty
        )
        if u < c.complain:
            if p.case[i] == NO_CASE:
                p.case[i] = COMPLAINT
                p.since[i] = today.day
        elif u < c.complain + leaving * today.lure:
            p.stage[i] = LAPSED
    p.trust[i] = rules.decay(p.trust[i], c.exposure * today.gap)
    p.depth[i] = rules.decay(p.depth[i], c.depth_fade)
    if p.satisfaction[i] < c.neutral:
        p.detractor[i] = True


@compile_step
def create(p: State, t: Traits, c: Any, today: Any, keys: UInts, i: int) -> None:
    """Bonding deeds deepen followers; those who are invited create with the firm, and make the brand their own."""
    if today.bond > 0.0 and p.follows[i]:
        p.depth[i] = rules.depth_after_episode(
            p.depth[i], 1.0, 0.0, t.depth_ceiling[i], c.bond_gain * today.bond
        )
    if not today.invite > 0.0 or not p.follows[i] or p.depth[i] < c.closeness:
        return
    if uniform_at(keys[Purpose.CREATE], i) < today.invite:
        p.creating[i] = True
        p.depth[i] = rules.depth_after_episode(
            p.depth[i], 1.0, 0.0, t.depth_ceiling[i], c.ownership
        )


@compile_step
def speak(p: State, t: Traits, c: Any, today: Any, keys: UInts, i: int) -> None:
    """Post or not, and what: a question, a problem, an opinion or a comment; valence is satisfaction."""
    if p.stage[i] == UNAWARE:
        return
    eager = rules.posting_eagerness(
        p.satisfaction[i],
        p.surprise[i],
        c.plain,
        c.displeasure,
        c.pleasure,
        c.neutral,
        c.excitement,
    )
    if p.stage[i] == LAPSED:
        eager *= c.leavers
    elif p.stage[i] != CUSTOMER:
        eager *= c.outsiders
    voice = rules.moderated_voice(t.voice[i], c.voice_mean, today.draw_out)
    if not rules.happens(uniform_at(keys[Purpose.POST], i), voice, eager):
        return
    p.valence[i] = rules.post_valence(
        p.satisfaction[i], p.utility[i], c.vividness if p.used[i] else 0.0
    )
    if p.case[i] == QUESTION:
        p.post[i] = QUESTION_POST
    elif p.upset[i] or p.case[i] == COMPLAINT:
        p.post[i] = PROBLEM_POST
    elif p.used[i]:
        p.post[i] = COMMENT_POST
    else:
        p.post[i] = OPINION_POST
    if p.valence[i] < c.neutral and uniform_at(keys[Purpose.DELETE], i) < today.delete:
        p.deleted[i] = True
        p.trust[i] = rules.decay(p.trust[i], c.censorship)
    else:
        p.depth[i] = rules.depth_after_episode(
            p.depth[i], 1.0, 0.0, t.depth_ceiling[i], c.greeting * today.welcome
        )


@compile_loop
def live_own_days(
    p: State, t: Traits, fit: Reals, c: Any, today: Any, keys: UInts, speakers: Indices
) -> int:
    """First pass: everybody's own day. Fill ``speakers`` and return how many posted."""
    count = 0
    for i in range(p.stage.shape[0]):
        wake(p, i)
        hear_firm(p, c, today, keys, i)
        hear_world(p, c, today, keys, i)
        move_stage(p, t, fit, c, today, keys, i)
        need(p, t, c, today, keys, i)
        experience(p, t, fit, c, today, keys, i)
        voice_or_exit(p, c, today, keys, i)
        create(p, t, c, today, keys, i)
        speak(p, t, c, today, keys, i)
        if p.post[i] != NO_POST:
            speakers[count] = i
            count += 1
    return count


@compile_step
def tell(p: State, web: Ties, c: Any, today: Any, i: int) -> None:
    """Second pass: one speaker's post reaches the neighbours; ties used in agreement strengthen."""
    valence = p.valence[i]
    said = rules.encode_valence(valence)
    negative = valence < c.neutral
    for e in range(web.starts[i], web.starts[i + 1]):
        j = web.neighbours[e]
        if p.deleted[i] and web.layer[e] == ONLINE:
            continue
        strength = rules.tie_strength_after_fading(
            web.strength[e], web.left[today.day - web.last_used[e]]
        )
        weight = rules.voice_weight(
            strength,
            c.online_weight if web.layer[e] == ONLINE else c.offline_weight,
            web.same_tribe[e] != 0,
            negative,
            today.tribe_boost,
            today.negativity,
        )
        p.heard_weight[j] += weight
        p.heard_sum[j] += weight * said
        p.heard_voices[j] += np.uint32(1)
        if rules.opinions_agree(valence, p.satisfaction[j], c.agreement):
            web.strength[e] = rules.tie_strength_after_agreement(
                strength, c.strengthen, today.bonding
            )
            web.last_used[e] = today.day


@compile_step
def help_neighbour(p: State, t: Traits, web: Ties, c: Any, today: Any, keys: UInts, i: int) -> None:
    """Third pass: the first willing neighbour who knows the product answers a posted question, and deepens."""
    if p.post[i] != QUESTION_POST or p.case[i] != QUESTION:
        return
    for e in range(web.starts[i], web.starts[i + 1]):
        j = web.neighbours[e]
        willing = (
            c.peer_help * (1.0 + c.community_help * today.community)
            if p.follows[j]
            else c.peer_help
        )
        if p.stage[j] == CUSTOMER and rules.happens(
            uniform_at(keys[Purpose.HELP], j), willing, p.familiarity[j]
        ):
            p.case[i] = NO_CASE
            p.outcome[i] = CLOSED_BY_PEERS
            p.trust[i] = rules.trust_after_answer(p.trust[i], 1.0, c.need_gain, c.need_loss)
            p.depth[j] = rules.depth_after_episode(
                p.depth[j], 1.0, 0.0, t.depth_ceiling[j], c.help_depth
            )
            return


@compile_step
def listen(p: State, t: Traits, web: Ties, c: Any, keys: UInts, i: int) -> None:
    """Fourth pass: the merely social part fades; who checks in moves toward what was heard and believed."""
    _move_satisfaction(
        p,
        i,
        rules.satisfaction_after_social_decay(p.satisfaction[i], p.social[i], c.social_decay),
        CAUSE_PEERS,
    )
    p.social[i] = rules.decay(p.social[i], c.social_decay)
    _move_satisfaction(
        p,
        i,
        rules.satisfaction_after_social_decay(p.satisfaction[i], p.conformed[i], c.social_decay),
        CAUSE_NORM,
    )
    p.conformed[i] = rules.decay(p.conformed[i], c.social_decay)
    if not t.mobile[i] and not uniform_at(keys[Purpose.CHECK_IN], i) < c.check_in:
        if p.heard_weight[i] > rules.MAX_UNHEARD_WEIGHT:
            p.heard_weight[i] //= 2
            p.heard_sum[i] //= 2
        return
    p.checked_in[i] = True
    before = p.satisfaction[i]
    p.talking[i] = rules.share_talking(p.heard_voices[i], web.starts[i + 1] - web.starts[i])
    if p.heard_weight[i] > 0:
        heard = rules.mean_heard_valence(p.heard_sum[i], p.heard_weight[i])
        pull = rules.social_pull(
            p.heard_weight[i],
            heard,
            p.satisfaction[i],
            t.conformity[i],
            p.depth[i],
            p.automatic[i],
            c.kappa,
            c.saturation,
            c.automatic_pull,
            c.discount,
        )
        _move_satisfaction(p, i, rules.move_toward(p.satisfaction[i], heard, pull), CAUSE_PEERS)
        p.social[i] = rules.social_part_after_move(p.social[i], before, p.satisfaction[i])
        p.norm[i] = rules.move_toward(p.norm[i], heard, c.norm_rate)
        p.heard_weight[i] = 0
        p.heard_sum[i] = 0
        p.heard_voices[i] = np.uint32(0)
    before = p.satisfaction[i]
    pulled = rules.move_toward(p.satisfaction[i], p.norm[i], t.conformity[i] * c.norm_pull)
    _move_satisfaction(p, i, pulled, CAUSE_NORM)
    p.conformed[i] = rules.social_part_after_move(p.conformed[i], before, p.satisfaction[i])


def _compiled(stamp: str) -> Any:
    """Return the compiled day. ``stamp`` enters the cache's key: numba does not see that a called file changed."""

    @compile_entry
    def run_day(
        p: State,
        t: Traits,
        fit: Reals,
        web: Ties,
        coefficients: StructuredArray,
        told: StructuredArray,
        keys: UInts,
        speakers: Indices,
        sheet: CensusWorkspace,
        rows: StructuredArray,
    ) -> int:
        """Run one day's four passes and its census; return how many people posted, listed in ``speakers``.

        The coefficients and the day come as tables of one row: numba looks at a row alone field by field at each call.
        """
        _ = stamp
        c, today = coefficients[0], told[0]
        randomness.fill_day_keys(today.seed, today.day, keys)
        count = live_own_days(p, t, fit, c, today, keys, speakers)
        for s in range(count):
            tell(p, web, c, today, speakers[s])
        for s in range(count):
            help_neighbour(p, t, web, c, today, keys, speakers[s])
        for i in range(p.stage.shape[0]):
            listen(p, t, web, c, keys, i)
        take_census(p, t, speakers[:count], c, sheet, rows, today.day)
        return count

    return run_day


def _stamp() -> str:
    """Return a hash of the sources compiled into the day."""
    sources = (
        Path(file) for file in (__file__, census.__file__, rules.__file__, randomness.__file__)
    )
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


run_day = _compiled(_stamp())
