"""The output of a run: its folder, and the trace of one complaint."""
