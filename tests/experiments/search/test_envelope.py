"""The envelope: known borders, intervals of sizes, rules in words, resumption."""

import json
import math
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from equipoise.analysis.exploration.border_search import (
    share_difference_error,
)
from equipoise.analysis.exploration.prim import Limit
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

TINY = ("community.size=20", "burn_in=0", "strategy=do_nothing")
KNOWN = (
    *TINY,
    "horizon=interval(2,18)",
    "firm.set_point=interval(0.5,0.9)",
)  # a run has as many days as its horizon
HOLDS = "days<=11"


def command(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main([*words])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


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
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        envelope(*KNOWN, out=tmp_path / "part", **how, watcher=Impatient(100))
    assert not list((tmp_path / "part").glob("envelope.*"))
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
        (("firm.set_point=interval(0,1)",), "only firm.set_point has one"),
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
