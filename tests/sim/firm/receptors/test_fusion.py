"""Fusion by precision, correction to an anchor, mission control; every setting of a receptor changes what is read."""

import math
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from equipoise.firm import check_fixtures
from equipoise.firm.checker import check, is_same
from equipoise.firm.interfaces import Reading, Receptor
from equipoise.firm.receptors.behaviour import Behaviour
from equipoise.firm.receptors.conversation import Conversation
from equipoise.firm.receptors.fusion import MissionControl, Suite
from equipoise.firm.receptors.mentions import Mentions
from equipoise.firm.receptors.reference import Blind, Oracle
from equipoise.firm.receptors.survey import Survey
from equipoise.firm.wrappers import LensWrapper
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Lens

PLANT = check_fixtures.build_plant()
DAYS = check_fixtures.build_markets(PLANT, truth=False)


class Says(Receptor):
    """Reads a level with an error, every so many days, some days late."""

    kind: ClassVar[str] = "says"
    level: float = 0.5
    error: float = 0.1
    every: int = 1
    late: int = 0
    swing: float = 0.0

    def init(self, plant):
        return None

    def step(self, market, state):
        day = market.day
        if day % self.every or day < self.late:
            return None, state
        then = day - self.late
        noise = self.swing * math.sin(then)
        one = np.arange(4.0)
        return Reading(
            then, day, self.level + noise, self.error, one, 2 * one, 3, np.ones(5), np.full(10, 0.5)
        ), state


def read(receptor, days=DAYS):
    state, out = receptor.init(PLANT), []
    for each in days:
        got, state = receptor.step(each, state)
        out.append(got)
    return out


def test_fusion_is_by_precision():
    suite = Suite(receptors={"a": Says(level=0.4, error=0.02), "b": Says(level=0.7, error=0.04)})
    got = read(suite)[0]
    assert got.satisfaction == pytest.approx((4 * 0.4 + 0.7) / 5)
    assert got.error == pytest.approx((1 / 0.02**2 + 1 / 0.04**2) ** -0.5)
    np.testing.assert_array_equal(got.trouble, 4 * np.arange(4))
    np.testing.assert_array_equal(got.praise, 2 * np.arange(4))
    np.testing.assert_array_equal(got.causes, np.full(5, 2.0))
    np.testing.assert_array_equal(got.values, np.full(10, 0.5))
    assert got.volume == 6
    assert [name for name, _ in got.parts] == ["a", "b"]


def test_an_old_level_counts_less():
    suite = Suite(
        receptors={
            "old": Says(level=0.4, error=0.02, every=30),
            "new": Says(level=0.7, error=0.02),
        },
        drift=0.01,
    )
    got = read(suite)[29]
    old, new = 1 / (0.02**2 + 29 * 0.01**2), 1 / 0.02**2
    assert got.satisfaction == pytest.approx((old * 0.4 + new * 0.7) / (old + new))
    np.testing.assert_array_equal(got.trouble, 2 * np.arange(4))


def test_the_anchor_takes_the_bias_out_of_a_fast_channel():
    honest, fast = (
        Says(level=0.6, error=0.02, every=28, late=5),
        Says(level=0.4, error=0.01, swing=0.02),
    )
    fused, corrected = (
        read(Suite(receptors={"survey": honest, "mentions": fast}, anchor=anchor))
        for anchor in ("", "survey")
    )
    truth = [0.6 + 0.02 * math.sin(day) for day in range(60, 90)]
    off = [
        np.abs([got.satisfaction - true for got, true in zip(each[60:], truth, strict=True)]).mean()
        for each in (fused, corrected)
    ]
    assert off[0] > 0.1
    assert off[1] < 0.02
    moved = [each.satisfaction for each in corrected[60:]]
    assert np.corrcoef(moved, truth)[0, 1] > 0.9


def test_the_offset_is_learned_as_by_hand():
    suite = Suite(
        receptors={"a": Says(level=0.6, error=0.03, every=100), "b": Says(level=0.4, error=0.04)},
        anchor="a",
        doubt=0.1,
        wander=0.0,
        drift=0.0,
    )
    got = read(suite)[0]
    gain = 0.01 / (0.01 + 0.03**2 + 0.04**2)
    offset, unsure = -0.2 * gain, 0.01 * (1 - gain)
    weights = 1 / 0.03**2, 1 / (0.04**2 + unsure)
    expected = (weights[0] * 0.6 + weights[1] * (0.4 - offset)) / sum(weights)
    assert got.satisfaction == pytest.approx(expected, rel=1e-6)
    assert got.error == pytest.approx(sum(weights) ** -0.5, rel=1e-6)


def test_a_suite_of_one_is_that_one_and_of_the_blind_is_blind():
    alone, within = read(Survey(every=3)), read(Suite(receptors={"survey": Survey(every=3)}))
    for one, other in zip(alone, within, strict=True):
        assert (one is None) == (other is None)
        if one is not None and not math.isnan(one.satisfaction):
            assert other.satisfaction == pytest.approx(one.satisfaction)
    assert read(Suite(receptors={"a": Blind()})) == [None] * len(DAYS)


def test_only_an_oracle_within_is_shown_the_truth():
    suite = Suite(receptors={"oracle": Oracle(), "survey": Survey()})
    assert suite.sees_truth
    assert not Suite().sees_truth
    check(suite)


def test_a_suite_through_the_lens_hides_its_parts_too():
    suite = Suite(receptors={"a": Says(level=0.4), "b": Says(level=0.5)})
    got = read(LensWrapper(receptor=suite, lens=Lens(layers=2, attenuation=0.5, delay=0)))[0]
    for each in (got, *(one for _, one in got.parts)):
        assert each.trouble[1] in (0.5, 1.0)
        assert each.satisfaction > 0.6
    np.testing.assert_allclose(got.causes, 2 / 4)


def test_bad_suites_are_refused_in_plain_words():
    with pytest.raises(ValidationError, match="at least one receptor"):
        Suite(receptors={})
    with pytest.raises(
        ValidationError, match=r"anchor 'survy' is not known\. Did you mean 'survey'"
    ):
        Suite(anchor="survy")
    with pytest.raises(
        ValidationError, match=r"receptor kind 'surveys' is not known\. Did you mean 'survey'"
    ):
        Suite(receptors={"a": {"kind": "surveys"}})


def test_mission_control_is_all_of_them_daily():
    made = MissionControl()
    assert {each.kind for each in made.receptors.values()} == {
        "survey",
        "conversation",
        "mentions",
        "behaviour",
    }
    assert all(each is not None for each in read(made)[1:80])
    assert (
        MissionControl.model_validate({k: v for k, v in dump_settings(made).items() if k != "kind"})
        == made
    )


# every setting has an effect

OTHER = [
    (
        Survey(every=7, field=2),
        {"every": 9, "sample": 50, "nonresponse": 0.9, "courtesy": 0.3, "field": 3},
    ),
    (
        Mentions(),
        {
            "coverage": 0.4,
            "classifier": "lexicon",
            "accuracy": 0.6,
            "cut": 0.6,
            "neutral": 0.2,
            "smoothing": 0.5,
            "correct": True,
        },
    ),
    (Conversation(), {"talks": 3, "accuracy": 0.4, "recent": 2.0, "allowance": 0.1}),
    (
        Behaviour(),
        {
            "recent": 5.0,
            "usual": 40.0,
            "warm_up": 3,
            "churn_weight": 0.3,
            "use_weight": 0.6,
            "doubt": 0.2,
        },
    ),
    (
        Suite(anchor="survey"),
        {
            "receptors": {"survey": {"kind": "survey"}},
            "anchor": "",
            "doubt": 0.4,
            "wander": 0.05,
            "drift": 0.05,
        },
    ),
    (
        MissionControl(),
        {
            "receptors": {"survey": {"kind": "survey"}},
            "anchor": "",
            "doubt": 0.4,
            "wander": 0.05,
            "drift": 0.05,
        },
    ),
]
CASES = [(made, name, value) for made, flips in OTHER for name, value in flips.items()]


def test_every_setting_is_tried():
    for made, flips in OTHER:
        assert set(flips) == set(type(made).model_fields)


@pytest.mark.parametrize(
    ("made", "name", "value"), CASES, ids=lambda each: getattr(each, "kind", str(each))[:20]
)
def test_every_setting_changes_what_is_read(made, name, value):
    flipped = type(made).model_validate(
        {k: v for k, v in dump_settings(made).items() if k != "kind"} | {name: value}
    )
    assert not is_same(read(made), read(flipped))
