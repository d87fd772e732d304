"""The result of tuning."""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.analysis.comparison.differences import Difference
from equipoise.experiments.search.trials import Trial
from equipoise.experiments.search.tuning_spec import TuningSpec


@dataclass
class Tuning:
    """The result of tuning.

    Attributes:
        question: the specification.
        trials: all finished trials.
        best: the best of them; with two objectives, those that no other beats on both.
        chosen: the one of these that the tuned control center takes.
        judged: for each objective, the tuned settings minus the default, in and out of sample; empty if stopped.
        complete: True if tuning reached its end.
        notes: further remarks.
    """

    question: TuningSpec
    trials: list[Trial]
    best: list[Trial]
    chosen: Trial | None
    judged: dict[str, tuple[Difference, ...]]
    complete: bool
    notes: list[str]
