"""One setting for all tests: the first call of a compiled rule takes seconds, which is no failure."""

from hypothesis import settings

settings.register_profile("equipoise", deadline=None, derandomize=True)
settings.load_profile("equipoise")
