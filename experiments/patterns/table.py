"""What the patterns came to, as a table in the terminal, in Markdown, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli.terminal import open_console

if TYPE_CHECKING:
    from equipoise.experiments.patterns.runner import Found, Result

HEADINGS = ("no", "pattern", "effect", "95 % interval", "worlds", "verdict")
BEGIN, END = "<!-- table of `make patterns` -->", "<!-- end of the table -->"


def rows(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table: a pattern, its clauses, its controls and theirs."""
    for each in results:
        forced = "" if each.forced == "nothing" else f" (forced by construction: {each.forced})"
        yield (
            str(each.number),
            each.title + forced,
            "",
            f"p = {each.p:.2g}",
            "",
            each.verdict.upper(),
        )
        yield from (_row("", found) for found in each.clauses)
        for control in each.controls:
            silent = (
                "does not show it, as it must" if control.silent else "SHOWS IT, THOUGH IT MUST NOT"
            )
            yield "", f"control: {control.without}", "", "", "", silent
            yield from (_row("control: ", found) for found in control.clauses)


def _row(mark: str, found: Found) -> tuple[str, ...]:
    interval = f"{found.low:.3g} to {found.high:.3g}"
    verdict = f"{found.verdict}; known: {found.refuted}" if found.refuted else found.verdict
    return "", f"- {mark}{found.says}", f"{found.effect:.3g}", interval, str(found.worlds), verdict


def markdown(results: Sequence[Result], about: Mapping[str, Any]) -> str:
    """Return the table in Markdown, with how it was made."""
    lines = [f"{_counted(results)} ({about['method']}; {about['rule']}).", ""]
    lines += [f"| {' | '.join(HEADINGS)} |", "|" + " --- |" * len(HEADINGS)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows(results))]) + "\n"


def renewed(page: str, results: Sequence[Result], about: Mapping[str, Any]) -> str:
    """Return a page with a new table between its two marks.

    Raises:
        EquipoiseError: when the page has no such marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise EquipoiseError(
            f"the page has no place for the table: give it the lines {BEGIN} and {END}."
        )
    return f"{before}{begin}\n\n{markdown(results, about)}\n{end}{after}"


def _counted(results: Sequence[Result]) -> str:
    fine = sum(each.fine for each in results)
    return f"{fine} of {len(results)} patterns come out and their controls do not show them"


def show(results: Sequence[Result], about: Mapping[str, Any]) -> None:
    """Print the table, and how many came out."""
    table = Table(*HEADINGS)
    for row in rows(results):
        table.add_row(*row, end_section=False)
    open_console().print(
        table,
        f"{about['method']}; {about['rule']}.",
        f"{_counted(results)}, in {about['seconds']} s.",
    )


def plain(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return the results as plain data."""
    return [
        each._asdict()
        | {
            "fine": each.fine,
            "clauses": [found._asdict() for found in each.clauses],
            "controls": [
                c._asdict() | {"clauses": [found._asdict() for found in c.clauses]}
                for c in each.controls
            ],
        }
        for each in results
    ]
