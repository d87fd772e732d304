"""The rules of behaviour: each one a pure function of plain numbers, with its formula and source.

Draws come in as arguments (``u``, uniform in [0, 1)). Both engines call these same compiled
functions. A coefficient has the name and the meaning that it has in `Community`; `explain` prints
its source.
"""

from __future__ import annotations

import math

from equipoise.compilation import compile_rule

VOICE_UNIT = 4096.0  # one unit of weight of a voice, in integers
VALENCE_UNIT = 4294967296.0  # valence 1, in integers
# About 262,000 voices; a larger unheard weight is halved every day, so that sums cannot overflow.
MAX_UNHEARD_WEIGHT = 2**30


@compile_rule
def clip_unit(x: float) -> float:
    """Return x limited to 0..1."""
    return min(max(x, 0.0), 1.0)


@compile_rule
def move_toward(x: float, goal: float, share: float) -> float:
    """Return x moved by a share of its distance to the goal."""
    return x + share * (goal - x)


@compile_rule
def decay(x: float, share: float) -> float:
    """Return x reduced by a share of it."""
    return x * (1.0 - share)


@compile_rule
def happens(u: float, rate: float, factor: float) -> bool:
    """Return True if a draw falls under a rate times a factor."""
    return u < rate * factor


# 1. hear the firm


@compile_rule
def is_reached(follows: bool, fatigue: float, advertising: float, mute: float, u: float) -> bool:
    """Return True if the firm reaches a person today.

    Followers are reached unless fatigue makes them mute the firm, others by advertising.
    """
    chance = 1.0 - mute * fatigue if follows else advertising
    return u < chance


@compile_rule
def expectation_after_promise(
    expectation: float, promise: float, trust: float, promise_weight: float
) -> float:
    """Return expectation moved toward a promise, in proportion to trust."""
    return move_toward(expectation, promise, promise_weight * trust)


@compile_rule
def fatigue_after_messages(
    fatigue: float, irrelevant: float, irritation: float, rest: float
) -> float:
    """Return fatigue after rest, which reduces it, and irrelevant messages, which add to it."""
    rested = fatigue * (1.0 - rest)
    return clip_unit(rested + irritation * irrelevant * (1.0 - rested))


@compile_rule
def satisfaction_after_content(satisfaction: float, relevant: float, relevant_gain: float) -> float:
    """Return satisfaction after relevant messages."""
    return move_toward(satisfaction, 1.0, clip_unit(relevant_gain * relevant))


# hear the world


@compile_rule
def distant_voice_weight(weight: float) -> int:
    """Return the integer weight of a voice that is not a neighbour's (see `voice_weight`)."""
    return int(weight * VOICE_UNIT + 0.5)


@compile_rule
def expectation_after_rival_offer(expectation: float, offer: float, share: float) -> float:
    """Return expectation raised toward a rival's offer, never lowered."""
    return max(expectation, move_toward(expectation, offer, share))


# 2. move through the cycle


@compile_rule
def awareness_chance(
    push: float, talking: float, posting: float, innovation: float, imitation: float, forum: float
) -> float:
    """Return the chance to become aware, p * push + q * talk (Bass 1969).

    Advertising pushes. Talk is the share of neighbours heard (``talking``); with a public forum it
    moves toward the share of all people who posted (``posting``).
    """
    talk = move_toward(talking, posting, forum)
    return clip_unit(innovation * push + imitation * talk)


@compile_rule
def brand_attraction(
    rating: float,
    norm: float,
    trust: float,
    fit: float,
    promise: float,
    record_weight: float,
    word_weight: float,
    trust_weight: float,
    fit_weight: float,
    promise_appeal: float,
) -> float:
    """Return the attraction of the brand, 0..1.

    A weighted mean of public rating, word of mouth, trust, value fit and promise; 1/2 if all
    weights are 0.
    """
    weight = record_weight + word_weight + trust_weight + fit_weight + promise_appeal
    if weight == 0.0:
        return 0.5
    pull = record_weight * rating + word_weight * norm + trust_weight * trust
    return (pull + fit_weight * fit + promise_appeal * promise) / weight


@compile_rule
def choice_chance(attraction: float, offer: float, choosiness: float) -> float:
    """Return the chance to prefer the brand to the competitor: binary logit (McFadden 1974)."""
    return 1.0 / (1.0 + math.exp(-choosiness * (attraction - offer)))


# 3. need


@compile_rule
def answer_worth(
    expert: bool, days: float, canned_worth: float, resentment: float, freshness: float
) -> float:
    """Return the worth of an answer after ``days``; 1 = prompt and expert.

    Its value is discounted hyperbolically with the delay, and resentment can turn it negative.
    """
    fresh = freshness / (freshness + days)
    prompt_worth = 1.0 if expert else canned_worth
    return prompt_worth * fresh - resentment * (1.0 - fresh)


@compile_rule
def satisfaction_after_answer(satisfaction: float, worth: float, answer_gain: float) -> float:
    """Return satisfaction moved toward 1 by a good answer, toward 0 by a bad one."""
    goal = 1.0 if worth > 0.0 else 0.0
    return move_toward(satisfaction, goal, clip_unit(answer_gain * abs(worth)))


@compile_rule
def trust_after_answer(trust: float, worth: float, need_gain: float, need_loss: float) -> float:
    """Return trust after an answer; the worst answer costs as much trust as no answer."""
    if worth > 0.0:
        return move_toward(trust, 1.0, need_gain * worth)
    return trust * (1.0 - need_loss * min(-worth, 1.0))


# 4. experience


@compile_rule
def drive_quality(quality: float, noise: float, failure: float, spread: float) -> float:
    """Return the quality delivered on one drive, x_k = Q_k + sigma * noise - failure, in 0..1."""
    return clip_unit(quality + spread * noise - failure)


@compile_rule
def loss_averse_value(disconfirmation: float, loss_aversion: float) -> float:
    """Return the value phi(d): d above 0, lambda * d below (Tversky & Kahneman 1992)."""
    return disconfirmation if disconfirmation > 0.0 else loss_aversion * disconfirmation


@compile_rule
def ces_term(quality: float, weight: float, substitution: float) -> float:
    """Return the term of one drive in the CES sum of quality, w_k * x_k^rho (Arrow et al. 1961).

    Quality counts as 1e-3 at least, so that negative exponents stay finite. Exponent 0 stands for
    the geometric mean, whose terms are logarithms.
    """
    x = max(quality, 1e-3)
    if substitution == -2.0:  # the default, without the cost of the general case
        return weight / (x * x)
    if substitution == 0.0:
        return weight * math.log(x)
    power: float = x**substitution
    return weight * power


@compile_rule
def ces_mean(total: float, substitution: float) -> float:
    """Return the CES mean from its sum over drives, (sum_k w_k x_k^rho)^(1/rho)."""
    if substitution == -2.0:
        return 1.0 / math.sqrt(total)
    if substitution == 0.0:
        return math.exp(total)
    mean: float = total ** (1.0 / substitution)
    return mean


@compile_rule
def use_utility(
    performance: float,
    value: float,
    fit: float,
    taste: float,
    disconfirmation: float,
    affinity: float,
) -> float:
    """Return the experienced utility of a use, in 0..1.

    performance + gamma * sum_k w_k phi(d_k) + affinity * (fit - 1/2) + taste. Disconfirmation after
    Oliver (1980); a brand that enacts the consumer's own values pleases more.
    """
    return clip_unit(performance + disconfirmation * value + affinity * (fit - 0.5) + taste)


@compile_rule
def memory_after_use(memory: float, utility: float, memory_rate: float) -> float:
    """Return the memory trace, which extreme episodes move faster (Kahneman et al. 1993)."""
    return move_toward(memory, utility, clip_unit(memory_rate * 2.0 * abs(utility - 0.5)))


@compile_rule
def use_surprise(utility: float, satisfaction: float) -> float:
    """Return the surprise of a use, |y - s|."""
    return abs(utility - satisfaction)


# 5. two systems


@compile_rule
def automatic_chance(
    familiarity: float, surprise: float, reflectiveness: float, trigger: float, startle: float
) -> float:
    """Return the chance that System 1 stays in charge.

    Without surprise it is the strength of the habit, 95 % after 66 uses (Lally et al. 2010).
    Surprise and triggers by the firm call on System 2.
    """
    return familiarity * math.exp(-startle * surprise * 2.0 * reflectiveness) * (1.0 - trigger)


@compile_rule
def learning_rate(
    is_automatic: bool, surprise: float, eta1: float, eta2: float, salience: float
) -> float:
    """Return the share of the gap to utility by which one use moves satisfaction."""
    rate = eta1 if is_automatic else eta2
    return clip_unit(rate * (1.0 + salience * surprise))


# 6. trust


@compile_rule
def trust_after_use(
    trust: float,
    shortfall: float,
    fit: float,
    depth: float,
    trust_gain: float,
    trust_loss: float,
    tolerance: float,
    fit_gain: float,
    discount: float,
) -> float:
    """Return trust after a use: broken promises cost much, kept ones pay little (Slovic 1993).

    ``shortfall`` is promise minus delivery, weighted by the person's drives. Value fit scales the
    gain, depth discounts the loss.
    """
    if shortfall > tolerance:
        return clip_unit(trust - trust_loss * (shortfall - tolerance) * (1.0 - discount * depth))
    return move_toward(trust, 1.0, trust_gain * (1.0 - fit_gain + fit_gain * fit))


@compile_rule
def depth_after_episode(
    depth: float, utility: float, satisfaction: float, ceiling: float, gain: float
) -> float:
    """Return depth after an episode; one better than usual moves it toward its ceiling."""
    if utility > satisfaction:
        return max(depth, move_toward(depth, ceiling, gain))
    return depth


# 7. voice, exit, silence; speak


@compile_rule
def is_upset(utility: float, satisfaction: float, upset: float, stay: float) -> bool:
    """Return True if a use falls short of satisfaction by ``upset``, or satisfaction is low."""
    return satisfaction - utility > upset or satisfaction < stay


@compile_rule
def exit_chance(
    satisfaction: float, memory: float, depth: float, leave: float, stay: float, loyalty: float
) -> float:
    """Return the chance that an upset customer leaves (Hirschman 1970).

    It grows with the distance of the attitude below ``stay``; depth holds the customer.
    """
    attitude = 0.5 * (satisfaction + memory)
    return clip_unit(leave * max(stay - attitude, 0.0) * (1.0 - loyalty * depth))


@compile_rule
def posting_eagerness(
    satisfaction: float,
    surprise: float,
    plain: float,
    displeasure: float,
    pleasure: float,
    neutral: float,
    excitement: float,
) -> float:
    """Return the factor on voice: an asymmetric U (Anderson 1998), plus surprise."""
    away = satisfaction - neutral
    slope = pleasure if away > 0.0 else displeasure
    return plain + slope * away * away + excitement * surprise


@compile_rule
def post_valence(satisfaction: float, utility: float, vividness: float) -> float:
    """Return the valence of a post: satisfaction, moved by a fresh episode toward its utility."""
    return move_toward(satisfaction, utility, vividness)


@compile_rule
def voice_after_encouragement(voice: float, mean: float, draw_out: float) -> float:
    """Return the voice of a person in a moderated forum, where voices below the mean rise to it."""
    return max(voice, move_toward(voice, mean, draw_out))


# 8. hear each other


@compile_rule
def opinions_agree(valence: float, satisfaction: float, agreement: float) -> bool:
    """Return True if a post and its reader are close enough for their tie to strengthen."""
    return abs(valence - satisfaction) < agreement


@compile_rule
def tie_strength_after_fading(strength: float, share_left: float) -> float:
    """Return a tie's strength after unused days, which leave a share of its excess over 1/2."""
    return 0.5 + (strength - 0.5) * share_left


@compile_rule
def tie_strength_after_agreement(strength: float, strengthen: float, bonding: float) -> float:
    """Return a tie's strength after a post in agreement, up to 2; bonding deeds widen the step."""
    return move_toward(strength, 2.0, clip_unit(strengthen * (1.0 + bonding)))


@compile_rule
def voice_weight(
    strength: float,
    layer_weight: float,
    same_tribe: bool,
    negative: bool,
    tribe_boost: float,
    negativity: float,
) -> int:
    """Return the weight of one heard post as an integer, so that sums do not depend on order."""
    tribe_factor = tribe_boost if same_tribe else 1.0
    valence_factor = negativity if negative else 1.0
    weight = strength * layer_weight * tribe_factor * valence_factor
    return int(weight * VOICE_UNIT + 0.5)


@compile_rule
def encode_valence(valence: float) -> int:
    """Return a post's valence as an integer."""
    return int(valence * VALENCE_UNIT + 0.5)


@compile_rule
def share_talking(voices: int, degree: int) -> float:
    """Return the share of neighbours heard, 1 at most; 0 without neighbours."""
    return min(1.0, voices / degree) if degree > 0 else 0.0


@compile_rule
def mean_heard_valence(total: int, weight: int) -> float:
    """Return the weighted mean valence of what was heard, from its integer sums."""
    return total / (weight * VALENCE_UNIT)


@compile_rule
def satisfaction_after_social_decay(
    satisfaction: float, social: float, social_decay: float
) -> float:
    """Return satisfaction after a day's decay of its social part (a week; Huang et al. 2014)."""
    return clip_unit(satisfaction - social_decay * social)


@compile_rule
def social_part_after_move(social: float, before: float, after: float) -> float:
    """Return the social part after others moved satisfaction from ``before`` to ``after``."""
    return social + (after - before)


@compile_rule
def social_pull(
    weight: int,
    heard: float,
    satisfaction: float,
    conformity: float,
    depth: float,
    is_automatic: bool,
    kappa: float,
    saturation: float,
    automatic_pull: float,
    discount: float,
) -> float:
    """Return the share of the gap to what is heard by which a person moves.

    conformity * kappa * (1 - exp(-saturation * weight)), with the weight in integer units of
    VOICE_UNIT (DeGroot 1974; Friedkin & Johnsen 1990). System 1 moves further; depth discounts bad
    news.
    """
    pull = conformity * kappa * (1.0 - math.exp(-saturation * (weight / VOICE_UNIT)))
    if is_automatic:
        pull *= automatic_pull
    if heard < satisfaction:
        pull *= 1.0 - discount * depth
    return min(pull, 1.0)
