"""Every value that switches a mechanism off does so, and the check sees the mechanism when on."""

import ast
import inspect
import itertools

import numpy as np
import pytest
from worlds import merge, nest

from equipoise.consumers import rules, social_steps
from equipoise.consumers import steps as own_steps
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

# A firm that does not live its claimed values, sends much content and answers all cases; a fault;
# people at every stage.
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
# The world outside and the firm's moderators, at work every day.
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
# Spreads of traits are tested in test_traits.py; two others have a neutral value, not an off value.
ELSEWHERE = {path for path in OFF if path.startswith("people.")} | {
    "experience.substitution",
    "relationship.closeness",
}


def make_settings(given):
    """Return settings from values by dotted path; the paths of a community need no prefix."""
    layers = WORLD
    for path, value in given.items():
        layer = nest(path, value)
        if not path.startswith(("firm.", "environment.")):
            layer = {"community": layer}
        layers = merge(layers, layer)
    return Settings.model_validate(layers)


class BusyWorld(World):
    """A world in which fields of the day have fixed values, whatever firm and environment say."""

    fixed: dict

    def set_offer(self):
        super().set_offer()
        for name, value in self.fixed.items():
            self.today[name] = value


def run_days(given):
    """Return the days of a world as (state, census row, strength of ties).

    ``given`` holds settings by dotted path, and values of the day's offer as ``today.NAME``.
    """
    offer = {path: value for path, value in given.items() if path.startswith("today.")}
    world = BusyWorld(make_settings({path: given[path] for path in given if path not in offer}))
    world.fixed = BUSY | {path.removeprefix("today."): value for path, value in offer.items()}
    days = []
    while world.day < world.days:
        world.step()
        people = State(*(array.copy() for array in world.people))
        row = world.record.census[world.day - 1].copy()
        days.append((people, row, world.ties.strength.copy()))
    return days


def by_path(keywords):
    return {name.replace("__", "."): value for name, value in keywords.items()}


# Each of the following returns a function (path, value) -> True if the mechanism is off.


def watch(check, **also):
    """The mechanism is off if all days pass a check, under the other settings ``also``."""
    return lambda path, value: check(run_days({**by_path(also), path: value}))


def insensitive(to, but=(), **also):
    """The mechanism is off if the settings ``to`` change no field of the state ``but`` some."""
    names = [name for name in State._fields if name not in but]

    def is_off(path, value):
        given = {**by_path(also), path: value}
        for (p, *_), (q, *_) in zip(run_days(given), run_days({**given, **to}), strict=True):
            for name in names:
                if not np.array_equal(getattr(p, name), getattr(q, name)):
                    return False
        return True

    return is_off


def list_uses(path):
    """Return (rule, place of the coefficient among its arguments) for each call in a step."""
    coefficient = "c." + path.rpartition(".")[2]
    modules = (own_steps, social_steps)
    nodes = [node for module in modules for node in ast.walk(ast.parse(inspect.getsource(module)))]
    uses = []
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("rules."):
            arguments = [ast.unparse(argument) for argument in node.args]
            if coefficient in arguments:
                uses.append((getattr(rules, node.func.attr).py_func, arguments.index(coefficient)))
    return uses


def has_ignored_argument(rule, place, value):
    """Return True if some other argument never changes the result, with the coefficient at value."""
    parameters = list(inspect.signature(rule).parameters.values())
    rng = np.random.default_rng(0)

    def compute(points):
        typed = [
            column > 0.5 if parameter.annotation == "bool" else column
            for column, parameter in zip(points.T, parameters, strict=True)
        ]
        typed[place] = np.full(len(points), value)
        return [rule(*arguments) for arguments in zip(*typed, strict=True)]

    points = rng.random((200, len(parameters)))
    results = compute(points)
    for other in range(len(parameters)):
        changed = points.copy()
        changed[:, other] = rng.random(len(points))
        if other != place and compute(changed) == results:
            return True
    return False


def ignores_an_argument(path, value):
    """The mechanism is off if each rule that gets the coefficient ignores another argument."""
    return all(has_ignored_argument(*use, value) for use in list_uses(path))


def rule(check):
    """The mechanism is off if a rule passes a check under the value."""
    return lambda path, value: check(value)


# Checks of days, for `watch`.


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


def counts_nobody(column):
    return lambda days: sum(row[column] for _, row, _ in days) == 0


def all_equal(*values):
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


ADVICE = "write a check in SWITCHES of tests/sim/consumers/test_switches.py"


def without(these, path):
    assert path in these
    return {name: value for name, value in these.items() if name != path}


# A coefficient without an entry is checked by `ignores_an_argument`.
SWITCHES = {
    "people.stratum_voice": lambda path, value: all_equal(
        *World(make_settings({path: value, "people.voice_spread": 0})).traits.voice
    ),
    "people.taste_spread": lambda path, value: (
        not World(make_settings({path: value})).traits.taste.any()
    ),
    "attention.rivalry_weight": watch(
        constant("expectation"), **without(EXPECT, "attention__rivalry_weight")
    ),
    "attention.promise_weight": watch(
        constant("expectation"), **without(EXPECT, "attention__promise_weight")
    ),
    "attention.relevant_gain": watch(unmoved(CAUSE_MESSAGES)),
    "attention.irritation": watch(always("fatigue")),
    "attention.mute": insensitive(
        {"attention.irritation": 0.9}, but=("fatigue",), attention__unfollow=0
    ),
    "cycle.consider": watch(no_step(AWARE, CONSIDERING)),
    "cycle.buy": watch(counts_nobody("joined")),
    "cycle.lapse": watch(counts_nobody("left"), **without(STAY, "cycle__lapse")),
    "cycle.comeback": watch(no_step(LAPSED, CONSIDERING)),
    "needs.question_rate": watch(never("case", QUESTION)),
    "needs.need_gain": watch(falls("trust"), **without(GAINS, "needs__need_gain"), **LOSSES),
    "needs.need_loss": watch(rises("trust"), **without(LOSSES, "needs__need_loss")),
    "needs.desert": watch(counts_nobody("left"), **without(STAY, "needs__desert")),
    "needs.peer_help": watch(falls("depth"), **without(DEEPER, "needs__peer_help")),
    "needs.community_help": insensitive(
        {"today.community": 1.0}, hearing__community_voice=0, needs__peer_help=0.9
    ),
    "needs.help_depth": watch(falls("depth"), **without(DEEPER, "needs__peer_help")),
    "needs.answer_gain": watch(unmoved(CAUSE_ANSWERS)),
    "needs.resentment": rule(lambda v: rules.answer_worth(False, 1e6, 0.0, v, 2.0) == 0.0),
    "experience.use_rate": watch(always("used")),
    "experience.failure_size": insensitive({"environment.failure_rate": 0.9}),
    "experience.loss_aversion": rule(
        lambda v: rules.loss_averse_value(-0.3, v) == -rules.loss_averse_value(0.3, v)
    ),
    "experience.disconfirmation": insensitive({"experience.loss_aversion": 9.0}),
    "experience.expectation_rate": watch(
        constant("expectation"), **without(EXPECT, "experience__expectation_rate")
    ),
    "experience.affinity": insensitive(ENACTED, **without(UNFIT, "experience__affinity")),
    "experience.memory_rate": watch(constant("memory")),
    "thinking.eta1": watch(unmoved(CAUSE_EXPERIENCE, lambda p: p.used & p.automatic)),
    "thinking.eta2": watch(unmoved(CAUSE_EXPERIENCE, lambda p: p.used & ~p.automatic)),
    "thinking.habit": watch(constant("familiarity")),
    "trust.trust_gain": watch(falls("trust"), **without(GAINS, "trust__trust_gain"), **LOSSES),
    "trust.trust_loss": watch(rises("trust"), **without(LOSSES, "trust__trust_loss")),
    "trust.fit_gain": insensitive(ENACTED, **without(UNFIT, "trust__fit_gain")),
    "trust.exposure": watch(rises("trust"), **without(LOSSES, "trust__exposure")),
    "trust.rumour_loss": watch(rises("trust"), **without(LOSSES, "trust__rumour_loss")),
    "trust.censorship": watch(rises("trust"), **without(LOSSES, "trust__censorship")),
    "trust.societal_weight": insensitive({"environment.society": (1, -1) * 5}),
    "relationship.depth_gain": watch(falls("depth"), **without(DEEPER, "relationship__depth_gain")),
    "relationship.greeting": watch(falls("depth"), **without(DEEPER, "relationship__greeting")),
    "relationship.bond_gain": watch(falls("depth"), **without(DEEPER, "relationship__bond_gain")),
    "relationship.ownership": watch(falls("depth"), **without(DEEPER, "relationship__ownership")),
    "relationship.answer_bond": watch(
        falls("depth"), **without(DEEPER, "relationship__answer_bond")
    ),
    "relationship.follow_rate": watch(falls("follows")),
    "relationship.discount": insensitive(
        {"relationship.depth_gain": 0.9},
        but=("depth",),
        relationship__loyalty=0,
        relationship__closeness=0,
    ),
    "voice.complain": watch(never("case", COMPLAINT)),
    "voice.leave": watch(counts_nobody("left"), **without(STAY, "voice__leave")),
    "voice.displeasure": rule(
        lambda v: all_equal(
            *(rules.posting_eagerness(s, 0.0, 0.2, v, 1.0, 0.5, 0.0) for s in (0.1, 0.5))
        )
    ),
    "voice.pleasure": rule(
        lambda v: all_equal(
            *(rules.posting_eagerness(s, 0.0, 0.2, 1.0, v, 0.5, 0.0) for s in (0.5, 0.9))
        )
    ),
    "voice.vividness": watch(
        every(lambda p: (p.valence == p.satisfaction)[p.post != NO_POST].all()), **UNSOCIAL
    ),
    "hearing.kappa": watch(unmoved(CAUSE_PEERS), hearing__norm_pull=0),
    "hearing.negativity": rule(
        lambda v: all_equal(*(rules.voice_weight(1.0, 1.0, True, x, 2.0, v) for x in (True, False)))
    ),
    "hearing.tribe_boost": rule(
        lambda v: all_equal(*(rules.voice_weight(1.0, 1.0, x, True, v, 1.5) for x in (True, False)))
    ),
    "hearing.norm_rate": watch(constant("norm")),
    "hearing.norm_pull": watch(unmoved(CAUSE_NORM)),
    "hearing.social_decay": rule(
        lambda v: (
            (rules.satisfaction_after_social_decay(0.6, 0.2, v), rules.decay(0.2, v)) == (0.6, 0.2)
        )
    ),
    "hearing.forum_voice": watch(constant("norm"), **without(DEAF, "hearing__forum_voice")),
    "hearing.community_voice": watch(constant("norm"), **without(DEAF, "hearing__community_voice")),
    "hearing.offline_weight": watch(constant("norm"), **without(DEAF, "hearing__offline_weight")),
    "hearing.online_weight": watch(constant("norm"), **without(DEAF, "hearing__online_weight")),
    "ties.strengthen": watch(lambda days: all((ties <= 1).all() for *_, ties in days)),
    "ties.fade": watch(lambda days: all((ties >= 1).all() for *_, ties in days)),
}


def choose_check(path):
    return SWITCHES.get(path, ignores_an_argument)


def test_every_off_value_is_tried():
    untried = [path for path in set(OFF) - set(SWITCHES) - ELSEWHERE if not list_uses(path)]
    assert not untried, f"{ADVICE} for {sorted(untried)}: no step gives them to a rule"
    assert set(SWITCHES) <= set(OFF)


@pytest.mark.parametrize("path", sorted(set(OFF) - ELSEWHERE))
def test_a_mechanism_at_its_off_value_is_off(path):
    is_off = choose_check(path)
    group, name = path.split(".")
    on = WORLD["community"].get(group, {}).get(name, DEFAULT[path]) or 0.4
    assert is_off(path, OFF[path]), f"{path} is still at work when off, or {ADVICE}"
    assert not is_off(path, on), f"the check does not see {path} at work: {ADVICE}"
