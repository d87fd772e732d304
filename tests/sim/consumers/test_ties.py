"""The ties of a network: tribes, layers, fading."""

import numpy as np
import pytest

from equipoise.consumers.ties import OFFLINE, ONLINE, build_ties
from equipoise.settings.settings import Settings


def build(size=300, days=50, **community):
    given = Settings.model_validate({"community": {"size": size, **community}, "seed": 2})
    network = given.network.build(size, given.seed)
    return build_ties(network, given, days, np.float32), network


def pairs(network):
    speakers = np.repeat(np.arange(network.size), np.diff(network.starts))
    return list(zip(speakers.tolist(), network.neighbours.tolist(), strict=True))


def test_ties_begin_with_strength_1_and_unused():
    ties, network = build()
    assert len(ties.strength) == len(ties.last_used) == len(network.neighbours)
    assert (ties.strength == 1).all()
    assert not ties.last_used.any()


def test_same_tribe_is_marked():
    ties, network = build()
    expected = [network.tribe[a] == network.tribe[b] for a, b in pairs(network)]
    np.testing.assert_array_equal(ties.same_tribe, expected)
    assert 0 < ties.same_tribe.mean() < 1


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_offline_share_is_that_of_the_setting(share):
    ties, _ = build(size=2000, hearing={"offline_share": share})
    assert (ties.layer == OFFLINE).mean() == pytest.approx(share, abs=0.03)


def test_a_tie_has_one_layer_in_both_directions():
    ties, network = build()
    layers = dict(zip(pairs(network), ties.layer.tolist(), strict=True))
    assert all(layer == layers[b, a] for (a, b), layer in layers.items())
    assert set(layers.values()) == {ONLINE, OFFLINE}


def test_fading_is_exponential_in_unused_days():
    ties, _ = build(days=50, ties={"fade": 0.2})
    np.testing.assert_allclose(ties.fading, 0.8 ** np.arange(51), rtol=1e-6)
    still, _ = build(ties={"fade": 0.0})
    assert (still.fading == 1).all()
