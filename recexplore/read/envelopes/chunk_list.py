"""An answer without any wrapping, as JSON: a list of chunks, or one whole body (``json.dump(chunks, file)``).

Takes a JSON document, gives one exchange; of several answers in one list, one each. To be taken for an answer, objects have
to have a field that some provider's answers have; what such a field means is not this module's question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from recexplore.model.exchange import CHUNK, Exchange
from recexplore.read.registry import known
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import note_damage

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "chunk-list"


def sniff(content: Content) -> float:
    if not content.looks_like_json or content.is_lines:
        return 0.0
    value = content.document.value
    if any(map(known().may_be_answer, value[:50] if isinstance(value, list) else [value])):
        return 0.3
    # What should have been a stream may be the one object that says why there is none.
    return 0.25 if isinstance(value, dict) and content.name.lower().endswith(".sse") else 0.0


def read(content: Content) -> Iterator[Exchange]:
    document = content.document
    is_list = isinstance(document.value, list)
    chunks = document.value if is_list else [document.value]
    borders = [0, *(end + 1 for end in known().last_chunks(chunks) if end + 1 < len(chunks)), len(chunks)]
    for number, (start, end) in enumerate(pairwise(borders)):
        exchange = Exchange(NAME, chunks[start:end], number, lone_surrogates=document.lone_surrogates)
        exchange.streaming = is_list and not (end - start == 1 and known().ends_answer(chunks[start]))
        exchange.path, exchange.chunk_path = (), (CHUNK,) if is_list else ()
        exchange.items = range(start, end)
        cut = end - start - 1 if document.is_cut and end > start else None
        damage = [replace(each, chunk=cut) for each in document.damage]
        note_damage(exchange, damage, is_cut=document.is_cut, is_last=end == len(chunks))
        yield exchange
