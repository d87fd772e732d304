"""Names for the array types that modules exchange."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating]  # float32 or float64, by the precision of the run
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DayNumbers = NDArray[np.int32]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Indices = NDArray[np.uint32]
UInts = NDArray[np.uint64]
StructuredArray = NDArray[np.void]  # rows of named fields
