"""Records with a given path of satisfaction, and scorecards of them."""

import math

import numpy as np
import pytest

from equipoise.analysis.text.scorecard import scorecard
from equipoise.run_record import new_run_record
from equipoise.runner import Run
from equipoise.settings.settings import Settings

PEOPLE = 1000


def build_path(*stretches):
    """Return a path of satisfaction from pairs of days and level."""
    return np.concatenate([np.full(days, level) for days, level in stretches])


def build_strike(name="recall", start=30, end=-1, kind="fault", size=0.35, department="product"):
    return {
        "name": name,
        "kind": kind,
        "department": department,
        "start": start,
        "end": end,
        "size": size,
    }


def build_record(path, believed=math.nan, seed=3, strikes=(), finished=None, **columns):
    """Return a record without burn-in of 1,000 customers, from a path of satisfaction."""
    days = len(path)
    record = new_run_record(seed, 0, days, ("repair",), ("product",), tuple(strikes))
    record.census.satisfaction = path
    record.census.stage[:, 3] = PEOPLE
    record.log["believed"][:] = believed
    for name, value in ({"cost": 2.0, "revenue": 100.0, "contribution": 45.0} | columns).items():
        columns_of_record = record.log if name in record.log else record.census
        columns_of_record[name][:] = value
    record.filled[...] = days if finished is None else finished
    return record


def build_scorecard(*records, complete=True, **settings):
    defaults = {
        "seed": 3,
        "burn_in": 0,
        "horizon": len(records[0].census),
        "replicates": len(records),
        "firm": {"set_point": 0.6, "band": 0.1},
        "strategy": {"name": "pid_survey", "title": "Monthly survey"},
        "environment": {"name": "bad_quarter"},
    }
    return scorecard(Run(Settings(**(defaults | settings)), records, (), {}, complete))


@pytest.fixture
def make_path():
    return build_path


@pytest.fixture
def make_strike():
    return build_strike


@pytest.fixture
def make_record():
    return build_record


@pytest.fixture
def make_scorecard():
    return build_scorecard


@pytest.fixture
def describe():
    """Return a function from a path, and options of its record, to the text of its scorecard."""

    def text_of(*stretches, **options):
        return str(build_scorecard(build_record(build_path(*stretches), **options)))

    return text_of
