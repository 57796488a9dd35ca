"""For other people's test suites: a pytest plugin, and one line that fails where recordings are not clean."""
