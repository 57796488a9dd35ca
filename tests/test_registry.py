"""What the dialects know together: providers, models, answers, finish reasons; asked alike, ours and others'."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import chunk, says

import recexplore
from recexplore.model.exchange import Exchange
from recexplore.model.request_fields import RequestFields, joined
from recexplore.model.traits import FINISH_MEANINGS, Trait
from recexplore.read.dialects import DIALECTS, anthropic, openai_chat, unknown
from recexplore.read.registry import Dialects, known

ANSWERS: list[dict[str, Any]] = [
    says("Hi"),
    chunk(),
    {"object": "chat.completion.chunk", "choices": [], "usage": None},
    {"object": "text_completion", "choices": [{"text": "Hi"}]},
    {"type": "message_start", "message": {"role": "assistant", "content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    {"type": "message", "role": "assistant", "content": [], "stop_reason": None},
    {"type": "response.output_text.delta", "sequence_number": 3, "delta": ""},
    {"object": "response", "output": [], "status": "completed"},
    {"candidates": [{"content": {}}]},
    {"event_type": "interaction.start", "interaction": {}},
    {"model": "m", "message": {}, "done": False},
    {"model": "m", "response": "", "done": True},
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {}},
    {"output": {"message": {}}, "stopReason": "end_turn"},
    {"chunk": {"bytes": "eyJh"}},
    {"outputs": [{"text": "Hi", "stop_reason": None}]},
    {"output": {"text": "Hi"}, "sessionId": "s"},
    {"event_type": "text-generation", "text": ""},
    {"text": "", "generation_id": "x"},
    {"generations": [{"text": "Hi"}], "prompt": "p", "id": "g"},
    {"id": "x", "message": {"content": []}, "finish_reason": "COMPLETE"},
    {"results": [{"generated_text": "Hi"}], "model_id": "m"},
    {"token": {"id": 1, "text": "Hi", "logprob": -1.0, "special": False}, "generated_text": None, "details": None},
    {"data": [{"embedding": [0.5]}], "model": "m"},
]
OTHERS: list[Any] = [
    None,
    "choices",
    5,
    [],
    [says("Hi")],
    {},
    {"choices": []},
    {"type": "object"},
    {"type": "object", "properties": {}},
    {"object": "list", "data": []},
    {"message": "hello"},
    {"name": "p", "version": "1", "dependencies": {}},
    {"done": True},
    {"output": "", "id": "x"},
    {"nested": says("Hi")},
    {"chunk": "of a document", "bytes": 5},
    {"chunk": {"text": "of a document"}},
    {"outputs": []},
    {"outputs": [{"text": "Hi"}]},
    {"outputs": {"0": 5}},
    {"output": {"text": "Hi"}},
    # What everyday files hold: logs, settings, surveys, data sets, caches of other services.
    {"type": "message", "message": "started", "level": "info"},
    {"type": "message", "role": "user", "content": "Hi"},
    {"type": "input", "name": "project", "message": "What is it called?"},
    {"type": "index", "index": "birds"},
    {"type": "delta", "delta": 5},
    {"type": "click", "event_type": "page_view", "user": 1},
    {"event_type": "audit", "actor": "x"},
    {"event_id": "e", "type": "session", "session": {"user": "x"}},
    {"id": 7, "status": "done", "input": {}, "urls": {}},
    {"candidates": [{"name": "Ann", "votes": 5}]},
    {"candidates": [{"place_id": "x", "name": "Cafe"}], "status": "OK"},
    {"title": "Wash", "done": True, "response": {}},
    {"done": False, "message": "Wash the car"},
    {"ids": ["a"], "embeddings": [[0.1]], "documents": ["x"]},
    {"data": [1], "usage": {"requests": 5}},
    {"id": "q1", "question": "Which?", "choices": [{"text": "A wren", "label": "A"}]},
    {"id": "q1", "choices": ["A", "B"], "answer": "A", "model": "m"},
    {"type": "mail", "messageId": "x", "delta": 5},
    {"toolCallId": "x", "type": "screwdriver"},
    {"text": "Fine", "response_id": 5},
    {"generations": ["Red", "Blue"], "prompt": "birds"},
    {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"},
    {"results": [0.5], "model_id": "m"},
    {"token": "secret", "details": {}},
    {"thread_id": 5, "role": "user", "content": "Hi"},
    {"object": "lamp", "delta": 5},
    {"output": {"text": "Hi"}, "citations": []},
    {"trace": {"trace": []}},
    {"content": "x", "stop": False},
    {"object": "file", "output": "x"},
    {"status": 200, "body": "ok"},
    {"message": "Hi", "finishReason": "stop"},
]


@pytest.mark.parametrize("value", ANSWERS, ids=lambda value: " ".join(value))
def test_what_may_be_an_answer(value: dict[str, Any]) -> None:
    assert known().may_be_answer(value)
    # A member of a union stands alone.
    assert len(value) == 1 or known().may_be_answer({**value, "vendor": 1})


@pytest.mark.parametrize("value", OTHERS, ids=str)
def test_what_is_none(value: Any) -> None:
    assert not known().may_be_answer(value)


def test_every_chunk_of_the_bundled_recordings_may_be_one(bundled_folder: Path) -> None:
    seen = 0
    for path in bundled_folder.glob("*.json"):
        chunks = [each["__data__"] for each in json.loads(path.read_bytes())["response"]["body"]]
        # Azure opens with a chunk in which every field is empty.
        assert sum(map(known().may_be_answer, chunks)) >= len(chunks) - 1
        seen += len(chunks)
    assert seen > 100


def test_the_value_is_left_alone() -> None:
    for strange in (None, 5, [], "x"):
        value = {"choices": strange, "usage": strange}
        known().may_be_answer(value)
        assert value == {"choices": strange, "usage": strange}


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://api.openai.com/v1/chat/completions", "openai"),
        ("https://API.OpenAI.com/v1", "openai"),
        ("https://shan.cognitiveservices.azure.com/openai/v1", "azure"),
        ("https://x.openai.azure.com/", "azure"),
        ("https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1", "bedrock"),
        ("https://bedrock-mantle.us-east-1.api.aws/v1", "bedrock"),
        ("https://bedrock-agent-runtime.eu-west-1.amazonaws.com/agents/a", "bedrock"),
        ("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/", "bedrock"),
        ("https://bedrock-runtime.cn-north-1.amazonaws.com.cn/", "bedrock"),
        ("https://vpce-0a1b-c2d3.bedrock-runtime.us-east-1.vpce.amazonaws.com/", "bedrock"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "gemini"),
        ("https://us-central1.ml.cloud.ibm.com/ml", "watsonx"),
        ("https://api.cohere.com/v2/chat", "cohere"),
        ("https://api.writer.com/v1/completions", "writer"),
        ("http://localhost:11434/api/chat", "ollama"),
        ("http://127.0.0.1:8000/v1", "vllm"),
        ("http://[::1]:11434/api/tags", "ollama"),
        ("http://[::1]:11434/", "::1:11434"),
        ("http://localhost:8000/functions/hash/0a1b", "localhost:8000"),
        ("https://us-central1-aiplatform.googleapis.com/v1/projects/p", "vertexai"),
        ("http://localhost:9999/v1", "localhost:9999"),
        ("https://llm.example.org/v1", "llm.example.org"),
        ("https://llm.example.org:8443/v1", "llm.example.org:8443"),
        ("http://example.org:11434/", "example.org:11434"),
    ],
)
def test_hosts(url: str, provider: str) -> None:
    assert known().provider_of(url) == provider


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com.example.org/",
        "https://notapi.openai.com/",
        "https://evilopenai.azure.com/",
        "https://bedrock.example.org/",
        "https://bedrock-runtime.us-east-1.amazonaws.com.example.org/",
        "https://notbedrock.s3.amazonaws.com/",
        "https://user:api.openai.com@example.org/",
    ],
)
def test_a_host_that_only_looks_like_one_is_not(url: str) -> None:
    assert known().provider_of(url) not in {"openai", "azure", "bedrock"}


@pytest.mark.parametrize("url", [None, "", "/v1/models", "http://[", "http://x:port/", "nonsense"])
def test_no_host_no_provider(url: str | None) -> None:
    assert known().provider_of(url) is None


@given(st.text())
def test_no_url_makes_it_raise(url: str) -> None:
    known().provider_of(url)
    known().provider_of(f"https://{url}/v1")


def test_bundled_providers(bundled) -> None:
    providers = bundled.recordings.set_index("recording")["provider"].to_dict()

    assert providers == {
        "94d11daee205": "azure",
        "f6960cae871e": "openai",
        "7ac0267de2ef": "openai",
        "007c4711219f": "openai",
        "f27523f3fec8": "bedrock",
    }


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse", "gemini-2.0-flash"),
        ("/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-pro:generateContent", "gemini-2.5-pro"),
        ("/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("/model/anthropic.claude-3-haiku-20240307-v1:0/converse", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("/model/us.amazon.nova-lite-v1:0/invoke-with-response-stream", "us.amazon.nova-lite-v1:0"),
        ("/model/meta.llama3/invoke", "meta.llama3"),
        (
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123%3Ainference-profile%2Fus.deepseek.r1-v1%3A0/invoke",
            "arn:aws:bedrock:us-east-1:123:inference-profile/us.deepseek.r1-v1:0",
        ),
        (
            "/model/arn:aws:bedrock:us-east-1:123:inference-profile/us.deepseek.r1-v1:0/converse-stream",
            "arn:aws:bedrock:us-east-1:123:inference-profile/us.deepseek.r1-v1:0",
        ),
        ("/agents/A1/agentAliases/B1/sessions/s1/text", None),
        ("/v1/models/gpt-4o", "gpt-4o"),
        ("/v1/models", None),
        ("/v1/chat/completions", None),
    ],
)
def test_the_model_that_a_path_names(path: str, model: str | None) -> None:
    assert known().model_asked(Exchange("test", endpoint=path.partition("?")[0])) == model


def test_the_model_of_the_body_counts_more() -> None:
    assert known().model_asked(Exchange("test", endpoint="/v1/models/a", request={"model": "b"})) == "b"
    assert known().model_asked(Exchange("test", request={"modelId": "b"})) == "b"
    assert known().model_asked(Exchange("test", endpoint="/v1/models/a", request={"model": ["b"]})) == "a"


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_what_a_dialect_declares_is_well_formed(dialect) -> None:
    assert dialect.traits <= set(Trait)
    assert set(dialect.finish_reasons.values()) <= set(FINISH_MEANINGS)
    assert (Trait.GENERATES in dialect.traits) == bool(dialect.finish_reasons or Trait.NO_FINISH in dialect.traits)
    assert (Trait.REPORTS_USAGE in dialect.traits) == (dialect.usage is not None)
    for variant in dialect.variants:
        assert variant.names == tuple(name.lower() for name in variant.names)
        assert not variant.has & dialect.traits
        assert variant.lacks <= dialect.traits


def test_every_trait_is_declared_by_some_dialect() -> None:
    declared = {trait for dialect in DIALECTS for trait in dialect.traits}
    varied = {trait for dialect in DIALECTS for variant in dialect.variants for trait in variant.has}

    assert declared | varied == set(Trait)


def test_a_finish_reason_means_what_its_own_dialect_says_else_what_any_does() -> None:
    assert known().finish_meaning("openai_chat", "stop") == "stop"
    assert known().finish_meaning("openai_chat", "MAX_TOKENS") == "length"
    assert known().finish_meaning("no such dialect", "SAFETY") == "filter"
    assert known().finish_meaning("openai_chat", "because") is None
    other = replace(anthropic.DIALECT, name="other", finish_reasons={"stop": "length"})
    assert Dialects((*DIALECTS, other)).finish_meaning("other", "stop") == "length"
    assert Dialects((*DIALECTS, other)).finish_meaning("anthropic", "stop") == "stop"


def test_a_dialect_that_is_not_there_knows_nothing() -> None:
    assert known().named("no such dialect") is unknown.DIALECT
    assert known().named("openai_chat") is openai_chat.DIALECT


def test_fields_of_requests_are_joined_in_order_and_once() -> None:
    one = RequestFields(n=("n",), max_tokens=("max_tokens",), tools=(("tools",),))
    two = RequestFields(n=("n", "candidateCount"), tools=(("config", "tools"), ("tools",)))

    both = joined([one, two])
    assert (both.n, both.max_tokens) == (("n", "candidateCount"), ("max_tokens",))
    assert both.tools == (("tools",), ("config", "tools"))
    assert joined([]) == RequestFields()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"traits": [Trait.GENERATES]}, TypeError),
        ({"traits": frozenset({"a model answers?"})}, TypeError),
        ({"finish_reasons": {"over": "done"}}, ValueError),
        ({"end_fields": ["type"]}, TypeError),
        ({"end_fields": frozenset({("type",)})}, TypeError),
        ({"model_in_path": "/models/("}, re.error),
        ({"model_in_path": "/models/[^/]+"}, ValueError),
        ({"request": RequestFields(stream=("stream",))}, TypeError),
        ({"request": RequestFields(n="n")}, TypeError),
    ],
    ids=str,
)
def test_a_dialect_that_is_declared_wrongly_is_none(wrong: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        replace(openai_chat.DIALECT, name="theirs", **wrong)


def test_a_dialect_that_cannot_say_what_ends_an_answer_harms_no_other() -> None:
    theirs = replace(unknown.DIALECT, name="theirs", ends_answer=lambda chunk: chunk["type"] == "end")
    both = Dialects((theirs, *DIALECTS))

    with pytest.warns(UserWarning, match="could not say whether a chunk ends its answer"):
        assert not both.ends_answer({"object": "chat.completion.chunk"})
    with pytest.warns(UserWarning, match="could not say"):
        assert both.ends_answer({"object": "chat.completion", "choices": [{"message": {}}]})


def test_two_dialects_may_share_an_endpoint(bundled, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = replace(openai_chat.DIALECT, name="clone", sniff=lambda exchange: 0.0)
    monkeypatch.setattr("recexplore.rules.formats.known", lambda: Dialects((*DIALECTS, clone)))

    assert recexplore.check(bundled, select=["dialect-mismatch"]).empty
