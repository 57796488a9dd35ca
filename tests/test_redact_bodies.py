"""Texts that hold another notation."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from redaction_samples import frame

from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.bodies import enter_json, inside, inside_pieces, lines
from recexplore.share.redact.notations.json_tree import NotJson
from recexplore.share.redact.notations.pieces import Holder
from recexplore.share.redact.walk import Walk

JSON = json.dumps({"content": "word"})
EVENTS = f"event: message\nid: 7a\ndata: {JSON}\n\n: said by word\n\ndata: [DONE]\n\n"


def walk() -> Walk:
    return Walk(inside, inside_pieces)


def kinds(text: str, name: str = "body", *beside: str) -> list[tuple[str, Kind]]:
    own = walk()
    held = inside(own, text, name, frozenset(beside), (), 0)
    assert held is not None
    assert held.render() == text
    return [(piece.text, piece.kind) for piece in own.pieces]


def replaced(text: str, name: str = "body", *beside: str, new: str = "a longer word") -> str:
    own = walk()
    held = inside(own, text, name, frozenset(beside), (), 0)
    assert held is not None
    for piece in own.pieces:
        piece.new = new if piece.text == "word" else None
    return held.render()


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"{JSON}\n{JSON}",
        JSON[:-2],
        f"data: {JSON}\n\n",
        f"data:data:{JSON}\n",
        f'0:"word"\ne:{JSON}\n',
        "a=1&b=word",
    ],
)
def test_notations_are_entered(text: str) -> None:
    assert "word" in [said for said, _ in kinds(text)]


@pytest.mark.parametrize("text", ["word", "word: and words", "[1] see below", "a=word", "{word}", "QUJD"])
def test_a_text_of_its_own_is_none(text: str) -> None:
    assert inside(walk(), text, "body", frozenset(), (), 0) is None


def test_events_line_by_line() -> None:
    assert kinds(EVENTS) == [("7a", Kind.ID), ("word", Kind.TEXT), ("said by word", Kind.TEXT)]
    assert kinds(f"\ufeff{EVENTS}")[1] == ("word", Kind.TEXT)
    assert kinds(f"data: {JSON}\n\nretry: word\n")[1] == ("retry: word", Kind.TEXT)
    assert kinds(f": ping\n\ndata: {JSON}\n\nretry: 300\n\ndata\n") == [("word", Kind.TEXT)]


@pytest.mark.parametrize("text", ["data", "event\n", "data\n\ndata\n"])
def test_fields_without_a_value_stay(text: str) -> None:
    assert replaced(f"data: {JSON}\n\n{text}").endswith(text)


def test_what_is_packed_is_packed_again() -> None:
    packed = base64.b64encode(gzip.compress(JSON.encode(), mtime=0)).decode()
    made = replaced(packed, "base64_string")
    assert json.loads(gzip.decompress(base64.b64decode(made))) == {"content": "a longer word"}
    made = replaced(gzip.compress(JSON.encode(), mtime=0).hex(), "response")
    assert json.loads(gzip.decompress(bytes.fromhex(made))) == {"content": "a longer word"}


def test_bytes_as_python_shows_them_are_shown_again() -> None:
    assert replaced(repr(JSON.encode()), "bytes") == repr(JSON.replace("word", "a longer word").encode())
    assert kinds(repr("é".encode()[:1]), "bytes") == [("\udcc3", Kind.TEXT)]


def test_frames_are_entered_and_bytes_are_said_to_be_some() -> None:
    data = frame(JSON.encode()) + frame(b"word") + frame(b"\xff\x00")
    packed = base64.b64encode(data).decode()
    assert kinds(packed, "base64_string")[2::3] == [
        ("word", Kind.TEXT),
        ("word", Kind.TEXT),
        ("\udcff\x00", Kind.BINARY),
    ]
    assert kinds(base64.b64encode(b"\xff\xfe\x00\x01" * 9).decode(), "base64_string")[0][1] is Kind.BINARY


def rendered(held: list[Holder], own: Walk) -> list[str]:
    for piece in own.pieces:
        piece.new = "kite" if piece.text == "word" else None
    return [each.render() for each in held]


@pytest.mark.parametrize("cut", range(1, len(EVENTS), 5))
def test_a_text_in_pieces_is_entered_as_a_whole(cut: int) -> None:
    own = walk()
    held = inside_pieces(own, [EVENTS[:cut], EVENTS[cut:]], "chunks", frozenset(), (), 0)
    made = EVENTS.replace('"word"', '"kite"')
    assert not held or rendered(held, own) == [made[:cut], made[cut:]]
    assert bool(held) or cut in (EVENTS.index("\n\n:") + 2, EVENTS.index("\n\ndata: [") + 2, 1) or own.pieces == []


def test_pieces_of_base64_are_entered_together() -> None:
    own = walk()
    texts = [base64.b64encode(each).decode() for each in (EVENTS[:70].encode(), EVENTS[70:].encode())]
    made = rendered(inside_pieces(own, texts, "b64", frozenset(), (), 0), own)
    assert b"".join(map(base64.b64decode, made)).decode() == EVENTS.replace('"word"', '"kite"')


@pytest.mark.parametrize("texts", [[JSON, JSON], ["word", "and word"]])
def test_texts_that_are_whole_each_are_no_pieces(texts: list[str]) -> None:
    assert inside_pieces(walk(), texts, "chunks", frozenset(), (), 0) == []


def test_a_list_of_the_pieces_of_a_packed_text() -> None:
    packed = base64.b64encode(gzip.compress(EVENTS.encode(), mtime=0)).decode()
    text = json.dumps([packed[:33], packed[33:]])
    made = json.loads(replaced(text, "text", "encoding:base64", new="kite"))
    assert gzip.decompress(base64.b64decode("".join(made))).decode() == EVENTS.replace('"word"', '"kite"')


def test_a_files_own_json_has_to_be_json() -> None:
    with pytest.raises(NotJson):
        enter_json(walk(), "words", (), None)
    assert enter_json(walk(), "words", (), 0) is None


def test_lines_some_of_which_are_json() -> None:
    own = walk()
    held = lines(own, f"half a line\n{JSON}\n\n{{broken\n{JSON}\n")
    assert [(piece.text, piece.offset) for piece in own.pieces] == [
        ("half a line", 0), ("word", 12), ("{broken", 33), ("word", 41),
    ]  # fmt: skip
    assert rendered([held], own)[0].count("kite") == 2
    slots = {piece.slot for piece in own.pieces if piece.text == "word"}
    assert len(slots) == 1
