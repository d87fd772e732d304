"""Generated networks: the ties that networkx draws from a seed."""

from __future__ import annotations

from itertools import chain
from typing import Any

import networkx
import numpy as np

from equipoise.array_types import Ints
from equipoise.network.listing import NO_TIES
from equipoise.randomness import Purpose, day_key


def network_seed(seed: int) -> int:
    """Return the seed (32 bits) of a network's draws from the seed of a run."""
    return int(day_key(seed, Purpose.NETWORK, 0)) & 0xFFFFFFFF


def draw_small_world(size: int, degree: int, rewiring: float, seed: int) -> Ints:
    """Return the ties of a ring, each person tied to the ``degree`` nearest, with rewiring."""
    graph_seed = network_seed(seed)
    return _edge_ends(networkx.watts_strogatz_graph(size, degree, rewiring, graph_seed))


def draw_preferential(size: int, attachment: int, triads: float, seed: int) -> Ints:
    """Return the ties of preferential attachment; ``triads`` is the chance to close a triad."""
    graph_seed = network_seed(seed)
    if not attachment:
        return NO_TIES
    if triads:
        graph = networkx.powerlaw_cluster_graph(size, attachment, triads, graph_seed)
    else:
        graph = networkx.barabasi_albert_graph(size, attachment, graph_seed)
    return _edge_ends(graph)


def draw_blocks(
    size: int, count: int, degree: float, inside: float, seed: int
) -> tuple[Ints, Ints, float]:
    """Return ties, blocks (N,) and the attained mean degree of equal blocks with more ties inside.

    Stochastic blocks (Condon & Karp 2001, Random Struct. Alg. 18), composed of sparse random
    graphs: one for each block, and the ties across of one over all people. The distribution is
    that of networkx's stochastic_block_model, which visits all N^2 / 2 pairs (100,000 people: 27 s
    instead of 3).
    """
    blocks = np.arange(size) * count // size
    members = np.bincount(blocks)
    pairs_within = float(members @ (members - 1)) / 2
    pairs_across = size * (size - 1) / 2 - pairs_within
    share_within = inside if count > 1 else 1.0
    ties = size * degree / 2
    chance_within = _tie_chance(ties * share_within, pairs_within)
    chance_across = _tie_chance(ties * (1 - share_within), pairs_across)
    rng = networkx.utils.create_py_random_state(network_seed(seed))
    within = _draw_within(members, chance_within, rng)
    across = _draw_across(blocks, chance_across, rng)
    expected_ties = chance_within * pairs_within + chance_across * pairs_across
    return np.concatenate((within, across)), blocks, 2 * expected_ties / size


def _draw_within(members: Ints, chance: float, rng: Any) -> Ints:
    """Return the ties inside blocks of these numbers of members."""
    block_ties = []
    first_member = 0
    for size in members.tolist():
        graph = networkx.fast_gnp_random_graph(size, chance, rng)
        block_ties.append(_edge_ends(graph) + first_member)
        first_member += size
    return np.concatenate(block_ties)


def _draw_across(blocks: Ints, chance: float, rng: Any) -> Ints:
    """Return the ties between people of different blocks."""
    graph = networkx.fast_gnp_random_graph(len(blocks), chance, rng)
    ends: Ints = _edge_ends(graph)
    first_block, second_block = blocks[ends].T
    across: Ints = ends[first_block != second_block]
    return across


def _tie_chance(ties: float, pairs: float) -> float:
    """Return the chance of a tie; rounded, because networkx divides by log(1 - chance)."""
    chance = min(1.0, ties / max(pairs, 1.0))
    return round(chance, 15)


def _edge_ends(graph: networkx.Graph) -> Ints:
    ends = np.fromiter(chain.from_iterable(graph.edges()), np.int64)
    return ends.reshape(-1, 2)
