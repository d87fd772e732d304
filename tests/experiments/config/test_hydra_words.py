"""Values keep their meaning on the way through Hydra's grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.hydra_words import quote_value
from equipoise.experiments.design.sweep_syntax import parse_value

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("abc ,=[](){}:'\"\\$é-1", max_size=8)
    | st.sampled_from(["null", "True", "1e5", "NaN", "-inf", "1_0"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(VALUES)
def test_quoted_value_is_read_back_as_it_was(value):
    assert parse_value(quote_value(value)) == value


@pytest.mark.parametrize("name", ["a\\b", "it's", "a\\'b", "ends in \\", "é (1)", "x,y", "null"])
def test_an_option_of_any_name_is_found(tmp_path, name):
    folder = tmp_path / "strategy"
    folder.mkdir()
    (folder / f"{name}.yaml").write_text("# @package _global_\nstrategy:\n  name: mine\n")
    assert compose(f"strategy={quote_value(name)}", config_dirs=[tmp_path]).strategy.name == "mine"
