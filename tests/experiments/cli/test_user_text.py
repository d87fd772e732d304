"""Tests of a user's text and paths on their way to the terminal and to files."""

import io

import pyarrow as pa
import pytest
from rich.text import Text

import equipoise
from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import terminal
from equipoise.experiments.cli.main import exit_code
from equipoise.experiments.search.envelope import plan_envelope
from equipoise.experiments.search.sensitivity import plan_sensitivity
from equipoise.experiments.search.tuning_spec import plan_tuning
from equipoise.experiments.storage.tables import neutralise_formulas
from equipoise.settings.settings import Settings

EVIL = "\x1b]0;owned\x07title\x9b31m"


def test_control_characters_do_not_reach_the_terminal(capsys):
    terminal.write_line(EVIL)
    terminal.write_error(EVIL)
    terminal.open_console().print(Text(EVIL))
    printed = "".join(capsys.readouterr())
    assert "title" in printed
    assert not set("\x1b\x07\x9b") & set(printed)


def test_colours_of_the_console_are_kept():
    page = io.StringIO()
    console = terminal.PlainConsole(file=page, force_terminal=True, color_system="standard")
    console.print(Text("bold", style="bold"))
    assert "\x1b[1m" in page.getvalue()


def test_formulas_in_text_cells_are_quoted():
    cells = pa.chunked_array([["=1+1", "+a", "-a", "@a", "\ta", "\ra", "plain", "a=b", None]])
    quoted = neutralise_formulas(cells).to_pylist()
    assert quoted[:6] == ["'=1+1", "'+a", "'-a", "'@a", "'\ta", "'\ra"]
    assert quoted[6:] == ["plain", "a=b", None]


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seed_of_a_search_is_checked(seed):
    words = ("strategy=pid_survey", "control_center.kp=interval(1,12)")
    with pytest.raises(EquipoiseError, match=r"--search-seed .* is not allowed"):
        plan_sensitivity((*words, "firm.band=interval(0.01,0.1)"), (), "cost", seed=seed)
    with pytest.raises(EquipoiseError, match=r"--search-seed .* is not allowed"):
        plan_tuning(words, seed=seed)


@pytest.mark.parametrize(
    ("word", "judge"),
    [("environment=recall", "recall"), ("environment=recall,calm", "calm"), ("seed=0", "calm")],
)
def test_environment_of_the_training_is_no_judge(word, judge):
    words = ("strategy=pid_survey", "control_center.kp=interval(1,12)", word)
    with pytest.raises(EquipoiseError, match=f"--judge {judge}: the levers are trained in it"):
        plan_tuning(words, hold_out_environments=(judge,))


def test_string_of_judges_is_a_list_of_them():
    with pytest.raises(EquipoiseError, match="'nope' is not known"):
        equipoise.tune("control_center.kp=interval(1,12)", judge="firestorm,nope")


@pytest.mark.parametrize("judge", ["", ",", " , "])
def test_judges_without_a_name_are_refused(judge):
    with pytest.raises(EquipoiseError, match=r"--judge: the environment .* is not known"):
        equipoise.tune("control_center.kp=interval(1,12)", judge=judge)


def test_empty_design_is_refused():
    with pytest.raises(EquipoiseError, match="design '' is not known"):
        equipoise.sweep("strategy=pid_survey,oracle", design="")


@pytest.mark.parametrize("limit", ["nan", "inf"])
def test_condition_without_a_number_is_refused(limit):
    words = ("firm.set_point=interval(0.6,0.8)", "firm.band=interval(0.01,0.1)")
    with pytest.raises(EquipoiseError, match="compares with no number"):
        plan_envelope(words, holds=f"time_in_band>={limit}")


def test_words_in_place_of_settings_are_refused():
    with pytest.raises(EquipoiseError, match="run takes settings, not"):
        equipoise.run("strategy=oracle")


def test_measures_of_a_response_are_a_list_in_words():
    assert equipoise.response(measures="cost, time_in_band").measures == ("cost", "time_in_band")


def test_dumped_settings_are_read_again():
    settings = equipoise.compose("strategy=balanced")
    assert Settings.model_validate(settings.model_dump()) == settings


def test_unknown_folder_is_refused_by_explain(tmp_path, capsys):
    assert exit_code(["explain", "--config-dir", str(tmp_path / "nowhere")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_own_option_in_place_of_a_shipped_one_is_noted(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine" / "community").mkdir(parents=True)
    (tmp_path / "mine" / "community" / "ordinary.yaml").write_text("size: 30\n")
    words = ["horizon=2", "burn_in=0", "network=watts_strogatz", "--out=~/run"]
    assert exit_code(["run", *words, "--config-dir=~/mine"]) == 0
    assert "note: community=ordinary" in capsys.readouterr().err
    assert "size: 30" in (tmp_path / "run" / "settings.yaml").read_text()


def test_points_from_a_device_are_refused(capsys):
    assert exit_code(["sweep", "--points", "/dev/zero", "--dry-run"]) == 2
    assert "it is a device or a pipe" in capsys.readouterr().err


LONG = ("x" * 5000, "x " * 2500, "1," * 2500)
SWEEP = ("sweep", "--dry-run", "strategy=pid_survey,oracle")
RANGES = ("firm.set_point=interval(0.6,0.8)", "firm.band=interval(0.01,0.1)")
LEVER = ("strategy=pid_survey", "control_center.kp=interval(1,12)")


@pytest.mark.parametrize("given", LONG)
@pytest.mark.parametrize(
    "words",
    [
        *((*SWEEP, option) for option in ("--executor", "--until", "--daily", "--design", "--zip")),
        *((*SWEEP, option) for option in ("--workers", "--samples", "--timeout", "--config-dir")),
        (*SWEEP, "--points"),
        *(("compare", "nowhere", option) for option in ("--margin", "--enough", "--export")),
        ("compare",),
        ("explain",),
        ("run",),
        ("run", "--from"),
        ("new", "receptor"),
        ("envelope", "--dry-run", *RANGES, "--holds"),
        ("sensitivity", "--dry-run", *RANGES, "--on"),
        ("sensitivity", "--dry-run", *RANGES, "--method"),
        ("tune", "--dry-run", *LEVER, "--judge"),
        ("tune", "--dry-run", *LEVER, "--on"),
    ],
)
def test_long_texts_are_cut_in_messages(words, given, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert exit_code([*words, given]) != 0
    lines = capsys.readouterr().err.splitlines()
    # The longest is the list of daily columns that are allowed.
    assert 1 <= len(lines) <= 21
    assert max(map(len, lines)) < 1600


@pytest.mark.parametrize("template", ["{}", "seed={}", "strategy=glob({})", "seed=range({})"])
@pytest.mark.parametrize("given", LONG)
def test_long_words_of_a_sweep_are_cut_in_messages(template, given, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert exit_code(["sweep", "--dry-run", template.format(given)]) != 0
    assert max(map(len, capsys.readouterr().err.splitlines())) < 600
