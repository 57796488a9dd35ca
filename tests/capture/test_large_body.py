"""Large bodies of requests: noted as text, slice by slice, without what small ones go without."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recexplore.capture.journal import large_body
from recexplore.capture.journal.finish import finish
from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.large_body import LARGE_BYTES, large_body_noted
from recexplore.capture.journal.writer import Writer
from recexplore.model.credentials import masked_json

_KEY = "sentinel-0123456789abcdef"
_FORM = "sk-proj-0123456789abcdefghijklmnop"
_PADDING = "x/+" * LARGE_BYTES
_SECRETS: dict[str, Any] = {
    "api_key": _KEY,
    "client_secret": {"deep": [_KEY, {"more": _KEY}]},
    "headers": {"Accept": "text/plain", "X-Own": _KEY, "Authorization": f"Bearer {_KEY}"},
    "url": f"https://h/x?X-Amz-Signature={_KEY}&size=2",
    "form": f"user=me&password={_KEY}",
    "long_url": f"https://h/x?padding={'p' * 50_000}&api_key={_KEY}&more=1",
    "user": f"https://me:{_KEY}@h/{'p' * 9_000}",
    "text": f'My key is {_FORM}, says {_KEY}; a "quoted" one, too',
    "password": {"type": "string"},
    "numbers": [1.5, None, True],
}
_MASK = KeyMask([("Authorization", f"Bearer {_KEY}")], "http://h/")


def _noted(body: bytes, keys: KeyMask = _MASK) -> dict[str, str]:
    return dict(orjson.loads(orjson.dumps(large_body_noted(body, keys))))


@pytest.mark.parametrize("n_before", [0, 1, 3 * 4096 - 200, 3 * 4096 - 20, 3 * 4096 - 3, 7 * 4096])
@pytest.mark.parametrize("indent", [None, 1])
def test_what_small_bodies_go_without(n_before: int, indent: int | None) -> None:
    body = json.dumps({"before": "ü" * n_before, **_SECRETS, "after": _PADDING}, indent=indent, ensure_ascii=False)
    noted = json.loads(_noted(body.encode())["text"])

    assert _KEY not in json.dumps(noted)
    assert _FORM not in json.dumps(noted)
    expected = masked_json({**_SECRETS, "text": _MASK.masked_text(_SECRETS["text"])})
    assert isinstance(expected, dict)
    assert {name: noted[name] for name in _SECRETS} == {**expected, "form": noted["form"]}
    assert (noted["before"], noted["after"]) == ("ü" * n_before, _PADDING)


def test_a_key_that_is_longer_than_a_slice() -> None:
    body = json.dumps({"a": "sk-proj-" + "0123456789" * 20_000, "password": _PADDING, "b": 1}).encode()
    assert json.loads(_noted(body)["text"]) == {"a": "sk-proj-***", "password": "***", "b": 1}


@pytest.mark.parametrize("ending", [b'"api_key": "' + _KEY.encode(), b'"headers": {"a": "' + _KEY.encode() + b'"'])
def test_what_breaks_off(ending: bytes) -> None:
    text = _noted(b"{" + b'"a": 1, ' * 20_000 + ending, KeyMask([], ""))["text"]
    assert text.endswith('"***"')
    assert _KEY not in text


_WORDS = st.sampled_from(
    ["api_key", "password", "headers", 'a"b', "a\\\\", "\\\\", '"', ":", ', "', '": {', "[", _KEY, "ü"]
)
_TEXTS = _WORDS | st.lists(_WORDS, max_size=4).map("".join)


def _holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    held = st.dictionaries(_TEXTS, inner, max_size=3) | st.lists(inner, max_size=3)
    return held | held.map(json.dumps)


@settings(max_examples=300)
@given(
    value=st.recursive(_TEXTS | st.none() | st.integers(0, 9), _holding, max_leaves=8),
    indent=st.sampled_from([None, 1]),
)
def test_names_are_those_that_are_found_from_every_quote(value: Any, indent: int | None) -> None:
    """However deep JSON stands in texts of JSON: no name begins behind a backslash."""
    body = json.dumps({"a": value}, indent=indent).encode()
    from_every_quote = re.compile(large_body._NAME.pattern.replace(rb'(?<!\\")', b""))
    assert from_every_quote.pattern != large_body._NAME.pattern
    found = _noted(body)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(large_body, "_NAME", from_every_quote)
        assert _noted(body) == found


def test_quotes_in_texts_are_not_looked_at() -> None:
    body = json.dumps({"api_key": json.dumps(json.dumps([{"name": "value"}] * 99))}).encode()
    assert [found["name"] for found in large_body._NAME.finditer(body)] == [b"api_key"]
    assert not large_body._NAME.search(b'\\"' * 9 + b'":[')


def test_names_that_json_escapes() -> None:
    body = b'{"api\\u005fkey": "%b", "a\\"b": "c", "\\u0070assword" : {"deep": "%b"}, "x": "%b"}'
    text = _noted(body % (_KEY.encode(), _KEY.encode(), b"y" * LARGE_BYTES), KeyMask([], ""))["text"]
    assert json.loads(text) == {"api_key": "***", 'a"b': "c", "password": {"deep": "***"}, "x": "y" * LARGE_BYTES}


@pytest.mark.parametrize("ending", ["", '\\"and more"'])
def test_a_url_that_does_not_end(ending: str) -> None:
    text = _noted(f'{{"a": "{_PADDING}", "b": "https://h/?api_key={_KEY}{ending}'.encode(), KeyMask([], ""))["text"]
    assert _KEY not in text
    assert text[-len(ending) - 3 :].startswith("***")


def test_what_is_no_text() -> None:
    body = bytes(range(256)) * 1024 + _KEY.encode()
    assert base64.b64decode(_noted(body)["base64"]) == body.replace(_KEY.encode(), b"*" * len(_KEY))


def test_a_large_request_becomes_a_recording(tmp_path: Path) -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": _PADDING}], "api\u005fkey": _KEY}
    names = []
    for _ in range(2):
        writer = Writer(tmp_path)
        url = "https://api.openai.com/v1/chat/completions"
        journal = writer.open("POST", url, [], json.dumps(asked).encode(), received_ns=writer.clock())
        journal.end(writer.clock(), "complete")
        assert writer.close().error is None
        assert journal.path is not None
        assert _KEY not in journal.path.read_text()
        path = finish(journal.path)
        names.append(path.name)
        assert json.loads(path.read_text())["request"]["body"] == {**asked, "api_key": "***"}
    assert names[1] == names[0].replace(".json", "-00000002.json")
