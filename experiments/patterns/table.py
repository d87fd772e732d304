"""Results of patterns as tables in the terminal and in Markdown, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rich.table import Table

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli.terminal import open_console
from equipoise.experiments.patterns.results import ClauseResult, PatternResult

INTERVAL_METHOD = "paired BCa bootstrap interval of the mean (95 %, level expanded for few pairs)"
RULE = (
    "a claim holds if the interval lies in the claimed range and the one-sided sign-flip p-value, "
    "the largest over claims, Holm-corrected over patterns, is at most 0.05; it does not hold if "
    "the interval lies outside the range"
)
BEGIN, END = "<!-- table of `make patterns` -->", "<!-- end of the table -->"


class PatternRow(NamedTuple):
    """One row of the table of statistics; the fields are its columns."""

    pattern: str
    claim: str
    effect: str
    interval: str
    worlds: str
    verdict: str


HEADINGS = PatternRow("pattern", "claim", "effect", "95 % interval", "worlds", "verdict")


def list_rows(results: Sequence[PatternResult]) -> Iterator[PatternRow]:
    """Yield the rows of the table: a pattern, its clauses, and the clauses of its controls."""
    for result in results:
        p = f"p = {result.p:.2g}"
        yield PatternRow(
            str(result.number), _describe_pattern(result), "", p, "", result.verdict.upper()
        )
        for clause in result.clauses:
            yield _clause_row(clause, "- ")
        for control in result.controls:
            verdict = (
                "absent, as required" if control.is_absent else "PRESENT, ALTHOUGH IT MUST NOT BE"
            )
            yield PatternRow("", f"control: without {control.without}", "", "", "", verdict)
            for clause in control.clauses:
                yield _clause_row(clause, "- control: ")


def _describe_pattern(result: PatternResult) -> str:
    if result.forced == "nothing":
        return result.title
    return f"{result.title} (forced by construction: {result.forced})"


def _clause_row(clause: ClauseResult, mark: str) -> PatternRow:
    verdict: str = clause.verdict
    if clause.refuted:
        verdict = f"{verdict}; known: {clause.refuted}"
    return PatternRow(
        pattern="",
        claim=mark + clause.says,
        effect=f"{clause.effect:.3g}",
        interval=f"{clause.low:.3g} to {clause.high:.3g}",
        worlds=str(clause.worlds),
        verdict=verdict,
    )


def summarise(results: Sequence[PatternResult]) -> str:
    """Return the number of confirmed patterns in words."""
    confirmed = sum(result.is_confirmed for result in results)
    return f"{confirmed} of {len(results)} patterns hold and are absent in their controls"


def render_markdown(results: Sequence[PatternResult]) -> str:
    """Return one sentence for each pattern, followed by the table of statistics."""
    lines = [f"{summarise(results)}.", ""]
    for result in results:
        lines.append(f"- **{result.number}.** {result.title}: {_describe_verdict(result)}.")
    lines += ["", f"Statistics ({INTERVAL_METHOD}; {RULE}):", ""]
    lines += [_render_row(HEADINGS), "|" + " --- |" * len(HEADINGS)]
    lines += [_render_row(row) for row in list_rows(results)]
    return "\n".join(lines) + "\n"


def _describe_verdict(result: PatternResult) -> str:
    """Return the verdict, with the controls, in a few words."""
    if result.is_confirmed:
        return "confirmed"
    if result.verdict == "holds":
        return "holds, but also without its mechanism"
    return result.verdict


def _render_row(row: PatternRow) -> str:
    return f"| {' | '.join(row)} |"


def renew_page(page: str, results: Sequence[PatternResult]) -> str:
    """Return a page with new results between its two marks.

    Raises:
        EquipoiseError: if the page lacks the marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise EquipoiseError(
            f"The page has no place for the table. Give it the lines {BEGIN} and {END}."
        )
    return f"{before}{begin}\n\n{render_markdown(results)}\n{end}{after}"


def print_results(results: Sequence[PatternResult], seconds: float) -> None:
    """Print the table and the number of confirmed patterns."""
    table = Table(*HEADINGS)
    for row in list_rows(results):
        table.add_row(*row)
    open_console().print(
        table, f"{INTERVAL_METHOD}; {RULE}.", f"{summarise(results)}, in {seconds:.1f} s."
    )


def to_plain_data(results: Sequence[PatternResult], seconds: float) -> dict[str, Any]:
    """Return the results with method and duration as plain data."""
    return {
        "seconds": round(seconds, 1),
        "method": INTERVAL_METHOD,
        "rule": RULE,
        "patterns": [_pattern_data(result) for result in results],
    }


def _pattern_data(result: PatternResult) -> dict[str, Any]:
    controls = []
    for control in result.controls:
        clauses = [clause._asdict() for clause in control.clauses]
        controls.append(
            {"without": control.without, "clauses": clauses, "is_absent": control.is_absent}
        )
    return result._asdict() | {
        "clauses": [clause._asdict() for clause in result.clauses],
        "controls": controls,
        "is_confirmed": result.is_confirmed,
    }
