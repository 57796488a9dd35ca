"""The short name of a test: its function, and its parameters apart.

Takes a recorded test's id as pytest writes it, or whatever else somebody called a request; gives two texts.
"""

from __future__ import annotations

__all__ = ["function_and_parameters"]

_PREFIX = "test_"


def function_and_parameters(test_id: str) -> tuple[str, str]:
    """The function without its file, its class and ``test_``; and its parameters in their brackets, empty where it has none.

    Examples
    --------
    >>> function_and_parameters("tests/test_sun.py::TestSun::test_in_latin[openai/gpt-4o::stream]")
    ('in_latin', '[openai/gpt-4o::stream]')
    """
    called, bracket, parameters = test_id.partition("[")
    function = called.rpartition("::")[2]
    return function.removeprefix(_PREFIX) or function, f"{bracket}{parameters}"
