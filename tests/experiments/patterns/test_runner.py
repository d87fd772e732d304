"""The machinery of the patterns: a planted effect is found, nothing is found where there is none, controls bite."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.calibrate import FREE_COEFFICIENTS
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.executors import open_executor
from equipoise.experiments.patterns import runner, table, worlds
from equipoise.experiments.patterns.runner import Clause, Pattern, Result
from equipoise.run_record import new_run_record
from equipoise.settings.settings import Settings

ABOUT = {"method": "m", "rule": "r"}
SMALL = ("community.size=150", "horizon=56", "burn_in=7")


def clause(effect="a - b", measure="mean satisfaction", **bounds):
    return Clause(says="claim", measure=measure, effect=effect, **bounds)


def found(pattern, seeds=8):
    with open_executor(ExecutorSpec("serial")) as door:
        pattern = pattern.model_copy(update={"worlds": seeds})
        return runner.results([pattern], runner.live([pattern], door))[0]


def planted(b=()):
    return Pattern(
        number=1,
        title="better products please",
        common=SMALL,
        arms={
            "a": tuple(f"{path}=0.9" for path in FREE_COEFFICIENTS["capability"].paths),
            "b": tuple(b),
        },
        clauses=(clause(above=0.02),),
        controls=(runner.Control(without="use", set=("community.experience.use_rate=0",)),),
    )


@pytest.mark.slow
def test_a_planted_effect_comes_out_and_its_control_does_not_show_it():
    result = found(planted())
    assert result.verdict == "comes out"
    assert result.clauses[0].low > 0.02
    assert result.controls[0].silent
    assert result.fine
    shown = table.markdown([result], ABOUT)
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
    assert runner.judged(clause(**bounds), effects).verdict == verdict


def test_noise_rarely_comes_out():
    rng = np.random.default_rng(0)
    verdicts = [runner.judged(clause(above=0.0), rng.normal(size=30)).verdict for _ in range(100)]
    assert verdicts.count("comes out") <= 7


def test_all_clauses_must_hold():
    yes = runner.judged(clause(above=0.5), np.linspace(0.9, 1.1, 30))
    no = runner.judged(clause(below=0.5), np.linspace(0.9, 1.1, 30))
    result = Result(1, "both", "nothing", (yes, no), (), 1.0, "inconclusive")
    assert runner._verdict(result, 0.001) == "does not"
    assert runner._verdict(result._replace(clauses=(yes, yes)), 0.001) == "comes out"
    assert runner._verdict(result._replace(clauses=(yes, yes)), 0.2) == "inconclusive"


def test_a_refuted_clause_must_not_hold_and_does_not_count():
    yes = runner.judged(clause(above=0.5), np.linspace(0.9, 1.1, 30))
    known = runner.judged(clause(below=0.5, refuted="because"), np.linspace(0.9, 1.1, 30))
    held = runner.judged(clause(above=0.5, refuted="because"), np.linspace(0.9, 1.1, 30))
    result = Result(1, "both", "nothing", (yes, known), (), 1.0, "inconclusive")
    assert known.verdict == "does not"
    assert runner._verdict(result, 0.001) == "comes out"
    assert runner._verdict(result._replace(clauses=(yes, held)), 0.001) == "does not"
    assert "does not; known: because" in table.markdown([result], ABOUT)


def spreads(ratio, n=200, seed=0):
    """Return a clause's effects for arms whose worlds scatter in this ratio, paired."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    arms = {"a": 5.0 + ratio * (common + rng.normal(size=n)), "b": common + rng.normal(size=n)}
    return runner.differences(clause(spread=True), arms)


def test_the_spread_of_worlds_is_compared_by_the_jackknife_of_log_variances():
    effects = spreads(2.0)
    assert effects.mean() == pytest.approx(np.log(2.0), abs=0.15)
    assert runner.judged(clause(above=0.0), effects).verdict == "comes out"
    null = [runner.judged(clause(above=0.0), spreads(1.0, 40, seed)).verdict for seed in range(60)]
    assert null.count("comes out") <= 5


def test_the_jackknife_by_hand():
    arm = np.array([1.0, 2.0, 4.0, 8.0])
    whole = np.log(np.std(arm, ddof=1))
    left = [np.log(np.std(np.delete(arm, i), ddof=1)) for i in range(4)]
    effects = runner.differences(clause("a", spread=True), {"a": arm})
    np.testing.assert_allclose(effects, [4 * whole - 3 * each for each in left])
    same = runner.differences(clause(spread=True), {"a": arm, "b": arm})
    np.testing.assert_array_equal(same, np.zeros(4))


def test_an_effect_is_taken_world_by_world():
    arms = {"a": np.array([1.0, 2.0]), "b": np.array([0.5, 4.0])}
    np.testing.assert_array_equal(runner.differences(clause("a - 0.5*b - 1"), arms), [-0.25, -1.0])


class Here:
    """An executor that lives nothing: it tells which worlds were asked for."""

    def __init__(self):
        self.asked = {}

    def submit(self, _, words, seeds, wanted):
        self.asked.setdefault(words, []).extend(seeds)
        rows = [[float(seed)] * len(wanted) for seed in seeds]
        return SimpleNamespace(result=lambda: rows)


def test_an_arm_is_lived_once_in_as_many_worlds_as_a_pattern_asks():
    few = planted().model_copy(update={"worlds": 7})
    many = planted(["firm.relevance=0.5"]).model_copy(update={"worlds": 12})
    here = Here()
    lived = runner.live([few, many], SimpleNamespace(executor=here))
    assert here.asked[few.lists()["a"]] == [*range(12)]  # both patterns have it
    assert here.asked[few.lists()["b"]] == [*range(7)]
    assert here.asked[many.lists()["b"]] == [*range(12)]
    assert [
        each.worlds for result in runner.results([few, many], lived) for each in result.clauses
    ] == [7, 12]


def test_wrong_verdicts_are_a_share_of_those_that_accuse():
    record = new_run_record(0, 7, 70, (), ("product", "service"), ())
    record.filled[...] = 70
    for column in record.log.values():
        column[:] = 0.0
    record.log["fault_product"][20:40] = 0.3
    assert np.isnan(worlds.value(worlds.Wanted("wrong"), Settings(), record))
    called = [(3, "service"), (25, "product"), (30, "service"), (45, "product"), (50, "product")]
    record.verdicts.extend(
        {"day": day, "department": who, "kind": "systemic"} for day, who in called
    )
    record.verdicts.append({"day": 30, "department": "service", "kind": "one-off"})
    assert worlds.value(worlds.Wanted("wrong"), Settings(), record) == 0.75


def test_the_table_of_the_page_is_renewed_and_the_rest_left_alone():
    yes = runner.judged(clause(above=0.5), np.linspace(0.9, 1.1, 30))
    result = Result(1, "new", "nothing", (yes,), (), 0.01, "comes out")
    page = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    new = table.renewed(page, [result], ABOUT)
    assert new.startswith(f"before\n{table.BEGIN}\n")
    assert new.endswith(f"{table.END}\nafter\n")
    assert "old" not in new
    assert "| 1 | new |" in new
    assert table.renewed(new, [result], ABOUT) == new
    with pytest.raises(EquipoiseError, match="no place for the table"):
        table.renewed("nothing", [result], ABOUT)


def test_the_page_has_a_place_for_the_table():
    page = Path(__file__).parents[3].joinpath("docs/patterns.md").read_text("utf-8")
    assert 0 < page.index(table.BEGIN) < page.index(table.END)


def test_effects_are_sums_of_arms_and_numbers():
    assert clause("a - 0.5*b + c - 0.7").terms == {"a": 1.0, "b": -0.5, "c": 1.0, "": -0.7}


def test_every_pattern_is_there_with_a_control():
    there = runner.patterns()
    assert {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 17} <= {each.number for each in there}
    assert all(each.controls for each in there)
    assert all(
        len(file.read_text("utf-8").splitlines()) <= 22 for file in runner.folder().glob("*.yaml")
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "{number: 1, title: t, arms: {a: []}, clauses: [{says: s, measure: gapp, effect: a}]}",
            "Did you mean",
        ),
        (
            "{number: 1, title: t, arms: {a: []}, clauses: [{says: s, measure: gap, effect: a - x}]}",
            "no arm x",
        ),
        ("{number: 1, title: t, arms: {a: []}, clauses: []}", "clauses"),
        (
            "{number: 1, title: t, arms: {a: []}, clauses: [{says: s, measure: gap, effect: a, refuted: x}]}",
            "refuted",
        ),
        (
            "{number: 1, title: t, worlds: 9, arms: {a: []}, clauses: [{says: s, measure: gap, effect: a}]}",
            "30",
        ),
    ],
)
def test_a_bad_pattern_is_refused(tmp_path, text, why):
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(EquipoiseError, match=why):
        runner.patterns(tmp_path)
