"""The URL under which the recorder of llama-stack (now OGX) notes a call, from the one that went over the network.

Takes the URL that was asked, gives the one by whose path a replay looks for the call. The recorder stands in an SDK and puts
the path of the API, its version included, behind the client's base URL, which has a version already as a rule:
``https://api.openai.com/v1/v1/chat/completions``. What it does not catch in the SDK keeps its URL.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

__all__ = ["noted_url"]

_CALL: Final = re.compile(r"/(?:chat/completions|completions|embeddings|responses)$")
"""The calls that the recorder catches in the SDK (``patch_inference_clients``); what stands before is the base URL."""
_VERSION: Final = "/v1"


def noted_url(url: str) -> str:
    """The URL that is noted of a call; the same where it is no such call, or no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    call = _CALL.search(parts.path)
    if call is None:
        return url
    return parts._replace(path=parts.path[: call.start()].rstrip("/") + _VERSION + call[0]).geturl()
