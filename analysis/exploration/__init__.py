"""Algorithms that explore a settings space: border search, PRIM boxes, sensitivity indices."""
