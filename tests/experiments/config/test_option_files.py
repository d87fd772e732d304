"""Option files hold only what differs from the defaults of the classes."""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from equipoise.experiments.config.compose import merge
from equipoise.settings.schema import dump_settings, part_kinds
from equipoise.settings.settings import Settings

FAMILIES = {
    "receptor": "receptors",
    "control_center": "control_centers",
    "effector": "effectors",
    "network": "networks",
}
RECORDS = ("community", "environment", "lens")
CONFIGS = Path(str(resources.files("equipoise.configs")))


def option_files(groups) -> list[str]:
    return [f"{group}/{path.name}" for group in groups for path in (CONFIGS / group).glob("*.yaml")]


def read_option(name: str) -> dict[str, Any]:
    return yaml.safe_load((CONFIGS / name).read_text("utf-8")) or {}


def inherited(name: str, default: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the defaults with the options laid over them that an option is based on."""
    for base in read_option(name).get("defaults", []):
        if base != "_self_":
            file = f"{name.partition('/')[0]}/{base}.yaml"
            default = merge(inherited(file, default), read_option(file))
    return default


def repeated(given: Mapping[str, Any], default: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the keys of an option that repeat the default; names and kinds say what is meant."""
    for key, value in given.items():
        if key in ("kind", "name") or key not in default:
            continue
        if isinstance(value, Mapping) and "kind" in value:
            part = dump_settings(part_kinds("receptors")[value["kind"]].load()())
            yield from repeated(value, part, f"{path}{key}.")
        elif isinstance(value, Mapping) and isinstance(default[key], Mapping):
            yield from repeated(value, default[key], f"{path}{key}.")
        elif value == default[key]:
            yield f"{path}{key}"


def parts_of_option(name: str) -> list[dict[str, Any]]:
    option = read_option(name)
    if "kind" in option:
        return [option]
    return [part for part in option.values() if isinstance(part, Mapping)]


@pytest.mark.parametrize("name", sorted(option_files(FAMILIES)))
def test_option_of_a_part_holds_only_what_differs_from_its_class(name):
    family = FAMILIES[name.partition("/")[0]]
    for part in parts_of_option(name):
        default = dump_settings(part_kinds(family)[part["kind"]].load()())
        keys = list(repeated(part, default))
        assert not keys, f"delete {', '.join(keys)} from configs/{name}: the class says the same"


@pytest.mark.parametrize("name", sorted(option_files(RECORDS)))
def test_option_of_a_record_holds_only_what_differs_from_its_class(name):
    group = name.partition("/")[0]
    default = inherited(name, dump_settings(getattr(Settings(), group)))
    keys = list(repeated(read_option(name), default))
    assert not keys, f"delete {', '.join(keys)} from configs/{name}: the class says the same"


@pytest.mark.parametrize("group", FAMILIES)
def test_every_part_of_the_house_has_an_option_of_its_name(group):
    ours = {
        kind
        for kind, registration in part_kinds(FAMILIES[group]).items()
        if registration.provider == "equipoise"
    }
    names = {Path(name).stem for name in option_files([group])}
    missing = ours - names
    assert not missing, f"write configs/{group}/KIND.yaml with `kind: KIND` for {missing}"


@pytest.mark.parametrize("name", sorted(option_files(FAMILIES)))
def test_option_with_the_name_of_a_kind_is_of_that_kind(name):
    group, _, file = name.partition("/")
    option = read_option(name)
    if Path(file).stem in part_kinds(FAMILIES[group]):
        assert option["kind"] == Path(file).stem
