"""Every registered part keeps the contract, and the checker names each breach of a broken part."""

import datetime
import random
import time
from dataclasses import FrozenInstanceError, replace
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ConfigDict, Field

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.checker import check, is_same
from equipoise.firm.control.pid import Pid
from equipoise.firm.control.reference_controllers import NoControl
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.interfaces import (
    NO_DEED,
    ControlCenter,
    Deed,
    DepartmentVerdict,
    Effector,
    Market,
    Orders,
    Reading,
    Receptor,
    Touch,
)
from equipoise.firm.organisation import departments
from equipoise.firm.receptors.mentions import Mentions
from equipoise.firm.receptors.reference import Oracle
from equipoise.firm.receptors.survey import Survey
from equipoise.firm.wrappers import BudgetWrapper, ExecutionWrapper, LensWrapper
from equipoise.settings.schema import build_part, dump_settings, part_kinds
from equipoise.settings.settings import Lens

FAMILIES = ("receptors", "control_centers", "effectors")
REGISTERED = [(family, kind) for family in FAMILIES for kind in part_kinds(family)]
VARIANTS = [
    Survey(every=1, sample=1, field=0),
    Survey(every=3, field=7),
    Mentions(coverage=1, accuracy=1, smoothing=1),
    Mentions(coverage=0),
    Pid(ki=0.2, kd=3, anti_windup=False, mix={"respond": 2.0, "mine": 1.0}),
    LensWrapper(receptor=Survey(every=2), lens=Lens(layers=3, threshold=0.1)),
    LensWrapper(receptor=Oracle(), lens=Lens(layers=2, delay=0)),
    BudgetWrapper(control_center=Pid(mix={"mine": 1.0})),
    ExecutionWrapper(
        name="repair", effector=Repair(), delay=3, capacity=0.5, follow_through=0.5, cost=2.0
    ),
]


@pytest.mark.parametrize(("family", "kind"), REGISTERED)
def test_every_registered_part_keeps_the_contract(family, kind):
    default = build_part(family, {"kind": kind})
    assert check(default) is None
    assert build_part(family, dump_settings(default)) == default
    name = next(iter(type(default).model_fields), None)
    if name:
        with pytest.raises(ValueError, match="frozen"):
            setattr(default, name, getattr(default, name))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: type(variant).__name__)
def test_settings_and_wrappers_keep_the_contract(variant):
    check(variant)


@pytest.mark.parametrize("signal", [Market, Reading, Orders, Deed])
def test_signals_are_frozen(signal):
    assert signal.__dataclass_params__.frozen


def test_a_reading_cannot_be_changed():
    reading = Reading(0, 0, 0.5, 0.1, np.zeros(4), np.zeros(4), 1)
    with pytest.raises(FrozenInstanceError, match="satisfaction"):
        reading.satisfaction = 1.0


# broken receptors


class Sound(Receptor):
    kind: ClassVar[str] = "sound"

    def init(self, plant):
        return 0

    def step(self, market, state):
        counts = np.zeros(4)
        reading = Reading(market.day, market.day, 0.5, 0.1, counts, counts, 1)
        return self.bend(reading, market), state + 1

    def bend(self, reading, market):
        return reading


class WithoutKind(Receptor):
    def init(self, plant):
        return 0

    def step(self, market, state):
        return None, state


class NotFrozen(Sound):
    model_config = ConfigDict(frozen=False)


class WithMemory(Sound):
    notes: dict[str, int] = Field(default_factory=dict)

    def bend(self, reading, market):
        self.notes["days"] = self.notes.get("days", 0) + 1
        return replace(reading, volume=self.notes["days"])


class WithGenerator(Sound):
    def bend(self, reading, market):
        return replace(reading, satisfaction=float(np.random.default_rng().random()))


class ChangesMarket(Sound):
    def bend(self, reading, market):
        market.complaints[0] = 9
        return reading


class ChangesState(Sound):
    def init(self, plant):
        return [0]

    def step(self, market, state):
        state[0] += 1
        return None, state


class ReturnsNone(Sound):
    def step(self, market, state):
        return None


class ReturnsText(Sound):
    def bend(self, reading, market):
        return "all is well"


class FromTheFuture(Sound):
    def bend(self, reading, market):
        return replace(reading, observed=market.day + 1)


class LateDelivery(Sound):
    def bend(self, reading, market):
        return replace(reading, delivered=market.day + 1)


class BadNumbers(Sound):
    def bend(self, reading, market):
        return replace(
            reading,
            satisfaction=1.5,
            error=float("nan"),
            trouble=np.full(4, -1.0),
            praise=np.zeros(3),
            causes=np.full(5, np.nan),
            volume=-2,
        )


class BadPart(Sound):
    def bend(self, reading, market):
        return replace(reading, parts=(("inner", replace(reading, satisfaction=-0.5)),))


class ReadsTruth(Sound):
    def bend(self, reading, market):
        return replace(reading, satisfaction=market.truth.satisfaction)


BROKEN_RECEPTORS = {
    WithoutKind: ['kind is missing. Write kind: ClassVar[str] = "..." in the class.'],
    NotFrozen: ["model_config is not frozen."],
    WithMemory: [
        "day 0: step returns another signal for the same state.",
        "day 0: a second run returns other signals.",
        "the part keeps memory in itself. Keep it in the state.",
    ],
    WithGenerator: [
        "day 0: step returns another signal for the same state.",
        "day 0: a second run returns other signals.",
    ],
    ChangesMarket: ["day 0: init or step raised ValueError: assignment destination is read-only"],
    ChangesState: ["day 0: the state is changed by step. Return a new one."],
    ReturnsNone: ["day 0: step returns None. Return (signal, state)."],
    ReturnsText: ["day 0: the signal is a str. Return a Reading or None."],
    FromTheFuture: ["day 0: reading.observed is 1. Allowed: delivered or before."],
    LateDelivery: ["day 0: reading.delivered is 1. Give the day of the step."],
    BadNumbers: [
        "reading.satisfaction is 1.5. Allowed: 0 to 1, and nan.",
        "reading.error is nan. Allowed: a finite number, 0 or more.",
        "reading.volume is -2. Allowed: a finite number, 0 or more.",
        "reading.praise has the shape (3,). Allowed: (4,).",
        "reading.trouble holds -1. Allowed: 0 or more.",
        "reading.causes holds nan or inf. Allowed: finite numbers.",
    ],
    BadPart: ["reading.parts['inner'].satisfaction is -0.5."],
    ReadsTruth: ["day 0: init or step raised AttributeError"],
}


# broken control centers


class BadEfforts(NoControl):
    def step(self, day, readings, state):
        return Orders(2.0, {"repair": 1.5, "dance": 0.1}, np.full(5, 0.5), cost=-1.0), state


class BadFocus(NoControl):
    def step(self, day, readings, state):
        return Orders(0.5, {}, np.zeros(3)), state


class BadVerdict(NoControl):
    def step(self, day, readings, state):
        verdict = DepartmentVerdict(day + 1, "kitchen", "guilty")
        return Orders(verdicts=(verdict,)), state


class TupleForVerdict(NoControl):
    def step(self, day, readings, state):
        return Orders(verdicts=((day, "product"),)), state


class WithoutOrders(ControlCenter):
    kind: ClassVar[str] = "without_orders"

    def init(self, plant):
        return 0

    def step(self, day, readings, state):
        return None, state


BROKEN_CONTROL_CENTERS = {
    BadEfforts: [
        "orders.believed is 2. Allowed: 0 to 1, and nan.",
        "orders.efforts['repair'] is 1.5. Allowed: 0 to 1.",
        "orders.efforts['dance'] has no effector. Available: repair, respond.",
        "orders.focus has the sum 2.5. Allowed: a sum of 1, or all 0.",
        "orders.cost is -1.",
    ],
    BadFocus: ["orders.focus has the shape (3,). Allowed: (5,) or (0,)."],
    BadVerdict: [
        "day 0: verdict.day is 1. Give the day of the step.",
        "verdict.department is 'kitchen'. Allowed: ",
        "verdict.kind is 'guilty'. Allowed: one-off, systemic, replicate, not.",
    ],
    TupleForVerdict: ["orders.verdicts hold a tuple. Give DepartmentVerdicts."],
    WithoutOrders: ["the signal is a NoneType. Return Orders."],
}


# broken effectors


class Idle(Effector):
    kind: ClassVar[str] = "idle"

    def init(self, plant):
        return 0

    def step(self, day, effort, focus, state):
        return self.act(effort), state

    def act(self, effort):
        return NO_DEED


class BadDeed(Idle):
    def act(self, effort):
        return Deed(
            repair=np.full(5, -1.0),
            replicate=np.full(5, np.nan),
            promise=2.0,
            level=3.0,
            replies=-1,
            serves="posts",
            cost=-1.0,
        )


class TooFewDepartments(Idle):
    def act(self, effort):
        return Deed(repair=np.zeros(2))


class BadTouch(Idle):
    def act(self, effort):
        return Deed(touch=Touch(push=3.0, welcome=1.5, content=-1.0))


class NumberForTouch(Idle):
    def act(self, effort):
        return Deed(touch=0.5)


class TextForDeed(Idle):
    def act(self, effort):
        return "nothing"


class WithNumpyChance(Idle):
    def act(self, effort):
        return Deed(promise=float(np.random.random()))


class WithRandomChance(Idle):
    def act(self, effort):
        return Deed(promise=random.random())


class SeedsItsChance(Idle):
    def act(self, effort):
        np.random.seed(7)
        return Deed(promise=float(np.random.random()))


class ReadsTheMonth(Idle):
    def act(self, effort):
        return Deed(promise=datetime.date.today().month / 12)


class ReadsTheClock(Idle):
    def act(self, effort):
        return Deed(promise=int(time.time()) // 10**5 % 1000 / 1000)


class ReadsNow(Idle):
    def act(self, effort):
        return Deed(promise=datetime.datetime.now().month / 12)


class CountsInTheClass(Idle):
    calls: ClassVar[list[int]] = []

    def act(self, effort):
        self.calls.append(1)
        return NO_DEED


CALLS: dict[str, int] = {}


class CountsInTheModule(Idle):
    def act(self, effort):
        CALLS["act"] = CALLS.get("act", 0) + 1
        return NO_DEED


class CountsInADefault(Idle):
    def act(self, effort, calls=[]):  # noqa: B006
        calls.append(effort)
        return NO_DEED


class ChangesTheModel(Idle):
    def act(self, effort):
        departments.NEGLIGIBLE_FAULT = 0.5
        return NO_DEED


_GENERATOR_CHANGED = "is changed by init or step. Keep all memory in the state."
BROKEN_CHANCE = {
    WithNumpyChance: [
        "day 0: step returns another signal for the same state.",
        "day 0: a second run returns other signals.",
        f"the generator of numpy.random {_GENERATOR_CHANGED}",
    ],
    WithRandomChance: [
        "day 0: step returns another signal for the same state.",
        "day 0: a second run returns other signals.",
        f"the generator of random {_GENERATOR_CHANGED}",
    ],
    SeedsItsChance: [f"the generator of numpy.random {_GENERATOR_CHANGED}"],
    ReadsTheMonth: ["day 0: a second run returns other signals."],
    ReadsTheClock: ["day 0: a second run returns other signals."],
    ReadsNow: ["day 0: a second run returns other signals."],
    CountsInTheClass: ["CountsInTheClass.calls is changed"],
    CountsInTheModule: ["CALLS is changed"],
    CountsInADefault: ["the defaults of CountsInADefault.act is changed"],
    ChangesTheModel: ["departments.NEGLIGIBLE_FAULT is changed"],
}

BROKEN_EFFECTORS = BROKEN_CHANCE | {
    BadDeed: [
        "deed.repair holds -1. Allowed: 0 or more.",
        "deed.replicate holds nan or inf.",
        "deed.promise is 2. Allowed: 0 to 1.",
        "deed.level is 3. Allowed: 0 to 1, and nan.",
        "deed.replies is -1. Allowed: a whole number, 0 or more.",
        "deed.serves is 'posts'. Allowed: both, complaints, questions.",
        "deed.cost is -1.",
    ],
    TooFewDepartments: ["deed.repair has the shape (2,). Allowed: (5,)."],
    BadTouch: [
        "deed.touch.welcome is 1.5. Allowed: 0 to 1.",
        "deed.touch.content is -1. Allowed: a finite number, 0 or more.",
    ],
    NumberForTouch: ["deed.touch is a float. Give a Touch or None."],
    TextForDeed: ["the signal is a str. Return a Deed."],
}
BROKEN = BROKEN_RECEPTORS | BROKEN_CONTROL_CENTERS | BROKEN_EFFECTORS


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_each_breach_is_named_with_part_day_and_value(broken, monkeypatch):
    monkeypatch.setattr(departments, "NEGLIGIBLE_FAULT", departments.NEGLIGIBLE_FAULT)
    with pytest.raises(EquipoiseError, match=broken.__name__) as caught:
        check(broken())
    problems = caught.value.problems
    for expected in BROKEN[broken]:
        assert any(expected in problem for problem in problems), problems
    assert len(problems) == len(BROKEN[broken])


@pytest.mark.parametrize("sound", [Sound(), Idle()], ids=lambda sound: sound.kind)
def test_a_sound_part_passes(sound):
    check(sound)


def test_the_day_of_the_first_breach_is_named():
    class Impatient(Idle):
        def step(self, day, effort, focus, state):
            return Deed(promise=2.0 if day >= 7 else 0.0), state

    with pytest.raises(EquipoiseError, match=r"Impatient, day 7: deed\.promise is 2"):
        check(Impatient())


def test_an_error_in_init_is_reported():
    class Unfinished(Idle):
        def init(self, plant):
            raise NotImplementedError

    with pytest.raises(EquipoiseError, match="Unfinished: init or step raised NotImplementedError"):
        check(Unfinished())


def test_check_leaves_generators_and_clocks_as_they_were():
    before = (random.getstate(), np.random.get_state()[1].tolist(), time.time, datetime.date)
    with pytest.raises(EquipoiseError, match="generator of random"):
        check(WithRandomChance())
    after = (random.getstate(), np.random.get_state()[1].tolist(), time.time, datetime.date)
    assert before == after


def test_check_wants_a_part():
    with pytest.raises(EquipoiseError, match="is no part"):
        check(Lens())


# the comparison of values


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"a": [float("nan")]}, {"a": [float("nan")]}, True),
        (np.array([np.nan]), np.array([np.nan]), True),
        (np.zeros(2), np.zeros(3), False),
        ((1, 2), (1, 3), False),
        ([1], [1, 2], False),
        ({"a": 1}, {"b": 1}, False),
        (Survey(every=3), Survey(every=3), True),
        (Survey(every=3), Survey(every=4), False),
        (lambda count: count, None, True),
    ],
)
def test_values_are_compared_by_content(first, second, expected):
    assert is_same(first, second) is expected


def test_signals_are_compared_field_by_field():
    reading = Reading(0, 0, 0.5, 0, np.zeros(4), np.zeros(4), 1)
    assert is_same(reading, replace(reading, praise=np.zeros(4)))
    assert not is_same(reading, replace(reading, trouble=np.ones(4)))


# the example days


def test_example_days_include_some_without_people():
    days = check_fixtures.build_markets(check_fixtures.build_plant(), truth=False)
    assert {day.customers for day in days} == {0, check_fixtures.PEOPLE // 2}
    assert all(day.truth is None for day in days)


def test_example_readings_include_none_one_and_two():
    days = check_fixtures.build_readings(check_fixtures.build_plant())
    assert {len(readings) for _, readings in days} == {0, 1, 2}
    assert any(reading.parts for _, readings in days for reading in readings)


def test_example_orders_include_no_and_full_effort():
    days = check_fixtures.build_efforts(check_fixtures.build_plant())
    assert {effort for _, effort, _ in days} == {0.0, 0.4, 1.0}
    assert {float(focus.sum()) for *_, focus in days} == {0.0, 1.0}
