"""Who may ask a server of this machine: programs of this machine, and no page of another site.

Takes the header of a request, gives why it is refused, None where it is not. A name that was bound to this machine by
somebody else (DNS rebinding) is no name of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

__all__ = ["refusal"]

_OF_THIS_MACHINE: Final = re.compile(r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_SAME_SITES: Final = ("same-origin", "same-site", "none")


def refusal(hosts: Sequence[str], origins: Sequence[str], sites: Sequence[str]) -> str | None:
    """Why a request is refused, by its fields ``Host``, ``Origin`` and ``Sec-Fetch-Site``."""
    if len(hosts) != 1 or not _OF_THIS_MACHINE.fullmatch(hosts[0]):
        return "the Host is no name of this machine: ask localhost or 127.0.0.1"
    if not all(map(_is_of_this_machine, origins)) or not all(site in _SAME_SITES for site in sites):
        return "the request comes from a page of another site"
    return None


def _is_of_this_machine(origin: str) -> bool:
    try:
        return _OF_THIS_MACHINE.fullmatch(urlsplit(origin).netloc) is not None
    except ValueError:
        return False
