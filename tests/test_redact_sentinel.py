"""A word planted in every place of every recorder's files is found in nothing that redact writes."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from redaction_samples import CREDENTIAL, CUTS, KEY_FORM, SENTINEL, samples

import recexplore as rx

FILES = dict(samples())
FRAMES = ("recordings", "requests", "chunks", "events", "choices", "tool_calls", "usage", "problems")
WORDS = (SENTINEL, CREDENTIAL, KEY_FORM.removeprefix("sk-proj-"))
KEY = b"a key of sixteen bytes and more"


def everything(corpus: rx.Corpus) -> str:
    """All that can be had of recordings."""
    frames = [getattr(corpus, name).to_csv() for name in FRAMES]
    read = [[one.request, one.url, *(one.raw(at) for at in range(one.facts["n_chunks"]))] for one in corpus]
    return "\n".join([*frames, json.dumps(read, ensure_ascii=False, default=str)])


def forms(word: str) -> list[str]:
    """A word as it is, and in base64 at every offset."""
    packed = [base64.b64encode(b"x" * at + word.encode()).decode()[4 if at else 0 : -4] for at in range(3)]
    return [word.lower(), word.encode().hex(), *(each.lower() for each in packed)]


def held_in(text: str) -> list[str]:
    lower = text.lower()
    return [form for word in WORDS for form in forms(word) if form in lower]


@pytest.fixture(scope="module", params=["filler", "masked"])
def redacted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Any]:
    folder = tmp_path_factory.mktemp("sentinel")
    before, after = folder / "before", folder / "after"
    before.mkdir()
    for name, data in FILES.items():
        (before / name).write_bytes(data)
    return before, after, rx.redact(before, after, request.param, key=KEY)


def test_every_sample_is_read_and_holds_the_word(redacted: tuple[Path, Path, Any]) -> None:
    before, _, sheet = redacted
    assert [each.reason for each in sheet.left_out] == []
    assert len(sheet.rows) == len(FILES)
    for name in FILES:
        corpus = rx.load(before / name, credentials="shown")
        assert len(corpus), name
        assert held_in(everything(corpus)), name


@pytest.mark.parametrize("name", FILES)
def test_the_word_is_nowhere(redacted: tuple[Path, Path, Any], name: str) -> None:
    _, after, _ = redacted
    assert held_in((after / name).read_bytes().decode("latin-1")) == []
    corpus = rx.load(after / name, credentials="shown")
    assert len(corpus)
    said = everything(corpus)
    assert held_in(said) == []
    assert CUTS[1] not in said


@pytest.mark.parametrize("name", FILES)
def test_the_shape_is_what_it_was(redacted: tuple[Path, Path, Any], name: str) -> None:
    _, _, sheet = redacted
    row = next(each for each in sheet.rows if each.name == name)
    if sheet.policy.texts == "filler":
        assert row.keeps_shape


def test_the_input_is_as_it_was(redacted: tuple[Path, Path, Any]) -> None:
    before, _, _ = redacted
    assert {path.name: path.read_bytes() for path in before.iterdir()} == FILES


def test_the_sheet_holds_no_word(redacted: tuple[Path, Path, Any]) -> None:
    _, after, sheet = redacted
    assert held_in((after / "redaction.json").read_text()) == []
    assert held_in(str(sheet)) == []
    assert KEY not in b"".join(path.read_bytes() for path in after.iterdir())
