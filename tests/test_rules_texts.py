"""Special tokens and JSON that is none: how bad they are, what is said of them, and where."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import pytest
from synthetic import URL, choice, chunk, says, thinks

import recexplore
from recexplore.model.span import spans_from_json


def found(rule: str, *chunks: dict[str, Any], **request: Any) -> pd.DataFrame:
    ended = [chunk(choice({"role": "assistant"})), *chunks, chunk(choice({}, finish_reason="stop"))]
    findings = recexplore.check(recexplore.from_chunks(ended, request=request or None, url=URL), select=[rule])
    assert "failed" not in findings.attrs
    return findings


@pytest.mark.parametrize(
    ("texts", "asked", "severity"),
    [
        (["So", "<|im_end|>"], "Hi", "error"),
        (["So <|im_", "end|>"], "Hi", "error"),
        (["So <", "|", "im_end", "|>"], "Hi", "note"),
        (["So <", "|", "im_end", "|> and <|eot_id|>"], "Hi", "error"),
        (["So <|end_of_text|>"], "<|begin_of_text|>Hi", "note"),
        (["So [/INST]"], "<|begin_of_text|>Hi", "error"),
        (["So <|im_end|>"], "See <|file-3x|>", "error"),
        (["So <end_of_turn>"], "<start_of_turn>user", "note"),
        (["So `<|im_end|>`"], "Hi", "note"),
    ],
)
def test_how_bad_a_special_token_is(texts: list[str], asked: str, severity: str) -> None:
    row = found("special-token", *map(says, texts), messages=[{"role": "user", "content": asked}]).iloc[0]
    assert row["severity"] == severity
    assert "the model's own format" not in row["message"]


def test_raw_completions_hold_the_tokens_of_their_prompt() -> None:
    head = {"id": "c", "object": "text_completion", "model": "m"}
    chunks = [{**head, "choices": [{"index": 0, "text": "Hi<|im_end|>", "finish_reason": "stop"}]}]
    findings = recexplore.check(recexplore.from_chunks(chunks), select=["special-token"])
    assert findings["severity"].tolist() == ["note"]


@pytest.mark.parametrize(
    ("text", "words", "span"),
    [
        ('**{"a": 1}', "2 characters stand before the JSON; the rest is valid", (0, 2)),
        ('Ü{"a": "ü"}', "1 character stands before the JSON; the rest is valid", (0, 1)),
        ('{"a": [1, 2]} Done', "4 characters stand behind the JSON; the rest is valid", (13, 18)),
        ('{"a": 1}}', "1 character stands behind the JSON", (8, 9)),
        (
            'As [1]: {"a": [1, 2, 3]}.',
            "7 characters stand before the JSON and 1 character stands behind the JSON",
            None,
        ),
        ('```json\n{"a": 1}\n```', "the JSON stands in a code fence", (0, 20)),
        ('{"a": "ü", "b', "it breaks off at its end", None),
        ('{"a": "ü", b: 1}', "it is no JSON from character 11 on", (11, 16)),
        ("Sorry, I cannot.", "it is no JSON from character 0 on", (0, 16)),
    ],
)
def test_what_keeps_a_text_from_being_json(text: str, words: str, span: tuple[int, int] | None) -> None:
    chunks = [thinks("reasoning", "Hm"), says(text[:3]), says(text[3:7]), says(text[7:])]
    row = found("json-format", *chunks, response_format={"type": "json_object"}).iloc[0]
    assert words in row["message"]
    assert (row["chunk"], row["severity"]) == (2, "error")
    if span:
        assert [(each.start, each.end) for each in spans_from_json(row["spans"])] == [span]


@pytest.mark.parametrize("text", ["[" * 50_000, "{" * 50_000, '{"a":' * 20_000, "x{" * 50_000])
def test_hostile_json_ends_no_rule(text: str) -> None:
    assert len(found("json-format", says(text), response_format={"type": "json_object"})) == 1


@pytest.mark.parametrize(
    "texts", [["```", "<|im_end|>" * 30_000], ["<|", "im_", "end|> "] * 10_000, ["<|im_end|>"] * 10_000]
)
def test_hostile_tokens_take_no_time(texts: list[str]) -> None:
    start = time.process_time()
    assert len(found("special-token", *map(says, texts))) == 1
    assert time.process_time() - start < 15, "it grows faster than the text"


HARMONY = "analysisWe need to answer. It is seven.assistantfinalSeven."


@pytest.mark.parametrize(
    "texts",
    [
        [HARMONY],
        [HARMONY[at : at + 5] for at in range(0, len(HARMONY), 5)],
        ["We need to answer: 7", "assistantfinal", "7"],
        ["analysis", "The user’s question is cut by"],
        ["analysis", "User asks.", "assistantcommentary", "Let me look.", "assistantfinal", "**Seven**"],
        ["analysis", "用户问天气。", "assistantfinal", "今天晴。"],
        ["assistantfinal", "Seven."],
    ],
)
def test_channels_without_their_tokens(texts: list[str]) -> None:
    row = found("special-token", *map(says, texts)).iloc[0]
    assert row["severity"] == "error"
    assert "names of Harmony's channels" in row["message"]
    text = "".join(texts)
    words = {text[span.start : span.end] for span in spans_from_json(row["spans"])}
    assert words <= {"analysis", "assistantfinal", "assistantcommentary"}
    assert words


@pytest.mark.parametrize(
    "text",
    [
        "Analysis: We see that",
        "analysis of the poem",
        "analysis\n\nWe begin.",
        "analysis—the art of",
        "analysisResult = 3",
        "analysisType is a field.",
        "analysisThe = 3",
        "Use `assistantfinal` here.",
        'The words “assistantfinal” and "assistantfinal".',
        "The word assistantfinal appears, and assistantfinal.",
        "See https://example.com/assistantfinal/3",
        "the assistantFinal variable, my_assistantfinal",
        "The assistant final answer",
        "```\n" + HARMONY + "\n```",
    ],
)
def test_words_that_are_no_channels(text: str) -> None:
    assert found("special-token", *[says(text[at : at + 7]) for at in range(0, len(text), 7)]).empty


def test_channels_of_a_raw_completion() -> None:
    head = {"id": "c", "object": "text_completion", "model": "m"}
    chunks = [{**head, "choices": [{"index": 0, "text": HARMONY, "finish_reason": "stop"}]}]
    findings = recexplore.check(recexplore.from_chunks(chunks), select=["special-token"])
    assert findings["severity"].tolist() == ["note"]


def test_a_call_behind_channels_is_told_as_that() -> None:
    texts = ["analysis", "We need it.", "assistantcommentary", " to=functions.get", " json", "{}"]
    tool = {"type": "function", "function": {"name": "get", "parameters": {"type": "object"}}}
    assert set(found("*", *map(says, texts), tools=[tool])["rule"]) == {"tool-as-text"}
    assert set(found("*", *map(says, texts))["rule"]) == {"special-token"}


SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object", "properties": {}}}}
LIST = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "array"}}}
ANY_OF = {
    "type": "json_schema",
    "json_schema": {"name": "s", "schema": {"anyOf": [{"type": "object"}, {"type": "null"}]}},
}


@pytest.mark.parametrize(
    ("texts", "request_fields", "severity", "words"),
    [
        (['[{"ok"', ": true}]"], {"response_format": {"type": "json_object"}}, "warning", "an array"),
        (['"o', 'k"'], {"response_format": {"type": "json_object"}}, "warning", "a string"),
        (["4", "2"], {"response_format": SCHEMA}, "error", "a number"),
        (["null"], {"response_format": SCHEMA}, "error", "null"),
        (['{"a"', ":1}"], {"response_format": LIST}, "error", "a JSON object"),
        (["[", "1]"], {"format": "json"}, "warning", "an array"),
        (["[", "1]"], {"format": {"type": "object", "properties": {}}}, "error", "an array"),
        (["[", "1]"], {"text": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}, "error", "an array"),
        (
            ["[", "1]"],
            {"generationConfig": {"responseMimeType": "application/json", "responseSchema": {"type": "OBJECT"}}},
            "error",
            "an array",
        ),
    ],
)
def test_json_of_another_type(texts: list[str], request_fields: dict[str, Any], severity: str, words: str) -> None:
    row = found("json-format", *map(says, texts), **request_fields).iloc[0]
    assert (row["severity"], row["chunk"], row["last_chunk"]) == (severity, 1, len(texts))
    assert words in row["message"]


@pytest.mark.parametrize(
    ("text", "request_fields"),
    [
        ('{"a": []}', {"response_format": {"type": "json_object"}}),
        (' {"a": 1}\n', {"response_format": SCHEMA}),
        ("[1]", {"response_format": LIST}),
        ("[1]", {"response_format": ANY_OF}),
        ("null", {"response_format": ANY_OF}),
        ("[1]", {"response_format": {"type": "text"}}),
        ("[1]", {"generationConfig": {"responseMimeType": "application/json"}}),
        (
            "null",
            {
                "generationConfig": {
                    "responseMimeType": "application/json",
                    "responseSchema": {"type": "OBJECT", "nullable": True},
                }
            },
        ),
        ("2", {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "number"}}}}),
        ("2.0", {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "integer"}}}}),
    ],
)
def test_json_of_the_type_that_was_asked(text: str, request_fields: dict[str, Any]) -> None:
    assert found("json-format", says(text), **request_fields).empty


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("ChatML uses <|im_start|> to open a turn and <|im_end|> to close it.", "warning"),
        ("Llama 2 wraps each request in [INST] and [/INST].", "warning"),
        ("It is seven.<|im_end|>", "error"),
        ("It is seven. <|im_end|>\n<|im_start|>user", "error"),
        ("<|im_start|>assistant\nIt is seven.", "error"),
    ],
)
def test_tokens_that_are_spoken_of(text: str, severity: str) -> None:
    assert found("special-token", says(text))["severity"].tolist() == [severity]
