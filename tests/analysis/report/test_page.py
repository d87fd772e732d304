"""The report of a study: the answer agrees with the verdicts, page with comparison, figures with the days."""

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equipoise
from equipoise.analysis import measures
from equipoise.analysis.comparison.comparison import build_comparison
from equipoise.analysis.comparison.differences import VerdictRules
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.plots import comparison_figures, time_series
from equipoise.analysis.plots.embedding import Picture, fit_label, fit_labels
from equipoise.analysis.plots.run_figure_data import CAUSES
from equipoise.analysis.plots.time_series_data import (
    TRAJECTORY_COLUMNS,
    build_trajectory,
    misled_share,
)
from equipoise.analysis.report import page, sections, study_data
from equipoise.analysis.report.headline import answer_comparison, judge_environments
from equipoise.analysis.report.sources import collect_sources
from equipoise.analysis.report.study_data import StudyData
from equipoise.analysis.text.comparison_cells import format_measure
from equipoise.analysis.text.formatting import readable_name

WORLDS, DAYS = 20, 56
NAMES = ("do_nothing", "pid_survey", "oracle")
WHERE = ("calm", "recall")


def compare(values, names=NAMES, where=WHERE):
    """Return the comparison of values (strategies, environments, worlds) of time in band, with cost beside it."""
    seeds = tuple(range(values.shape[2]))
    cost = np.broadcast_to(100.0 * np.arange(len(names))[:, None, None], values.shape) + np.arange(
        len(seeds)
    )
    parts = [
        Outcomes("time_in_band", names, where, seeds, values),
        Outcomes("cost", names, where, seeds, np.array(cost), "lower"),
    ]
    return build_comparison(parts, names[0], rules=VerdictRules(resamples=999))


def lifted(*lifts, names=NAMES, where=WHERE, worlds=WORLDS):
    """Return shares of time in band: each strategy's lift by environment, over shared luck and some of its own."""
    rng = np.random.default_rng(3)
    luck = rng.normal(0.4, 0.05, worlds)
    own = rng.normal(0, 0.01, (len(names), len(where), worlds))
    own[0] = 0
    return luck + np.array(lifts, float)[:, :, None] + own


def days(level=0.7, believed=0.7, worlds=3, n=DAYS):
    table = {name: np.zeros((worlds, n)) for name in TRAJECTORY_COLUMNS}
    table["satisfaction"] += level
    table["believed"] += believed
    table["by_experience"] += 0.01
    table["by_peers"] -= 0.03
    return table


def material(comparison, **given):
    chosen = {
        name: equipoise.compose(f"strategy={name}") if name in NAMES else equipoise.compose()
        for name in comparison.strategies
    }
    spots = [(name, place) for name in comparison.strategies for place in comparison.environments]
    told = {
        "title": "A <study>",
        "strategies": comparison.strategies,
        "environments": comparison.environments,
        "outcomes": tuple(each.outcomes for each in comparison.findings),
        "seeds": comparison.findings[0].outcomes.seeds,
        "comparison": comparison,
        "trajectories": {spot: build_trajectory(days(), 0.7, 0.04, [20]) for spot in spots},
        "settings": {spot: chosen[spot[0]] for spot in spots},
        "notes": comparison.notes,
        "failures": (),
        "commands": ("equipoise sweep ...",),
        "versions": {"equipoise": "0.1.0"},
    }
    return StudyData(**(told | given))


# the answer


def test_a_winner_is_named_where_the_verdicts_support_it():
    found = compare(lifted([0, 0], [0.0, 0.3], [0, 0.01]))
    first, second = answer_comparison(found)
    assert [
        (each.environment, each.kind, each.strategy)
        for each in judge_environments(found.findings[0], WHERE)
    ] == [
        ("calm", "equivalent", ""),
        ("recall", "best", "pid_survey"),
    ]
    difference = found.findings[0].difference("pid_survey", "recall")
    said = f"{format_measure(difference.mean, 'share', sign=True)} points"
    assert f"pid survey is best of 3 in recall: {said}" in first
    assert "no strategy differs from do nothing by the equivalence margin or more in calm" in first
    assert "Pid survey costs 100 money more than do nothing there" in second
    assert first.endswith(".")
    assert second.endswith(".")


def test_undecided_says_so_and_names_nobody():
    found = compare(lifted([0, 0], [0.3, 0.3], [0.2, 0.2])[:, :, :4])
    assert {each.verdict for each in found.findings[0].differences} == {"undecided"}
    first, second = answer_comparison(found)
    assert (
        first
        == "On time in band, no strategy is shown to be better than do nothing in either environment."
    )
    assert "4 are undecided" in second
    assert "more worlds would decide these" in second


def test_one_difference_is_spoken_of_as_one():
    found = compare(lifted([0], [0.2], [0.0], where=("recall",)), where=("recall",))
    assert "1 is better and 1 is equivalent" in answer_comparison(found)[1]
    lone = compare(
        lifted([0], [0.02], names=NAMES[:2], where=("recall",))[:, :, :5], NAMES[:2], ("recall",)
    )
    first, second = answer_comparison(lone)
    assert first == "On time in band, no strategy is shown to be better than do nothing in recall."
    assert re.search(r"1 is undecided \(.* would decide it with a power of 80 %\)", second)


def test_what_is_worse_wins_nothing():
    first, second = answer_comparison(compare(lifted([0, 0], [-0.3, -0.3], [-0.2, -0.1])))
    assert first == "On time in band, no strategy is better than do nothing in either environment."
    assert second == "Of 4 differences from do nothing, 4 are worse."


def test_a_yardstick_is_not_chosen():
    found = compare(lifted([0, 0], [0.1, 0.2], [0.3, 0.3]))
    assert "oracle is best of 3 in both environments" in answer_comparison(found)[0]
    first, second = answer_comparison(found, references=("oracle",))
    assert "oracle" not in first
    assert "pid survey is better than do nothing in both environments" in first
    assert "being the best" not in first, "its chance is that of beating the yardstick"
    assert "oracle" not in second.lower()


def test_many_that_are_better_are_counted_and_the_cheapest_told():
    first, second = answer_comparison(
        compare(lifted([0], [0.2], [0.205], where=("recall",)), where=("recall",))
    )
    assert (
        "2 strategies are better than do nothing in recall, oracle by the largest difference"
        in first
    )
    assert "of those that are better, pid survey" in second
    assert "costs least, 100 money more" in second


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([4, 8, 20]))
def test_nobody_is_named_against_the_verdicts(seed, worlds):
    rng = np.random.default_rng(seed)
    values = rng.normal(0.5, 0.1, (3, 2, worlds)) + rng.choice([0, 0, 0.3], (3, 2, 1))
    found = compare(values)
    better = {
        (d.strategy, d.environment) for d in found.findings[0].differences if d.verdict == "better"
    }
    first, _ = answer_comparison(found)
    for name in NAMES[1:]:
        assert (readable_name(name) in first) <= any(who == name for who, _ in better)
    for each in judge_environments(found.findings[0], WHERE):
        assert not each.strategy or (each.strategy, each.environment) in better
        if each.kind == "best":
            rank = found.findings[0].rank(each.strategy, each.environment)
            assert (rank.rank, rank.best >= 0.95) == (1, True)


# courses


def test_green_dashboards_and_red_customers_are_counted_by_week():
    path, believed = np.full((2, 14), 0.7), np.full((2, 14), 0.7)
    path[0, :4] = 0.6  # red on 4 days of the first week of one world
    path[1, 7:10] = 0.6  # on 3 days, which are too few
    assert misled_share(path, believed, 0.7, 0.04).tolist() == [0.5, 0.0]
    believed[0, 3] = 0.6  # it knew on one of the days
    assert misled_share(path, believed, 0.7, 0.04).tolist() == [0.0, 0.0]
    assert np.isnan(misled_share(path, np.full((2, 14), np.nan), 0.7, 0.04)).all()
    assert misled_share(np.full((1, 9), 0.6), np.full((1, 9), 0.7), 0.7, 0.04).tolist() == [1, 1], (
        "a week of two days"
    )


def test_a_course_is_what_its_worlds_were():
    table = days(worlds=3)
    table["satisfaction"] += np.array([[-0.1], [0.0], [0.2]])
    table["believed"][2] = np.nan
    made = build_trajectory(table, 0.7, 0.04, [5, 400])
    assert made.worlds == 3
    assert made.strikes == (5,)
    assert made.truth.middle == pytest.approx(0.7)
    assert made.truth.low == pytest.approx(np.quantile([0.6, 0.7, 0.9], 0.1))
    gaps = [
        measures.mean_belief_error(*pair)
        for pair in zip(table["satisfaction"], table["believed"], strict=True)
    ]
    assert made.gap == pytest.approx(np.nanmean(gaps))
    assert made.off == pytest.approx(0.05)
    assert made.leaders() == ["peers"] * 8
    assert made.movers()["peers"] == pytest.approx(0.75)
    assert sum(made.movers().values()) == pytest.approx(1)
    assert made.fooled_weeks == pytest.approx(8 / 3)


def test_what_was_not_kept_is_not_there():
    only = build_trajectory({"satisfaction": np.full((2, 9), 0.7)}, 0.7, 0.04)
    assert (only.believed, only.moved, only.fooled, only.days) == (None, None, None, 9)
    assert build_trajectory({}, 0.7, 0.04).worlds == 0


@settings(max_examples=30)
@given(st.integers(1, 800))
def test_periods_are_few_and_cover_all_days(n):
    made = build_trajectory(days(worlds=1, n=n), 0.7, 0.04)
    assert len(made.leaders()) <= 26
    assert sum(made.moved["experience"]) == pytest.approx(0.01 * n)


# figures


def test_curves_draw_the_days():
    made = {
        name: build_trajectory(days(0.6 + 0.1 * k, np.nan if not k else 0.7), 0.7, 0.04, [20])
        for k, name in enumerate("ab")
    }
    drawn = time_series.trajectories_figure(made, {"a": "a", "b": "b"}, "calm")
    assert len(drawn.axes) == 2
    for ax, level in zip(drawn.axes, (0.6, 0.7), strict=True):
        truth = next(
            line
            for line in ax.lines
            if len(line.get_ydata()) == DAYS and line.get_color() == "#000000"
        )
        assert truth.get_ydata() == pytest.approx(level)
        assert any(list(line.get_xdata()) == [20, 20] for line in ax.lines)
    assert [text.get_text() for text in drawn.axes[0].texts] == ["believed nothing"]


def test_movers_draw_shares():
    drawn = time_series.causes_figure(
        {"a": build_trajectory(days(), 0.7, 0.04)}, {"a": "a"}, "calm"
    )
    strip, bars = drawn.axes
    assert [patch.get_width() for patch in bars.patches] == pytest.approx([0.25, 0.75, 0, 0, 0, 0])
    assert [text.get_text() for text in strip.texts] == ["P"] * 8
    key = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert key == [f"{name[0].upper()} {name}" for name in CAUSES]


def test_beliefs_draw_the_gap_and_the_fooled_weeks():
    drawn = time_series.beliefs_figure(
        {"a": build_trajectory(days(0.6, 0.72), 0.7, 0.04)}, {"a": "a"}, "calm"
    )
    gap, weeks = drawn.axes
    assert gap.patches[0].get_data().values == pytest.approx(0.12)
    assert len(weeks.patches) == 8
    assert any("off by 0.12 on average" in text.get_text() for text in drawn.texts)
    assert any("8 of 8 weeks fooled" in text.get_text() for text in drawn.texts)


def test_charts_draw_the_comparison():
    found = compare(lifted([0, 0], [0.1, 0.2], [0.3, -0.3]))
    finding, names = found.findings[0], {name: readable_name(name) for name in NAMES}
    bars = comparison_figures.tornado_figure(finding, "recall", names).axes[0].patches
    shown = [finding.difference(name, "recall").mean for name in ("pid_survey", "oracle")]
    assert [bar.get_width() for bar in bars if bar.get_height() < 0.3] == pytest.approx(shown)
    cells = [
        text.get_text()
        for text in comparison_figures.ranking_figure(finding, WHERE, names).axes[0].texts
    ]
    assert cells[::2] == ["2", "1", "1", "3", "3", "2"]
    panel = comparison_figures.front_figure(found, WHERE, names).axes[0]
    spots = {
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in panel.lines
        if line.get_marker() == "o"
    }
    assert spots == {
        (each.second, each.first) for each in found.front if each.environment == "calm"
    }
    assert {text.get_text() for text in panel.texts} == {"1", "2", "3"}


def test_long_names_keep_both_ends():
    text = "a name that begins like all the others and tells at its end that it is number 7"
    told = fit_label(text, 1.4)
    assert told.count("\n") == 1
    assert told.startswith("a name")
    assert told.endswith("number 7")
    assert set(told.replace("\n", " ").split()) <= {*text.split(), "…"}, (
        "words stay whole where they can"
    )
    assert "…" in fit_label("Donaudampfschifffahrtsgesellschaftskapitaenskajuetenstrategie", 1.4)
    assert fit_label("short", 1.4) == "short"


# the page


def test_labels_stay_apart():
    texts = [f"calm, community {name}, voice mean 0.02" for name in ("ordinary", "support forum")]
    assert fit_label(texts[0], 0.63, 3) == fit_label(texts[1], 0.63, 3), (
        "else this test shows nothing"
    )
    assert len({*fit_labels(texts, 0.63, 3)}) == 2
    assert fit_labels(["short", "name"], 1.4, 2) == ["short", "name"]
    assert len(fit_labels([f"{'x' * 60}{end}{'x' * 60}" for end in "ab"], 0.5, 2)) == 2, (
        "and it comes to an end"
    )


def test_the_heads_of_a_ranking_and_a_front_tell_their_columns():
    where = tuple(
        f"calm, community {name}, voice_mean {n}"
        for name in ("ordinary", "support_forum")
        for n in (1, 2, 3)
    )
    values = np.repeat(lifted([0], [0.1], [0.2], where=("a",)), len(where), axis=1)
    found, names = compare(values, where=where), dict(zip(NAMES, NAMES, strict=True))
    heads = [
        text.get_text()
        for text in comparison_figures.ranking_figure(found.findings[0], where, names).texts
    ]
    assert len({*heads}) == len(heads)
    titles = [
        ax.get_title(loc="left") for ax in comparison_figures.front_figure(found, where, names).axes
    ]
    assert len({*titles}) == len(where)


class Page(HTMLParser):
    """What is in a page: tags with attributes, headings, all text, and tags left open."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.said = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "title"):
            self.said.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.said).split())

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def found():
    return compare(lifted([0, 0], [0.1, 0.2], [0.3, 0.3]))


@pytest.fixture(scope="module")
def written(found):
    return page.render_page(material(found))[0]


def test_the_page_is_whole_and_needs_nothing(written):
    read = Page(written)
    assert read.open == []
    addresses = [each[name] for _, each in read.tags for name in ("src", "href") if name in each]
    assert all(address.startswith(("data:image/", "#")) for address in addresses)
    assert not re.search(r"https?://|@import|url\(", re.sub(r'src="data:[^"]*"', "", written))
    assert not read.of("script")
    assert not read.of("link")
    ids = [each["id"] for _, each in read.tags if "id" in each]
    assert len(ids) == len(set(ids))
    assert {each["href"][1:] for each in read.of("a")} <= set(ids)
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    assert levels.count(1) == 1


def test_every_figure_has_words_and_a_caption_with_its_worlds(written, found):
    read = Page(written)
    assert len(read.of("figure")) == len(read.of("img")) == len(read.of("figcaption")) == 2 * 5 + 3
    assert all(len(each["alt"]) > 40 for each in read.of("img"))
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", written)
    assert all(re.search(r"\d+ worlds?\b", each) for each in captions)


def test_numbers_on_the_page_are_those_of_the_comparison(written, found):
    text = Page(written).text
    for finding in found.findings:
        unit = finding.measure.unit
        for each in finding.differences:
            mean, low, high = (
                format_measure(x, unit, sign=True) for x in (each.mean, each.low, each.high)
            )
            assert f"{mean} ({low} to {high})" in text
    for sentence in answer_comparison(found, references=("oracle",)):
        assert sentence in text


def test_names_are_escaped():
    names = ("do_nothing", '<b>bold</b> & "quoted"', "<script>alert(1)</script>")
    made = compare(lifted([0, 0], [0.1, 0.2], [0.3, 0.3], names=names), names=names)
    text, _ = page.render_page(material(made, failures=("<i>why</i>",)))
    assert not re.search(r"<b>bold|<script|<i>why|<study>", text)
    assert "<script>alert(1)</script>" in Page(text).text
    assert Page(text).open == []


def test_failures_and_notes_are_told(found, monkeypatch):
    monkeypatch.setattr(study_data, "MAX_ENVIRONMENTS", 1)
    text = Page(
        page.render_page(
            material(found, failures=("pid survey in recall: it broke",), notes=("8 runs miss",))
        )[0]
    ).text
    assert "Jobs failed, and their runs are missing from the results" in text
    assert "pid survey in recall: it broke" in text
    assert "8 runs miss" in text


def test_a_strategy_without_runs_is_said_not_to_be_drawn(found):
    of = material(found)
    there = {spot: each for spot, each in of.trajectories.items() if spot != ("oracle", "recall")}
    text = Page(page.render_page(material(found, trajectories=there))[0]).text
    assert text.count("Not drawn, since no run is finished: oracle.") == 3


def test_days_that_were_not_kept_are_missed_aloud(found):
    parts = {each.key: each for each in sections.build_sections(material(found, trajectories={}))}
    assert "has no daily satisfaction" in parts["days"].paragraphs[0]
    assert not {"movers", "beliefs"} & set(parts)


def test_one_strategy_is_not_compared():
    alone = ("pid_survey",)
    part = Outcomes("time_in_band", alone, WHERE, (0, 1), np.array([[[0.5, 0.7], [0.2, 0.2]]]))
    spots = [("pid_survey", place) for place in WHERE]
    of = StudyData(
        title="One",
        strategies=alone,
        environments=WHERE,
        outcomes=(part,),
        seeds=(0, 1),
        comparison=None,
        trajectories={spot: build_trajectory(days(), 0.7, 0.04) for spot in spots},
        settings={spot: equipoise.compose("strategy=pid_survey") for spot in spots},
        notes=(),
        failures=(),
        commands=(),
        versions={},
    )
    parts = {each.key: each for each in sections.build_sections(of)}
    assert parts["answer"].paragraphs[0].startswith("Pid survey has a time in band of 60 %")
    assert "20 % in recall" in parts["answer"].paragraphs[0]
    assert "nothing to compare it with" in parts["answer"].paragraphs[1]
    assert not {"differences", "ranking", "front"} & set(parts)
    assert len(parts["days"].pictures) == 2


@pytest.mark.parametrize("most", [350_000, 250_000, 130_000])
def test_a_page_too_large_is_drawn_in_dots_as_far_as_needed(found, monkeypatch, most):
    monkeypatch.setattr(study_data, "MAX_ENVIRONMENTS", 1)
    monkeypatch.setattr(page, "_MAX_PAGE_SIZE", most)
    text, pictures = page.render_page(material(found))
    assert 0.3 * most < len(text.encode()) <= most
    assert "data:image/png" in text
    assert ("data:image/svg" in text) == (most > 200_000)
    assert all(each.png.startswith(b"\x89PNG") and b"<svg" in each.svg for each in pictures)


def test_every_measure_has_its_figures_and_every_figure_its_file():
    where = ("kp -1", "kp 1")  # the same once signs that are no letters are gone
    made = compare(lifted([0, 0], [0.1, 0.2], [0.3, 0.3], where=where), where=where)
    names = [
        each.name for part in sections.build_sections(material(made)) for each in part.pictures
    ]
    assert len(set(names)) == len(names)
    measures = ("time-in-band", "cost")
    assert {f"ranking-{each}" for each in measures} <= set(names)
    assert {f"differences-{each}-kp-1{twin}" for each in measures for twin in ("", "-2")} <= set(
        names
    )


def test_where_the_baseline_has_no_run_there_is_no_difference_to_draw():
    values = lifted([0, 0], [0.1, 0.2], [0.3, 0.3])
    values[0, 1] = np.nan
    made = compare(values)
    parts = {each.key: each for each in sections.build_sections(material(made))}
    assert [each.name for each in parts["differences"].pictures if "time" in each.name] == [
        "differences-time-in-band-calm"
    ]
    assert "2 are unknown, because runs are missing" in parts["answer"].paragraphs[1]


def test_captions_have_the_units_and_marks_of_their_figures(found):
    calm = build_trajectory(days(), 0.7, 0.04)
    courses = {
        spot: calm if spot[1] == "calm" else each
        for spot, each in material(found).trajectories.items()
    }
    parts = {
        each.key: each for each in sections.build_sections(material(found, trajectories=courses))
    }
    assert "Grey: the equivalence margin of 2.0 points." in parts["differences"].pictures[0].caption
    assert [
        "dotted: start of a disturbance" in each.caption for each in parts["days"].pictures
    ] == [False, True]


def test_only_some_environments_are_drawn_and_it_is_said(found, monkeypatch):
    monkeypatch.setattr(study_data, "MAX_ENVIRONMENTS", 1)
    parts = {each.key: each for each in sections.build_sections(material(found))}
    assert [each.name for each in parts["days"].pictures] == ["days-calm"]
    assert "The figures show the first 1 of 2 environments." in parts["days"].paragraphs


# sources


def test_sources_are_of_what_was_on():
    on, assumed = collect_sources([equipoise.compose("strategy=pid_survey")])
    names = {basis.source for basis in on}
    assert {"Bass 1969", "Oliver 1980", "Astrom & Hagglund 2006"} <= names
    assert "Page 1954; Roberts 1959; Shewhart 1931" not in names
    assert "community.experience.affinity" in assumed
    off = equipoise.compose(
        "community.experience.disconfirmation=0", "community.experience.affinity=0"
    )
    on, assumed = collect_sources([off])
    assert "Oliver 1980" not in {basis.source for basis in on}
    assert "community.experience.affinity" not in assumed


def test_what_is_off_has_no_source():
    still = {
        basis.source
        for basis in collect_sources([equipoise.compose("community=still", "strategy=do_nothing")])[
            0
        ]
    }
    assert (
        not {
            "Bass 1969",
            "Asch 1955",
            "McFadden 1974",
            "Tversky & Kahneman 1992",
            "Lawrence & Nohria 2002",
        }
        & still
    )
    assert not [
        source
        for source in still
        if source.startswith(("Huang", "Whittaker", "Lally", "Brown", "Haque"))
    ]
    bass = {
        basis.source
        for basis in collect_sources([equipoise.compose("community=bass", "strategy=do_nothing")])[
            0
        ]
    }
    assert "Bass 1969" in bass
    heard = {
        name: {
            basis.source for basis in collect_sources([equipoise.compose(f"strategy={name}")])[0]
        }
        for name in ("weekly_team", "mission_control")
    }
    assert ["Rogan & Gladen 1978; Forman 2008" in heard[name] for name in heard] == [False, True]
    assert not [source for source in heard["weekly_team"] if "tweets" in source], (
        "its classifier is even"
    )


def test_every_setting_that_acts_on_another_is_there():
    from equipoise.analysis.report.sources import DEPENDS_ON
    from equipoise.experiments.config.catalogue import list_entries

    assert {*DEPENDS_ON, *DEPENDS_ON.values()} <= {entry.path for entry in list_entries()}


def test_every_theory_stands_for_something_that_there_is():
    from equipoise.analysis.report.sources import THEORY
    from equipoise.experiments.config.catalogue import list_entries

    known = {entry.path for entry in list_entries()} | {
        entry.owner.replace("effector=", "effector.") for entry in list_entries()
    }
    assert {theory.where for theory in THEORY} <= known


def test_many_strategies_leave_room_for_the_best_and_the_baseline(monkeypatch):
    monkeypatch.setattr("equipoise.analysis.report.study_data._MAX_STRATEGIES", 3)
    names = tuple("abcdef")
    made = compare(
        lifted([0], [-0.1], [0.3], [0.2], [-0.2], [0.1], names=names, where=("calm",)),
        names,
        ("calm",),
    )
    of = material(made)
    assert of.strategies_in_figures == ("a", "c", "d")
    parts = {each.key: each for each in sections.build_sections(of)}
    assert (
        "The figures show the baseline and the best 2 of 6 strategies." in parts["days"].paragraphs
    )
    assert "f " not in parts["differences"].pictures[0].alt


def test_a_search_gives_its_own_answer(found):
    drawn = Picture("envelope", b"<svg/>", b"", "A map.", "Where it holds.")
    said = ("It holds.", "It holds when x.")
    of = replace(
        material(found, trajectories={}),
        comparison=None,
        outcomes=(),
        search_figure=drawn,
        search_answer=said,
    )
    parts = {each.key: each for each in sections.build_sections(of)}
    assert parts["answer"].paragraphs == ("It holds.", "It holds when x.")
    assert parts["map"].pictures == (drawn,)
    assert "holds when" in dict(parts["terms"].terms)
    assert not {"results", "differences", "days"} & set(parts)
