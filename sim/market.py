"""What is public on a day: the record of posts, and what of it people get to see."""

from __future__ import annotations

import numpy as np

from equipoise.consumers.state import State
from equipoise.settings import Information

MEMORY = 0.05  # weight of a day's posts in the public rating, at one post per hundred people


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

    def publish(self, people: State, authors: np.ndarray) -> None:
        """Take in the day's posts, deleted ones left out; no posts leave the record as it was."""
        authors = authors[~people.deleted[authors]]
        count = len(authors)
        self.posting = count / len(people.stage)
        if not count:
            return
        valence = people.valence[authors]
        self.forum = float(valence.mean(dtype=np.float64))
        followers = valence[people.follows[authors]]
        if len(followers):
            self.community = float(followers.mean(dtype=np.float64))
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
