"""What a field holds, by its name and what it looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.share.redact.fields import Kind, is_id_like, kind_of

LONG = "QUJD" * 30
CASES = {
    Kind.STRUCTURE: [
        ("model", "gpt-4o-mini"), ("role", "user"), ("finishReason", "STOP"), ("test_id", "tests/a.py::test[any words]"),
        ("created_at", "2026-01-01T00:00:00.5Z"), ("message", "Not Found"), ("status", "200 OK"), ("obfuscation", "kQ2"),
        ("id", "openai/gpt-4o"), ("model", "claude-sonnet-4@20250514"), ("detail", "low"), ("author", "user"),
        ("blockReason", "SAFETY"), ("code", "429"), ("unpacked", "gzip"), ("unpacked", "gzip, br"), ("end", "stopped"),
    ],
    Kind.TEXT: [
        ("content", "hello"), ("anything", "hello"), ("model", "two words"), ("status", "all is well, Jane"),
        ("created_at", "when Jane came"), ("user", "Jane Doe"), ("name", "Jane Doe"), ("name", "jane"),
        ("author", "alice@example.com"), ("author", "alice"), ("detail", "患者は糖尿病です"), ("reason", "divorce"),
        ("nextAction", "surgery"), ("maritalStatus", "widowed"), ("code", "hunter2"), ("message", "Jane Not Found"),
        ("model", "alice@example.com"), ("type", "患者"), ("tool_name", "患者"), ("date", "१२३"), ("unpacked", "jane"),
    ],
    Kind.ID: [
        ("id", "x"), ("custom_id", "row-1"), ("sessionId", "s1"), ("user", "jane"), ("id", "患/者"),
        ("whatever", "call_Zq8vKw3hYt5uPr2n"),
    ],
    Kind.CREDENTIAL: [("api_key", "x"), ("clientSecret", "x"), ("password", "hunter2"), ("Authorization", "x")],
    Kind.URL: [("url", "https://a.example/b"), ("anything", "//a.example/b"), ("endpoint", "/v1/x"), ("x", "gs://b/c")],
    Kind.MEDIA: [("url", "data:image/png;base64,AAAA"), ("b64_json", LONG), ("data", LONG)],
    Kind.OPAQUE: [("signature", "abc"), ("encrypted_content", LONG)],
    Kind.NAME: [("tool_name", "look_up"), ("server_label", "s")],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "value"), [(kind, *each) for kind, cases in CASES.items() for each in cases])
def test_kinds(kind: Kind, name: str, value: str) -> None:
    assert kind_of(name, value) is kind


@pytest.mark.parametrize(
    ("name", "value", "beside", "kind"),
    [
        ("name", "look_up", "is:tool", Kind.NAME),
        ("name", "look up, Jane", "is:tool", Kind.TEXT),
        ("name", "llama3", "is:model", Kind.STRUCTURE),
        ("id", "llama3", "is:model", Kind.STRUCTURE),
    ],
)
def test_what_stands_beside_tells(name: str, value: str, beside: str, kind: Kind) -> None:
    assert kind_of(name, value, frozenset([beside])) is kind


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz ", min_size=1).filter(lambda text: " " in text))
def test_words_are_text_in_any_field_that_nobody_knows(value: str) -> None:
    assert kind_of("whatever", value) is Kind.TEXT


@pytest.mark.parametrize("text", ["call_Zq8vKw3hYt5uPr2n", "6f2b3c1e-1a95-4340-8758-30cd5e9d4d9c"])
def test_ids_are_known_wherever_they_stand(text: str) -> None:
    assert is_id_like(text)
    assert not is_id_like(f"{text} and more")
    assert not is_id_like("a_word")
