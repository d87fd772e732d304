"""What is public on a day: the record of posts, and what of it people get to see."""

from __future__ import annotations

from numba import njit

from equipoise.array_types import Flags, Indices, Reals
from equipoise.consumers.state import State
from equipoise.settings.settings import Information

MEMORY = 0.05  # weight of a day's posts in the public rating, at one post per hundred people


@njit(cache=True)
def _tally(
    deleted: Flags, follows: Flags, valence: Reals, authors: Indices
) -> tuple[int, float, int, float]:
    """Return the number of posts that stand, the sum of their valence, and both of followers' posts."""
    count, total, followers, theirs = 0, 0.0, 0, 0.0
    for i in authors:
        if deleted[i]:
            continue
        count += 1
        total += valence[i]
        if follows[i]:
            followers += 1
            theirs += valence[i]
    return count, total, followers, theirs


class PublicRecord:
    """The running public rating, and what yesterday's posts said on average.

    ``rating`` is 0..1; ``posting`` is the share of people who posted yesterday; ``forum`` and ``community`` are
    the mean valence of yesterday's posts by everybody, and by the brand's followers.
    """

    __slots__ = ("community", "forum", "information", "posting", "rating")

    def __init__(self, information: Information, rating: float) -> None:
        self.information = information
        self.rating = self.forum = self.community = rating
        self.posting = 0.0

    def publish(self, people: State, authors: Indices) -> None:
        """Take in the day's posts, deleted ones left out; no posts leave the record as it was."""
        count, total, followers, theirs = _tally(
            people.deleted, people.follows, people.valence, authors
        )
        self.posting = count / len(people.stage)
        if not count:
            return
        self.forum = total / count
        if followers:
            self.community = theirs / followers
        weight = 1.0 - (1.0 - MEMORY) ** (100.0 * self.posting)
        self.rating += weight * (self.forum - self.rating)

    def seen(self, promise: float, delivered: float) -> tuple[float, float]:
        """Return what outsiders see of the record, and how much it counts.

        Under `friends` nothing; under `gatekeeper` one source that believes the firm by its bias; under `open`
        the public rating.
        """
        if self.information.regime == "friends":
            return self.rating, 0.0
        if self.information.regime == "gatekeeper":
            return delivered + self.information.bias * (promise - delivered), 1.0
        return self.rating, 1.0

    @property
    def open(self) -> bool:
        """Whether everybody can read what everybody posts."""
        return self.information.regime == "open"
