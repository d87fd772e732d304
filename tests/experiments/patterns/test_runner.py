"""Running patterns: a planted effect is found and absent in its control; arms run only once."""

import json
from types import SimpleNamespace

import pytest

from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.executors import open_executor
from equipoise.experiments.patterns import runner, table
from equipoise.experiments.patterns.judgement import judge_patterns
from equipoise.experiments.patterns.pattern_file import Clause, Control, Pattern
from equipoise.experiments.patterns.results import ClauseResult, PatternResult
from equipoise.settings.settings import DEPARTMENTS

SMALL = ("community.size=150", "horizon=56", "burn_in=7")


def plant_effect(arm_b=()):
    """Return a pattern of better products in arm a, with use switched off in its control."""
    better = [f"firm.departments.{name}.capability=0.9" for name in DEPARTMENTS]
    return Pattern(
        number=1,
        title="Better products please",
        common=SMALL,
        arms={"a": tuple(better), "b": tuple(arm_b)},
        clauses=(Clause(says="claim", measure="mean satisfaction", effect="a - b", above=0.02),),
        controls=(Control(without="use", set=("community.experience.use_rate=0",)),),
    )


def run_pattern(pattern, worlds=8):
    pattern = pattern.model_copy(update={"worlds": worlds})
    with open_executor(ExecutorSpec("serial")) as opened:
        return judge_patterns([pattern], runner.run_arms([pattern], opened))[0]


@pytest.mark.slow
def test_a_planted_effect_holds_and_is_absent_in_its_control():
    result = run_pattern(plant_effect())
    assert result.verdict == "holds"
    assert result.clauses[0].low > 0.02
    assert result.controls[0].is_absent
    assert result.is_confirmed
    text = table.render_markdown([result])
    assert "confirmed" in text
    assert "absent, as required" in text


@pytest.mark.slow
def test_equal_arms_do_not_differ():
    result = run_pattern(plant_effect().model_copy(update={"arms": {"a": (), "b": ()}}))
    assert result.verdict == "does not hold"
    assert result.clauses[0].effect == 0.0
    assert not result.is_confirmed


class RecordingExecutor:
    """Executor that runs nothing: it records the seeds and returns them as values."""

    def __init__(self):
        self.seeds = {}

    def submit(self, _, overrides, seeds, requests):
        self.seeds.setdefault(overrides, []).extend(seeds)
        rows = [[float(seed)] * len(requests) for seed in seeds]
        return SimpleNamespace(result=lambda: rows)


def test_a_shared_arm_runs_once_in_as_many_worlds_as_are_needed():
    few = plant_effect().model_copy(update={"worlds": 7})
    many = plant_effect(["firm.relevance=0.5"]).model_copy(update={"worlds": 12})
    executor = RecordingExecutor()
    values = runner.run_arms([few, many], SimpleNamespace(executor=executor))
    assert executor.seeds[few.list_overrides()["a"]] == [*range(12)]
    assert executor.seeds[few.list_overrides()["b"]] == [*range(7)]
    assert executor.seeds[many.list_overrides()["b"]] == [*range(12)]
    results = judge_patterns([few, many], values)
    assert [result.clauses[0].worlds for result in results] == [7, 12]


def patch_results(monkeypatch, verdict):
    """Let the command come to one result without running worlds."""
    clause = ClauseResult("it falls", -0.1, -0.2, -0.05, 0.001, 30, verdict)
    result = PatternResult(1, "A fault lowers trust", "nothing", (clause,), (), 0.001, verdict)
    monkeypatch.setattr(runner, "run_arms", lambda patterns, opened: {})
    monkeypatch.setattr(runner, "judge_patterns", lambda patterns, values: [result])


@pytest.mark.parametrize(("verdict", "code"), [("holds", 0), ("inconclusive", 1)])
def test_results_are_written_and_the_page_is_renewed(tmp_path, monkeypatch, verdict, code):
    patch_results(monkeypatch, verdict)
    page, out = tmp_path / "page.md", tmp_path / "out"
    page.write_text(f"before\n{table.BEGIN}\n{table.END}\n")
    assert runner.main(page=page, out=out, executor=ExecutorSpec("serial")) == code
    results = json.loads((out / "patterns.json").read_text())
    assert results["patterns"][0]["verdict"] == verdict
    assert "A fault lowers trust" in page.read_text()
    assert "A fault lowers trust" in (out / "patterns.md").read_text()


def test_the_page_is_left_alone_when_only_some_patterns_are_tested(tmp_path, monkeypatch):
    patch_results(monkeypatch, "holds")
    page = tmp_path / "page.md"
    page.write_text("text")
    runner.main((1,), page, tmp_path / "out", ExecutorSpec("serial"))
    assert page.read_text() == "text"
