"""A comparison, its report, and a parser of pages."""

from html.parser import HTMLParser

import pytest
from study_samples import sample_comparison, sample_study, sample_values

from equipoise.analysis.report.page import render_page


class Page(HTMLParser):
    """A parsed page: tags with their attributes, tags left open, and all visible text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open_tags, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "link", "br"):
            self.open_tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open_tags.pop() == tag

    def handle_data(self, data):
        if self.open_tags and self.open_tags[-1] not in ("style", "title"):
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def attributes(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def read_page():
    """Return a function that renders the data of a report and parses the page."""
    return lambda study: Page(render_page(study)[0])


@pytest.fixture(scope="module")
def comparison():
    return sample_comparison(sample_values([0, 0], [0.1, 0.2], [0.3, 0.3]))


@pytest.fixture(scope="module")
def page(comparison):
    """Return the text of a page, and the same parsed."""
    text = render_page(sample_study(comparison))[0]
    return text, Page(text)
