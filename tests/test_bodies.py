from __future__ import annotations

import base64
import gzip
import json
import struct
import zlib
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recexplore.model.exchange import Exchange
from recexplore.read.wire.body import Body
from recexplore.read.wire.compression import inflate
from recexplore.read.wire.event_body import read_events
from recexplore.read.wire.http_body import read_body
from recexplore.read.wire.line_body import read_lines

EVENTS = "text/event-stream"
LINES = "application/x-ndjson"
FRAMES = "application/vnd.amazon.eventstream"
MEDIA_TYPES = [
    EVENTS,
    LINES,
    FRAMES,
    "application/json",
    "application/json-seq",
    "text/plain",
    "text/html",
    "image/png",
]
MEDIA_TYPES += [
    "",
    "application/octet-stream",
    "application/problem+json",
    "Text/Event-Stream; charset=utf-8",
    ";;",
    "x",
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def frame(payload: bytes | Any, **headers: str) -> bytes:
    """One frame of Amazon's event stream; headers are named without their colon, dashes as underscores."""
    payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    names = {f":{name.replace('_', '-')}".encode(): value.encode() for name, value in headers.items()}
    head = b"".join(
        bytes([len(name)]) + name + b"\x07" + struct.pack(">H", len(value)) + value for name, value in names.items()
    )
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def event_frame(name: str, payload: Any) -> bytes:
    return frame(payload, event_type=name, content_type="application/json", message_type="event")


def bedrock_chunk(chunk: bytes) -> bytes:
    return event_frame("chunk", {"bytes": base64.b64encode(chunk).decode(), "p": "abcdef"})


def problems(body: Body) -> list[tuple[str, int | None]]:
    return [(problem.what, problem.chunk) for problem in body.problems]


# --- server-sent events ------------------------------------------------------------------------------------------------


def test_each_event_is_a_chunk_with_its_name_framing_and_size() -> None:
    stream = b': hi\n\nevent: a\nid: 7\ndata: {"x": 1}\n\ndata: [DONE]\n\n'
    body = read_body(stream, EVENTS)

    assert body.chunks == [{"x": 1}, "[DONE]"]
    assert body.names == ["a", None]
    assert [json.loads(each) if each else None for each in body.framing] == [{"id": "7", "before": [": hi"]}, None]
    assert body.sizes == [len(stream) - 14, 14]
    assert (body.streamed, body.damage, body.problems) == (True, None, [])


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/json", "text/event-stream;charset=UTF-8"])
def test_events_are_read_whatever_the_type_says(media_type: str) -> None:
    body = read_body(b'data: {"a": 1}\n\ndata: {"a": 2}\n\n', media_type)

    assert (body.chunks, body.streamed) == ([{"a": 1}, {"a": 2}], True)


def test_json_over_several_data_lines_is_one_chunk() -> None:
    assert read_events(b'data: {"a":\ndata: 1}\n\n').chunks == [{"a": 1}]


def test_data_that_is_no_json_is_kept_as_text() -> None:
    body = read_events(b"data: hello\n\ndata\n\ndata: [DONE]\n\n")

    assert (body.chunks, body.problems) == (["hello", "", "[DONE]"], [])


def test_broken_json_is_kept_as_text_and_said() -> None:
    body = read_events(b'data: {"a": 1}\n\ndata: {"a": \n\ndata: {"a": 3}\n\n')

    assert body.chunks == [{"a": 1}, '{"a": ', {"a": 3}]
    assert problems(body) == [("an event's data is not JSON", 1)]
    assert body.damage is None


def events_of(name: str, *pieces: str) -> bytes:
    return "".join(
        f"event: {name}\n" + "".join(f"data: {line}\n" for line in piece.split("\n")) + "\n" for piece in pieces
    ).encode()


@pytest.mark.parametrize(
    "pieces",
    [
        ["2", " + 2 =", " 4"],
        ["4"],
        ["true", "null", '"yes"', "1.50", "1e5", "[]", " [1, 2]"],
        ['{"', "name", '":', ' "Bob"', "}"],
        ["", "\n", "a\nb", " "],
        ["say", ": ", "{ }"],
    ],
)
def test_text_under_a_name_is_kept_as_it_came(pieces: list[str]) -> None:
    body = read_events(events_of("output", *pieces) + events_of("done", "{}"))

    assert body.chunks == [*pieces, {}]
    assert body.problems == []


def test_json_under_a_name_is_decoded_though_some_of_it_is_text() -> None:
    body = read_events(events_of("message", '{"a": 1}', "hello", '{"a": 2}', "[DONE]", "[DONE]"))

    assert body.chunks == [{"a": 1}, "hello", {"a": 2}, "[DONE]", "[DONE]"]


def test_what_comes_without_a_name_is_decoded() -> None:
    assert read_events(b"data: 12\n\ndata: text\n\n").chunks == [12, "text"]


def test_an_event_that_nothing_ended_is_marked() -> None:
    body = read_events(b'data: {"a": 1}\n\ndata: {"a": 2}')

    assert (body.chunks, body.damage) == ([{"a": 1}, {"a": 2}], "unterminated")


def test_the_beginning_of_the_last_event_is_kept_where_its_json_is_cut() -> None:
    body = read_events(b'data: {"a": 1}\n\ndata: {"b": ["some te')

    assert (body.chunks, body.damage) == ([{"a": 1}, {"b": ["some te"]}], "cut")
    assert problems(body) == [("the file breaks off", 1)]


def test_a_marker_that_is_cut_stays_text() -> None:
    body = read_events(b'data: {"a": 1}\n\ndata: [DO')

    assert (body.chunks, body.damage) == ([{"a": 1}, "[DO"], "unterminated")


@given(st.lists(JSON, min_size=1, max_size=4), st.data())
def test_a_cut_stream_keeps_every_event_before_the_cut(values: list[Any], data: st.DataObject) -> None:
    events = [f"data: {json.dumps(value)}\n\n".encode() for value in values]
    stream = b"".join(events)
    cut = data.draw(st.integers(0, len(stream) - 1))
    whole = max(n for n in range(len(events)) if len(b"".join(events[:n])) <= cut)
    body = read_events(stream[:cut])

    assert body.chunks[:whole] == values[:whole]
    assert len(body.chunks) <= whole + 1
    assert (body.damage is not None) == (len(body.chunks) > whole)


def test_what_stands_behind_the_last_event_is_kept_with_it() -> None:
    body = read_events(b"id: 1\ndata: 1\n\n: bye\n")

    assert json.loads(body.framing[-1] or "") == {"id": "1", "after": [": bye"]}


def test_pieces_of_a_stream_may_be_given() -> None:
    assert read_events([b"da", b'ta: {"a"', b": 1}\r", b"\n\r\n"]).chunks == [{"a": 1}]


def test_surrogates_that_chunks_share_are_flagged() -> None:
    body = read_events(b'data: {"a": "\\ud83d"}\n\ndata: {"a": "\\ude00"}\n\n')

    assert body.chunks == [{"a": "\ud83d"}, {"a": "\ude00"}]
    assert body.lone_surrogates


def test_text_that_only_begins_like_an_event_is_kept() -> None:
    assert read_body(b"id: 7 was not found", "text/plain").chunks == ["id: 7 was not found"]


def test_json_that_is_called_a_stream_of_events_is_read_as_json() -> None:
    assert read_body(b'{"error": {"message": "overloaded"}}', EVENTS).chunks == [{"error": {"message": "overloaded"}}]


def test_text_that_is_called_a_stream_of_events_is_kept() -> None:
    assert read_body(b"upstream connect error", EVENTS).chunks == ["upstream connect error"]


# --- lines of JSON -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", [LINES, "application/ndjson", "application/jsonl", "application/x-ndjson; a=b"])
def test_each_line_is_a_chunk(media_type: str) -> None:
    body = read_body(b'{"a": 1}\n\n{"a": 2}\r\n{"a": 3}\n', media_type)

    assert (body.chunks, body.sizes) == ([{"a": 1}, {"a": 2}, {"a": 3}], [9, 10, 9])
    assert (body.streamed, body.damage, body.problems) == (True, None, [])


def test_lines_are_told_by_what_they_hold_where_a_stream_was_asked_for() -> None:
    assert read_body(b'{"a": 1}\n{"a": 2}\n', "application/json", is_stream=True).chunks == [{"a": 1}, {"a": 2}]


def test_record_separators_are_no_text() -> None:
    assert read_body(b'\x1e{"a": 1}\n\x1e{"a": 2}\n', "application/json-seq").chunks == [{"a": 1}, {"a": 2}]


def test_characters_that_only_look_like_line_ends_do_not_end_a_line() -> None:
    assert read_lines('{"a": "x\u2028y\x85z"}\n'.encode()).chunks == [{"a": "x\u2028y\x85z"}]


@pytest.mark.parametrize("media_type", ["text/plain; charset=utf-8", "", "text/event-stream"])
def test_what_a_line_has_under_a_code_is_an_object_with_that_key(media_type: str) -> None:
    body = read_body(b'f:{"m": 1}\n0:"a:\\n"\n\n2:[1]\n', media_type)

    assert body.chunks == [{"f": {"m": 1}}, {"0": "a:\n"}, {"2": [1]}]
    assert (body.streamed, body.sizes, body.offsets) == (True, [11, 9, 6], [0, 11, 21])


@pytest.mark.parametrize("text", ['0:"a"\nhello', '0:"a', 'ab:"c"', "0:5", '0: "a"', "key:{a}", '- "a"', "0:"])
def test_text_that_only_looks_like_a_line_with_a_code_is_kept(text: str) -> None:
    assert read_body(text.encode(), "text/plain").chunks == [text]


def test_a_line_without_a_code_among_others_is_kept_and_said() -> None:
    body = read_body(b'0:"a"\n0:"b"\noops\n')

    assert body.chunks == [{"0": "a"}, {"0": "b"}, "oops"]
    assert problems(body) == [("line 3 is not JSON", 2)]


def test_a_broken_line_is_kept_as_text_and_said() -> None:
    body = read_lines(b'{"a": 1}\n{"a": \n{"a": 3}\n')

    assert body.chunks == [{"a": 1}, '{"a":', {"a": 3}]
    assert problems(body) == [("line 2 is not JSON", 1)]


def test_a_cut_last_line_keeps_its_beginning() -> None:
    body = read_lines(b'{"a": 1}\n{"a": "x')

    assert (body.chunks, body.damage) == ([{"a": 1}, {"a": "x"}], "cut")
    assert problems(body) == [("the file breaks off", 1)]


def test_a_last_line_without_an_end_is_whole_where_its_json_is() -> None:
    body = read_lines(b'{"a": 1}\n{"a": 2}')

    assert (body.chunks, body.damage, body.problems) == ([{"a": 1}, {"a": 2}], None, [])


# --- whole bodies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/json; charset=utf-8", "", "application/x+json"]
)
def test_a_whole_body_is_one_chunk(media_type: str) -> None:
    body = read_body(b'{"a": [1, 2]}', media_type)

    assert (body.chunks, body.sizes, body.streamed) == ([{"a": [1, 2]}], [13], False)


def test_an_array_is_a_stream_only_where_one_was_asked_for() -> None:
    assert read_body(b'[{"a": 1}, {"a": 2}]', "application/json").chunks == [[{"a": 1}, {"a": 2}]]
    body = read_body(b'[{"a": 1}, {"a": 2}]', "application/json", is_stream=True)
    assert (body.chunks, body.streamed) == ([{"a": 1}, {"a": 2}], True)


def test_an_array_over_several_lines_is_a_stream_of_its_items_as_google_sends_it() -> None:
    data = (
        b'[{\n  "candidates": [\n    {"index": 0}\n  ]\n}\n,\r\n{\n  "candidates": [],\n  "usageMetadata": {}\n}\n]\n'
    )
    body = read_body(data, "application/json; charset=UTF-8", is_stream=True)

    assert body.chunks == [{"candidates": [{"index": 0}]}, {"candidates": [], "usageMetadata": {}}]
    assert (body.streamed, body.problems) == (True, [])


def test_a_cut_array_keeps_the_items_before_the_cut() -> None:
    body = read_body(b'[{"a": 1}, {"a": "x', "application/json", is_stream=True)

    assert (body.chunks, body.damage) == ([{"a": 1}, {"a": "x"}], "cut")
    assert [what for what, _ in problems(body)] == ["the file breaks off"]


def test_a_cut_body_keeps_its_beginning() -> None:
    body = read_body(b'{"a": [1, 2, "x', "application/json")

    assert (body.chunks, body.damage) == ([{"a": [1, 2, "x"]}], "cut")
    assert problems(body) == [("the file breaks off", 0)]


def test_text_is_kept_as_it_is() -> None:
    body = read_body(b"<html>\n502</html>", "text/html")

    assert (body.chunks, body.problems) == (["<html>\n502</html>"], [])


def test_pictures_and_sounds_are_kept_as_base64() -> None:
    assert read_body(b"\x89PNG\r\n", "image/png").chunks == [{"media_type": "image/png", "base64": "iVBORw0K"}]


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n"])
def test_an_empty_body_has_no_chunk(data: bytes, media_type: str) -> None:
    assert media_type == FRAMES or read_body(data, media_type).chunks == []
    assert read_body(b"", media_type).problems == []


# --- Amazon's event stream ---------------------------------------------------------------------------------------------


def test_each_frame_is_a_chunk_under_the_name_of_its_type() -> None:
    frames = [
        event_frame("messageStart", {"role": "assistant"}),
        event_frame("contentBlockDelta", {"delta": {"text": "a"}}),
    ]
    body = read_body(b"".join(frames), FRAMES)

    assert body.chunks == [{"messageStart": {"role": "assistant"}}, {"contentBlockDelta": {"delta": {"text": "a"}}}]
    assert body.names == ["messageStart", "contentBlockDelta"]
    assert body.sizes == [len(each) for each in frames]
    assert (body.streamed, body.problems) == (True, [])


def test_what_a_model_sent_in_its_own_format_is_taken_out() -> None:
    body = read_body(bedrock_chunk(b'{"type": "message_start"}') + bedrock_chunk(b'{"type": "message_stop"}'), FRAMES)

    assert body.chunks == [{"type": "message_start"}, {"type": "message_stop"}]


def test_a_models_own_format_that_is_no_json_is_kept() -> None:
    (chunk,) = read_body(bedrock_chunk(b"hello"), FRAMES).chunks

    assert chunk is not None
    assert "hello" in str(chunk) or base64.b64encode(b"hello").decode() in str(chunk)


def test_surrogates_in_a_models_own_format_are_flagged() -> None:
    body = read_body(bedrock_chunk(b'{"a": "\\ud83d"}') + bedrock_chunk(b'{"a": "\\ude00"}'), FRAMES)

    assert body.lone_surrogates


@pytest.mark.parametrize("payload", [{"bytes": "???"}, {"bytes": 5}, {"other": 1}, [1], "text"])
def test_a_chunk_that_is_none_is_kept(payload: Any) -> None:
    (chunk,) = read_body(event_frame("chunk", payload), FRAMES).chunks

    assert json.dumps(payload) in json.dumps(chunk)


def test_an_exception_is_a_chunk_under_its_name() -> None:
    data = frame({"message": "slow down"}, exception_type="throttlingException", message_type="exception")
    body = read_body(data, FRAMES)

    assert (body.chunks, body.names) == ([{"throttlingException": {"message": "slow down"}}], ["throttlingException"])


def test_a_frame_without_a_payload_is_a_chunk() -> None:
    assert read_body(event_frame("ping", b""), FRAMES).chunks == [{"ping": {}}]


def test_a_frame_with_a_wrong_checksum_is_kept_and_said() -> None:
    data = bytearray(event_frame("a", {"x": 1}) + event_frame("b", {"x": 2}))
    data[data.index(b"1")] = ord("7")
    body = read_body(bytes(data), FRAMES)

    assert body.chunks == [{"a": {"x": 7}}, {"b": {"x": 2}}]
    assert problems(body) == [("a frame is damaged", 0)]


@given(st.data())
def test_a_cut_stream_of_frames_keeps_the_whole_ones(data: st.DataObject) -> None:
    first, second = event_frame("a", {"x": 1}), event_frame("b", {"x": 2})
    cut = data.draw(st.integers(1, len(first + second) - 1))
    body = read_body((first + second)[:cut], FRAMES)

    whole = [{"a": {"x": 1}}] if cut >= len(first) else []
    assert body.chunks[: len(whole)] == whole
    left = (first + second)[len(first) if whole else 0 : cut]
    assert [base64.b64decode(chunk["base64"]) for chunk in body.chunks[len(whole) :]] == ([left] if left else [])
    assert bool(body.problems) == (cut != len(first))
    assert body.damage == ("cut" if left else None)
    assert all(what == "the event stream breaks off" for what, _ in problems(body))


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers(0, 80))
def test_frames_with_anything_inside_are_read(head: bytes, payload: bytes, n_head: int) -> None:
    prelude = struct.pack(">III", 16 + len(head) + len(payload), n_head, 0)

    assert len(read_body(prelude + head + payload + b"\0\0\0\0", FRAMES).chunks) <= 1


# --- whatever the bytes ------------------------------------------------------------------------------------------------

SHREDS = [
    b'{"a": 1}',
    b'{"a": ',
    b"[",
    b"]",
    b",",
    b"data: ",
    b"data",
    b":",
    b"\n",
    b"\n\n",
    b"\r",
    b"\x1e",
    b"\0",
    b"\xff",
]
SHREDS += [b'"\\ud83d"', b"[DONE]", b"event: e\n", b"id: 1\n", b"\xef\xbb\xbf", b"NaN", b" ", b"\xed\xa0\xbd"]
DATA = st.lists(st.sampled_from(SHREDS), max_size=12).map(b"".join) | st.binary(max_size=80)


@given(DATA, st.sampled_from(MEDIA_TYPES), st.booleans())
@example(b"[" * 100_000, "application/json", True)
@example(b'data: {"a":' + b'{"a":' * 100_000, EVENTS, False)
@example(b"data: " + b"9" * 10_000 + b"\n\n", EVENTS, False)
@example(b"\x1e\n", "application/json-seq", False)
def test_no_bytes_make_it_raise(data: bytes, media_type: str, is_stream: bool) -> None:
    body = read_body(data, media_type, is_stream=is_stream)

    assert len(body.names) == len(body.framing) == len(body.sizes) == len(body.chunks)


def test_everything_is_handed_on_to_the_exchange() -> None:
    exchange = Exchange("test", number=3)
    read_events(b'event: e\ndata: {"a": 1}\n\ndata: {"a": "\\ud83d').fill(exchange)

    assert exchange.chunks[0] == {"a": 1}
    assert exchange.wire == {"event": ["e", None], "bytes": [25, 19]}
    assert (exchange.damaged_chunk, exchange.damage) == (1, "cut")
    assert {problem.chunk for problem in exchange.problems} == {1}


# --- compression -------------------------------------------------------------------------------------------------------


def deflated_without_header(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: pa.compress(data, codec="brotli", asbytes=True),
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}
ENCODINGS = sorted(PACKERS)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.binary(max_size=300))
@example(data=bytes(100_000))
def test_what_was_compressed_comes_back(encoding: str, data: bytes) -> None:
    assert inflate(PACKERS[encoding](data), encoding) == data


def test_deflate_without_its_header_comes_back() -> None:
    assert inflate(deflated_without_header(b"hello" * 50), "deflate") == b"hello" * 50


def test_several_encodings_are_undone_from_the_last() -> None:
    assert inflate(PACKERS["br"](gzip.compress(b"hello")), " GZIP , identity,br") == b"hello"


def test_gzip_in_several_members_comes_back_whole() -> None:
    assert inflate(gzip.compress(b"hel") + gzip.compress(b"lo"), "gzip") == b"hello"


@pytest.mark.parametrize("encodings", ["", "identity", " , "])
def test_without_an_encoding_nothing_changes(encodings: str) -> None:
    assert inflate(b"hello", encodings) == b"hello"


def test_an_encoding_that_nobody_knows() -> None:
    with pytest.raises(ValueError, match="'compress' is not known"):
        inflate(b"hello", "compress")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_grows_beyond_the_limit_is_refused(encoding: str) -> None:
    bomb = PACKERS[encoding](bytes(3_000_000))

    assert len(bomb) < 30_000
    assert len(inflate(bomb, encoding, limit=3_000_000)) == 3_000_000
    with pytest.raises(ValueError, match="more than 2999999 bytes"):
        inflate(bomb, encoding, limit=2_999_999)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("data", [b"hello, this is text", b"\xff\xfe\xfd" * 20, b"\0" * 50])
def test_what_was_not_compressed_is_refused(encoding: str, data: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be undone"):
        inflate(data, encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_cut_is_refused(encoding: str) -> None:
    packed = PACKERS[encoding](b"".join(b"%d, " % each**3 for each in range(500)))

    with pytest.raises(ValueError, match="cannot be undone"):
        inflate(packed[: len(packed) // 2], encoding)


@given(st.binary(max_size=60), st.sampled_from(ENCODINGS))
def test_whatever_is_called_compressed_gives_bytes_or_the_one_error(data: bytes, encoding: str) -> None:
    with suppress(ValueError):
        assert isinstance(inflate(data, encoding), bytes)


def test_events_without_blank_lines_between_them_are_taken_apart() -> None:
    data = b': hi\nid: 1\ndata: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n\ndata: {"c":\ndata: 3}\n\n'
    body = read_events(data)

    assert body.chunks == [{"a": 1}, {"b": 2}, "[DONE]", {"c": 3}]
    assert list(map(json.loads, body.framing[:3])) == [
        {"id": "1", "before": [": hi"], "part": 1, "parts": 3},
        {"part": 2, "parts": 3},
        {"part": 3, "parts": 3},
    ]
    assert body.framing[3] is None
    assert sum(size or 0 for size in body.sizes) == len(data)
    assert [data[at : at + 5] for at in body.offsets if at is not None] == [b"data:"] * 4
    assert body.problems == []


def test_documents_of_one_event_keep_the_names_before_them() -> None:
    body = read_events(b'event: a\ndata: {"a":1}\nevent: b\ndata: {"b":2}\n\n')

    assert body.names == ["a", "b"]
    assert read_events(b'data: {"a":1}\ndata: {"b":2}\nevent: c\n\n').names == ["c", "c"]


@pytest.mark.parametrize(
    "event", [b'data: {"a":1}\ndata: text\n\n', b"data: a\ndata: b\n\n", b'data: 1\ndata: {"a":1}\n\n']
)
def test_lines_that_are_no_documents_stay_one_event(event: bytes) -> None:
    assert len(read_events(event).chunks) == 1


def test_the_last_of_several_documents_may_be_cut() -> None:
    body = read_events(b'data: {"a":1}\ndata: {"b":2}\ndata: {"c":[3')

    assert body.chunks == [{"a": 1}, {"b": 2}, {"c": [3]}]
    assert body.damage == "cut"


@pytest.mark.parametrize("kind", ["application/pdf", "application/x-protobuf", "application/vnd.foo", "font/woff2"])
@pytest.mark.parametrize("data", [b"%PDF-1.3\n%\xc4\xe5\xf2\xe5", b"\n\x10\x01\x8c\xbe"])
def test_what_is_declared_to_be_no_text_is_kept_as_base64(kind: str, data: bytes) -> None:
    body = read_body(data, kind)

    assert body.chunks == [{"media_type": kind, "base64": base64.b64encode(data).decode()}]
    assert (body.sizes, body.problems) == ([len(data)], [])


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json; charset=utf-8", "application/xml"])
def test_what_should_be_text_and_is_none_is_told(kind: str) -> None:
    assert [each.what for each in read_body(b"\xff\xfe\xfd", kind).problems] == ["the body is no text"]


def test_bytes_that_could_be_text_are_none_where_that_is_declared() -> None:
    assert read_body(b"\n\x05hello", "application/x-protobuf").chunks[0]["base64"] == "CgVoZWxsbw=="
