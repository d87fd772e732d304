"""Settings for all tests: Hypothesis, and one progress dot for twenty tests that pass."""

from hypothesis import settings

# The first call of a compiled rule takes seconds, which is no failure.
settings.register_profile("equipoise", deadline=None, derandomize=True)
settings.load_profile("equipoise")

TESTS_PER_DOT = 20
counter = {"passed": 0}


def pytest_report_teststatus(report):
    """Show one dot for twenty tests that pass; failures keep their letters."""
    if report.when == "call" and report.passed:
        counter["passed"] += 1
        return "passed", "" if counter["passed"] % TESTS_PER_DOT else ".", "PASSED"
    return None
