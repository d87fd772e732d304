"""A comparison in words: sentences, notes, tables and terms agree with the numbers."""

import numpy as np
import pytest

from equipoise.analysis.comparison.comparison import build_comparison
from equipoise.analysis.comparison.differences import VerdictRules
from equipoise.analysis.comparison.outcomes import Outcomes, better_side
from equipoise.analysis.comparison.resampling import build_generator
from equipoise.analysis.text.comparison_cells import format_measure
from equipoise.analysis.text.comparison_text import describe_comparison
from equipoise.experiments.cli.compare_output import render_comparison

QUICK = VerdictRules(resamples=999)
NAMES = ("idle", "good", "same", "bad")
PLACES = ("calm", "storm")
WORLDS = 30


def normal(*shape):
    return build_generator("comparison", *shape).normal(size=shape)


def outcomes(measure="time_in_band", scale=0.01, places=PLACES):
    """Return outcomes whose strategies perform as they are named, in worlds that all share."""
    effects = {"idle": 0.0, "good": 5.0, "same": 0.0, "bad": -5.0}
    common = 4 * normal(len(places), WORLDS)
    own = 0.2 * normal(len(NAMES), len(places), WORLDS)
    values = own + np.array([common + effects[name] for name in NAMES])
    side = better_side(measure)
    sign = -1 if side == "lower" else 1
    return Outcomes(measure, NAMES, places, tuple(range(WORLDS)), 0.5 + sign * scale * values, side)


def build(parts, baseline="idle", **options):
    return build_comparison(parts, baseline, rules=QUICK, **options)


@pytest.fixture(scope="module")
def comparison():
    return build([outcomes(), outcomes("cost", 1000.0)], notes=["One run is missing."])


@pytest.fixture(scope="module")
def text(comparison):
    return describe_comparison(comparison)


def headings(text):
    return [table.heading.partition(",")[0] for table in text.tables]


def column(table, head):
    return next(column for column in table.columns if column.head == head)


def row_of(table, name):
    """Return the cells of a strategy by head."""
    number = column(table, "strategy").cells.index(name)
    return {column.head: column.cells[number] for column in table.columns}


# sentences


def test_title_counts_strategies_environments_and_worlds(text):
    assert text.title == (
        "4 strategies, in 2 environments, each in the same 30 worlds; the baseline is idle"
    )


def test_sentences_name_the_best_and_the_verdicts(text):
    assert text.sentences[1] == (
        "storm: good is best in time in band, with a probability of >99 %. "
        "Better than idle: good. Worse: bad. Equivalent: same."
    )
    assert text.sentences[2] == (
        "Over all environments, good has the smallest mean regret in time in band."
    )


def test_ties_are_best_together_and_long_lists_are_cut():
    values = np.full((6, 1, 10), 0.5)
    names = tuple("abcdef")
    part = Outcomes("time_in_band", names, ("calm",), tuple(range(10)), values, "higher")
    text = describe_comparison(build([part], "a"))
    assert text.sentences[0].startswith("calm: a, b, c and 3 more are best in time in band.")
    assert set(column(text.tables[0], "rank").cells) == {"1="}


def test_notes_of_the_comparison_are_kept(text):
    assert text.notes == ("One run is missing.",)


def test_many_environments_share_one_table():
    places = tuple(f"place {i}" for i in range(7))
    text = describe_comparison(build([outcomes(places=places)]))
    assert headings(text) == ["over all environments: time in band"]
    assert text.notes == ("7 environments are too many to show one by one: see the export.",)
    assert text.sentences == (
        "Over all environments, good has the smallest mean regret in time in band.",
    )
    assert text.tables[0].after.startswith("Common random numbers divide the variance")
    assert " over all " in text.tables[0].after


def test_comparison_of_another_setting_is_named_by_it():
    text = describe_comparison(build([outcomes()], by="receptor.every", within="voice"))
    assert text.title.startswith("4 by receptor.every, in 2 by voice, each in the same 30 worlds")
    assert text.tables[0].columns[1].head == "compared"


# tables


def test_tables_show_the_numbers_of_their_own_environment(comparison, text):
    cost = comparison.finding("cost")
    tables = dict(zip(headings(text), text.tables, strict=True))
    for place in PLACES:
        table = tables[f"{place}: cost"]
        good = cost.difference("good", place)
        mean, low, high = (
            format_measure(value, "$", sign=True) for value in (good.mean, good.low, good.high)
        )
        assert row_of(table, "good")["difference"] == f"{mean} ({low} to {high})"
        mean_of_idle = format_measure(cost.rank("idle", place).mean, "$")
        assert row_of(table, "idle")["mean"] == mean_of_idle
        assert row_of(table, "good")["rank"] == "1"
        assert row_of(table, "bad")["rank"] == "4"
        assert row_of(table, "bad")["wins"] == "0 %"


def test_every_column_has_a_cell_for_every_row(text):
    for table in text.tables:
        assert len({len(column.cells) for column in table.columns}) == 1


def test_heading_states_unit_and_better_side(text):
    tables = [table.heading for table in text.tables]
    assert "calm: time in band, in %, higher is better" in tables
    assert "storm: cost, in dollars, lower is better" in tables


def test_first_table_of_a_measure_states_its_meaning_and_margin(text):
    first, cost, second = text.tables[:3]
    assert first.before == (
        "Share of days with mean satisfaction inside its band, neither below nor above. "
        "Equivalence margin: 2.0 points (--margin)."
    )
    assert "No equivalence margin (--margin cost:NUMBER)" in cost.before
    assert second.before == ""


def test_environment_without_values_has_no_table():
    part = outcomes()
    part.values[:, 0] = np.nan
    text = describe_comparison(build([part]))
    assert headings(text) == ["storm: time in band", "over all environments: time in band"]
    assert text.tables[0].before


def test_strategy_without_values_has_dashes():
    part = outcomes()
    part.values[3] = np.nan
    table = describe_comparison(build([part])).tables[0]
    assert [column.cells[-1] for column in table.columns[:5]] == [
        "–",
        "bad",
        "–",
        "–",
        "no pairs*",
    ]


def test_smallest_regret_comes_first_and_zero_regret_has_no_place(text):
    overall = text.tables[headings(text).index("over all environments: time in band")]
    assert column(overall, "strategy").cells[0] == "good"
    assert column(overall, "strategy").cells[-1] == "bad"
    assert row_of(overall, "good")["in"] == ""
    assert row_of(overall, "bad")["in"] in PLACES
    assert row_of(overall, "good")["mean regret"] == "0.0"


def test_satisficing_columns_appear_with_a_level():
    lenient = describe_comparison(build([outcomes("cost", 1000.0)], enough={"cost": 1e6}))
    overall = lenient.tables[-1]
    assert overall.before == "Enough is at most $1 M (--enough)."
    assert set(column(overall, "enough: worlds").cells) == {"100 %"}
    without = describe_comparison(build([outcomes("cost", 1000.0)])).tables[-1]
    assert without.before == "No satisficing level (--enough cost:NUMBER)."


def test_single_environment_has_an_overall_table_only_with_a_level():
    parts = [outcomes(places=("calm",)), outcomes("cost", 1000.0, ("calm",))]
    assert headings(describe_comparison(build(parts))) == [
        "calm: time in band",
        "calm: cost",
        "over all environments: time in band",
        "Pareto front: time in band",
    ]
    text = describe_comparison(build(parts[1:]))
    assert "Common random numbers divide the variance" in text.tables[0].after
    assert "mean regret" not in dict(text.terms)


def test_front_is_sorted_by_environment_and_the_better_second_measure():
    cost = np.tile(np.array([30.0, 10.0, 20.0])[:, None, None], (1, 2, 30))
    worlds = tuple(range(30))
    names, places = ("a", "b", "c"), ("x", "y")
    parts = [
        Outcomes("time_in_band", names, places, worlds, cost / 100, "higher"),
        Outcomes("cost", names, places, worlds, cost, "lower"),
    ]
    front = describe_comparison(build(parts, "a")).tables[-1]
    assert column(front, "in").cells == ("x",) * 3 + ("y",) * 3
    assert column(front, "strategy").cells == ("b", "c", "a") * 2


# terms

SELF_EXPLANATORY = {
    "rank",
    "strategy",
    "mean",
    "largest",
    "in",
    "environments",
    "time in band",
    "cost",
    "verdict",
}


def test_every_head_is_defined_or_self_explanatory(text):
    heads = {column.head.partition(":")[0] for table in text.tables for column in table.columns}
    defined = heads - SELF_EXPLANATORY
    assert defined == {
        "difference",
        "best",
        "wins",
        "effect",
        "mean regret",
        "enough",
        "on the front",
    }
    assert defined < dict(text.terms).keys()


def test_every_verdict_is_defined(text):
    terms = dict(text.terms)
    assert {"better, worse", "equivalent", "undecided"} < terms.keys()
    assert "family-wise error rate at most 5 % over 6 comparisons" in terms["better, worse"]
    assert "replicates= set to 30 plus this number" in terms["undecided"]


# rendering


def test_terminal_shows_sentences_notes_tables_and_terms(comparison, text):
    page = " ".join(render_comparison(comparison, width=200).split())
    assert page.startswith(text.title)
    assert "- One run is missing." in page
    for piece in (*text.sentences, *(table.heading for table in text.tables)):
        assert piece in page
    for _, meaning in text.terms:
        assert meaning in page


def test_comparison_prints_as_one_line(comparison):
    assert repr(comparison) == (
        "<Comparison of 4 by strategy with idle, in 2 environments of 30 worlds, "
        "on time_in_band, cost>"
    )
