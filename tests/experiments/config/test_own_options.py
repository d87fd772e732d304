"""Tests of the user's own option files."""

import os
import time

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.config.compose import compose, parse_override
from equipoise.experiments.config.option_files import (
    check_folders,
    describe_replaced_options,
    list_options,
)
from equipoise.experiments.design.points import PointComposer
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest

STRATEGY = """# @package _global_
defaults:
  - override /receptor: survey
strategy:
  name: {name}
  title: "{title}"
"""


def write_strategy(folder, name, title="mine", suffix=".yaml", encoding="utf-8"):
    group = folder / "strategy"
    group.mkdir(parents=True, exist_ok=True)
    text = STRATEGY.format(name=name, title=title)
    (group / f"{name}{suffix}").write_text(text, encoding)
    return folder


def test_own_strategy_is_read_before_the_shipped_one(tmp_path):
    write_strategy(tmp_path, "pid_survey", "MY OWN")
    settings = compose("strategy=pid_survey", config_dirs=[tmp_path])
    assert settings.strategy.title == "MY OWN"


def test_own_default_option_is_read_before_the_shipped_one(tmp_path):
    (tmp_path / "community").mkdir()
    (tmp_path / "community" / "ordinary.yaml").write_text("size: 77\n")
    assert compose(config_dirs=[tmp_path]).community.size == 77


def test_last_folder_is_read_first_and_noted(tmp_path):
    first = write_strategy(tmp_path / "a", "mine", "first")
    last = write_strategy(tmp_path / "b", "mine", "last")
    assert compose("strategy=mine", config_dirs=[first, last]).strategy.title == "last"
    (note,) = describe_replaced_options([first, last])
    assert "strategy=mine" in note
    assert str(last) in note


def test_unread_config_file_is_noted(tmp_path):
    write_strategy(tmp_path, "mine")
    (tmp_path / "config.yaml").write_text("seed: 3\n")
    (note,) = describe_replaced_options([tmp_path])
    assert "config.yaml" in note


@pytest.mark.parametrize("foreign", ["latin1", "folder", "hidden", "pipe", "broken"])
def test_foreign_file_harms_only_a_choice_that_names_it(tmp_path, foreign):
    write_strategy(tmp_path, "mine")
    if foreign == "latin1":
        write_strategy(tmp_path, "draft", "café", encoding="latin-1")
    elif foreign == "folder":
        (tmp_path / "strategy" / "draft.yaml").mkdir()
    elif foreign == "hidden":
        (tmp_path / "strategy" / ".draft.yaml").write_text("x: 1\n")
    elif foreign == "pipe":
        os.mkfifo(tmp_path / "strategy" / "draft.yaml")
    else:
        (tmp_path / "strategy" / "draft.yaml").write_text("a: [\n")
    composer = PointComposer((), {"strategy": "mine"}, (tmp_path,))
    assert composer.settings({"strategy": "mine"}).strategy.title == "mine"
    with pytest.raises(EquipoiseError, match="strategy=draft"):
        compose("strategy=draft", config_dirs=[tmp_path])


def test_bad_file_named_by_another_file_is_reported(tmp_path):
    write_strategy(tmp_path, "mine")
    (tmp_path / "receptor").mkdir()
    (tmp_path / "receptor" / "survey.yaml").write_bytes(b"title: caf\xe9\n")
    with pytest.raises(EquipoiseError, match=r"survey\.yaml is not UTF-8 text"):
        compose("strategy=mine", config_dirs=[tmp_path])


@pytest.mark.parametrize(
    "name", ["équipe", "weekly team", "1e3", "true", "nan", "it's", "a=b", "x (1)"]
)
def test_names_of_any_letters_are_chosen(tmp_path, name):
    write_strategy(tmp_path, "plain")
    text = STRATEGY.format(name="any", title="any letters")
    (tmp_path / "strategy" / f"{name}.yaml").write_text(text, "utf-8")
    word = f'strategy="{name}"'
    assert compose(word, config_dirs=[tmp_path]).strategy.title == "any letters"
    study = plan_study(StudyRequest(("strategy=glob(*)",), (tmp_path,)))
    assert name in {point.labels["strategy"] for point in study.points}


@pytest.mark.parametrize("word", ["strategy=équipe", "strategy=équipe,oracle"])
def test_accented_names_need_no_quotes(tmp_path, word):
    write_strategy(tmp_path, "équipe")
    study = plan_study(StudyRequest((word,), (tmp_path,)))
    assert study.points[0].labels["strategy"] == "équipe"


@pytest.mark.parametrize(("suffix", "encoding"), [(".yml", "utf-8"), (".yaml", "utf-8-sig")])
def test_other_suffix_and_byte_order_mark_are_read(tmp_path, suffix, encoding):
    write_strategy(tmp_path, "team", "Team", suffix, encoding)
    assert compose("strategy=team", config_dirs=[tmp_path]).receptor.kind == "survey"


def test_folder_without_a_group_is_refused(tmp_path):
    write_strategy(tmp_path, "mine")
    with pytest.raises(EquipoiseError, match="this is one group of options"):
        check_folders([tmp_path / "strategy"])
    (tmp_path / "other").mkdir()
    with pytest.raises(EquipoiseError, match="holds no folder of options"):
        compose(config_dirs=[tmp_path / "other"])
    with pytest.raises(EquipoiseError, match="there is no such folder"):
        check_folders([tmp_path / "nowhere"])


def test_home_folder_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write_strategy(tmp_path / "mine", "home")
    assert compose("strategy=home", config_dirs=["~/mine"]).strategy.name == "home"


def test_bomb_is_refused_quickly(tmp_path):
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    write_strategy(tmp_path, "mine")
    (tmp_path / "strategy" / "bomb.yaml").write_text("\n".join(lines))
    start = time.monotonic()
    with pytest.raises(EquipoiseError, match="expands to more than 100,000 values"):
        compose("strategy=bomb", config_dirs=[tmp_path])
    assert compose("strategy=mine", config_dirs=[tmp_path]).strategy.name == "mine"
    assert time.monotonic() - start < 10


def test_environment_variables_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "hunter2")
    write_strategy(tmp_path, "spy", "${oc.env:SECRET}")
    with pytest.raises(EquipoiseError, match=r"oc\.env:SECRET.* is not allowed"):
        compose("strategy=spy", config_dirs=[tmp_path])
    with pytest.raises(EquipoiseError, match=r"oc\.env:SECRET.* is not allowed"):
        compose("strategy.title=${oc.env:SECRET}")


def test_references_to_settings_still_hold():
    assert compose("firm.promise=${firm.set_point}", "firm.set_point=0.6").firm.promise == 0.6


@pytest.mark.parametrize(
    "name", ["plan (1).csv", "été.csv", "a=b.csv", "it's.csv", "[1].csv", "x,y.csv", "#1.csv"]
)
def test_path_of_a_control_center_takes_any_letters(name):
    assert parse_override(f"control_center.path={name}").value == name


def test_long_words_are_cut_in_messages():
    with pytest.raises(EquipoiseError, match="100,000 characters") as caught:
        compose(f"strategy={'x' * 99_999}", "y" * 100_000)
    assert max(map(len, caught.value.problems)) < 2000


def test_hidden_files_are_no_options(tmp_path):
    write_strategy(tmp_path, "mine")
    (tmp_path / "strategy" / ".hidden.yaml").write_text("x: 1\n")
    assert ".hidden" not in list_options("strategy", (tmp_path,))


@pytest.mark.parametrize(
    "text",
    [
        "# @package _global_\nhydra:\n  job:\n    name: mine\n",
        "# @package hydra.job\nname: mine\n",
        "# @package _global_.hydra.job\nname: mine\n",
        "# @package _global_\ndefaults:\n  - override /hydra/launcher: basic\nseed: 3\n",
        "# @package _global_\ndefaults:\n  - /hydra/launcher: basic\n",
    ],
)
def test_option_that_configures_hydra_is_refused(tmp_path, text):
    write_strategy(tmp_path, "mine")
    (tmp_path / "strategy" / "other.yaml").write_text(text)
    with pytest.raises(EquipoiseError, match=r"other\.yaml: it configures Hydra") as caught:
        compose("strategy=other", config_dirs=[tmp_path])
    assert len(caught.value.problems) == 1
    assert compose("strategy=mine", config_dirs=[tmp_path]).strategy.name == "mine"
