"""The space of a search: ranges, lists and constants of words and experiment files."""

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.search.ranges import (
    check_measure,
    format_list,
    is_whole,
    parse_space,
    setting_meanings,
)
from equipoise.settings.schema import dump_settings
from equipoise.settings.settings import Settings

RANGE = "firm.set_point=interval(0.6,0.8)"


def test_words_are_sorted_into_ranges_lists_and_constants():
    space = parse_space((RANGE, "environment=recall,calm", "horizon=60"))
    assert list(space.spans) == ["firm.set_point"]
    assert (space.spans["firm.set_point"].low, space.spans["firm.set_point"].high) == (0.6, 0.8)
    assert space.choices == {"environment": ("recall", "calm")}
    assert space.constants == ("horizon=60",)
    assert space.words() == ("horizon=60", "environment=recall,calm")
    assert space.all_words() == (*space.words(), RANGE)


def test_all_words_give_the_same_space_again():
    space = parse_space((RANGE, "community.people.voice_mean=tag(log,interval(0.01,0.1))"))
    assert parse_space(space.all_words()) == space


def test_later_word_of_a_path_overrides_an_earlier_one():
    space = parse_space(("horizon=60", "horizon=90"))
    assert space.constants == ("horizon=90",)


def test_roles_are_levers_for_the_firm_and_uncertainties_for_the_rest():
    space = parse_space((RANGE, "community.people.voice_mean=interval(0.01,0.1)"))
    assert space.roles["firm.set_point"] == "lever"
    assert space.roles["community.people.voice_mean"] == "uncertainty"


def test_range_of_a_whole_number_is_whole():
    space = parse_space(("horizon=interval(20,60)", RANGE))
    assert space.spans["horizon"].whole
    assert not space.spans["firm.set_point"].whole


@pytest.mark.parametrize("path", ["seed", "replicates", "strategy", "environment"])
def test_range_of_a_chosen_word_is_refused(path):
    with pytest.raises(EquipoiseError, match=f"{path} is chosen. Give a range of a setting"):
        parse_space((f"{path}=interval(1,3)",))


@pytest.mark.parametrize("word", ["firm.band=interval(0.01,7)", "firm.band=interval(-1,0.1)"])
def test_both_ends_of_a_range_must_be_allowed(word):
    with pytest.raises(EquipoiseError, match=r"firm\.band=(7|-1) is not allowed"):
        parse_space((word,))


def test_problems_of_several_words_are_reported_together():
    with pytest.raises(EquipoiseError, match="seed is chosen") as caught:
        parse_space(("seed=interval(1,3)", "firm.set_point=interval(1,0)", "firm.bnd=0.1"))
    lines = "\n".join(caught.value.problems)
    assert "from a lower to a higher number" in lines
    assert "Did you mean 'firm.band'" in lines


def test_list_of_one_value_is_a_plain_word():
    assert format_list("environment", ["recall"]) == "environment=recall"
    assert format_list("firm.set_point", [0.6, 0.7]) == "firm.set_point=0.6,0.7"


def test_whole_settings_are_told_from_others():
    data = dump_settings(Settings())
    assert is_whole("horizon", data)
    assert not is_whole("firm.set_point", data)
    assert not is_whole("firm.no_such_setting", data)


def test_unknown_measure_is_refused():
    assert check_measure("cost") == "cost"
    with pytest.raises(EquipoiseError, match="--on: the measure 'cst' is not known"):
        check_measure("cst")


def test_meanings_have_units_and_are_empty_for_unknown_paths():
    meanings = setting_meanings(("horizon", "no.such"), dump_settings(Settings()))
    assert meanings["horizon"].unit == "day"
    assert meanings["horizon"].text
    assert meanings["no.such"] == ("", "")
