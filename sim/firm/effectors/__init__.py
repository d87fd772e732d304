"""Effectors: from effort to deeds."""
