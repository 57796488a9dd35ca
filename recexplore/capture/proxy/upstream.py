"""The server behind the proxy: its URLs, and the header fields that pass to and from it.

Takes the URL that a user names, and what a client sent; gives what the server is to be sent. Knows no HTTP library, and
opens no connection.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from recexplore.capture.guards import is_loopback
from recexplore.capture.hop_fields import end_to_end

__all__ = ["Upstream", "to_be_sent"]

Fields = Iterable[tuple[str, str]]

_SCHEMES: Final = ("http", "https")
_MADE_ANEW: Final = frozenset({"host", "content-length", "accept-encoding", "expect"})
"""Fields of a request that are not passed on: the connection to the server needs its own."""
_VERSIONED: Final = re.compile(r"/v\d+[a-z0-9]*$")


@dataclass(frozen=True, slots=True)
class Upstream:
    """A server that answers in the end.

    Attributes
    ----------
    url
        Scheme, host and perhaps a path, which comes before the path of every request; no slash at its end.
    proxy, proxy_fields
        The proxy that the environment (``HTTPS_PROXY``, ``NO_PROXY`` …) names, as other clients use it, and what it is to
        be sent; None where there is none.
    """

    url: str
    proxy: str | None = None
    proxy_fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, url: str) -> Upstream:
        """The server that a user names.

        Raises
        ------
        ValueError
            It is no URL of a server, and why.
        """
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError as error:
            raise ValueError(f"--upstream {url!r} is no URL: {error}") from None
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError(f"--upstream: expected a URL like https://api.openai.com, found {url!r}")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError(
                "--upstream: expected scheme, host and perhaps a path, found more; keys are sent by the client itself"
            )
        proxy = _proxy_of(parts.scheme, parts.hostname)
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", *_without_user(proxy))

    @property
    def path(self) -> str:
        """The path that comes before every request's."""
        return urlsplit(self.url).path

    @property
    def is_versioned(self) -> bool:
        """Whether its path ends with the version of an API (``/v1``), which clients mostly add."""
        return _VERSIONED.search(self.path) is not None

    def url_of(self, target: str) -> str:
        """The URL of what a client asked for: a path, and perhaps a query."""
        return self.url + target


def to_be_sent(headers: Fields) -> list[tuple[str, str]]:
    """The fields of a client's request as the server gets them: all that are not the connection's own, and a wish for an
    answer that is not compressed, so that its chunks can be told apart as they come."""
    passed = [(name, value) for name, value in end_to_end(headers) if name.lower() not in _MADE_ANEW]
    return [*passed, ("Accept-Encoding", "identity")]


def _proxy_of(scheme: str, host: str) -> str | None:
    if is_loopback(host) or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(scheme) or proxies.get("all")


def _without_user(proxy: str | None) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """The proxy's URL, and the field that says who uses it."""
    if proxy is None or "@" not in proxy:
        return proxy, ()
    parts = urlsplit(proxy)
    user, _, place = parts.netloc.rpartition("@")
    said = base64.b64encode(unquote(user).encode()).decode("ascii")
    return parts._replace(netloc=place).geturl(), (("Proxy-Authorization", f"Basic {said}"),)
