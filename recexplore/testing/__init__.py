"""For test suites: pytest plugins, one line that fails where recordings are not clean, contracts that plugins keep."""
