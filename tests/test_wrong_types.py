"""Values of the wrong type in recordings of every envelope: what `recexplore.testing.wrong_types` asks.

Those of every dialect are bent by its contract (`recexplore.testing.dialect_contract`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import test_anthropic
from dialect_kit import envelope as llama_stack_document

from recexplore.model.exchange import Exchange, Json
from recexplore.read import envelopes
from recexplore.read.dialects import DIALECTS
from recexplore.read.registry import Dialects
from recexplore.read.wire.content import Content
from recexplore.testing.wrong_types import bent, bent_everywhere, bent_fields, broken_promises, document_of

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


COLLECTIONS: dict[str, list[Json]] = {folder: list(bundled(folder)) for folder in FOLDERS}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_wrong_types_harm_nothing_else(name: str) -> None:
    documents = COLLECTIONS[name]
    odd = [each for at, document in enumerate(documents) for each in bent_everywhere(document, BENT_A_RECORDING, at)]

    assert broken_promises(documents, odd) == []


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_text_or_a_number_that_is_a_list_of_two_harms_nothing_else(name: str) -> None:
    assert broken_promises(COLLECTIONS[name][:3], bent_fields(COLLECTIONS[name], ["a", "b"])) == []


def test_all_folders_are_bent() -> None:
    assert all(COLLECTIONS.values())
    assert sum(map(len, COLLECTIONS.values())) > 100


def test_a_broken_promise_is_told_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    from recexplore.read.dialects import anthropic

    def failing(chunks: Any, rows: Any, columns: Any) -> None:
        if any(chunk.get("usage") == [1, 2] for chunk in chunks):
            raise RuntimeError("a defect")
        real(chunks, rows, columns)

    real, document = anthropic.extract, llama_stack_document(test_anthropic.STREAM, endpoint=test_anthropic.ENDPOINT)
    broken = replace(anthropic.DIALECT, extract=failing)
    dialects = tuple(broken if dialect is anthropic.DIALECT else dialect for dialect in DIALECTS)
    monkeypatch.setattr("recexplore.read.batch.known", lambda: Dialects(dialects))
    place = ("response", "body", 0)
    odd = [
        bent(document, (*place, "message"), 7),
        bent(document, place, {**document["response"]["body"][0], "usage": [1, 2]}),
    ]
    (told,) = broken_promises([document], odd)

    assert told.endswith("the dialect anthropic failed: RuntimeError: a defect")
