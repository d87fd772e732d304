"""The files that `equipoise new` writes; $name, $Class, $package and others are replaced."""

from __future__ import annotations

_PROJECT = """\
[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "$package"
version = "0.1"
dependencies = ["equipoise"]
entry-points."equipoise.$family".$name = "$package:$Class"

[tool.setuptools]
py-modules = ["$package"]
"""

_PART_README = """\
# $name: a $kind for Equipoise

`$package.py` holds the $kind, `test_$package.py` its test. Install it, test it, and use it:

    pip install .
    python -m pytest
    equipoise run strategy=pid_survey $choice --config-dir options

`equipoise explain $group=$name` then prints its settings. The page "Policies" of the
documentation explains the records that pass between parts.
"""

_OPTION = """\
kind: $name
"""

_PART_TEST = '''\
"""Tests of the $kind $name."""

import equipoise
from $package import $Class


def test_keeps_the_contract():
    equipoise.check($Class())
'''

_RECEPTOR = '''\
"""A receptor that reads the public rating."""

from typing import ClassVar

from equipoise.firm.interfaces import NO_COUNTS, Reading, Receptor
from equipoise.settings.schema import choice


class $Class(Receptor):
    """Reads the public rating, smoothed over some days."""

    kind: ClassVar[str] = "$name"
    # A choice has a default, a meaning and a range; `equipoise explain` prints them.
    memory: float = choice(
        7.0, "days over which the rating is smoothed", low=1, high=365, unit="day"
    )

    def init(self, plant):
        """Return the state before the first day: no level yet."""
        return None

    def step(self, market, state):
        """Return a reading of the day and the next state. The market holds what is public."""
        level = market.rating
        if state is not None:
            level = state + (market.rating - state) / self.memory
        reading = Reading(
            observed=market.day,
            delivered=market.day,
            satisfaction=level,
            error=0.1,
            praise=NO_COUNTS,
            trouble=market.complaints,
            volume=1,
        )
        return reading, level
'''

_RECEPTOR_TEST = (
    _PART_TEST
    + """

def test_smooths_the_rating():
    receptor = $Class(memory=2.0)

    class Market:
        day, rating, complaints = 0, 0.5, (0, 0, 0, 0)

    reading, state = receptor.step(Market, None)
    assert reading.satisfaction == 0.5
    Market.rating = 0.7
    reading, state = receptor.step(Market, state)
    assert abs(reading.satisfaction - 0.6) < 1e-12
"""
)

_CONTROL_CENTER = '''\
"""A control center that acts after several readings below the band."""

from typing import ClassVar

from equipoise.firm.interfaces import ControlCenter, Orders
from equipoise.settings.schema import choice


class $Class(ControlCenter):
    """Orders full effort after several readings below the band in a row."""

    kind: ClassVar[str] = "$name"
    # A choice has a default, a meaning and a range; `equipoise explain` prints them.
    patience: int = choice(3, "readings below the band in a row before it acts", low=1, high=100)

    def init(self, plant):
        """Return the state before the first day: the facts about the firm, and no bad reading."""
        return plant, 0

    def step(self, day, readings, state):
        """Return the orders of the day and the next state. ``readings`` arrived today."""
        plant, bad = state
        for reading in readings:
            if reading.satisfaction < plant.set_point - plant.band:
                bad += 1
            elif reading.satisfaction >= 0:  # not nan, which is a reading without an estimate
                bad = 0
        effort = 1.0 if bad >= self.patience else 0.0
        return Orders(efforts=dict.fromkeys(plant.effectors, effort)), (plant, bad)
'''

_CONTROL_CENTER_TEST = (
    _PART_TEST
    + """

class Reading:
    def __init__(self, satisfaction):
        self.satisfaction = satisfaction


class Plant:
    set_point, band, effectors = 0.7, 0.04, ("repair",)


def test_acts_after_its_patience():
    center = $Class(patience=2)
    orders, state = center.step(0, (Reading(0.5),), center.init(Plant))
    assert orders.efforts == {"repair": 0.0}
    orders, state = center.step(1, (Reading(0.5),), state)
    assert orders.efforts == {"repair": 1.0}
"""
)

_EFFECTOR = '''\
"""An effector that lets people of different tribes meet."""

from typing import ClassVar

from equipoise.firm.interfaces import NO_DEED, Deed, Effector, Touch, effort_cost
from equipoise.settings.schema import assumption


class $Class(Effector):
    """Invites followers to an event, where they meet people of other tribes."""

    kind: ClassVar[str] = "$name"
    cost: float = effort_cost(60.0)
    # An assumption has a default, a meaning and a range; `equipoise explain` prints them.
    mingling: float = assumption(
        0.5, "share of its extra weight that the own tribe loses", off=0.0, low=0, high=1
    )

    def init(self, plant):
        """Return the state before the first day: none is needed."""
        return None

    def step(self, day, effort, focus, state):
        """Return the deed of the day and the next state. ``effort`` arrives today, 0..1."""
        if effort <= 0:
            return NO_DEED, state
        return Deed(touch=Touch(introduce=min(effort, 1.0) * self.mingling)), state
'''

_EFFECTOR_TEST = (
    _PART_TEST
    + """

def test_does_nothing_without_effort():
    deed, _ = $Class().step(0, 0.0, None, None)
    assert deed.touch is None


def test_introduces_in_proportion_to_effort():
    deed, _ = $Class(mingling=0.5).step(0, 0.4, None, None)
    assert abs(deed.touch.introduce - 0.2) < 1e-12
"""
)

_MEASURE = '''\
"""The measure $name: share of days on which many posts are negative."""

import sys

import numpy as np

import equipoise


def $name(days, limit=0.5):
    """Return the share of days on which more than ``limit`` of the posts are negative.

    ``days`` holds the daily columns of a run by name; nan without any post.
    """
    positive, negative = days["positive"], days["negative"]
    posts = positive + negative
    known = posts > 0
    if not known.any():
        return float("nan")
    return float((negative[known] / posts[known] > limit).mean())


def measure_run(folder):
    """Return the measure of each world of a run folder, over scored days."""
    run = equipoise.load_run(folder)
    values = []
    for record in run.records:
        days = {name: column[record.burn_in :] for name, column in record.columns().items()}
        values.append($name(days))
    return np.array(values)


if __name__ == "__main__":
    print(measure_run(sys.argv[1]))
'''

_MEASURE_TEST = '''\
"""Tests of the measure $name."""

import math

import numpy as np
from $package import $name


def test_counts_days_with_many_negative_posts():
    days = {"positive": np.array([1.0, 3.0, 0.0]), "negative": np.array([3.0, 1.0, 0.0])}
    assert $name(days) == 0.5


def test_is_nan_without_posts():
    days = {"positive": np.zeros(3), "negative": np.zeros(3)}
    assert math.isnan($name(days))
'''

_MEASURE_README = """\
# $name: a measure of Equipoise runs

`$package.py` holds a function over the daily columns of a run, `test_$package.py` its test.
Test it, and apply it to a run folder:

    python -m pytest
    equipoise run strategy=pid_survey --out run
    python $package.py run

Measures of your own cannot be plugged into Equipoise yet: `sweep`, `compare` and `report` do not
know them. Apply the function to run folders. The documentation lists the daily columns.
"""

_STRATEGY = """\
# @package _global_
# The line above is for Hydra: paths below begin at the top of the settings.

# The parts of the strategy, each an option of its group; `equipoise explain` lists them.
defaults:
  # What observes the community: a survey.
  - override /receptor: survey
  # What decides: a PID controller, which answers in proportion to the error.
  - override /control_center: pid
  # What acts: repair of faults, and answers to complaints.
  - override /effector: [repair, respond]

# Settings of the parts that differ from those of their options.
receptor:
  # Days between two surveys.
  every: 14

# How reports call the strategy.
strategy:
  # The name in tables; the same as the name of this file.
  name: $name
  # The name in titles.
  title: "A survey every two weeks, answered in proportion"
"""

_STRATEGY_README = """\
# $name: a strategy for Equipoise

`options/strategy/$name.yaml` holds the parts and settings of the strategy, `test_$name.py` its
test. Test it, run it, and compare it with others in the same worlds:

    python -m pytest
    equipoise run strategy=$name --config-dir options
    equipoise run -m strategy=do_nothing,$name replicates=10 --config-dir options --out study

`equipoise compare study` then prints the differences. `equipoise explain receptor=survey` prints
the settings of a part.
"""

_STRATEGY_TEST = '''\
"""Tests of the strategy $name."""

from pathlib import Path

import equipoise

OPTIONS = Path(__file__).parent / "options"


def test_composes_with_its_settings():
    settings = equipoise.compose("strategy=$name", config_dirs=[OPTIONS])
    assert settings.strategy.name == "$name"
    assert settings.receptor.every == 14


def test_runs():
    small = ("community.size=40", "network.count=4", "horizon=10", "burn_in=0")
    run = equipoise.run(equipoise.compose("strategy=$name", *small, config_dirs=[OPTIONS]))
    assert run.complete
'''


_EFFECTOR_OPTION = """\
# @package effector.$name
kind: $name
"""


def _part_files(module: str, test: str, choice: str, option: str = _OPTION) -> dict[str, str]:
    return {
        "pyproject.toml": _PROJECT,
        "README.md": _PART_README.replace("$choice", choice),
        "$package.py": module,
        "test_$package.py": test,
        "options/$group/$name.yaml": option,
    }


FILES: dict[str, dict[str, str]] = {
    "receptor": _part_files(_RECEPTOR, _RECEPTOR_TEST, "receptor=$name"),
    "control-center": _part_files(_CONTROL_CENTER, _CONTROL_CENTER_TEST, "control_center=$name"),
    "effector": _part_files(_EFFECTOR, _EFFECTOR_TEST, "effector=[repair,$name]", _EFFECTOR_OPTION),
    "measure": {
        "README.md": _MEASURE_README,
        "$package.py": _MEASURE,
        "test_$package.py": _MEASURE_TEST,
    },
    "strategy": {
        "README.md": _STRATEGY_README,
        "test_$name.py": _STRATEGY_TEST,
        "options/strategy/$name.yaml": _STRATEGY,
    },
}
