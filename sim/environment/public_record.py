"""The public record: ratings and posts, and the part of them that outsiders see."""

from __future__ import annotations

from equipoise.array_types import Flags, Indices, Reals
from equipoise.compilation import compile_rule
from equipoise.consumers.state import State
from equipoise.settings.settings import Information

# Weight of a day's posts in the public rating, at one post per hundred people (assumption).
_RATING_WEIGHT = 0.05


@compile_rule
def _tally_posts(
    deleted: Flags, follows: Flags, valence: Reals, authors: Indices
) -> tuple[int, float, int, float]:
    """Return number and summed valence of visible posts, and both for followers' posts."""
    count, total, follower_count, follower_total = 0, 0.0, 0, 0.0
    for i in authors:
        if deleted[i]:
            continue
        count += 1
        total += valence[i]
        if follows[i]:
            follower_count += 1
            follower_total += valence[i]
    return count, total, follower_count, follower_total


class PublicRecord:
    """The running public rating and the mean valence of yesterday's posts.

    Attributes:
        rating: public rating, 0..1.
        posting: share of people who posted yesterday.
        forum: mean valence of yesterday's posts.
        community: mean valence of followers' posts on the last day with any.
    """

    __slots__ = ("community", "forum", "information", "posting", "rating")

    def __init__(self, information: Information, rating: float) -> None:
        self.information = information
        self.rating = rating
        self.forum = rating
        self.community = rating
        self.posting = 0.0

    def publish(self, people: State, authors: Indices) -> None:
        """Add the day's posts that are not deleted; without posts the rating stays."""
        count, total, follower_count, follower_total = _tally_posts(
            people.deleted, people.follows, people.valence, authors
        )
        self.posting = count / len(people.stage)
        if not count:
            return
        self.forum = total / count
        if follower_count:
            self.community = follower_total / follower_count
        weight = 1.0 - (1.0 - _RATING_WEIGHT) ** (100.0 * self.posting)
        self.rating += weight * (self.forum - self.rating)

    def visible_rating(self, promise: float, delivered: float) -> tuple[float, float]:
        """Return the rating that outsiders see, and its weight.

        Under `friends` the weight is 0; under `gatekeeper` one source reports delivered quality,
        shifted toward the promise by its bias; under `open` the public rating is visible.
        """
        if self.information.regime == "friends":
            return self.rating, 0.0
        if self.information.regime == "gatekeeper":
            return delivered + self.information.bias * (promise - delivered), 1.0
        return self.rating, 1.0

    @property
    def open(self) -> bool:
        """True if everybody can read everybody's posts."""
        return self.information.regime == "open"
