"""Searches: the envelope, sensitivity and tuning. Each is a study run by a sweep's executors."""
