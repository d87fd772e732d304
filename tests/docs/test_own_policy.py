"""A part written in a separate package works end to end; the code is that of docs/policies.md."""

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
from equipoise.experiments.config.compose import compose, list_options
from equipoise.firm.checker import check
from equipoise.settings.schema import part_kinds

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text("utf-8")
FILE = re.compile(r"^`([\w/.]+)`[^\n]*:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILES = dict(FILE.findall(PAGE)) | dict(
    re.findall(r", `([\w/.]+)`:\n\n```yaml\n(.*?)```", PAGE, re.DOTALL)
)
INSTALL, *COMMANDS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[
    0
].splitlines()
MODULE = FILES["patience/patience.py"]


def table(heading: str) -> dict[str, list[str]]:
    """Return the rows of the page's table under a heading: the names in each, by the first of them."""
    rows = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    names = [re.findall(r"`(\w+)`", row) for row in rows]
    return {first: rest for first, *rest in names}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page, and their package installed beside them."""
    folder = tmp_path_factory.mktemp("desk")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    pip = [
        sys.executable,
        "-m",
        "pip",
        *shlex.split(INSTALL)[1:],
        "--no-deps",
        "--quiet",
        "--target",
        "site",
    ]
    done = subprocess.run(
        [*pip, "--no-build-isolation"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder


def at(desk: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the page as a user would who has installed the package."""
    command, *rest = shlex.split(line)
    cli = ["-m", "equipoise.experiments.cli.main"] if command == "equipoise" else []
    env = {**os.environ, "PYTHONPATH": str(desk / "site"), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, *cli, *rest], cwd=desk, env=env, capture_output=True, text=True
    )


def made(source: str) -> object:
    """Return a part of the page's class, changed or not."""
    spec = importlib.util.spec_from_loader("patience", None)
    assert spec
    module = importlib.util.module_from_spec(spec)
    exec(source, module.__dict__)
    return module.Patient()


def test_the_page_shows_all_of_it_in_under_forty_lines():
    shown = [FILES[name] for name in ("patience/pyproject.toml", "patience/patience.py")]
    shown.append(FILES["options/control_center/mine.yaml"])
    assert sum(len(text.splitlines()) for text in shown) < 40


@pytest.mark.slow
def test_it_is_checked_explained_and_run_by_the_lines_of_the_page(desk):
    small = " community.size=100 horizon=28 control_center.patience=1 firm.set_point=1 firm.band=0 receptor.every=7"
    checked, explained, run = COMMANDS
    done = at(desk, checked)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    told = at(desk, explained).stdout
    assert "control_center=patient: Does all it can" in told
    assert "control_center.patience = 3" in told
    assert "readings below the band in a row before it acts" in told
    done = at(desk, run + small + " --out mine")
    assert done.returncode == 0, done.stderr
    efforts = pq.read_table(next((desk / "mine").rglob("*.parquet")))["effort_repair"].to_pylist()
    assert efforts[0] == 0
    assert efforts[-1] > 0


@pytest.mark.slow
def test_its_settings_are_held_to_their_range(desk):
    done = at(desk, COMMANDS[-1] + " control_center.patience=0 control_center.patients=2")
    assert done.returncode == 2
    assert (
        "control_center.patience=0 is not allowed. Allowed: a whole number, 1 to 100"
        in " ".join(done.stderr.split())
    )
    assert "Did you mean 'control_center.patience'?" in " ".join(done.stderr.split())


@pytest.mark.slow
def test_it_makes_a_strategy_of_its_own(desk):
    done = at(
        desk,
        "equipoise run strategy=waiting --config-dir options community.size=50 horizon=2 burn_in=0",
    )
    assert done.returncode == 0, done.stderr


def test_without_the_package_its_kind_is_refused(tmp_path):
    (tmp_path / "control_center").mkdir()
    (tmp_path / "control_center" / "mine.yaml").write_text(
        FILES["options/control_center/mine.yaml"]
    )
    with pytest.raises(EquipoiseError, match="the control center kind 'patient' is not known"):
        compose("control_center=mine", config_dirs=[tmp_path])


def test_the_page_s_part_keeps_the_contract():
    check(made(MODULE))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("1.0 if bad", "2.0 if bad", "outside 0..1"),
        ("plant.effectors, effort", '("dance",), effort', "not at hand: dance"),
        ("(plant, bad)\n", "plant\n", "a rehearsal stopped with TypeError"),
        ("), (plant, bad)", ")", "does not return"),
        ('kind: ClassVar[str] = "patient"', "", "has no kind"),
        (
            "1.0 if bad >= self.patience",
            "__import__('random').random() if bad >= 0",
            "a chance of its own",
        ),
    ],
)
def test_a_broken_one_is_refused_with_what_is_wrong(right, wrong, said):
    broken = MODULE.replace(right, wrong)
    assert broken != MODULE
    with pytest.raises(EquipoiseError, match=f"Patient: .*{re.escape(said)}"):
        check(made(broken))


@pytest.mark.parametrize("family", ["receptors", "control_centers", "effectors"])
def test_the_page_lists_every_kind(family):
    assert sorted(table(family.removesuffix("s").replace("_", " "))) == sorted(part_kinds(family))


def test_the_page_lists_the_strategies_with_their_parts():
    listed = table("strategy")
    assert len(listed) == 12
    others = set(re.findall(r"`(\w+)`", PAGE.rpartition("Four more")[2]))
    assert {*listed, *others} == set(list_options("strategy"))
    for name, (receptor, control_center, *effectors) in listed.items():
        settings = compose(f"strategy={name}")
        assert (settings.receptor.kind, settings.control_center.kind) == (receptor, control_center)
        assert list(settings.effector) == effectors
