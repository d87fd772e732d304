"""Network files of any format: the format is found by the content, not by the name of the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from equipoise.errors import EquipoiseError
from equipoise.network.content import decode_text, read_content
from equipoise.network.graph_formats import list_gml, list_matrix_market, list_xml
from equipoise.network.json_graphs import list_json
from equipoise.network.listing import AskedTies, NetworkListing
from equipoise.network.pajek import list_pajek
from equipoise.network.rows import split_table
from equipoise.network.table import list_table

_Reader = Callable[[str, str, AskedTies], NetworkListing]
_XML_SUFFIXES = {".graphml", ".gexf", ".xml"}
_GML_START = re.compile(r"\s*((#|Creator|Version|comment|directed)[^\n]*\s+)*graph\s*\[", re.I)
_PAJEK_START = re.compile(r"\s*(%[^\n]*\s+)*\*(network|vertices|arcs|edges|matrix)", re.I)
# Formats that are not read, by their first words.
_OTHER_STARTS = {
    "Graphviz DOT": re.compile(r"\s*(strict\s+)?(di)?graph\b[^\[\n]*\{", re.I),
    "UCINET DL": re.compile(r"\s*dl\b[^\n]*\bn\s*=", re.I),
    "GDF, the format of GUESS": re.compile(r"\s*nodedef\s*>", re.I),
    "VNA, the format of NetDraw": re.compile(r"\s*\*\s*node (data|properties)", re.I),
    "LEDA": re.compile(r"\s*LEDA\.GRAPH"),
    "graph6": re.compile(r"\s*>>(graph|sparse|digraph)6<<"),
    "YAML": re.compile(r"\s*(---\s*\n|\w+:\s*\n\s*- )"),
}
_TWO_MODE_START = re.compile(r"\s*%\s*bip\b")
_CONVERT = "Convert it to GraphML, or to a table of ties with the columns source and target."


def read_network_file(path: Path, asked: AskedTies) -> NetworkListing:
    """Return the people and ties of a file in any format.

    Raises:
        EquipoiseError: if the file cannot be read, or holds no ties that can be understood.
    """
    content = read_content(path, "network.path")
    if content.startswith(b"%%MatrixMarket"):
        return list_matrix_market(content, str(path), asked)
    text = decode_text(content, path)
    read = _choose_reader(text, path)
    if read is None:
        return list_table(split_table(text, str(path)), str(path), asked)
    return read(text, str(path), asked)


def _choose_reader(text: str, path: Path) -> _Reader | None:
    """Return the reader of a text in a format for graphs, or None if it is a table or empty.

    Raises:
        EquipoiseError: if the format is known, but not read.
    """
    start = text.lstrip()[:1]
    if not start:
        return None
    is_named_xml = not _XML_SUFFIXES.isdisjoint(suffix.lower() for suffix in path.suffixes)
    # A file called .graphml that is no XML is refused as such, not read as a table.
    if start == "<" or is_named_xml:
        return list_xml
    if start in "{[":
        return list_json
    if _GML_START.match(text):
        return list_gml
    if _PAJEK_START.match(text):
        return list_pajek
    name = _name_other_format(text)
    if name:
        raise EquipoiseError(f"{path}: it looks like {name}, which is not read. {_CONVERT}")
    if _TWO_MODE_START.match(text):
        raise EquipoiseError(
            f"{path}: it is a two-mode network of KONECT (% bip), in which equal numbers in "
            "columns 1 and 2 are not the same person. Put a letter before the numbers of one "
            "column, and leave out the line % bip."
        )
    return None


def _name_other_format(text: str) -> str:
    """Return the name of a format that is not read, or an empty string."""
    for name, pattern in _OTHER_STARTS.items():
        if pattern.match(text):
            return name
    # TGF lists people, then a line with # alone, then ties; comments may hold such lines, too.
    people, mark, _ = text.partition("\n#\n")
    is_comment = people.rpartition("\n")[2].startswith("#")
    return "TGF, the Trivial Graph Format" if mark and not is_comment else ""
