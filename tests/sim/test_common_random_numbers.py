"""Common random numbers: a draw depends on its address only, so unchanged parts keep their bits."""

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from worlds import merge

from equipoise.consumers.state import CUSTOMER, STATE_FIELDS
from equipoise.mesa_model import BrandCommunity
from equipoise.model import World
from equipoise.network import Network
from equipoise.randomness import Purpose, draw_uniforms
from equipoise.runner import run
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings

EVENTS = {
    "failure_rate": 0.05,
    "disturbances": {
        "fault": {"kind": "fault", "department": "product", "start": 3, "size": 0.4},
        "burst": {"kind": "failures", "department": "service", "start": 5, "days": 3, "size": 0.2},
    },
}
ANSWERING = {
    "receptor": {"kind": "mentions"},
    "control_center": {"kind": "threshold", "trigger": -25, "release": -25},
    "effector": {"respond": {"kind": "respond"}, "repair": {"kind": "repair"}},
}


def settings(*layers):
    given = {"burn_in": 0, "horizon": 40, "community": {"size": 200}, "environment": EVENTS}
    for layer in layers:
        given = merge(given, layer)
    return Settings.model_validate(given)


def hash_world(world):
    """Return a hash of everything in a world: people, ties, census, log."""
    digest = hashlib.sha256()
    ties = (world.ties.strength, world.ties.last_used)
    log = [world.record.log[name] for name in sorted(world.record.log)]
    for array in (*world.people, *ties, world.record.census, *log):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def hash_people(world):
    """Return a hash of everything in a world that does not belong to the firm."""
    digest = hashlib.sha256()
    for array in (*world.people, world.ties.strength, world.record.census):
        digest.update(array.tobytes())
    return digest.hexdigest()


def run_world(given, network=None):
    """Return a world after its last day."""
    world = World(given, network)
    world.run()
    return world


def run_days(given, network=None):
    """Yield a world after each of its days."""
    world = World(given, network)
    while world.day < world.days:
        world.step()
        yield world


def assert_same_people(one, other, count=None):
    for field, a, b in zip(STATE_FIELDS, one.people, other.people, strict=True):
        np.testing.assert_array_equal(
            a[:count], b[:count], err_msg=f"{field.name} on day {one.day}"
        )


# --- one more consumer ---


def test_one_more_consumer_leaves_the_draws_of_all_others():
    for purpose in Purpose:
        for day in (0, 17):
            np.testing.assert_array_equal(
                draw_uniforms(4, purpose, day, 301)[:300], draw_uniforms(4, purpose, day, 300)
            )


def add_stranger(network):
    """Return a network with one more person, in the last tribe and without ties."""
    starts = np.append(network.starts, network.starts[-1])
    return Network(starts, network.neighbours, np.append(network.tribe, network.tribe[-1]))


# Switched off: all that connects everybody to everybody.
APART = {
    "firm": {"overload": 0.0},
    "information": {"regime": "friends"},
    "community": {
        "people": {"unaware": 0.3},
        "cycle": {"imitation": 0.05, "consider": 0.1},
        "trust": {"societal_weight": 0},
    },
}


@pytest.mark.parametrize("degree", [0, 10], ids=["ties off", "ties among the others"])
def test_one_more_consumer_leaves_the_histories_of_all_others(degree):
    given = settings(APART, {"network": {"kind": "tribes", "degree": degree, "count": 5}})
    network = given.network.build(200, 0)
    alone = run_days(given, network)
    for world, larger in zip(alone, run_days(given, add_stranger(network)), strict=True):
        assert larger.size == world.size + 1
        assert_same_people(world, larger, world.size)
    assert world.record.census.posts.sum() > 0


def test_one_more_consumer_without_ties_changes_no_trait_and_no_history():
    given = settings(APART, {"network": {"kind": "tribes", "degree": 0, "tribes": "single"}})
    more = given.model_copy(update={"community": given.community.model_copy(update={"size": 201})})
    for world, larger in zip(run_days(given), run_days(more), strict=True):
        assert_same_people(world, larger, 200)


# --- mechanisms at strength zero ---

AT_ZERO = {
    "a fault of size 0": (
        {},
        {"environment": {"disturbances": {"other": {"start": 2, "size": 0.0, "days": 5}}}},
    ),
    "failures of size 0": (
        {},
        {"environment": {"disturbances": {"other": {"kind": "failures", "start": 2, "size": 0.0}}}},
    ),
    "random faults of size 0": ({}, {"environment": {"fault_rate": 0.5, "fault_size": 0.0}}),
    "failures that take nothing": (
        {"community": {"experience": {"failure_size": 0.0}}},
        {"environment": {"failure_rate": 0.9}},
    ),
    "answers that do nothing": (
        {
            "community": {
                "needs": {"question_rate": 0.0},
                "voice": {"complain": 0.0},
            }
        },
        {
            "community": {
                "needs": {"patience": 3, "need_loss": 0.5, "desert": 0.5, "answer_gain": 0.9}
            }
        },
    ),
    "loss aversion without disconfirmation": (
        {"community": {"experience": {"disconfirmation": 0.0}}},
        {"community": {"experience": {"loss_aversion": 9.0}}},
    ),
    "conformity without pull": (
        {"community": {"hearing": {"kappa": 0.0}}},
        {"community": {"hearing": {"saturation": 9.0, "automatic_pull": 4.0}}},
    ),
    "agreement without strengthening": (
        {"community": {"ties": {"strengthen": 0.0, "fade": 0.0}}},
        {"community": {"ties": {"agreement": 0.9}}},
    ),
    "a lens without layers": (
        {"receptor": {"kind": "survey"}},
        {"lens": {"attenuation": 0.9, "delay": 30}},
    ),
    "a gatekeeper without listeners": (
        {"information": {"regime": "gatekeeper"}, "community": {"cycle": {"record_weight": 0.0}}},
        {"information": {"bias": 0.1}},
    ),
}


@pytest.mark.parametrize("name", AT_ZERO)
def test_a_mechanism_at_strength_zero_changes_nothing(name):
    base, added = AT_ZERO[name]
    for world, other in zip(run_days(settings(base)), run_days(settings(base, added)), strict=True):
        assert_same_people(world, other)
        np.testing.assert_array_equal(world.ties.strength, other.ties.strength)
        if "agreement" not in name:  # the day of an agreement is noted even if it has no effect
            np.testing.assert_array_equal(world.ties.last_used, other.ties.last_used)
    assert world.record.census.tobytes() == other.record.census.tobytes()


# --- strategies ---


@pytest.mark.parametrize("kind", ["respond", "repair", "replicate", "promise"])
def test_an_effector_without_effort_changes_nothing(kind):
    idle = {
        "effector": {kind: {"kind": kind}},
        "control_center": {"kind": "none"},
        "receptor": {"kind": "survey"},
    }
    nothing = run_world(settings())
    assert hash_people(nothing) == hash_people(run_world(settings(idle)))


def test_two_strategies_under_one_seed_meet_the_same_world():
    random = {"environment": {"fault_rate": 0.05}, "network": {"kind": "communities"}}
    one = World(settings(random))
    other = World(settings(random, ANSWERING))
    for a, b in zip((*one.traits, *one.people), (*other.traits, *other.people), strict=True):
        np.testing.assert_array_equal(a, b)
    for name in ("starts", "neighbours", "tribe"):
        np.testing.assert_array_equal(getattr(one.network, name), getattr(other.network, name))
    np.testing.assert_array_equal(one.ties.layer, other.ties.layer)
    assert one.disturbances.strikes == other.disturbances.strikes
    assert len(one.disturbances.strikes) > 5
    for name in ("faults", "passing", "failures"):
        np.testing.assert_array_equal(
            getattr(one.disturbances, name), getattr(other.disturbances, name)
        )


def test_two_strategies_under_one_seed_share_every_use():
    # Lasting customers use the product on the same days, whatever the firm does.
    faithful = {"community": {"needs": {"desert": 0.0}, "cycle": {"lapse": 0.0}}}
    shared = 0
    for one, other in zip(
        run_days(settings(faithful)), run_days(settings(faithful, ANSWERING)), strict=True
    ):
        both = one.people.customer_before & other.people.customer_before
        np.testing.assert_array_equal(one.people.used[both], other.people.used[both])
        shared += int(one.people.used[both].sum())
    assert shared > 500
    assert hash_people(one) != hash_people(other), "the strategies did differ"


def test_strategies_part_only_when_the_first_deed_takes_effect():
    delayed = merge(ANSWERING, {"effector": {"respond": {"delay": 9}, "repair": {"delay": 9}}})
    same = [
        hash_people(one) == hash_people(other)
        for one, other in zip(run_days(settings()), run_days(settings(delayed)), strict=True)
    ]
    assert all(same[:9])
    assert not same[-1]


# --- threads, engines, processes, seeds ---


def test_worlds_in_threads_are_the_same_as_one_after_the_other():
    given = [settings(ANSWERING, {"seed": seed}) for seed in range(6)]
    alone = [hash_world(run_world(one)) for one in given]
    for threads in (2, 6):
        with ThreadPoolExecutor(threads) as pool:
            assert [hash_world(world) for world in pool.map(run_world, given)] == alone
    assert len(set(alone)) == len(alone)


def test_either_engine_draws_the_same():
    model = BrandCommunity(settings({"engine": "agents", "seed": 3, "community": {"size": 30}}))
    model.step()
    model.step()
    for purpose in (
        Purpose.REACH,
        Purpose.CYCLE,
        Purpose.USE,
        Purpose.SYSTEM2,
        Purpose.POST,
        Purpose.CHECK_IN,
    ):
        draws = [consumer.draw(purpose) for consumer in model.consumers]
        assert draws == draw_uniforms(3, purpose, 1, 30).tolist()
    arrays = run_world(settings({"seed": 3, "community": {"size": 30}, "horizon": 2}))
    assert_same_people(arrays, model.world)


OTHER_PROCESS = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("common_numbers", sys.argv[1])
tests = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tests)
settings = tests.Settings.model_validate(json.loads(sys.argv[2]))
print(tests.hash_world(tests.run_world(settings)))
"""


def test_another_process_gives_the_same_world():
    given = settings(ANSWERING, {"network": {"kind": "communities"}, "seed": 11})
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, __file__, json.dumps(dump_settings(given))],
        env={**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [hash_world(run_world(given))]


def test_seed_0_is_a_world_like_any_other():
    worlds = [run_world(settings({"seed": seed})) for seed in (0, 1, 2)]
    for world in worlds:
        assert 0.3 < np.nanmean(world.record.census.satisfaction) < 0.9
        assert world.record.census.uses.sum() > 100
    assert len({hash_world(world) for world in worlds}) == 3
    assert not np.array_equal(
        worlds[0].people.stage == CUSTOMER, worlds[1].people.stage == CUSTOMER
    )
    assert hash_world(run_world(settings({"seed": 0}))) == hash_world(worlds[0])


def test_replicates_are_the_worlds_of_the_following_seeds():
    records = run(settings({"seed": 5, "replicates": 3})).records
    alone = [run_world(settings({"seed": seed})).record for seed in (5, 6, 7)]
    assert [record.seed for record in records] == [5, 6, 7]
    assert [one.census.tobytes() for one in records] == [one.census.tobytes() for one in alone]
