"""The rules: formulas at points worked out by hand, ranges, signs from the literature, and switches that switch off."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.consumers import rules
from equipoise.consumers.state import (
    AWARE,
    CAUSE_ANSWERS,
    CAUSE_EXPERIENCE,
    CAUSE_MESSAGES,
    CAUSE_NORM,
    CAUSE_PEERS,
    COMPLAINT,
    CONSIDERING,
    LAPSED,
    NO_POST,
    QUESTION,
    State,
)
from equipoise.model import World
from equipoise.settings.community import Community
from equipoise.settings.schema import setting_fact, walk_settings
from equipoise.settings.settings import Settings

share = st.floats(0, 1)
ranges = {path: field.metadata for path, field, _ in walk_settings(Community())}


def any_of(path):
    """Return what Hypothesis may give a setting: its own declared range."""
    low, high = (
        next(getattr(m, name) for m in ranges[path] if hasattr(m, name)) for name in ("ge", "le")
    )
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
def test_a_rule_gives_what_its_formula_gives(rule, given, expected):
    assert rule(*given) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("rule", "given", "expected"),
    [
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
    ],
    ids=lambda v: getattr(v, "__name__", None),
)
def test_a_question_is_answered_as_its_formula_says(rule, given, expected):
    assert rule(*given) == expected


def test_every_rule_has_a_point():
    named = {name for name, rule in vars(rules).items() if hasattr(rule, "py_func")}
    asked = {"happens", "is_reached", "is_upset", "opinions_agree"}
    assert {rule.__name__ for rule, *_ in POINTS} | asked == named


# --- ranges ---


@given(share, share, share, share, share, share, share, share, any_of("hearing.automatic_pull"))
def test_attitudes_and_chances_stay_within_0_and_1(a, b, c, d, e, f, g, h, pull):
    weight = int(h * 1e6)
    for found in (
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
        assert -1e-15 <= found <= 1 + 1e-15


@given(
    share, any_of("trust.trust_loss"), st.floats(-1, 1), share, share, share, share, share, share
)
def test_trust_stays_within_0_and_1(
    trust, loss, shortfall, fit, depth, gain, tolerance, fit_gain, discount
):
    found = rules.trust_after_use(
        trust, shortfall, fit, depth, gain, loss, tolerance, fit_gain, discount
    )
    assert 0 <= found <= 1 + 1e-15


@given(
    st.lists(share, min_size=4, max_size=4),
    st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    st.floats(-20, 1),
)
def test_performance_lies_between_the_worst_and_the_best_drive(quality, weights, substitution):
    substitution = 0.0 if abs(substitution) < 1e-3 else substitution
    weights = np.array(weights) / sum(weights)
    held = np.maximum(quality, 1e-3)
    found = rules.ces_mean(
        math.fsum(
            rules.ces_term(q, w, substitution) for q, w in zip(quality, weights, strict=True)
        ),
        substitution,
    )
    assert held.min() - 1e-9 <= found <= held.max() + 1e-9


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
    assert (
        0
        <= rules.use_utility(
            performance, rules.loss_averse_value(gap, aversion), fit, taste, gamma, affinity
        )
        <= 1
    )


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
    found = rules.voice_weight(0.5 + 1.5 * strength, layer, own, negative, boost, negativity)
    assert abs(found / rules.VOICE_UNIT - exact) <= 0.5001 / rules.VOICE_UNIT
    assert (
        abs(rules.encode_valence(valence) / rules.VALENCE_UNIT - valence)
        <= 0.5001 / rules.VALENCE_UNIT
    )


@given(st.permutations([(1.0, 0.3), (0.5, 0.9), (2.0, 0.123456), (1.25, 0.77)]))
def test_what_is_heard_does_not_depend_on_the_order_of_voices(voices):
    def heard(spoken):
        weights = [
            rules.voice_weight(strength, 1.0, False, False, 1.0, 1.0) for strength, _ in spoken
        ]
        total = sum(
            w * rules.encode_valence(valence)
            for w, (_, valence) in zip(weights, spoken, strict=True)
        )
        return rules.mean_heard_valence(total, sum(weights))

    assert heard(voices) == heard(sorted(voices))


# --- what is known from outside ---


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

    below, above = eager(v.neutral - away), eager(v.neutral + away)
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
    """Nohria et al. 2008: of the same total the even one serves better, unless drives replace each other."""

    def performance(quality, rho):
        return rules.ces_mean(sum(rules.ces_term(q, 0.25, rho) for q in quality), rho)

    gap = min(gap, level - 0.1, 1 - level)
    uneven = (level + gap, level + gap, level - gap, level - gap)
    assert performance((level,) * 4, substitution) > performance(uneven, substitution) - 1e-12
    assert performance((level,) * 4, 1.0) == pytest.approx(performance(uneven, 1.0))


@given(share, st.floats(0, 30), st.floats(0.1, 30))
def test_a_later_answer_is_worth_less(canned, days, later):
    n = Community().needs
    for expert in (True, False):
        soon, late = (
            rules.answer_worth(expert, when, canned, n.resentment, n.freshness)
            for when in (days, days + later)
        )
        assert late < soon
    assert rules.answer_worth(True, days, canned, n.resentment, n.freshness) >= soon


# --- switches: every "0 = off" and "1 = off" of the community ---

# A firm that is not what it says, speaks a lot and answers everybody; a fault; people at every stage.
WORLD = {
    "burn_in": 0,
    "horizon": 40,
    "information": {"regime": "open"},
    "receptor": {"kind": "oracle"},
    "control_center": {"kind": "threshold", "trigger": -25, "release": -25},
    "effector": {
        "respond": {"kind": "respond", "replies": 5},
        "promise": {"kind": "promise", "level": 0.9},
    },
    "firm": {
        "claimed": tuple(-v for v in Settings().firm.enacted),
        "content": 2.0,
        "relevance": 0.3,
    },
    "environment": {
        "failure_rate": 0.05,
        "disturbances": {
            "fault": {"start": 5, "size": 0.5},
            "drift": {"kind": "drift", "start": 0, "days": 10, "size": 1},
        },
    },
    "community": {
        "size": 300,
        "people": {"customers": 0.4, "unaware": 0.3, "voice_mean": 0.4},
        "cycle": {
            "choosiness": 2.0,
            "consider": 0.1,
            "comeback": 0.05,
            "lapse": 0.01,
            "imitation": 0.05,
        },
        "needs": {"question_rate": 0.2, "desert": 0.5, "patience": 2, "peer_help": 0.3},
        "relationship": {"follow_rate": 0.3, "followers": 0.4},
        "voice": {"plain": 1.0},
    },
}
# ... and the world outside, and the firm's moderators, at work every day.
BUSY = {
    "rumour": 0.3,
    "rivalry": 1.0,
    "offer": 0.95,
    "outside_reach": 0.3,
    "outside_weight": 2.0,
    "outside_valence": 0.1,
    "community": 0.5,
    "welcome": 0.5,
    "draw_out": 0.5,
    "delete": 0.5,
    "invite": 0.3,
    "trigger": 0.3,
    "bond": 0.5,
    "bonding": 0.5,
}
DEFAULT = {path: value for path, _, value in walk_settings(Community())}
OFF = {
    path: setting_fact(field, "off")
    for path, field, _ in walk_settings(Community())
    if setting_fact(field, "off") is not None
}
# What spreads of traits do is tested in test_traits.py; two others have a neutral value, not an off one.
ELSEWHERE = {path for path in OFF if path.startswith("people.")} | {
    "experience.substitution",
    "relationship.closeness",
}


def merged(below, above):
    """Return nested mappings, one laid over the other."""
    both = {**below, **above}
    return {k: merged(below.get(k, {}), v) if isinstance(v, dict) else v for k, v in both.items()}


def nested(settings):
    """Return settings by dotted path as nested mappings; a community's need not say so."""
    out = {}
    for path, value in settings.items():
        for name in reversed(path.split(".")):
            value = {name: value}
        out = merged(
            out, value if path.startswith(("firm.", "environment.")) else {"community": value}
        )
    return out


class BusyWorld(World):
    """A world in which fields of the day have fixed values, whatever firm and environment say."""

    fixed: dict

    def deliver(self):
        super().deliver()
        for name, value in self.fixed.items():
            self.today[name] = value


def lived(settings):
    """Return a world's days under settings by dotted path: [(state, census row, ties' strength)]."""
    given = nested(
        {path: value for path, value in settings.items() if not path.startswith("today.")}
    )
    world = BusyWorld(Settings.model_validate(merged(WORLD, given)))
    world.fixed = BUSY | {
        path[6:]: value for path, value in settings.items() if path.startswith("today.")
    }
    days = []
    while world.day < world.days:
        world.step()
        people = State(*(array.copy() for array in world.people))
        days.append((people, world.record.census[world.day - 1].copy(), world.ties.strength.copy()))
    return days


def watch(check, **also):
    """A switch is off when all days pass a check, other settings being ``also``."""
    also = {path.replace("__", "."): value for path, value in also.items()}
    return lambda path, value: check(lived({**also, path: value}))


def indifferent(to, but=(), **also):
    """A switch is off when some other settings make no difference to any field of the state ``but`` some."""

    def same(path, value):
        given = {path.replace("__", "."): v for path, v in also.items()} | {path: value}
        pairs = zip(lived(given), lived({**given, **to}), strict=True)
        names = [name for name in State._fields if name not in but]
        return all(
            np.array_equal(getattr(p, n), getattr(q, n))
            for (p, *_), (q, *_) in pairs
            for n in names
        )

    return same


def rule(check):
    """A switch is off when a rule passes a check under its value."""
    return lambda path, value: check(value)


def every(check):
    return lambda days: all(check(people) for people, *_ in days)


def steps(check):
    return lambda days: all(check(p, q) for (p, *_), (q, *_) in itertools.pairwise(days))


def never(field, at):
    return every(lambda p: not (getattr(p, field) == at).any())


def always(field, at=0):
    return every(lambda p: (getattr(p, field) == at).all())


def constant(field):
    return steps(lambda p, q: np.array_equal(getattr(p, field), getattr(q, field)))


def falls(field):
    return steps(lambda p, q: (getattr(q, field) <= getattr(p, field)).all())


def rises(field):
    return steps(lambda p, q: (getattr(q, field) >= getattr(p, field)).all())


def unmoved(cause, whom=lambda p: slice(None)):
    return every(lambda p: not p.moved[whom(p), cause].any())


def no_step(before, after):
    return steps(lambda p, q: not ((p.stage == before) & (q.stage == after)).any())


def nobody(column):
    return lambda days: sum(row[column] for _, row, _ in days) == 0


def alike(*values):
    return len(set(values)) == 1


STAY = {"voice__leave": 0.0, "needs__desert": 0.0, "cycle__lapse": 0.0}
EXPECT = {
    "experience__expectation_rate": 0.0,
    "attention__promise_weight": 0.0,
    "attention__rivalry_weight": 0.0,
}
GAINS = {"trust__trust_gain": 0.0, "needs__need_gain": 0.0}
LOSSES = {
    "trust__trust_loss": 0.0,
    "trust__exposure": 0.0,
    "trust__rumour_loss": 0.0,
    "trust__censorship": 0.0,
    "needs__need_loss": 0.0,
}
DEEPER = {
    "relationship__depth_gain": 0.0,
    "relationship__greeting": 0.0,
    "relationship__ownership": 0.0,
    "relationship__answer_bond": 0.0,
    "relationship__bond_gain": 0.0,
    "needs__peer_help": 0.0,
}
UNFIT = {
    "experience__affinity": 0.0,
    "trust__fit_gain": 0.0,
    "cycle__fit_weight": 0.0,
    "trust__exposure": 0.0,
}
UNSOCIAL = {"hearing__kappa": 0.0, "hearing__norm_pull": 0.0}
DEAF = {
    "hearing__online_weight": 0.0,
    "hearing__offline_weight": 0.0,
    "hearing__forum_voice": 0.0,
    "hearing__community_voice": 0.0,
    "today__outside_reach": 0.0,
}
ENACTED = {"firm.enacted": tuple(reversed(Settings().firm.enacted))}


def without(these, path):
    assert path in these
    return {name: value for name, value in these.items() if name != path}


SWITCHES = {
    "people.stratum_voice": lambda path, value: alike(
        *World(
            Settings.model_validate(merged(WORLD, nested({path: value, "people.voice_spread": 0})))
        ).traits.voice
    ),
    "people.taste_spread": lambda path, value: (
        not World(Settings.model_validate(merged(WORLD, nested({path: value})))).traits.taste.any()
    ),
    "attention.rivalry_weight": watch(
        constant("expectation"), **without(EXPECT, "attention__rivalry_weight")
    ),
    "attention.promise_weight": watch(
        constant("expectation"), **without(EXPECT, "attention__promise_weight")
    ),
    "attention.relevant_gain": watch(unmoved(CAUSE_MESSAGES)),
    "attention.irritation": watch(always("fatigue")),
    "attention.mute": indifferent(
        {"attention.irritation": 0.9}, but=("fatigue",), attention__unfollow=0
    ),
    "cycle.innovation": rule(lambda v: rules.awareness_chance(1.0, 0.0, 0.0, v, 0.1, 0.5) == 0),
    "cycle.imitation": rule(lambda v: rules.awareness_chance(0.0, 1.0, 1.0, 0.1, v, 0.5) == 0),
    "cycle.consider": watch(no_step(AWARE, CONSIDERING)),
    "cycle.buy": watch(nobody("joined")),
    "cycle.lapse": watch(nobody("left"), **without(STAY, "cycle__lapse")),
    "cycle.comeback": watch(no_step(LAPSED, CONSIDERING)),
    "cycle.choosiness": rule(
        lambda v: rules.choice_chance(0.9, 0.1, v) == rules.choice_chance(0.1, 0.9, v) == 0.5
    ),
    "needs.question_rate": watch(never("case", QUESTION)),
    "needs.need_gain": watch(falls("trust"), **without(GAINS, "needs__need_gain"), **LOSSES),
    "needs.need_loss": watch(rises("trust"), **without(LOSSES, "needs__need_loss")),
    "needs.desert": watch(nobody("left"), **without(STAY, "needs__desert")),
    "needs.peer_help": watch(falls("depth"), **without(DEEPER, "needs__peer_help")),
    "needs.community_help": indifferent(
        {"today.community": 1.0}, hearing__community_voice=0, needs__peer_help=0.9
    ),
    "needs.help_depth": watch(falls("depth"), **without(DEEPER, "needs__peer_help")),
    "needs.answer_gain": watch(unmoved(CAUSE_ANSWERS)),
    "needs.resentment": rule(lambda v: rules.answer_worth(False, 1e6, 0.0, v, 2.0) == 0.0),
    "experience.use_rate": watch(always("used")),
    "experience.noise": rule(
        lambda v: alike(*(rules.drive_quality(0.6, z, 0.0, v) for z in (-2.0, 0.0, 1.0)))
    ),
    "experience.failure_size": indifferent({"environment.failure_rate": 0.9}),
    "experience.loss_aversion": rule(
        lambda v: rules.loss_averse_value(-0.3, v) == -rules.loss_averse_value(0.3, v)
    ),
    "experience.disconfirmation": indifferent({"experience.loss_aversion": 9.0}),
    "experience.expectation_rate": watch(
        constant("expectation"), **without(EXPECT, "experience__expectation_rate")
    ),
    "experience.affinity": indifferent(ENACTED, **without(UNFIT, "experience__affinity")),
    "experience.memory_rate": watch(constant("memory")),
    "thinking.eta1": watch(unmoved(CAUSE_EXPERIENCE, lambda p: p.used & p.automatic)),
    "thinking.eta2": watch(unmoved(CAUSE_EXPERIENCE, lambda p: p.used & ~p.automatic)),
    "thinking.habit": watch(constant("familiarity")),
    "thinking.startle": rule(
        lambda v: alike(*(rules.automatic_chance(0.7, x, 0.5, 0.0, v) for x in (0.0, 0.3, 1.0)))
    ),
    "thinking.salience": rule(
        lambda v: alike(*(rules.learning_rate(True, x, 0.1, 0.2, v) for x in (0.0, 0.3, 1.0)))
    ),
    "trust.trust_gain": watch(falls("trust"), **without(GAINS, "trust__trust_gain"), **LOSSES),
    "trust.trust_loss": watch(rises("trust"), **without(LOSSES, "trust__trust_loss")),
    "trust.fit_gain": indifferent(ENACTED, **without(UNFIT, "trust__fit_gain")),
    "trust.exposure": watch(rises("trust"), **without(LOSSES, "trust__exposure")),
    "trust.rumour_loss": watch(rises("trust"), **without(LOSSES, "trust__rumour_loss")),
    "trust.censorship": watch(rises("trust"), **without(LOSSES, "trust__censorship")),
    "trust.societal_weight": indifferent({"environment.society": (1, -1) * 5}),
    "relationship.depth_gain": watch(falls("depth"), **without(DEEPER, "relationship__depth_gain")),
    "relationship.greeting": watch(falls("depth"), **without(DEEPER, "relationship__greeting")),
    "relationship.bond_gain": watch(falls("depth"), **without(DEEPER, "relationship__bond_gain")),
    "relationship.ownership": watch(falls("depth"), **without(DEEPER, "relationship__ownership")),
    "relationship.answer_bond": watch(
        falls("depth"), **without(DEEPER, "relationship__answer_bond")
    ),
    "relationship.follow_rate": watch(falls("follows")),
    "relationship.loyalty": rule(
        lambda v: alike(*(rules.exit_chance(0.2, 0.2, b, 0.5, 0.6, v) for b in (0, 0.5, 1)))
    ),
    "relationship.discount": indifferent(
        {"relationship.depth_gain": 0.9},
        but=("depth",),
        relationship__loyalty=0,
        relationship__closeness=0,
    ),
    "voice.complain": watch(never("case", COMPLAINT)),
    "voice.leave": watch(nobody("left"), **without(STAY, "voice__leave")),
    "voice.displeasure": rule(
        lambda v: alike(
            *(rules.posting_eagerness(s, 0.0, 0.2, v, 1.0, 0.5, 0.0) for s in (0.1, 0.5))
        )
    ),
    "voice.pleasure": rule(
        lambda v: alike(
            *(rules.posting_eagerness(s, 0.0, 0.2, 1.0, v, 0.5, 0.0) for s in (0.5, 0.9))
        )
    ),
    "voice.excitement": rule(
        lambda v: alike(
            *(rules.posting_eagerness(0.7, x, 0.2, 1.0, 1.0, 0.5, v) for x in (0.0, 0.9))
        )
    ),
    "voice.vividness": watch(
        every(lambda p: (p.valence == p.satisfaction)[p.post != NO_POST].all()), **UNSOCIAL
    ),
    "hearing.kappa": watch(unmoved(CAUSE_PEERS), hearing__norm_pull=0),
    "hearing.automatic_pull": rule(
        lambda v: alike(
            *(
                rules.social_pull(4096, 0.9, 0.5, 0.5, 0.0, x, 0.2, 0.7, v, 0.5)
                for x in (True, False)
            )
        )
    ),
    "hearing.negativity": rule(
        lambda v: alike(*(rules.voice_weight(1.0, 1.0, True, x, 2.0, v) for x in (True, False)))
    ),
    "hearing.tribe_boost": rule(
        lambda v: alike(*(rules.voice_weight(1.0, 1.0, x, True, v, 1.5) for x in (True, False)))
    ),
    "hearing.norm_rate": watch(constant("norm")),
    "hearing.norm_pull": watch(unmoved(CAUSE_NORM)),
    "hearing.social_decay": rule(
        lambda v: (
            (rules.satisfaction_after_social_decay(0.6, 0.2, v), rules.decay(0.2, v)) == (0.6, 0.2)
        )
    ),
    "hearing.forum": rule(
        lambda v: alike(*(rules.awareness_chance(0.0, 0.2, x, 0.0, 0.1, v) for x in (0.0, 0.9)))
    ),
    "hearing.forum_voice": watch(constant("norm"), **without(DEAF, "hearing__forum_voice")),
    "hearing.community_voice": watch(constant("norm"), **without(DEAF, "hearing__community_voice")),
    "hearing.offline_weight": watch(constant("norm"), **without(DEAF, "hearing__offline_weight")),
    "hearing.online_weight": watch(constant("norm"), **without(DEAF, "hearing__online_weight")),
    "ties.strengthen": watch(lambda days: all((ties <= 1).all() for *_, ties in days)),
    "ties.fade": watch(lambda days: all((ties >= 1).all() for *_, ties in days)),
}


def test_every_switch_that_is_announced_is_tried():
    missing = set(OFF) - set(SWITCHES) - ELSEWHERE
    assert not missing, f"add a check to SWITCHES in this file: {sorted(missing)}"
    assert set(SWITCHES) <= set(OFF)


@pytest.mark.parametrize("path", SWITCHES)
def test_a_mechanism_that_is_switched_off_is_off(path):
    off = SWITCHES[path]
    group, name = path.split(".")
    on = WORLD["community"].get(group, {}).get(name, DEFAULT[path]) or 0.4
    assert off(path, OFF[path])
    assert not off(path, on), "the check does not see the mechanism at work"
