"""Control charts: is a run of counts chance, or has something changed?

Each works on standardised values z, mean 0 and variance 1 while nothing is wrong, and looks for a rise; a second one
on -z looks for a fall. Numbers or arrays go in and come out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Rule = Literal["cusum", "ewma", "shewhart", "always", "never"]


@dataclass(frozen=True)
class Chart:
    """One chart's rule and its parameters.

    ``cusum``: C' = max(0, C + z - k), signals above h (Page 1954). ``ewma``: E' = E + weight (z - E), signals above
    width * sqrt(weight / (2 - weight)) (Roberts 1959). ``shewhart``: z itself, signals above width (Shewhart 1931).
    ``always`` and ``never`` signal at every value, and at none.
    """

    rule: Rule = "cusum"
    k: float = 0.5
    h: float = 4.0
    weight: float = 0.2
    width: float = 3.0

    @property
    def limit(self) -> float:
        """The value of the statistic above which the chart signals."""
        if self.rule == "cusum":
            return self.h
        if self.rule == "ewma":
            return self.width * math.sqrt(self.weight / (2.0 - self.weight))
        return {"shewhart": self.width, "always": -math.inf, "never": math.inf}[self.rule]

    def move(self, statistic: Any, z: Any) -> Any:
        """Return the statistic after one more value; it starts at 0."""
        if self.rule == "cusum":
            return np.maximum(statistic + z - self.k, 0.0)
        if self.rule == "ewma":
            return statistic + self.weight * (z - statistic)
        return z

    def signals(self, statistic: Any) -> Any:
        """Return whether the statistic says that something has changed."""
        return statistic > self.limit
