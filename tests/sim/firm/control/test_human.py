"""Control by people: ports, deadlines, and orders that are refused."""

import math
import threading

import numpy as np
import pytest

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.checker import check
from equipoise.firm.control.human import Human, QueuePort, build_orders, connect_port
from equipoise.firm.interfaces import Orders, Reading

PLANT = check_fixtures.build_plant(("promise",))


def run_control(control, days, plant=PLANT, readings=()):
    """Return the orders of each day, with the same readings every day."""
    state, all_orders = control.init(plant), []
    for day in range(days):
        orders, state = control.step(day, readings, state)
        all_orders.append(orders)
    return all_orders


def make_reading(level=0.5, **more):
    return Reading(0, 0, level, 0.1, np.zeros(4), np.zeros(4), 9, **more)


class ScriptedPort:
    """Port that gives prepared orders, one a request, and records the requests."""

    def __init__(self, *orders):
        self.orders, self.asked, self.plant = list(orders), [], None

    def open(self, plant):
        self.plant = plant

    def await_orders(self, day, readings, deadline):
        self.asked.append((day, len(readings), deadline))
        return self.orders.pop(0) if self.orders else None


FULL_REPAIR = Orders(efforts={"repair": 1.0}, focus=np.zeros(5))


def test_people_see_the_readings_and_their_orders_hold():
    port = ScriptedPort(FULL_REPAIR)
    with connect_port("room", port):
        orders = run_control(
            Human(port="room", every=7, deadline=9), 15, readings=(make_reading(level=0.4),)
        )
    assert port.plant is PLANT
    assert port.asked == [(0, 1, 9), (7, 7, 9), (14, 7, 9)]
    assert all(day.efforts["repair"] == 1 for day in orders)
    assert orders[-1].believed == pytest.approx(0.4)


@pytest.mark.parametrize(("default", "effort"), [("keep", 1.0), ("nothing", 0.0)])
def test_the_default_holds_without_an_answer(default, effort):
    with connect_port("room", ScriptedPort(FULL_REPAIR)):
        orders = run_control(Human(port="room", default=default), 15)
    assert orders[6].efforts["repair"] == 1
    assert orders[7].efforts["repair"] == effort


def test_without_a_port_nothing_is_ordered_and_nothing_waits():
    assert all(not any(day.efforts.values()) for day in run_control(Human(deadline=86400), 30))
    check(Human())


def test_a_port_name_can_be_taken_only_once():
    with (
        connect_port("room", ScriptedPort()),
        pytest.raises(EquipoiseError, match="port 'room' is taken"),
        connect_port("room", ScriptedPort()),
    ):
        pass
    with connect_port("room", ScriptedPort()):
        pass


def test_two_threads_meet_at_a_queue_port():
    port = QueuePort()
    with pytest.raises(EquipoiseError, match="No run waits at this port"):
        port.give_orders({"repair": 1})

    def decide():
        day, readings = port.requests.get(timeout=10)
        assert (day, len(readings)) == (0, 1)
        port.give_orders({"repair": 0.5}, {"product": 3, "service": 1})

    with connect_port("web", port):
        people = threading.Thread(target=decide)
        people.start()
        orders = run_control(
            Human(port="web", deadline=10, every=100), 3, readings=(make_reading(),)
        )
        people.join()
    assert orders[0].efforts["repair"] == 0.5
    np.testing.assert_allclose(orders[0].focus, [0, 0, 0.75, 0.25, 0])
    assert port.await_orders(1, (), 0.01) is None
    assert port.await_orders(1, (), 0) is None


@pytest.mark.parametrize(
    ("efforts", "focus", "message"),
    [
        ({"repiar": 1}, {}, r"The effector 'repiar' is not known\. Did you mean 'repair'"),
        ({}, {"prodct": 1}, r"The department 'prodct' is not known\. Did you mean 'product'"),
        ({"repair": 1.5}, {}, r"The effort of repair is 1\.5. Give a number from 0 to 1"),
        ({"repair": math.nan}, {}, "The effort of repair is nan"),
        ({}, {"product": -1}, "The attention to product is -1"),
    ],
)
def test_impossible_orders_are_refused(efforts, focus, message):
    port = QueuePort()
    port.open(PLANT)
    with pytest.raises(EquipoiseError, match=message):
        port.give_orders(efforts, focus)
    assert port.await_orders(0, (), 0) is None


def test_all_problems_with_orders_are_reported_at_once():
    with pytest.raises(EquipoiseError, match="repiar") as caught:
        build_orders({"repiar": 2, "repair": -1}, {"prodct": 1}, PLANT)
    assert len(caught.value.problems) == 4


def test_orders_without_attention_have_no_focus():
    orders = build_orders({"repair": 0.5}, {}, PLANT)
    assert orders.efforts == {"repair": 0.5, "respond": 0.0, "promise": 0.0}
    assert not orders.focus.any()
