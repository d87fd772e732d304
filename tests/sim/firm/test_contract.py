"""Whatever passes between the firm's parts is read-only, and is checked on every day of a run."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from equipoise import compose, run
from equipoise.errors import EquipoiseError
from equipoise.firm.check_fixtures import build_plant
from equipoise.firm.contract import init_guarded, step_effector
from equipoise.firm.interfaces import (
    ControlCenter,
    Deed,
    Effector,
    Orders,
    Reading,
    Receptor,
    Touch,
)
from equipoise.firm.receptors.fusion import Suite

SMALL = ("community.size=60", "network.count=6", "horizon=6", "burn_in=0")
NAN = float("nan")


def simulate(*words, **parts):
    settings = compose("strategy=oracle", "environment=recall", *SMALL, *words)
    return run(settings.model_copy(update=parts)).records[0]


class Orderer(ControlCenter):
    kind: ClassVar[str] = "orderer"

    def init(self, plant):
        return 0

    def step(self, day, readings, state):
        return (self.orders() if day == 3 else Orders()), state

    def orders(self):
        return Orders()


def give(**fields):
    """Return a control center that gives these orders on day 3."""

    class Broken(Orderer):
        def orders(self):
            return Orders(**fields)

    return Broken()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"efforts": {"repair": NAN}}, r"efforts\['repair'\] is nan. Allowed: 0 to 1"),
        ({"efforts": {"repair": float("inf")}}, r"efforts\['repair'\] is inf"),
        ({"efforts": {"repair": -1.0}}, r"efforts\['repair'\] is -1"),
        ({"efforts": {"repair": 1e300}}, r"efforts\['repair'\] is 1e\+300"),
        ({"efforts": {"repair": "all"}}, r"efforts\['repair'\] is 'all'"),
        ({"efforts": {"repiar": 1.0}}, r"efforts\['repiar'\] has no effector. Available: repair"),
        ({"efforts": [0.5]}, r"efforts is a list"),
        ({"believed": float("inf")}, r"believed is inf. Allowed: 0 to 1, and nan"),
        ({"believed": None}, r"believed is None"),
        ({"focus": np.full(5, NAN)}, r"focus holds nan or inf"),
        ({"focus": np.full(3, 1 / 3)}, r"focus has the shape \(3,\). Allowed: \(5,\)"),
        ({"focus": [0.2] * 5}, r"focus is a list. Give an array"),
        ({"focus": np.array(["a"] * 5)}, r"focus is a ndarray. Give an array of numbers"),
        ({"cost": NAN}, r"cost is nan"),
    ],
)
def test_a_run_fails_with_part_day_and_value_of_bad_orders(fields, message):
    with pytest.raises(EquipoiseError, match=rf"^Broken, day 3: orders\.{message}"):
        simulate(control_center=give(**fields))


class Reader(Receptor):
    kind: ClassVar[str] = "reader"

    def init(self, plant):
        return 0

    def step(self, market, state):
        return self.read(market), state

    def read(self, market):
        return None


class BadReader(Reader):
    def read(self, market):
        return Reading(market.day, market.day, 1.5, 0.1, np.zeros(3))


@pytest.mark.parametrize("lens", ["none", "hierarchy"])
@pytest.mark.parametrize("within", ["firm", "suite"])
def test_a_bad_reading_is_named_by_its_receptor(lens, within):
    receptor = BadReader()
    if within == "suite":
        receptor = Suite().model_copy(update={"receptors": {"a": receptor, "b": receptor}})
    with pytest.raises(EquipoiseError, match=r"BadReader, day 0: reading.satisfaction is 1.5"):
        simulate(f"lens={lens}", receptor=receptor)


class BadEffector(Effector):
    kind: ClassVar[str] = "bad_effector"

    def init(self, plant):
        return 0

    def step(self, day, effort, focus, state):
        return Deed(repair=np.full(5, -3.0), touch=Touch(welcome=2.0)), state


def test_a_bad_deed_is_named_by_its_effector():
    with pytest.raises(EquipoiseError, match=r"BadEffector, day 0: deed.repair holds -3") as caught:
        simulate(effector={"repair": BadEffector()})
    assert "deed.touch.welcome is 2" in str(caught.value)


def test_a_step_must_return_a_pair():
    class Silent(Orderer):
        def step(self, day, readings, state):
            return None

    with pytest.raises(EquipoiseError, match=r"Silent, day 0: step returns None. Return \(signal"):
        simulate(control_center=Silent())


def test_an_error_of_a_part_says_part_and_day():
    class Divides(Orderer):
        def orders(self):
            return 1 / 0

    with pytest.raises(ZeroDivisionError, match="division by zero") as caught:
        simulate(control_center=Divides())
    assert caught.value.__notes__ == ["Raised by Divides, day 3."]


# what parts get


def list_arrays(value, name=""):
    """Yield (name, array) of all arrays in a signal."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif hasattr(value, "_asdict"):
        for field, inner in value._asdict().items():
            yield from list_arrays(inner, f"{name}.{field}")
    elif hasattr(value, "__dataclass_fields__"):
        for field in value.__dataclass_fields__:
            yield from list_arrays(getattr(value, field), f"{name}.{field}")
    elif isinstance(value, tuple):
        for inner in value:
            yield from list_arrays(inner, name)


def test_everything_handed_to_a_part_is_read_only():
    seen = []

    class Nosy(Reader):
        def init(self, plant):
            seen.append(plant)

        def read(self, market):
            seen.extend([market, market.ask(20), market.talk(20)])
            return Reading(market.day, market.day, 0.5, 0.1, np.ones(4), np.ones(4), 1, np.ones(5))

        @property
        def sees_truth(self):
            return True

    class Deaf(Orderer):
        def step(self, day, readings, state):
            seen.append(readings)
            return Orders(efforts={"repair": 1.0}, focus=np.full(5, 0.2)), state

    class Doer(Effector):
        kind: ClassVar[str] = "doer"
        delay: int = 1

        def init(self, plant):
            return 0

        def step(self, day, effort, focus, state):
            seen.append((focus,))
            return Deed(), state

    simulate(receptor=Nosy(), control_center=Deaf(), effector={"repair": Doer()})
    arrays = [pair for value in seen for pair in list_arrays(value)]
    names = {name for name, _ in arrays}
    assert {".matrix", ".posts.author", ".complaints", ".truth.faults", ".causes"} <= names
    assert [name for name, array in arrays if array.flags.writeable] == []


@pytest.mark.parametrize(
    "change",
    [
        lambda market: market.complaints.fill(0),
        lambda market: np.multiply(market.questions, 0, out=market.questions),
        lambda market: market.posts.valence.fill(1),
        lambda market: market.ask(5).satisfaction.fill(1),
    ],
)
def test_a_receptor_that_changes_its_market_fails(change):
    class Forger(Reader):
        def read(self, market):
            change(market)

    with pytest.raises(EquipoiseError, match="Forger, day 0: the part changes its inputs"):
        simulate(receptor=Forger())


def test_a_forced_change_of_the_matrix_or_the_census_changes_nothing():
    class Thief(Reader):
        def init(self, plant):
            plant.matrix.setflags(write=True)
            plant.matrix[...] = 1.0

        def read(self, market):
            for counts in (market.complaints, market.questions, market.posts.author):
                counts.setflags(write=True)
                counts[...] = 0

    words = ("environment.failure_rate=0.5", "horizon=30")
    honest, forced = simulate(*words, receptor=Reader()), simulate(*words, receptor=Thief())
    assert honest.census["complaints"].any()
    for name, column in honest.columns().items():
        np.testing.assert_array_equal(column, forced.columns()[name])


@pytest.mark.parametrize("count", [-1, 2.5])
def test_a_receptor_asks_a_whole_number_of_people(count):
    class Asks(Reader):
        def read(self, market):
            market.ask(count)

    with pytest.raises(EquipoiseError, match=f"asks {count} people. Allowed: a whole number"):
        simulate(receptor=Asks())


def test_a_deed_returned_is_read_only():
    class Doer(BadEffector):
        def step(self, day, effort, focus, state):
            return Deed(repair=np.zeros(5)), state

    plant = replace(build_plant(), effectors=("doer",))
    part = Doer()
    deed, _ = step_effector(part, 0, 1.0, np.zeros(5), init_guarded(part, plant))
    assert not deed.repair.flags.writeable
