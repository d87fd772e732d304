"""Maps and searches: the envelope, sensitivity, tuning. Each is a study of points, run by the sweep's executor."""
