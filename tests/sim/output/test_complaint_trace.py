"""The story of one complaint is told in order, ends, and is the truth of the run."""

from __future__ import annotations

import pytest

from equipoise.errors import EquipoiseError
from equipoise.output.complaint_trace import trace_complaint
from equipoise.runner import build_world
from equipoise.settings.settings import Settings

TOLD = {
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
    return Settings.model_validate(TOLD)


def test_events_come_in_order_and_begin_with_the_experience(settings: Settings) -> None:
    told = trace_complaint(settings)
    days = [event.day for event in told.events]
    assert days == sorted(days)
    assert told.events[0].kind == "experienced"
    assert days[0] >= 20, "the first complaint worth telling comes after the first strike"


def test_a_story_has_one_ending(settings: Settings) -> None:
    whats = [event.kind for event in trace_complaint(settings).events]
    assert len(whats) == len(set(whats))
    assert whats[-1] in {"forgiven", "left", "ended"}


def test_the_story_is_what_the_run_holds(settings: Settings) -> None:
    told = trace_complaint(settings)
    world = build_world(settings)
    while world.day <= told.events[0].day + settings.burn_in:
        world.step()
    assert world.people.since[told.consumer] == told.events[0].day + settings.burn_in
    assert f"{world.people.utility[told.consumer]:.2f}" in told.events[0].sentence


def test_the_story_of_a_chosen_consumer(settings: Settings) -> None:
    chosen = trace_complaint(settings).consumer
    assert trace_complaint(settings, chosen).consumer == chosen


def test_nobody_to_tell_of(settings: Settings) -> None:
    with pytest.raises(
        EquipoiseError, match=r"Consumer 300 is not among the 300 people: give 0 to 299"
    ):
        trace_complaint(settings, 300)
    calm = settings.model_copy(update={"horizon": 0})
    with pytest.raises(EquipoiseError, match="No consumer complained"):
        trace_complaint(calm)
