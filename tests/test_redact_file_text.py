"""One file redacted: every sample without the sweep, what is swept, where things stood, what is refused."""

from __future__ import annotations

import base64
import json

import pytest
from redaction_samples import CREDENTIAL, KEY_FORM, SENTINEL, samples
from synthetic import recording, says

from recexplore.read.wire.content import Content
from recexplore.share.redact import file_text
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.file_text import CannotRedact, RedactedFile, redacted_file
from recexplore.share.redact.keys import Digest
from recexplore.share.redact.policy import Policy
from recexplore.share.redact.replacing import Replacer

FILES = dict(samples())
REPLACER = Replacer(Policy(), Digest(b"a key of sixteen bytes and more"))
WORDS = (SENTINEL, CREDENTIAL, KEY_FORM.removeprefix("sk-proj-"))


def made(data: bytes, name: str = "a.json", replacer: Replacer = REPLACER) -> RedactedFile:
    return redacted_file(Content(name, data), replacer)


@pytest.mark.parametrize("name", FILES)
def test_every_place_is_found_by_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is known from one place is swept from all: here nothing is."""
    monkeypatch.setattr(file_text, "_swept", lambda text, pieces: text)
    text = made(FILES[name], name).data.decode("latin-1").lower()
    assert [word for word in WORDS if word.lower() in text] == []
    forms = [
        base64.b64encode(b"x" * at + word.encode()).decode()[4 if at else 0 : -4].lower()
        for at in range(3)
        for word in WORDS
    ]
    assert [form for form in forms if form in text] == []


def test_a_value_that_is_known_from_one_place_stands_nowhere_else() -> None:
    document = recording([says("a")], request={"model": "m", "user": "jane-4711-doe", "stream": True})
    document["jane-4711-doe"] = {"model": "of jane-4711-doe"}
    assert b"jane-4711-doe" not in made(json.dumps(document).encode()).data


def test_places_are_lines_of_the_file_as_it_was() -> None:
    document = recording([says("Hello there")])
    document["request"]["headers"] = {"Authorization": "Bearer abc"}
    data = json.dumps(document, indent=1).encode()
    found = made(data)
    lines = data.decode().splitlines()
    assert {("Authorization", Kind.HEADER), ("content", Kind.TEXT)} <= {(each.name, each.kind) for each in found.places}
    assert all(f'"{place.name}"' in lines[place.line - 1] for place in found.places)
    assert found.counts[Kind.HEADER] == 1


def test_nothing_to_replace_is_the_same_bytes() -> None:
    kept = Replacer(
        Policy(texts="kept", ids="kept", hosts="kept", media="kept"), Digest(b"a key of sixteen bytes and more")
    )
    data = b"\xef\xbb\xbf" + json.dumps(recording([says("Hello there")]), indent=3).encode()
    assert made(data, replacer=kept) == RedactedFile(data)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.json", b"words", "no recording"),
        ("a.json", json.dumps(recording([says("a")])).encode().replace(b'"choices"', b"'choices'"), "no JSON"),
        ("a.yaml", FILES["vcr.yaml"] + b"\n- [", "not YAML"),
        ("a.yaml", FILES["vcr.yaml"] + b"# \xff", "not UTF-8"),
        ("a.httprr", b"httprr trace v1\nwords", "does not go on"),
    ],
)  # fmt: skip
def test_what_cannot_be_redacted_says_why(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(CannotRedact, match=reason):
        made(data, name)
