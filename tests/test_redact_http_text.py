"""Files of raw HTTP: cut into messages as their readers cut them, lengths right or as wrong as they were."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recexplore.read.envelopes.httprr import records
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.bodies import inside, inside_pieces
from recexplore.share.redact.notations.http_text import NotHttp, http_text
from recexplore.share.redact.walk import Walk

REQUEST = b'POST https://h/x HTTP/1.1\r\nContent-Length: 19\r\n\r\n{"content": "word"}'
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"content": "word"}'
PAIR = b"%d %d\n%b%b" % (len(REQUEST), len(ANSWER), REQUEST, ANSWER)
TRACE = b"httprr trace v1\n" + PAIR + PAIR


def remade(data: bytes, new: Callable[[str], str] = str) -> bytes:
    walk = Walk(inside, inside_pieces)
    held = http_text(walk, data)
    for piece in walk.pieces:
        piece.new = new(piece.text) if piece.kind is Kind.TEXT else None
    return held.render().encode("latin-1")


def longer(text: str) -> str:
    return text.replace("word", "longer word")


@pytest.mark.parametrize("end", range(len(b"httprr trace v1\n"), len(TRACE) + 1, 7))
def test_a_trace_that_breaks_off_is_as_it_was(end: int) -> None:
    assert remade(TRACE[:end]) == TRACE[:end]


def test_lengths_follow() -> None:
    made = remade(TRACE, longer)
    found, rest = records(made)
    assert [record.fits for record in found] == [True, True]
    assert (rest, made.count(b"longer word")) == (len(made), 4)
    assert b"Content-Length: 26\r\n" in made


def test_lengths_that_do_not_fit_are_as_wrong_as_they_were() -> None:
    lengths = b"%d %d\n" % (len(REQUEST), len(ANSWER))
    wrong = b"httprr trace v1\n" + PAIR.replace(lengths, b"%d %d\n" % (len(REQUEST) + 5, len(ANSWER) - 3)) + PAIR
    found, _ = records(remade(wrong, longer))
    assert [record.fits for record in found] == [False, True]
    assert found[0].lengths == (len(REQUEST) + 12, len(ANSWER) + 4)


def test_a_trace_that_is_cut_in_its_last_answer_is_cut_there() -> None:
    found, _ = records(remade(TRACE[:-9], lambda text: text.replace("w", "kite")))
    assert [(record.fits, record.is_cut) for record in found] == [(True, False), (True, True)]
    assert found[1].lengths == (len(REQUEST) + 3, len(ANSWER))


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        REQUEST + b"\n\n" + ANSWER,
        REQUEST[: -len(b'{"content": "word"}')] + ANSWER,
        b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER,
        REQUEST + b"\n\nHTTP/1.1 307 Moved\r\nLocation: /y\r\n\r\n" + ANSWER,
    ],
)
def test_an_answer_and_what_stands_before_it(text: bytes) -> None:
    assert remade(text) == text
    assert remade(text, lambda text: text.replace("word", "kite")) == text.replace(b"word", b"kite")


def test_what_stands_behind_the_last_answer_is_of_its_body() -> None:
    assert remade(TRACE + b" and more", lambda text: "*" * len(text)) == (
        TRACE[:-19].replace(b"word", b"****") + b"*" * 28
    )


@pytest.mark.parametrize(
    "data", [b"httprr trace v1\nand more", b"httprr trace v1\nwords\n" + PAIR, REQUEST, b"HTTP/1.1 is old"]
)
def test_what_is_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(NotHttp):
        remade(data)
