"""Experiments: configuration, studies, searches and the command line."""
