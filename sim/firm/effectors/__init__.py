"""Effectors: a class for each kind, found by its `kind`; `bonds` sums what deeds leave behind."""
