"""The envelope: known borders, intervals of sizes, rules in words, resumption."""

import json
import math
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from equipoise.analysis.exploration.border_search import (
    Condition,
    doubt_interval,
    envelope_size,
    fill_gaps,
    first_cell_side,
    next_points,
    parse_condition,
    share_difference_error,
    share_holding,
)
from equipoise.analysis.exploration.prim import Limit, find_prim_boxes
from equipoise.analysis.plots.envelope_map import EnvelopeMap, MapAxis
from equipoise.analysis.plots.sample_figure import sample_figure
from equipoise.analysis.plots.style import png_bytes
from equipoise.errors import EquipoiseError
from equipoise.experiments.cli.main import main
from equipoise.experiments.cli.terminal import COMPILING
from equipoise.experiments.execution.sweep_runner import SilentWatcher
from equipoise.experiments.search.envelope import envelope, plan_envelope
from equipoise.experiments.search.envelope_result import describe_envelope_rules
from equipoise.experiments.search.envelope_rounds import EnvelopeRounds
from equipoise.experiments.search.ranges import parse_space

STEPS = 40
TINY = ("community.size=20", "burn_in=0", "strategy=do_nothing")
KNOWN = (
    *TINY,
    "horizon=interval(2,18)",
    "firm.set_point=interval(0.5,0.9)",
)  # a run has as many days as its horizon
HOLDS = "days<=11"
BORDERS = {
    "line": lambda x, y: x + y < 0.9,
    "circle": lambda x, y: (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.09,
    "hyperbola": lambda x, y: x * y < 0.2,
    "steep": lambda x, y: y < 4 * (x - 0.3),
    "wave": lambda x, y: y < 0.5 + 0.25 * np.sin(7 * x),
    "small corner": lambda x, y: (x < 0.1) & (y < 0.1),
    "disc": lambda x, y: (x - 0.4) ** 2 + (y - 0.6) ** 2 < 0.03,
    "ripples": lambda x, y: y < 0.5 + 0.03 * np.sin(90 * x),
    "two regions": lambda x, y: (x + y < 0.4) | (x + y > 1.7),
}


def traced(truth, broken=(), noise=0.0):
    """Return the traced map and which points were requested, where the shares are ``truth``."""
    shares, asked = np.full(truth.shape, np.nan), np.zeros(truth.shape, bool)
    while wanted := next_points(shares, asked, 0.5, noise):
        for cell in wanted:
            assert not asked[cell]
            asked[cell] = True
            shares[cell] = np.nan if cell in broken else truth[cell]
    return shares, asked


def grid(inside, steps=STEPS):
    unit = np.linspace(0, 1, steps + 1)
    return inside(unit[:, None], unit[None, :]).astype(float)


def command(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main([*words])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


# A traced border equals that of the full grid, with at most a quarter of its runs.
@pytest.mark.parametrize("name", BORDERS)
def test_traced_border_equals_that_of_the_full_grid(name):
    truth = grid(BORDERS[name])
    shares, asked = traced(truth)
    assert np.array_equal(fill_gaps(shares) >= 0.5, truth >= 0.5)
    assert asked.mean() <= 0.25


@hypothesis(max_examples=60)
@given(st.floats(0, 2 * math.pi), st.floats(-0.7, 0.7))
def test_traced_straight_border_equals_that_of_the_full_grid(angle, offset):
    truth = grid(lambda x, y: (x - 0.5) * math.cos(angle) + (y - 0.5) * math.sin(angle) < offset)
    shares, asked = traced(truth)
    assert np.array_equal(fill_gaps(shares) >= 0.5, truth >= 0.5)
    assert asked.mean() <= 0.25


def worlds_over(random, worlds, common):
    """Return shares of worlds that hold left of a curved border, and the border itself.

    A share ``common`` of the variation is the same at all points of a world.
    """
    unit = np.linspace(0, 1, STEPS + 1)
    x, y = np.meshgrid(unit, unit, indexing="ij")
    field = 0.9 * x + 0.5 * y + 0.15 * np.sin(6 * x) * np.sin(4 * y)
    shift = random.normal(0, 0.25 * common**0.5, worlds)
    own = random.normal(0, 0.25 * (1 - common) ** 0.5, (*field.shape, worlds))
    return (field[..., None] + own < 0.6 + shift).mean(axis=-1), field < 0.6


# Where the border differs between worlds by random variation, few runs are enough, and the border
# is no further from that of all worlds than the full grid's.
@pytest.mark.parametrize("worlds", [2, 10])
def test_border_with_random_variation_is_traced_with_few_runs(worlds):
    random, ours, grids, runs = np.random.default_rng(4), [], [], []
    for _ in range(12):
        shares, truth = worlds_over(random, worlds, 0.5)
        found, asked = traced(shares, noise=share_difference_error(0.5, worlds))
        ours.append(((fill_gaps(found) >= 0.5) != truth).mean())
        grids.append(((shares >= 0.5) != truth).mean())
        runs.append(asked.mean())
    assert np.mean(runs) <= 0.15
    assert np.mean(ours) <= np.mean(grids)


@pytest.mark.parametrize("common", [1.0, 0.5])
def test_interval_of_the_size_covers_the_true_size(common):
    random, hits, widths = np.random.default_rng(7), [], []
    for _ in range(200):
        shares, truth = worlds_over(random, 20, common)
        found, low, high = envelope_size(shares, 0.5, 20)
        assert low <= found <= high
        hits.append(low <= truth.mean() <= high)
        widths.append(high - low)
    assert np.mean(hits) >= 0.93
    assert np.mean(widths) < 0.5


# By Wilson's interval, 1 and 4 of 5 worlds are compatible with one half, and 5 of 5 are not.
def test_shares_near_the_level_are_in_doubt():
    least, most = doubt_interval(0.5, 5)
    assert 0 < least < 0.2 < 0.8 < most < 1
    assert doubt_interval(1.0, 5) == (1.0, 1.0)
    assert envelope_size(np.array([0.0, 0.4, 0.6, 1.0, math.nan]), 0.5, 5) == (0.5, 0.25, 0.75)
    assert envelope_size(np.array([0.8, 1.0]), 1.0, 5) == (
        0.5,
        0.0,
        0.5,
    )  # no number of worlds shows that it holds in all of them
    assert all(map(math.isnan, envelope_size(np.array([math.nan]), 0.5, 5)))


# Two independent shares differ by less than the Monte Carlo error in 95 % of cases; cells that
# differ by less are not split.
def test_cells_within_monte_carlo_error_are_not_split():
    shares = np.random.default_rng(1).binomial(400, 0.5, (2, 20_000)) / 400
    assert (
        np.abs(np.subtract(*shares)) <= share_difference_error(0.5, 400)
    ).mean() == pytest.approx(0.95, abs=0.01)

    def rounds(held):
        rounds_of_map = EnvelopeRounds(
            plan_envelope((*KNOWN, "replicates=4"), holds="cost>=1", steps=10)
        )
        column = {
            (spot.number, seed): float(seed < held(spot))
            for spot in rounds_of_map.spec.study.points
            for seed in range(4)
        }
        store = SimpleNamespace(read_measure=lambda measure, points: column)
        while rounds_of_map.next_round(store):
            pass
        return rounds_of_map.count_points()

    assert (
        rounds(lambda spot: 4 * (spot.number < 60))
        > rounds(lambda spot: 1 + (spot.number < 60))
        == rounds(lambda _: 4)
    )


def lettering(figure):
    """Return all texts of a figure."""
    return "\n".join(
        text.get_text() for text in figure.findobj(lambda found: hasattr(found, "get_text"))
    )


def test_long_title_is_broken_before_its_interval():
    short = EnvelopeMap("pid", np.zeros(1), np.zeros(1, bool), "2 % of the map (1 to 3 %)", [])
    assert short.title_lines() == ["pid: holds in 2 % of the map (1 to 3 %)"]
    long = short._replace(name="mission_control", extent="28 % of the map (12 to 55 %)")
    assert long.title_lines() == ["mission_control: holds in 28 % of the map", "(12 to 55 %)"]
    assert short._replace(extent="").title_lines() == ["pid: no run has a value"]


# Four of five settings are shown in pairs, including those of the rules.
def test_sample_figure_shows_pairs_and_boxes():
    random = np.random.default_rng(3)
    axes = tuple(
        MapAxis(f"firm.{name}", f"what {name} is", "day", tuple(random.random(40)))
        for name in "vwxyz"
    )
    shares = np.where(random.random(40) < 0.1, math.nan, random.random(40))
    box = {"firm.z": Limit(0.2, 0.6), "firm.y": Limit(-math.inf, 0.5)}
    panels = [
        EnvelopeMap(name, shares, shares > 0, "20 % of the sample", [box])
        for name in ("one", "two")
    ]
    figure = sample_figure(axes, panels, 0.9, "settling_time<=91", "environment=recall")
    assert len(figure.axes) == 2 * 6 + 1
    first = figure.axes[0]
    assert {first.get_xlabel(), first.get_ylabel()} == {"firm.y (day)", "firm.z (day)"}
    (drawn,) = (patch for patch in first.patches if patch.get_linestyle() != "solid")
    assert (drawn.get_y(), drawn.get_height()) == (pytest.approx(0.2), pytest.approx(0.4))
    written = lettering(figure)
    assert "two: holds in 20 % of the sample" in written
    assert "firm.x (day)" not in written or "firm.w (day)" not in written
    assert png_bytes(figure).startswith(b"\x89PNG")


def test_failed_points_are_not_requested_again():
    truth = grid(BORDERS["line"])
    broken = {(8, 8), (16, 20), (17, 19), (40, 40)}
    shares, asked = traced(truth, broken)
    right = (fill_gaps(shares) >= 0.5) == (truth >= 0.5)
    assert asked[8, 8]
    assert np.isnan(fill_gaps(shares)[8, 8])
    assert (~right).sum() <= 3 * len(broken)


def test_gaps_are_filled_by_linear_interpolation():
    truth = grid(lambda x, y: 0.1 + 0.3 * x + 0.05 * y)
    shares, asked = traced(truth)
    assert asked.sum() == 36  # nothing to split: the corners of the first cells
    assert np.allclose(fill_gaps(shares), truth)


@pytest.mark.parametrize(("steps", "side"), [(40, 8), (20, 4), (16, 2), (8, 1), (7, 1), (80, 16)])
def test_first_cell_divides_the_steps(steps, side):
    assert first_cell_side(steps) == side


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("settling_tme<=9", "Did you mean 'settling_time'"),
        ("settling_time<=soon", "Write measure<=number"),
        ("settling_time", "Write measure<=number"),
    ],
)
def test_malformed_condition_is_refused(text, line):
    with pytest.raises(EquipoiseError, match=line):
        parse_condition(text, ("settling_time", "net"))


def values(settling, unsettled=(), troubles=()):
    n = len(settling)
    parts = {
        "settling_time": settling,
        "unsettled": unsettled or [0] * n,
        "troubles": troubles or [1] * n,
    }
    return {name: np.array(column, float) for name, column in parts.items()}


# A loop that never recovers does not hold; one without a disturbance does; worlds without a value
# are left out.
def test_share_of_worlds_that_hold():
    rule = parse_condition("settling_time <= 30", ("settling_time",))
    assert rule == Condition("settling_time", "<=", 30.0)
    assert share_holding(rule, values([10, 30, 31, 99])) == 0.5
    assert share_holding(rule, values([10, math.nan], unsettled=[0, 1])) == 0.5
    assert share_holding(rule, values([math.nan, 50], troubles=[0, 1])) == 0.5
    assert share_holding(rule, values([math.nan, 50])) == 0.0
    assert math.isnan(share_holding(rule, values([math.nan])))
    assert share_holding(
        Condition("net", ">=", 2.0), {"net": np.array([1.0, 2.0, 3.0, math.nan])}
    ) == pytest.approx(2 / 3)


unit = np.linspace(0, 1, 41)
ACROSS, UP = (values.ravel() for values in np.meshgrid(unit, unit, indexing="ij"))


def test_prim_finds_a_box():
    (found,) = find_prim_boxes({"delay": ACROSS, "share": UP}, (ACROSS < 0.4) & (UP > 0.3))
    assert set(found.limits) == {"delay", "share"}
    assert found.limits["delay"].high == pytest.approx(0.4, abs=0.05)
    assert found.limits["share"].low == pytest.approx(0.3, abs=0.05)
    assert found.limits["delay"].low == -math.inf
    assert min(found.coverage, found.density) > 0.9


def test_prim_omits_limits_of_irrelevant_settings():
    draw = np.random.default_rng(1).random((300, 4))
    (found,) = find_prim_boxes(dict(zip("abcd", draw.T, strict=True)), draw[:, 2] < 0.5)
    assert list(found.limits) == ["c"]


# A patient peel from the whole finds neither of the two regions.
def test_prim_finds_two_boxes():
    first, second = find_prim_boxes(
        {"size": ACROSS, "delay": UP}, (ACROSS < 0.2) | ((ACROSS > 0.7) & (UP < 0.4))
    )
    assert list(first.limits) == ["size"]
    assert first.limits["size"].high == pytest.approx(0.2, abs=0.05)
    assert set(second.limits) == {"size", "delay"}
    assert first.density > 0.9
    assert second.density > 0.9
    assert first.coverage + second.coverage > 0.9


def test_prim_of_empty_and_full_regions():
    assert find_prim_boxes({"x": ACROSS}, ACROSS > 2) == ()
    assert find_prim_boxes({"x": ACROSS}, ACROSS > -1) == (({}, 1.0, 1.0),)


# Newer releases of ema_workbench have no threshold argument.
def test_prim_works_with_newer_releases(monkeypatch):
    import ema_workbench.analysis.prim as theirs

    class Newer:
        seen: ClassVar[list[str]] = []

        def __init__(self, x, y, peel_alpha, mass_min):
            self.x = x

        def find_box(self):
            import pandas as pd

            Newer.seen.append("found")
            self.box_lims = [pd.DataFrame({"x": [0.0, 1.0]}), pd.DataFrame({"x": [0.0, 0.39]})]
            return self

    monkeypatch.setattr(theirs, "Prim", Newer)
    (found,) = find_prim_boxes({"x": ACROSS}, ACROSS < 0.4)
    assert found.limits == {"x": Limit(-math.inf, 0.39)}
    assert Newer.seen


def test_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EquipoiseError, match=r"pip install 'equipoise\[search\]'"):
        plan_envelope(KNOWN, holds=HOLDS)


# The border is known: a run has as many days as its horizon, whatever the set-point.
def test_command_writes_a_known_map(tmp_path, capsys):
    place = tmp_path / "map"
    words = (
        "envelope",
        *KNOWN,
        "--holds",
        HOLDS,
        "--steps",
        "16",
        "--executor",
        "serial",
        "--out",
        str(place),
    )
    code, out, err = command(capsys, *words)
    assert code == 0
    lines = err.replace(f"{COMPILING}\n", "").splitlines()
    assert all(line.startswith("note: network.") for line in lines)
    assert "59 % of the map; holds when horizon < 12 days" in out
    table = pl.read_parquet(place / "envelope.parquet")
    assert len(table) == 17 * 17
    assert ((table["share"] == 1) == (table["horizon"] <= 11)).all()
    assert table["run"].sum() < 0.5 * len(table)
    assert pl.read_csv(place / "envelope.csv").shape == table.shape
    data = json.loads((place / "envelope.json").read_text())
    assert data["points_run"] == table["run"].sum()
    assert data["envelope"][0]["size"] == pytest.approx(10 / 17)
    assert {path.suffix for path in place.glob("envelope.*")} == {
        ".parquet",
        ".csv",
        ".json",
        ".png",
        ".svg",
    }
    code, again, _ = command(capsys, *words)
    assert (code, again) == (0, out)


class Impatient(SilentWatcher):
    def __init__(self, after):
        self.after = after

    def on_result(self, result):
        self.after -= 1
        if self.after == 0:
            raise KeyboardInterrupt


def test_stopped_map_resumes_with_the_same_result(tmp_path):
    how = {"holds": HOLDS, "steps": 16, "executor": "serial"}
    whole = envelope(*KNOWN, out=tmp_path / "whole", **how, watcher=SilentWatcher())
    part = envelope(*KNOWN, out=tmp_path / "part", **how, watcher=Impatient(100))
    assert not part.sweep.complete
    rest = envelope(*KNOWN, out=tmp_path / "part", **how, watcher=SilentWatcher())
    assert rest.sweep.done == whole.sweep.done - 100
    files = [(tmp_path / name / "envelope.csv").read_bytes() for name in ("whole", "part")]
    assert files[0] == files[1]


# Each strategy has its own map; three ranges are sampled and give rules only.
def test_panels_and_samples(tmp_path):
    both = plan_envelope((*KNOWN, "strategy=do_nothing,oracle"), holds=HOLDS, steps=4)
    assert len(both.study.points) == 2 * 5 * 5
    many = (*KNOWN, "firm.band=tag(log,interval(0.01,0.1))")
    found = envelope(
        *many, out=tmp_path, holds=HOLDS, samples=64, executor="serial", watcher=SilentWatcher()
    )
    assert found.points_run == 64
    assert describe_envelope_rules(found.spec, found.panels[0], {}).startswith(
        "holds when horizon < 12 (at "
    )
    data = json.loads((tmp_path / "envelope.json").read_text())
    assert data["envelope"][0]["extent"].endswith(" % of the sample")
    assert (tmp_path / "envelope.png").exists()


def test_all_user_errors_are_reported_before_anything_runs(capsys):
    code, _, err = command(
        capsys, "envelope", "firm.set_pont=interval(0,1)", "--holds", "net<=x", "--share", "0"
    )
    assert code == 2
    for line in ("--share 0", "'net<=x' cannot be read", "Did you mean 'firm.set_point'"):
        assert line in err
    for words, line in (
        (("firm.set_point=interval(0,1)",), "firm.set_point alone has one"),
        (("environment=recall",), "there is none"),
        (("firm.set_point=interval(1,0)",), "from a lower to a higher number"),
        (("strategy=interval(0,1)",), "strategy is chosen"),
        (("firm.band=interval(0,7)", "firm.set_point=interval(0,1)"), "firm.band=7 is not allowed"),
        (("experiment=gain_and_dely",), "Did you mean 'gain_and_delay'"),
    ):
        code, _, err = command(capsys, "envelope", *words)
        assert (code, line in err) == (2, True), err


def test_word_overrides_a_range_of_the_experiment():
    found = parse_space(("experiment=gain_and_delay", "control_center.kp=3"))
    assert list(found.spans) == ["lens.layers", "community.people.voice_mean"]
    assert found.spans["lens.layers"].whole
    assert "control_center.kp=3" in found.constants
    assert "strategy=pid_survey" in found.constants


def test_dry_run_prints_the_number_of_runs(tmp_path, capsys):
    words = (
        "envelope",
        *KNOWN,
        "--holds",
        HOLDS,
        "--steps",
        "4",
        "--dry-run",
        "--out",
        str(tmp_path / "none"),
    )
    code, out, _ = command(capsys, *words)
    assert (code, "25 runs to do: about" in out, "at most" in out) == (0, True, True)
    assert not (tmp_path / "none").exists()
