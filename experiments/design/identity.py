"""Identity of a run: a hash of its settings, the files they name, and the code.

Runs of equal identity and equal seed are equal to the last bit.
"""

from __future__ import annotations

import ast
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
from equipoise.settings.text_file import expand_user_path, read_regular_file

_FAMILIES = ("networks", "receptors", "control_centers", "effectors")
# Settings that name a file.
_FILE_SETTINGS = (
    ("network", "path"),
    ("network", "nodes"),
    ("environment", "path"),
    ("control_center", "path"),
)
_NO_NUMBERS = ("mesa", "machine")  # versions that no number depends on
_MEASURING_MODULE = "equipoise.analysis.summary"  # the analysis that a job runs
# Hexadecimal digits. Two of 10 million jobs have the same identity with a probability of 3e-6.
_LENGTH = 16


def digest(*parts: bytes) -> str:
    """Return a short hash of bytes."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:_LENGTH]


def canonical_json(data: Any) -> bytes:
    """Return plain data as JSON that is the same for the same data."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def settings_identity(data: Mapping[str, Any]) -> str:
    """Return the identity of settings and of the files that they name.

    Seed and replicates are left out: they say which worlds are run, not what happens in them.
    """
    kept = {name: value for name, value in data.items() if name not in ("seed", "replicates")}
    return digest(canonical_json(kept), *_hash_named_files(data))


def _hash_named_files(data: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield a hash of each file that settings name."""
    for group, name in _FILE_SETTINGS:
        path = data[group].get(name)
        if not path:
            continue
        file = expand_user_path(path)
        try:
            yield _hash_file(file, file.stat().st_mtime_ns).encode()
        except OSError as error:
            reason = error.strerror or error
            raise EquipoiseError(f"{group}.{name}={path} cannot be read: {reason}.") from None


@cache
def _hash_file(file: Path, _changed: int) -> str:
    """Return the hash of a file; the time of its last change keeps the cache right."""
    return hashlib.sha256(read_regular_file(file)).hexdigest()


@cache
def code_versions() -> dict[str, str]:
    """Return the versions of everything that numbers depend on besides settings.

    These are the model's source, libraries, Python, and parts from other packages.
    """
    versions = library_versions()
    known = {name: version for name, version in versions.items() if name not in _NO_NUMBERS}
    known["python"] = ".".join(platform.python_version_tuple()[:2])
    known["source"] = digest(*_sources())
    known.update(_foreign_parts())
    return known


def code_digest() -> str:
    """Return the digest of the code versions."""
    return digest(canonical_json(code_versions()))


def _sources() -> Iterator[bytes]:
    """Yield the source of the model and of the measures."""
    package = resources.files("equipoise")
    for file in sorted(_modules(package, ("experiments", "analysis", "configs")), key=str):
        yield file.read_bytes()
    for module in measuring_modules():
        yield _module_file(module).read_bytes()


def _modules(folder: Traversable, excluded: tuple[str, ...] = ()) -> Iterator[Traversable]:
    """Yield the Python files of a folder and of the folders in it."""
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name not in (*excluded, "__pycache__"):
                yield from _modules(entry)
        elif entry.name.endswith(".py"):
            yield entry


def measuring_modules() -> list[str]:
    """Return the modules of the analysis that measure a run: the summary and all that it imports.

    They are found by their imports, so that a new module of measures belongs to the identity of a
    study from its first day.
    """
    modules: set[str] = set()
    pending = [_MEASURING_MODULE]
    while pending:
        module = pending.pop()
        if module not in modules:
            modules.add(module)
            pending += _analysis_imports(module)
    return sorted(modules)


def _analysis_imports(module: str) -> Iterator[str]:
    """Yield the modules of the analysis that a module imports."""
    tree = ast.parse(_module_file(module).read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # An imported name is a module of its own, or stands in the module named first.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names.append(str(node.module))
        else:
            continue
        for name in names:
            if name.startswith("equipoise.analysis.") and _module_file(name).is_file():
                yield name


def _module_file(module: str) -> Traversable:
    *folders, name = module.split(".")[1:]
    return resources.files("equipoise").joinpath(*folders, f"{name}.py")


def _foreign_parts() -> Iterator[tuple[str, str]]:
    """Yield name and version of each part that another package brings."""
    for family in _FAMILIES:
        for point in entry_points(group=f"equipoise.{family}"):
            package = point.dist
            if package is not None and package.name != "equipoise":
                version = f"{point.value} of {package.name} {package.version}"
                yield f"{family.removesuffix('s')} {point.name}", version
