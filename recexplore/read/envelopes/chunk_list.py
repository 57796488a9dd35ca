"""An answer without any wrapping, as JSON: a list of chunks, or one whole body (``json.dump(chunks, file)``).

Takes a JSON document, gives one exchange. To be taken for an answer, objects have to have a field that some provider's
answers have; what such a field means is not this module's question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from recexplore.model.exchange import CHUNK, Exchange
from recexplore.read.registry import known
from recexplore.read.wire.content import Content

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "chunk-list"


def sniff(content: Content) -> float:
    if not content.looks_like_json or content.is_lines:
        return 0.0
    value = content.document.value
    return 0.3 if any(map(known().may_be_answer, value[:50] if isinstance(value, list) else [value])) else 0.0


def read(content: Content) -> Iterator[Exchange]:
    document = content.document
    streaming = isinstance(document.value, list)
    exchange = Exchange(NAME, streaming=streaming, lone_surrogates=document.lone_surrogates)
    exchange.chunks = document.value if streaming else [document.value]
    exchange.path, exchange.chunk_path = (), (CHUNK,) if streaming else ()
    if document.damage:
        if document.is_cut and exchange.chunks:
            exchange.damaged_chunk = len(exchange.chunks) - 1
        exchange.problems += (replace(each, chunk=exchange.damaged_chunk) for each in document.damage)
    yield exchange
