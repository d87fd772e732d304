"""Experiment files: words by role, precedence of the user's own files, and mistakes in them."""

from importlib import resources

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.experiment_file import (
    ExperimentFile,
    experiment_names,
    read_experiment,
)
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest


@pytest.fixture
def write(tmp_path):
    """Return a function that writes an experiment file and returns the folder of options."""

    def write_file(text, name="mine"):
        (tmp_path / "experiment").mkdir(exist_ok=True)
        (tmp_path / "experiment" / f"{name}.yaml").write_text(text)
        return tmp_path

    return write_file


def test_lists_are_values_to_try_and_constants_are_single_values(write):
    folder = write(
        "title: Mine\n"
        "levers: {strategy: [oracle, do_nothing], firm.band: [0.04], receptor: glob(*)}\n"
        "uncertainties: {community.size: 'interval(50, 60)'}\n"
        "constants: {effector: [repair], replicates: 3}\n"
    )
    assert read_experiment("mine", [folder]) == ExperimentFile(
        title="Mine",
        levers=("strategy=oracle,do_nothing", "firm.band=choice(0.04)", "receptor=glob(*)"),
        uncertainties=("community.size=interval(50, 60)",),
        constants=("effector=[repair]", "replicates=3"),
    )


def test_roles_are_those_of_the_file(write):
    folder = write("levers: {environment: [calm]}\nuncertainties: {strategy: [oracle]}\n")
    roles = read_experiment("mine", [folder]).roles()
    assert roles == {"environment": "lever", "strategy": "uncertainty"}


def test_points_zip_design_and_stopping_rule_are_plain_data(write):
    folder = write(
        "points: [{firm.band: 0.1}]\nzip: [[firm.set_point, firm.revenue_per_use]]\n"
        "design: {kind: lhs, samples: 8}\nstop: {measure: net, width: 5}\n"
    )
    file = read_experiment("mine", [folder])
    assert file.points == ({"firm.band": 0.1},)
    assert file.zip == (("firm.set_point", "firm.revenue_per_use"),)
    assert file.design == {"kind": "lhs", "samples": 8}
    assert file.stop == {"measure": "net", "width": 5}


def test_own_file_is_read_before_a_shipped_one(write):
    folder = write("title: My own\n", name="first_look")
    assert read_experiment("first_look", [folder]).title == "My own"


def test_shipped_file_is_read_beside_a_folder_without_it(write):
    folder = write("title: Mine\n")
    assert read_experiment("first_look", [folder]) == read_experiment("first_look")
    assert {"mine", "first_look"} <= set(experiment_names([folder]))


@pytest.mark.parametrize("name", experiment_names())
def test_shipped_experiment_can_be_planned_and_is_short(name):
    study = plan_study(StudyRequest((f"experiment={name}",)))
    assert study.title
    assert len(study.points) > 1
    file = resources.files("equipoise.configs").joinpath("experiment", f"{name}.yaml")
    assert len(file.read_text("utf-8").splitlines()) <= 20


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("levrs: {strategy: [oracle]}", "levrs is not known. Did you mean 'levers'?"),
        ("design: {knd: lhs}", "Did you mean 'kind'?"),
        ("levers: [strategy]", "levers holds names and values"),
        ("levers: 0", "levers holds names and values"),
        ("zip: {a: b}", "zip is a list"),
        ("- 1", "no list of names and values"),
        ("levers: {strategy: []}", "strategy has an empty list"),
        ("levers: {firm: {set_point: [0.6]}}", "firm holds names. Write the whole path"),
        ("design: {samples: many}", "design.samples is 'many'. Give a whole number"),
        ("design: {seed: 0.5}", "design.seed is 0.5"),
        ("points: [{1: 2}]", "points is a list"),
        ("zip: [[1, 2]]", "zip is a list"),
        (
            "{levers: {firm.band: [1]}, constants: {firm.band: 1}}",
            "firm.band stands in levers and constants. Leave one",
        ),
        ("levers: {", "cannot be read"),
    ],
)
def test_mistake_in_a_file_is_one_line(write, text, line):
    folder = write(text)
    with pytest.raises(EquipoiseError, match="experiment=mine") as caught:
        read_experiment("mine", [folder])
    assert line in str(caught.value)
    assert all(problem.startswith("experiment=mine") for problem in caught.value.problems)


def test_all_mistakes_of_a_file_are_reported_together(write):
    folder = write("levrs: {}\nzip: 3\ndesign: {samples: many}\n")
    with pytest.raises(EquipoiseError, match="experiment=mine") as caught:
        read_experiment("mine", [folder])
    assert len(caught.value.problems) == 3


def test_unknown_experiment_is_refused_with_the_nearest_name():
    with pytest.raises(EquipoiseError, match=r"experiment=first_lok .* Did you mean 'first_look'"):
        read_experiment("first_lok")


def test_folder_in_the_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "experiment" / "mine.yaml").mkdir(parents=True)
    with pytest.raises(EquipoiseError, match="experiment=mine is not known"):
        read_experiment("mine", [tmp_path])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("levers:\n  a: [1]\nlevers:\n  b: [2]\n", "'levers' occurs twice"),
    ],
)
def test_empty_and_repeated_contents_are_refused(tmp_path, text, match):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(text)
    with pytest.raises(EquipoiseError, match=match):
        read_experiment("mine", [tmp_path])


def test_experiment_of_any_letters_is_read(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "été 1.yml").write_text("levers:\n  firm.band: [0.1, 0.2]\n")
    assert read_experiment("été 1", [tmp_path]).levers == ("firm.band=0.1,0.2",)
