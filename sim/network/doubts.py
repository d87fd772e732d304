"""Refusals of tables that are probably not ties, each with the likely format."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.errors import EquipoiseError
from equipoise.network.names import NamePair
from equipoise.network.rows import TextRow
from equipoise.network.shapes import MIN_MATRIX_SIZE, SAY_COLUMNS, share_in_common
from equipoise.network.weights import is_date, is_number

_IF_TIES = "If its lines are ties, say so: network.columns=[1,2]."
_MAX_ACCIDENTAL = 0.5
_MIN_SIZED_LINES = 3  # a line of sizes and two ties


def refuse_other_shapes(rows: Sequence[TextRow], source: str) -> None:
    """Refuse lines without a heading that are sizes and ties, a matrix, or lists of neighbours.

    Raises:
        EquipoiseError: with the likely format, and what to do.
    """
    doubt = _find_size_line(rows) or _find_matrix(rows) or _find_adjacency(rows)
    if doubt:
        raise EquipoiseError(f"{source}: {doubt} {_IF_TIES}")


def _find_size_line(rows: Sequence[TextRow]) -> str:
    """Return a remark on a first line that gives the numbers of people and ties."""
    first = rows[0].fields
    if len(rows) < _MIN_SIZED_LINES or not all(map(str.isdecimal, first)):
        return ""
    size = int(first[0])
    ties = int(first[-1])
    if ties != len(rows) - 1:
        return ""
    # Ids run up to the number of people, and some people may have no tie.
    people = {name for row in rows[1:] for name in row.fields[:2]}
    highest = max([int(name) for name in people if name.isdecimal()], default=0)
    if max(len(people), highest) > size:
        return ""
    listing = " ".join(first)
    return (
        f"line {rows[0].number} ({listing}) looks like the numbers of people and ties. "
        "Put # before it."
    )


def _find_matrix(rows: Sequence[TextRow]) -> str:
    """Return a remark on lines that hold 0 and 1 only."""
    if not {"0", "1"}.issuperset(rows[0].fields):
        return ""
    cells = {cell for row in rows for cell in row.fields}
    widths = {len(row.fields) for row in rows}
    if cells != {"0", "1"} or min(widths) < MIN_MATRIX_SIZE:
        return ""
    return (
        f"it holds only 0 and 1, like an adjacency matrix, but has {len(rows):,} lines of "
        f"{_format_range(widths)} columns. Give a square matrix, or one tie per line."
    )


def _find_adjacency(rows: Sequence[TextRow]) -> str:
    """Return a remark on lines of unequal length whose further fields are people, too."""
    widths = {len(row.fields) for row in rows}
    if len(widths) == 1:
        return ""
    further = [name for row in rows for name in row.fields[2:] if name]
    if not further:
        return ""
    people = {name for row in rows for name in row.fields[:2]}
    if 2 * sum(name in people for name in further) < len(further):
        return ""
    return (
        f"its lines hold {_format_range(widths)} names: it looks like an adjacency list in which "
        "some people have no line. Give every person a line, or one tie per line."
    )


def _format_range(widths: set[int]) -> str:
    low = min(widths)
    high = max(widths)
    if low == high:
        return f"{low:,}"
    return f"{low:,} to {high:,}"


def refuse_doubtful_names(
    pairs: Sequence[NamePair], ends: tuple[int, int], source: str, third: Sequence[str]
) -> None:
    """Refuse two columns that are unlikely to name the people of ties.

    Args:
        pairs: the two names of each tie.
        ends: places of the two columns.
        source: path of the file.
        third: the values of the third column, if it may name people rather than one of the two.

    Raises:
        EquipoiseError: with the likely meaning of the columns, and what to do.
    """
    if not pairs:
        return
    sources, targets = zip(*pairs, strict=True)
    doubt = _doubt_numbers({*sources, *targets}) or _doubt_dates(sources, targets)
    if not doubt and len(third) == len(pairs):
        doubt = _doubt_third(sources, targets, third)
    elif not doubt:
        doubt = _doubt_labels(sources, targets)
    if doubt:
        columns = f"columns {ends[0] + 1} and {ends[1] + 1}"
        raise EquipoiseError(f"{source}: {columns}: {doubt}. {SAY_COLUMNS}")


def _doubt_numbers(names: set[str]) -> str:
    """Return a remark on numbers with decimals, which are unlikely to name people."""
    words = [name for name in names if not name.lstrip("+-").isdecimal()]
    decimals = list(filter(is_number, words))
    rounded = [name for name in decimals if "e+" in name.lower()]
    if rounded:
        return (
            f"a spreadsheet has rounded ids (such as {min(rounded)}), so that different "
            "people share an id; export the ids as text"
        )
    return f"numbers with decimals such as {min(decimals)} do not name people" if decimals else ""


def _doubt_dates(sources: Sequence[str], targets: Sequence[str]) -> str:
    """Return a remark on dates, which are unlikely to name people."""
    for names in (sources, targets):
        if all(map(is_date, names)):
            return f"dates such as {names[0]} do not name people"
    return ""


def _doubt_third(sources: Sequence[str], targets: Sequence[str], third: Sequence[str]) -> str:
    """Return a remark on a first column unlike the second and third, which share names."""
    likely = share_in_common(targets, third)
    doubted = share_in_common(sources, targets)
    is_doubtful = likely > doubted
    if any(map(is_number, third)):
        # Weights may by accident be numbers of people, as around the centre of a star.
        is_doubtful = not doubted and likely > _MAX_ACCIDENTAL and len(set(sources)) > 1
    return "the second and third columns probably name the people" if is_doubtful else ""


def _doubt_labels(sources: Sequence[str], targets: Sequence[str]) -> str:
    """Return a remark on numbers with one name each, without repetitions."""
    if not all(map(is_number, sources)) or any(map(is_number, targets)):
        return ""
    names = (*sources, *targets)
    if len(set(names)) < len(names) or len(sources) < 2:
        return ""
    return (
        "they look like ids and names of people, not ties; give this table as network.nodes, and a "
        "table of ties as network.path"
    )
