"""Amazon's event stream: names, blobs that are a model's JSON or an agent's text, and what recorders made of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from dialect_kit import rows
from hypothesis import given
from hypothesis import strategies as st
from test_bodies import bedrock_chunk, event_frame, frame, problems

import recexplore
from recexplore.model.exchange import Exchange
from recexplore.read.wire.aws_frames import MEDIA_TYPE, frames, without_unions
from recexplore.read.wire.body import Body
from recexplore.read.wire.http_body import read_body

AGENT = "/agents/A1/agentAliases/B1/sessions/s1/text"
MODEL = "/model/meta.llama3/invoke-with-response-stream"
LLAMA = [
    {"generation": "A “wren”", "prompt_token_count": 4, "generation_token_count": 1, "stop_reason": None},
    {"generation": ".\n", "prompt_token_count": None, "generation_token_count": 3, "stop_reason": "stop"},
]


def part(text: bytes | str, **beside: Any) -> bytes:
    """A frame with a part of an agent's answer."""
    blob = text.encode() if isinstance(text, str) else text
    return event_frame("chunk", {"bytes": base64.b64encode(blob).decode(), **beside})


def texts(body: Body) -> list[str]:
    return [chunk["chunk"]["bytes"] for chunk in body.chunks]


# --- frames ----------------------------------------------------------------------------------------------------------


def test_headers_of_every_type_are_passed_over() -> None:
    values = {0: b"", 1: b"", 2: b"x", 3: b"xx", 4: b"xxxx", 5: b"x" * 8, 6: b"\0\3abc", 8: b"x" * 8, 9: b"x" * 16}
    odd = b"".join(b"\1a" + bytes([kind]) + value for kind, value in values.items())
    (plain,) = frames(event_frame("trace", {"a": 1}))
    data = frame({"a": 1}, event_type="trace")
    # The same frame with the other headers in front of its own.
    head = odd + data[12 : 12 + int.from_bytes(data[4:8], "big")]
    total = 16 + len(head) + len(b'{"a": 1}')
    built = total.to_bytes(4, "big") + len(head).to_bytes(4, "big") + b"\0\0\0\0" + head + b'{"a": 1}' + b"\0\0\0\0"
    (found,) = frames(built)

    assert (found.name, found.payload) == (plain.name, plain.payload) == ("trace", b'{"a": 1}')


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert sum(found.size for found in frames(data)) <= len(data)


def test_an_error_that_the_api_does_not_model_is_one() -> None:
    body = read_body(frame(b"", message_type="error", error_code="internalError", error_message="it broke"), MEDIA_TYPE)

    assert body.chunks == [{"error": {"code": "internalError", "message": "it broke"}}]
    assert body.names == ["internalError"]


# --- blobs of a model ------------------------------------------------------------------------------------------------


def test_the_padding_beside_a_models_json_is_kept() -> None:
    body = read_body(bedrock_chunk(b'{"a": 1}'), MEDIA_TYPE, endpoint=MODEL)

    assert (body.chunks, body.names) == ([{"a": 1}], ["chunk"])
    assert body.framing == ['{"p":"abcdef"}']


def test_a_models_json_that_breaks_off_is_said_where_it_stands() -> None:
    body = read_body(bedrock_chunk(b'{"a": 1}') + bedrock_chunk(b'{"a": '), MEDIA_TYPE, endpoint=MODEL)

    assert body.chunks == [{"a": 1}, '{"a": ']
    assert problems(body) == [("a frame's payload is not JSON", 1)]


# --- blobs of an agent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["A wren.", "42", "true", '{"answer": 42}', "[1]", "[DONE]", '"so"', "", " "])
def test_an_agents_text_stays_text(text: str) -> None:
    body = read_body(part(text), MEDIA_TYPE, endpoint=AGENT)

    assert texts(body) == [text]
    assert (body.names, body.problems) == (["chunk"], [])


@pytest.mark.parametrize(
    ("data", "endpoint"),
    [
        (part('{"answer": 42}'), "/agents/session-1"),
        (event_frame("trace", {"trace": {}}) + part('{"answer": 42}'), None),
        (part('{"answer": 42}') + event_frame("returnControl", {"invocationId": "c"}), None),
        (part("So: ") + part('{"answer": 42}'), None),
    ],
    ids=["the path", "a trace", "control that is handed back", "the first part"],
)
def test_what_tells_an_agent(data: bytes, endpoint: str | None) -> None:
    body = read_body(data, MEDIA_TYPE, endpoint=endpoint)

    assert [chunk["chunk"]["bytes"] for chunk in body.chunks if "chunk" in chunk][-1] == '{"answer": 42}'


def test_what_stands_beside_a_part_is_kept() -> None:
    body = read_body(part("so", attribution={"citations": [{"a": 1}]}), MEDIA_TYPE, endpoint=AGENT)

    assert body.chunks == [{"chunk": {"bytes": "so", "attribution": {"citations": [{"a": 1}]}}}]


@given(st.text(), st.data())
def test_a_character_that_parts_cut_in_two_is_whole(text: str, data: st.DataObject) -> None:
    text = text.encode("utf-8", "replace").decode()
    cut = data.draw(st.integers(0, len(text.encode())))
    body = read_body(part(text.encode()[:cut]) + part(text.encode()[cut:]), MEDIA_TYPE, endpoint=AGENT)

    assert "".join(texts(body)) == text
    assert body.problems == []


def test_bytes_that_are_no_text_are_said() -> None:
    body = read_body(part("so") + part(b"\xff!"), MEDIA_TYPE, endpoint=AGENT)

    assert texts(body) == ["so", "\ufffd!"]
    assert problems(body) == [("bytes that are not UTF-8", 1)]


# --- what recorders keep of an SDK's union ---------------------------------------------------------------------------

FORMS: dict[str, Callable[[bytes], Any]] = {
    "base64": lambda blob: base64.b64encode(blob).decode(),
    "text": bytes.decode,
    "as Python shows it": str,
    "a Buffer of Node": lambda blob: {"type": "Buffer", "data": list(blob)},
    "an array of JavaScript": lambda blob: {str(at): value for at, value in enumerate(blob)},
    "a list of numbers": list,
}
NAMES: dict[str, Callable[[list[Any]], bytes]] = {
    "a list": lambda unions: json.dumps(unions).encode(),
    "lines": lambda unions: b"\n".join(json.dumps(union).encode() for union in unions),
    "llama-stack's": lambda unions: json.dumps(
        {
            "request": {"method": "POST", "url": "http://x", "endpoint": "invoke", "body": {}},
            "response": {"body": [{"__type__": "dict", "__data__": union} for union in unions], "is_streaming": True},
        }
    ).encode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("recorder", NAMES)
def test_unions_of_a_models_chunks(read, recorder: str, form: str) -> None:
    unions = [{"chunk": {"bytes": FORMS[form](json.dumps(chunk).encode())}} for chunk in LLAMA]
    corpus = read(NAMES[recorder](unions), name="stream.jsonl" if recorder == "lines" else "stream.json")

    assert corpus.recordings[["dialect", "n_chunks"]].to_numpy().tolist() == [["bedrock_invoke", 2]]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("A “wren”.\n", "stop")]
    assert corpus.problems.empty


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("recorder", NAMES)
def test_unions_of_an_agents_parts(read, recorder: str, form: str) -> None:
    unions = [{"chunk": {"bytes": FORMS[form](text.encode())}} for text in ("A ", "“wren”", ".")]
    corpus = read(NAMES[recorder](unions), name="stream.jsonl" if recorder == "lines" else "stream.json")

    assert corpus.recordings[["dialect", "n_chunks"]].to_numpy().tolist() == [["bedrock_agents", 3]]
    assert corpus.choices["content"].tolist() == ["A “wren”."]
    assert corpus.problems.empty


def test_unions_as_boto3_hands_them_over() -> None:
    chunks = [{"chunk": {"bytes": json.dumps(chunk).encode()}} for chunk in LLAMA]
    recording = recexplore.from_chunks(chunks, url="https://bedrock-runtime.us-east-1.amazonaws.com" + MODEL)

    assert recording.choices["content"].tolist() == ["A “wren”.\n"]


def test_what_already_came_in_frames_is_not_unpacked_again(read) -> None:
    """An agent may answer with base64."""
    data = event_frame("trace", {"trace": {}}) + part("QSB3cmVu")
    answer = {"status": {"code": 200}, "headers": {"content-type": [MEDIA_TYPE]}}
    answer["body"] = {"base64_string": base64.b64encode(data).decode()}
    corpus = read({"interactions": [{"request": {"method": "POST", "uri": "http://x" + AGENT}, "response": answer}]})

    assert corpus.choices["content"].tolist() == ["QSB3cmVu"]


@pytest.mark.parametrize(
    "blob", [None, 5, ["a"], [256], [-1], {"type": "Buffer"}, {"type": "Buffer", "data": "a"}, {"a": 1}, {}, True]
)
def test_a_blob_in_a_form_that_nobody_writes_is_left_as_it_is(blob: Any) -> None:
    exchange = Exchange("test", chunks=[{"chunk": {"bytes": blob}}])

    assert without_unions(exchange) is exchange


def test_what_stands_beside_a_blob_in_a_union_is_kept() -> None:
    union = {"chunk": {"bytes": '{"generation": "\\ud83d", "stop_reason": null}', "p": "abc"}}
    found = without_unions(Exchange("test", chunks=[{"a": 1}, union]))

    assert found.chunks == [{"a": 1}, {"generation": "\ud83d", "stop_reason": None}]
    assert found.wire == {"framing": [None, '{"p":"abc"}']}
    assert found.lone_surrogates
