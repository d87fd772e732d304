"""Effectors: a class for each kind, found by its `kind`; `bonds` sums the bonds left by deeds."""
