"""The lines of a table of ties, split into fields: separators, quotes, comments, attributes."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mode
from typing import NamedTuple

from equipoise.network.headings import find_ends
from equipoise.network.weights import is_number

BLANKS = ""  # the separator of fields that any blanks and tabs part
_COMMENT_MARKS = "#%"
_MARKS = "\t;,|"
_SAMPLE = 1000  # lines that choose the separator
# The dictionary that networkx writes at the end of a line.
_ATTRIBUTES = re.compile(r"[\s,;|]*(\{.*\})[\s;]*$")
_TRAILING_COMMENT = re.compile(r"\s#\s.*$")
_LINKS = re.compile(r"<?[-=~]+>|<[-=~]+|--+|[→←↔]|\s-\s|:\s|(?<=\S):(?=\S)")
_LINK_LETTERS = frozenset("<>-=~→←↔:")
_BLANK_FIELD = re.compile(r""""(?:[^"]|"")*"(?=\s|$)|'[^']*'(?=\s|$)|\([^()]*\)(?=\s|$)|\S+""")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
# Commas before a blank, as in "Smith, Ann", or within a number.
_COMMAS_WITHIN_NAMES = re.compile(r"([^,]|,(?=\s)|(?<=\d),(?=\d))*")
_DECIMAL_COMMA = re.compile(r"(?<!\d)-?\d+,\d+(?!\d)")


class TextRow(NamedTuple):
    """One line: its number from 1, its text, its fields, and networkx's attributes as text."""

    number: int
    text: str
    fields: list[str]
    attributes: str = ""


@dataclass(frozen=True)
class TextTable:
    """The lines of a text that are no comments.

    Attributes:
        rows: the lines with their fields.
        by_blanks: True if blanks part the fields, so that a name with blanks needs quotes.
        has_attributes: True if lines end in a dictionary, as networkx writes them.
        notes: remarks on lines that begin as a comment, but may be ties.
    """

    rows: list[TextRow]
    by_blanks: bool = False
    has_attributes: bool = False
    notes: tuple[str, ...] = ()


class _Line(NamedTuple):
    number: int
    text: str
    attributes: str


class _Layout(NamedTuple):
    """The separator of the fields, and the number of fields that most lines have."""

    separator: str
    width: int


def split_table(text: str) -> TextTable:
    """Return the lines of a text, split by the separator that most of them have."""
    lines = [_clean_line(number, line) for number, line in enumerate(text.split("\n"), 1)]
    lines = [line for line in lines if line.text.strip()]
    layout = _find_layout(lines)
    if layout is None:
        return TextTable([])
    rows: list[TextRow] = []
    ties = comments = 0
    for line in lines:
        fields = split_fields(line.text, layout.separator)
        if _is_marked(line):
            heading = [] if rows else _read_commented_heading(line, layout)
            is_tie = not heading and _may_be_tie(line, fields, layout)
            # Blanks part the words of a comment, too, so it is hardly a tie.
            is_comment = is_tie and layout.separator == BLANKS
            comments += is_comment
            ties += is_tie and not is_comment
            if is_comment or not (heading or is_tie):
                continue
            fields = heading or fields
        rows.append(TextRow(line.number, line.text, fields, line.attributes))
    notes = _note_marked_lines(comments, "skipped as a comment")
    notes += _note_marked_lines(ties, "read as a tie, not as a comment")
    has_attributes = any(line.attributes for line in lines)
    return TextTable(rows, layout.separator == BLANKS, has_attributes, notes)


def _find_layout(lines: Sequence[_Line]) -> _Layout | None:
    """Return the layout that a sample of lines shows, or None if all lines are comments."""
    sample = [line.text for line in lines if not _is_marked(line)][:_SAMPLE]
    if not sample:
        return None
    separator = choose_separator(sample)
    return _Layout(separator, mode(len(split_fields(text, separator)) for text in sample))


def _clean_line(number: int, text: str) -> _Line:
    """Return a line without the blanks around it, attributes and a comment at its end."""
    text = text.strip(" ")
    attributes = _ATTRIBUTES.search(text) if "{" in text else None
    if attributes and attributes.start():
        return _Line(number, text[: attributes.start()], attributes[1])
    if '"' not in text and not text.startswith(tuple(_COMMENT_MARKS)):
        text = _TRAILING_COMMENT.sub("", text)
    return _Line(number, text, "")


# lines that begin with # or %


def _is_marked(line: _Line) -> bool:
    return line.text[0] in _COMMENT_MARKS


def _read_commented_heading(line: _Line, layout: _Layout) -> list[str]:
    """Return the words of a comment that names the columns, or nothing."""
    words = split_fields(line.text.lstrip(_COMMENT_MARKS + " "), layout.separator)
    return words if len(words) == layout.width and find_ends(words) else []


def _may_be_tie(line: _Line, fields: Sequence[str], layout: _Layout) -> bool:
    """Return True if a marked line could be a tie of a person whose name begins with the mark."""
    follows = line.text[1:2]
    is_name = bool(follows.strip()) and follows not in _COMMENT_MARKS
    return is_name and len(fields) == layout.width > 1


def _note_marked_lines(count: int, use: str) -> tuple[str, ...]:
    if not count:
        return ()
    plural = "s that begin" if count > 1 else " that begins"
    return (f"{count:,} line{plural} with # or % {use}",)


# separators


def choose_separator(lines: Sequence[str]) -> str:
    """Return the separator of a sample of lines: a mark, a link such as ->, or `BLANKS`."""
    link = _find_link(lines)
    if link:
        return link
    shares = {mark: _share_usual(mark, lines) for mark in _MARKS}
    largest_share = max(shares.values())
    marks = [mark for mark, share in shares.items() if share == largest_share]
    for mark in marks:
        if find_ends(split_fields(lines[0], mark)):
            return mark
    if not largest_share:
        return _find_rare_mark(lines)
    mark = marks[0]
    if mark == ";" and "," in marks and not all(map(_COMMAS_WITHIN_NAMES.fullmatch, lines)):
        mark = ","
    if mark == "," and all(map(_has_commas_within_fields, lines)):
        return BLANKS
    if mark == "\t" and _are_blanks_mixed(lines):
        return BLANKS
    return mark


def _find_rare_mark(lines: Sequence[str]) -> str:
    """Return the mark of adjacency lists in which most people have no neighbour, or `BLANKS`."""
    for mark in _MARKS:
        others = [line for line in lines if mark not in line]
        has_single_words = all(len(line.split()) == 1 for line in others)
        if len(others) < len(lines) and has_single_words:
            return mark
    return BLANKS


def _share_usual(mark: str, lines: Sequence[str]) -> float:
    """Return the share of lines with the usual number of a mark, or that of the first line."""
    counts = [len(split_fields(line, mark)) - 1 for line in lines]
    usual = mode(sorted(counts, reverse=True)) or counts[0]
    return counts.count(usual) / len(counts) if usual else 0.0


def _find_link(lines: Sequence[str]) -> str:
    """Return the arrow, dashes or colon that stands once in every line, or an empty string."""
    links = {match[0] for match in map(_LINKS.search, lines) if match}
    if len(links) != 1:
        return ""
    link = links.pop()
    return link if all(_is_linked(line, link) for line in lines) else ""


def _is_linked(line: str, link: str) -> bool:
    """Return True if a link stands between the two names of a line."""
    left, _, right = line.partition(link)
    if link in right or not left.strip() or not right.strip():
        return False
    if any(mark in left for mark in _MARKS):
        return False
    # A colon within a word may belong to a time or an address.
    return link != ":" or not any(mark in line for mark in " \t/")


def _has_commas_within_fields(line: str) -> bool:
    """Return True if all commas stand in brackets, or in numbers behind two fields."""
    outside = _IN_BRACKETS.sub("()", line)
    fields = _split_at_blanks(outside)
    numbers = _DECIMAL_COMMA.findall(" ".join(fields[2:]))
    return len(fields) > 1 and outside.count(",") == len(numbers)


def _are_blanks_mixed(lines: Sequence[str]) -> bool:
    """Return True if blanks part fields as tabs do: not every line has tabs, or 'a b' is two ids."""
    widths = {len(_split_at_blanks(line)) for line in lines}
    if len(widths) > 1:
        return False
    if any("\t" not in line.strip() for line in lines):
        return True
    return all(map(_has_ids_in_first_field, lines))


def _has_ids_in_first_field(line: str) -> bool:
    """Return True if two ids, or two words before a number, stand before the first tab."""
    first, second = line.split("\t")[:2]
    words = first.split()
    if len(words) != 2:
        return False
    return is_number(second) or all(map(is_number, words))


# fields


def split_fields(line: str, separator: str) -> list[str]:
    """Return the fields of a line without the blanks and quotes around them."""
    if separator == BLANKS:
        return _split_at_blanks(line)
    if not _LINK_LETTERS.isdisjoint(separator):
        return _split_at_link(line, separator)
    fields = line.split(separator)
    if '"' in line:
        fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    return [field.strip() for field in fields]


def _split_at_link(line: str, link: str) -> list[str]:
    first, _, rest = line.partition(link)
    first = first.strip()
    # Graphviz ends a line by attributes in brackets, or by a semicolon.
    rest = rest.partition("[")[0].rstrip("; ").strip()
    # Where the first name has no blanks, blanks part what follows the second.
    return [first, rest] if " " in first else [first, *rest.split()]


def _split_at_blanks(line: str) -> list[str]:
    fields = line.split()
    if any(mark in line for mark in "\"'("):
        fields = list(map(_unquote, _BLANK_FIELD.findall(line)))
    for place, field in enumerate(fields[2:], 2):
        if field.startswith(tuple(_COMMENT_MARKS)):
            return fields[:place]
    return fields


def _unquote(field: str) -> str:
    is_quoted = len(field) > 1 and field[0] == field[-1] and field[0] in "\"'"
    return field[1:-1].replace('""', '"') if is_quoted else field
