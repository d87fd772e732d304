"""The settings of a run: records with ranges, units and sources, and the files that they name."""
