"""Control by chance, by schedule, by a study's finding and by people: what they do, and what they refuse."""

import json
import math
import threading
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.checker import check, is_same
from equipoise.firm.control import diagnosis
from equipoise.firm.control.human import Human, QueuePort, connected
from equipoise.firm.control.regulators import Pid, RandomControl
from equipoise.firm.control.schedule_file import Scripted, read_schedule
from equipoise.firm.control.tuned_file import Tuned
from equipoise.firm.interfaces import Reading

PLANT = replace(check_fixtures.build_plant(("promise",)), burn_in=10)


def live(control, days, plant=PLANT, readings=()):
    state, out = control.init(plant), []
    for day in range(days):
        got, state = control.step(day, readings, state)
        out.append(got)
    return out


def reading(day=0, level=0.5, **more):
    return Reading(day, day, level, 0.1, np.zeros(4), np.zeros(4), 9, **more)


# random


def test_chance_is_even_over_efforts_and_departments():
    orders = live(RandomControl(every=1), 4000)
    efforts = np.array([[each.efforts[name] for name in PLANT.effectors] for each in orders])
    np.testing.assert_allclose(efforts.mean(axis=0), PLANT.budget / 2 / 3, rtol=0.06)
    assert efforts.sum(axis=1).max() <= PLANT.budget
    assert np.sum(efforts.sum(axis=1) < 0.25) == pytest.approx(1000, abs=110)
    np.testing.assert_allclose(np.mean([each.focus for each in orders], axis=0), 0.2, atol=0.03)


def test_chance_is_of_the_seed_and_deaf_to_readings():
    assert is_same(live(RandomControl(), 60), live(RandomControl(), 60, readings=(reading(),)))
    assert not is_same(live(RandomControl(), 60), live(RandomControl(), 60, replace(PLANT, seed=2)))


@pytest.mark.parametrize(("name", "value"), [("every", 3), ("effort", 0.2)])
def test_every_setting_of_chance_has_an_effect(name, value):
    assert not is_same(live(RandomControl(), 30), live(RandomControl(**{name: value}), 30))


def test_chance_has_nothing_to_order_without_effectors():
    assert live(RandomControl(), 3, replace(PLANT, effectors=()))[0].efforts == {}


# scripted

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
    made = Scripted(path=str(tmp_path / name))
    orders = live(made, 30)
    assert [each.efforts["repair"] for each in orders] == [0] * 10 + [0.5] * 9 + [0] * 11
    assert [each.efforts["respond"] for each in orders] == [0] * 15 + [0.25] * 15
    np.testing.assert_allclose(orders[12].focus, [0, 0, 1, 0, 0])
    np.testing.assert_allclose(orders[15].focus, [0, 0, 2 / 3, 1 / 3, 0])
    np.testing.assert_allclose(orders[20].focus, [0, 0, 0, 1, 0])
    check(made)
    assert not is_same(orders, live(Scripted(), 30))


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
    ("a.yaml", "- {day: 1, effector: repair\n- 3", ["line 2: this is not YAML"]),
    ("a.yaml", "day: 1", ["is no schedule: give a list of mappings"]),
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
    ("a.txt", "hello", [r"ends in \.csv, \.yaml or \.yml"]),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD)
def test_a_bad_schedule_is_told_line_by_line(tmp_path, name, text, said):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    for line in said:
        with pytest.raises(EquipoiseError, match=line):
            read_schedule(str(path))
    with pytest.raises(ValidationError, match=name):
        Scripted(path=str(path))


def test_a_schedule_that_is_not_there_or_not_text_is_told(tmp_path):
    with pytest.raises(
        EquipoiseError, match=r"the schedule .*none\.csv cannot be read: No such file"
    ):
        read_schedule(str(tmp_path / "none.csv"))
    (tmp_path / "raw.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EquipoiseError, match="it is not UTF-8 text"):
        read_schedule(str(tmp_path / "raw.csv"))


def test_names_in_a_schedule_are_checked_with_their_lines(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text(
        "day,effector,effort,department\n1,repiar,1,product\n2,repair,1,prodct\n", "utf-8"
    )
    with pytest.raises(
        EquipoiseError, match=r"line 2: the effector 'repiar' is not known\. Did you mean 'repair'"
    ) as all_of:
        Scripted(path=str(path)).init(PLANT)
    assert "line 3: the department 'prodct' is not known. Did you mean 'product'?" in str(
        all_of.value
    )


# tuned


def test_a_study_decides_as_what_it_found(tmp_path):
    given = {"kind": "pid", "parameters": {"kp": 3.0, "mix": {"repair": 1.0}}, "score": 0.8}
    for name, text in (("a.json", json.dumps(given)), ("a.yaml", json.dumps(given))):
        (tmp_path / name).write_text(text, "utf-8")
        made = Tuned(path=str(tmp_path / name))
        check(made)
        found = Pid(kp=3.0, mix={"repair": 1.0})
        assert is_same(live(made, 5, readings=(reading(),)), live(found, 5, readings=(reading(),)))
    assert is_same(live(Tuned(), 5, readings=(reading(),)), live(Pid(), 5, readings=(reading(),)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: pidd", "control center kind 'pidd' is not known"),
        (
            "kind: pid\nparameters: {kpp: 1}",
            r"the parameter of pid 'kpp' is not known\. Did you mean 'kp'",
        ),
        (
            "kind: pid\nparameters: {kp: -1}",
            r"kp is -1: input should be greater than or equal to 0",
        ),
        ("kind: pid\nparameters: 3", "parameters is no mapping"),
        ("kind: tuned", "cannot find kind 'tuned'"),
        ("a: b: c", "line 1: this is neither YAML nor JSON"),
        ("- 3", "is no tuning study"),
    ],
)
def test_a_bad_study_is_told(tmp_path, text, said):
    path = tmp_path / "study.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValidationError, match=said):
        Tuned(path=str(path))


def test_a_study_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ValidationError, match="cannot be read: No such file"):
        Tuned(path=str(tmp_path / "none.yaml"))


# human


class Says:
    """Answers at a port with what it was given, day by day, and notes what it was asked."""

    def __init__(self, *orders):
        self.orders, self.asked, self.plant = list(orders), [], None

    def open(self, plant):
        self.plant = plant

    def await_orders(self, day, readings, deadline):
        self.asked.append((day, len(readings), deadline))
        return self.orders.pop(0) if self.orders else None


def full(name="repair"):
    return live(RandomControl(), 1)[0].__class__(efforts={name: 1.0}, focus=np.zeros(5))


def test_people_are_asked_shown_what_was_read_and_obeyed():
    port = Says(full())
    with connected("room", port):
        orders = live(Human(port="room", every=7, deadline=9), 15, readings=(reading(level=0.4),))
    assert port.plant is PLANT
    assert port.asked == [(0, 1, 9), (7, 7, 9), (14, 7, 9)]
    assert all(each.efforts["repair"] == 1 for each in orders)
    assert orders[-1].believed == pytest.approx(0.4)


@pytest.mark.parametrize(("default", "then"), [("keep", 1.0), ("nothing", 0.0)])
def test_the_default_holds_when_nobody_answers(default, then):
    with connected("room", Says(full())):
        orders = live(Human(port="room", default=default), 15)
    assert orders[6].efforts["repair"] == 1
    assert orders[7].efforts["repair"] == then


def test_nobody_connected_is_no_orders_and_no_waiting():
    assert all(not any(each.efforts.values()) for each in live(Human(deadline=86400), 30))
    check(Human())


def test_a_port_belongs_to_one():
    with (
        connected("room", Says()),
        pytest.raises(EquipoiseError, match="port 'room' is taken"),
        connected("room", Says()),
    ):
        pass
    with connected("room", Says()):
        pass


def test_two_threads_meet_at_a_queue():
    port = QueuePort()
    with pytest.raises(EquipoiseError, match="nobody waits at this port"):
        port.order({"repair": 1})

    def play():
        day, seen = port.seen.get(timeout=10)
        assert (day, len(seen)) == (0, 1)
        port.order({"repair": 0.5}, {"product": 3, "service": 1})

    with connected("web", port):
        player = threading.Thread(target=play)
        player.start()
        orders = live(Human(port="web", deadline=10, every=100), 3, readings=(reading(),))
        player.join()
    assert orders[0].efforts["repair"] == 0.5
    np.testing.assert_allclose(orders[0].focus, [0, 0, 0.75, 0.25, 0])
    assert port.await_orders(1, (), 0.01) is None
    assert port.await_orders(1, (), 0) is None


@pytest.mark.parametrize(
    ("efforts", "focus", "said"),
    [
        ({"repiar": 1}, {}, r"the effector 'repiar' is not known\. Did you mean 'repair'"),
        ({}, {"prodct": 1}, r"the department 'prodct' is not known\. Did you mean 'product'"),
        ({"repair": 1.5}, {}, r"the effort of repair is 1\.5: give a number from 0 to 1"),
        ({"repair": math.nan}, {}, "the effort of repair is nan"),
        ({}, {"product": -1}, "the attention to product is -1"),
    ],
)
def test_impossible_orders_are_refused(efforts, focus, said):
    port = QueuePort()
    port.open(PLANT)
    with pytest.raises(EquipoiseError, match=said):
        port.order(efforts, focus)
    assert port.await_orders(0, (), 0) is None


# causes told, in the diagnosis of regulators


def test_causes_told_are_believed_when_they_exceed_chance():
    np.testing.assert_allclose(diagnosis.told(np.array([1.0, 1, 18, 0, 0]), 2.0), [0, 0, 1, 0, 0])
    np.testing.assert_allclose(
        diagnosis.told(np.array([0.0, 0, 12, 8, 0]), 2.0), [0, 0, 2 / 3, 1 / 3, 0]
    )
    assert not diagnosis.told(np.array([4.0, 5, 4, 4, 3]), 2.0).any()
    assert not diagnosis.told(np.zeros(5), 0.0).any()


def test_a_regulator_looks_where_people_point():
    told = reading(level=0.4, causes=np.array([0, 0, 0, 9.0, 1]))
    np.testing.assert_allclose(live(Pid(), 1, readings=(told,))[0].focus, [0, 0, 0, 1, 0])
    assert not live(Pid(), 1, readings=(reading(level=0.4),))[0].focus.any()
