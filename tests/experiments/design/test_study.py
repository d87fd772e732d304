"""Jobs of a study: blocks of worlds that are missing, and their names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.experiments.design.designs import Design
from equipoise.experiments.design.study import MAX_JOB_RUNS, Study, StudyPoint, missing_worlds

POINT = StudyPoint(4, {"firm.band": 0.1}, b"settings", "identity", {"strategy": "oracle"})
BLOCKS = st.lists(
    st.builds(
        lambda first, count: range(first, first + count), st.integers(0, 60), st.integers(1, 20)
    ),
    max_size=5,
)


def build_study(**changes):
    fields = {
        "name": "study",
        "title": "",
        "axes": (),
        "constants": (),
        "design": Design(),
        "points": (POINT,),
        "seed": 0,
        "replicates": 2,
        "days": 10,
        "columns": ("day",),
        "stop": None,
        "code": {"numpy": "2"},
        "folders": (Path("mine"),),
    }
    return Study(**fields | changes)


def blocks(worlds, finished=()):
    return [(job.first, job.worlds) for job in build_study().jobs(POINT, worlds, finished)]


@pytest.mark.parametrize(
    ("worlds", "finished", "expected"),
    [
        (range(7, 130), [], [(7, 50), (57, 50), (107, 23)]),
        (range(100), [range(90, 95), range(40)], [(40, 50), (95, 5)]),
        (range(30), [range(40)], []),
        (range(20, 60), [range(70, 80), range(10), range(50), range(30, 40)], [(50, 10)]),
        (range(0), [], []),
    ],
)
def test_jobs_are_blocks_of_missing_worlds(worlds, finished, expected):
    assert blocks(worlds, finished) == expected


@given(st.integers(0, 30), st.integers(0, 80), BLOCKS)
def test_missing_worlds_are_those_asked_for_and_not_finished(first, count, finished):
    asked = range(first, first + count)
    missing = [world for gap in missing_worlds(asked, finished) for world in gap]
    expected = set(asked) - {world for block in finished for world in block}
    assert missing == sorted(expected)


@given(st.integers(0, 300), BLOCKS)
def test_no_world_is_run_twice_or_forgotten(count, finished):
    jobs = blocks(range(count), finished)
    worlds = [world for first, size in jobs for world in range(first, first + size)]
    assert len(worlds) == len(set(worlds))
    assert set(worlds) | {w for block in finished for w in block} >= set(range(count))
    assert all(size <= MAX_JOB_RUNS for _, size in jobs)


def test_job_carries_point_labels_columns_and_timeout():
    (job,) = build_study().jobs(POINT, range(2), timeout=9.0)
    assert (job.point, job.settings, job.labels) == (4, b"settings", {"strategy": "oracle"})
    assert (job.columns, job.timeout) == (("day",), 9.0)


@pytest.mark.parametrize(
    "changes",
    [{"seed": 1}, {"columns": ()}, {"code": {"numpy": "3"}}],
    ids=["seed", "columns", "code"],
)
def test_job_name_depends_on_everything_that_makes_its_tables(changes):
    (job,) = build_study().jobs(POINT, range(2))
    (changed,) = build_study(**changes).jobs(POINT, range(2))
    assert job.name != changed.name


def test_job_name_depends_on_its_worlds():
    names = {
        job.name
        for worlds in (range(2), range(3), range(1, 3))
        for job in build_study().jobs(POINT, worlds)
    }
    assert len(names) == 3


def test_job_name_is_the_same_in_a_study_with_more_replicates():
    (job,) = build_study().jobs(POINT, range(2))
    (same,) = build_study(replicates=9, title="Longer").jobs(POINT, range(2))
    assert job.name == same.name
