"""Each day's change of mean satisfaction is told apart into its causes, exactly."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from equipoise.consumers.state import CUSTOMER, SATISFACTION_CAUSES
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.option_files import list_options
from equipoise.model import World
from equipoise.settings.settings import Settings

EXACT = 1e-12  # of the scale of satisfaction, which is 1
TURNOVER = len(SATISFACTION_CAUSES)


def recorded(given):
    """Return the census of a world at the end of its days."""
    return World(Settings.model_validate(given)).run().census


def changes(census):
    """Return the changes of mean satisfaction (days - 1,), nan next to days without customers."""
    return np.diff(census.satisfaction)


def assert_parts_sum(census):
    change = changes(census)
    error = np.abs(census.by.sum(axis=1)[1:] - change)
    assert np.nanmax(error, initial=0.0) <= EXACT
    assert np.isfinite(census.by).all()


CHOICES = (
    [
        ("ordinary", environment, "pid_mentions")
        for environment in list_options("environment")
        if environment != "replay"
    ]
    + [(community, "everything", "pid_survey") for community in list_options("community")]
    + [("ordinary", "recall", strategy) for strategy in list_options("strategy")]
)


@pytest.mark.parametrize(("community", "environment", "strategy"), CHOICES)
def test_the_parts_sum_to_the_change_in_all_shipped_options(community, environment, strategy):
    chosen = [f"community={community}", f"environment={environment}", f"strategy={strategy}"]
    run = compose(*chosen, "community.size=150", "burn_in=0", "horizon=150")
    assert_parts_sum(World(run).run().census)


share = st.floats(0, 1)
WORLDS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**63 - 1),
        "burn_in": st.just(0),
        "horizon": st.integers(1, 30),
        "precision": st.sampled_from(["single", "double"]),
        "receptor": st.just({"kind": "oracle"}),
        "control_center": st.just({"kind": "threshold", "trigger": -25, "release": -25}),
        "effector": st.fixed_dictionaries(
            {},
            optional={
                "respond": st.builds(
                    lambda expert: {"kind": "respond", "replies": 300, "expert": expert},
                    st.booleans(),
                ),
                "repair": st.just({"kind": "repair"}),
                "promise": st.just({"kind": "promise", "level": 1.0}),
            },
        ),
        "environment": st.fixed_dictionaries(
            {"failure_rate": share, "fault_rate": share.map(lambda x: x / 10), "competitor": share}
        ),
        "firm": st.fixed_dictionaries(
            {"content": st.floats(0, 20), "relevance": share, "promise": share}
        ),
        "community": st.fixed_dictionaries(
            {
                "size": st.integers(1, 60),
                "people": st.fixed_dictionaries(
                    {
                        "customers": st.floats(0, 0.7),
                        "unaware": st.floats(0, 0.3),
                        "start_spread": st.floats(0, 0.5),
                        "voice_mean": share,
                    }
                ),
                "attention": st.fixed_dictionaries({"relevant_gain": share}),
                "cycle": st.fixed_dictionaries(
                    {"consider": share, "buy": share, "lapse": share, "comeback": share}
                ),
                "needs": st.fixed_dictionaries(
                    {"question_rate": share, "answer_gain": share, "desert": share}
                ),
                "experience": st.fixed_dictionaries({"use_rate": share, "noise": share}),
                "thinking": st.fixed_dictionaries(
                    {"eta1": share, "eta2": share, "salience": st.floats(0, 10)}
                ),
                "voice": st.fixed_dictionaries(
                    {"leave": st.floats(0, 5), "complain": share, "plain": st.floats(0, 10)}
                ),
                "hearing": st.fixed_dictionaries(
                    {"kappa": share, "norm_pull": share, "social_decay": share}
                ),
            }
        ),
    }
)


@given(WORLDS)
@settings(max_examples=150)
@example({"community": {"size": 1}, "burn_in": 0, "horizon": 30})
@example({"community": {"size": 2, "people": {"customers": 0}}, "burn_in": 0, "horizon": 30})
def test_the_parts_sum_to_the_change_whatever_the_settings(given):
    assert_parts_sum(recorded(given))


LEAVING = {
    "burn_in": 0,
    "horizon": 60,
    "community": {
        "size": 20,
        "people": {"customers": 0.2},
        "cycle": {"lapse": 0.5, "comeback": 0.1, "buy": 0.5, "consider": 0.02},
    },
}


def test_days_without_customers_have_no_mean_and_no_parts():
    census = recorded(LEAVING)
    nobody = census.stage[:, CUSTOMER] == 0
    assert 3 < nobody.sum() < 57
    np.testing.assert_array_equal(np.isnan(census.satisfaction), nobody)
    assert not census.by[nobody].any()
    assert_parts_sum(census)


def test_after_a_day_without_customers_turnover_is_zero():
    census = recorded(LEAVING)
    first = 1 + np.flatnonzero(
        np.isnan(census.satisfaction[:-1]) & ~np.isnan(census.satisfaction[1:])
    )
    assert len(first) > 0
    assert not census.by[first, TURNOVER].any()


def test_turnover_is_the_whole_change_if_people_only_join_and_leave():
    still = [f"community.cycle.{name}=0.2" for name in ("lapse", "comeback", "buy")]
    census = (
        World(compose("community=still", "community.size=300", *still, "horizon=40", "burn_in=0"))
        .run()
        .census
    )
    assert not census.by[:, :TURNOVER].any()
    np.testing.assert_allclose(census.by[1:, TURNOVER], changes(census), atol=EXACT)
    assert np.abs(changes(census)).max() > 1e-3


def test_without_turnover_the_causes_are_the_whole_change():
    stay = {"cycle": {"lapse": 0, "buy": 0}, "voice": {"leave": 0}, "needs": {"desert": 0}}
    census = recorded({"burn_in": 0, "horizon": 60, "community": {"size": 200, **stay}})
    assert np.abs(census.by[:, TURNOVER]).max() <= EXACT
    np.testing.assert_allclose(census.by[1:, :TURNOVER].sum(axis=1), changes(census), atol=EXACT)


@pytest.mark.parametrize(
    ("cause", "only"),
    [
        ("experience", {"experience": {"use_rate": 0.5}, "thinking": {"eta1": 0.1, "eta2": 0.1}}),
        (
            "peers",
            {
                "people": {"voice_mean": 1, "conformity_mean": 0.5},
                "voice": {"plain": 1},
                "hearing": {"kappa": 0.5},
            },
        ),
        (
            "norm",
            {
                "people": {"voice_mean": 1, "conformity_mean": 0.5},
                "voice": {"plain": 1},
                "hearing": {"norm_rate": 0.5, "norm_pull": 0.1, "online_weight": 1},
            },
        ),
        ("messages", {"attention": {"relevant_gain": 0.5}, "relationship": {"followers": 0.5}}),
    ],
)
def test_a_mechanism_alone_is_attributed_to_its_own_cause(cause, only):
    overrides = [
        f"community.{group}.{name}={value}"
        for group, values in only.items()
        for name, value in values.items()
    ]
    run = compose(
        "community=still",
        "community.size=200",
        "horizon=20",
        "burn_in=0",
        "firm.content=1",
        *overrides,
    )
    parts = World(run).run().census.by
    moved = {
        name
        for name, column in zip((*SATISFACTION_CAUSES, "turnover"), parts.T, strict=True)
        if np.abs(column).max() > EXACT
    }
    assert moved == {cause}
