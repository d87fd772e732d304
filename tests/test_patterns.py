"""The machinery of the patterns: a planted effect is found, nothing is found where there is none, controls bite."""

import numpy as np
import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments import calibrate
from equipoise.experiments.patterns import patterns, table
from equipoise.experiments.patterns.patterns import Clause, Pattern, Result
from equipoise.experiments.sweeps.engines import Engine, opened

SMALL = ("community.size=150", "horizon=56", "burn_in=7")


def clause(effect="a - b", measure="mean satisfaction", **bounds):
    return Clause(says="claim", measure=measure, effect=effect, **bounds)


def found(pattern, seeds=8):
    with opened(Engine("serial")) as door:
        return patterns.results([pattern], patterns.live([pattern], range(seeds), door))[0]


def planted(b=()):
    return Pattern(
        number=1,
        title="better products please",
        common=SMALL,
        arms={"a": tuple(f"firm.departments.{d}.capability=0.9" for d in calibrate.DEPARTMENTS), "b": tuple(b)},
        clauses=(clause(above=0.02),),
        controls=(patterns.Control(without="use", set=("community.experience.use_rate=0",)),),
    )


@pytest.mark.slow
def test_a_planted_effect_comes_out_and_its_control_does_not_show_it():
    result = found(planted())
    assert result.verdict == "comes out"
    assert result.clauses[0].low > 0.02
    assert result.controls[0].silent
    assert result.fine
    shown = table.markdown([result], {"worlds": 8, "method": "m", "rule": "r"})
    assert "COMES OUT" in shown
    assert "does not show it" in shown


@pytest.mark.slow
def test_the_same_arm_twice_shows_nothing():
    null = planted().model_copy(update={"arms": {"a": (), "b": ()}})
    result = found(null)
    assert result.verdict == "does not"
    assert result.clauses[0].effect == 0.0
    assert not result.fine


@pytest.mark.parametrize(
    ("effects", "bounds", "verdict"),
    [
        (np.linspace(0.9, 1.1, 30), {"above": 0.5}, "comes out"),
        (np.linspace(0.9, 1.1, 30), {"below": 0.5}, "does not"),
        (np.linspace(-1, 1, 30), {"above": 0.1}, "inconclusive"),
        (np.linspace(-0.01, 0.01, 30), {"above": -0.05, "below": 0.05}, "comes out"),
        (np.linspace(-1, 1, 30), {"above": -0.05, "below": 0.05}, "inconclusive"),
        (np.linspace(0.9, 1.1, 4), {"above": 0.5}, "inconclusive"),
    ],
)
def test_a_clause_is_judged_by_its_interval_and_range(effects, bounds, verdict):
    assert patterns.judged(clause(**bounds), effects).verdict == verdict


def test_noise_rarely_comes_out():
    rng = np.random.default_rng(0)
    verdicts = [patterns.judged(clause(above=0.0), rng.normal(size=30)).verdict for _ in range(100)]
    assert verdicts.count("comes out") <= 7


def test_all_clauses_must_hold():
    yes = patterns.judged(clause(above=0.5), np.linspace(0.9, 1.1, 30))
    no = patterns.judged(clause(below=0.5), np.linspace(0.9, 1.1, 30))
    result = Result(1, "both", "nothing", (yes, no), (), 1.0, "inconclusive")
    assert patterns._verdict(result, 0.001) == "does not"
    assert patterns._verdict(result._replace(clauses=(yes, yes)), 0.001) == "comes out"
    assert patterns._verdict(result._replace(clauses=(yes, yes)), 0.2) == "inconclusive"


def test_effects_are_sums_of_arms_and_numbers():
    assert clause("a - 0.5*b + c - 0.7").terms == {"a": 1.0, "b": -0.5, "c": 1.0, "": -0.7}


def test_every_pattern_is_there_with_a_control():
    there = patterns.patterns()
    assert {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 17} <= {each.number for each in there}
    assert all(each.controls for each in there)
    assert all(len(file.read_text("utf-8").splitlines()) <= 20 for file in patterns.folder().glob("*.yaml"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{number: 1, title: t, arms: {a: []}, clauses: [{says: s, measure: gapp, effect: a}]}", "Did you mean"),
        ("{number: 1, title: t, arms: {a: []}, clauses: [{says: s, measure: gap, effect: a - x}]}", "no arm x"),
        ("{number: 1, title: t, arms: {a: []}, clauses: []}", "clauses"),
    ],
)
def test_a_bad_pattern_is_refused(tmp_path, text, why):
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(EquipoiseError, match=why):
        patterns.patterns(tmp_path)


def test_the_search_is_repeatable_and_stays_in_its_ranges():
    first, again = calibrate.design(16, 3), calibrate.design(16, 3)
    assert (first == again).all()
    low, high = np.array([(each.low, each.high) for each in calibrate.FREE.values()]).T
    assert ((first >= low) & (first <= high)).all()
    near = calibrate.design(16, 3, first[0], 0.2)
    assert (np.abs(near - first[0]) <= 0.1 * (high - low) + 1e-12).all()


def test_distance_counts_one_sided_targets_on_one_side_only():
    met = {name: each.value for name, each in calibrate.TARGETS.items()}
    assert calibrate.distance(met) == 0
    assert calibrate.distance(met | {"log_fault_ratio": -3.0}) == 0
    assert calibrate.distance(met | {"log_calm_ratio": 2.0}) > 1


def test_the_top_share_of_equal_posters_is_theirs():
    assert calibrate.top_share(np.ones(100)) == pytest.approx(0.03)
