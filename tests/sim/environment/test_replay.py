"""A recorded log drives failures and posts from outside; a bad log is refused line by line."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from equipoise.environment.conditions import FRIENDLY_VALENCE, HOSTILE_VALENCE
from equipoise.environment.disturbances import Strike, schedule_disturbances
from equipoise.environment.mention_log import count_on_one_clock, read_mention_log
from equipoise.errors import EquipoiseError
from equipoise.settings.settings import DEPARTMENTS, Settings

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "airline_mentions_hourly.csv"
HEADER = "time,brand,sentiment,topic,count\n"
TOPICS = {"broken": "product", "late": "operations", "who knows": ""}
PRODUCT, OPERATIONS = DEPARTMENTS.index("product"), DEPARTMENTS.index("operations")


def log(folder, text, header=HEADER):
    path = folder / "log.csv"
    path.write_text(header + text, "utf-8")
    return path


def settings(path, **world):
    world = {"replay": True, "path": str(path), "topics": TOPICS} | world
    return Settings.model_validate({"burn_in": 2, "horizon": 10, "environment": world})


def days(*counts, sentiment="negative", topic="broken", brand="A"):
    return "".join(
        f"2024-03-{day:02},{brand},{sentiment},{topic},{n}\n" for day, n in enumerate(counts, 1)
    )


def driven(folder, text, **world):
    return schedule_disturbances(settings(log(folder, text), **world))


def test_negative_mentions_become_failures_where_they_belong(tmp_path):
    schedule = driven(tmp_path, days(3, 6, 3) + days(0, 0, 12, topic="LATE"), failure_rate=0.02)
    shape = np.zeros((3, 5))
    shape[:, PRODUCT] = 3, 6, 3
    shape[2, OPERATIONS] = 12
    np.testing.assert_allclose(schedule.failures[2:5], 0.02 * shape / 8)
    np.testing.assert_allclose(schedule.failures[[0, 1, 5, 11]], 0.02 / 5)
    assert schedule.failures[2:5].sum(axis=1).mean() == pytest.approx(0.02)
    assert not schedule.eventful.any()


def test_mentions_of_no_department_are_spread_evenly(tmp_path):
    schedule = driven(
        tmp_path, days(5, 5, topic="who knows") + days(5, 5, topic="") + days(10, 10, topic="odd")
    )
    np.testing.assert_allclose(schedule.failures[2:4], 0.01 / 5)
    assert (
        "topics not in environment.topics, their negative mentions spread evenly over departments: "
        in schedule.notes[0]
    )
    assert schedule.notes[0].endswith("'odd' (20), 'no topic' (10)")
    assert "who knows" not in schedule.notes[0]
    mixed = driven(tmp_path, days(5, 5) + days(5, 5, topic="odd"))
    np.testing.assert_allclose(mixed.failures[2], 0.01 * (np.eye(5)[PRODUCT] * 5 + 1) / 10)


def test_surplus_becomes_posts_from_outside(tmp_path):
    schedule = driven(
        tmp_path, days(10, 10, 29, 10, 5) + days(4, 8, 4, 4, 4, sentiment="positive"), loudness=0.2
    )
    np.testing.assert_allclose(schedule.conditions["outside_reach"][2:7], [0, 0.2, 0.38, 0, 0])
    np.testing.assert_allclose(
        schedule.conditions["outside_valence"][3:5], [FRIENDLY_VALENCE, HOSTILE_VALENCE]
    )
    assert list(np.flatnonzero(schedule.is_unusual)) == [3, 4]
    silent = driven(tmp_path, days(10, 10, 29, 10, 5), loudness=0.0)
    assert not silent.is_unusual.any()


def test_surges_are_scored_as_strikes(tmp_path):
    schedule = driven(tmp_path, days(10, 14, 10, 10, 10, 40, 30), failure_rate=0.012)
    assert schedule.strikes == (
        Strike("replay", "failures", "product", 7, 9, pytest.approx(0.012 * 25 / (124 / 7))),
    )


def test_one_brand_or_all(tmp_path):
    text = days(1, 3) + days(2, 0, brand="Beta")
    np.testing.assert_allclose(driven(tmp_path, text).failures[2:4, PRODUCT], 0.01)
    np.testing.assert_allclose(
        driven(tmp_path, text, brand="A").failures[2:4, PRODUCT], [0.005, 0.015]
    )
    np.testing.assert_allclose(
        driven(tmp_path, text, brand="beta").failures[2:4, PRODUCT], [0.02, 0]
    )
    with pytest.raises(
        EquipoiseError, match=r"environment\.brand 'Bta' is not mentioned .* Did you mean 'Beta'\?"
    ):
        driven(tmp_path, text, brand="Bta")


@given(st.lists(st.integers(0, 50), min_size=2, max_size=9), st.integers(2, 9))
def test_only_proportions_count_and_the_average_is_the_failure_rate(
    tmp_path_factory, counts, factor
):
    folder = tmp_path_factory.mktemp("log")
    schedule = driven(folder, days(*counts))
    more = driven(folder, days(*(factor * count for count in counts)))
    np.testing.assert_allclose(schedule.failures, more.failures)
    np.testing.assert_allclose(
        schedule.conditions["outside_reach"], more.conditions["outside_reach"]
    )
    assert schedule.failures[2 : 2 + len(counts)].sum(axis=1).mean() == pytest.approx(0.01)


def test_a_partly_covered_day_is_scaled_up(tmp_path):
    full = "".join(
        f"2024-03-0{day}T{hour:02}:00,A,negative,broken,2\n"
        for day in (1, 2, 3)
        for hour in range(24)
    )
    half = "".join(f"2024-03-04T{hour:02}:00,A,negative,broken,2\n" for hour in range(12))
    schedule = driven(tmp_path, full + half)
    np.testing.assert_allclose(schedule.failures[2:6, PRODUCT], 0.01)
    assert (
        "the last day of the log holds 50% of a day's hours; its counts were scaled up"
        in schedule.notes
    )
    assert not any("first day" in note for note in schedule.notes)
    assert not schedule.is_unusual.any()
    loud = driven(tmp_path, full + half.replace(",2\n", ",4\n"))
    assert loud.conditions["outside_reach"][5] == pytest.approx(0.1)
    late = "".join(f"2024-02-29 {hour:02}:30:00,A,negative,broken,2\n" for hour in range(18, 24))
    assert driven(tmp_path, late + full).failures[2, PRODUCT] == pytest.approx(0.01)


def test_long_short_and_absent_days_are_noted(tmp_path):
    schedule = driven(tmp_path, days(*[1] * 15))
    assert schedule.notes == (
        "the log has 15 days, the run 10 scored ones: the rest of the log is not used",
    )
    assert schedule.failures.shape == (12, 5)
    gap = driven(tmp_path, days(1, 1) + "2024-03-05,A,negative,broken,1\n")
    assert gap.notes[0] == "2 days of the log without any mention: treated as without failures"
    assert gap.notes[1] == "the log has 5 days: the other 5 scored ones have everyday failures"


def test_praise_alone_leaves_everyday_failures(tmp_path):
    schedule = driven(tmp_path, days(5, 9, sentiment="positive"))
    np.testing.assert_allclose(schedule.failures, 0.01 / 5)
    assert schedule.strikes == ()


def test_other_disturbances_are_added(tmp_path):
    path = log(tmp_path, days(2, 2, 2))
    more = {"burst": {"kind": "failures", "department": "sales", "start": 1, "size": 0.1}}
    schedule = schedule_disturbances(settings(path, disturbances=more))
    assert schedule.failures[3, DEPARTMENTS.index("sales")] == pytest.approx(0.1)
    assert schedule.strikes[0].name == "burst"


# files as people have them


@pytest.mark.parametrize(("mark", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "\n")])
def test_files_of_spreadsheets_are_read(tmp_path, mark, end):
    lines = [
        "Count, Topic ,sentiment,extra,brand,time",
        '3,"bad, really",Negative,x,A,2024-03-01T07:30',
        "",
        ",,,,,",
    ]
    text = end.join("".join(mark if letter == "," else letter for letter in line) for line in lines)
    path = tmp_path / "log.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace(f"bad{mark}", "bad,").encode())
    (row,) = read_mention_log(str(path))
    assert (row.hour, row.sentiment, row.topic, row.number) == (7, "negative", "bad, really", 3)


OFFSETS = """2024-03-01T08:00:00Z,A,negative,broken,4
2024-03-01T23:30:00-08:00,A,negative,broken,5
2024-03-02T07:30:00Z,A,negative,broken,5
2024-03-03T12:00:00Z,A,negative,broken,4
"""
UTC_NOTE = "the times of the log have several offsets from UTC: its days are those of UTC"


def test_times_with_several_offsets_are_counted_in_utc(tmp_path):
    rows = read_mention_log(str(log(tmp_path, OFFSETS)))
    unified, notes = count_on_one_clock(rows)
    assert [(row.day.day, row.hour) for row in unified] == [(1, 8), (2, 7), (2, 7), (3, 12)]
    assert notes == [UTC_NOTE]
    in_utc = OFFSETS.replace("2024-03-01T23:30:00-08:00", "2024-03-02T07:30:00Z")
    mixed, same = driven(tmp_path, OFFSETS), driven(tmp_path, in_utc)
    assert np.array_equal(mixed.failures, same.failures)
    assert UTC_NOTE in mixed.notes
    assert UTC_NOTE not in same.notes


def test_times_without_an_offset_are_utc_among_others(tmp_path):
    text = OFFSETS.replace("2024-03-03T12:00:00Z", "2024-03-03T12:00:00")
    rows = read_mention_log(str(log(tmp_path, text)))
    unified, notes = count_on_one_clock(rows)
    assert unified[-1].hour == 12
    assert notes[0].endswith("and times without an offset were read as UTC")


@pytest.mark.parametrize("offset", ["", "Z", "-08:00", "+05:30"])
def test_one_offset_is_the_clock_of_the_log(tmp_path, offset):
    rows = read_mention_log(str(log(tmp_path, f"2024-03-01T23:30{offset},A,negative,x,4\n")))
    assert count_on_one_clock(rows) == (rows, [])
    assert (rows[0].day.day, rows[0].hour) == (1, 23)


def test_times_at_the_end_of_the_calendar_are_refused(tmp_path):
    text = OFFSETS + "0001-01-01T00:30:00+14:00,A,negative,broken,1\n"
    with pytest.raises(EquipoiseError, match="more than a hundred years"):
        driven(tmp_path, text)


def test_a_log_of_one_day_is_noted_in_the_singular(tmp_path):
    assert "the log has 1 day: the other 9 scored" in " ".join(driven(tmp_path, days(3)).notes)


def test_the_header_determines_the_delimiter(tmp_path):
    text = "time;brand;sentiment;topic;count\n2024-03-01;A;negative;" + "bad, " * 20 + ";3\n"
    assert read_mention_log(str(log(tmp_path, text, header="")))[0].number == 3


def test_a_missing_column_is_named_with_the_nearest_spelling(tmp_path):
    path = log(tmp_path, "1,2,3,4,5\n", "time,brnd,sentiment,topic,counts\n")
    with pytest.raises(EquipoiseError, match="lacks the column 'brand'") as caught:
        read_mention_log(str(path))
    assert "Did you mean 'brnd'?" in caught.value.problems[0]
    assert "Did you mean 'counts'?" in caught.value.problems[1]
    assert len(caught.value.problems) == 2
    with pytest.raises(EquipoiseError, match="more than one column 'time'"):
        read_mention_log(str(log(tmp_path, "", "time,time,brand,sentiment,topic,count\n")))


BAD = [
    ("17/02/2015,A,negative,broken,1", r"line 3 has the time '17/02/2015'; write it as in"),
    (
        "2024-03-01,A,angry,broken,1",
        r"line 3 has the sentiment 'angry'; allowed are negative, neutral, positive",
    ),
    ("2024-03-01,A,negativ,broken,1", r"Did you mean 'negative'\?"),
    ("2024-03-01,A,negative,broken,-1", r"line 3 has the count '-1'; write a whole number"),
    ("2024-03-01,A,negative,broken,1.5", r"line 3 has the count '1.5'"),
    ("2024-03-01,A,negative,broken,", r"line 3 has the count ''"),
    ("2024-03-01,A,negative", r"line 3 has 3 columns, too few \('2024-03-01,A,negative'\)"),
]


@pytest.mark.parametrize(("line", "said"), BAD)
def test_a_bad_row_is_named_by_its_line(tmp_path, line, said):
    with pytest.raises(EquipoiseError, match=said):
        read_mention_log(str(log(tmp_path, days(1) + line + "\n" + days(2))))


def test_bad_rows_are_named_at_once_up_to_five(tmp_path):
    path = log(tmp_path, days(*range(3)) + "never,A,negative,x,1\n" * 8)
    with pytest.raises(EquipoiseError, match="line 5 has the time 'never'") as caught:
        read_mention_log(str(path))
    assert len(caught.value.problems) == 6
    assert caught.value.problems[-1] == "... and 3 more such lines."


def test_unreadable_files_are_refused(tmp_path):
    (tmp_path / "mentions.csv").write_text(HEADER)
    with pytest.raises(
        EquipoiseError, match=r"no file '.*mention\.csv'\. Did you mean 'mentions\.csv'\?"
    ):
        read_mention_log(str(tmp_path / "mention.csv"))
    with pytest.raises(EquipoiseError, match="is a folder"):
        read_mention_log(str(tmp_path))
    with pytest.raises(EquipoiseError, match="holds no mentions"):
        read_mention_log(str(tmp_path / "mentions.csv"))
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(EquipoiseError, match="lacks the column 'time'"):
        read_mention_log(str(tmp_path / "empty.csv"))
    (tmp_path / "latin.csv").write_bytes(
        HEADER.encode() + "2024-03-01,Café,negative,x,1".encode("latin-1")
    )
    with pytest.raises(EquipoiseError, match="not UTF-8"):
        read_mention_log(str(tmp_path / "latin.csv"))
    (tmp_path / "quote.csv").write_text(HEADER + '2024-03-01,"A,negative,x,1\n' + "a" * 200_000)
    with pytest.raises(EquipoiseError, match="Is a quote left open"):
        read_mention_log(str(tmp_path / "quote.csv"))


def test_a_log_of_over_a_century_is_refused(tmp_path):
    with pytest.raises(
        EquipoiseError, match=r"runs from 1024-03-01 to 2024-03-01, more than a hundred years"
    ):
        driven(tmp_path, days(1) + "1024-03-01,A,negative,broken,1\n")


def test_replay_and_path_need_each_other(tmp_path):
    with pytest.raises(EquipoiseError, match=r"environment\.path: no file is given"):
        schedule_disturbances(settings(""))
    with pytest.raises(EquipoiseError, match="choose environment=replay"):
        schedule_disturbances(settings(log(tmp_path, days(1)), replay=False))


def test_departments_in_the_table_must_be_known(tmp_path):
    wrong = {"broken": "prodct", "late": "operatoins", "odd": ""}
    with pytest.raises(
        ValidationError, match=r"'broken', 'prodct' is not known\. Did you mean 'product'"
    ) as caught:
        driven(tmp_path, days(1), topics=wrong)
    assert "'late', 'operatoins' is not known" in str(caught.value)


# the real one


@pytest.mark.skipif(not REAL.exists(), reason="the airline log is not here")
def test_the_airline_log_drives_a_storm():
    from equipoise.experiments.config.compose import compose

    def world(brand):
        return schedule_disturbances(
            compose("environment=replay", f"environment.path={REAL}", f"environment.brand={brand}")
        )

    schedule = world("'US Airways'")
    drawn = schedule.failures[56:64].sum(axis=1)
    assert drawn.mean() == pytest.approx(0.01)
    assert drawn.argmax() == 5  # the 22nd
    assert drawn.max() / drawn.min() == pytest.approx(2.9, abs=0.05)
    assert [(strike.start, strike.end) for strike in schedule.strikes] == [(61, 62)]
    assert schedule.conditions["outside_reach"].argmax() == 61
    assert schedule.conditions["outside_valence"][61] == HOSTILE_VALENCE
    assert not any("not in environment.topics" in note for note in schedule.notes)
    assert sum(row.number for row in read_mention_log(str(REAL))) == 9153
