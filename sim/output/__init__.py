"""What a run leaves behind: its folder, and the trace of one complaint."""
