"""The consumers: traits, state, rules, the steps of their day, the census."""
