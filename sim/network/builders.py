"""Network models: settings of each kind, with a method that builds the network."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from equipoise.array_types import Ints
from equipoise.network.communities import draw_community_sizes, draw_degrees, tie_communities
from equipoise.network.generators import (
    draw_blocks,
    draw_preferential,
    draw_small_world,
    network_seed,
)
from equipoise.network.graphs import MIN_TRIBE_SIZE, Network, TribeChoice, arrange_network
from equipoise.network.listing import NetworkListing
from equipoise.settings.schema import Part, assumption, setting


class NetworkModel(Part):
    """A network model."""

    homophily: float = assumption(
        0.2,
        "similarity in values of tied people beyond their tribe",
        off=0.0,
        low=0,
        high=1,
        source="McPherson et al. 2001",
    )
    tribes: TribeChoice = setting(
        "blocks",
        "source of tribes: blocks (the network's own groups, or detected ones if it has none), "
        "detected (people with more ties among themselves), single (one tribe)",
        source="Blondel et al. 2008; Traag & Subelj 2023",
    )

    def build(self, size: int, seed: int) -> Network:
        """Return the network of ``size`` people; settings, size and seed determine it."""
        raise NotImplementedError

    def _arrange(
        self, size: int, ends: Ints, notes: tuple[str, ...], blocks: Ints | None = None
    ) -> Network:
        listing = NetworkListing(size, ends, blocks, notes=notes)
        return arrange_network(listing, self.tribes)


class WattsStrogatz(NetworkModel):
    """A small world: a ring of neighbours with some ties rewired at random."""

    kind: ClassVar[str] = "watts_strogatz"
    degree: int = assumption(
        10, "ties per person; an odd number is lowered by one", low=0, high=10_000, unit="ties"
    )
    rewiring: float = assumption(
        0.1,
        "share of ties that are rewired at random",
        off=0.0,
        off_means="none",
        low=0,
        high=1,
        source="Watts & Strogatz 1998",
    )

    def build(self, size: int, seed: int) -> Network:
        """Return a rewired ring."""
        even_degree = self.degree // 2 * 2
        degree = min(even_degree, size // 2 * 2)
        notes = _note_lowered("degree", even_degree, min(degree, size - 1), size)
        if self.degree != even_degree:
            ring = f"a ring has an even one: {even_degree}"
            notes += (f"network.degree = {self.degree} is odd; {ring}",)
        ends = draw_small_world(size, degree, self.rewiring, seed)
        return self._arrange(size, ends, notes)


class HolmeKim(NetworkModel):
    """A network with hubs and triads: preferential attachment with closing of triads."""

    kind: ClassVar[str] = "holme_kim"
    attachment: int = assumption(
        5,
        "ties of a new person; the mean degree is twice that",
        low=1,
        high=5_000,
        unit="ties",
        source="Holme & Kim 2002",
    )
    triads: float = assumption(
        0.6,
        "chance that a tie closes a triad",
        off=0.0,
        off_means="Barabasi-Albert",
        low=0,
        high=1,
        source="Holme & Kim 2002",
    )

    def build(self, size: int, seed: int) -> Network:
        """Return a grown network with triads."""
        attachment = min(self.attachment, size - 1)
        notes = _note_lowered("attachment", self.attachment, attachment, size)
        ends = draw_preferential(size, attachment, self.triads, seed)
        return self._arrange(size, ends, notes)


class BarabasiAlbert(NetworkModel):
    """A network with hubs: preferential attachment."""

    kind: ClassVar[str] = "barabasi_albert"
    attachment: int = assumption(
        5,
        "ties of a new person; the mean degree is twice that",
        low=1,
        high=5_000,
        unit="ties",
        source="Barabasi & Albert 1999",
    )

    def build(self, size: int, seed: int) -> Network:
        """Return a grown network."""
        attachment = min(self.attachment, size - 1)
        notes = _note_lowered("attachment", self.attachment, attachment, size)
        ends = draw_preferential(size, attachment, 0.0, seed)
        return self._arrange(size, ends, notes)


class TribeBlocks(NetworkModel):
    """Tribes of equal size with most ties inside (stochastic block model)."""

    kind: ClassVar[str] = "tribes"
    count: int = assumption(
        20,
        "number of tribes of three people or more",
        low=1,
        high=1_000_000,
        source="Condon & Karp 2001",
    )
    degree: float = assumption(10.0, "mean ties per person", low=0, high=10_000, unit="ties")
    inside: float = assumption(0.8, "share of ties inside the tribe", low=0, high=1)

    def build(self, size: int, seed: int) -> Network:
        """Return tribes with ties inside and across."""
        most = max(1, size // MIN_TRIBE_SIZE)
        count = min(self.count, most)
        ends, blocks, reached = draw_blocks(size, count, self.degree, self.inside, seed)
        notes = _note_lowered("count", self.count, count, size)
        # The chance of a tie is rounded, so the exact degree is rarely reached.
        if reached < 0.999 * self.degree:
            asked = f"network.degree = {self.degree:g} with inside = {self.inside:g}"
            limit = f"no more ties are possible (people: {size:,}, tribes: {count:,})"
            notes += (f"{asked} was lowered to {reached:.3g}: {limit}",)
        return self._arrange(size, ends, notes, blocks)


class Communities(NetworkModel):
    """Hubs and communities: degrees and community sizes are heavy-tailed."""

    kind: ClassVar[str] = "communities"
    degree: float = assumption(10.0, "mean ties per person", low=0, high=10_000, unit="ties")
    exponent: float = assumption(
        2.5,
        "exponent of the degree distribution; smaller is heavier-tailed",
        low=1.5,
        high=10,
        source="Lancichinetti et al. 2008",
    )
    largest_degree: int = assumption(
        100, "largest degree, about", low=1, high=1_000_000, unit="ties"
    )
    smallest: int = assumption(20, "smallest community", low=1, high=1_000_000, unit="people")
    largest: int = assumption(
        200, "largest community, about", low=1, high=10_000_000, unit="people"
    )
    size_exponent: float = assumption(
        1.5, "exponent of the community sizes", low=1.1, high=10, source="Lancichinetti et al. 2008"
    )
    mixing: float = assumption(0.25, "share of ties outside the community", low=0, high=1)

    def build(self, size: int, seed: int) -> Network:
        """Return communities with ties inside and across."""
        largest = min(self.largest_degree, size - 1)
        degree = min(self.degree, float(largest))
        rng = np.random.default_rng(network_seed(seed))
        degrees = draw_degrees(rng, size, degree, largest, self.exponent)
        sizes = draw_community_sizes(rng, size, self.smallest, self.largest, self.size_exponent)
        ends, blocks = tie_communities(rng, degrees, sizes, self.mixing)
        notes = _note_lowered("largest_degree", self.largest_degree, largest, size)
        notes += _note_lowered("degree", self.degree, degree, size)
        if self.mixing and size > 1 and not blocks.any():
            reason = f"{size:,} people form a single community"
            notes += (f"network.mixing is not used: {reason}",)
        return self._arrange(size, ends, notes, blocks)


def _note_lowered(name: str, asked: float, given: float, size: int) -> tuple[str, ...]:
    """Return a note on a setting that had to be lowered, or nothing."""
    if given >= asked:
        return ()
    people = "1 person allows" if size == 1 else f"{size:,} people allow"
    return (f"network.{name} was lowered from {asked:g} to {given:g}, the most that {people}",)
