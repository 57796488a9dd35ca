"""The first line of a journal, and the name of its file.

Takes what was asked when it is, makes both when they are to be written, for that takes a while; then holds the body of the
request no longer.
"""

from __future__ import annotations

from functools import cached_property

from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.lines import Headers, request_line, request_noted
from recexplore.capture.journal.name import journal_name

__all__ = ["FirstLine"]


class FirstLine:
    """What is written first of an exchange.

    Parameters
    ----------
    method, url, headers, body
        What was asked.
    n_lost
        How many bytes its body had, where that is not here.
    received_posix_ns
        The time of day.
    test_id
        Which test asked.
    """

    def __init__(
        self,
        method: str,
        url: str,
        headers: Headers,
        body: bytes,
        *,
        n_lost: int,
        received_posix_ns: int,
        test_id: str | None,
    ) -> None:
        self._method, self._url, self._headers, self._body = method, url, list(headers), body
        self._n_lost, self._received_posix_ns, self._test_id = n_lost, received_posix_ns, test_id

    @cached_property
    def keys(self) -> KeyMask:
        """The keys of the request."""
        return KeyMask(self._headers, self._url, self._body)

    @cached_property
    def named(self) -> tuple[str, bytes]:
        """The name of the file, and the line."""
        request = request_noted(self._method, self._url, self._headers, self._body, self.keys)
        self._body = b""
        if self._n_lost:
            request["lost"] = self._n_lost
        line = request_line(request, received_posix_ns=self._received_posix_ns, test_id=self._test_id)
        return journal_name(request, self._received_posix_ns, test_id=self._test_id), line
