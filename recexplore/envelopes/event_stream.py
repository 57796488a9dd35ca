"""A stream as it came: server-sent events or lines of JSON, saved as they are (``curl -N … > answer.sse``).

Takes the text of one answer, gives one exchange. Nothing but the answer is known: no request, no time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.bodies import read_events, read_lines
from recexplore.decoding import Content, decode_json
from recexplore.model import Exchange
from recexplore.sse import looks_like_events
from recexplore.telling import may_be_answer

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "event-stream"

_LOOKED_AT: Final = 50
_SUFFIXES: Final = (".sse",)


def sniff(content: Content) -> float:
    if content.is_lines:
        return 0.5 if any(may_be_answer(decode_json(line).value) for line in content.first_lines(_LOOKED_AT)) else 0.0
    if content.looks_like_json:
        return 0.0
    if content.name.lower().endswith(_SUFFIXES):
        return 0.9
    # A mapping of YAML may begin with a key that is a field of events too.
    is_yaml = content.name.lower().endswith((".yaml", ".yml"))
    return (0.1 if is_yaml else 0.5) if looks_like_events(content.data) else 0.0


def read(content: Content) -> Iterator[Exchange]:
    exchange = Exchange(NAME, streaming=True)
    (read_lines if content.is_lines else read_events)(content.data).fill(exchange)
    yield exchange
