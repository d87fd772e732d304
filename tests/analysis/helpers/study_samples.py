"""Small studies for tests of figures and reports: comparisons, days, and the data of a report."""

import numpy as np

import equipoise
from equipoise.analysis.comparison.comparison import build_comparison
from equipoise.analysis.comparison.differences import VerdictRules
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.plots.time_series_data import TRAJECTORY_COLUMNS, build_trajectory
from equipoise.analysis.report.study_data import StudyData

WORLDS, DAYS = 20, 56
STRATEGIES = ("do_nothing", "pid_survey", "oracle")
ENVIRONMENTS = ("calm", "recall")


def sample_values(*gains, strategies=STRATEGIES, environments=ENVIRONMENTS, worlds=WORLDS):
    """Return shares of time in band (strategies, environments, worlds).

    Each strategy has its gain in each environment, over random variation that all strategies
    share and a little of its own.
    """
    rng = np.random.default_rng(3)
    shared = rng.normal(0.4, 0.05, worlds)
    own = rng.normal(0, 0.01, (len(strategies), len(environments), worlds))
    own[0] = 0
    return shared + np.array(gains, float)[:, :, None] + own


def sample_comparison(values, strategies=STRATEGIES, environments=ENVIRONMENTS):
    """Return the comparison of time in band; each strategy costs 100 more than the one before."""
    seeds = tuple(range(values.shape[2]))
    prices = 100.0 * np.arange(len(strategies))[:, None, None]
    cost = np.broadcast_to(prices, values.shape) + np.arange(len(seeds))
    parts = [
        Outcomes("time_in_band", strategies, environments, seeds, values),
        Outcomes("cost", strategies, environments, seeds, np.array(cost), "lower"),
    ]
    return build_comparison(parts, strategies[0], rules=VerdictRules(resamples=999))


def sample_days(satisfaction=0.7, belief=0.7, worlds=3, days=DAYS):
    """Return days of constant satisfaction and belief, with two causes of change."""
    columns = {name: np.zeros((worlds, days)) for name in TRAJECTORY_COLUMNS}
    columns["satisfaction"] += satisfaction
    columns["believed"] += belief
    columns["by_experience"] += 0.01
    columns["by_peers"] -= 0.03
    return columns


def sample_trajectory(satisfaction=0.7, belief=0.7, strikes=(), **options):
    """Return the trajectory of constant days."""
    return build_trajectory(sample_days(satisfaction, belief, **options), 0.7, 0.04, strikes)


def sample_study(comparison, /, **fields):
    """Return the data of a report on a comparison; ``fields`` replace the usual ones."""
    pairs = [(name, place) for name in comparison.strategies for place in comparison.environments]
    settings = {}
    for strategy, environment in pairs:
        words = [f"strategy={strategy}"] if strategy in STRATEGIES else []
        settings[strategy, environment] = equipoise.compose(*words)
    usual = {
        "title": "A <study>",
        "strategies": comparison.strategies,
        "environments": comparison.environments,
        "seeds": comparison.findings[0].outcomes.seeds,
        "settings": settings,
        "commands": ("equipoise sweep ...",),
        "versions": {"equipoise": "0.1.0"},
        "outcomes": tuple(finding.outcomes for finding in comparison.findings),
        "comparison": comparison,
        "trajectories": dict.fromkeys(pairs, sample_trajectory(strikes=[20])),
        "notes": comparison.notes,
    }
    return StudyData(**(usual | fields))
