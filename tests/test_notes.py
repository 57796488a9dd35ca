"""What dialects notice is typed: nothing a vendor sends can be taken for a note."""

from __future__ import annotations

import pytest
from synthetic import choice, chunk, stream

from recexplore.model.notes import Note, joined_notes, notes_in

FINISH = choice(finish_reason="stop")
RULES = ["role-repeated", "delta-missing", "finish-value", "think-duplicate", "tool-index", "recorded-exception"]
VENDOR_FIELDS = [
    {"upstream": {"role": ""}},
    {"upstream": {"delta": None}},
    {"upstream": {"finish_reason": ""}},
    {"same_text_in": "reasoning"},
    {"in_object": "reasoning"},
    {"tool": {"index": None, "type": "custom"}},
    {"response.is_exception": True},
    {"notes": " ".join(Note)},
]


def test_notes_are_joined_once_and_read_back() -> None:
    cell = joined_notes(None, Note.EMPTY_ROLE, joined_notes(Note.EMPTY_ROLE, Note.MISSING_DELTA))

    assert cell == "empty-role missing-delta"
    assert notes_in(cell) == {Note.EMPTY_ROLE, Note.MISSING_DELTA}
    assert joined_notes(None, None) is None
    assert joined_notes() is None


@pytest.mark.parametrize("note", Note)
def test_a_note_is_one_word_and_says_what_it_is(note: Note) -> None:
    assert " " not in note
    assert notes_in(note) == {note}


@pytest.mark.parametrize("fields", VENDOR_FIELDS, ids=str)
@pytest.mark.parametrize("where", ["choice", "delta", "chunk"])
def test_a_vendor_field_that_looks_like_a_note_is_none(read, fields: dict, where: str) -> None:
    """Beside the delta, in it, and beside the choices."""
    beside = {"provider_meta": fields}
    first = choice({"role": "assistant", "content": "Hello"})
    if where == "choice":
        first |= beside
    elif where == "delta":
        first["delta"] |= beside
    chunks = [chunk(first, **(beside if where == "chunk" else {})), chunk(FINISH)]
    corpus = read(stream(*chunks))

    assert corpus.events["notes"].isna().all()
    assert not set(RULES) & set(corpus.findings["rule"])


def test_what_is_noted_is_told(read) -> None:
    """The fields themselves are still found where they belong."""
    corpus = read(
        stream(
            chunk(choice({"role": "assistant", "content": "Hello"})),
            chunk({"index": 0, "delta": {"role": "", "content": " you"}, "finish_reason": ""}),
            chunk({"index": 0, "delta": None}),
            chunk(FINISH),
        )
    )

    noted = [notes_in(cell) for cell in corpus.events["notes"].dropna()]
    assert set().union(*noted) == {Note.EMPTY_ROLE, Note.EMPTY_FINISH, Note.MISSING_DELTA}
    assert {"role-repeated", "delta-missing", "finish-value"} <= set(corpus.findings["rule"])
