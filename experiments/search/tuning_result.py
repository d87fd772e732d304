"""The result of tuning."""

from __future__ import annotations

from dataclasses import dataclass, field

from equipoise.analysis.comparison.differences import Difference
from equipoise.experiments.search.trials import Trial
from equipoise.experiments.search.tuning_spec import TuningSpec


@dataclass
class Tuning:
    """The result of tuning.

    Attributes:
        spec: the specification.
        trials: all finished trials.
        best: the best of them; with two objectives, the Pareto front.
        chosen: the trial of the front that is written for the control center `tuned`.
        judged: tuned settings minus the default by objective: in training worlds, in hold-out
            seeds, and in hold-out environments; empty if stopped.
        complete: True if tuning reached its end.
        notes: remarks for the user.
    """

    spec: TuningSpec
    trials: list[Trial] = field(default_factory=list)
    best: list[Trial] = field(default_factory=list)
    chosen: Trial | None = None
    judged: dict[str, tuple[Difference, ...]] = field(default_factory=dict)
    complete: bool = False
    notes: list[str] = field(default_factory=list)
