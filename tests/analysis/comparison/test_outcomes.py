"""The outcomes that comparisons start from: made from a table, checked, and turned so that more is better."""

import numpy as np
import polars as pl
import pytest

from equipoise.analysis.comparison.outcomes import Outcomes, better_side, build_outcomes
from equipoise.analysis.measure_table import MEASURES
from equipoise.errors import EquipoiseError

TABLE = {
    "strategy": ["b", "a", "a", "b", "a"],
    "environment": ["calm", "calm", "storm", "storm", "calm"],
    "seed": [1, 1, 1, 1, 2],
    "cost": [3.0, 1.0, 2.0, None, 5.0],
}


def test_a_table_becomes_outcomes_with_sorted_axes_and_nan_for_what_is_missing():
    for table in (TABLE, pl.DataFrame(TABLE)):
        made = build_outcomes(table, "cost")
        assert (made.strategies, made.environments, made.seeds) == (
            ("a", "b"),
            ("calm", "storm"),
            (1, 2),
        )
        np.testing.assert_array_equal(
            made.values, [[[1, 5], [2, np.nan]], [[3, np.nan], [np.nan, np.nan]]]
        )
        assert made.better == "lower"
        np.testing.assert_array_equal(made.merit, -made.values)


def test_columns_may_have_other_names_and_a_measure_of_ones_own_a_side():
    table = {"policy": ["a"], "where": ["x"], "world": [7], "smiles": [2]}
    made = build_outcomes(
        table, "smiles", "higher", strategy="policy", environment="where", seed="world"
    )
    assert (made.strategies, made.seeds, made.sign) == (("a",), (7,), 1.0)
    with pytest.raises(EquipoiseError, match=r"'smiles' is not known.*say better='higher'"):
        build_outcomes(table, "smiles", strategy="policy", environment="where", seed="world")


def test_an_empty_table_becomes_empty_outcomes():
    assert build_outcomes({name: [] for name in TABLE}, "cost").values.shape == (0, 0, 0)


def test_a_table_is_refused_by_what_is_wrong_with_it():
    twice = {name: [*column, column[0]] for name, column in TABLE.items()}
    with pytest.raises(
        EquipoiseError, match="1 worlds occur more than once by strategy, environment, seed"
    ):
        build_outcomes(twice, "cost")
    with pytest.raises(
        EquipoiseError, match=r"Column 'strategie' is not known. Did you mean 'strategy'"
    ):
        build_outcomes(TABLE, "cost", strategy="strategie")
    with pytest.raises(EquipoiseError, match="Neither side of 'days' is better"):
        build_outcomes(TABLE | {"days": TABLE["cost"]}, "days")


def test_axes_and_values_must_fit():
    with pytest.raises(EquipoiseError, match=r"shape \(1, 1, 1\); their axes have \(2, 1, 1\)"):
        Outcomes("cost", ("a", "b"), ("x",), (1,), np.zeros((1, 1, 1)))
    with pytest.raises(EquipoiseError, match="The strategies of 'cost' repeat"):
        Outcomes("cost", ("a", "a"), ("x",), (1,), np.zeros((2, 1, 1)))
    with pytest.raises(EquipoiseError, match="infinite values"):
        Outcomes("cost", ("a",), ("x",), (1,), np.full((1, 1, 1), np.inf))


def test_every_measure_has_a_side():
    for measure in MEASURES:
        assert better_side(measure.name) == measure.better
        assert measure.better in ("higher", "lower", "neither"), measure.name
