"""Results of patterns in Markdown, on the page, and as plain data."""

import json
from pathlib import Path

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.patterns import table
from equipoise.experiments.patterns.results import ClauseResult, ControlResult, PatternResult

HOLDING = ClauseResult("it falls", -0.1, -0.12, -0.08, 0.001, 30, "holds")
FAILING = ClauseResult("it falls", 0.0, 0.0, 0.0, 1.0, 30, "does not hold")
RESULT = PatternResult(
    7,
    "A fault lowers satisfaction",
    "nothing",
    (HOLDING,),
    (ControlResult("faults", (FAILING,)),),
    0.002,
    "holds",
)


def test_the_sentence_of_a_pattern_comes_before_the_statistics():
    text = table.render_markdown([RESULT])
    sentence = text.index("- **7.** A fault lowers satisfaction: confirmed.")
    assert sentence < text.index("Statistics (") < text.index("| 7 | A fault")


def test_the_table_lists_clauses_and_controls():
    rows = list(table.list_rows([RESULT]))
    assert rows[0] == ("7", "A fault lowers satisfaction", "", "p = 0.002", "", "HOLDS")
    assert rows[1] == ("", "- it falls", "-0.1", "-0.12 to -0.08", "30", "holds")
    assert rows[2][1:] == ("control: without faults", "", "", "", "absent, as required")
    assert rows[3][1] == "- control: it falls"
    assert len(rows) == 4


def test_a_pattern_that_a_control_shows_is_not_confirmed():
    present = RESULT._replace(controls=(ControlResult("faults", (HOLDING,)),))
    assert not present.is_confirmed
    text = table.render_markdown([present])
    assert "0 of 1 patterns" in text
    assert "holds, but also without its mechanism" in text
    assert "PRESENT, ALTHOUGH IT MUST NOT BE" in text


def test_a_forced_part_and_a_refuted_clause_are_marked():
    refuted = FAILING._replace(refuted="because")
    result = RESULT._replace(forced="the fault", clauses=(HOLDING, refuted))
    text = table.render_markdown([result])
    assert "(forced by construction: the fault)" in text
    assert "does not hold; known: because" in text


def test_the_table_of_a_page_is_renewed_and_the_rest_is_kept():
    page = f"before\n{table.BEGIN}\nearlier\n{table.END}\nafter\n"
    renewed = table.renew_page(page, [RESULT])
    assert renewed.startswith(f"before\n{table.BEGIN}\n")
    assert renewed.endswith(f"{table.END}\nafter\n")
    assert "earlier" not in renewed
    assert table.renew_page(renewed, [RESULT]) == renewed


def test_a_page_without_the_marks_is_refused():
    with pytest.raises(EquipoiseError, match="The page has no place for the table"):
        table.renew_page("nothing", [RESULT])


def test_the_documentation_has_a_place_for_the_table():
    page = Path(__file__).parents[3].joinpath("docs/patterns.md").read_text("utf-8")
    assert 0 < page.index(table.BEGIN) < page.index(table.END)


def test_plain_data_can_be_written_as_json():
    data = json.loads(json.dumps(table.to_plain_data([RESULT], 12.34)))
    assert data["seconds"] == 12.3
    (pattern,) = data["patterns"]
    assert pattern["is_confirmed"]
    assert pattern["clauses"][0]["effect"] == -0.1
    assert pattern["controls"][0]["is_absent"]


def test_results_are_printed(capsys):
    table.print_results([RESULT], 3.0)
    assert "1 of 1 patterns hold" in " ".join(capsys.readouterr().out.split())
