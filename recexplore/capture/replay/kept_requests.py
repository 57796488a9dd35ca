"""The latest requests that came to a replay, and what answered them.

Takes each request as it comes, gives the latest of them. Their bodies are kept as long as they are not too many bytes: those
of the latest.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

__all__ = ["Asked", "KeptRequests"]

_MOST_REQUESTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came, and what answered it.

    Attributes
    ----------
    body
        What was sent; empty where that is not kept, or no longer.
    recording
        The id of the recording that answered; None for a miss.
    reason
        Why none did; None for a hit.
    """

    method: str
    path: str
    body: bytes
    recording: str | None
    reason: str | None = None


class KeptRequests:
    """The latest requests.

    Parameters
    ----------
    most_body_bytes
        How many bytes of their bodies are kept.
    """

    def __init__(self, most_body_bytes: int, most_requests: int = _MOST_REQUESTS) -> None:
        self._most_body_bytes, self._most_requests = most_body_bytes, most_requests
        self._numbers = count()
        self._requests: dict[int, Asked] = {}
        self._with_body: deque[int] = deque()
        self._n_body_bytes = 0

    def add(self, asked: Asked) -> None:
        """Keep a request, and no more than may be kept."""
        number = next(self._numbers)
        self._requests[number] = asked
        self._with_body.append(number)
        self._n_body_bytes += len(asked.body)
        while self._n_body_bytes > self._most_body_bytes or len(self._with_body) > self._most_requests:
            oldest = self._with_body.popleft()
            self._n_body_bytes -= len(self._requests[oldest].body)
            self._requests[oldest] = replace(self._requests[oldest], body=b"")
        if len(self._requests) > self._most_requests:
            del self._requests[number - self._most_requests]

    def latest(self) -> list[Asked]:
        """The requests, the last one last."""
        return list(self._requests.values())
