"""The networks a run can choose from, as frozen records of their settings with the verb ``build``."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from equipoise.errors import EquipoiseError
from equipoise.network.communities import heavy_tailed, joined, split
from equipoise.network.files import read_edges
from equipoise.network.graphs import (
    NO_TIES,
    SMALLEST_TRIBE,
    Network,
    TribeChoice,
    arranged,
    from_listing,
    grown,
    planted,
    read_graphml,
    small_world,
    source_of_chance,
)
from equipoise.settings.schema import Part, setting


class NetworkPart(Part):
    """A way to say who hears whom."""

    homophily: float = setting(
        0.2,
        "how alike in values tied people are beyond their tribe",
        off=0.0,
        low=0,
        high=1,
        source="McPherson et al. 2001; the strength is an assumption",
    )
    tribes: TribeChoice = setting(
        "blocks",
        "where tribes come from: blocks (the network's own groups; detected where it has none), "
        "detected (people tied more among themselves), single (everybody in one tribe)",
        source="Blondel et al. 2008; Traag & Subelj 2023",
    )

    def build(self, size: int, seed: int) -> Network:
        """Return the network of ``size`` people under a seed: same settings, size and seed, same network."""
        raise NotImplementedError


class WattsStrogatz(NetworkPart):
    """A small world: circles of neighbours and a few ties far away."""

    kind: ClassVar[str] = "watts_strogatz"
    degree: int = setting(
        10, "ties of a person; an odd number is lowered by one", low=0, high=10_000, unit="ties"
    )
    rewiring: float = setting(
        0.1,
        "share of ties that lead anywhere",
        off=0.0,
        off_means="none",
        low=0,
        high=1,
        source="Watts & Strogatz 1998",
    )

    def build(self, size: int, seed: int) -> Network:
        """Return a rewired ring."""
        half = min(self.degree // 2, size // 2)
        notes = _lowered("degree", self.degree // 2 * 2, min(2 * half, size - 1), size)
        if self.degree % 2:
            notes += (
                f"network.degree = {self.degree} is odd; as many on either side make {self.degree - 1}",
            )
        return arranged(
            size, small_world(size, 2 * half, self.rewiring, seed), self.tribes, notes=notes
        )


class HolmeKim(NetworkPart):
    """A network with hubs and with friends of friends: it grows where ties are, and closes triads."""

    kind: ClassVar[str] = "holme_kim"
    attachment: int = setting(
        5, "ties a newcomer makes; the mean degree is twice that", low=1, high=5_000, unit="ties"
    )
    triads: float = setting(
        0.6,
        "chance that a tie goes to a friend's friend; 0 = Barabasi-Albert",
        low=0,
        high=1,
        source="Holme & Kim 2002",
    )

    def build(self, size: int, seed: int) -> Network:
        """Return a grown network with triads."""
        return _grown(self, self.triads, size, seed)


class BarabasiAlbert(NetworkPart):
    """A network with hubs: newcomers tie to those who have many ties."""

    kind: ClassVar[str] = "barabasi_albert"
    attachment: int = setting(
        5,
        "ties a newcomer makes; the mean degree is twice that",
        low=1,
        high=5_000,
        unit="ties",
        source="Barabasi & Albert 1999",
    )

    def build(self, size: int, seed: int) -> Network:
        """Return a grown network."""
        return _grown(self, 0.0, size, seed)


class TribeBlocks(NetworkPart):
    """Tribes of equal size with most ties inside (stochastic blocks)."""

    kind: ClassVar[str] = "tribes"
    count: int = setting(
        20,
        "number of tribes, of three people or more",
        low=1,
        high=1_000_000,
        source="Condon & Karp 2001",
    )
    degree: float = setting(10.0, "mean ties of a person", low=0, high=10_000, unit="ties")
    inside: float = setting(0.8, "share of ties inside the tribe", low=0, high=1)

    def build(self, size: int, seed: int) -> Network:
        """Return tribes tied within and across."""
        count = min(self.count, max(1, size // SMALLEST_TRIBE))
        ends, blocks, reached = planted(size, count, self.degree, self.inside, seed)
        notes = _lowered("count", self.count, count, size)
        if reached < 0.999 * self.degree:
            notes += (
                f"network.degree = {self.degree:g} with inside = {self.inside:g} was lowered to {reached:.3g}: "
                f"no more ties are possible (people: {size:,}, tribes: {count:,})",
            )
        return arranged(size, ends, self.tribes, blocks, notes=notes)


class Communities(NetworkPart):
    """Hubs and communities together: degrees and community sizes are heavy-tailed."""

    kind: ClassVar[str] = "communities"
    degree: float = setting(10.0, "mean ties of a person", low=0, high=10_000, unit="ties")
    exponent: float = setting(
        2.5,
        "exponent of the degrees; small = heavier tail",
        low=1.5,
        high=10,
        source="Lancichinetti et al. 2008",
    )
    largest_degree: int = setting(
        100, "most ties of a person, about", low=1, high=1_000_000, unit="ties"
    )
    smallest: int = setting(20, "smallest community", low=1, high=1_000_000, unit="people")
    largest: int = setting(200, "largest community, about", low=1, high=10_000_000, unit="people")
    size_exponent: float = setting(1.5, "exponent of the community sizes", low=1.1, high=10)
    mixing: float = setting(0.25, "share of ties outside the community", low=0, high=1)

    def build(self, size: int, seed: int) -> Network:
        """Return communities tied within and across."""
        most = min(self.largest_degree, size - 1)
        degree = min(self.degree, float(most))
        chance = np.random.default_rng(source_of_chance(seed))
        degrees = heavy_tailed(chance, size, degree, most, self.exponent)
        sizes = split(chance, size, self.smallest, self.largest, self.size_exponent)
        ends, blocks = joined(chance, degrees, sizes, self.mixing)
        notes = _lowered("largest_degree", self.largest_degree, most, size)
        notes += _lowered("degree", self.degree, degree, size)
        if self.mixing and size > 1 and not blocks.any():
            notes += (f"network.mixing was set aside: {size:,} people make one community only",)
        return arranged(size, ends, self.tribes, blocks, notes=notes)


class NetworkFile(NetworkPart):
    """The user's own network: an edge list or GraphML file; its people are the community."""

    kind: ClassVar[str] = "file"
    path: str = setting(
        "", "edge list (.edges, .txt, .csv, .tsv) or GraphML file; relative to where you are"
    )

    def build(self, size: int, seed: int) -> Network:
        """Return the file's network; ``size`` counts only if nobody is in it, ``seed`` never.

        Raises:
            EquipoiseError: when the path is missing, the file cannot be read, or lines are malformed.
        """
        if self.path in ("", "???"):
            raise EquipoiseError(
                "network.path is missing: give the path of an edge list (.edges, .txt, .csv, .tsv) or GraphML file."
            )
        path = Path(self.path).expanduser()
        listing = (read_graphml if path.suffix.lower() in (".graphml", ".xml") else read_edges)(
            path
        )
        if listing.names:
            return from_listing(listing, str(path), self.tribes)
        notes = (
            *listing.notes,
            f"{path}: it holds no ties; the {size:,} people of community.size have none",
        )
        return arranged(size, NO_TIES, self.tribes, notes=notes)


def _grown(builder: HolmeKim | BarabasiAlbert, triads: float, size: int, seed: int) -> Network:
    attachment = min(builder.attachment, size - 1)
    notes = _lowered("attachment", builder.attachment, attachment, size)
    return arranged(size, grown(size, attachment, triads, seed), builder.tribes, notes=notes)


def _lowered(name: str, asked: float, given: float, size: int) -> tuple[str, ...]:
    """Return a line on a setting that had to be lowered; nothing if it was not."""
    if given >= asked:
        return ()
    people = "1 person allows" if size == 1 else f"{size:,} people allow"
    return (f"network.{name} was lowered from {asked:g} to {given:g}, the most that {people}",)
