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


def told(read: Any, body: dict[str, Any], **request: Any) -> list[tuple[str, str]]:
    corpus = read(envelope({"model": "m", **body}, endpoint="/v1/embeddings", streaming=False, model="m", **request))
    findings = recexplore.check(corpus, select=["embedding-inputs"])
    assert "failed" not in findings.attrs
    return list(zip(findings["severity"].astype(str), findings["message"], strict=True))


@pytest.mark.parametrize(
    ("given", "n"),
    [
        ("a", 1),
        (["a"], 1),
        (["a", "b"], 2),
        ([1, 2, 3], 1),
        ([[1, 2], [3]], 2),
        ([1, "a", 2], None),
        ([{"text": "a"}, {"image": "b"}], None),
        (None, None),
    ],
)
def test_how_many_inputs_there_are(read: Any, given: Any, n: int | None) -> None:
    for came in (1, 2, 3):
        wanted = [] if n in (None, came) else ["error"]
        assert [severity for severity, _ in told(read, openai(*[V4] * came), input=given)] == wanted
        assert [severity for severity, _ in told(read, {"embeddings": [V4] * came}, input=given)] == wanted


@pytest.mark.parametrize(
    ("numbers", "fault"),
    [
        ([0, 1, 3], "number 2 is missing"),
        ([0, 1, 1], "number 2 is missing and number 1 comes more than once"),
        ([1, 2, 3], "number 0 is missing"),
        ([0, 0, 0], "numbers 1 and 2 are missing and number 0 comes more than once"),
    ],
)
def test_numbers_that_leave_one_out(read: Any, numbers: list[int], fault: str) -> None:
    body = {"data": [{"embedding": V4, "index": number} for number in numbers]}
    for request in ({}, {"input": ["a", "b", "c"]}):
        [(severity, message)] = told(read, body, **request)
        assert severity == "error"
        assert fault in message


def test_what_is_numbered_in_another_order_or_not_at_all(read: Any) -> None:
    assert told(read, {"data": [{"embedding": V4, "index": number} for number in (2, 0, 1)]}, input=list("abc")) == []
    assert told(read, {"data": [{"embedding": V4}] * 3}, input=list("abc")) == []


@pytest.mark.parametrize("vector", [[0.0] * 6, [0] * 6, base64_of(*[0.0] * 6)])
def test_a_vector_of_zeros(read: Any, vector: Any) -> None:
    [(severity, message)] = told(read, openai(V6, vector), input=["a", "b"])
    assert severity == "warning"
    assert message.startswith("1 of 2 embeddings is nothing but zeros")
    assert told(read, openai(V6, [0.0, 0.0, 1.0]), input=["a", "b"]) == []


def test_another_encoding_than_asked(read: Any) -> None:
    for asked, own, other in (("base64", base64_of(*V6), V6), ("float", V6, base64_of(*V6))):
        assert told(read, openai(own), input="a", encoding_format=asked) == []
        assert told(read, openai(other), input="a") == []
        [(severity, _)] = told(read, openai(other), input="a", encoding_format=asked)
        assert severity == "warning"
    assert told(read, openai([1, -127, 3]), input="a", encoding_format="int8") == []
