"""The structure: the order of rooms, no cycles, one door a library, packaging, a quiet import."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

import equipoise

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
INSTALLED = Path(equipoise.__file__).parent
PLUGIN = "experiments/execution/plugin"

# A library's door: the only files (or folders, ending in a slash) that may import it.
DOORS = {
    "SALib": ["analysis/exploration/indices.py"],
    "ema_workbench": ["analysis/exploration/prim.py"],
    "hydra": [
        "experiments/config/compose.py",
        "experiments/execution/hydra_launchers.py",
        f"{PLUGIN}/",
        "experiments/design/sweep_syntax.py",
    ],
    "PIL": ["analysis/plots/embedding.py"],
    "jinja2": ["analysis/report/page.py"],
    "matplotlib": ["analysis/plots/"],
    "mesa": ["sim/mesa_consumer.py", "sim/mesa_model.py"],
    "networkx": ["sim/network/"],
    "numba": ["sim/compilation.py"],
    "omegaconf": [
        "experiments/config/compose.py",
        "experiments/execution/hydra_launchers.py",
        f"{PLUGIN}/",
    ],
    "optuna": ["experiments/search/trials.py"],
    "pandas": ["analysis/exploration/prim.py"],
    "polars": ["analysis/frames.py"],
    "pyarrow": [
        "experiments/storage/",
        "experiments/benchmarks/sweeps.py",
        "sim/output/",
    ],
    "rich": [
        "experiments/cli/",
        "experiments/benchmarks/model.py",
        "experiments/calibrate.py",
        "experiments/execution/progress_bar.py",
        "experiments/patterns/table.py",
    ],
    "typer": ["experiments/cli/"],
}
PACKAGES = {"sim": "equipoise"} | {
    name: f"equipoise.{name}" for name in ("analysis", "configs", "experiments")
}


def list_files(folder: str, pattern: str = "*.py") -> list[Path]:
    return sorted(
        path for path in (ROOT / folder).rglob(pattern) if "__pycache__" not in path.parts
    )


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    folder, *parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join([PACKAGES[folder], *parts]).removesuffix(".__init__")


SOURCE = [path for folder in PACKAGES for path in list_files(folder)]
TREES = {relative(path): ast.parse(path.read_text("utf-8")) for path in SOURCE}
MODULES = {module_name(path): relative(path) for path in SOURCE}


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of every import, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in node.names)


def imported_module(name: str) -> str | None:
    """Return the module of ours that a dotted name is or lies in."""
    if name in MODULES:
        return name
    parent = name.rpartition(".")[0]
    return parent if parent in MODULES else None


def import_graph() -> nx.DiGraph:
    """Return the graph of imports between our modules, without the lazy names of the package."""
    graph = nx.DiGraph()
    for module, where in MODULES.items():
        graph.add_node(module)
        for _, name in imports(TREES[where]):
            target = imported_module(name)
            if target not in (None, module, "equipoise"):
                graph.add_edge(module, target)
    return graph


# Folders whose loose files stand as rooms of their own, beside the folders in them.
LOOSE = {"sim", "sim/firm", "analysis", "experiments"}


def room(module: str) -> str:
    """Return the room of a module: its folder, or itself if it is a loose file."""
    path = Path(MODULES[module])
    if path.parent.as_posix() in LOOSE:
        return path.with_suffix("").as_posix()
    return path.parent.as_posix()


def room_order() -> list[list[str]]:
    """Return the floors of docs/architecture.md, from the top down, each a list of rooms."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    block = re.search(r"```text\n# floors\n(.*?)```", page, re.DOTALL)
    return [line.split() for line in block[1].splitlines() if line.strip()]


def test_files_import_in_no_cycle():
    cycles = [
        sorted(one) for one in nx.strongly_connected_components(import_graph()) if len(one) > 1
    ]
    assert not cycles, cycles


def test_rooms_import_only_from_floors_below():
    floors = {name: depth for depth, names in enumerate(room_order()) for name in names}
    rooms = {room(module) for module in MODULES if not module.startswith("equipoise.configs")}
    # The front doors import what stands behind them.
    missing = {name for name in rooms - set(floors) if not name.endswith(("__init__", "__main__"))}
    assert not missing, f"give these rooms a floor in docs/architecture.md: {sorted(missing)}"
    wrong = [
        f"{MODULES[source]} imports {MODULES[target]}"
        for source, target in import_graph().edges
        if room(source) in floors
        and room(target) in floors
        and room(source) != room(target)
        and floors[room(source)] >= floors[room(target)]
    ]
    assert not wrong, "\n".join(wrong)


def test_floors_name_only_rooms_that_exist():
    rooms = {room(module) for module in MODULES}
    names = {name for floor in room_order() for name in floor}
    assert names <= rooms, names - rooms


def test_imports_are_absolute():
    wrong = [
        f"{where}:{line}"
        for where, tree in TREES.items()
        for line, name in imports(tree)
        if name.startswith(".")
    ]
    assert not wrong, wrong


@pytest.mark.parametrize("library", DOORS)
def test_library_is_imported_behind_its_door(library):
    doors = tuple(DOORS[library])
    wrong = [
        f"{where}:{line}"
        for where, tree in TREES.items()
        for line, name in imports(tree)
        if name.split(".")[0] == library and not where.startswith(doors)
    ]
    assert not wrong, f"{library} is imported outside {doors}: {wrong}"


def test_tests_mirror_the_source():
    rooms = {path.parent.relative_to(ROOT) for path in SOURCE}
    apart = {Path("docs"), Path("hostile"), Path("house"), Path("data")}
    places = {
        path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")
    }
    assert places - apart <= rooms, places - apart - rooms


def packaged_folder(package: str) -> str:
    """Return the folder that pyproject.toml maps a package to."""
    mapped = SETUPTOOLS["package-dir"]
    prefix = max((name for name in mapped if f"{package}.".startswith(f"{name}.")), key=len)
    return mapped[prefix] + package.removeprefix(prefix).replace(".", "/")


def test_packaging_lists_every_folder():
    folders = {packaged_folder(package) for package in SETUPTOOLS["packages"]}
    expected = {Path(where).parent.as_posix() for where in TREES}
    expected |= {
        path.parent.relative_to(ROOT).as_posix() for path in list_files("configs", "*.yaml")
    }
    expected |= {
        path.parent.relative_to(ROOT).as_posix() for path in list_files("configs", "*.csv")
    }
    missing = sorted(expected - folders)
    stale = sorted(folders - expected)
    assert not missing, f"add to packages in pyproject.toml: {missing}"
    assert not stale, f"remove from packages in pyproject.toml: {stale}"


def installed_place(path: Path) -> Path:
    """Return the place where a file of the source is installed."""
    if relative(path).startswith(PLUGIN):
        return INSTALLED.parent / "hydra_plugins" / "equipoise_launcher" / path.name
    folder = path.relative_to(ROOT).parts[0]
    home = INSTALLED.joinpath(*PACKAGES[folder].split(".")[1:])
    return home / path.relative_to(ROOT / folder)


def test_installed_package_is_this_source():
    advice = "an editable install hides packaging mistakes: use `make test`"
    assert INSTALLED != ROOT / "sim", advice
    patterns = ("*.py", "*.pyi", "*.yaml", "*.j2")
    places = {
        installed_place(path): path
        for folder in PACKAGES
        for pattern in patterns
        for path in list_files(folder, pattern)
    }
    different = [
        relative(path)
        for place, path in places.items()
        if not place.exists() or place.read_bytes() != path.read_bytes()
    ]
    assert not different, f"absent or different in the installed package: {different}"
    stale = [str(place) for place in INSTALLED.rglob("*.py") if place not in places]
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
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
