"""Execution of jobs: sweeps, executors, worker pool, clusters."""
