"""The census against a plain recount in numpy."""

import numpy as np
import pytest

from equipoise.consumers.census import CENSUS_COLUMNS, CENSUS_DTYPE, HISTOGRAM_BINS, take_census
from equipoise.consumers.state import (
    CLOSED_BY_PEERS,
    COMPLAINT,
    CUSTOMER,
    QUESTION,
    SATISFACTION_CAUSES,
    STATE_FIELDS,
)
from equipoise.mesa_model import BrandCommunity
from equipoise.model import World
from equipoise.settings.settings import Settings

LIVELY = {
    "burn_in": 0,
    "horizon": 25,
    "receptor": {"kind": "oracle"},
    "control_center": {"kind": "threshold", "trigger": -25, "release": -25},
    "effector": {"respond": {"kind": "respond", "replies": 30}},
    "environment": {"failure_rate": 0.1, "disturbances": {"fault": {"start": 4, "size": 0.5}}},
    "community": {
        "size": 400,
        "people": {"voice_mean": 0.5, "unaware": 0.2},
        "cycle": {"lapse": 0.02, "buy": 0.3, "consider": 0.2},
        "needs": {"question_rate": 0.1, "answer_gain": 0.9},
        "voice": {"neutral": 0.6, "advocate": 0.65},
    },
}


def recount(p, t, c, day, before, detractor):
    """Return the census of a day by column, from the state after it and the detractors before."""
    own = p.stage == CUSTOMER
    s = p.satisfaction[own].astype(float)
    public = (p.post != 0) & ~p.deleted
    bad, good = public & (p.valence < c.neutral), public & (p.valence >= c.neutral)
    lowest = np.sort(s)
    tenth = len(s) / 10
    whole = int(tenth)
    worst = lowest[:whole].sum() + (tenth - whole) * (lowest[whole] if whole < len(s) else 0)
    groups = [s[t.tribe[own] == tribe] for tribe in np.unique(t.tribe[own])]
    strata = [s[t.stratum[own] == stratum] for stratum in (t.stratum.min(), t.stratum.max())]

    def by(these, field, kinds):
        return np.bincount(getattr(p, field)[these], minlength=kinds)[:kinds]

    new = {kind: (p.case == kind) & (p.since == day) for kind in (QUESTION, COMPLAINT)}
    return {
        "satisfaction": s.mean(),
        "spread": s.std(),
        "q10": np.quantile(s, 0.1, method="inverted_cdf"),
        "q50": np.quantile(s, 0.5, method="inverted_cdf"),
        "q90": np.quantile(s, 0.9, method="inverted_cdf"),
        "worst_decile": worst / tenth,
        "expectation": p.expectation[own].mean(dtype=float),
        "trust": p.trust[own].mean(dtype=float),
        "norm": p.norm.mean(dtype=float),
        "depth": p.depth[own].mean(dtype=float),
        "fatigue": p.fatigue[p.follows].mean(dtype=float) if p.follows.any() else 0.0,
        "followers": p.follows.sum(),
        "uses": p.used.sum(),
        "automatic": (p.used & p.automatic).sum(),
        "upset": (p.used & p.upset).sum(),
        "joined": (own & ~p.customer_before).sum(),
        "left": (~own & p.customer_before).sum(),
        "positive": good.sum(),
        "negative": bad.sum(),
        "valence": p.valence[public].sum(dtype=float),
        "open_questions": (p.case == QUESTION).sum(),
        "open_complaints": (p.case == COMPLAINT).sum(),
        "checked_in": p.checked_in.sum(),
        "creating": p.creating.sum(),
        "deleted": p.deleted.sum(),
        "advocates": (own & (p.satisfaction > c.advocate)).sum(),
        "detractors": (own & detractor & ~(p.satisfaction > c.advocate)).sum(),
        "turned": (own & detractor & (p.satisfaction > c.advocate)).sum(),
        "low_stratum": strata[0].mean(),
        "high_stratum": strata[1].mean(),
        "between_tribes": np.sqrt(
            sum(len(g) * (g.mean() - s.mean()) ** 2 for g in groups) / len(s)
        ),
        "within_tribes": np.sqrt(sum(len(g) * g.var() for g in groups) / len(s)),
        "closed": np.bincount(p.outcome, minlength=5)[1:],
        "stage": np.bincount(p.stage, minlength=5),
        "posts": np.bincount(p.post[public], minlength=5)[1:],
        "trouble": by(bad, "topic", 4),
        "praise": by(good, "topic", 4),
        "complaints": by(new[COMPLAINT], "topic", 4),
        "questions": by(
            new[QUESTION] | ((p.outcome == CLOSED_BY_PEERS) & (p.since == day)), "topic", 4
        ),
        "by": np.append(p.moved[own].mean(axis=0), p.start[own].mean(dtype=float) - before),
    }


ROUGH = {
    "q10": 1.0 / HISTOGRAM_BINS,
    "q50": 1.0 / HISTOGRAM_BINS,
    "q90": 1.0 / HISTOGRAM_BINS,
    "worst_decile": 0.5 / HISTOGRAM_BINS,
}


@pytest.mark.parametrize("precision", ["single", "double"])
def test_the_census_is_a_plain_recount(precision, monkeypatch):
    settings = Settings.model_validate({**LIVELY, "precision": precision, "engine": "agents"})
    world, before_census = BrandCommunity(settings).world, {}

    def watched(people, *more):
        before_census["detractor"] = people.detractor.copy()
        take_census(people, *more)

    monkeypatch.setattr("equipoise.mesa_model.take_census", watched)
    mean = np.nan
    met = dict.fromkeys(CENSUS_DTYPE.names, 0.0)
    while world.day < world.days:
        world.step()
        row = world.record.census[world.day - 1]
        c = world.coefficients.view(np.recarray)[0]
        expected = recount(
            world.people, world.traits, c, world.day - 1, mean, before_census["detractor"]
        )
        assert set(expected) == {column.name for column in CENSUS_COLUMNS}
        for name, value in expected.items():
            if name == "by" and world.day == 1:
                value[-1] = 0.0  # no yesterday
            np.testing.assert_allclose(
                row[name], value, rtol=1e-9, atol=ROUGH.get(name, 1e-12), err_msg=name
            )
            met[name] += np.abs(np.asarray(value, float)).sum()
        mean = row.satisfaction
    assert {name for name, sum_of_days in met.items() if sum_of_days == 0} <= {
        "creating",
        "deleted",
    }


def test_a_community_without_customers_has_counts_but_no_means():
    given = {
        "burn_in": 0,
        "horizon": 1,
        "community": {"size": 30, "people": {"customers": 0}, "cycle": {"buy": 0}},
    }
    row = World(Settings.model_validate(given)).run().census[0]
    for name in (
        "satisfaction",
        "spread",
        "q10",
        "q50",
        "q90",
        "worst_decile",
        "expectation",
        "trust",
        "depth",
    ):
        assert np.isnan(row[name]), name
    assert row.stage.sum() == 30
    assert 0 < row.norm < 1


def test_quantiles_of_a_community_of_one_are_that_person():
    given = {
        "burn_in": 0,
        "horizon": 5,
        "community": {"size": 1, "people": {"customers": 1, "unaware": 0}, "cycle": {"lapse": 0}},
    }
    world = World(Settings.model_validate(given))
    row = world.run().census[-1]
    s = float(world.people.satisfaction[0])
    for name in ("q10", "q50", "q90", "worst_decile"):
        assert row[name] == pytest.approx(s, abs=1 / HISTOGRAM_BINS)
    assert row.spread == pytest.approx(0, abs=1e-7)


def test_states_and_census_stay_in_their_ranges():
    world = World(Settings.model_validate(LIVELY))
    while world.day < world.days:
        world.step()
        for field, values in zip(STATE_FIELDS, world.people, strict=True):
            assert values.min() >= field.low - 1e-6, field.name
            assert values.max() <= field.high + 1e-6, field.name
    for column in CENSUS_COLUMNS:
        if column.unit == "0..1":
            values = world.record.census[column.name]
            assert np.nanmin(values) >= 0, column.name
            assert np.nanmax(values) <= 1, column.name


def test_the_census_dtype_has_every_column_and_member():
    for column in CENSUS_COLUMNS:
        assert CENSUS_DTYPE[column.name].shape == ((len(column.members),) if column.members else ())
    assert CENSUS_COLUMNS[-1].members == (*SATISFACTION_CAUSES, "turnover")
