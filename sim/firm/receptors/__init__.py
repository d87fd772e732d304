"""Receptors: from the market to a reading."""
