"""Searches print the notes of their studies."""

from types import SimpleNamespace

import pytest

from equipoise.experiments.cli import search


@pytest.mark.parametrize("complete", [True, False])
def test_files_set_aside_are_reported(capsys, tmp_path, complete):
    sweep = SimpleNamespace(
        folder=tmp_path,
        study_notes=["planned", "network.count was lowered"],
        progress_notes=["summary/x.parquet is damaged; it was moved to damaged/."],
        complete=complete,
    )
    search._show_study_notes(sweep, SimpleNamespace(planning_notes=["planned"]))
    lines = capsys.readouterr().err.splitlines()
    # A search that was stopped says so itself, with what to do.
    progress = sweep.progress_notes if complete else []
    assert lines == ["note: network.count was lowered", *progress]
