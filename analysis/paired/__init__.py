"""Strategies in the same worlds: differences, how sure they are, ranks, regret, and all of it in words."""
