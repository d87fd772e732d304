"""Organisation: the departments of the firm and their internal dynamics."""
