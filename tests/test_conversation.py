"""A request as a conversation: every text of it is there in every dialect, and what nobody knows is shown as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.corpus import Corpus, Recording
from recexplore.model.request_fields import PART_KINDS, joined
from recexplore.read.registry import known
from recexplore.views.explorer.panes.request import request_pane
from recexplore.views.text.conversation import conversation, settings
from recexplore.views.text.media import media_facts

_UNREAD = {"type", "data", "encrypted_content", "images", "image_url", "url", "role"}
"""What a part says by what it is, and what is told by its size."""


def fields_of(dialect: str) -> Any:
    return joined([known().named(dialect).request, known().request])


def told(dialect: str, **request: Any) -> list[dict[str, Any]]:
    return conversation(request, fields_of(dialect))


def flat(messages: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Role, kind and text of every part, those inside results too."""
    return [
        (message["role"], part["kind"], part.get("text"))
        for message in messages
        for whole in message["parts"]
        for part in (whole, *whole.get("parts", ()))
    ]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def texts(value: Any, name: str = "") -> Iterator[str]:
    """Every text of a message but what says which part it is of."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in _UNREAD:
                yield from texts(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, name)
    elif isinstance(value, str) and value:
        yield value


def assert_all_is_there(recording: Recording) -> int:
    request, fields = recording.request, fields_of(recording.facts["dialect"])
    shown = "\n".join(strings(conversation(request, fields)))
    asked = [*fields.messages, *fields.earlier, *(path[0] for path in fields.instructions if len(path) == 1)]
    wanted = [text for name in asked if name in request for text in texts(request[name])]
    for text in wanted:
        assert text in shown or json.dumps(text, ensure_ascii=False)[1:-1] in shown, (recording.id, text[:100])
    return len(wanted)


def test_every_text_of_the_bundled_requests_is_there(all_recordings: Corpus) -> None:
    assert sum(map(assert_all_is_there, all_recordings)) > 20
    for recording in all_recordings:
        view = request_pane(recording)
        assert json.dumps(view, allow_nan=False)
        assert bool(view["messages"]) != bool(view["why"]), recording.id


def test_every_text_of_real_requests_is_there(ogx: Corpus) -> None:
    assert sum(map(assert_all_is_there, ogx)) > 2_000
    kinds = {kind for each in ogx for _, kind, _ in flat(conversation(each.request, fields_of(each.facts["dialect"])))}
    assert {"text", "image", "tool_call", "tool_result"} <= kinds
    own = [
        part["kind"]
        for each in ogx
        for said in conversation(each.request, fields_of(each.facts["dialect"]))
        for part in said["parts"]
    ]
    assert "json" not in own, "only results of tools are JSON"


def test_every_text_of_requests_of_many_dialects_is_there(corpus_folder: Any) -> None:
    import recexplore

    corpus = recexplore.load(corpus_folder / "vcr-pydantic-ai", progress=False)
    assert sum(map(assert_all_is_there, corpus)) > 100
    kinds = {
        kind for each in corpus for _, kind, _ in flat(conversation(each.request, fields_of(each.facts["dialect"])))
    }
    assert {"text", "tool_call", "tool_result", "reasoning"} <= kinds


CALL = {"name": "weather", "arguments": '{"city":"Oslo"}'}


@pytest.mark.parametrize(
    ("dialect", "request_", "expected"),
    [
        (
            "openai_chat",
            {
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "Look"},
                            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                        ],
                    },
                    {
                        "role": "assistant",
                        "content": None,
                        "reasoning_content": "Hm.",
                        "tool_calls": [{"id": "c1", "type": "function", "function": CALL}],
                    },
                    {"role": "tool", "tool_call_id": "c1", "content": "rain"},
                ]
            },
            [
                ("system", "text", "Be brief."),
                ("user", "text", "Look"),
                ("user", "image", None),
                ("assistant", "reasoning", "Hm."),
                ("assistant", "tool_call", '{"city":"Oslo"}'),
                ("tool", "tool_result", None),
                ("tool", "text", "rain"),
            ],
        ),
        (
            "openai_responses",
            {
                "instructions": "Be brief.",
                "previous_response_id": "resp_1",
                "input": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "input_text", "text": "Hi"},
                            {
                                "type": "input_file",
                                "filename": "a.pdf",
                                "file_data": "data:application/pdf;base64,AAAAAA==",
                            },
                        ],
                    },
                    {
                        "type": "reasoning",
                        "id": "rs",
                        "summary": [{"type": "summary_text", "text": "Thinking."}],
                        "encrypted_content": "xyz",
                    },
                    {"type": "function_call", "call_id": "c1", **CALL},
                    {"type": "function_call_output", "call_id": "c1", "output": "rain"},
                    {"type": "item_reference", "id": "msg_1"},
                ],
            },
            [
                ("system", "text", "Be brief."),
                ("user", "text", "Hi"),
                ("user", "file", None),
                ("assistant", "reasoning", "Thinking."),
                ("assistant", "tool_call", '{"city":"Oslo"}'),
                ("tool", "tool_result", None),
                ("tool", "text", "rain"),
                ("user", "json", None),
            ],
        ),
        (
            "anthropic",
            {
                "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AAAA"}}
                        ],
                    },
                    {
                        "role": "assistant",
                        "content": [
                            {"type": "thinking", "thinking": "Hm.", "signature": "s"},
                            {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
                        ],
                    },
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "tool_result",
                                "tool_use_id": "t",
                                "is_error": True,
                                "content": [{"type": "text", "text": "no"}],
                            }
                        ],
                    },
                ],
            },
            [
                ("system", "text", "Be brief."),
                ("user", "image", None),
                ("assistant", "reasoning", "Hm."),
                ("assistant", "tool_call", '{\n  "a": 1\n}'),
                ("user", "tool_result", None),
                ("user", "text", "no"),
            ],
        ),
        (
            "gemini",
            {
                "systemInstruction": {"parts": [{"text": "Be brief."}]},
                "contents": [
                    {
                        "role": "user",
                        "parts": [{"text": "Hi"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}],
                    },
                    {
                        "role": "model",
                        "parts": [{"text": "Hm.", "thought": True}, {"functionCall": {"name": "f", "args": {"a": 1}}}],
                    },
                    {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"b": 2}}}]},
                ],
            },
            [
                ("system", "text", "Be brief."),
                ("user", "text", "Hi"),
                ("user", "image", None),
                ("model", "reasoning", "Hm."),
                ("model", "tool_call", '{\n  "a": 1\n}'),
                ("user", "tool_result", None),
                ("user", "json", '{\n  "b": 2\n}'),
            ],
        ),
        (
            "bedrock_converse",
            {
                "system": [{"text": "Be brief."}],
                "messages": [
                    {
                        "role": "user",
                        "content": [{"text": "Hi"}, {"image": {"format": "png", "source": {"bytes": "AAAA"}}}],
                    },
                    {
                        "role": "assistant",
                        "content": [
                            {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "s"}}},
                            {"toolUse": {"toolUseId": "t", "name": "f", "input": {}}},
                        ],
                    },
                    {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": "no"}]}}]},
                ],
            },
            [
                ("system", "text", "Be brief."),
                ("user", "text", "Hi"),
                ("user", "image", None),
                ("assistant", "reasoning", "Hm."),
                ("assistant", "tool_call", "{}"),
                ("user", "tool_result", None),
                ("user", "text", "no"),
            ],
        ),
        (
            "ollama",
            {"system": "Be brief.", "prompt": "Look", "images": ["AAAA"]},
            [("system", "text", "Be brief."), ("user", "text", "Look"), ("user", "image", None)],
        ),
        (
            "ollama",
            {"messages": [{"role": "user", "content": "Look", "images": ["AAAA"]}]},
            [("user", "text", "Look"), ("user", "image", None)],
        ),
        (
            "cohere_v1",
            {"preamble": "Be brief.", "chat_history": [{"role": "CHATBOT", "message": "Hello"}], "message": "Hi"},
            [("system", "text", "Be brief."), ("CHATBOT", "text", "Hello"), ("user", "text", "Hi")],
        ),
        (
            "cohere_v2",
            {
                "messages": [
                    {
                        "role": "assistant",
                        "tool_plan": "I look.",
                        "tool_calls": [{"id": "c", "type": "function", "function": CALL}],
                    }
                ]
            },
            [("assistant", "reasoning", "I look."), ("assistant", "tool_call", '{"city":"Oslo"}')],
        ),
        ("openai_completions", {"prompt": ["a", "b"]}, [("user", "text", "a"), ("user", "text", "b")]),
        ("openai_completions", {"prompt": [1, 2]}, [("user", "json", "[\n  1,\n  2\n]")]),
        ("embeddings", {"input": ["a", "b"]}, [("user", "text", "a"), ("user", "text", "b")]),
        (
            "replicate",
            {"input": {"prompt": "Hi", "system_prompt": "Be brief.", "top_k": 5}},
            [("system", "text", "Be brief."), ("user", "text", "Hi")],
        ),
        ("tgi", {"inputs": "Hi", "parameters": {"top_k": 5}}, [("user", "text", "Hi")]),
    ],
)
def test_messages_of_every_dialect(dialect: str, request_: dict[str, Any], expected: list[Any]) -> None:
    names = {each.name for each in known().all}
    shown = flat(conversation(request_, fields_of(dialect)))
    assert dialect in names, sorted(names)
    assert [
        (role, kind, text if wanted[2] is not None else None)
        for (role, kind, text), wanted in zip(shown, expected, strict=True)
    ] == expected


def test_what_nobody_knows_is_shown_as_it_is() -> None:
    (message,) = told(
        "openai_chat", messages=[{"role": "user", "content": [{"type": "hologram", "x": 1}], "mood": "good"}]
    )
    (part,) = message["parts"]
    assert (part["kind"], part["name"], json.loads(part["text"])) == ("json", "hologram", {"type": "hologram", "x": 1})
    assert json.loads(message["more"]) == {"mood": "good"}
    (odd,) = told("openai_chat", messages=7)
    assert [(part["kind"], part["text"]) for part in odd["parts"]] == [("json", "7")]


def test_pictures_are_told_by_kind_and_size() -> None:
    assert media_facts({"url": "data:image/png;base64,AAAAAA==", "detail": "low"}) == {
        **{"media": "image/png", "bytes": 4, "name": None, "address": None, "text": None},
        "rest": {"detail": "low"},
    }
    assert media_facts({"url": "https://a.invalid/b.png"})["address"] == "https://a.invalid/b.png"
    document = {"source": {"type": "text", "media_type": "text/plain", "data": "Words."}, "title": "T"}
    assert (media_facts(document)["text"], media_facts(document)["name"]) == ("Words.", "T")


def test_settings_are_what_the_conversation_did_not_take() -> None:
    request = {"model": "m", "messages": [], "temperature": 0.5, "stream": True}
    assert settings(request, fields_of("openai_chat")) == [["model", "m"], ["temperature", 0.5], ["stream", True]]
    nested = {"contents": [], "generationConfig": {"temperature": 1}, "systemInstruction": {"parts": []}}
    assert settings(nested, fields_of("gemini")) == [["generationConfig.temperature", 1]]
    asked = {"input": {"prompt": "Hi", "top_k": 5}, "stream": True}
    assert settings(asked, fields_of("replicate")) == [["input.top_k", 5], ["stream", True]]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "type",
                    "content",
                    "text",
                    "tool_calls",
                    "image_url",
                    "functionCall",
                    "summary",
                    "thought",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(
    st.dictionaries(
        st.sampled_from(["messages", "input", "contents", "system", "prompt", "images", "chat_history", "x"]),
        _JSON,
        max_size=4,
    ),
    st.sampled_from(["openai_chat", "gemini", "ollama"]),
)
def test_hostile_requests_make_parts_of_known_kinds(request_: dict[str, Any], dialect: str) -> None:
    for message in conversation(request_, fields_of(dialect)):
        assert isinstance(message["role"], str)
        assert {part["kind"] for part in message["parts"]} <= {*PART_KINDS}
    assert all(isinstance(name, str) for name, _ in settings(request_, fields_of(dialect)))
