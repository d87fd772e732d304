"""Who hears whom: generated networks, the user's files and graphs, as compressed rows numbered by tribe."""

from equipoise.network.builders import (
    BarabasiAlbert,
    Communities,
    HolmeKim,
    NetworkFile,
    NetworkModel,
    TribeBlocks,
    WattsStrogatz,
)
from equipoise.network.graphs import Network, from_graph

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
