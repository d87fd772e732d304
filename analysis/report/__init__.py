"""The report of a study: one page that a manager reads, with its figures."""
