"""A stream as it came: server-sent events or lines of JSON, saved as they are (``curl -N … > answer.sse``).

Takes the text of an answer, gives one exchange; of several answers, one behind the other, one each. Nothing but the answers
is known: no request, no time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.bodies import read_events, read_lines
from recexplore.decoding import Content, decode_json
from recexplore.model import Exchange
from recexplore.sse import looks_like_events
from recexplore.telling import ends_answer, may_be_answer

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
    body = (read_lines if content.is_lines else read_events)(content.data)
    chunks = body.chunks
    # Answers that were saved one behind the other; a last word may follow the end.
    ends = [
        at
        for at, chunk in enumerate(chunks)
        if ends_answer(chunk) and not (at + 1 < len(chunks) and chunks[at + 1] == "[DONE]")
    ]
    for number, part in enumerate(body.cut(ends)):
        exchange = Exchange(NAME, number=number, streaming=len(part.chunks) != 1 or not ends_answer(part.chunks[0]))
        part.fill(exchange)
        yield exchange
