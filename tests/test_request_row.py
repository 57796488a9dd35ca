"""What a request asked for, as the frame `requests` has it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from synthetic import recording, says

CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Which bird?"}]}
SCHEMA = {"type": "object", "properties": {"place": {"type": "string"}}}


def asked(read: Any, column: str, request: dict[str, Any]) -> Any:
    value = read(recording([says("A wren.")], request=request)).requests[column].iloc[0]
    return None if pd.isna(value) else value


@pytest.mark.parametrize(
    ("request_fields", "expected"),
    [
        ({}, None),
        ({"reasoning_effort": "none"}, False),
        ({"reasoning_effort": "high"}, True),
        ({"reasoning": {"enabled": False}}, False),
        ({"chat_template_kwargs": {"enable_thinking": False}}, False),
        ({"extra_body": {"chat_template_kwargs": {"enable_thinking": True}}}, True),
        ({"thinking": {"type": "disabled"}}, False),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, True),
        ({"think": False}, False),
        ({"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}}, False),
        ({"generationConfig": {"thinkingConfig": {"thinkingBudget": -1}}}, True),
        ({"reasoning_effort": ["none"]}, None),
    ],
)
def test_whether_the_model_was_to_reason(read: Any, request_fields: dict[str, Any], expected: bool | None) -> None:
    assert asked(read, "reasoning", CHAT | request_fields) == expected


@pytest.mark.parametrize(
    ("request_fields", "expected"),
    [
        ({}, None),
        ({"parallel_tool_calls": False}, False),
        ({"parallel_tool_calls": True}, True),
        ({"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}, False),
        ({"tool_choice": {"type": "auto", "disable_parallel_tool_use": False}}, True),
        ({"parallel_tool_calls": "no"}, None),
    ],
)
def test_whether_several_tools_may_be_called(read: Any, request_fields: dict[str, Any], expected: bool | None) -> None:
    assert asked(read, "parallel_calls", CHAT | request_fields) == expected


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ({"type": "function", "function": {"name": "find", "parameters": SCHEMA}}, True),
        ({"name": "find", "input_schema": SCHEMA}, True),
        ({"functionDeclarations": [{"name": "find", "parametersJsonSchema": SCHEMA}]}, True),
        ({"type": "function", "name": "find", "parameters": SCHEMA}, True),
        ({"type": "function", "function": {"name": "find"}}, False),
        ({"type": "web_search", "parameters": SCHEMA}, False),
    ],
)
def test_schemas_of_arguments(read: Any, tool: dict[str, Any], expected: bool) -> None:
    cell = asked(read, "tool_parameters", {**CHAT, "tools": [tool]})
    assert cell == ('{"find":{"type":"object","properties":{"place":{"type":"string"}}}}' if expected else None)


def test_the_length_of_embeddings(read: Any) -> None:
    assert asked(read, "dimensions", {"model": "m", "input": "bird", "dimensions": 16}) == 16
    assert asked(read, "dimensions", {"model": "m", "input": "bird", "dimensions": -1}) is None


@pytest.mark.parametrize("field", ["messages", "prompt", "input", "contents", "inputText"])
def test_the_field_that_holds_what_was_asked(read: Any, field: str) -> None:
    assert asked(read, "input_fields", {"model": "m", field: "Which bird?"}) == field
    assert asked(read, "input_fields", {"model": "m", field: ""}) is None


def test_models_that_may_answer_in_its_place(read: Any) -> None:
    assert asked(read, "other_models", CHAT | {"models": ["a/b", "c/d", 5]}) == '["a/b","c/d"]'
    assert asked(read, "other_models", CHAT | {"models": "a/b"}) is None
