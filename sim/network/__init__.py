"""Ties between people: generated networks, the user's files and graphs, numbered by tribe."""

from equipoise.network.builders import (
    BarabasiAlbert,
    Communities,
    HolmeKim,
    NetworkModel,
    TribeBlocks,
    WattsStrogatz,
)
from equipoise.network.files import NetworkFile
from equipoise.network.graphs import Network
from equipoise.network.own_graph import from_graph

__all__ = [
    "BarabasiAlbert",
    "Communities",
    "HolmeKim",
    "Network",
    "NetworkFile",
    "NetworkModel",
    "TribeBlocks",
    "WattsStrogatz",
    "from_graph",
]
