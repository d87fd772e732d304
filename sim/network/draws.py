"""The ties of the generated networks: ends (M, 2) int64, all chance from addressed draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from equipoise.arraytypes import Flags, Floats, Ints
from equipoise.network.kernels import seat
from equipoise.randomness import Purpose, uniforms

# The lanes (the address's day) of a network's draws; MEND and MEND_OUTER take a lane for each round.
FIRST, SECOND, DEGREES, ROUNDING, INNER, OUTER, SIZES, SEATS = range(8)
MEND, MEND_OUTER = 100, 200
ROUNDS = 30


def drawn(seed: int, lane: int, count: int) -> Floats:
    """Return ``count`` uniform numbers of one lane of the network's draws."""
    return np.asarray(uniforms(seed, Purpose.NETWORK, lane, count))


def small_world(size: int, half: int, rewiring: float, seed: int) -> Ints:
    """Return a ring where each person is tied to ``half`` people on either side, some ties rewired.

    Watts & Strogatz 1998 (Nature 393): with chance ``rewiring`` a tie's far end goes to anybody.
    """
    near = np.tile(np.arange(size), half)
    far = (near + np.repeat(np.arange(1, half + 1), size)) % size
    moves = drawn(seed, FIRST, len(near)) < rewiring
    order = np.argsort(moves, kind="stable")  # kept ties first, so that a repeat is always a moved one
    ring = np.stack((near, far), axis=1)[order]
    ends = ring.copy()
    moved = moves[order]
    ends[moved, 1] = (drawn(seed, SECOND, len(near))[moved] * size).astype(np.int64)

    def anybody(bad: Ints, lane: int) -> Ints:
        return (drawn(seed, MEND + lane, len(bad)) * size).astype(np.int64)

    if len(_mend(ends, size, anybody)):
        _take_back(ends, ring, size)
    return ends


def _take_back(ends: Ints, ring: Ints, size: int) -> None:
    """Give moved ties that crowd others their place on the ring again, where there is no room to move."""
    while True:
        _, group, members = np.unique(_codes(ends, size), return_inverse=True, return_counts=True)
        crowded = (members[group] > 1) | (ends[:, 0] == ends[:, 1])
        back = crowded & (ends != ring).any(axis=1)
        if not back.any():
            return
        ends[back] = ring[back]


def _codes(ends: Ints, size: int) -> Ints:
    return ends.min(axis=1, initial=size) * size + ends.max(axis=1, initial=0)


def planted(size: int, count: int, degree: float, inside: float, seed: int) -> tuple[Ints, Ints, int]:
    """Return ties, blocks (N,) and the wanted number of ties of equal blocks with more ties inside.

    Planted partition (Condon & Karp 2001, Random Struct. Alg. 18) with the numbers of ties fixed: size *
    degree / 2, the share ``inside`` within blocks, each a uniform sample of the possible pairs.
    """
    blocks = np.arange(size) * count // size
    block_end = np.searchsorted(blocks, blocks, side="right")
    person = np.arange(size)
    wanted = round(size * degree / 2)
    within = round(wanted * inside) if count > 1 else wanted
    own = _pairs(person + 1, block_end - person - 1, within, seed, INNER)
    across = _pairs(block_end, size - block_end, wanted - within, seed, OUTER)
    return np.concatenate((own, across)), blocks, wanted


def _pairs(first: Ints, room: Ints, wanted: int, seed: int, lane: int) -> Ints:
    """Return different ties of a person i with one of first[i], ..., first[i] + room[i] - 1."""
    last = np.cumsum(room)
    total = int(last[-1])
    chosen = _sample(total, min(wanted, total), seed, lane)
    person = np.searchsorted(last, chosen, side="right")
    return np.stack((person, first[person] + chosen - (last - room)[person]), axis=1)


def _sample(total: int, count: int, seed: int, lane: int) -> Ints:
    """Return ``count`` different numbers below ``total``, uniformly."""
    if total <= 4 * count:
        return np.argsort(drawn(seed, lane, total))[:count]
    draws = (drawn(seed, lane, 2 * count + 20) * total).astype(np.int64)
    first = np.sort(np.unique(draws, return_index=True)[1])
    return draws[first[:count]]


@dataclass(frozen=True)
class Shape:
    """The wished shape of a network of communities: degrees and sizes between bounds, with exponents."""

    degree: float
    exponent: float
    most: int
    smallest: int
    largest: int
    size_exponent: float
    mixing: float


def communities(size: int, shape: Shape, seed: int) -> tuple[Ints, Ints]:
    """Return ties and communities (N,): power-law degrees and community sizes, a share of ties outside.

    The benchmark of Lancichinetti, Fortunato & Radicchi 2008 (Phys. Rev. E 78) built so that it never fails:
    degrees are quantiles of a truncated power law of the wished mean; people are seated in communities that
    can hold their inner ties; half-ties are joined at random inside each community and between communities
    (configuration model; Molloy & Reed 1995); a loop, repeat or misplaced tie keeps one end and draws
    the other again by degree, so that a few per cent of the degrees differ slightly from the law.
    """
    degrees = np.minimum(degree_sequence(size, shape, seed), size - 1)
    sizes = community_sizes(size, shape, seed)
    mixing = shape.mixing if len(sizes) > 1 else 0.0
    inner = np.floor((1 - mixing) * degrees + drawn(seed, ROUNDING, size)).astype(np.int64)
    order = np.argsort(-inner, kind="stable")
    block = np.empty(size, np.int64)
    block[order] = seat(inner[order], sizes, seed, SEATS)
    inner = np.minimum(inner, sizes[block] - 1)
    outer = degrees - inner if len(sizes) > 1 else np.zeros(size, np.int64)
    return np.concatenate((_inside(inner, block, seed), _outside(outer, block, seed))), block


def _inside(inner: Ints, block: Ints, seed: int) -> Ints:
    stubs = np.repeat(np.arange(len(inner)), inner)
    stubs = stubs[np.lexsort((drawn(seed, INNER, len(stubs)), block[stubs]))]
    count = np.bincount(block[stubs], minlength=len(inner))
    start = np.cumsum(count) - count
    own = block[stubs]
    ends = stubs[np.arange(len(stubs)) - start[own] < count[own] // 2 * 2].reshape(-1, 2)

    def of_same_community(bad: Ints, lane: int) -> Ints:
        place = block[ends[bad, 0]]
        within = (drawn(seed, MEND + lane, len(bad)) * count[place]).astype(np.int64)
        return stubs[start[place] + within]

    return np.delete(ends, _mend(ends, len(inner), of_same_community), axis=0)


def _outside(outer: Ints, block: Ints, seed: int) -> Ints:
    stubs = np.repeat(np.arange(len(outer)), outer)
    stubs = stubs[np.argsort(drawn(seed, OUTER, len(stubs)))]
    ends = stubs[: len(stubs) // 2 * 2].reshape(-1, 2)

    def of_any_community(bad: Ints, lane: int) -> Ints:
        return stubs[(drawn(seed, MEND_OUTER + lane, len(bad)) * len(stubs)).astype(np.int64)]

    def misplaced(ends: Ints) -> Flags:
        return block[ends[:, 0]] == block[ends[:, 1]]

    return np.delete(ends, _mend(ends, len(outer), of_any_community, misplaced), axis=0)


def _mend(
    ends: Ints,
    size: int,
    redraw: Callable[[Ints, int], Ints],
    misplaced: Callable[[Ints], Flags] | None = None,
) -> Ints:
    """Redraw, in place, the second end of loops, repeats and misplaced ties; return those still bad."""
    for turn in range(ROUNDS + 1):
        codes = _codes(ends, size)
        order = np.argsort(codes, kind="stable")
        flags = ends[:, 0] == ends[:, 1]
        flags[order[1:]] |= codes[order[1:]] == codes[order[:-1]]
        if misplaced is not None:
            flags |= misplaced(ends)
        bad = np.flatnonzero(flags)
        if turn == ROUNDS or not len(bad):
            break
        ends[bad, 1] = redraw(bad, turn)
    return bad


def degree_sequence(size: int, shape: Shape, seed: int) -> Ints:
    """Return degrees (N,), descending, of a power law truncated at ``most``, of mean ``degree``.

    The lower cut is found by bisection; one draw in each of N equal strata, rounded at random.
    """
    if not shape.degree:
        return np.zeros(size, np.int64)
    low, high = 0.01, float(shape.most)
    middle = (np.arange(4096) + 0.5) / 4096
    for _ in range(50):
        cut = (low + high) / 2
        if _power_law(middle, cut, shape.most, shape.exponent).mean() < shape.degree:
            low = cut
        else:
            high = cut
    strata = (np.arange(size)[::-1] + drawn(seed, DEGREES, size)) / size
    degrees = _power_law(strata, low, shape.most, shape.exponent)
    return np.floor(degrees + drawn(seed, FIRST, size)).astype(np.int64)


def community_sizes(size: int, shape: Shape, seed: int) -> Ints:
    """Return sizes, descending and of sum N, by a power law; what is left over is spread one by one."""
    smallest = min(shape.smallest, size)
    largest = min(max(shape.largest, smallest), size)
    draws = drawn(seed, SIZES, size // smallest)
    sizes = np.floor(_power_law(draws, smallest, largest + 1, shape.size_exponent)).astype(np.int64)
    sizes = sizes[: max(1, int(np.searchsorted(np.cumsum(sizes), size, side="right")))]
    rest = size - int(sizes.sum())
    if rest >= smallest:
        sizes, rest = np.append(sizes, rest), 0
    share, more = divmod(rest, len(sizes))
    sizes = sizes + share + (np.arange(len(sizes)) < more)
    return np.sort(sizes)[::-1].copy()


def _power_law(u: Floats, low: float, high: float, exponent: float) -> Floats:
    """Return quantiles of the density x ** -exponent between low and high (exponent > 1)."""
    power = 1 - exponent
    return (low**power + u * (high**power - low**power)) ** (1 / power)
