"""The rules: formulas at points worked out by hand, ranges, and findings of the literature."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.consumers import rules
from equipoise.settings.community import Community
from equipoise.settings.schema import walk_settings

share = st.floats(0, 1)
ranges = {path: field.metadata for path, field, _ in walk_settings(Community())}


def any_of(path):
    """Return a strategy for the values of a setting: its declared range."""
    low = next(limit.ge for limit in ranges[path] if hasattr(limit, "ge"))
    high = next(limit.le for limit in ranges[path] if hasattr(limit, "le"))
    return st.floats(low, high)


# --- formulas, by hand ---

POINTS = [
    (rules.clip_unit, (-0.1,), 0.0),
    (rules.clip_unit, (1.1,), 1.0),
    (rules.clip_unit, (0.3,), 0.3),
    (rules.move_toward, (0.2, 0.7, 0.1), 0.25),
    (rules.decay, (0.5, 0.2), 0.4),
    (rules.expectation_after_promise, (0.5, 0.9, 0.5, 0.1), 0.52),
    (rules.fatigue_after_messages, (0.5, 0.0, 0.3, 0.2), 0.4),
    (rules.fatigue_after_messages, (0.5, 2.0, 0.25, 0.2), 0.7),  # .4 + .25 * 2 * .6
    (rules.satisfaction_after_content, (0.6, 2.0, 0.05), 0.64),
    (rules.satisfaction_after_content, (0.6, 50.0, 0.05), 1.0),
    (rules.awareness_chance, (0.5, 0.2, 0.4, 0.02, 0.1, 0.0), 0.03),
    (rules.awareness_chance, (0.5, 0.2, 0.4, 0.02, 0.1, 1.0), 0.05),
    (rules.awareness_chance, (0.5, 0.2, 0.4, 0.02, 0.1, 0.5), 0.04),
    (rules.brand_attraction, (0.1, 0.2, 0.3, 0.4, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0), 0.3),
    (rules.brand_attraction, (0.1, 0.2, 0.3, 0.4, 0.5, 3.0, 0.0, 0.0, 0.0, 1.0), 0.2),
    (rules.brand_attraction, (0.1, 0.2, 0.3, 0.4, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0), 0.5),
    (rules.choice_chance, (0.6, 0.6, 8.0), 0.5),
    (rules.choice_chance, (0.9, 0.1, 0.0), 0.5),
    (rules.choice_chance, (0.75, 0.5, 4 * math.log(3)), 0.75),
    (rules.answer_worth, (True, 0.0, 0.1, 0.4, 2.0), 1.0),
    (rules.answer_worth, (False, 0.0, 0.1, 0.4, 2.0), 0.1),
    (rules.answer_worth, (True, 2.0, 0.1, 0.4, 2.0), 0.3),  # half as fresh: .5 - .4 * .5
    (rules.answer_worth, (False, 2.0, 0.1, 0.4, 2.0), -0.15),
    (rules.satisfaction_after_answer, (0.6, 0.5, 0.2), 0.64),
    (rules.satisfaction_after_answer, (0.6, -0.5, 0.2), 0.54),
    (rules.trust_after_answer, (0.6, 0.5, 0.1, 0.2), 0.62),
    (rules.trust_after_answer, (0.6, -0.5, 0.1, 0.2), 0.54),
    (rules.trust_after_answer, (0.6, -1.5, 0.1, 0.2), 0.48),
    (rules.drive_quality, (0.7, -1.0, 0.2, 0.1), 0.4),
    (rules.drive_quality, (0.7, 4.0, 0.0, 0.1), 1.0),
    (rules.loss_averse_value, (0.2, 2.0), 0.2),
    (rules.loss_averse_value, (-0.2, 2.0), -0.4),
    (rules.ces_term, (0.5, 0.25, -2.0), 1.0),
    (rules.ces_term, (0.5, 0.25, 1.0), 0.125),
    (rules.ces_term, (0.5, 0.25, 0.0), 0.25 * math.log(0.5)),
    (rules.ces_term, (0.0, 0.5, -1.0), 500.0),
    (rules.ces_mean, (4.0, -2.0), 0.5),
    (rules.ces_mean, (0.3, 1.0), 0.3),
    (rules.ces_mean, (math.log(0.3), 0.0), 0.3),
    (rules.ces_mean, (4.0, -1.0), 0.25),
    (rules.use_utility, (0.7, -0.2, 0.75, 0.05, 0.5, 0.4), 0.75),  # .7 - .1 + .1 + .05
    (rules.use_utility, (0.7, -2.0, 0.5, 0.0, 0.5, 0.4), 0.0),
    (rules.post_valence, (0.6, 0.2, 0.25), 0.5),
    (rules.memory_after_use, (0.5, 0.9, 0.25), 0.58),  # .25 * 2 * .4 of the way
    (rules.memory_after_use, (0.7, 0.5, 1.0), 0.7),
    (rules.use_surprise, (0.2, 0.7), 0.5),
    (rules.automatic_chance, (0.8, 0.0, 0.5, 0.0, 4.0), 0.8),
    (rules.automatic_chance, (0.8, 0.25, 0.5, 0.5, 4.0), 0.4 * math.exp(-1)),
    (rules.learning_rate, (True, 0.5, 0.1, 0.4, 1.0), 0.15),
    (rules.learning_rate, (False, 0.5, 0.1, 0.4, 1.0), 0.6),
    (rules.learning_rate, (False, 1.0, 0.1, 0.8, 1.0), 1.0),
    (
        rules.trust_after_use,
        (0.6, 0.35, 0.5, 0.5, 0.01, 0.5, 0.15, 0.5, 0.5),
        0.525,
    ),  # .6 - .5 * .2 * .75
    (
        rules.trust_after_use,
        (0.6, 0.15, 0.5, 0.5, 0.02, 0.5, 0.15, 0.5, 0.5),
        0.606,
    ),  # .02 * .75 of the way
    (rules.depth_after_episode, (0.1, 0.8, 0.7, 0.3, 0.05), 0.11),
    (rules.depth_after_episode, (0.1, 0.6, 0.7, 0.3, 0.05), 0.1),
    (rules.depth_after_episode, (0.4, 0.8, 0.7, 0.3, 0.05), 0.4),
    (rules.exit_chance, (0.4, 0.2, 0.5, 0.5, 0.5, 0.8), 0.06),  # .5 * (.5 - .3) * .6
    (rules.exit_chance, (0.8, 0.6, 0.0, 0.5, 0.5, 0.8), 0.0),
    (rules.posting_eagerness, (0.7, 0.1, 0.2, 4.0, 3.0, 0.5, 2.0), 0.52),
    (rules.posting_eagerness, (0.3, 0.1, 0.2, 4.0, 3.0, 0.5, 2.0), 0.56),
    (rules.tie_strength_after_fading, (2.0, 0.5), 1.25),
    (rules.tie_strength_after_agreement, (1.0, 0.1, 0.0), 1.1),
    (rules.tie_strength_after_agreement, (1.0, 0.1, 0.5), 1.15),
    (rules.voice_weight, (1.5, 1.0, True, True, 2.0, 1.5), 18432),
    (rules.voice_weight, (1.5, 1.0, False, False, 2.0, 1.5), 6144),
    (rules.voice_weight, (1.5, 0.5, False, False, 2.0, 1.5), 3072),
    (rules.distant_voice_weight, (0.3,), 1229),
    (rules.expectation_after_rival_offer, (0.5, 0.9, 0.1), 0.54),
    (rules.expectation_after_rival_offer, (0.9, 0.5, 0.1), 0.9),
    (rules.voice_after_encouragement, (0.02, 0.04, 0.5), 0.03),
    (rules.voice_after_encouragement, (0.2, 0.04, 0.5), 0.2),
    (rules.encode_valence, (0.75,), 3 * 2**30),
    (rules.share_talking, (3, 4), 0.75),
    (rules.share_talking, (9, 4), 1.0),
    (rules.share_talking, (0, 0), 0.0),
    (rules.mean_heard_valence, (3 * 2**30 * 4096, 4096), 0.75),
    (rules.satisfaction_after_social_decay, (0.6, 0.2, 0.35), 0.53),
    (rules.social_part_after_move, (0.1, 0.6, 0.55), 0.05),
    (rules.social_pull, (4096, 0.7, 0.6, 0.5, 0.4, False, 0.2, math.log(2), 1.5, 0.5), 0.05),
    (rules.social_pull, (8192, 0.7, 0.6, 0.5, 0.4, True, 0.2, math.log(2), 1.5, 0.5), 0.1125),
    (rules.social_pull, (4096, 0.5, 0.6, 0.5, 0.4, False, 0.2, math.log(2), 1.5, 0.5), 0.04),
]


@pytest.mark.parametrize(
    ("rule", "given", "expected"), POINTS, ids=lambda v: getattr(v, "__name__", None)
)
def test_a_rule_has_the_value_of_its_formula(rule, given, expected):
    assert rule(*given) == pytest.approx(expected, rel=1e-12, abs=1e-15)


YES_OR_NO = [
    (rules.happens, (0.19, 0.4, 0.5), True),
    (rules.happens, (0.2, 0.4, 0.5), False),
    (rules.is_reached, (True, 0.5, 0.0, 1.0, 0.49), True),
    (rules.is_reached, (True, 0.5, 1.0, 1.0, 0.51), False),
    (rules.is_reached, (False, 1.0, 0.05, 1.0, 0.04), True),
    (rules.is_reached, (False, 0.0, 0.05, 1.0, 0.06), False),
    (rules.is_upset, (0.4, 0.6, 0.15, 0.55), True),
    (rules.is_upset, (0.5, 0.6, 0.15, 0.55), False),
    (rules.is_upset, (0.9, 0.5, 0.15, 0.55), True),
    (rules.opinions_agree, (0.6, 0.7, 0.15), True),
    (rules.opinions_agree, (0.5, 0.7, 0.15), False),
]


@pytest.mark.parametrize(
    ("rule", "given", "expected"), YES_OR_NO, ids=lambda v: getattr(v, "__name__", None)
)
def test_a_yes_or_no_rule_follows_its_formula(rule, given, expected):
    assert rule(*given) == expected


def test_every_rule_has_a_point():
    all_rules = {name for name, rule in vars(rules).items() if hasattr(rule, "py_func")}
    tried = {rule.__name__ for rule, *_ in (*POINTS, *YES_OR_NO)}
    untried = sorted(all_rules - tried)
    assert not untried, f"add a point to POINTS of tests/sim/consumers/test_rules.py: {untried}"


# --- ranges ---


@given(share, share, share, share, share, share, share, share, any_of("hearing.automatic_pull"))
def test_attitudes_and_chances_stay_within_0_and_1(a, b, c, d, e, f, g, h, pull):
    weight = int(h * 1e6)
    for value in (
        rules.move_toward(a, b, c),
        rules.decay(a, b),
        rules.expectation_after_promise(a, b, c, d),
        rules.fatigue_after_messages(a, 50 * b, c, d),
        rules.satisfaction_after_content(a, 50 * b, c),
        rules.awareness_chance(5 * a, b, c, d, e, f),
        rules.trust_after_answer(a, 3 * b - 2, c, d),
        rules.satisfaction_after_answer(a, 3 * b - 2, c),
        rules.memory_after_use(a, b, c),
        rules.automatic_chance(a, b, c, d, 50 * e),
        rules.depth_after_episode(a, b, c, d, e),
        rules.exit_chance(a, b, c, 5 * d, e, f),
        rules.satisfaction_after_social_decay(a, 2 * b - 1, c),
        rules.share_talking(weight, 7),
        rules.mean_heard_valence(weight * rules.encode_valence(a), max(weight, 1)),
        rules.social_pull(weight, a, b, c, d, e > 0.5, f, 1000 * g, pull, h),
        rules.post_valence(a, b, c),
        rules.expectation_after_rival_offer(a, b, c),
        rules.voice_after_encouragement(a, b, c),
        (rules.tie_strength_after_agreement(0.5 + 1.5 * a, b, c) - 0.5) / 1.5,
        (rules.tie_strength_after_fading(0.5 + 1.5 * a, b) - 0.5) / 1.5,
    ):
        assert -1e-15 <= value <= 1 + 1e-15


@given(
    share, any_of("trust.trust_loss"), st.floats(-1, 1), share, share, share, share, share, share
)
def test_trust_stays_within_0_and_1(
    trust, loss, shortfall, fit, depth, gain, tolerance, fit_gain, discount
):
    after = rules.trust_after_use(
        trust, shortfall, fit, depth, gain, loss, tolerance, fit_gain, discount
    )
    assert 0 <= after <= 1 + 1e-15


@given(
    st.lists(share, min_size=4, max_size=4),
    st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    st.floats(-20, 1),
)
def test_performance_lies_between_the_worst_and_the_best_drive(quality, weights, substitution):
    substitution = 0.0 if abs(substitution) < 1e-3 else substitution
    weights = np.array(weights) / sum(weights)
    pairs = zip(quality, weights, strict=True)
    total = math.fsum(rules.ces_term(q, w, substitution) for q, w in pairs)
    performance = rules.ces_mean(total, substitution)
    counted = np.maximum(quality, 1e-3)
    assert counted.min() - 1e-9 <= performance <= counted.max() + 1e-9


@given(
    any_of("experience.disconfirmation"),
    any_of("experience.loss_aversion"),
    any_of("experience.affinity"),
    share,
    st.floats(-1, 1),
    share,
    st.floats(-3, 3),
)
def test_utility_stays_within_0_and_1(gamma, aversion, affinity, performance, gap, fit, taste):
    value = rules.loss_averse_value(gap, aversion)
    utility = rules.use_utility(performance, value, fit, taste, gamma, affinity)
    assert 0 <= utility <= 1


@given(
    share,
    share,
    any_of("hearing.online_weight"),
    any_of("hearing.negativity"),
    any_of("hearing.tribe_boost"),
    st.booleans(),
    st.booleans(),
)
def test_a_voice_is_rounded_by_less_than_its_unit(
    strength, valence, layer, negativity, boost, own, negative
):
    exact = (0.5 + 1.5 * strength) * layer * (boost if own else 1) * (negativity if negative else 1)
    weight = rules.voice_weight(0.5 + 1.5 * strength, layer, own, negative, boost, negativity)
    assert abs(weight / rules.VOICE_UNIT - exact) <= 0.5001 / rules.VOICE_UNIT
    decoded = rules.encode_valence(valence) / rules.VALENCE_UNIT
    assert abs(decoded - valence) <= 0.5001 / rules.VALENCE_UNIT


@given(st.permutations([(1.0, 0.3), (0.5, 0.9), (2.0, 0.123456), (1.25, 0.77)]))
def test_what_is_heard_does_not_depend_on_the_order_of_voices(voices):
    def hear(voices):
        weight_heard = 0
        total = 0
        for strength, valence in voices:
            weight = rules.voice_weight(strength, 1.0, False, False, 1.0, 1.0)
            weight_heard += weight
            total += weight * rules.encode_valence(valence)
        return rules.mean_heard_valence(total, weight_heard)

    assert hear(voices) == hear(sorted(voices))


# --- findings of the literature ---


def test_use_is_95_percent_automatic_after_66_uses():
    """Lally et al. 2010."""
    familiarity = [0.0]
    for _ in range(66):
        familiarity.append(rules.move_toward(familiarity[-1], 1.0, Community().thinking.habit))
    assert familiarity[65] < 0.95 <= familiarity[66]
    assert rules.automatic_chance(familiarity[66], 0.0, 1.0, 0.0, 4.0) == familiarity[66]


@given(st.floats(0.01, 1))
def test_a_shortfall_weighs_more_than_a_gain(gap):
    """Anderson & Sullivan 1993."""
    aversion = Community().experience.loss_aversion
    assert -rules.loss_averse_value(-gap, aversion) > rules.loss_averse_value(gap, aversion)


@given(st.floats(0.2, 0.9), st.floats(0.01, 0.5), share, share)
def test_trust_falls_faster_than_it_rises(trust, excess, fit, depth):
    """Slovic 1993: for a promise missed and exceeded by as much, beyond the tolerance."""
    c = Community()

    def after(shortfall):
        t = c.trust
        return rules.trust_after_use(
            trust,
            shortfall,
            fit,
            depth,
            t.trust_gain,
            t.trust_loss,
            t.tolerance,
            t.fit_gain,
            c.relationship.discount,
        )

    miss = c.trust.tolerance + max(excess, 0.11)
    assert trust - after(miss) > after(-miss) - trust > 0


@given(st.floats(0.01, 0.5))
def test_talk_is_an_asymmetric_u_of_satisfaction(away):
    """Anderson 1998: least at the neutral point, and more of displeasure than of pleasure."""
    v = Community().voice

    def eager(satisfaction):
        return rules.posting_eagerness(
            satisfaction, 0.0, v.plain, v.displeasure, v.pleasure, v.neutral, v.excitement
        )

    below = eager(v.neutral - away)
    above = eager(v.neutral + away)
    assert below > above > eager(v.neutral)
    assert eager(v.neutral - 0.9 * away) < below
    assert eager(v.neutral + 0.9 * away) < above


@given(st.floats(0.05, 0.95), st.floats(0.01, 0.5), st.floats(0.05, 1))
def test_the_deep_discount_bad_news_and_nothing_else(satisfaction, gap, depth):
    """Elbedweihy et al. 2016."""

    def pull(heard, depth):
        return rules.social_pull(4096, heard, satisfaction, 0.5, depth, False, 0.2, 0.7, 1.5, 0.5)

    assert pull(satisfaction - gap, depth) < pull(satisfaction - gap, 0.0)
    assert pull(satisfaction + gap, depth) == pull(satisfaction + gap, 0.0)


@given(st.integers(1, 20))
def test_more_voices_pull_more_but_ever_less_so(voices):
    """Asch 1955: conformity saturates at about three voices."""
    h = Community().hearing
    pull = [
        rules.social_pull(
            4096 * n, 0.9, 0.5, 1.0, 0.0, False, h.kappa, h.saturation, h.automatic_pull, 0.0
        )
        for n in (voices - 1, voices, voices + 1)
    ]
    assert pull[1] - pull[0] > pull[2] - pull[1] > 0


def test_what_was_only_social_is_gone_within_a_week():
    """Huang et al. 2014."""
    assert (1 - Community().hearing.social_decay) ** 7 < 0.05


@given(st.floats(0.2, 0.9), st.floats(0.05, 0.3), st.floats(-20, -0.1))
def test_a_neglected_drive_is_not_bought_off_by_the_others(level, gap, substitution):
    """Nohria et al. 2008: of equal totals the even one serves better, unless drives substitute."""

    def performance(quality, rho):
        return rules.ces_mean(sum(rules.ces_term(q, 0.25, rho) for q in quality), rho)

    gap = min(gap, level - 0.1, 1 - level)
    uneven = (level + gap, level + gap, level - gap, level - gap)
    assert performance((level,) * 4, substitution) > performance(uneven, substitution) - 1e-12
    assert performance((level,) * 4, 1.0) == pytest.approx(performance(uneven, 1.0))


@given(share, st.floats(0, 30), st.floats(0.1, 30))
def test_a_later_answer_is_worth_less(canned, days, later):
    n = Community().needs

    def worth(expert, delay):
        return rules.answer_worth(expert, delay, canned, n.resentment, n.freshness)

    assert worth(True, days + later) < worth(True, days)
    assert worth(False, days + later) < worth(False, days)
    assert worth(False, days) <= worth(True, days)
