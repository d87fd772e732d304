"""Whatever passes between the firm's parts is read-only, and is checked on every day of a run."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from equipoise import compose, run
from equipoise.errors import EquipoiseError
from equipoise.firm import contract
from equipoise.firm.check_fixtures import build_markets, build_plant
from equipoise.firm.contract import (
    find_deed_breaches,
    find_orders_breaches,
    init_guarded,
    step_effector,
    step_receptor,
)
from equipoise.firm.interfaces import (
    ControlCenter,
    Deed,
    DepartmentVerdict,
    Effector,
    Orders,
    Reading,
    Receptor,
    Touch,
)
from equipoise.firm.receptors.fusion import MissionControl, Suite

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
        ({"believed": 1.00001}, r"believed is 1.00001. Allowed: 0 to 1"),
        ({"believed": 10**400}, r"believed is 10+\.\.\. \(401 characters\). Allowed: 0 to 1"),
        ({"focus": np.array([1.00001, 0, 0, 0, 0])}, r"focus has the sum 1.00001. Allowed: a sum"),
        ({"verdicts": None}, r"verdicts is a NoneType. Give a tuple of DepartmentVerdicts"),
        ({"verdicts": (None,)}, r"verdicts hold a NoneType. Give DepartmentVerdicts"),
    ],
)
def test_a_run_fails_with_part_day_and_value_of_bad_orders(fields, message):
    with pytest.raises(EquipoiseError, match=rf"^Broken, day 3: orders\.{message}"):
        simulate(control_center=give(**fields))


def test_rounding_in_shares_and_upper_limits_is_no_breach():
    focus = np.array([0.1, 0.2, 0.3, 0.3, 0.1], np.float32)
    above_one = np.nextafter(1.0, 2.0)
    orders = Orders(believed=above_one, efforts={"repair": above_one}, focus=focus)
    assert list(find_orders_breaches(orders, build_plant(("repair",)), 0, ())) == []


def test_a_verdict_on_no_department_is_a_breach():
    verdict = DepartmentVerdict(np.zeros(2), np.array(["product", "service"]), "systemic")
    breaches = find_orders_breaches(Orders(verdicts=(verdict,)), build_plant(), 0, ())
    assert [breach.subject for breach in breaches] == ["verdict.day", "verdict.department"]


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


def step_reader(reading):
    """Return a reading as the firm gets it from a receptor on day 3."""

    class Given(Reader):
        def read(self, market):
            return reading

    plant = build_plant()
    market = replace(build_markets(plant, truth=False)[3], day=3)
    return step_receptor(Given(), market, init_guarded(Given(), plant))[0]


SOUND = Reading(3, 3, 0.5, 0.1)


@pytest.mark.parametrize(
    ("reading", "message"),
    [
        (replace(SOUND, satisfaction=None), r"satisfaction is None. Allowed: 0 to 1, and nan"),
        (
            replace(SOUND, satisfaction=10**400),
            r"satisfaction is 10+\.\.\. \(401 characters\). Allowed: 0 to 1",
        ),
        (replace(SOUND, observed=None), r"observed is None. Allowed: delivered or before"),
        (replace(SOUND, observed=NAN), r"observed is nan. Allowed: delivered or before"),
        (replace(SOUND, delivered=None), r"delivered is None. Give the day of the step"),
        (replace(SOUND, delivered=np.zeros(2)), r"delivered is array\(\[0., 0.\]\). Give the day"),
        (replace(SOUND, parts=None), r"parts is a NoneType. Give a tuple of \(name, reading\)"),
        (replace(SOUND, parts=[("a", SOUND)]), r"parts is a list. Give a tuple"),
        (replace(SOUND, parts=(("a", None),)), r"parts holds \('a', None\). Give \(name, reading"),
        (replace(SOUND, parts=(SOUND,)), r"parts holds Reading\(.*\). Give \(name, reading\)"),
    ],
)
def test_a_reading_of_wrong_types_is_named_with_field_and_value(reading, message):
    with pytest.raises(EquipoiseError, match=rf"^Given, day 3: reading\.{message}"):
        step_reader(reading)


def nest(reading):
    """Return a reading that holds another one as a part of a part."""
    inner = Reading(3, 3, 0.5, 0.1, parts=(("b", reading),))
    return Reading(3, 3, 0.5, 0.1, parts=(("a", inner),))


def test_a_breach_in_a_part_of_a_part_is_named():
    bad = replace(SOUND, praise=[0, 0, 0, 0], observed=None)
    with pytest.raises(EquipoiseError, match=r"^Given, day 3: ") as caught:
        step_reader(nest(bad))
    assert caught.value.problems == (
        "Given, day 3: reading.parts['a'].parts['b'].observed is None. Allowed: delivered or before.",
        "Given, day 3: reading.parts['a'].parts['b'].praise is a list. Give an array of numbers.",
    )


def test_a_part_of_a_part_is_read_only():
    deep = Reading(3, 3, 0.5, 0.1, np.ones(4), np.ones(4), 1, np.ones(5), np.ones(10))
    reading = step_reader(nest(deep))
    names = [name for name, array in list_arrays(reading) if not array.flags.writeable]
    assert names == [name for name, _ in list_arrays(reading)]
    assert ".parts.parts.causes" in names


def test_a_checked_reading_is_checked_again_only_where_it_can_be_wrong():
    checked = step_reader(SOUND)
    assert checked.is_checked
    assert not replace(checked, satisfaction=2.0).is_checked
    with pytest.raises(EquipoiseError, match=r"reading.satisfaction is 2"):
        step_reader(replace(checked, satisfaction=2.0))
    late = Reading(2, 2, 0.5, 0.1)
    contract.freeze_reading(late)
    with pytest.raises(EquipoiseError, match=r"reading.delivered is 2. Give the day of the step"):
        step_reader(late)


@pytest.mark.parametrize("lens", ["none", "hierarchy"])
def test_each_reading_is_checked_once(lens, monkeypatch):
    checked = []
    check_contents = contract._check_contents

    def count_checks(name, reading, plant):
        checked.append(reading)
        return check_contents(name, reading, plant)

    monkeypatch.setattr(contract, "_check_contents", count_checks)
    simulate(f"lens={lens}", receptor=MissionControl())
    assert len({id(reading) for reading in checked}) == len(checked) > 6


@pytest.mark.parametrize(
    ("replies", "count"), [(3, 0), (np.int64(3), 0), (True, 1), (2.0, 1), (-1, 1), (None, 1)]
)
def test_replies_are_a_whole_number(replies, count):
    deed = Deed(replies=replies)
    breaches = list(find_deed_breaches(deed, build_plant(), 0, 1.0, np.zeros(5)))
    assert [breach.subject for breach in breaches] == ["deed.replies"] * count


def test_a_touch_that_is_an_array_is_a_breach():
    deed = Deed(touch=Touch(welcome=np.zeros(2)))
    breaches = list(find_deed_breaches(deed, build_plant(), 0, 1.0, np.zeros(5)))
    assert [breach.subject for breach in breaches] == ["deed.touch.welcome"]


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
