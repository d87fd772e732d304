"""Storage of studies and runs on disk."""
