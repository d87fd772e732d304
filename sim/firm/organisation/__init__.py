"""The firm's departments and their internal dynamics."""
