"""Results of patterns."""

from __future__ import annotations

from typing import Literal, NamedTuple

PatternVerdict = Literal["holds", "does not hold", "inconclusive"]


class ClauseResult(NamedTuple):
    """Result of a clause.

    Attributes:
        says: the claim in words.
        effect: mean effect over worlds.
        low: lower end of its 95 % interval.
        high: upper end of its 95 % interval.
        p: one-sided p-value, the larger of the two bounds'.
        worlds: number of worlds with a value.
        verdict: verdict on the claim.
        refuted: why the claim is known not to hold.
    """

    says: str
    effect: float
    low: float
    high: float
    p: float
    worlds: int
    verdict: PatternVerdict
    refuted: str = ""


class ControlResult(NamedTuple):
    """Result of a control: the mechanism switched off, and the clauses tested without it."""

    without: str
    clauses: tuple[ClauseResult, ...]

    @property
    def is_absent(self) -> bool:
        """True if no clause holds without the mechanism, as required."""
        return all(clause.verdict != "holds" for clause in self.clauses)


class PatternResult(NamedTuple):
    """Result of a pattern.

    Attributes:
        number: number of the pattern.
        title: the pattern in one sentence.
        forced: the part that the model cannot help showing.
        clauses: results of the clauses.
        controls: results of the controls.
        p: largest p-value of the clauses, corrected over patterns.
        verdict: verdict on the pattern.
    """

    number: int
    title: str
    forced: str
    clauses: tuple[ClauseResult, ...]
    controls: tuple[ControlResult, ...]
    p: float
    verdict: PatternVerdict

    @property
    def is_confirmed(self) -> bool:
        """True if the pattern holds, and is absent in every control."""
        return self.verdict == "holds" and all(control.is_absent for control in self.controls)
