"""Sensitivity: known indices of known functions, coverage of intervals, runs of the model."""

import importlib
import json
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest

from equipoise import response
from equipoise.analysis.exploration.indices import (
    Effect,
    build_design,
    count_design_points,
    estimate_effects,
    monte_carlo_share,
    overlapping_groups,
)
from equipoise.errors import EquipoiseError
from equipoise.experiments.cli.main import main
from equipoise.experiments.execution.sweep_runner import SilentWatcher
from equipoise.experiments.search.sensitivity import Sensitivity, plan_sensitivity, sensitivity

TINY = ("community.size=20", "burn_in=0", "strategy=do_nothing", "replicates=2")
KNOWN = (
    *TINY,
    "horizon=interval(2,18)",
    "firm.set_point=interval(0.5,0.9)",
)  # a run has as many days as its horizon


def ishigami(unit):
    """Return the function of Ishigami & Homma 1990 with a = 7, b = 0.1.

    Its first-order indices are 0.3139, 0.4424, 0; its total indices 0.5576, 0.4424, 0.2437.
    """
    x = (2 * unit - 1) * math.pi
    return (np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[
        :, None
    ]


def command(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(["sensitivity", *words])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


def test_indices_of_the_ishigami_function():
    at = build_design("sobol", 3, 1024)
    assert len(at) == count_design_points("sobol", 3, 1024) == 1024 * 5
    found = {
        effect.setting: effect for effect in estimate_effects("sobol", "abc", at, ishigami(at))
    }
    known = {"a": (0.3139, 0.5576), "b": (0.4424, 0.4424), "c": (0.0, 0.2437)}
    for name, (first, total) in known.items():
        assert found[name].first == pytest.approx(first, abs=0.05)
        assert found[name].size == pytest.approx(total, abs=0.05)
        assert found[name].low < total < found[name].high
    assert [effect.setting for effect in estimate_effects("sobol", "abc", at, ishigami(at))] == [
        "a",
        "b",
        "c",
    ]


# First and total indices are shares of the variance, and Morris's effects are the weights.
def test_indices_of_a_weighted_sum():
    weights = np.array([1.0, 2.0, 0.0, -3.0])
    at = build_design("sobol", 4, 512, seed=1)
    found = {
        effect.setting: effect
        for effect in estimate_effects("sobol", "abcd", at, (at @ weights)[:, None])
    }
    for name, share in zip("abcd", weights**2 / (weights**2).sum(), strict=True):
        assert found[name].size == pytest.approx(share, abs=0.03)
        assert found[name].first == pytest.approx(share, abs=0.03)
    paths = build_design("morris", 4, 10)
    assert len(paths) == count_design_points("morris", 4, 10) == 50
    for effect in estimate_effects("morris", "abcd", paths, (paths @ weights)[:, None]):
        weight = weights["abcd".index(effect.setting)]
        assert (effect.size, effect.mean) == (pytest.approx(abs(weight)), pytest.approx(weight))
        assert effect.spread == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
# The nominal coverage is 95 %; over 200 designs the test requires 90 %.
def test_intervals_cover_the_true_indices():
    known = {"a": 0.5576, "b": 0.4424, "c": 0.2437}
    hits = []
    for seed in range(200):
        at = build_design("sobol", 3, 256, seed)
        hits += [
            effect.low <= known[effect.setting] <= effect.high
            for effect in estimate_effects("sobol", "abc", at, ishigami(at), seed)
        ]
    assert np.mean(hits) >= 0.9


# SALib resamples the rows of the design only, which is all there is with one world.
@pytest.mark.parametrize(("method", "index"), [("sobol", "ST"), ("morris", "mu_star")])
def test_intervals_of_one_world_equal_those_of_salib(method, index):
    analyser = importlib.import_module(f"SALib.analyze.{method}")
    at = build_design(method, 3, 128)
    values = ishigami(at)
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    given = (problem, at, values[:, 0]) if method == "morris" else (problem, values[:, 0])
    options = {} if method == "morris" else {"calc_second_order": False}
    theirs = analyser.analyze(*given, **options, num_resamples=1000, seed=5)
    ours = {effect.setting: effect for effect in estimate_effects(method, "abc", at, values)}
    for k, name in enumerate("abc"):
        assert ours[name].high - ours[name].size == pytest.approx(
            theirs[f"{index}_conf"][k], rel=0.15, abs=1e-9
        )
        if method == "sobol":
            assert ours[name].first_high - ours[name].first == pytest.approx(
                theirs["S1_conf"][k], rel=0.15
            )


# A resample of equal rows has no variance to share; it is left out, without a warning of numpy.
@pytest.mark.filterwarnings("error")
def test_intervals_are_finite_where_most_rows_are_equal():
    at, values = build_design("sobol", 2, 4), np.zeros((16, 1))
    values[[0, 5, 6]] = 1.0
    for effect in estimate_effects("sobol", "ab", at, values):
        assert np.isfinite([effect.low, effect.high, effect.first_low, effect.first_high]).all()


# Worlds that respond differently to settings widen the intervals, which cover the mean world.
@pytest.mark.parametrize("worlds", [2, 5])
def test_intervals_include_random_variation_of_worlds(worlds):
    known = {"a": 0.5576, "b": 0.4424, "c": 0.2437}
    random, hits, blind = np.random.default_rng(worlds), [], []
    for seed in range(40):
        at = build_design("sobol", 3, 128, seed)
        values = ishigami(at) + (at - 0.5) @ random.normal(0, 5, (3, worlds))
        for kept, given in ((hits, values), (blind, values.mean(axis=1, keepdims=True))):
            kept += [
                effect.low <= known[effect.setting] <= effect.high
                for effect in estimate_effects("sobol", "abc", at, given)
            ]
    assert np.mean(hits) >= 0.9
    assert np.mean(hits) > np.mean(blind)


# With few worlds the interval is as wide as that of a mean; here each world has its own effect.
def test_interval_of_few_worlds_is_that_of_a_mean():
    at, slopes = build_design("morris", 2, 8), np.array([[1.0, 2.0, 6.0], [9.0, 9.0, 9.0]])
    found = {effect.setting: effect for effect in estimate_effects("morris", "ab", at, at @ slopes)}
    assert found["a"].size == pytest.approx(3.0)
    assert found["a"].high - found["a"].size == pytest.approx(
        1.96 * slopes[0].std(ddof=1) / math.sqrt(3), rel=0.1
    )
    assert found["b"].high - found["b"].low == pytest.approx(0, abs=1e-9)


def test_advised_number_of_worlds_needs_no_warning():
    random, signal = np.random.default_rng(5), np.random.default_rng(6).normal(0, 1, (4000, 1))

    def build_result(worlds, noise):
        spec = SimpleNamespace(study=SimpleNamespace(replicates=worlds), samples=4)
        return Sensitivity(
            spec, (Effect("a", 1, 1, 1),), signal + random.normal(0, noise, (4000, worlds)), None
        )

    (line,) = build_result(4, 2.0).warnings()
    worlds = int(re.search(r"replicates=(\d+)", line)[1])
    assert build_result(worlds, 2.0).chance == pytest.approx(0.1, abs=0.01)
    assert build_result(4, 0.7).warnings()
    assert not build_result(4, 0.6).warnings()


# Some resamples have equal rows, as at the top of a scale.
def test_intervals_are_finite_at_the_top_of_a_scale():
    at = build_design("sobol", 2, 4)
    values = np.ones((16, 1))
    values[1] = 0.0  # one setting moved, in the first row alone
    values[7] = 0.5
    found = estimate_effects("sobol", "ab", at, values)
    assert all(
        np.isfinite([effect.low, effect.high, effect.first_low, effect.first_high]).all()
        for effect in found
    )


# SALib draws resamples of its own; one of equal rows makes it warn, which is an error here.
@pytest.mark.parametrize("state", range(30))
def test_effects_do_not_depend_on_the_global_random_state(state, monkeypatch):
    at = build_design("sobol", 2, 4)
    values = np.ones((16, 1))
    values[[1, 7], 0] = 0.0, 0.5
    expected = estimate_effects("sobol", "ab", at, values)
    monkeypatch.setattr(np.random, "randint", np.random.RandomState(state).randint)
    monkeypatch.setattr(
        np.random,
        "default_rng",
        lambda seed, original=np.random.default_rng: original(seed + state),
    )
    repeated = estimate_effects("sobol", "ab", at, values)
    for one, other in zip(expected, repeated, strict=True):
        assert (one.size, one.first) == (other.size, other.first)


def test_equal_base_points_have_no_indices():
    at = build_design("sobol", 2, 4)
    values = np.ones((16, 1))
    values[1] = 0.0
    with pytest.raises(EquipoiseError, match="at all base points of the design"):
        estimate_effects("sobol", "ab", at, values)


# What is better or worse in a whole world cancels.
def test_monte_carlo_share_is_estimated():
    random, at = np.random.default_rng(2), build_design("sobol", 3, 256)
    signal = ishigami(at) / ishigami(at).std()
    noise = random.normal(0, 1, (len(at), 4))
    whole = random.normal(0, 9, 4)
    assert monte_carlo_share(signal + whole) == pytest.approx(0, abs=1e-9)
    assert monte_carlo_share(signal + whole + noise) == pytest.approx(0.25 / 1.25, abs=0.04)
    assert monte_carlo_share(noise) == pytest.approx(1, abs=0.1)
    assert math.isnan(monte_carlo_share(signal))


def test_neighbours_with_overlapping_intervals_are_unranked():
    rows = [
        ("a", 0.9, 0.1),
        ("b", 0.6, 0.1),
        ("c", 0.5, 0.1),
        ("d", 0.4, 0.1),
        ("e", 0.1, 0.01),
        ("f", 0.09, 0.01),
    ]
    found = [Effect(name, size, size - half, size + half) for name, size, half in rows]
    assert overlapping_groups(found) == [["b", "c", "d"], ["e", "f"]]
    assert overlapping_groups(found[:2]) == []


@pytest.mark.parametrize(
    ("values", "line"),
    [([1.0] * 8, "is 1 at all points"), ([1.0, math.nan] * 4, "no value at 4 of 8 points")],
)
def test_measure_without_variance_is_refused(values, line):
    with pytest.raises(EquipoiseError, match=line):
        estimate_effects("sobol", "ab", np.zeros((8, 2)), np.array(values)[:, None])


# The answer is known: the days of a run are its horizon, whatever the set-point.
@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_sensitivity_of_a_known_measure(tmp_path, method):
    samples = {"sobol": 16, "morris": 6}[method]
    found = sensitivity(
        *KNOWN,
        on="days",
        method=method,
        samples=samples,
        out=tmp_path,
        executor="serial",
        watcher=SilentWatcher(),
    )
    first, second = found.effects
    assert (first.setting, second.setting, second.size) == ("horizon", "firm.set_point", 0.0)
    assert first.size == pytest.approx(1.0, abs=0.25) if method == "sobol" else 14 < first.size < 18
    assert found.warnings() == []
    data = json.loads((tmp_path / "sensitivity.json").read_text())
    assert (data["measure"], data["effects"][0]["setting"], data["worlds"]) == (
        "days",
        "horizon",
        2,
    )
    assert (
        len(list(tmp_path.glob("sensitivity.*"))) == len(list(tmp_path.glob("*sensitivity.*"))) == 5
    )


def test_file_that_cannot_be_written_is_named(tmp_path):
    given = {
        "on": "days",
        "method": "morris",
        "samples": 4,
        "executor": "serial",
        "watcher": SilentWatcher(),
    }
    sensitivity(*KNOWN, out=tmp_path, **given)
    (tmp_path / "sensitivity.json").unlink()
    (tmp_path / "sensitivity.json").mkdir()
    with pytest.raises(
        EquipoiseError, match=r"sensitivity\.json cannot be written: .* run the same command again"
    ):
        sensitivity(*KNOWN, out=tmp_path, **given)
    assert not list(tmp_path.glob(".sensitivity.*"))


def test_rows_that_whole_numbers_make_equal_are_run_once(tmp_path):
    spec = plan_sensitivity(
        (*TINY, "horizon=interval(2,5)", "lens.layers=interval(0,1)"), (), "days", "morris", 10
    )
    assert (len(spec.design), len(set(spec.point_numbers))) == (30, len(spec.study.points))
    assert len(spec.study.points) <= 8
    assert spec.runs == 2 * len(spec.study.points)


def test_command_prints_runs_and_warnings(tmp_path, capsys):
    out = str(tmp_path / "s")
    noise = (
        *TINY,
        "horizon=12",
        "firm.set_point=interval(0.5,0.9)",
        "firm.band=interval(0.01,0.3)",
    )
    words = (
        *noise,
        "community.people.voice_mean=tag(log,interval(0.01,0.1))",
        "--samples",
        "4",
        "--executor",
        "serial",
    )
    code, shown, _ = command(capsys, *words, "--dry-run", "--out", out)
    assert (code, shown.startswith("40 runs to do: about")) == (0, True)
    code, shown, said = command(capsys, *words, "--out", out)
    assert code == 0
    assert "This takes 40 runs." in said
    assert "overlap, so their order is unknown" in shown
    assert "of the variance is Monte Carlo error, which adds to the index of every setting" in shown
    data = json.loads((tmp_path / "s" / "sensitivity.json").read_text())
    assert data["chance"] > 0.1


def test_measure_without_values_is_refused(tmp_path, capsys):
    words = (
        *TINY,
        "environment=calm",
        "horizon=10",
        "firm.set_point=interval(0.5,0.9)",
        "firm.band=interval(0.01,0.1)",
    )
    how = (
        "--on",
        "settling_time",
        "--samples",
        "4",
        "--executor",
        "serial",
        "--out",
        str(tmp_path),
    )
    code, _, said = command(capsys, *words, *how)
    assert (code, "no value at 16 of 16 points" in said) == (2, True)


def test_all_user_errors_are_reported_together(capsys):
    given = (
        "firm.set_point=interval(0,1)",
        "environment=recall,calm",
        "--method",
        "sobl",
        "--on",
        "nett",
    )
    code, _, err = command(capsys, *given)
    assert code == 2
    for line in (
        "Did you mean 'sobol'",
        "Did you mean 'net'",
        "environment has a list of values",
        "one alone",
    ):
        assert line in err
    code, _, err = command(
        capsys, "firm.set_point=interval(0,1)", "firm.band=interval(0,1)", "--samples", "9"
    )
    assert (code, "power of 2" in err) == (2, True)


def test_response_averages_worlds_and_rounds_whole_numbers():
    model = response(*TINY, measures=("days", "cost"))
    assert model(horizon=5) == {"days": 5.0, "cost": 0.0}
    assert model.at({"horizon": 6.4, "firm.set_point": 0.6})["days"] == 6.0
    assert list(model.rows(np.array([[3.0, 0.6], [8.0, 0.7]]), ("horizon", "firm.set_point"))) == [
        3.0,
        8.0,
    ]
    assert (
        response("strategy=oracle", *TINY[:2], "horizon=4")(strategy="do_nothing")["time_in_band"]
        >= 0
    )
    with pytest.raises(EquipoiseError, match="Did you mean 'horizon'"):
        model(horizn=5)
    with pytest.raises(EquipoiseError, match="Did you mean 'cost'"):
        response(*TINY, measures="costs")
