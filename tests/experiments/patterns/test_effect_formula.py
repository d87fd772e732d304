"""Effect formulas: what is understood, and what is refused."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.experiments.patterns.effect_formula import CONSTANT, parse_effect
from equipoise.experiments.patterns.pattern_file import load_patterns

ARMS = {"a": 2.0, "b": -3.0, "c": 0.7}


def evaluate(terms, arms):
    return sum(weight * arms.get(arm, 1.0) for arm, weight in terms.items())


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a", {"a": 1.0}),
        ("a - b", {"a": 1.0, "b": -1.0}),
        ("-a + b", {"a": -1.0, "b": 1.0}),
        ("a - 0.5*b + c - 0.7", {"a": 1.0, "b": -0.5, "c": 1.0, CONSTANT: -0.7}),
        ("repaired - 0.70", {"repaired": 1.0, CONSTANT: -0.7}),
        ("(a - b) * 2", {"a": 2.0, "b": -2.0}),
        ("2 * (a - (b - 1))", {"a": 2.0, "b": -2.0, CONSTANT: 2.0}),
        ("a + a", {"a": 2.0}),
        ("  .5*a", {"a": 0.5}),
        ("+a", {"a": 1.0}),
        ("2*3", {CONSTANT: 6.0}),
    ],
)
def test_sums_of_arms_are_parsed(text, terms):
    assert parse_effect(text) == terms


def test_terms_keep_the_order_of_the_formula():
    assert list(parse_effect("c - 1 + a - b")) == ["c", CONSTANT, "a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "a / b",
        "a * b",
        "a ** 2",
        "a b",
        "",
        "a -",
        "log(a)",
        "a > b",
        "'a'",
        "True",
        "a.b",
        "a[0]",
        "not a",
        "1j * a",
        "a := 1",
        "(a - b) * (a + 1)",
    ],
)
def test_other_formulas_are_refused(text):
    with pytest.raises(ValueError, match=r"is not understood\. Write a sum of arms"):
        parse_effect(text)


def formulas():
    leaves = st.sampled_from([*ARMS, "1", "0.5", "2"])

    def combine(inner):
        pair = st.tuples(inner, st.sampled_from("+-"), inner)
        return st.one_of(
            pair.map(lambda parts: "({} {} {})".format(*parts)),
            inner.map(lambda part: f"0.5*{part}"),
            inner.map(lambda part: f"-{part}"),
        )

    return st.recursive(leaves, combine, max_leaves=8)


@given(formulas())
def test_terms_have_the_value_of_the_formula(text):
    expected = eval(compile(ast.parse(text, mode="eval"), "effect", "eval"), {}, dict(ARMS))
    assert evaluate(parse_effect(text), ARMS) == pytest.approx(expected)


def test_formulas_of_the_shipped_patterns_have_their_value():
    for pattern in load_patterns():
        arms = {arm: 1.0 + number / 7 for number, arm in enumerate(pattern.arms)}
        for clause in pattern.clauses:
            expected = eval(clause.effect, {}, dict(arms))
            assert evaluate(clause.terms, arms) == pytest.approx(expected)
