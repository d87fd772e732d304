"""The table of a consumer's fields, and the arrays made from it."""

import numpy as np
import pytest

from equipoise.consumers import state
from equipoise.consumers.coefficients import coefficient_table
from equipoise.consumers.initial_state import draw_initial_state
from equipoise.consumers.state import (
    AWARE,
    CONSIDERING,
    CUSTOMER,
    LAPSED,
    STAGES,
    STATE_FIELDS,
    UNAWARE,
    State,
    StateField,
    empty_state,
)
from equipoise.consumers.traits import draw_traits
from equipoise.settings.community import Community
from equipoise.settings.schema import walk_settings
from equipoise.settings.settings import Settings


def test_the_table_lists_the_fields_of_the_state_in_order():
    assert tuple(field.name for field in STATE_FIELDS) == State._fields


def test_the_table_is_read_from_the_annotations():
    fields = {field.name: field for field in STATE_FIELDS}
    assert fields["trust"] == StateField("trust", "real", 0, 0, 1, "trust in the brand")
    assert fields["since"].dtype == "int32"
    assert (fields["moved"].dtype, fields["moved"].columns) == ("float64", 5)
    assert (fields["expectation"].dtype, fields["expectation"].columns) == ("real", 4)


@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_an_empty_state_has_the_dtypes_and_shapes_of_the_table(real):
    people = empty_state(7, real)
    for field, array in zip(STATE_FIELDS, people, strict=True):
        dtype = real if field.dtype == "real" else field.dtype
        assert array.dtype == dtype, field.name
        assert array.shape == ((7, field.columns) if field.columns else (7,)), field.name
        assert not array.any()


@pytest.mark.parametrize(
    ("field", "names"),
    [("stage", "STAGES"), ("case", "CASES"), ("post", "POSTS"), ("outcome", "OUTCOMES")],
)
def test_a_coded_field_has_a_name_for_each_of_its_values(field, names):
    highest = next(one.high for one in STATE_FIELDS if one.name == field)
    assert len(getattr(state, names)) == highest + 1


# the first morning


def draw_people(size=20_000, promise=0.7, **people):
    given = Settings.model_validate({"community": {"size": size, "people": people}})
    network = given.network.build(size, 3)
    traits = draw_traits(
        given.community.people, network, homophily=0.0, iconicity=0.0, seed=3, dtype=np.float64
    )
    return draw_initial_state(given.community, traits, promise, 3, np.float64), traits


def test_stages_have_their_shares():
    p, _ = draw_people(customers=0.5, unaware=0.2)
    shares = np.bincount(p.stage, minlength=len(STAGES)) / len(p.stage)
    expected = {UNAWARE: 0.2, AWARE: 0.18, CONSIDERING: 0.045, CUSTOMER: 0.5, LAPSED: 0.075}
    for stage, share in expected.items():  # 5 standard errors at most
        assert shares[stage] == pytest.approx(share, abs=0.018), STAGES[stage]


def test_all_may_be_customers():
    p, _ = draw_people(size=200, customers=1.0, unaware=0.0)
    assert set(p.stage.tolist()) == {CUSTOMER}


def test_only_customers_have_habits_and_depth():
    p, traits = draw_people(size=500)
    customers = p.stage == CUSTOMER
    assert not p.familiarity[~customers].any()
    assert not p.depth[~customers].any()
    assert (p.familiarity[customers] > 0).all()
    np.testing.assert_allclose(p.depth[customers], traits.depth_ceiling[customers] / 2)


def test_satisfaction_begins_with_its_mean_and_spread():
    p, _ = draw_people(start_satisfaction=0.5, start_spread=0.1, taste_spread=0.0)
    assert p.satisfaction.mean() == pytest.approx(0.5, abs=0.004)
    assert p.satisfaction.std() == pytest.approx(0.1, abs=0.003)
    np.testing.assert_array_equal(p.memory, p.satisfaction)


def test_everybody_expects_the_promise_and_is_moved_by_the_strongest_drive():
    p, traits = draw_people(size=100, promise=0.65)
    assert (p.expectation == 0.65).all()
    np.testing.assert_array_equal(p.topic, traits.drives.argmax(axis=1))


# coefficients


def test_the_coefficients_are_the_numbers_of_all_groups():
    table = coefficient_table(Community())
    assert table.shape == (1,)
    expected = {}
    for path, _, value in walk_settings(Community()):
        if "." in path:
            expected[path.split(".")[1]] = value
    assert {name: table[0][name] for name in table.dtype.names} == expected


def test_two_coefficients_of_one_name_are_refused():
    class Confused(Community):
        copied: type(Community().ties) = Community().ties

    with pytest.raises(ValueError, match="strengthen"):
        coefficient_table(Confused())
