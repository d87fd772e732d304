"""Benchmarks of the model and of sweeps."""
