"""Finished studies: their comparison and their report."""

DEFAULT_MEASURES = "time_in_band,mean_satisfaction,cost"
