"""Sweep syntax: words with several values are read as Hydra reads them."""

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.design import sweep_syntax
from equipoise.experiments.design.sweep_syntax import Span, parse_value


def parse(text, strategies=("alpha", "beta", "bravo")):
    return sweep_syntax.parse_word(text, lambda path: strategies if path == "strategy" else ())


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("strategy=glob(*)", ("alpha", "beta", "bravo")),
        ("strategy=glob(b*)", ("beta", "bravo")),
        ("strategy=glob(*,exclude=beta)", ("alpha", "bravo")),
        ("seed=range(1,4)", (1, 2, 3)),
        ("x=range(0,0.3,0.1)", (0.0, 0.1, 0.2)),
        ("x=range(0.01,0.07,0.01)", (0.01, 0.02, 0.03, 0.04, 0.05, 0.06)),
        ("x=range(3,0,-1)", (3, 2, 1)),
        ("x=1,2.5,null,true,'a b'", (1, 2.5, None, True, "a b")),
        ("effector=[repair],[repair,respond],[]", (["repair"], ["repair", "respond"], [])),
        ("strategy=choice(alpha)", ("alpha",)),
    ],
)
def test_word_with_several_values_gives_its_choices(text, choices):
    word = parse(text)
    assert word.choices == choices
    assert not word.constant


@pytest.mark.parametrize("text", ["strategy=alpha", "~effector.repair", "x=[1,2]", "x=a: b", "x"])
def test_word_with_one_value_is_a_constant(text):
    assert parse(text).constant


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("x=interval(0,1)", Span(0, 1)),
        ("x=tag(log,interval(0.1,10))", Span(0.1, 10, log=True)),
        ("x=int(interval(1,5))", Span(1, 5, whole=True)),
    ],
)
def test_range_keeps_its_scale_and_kind(text, span):
    assert parse(text).span == span


@pytest.mark.parametrize("span", [Span(0.2, 0.8), Span(0.01, 100, log=True)])
def test_word_of_a_range_is_read_back(span):
    assert parse(f"x={span.word}").span == span


def test_path_of_a_word_is_stripped_of_signs_and_spaces():
    assert parse("+firm.band =1,2").path == "firm.band"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("firm.band=glob(*)", "has none"),
        ("strategy=glob(z*)", "no value at all"),
        ("x=interval(1,0)", "from a lower to a higher"),
        ("x=tag(log,interval(0,1))", "begins above 0"),
        ("x=range(1,3,0)", "a step other than 0"),
        ("x=range(0,1e9,0.1)", "more than 1,000,000"),
        ("x=a,b,a", "gives 'a' twice"),
        ("x=0.5,1,1.0", "gives 1 twice"),
    ],
)
def test_sweep_that_cannot_be_carried_out_is_refused(text, line):
    with pytest.raises(EquipoiseError, match=line):
        parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("0.5", 0.5),
        ("null", None),
        ("'a b'", "a b"),
        ("[1,'x']", [1, "x"]),
        ("{a: 1}", {"a": 1}),
        ("1,2", "1,2"),
        ("{", "{"),
    ],
)
def test_value_is_read_or_taken_as_text(text, value):
    assert parse_value(text) == value
