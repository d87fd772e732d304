"""Target patterns: whether the model shows them, and loses them without their mechanisms."""
