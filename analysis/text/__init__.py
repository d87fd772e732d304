"""Numbers and results as text: formatting, scorecard, narrative, comparison tables."""
