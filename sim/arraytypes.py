"""Names for the array types that cross the joints, and how compiled code is handed them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating]  # float32 or float64, by the precision of the run
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Indices = NDArray[np.uint32]
UInts = NDArray[np.uint64]
Table = NDArray[np.void]  # rows of named fields

# Numba counts references to every array of a record at every step, which costs forty times the step itself. Compiled
# code that allocates nothing has nothing to count.
UNCOUNTED: dict[str, Any] = {"_nrt": False}
