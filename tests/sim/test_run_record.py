"""The record of a run: its columns, their meanings, verdicts and later effectors."""

import math

import numpy as np

from equipoise.consumers.census import CENSUS_COLUMNS
from equipoise.run_record import FIRM_LOG_COLUMNS, column_meanings, new_run_record

EFFECTORS = ("repair", "respond")
DEPARTMENTS = ("product", "service")


def make_record(days=4):
    return new_run_record(5, 1, days, EFFECTORS, DEPARTMENTS)


def test_an_empty_record_has_no_finished_days():
    record = make_record()
    assert int(record.filled) == 0
    assert all(len(column) == 0 for column in record.columns().values())
    assert all(np.isnan(column).all() for column in record.log.values())


def test_columns_end_with_the_last_finished_day():
    record = make_record()
    record.filled[...] = 3
    record.census.uses[:] = [4, 5, 6, 7]
    columns = record.columns()
    assert columns["uses"].tolist() == [4, 5, 6]
    assert columns["day"].tolist() == [-1, 0, 1]


def test_the_members_of_a_family_are_columns_of_their_own():
    record = make_record()
    record.filled[...] = 4
    record.census.posts[:, 1] = 9
    columns = record.columns()
    assert columns["posts_comment"].tolist() == [9] * 4
    assert columns["posts_question"].tolist() == [0] * 4
    assert "posts" not in columns


def test_every_column_has_a_meaning_and_every_meaning_a_column():
    columns = make_record().columns()
    meanings = column_meanings(EFFECTORS, DEPARTMENTS)
    assert set(columns) == set(meanings)
    assert all(column.name == name for name, column in meanings.items())
    assert all(column.unit and column.meaning for column in meanings.values())


def test_the_meaning_of_a_member_names_it():
    meanings = column_meanings(EFFECTORS, DEPARTMENTS)
    assert meanings["effort_repair"].meaning == "effort ordered of the effector: repair"
    assert meanings["queue_service"].unit == "cases"
    assert meanings["stage_lapsed"].meaning.endswith(": lapsed")


def test_names_of_census_and_log_do_not_collide():
    names = [column.name for column in (*CENSUS_COLUMNS, *FIRM_LOG_COLUMNS)]
    assert len(names) == len(set(names))


def test_later_effectors_get_columns_and_known_ones_keep_theirs():
    record = make_record()
    record.log["effort_repair"][0] = 0.5
    record.add_effectors(("repair", "promise"))
    assert record.log["effort_repair"][0] == 0.5
    assert np.isnan(record.log["effort_promise"]).all()


def test_evidence_that_is_not_a_number_is_stored_as_none():
    record = make_record()
    record.add_verdict({"kind": "systemic", "evidence": math.nan})
    record.add_verdict({"kind": "systemic", "evidence": 2.5})
    assert [verdict["evidence"] for verdict in record.verdicts] == [None, 2.5]
