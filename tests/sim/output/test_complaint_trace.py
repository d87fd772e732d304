"""The trace of one complaint is in order, has one end, and agrees with the run."""

from __future__ import annotations

import pytest

from equipoise.errors import EquipoiseError
from equipoise.output.complaint_trace import trace_complaint
from equipoise.runner import build_world
from equipoise.settings.settings import Settings

VALUES = {
    "seed": 4,
    "burn_in": 14,
    "horizon": 200,
    "community": {"size": 300},
    "receptor": {"kind": "mentions"},
    "control_center": {"kind": "threshold"},
    "effector": {"respond": {"kind": "respond"}, "repair": {"kind": "repair"}},
    "environment": {"disturbances": {"fault": {"start": 20, "size": 0.4}}},
}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.model_validate(VALUES)


def test_events_come_in_order_and_begin_with_the_experience(settings: Settings) -> None:
    trace = trace_complaint(settings)
    days = [event.day for event in trace.events]
    assert days == sorted(days)
    assert trace.events[0].kind == "experienced"
    assert days[0] >= 20, "an instructive complaint comes after the first strike"


def test_a_trace_has_one_end(settings: Settings) -> None:
    kinds = [event.kind for event in trace_complaint(settings).events]
    assert len(kinds) == len(set(kinds))
    assert kinds[-1] in {"forgiven", "left", "ended"}


def test_the_trace_agrees_with_the_run(settings: Settings) -> None:
    trace = trace_complaint(settings)
    world = build_world(settings)
    while world.day <= trace.events[0].day + settings.burn_in:
        world.step()
    assert world.people.since[trace.consumer] == trace.events[0].day + settings.burn_in
    assert f"{world.people.utility[trace.consumer]:.2f}" in trace.events[0].sentence


def test_a_chosen_consumer_is_traced(settings: Settings) -> None:
    chosen = trace_complaint(settings).consumer
    assert trace_complaint(settings, chosen).consumer == chosen


def test_a_run_without_the_complaint_is_refused(settings: Settings) -> None:
    with pytest.raises(
        EquipoiseError, match=r"Consumer 300 is not among the 300 people: give 0 to 299"
    ):
        trace_complaint(settings, 300)
    calm = settings.model_copy(update={"horizon": 0})
    with pytest.raises(EquipoiseError, match="No consumer complained"):
        trace_complaint(calm)
