"""Daily columns: those of the parts of a study, in the order of the record."""

from equipoise.experiments.design.daily_columns import select_daily_columns
from equipoise.run_record import column_meanings


def test_all_columns_are_those_of_the_record():
    assert select_daily_columns(["repair"], []) == tuple(column_meanings(("repair",), ()))


def test_each_effector_brings_columns_of_its_own():
    without = select_daily_columns([], [])
    with_repair = select_daily_columns(["repair"], [])
    extra = [name for name in with_repair if name not in without]
    assert extra
    assert all(name.endswith("repair") for name in extra)


def test_wanted_columns_come_in_the_order_of_the_record_with_the_day():
    one_order = select_daily_columns([], [], ["cost", "satisfaction"])
    other_order = select_daily_columns([], [], ["satisfaction", "cost"])
    assert one_order == other_order
    assert one_order[0] == "day"
    assert set(one_order) == {"day", "cost", "satisfaction"}
