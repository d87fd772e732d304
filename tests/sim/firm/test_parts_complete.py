"""A part of the house is complete; if a step was forgotten, the message names the file to touch."""

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest

from equipoise.firm.interfaces import ControlCenter, Effector, Receptor
from equipoise.settings.schema import Part

ROOT = Path(__file__).parents[3]
GROUPS = {
    "receptor": (Receptor, "receptors"),
    "control_center": (ControlCenter, "control"),
    "effector": (Effector, "effectors"),
}
TESTS = {
    path: path.read_text("utf-8")
    for path in (ROOT / "tests" / "sim" / "firm").rglob("test_*.py")
    if path != Path(__file__)
}


def find_parts(group: str) -> list[type[Part]]:
    """Return the classes of a group's package that are parts, base classes excluded."""
    base, folder = GROUPS[group]
    package = importlib.import_module(f"equipoise.firm.{folder}")
    parts = []
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(info.name)
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, base) and value.__module__ == module.__name__:
                parts.append(value)
    return [part for part in parts if is_leaf(part, parts)]


def is_leaf(part: type[Part], parts: list[type[Part]]) -> bool:
    """Return True unless the class is only a base of others."""
    return "kind" in vars(part) or not any(
        issubclass(other, part) for other in parts if other != part
    )


def source_of(part: type[Part]) -> str:
    return "sim/" + part.__module__.removeprefix("equipoise.").replace(".", "/") + ".py"


def list_omissions(group: str, part: type[Part], tests: list[str], options: Path) -> list[str]:
    """Return a line for each step that is missing, with the file to touch and what to write."""
    name, source = part.__name__, source_of(part)
    kind = vars(part).get("kind")
    if kind is None:
        return [f'{source}: {name} has no kind. Write kind: ClassVar[str] = "..." in the class.']
    omissions = []
    if not (part.__doc__ or "").strip():
        omissions.append(f"{source}: {name} has no docstring. Say in a line what it does.")
    if not any(re.search(rf"\b{name}\b", test) for test in tests):
        folder = Path(source).parent.as_posix().replace("sim/", "tests/sim/", 1)
        omissions.append(f"{folder}/test_{kind}.py: write a test of what {name} does.")
    if not (options / group / f"{kind}.yaml").exists():
        omissions.append(f"configs/{group}/{kind}.yaml: write the line 'kind: {kind}'.")
    return omissions


@pytest.mark.parametrize("group", GROUPS)
def test_no_step_of_a_part_is_forgotten(group):
    omissions = []
    for part in find_parts(group):
        omissions += list_omissions(group, part, list(TESTS.values()), ROOT / "configs")
    assert not omissions, "\n" + "\n".join(omissions)


@pytest.mark.parametrize("group", GROUPS)
def test_each_kind_belongs_to_one_class(group):
    parts = find_parts(group)
    counts = Counter(part.kind for part in parts)
    sources = {part.kind: source_of(part) for part in parts}
    doubles = [f"{sources[kind]}: {kind!r} is taken" for kind, count in counts.items() if count > 1]
    assert not doubles, "\n".join(doubles)


# the check itself


class WithoutKind(Receptor):
    """Has everything but a kind."""


class Stars(Receptor):
    """Has everything."""

    kind: ClassVar[str] = "stars"


class Silent(Stars):
    kind: ClassVar[str] = "silent"


for example in (WithoutKind, Stars, Silent):
    example.__module__ = "equipoise.firm.receptors.stars"
Silent.__doc__ = None


@pytest.fixture
def options(tmp_path):
    (tmp_path / "receptor").mkdir()
    (tmp_path / "receptor" / "stars.yaml").write_text("kind: stars\n")
    return tmp_path


def test_a_complete_part_has_no_omissions(options):
    assert list_omissions("receptor", Stars, ["check(Stars())"], options) == []


def test_a_missing_kind_names_the_class_and_its_file(options):
    (line,) = list_omissions("receptor", WithoutKind, ["WithoutKind"], options)
    assert line.startswith("sim/firm/receptors/stars.py: WithoutKind has no kind.")


def test_missing_docstring_test_and_option_each_name_a_file(options):
    assert list_omissions("receptor", Silent, ["check(Stars())"], options) == [
        "sim/firm/receptors/stars.py: Silent has no docstring. Say in a line what it does.",
        "tests/sim/firm/receptors/test_silent.py: write a test of what Silent does.",
        "configs/receptor/silent.yaml: write the line 'kind: silent'.",
    ]


def test_base_classes_need_no_kind():
    names = {part.__name__ for part in find_parts("effector")}
    assert "Repair" in names
    assert "StatelessEffector" not in names
