"""The public record counts visible posts, and shows what the information regime allows."""

from types import SimpleNamespace

import numpy as np
import pytest

from equipoise.environment.public_record import PublicRecord
from equipoise.settings.settings import Information

PEOPLE = 100


def people(valence: float = 0.5, **flags: list[int]) -> SimpleNamespace:
    """Return the fields of a state that the record reads; ``flags`` name people with a mark."""
    marks = {name: np.zeros(PEOPLE, np.bool_) for name in ("deleted", "follows")}
    for name, numbers in flags.items():
        marks[name][numbers] = True
    return SimpleNamespace(
        stage=np.zeros(PEOPLE, np.uint8), valence=np.full(PEOPLE, valence, np.float32), **marks
    )


def record(regime: str = "open", rating: float = 0.6, bias: float = 0.8) -> PublicRecord:
    return PublicRecord(Information(regime=regime, bias=bias), rating)


def authors(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.uint32)


def test_a_record_starts_at_its_rating():
    start = record()
    assert (start.rating, start.forum, start.community, start.posting) == (0.6, 0.6, 0.6, 0.0)


def test_one_post_of_a_hundred_people_moves_the_rating_by_a_twentieth_of_the_gap():
    public = record()
    public.publish(people(valence=1.0), authors(3))
    assert public.rating == pytest.approx(0.6 + 0.05 * 0.4)
    assert public.posting == 0.01
    assert public.forum == 1.0


def test_more_posts_move_the_rating_further_but_never_beyond_the_forum():
    few, many = record(), record()
    few.publish(people(valence=0.0), authors(1, 2))
    many.publish(people(valence=0.0), authors(*range(PEOPLE)))
    assert 0 < many.rating < few.rating < 0.6
    assert many.rating == pytest.approx(0.6 * 0.95**100)


def test_a_day_without_posts_keeps_rating_and_forum():
    public = record()
    public.publish(people(valence=1.0), authors(3))
    rating, forum = public.rating, public.forum
    public.publish(people(valence=0.0), authors())
    assert (public.rating, public.forum, public.posting) == (rating, forum, 0.0)


def test_a_deleted_post_does_not_count():
    public = record()
    public.publish(people(valence=0.0, deleted=[1, 2]), authors(1, 2))
    assert (public.rating, public.posting) == (0.6, 0.0)


def test_the_community_hears_followers_only():
    public = record()
    state = people(valence=0.2, follows=[2])
    state.valence[2] = 0.9
    public.publish(state, authors(1, 2))
    assert public.community == pytest.approx(0.9)
    assert public.forum == pytest.approx(0.55)


def test_the_community_keeps_the_last_posts_of_followers():
    public = record()
    public.publish(people(valence=0.9, follows=[2]), authors(2))
    public.publish(people(valence=0.1), authors(1))
    assert public.community == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("regime", "expected"),
    [("friends", (0.6, 0.0)), ("open", (0.6, 1.0)), ("gatekeeper", (0.5 + 0.8 * 0.4, 1.0))],
)
def test_the_regime_decides_what_outsiders_see(regime, expected):
    rating, weight = record(regime).visible_rating(promise=0.9, delivered=0.5)
    assert (rating, weight) == pytest.approx(expected)


def test_a_gatekeeper_without_bias_reports_delivered_quality():
    assert record("gatekeeper", bias=0.0).visible_rating(0.9, 0.5) == (0.5, 1.0)


def test_only_an_open_record_is_open():
    assert record("open").open
    assert not record("friends").open
    assert not record("gatekeeper").open
