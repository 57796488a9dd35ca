"""Keys in a text, however they are written, and what is none."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from recexplore.model.written_keys import without_keys

KEY = "sk-proj-" + "a1B2" * 8


@pytest.mark.parametrize(
    "text",
    [
        f"take {KEY}, please",
        "AKIAIOSFODNN7EXAMPLE",
        f"curl -H 'Authorization: Bearer {'x1' * 12}'",
        quote(f"key: {KEY}"),
        base64.b64encode(f"my key is {KEY}".encode()).decode(),
        json.dumps({"code": f"key = {KEY!r}"}),
    ],
)
def test_a_key(text: str) -> None:
    assert without_keys(text)[1] == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The sky is blue, the task-force risk-averse; sk-learn and hf_transformers are libraries.",
        "Use `export OPENAI_API_KEY=sk-...` and a bearer token.",
        json.dumps({"header": "Bearer ****************"}),
        "sk-proj-" + "*" * 32,
    ],
)
def test_no_key(text: str) -> None:
    assert without_keys(text) == (text, 0)


def test_stars_are_as_many_as_there_were_letters() -> None:
    new, n = without_keys(f"first {KEY}, then {KEY}")

    assert (new, n) == (f"first sk-proj-{'*' * 32}, then sk-proj-{'*' * 32}", 2)
    assert without_keys("nothing to see") == ("nothing to see", 0)
