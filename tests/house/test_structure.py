"""The house rules, read off the source: who imports whom, one door a library, small files, a quiet import."""

import ast
import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import equipoise

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
INSTALLED = Path(equipoise.__file__).parent

# A part imports its own line and the lines below it. `equipoise` is the front door, sim/__init__.py.
LAYERS = """
    equipoise
    experiments
    analysis
    output
    runner mesa_model
    model
    firm schedule day_offer
    consumers network environment run_record
    settings randomness compilation array_types errors
"""

# A library's door: the only files (or folders, ending in a slash) that may import it.
DOORS = {
    "SALib": ["analysis/exploration/indices.py"],
    "ema_workbench": ["analysis/exploration/prim.py"],
    "hydra": [
        "experiments/config/compose.py",
        "experiments/execution/hydra_launchers.py",
        "experiments/execution/plugin/",
        "experiments/design/sweep_syntax.py",
    ],
    "PIL": ["analysis/plots/"],
    "jinja2": ["analysis/report/page.py"],
    "matplotlib": ["analysis/plots/"],
    "mesa": ["sim/mesa_model.py"],
    "networkx": ["sim/network/graphs.py"],
    "numba": [
        "sim/randomness.py",
        "sim/compilation.py",
        "sim/environment/public_record.py",
        "sim/day_offer.py",
        "sim/consumers/rules.py",
    ],
    "omegaconf": [
        "experiments/config/compose.py",
        "experiments/execution/hydra_launchers.py",
        "experiments/execution/plugin/",
    ],
    "optuna": ["experiments/search/trials.py"],
    "pandas": ["analysis/exploration/prim.py"],
    "polars": ["analysis/frames.py"],
    "pyarrow": [
        "experiments/storage/",
        "experiments/execution/",
        "experiments/benchmarks/",
        "sim/output/",
    ],
    "rich": ["experiments/"],
    "typer": ["experiments/cli/"],
}

FOLDERS = {"sim": "equipoise"} | {
    name: f"equipoise.{name}" for name in ("analysis", "configs", "experiments")
}
MAY_PRINT = {"experiments/cli/main.py"}
GENERATORS = {
    "Generator",
    "SeedSequence",
    "default_rng",
}  # numpy.random's names without a global state
BANNED_NAMES = {"utils", "helpers", "core", "base", "common"}
ADDRESS = re.compile(
    r"(?<![\w.~-])/(work|root|tmp|home)\b|python[h]osted|pypi\.|https?://\S*/simple\b|file:[/]{2}"
)


def files(folder: str, pattern: str = "*.py") -> list[Path]:
    return sorted(
        path for path in (ROOT / folder).rglob(pattern) if "__pycache__" not in path.parts
    )


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    folder, *parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join([FOLDERS[folder], *parts]).removesuffix(".__init__")


SOURCE = [path for folder in FOLDERS for path in files(folder)]
TREES = {short(path): ast.parse(path.read_text("utf-8")) for path in SOURCE}
MODULES = {module_name(path): short(path) for path in SOURCE}


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of all that is imported, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in node.names)


def part(module: str) -> str:
    """Return the name LAYERS knows a module by: `firm` for equipoise.firm.receptors.survey."""
    names = module.split(".")
    known = len(names) > 1 and ".".join(names[:2]) in MODULES
    return names[1] if known else "equipoise"


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    for where, tree in TREES.items():
        yield from (
            (f"{where}:{node.lineno}", node) for node in ast.walk(tree) if isinstance(node, kinds)
        )


def test_imports_point_down():
    rank = {name: depth for depth, line in enumerate(LAYERS.split("\n")) for name in line.split()}
    unplaced = {part(module) for module in MODULES} - set(rank) - {"configs"}
    assert not unplaced, f"give them a line in LAYERS: {sorted(unplaced)}"
    wrong = [
        f"{where}:{line} imports {imported}"
        for module, where in MODULES.items()
        for line, imported in imports(TREES[where])
        if imported.startswith(".")
        or (
            imported.split(".")[0] == "equipoise"
            and rank.get(part(imported), -1) < rank.get(part(module), 99)
        )
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", DOORS)
def test_one_door_a_library(library):
    wrong = [
        f"{where}:{line}"
        for where, tree in TREES.items()
        for line, imported in imports(tree)
        if imported.split(".")[0] == library and not where.startswith(tuple(DOORS[library]))
    ]
    assert not wrong, f"{library} is imported outside {DOORS[library]}: {wrong}"


def test_packaging_lists_every_folder():
    mapped = SETUPTOOLS["package-dir"]
    assert {(name, folder) for folder, name in FOLDERS.items()} <= set(mapped.items())
    listed = set()
    for package in SETUPTOOLS["packages"]:
        prefix = max((name for name in mapped if f"{package}.".startswith(f"{name}.")), key=len)
        listed.add(mapped[prefix] + package.removeprefix(prefix).replace(".", "/"))
    assert listed == {
        str(Path(short(path)).parent) for folder in FOLDERS for path in files(folder, "__init__.py")
    }
    assert listed >= {str(Path(where).parent) for where in TREES}, (
        "a folder with modules lacks its __init__.py"
    )


def test_installed_package_is_this_source():
    assert INSTALLED != ROOT / "sim", (
        "an editable install hides packaging mistakes: use `make test`"
    )
    ours = {}
    for folder, package in FOLDERS.items():
        place = INSTALLED.joinpath(*package.split(".")[1:])
        for path in files(folder) + files(folder, "*.yaml") + files(folder, "*.j2"):
            ours[place / path.relative_to(ROOT / folder)] = path
    plugin = INSTALLED / "experiments" / "execution" / "plugin"  # Hydra looks for it elsewhere
    elsewhere = INSTALLED.parent / "hydra_plugins" / "equipoise_launcher"
    ours = {
        elsewhere / there.name if there.parent == plugin else there: path
        for there, path in ours.items()
    }
    different = [
        short(path)
        for there, path in ours.items()
        if not there.exists() or there.read_bytes() != path.read_bytes()
    ]
    assert not different, f"absent or different in the installed package: {different}"
    stale = [str(there) for there in INSTALLED.rglob("*.py") if there not in ours]
    assert not stale, f"installed, but no longer in the source: {stale}"


def test_import_is_quiet(tmp_path):
    code = """
import pickle, sys
import numpy
before = pickle.dumps(numpy.random.get_state())
import equipoise
loaded = sys.modules.keys() & {"mesa", "matplotlib", "hydra", "SALib", "ema_workbench", "optuna"}
touched = pickle.dumps(numpy.random.get_state()) != before
sys.exit(" ".join(loaded) or ("numpy's global random state changed" if touched else 0))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def small_enough(lines: dict[str, int], median: int, most: int, never: int) -> None:
    longest = sorted(lines, key=lines.__getitem__)[-10:]
    report = ", ".join(f"{name} {lines[name]}" for name in longest)
    assert max(lines.values()) <= never, report
    if len(lines) >= 10:
        assert statistics.median(lines.values()) <= median, report
        assert statistics.quantiles(lines.values(), n=10)[-1] <= most, report


def test_modules_are_small():
    lines = {short(path): len(path.read_text("utf-8").splitlines()) for path in SOURCE}
    small_enough(lines, median=150, most=350, never=500)


def test_functions_are_small():
    lines = {
        f"{where} {node.name}": node.end_lineno - node.lineno + 1
        for where, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef)
    }
    small_enough(lines, median=10, most=35, never=80)


def test_no_bare_except_and_no_assert():
    wrong = [where for where, node in nodes(ast.ExceptHandler) if node.type is None]
    wrong += [where for where, _ in nodes(ast.Assert)]
    assert not wrong, wrong


def test_no_global_randomness():
    wrong = [
        f"{where}:{line}"
        for where, tree in TREES.items()
        for line, name in imports(tree)
        if name.split(".")[0] == "random"
    ]
    wrong += [
        f"{where} {node.attr}"
        for where, node in nodes(ast.Attribute)
        if ast.unparse(node.value) in {"np.random", "numpy.random"} and node.attr not in GENERATORS
    ]
    assert not wrong, wrong


def test_nothing_prints_but_the_command():
    calls = [(where, node) for where, node in nodes(ast.Call) if ast.unparse(node.func) == "print"]
    wrong = [where for where, _ in calls if where.rpartition(":")[0] not in MAY_PRINT]
    assert not wrong, wrong


def test_nothing_is_left_to_do_and_every_file_has_a_name():
    wrong = [
        short(path)
        for path in SOURCE
        if re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text("utf-8"))
    ]
    wrong += [where for where in TREES if BANNED_NAMES & set(Path(where).with_suffix("").parts)]
    assert not wrong, wrong


@pytest.mark.skipif(
    not (shutil.which("git") and (ROOT / ".git").exists()), reason="needs the git checkout"
)
def test_no_file_names_a_machine_or_a_registry():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    wrong = []
    for path in (ROOT / name for name in listed.stdout.split("\0") if (ROOT / name).is_file()):
        text = path.read_bytes().decode("utf-8", "ignore")
        if "\0" not in text:
            wrong += [f"{short(path)}: {found[0]}" for found in ADDRESS.finditer(text)]
    assert not wrong, wrong


def test_every_raises_says_what_it_expects():
    wrong = [
        f"{short(path)}:{node.lineno}"
        for path in files("tests")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "pytest.raises"
        and "match" not in {keyword.arg for keyword in node.keywords}
        and [ast.unparse(argument) for argument in node.args] != ["SystemExit"]
    ]
    assert not wrong, wrong
