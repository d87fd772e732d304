"""Every effector: off, bounds, execution, expressed values, and an effect of every setting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.firm.check_fixtures import PEOPLE, run_effector
from equipoise.firm.checker import check, is_same
from equipoise.firm.effectors.align import Align
from equipoise.firm.effectors.broadcast import Broadcast
from equipoise.firm.effectors.cocreate import Cocreate
from equipoise.firm.effectors.connect import Connect
from equipoise.firm.effectors.delete import Delete
from equipoise.firm.effectors.moderate import Moderate
from equipoise.firm.effectors.reconsider import Reconsider
from equipoise.firm.effectors.respond import Respond
from equipoise.firm.interfaces import NO_DEED, UNBOUNDED_TOUCHES, Effector, Touch
from equipoise.firm.wrappers import ExecutionWrapper
from equipoise.settings.schema import build_part, part_kinds

OURS = [kind for kind, part in part_kinds("effectors").items() if part.provider == "equipoise"]
# values other than half the default
OTHER_VALUES = {"serves": "questions", "level": 0.9}
# settings without which another one has no effect
WITH = {"canned_price": {"expert": False}}


def build_effector(kind, **settings):
    return build_part("effectors", {"kind": kind} | settings)


@pytest.mark.parametrize("kind", OURS)
def test_no_effort_is_no_deed(kind):
    assert all(deed is NO_DEED for deed in run_effector(build_effector(kind), [0.0] * 5))


OFF = [
    Moderate(welcome=0, draw_out=0, cool=0, introduce=0, rules=False, build=0),
    Delete(share=0),
    Cocreate(invite=0, most=0),
    Broadcast(messages=0, push=0),
    Align(rate=0),
    Connect(rate=0),
    Reconsider(trigger=0),
]


@pytest.mark.parametrize("effector", OFF, ids=lambda effector: effector.kind)
def test_off_values_turn_an_effector_off(effector):
    for deed in run_effector(effector, [1.0] * 10):
        assert deed.touch is None or not any(deed.touch)
        assert deed.repair is None
        assert deed.replicate is None


@given(st.sampled_from(OURS), st.lists(st.floats(0, 5), min_size=1, max_size=40))
def test_touches_stay_within_bounds_for_any_effort(kind, efforts):
    for deed in run_effector(build_effector(kind), efforts):
        for name, strength in (deed.touch or Touch())._asdict().items():
            assert 0 <= strength <= (100 if name in UNBOUNDED_TOUCHES else 1)


EXTREME = [
    Moderate(welcome=1, draw_out=1, cool=1, introduce=1, build=1, fade=1),
    Delete(share=1),
    Cocreate(invite=1, most=1, rate=1, decay=1),
    Broadcast(messages=50, push=100),
    Align(rate=1),
    Connect(rate=1),
    Reconsider(trigger=1),
    Respond(serves="questions"),
    ExecutionWrapper.wrap("a", Moderate(delay=3, capacity=0.5, follow_through=0.5)),
]


@pytest.mark.parametrize("effector", EXTREME, ids=lambda effector: effector.kind)
def test_extreme_settings_keep_the_contract(effector):
    check(effector)


@pytest.mark.parametrize("kind", OURS)
def test_execution_applies_to_every_effector(kind):
    def execute(**limits):
        effector = build_effector(kind, **{"delay": 0} | limits)
        return run_effector(ExecutionWrapper.wrap("a", effector), [1.0] * 12)

    assert [deed.effort for deed in execute(delay=3)] == [0.0] * 3 + [1.0] * 9
    assert {deed.effort for deed in execute(capacity=0.25)} == {0.25}
    assert 0 < sum(deed.effort for deed in execute(follow_through=0.5)) < 12
    assert execute(cost=7.0)[0].cost == pytest.approx(7.0 * PEOPLE / 1000)


@pytest.mark.parametrize("kind", OURS)
def test_every_effector_expresses_values(kind):
    assert any(build_effector(kind).values)


def other_value(name, default):
    if isinstance(default, bool):
        return not default
    if isinstance(default, float):
        return default / 2
    return OTHER_VALUES[name]


OWN_SETTINGS = [
    (kind, name)
    for kind in OURS
    for name in type(build_effector(kind)).model_fields
    if name not in Effector.model_fields
]


@pytest.mark.parametrize(("kind", "name"), OWN_SETTINGS)
def test_every_setting_changes_the_deeds(kind, name):
    default = build_effector(kind, **WITH.get(name, {}))
    changed = default.model_copy(update={name: other_value(name, getattr(default, name))})
    efforts = [1.0] * 5 + [0.0] * 5
    assert not is_same(run_effector(default, efforts), run_effector(changed, efforts))
