"""The community's coefficients as one flat row of numbers, for the steps of the day."""

from __future__ import annotations

import numpy as np

from equipoise.array_types import StructuredArray
from equipoise.settings.community import Community
from equipoise.settings.schema import SettingsModel


def coefficient_table(community: Community) -> StructuredArray:
    """Return the coefficients as a table (1,) with one column each: kappa, loss_aversion, ...

    Raises:
        ValueError: if two groups of the community use the same name.
    """
    values: list[tuple[str, float]] = []
    for group_name in type(community).model_fields:
        group = getattr(community, group_name)
        if isinstance(group, SettingsModel):
            values.extend(group)
    dtype = np.dtype([(name, np.float64) for name, _ in values])
    return np.array([tuple(value for _, value in values)], dtype)
