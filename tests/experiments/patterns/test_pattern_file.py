"""Files of patterns: the shipped ones, and what is refused."""

import pytest
from pydantic import ValidationError

from equipoise.errors import EquipoiseError
from equipoise.experiments.patterns.pattern_file import (
    Clause,
    Control,
    Pattern,
    load_patterns,
    patterns_folder,
)

CLAUSE = "{says: s, measure: gap, effect: a}"


def test_every_shipped_pattern_has_a_control():
    patterns = load_patterns()
    assert {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 17} <= {pattern.number for pattern in patterns}
    assert all(pattern.controls for pattern in patterns)


def test_files_of_patterns_are_short():
    for file in patterns_folder().glob("*.yaml"):
        assert len(file.read_text("utf-8").splitlines()) <= 22, file


def test_patterns_are_selected_by_number_and_sorted():
    assert [pattern.number for pattern in load_patterns(only=(17, 2))] == [2, 17]


def test_paths_in_a_pattern_are_relative_to_its_folder(tmp_path):
    text = "{number: 1, title: t, common: ['x={here}/y'], arms: {a: []}, clauses: [" + CLAUSE + "]}"
    (tmp_path / "one.yaml").write_text(text)
    assert load_patterns(tmp_path)[0].common == (f"x={tmp_path}/y",)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("arms: {a: []}, clauses: [{says: s, measure: gapp, effect: a}]", "Did you mean"),
        ("arms: {a: []}, clauses: [{says: s, measure: gap, effect: a - x}]", "no arm x"),
        ("arms: {a: []}, clauses: [{says: s, measure: gap, effect: a / a}]", "not understood"),
        (
            "arms: {a: []}, clauses: [{says: s, measure: gap, effect: '0.5'}]",
            "no arm in its effect",
        ),
        ("arms: {a: []}, clauses: []", "clauses"),
        (
            "arms: {a: []}, clauses: [{says: s, measure: gap, effect: a, refuted: x}]",
            "Every clause is refuted",
        ),
        (
            "arms: {a: []}, clauses: [{says: s, measure: gap, effect: a, above: 1, below: 0}]",
            "no room between above and below",
        ),
        (f"worlds: 9, arms: {{a: []}}, clauses: [{CLAUSE}]", "30"),
        (
            f"arms: {{a: []}}, clauses: [{CLAUSE}], controls: [{{without: w, arms: {{z: []}}}}]",
            "no arm z",
        ),
        ("arms: {a: []}, clauses: [", "one.yaml"),
    ],
)
def test_a_bad_pattern_is_refused(tmp_path, entries, message):
    (tmp_path / "one.yaml").write_text("{number: 1, title: t, " + entries + "}")
    with pytest.raises(EquipoiseError, match=message):
        load_patterns(tmp_path)


def test_all_bad_files_are_reported_at_once(tmp_path):
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text("number: 1")
    with pytest.raises(EquipoiseError, match=r"(?s)one\.yaml: .*two\.yaml: ") as caught:
        load_patterns(tmp_path)
    assert len(caught.value.problems) == 2


def test_an_effect_without_meaning_is_refused_in_a_clause():
    with pytest.raises(ValidationError, match="The effect 'a / b' is not understood"):
        Clause(says="claim", measure="mean satisfaction", effect="a / b")


def test_a_control_adds_its_overrides_to_arms():
    clause = Clause(says="claim", measure="mean satisfaction", effect="a - b")
    control = Control(without="x", set=("seed=1",), arms={"b": ("seed=2",)}, against=(1,))
    pattern = Pattern(
        number=1,
        title="t",
        common=("horizon=9",),
        arms={"a": ("burn_in=0",), "b": ()},
        clauses=(clause, clause.model_copy(update={"says": "second"})),
        controls=(control,),
    )
    assert pattern.list_overrides() == {"a": ("horizon=9", "burn_in=0"), "b": ("horizon=9",)}
    assert pattern.list_overrides(control) == {
        "a": ("horizon=9", "burn_in=0", "seed=1"),
        "b": ("horizon=9", "seed=1", "seed=2"),
    }
    assert [clause.says for clause in pattern.list_clauses(control)] == ["second"]
    assert pattern.list_clauses() == pattern.clauses
