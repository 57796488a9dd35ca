"""A test as a person names it: its function, and apart from it what it was run with.

Takes a test's id as recorded (pytest's ``path::Class::test_name[parameters]``, or any other text), gives both parts. Nothing
is lost but the path, the class and the ``test_`` that all of them have.
"""

from __future__ import annotations

__all__ = ["test_name"]


def test_name(test_id: str) -> tuple[str, str]:
    """The name of a test's function, and its parameters.

    Parameters
    ----------
    test_id
        As recorded.

    Returns
    -------
    tuple of str
        The name without ``test_``, and what stands in brackets behind it; "" where nothing does.

    Examples
    --------
    >>> test_name("tests/test_chat.py::TestChat::test_stream[openai-True]")
    ('stream', 'openai-True')
    """
    _, found, rest = test_id.partition("::")
    qualified, parameters = _parameters_apart(rest if found else test_id)
    name = qualified.rpartition("::")[2]
    return name.removeprefix("test_") or name or test_id, parameters


def _parameters_apart(name: str) -> tuple[str, str]:
    """Brackets that end a name and follow it without a space; others are words of a title."""
    before, bracket, inside = name.partition("[")
    if bracket and name.endswith("]") and before and not before[-1].isspace():
        return before, inside[:-1]
    return name, ""


test_name.__test__ = False  # type: ignore[attr-defined]
