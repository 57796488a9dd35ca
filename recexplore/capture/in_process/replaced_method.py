"""A method of a class that another stands in for, for a while.

Takes a class, the name of a method and a function that makes a substitute of the original; puts it there and takes it away.
Never takes away what others put in its place meanwhile: the substitute then stays behind that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

__all__ = ["Method", "ReplacedMethod"]

Method = Callable[..., Any]


class ReplacedMethod:
    """A method, and what may stand in for it.

    Raises
    ------
    KeyError
        The class itself has no such method.
    """

    def __init__(self, owner: type, name: str, substitute: Callable[[Method], Method]) -> None:
        self._owner, self._name, self._make = owner, name, substitute
        self._original: Method = self._current
        self._substitute: Method | None = None

    @property
    def _current(self) -> Method:
        method: Method = vars(self._owner)[self._name]
        return method

    def put(self) -> None:
        """Put the substitute in its place, unless it stands there, or behind what others put there."""
        if self._substitute is None or self._current is self._original:
            self._original = self._current
            self._substitute = wraps(self._original)(self._make(self._original))
            setattr(self._owner, self._name, self._substitute)

    def restore(self) -> None:
        """Put the original back, where nothing else stands there."""
        if self._current is self._substitute:
            setattr(self._owner, self._name, self._original)
            self._substitute = None
