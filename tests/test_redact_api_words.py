"""Words of an API are told from what people write in the same fields."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.read.dialects import DIALECTS, openai_chat
from recexplore.read.registry import Dialect, Dialects, known
from recexplore.share.redact import api_words
from recexplore.share.redact.api_words import has_closed_vocabulary, is_api_word, is_http_phrase

CLOSED = (
    "author",
    "role",
    "detail",
    "code",
    "category",
    "statusText",
    "reason",
    "finish_reason",
    "blockReason",
    "status",
)


@pytest.mark.parametrize("name", [*CLOSED, "lifecycle_status", "guardrailAction", "native_finish_reason"])
def test_fields_in_which_people_write_too(name: str) -> None:
    assert has_closed_vocabulary(name)


@pytest.mark.parametrize("name", ["model", "type", "reasoning", "content", "actions", "status_code"])
def test_other_fields(name: str) -> None:
    assert not has_closed_vocabulary(name)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_every_finish_reason_of_a_dialect_is_one(dialect: Dialect) -> None:
    words = {*dialect.finish_reasons, *dialect.undocumented_reasons}
    assert [word for word in words if not is_api_word("finish_reason", word)] == []


def test_so_are_those_of_a_dialect_that_somebody_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_api_word("finish_reason", "bored")
    other = replace(openai_chat.DIALECT, name="other", finish_reasons={"bored": "other"})
    monkeypatch.setattr(api_words, "known", lambda: Dialects((*DIALECTS, other)))
    assert is_api_word("finish_reason", "bored")
    assert is_api_word("finish_reason", "stop")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("code", "NOT_FOUND"), ("code", "BadRequest"), ("code", "rate_limit_exceeded"), ("status", "200 OK"),
        ("status", "Not Found"), ("status", "503"), ("role", "CHATBOT"), ("category", "HARM_CATEGORY_HARASSMENT"),
        ("urlRetrievalStatus", "URL_RETRIEVAL_STATUS_SUCCESS"), ("guardrailAction", "INTERVENED"), ("detail", "high"),
    ],
)  # fmt: skip
def test_a_word_of_an_api_however_it_is_spelled(name: str, word: str) -> None:
    assert is_api_word(name, word)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("code", "diabetes"), ("code", "429913"), ("code", "1२3"), ("status", "Jane Not Found"), ("role", "ſystem"),
        ("role", "toolK"), ("category", "HARM_ALICE"), ("reason", "CATEGORY_ALICE"), ("detail", "alice@example.com"),
        ("category", "Harm_Category_X"), ("reason", "stop it, Jane"),
    ],
)  # fmt: skip
def test_what_somebody_wrote(name: str, word: str) -> None:
    assert not is_api_word(name, word)


@pytest.mark.parametrize(("text", "is_one"), [("Not Found", True), ("404 Not Found", True), ("9x4 Not Found", False),
                                             ("404", False), ("Not Found, Jane", False)])  # fmt: skip
def test_phrases_of_http(text: str, is_one: bool) -> None:
    assert is_http_phrase(text) is is_one


@given(st.sampled_from(CLOSED), st.text(min_size=1).filter(lambda text: not text.isascii()))
def test_no_letters_but_of_ascii(name: str, text: str) -> None:
    assert not is_api_word(name, text)


def test_finish_words_are_documented_ones_and_others() -> None:
    undocumented = {word for dialect in known().all for word in dialect.undocumented_reasons}
    assert undocumented
    assert undocumented | {"stop", "MAX_TOKENS", "end_turn"} <= known().finish_words
