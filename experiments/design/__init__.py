"""Study design: points, sweep syntax, experiment files, the plan of a study."""
