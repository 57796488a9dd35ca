"""Texts that are passed over for want of anything that could be a credential: never one that would be masked."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_credentials import JWT, SECRETS

from recexplore.model.credential_hints import suspicious
from recexplore.model.credentials import (
    HEADER_BLOCKS,
    KEY_ENDINGS,
    KEY_NAMES,
    SECRET_FORMS,
    masked_json_text,
    masked_text,
)


def may_hold_credentials(text: str) -> bool:
    return suspicious([text]) == {text}


NAMES = sorted({*KEY_NAMES, *KEY_ENDINGS, *HEADER_BLOCKS})


@st.composite
def written_names(draw: st.DrawFn) -> str:
    """The name of a key or of headers, as anybody may write it."""
    name = draw(st.sampled_from(NAMES))
    letters = [
        draw(st.sampled_from([each, each.upper(), f"{each}-", f"{each}_", f"{each} ", f"{each}."])) for each in name
    ]
    return draw(st.sampled_from(["", "x-", "my"])) + "".join(letters).replace(
        "k", draw(st.sampled_from(["k", "\u212a"]))
    )


WORDS = st.sampled_from(
    ["abc", "Tue", "a b", "https://a.example/v1?key=abc", "//me:pw@a.example", "a=b&token=c", *SECRETS]
)
VALUES = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(written_names() | st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_passed_over_would_not_be_masked(value: Any, is_ascii: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    assert may_hold_credentials(text) or masked_json_text(text) == text


# One of every form, and whose keys begin so.
FORMS = [
    *(f"{scheme} {'aB3/' * 8}" for scheme in ("Bearer", "bearer", "Basic", "basic")),
    *(
        f"sk-{kind}{'a1B2' * 12}"
        for kind in ("", "ant-api03-", "or-v1-", "proj-", "svcacct-", "admin-", "None-", "lf-")
    ),
    *(f"{whose}{'a1' * 22}" for whose in ("ek_", "gsk_", "xai-", "csk-", "pplx-", "nvapi-", "r8_", "fw_", "hf_")),
    *(
        f"{whose}{'a1' * 22}"
        for whose in ("tvly-", "tvly-dev-", "dapi", "AIza", "ya29.", "GOCSPX-", "bedrock-api-key-")
    ),
    *(f"{whose}ABCDEFGH234567XY" for whose in ("AKIA", "ASIA")),
    "ABSK" + "a1" * 44,
    *(f"gh{kind}_{'a1' * 22}" for kind in "pousr"),
    *(
        f"{whose}{'a1' * 22}"
        for whose in ("github_pat_", "glpat-", "npm_", "sk_live_", "sk_test_", "rk_live_", "rk_test_")
    ),
    *(f"xox{kind}-{'a1' * 22}" for kind in "abeprs"),
    *(f"-----BEGIN {kind}PRIVATE KEY-----\n{'aB3/' * 10}" for kind in ("", "RSA ")),
    JWT,
]


def test_there_is_a_sample_of_every_form() -> None:
    forms = SECRET_FORMS.pattern.partition("(?P<prefix>(?:")[2].partition("))(?P<secret>")[0]
    for form in re.split(r"\s\|\s", forms):
        one = re.compile(f"(?<![A-Za-z0-9])(?:{form})", re.VERBOSE)
        assert any(map(one.match, FORMS)), form


@pytest.mark.parametrize("secret", [*FORMS, *SECRETS])
def test_a_key_is_not_passed_over(secret: str) -> None:
    assert masked_text(secret) != secret
    assert may_hold_credentials(secret)
    assert may_hold_credentials(json.dumps({"said": f"it was {secret}, 1"}))


@pytest.mark.parametrize("name", NAMES)
def test_a_field_that_holds_one_is_not_passed_over(name: str) -> None:
    assert may_hold_credentials(json.dumps({name: "abc"}))


def test_one_that_holds_some_is_told_among_others() -> None:
    others = [f"it is number {n}" for n in range(9)]
    secretive = {f"{SECRETS[0]} it is", '{"api_key":"abc"}', "a=b"}
    assert suspicious([*others, *secretive, *others]) == secretive


@pytest.mark.parametrize(
    "value",
    [
        {"data": [{"embedding": [0.25, -1e-05], "index": 0}], "object": "list"},
        {"__type__": ["openai.types.chat.chat_completion_chunk.ChatCompletionChunk"]},
        {"logprobs": {"tokens": [{"token": "ask", "max_tokens": 12}]}, "created_at": "1970-01-01T00:00:00Z"},
    ],
)
def test_what_most_recordings_have_is_passed_over(value: Any) -> None:
    assert not may_hold_credentials(json.dumps(value))
