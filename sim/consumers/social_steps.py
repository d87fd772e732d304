"""The steps between consumers, `schedule.SOCIAL_STEPS`, for both engines (see `steps`).

Voices are summed as integers, so that sums do not depend on the order of the speakers.
"""

from __future__ import annotations

import numpy as np

from equipoise.compilation import compile_step
from equipoise.consumers import rules
from equipoise.consumers.day import Day, deepen, draw_day_uniform, move_satisfaction
from equipoise.consumers.state import (
    CAUSE_NORM,
    CAUSE_PEERS,
    CLOSED_BY_PEERS,
    CUSTOMER,
    NO_CASE,
    QUESTION,
    QUESTION_POST,
    State,
)
from equipoise.consumers.ties import ONLINE
from equipoise.randomness import Purpose


@compile_step
def spread_post(day: Day, i: int) -> None:
    """Let a speaker's post reach the neighbours; strengthen ties used in agreement."""
    p = day.people
    ties = day.ties
    c = day.coefficients
    offer = day.offer
    valence = p.valence[i]
    encoded_valence = rules.encode_valence(valence)
    is_negative = valence < c.neutral
    for tie in range(ties.starts[i], ties.starts[i + 1]):
        j = ties.neighbours[tie]
        is_online = ties.layer[tie] == ONLINE
        if p.deleted[i] and is_online:
            continue
        unused_days = offer.day - ties.last_used[tie]
        strength = rules.tie_strength_after_fading(ties.strength[tie], ties.fading[unused_days])
        weight = rules.voice_weight(
            strength,
            c.online_weight if is_online else c.offline_weight,
            ties.same_tribe[tie] != 0,
            is_negative,
            offer.tribe_boost,
            offer.negativity,
        )
        p.heard_weight[j] += weight
        p.heard_sum[j] += weight * encoded_valence
        p.heard_voices[j] += np.uint32(1)
        if rules.opinions_agree(valence, p.satisfaction[j], c.agreement):
            ties.strength[tie] = rules.tie_strength_after_agreement(
                strength, c.strengthen, offer.bonding
            )
            ties.last_used[tie] = offer.day


@compile_step
def receive_help(day: Day, i: int) -> None:
    """Let the first willing neighbour who knows the product answer a posted question."""
    p = day.people
    ties = day.ties
    c = day.coefficients
    if p.post[i] != QUESTION_POST or p.case[i] != QUESTION:
        return
    for tie in range(ties.starts[i], ties.starts[i + 1]):
        j = ties.neighbours[tie]
        willingness = c.peer_help
        if p.follows[j]:
            willingness = c.peer_help * (1.0 + c.community_help * day.offer.community)
        if p.stage[j] != CUSTOMER:
            continue
        if rules.happens(draw_day_uniform(day, Purpose.HELP, j), willingness, p.familiarity[j]):
            p.case[i] = NO_CASE
            p.outcome[i] = CLOSED_BY_PEERS
            p.trust[i] = rules.trust_after_answer(p.trust[i], 1.0, c.need_gain, c.need_loss)
            deepen(day, j, 1.0, 0.0, c.help_depth)
            return


@compile_step
def listen(day: Day, i: int) -> None:
    """Let social influence decay; on a check-in follow what peers said and the perceived norm."""
    p = day.people
    t = day.traits
    c = day.coefficients
    _decay_social_parts(p, c.social_decay, i)
    if not t.mobile[i] and not draw_day_uniform(day, Purpose.CHECK_IN, i) < c.check_in:
        if p.heard_weight[i] > rules.MAX_UNHEARD_WEIGHT:
            p.heard_weight[i] //= 2
            p.heard_sum[i] //= 2
        return
    p.checked_in[i] = True
    p.talking[i] = rules.share_talking(p.heard_voices[i], day.ties.sources[i])
    if p.heard_weight[i] > 0:
        _follow_peers(day, i)
    before = p.satisfaction[i]
    satisfaction = rules.move_toward(p.satisfaction[i], p.norm[i], t.conformity[i] * c.norm_pull)
    move_satisfaction(p, i, satisfaction, CAUSE_NORM)
    p.conformed[i] = rules.social_part_after_move(p.conformed[i], before, p.satisfaction[i])


@compile_step
def _decay_social_parts(p: State, social_decay: float, i: int) -> None:
    satisfaction = rules.satisfaction_after_social_decay(
        p.satisfaction[i], p.social[i], social_decay
    )
    move_satisfaction(p, i, satisfaction, CAUSE_PEERS)
    p.social[i] = rules.decay(p.social[i], social_decay)
    satisfaction = rules.satisfaction_after_social_decay(
        p.satisfaction[i], p.conformed[i], social_decay
    )
    move_satisfaction(p, i, satisfaction, CAUSE_NORM)
    p.conformed[i] = rules.decay(p.conformed[i], social_decay)


@compile_step
def _follow_peers(day: Day, i: int) -> None:
    """Move toward the mean of the voices heard since the last check-in, and forget them."""
    p = day.people
    c = day.coefficients
    before = p.satisfaction[i]
    heard = rules.mean_heard_valence(p.heard_sum[i], p.heard_weight[i])
    pull = rules.social_pull(
        p.heard_weight[i],
        heard,
        p.satisfaction[i],
        day.traits.conformity[i],
        p.depth[i],
        p.automatic[i],
        c.kappa,
        c.saturation,
        c.automatic_pull,
        c.discount,
    )
    move_satisfaction(p, i, rules.move_toward(p.satisfaction[i], heard, pull), CAUSE_PEERS)
    p.social[i] = rules.social_part_after_move(p.social[i], before, p.satisfaction[i])
    p.norm[i] = rules.move_toward(p.norm[i], heard, c.norm_rate)
    p.heard_weight[i] = 0
    p.heard_sum[i] = 0
    p.heard_voices[i] = np.uint32(0)
