"""A mechanism of consumers is complete; if a step was forgotten, the message names the file."""

import ast
from pathlib import Path

import pytest

from equipoise.consumers import rules
from equipoise.consumers.state import State
from equipoise.settings.community import Community
from equipoise.settings.schema import walk_settings

ROOT = Path(__file__).parents[3]
CONSUMERS = sorted((ROOT / "sim" / "consumers").glob("*.py"))
STEPS = ("steps.py", "social_steps.py")
REMEDIES = {
    "p": ("sim/consumers/state.py: add the field {name} to State", State._fields),
    "c": (
        "sim/settings/community.py: declare the coefficient {name}",
        {path.rpartition(".")[2] for path, _, _ in walk_settings(Community())},
    ),
    "rules": ("sim/consumers/rules.py: write the rule {name}", set(vars(rules))),
}


def list_reads(text: str) -> set[tuple[str, str]]:
    """Return (holder, name) for each attribute of a variable, such as ("p", "trust")."""
    return {
        (node.value.id, node.attr)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def list_unknown(text: str) -> list[str]:
    """Return a line for each field, coefficient and rule that a step uses and nobody declares."""
    lines = []
    for holder, name in sorted(list_reads(text)):
        remedy, known = REMEDIES.get(holder, ("", {name}))
        if name not in known and not name.startswith("_"):
            lines.append(remedy.format(name=name))
    return lines


def list_uncalled(texts: list[str]) -> list[str]:
    """Return a line for each rule that no text calls, neither as rules.NAME nor as NAME."""
    calls = {
        ast.unparse(node.func).removeprefix("rules.")
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
    }
    names = {name for name, rule in vars(rules).items() if hasattr(rule, "py_func")}
    return [f"sim/consumers/steps.py: call rules.{name} from a step" for name in names - calls]


@pytest.mark.parametrize("name", STEPS)
def test_what_a_step_uses_is_declared(name):
    unknown = list_unknown((ROOT / "sim" / "consumers" / name).read_text("utf-8"))
    assert not unknown, "\n" + "\n".join(unknown)


def test_every_rule_is_called():
    uncalled = list_uncalled([path.read_text("utf-8") for path in CONSUMERS])
    assert not uncalled, "\n" + "\n".join(uncalled)


# the check itself


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("p.trusty[i] = 0.5", "sim/consumers/state.py: add the field trusty to State"),
        ("c.kapa", "sim/settings/community.py: declare the coefficient kapa"),
        ("rules.decoy(1)", "sim/consumers/rules.py: write the rule decoy"),
    ],
)
def test_an_unknown_name_names_its_file(text, line):
    assert list_unknown(text) == [line]


def test_a_rule_without_a_call_names_the_steps():
    assert "sim/consumers/steps.py: call rules.decay from a step" in list_uncalled(["decoy(1)"])
    assert "sim/consumers/steps.py: call rules.decay from a step" not in list_uncalled(["decay(1)"])
