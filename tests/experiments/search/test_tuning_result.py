"""The notes of a tuning are those of its studies, each once."""

import equipoise
from equipoise.experiments.search.tuning_result import add_run_notes

WORDS = ("community.size=6", "horizon=4", "burn_in=0", "replicates=2", "strategy=do_nothing")


def test_notes_of_runs_and_of_recovery_are_kept_once(tmp_path):
    sweep = equipoise.sweep(*WORDS, out=tmp_path / "s", executor="serial")
    sweep.progress_notes.append("summary/x.parquet is damaged; it was moved to damaged/.")
    notes = []
    for _ in range(2):
        add_run_notes(notes, sweep, planned=())
    lowered, degree, damaged = notes
    assert lowered.startswith("note: network.count was lowered")
    assert degree.startswith("note: network.degree")
    assert damaged == sweep.progress_notes[-1]


def test_notes_of_planning_are_not_repeated(tmp_path):
    sweep = equipoise.sweep(*WORDS, out=tmp_path / "s", executor="serial")
    notes = []
    add_run_notes(notes, sweep, planned=sweep.study_notes)
    assert notes == []
