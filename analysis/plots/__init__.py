"""Figures of runs, comparisons and searches; the only door to matplotlib."""
