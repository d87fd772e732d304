"""The lines of a table of ties, split into fields: separators, quotes, comments, attributes."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import filterfalse, islice
from statistics import mode
from typing import NamedTuple

from equipoise.network.headings import find_ends
from equipoise.network.weights import is_number
from equipoise.settings.text_file import raise_line_problems

BLANKS = ""  # the separator of fields between any blanks and tabs
_COMMENT_MARKS = "#%"
_COMMENT_STARTS = frozenset(_COMMENT_MARKS)
_MARKS = "\t;,|"
_MARK_LETTERS = frozenset(_MARKS)
_NO_WORD_LETTERS = frozenset(" \t/")
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


class _Layout(NamedTuple):
    """The separator of the fields, and the number of fields that most lines have."""

    separator: str
    width: int


class _Line(NamedTuple):
    """One line that is not blank: its number from 1, its text, and networkx's attributes."""

    number: int
    text: str
    attributes: str


def split_table(text: str, source: str = "the table") -> TextTable:
    """Return the lines of a text, split by the separator that most of them have.

    Raises:
        EquipoiseError: if a field in quotes is too long.
    """
    lines = _clean_lines(text)
    try:
        return _split_lines(lines)
    except csv.Error:
        raise_line_problems(_list_long_lines(lines, source))
        raise


def _list_long_lines(lines: Sequence[_Line], source: str) -> list[str]:
    """Return the lines with a quote that exceed the length of a field that Python reads."""
    limit = csv.field_size_limit()
    return [
        f"{source}: line {line.number} has a field in quotes of more than {limit:,} characters; "
        "leave out columns with long texts."
        for line in lines
        if '"' in line.text and len(line.text) > limit
    ]


def _split_lines(lines: Sequence[_Line]) -> TextTable:
    layout = _find_layout(lines)
    if layout is None:
        return TextTable([])
    split = choose_splitter(layout.separator)
    # `_make` is quick; a file may have millions of lines.
    rows = [TextRow._make((line[0], line[1], split(line[1]), line[2])) for line in lines]
    notes: tuple[str, ...] = ()
    if any(map(_is_marked, rows)):
        rows, notes = _drop_comments(rows, layout)
    has_attributes = any(row.attributes for row in rows)
    return TextTable(rows, layout.separator == BLANKS, has_attributes, notes)


def _find_layout(lines: Sequence[_Line]) -> _Layout | None:
    """Return the layout that a sample of lines shows, or None if all lines are comments."""
    plain = filterfalse(_is_marked, lines)
    sample = [line.text for line in islice(plain, _SAMPLE)]
    if not sample:
        return None
    separator = choose_separator(sample)
    widths = [len(split_fields(text, separator)) for text in sample]
    return _Layout(separator, mode(widths))


def _clean_lines(text: str) -> list[_Line]:
    """Return the lines without blanks around them, attributes, and comments at the end."""
    numbered = enumerate(text.split("\n"), 1)
    lines = [_Line(number, line.strip(" "), "") for number, line in numbered if line.strip()]
    if "{" in text:
        lines = list(map(_set_attributes_apart, lines))
    if "#" in text:
        lines = list(map(_drop_trailing_comment, lines))
    return lines


def _set_attributes_apart(line: _Line) -> _Line:
    # A brace at the start of a line begins a name or JSON, not attributes.
    match = _ATTRIBUTES.search(line.text)
    if match is None or not match.start():
        return line
    return line._replace(text=line.text[: match.start()], attributes=match[1])


def _drop_trailing_comment(line: _Line) -> _Line:
    # A # within quotes belongs to a name.
    if '"' in line.text or _is_marked(line):
        return line
    return line._replace(text=_TRAILING_COMMENT.sub("", line.text))


# lines that begin with # or %


def _is_marked(line: _Line | TextRow) -> bool:
    return line.text[0] in _COMMENT_MARKS


def _drop_comments(
    rows: Sequence[TextRow], layout: _Layout
) -> tuple[list[TextRow], tuple[str, ...]]:
    """Return the rows that are no comments, and a note on lines that might be either."""
    kept: list[TextRow] = []
    doubtful = 0
    for row in rows:
        if not _is_marked(row):
            kept.append(row)
        elif not kept and _read_commented_heading(row, layout):
            kept.append(row._replace(fields=_read_commented_heading(row, layout)))
        elif _may_be_tie(row, layout):
            doubtful += 1
            # Blanks also separate the words of a comment, so the line is unlikely to be a tie.
            if layout.separator != BLANKS:
                kept.append(row)
    use = "skipped as a comment" if layout.separator == BLANKS else "read as a tie"
    return kept, _note_marked_lines(doubtful, use)


def _read_commented_heading(row: TextRow, layout: _Layout) -> list[str]:
    """Return the words of a comment that names the columns, or nothing."""
    comment = row.text.lstrip(_COMMENT_MARKS + " ")
    words = split_fields(comment, layout.separator)
    if len(words) != layout.width or find_ends(words) is None:
        return []
    return words


def _may_be_tie(row: TextRow, layout: _Layout) -> bool:
    """Return True if a marked line could be a tie of a person whose name begins with the mark."""
    follows = row.text[1:2]
    is_name = bool(follows.strip()) and follows not in _COMMENT_MARKS
    return is_name and len(row.fields) == layout.width > 1


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
    # A heading that is understood decides between separators.
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
    # Of two numbers that are as frequent, the larger is the usual one.
    counts_down = sorted(counts, reverse=True)
    usual = mode(counts_down) or counts[0]
    if not usual:
        return 0.0
    return counts.count(usual) / len(counts)


def _find_link(lines: Sequence[str]) -> str:
    """Return the arrow, dashes or colon that occurs once in every line, or an empty string."""
    match = _LINKS.search(lines[0])
    if match is None:
        return ""
    link = match[0]
    is_everywhere = all(_is_linked(line, link) for line in lines)
    return link if is_everywhere else ""


def _is_linked(line: str, link: str) -> bool:
    """Return True if a link is between the two names of a line."""
    left, _, right = line.partition(link)
    names = (left.strip(), right.strip())
    if link in right or "" in names:
        return False
    if not _MARK_LETTERS.isdisjoint(left):
        return False
    # A colon within a word may belong to a time or an address.
    return link != ":" or _NO_WORD_LETTERS.isdisjoint(line)


def _has_commas_within_fields(line: str) -> bool:
    """Return True if all commas are in brackets, or in numbers after two fields."""
    outside = _IN_BRACKETS.sub("()", line)
    fields = _split_at_blanks(outside)
    numbers = _DECIMAL_COMMA.findall(" ".join(fields[2:]))
    return len(fields) > 1 and outside.count(",") == len(numbers)


def _are_blanks_mixed(lines: Sequence[str]) -> bool:
    """Return True if blanks part fields as tabs do: some lines lack tabs, or 'a b' is two ids."""
    widths = {len(_split_at_blanks(line)) for line in lines}
    if len(widths) > 1:
        return False
    has_heading = find_ends(_split_at_blanks(lines[0])) is not None
    if has_heading or any("\t" not in line.strip() for line in lines):
        return True
    return all(map(_has_ids_in_first_field, lines))


def _has_ids_in_first_field(line: str) -> bool:
    """Return True if two ids, or two words before a number, precede the first tab."""
    first, second = line.split("\t")[:2]
    words = first.split()
    if len(words) != 2:
        return False
    return is_number(second) or all(map(is_number, words))


# fields


def split_fields(line: str, separator: str) -> list[str]:
    """Return the fields of a line without the blanks and quotes around them."""
    return choose_splitter(separator)(line)


def choose_splitter(separator: str) -> Callable[[str], list[str]]:
    """Return the function that splits lines at a separator."""
    if separator == BLANKS:
        return _split_at_blanks
    if _LINK_LETTERS.isdisjoint(separator):
        return partial(_split_at_mark, separator)
    return partial(_split_at_link, separator)


def _split_at_mark(mark: str, line: str) -> list[str]:
    fields = line.split(mark)
    if '"' in line:
        fields = next(csv.reader([line], delimiter=mark, skipinitialspace=True))
    return list(map(str.strip, fields))


def _split_at_link(link: str, line: str) -> list[str]:
    first, _, rest = line.partition(link)
    first = first.strip()
    # Graphviz ends a line by attributes in brackets, or by a semicolon.
    rest, _, _ = rest.partition("[")
    rest = rest.rstrip("; ").strip()
    # Where the first name has no blanks, blanks part what follows the second.
    return [first, rest] if " " in first else [first, *rest.split()]


def _split_at_blanks(line: str) -> list[str]:
    fields = line.split()
    if '"' in line or "'" in line or "(" in line:
        fields = list(map(_unquote, _BLANK_FIELD.findall(line)))
    for place, field in enumerate(fields[2:], 2):
        if field[:1] in _COMMENT_STARTS:
            return fields[:place]
    return fields


def _unquote(field: str) -> str:
    quote = field[0]
    if quote not in "\"'" or field[-1] != quote or len(field) < 2:
        return field
    return field[1:-1].replace('""', '"')
