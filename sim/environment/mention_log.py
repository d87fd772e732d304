"""A recorded log of mentions, read from a CSV file; bad lines are reported, never guessed at."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from equipoise.errors import EquipoiseError, raise_problems, suggest_spelling
from equipoise.settings.text_file import expand_user_path, raise_line_problems, read_text_file

LOG_COLUMNS = ("time", "brand", "sentiment", "topic", "count")
SENTIMENTS = ("negative", "neutral", "positive")
_ADVICE = f"Give a CSV file with the columns {', '.join(LOG_COLUMNS)}."
_MAX_BRANDS = 20  # brands listed in an error
_MAX_COUNT_DIGITS = 15


class MentionRow(NamedTuple):
    """One row of a log: the number of mentions of a brand, sentiment and topic in an hour."""

    time: datetime
    brand: str
    sentiment: str
    topic: str
    number: int

    @property
    def day(self) -> date:
        """Day of the mentions."""
        return self.time.date()

    @property
    def hour(self) -> int:
        """Hour of the mentions; 0 in a daily log."""
        return self.time.hour


def read_mention_log(given: str, read: Callable[[], bytes] | None = None) -> tuple[MentionRow, ...]:
    """Return the rows of a log in the order of the file; further columns are ignored.

    Args:
        given: path of the file.
        read: returns the bytes of the file; reads the path if not given.

    Raises:
        EquipoiseError: if the file cannot be read, lacks a column, or has bad rows (the first five
            are listed).
    """
    if not given:
        raise EquipoiseError(f"environment.path: no file is given. {_ADVICE}")
    path = expand_user_path(given)
    text = read_text_file(path, read or path.read_bytes, "environment.path", _ADVICE)
    lines = _split_lines(path, text)
    _, header = next(lines, (1, []))
    columns = _find_columns(path, header)
    rows = _parse_rows(path, columns, lines)
    if not rows:
        raise EquipoiseError(f"{path} holds no mentions. {_ADVICE}")
    return tuple(rows)


def _split_lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number and fields of every line that is not empty, separated as the header is."""
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield reader.line_num, fields
    except csv.Error as error:
        raise EquipoiseError(
            f"{path}: line {reader.line_num} cannot be read: {error}. Is a quote left open?"
        ) from None


def _find_columns(path: Path, header: Sequence[str]) -> list[int]:
    """Return the places of the columns in the header."""
    names = [name.strip().lower() for name in header]
    unknown = [name for name in names if name not in LOG_COLUMNS]
    problems = []
    for column in LOG_COLUMNS:
        if names.count(column) == 1:
            continue
        defect = "has more than one column" if column in names else "lacks the column"
        nearest = suggest_spelling(column, unknown)
        problems.append(f"{path}: line 1 {defect} {column!r}.{nearest} {_ADVICE}")
    raise_problems(problems)
    return [names.index(column) for column in LOG_COLUMNS]


def _parse_rows(
    path: Path, columns: Sequence[int], lines: Iterable[tuple[int, list[str]]]
) -> list[MentionRow]:
    """Return the rows of numbered lines; the defects of all lines are raised together."""
    rows, problems = [], []
    for number, fields in lines:
        try:
            rows.append(_parse_row(columns, fields))
        except ValueError as defect:
            problems.append(f"{path}: line {number} {defect}")
    raise_line_problems(problems)
    return rows


def _parse_row(columns: Sequence[int], fields: Sequence[str]) -> MentionRow:
    """Return one row.

    Raises:
        ValueError: with a description of its defect.
    """
    if len(fields) <= max(columns):
        line = ",".join(fields)
        raise ValueError(f"has {len(fields)} columns, too few ({line[:40]!r}).")
    time, brand, sentiment, topic, count = (fields[place].strip() for place in columns)
    return MentionRow(
        time=_parse_time(time),
        brand=brand,
        sentiment=_parse_sentiment(sentiment),
        topic=topic,
        number=_parse_count(count),
    )


def _parse_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"has the time {text!r}; write it as in 2015-02-17 or 2015-02-17T08:00."
        ) from None


def _parse_sentiment(text: str) -> str:
    sentiment = text.lower()
    if sentiment not in SENTIMENTS:
        nearest = suggest_spelling(text, SENTIMENTS)
        allowed = ", ".join(SENTIMENTS)
        raise ValueError(f"has the sentiment {text!r}; allowed are {allowed}.{nearest}")
    return sentiment


def _parse_count(text: str) -> int:
    # isdecimal alone would accept the digits of other scripts.
    is_whole = text.isdecimal() and text.isascii() and len(text) <= _MAX_COUNT_DIGITS
    if not is_whole:
        raise ValueError(f"has the count {text!r}; write a whole number of 0 or more.")
    return int(text)


def count_on_one_clock(rows: Sequence[MentionRow]) -> tuple[Sequence[MentionRow], list[str]]:
    """Return rows with times of one clock: UTC if they have several offsets, with a note on it."""
    offsets = {row.time.utcoffset() for row in rows}
    if len(offsets) == 1:
        return rows, []
    converted = [row._replace(time=_as_utc(row.time)) for row in rows]
    note = "the times of the log have several offsets from UTC: its days are those of UTC"
    if None in offsets:
        note += ", and times without an offset were read as UTC"
    return converted, [note]


def _as_utc(time: datetime) -> datetime:
    if time.utcoffset() is None:
        return time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError:  # in the first or last year there is; the span of the log is refused
        return time.replace(tzinfo=UTC)


def select_brand(rows: Sequence[MentionRow], brand: str, path: str) -> tuple[MentionRow, ...]:
    """Return the mentions of one brand; an empty name stands for all.

    Raises:
        EquipoiseError: if the log does not mention the brand.
    """
    if not brand:
        return tuple(rows)
    selected = tuple(row for row in rows if row.brand.lower() == brand.lower())
    if selected:
        return selected
    # One spelling for each brand, whatever its capital letters.
    brands = {row.brand.lower(): row.brand for row in rows}
    listing = ", ".join(sorted(brands.values())[:_MAX_BRANDS])
    nearest = suggest_spelling(brand, brands.values())
    raise EquipoiseError(
        f"environment.brand {brand!r} is not mentioned in {path}.{nearest} Mentioned: {listing}."
    )
