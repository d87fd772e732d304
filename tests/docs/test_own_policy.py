"""A part in a package of its own installs, passes the check and runs, as docs/policies.md says."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.option_files import list_options
from equipoise.firm.checker import check
from equipoise.settings.schema import part_kinds

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text("utf-8")
FILES = dict(re.findall(r"`([\w/.]+)`[^\n]*:\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
SHELL = re.search(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
INSTALL, CHECK, EXPLAIN, RUN = SHELL[1].splitlines()
MODULE = FILES["patience/patience.py"]
FAMILIES = {
    "receptor": "receptors",
    "control center": "control_centers",
    "effector": "effectors",
}


def read_table(heading: str) -> dict[str, list[str]]:
    """Return the names in each row of the page's table, by the first of them."""
    rows = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    names = [re.findall(r"`(\w+)`", row) for row in rows]
    return {first: rest for first, *rest in names}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page, and their package installed in it."""
    folder = tmp_path_factory.mktemp("workplace")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    arguments = shlex.split(INSTALL)[1:]
    offline = ["--no-deps", "--no-build-isolation", "--quiet", "--target", "site"]
    command = [sys.executable, "-m", "pip", *arguments, *offline]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return folder


def run_line(workplace: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the page as a user does who has installed the package."""
    command, *arguments = shlex.split(line)
    module = ["-m", "equipoise.experiments.cli.main"] if command == "equipoise" else []
    source = os.pathsep.join([str(workplace / "site"), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *module, *arguments],
        cwd=workplace,
        env={**os.environ, "PYTHONPATH": source, "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )


def build_patient(source: str) -> object:
    """Return a part of the page's class, from its source, changed or not."""
    spec = importlib.util.spec_from_loader("patience", None)
    assert spec
    module = importlib.util.module_from_spec(spec)
    exec(source, module.__dict__)
    return module.Patient()


def test_the_page_shows_all_of_it_in_under_forty_lines():
    names = ["patience/pyproject.toml", "patience/patience.py", "options/control_center/mine.yaml"]
    assert sum(len(FILES[name].splitlines()) for name in names) < 40


@pytest.mark.slow
def test_it_is_checked_explained_and_run_by_the_lines_of_the_page(workplace):
    checked = run_line(workplace, CHECK)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    explained = run_line(workplace, EXPLAIN).stdout
    assert "control_center=patient: Orders full effort" in explained
    assert "control_center.patience = 3" in explained
    assert "readings below the band in a row before it acts" in explained
    small = "community.size=100 horizon=28 receptor.every=7"
    hasty = "control_center.patience=1 firm.set_point=1 firm.band=0"
    run = run_line(workplace, f"{RUN} {small} {hasty} --out mine")
    assert run.returncode == 0, run.stderr
    table = pq.read_table(next((workplace / "mine").rglob("*.parquet")))
    efforts = table["effort_repair"].to_pylist()
    assert efforts[0] == 0
    assert efforts[-1] > 0


@pytest.mark.slow
def test_its_settings_are_held_to_their_range(workplace):
    run = run_line(workplace, f"{RUN} control_center.patience=0 control_center.patients=2")
    message = " ".join(run.stderr.split())
    assert run.returncode == 2
    assert "control_center.patience=0 is not allowed. Allowed: a whole number, 1 to 100" in message
    assert "Did you mean 'control_center.patience'?" in message


@pytest.mark.slow
def test_it_makes_a_strategy_of_its_own(workplace):
    small = "community.size=50 horizon=2 burn_in=0"
    run = run_line(workplace, f"equipoise run strategy=waiting --config-dir options {small}")
    assert run.returncode == 0, run.stderr


def test_without_the_package_its_kind_is_refused(tmp_path):
    option = tmp_path / "control_center" / "mine.yaml"
    option.parent.mkdir()
    option.write_text(FILES["options/control_center/mine.yaml"])
    with pytest.raises(EquipoiseError, match="the control center kind 'patient' is not known"):
        compose("control_center=mine", config_dirs=[tmp_path])


def test_the_part_of_the_page_keeps_the_contract():
    check(build_patient(MODULE))


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("1.0 if bad", "2.0 if bad", "orders.efforts['repair'] is 2. Allowed: 0 to 1."),
        (
            "plant.effectors, effort",
            '("dance",), effort',
            "orders.efforts['dance'] has no effector",
        ),
        ("(plant, bad)\n", "plant\n", "init or step raised TypeError"),
        (", (plant, bad)\n", "\n", "Return (signal, state)"),
        ('kind: ClassVar[str] = "patient"', "", "kind is missing"),
        (
            "1.0 if bad >= self.patience",
            "__import__('random').random() if bad >= 0",
            "step returns another signal for the same state",
        ),
    ],
)
def test_a_broken_part_is_refused_by_name_of_the_breach(right, wrong, message):
    broken = MODULE.replace(right, wrong)
    assert broken != MODULE
    with pytest.raises(EquipoiseError, match=f"Patient.*{re.escape(message)}"):
        check(build_patient(broken))


@pytest.mark.parametrize("heading", FAMILIES)
def test_the_page_lists_only_kinds_that_exist(heading):
    listed = set(read_table(heading))
    assert listed
    assert listed <= set(part_kinds(FAMILIES[heading]))


def test_the_page_lists_the_strategies_with_their_parts():
    table = read_table("strategy")
    others = set(re.findall(r"`(\w+)`", PAGE.rpartition("Four more")[2]))
    assert {*table, *others} == set(list_options("strategy"))
    for name, (receptor, control_center, *effectors) in table.items():
        settings = compose(f"strategy={name}")
        assert settings.receptor.kind == receptor
        assert settings.control_center.kind == control_center
        assert list(settings.effector) == effectors
