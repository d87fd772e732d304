"""Control charts against published average run lengths, by Markov chain and by simulation."""

import math

import numpy as np
import pytest

from equipoise.firm.control.team.control_charts import ControlChart

CUSUM = [(0, 167.7), (0.5, 26.6), (1, 8.38), (2, 3.34)]
EWMA = [(0, 499.7), (0.5, 41.8), (1, 10.5), (2, 3.7)]
SHEWHART = [(0, 370.4), (0.5, 155.2), (1, 43.9), (2, 6.3)]
PUBLISHED = (
    [(ControlChart("cusum", k=0.5, h=4.0), *row) for row in CUSUM]
    + [(ControlChart("ewma", weight=0.2, width=2.962), *row) for row in EWMA]
    + [(ControlChart("shewhart", width=3.0), *row) for row in SHEWHART]
)
GRID = 240


def normal_cdf(x):
    return 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def run_length_by_chain(chart, shift, start):
    """Return the average run length of a one-sided chart on a grid (Brook & Evans 1972).

    The chart's ``update`` is linear in z, so two values give the z that leads to each grid bound.
    """
    low = 0.0 if chart.rule == "cusum" else -chart.limit
    width = (chart.limit - low) / GRID
    middles = low + width * (np.arange(GRID) + 0.5)
    bounds = low + width * np.arange(GRID + 1)
    zero, one = (chart.update(middles, np.full(GRID, z)) for z in (50.0, 51.0))  # above any floor
    slope = one - zero
    z = (bounds[None, :] - zero[:, None]) / slope[:, None] + 50.0
    below = normal_cdf(z - shift)
    if chart.rule == "cusum":
        below[:, 0] = 0.0  # what would fall under 0 stays at 0, in the lowest cell
    lengths = np.linalg.solve(np.eye(GRID) - np.diff(below, axis=1), np.ones(GRID))
    return float(np.interp(start, middles, lengths))


@pytest.mark.parametrize(("chart", "shift", "published"), PUBLISHED)
def test_run_length_by_markov_run_length_by_chain(chart, shift, published):
    if chart.rule == "cusum":  # two one-sided charts: the rates of signals add (Kemp 1961)
        length = 1 / (
            1 / run_length_by_chain(chart, shift, 0.0) + 1 / run_length_by_chain(chart, -shift, 0.0)
        )
    elif chart.rule == "ewma":
        length = run_length_by_chain(chart, shift, 0.0)
    else:
        length = 1 / (2 - normal_cdf(3 - shift) - normal_cdf(3 + shift))
    assert float(length) == pytest.approx(published, rel=0.012)


@pytest.mark.parametrize(("chart", "shift", "published"), PUBLISHED)
def test_run_length_by_simulation(chart, shift, published):
    """The mean of 4,000 runs is within four standard errors (the number is rounded to 1 %)."""
    runs, random = 4000, np.random.default_rng(7)
    up, down, length, day = np.zeros(runs), np.zeros(runs), np.zeros(runs), 0
    going = np.arange(runs)
    while len(going):
        day += 1
        z = random.standard_normal(len(going)) + shift
        up, down = chart.update(up, z), chart.update(down, -z)
        out = chart.signals(up) | chart.signals(down)
        length[going[out]] = day
        going, up, down = going[~out], up[~out], down[~out]
    error = length.std() / math.sqrt(runs)
    assert abs(length.mean() - published) < 4 * error + 0.01 * published


def test_charts_by_hand():
    chart = ControlChart("cusum", k=0.5, h=2.0)
    statistic, history = 0.0, []
    for z in (1.0, 0.0, -3.0, 2.0, 1.4):
        statistic = chart.update(statistic, z)
        history.append((float(statistic), bool(chart.signals(statistic))))
    assert history == [
        (0.5, False),
        (0.0, False),
        (0.0, False),
        (1.5, False),
        (pytest.approx(2.4), True),
    ]
    assert ControlChart("ewma", weight=0.25).update(1.0, 3.0) == pytest.approx(1.5)
    assert ControlChart("shewhart").update(1.0, 3.0) == 3.0


def test_always_and_never_and_the_limit():
    assert ControlChart("always").signals(-1e9)
    assert not ControlChart("never").signals(1e9)
    assert (
        ControlChart("ewma", weight=1.0, width=3.0).limit
        == ControlChart("shewhart", width=3.0).limit
    )
