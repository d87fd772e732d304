"""Headers and notes of the figures of searches."""

from matplotlib.figure import Figure

from equipoise.analysis.plots.search_layout import (
    build_header,
    header_height,
    wrap_notes,
    write_header,
)


def test_header_leaves_out_empty_texts():
    header = build_header("Tuning for cost", "", "environment=recall")
    assert [line.text for line in header] == ["Tuning for cost", "environment=recall"]
    assert header[0].size > header[1].size


def test_longer_headers_are_higher():
    short, long = (build_header("Title", "word " * count, "") for count in (5, 60))
    assert len(long) > len(short)
    assert header_height(long) > header_height(short)


def test_header_is_written_from_the_top():
    figure = Figure(figsize=(8.27, 4))
    header = build_header("Title", "Subtitle", "context")
    write_header(figure, header)
    heights = [text.get_position()[1] for text in figure.texts]
    assert heights == sorted(heights, reverse=True)
    assert [text.get_weight() for text in figure.texts] == ["bold", "normal", "normal"]


def test_notes_keep_all_words():
    notes = ["firm.band: " + "a long meaning " * 20, "firm.set_point: short"]
    lines = wrap_notes(notes)
    assert len(lines) > 2
    assert " ".join(lines).split() == " ".join(notes).split()
