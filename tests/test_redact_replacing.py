"""What each kind of piece becomes, by each policy."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import pytest

from recexplore.share.redact.fields import Kind
from recexplore.share.redact.keys import Digest
from recexplore.share.redact.notations.pieces import Piece
from recexplore.share.redact.policy import Policy
from recexplore.share.redact.replacing import Replacer, masked

KEY = b"a key of sixteen bytes and more"
SECRET = "sk-proj-" + "a1B2" * 8
USUAL = Policy()
NOTHING = Policy(texts="kept", ids="kept", hosts="kept", media="kept", numbers="kept")


def replaced(*cut: str, kind: Kind = Kind.TEXT, name: str = "content", policy: Policy = USUAL) -> list[str]:
    pieces = [Piece(text, kind, name, ("one",), 0) for text in cut]
    Replacer(policy, Digest(KEY)).replace(pieces, ())
    return [piece.render() for piece in pieces]


@pytest.mark.parametrize(
    ("value", "stars"), [("abc", "***"), ("Bearer abc", "Bearer ***"), ("Basic  ab", "Basic  **"), ("Bearer ", "*" * 7)]
)
def test_masks_keep_length_and_scheme(value: str, stars: str) -> None:
    assert masked(value) == stars


@pytest.mark.parametrize(
    ("kind", "value", "option"),
    [
        (Kind.TEXT, "seven kites", {"texts": "kept"}),
        (Kind.ID, "req_8w2kd93j", {"ids": "kept"}),
        (Kind.OPAQUE, "EqQBCkYIARgC", {"ids": "kept"}),
        (Kind.HOST, "jane.example.net", {"hosts": "kept"}),
        (Kind.URL, "https://jane.example.net/v1/chat", {"hosts": "kept"}),
        (Kind.NUMBER, "12345", {"numbers": "kept"}),
        (Kind.MEDIA, base64.b64encode(b"\x89PNG and so on").decode(), {"media": "kept"}),
        (Kind.BINARY, "\x00\x01\x02", {"media": "kept"}),
    ],
)
def test_what_a_policy_keeps_stays_and_else_does_not(kind: Kind, value: str, option: dict[str, Any]) -> None:
    assert replaced(value, kind=kind) != [value]
    assert replaced(value, kind=kind, policy=Policy(**option)) == [value]


@pytest.mark.parametrize("kind", [Kind.HEADER, Kind.CREDENTIAL])
def test_credentials_are_masked_whatever_is_kept(kind: Kind) -> None:
    assert replaced("hunter2", kind=kind, policy=NOTHING) == ["*******"]


def test_a_header_that_the_policy_lets_through() -> None:
    policy = Policy(headers=frozenset(["x-mine"]))
    assert replaced("hunter2", kind=Kind.HEADER, name="X-Mine", policy=policy) == ["hunter2"]


def test_names_stay_unless_they_are_filled() -> None:
    assert replaced("look_up", kind=Kind.NAME) == ["look_up"]
    (new,) = replaced("look_up", kind=Kind.NAME, policy=Policy(names="filler"))
    assert (new[4], len(new), new != "look_up") == ("_", 7, True)


def test_a_text_is_filled_as_a_whole_and_cut_where_it_was() -> None:
    whole = replaced("seven kites above")[0]
    cut = ("sev", "en kit", "", "es above")
    assert "".join(replaced(*cut)) == whole
    assert list(map(len, replaced(*cut))) == list(map(len, cut))


def test_a_text_that_is_sent_anew_with_each_chunk_is_filled_once() -> None:
    first, second, third = replaced("seven", "seven kites", "seven kites above")
    assert third.startswith(second)
    assert second.startswith(first)


@pytest.mark.parametrize("texts", ["filler", "masked", "kept"])
def test_keys_of_known_forms_are_masked_across_cuts(texts: Any) -> None:
    made = replaced("It is ", SECRET[:12], SECRET[12:], ", is it?", policy=Policy(texts=texts))
    assert "".join(made).count("*") == 32
    assert list(map(len, made)) == [6, 12, len(SECRET) - 12, 8]


@pytest.mark.parametrize(
    "form", [quote(SECRET, safe="").replace("s", "%73", 1), base64.b64encode(SECRET.encode()).decode()]
)
def test_keys_are_masked_percent_encoded_and_in_base64(form: str) -> None:
    assert replaced(f"see {form} there", policy=NOTHING) == [f"see {'*' * len(form)} there"]


def test_secrets_and_kinds_are_counted() -> None:
    pieces = [
        Piece(SECRET, Kind.TEXT, "a", ("a",), 0),
        Piece("x", Kind.HEADER, "b", (), 0),
        Piece("m", Kind.STRUCTURE, "model", (), 0),
    ]
    counts = Replacer(NOTHING, Digest(KEY)).replace(pieces, ())
    assert +counts == {Kind.SECRET: 1, Kind.TEXT: 1, Kind.HEADER: 1}


@pytest.mark.parametrize(
    ("value", "keeps"),
    [("gpt-4o", True), ("ft:gpt-4o:acme:x:9Zk", False), ("arn:aws:bedrock:us-east-1:123456789012:model/a", False)],
)
def test_a_model_stays_but_whom_it_is_called_after(value: str, keeps: bool) -> None:
    (new,) = replaced(value, kind=Kind.STRUCTURE, name="model")
    assert (new == value, len(new)) == (keeps, len(value))
    assert replaced(value, kind=Kind.STRUCTURE, name="model", policy=NOTHING) == [value]


@pytest.mark.parametrize("text", ["OGX and Llama Stack", "llama_stack_and_models"])
def test_words_by_which_a_recorder_was_renamed_stay(text: str) -> None:
    (new,) = replaced(f"the {text} of Jane")
    assert text.split(" and ")[0] in new
    assert "Jane" not in new
