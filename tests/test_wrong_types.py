"""Values of the wrong type in recordings of every dialect and every envelope: what `recexplore.testing.wrong_types` asks."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from dialect_kit import envelope as llama_stack_document

from recexplore.model.exchange import Exchange, Json
from recexplore.read import envelopes
from recexplore.read.dialects import DIALECTS
from recexplore.read.registry import Dialects
from recexplore.read.wire.content import Content
from recexplore.testing.wrong_types import Bent, bent, bent_everywhere, broken_promises, document_of, places

PROJECT = Path(__file__).parent.parent
FOLDERS = ("recordings/llama-stack", "recordings/made", "recordings/formats", "recexplore/rules/examples")
OF_MANY_CHUNKS = 8
BENT_A_RECORDING = 5


def shortened(document: Json) -> Json:
    """The document, of long lists only the beginning: what follows is more of the same."""
    if isinstance(document, dict):
        return {key: shortened(value) for key, value in document.items()}
    return [shortened(item) for item in document[:OF_MANY_CHUNKS]] if isinstance(document, list) else document


def bundled(folder: str) -> Iterator[Json]:
    """Every recording in a folder: as the document it is, and unwrapped, so that what stands in texts is bent too."""
    for path in sorted((PROJECT / folder).rglob("*.*")):
        content = Content(path.name, path.read_bytes()) if path.is_file() else None
        reader = envelopes.choose(content) if content and path.suffix not in (".md", ".py", ".pyc") else None
        if content is None or reader is None:
            continue
        is_document = content.looks_like_json and not content.is_lines
        if is_document:
            yield shortened(content.document.value)
        if not is_document or reader.NAME != "llama-stack":
            yield from (shortened(document_of(each)) for each in reader.read(content) if isinstance(each, Exchange))


def documented(module: ModuleType) -> list[Json]:
    """The chunks that a dialect's own tests know, each as a stream, and the stream among them."""
    chunks: dict[str, Any] = getattr(module, "DOCUMENTED", None) or getattr(module, "BODIES", {})
    streams = [*([each] for each in chunks.values()), *([module.STREAM] if hasattr(module, "STREAM") else [])]
    return [llama_stack_document(each, endpoint=getattr(module, "ENDPOINT", "/")) for each in streams]


COLLECTIONS: dict[str, list[Json]] = {
    **{folder: list(bundled(folder)) for folder in FOLDERS},
    **{dialect.name: documented(importlib.import_module(f"test_{dialect.name}")) for dialect in DIALECTS},
}


@pytest.mark.parametrize("name", [name for name, documents in COLLECTIONS.items() if documents])
def test_wrong_types_harm_nothing_else(name: str) -> None:
    documents = COLLECTIONS[name]
    odd = [each for at, document in enumerate(documents) for each in bent_everywhere(document, BENT_A_RECORDING, at)]

    assert broken_promises(documents, odd) == []


@pytest.mark.parametrize("name", [name for name, documents in COLLECTIONS.items() if documents])
def test_a_text_or_a_number_that_is_a_list_of_two_harms_nothing_else(name: str) -> None:
    found: dict[Any, Bent] = {}
    for document in COLLECTIONS[name]:
        for place in places(document):
            told_as = tuple(step for step in place if isinstance(step, str))
            if told_as not in found:
                found[told_as] = bent(document, place, ["a", "b"])

    assert broken_promises(COLLECTIONS[name][:3], list(found.values())) == []


def test_all_dialects_and_envelopes_are_bent() -> None:
    assert {name for name in COLLECTIONS if COLLECTIONS[name]} >= {
        dialect.name for dialect in DIALECTS if dialect.name not in ("openai_chat", "unknown")
    }
    assert sum(map(len, COLLECTIONS.values())) > 400


def test_a_broken_promise_is_told_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    from recexplore.read.dialects import anthropic

    def failing(chunks: Any, rows: Any, columns: Any) -> None:
        if any(chunk.get("usage") == [1, 2] for chunk in chunks):
            raise RuntimeError("a defect")
        real(chunks, rows, columns)

    real, document = anthropic.extract, COLLECTIONS["anthropic"][-1]
    broken = replace(anthropic.DIALECT, extract=failing)
    dialects = tuple(broken if dialect is anthropic.DIALECT else dialect for dialect in DIALECTS)
    monkeypatch.setattr("recexplore.read.load.known", lambda: Dialects(dialects))
    place = ("response", "body", 0)
    odd = [
        bent(document, (*place, "message"), 7),
        bent(document, place, {**document["response"]["body"][0], "usage": [1, 2]}),
    ]
    (told,) = broken_promises([document], odd)

    assert told.endswith("the dialect anthropic failed: RuntimeError: a defect")
