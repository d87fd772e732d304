"""Text files of users: an error names the setting, the file, the reason and the remedy."""

import pytest

from equipoise.errors import EquipoiseError
from equipoise.settings.text_file import MAX_SHOWN_PROBLEMS, raise_line_problems, read_text_file

ADVICE = "Give a CSV file."


def read(path, **options):
    return read_text_file(path, path.read_bytes, "environment.path", ADVICE, **options)


def test_text_is_read_without_a_byte_order_mark(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes("\ufefftime,é\n".encode())
    assert read(path) == "time,é\n"


def test_another_encoding_can_be_given(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes("é".encode("latin-1"))
    assert read(path, encoding="latin-1") == "é"


def test_text_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes("é".encode("latin-1"))
    with pytest.raises(EquipoiseError, match=r"log\.csv' is not UTF-8 text; save it as UTF-8"):
        read(path)


def test_an_absent_file_is_named_with_its_neighbour(tmp_path):
    (tmp_path / "mentions.csv").write_text("")
    with pytest.raises(
        EquipoiseError, match=r"environment\.path: there is no file .* Did you mean 'mentions\.csv'"
    ):
        read(tmp_path / "mention.csv")


def test_a_file_in_an_absent_folder_is_named(tmp_path):
    with pytest.raises(EquipoiseError, match=r"there is no file .*\. Give a CSV file"):
        read(tmp_path / "nowhere" / "log.csv")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(EquipoiseError, match=r"is a folder\. Give a CSV file"):
        read(tmp_path)


def test_another_failure_is_given_with_its_reason(tmp_path):
    def fail():
        raise PermissionError(13, "Permission denied")

    with pytest.raises(EquipoiseError, match=r"cannot be read: Permission denied\. Give"):
        read_text_file(tmp_path / "log.csv", fail, "environment.path", ADVICE)


def test_no_problems_raise_nothing():
    raise_line_problems([])


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (1, "line 0"),
        (MAX_SHOWN_PROBLEMS, f"line {MAX_SHOWN_PROBLEMS - 1}"),
        (MAX_SHOWN_PROBLEMS + 1, "... and 1 more such line."),
        (MAX_SHOWN_PROBLEMS + 2000, "... and 2,000 more such lines."),
    ],
)
def test_the_first_problems_are_shown_and_the_others_counted(count, last):
    with pytest.raises(EquipoiseError, match="line 0") as caught:
        raise_line_problems([f"line {number}" for number in range(count)])
    assert caught.value.problems[-1] == last
    assert len(caught.value.problems) <= MAX_SHOWN_PROBLEMS + 1
