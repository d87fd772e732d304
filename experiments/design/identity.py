"""What makes a run's numbers: its settings, the files they name, and the code. Equal identity, equal bits."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from equipoise.errors import EquipoiseError
from equipoise.runner import library_versions

FAMILIES = ("networks", "receptors", "control_centers", "effectors")
MEASURING = (
    "characteristics.py",
    "measures.py",
    "summary.py",
    "verdicts.py",
)  # the analysis that a job does itself
LENGTH = 16  # hexadecimal digits of an identity: two of 10 million jobs are alike with a chance of 3 in a million


def digest(*parts: bytes) -> str:
    """Return a short name for bytes."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:LENGTH]


def canonical_json(data: Any) -> bytes:
    """Return plain data as bytes that are the same for the same data."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def parse(text: str) -> Any:
    """Return the plain data of canonical text."""
    return json.loads(text)


def settings_identity(data: Mapping[str, Any]) -> str:
    """Return the identity of settings and of the files that they name; number of worlds and first seed aside."""
    apart = {name: value for name, value in data.items() if name not in ("seed", "replicates")}
    return digest(canonical_json(apart), *_named_files(data))


def _named_files(data: Mapping[str, Any]) -> Iterator[bytes]:
    for group in ("network", "environment", "control_center"):
        path = data[group].get("path")
        if path:
            try:
                yield _file(path, Path(path).stat().st_mtime_ns).encode()
            except OSError as error:
                raise EquipoiseError(
                    f"{group}.path={path} cannot be read: {error.strerror or error}."
                ) from None


@cache
def _file(path: str, _changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@cache
def code_versions() -> dict[str, str]:
    """Return what the numbers depend on besides settings: the model's source, libraries, parts of the user's own."""
    known = {
        name: version
        for name, version in library_versions().items()
        if name not in ("mesa", "machine")
    }
    known["python"] = ".".join(platform.python_version_tuple()[:2])
    return known | {"source": digest(*_sources())} | dict(_foreign_parts())


def code_digest() -> str:
    """Return the digest of the code versions."""
    return digest(canonical_json(code_versions()))


def _sources() -> Iterator[bytes]:
    package = resources.files("equipoise")
    for file in sorted(_modules(package, ("experiments", "analysis", "configs")), key=str):
        yield file.read_bytes()
    for name in MEASURING:
        yield resources.files("equipoise.analysis").joinpath(name).read_bytes()


def _modules(folder: Traversable, leave: tuple[str, ...] = ()) -> Iterator[Traversable]:
    for each in folder.iterdir():
        if each.is_dir() and each.name not in (*leave, "__pycache__"):
            yield from _modules(each)
        elif each.name.endswith(".py"):
            yield each


def _foreign_parts() -> Iterator[tuple[str, str]]:
    for family in FAMILIES:
        for point in entry_points(group=f"equipoise.{family}"):
            if point.dist is not None and point.dist.name != "equipoise":
                yield (
                    f"{family[:-1]} {point.name}",
                    f"{point.value} of {point.dist.name} {point.dist.version}",
                )
