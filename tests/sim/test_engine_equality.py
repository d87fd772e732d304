"""One behaviour, two engines: compiled loops and Mesa agents agree to the last bit, day by day.

An agent's day costs about 0.15 ms, so only the shipped communities are run at full length.
"""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from equipoise.consumers import rules
from equipoise.consumers.state import NO_POST, STATE_FIELDS
from equipoise.experiments.config.compose import compose, options
from equipoise.mesa_model import BrandCommunity, Consumer
from equipoise.model import World
from equipoise.randomness import Purpose, draw_noise
from equipoise.runner import build_world, run
from equipoise.settings.schema import dump, kinds
from equipoise.settings.settings import Settings

# A world in which everything happens: faults that end and that stay, failures, answers, repairs, promises.
EVENTFUL = {
    "receptor": {"kind": "mentions"},
    "control_center": {"kind": "threshold", "trigger": -25, "release": -25},
    "effector": {
        "respond": {"kind": "respond", "replies": 200},
        "repair": {"kind": "repair"},
        "replicate": {"kind": "replicate", "delay": 2},
        "promise": {"kind": "promise", "level": 0.9},
    },
    "firm": {
        "claimed": tuple(-v for v in Settings().firm.enacted),
        "content": 2.0,
        "relevance": 0.3,
        "overload": 3.0,
    },
    "environment": {
        "failure_rate": 0.05,
        "fault_rate": 0.02,
        "disturbances": {
            "lasting": {"kind": "fault", "department": "product", "start": 2, "size": 0.4},
            "passing": {
                "kind": "fault",
                "department": "service",
                "start": 3,
                "days": 4,
                "size": 0.3,
            },
            "burst": {
                "kind": "failures",
                "department": "sales",
                "start": 4,
                "days": 3,
                "size": 0.3,
            },
        },
    },
}
# ... and the world outside, and the firm's moderators, at work every day.
BUSY = {
    "rumour": 0.3,
    "rivalry": 1.0,
    "outside_reach": 0.3,
    "outside_weight": 2.0,
    "outside_valence": 0.1,
    "community": 0.5,
    "welcome": 0.5,
    "draw_out": 0.5,
    "delete": 0.5,
    "invite": 0.3,
    "trigger": 0.3,
    "lure": 1.5,
    "negativity": 1.7,
    "tribe_boost": 1.3,
    "bond": 0.5,
    "bonding": 0.5,
}
MET = (
    "stage",
    "case",
    "post",
    "automatic",
    "upset",
    "follows",
    "topic",
    "outcome",
    "deleted",
    "creating",
    "checked_in",
    "detractor",
)
# Every mechanism strong, so that a few days of few people meet each branch of each rule.
STRONG = {
    "people": {
        "mobile_share": 0.4,
        "check_in": 0.4,
        "voice_mean": 0.5,
        "customers": 0.4,
        "unaware": 0.3,
    },
    "attention": {
        "promise_weight": 0.8,
        "relevant_gain": 0.3,
        "irritation": 0.5,
        "rest": 0.2,
        "unfollow": 0.5,
    },
    "cycle": {
        "imitation": 0.3,
        "innovation": 0.05,
        "consider": 0.3,
        "buy": 0.5,
        "lapse": 0.05,
        "comeback": 0.3,
    },
    "needs": {
        "question_rate": 0.3,
        "patience": 3,
        "peer_help": 0.5,
        "desert": 0.5,
        "freshness": 1.5,
        "help_depth": 0.3,
    },
    "experience": {"use_rate": 0.6, "noise": 0.3, "disconfirmation": 1.5, "expectation_rate": 0.5},
    "thinking": {"habit": 0.4, "eta1": 0.3, "eta2": 0.8},
    "trust": {"trust_gain": 0.3, "trust_loss": 2.0, "tolerance": 0.02, "exposure": 0.2},
    "relationship": {"depth_gain": 0.3, "depth_fade": 0.05, "follow_rate": 0.4},
    "voice": {"complain": 0.4, "leave": 2.0, "plain": 1.0, "stay": 0.6},
    "hearing": {
        "kappa": 0.8,
        "norm_pull": 0.3,
        "negativity": 3.0,
        "tribe_boost": 3.0,
        "saturation": 0.1,
        "forum": 0.5,
    },
    "ties": {"strengthen": 0.5, "fade": 0.2, "agreement": 0.3},
}
WORLDS = {
    "default": {},
    "strong": {"community": STRONG},
    "no trait differs": {
        "community": {
            "people": {
                "conformity_slope": 0,
                "values_spread": 0,
                "voice_spread": 0,
                "taste_spread": 0,
            }
        }
    },
    "nobody is mobile": {
        "community": {"people": {"mobile_share": 0.0, "check_in": 0.2, "voice_mean": 0.5}}
    },
    "everybody is mobile": {"community": {"people": {"mobile_share": 1.0, "voice_mean": 0.9}}},
    "forum": {
        "community": {
            "hearing": {"forum": 1.0},
            "people": {"unaware": 0.8, "customers": 0.1},
            "cycle": {"imitation": 0.9},
        }
    },
    "geometric": {"community": {"experience": {"substitution": 0.0}}},
    "arithmetic": {"community": {"experience": {"substitution": 1.0}}},
    "another exponent": {"community": {"experience": {"substitution": -3.7}}},
    "homophily": {"network": {"kind": "tribes", "homophily": 1.0, "count": 4}},
    "no ties": {"network": {"kind": "tribes", "degree": 0}},
    "canned answers": {
        "effector": {"respond": {"kind": "respond", "expert": False, "replies": 200}},
        "community": STRONG,
    },
    "friends only": {"information": {"regime": "friends"}},
    "a gatekeeper": {"information": {"regime": "gatekeeper"}},
    "iconic": {"firm": {"iconicity": 1.0}},
    "another seed": {"seed": 2**63 - 1},
} | {kind: {"network": {"kind": kind}} for kind in kinds("networks") if kind != "file"}


def merged(below, above):
    """Return nested mappings, one laid over the other; a mapping with another kind replaces."""
    both = {**below, **above}
    return {k: merged(below.get(k, {}), v) if isinstance(v, dict) else v for k, v in both.items()}


def assert_equal_day_by_day(settings):
    """Live both engines side by side; after every day compare every field, every tie and the daily record."""
    fast = World(settings)
    slow = build_world(settings.model_copy(update={"engine": "agents"}))
    assert slow.engine is not fast.engine
    while fast.day < fast.days:
        fast.step()
        slow.step()
        day = fast.day - 1
        for field, a, b in zip(STATE_FIELDS, fast.people, slow.people, strict=True):
            assert a.dtype == b.dtype
            assert a.tobytes() == b.tobytes(), f"{field.name} differs on day {day}"
        assert fast.ties.strength.tobytes() == slow.ties.strength.tobytes(), (
            f"ties differ on day {day}"
        )
        assert fast.ties.last_used.tobytes() == slow.ties.last_used.tobytes(), (
            f"use of ties differs on day {day}"
        )
        assert fast.record.census[day].tobytes() == slow.record.census[day].tobytes(), (
            f"census differs on day {day}"
        )
    for name, column in fast.record.log.items():
        assert column.tobytes() == slow.record.log[name].tobytes(), name
    return fast


@pytest.mark.slow
@pytest.mark.parametrize("name", options("community"))
def test_the_engines_agree_for_120_days_in_every_shipped_community(name):
    eventful = [
        f"community={name}",
        "community.size=300",
        "burn_in=20",
        "horizon=100",
        "environment=bad_quarter",
        "receptor=oracle",
        "control_center=threshold",
        "control_center.trigger=-25",
        "control_center.release=-25",
        "effector=[respond,repair]",
        "effector.respond.replies=3",
    ]
    world = assert_equal_day_by_day(compose(*eventful))
    if name == "ordinary":
        assert world.record.census.by.any(axis=0).all(), "every cause moved somebody"


@pytest.fixture
def busy(monkeypatch):
    """Let the world outside and the firm's moderators be at work every day, in worlds of either engine."""
    deliver = World.deliver

    def deliver_and_more(world):
        deliver(world)
        for name, value in BUSY.items():
            world.today[name] = value

    monkeypatch.setattr(World, "deliver", deliver_and_more)


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("precision", ["single", "double"])
@pytest.mark.parametrize("name", WORLDS)
def test_the_engines_agree_in_every_corner_of_the_settings(name, precision):
    base = merged(
        EVENTFUL, {"burn_in": 2, "horizon": 10, "precision": precision, "community": {"size": 80}}
    )
    assert_equal_day_by_day(Settings.model_validate(merged(base, WORLDS[name])))


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_engines_agree_on_the_smallest_communities(size):
    given = {"burn_in": 0, "horizon": 40, "community": merged(STRONG, {"size": size})}
    assert_equal_day_by_day(Settings.model_validate(merged(EVENTFUL, given)))


@pytest.mark.usefixtures("busy")
def test_the_strong_world_meets_every_branch():
    """The comparison above is worth what it meets: every stage, case, kind of post, flag, drive and cause."""
    settings = merged(
        EVENTFUL, {"burn_in": 2, "horizon": 10, "community": merged(STRONG, {"size": 80})}
    )
    world = World(Settings.model_validate(settings))
    met = {name: set() for name in MET}
    while world.day < world.days:
        world.step()
        for name, values in met.items():
            values |= set(getattr(world.people, name).tolist())
    expected = {
        field.name: set(range(int(field.high) + 1)) for field in STATE_FIELDS if field.name in met
    }
    assert met == expected
    assert world.record.census.by.any(axis=0).all()


def test_an_overridden_rule_shows_in_the_comparison():
    class Contrary(Consumer):
        def use_product(self):
            super().use_product()
            self.trust = rules.move_toward(self.trust, 1.0, 1e-7)

    settings = Settings.model_validate(
        {"engine": "agents", "precision": "double", "community": {"size": 50}}
    )
    fast, slow = World(settings), BrandCommunity(settings, consumer=Contrary).world
    fast.step()
    slow.step()
    assert not np.array_equal(fast.people.trust, slow.people.trust)


def test_agents_and_arrays_look_up_the_same_draws():
    model = BrandCommunity(
        Settings.model_validate({"engine": "agents", "community": {"size": 20}, "seed": 5})
    )
    model.step()
    model.step()
    consumer = model.consumers[7]
    assert consumer.draw(Purpose.USE) == pytest.approx(float(model.consumers[7].draw(23)), abs=0)
    assert int(model.today.day) == 1
    assert draw_noise(5, 24, 1, 7) != draw_noise(5, 24, 0, 7)


def test_a_run_gives_the_same_record_under_either_engine():
    given = {"burn_in": 1, "horizon": 3, "replicates": 2, "community": {"size": 40}}
    fast, slow = (
        run(Settings.model_validate({**given, "engine": engine})) for engine in ("arrays", "agents")
    )
    assert [r.census.tobytes() for r in fast.records] == [r.census.tobytes() for r in slow.records]


UNCOMPILED = """
import hashlib, json, sys, warnings
warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)  # 64-bit arithmetic wraps on purpose
import numba
import numpy as np
from equipoise.model import World
from equipoise.settings.settings import Settings
world = World(Settings.model_validate(json.loads(sys.argv[1])))
# compiled code reads fields of plain rows as attributes; Python needs record arrays for that
world.coefficients, world.told = (each.view(np.recarray) for each in (world.coefficients, world.told))
world.today = world.told[0]
world.days_counted = world.record.census
world.run()
print(bool(numba.config.DISABLE_JIT))
for array in (*world.people, world.web.strength):
    print(hashlib.sha256(array.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_uncompiled_python_gives_the_same_bits_in_double_precision():
    given = {
        "burn_in": 0,
        "horizon": 6,
        "precision": "double",
        "community": merged(STRONG, {"size": 30}),
    }
    settings = Settings.model_validate(merged(EVENTFUL, given))
    world = World(settings)
    world.run()
    done = subprocess.run(
        [sys.executable, "-c", UNCOMPILED, json.dumps(dump(settings))],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    off, *hashes = done.stdout.split()
    assert off == "True"
    ours = [
        hashlib.sha256(array.tobytes()).hexdigest()
        for array in (*world.people, world.ties.strength)
    ]
    names = [*(field.name for field in STATE_FIELDS), "strength"]
    assert [name for name, a, b in zip(names, ours, hashes, strict=True) if a != b] == []
    assert (world.people.post != NO_POST).any()
