"""Checks of networks that several test files share."""

from pathlib import Path

import networkx as nx
import numpy as np

from equipoise.network import Network, NetworkFile


def graph_of(network: Network) -> nx.Graph:
    """Return the ties as a graph of the numbers of people."""
    graph = nx.DiGraph() if network.directed else nx.Graph()
    graph.add_nodes_from(range(network.size))
    speaker = np.repeat(np.arange(network.size), np.diff(network.starts))
    graph.add_edges_from(zip(speaker.tolist(), network.neighbours.tolist(), strict=True))
    return graph


def pairs(network: Network) -> set[frozenset[str]]:
    """Return the names of both people of every tie."""
    return {frozenset(map(network.name, tie)) for tie in graph_of(network).edges}


def directions(network: Network) -> set[tuple[str, str]]:
    """Return (speaker, hearer) of every tie."""
    edges = graph_of(network).edges
    return {(network.name(speaker), network.name(hearer)) for speaker, hearer in edges}


def strengths(network: Network) -> dict[tuple[str, str], float]:
    """Return the strength of every tie, by (speaker, hearer)."""
    speaker = np.repeat(np.arange(network.size), np.diff(network.starts))
    ties = zip(speaker.tolist(), network.neighbours.tolist(), network.strengths, strict=True)
    return {(network.name(one), network.name(other)): float(value) for one, other, value in ties}


def check_rows(network: Network) -> None:
    """Fail unless the rows are what the rest of the simulator takes them for."""
    starts, neighbours, tribe = network.starts, network.neighbours, network.tribe
    assert (starts.dtype, neighbours.dtype, tribe.dtype) == (np.int64, np.uint32, np.uint32)
    assert starts.shape == (network.size + 1,)
    assert tribe.shape == (network.size,)
    assert starts[0] == 0
    assert starts[-1] == len(neighbours)
    assert np.all(np.diff(starts) >= 0)
    speaker = np.repeat(np.arange(network.size), np.diff(starts))
    assert np.all(neighbours < network.size)
    assert not np.any(neighbours == speaker), "a loop"
    codes = speaker * network.size + neighbours
    assert np.all(np.diff(codes) > 0), "rows ascend, nobody twice"
    if network.directed:
        assert len(neighbours) == network.ties
    else:
        assert len(neighbours) == 2 * network.ties
        reverse = np.sort(neighbours.astype(np.int64) * network.size + speaker)
        assert np.array_equal(reverse, codes), "both directions"
    assert np.all(np.diff(tribe.astype(int)) >= 0), "numbered by tribe"
    assert sorted(set(tribe.tolist())) == list(range(int(tribe.max()) + 1))
    assert len(network.names) in (0, network.size)
    if network.strengths is not None:
        assert network.strengths.shape == neighbours.shape
        assert np.all((network.strengths >= 0.5) & (network.strengths <= 2))


def load(folder: Path, content: str | bytes, name: str = "ties.txt", **settings: object) -> Network:
    """Return the network of a file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    network = NetworkFile(path=str(path), **settings).build(6, 0)
    check_rows(network)
    return network
