"""Receptors: a class for each kind, found by its `kind`; `samples` and `classifier` are shared."""
