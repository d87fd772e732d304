"""What is made of a finished study: the comparison in the terminal, the report on a page."""

DEFAULT_MEASURES = "time_in_band,mean_satisfaction,cost"  # measures, where none is asked for
