"""Jobs: packed settings, overlapping blocks of worlds, failures."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.experiments.design.job import (
    Job,
    failure_result,
    overlap,
    pack_json,
    unpack_json,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
BLOCKS = st.builds(
    lambda first, count: range(first, first + count), st.integers(0, 9), st.integers(1, 9)
)


@given(JSON_VALUES)
def test_packed_data_are_unpacked_unchanged(data):
    assert unpack_json(pack_json(data)) == data


def test_packed_settings_are_small():
    settings = {"community": {f"setting_{k}": 0.5 for k in range(200)}}
    assert len(pack_json(settings)) < len(str(settings)) / 4


@given(BLOCKS, BLOCKS)
def test_blocks_overlap_if_they_share_a_world(one, other):
    assert overlap(one, other) == bool({*one} & {*other})


def test_failure_result_names_the_job_and_has_no_tables():
    job = Job("abc", point=3, settings=b"", first=40, worlds=10)
    result = failure_result(job, "out of memory", "Traceback ...", 1.5)
    assert (result.name, result.point, result.first, result.worlds) == ("abc", 3, 40, 10)
    assert (result.failure, result.trace, result.seconds) == ("out of memory", "Traceback ...", 1.5)
    assert (result.summary, result.daily) == (b"", b"")


@pytest.mark.parametrize("labels", [{}, {"firm.band": 0.04, "strategy": "pid_survey"}])
def test_jobs_travel_to_workers_by_pickle(labels):
    job = Job("abc", 0, pack_json({"seed": 1}), 0, 2, labels, ("day",), timeout=3.0, code="x")
    assert pickle.loads(pickle.dumps(job)) == job
