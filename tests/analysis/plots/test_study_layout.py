"""Labels of the figures of a report: short enough, and told apart."""

from equipoise.analysis.plots.study_layout import fit_label, fit_labels


def test_long_names_keep_both_ends():
    text = "a name that begins like all the others and tells at its end that it is number 7"
    label = fit_label(text, 1.4)
    assert label.count("\n") == 1
    assert label.startswith("a name")
    assert label.endswith("number 7")
    words = set(label.replace("\n", " ").split())
    assert words <= {*text.split(), "…"}, "words stay whole where they can"


def test_long_words_are_shortened_and_short_ones_kept():
    word = "Donaudampfschifffahrtsgesellschaftskapitaenskajuetenstrategie"
    assert "…" in fit_label(word, 1.4)
    assert fit_label("short", 1.4) == "short"


def test_labels_stay_apart():
    texts = [f"calm, community {name}, voice mean 0.02" for name in ("ordinary", "support forum")]
    alone = {fit_label(text, 0.63, 3) for text in texts}
    assert len(alone) == 1, "without this the next line shows nothing"
    assert len({*fit_labels(texts, 0.63, 3)}) == 2
    assert fit_labels(["short", "name"], 1.4, 2) == ["short", "name"]


def test_labels_that_cannot_be_told_apart_come_to_an_end():
    texts = [f"{'x' * 60}{end}{'x' * 60}" for end in "ab"]
    assert len(fit_labels(texts, 0.5, 2)) == 2
