"""What is made of a finished study: the comparison in the terminal, the report on a page."""
