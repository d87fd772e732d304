"""The one loader of YAML: it refuses repeated keys and documents that expand without end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from equipoise.errors import EquipoiseError, shorten_given
from equipoise.settings.text_file import read_regular_file

MAX_TEXT_SIZE = 1024**2  # bytes of a file of options or of an experiment
_MAX_NODES = 100_000  # of a file after its references are replaced by their values
_PLAIN_REFERENCE = re.compile(r"\$\{[^${}:]*\}")
_RESOLVER = re.compile(r"\$\{[^{}]*:")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml_file(file: Path | Traversable, where: str) -> Any:
    """Return the content of a YAML file as plain data.

    Args:
        file: the file.
        where: name of the file in messages.

    Raises:
        EquipoiseError: if it cannot be read, or `parse_options` refuses it.
    """
    return parse_options(read_yaml_text(file, where), where)


def parse_options(text: str, where: str) -> Any:
    """Return the content of a file of options or of an experiment as plain data.

    Raises:
        EquipoiseError: as `parse_yaml`, and if the text is one word or number or names a resolver.
    """
    data = parse_yaml(text, where)
    root = yaml.compose(text, _LOADER)
    if root is not None:
        _check_root(root, where)
        for node in _walk_nodes(root):
            _check_resolver(node, where)
    return data


def parse_yaml(text: str, where: str) -> Any:
    """Return a YAML document as plain data.

    Args:
        text: the document.
        where: name of the file in messages.

    Raises:
        EquipoiseError: if it is no YAML, has a key twice, or is too large once expanded.
    """
    try:
        root = yaml.compose(text, _LOADER)
        if root is None:
            return None
        _check_size(root, where)
        for node in _walk_nodes(root):
            _check_keys(node, where)
        return yaml.load(text, _LOADER)
    except EquipoiseError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        # A tag such as !!python/name, or a date that there is not.
        raise _unreadable_yaml(text, where, error) from None
    except RecursionError:
        raise EquipoiseError(f"{where} is nested too deeply, or refers to itself.") from None


def list_item_lines(text: str) -> list[int]:
    """Return the first line of each item of a YAML document that is a list, counted from 1."""
    items = _children(yaml.compose(text, _LOADER))
    return [node.start_mark.line + 1 for node in items]


def read_yaml_text(file: Path | Traversable, where: str, limit: int = MAX_TEXT_SIZE) -> str:
    """Return the text of a file without its byte-order mark.

    Raises:
        EquipoiseError: if it is no regular file of UTF-8 text, or larger than the limit.
    """
    try:
        content = read_regular_file(file, limit) if isinstance(file, Path) else file.read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EquipoiseError(f"{where} is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise EquipoiseError(f"{where} cannot be read: {error.strerror or error}.") from None


def _unreadable_yaml(text: str, where: str, error: Exception) -> EquipoiseError:
    mark = getattr(error, "problem_mark", None)
    # The end of the text is marked on a line of its own.
    place = ""
    if mark:
        place = f"line {min(mark.line, len(text.splitlines()) - 1) + 1}, "
    problem = getattr(error, "problem", None) or error
    reason = shorten_given(" ".join(str(problem).split()))
    return EquipoiseError(f"{where} cannot be read: {place}{reason}.")


def _check_root(root: yaml.Node, where: str) -> None:
    """Refuse a document that is one word or number; an empty one is null."""
    if isinstance(root, yaml.ScalarNode) and root.tag != "tag:yaml.org,2002:null":
        raise EquipoiseError(f"{where} holds no settings: write name: value, as in size: 500.")


def _check_size(root: yaml.Node, where: str) -> None:
    """Refuse a document that is too large once each alias is replaced by its anchor's content."""
    # A long file without aliases is as large as it looks.
    written = sum(1 for _ in _walk_nodes(root))
    if _count_expanded(root, {}) > max(_MAX_NODES, written):
        raise EquipoiseError(
            f"{where} expands to more than {_MAX_NODES:,} values, mostly by aliases (*name). "
            "Reduce the number of values."
        )


def _count_expanded(node: yaml.Node, sizes: dict[int, int]) -> int:
    if id(node) not in sizes:
        sizes[id(node)] = _MAX_NODES + 1  # of a node within itself
        sizes[id(node)] = 1 + sum(_count_expanded(child, sizes) for child in _children(node))
    return sizes[id(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _walk_nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """Yield each node once."""
    pending, seen = [root], set()
    while pending:
        node = pending.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            pending += _children(node)


def _check_resolver(node: yaml.Node, where: str) -> None:
    if isinstance(node, yaml.ScalarNode) and names_resolver(node.value):
        line = node.start_mark.line + 1
        raise EquipoiseError(f"{where}, line {line}: {resolver_message(node.value)}")


def _check_keys(node: yaml.Node, where: str) -> None:
    """Refuse a mapping with a key twice, of which YAML would drop the first value."""
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<" and key.value in keys:
                line = key.start_mark.line + 1
                raise EquipoiseError(
                    f"{where}, line {line}: {key.value[:60]!r} occurs twice. Remove one."
                )
            keys.add(str(key.value))


def names_resolver(text: str) -> bool:
    """Return True if a text calls a resolver of OmegaConf, as in ``${oc.env:HOME}``."""
    while _PLAIN_REFERENCE.search(text):
        text = _PLAIN_REFERENCE.sub("x", text)
    return bool(_RESOLVER.search(text))


def resolver_message(text: str) -> str:
    """Return the message for a text that calls a resolver."""
    return (
        f"{text[:60]!r} is not allowed: it refers to something other than a setting. "
        "Refer to a setting by its path, as in ${firm.set_point}."
    )
