"""Do the target patterns come out? Paired comparisons over many worlds, each with its negative control.

A pattern is a file of ``configs/pattern``: arms as lists of overrides on the default community, and clauses. A clause
is a sum of arms in one measure and the range in which it is to lie; the smallest effect of interest is its edge. All
clauses of a pattern must hold, so no clause needs a correction (intersection-union test, Berger 1982); over the
patterns p-values are corrected by Holm. A clause that the model is known to refute is shown with the reason, does not
count, and must not hold. A control switches off the mechanism that clauses rest on: they must not hold.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import yaml
from pydantic import Field, ValidationError, model_validator

from equipoise.analysis.comparison.differences import holm_correction, one_sided
from equipoise.analysis.comparison.resampling import FEWEST, RESAMPLES, bca
from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.experiments.execution.executor_types import ExecutorSpec, OpenExecutor
from equipoise.experiments.execution.executors import open_executor
from equipoise.experiments.patterns.worlds import Wanted, known, observe
from equipoise.settings.schema import SettingsModel

ALPHA = 0.05
WORLDS = 60
BLOCK = 5  # worlds a job lives
METHOD = "paired BCa bootstrap interval of the mean (95 %, level expanded for few pairs)"
RULE = (
    "comes out: the interval lies in the claimed range and the one-sided sign-flip p-value, the largest over clauses, "
    "Holm-corrected over patterns, is at most 0.05; does not: an interval lies outside"
)
TERM = re.compile(r"\s*([+-]?)\s*(?:([\d.]+)\s*\*\s*)?([a-z_]\w*|[\d.]+)")

Verdict = Literal["comes out", "does not", "inconclusive"]


class Clause(SettingsModel):
    """One thing that a pattern claims: a sum of arms, in one measure, lies between two bounds."""

    says: str
    measure: str
    effect: str
    days: tuple[int, int] = (0, -1)
    above: float = -1e9
    below: float = 1e9
    refuted: str = ""  # why the expectation is wrong, where it is
    spread: bool = (
        False  # of an arm's worlds, as the logarithm of their standard deviation, not their level
    )

    @model_validator(mode="after")
    def _sound(self) -> Clause:
        known(self.measure)
        if not self.terms or self.above >= self.below:
            raise ValueError(
                f"the clause {self.says!r} has no effect, or no room between above and below."
            )
        return self

    @property
    def terms(self) -> dict[str, float]:
        """Arms and their weights; a plain number counts under the name ''."""
        found: dict[str, float] = {}
        for sign, factor, name in TERM.findall(self.effect):
            weight = float(factor or 1) * (-1 if sign == "-" else 1)
            number = name[0].isdigit() or name[0] == "."
            found["" if number else name] = weight * float(name) if number else weight
        return found

    @property
    def wanted(self) -> Wanted:
        """What it needs of a world."""
        return Wanted(self.measure, *self.days)


class Control(SettingsModel):
    """A mechanism switched off: what that is, overrides for all arms or some, and the clauses that must not hold."""

    without: str
    set: tuple[str, ...] = ()
    arms: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    against: tuple[int, ...] = ()


class Pattern(SettingsModel):
    """A pattern as its file describes it."""

    number: int
    title: str
    common: tuple[str, ...] = ()
    arms: dict[str, tuple[str, ...]]
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]
    controls: tuple[Control, ...] = ()
    forced: str = "nothing"
    worlds: int = Field(WORLDS, ge=30)

    @model_validator(mode="after")
    def _arms_there(self) -> Pattern:
        named = {name for each in self.clauses for name in each.terms} | {
            n for c in self.controls for n in c.arms
        }
        if all(each.refuted for each in self.clauses):
            raise ValueError("every clause is refuted: nothing is left to test.")
        if missing := sorted(named - set(self.arms) - {""}):
            raise ValueError(f"there is no arm {', '.join(missing)}.")
        return self

    def lists(self, control: Control | None = None) -> dict[str, tuple[str, ...]]:
        """Return the overrides of each arm, with a control's if there is one."""
        off = control or Control(without="")
        return {
            name: (*self.common, *words, *off.set, *off.arms.get(name, ()))
            for name, words in self.arms.items()
        }


class Found(NamedTuple):
    """What a clause came to: mean effect, its interval, one-sided p-value, worlds with a value, verdict.

    ``refuted`` says why the expectation is wrong, of a clause that is known not to hold.
    """

    says: str
    effect: float
    low: float
    high: float
    p: float
    worlds: int
    verdict: Verdict
    refuted: str = ""


class Shown(NamedTuple):
    """What a control came to: what was off, its clauses, and whether none of them holds."""

    without: str
    clauses: tuple[Found, ...]
    silent: bool


class Result(NamedTuple):
    """What a pattern came to."""

    number: int
    title: str
    forced: str
    clauses: tuple[Found, ...]
    controls: tuple[Shown, ...]
    p: float
    verdict: Verdict

    @property
    def fine(self) -> bool:
        """Whether it comes out and no control shows it."""
        return self.verdict == "comes out" and all(each.silent for each in self.controls)


def folder() -> Path:
    """Return the folder of the patterns."""
    return Path(str(resources.files("equipoise.configs").joinpath("pattern")))


def patterns(place: Path | None = None, only: Iterable[int] = ()) -> list[Pattern]:
    """Return the patterns of a folder, by number.

    Raises:
        EquipoiseError: with a line for every file that is none.
    """
    place, wanted = place or folder(), set(only)
    found, problems = [], []
    for file in sorted(place.glob("*.yaml")):
        try:
            text = file.read_text("utf-8").replace("{here}", str(place))
            found.append(Pattern.model_validate(yaml.safe_load(text)))
        except (ValidationError, yaml.YAMLError, EquipoiseError) as error:
            problems.append(f"{file}: {' '.join(str(error).split())}")
    if problems:
        raise EquipoiseError(*problems)
    return sorted(
        (each for each in found if not wanted or each.number in wanted),
        key=lambda each: each.number,
    )


# running

Worlds = Mapping[tuple[tuple[str, ...], Wanted], Floats]


def live(asked: Sequence[Pattern], door: OpenExecutor) -> Worlds:
    """Live every different arm once in its worlds, from seed 0 on.

    Returns each measure's values (worlds,) by overrides and measure; an arm that patterns share is lived in the
    worlds of the one with most.
    """
    needs: dict[tuple[str, ...], dict[Wanted, None]] = {}
    most: dict[tuple[str, ...], int] = {}
    for pattern in asked:
        for words, wanted in _needs(pattern):
            needs.setdefault(words, {})[wanted] = None
            most[words] = max(most.get(words, 0), pattern.worlds)
    jobs = {
        words: [
            door.executor.submit(observe, words, range(a, min(a + BLOCK, most[words])), tuple(of))
            for a in range(0, most[words], BLOCK)
        ]
        for words, of in needs.items()
    }
    seen: dict[tuple[tuple[str, ...], Wanted], Floats] = {}
    for words, futures in jobs.items():
        table = np.array([row for each in futures for row in each.result()], float)
        seen |= {(words, wanted): table[:, i] for i, wanted in enumerate(needs[words])}
    return seen


def _needs(pattern: Pattern) -> Iterator[tuple[tuple[str, ...], Wanted]]:
    for control in (None, *pattern.controls):
        lists = pattern.lists(control)
        for clause in _against(pattern, control):
            yield from ((lists[name], clause.wanted) for name in clause.terms if name)


def _against(pattern: Pattern, control: Control | None) -> tuple[Clause, ...]:
    """Return the clauses tested: all, or those that a control is held against."""
    if control is None or not control.against:
        return pattern.clauses
    return tuple(pattern.clauses[i] for i in control.against)


# judging


def differences(clause: Clause, arms: Mapping[str, Floats]) -> Floats:
    """Return a clause's effect in each world (worlds,), from the values of its arms.

    Of the spread of worlds, it is the part that each world has in it: the pseudo-value n t - (n - 1) t(without it),
    with t the sum of log standard deviations of the arms (Miller 1968, jackknifing log variances).
    """
    terms = {name: weight for name, weight in clause.terms.items() if name}
    if not clause.spread:
        start = np.full(len(next(iter(arms.values()))), clause.terms.get("", 0.0))
        return sum((weight * arms[name] for name, weight in terms.items()), start)
    table = np.stack([arms[name] for name in terms])
    weights, n = np.array(list(terms.values())), table.shape[1]
    whole = weights @ _log_spread(table)
    without = np.stack([weights @ _log_spread(np.delete(table, i, axis=1)) for i in range(n)])
    return np.asarray(n * whole - (n - 1) * without, float)


def _log_spread(table: Floats) -> Floats:
    """Return the log standard deviation of each row; of worlds all alike, that of a difference in the last digit."""
    least = np.finfo(float).eps
    return np.asarray(np.log(np.maximum(np.nanstd(table, axis=1, ddof=1), least)))


def judged(clause: Clause, effects: Floats) -> Found:
    """Return what a clause came to, from its effect in each world."""
    column, n = effects[:, None], int(np.isfinite(effects).sum())
    mean = float(np.nanmean(effects)) if n else math.nan
    if n < FEWEST:
        return Found(clause.says, mean, math.nan, math.nan, 1.0, n, "inconclusive", clause.refuted)
    address = ("pattern", clause.says)
    low, high = (float(end[0]) for end in bca(column, 1 - ALPHA, RESAMPLES, *address))
    over, under = (
        one_sided(column - clause.above, RESAMPLES, *address),
        one_sided(clause.below - column, RESAMPLES),
    )
    p = max(float(over[0]), float(under[0]))
    verdict: Verdict = "inconclusive"
    if clause.above < low and high < clause.below:
        verdict = "comes out" if p <= ALPHA else "inconclusive"
    elif high < clause.above or clause.below < low:
        verdict = "does not"
    return Found(clause.says, mean, low, high, p, n, verdict, clause.refuted)


def results(asked: Sequence[Pattern], worlds: Worlds) -> list[Result]:
    """Judge all patterns and their controls."""
    out = []
    for each in asked:
        found = _found(each, None, worlds)
        shown = tuple(_shown(each, control, worlds) for control in each.controls)
        p = max(clause.p for clause in found if not clause.refuted)
        out.append(Result(each.number, each.title, each.forced, found, shown, p, "inconclusive"))
    corrected = holm_correction(np.array([each.p for each in out])) if out else np.zeros(0)
    return [
        each._replace(p=float(p), verdict=_verdict(each, float(p)))
        for each, p in zip(out, corrected, strict=True)
    ]


def _shown(pattern: Pattern, control: Control, worlds: Worlds) -> Shown:
    found = _found(pattern, control, worlds)
    return Shown(control.without, found, all(each.verdict != "comes out" for each in found))


def _found(pattern: Pattern, control: Control | None, worlds: Worlds) -> tuple[Found, ...]:
    """Return what the clauses come to that are tested, with a control or without."""
    lists, out = pattern.lists(control), []
    for clause in _against(pattern, control):
        values = {
            name: worlds[lists[name], clause.wanted][: pattern.worlds]
            for name in clause.terms
            if name
        }
        out.append(judged(clause, differences(clause, values)))
    return tuple(out)


def _verdict(result: Result, p: float) -> Verdict:
    """Return a pattern's verdict from its clauses' and its corrected p-value; what is refuted must not hold."""
    said = {each.verdict for each in result.clauses if not each.refuted}
    if "does not" in said or any(
        each.verdict == "comes out" for each in result.clauses if each.refuted
    ):
        return "does not"
    return "comes out" if said == {"comes out"} and p <= ALPHA else "inconclusive"


def main(
    numbers: Iterable[int] = (),
    page: Path | None = None,
    out: Path = Path("runs/patterns"),
    executor: ExecutorSpec | None = None,
) -> int:
    """Test patterns, print them, write JSON; return 1 unless all are fine.

    Args:
        numbers: which patterns; all when none is given.
        page: a page in Markdown whose table is to be renewed; left alone unless all patterns are tested.
        out: folder of ``patterns.json`` and of the table, ``patterns.md``.
        executor: where the worlds are lived.
    """
    from equipoise.experiments.patterns import table

    began, asked = time.monotonic(), patterns(only=(numbers := tuple(numbers)))
    with open_executor(executor or ExecutorSpec()) as door:
        found = results(asked, live(asked, door))
    took = time.monotonic() - began
    about: dict[str, Any] = {"seconds": round(took, 1), "method": METHOD, "rule": RULE}
    table.show(found, about)
    out.mkdir(parents=True, exist_ok=True)
    (out / "patterns.json").write_text(
        json.dumps(about | {"patterns": table.plain(found)}, indent=1), "utf-8"
    )
    (out / "patterns.md").write_text(table.markdown(found, about), "utf-8")
    if page is not None and not numbers:
        page.write_text(table.renewed(page.read_text("utf-8"), found, about), "utf-8")
    return 0 if all(each.fine for each in found) else 1
