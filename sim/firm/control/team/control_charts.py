"""Control charts: detection of a lasting rise in a series of counts.

A chart works on standardised values z, with mean 0 and variance 1 while the process is in control,
and looks for a rise; a second chart on -z looks for a fall. Numbers and arrays are both accepted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

ChartRule = Literal["cusum", "ewma", "shewhart", "always", "never"]


@dataclass(frozen=True)
class ControlChart:
    """Rule and parameters of a chart.

    - ``cusum``: C' = max(0, C + z - k), signals above h (Page 1954).
    - ``ewma``: E' = E + weight (z - E), signals above width * sqrt(weight / (2 - weight))
      (Roberts 1959).
    - ``shewhart``: z itself, signals above width (Shewhart 1931).
    - ``always`` and ``never`` signal at every value and at none.
    """

    rule: ChartRule = "cusum"
    k: float = 0.5
    h: float = 4.0
    weight: float = 0.2
    width: float = 3.0

    @property
    def limit(self) -> float:
        """Control limit: the chart signals above it."""
        if self.rule == "cusum":
            return self.h
        if self.rule == "ewma":
            return self.width * math.sqrt(self.weight / (2.0 - self.weight))
        if self.rule == "shewhart":
            return self.width
        return -math.inf if self.rule == "always" else math.inf

    def update(self, statistic: Any, z: Any) -> Any:
        """Return the statistic after one more value; it starts at 0."""
        if self.rule == "cusum":
            return np.maximum(statistic + z - self.k, 0.0)
        if self.rule == "ewma":
            return statistic + self.weight * (z - statistic)
        return z

    def signals(self, statistic: Any) -> Any:
        """Return True where the statistic is above the control limit."""
        return statistic > self.limit
