"""A sample of every kind of hostile input; `make hostile` gives all of them."""

from collections import Counter

import pytest
from hostile_cases import all_cases, sample_cases
from run_hostile import COMMANDS, format_table, read_results
from sandbox import Answer, Case, attempt, build_templates, judge


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "templates"
    build_templates(folder)
    return folder


# The whole list takes ten minutes; of each kind and command one case runs here.
@pytest.mark.parametrize("case", sample_cases(), ids=lambda case: case.name[:60])
def test_hostile_input_is_answered_in_one_line(case, templates, tmp_path):
    result = attempt(case, templates, tmp_path / "case")
    assert result["verdict"] == "well", result


def test_names_are_unique_and_there_are_enough_cases():
    names = Counter(case.name for case in all_cases())
    assert len(names) >= 800
    assert max(names.values()) == 1


def test_every_command_is_tried():
    commands = {case.command for case in all_cases()}
    assert commands >= {*COMMANDS}


CASE = Case("setting", ("run", "seed=-1"))


@pytest.mark.parametrize(
    ("answer", "lost", "executed", "verdict"),
    [
        (Answer(2, "", "error: seed=-1 is not allowed.\n"), [], False, "well"),
        (Answer(2, "", "error: something else.\n"), [], False, "poor"),
        (Answer(2, "", f"error: seed=-1 {'x' * 600}\n"), [], False, "poor"),
        (Answer(1, "", "seed=-1\n"), [], False, "poor"),
        (Answer(0, "done\n", ""), [], False, "poor"),
        (Answer("traceback", "", "", "ValueError"), [], False, "broken"),
        (Answer("hung", "", ""), [], False, "broken"),
        (Answer(2, "", "error: seed=-1\nTraceback (most recent call last)\n"), [], False, "broken"),
        (Answer(2, "", "error: seed=-1 is not allowed.\n"), ["notes.txt"], False, "broken"),
        (Answer(2, "", "error: seed=-1 is not allowed.\n"), [], True, "broken"),
    ],
)
def test_answers_are_judged(answer, lost, executed, verdict):
    assert judge(CASE, answer, lost, executed)[0] == verdict


def test_stopped_run_goes_on_and_tries_failures_again(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text('{"name": "a", "verdict": "well"}\n{"name": "b", "verdict": "poor"}\n{"na')
    assert list(read_results(path)) == ["a"]


def test_table_counts_by_command():
    verdicts = {"run": ["well", "well", "poor"], "new": ["broken"]}
    results = [
        {"command": command, "verdict": verdict}
        for command, listed in verdicts.items()
        for verdict in listed
    ]
    assert format_table(results)[2:] == [
        "| run | 3 | 2 | 1 | 0 |",
        "| new | 1 | 0 | 0 | 1 |",
        "| all | 4 | 2 | 1 | 1 |",
    ]
