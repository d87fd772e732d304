"""Definitions of terms: each once, and those that the pages use."""

import pytest

from equipoise.analysis.measure_table import MEASURES
from equipoise.analysis.report.glossary import (
    GENERAL_TERMS,
    LIMITS,
    SEARCH_TERMS,
    STRATEGY_TERMS,
)
from equipoise.analysis.text.formatting import readable_name


@pytest.mark.parametrize("terms", [STRATEGY_TERMS, SEARCH_TERMS])
def test_each_term_is_defined_once(terms):
    names = [term for term, _ in (*GENERAL_TERMS, *terms)]
    assert len(set(names)) == len(names)
    assert not {readable_name(measure.name) for measure in MEASURES} & set(names)


@pytest.mark.parametrize("terms", [GENERAL_TERMS, STRATEGY_TERMS, SEARCH_TERMS])
def test_definitions_are_phrases(terms):
    for term, definition in terms:
        assert definition[0].islower(), term
        assert not definition.endswith("."), term


def test_limits_are_sentences():
    for limit in LIMITS:
        assert limit[0].isupper()
        assert limit.endswith(".")
