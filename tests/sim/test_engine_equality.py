"""One behaviour, two engines: compiled loops and Mesa agents agree to the last bit, day by day.

An agent's day costs about 0.1 ms, so only the shipped communities are run at full length.
"""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from worlds import EVENTFUL, STRONG, eventful_settings, keep_busy, merge, nest

from equipoise.consumers import rules
from equipoise.consumers.state import NO_POST, STATE_FIELDS
from equipoise.experiments.config.catalogue import upper_bound
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.option_files import list_options
from equipoise.mesa_consumer import Consumer
from equipoise.mesa_model import BrandCommunity
from equipoise.model import World
from equipoise.runner import build_world, run
from equipoise.settings.community import Community
from equipoise.settings.schema import dump_settings, part_kinds, walk_settings
from equipoise.settings.settings import Settings

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
} | {kind: {"network": {"kind": kind}} for kind in part_kinds("networks") if kind != "file"}


# Fields whose every value the strong world must produce.
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

FIELDS = {path: field for path, field, _ in walk_settings(Community()) if "." in path}


def assert_equal_day_by_day(settings):
    """Run both engines side by side; compare every field, tie and column after every day."""
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
        for name in ("strength", "last_used"):
            a = getattr(fast.ties, name)
            b = getattr(slow.ties, name)
            assert a.tobytes() == b.tobytes(), f"{name} of ties differs on day {day}"
        a = fast.record.census[day]
        b = slow.record.census[day]
        assert a.tobytes() == b.tobytes(), f"census differs on day {day}"
    for name, column in fast.record.log.items():
        assert column.tobytes() == slow.record.log[name].tobytes(), name
    return fast


def run_world(settings):
    world = World(settings)
    world.run()
    return world


def hash_world(world):
    """Return a hash of the state of people and ties, and of the census."""
    arrays = (*world.people, world.ties.strength, world.ties.last_used, world.record.census)
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


@pytest.fixture
def busy(monkeypatch):
    keep_busy(monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", list_options("community"))
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
        assert world.record.census.by.any(axis=0).all(), "every cause moves satisfaction"


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("precision", ["single", "double"])
@pytest.mark.parametrize("name", WORLDS)
def test_the_engines_agree_in_every_corner_of_the_settings(name, precision):
    base = merge(
        EVENTFUL, {"burn_in": 2, "horizon": 10, "precision": precision, "community": {"size": 80}}
    )
    assert_equal_day_by_day(Settings.model_validate(merge(base, WORLDS[name])))


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("path", FIELDS)
def test_the_engines_agree_with_every_coefficient_at_work(path):
    """Halve one coefficient of the strong community: something changes, in both engines alike."""
    group, name = path.split(".")
    value = getattr(getattr(eventful_settings().community, group), name)
    # A mechanism that is off by default and not in STRONG is turned on here.
    value = value or upper_bound(FIELDS[path]) / 2
    base = eventful_settings({"horizon": 6, "community": nest(path, value)})
    changed = eventful_settings({"horizon": 6, "community": nest(path, type(value)(value / 2))})
    world = assert_equal_day_by_day(changed)
    assert hash_world(world) != hash_world(run_world(base)), (
        f"community.{path} changes nothing in 8 days of the strong world. Call its rule from a step "
        "in sim/consumers/steps.py; if a step does, give it a value in STRONG "
        "(tests/sim/helpers/worlds.py) at which some consumers meet the mechanism."
    )


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_engines_agree_on_the_smallest_communities(size):
    assert_equal_day_by_day(
        eventful_settings({"burn_in": 0, "horizon": 40, "community": {"size": size}})
    )


@pytest.mark.usefixtures("busy")
def test_the_strong_world_meets_every_branch():
    """The comparisons above are worth what they meet: every stage, case, post, flag and cause."""
    world = World(eventful_settings())
    met = {name: set() for name in MET}
    while world.day < world.days:
        world.step()
        for name, values in met.items():
            values |= set(getattr(world.people, name).tolist())
    fields = [field for field in STATE_FIELDS if field.name in met]
    assert met == {field.name: set(range(int(field.high) + 1)) for field in fields}
    assert world.record.census.by.any(axis=0).all()


def test_a_changed_step_shows_in_the_comparison():
    class Contrary(Consumer):
        def use_product(self):
            super().use_product()
            self.trust = rules.move_toward(self.trust, 1.0, 1e-7)

    settings = Settings.model_validate(
        {"engine": "agents", "precision": "double", "community": {"size": 50}}
    )
    fast = World(settings)
    slow = BrandCommunity(settings, consumer=Contrary).world
    fast.step()
    slow.step()
    assert not np.array_equal(fast.people.trust, slow.people.trust)


def test_a_run_gives_the_same_record_under_either_engine():
    records = {}
    for engine in ("arrays", "agents"):
        given = {"burn_in": 1, "horizon": 3, "replicates": 2, "community": {"size": 40}}
        result = run(Settings.model_validate({**given, "engine": engine}))
        records[engine] = [record.census.tobytes() for record in result.records]
    assert records["arrays"] == records["agents"]


UNCOMPILED = """
import hashlib, json, sys, warnings
# 64-bit arithmetic wraps on purpose.
warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
import numba
import numpy as np
from equipoise.model import World
from equipoise.settings.settings import Settings
# Compiled code reads fields of plain rows as attributes; Python needs record arrays for that.
world = World(Settings.model_validate(json.loads(sys.argv[1])))
world.census_rows = world.record.census
world.coefficients = world.coefficients.view(np.recarray)
world.offer.table = world.offer.table.view(np.recarray)
world.run()
print(bool(numba.config.DISABLE_JIT))
for array in (*world.people, world.ties.strength):
    print(hashlib.sha256(array.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_uncompiled_python_gives_the_same_bits_in_double_precision():
    settings = eventful_settings(
        {"burn_in": 0, "horizon": 6, "precision": "double", "community": {"size": 30}}
    )
    world = run_world(settings)
    done = subprocess.run(
        [sys.executable, "-c", UNCOMPILED, json.dumps(dump_settings(settings))],
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
