"""Target patterns as their files in ``configs/pattern`` describe them.

A pattern has arms, which are lists of overrides on the default community, and clauses. A clause is
an effect, which is a sum of arms in one measure, and the range that it is claimed to lie in. The
edge of the range is the smallest effect of interest. A control switches off the mechanism that
clauses rest on: without it they must not hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from equipoise.errors import EquipoiseError
from equipoise.experiments.patterns.effect_formula import CONSTANT, Terms, parse_effect
from equipoise.experiments.patterns.worlds import MeasureRequest, check_pattern_measure
from equipoise.settings.schema import SettingsModel
from equipoise.settings.yaml_text import parse_yaml

_WORLDS = 60
_MIN_WORLDS = 30
_HERE = "{here}"  # stands for the folder of the patterns in the overrides of a file


class Clause(SettingsModel):
    """One claim of a pattern: an effect lies between two bounds.

    Attributes:
        says: the claim in words; it is part of the address of the bootstrap's random draws, so a
            new wording changes the last digits of the interval.
        measure: measure of a world, see `worlds`.
        effect: sum of arms with constant weights, see `parse_effect`.
        days: first and last + 1 scored day that the measure covers; -1 = all.
        above: lower bound of the effect.
        below: upper bound of the effect.
        refuted: why the claim is known not to hold; such a clause must not hold.
        spread: True = the effect is on the log standard deviation between worlds, not the mean.
    """

    says: str
    measure: str
    effect: str
    days: tuple[int, int] = (0, -1)
    above: float = -1e9
    below: float = 1e9
    refuted: str = ""
    spread: bool = False

    @model_validator(mode="after")
    def _check_claim(self) -> Clause:
        check_pattern_measure(self.measure)
        if not self.arms:
            raise ValueError(f"The clause {self.says!r} has no arm in its effect.")
        if self.above >= self.below:
            raise ValueError(f"The clause {self.says!r} has no room between above and below.")
        return self

    @property
    def terms(self) -> Terms:
        """Weights of arms, and of the constant under the key `CONSTANT`."""
        return parse_effect(self.effect)

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms in the effect."""
        return tuple(arm for arm in self.terms if arm != CONSTANT)

    @property
    def request(self) -> MeasureRequest:
        """Number that the clause needs of each world."""
        return MeasureRequest(self.measure, *self.days)


class Control(SettingsModel):
    """A mechanism switched off.

    Attributes:
        without: the mechanism in words.
        set: overrides of all arms.
        arms: further overrides by arm.
        against: numbers of the clauses that must not hold; empty = all.
    """

    without: str
    set: tuple[str, ...] = ()
    arms: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    against: tuple[int, ...] = ()


class Pattern(SettingsModel):
    """A target pattern.

    Attributes:
        number: number of the pattern in the specification.
        title: the pattern in one sentence.
        common: overrides of all arms.
        arms: overrides by arm.
        clauses: claims, all of which must hold.
        controls: mechanisms without which clauses must not hold.
        forced: the part of the pattern that the model cannot help showing.
        worlds: number of worlds, from seed 0 on.
    """

    number: int
    title: str
    common: tuple[str, ...] = ()
    arms: dict[str, tuple[str, ...]]
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]
    controls: tuple[Control, ...] = ()
    forced: str = "nothing"
    worlds: int = Field(_WORLDS, ge=_MIN_WORLDS)

    @model_validator(mode="after")
    def _check_arms(self) -> Pattern:
        if all(clause.refuted for clause in self.clauses):
            raise ValueError("Every clause is refuted, so nothing is left to test.")
        named = {arm for clause in self.clauses for arm in clause.arms}
        for control in self.controls:
            named.update(control.arms)
        missing = sorted(named - set(self.arms))
        if missing:
            raise ValueError(f"There is no arm {', '.join(missing)}.")
        return self

    def list_overrides(self, control: Control | None = None) -> dict[str, tuple[str, ...]]:
        """Return the overrides of each arm, followed by those of a control."""
        overrides = {arm: (*self.common, *words) for arm, words in self.arms.items()}
        if control is None:
            return overrides
        return {
            arm: (*words, *control.set, *control.arms.get(arm, ()))
            for arm, words in overrides.items()
        }

    def list_clauses(self, control: Control | None = None) -> tuple[Clause, ...]:
        """Return the clauses that are tested with a control, or without one."""
        if control is None or not control.against:
            return self.clauses
        return tuple(self.clauses[number] for number in control.against)


def patterns_folder() -> Path:
    """Return the folder of the patterns."""
    return Path(str(resources.files("equipoise.configs").joinpath("pattern")))


def load_patterns(folder: Path | None = None, only: Iterable[int] = ()) -> list[Pattern]:
    """Return the patterns of a folder, in the order of their numbers.

    Args:
        folder: that of the package by default.
        only: numbers of patterns; all if empty.

    Raises:
        EquipoiseError: with one line for each bad file.
    """
    folder, numbers = folder or patterns_folder(), set(only)
    patterns: list[Pattern] = []
    problems: list[str] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            text = file.read_text("utf-8").replace(_HERE, str(folder))
            patterns.append(Pattern.model_validate(parse_yaml(text, str(file))))
        except EquipoiseError as error:
            problems += error.problems
        except ValidationError as error:
            problems.append(f"{file}: {' '.join(str(error).split())}")
    if problems:
        raise EquipoiseError(*problems)
    if numbers:
        patterns = [pattern for pattern in patterns if pattern.number in numbers]
    return sorted(patterns, key=lambda pattern: pattern.number)
