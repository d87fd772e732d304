"""What effectors do: to consumers, inside the firm, and what they leave behind."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.firm import check_fixtures
from equipoise.firm.checker import check
from equipoise.firm.effectors.align import Align
from equipoise.firm.effectors.bonds import NO_BONDS, sum_bonds
from equipoise.firm.effectors.broadcast import Broadcast
from equipoise.firm.effectors.cocreate import Cocreate
from equipoise.firm.effectors.connect import Connect
from equipoise.firm.effectors.delete import Delete
from equipoise.firm.effectors.moderate import Moderate
from equipoise.firm.effectors.reconsider import Reconsider
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.effectors.respond import Respond
from equipoise.firm.interfaces import NO_DEED, UNBOUNDED_TOUCHES, Deed, Touch
from equipoise.firm.wrappers import ExecutionWrapper
from equipoise.settings.schema import build_part, part_kinds

PLANT = check_fixtures.build_plant(("a",))
NOWHERE = np.zeros(5)
OURS = [kind for kind, point in part_kinds("effectors").items() if point.provider == "equipoise"]
EXECUTION = {"delay", "capacity", "follow_through", "cost"}
LEFT_BEHIND = {"bond_brand", "bond_consumers", "values"}


def run(effector, efforts, focus=NOWHERE):
    state, deeds = effector.init(PLANT), []
    for day, effort in enumerate(efforts):
        deed, state = effector.step(day, effort, focus, state)
        deeds.append(deed)
    return deeds


def once(effector, effort=1.0):
    return run(effector, [effort])[0].touch


def total(deeds, name):
    return np.array([getattr(deed.touch, name) if deed.touch else 0.0 for deed in deeds])


def plain(deed):
    """Return a deed as something that compares by value."""
    return repr(
        [
            deed,
            [
                np.asarray(each).tolist()
                for each in (deed.repair, deed.replicate)
                if each is not None
            ],
        ]
    )


# touches


@pytest.mark.parametrize(
    ("effector", "expected"),
    [
        (Delete(share=0.6), Touch(delete=0.3)),
        (Broadcast(messages=2.0, push=6.0), Touch(content=1.0, push=3.0)),
        (Align(rate=0.01), Touch(align=0.005)),
        (Connect(rate=0.02), Touch(connect=0.01)),
        (Reconsider(trigger=0.8), Touch(trigger=0.4)),
        (Cocreate(invite=0.1), Touch(invite=0.05)),
        (
            Moderate(
                welcome=0.4,
                draw_out=0.6,
                cool=0.8,
                introduce=0.2,
                rules=False,
                build=0.1,
                fade=0.02,
            ),
            Touch(welcome=0.2, draw_out=0.3, cool=0.4, introduce=0.1, community=0.05),
        ),
        (Moderate(build=0), Touch(welcome=0.34, draw_out=0.25, cool=0.29, introduce=0.15)),
    ],
    ids=lambda each: getattr(each, "kind", ""),
)
def test_half_the_effort_touches_by_half(effector, expected):
    assert once(effector, 0.5) == pytest.approx(expected)


@pytest.mark.parametrize("kind", OURS)
def test_no_effort_is_no_deed(kind):
    assert all(deed is NO_DEED for deed in run(build_part("effectors", {"kind": kind}), [0.0] * 5))


OFF = [
    Moderate(welcome=0, draw_out=0, cool=0, introduce=0, rules=False, build=0),
    Delete(share=0),
    Cocreate(invite=0, most=0),
    Broadcast(messages=0, push=0),
    Align(rate=0),
    Connect(rate=0),
    Reconsider(trigger=0),
]


@pytest.mark.parametrize("off", OFF, ids=lambda each: each.kind)
def test_every_effector_can_be_switched_off(off):
    for deed in run(off, [1.0] * 10):
        assert deed.touch is None or not any(deed.touch)
        assert deed.repair is deed.replicate is None


@given(st.sampled_from(OURS), st.lists(st.floats(0, 5), min_size=1, max_size=40))
def test_touches_stay_within_bounds_whatever_the_effort(kind, efforts):
    for deed in run(build_part("effectors", {"kind": kind}), efforts):
        for name, strength in zip(Touch._fields, deed.touch or Touch(), strict=True):
            assert 0 <= strength <= (100 if name in UNBOUNDED_TOUCHES else 1)


STRONG = [
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


@pytest.mark.parametrize("made", STRONG, ids=lambda each: each.kind)
def test_extreme_settings_keep_the_contract(made):
    check(made)


# the community and its upkeep


def test_the_community_grows_with_effort_and_fades_without():
    held = total(run(Moderate(build=0.04, fade=0.02), [1.0] * 400 + [0.0] * 200), "community")
    assert (np.diff(held[:400]) > 0).all()
    assert held[399] == pytest.approx(0.04 / 0.06)
    np.testing.assert_allclose(held[400:], held[399] * 0.98 ** np.arange(1, 201))
    assert total(run(Moderate(fade=0), [1.0] * 50 + [0.0] * 50), "community")[-1] > 0.8


def test_a_community_that_has_faded_is_gone():
    deeds = run(Moderate(fade=0.5), [1.0] + [0.0] * 40)
    assert deeds[1].touch.community > 0
    assert deeds[-1] is NO_DEED


def test_posting_the_rules_welcomes_newcomers_and_cools():
    with_rules, without = once(Moderate(rules=True)), once(Moderate(rules=False))
    assert with_rules.welcome == pytest.approx(
        1.7 * without.welcome
    )  # Matias 2019: participation +70 %
    assert with_rules.cool == pytest.approx(without.cool + 0.08)  # and compliance +8 points
    assert with_rules._replace(welcome=0, cool=0) == without._replace(welcome=0, cool=0)


# creating together


def test_ideas_are_built_in_and_caught_up_with():
    deeds = run(Cocreate(most=0.1, rate=0.05, decay=0.05), [1.0] * 300 + [0.0] * 400)
    held = np.cumsum([0 if deed.replicate is None else deed.replicate[0] for deed in deeds])
    assert held[299] == pytest.approx(0.05)
    assert held[-1] == pytest.approx(0, abs=1e-12)
    assert deeds[-1] is NO_DEED
    assert total(deeds, "invite")[299:302] == pytest.approx([0.02, 0, 0])


# answers


@pytest.mark.parametrize("serves", ["both", "complaints", "questions"])
def test_answers_go_to_whom_they_serve(serves):
    assert run(Respond(serves=serves), [1.0])[0].serves == serves


def test_only_known_kinds_of_cases_are_served():
    with pytest.raises(ValueError, match="'both', 'complaints' or 'questions'"):
        Respond(serves="posts")


# every setting matters


def changed(kind, name, default):
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 2
    if isinstance(default, float):
        return default / 2
    return {"serves": "questions", "level": 0.9}[name]


SETTINGS = [
    (kind, name)
    for kind in OURS
    for name in part_kinds("effectors")[kind].load().model_fields
    if name not in EXECUTION | LEFT_BEHIND
]


@pytest.mark.parametrize(("kind", "name"), SETTINGS)
def test_every_setting_changes_what_is_done(kind, name):
    default = build_part("effectors", {"kind": kind})
    other = default.model_copy(update={name: changed(kind, name, getattr(default, name))})
    efforts = [1.0] * 5 + [0.0] * 5
    assert [*map(plain, run(default, efforts))] != [*map(plain, run(other, efforts))]


@pytest.mark.parametrize("kind", OURS)
def test_execution_is_put_round_every_effector(kind):
    def executed(**limits):
        return run(
            ExecutionWrapper.wrap(
                "a", build_part("effectors", {"kind": kind, "delay": 0} | limits)
            ),
            [1.0] * 12,
        )

    assert [deed.effort for deed in executed(delay=3)] == [0.0] * 3 + [1.0] * 9
    assert {deed.effort for deed in executed(capacity=0.25)} == {0.25}
    assert 0 < sum(deed.effort for deed in executed(follow_through=0.5)) < 12
    assert executed(cost=7.0)[0].cost == pytest.approx(7.0 * PLANT.population / 1000)


# bonds


def test_bonds_are_left_by_the_effort_really_done():
    effectors = (Moderate(bond_brand=0.2, bond_consumers=0.6), Repair(bond_brand=0.1))
    left = sum_bonds(effectors, (Deed(effort=0.5), replace(NO_DEED, effort=1.0)))
    assert left.brand == pytest.approx(0.2)
    assert left.consumers == pytest.approx(0.3)
    np.testing.assert_allclose(
        left.expressed, 0.5 * np.array(effectors[0].values) + effectors[1].values
    )


def test_nothing_done_leaves_no_bonds():
    assert sum_bonds((Repair(), Moderate()), (NO_DEED, NO_DEED)) is NO_BONDS
    assert sum_bonds((), ()) is NO_BONDS
    assert not NO_BONDS.expressed.any()


def test_bonds_never_exceed_one():
    left = sum_bonds([Moderate(bond_brand=1, bond_consumers=0.8)] * 3, [Deed(effort=1.0)] * 3)
    assert left[:2] == (1.0, 1.0)


@pytest.mark.parametrize("kind", OURS)
def test_every_effector_expresses_values(kind):
    assert any(build_part("effectors", {"kind": kind}).values)


def test_deleting_and_welcoming_express_opposed_values():
    assert np.dot(Delete().values, Moderate().values) < 0
    assert Delete().bond_consumers == Delete().bond_brand == 0
