"""The names of recordings, made again from their requests."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_requests import TEST, URL, body, name_of, request, sha

import recexplore
from recexplore.corpus import Corpus
from recexplore.matching import ogx_hash
from recexplore.matching.generations import CURRENT, GENERATIONS, REWRITES
from recexplore.matching.normalisation import as_sent, normalised, rounded, without_ids, without_scores
from recexplore.matching.ogx_hash import file_hash, fitting, hash_of, hashes
from recexplore.matching.request import request_of, requests_of

NAMES = [generation.name for generation in GENERATIONS]
UUID = "33671410-3acf-493a-9049-1740330d7417"
MODELS = "https://api.openai.com/v1/v1/models"


def of(sent: Any, url: str = URL, test_id: str | None = TEST) -> dict[str, str]:
    return hashes(request_of(request(sent, url) | {"test_id": test_id}))


def alike(sent: Any, other: Any, url: str = URL) -> set[str]:
    """The generations to which two bodies are the same."""
    one, two = of(sent, url), of(other, url)
    return {name for name in NAMES if one[name] == two[name]}


def test_generations_have_names_of_their_own() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(each.did and each.source and each.since for each in GENERATIONS)
    assert CURRENT is GENERATIONS[0]


def test_a_plain_request_is_hashed_with_its_test_since_tests_are_known() -> None:
    asked = request()
    today, first = name_of(asked), sha({"method": "POST", "endpoint": "/v1/v1/chat/completions", "body": body()})
    assert of(body()) == {name: first if name == "body" else today for name in NAMES}


@pytest.mark.parametrize(
    ("sent", "other", "since"),
    [
        ({"t": 0.123456}, {"t": 0.123457}, "decimals"),
        ({"t": "took 0.123456 s"}, {"t": "took 0.1234561 s"}, "decimals"),
        ({"extra_body": {"project_id": "a"}}, {"extra_body": {}}, "project-id"),
        ({"t": "[1] x, score: 0.5"}, {"t": "[1] x, score: 0.25"}, "scores"),
        ({"t": "x, attributes: {'a': 1} y"}, {"t": "x y"}, "scores"),
        ({"t": f"document_id: {UUID}"}, {"t": f"document_id: {UUID[::-1]}"}, None),
        ({"t": f"document_id: {UUID}"}, {"t": "document_id: " + UUID.replace("3", "4")}, "document-ids"),
        ({"t": f"a fact <|{UUID}|>."}, {"t": "a fact <|" + UUID.replace("3", "4") + "|>."}, "document-ids"),
        ({"t": [{"extra_body": {"project_id": "a"}}]}, {"t": [{"extra_body": {}}]}, "project-id"),
        ({"t": 1}, {"t": 1.0}, None),
        ({"a": {"extra_body": {"project_id": "a"}}}, {"a": {"extra_body": {}}}, None),
        ({"t": "white space"}, {"t": "white  space"}, None),
    ],
)
def test_since_when_a_difference_is_not_seen(sent: Any, other: Any, since: str | None) -> None:
    assert alike(sent, other) == (set(NAMES[: NAMES.index(since) + 1]) if since else set())


def test_stream_options_are_left_out_at_bedrock_only() -> None:
    sent, other = body(stream_options={"include_usage": True}), body()
    assert alike(sent, other) == set()
    bedrock = "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/v1/chat/completions"
    assert alike(sent, other, bedrock) == set(NAMES[: NAMES.index("bedrock") + 1])


def test_lists_of_models_are_shared_by_suffix_today() -> None:
    # The names of two recordings in ogx-ai/ogx: tests/integration/common/recordings/models-bd032f995f2a…-3aef4d23.json,
    # models-27ffb59341ca…-91343b03.json.
    assert of({}, MODELS)["model-lists"].startswith("bd032f995f2a")
    watsonx = "https://us-south.ml.cloud.ibm.com/ml/v1/v1/models"
    assert of({"extra_query": {"project_id": "mine"}}, watsonx)["model-lists"].startswith("27ffb59341ca")
    # Before, their path was not among those known.
    assert of({}, MODELS, None)["document-ids"].startswith("64a2277c90f0")
    assert of({}, "http://localhost:11434/api/tags", "any")["document-ids"].startswith("4a3a4447b16b")


def test_tools_and_http_are_hashed_in_their_own_ways() -> None:
    tool = {"provider": "tavily", "tool_name": "web_search", "kwargs": {"query": "0.123456"}, "test_id": TEST}
    digits = sha({"provider": "tavily", "tool_name": "web_search", "kwargs": {"query": "0.123456"}})
    assert set(hashes(request_of({"request": tool})).values()) == {digits}
    url = "http://localhost:11434/v1/messages"
    http = {"test_id": TEST, "url": url, "method": "post", "payload": {"t": 0.123456}}
    digits = sha({"test_id": TEST, "url": url, "method": "POST", "payload": {"t": 0.12346}})
    assert hashes(request_of(http)) == dict.fromkeys(NAMES[: NAMES.index("bedrock") + 1], digits)


def test_what_has_no_hash() -> None:
    deep: Any = "x"
    for _ in range(600):
        deep = [deep]
    for asked in (
        {"request": {"api": "files", "file_id": "f"}},
        body(),
        request(body(deep=deep)),
        request(url="http://["),
    ):
        assert hashes(request_of(asked)) == {}


@pytest.mark.parametrize(
    ("path", "digits"),
    [
        (f"a/{'0' * 64}.json", "0" * 64),
        ("5cc7605f9950.json", "5cc7605f9950"),
        (f"models-{'a' * 64}-489e004e.json", "a" * 64),
        ("models-4a3a4447b16b-3057338f.json", "4a3a4447b16b"),
        ("2e29690eefc9-f477c2fe1332.json", None),
        ("reasoning.json", None),
        ("C:\\recordings\\5cc7605f9950.json", "5cc7605f9950"),
    ],
)
def test_the_hash_in_a_name(path: str, digits: str | None) -> None:
    assert file_hash(path) == digits


def test_texts_that_were_replaced_afterwards() -> None:
    asked = request_of(request(body("see llama_stack_and_models.pdf")) | {"test_id": TEST})
    digits = hash_of(asked, CURRENT)
    edited = request_of(request(body("see ogx_and_models.pdf")) | {"test_id": TEST})
    fit = fitting(edited, str(digits))
    assert fit is not None
    assert (fit.generation, fit.rewrite) == (CURRENT, REWRITES[0])
    assert str(fit) == "model-lists, before the renaming"
    assert fitting(edited, "0" * 64) is None


def test_every_bundled_recording_has_its_name(bundled: Corpus) -> None:
    fits = {
        recording.id: str(fitting(asked, file_hash(recording.facts["path"]) or "none"))
        for recording, asked in requests_of(bundled)
        if asked is not None
    }
    assert Counter(fits.values()) == {"model-lists": 3, "project-id": 1, "body": 1}
    assert fits["94d11daee205"] == "body"


@pytest.mark.parametrize(("part", "n", "unfit"), [("ogx", 1136, 21), ("ogx-history", 24, 0)])
def test_the_names_of_real_recordings(corpus_folder: Path, part: str, n: int, unfit: int) -> None:
    corpus = recexplore.load(corpus_folder / part, progress=False)
    named = [
        (digits, asked)
        for recording, asked in requests_of(corpus)
        if asked is not None and (digits := file_hash(recording.facts["path"]))
    ]
    assert len(named) == n
    assert sum(fitting(asked, digits) is None for digits, asked in named) == unfit


ATTRIBUTES = re.compile(r",?\s*attributes:\s*\{[^}]*\}")
SCORE = re.compile(r"score:\s*[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")
PIECES = st.lists(
    st.sampled_from(["attributes:", "{", "}", ",", " ", "\n", "\t", "score:", "1.25", "-", "x", "0.12345678", "."])
)


@given(PIECES.map("".join))
def test_texts_are_changed_as_the_plain_patterns_say(text: str) -> None:
    decimals = re.compile(r"-?\d+\.\d{4,}")
    assert rounded(text) == decimals.sub(lambda found: f"{float(found[0]):.5f}", text)
    plain = ATTRIBUTES.sub("", SCORE.sub("score: __NORMALIZED__", text))
    assert without_scores(text) == rounded(plain)
    assert without_ids(text) == without_scores(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_normalising_twice_is_normalising_once(value: Any) -> None:
    once = normalised(value, without_ids)
    assert normalised(once, without_ids) == once
    assert json.dumps(normalised(value, as_sent)) == json.dumps(value)


@pytest.mark.parametrize(
    "text", ["1" * 300_000, "attributes:" + " " * 300_000, "score:" + " " * 300_000, ", " * 200_000]
)
def test_no_text_takes_long(text: str) -> None:
    assert without_ids(text) == text


@pytest.mark.parametrize("timing", [None, {}, {"end": "complete"}, {"end": "client gone"}, {"end": "as it pleased"}])
def test_a_file_has_one_hash_however_it_is_given(timing: dict[str, str] | None, tmp_path: Path) -> None:
    """A capture says how it ended; what another recorder's file was converted to may have ``wire``, too."""
    document = {
        "test_id": None,
        "request": {"method": "POST", "url": "https://h/v1/chat/completions", "body": {"model": "m"}},
        "response": {"body": [], "is_streaming": True},
        "wire": {"status": 200, "lines": ["data: {}\n", "\n"]},
        **({} if timing is None else {"timing": timing}),
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    requests = [request_of(recexplore.load(path, progress=False)[0]), request_of(document), request_of(path)]

    is_capture = bool(timing) and timing["end"] != "as it pleased"
    assert [each.is_sent_url for each in requests] == [is_capture] * 3
    assert len({hash_of(each, GENERATIONS[0]) for each in requests}) == 1


def test_a_wording_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_of({"request": {"method": "POST", "url": "https://h/v1/messages", "body": {"model": "m"}}})
    hashed: list[object] = []
    monkeypatch.setattr(ogx_hash, "hash_of", lambda request, generation: hashed.append(generation))
    assert ogx_hash.fitting(request, "0" * 64) is None
    assert hashed == list(GENERATIONS)
