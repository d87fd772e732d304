"""Runs made readable: measures, scorecard, figures."""
