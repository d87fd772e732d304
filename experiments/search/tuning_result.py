"""The result of tuning."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from equipoise.analysis.comparison.differences import Difference
from equipoise.experiments.execution.sweep_runner import SweepResult
from equipoise.experiments.search.trials import Trial
from equipoise.experiments.search.tuning_spec import TuningSpec
from equipoise.experiments.storage.store import Store


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


def add_run_notes(notes: list[str], sweep: SweepResult, planned: Collection[str]) -> None:
    """Add the notes of one study of a tuning, each once.

    Args:
        notes: the notes of the tuning.
        sweep: the result of the study.
        planned: notes of planning, which are printed before anything runs.
    """
    texts = [text for text in Store(sweep.folder).read_notes() if text not in planned]
    for note in (*(f"note: {text}" for text in texts), *sweep.progress_notes):
        if note not in notes:
            notes.append(note)
