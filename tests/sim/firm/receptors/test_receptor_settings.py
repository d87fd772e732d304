"""Every setting of every receptor changes its readings."""

import pytest

from equipoise.firm import check_fixtures
from equipoise.firm.check_fixtures import run_receptor
from equipoise.firm.checker import is_same
from equipoise.firm.receptors.behaviour import Behaviour
from equipoise.firm.receptors.conversation import Conversation
from equipoise.firm.receptors.fusion import MissionControl, Suite
from equipoise.firm.receptors.mentions import Mentions
from equipoise.firm.receptors.survey import Survey
from equipoise.settings.schema import dump_settings

DAYS = check_fixtures.build_markets(check_fixtures.build_plant(), truth=False)
SUITE_CHANGES = {
    "receptors": {"survey": {"kind": "survey"}},
    "anchor": "",
    "doubt": 0.4,
    "wander": 0.05,
    "drift": 0.05,
}
# a receptor, and for each of its settings another value
CHANGES = [
    (
        Survey(every=7, field=2),
        {"every": 9, "sample": 50, "nonresponse": 0.9, "courtesy": 0.3, "field": 3},
    ),
    (
        Mentions(),
        {
            "coverage": 0.4,
            "classifier": "lexicon",
            "accuracy": 0.6,
            "cut": 0.6,
            "neutral": 0.2,
            "smoothing": 0.5,
            "correct": True,
        },
    ),
    (Conversation(), {"talks": 3, "accuracy": 0.4, "recent": 2.0, "allowance": 0.1}),
    (
        Behaviour(),
        {
            "recent": 5.0,
            "usual": 40.0,
            "warm_up": 3,
            "churn_weight": 0.3,
            "use_weight": 0.6,
            "doubt": 0.2,
        },
    ),
    (Suite(anchor="survey"), SUITE_CHANGES),
    (MissionControl(), SUITE_CHANGES),
]
PRICES = {"price_year": 9.0, "price": 0.5}
CASES = [
    pytest.param(receptor, name, value, id=f"{receptor.kind}.{name}")
    for receptor, values in CHANGES
    for name, value in (values | PRICES).items()
]


@pytest.mark.parametrize(
    ("receptor", "values"), CHANGES, ids=lambda case: getattr(case, "kind", "")
)
def test_every_setting_has_a_case(receptor, values):
    missing = set(type(receptor).model_fields) - set(values) - set(PRICES)
    assert not missing, f"add another value of {missing} to CHANGES in {__file__}"


def run_with_costs(receptor):
    readings = run_receptor(receptor, DAYS)
    return readings, [receptor.daily_cost(reading) for reading in readings]


@pytest.mark.parametrize(("receptor", "name", "value"), CASES)
def test_every_setting_changes_the_readings_or_the_costs(receptor, name, value):
    settings = dump_settings(receptor) | {name: value}
    settings.pop("kind")
    changed = type(receptor).model_validate(settings)
    assert not is_same(run_with_costs(receptor), run_with_costs(changed))
