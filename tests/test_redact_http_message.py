"""One HTTP message written anew: head, chunks, what stands beside them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.read.wire.raw_message import parse_message
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.bodies import inside, inside_pieces
from recexplore.share.redact.notations.http_message import http_message
from recexplore.share.redact.walk import Walk

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BODY = b'{"content": "word"}'


def remade(data: bytes, new: Callable[[str], str] = str) -> tuple[bytes, Walk]:
    walk = Walk(inside, inside_pieces)
    message = http_message(walk, data, 0)
    for piece in walk.pieces:
        piece.new = new(piece.text) if piece.kind is not Kind.STRUCTURE else None
    return message.render().encode("latin-1"), walk


def kinds(data: bytes) -> dict[str, Kind]:
    return {piece.text: piece.kind for piece in remade(data)[1].pieces}


def chunked(*pieces: bytes, extension: bytes = b"") -> bytes:
    return b"".join(b"%x%b\r\n%b\r\n" % (len(each), extension, each) for each in pieces) + b"0\r\n"


@given(st.binary(max_size=60))
def test_what_is_not_replaced_is_as_it_was(body: bytes) -> None:
    for data in (b"HTTP/1.1 200 OK\nA: b\n\n" + body, CHUNKED + body, CHUNKED + chunked(body) + b"\r\n"):
        try:
            made, _ = remade(data)
        except ValueError:
            continue  # what looks compressed, and is not
        assert made == data


def test_the_head() -> None:
    head = b"POST https://h/x HTTP/1.1\r\nHost: h\r\nX-New: a\r\n b\r\nno field\r\nAccept: */*\r\n\r\n"
    assert kinds(head) == {
        "https://h/x": Kind.URL, "h": Kind.HOST, "a": Kind.HEADER, "b": Kind.HEADER, "no field": Kind.HEADER,
        "*/*": Kind.STRUCTURE,
    }  # fmt: skip
    made, _ = remade(head, lambda text: "*" * len(text))
    assert made == b"POST *********** HTTP/1.1\r\nHost: *\r\nX-New: *\r\n *\r\n********\r\nAccept: */*\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "kind"),
    [("HTTP/1.1 404 Not Found", Kind.STRUCTURE), ("HTTP/2 200 for Jane Doe", Kind.TEXT), ("GET me this", Kind.TEXT)],
)
def test_the_first_line(line: str, kind: Kind) -> None:
    ((text, found),) = kinds(f"{line}\r\n\r\n".encode()).items()
    assert (found, line.endswith(text)) == (kind, True)


@pytest.mark.parametrize("cuts", [(19,), (3, 19), (1, 2, 14, 19)])
def test_chunks_stay_cut_where_they_were(cuts: tuple[int, ...]) -> None:
    pieces = [BODY[start:end] for start, end in zip((0, *cuts), cuts, strict=False)]
    data = CHUNKED + chunked(*pieces) + b"\r\n"
    made, _ = remade(data, lambda text: text.replace("word", "kite"))
    assert (
        made
        == CHUNKED
        + chunked(*(b"".join(pieces).replace(b"word", b"kite")[a:b] for a, b in zip((0, *cuts), cuts, strict=False)))
        + b"\r\n"
    )


def test_a_longer_body_is_one_chunk_or_has_another_length() -> None:
    def longer(text: str) -> str:
        return text.replace("word", "a longer one")

    made, _ = remade(CHUNKED + chunked(BODY[:5], BODY[5:]) + b"\r\n", longer)
    message = parse_message(made)
    assert json.loads(message.body) == {"content": "a longer one"}
    assert message.misfit is None
    for said, now in ((19, b"27"), (500, b"508")):
        made, _ = remade(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % said + BODY, longer)
        assert b"Content-Length: " + now + b"\r\n" in made


def test_what_stands_beside_chunks_is_replaced() -> None:
    data = (
        CHUNKED + chunked(BODY, extension=b";by=jane") + b"Set-Cookie: a=1\r\nX-Who: jane\r\n and john\r\nodd\r\n\r\n"
    )
    made, walk = remade(data, lambda text: "*" * len(text))
    assert {piece.text for piece in walk.pieces if piece.kind is Kind.HEADER} == {
        "by=jane",
        "a=1",
        "jane",
        "and john",
        "odd",
    }
    assert b"jane" not in made
    assert b"john" not in made
    assert len(made) == len(data)


@pytest.mark.parametrize(
    "body", [b"5\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n", b"{}", b"zz\r\n{}", b"13\r\n" + BODY + b"\r\n1", b"4\r\n"]
)
def test_chunks_that_do_not_fit_are_cut_as_they_are_read(body: bytes) -> None:
    made, _ = remade(CHUNKED + body, lambda text: text.replace("word", "kite"))
    assert made == CHUNKED + body.replace(b"word", b"kite")
    assert parse_message(made).pieces == parse_message(CHUNKED + body).pieces


def test_a_compressed_body_is_compressed_again() -> None:
    packed = gzip.compress(BODY, mtime=0)
    made, _ = remade(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed, lambda text: text[::-1])
    message = parse_message(made)
    assert json.loads(gzip.decompress(message.body)) == {"content": "drow"}
    assert message.is_complete
