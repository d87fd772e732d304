"""Control by a schedule file: orders by day, and messages on bad files."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.checker import check, is_same
from equipoise.firm.control.schedule_file import ScheduleEntry, Scripted, read_schedule

PLANT = replace(check_fixtures.build_plant(("promise",)), burn_in=10)


def run_control(control, days):
    """Return the orders of each day without readings."""
    state, all_orders = control.init(PLANT), []
    for day in range(days):
        orders, state = control.step(day, (), state)
        all_orders.append(orders)
    return all_orders


CSV = "day,effector,effort,department\n0,repair,0.5,product\n5,respond,0.25,service\n\n9,repair,0\n"
YAML = """
- {day: 0, effector: repair, effort: 0.5, department: product}
- day: 5
  effector: respond
  effort: 0.25
  department: service
- {day: 9, effector: repair, effort: 0}
"""


@pytest.mark.parametrize(
    ("name", "text"), [("plan.csv", CSV), ("plan.yaml", YAML), ("bom.csv", "\ufeff" + CSV)]
)
def test_a_schedule_is_followed_from_the_first_scored_day(tmp_path, name, text):
    (tmp_path / name).write_text(text, "utf-8")
    control = Scripted(path=str(tmp_path / name))
    orders = run_control(control, 30)
    assert [day.efforts["repair"] for day in orders] == [0] * 10 + [0.5] * 9 + [0] * 11
    assert [day.efforts["respond"] for day in orders] == [0] * 15 + [0.25] * 15
    np.testing.assert_allclose(orders[12].focus, [0, 0, 1, 0, 0])
    np.testing.assert_allclose(orders[15].focus, [0, 0, 2 / 3, 1 / 3, 0])
    np.testing.assert_allclose(orders[20].focus, [0, 0, 0, 1, 0])
    check(control)
    assert not is_same(orders, run_control(Scripted(), 30))


BAD = [
    (
        "a.csv",
        "day,effector,effort\n1,repair,0.5\nx,repair,1\n3,repair,two\n4,repair,1.5\n",
        [
            r"line 3: the day is 'x'",
            r"line 4: the effort is 'two'",
            r"line 5: the effort is '1\.5'",
        ],
    ),
    (
        "a.csv",
        "day,efector,effort\n1,repair,0.5\n",
        [
            r"line 1: the column 'efector' is not known\. Did you mean 'effector'",
            "the column 'effector' is missing",
        ],
    ),
    ("a.csv", "", ["the column 'day' is missing"]),
    (
        "a.csv",
        "day,effector,effort\n1,repair,0.5\n1,repair,0.7\n",
        ["line 3: line 2 has the same day and effector"],
    ),
    ("a.csv", "day,effector,effort\n1,,0.5\n", ["line 2: the effector is empty"]),
    ("a.yaml", "- {day: 1, effector: repair\n- 3", ["cannot be read: line 2, "]),
    ("a.yaml", "- {day: 1, day: 2, effector: repair, effort: 1}", ["line 1: 'day' occurs twice"]),
    ("a.yaml", "hello", ["is no schedule. Give a list of mappings"]),
    ("a.yaml", "day: 1", ["is no schedule. Give a list of mappings"]),
    (
        "a.yaml",
        "- {day: 1, effector: repair, effort: 1}\n- {day: 1.5, effector: repair, effort: nan}\n",
        [r"line 2: the day is '1\.5'"],
    ),
    (
        "a.yaml",
        "- {day: 1, efort: 1, effector: repair}",
        [r"line 1: the column 'efort' is not known\. Did you mean 'effort'"],
    ),
    ("a.txt", "hello", [r"must end in \.csv, \.yaml or \.yml"]),
]


@pytest.mark.parametrize(("name", "text", "lines"), BAD)
def test_a_bad_schedule_is_reported_line_by_line(tmp_path, name, text, lines):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    for line in lines:
        with pytest.raises(EquipoiseError, match=line):
            read_schedule(str(path))
    with pytest.raises(ValidationError, match=name):
        Scripted(path=str(path))


def test_an_absent_schedule_is_reported_with_the_nearest_name(tmp_path):
    (tmp_path / "plan.csv").write_text("day,effector,effort\n")
    with pytest.raises(EquipoiseError, match=r"there is no file .*plam\.csv.*Did you mean 'plan"):
        read_schedule(str(tmp_path / "plam.csv"))


def test_a_schedule_that_is_not_text_is_reported(tmp_path):
    (tmp_path / "raw.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EquipoiseError, match="is not UTF-8 text"):
        read_schedule(str(tmp_path / "raw.csv"))


def test_of_many_bad_lines_the_first_five_are_reported(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text("day,effector,effort\n" + "x,repair,1\n" * 9)
    with pytest.raises(EquipoiseError, match="and 4 more such lines") as caught:
        read_schedule(str(path))
    assert len(caught.value.problems) == 6


def test_a_line_of_a_schedule_is_parsed(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text("effector, effort ,day\nrepair,0.5,-3\n")
    assert read_schedule(str(path)) == [ScheduleEntry(2, -3, "repair", 0.5, "")]


def test_named_effectors_are_listed_once(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text(CSV)
    assert Scripted(path=str(path)).effector_names == ("repair", "respond")
    assert Scripted().effector_names == ()


def test_names_in_a_schedule_are_checked_with_their_lines(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text(
        "day,effector,effort,department\n1,repiar,1,product\n2,repair,1,prodct\n", "utf-8"
    )
    with pytest.raises(
        EquipoiseError, match=r"line 2: the effector 'repiar' is not known\. Did you mean 'repair'"
    ) as caught:
        Scripted(path=str(path)).init(PLANT)
    assert "line 3: the department 'prodct' is not known. Did you mean 'product'?" in str(
        caught.value
    )
