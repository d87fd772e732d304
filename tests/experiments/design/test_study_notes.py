"""Notes of a study: the points that they are about, and how many are shown."""

import pytest

from equipoise.experiments.design.study_notes import (
    MAX_SHOWN_NOTES,
    format_study_notes,
    shorten_notes,
)
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest

POINTS = {
    0: {"strategy": "oracle", "environment": "recall", "horizon": 60.0},
    1: {"strategy": "oracle", "environment": "calm", "horizon": 60.0},
    2: {"strategy": "oracle", "environment": "recall", "horizon": 90.0},
    3: {"strategy": "oracle", "environment": "calm", "horizon": 90.0},
}


@pytest.mark.parametrize(
    ("concerned", "place"),
    [
        ((0, 1, 2, 3), ""),
        ((0, 2), " (at environment=recall)"),
        ((0,), " (at environment=recall, horizon=60)"),
        ((0, 3), " (at 2 of 4 points)"),
        ((0, 1, 2), " (at 3 of 4 points)"),
    ],
)
def test_note_names_its_points_unless_they_are_all(concerned, place):
    assert format_study_notes({"Note.": concerned}, POINTS) == [f"Note.{place}"]


def test_point_with_many_values_is_named_by_its_number():
    paths = "abcde"
    points = {n: {path: float(n >> k & 1) for k, path in enumerate(paths)} for n in range(32)}
    assert format_study_notes({"Note.": [5]}, points) == ["Note. (at point 5)"]


def test_further_notes_are_counted():
    notes = [str(number) for number in range(MAX_SHOWN_NOTES + 4)]
    *shown, last = shorten_notes(notes, "studies/a/notes")
    assert shown == notes[:MAX_SHOWN_NOTES]
    assert last == "... and 4 more notes like these; studies/a/notes has all of them."
    assert shorten_notes(notes[: MAX_SHOWN_NOTES + 1]) == notes[: MAX_SHOWN_NOTES + 1]


def test_plan_notes_disturbances_outside_the_horizon_with_their_points():
    words = ("environment=recall,calm", "horizon=60,61", "strategy=oracle,do_nothing")
    study = plan_study(StudyRequest(words))
    (note,) = study.planning_notes
    assert note.startswith("environment recall: the disturbances product_fault on day 60")
    assert note.endswith("(at environment=recall, horizon=60)")
    (points,) = study.notes.values()
    assert len(points) == 2


def test_each_horizon_has_a_note_of_its_own():
    study = plan_study(StudyRequest(("environment=recall", "horizon=10,20,90")))
    assert len(study.planning_notes) == 2
