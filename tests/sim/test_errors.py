"""User errors: several problems in one error, spelling suggestions, pickling."""

import pickle

import pytest

from equipoise.errors import (
    EquipoiseError,
    raise_problems,
    suggest_spelling,
    unknown_name_message,
)


def test_an_error_shows_its_problems_line_by_line():
    error = EquipoiseError("One is wrong.", "Two is wrong.")
    assert str(error) == "One is wrong.\nTwo is wrong."
    assert error.problems == ("One is wrong.", "Two is wrong.")
    assert isinstance(error, ValueError)


def test_an_error_survives_pickling_with_all_its_problems():
    error = pickle.loads(pickle.dumps(EquipoiseError("One.", "Two.")))
    assert type(error) is EquipoiseError
    assert error.problems == ("One.", "Two.")


def test_a_subclass_survives_pickling_too():
    error = pickle.loads(pickle.dumps(Special("One.")))
    assert type(error) is Special
    assert error.problems == ("One.",)


class Special(EquipoiseError):
    pass


def test_problems_are_raised_together_and_none_is_no_error():
    raise_problems([])
    with pytest.raises(EquipoiseError, match=r"^One\.\nTwo\.$"):
        raise_problems(["One.", "Two."])


@pytest.mark.parametrize(
    ("given", "suggestion"),
    [("setpoint", " Did you mean 'set_point'?"), ("set_point", " Did you mean 'set_point'?")],
)
def test_the_closest_spelling_is_suggested(given, suggestion):
    assert suggest_spelling(given, ["band", "set_point", "budget"]) == suggestion


def test_nothing_is_suggested_if_nothing_is_close():
    assert suggest_spelling("xyz", ["band", "set_point"]) == ""


def test_an_unknown_name_is_answered_with_the_allowed_ones_in_order():
    message = unknown_name_message("Strategy", "pid_surve", {"pid_survey", "do_nothing"})
    assert message == (
        "Strategy 'pid_surve' is not known. Did you mean 'pid_survey'? "
        "Allowed: do_nothing, pid_survey."
    )


def test_long_words_are_cut_once():
    error = EquipoiseError(f"--margin {'x' * 5000} cannot be read. Write measure:number.")
    assert str(error) == (
        f"--margin {'x' * 200}... (5,000 characters) cannot be read. Write measure:number."
    )
    assert EquipoiseError(*error.problems).problems == error.problems


def test_middle_of_a_long_message_is_cut_once():
    (problem,) = EquipoiseError(f"Given: {'x ' * 5000}. Give less.").problems
    assert problem.startswith("Given: x x")
    assert problem.endswith("x . Give less.")
    assert len(problem) < 450
    assert EquipoiseError(problem).problems == (problem,)
