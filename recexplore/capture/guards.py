"""Which requests to a local server come from a program of this machine, and not from a page of some web site.

Takes the header fields of a request, gives why it is refused, or None. A name that a web site rebound to this machine is
told by the Host field, a page's request by the fields that browsers send with it.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

__all__ = ["LOOPBACK_NAME", "Refusal", "is_loopback", "refusal"]

LOOPBACK_NAME: Final = "localhost"
_PORTS: Final = {"http": 80, "https": 443}
_MISDIRECTED: Final = 421
_FORBIDDEN: Final = 403
_SAME_SITES: Final = ("same-origin", "same-site", "none")


class Refusal(NamedTuple):
    """The status that refuses a request, and a sentence that says why."""

    status: int
    reason: str


def refusal(headers: Iterable[tuple[str, str]], port: int) -> Refusal | None:
    """Why a request to this machine's ``port`` is refused; None where it is not.

    Parameters
    ----------
    headers
        Its fields, each as often as it came.
    port
        The port that the server listens at.
    """
    fields: dict[str, list[str]] = defaultdict(list)
    for name, value in headers:
        fields[name.lower()].append(value)
    host = ", ".join(fields["host"])
    if not _is_here(host, port):
        expected = f"expected 127.0.0.1:{port}, {LOOPBACK_NAME}:{port} or [::1]:{port}"
        return Refusal(
            _MISDIRECTED, f"the Host field says {host!r}: {expected}, for only programs of this machine may ask"
        )
    for origin in fields["origin"]:
        if not is_loopback(_split(origin).hostname):
            return Refusal(_FORBIDDEN, f"a page of {origin!r} asked: only pages of this machine may")
    for site in fields["sec-fetch-site"]:
        if site.strip().lower() not in _SAME_SITES:
            return Refusal(_FORBIDDEN, f"a page of another site asked (Sec-Fetch-Site: {site}): only this machine may")
    return None


def is_loopback(host: str | None) -> bool:
    """Whether a name or an address is this machine's own."""
    if host is None or host == LOOPBACK_NAME:
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_here(host: str, port: int) -> bool:
    parts = _split(f"http://{host}")
    try:
        named = parts.port or _PORTS["http"]
    except ValueError:
        return False
    return named == port and parts.netloc == host and "@" not in host and is_loopback(parts.hostname)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")
