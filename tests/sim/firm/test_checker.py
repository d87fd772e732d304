"""Every registered part keeps the contract, and the contract sees through parts that do not."""

import dataclasses
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ConfigDict, Field

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.checker import check, is_same
from equipoise.firm.control.regulators import NoControl, Pid
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.interfaces import (
    NO_DEED,
    ControlCenter,
    Deed,
    Effector,
    Market,
    Orders,
    Reading,
    Receptor,
)
from equipoise.firm.receptors.mentions import Mentions
from equipoise.firm.receptors.reference import Oracle
from equipoise.firm.receptors.survey import Survey
from equipoise.firm.wrappers import BudgetWrapper, ExecutionWrapper, LensWrapper
from equipoise.settings.schema import dump, kinds, part
from equipoise.settings.settings import Lens

REGISTERED = [
    (family, kind)
    for family in ("receptors", "control_centers", "effectors")
    for kind in kinds(family)
]
OURS = {
    "receptors": {"oracle", "blind", "survey", "mentions"},
    "control_centers": {"none", "threshold", "pid"},
    "effectors": {"respond", "repair", "replicate", "promise"},
}
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
    made = part(family, {"kind": kind})
    assert check(made) is None
    assert part(family, dump(made)) == made
    name = next(iter(type(made).model_fields), None)
    if name:
        with pytest.raises(ValueError, match="frozen"):
            setattr(made, name, getattr(made, name))


def test_all_of_ours_are_registered():
    for family, expected in OURS.items():
        assert expected <= set(kinds(family))


@pytest.mark.parametrize("made", VARIANTS, ids=lambda each: type(each).__name__)
def test_settings_and_wrappers_keep_the_contract(made):
    check(made)


@pytest.mark.parametrize("joint", [Market, Reading, Orders, Deed])
def test_what_travels_is_frozen(joint):
    assert joint.__dataclass_params__.frozen
    given = Reading(0, 0, 0.5, 0.1, np.zeros(4), np.zeros(4), 1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="satisfaction"):
        given.satisfaction = 1.0


# parts that break the contract, each in its own way


class Sound(Receptor):
    kind: ClassVar[str] = "sound"

    def init(self, plant):
        return 0

    def step(self, market, state):
        zeros = np.zeros(4)
        return self.bend(
            Reading(market.day, market.day, 0.5, 0.1, zeros, zeros, 1), market, state
        ), state + 1

    def bend(self, reading, market, state):
        return reading


class Nameless(Receptor):
    def init(self, plant):
        return 0

    def step(self, market, state):
        return None, state


class Remembers(Sound):
    notes: dict[str, int] = Field(default_factory=dict)

    def bend(self, reading, market, state):
        self.notes["days"] = self.notes.get("days", 0) + 1
        return replace(reading, volume=self.notes["days"])


class Chancy(Sound):
    def bend(self, reading, market, state):
        return replace(reading, satisfaction=float(np.random.default_rng().random()))


class Meddles(Sound):
    def bend(self, reading, market, state):
        market.complaints[0] = 9
        return reading


class Backdates(Sound):
    def bend(self, reading, market, state):
        return replace(reading, observed=market.day + 1)


class Exaggerates(Sound):
    def bend(self, reading, market, state):
        return replace(
            reading,
            satisfaction=1.5,
            error=float("nan"),
            trouble=np.full(4, -1.0),
            praise=np.zeros(3),
        )


class Mumbles(Sound):
    def bend(self, reading, market, state):
        return "all is well"


class Forgets(Sound):
    def step(self, market, state):
        return None


class Stains(Sound):
    def init(self, plant):
        return [0]

    def step(self, market, state):
        state[0] += 1
        return None, state


class Peeks(Sound):
    def bend(self, reading, market, state):
        return replace(reading, satisfaction=market.truth.satisfaction)


class Thaws(Sound):
    model_config = ConfigDict(frozen=False)


class Overdoes(NoControl):
    kind: ClassVar[str] = "overdoes"

    def step(self, day, readings, state):
        return Orders(2.0, {"repair": 1.5, "dance": 0.1}, np.full(5, 0.5)), state


class Squints(NoControl):
    def step(self, day, readings, state):
        return Orders(0.5, {}, np.zeros(3)), state


class Shrugs(ControlCenter):
    kind: ClassVar[str] = "shrugs"

    def init(self, plant):
        return 0

    def step(self, day, readings, state):
        return None, state


class Botches(Effector):
    kind: ClassVar[str] = "botches"

    def init(self, plant):
        return 0

    def step(self, day, effort, focus, state):
        bad = Deed(
            np.full(5, -1.0), np.full(5, np.nan), promise=2.0, level=3.0, replies=-1, cost=-1.0
        )
        return bad, state


class Fits(Botches):
    def step(self, day, effort, focus, state):
        return Deed(np.zeros(2)), state


class Idles(Botches):
    def step(self, day, effort, focus, state):
        return "nothing", state


BROKEN = [
    (Nameless, ["has no kind"]),
    (Remembers, ["memory in itself", "second run from init", "the same state"]),
    (Chancy, ["second run from init", "the same state"]),
    (Meddles, ["ValueError: assignment destination is read-only"]),
    (Backdates, ["day of delivery"]),
    (
        Exaggerates,
        ["satisfaction is 1.5", "error is nan", "trouble must be finite", r"praise has shape (3,)"],
    ),
    (Mumbles, ["a str, not a Reading"]),
    (Forgets, ["does not return (signal, state)"]),
    (Stains, ["changes the state it is given"]),
    (Peeks, ["AttributeError"]),
    (Thaws, ["is not frozen"]),
    (Overdoes, ["outside 0..1", "not at hand: dance", "satisfaction of 2", "sum 1, or all 0"]),
    (Squints, ["focus has shape (3,)"]),
    (Shrugs, ["a NoneType, not Orders"]),
    (
        Botches,
        [
            "repair is below 0",
            "replicate must be finite",
            "2 of the way",
            "toward 3",
            "-1 replies",
            "effort and cost",
        ],
    ),
    (Fits, ["repair has shape (2,)"]),
    (Idles, ["a str, not a Deed"]),
]


@pytest.mark.parametrize(
    ("broken", "expected"), BROKEN, ids=lambda each: getattr(each, "__name__", "")
)
def test_the_contract_names_every_breach(broken, expected):
    with pytest.raises(EquipoiseError, match=broken.__name__) as caught:
        check(broken())
    for line in expected:
        assert any(line in problem for problem in caught.value.problems), caught.value.problems
    assert len(caught.value.problems) == len(expected)


def test_the_sound_part_of_these_is_sound():
    check(Sound())


def test_check_wants_a_part():
    with pytest.raises(EquipoiseError, match="is no part"):
        check(Lens())


def test_an_effector_that_does_nothing_is_allowed():
    class Rests(Botches):
        def step(self, day, effort, focus, state):
            return NO_DEED, state

    check(Rests())


def test_rehearsal_meets_nobody_and_everybody():
    days = check_fixtures.build_markets(check_fixtures.build_plant(), truth=False)
    assert {day.customers for day in days} == {0, check_fixtures.PEOPLE // 2}
    assert all(day.truth is None for day in days)


def test_same_compares_by_value():
    assert is_same(
        {"a": [float("nan"), np.array([np.nan])]}, {"a": [float("nan"), np.array([np.nan])]}
    )
    assert not is_same(np.zeros(2), np.zeros(3))
    assert not is_same((1, 2), (1, 3))
    assert not is_same(
        Reading(0, 0, 0.5, 0, np.zeros(4), np.zeros(4), 1),
        Reading(0, 0, 0.5, 0, np.zeros(4), np.ones(4), 1),
    )
