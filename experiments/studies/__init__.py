"""Finished studies: their comparison and their report."""

DEFAULT_MEASURES = "time_in_band,mean_satisfaction,cost"
LEVER_ADVICE = "a setting that the study varies, such as strategy"
