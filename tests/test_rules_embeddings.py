"""Embeddings of another size than asked, in every form in which vectors come."""

from __future__ import annotations

from base64 import b64encode
from struct import pack
from typing import Any

import pytest
from dialect_kit import envelope

import recexplore


def base64_of(*numbers: float) -> str:
    return b64encode(pack(f"<{len(numbers)}f", *numbers)).decode()


def openai(*vectors: Any) -> dict[str, Any]:
    return {"object": "list", "data": [{"embedding": each, "index": at} for at, each in enumerate(vectors)]}


V4, V6 = [0.25, -0.5, 0.75, 0.5], [0.25, -0.5, 0.75, 0.5, 0.0, 1.0]
BODIES: dict[str, tuple[dict[str, Any], int]] = {
    "of OpenAI": (openai(V6, V6), 6),
    "in base64": (openai(base64_of(*V6)), 6),
    "of Ollama": ({"embeddings": [V6, V6]}, 6),
    "of Ollama, of old": ({"embedding": V6}, 6),
    "of Titan": ({"embedding": V6, "embeddingsByType": {"float": V6}}, 6),
    "packed bits": (openai([1, 255, 3]), 24),
    "integers": (openai([1, -127, 3]), 3),
    "a vector a token": (openai([V6, V6, V6]), 6),
    "packed bits in base64": (openai(b64encode(b"\x01\x02\x03\x04\x05\x06").decode()), 48),
}


def found(read: Any, body: dict[str, Any], asked: int | None) -> list[tuple[str, str]]:
    request = {"model": "m", "input": ["a"], **({} if asked is None else {"dimensions": asked})}
    corpus = read(envelope({"model": "m", **body}, endpoint="/v1/embeddings", streaming=False, **request))
    assert corpus.recordings["dialect"].tolist() == ["embeddings"]
    findings = recexplore.check(corpus, select=["embedding-size"])
    assert "failed" not in findings.attrs
    return list(zip(findings["severity"].astype(str), findings["message"], strict=True))


@pytest.mark.parametrize("name", BODIES)
def test_every_form_is_read(read: Any, name: str) -> None:
    body, size = BODIES[name]
    assert found(read, body, size) == []
    assert found(read, body, None) == []
    assert [severity for severity, _ in found(read, body, 100)] == ["error"]


def test_some_of_several(read: Any) -> None:
    [(_, message)] = found(read, openai(V6, V4, V6), 6)
    assert message == "The request asked for embeddings with 6 dimensions; 1 of 3 has 4."


@pytest.mark.parametrize("body", [openai([]), openai(None), openai("")])
def test_where_there_is_no_vector(read: Any, body: dict[str, Any]) -> None:
    assert found(read, body, 6) == []
