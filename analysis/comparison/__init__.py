"""Paired comparison of strategies: differences, verdicts, ranking, Pareto fronts, sample size."""
