"""The tools of a request, wherever a provider puts them, and what surely does not fit their schemas."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import recording

from recexplore.corpus import Corpus, Recording
from recexplore.views.text.declared_tools import Declared, declared_tools, misfits

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "weather", "description": "Weather of a city"}
WEATHER = Declared("weather", "Weather of a city", SCHEMA)
SECONDS = 5.0


class Asked(Recording):
    """A recording of which only the request is known."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request

    @property
    def request(self) -> dict[str, Any]:
        return self._request


def declared(**request: Any) -> list[Declared]:
    return declared_tools(Asked(request))


def test_a_recorded_request_declares_its_tool(bundled: Corpus) -> None:
    (tool,) = declared_tools(bundled["f6960c"])
    assert (tool.name, tool.description) == ("knowledge_search", "Search for information in a database.")
    assert tool.parameters is not None
    assert tool.parameters["required"] == ["query"]


def test_every_recorded_call_fits_what_was_declared(all_recordings: Corpus) -> None:
    names = {each.id: [tool.name for tool in declared_tools(each)] for each in all_recordings}
    assert names["responses#0"] == names["responses#1"] == ["convert"]
    assert (names["tool-calls"], names["f6960cae871e"]) == (["get_weather"], ["knowledge_search"])
    assert names["reasoning"] == names["messages"] == []
    for each in all_recordings:
        schemas = {tool.name: tool.parameters for tool in declared_tools(each)}
        for name, arguments in zip(each.tool_calls["name"], each.tool_calls["arguments"], strict=True):
            assert misfits(arguments, schemas.get(name)) == []


def test_a_recorded_call_against_a_schema_it_does_not_fit(made: Corpus) -> None:
    arguments = made["tool-calls"].tool_calls["arguments"].iloc[0]
    assert arguments == '{"city":"Oslo"}'
    schema = {"properties": {"city": {"type": "integer"}}, "required": ["day"]}
    assert misfits(arguments, schema) == ["day is missing", "city is a string, not an integer"]


def test_a_request_of_a_file(read: Callable[..., Corpus]) -> None:
    asked = {"model": "m", "messages": [], "tools": [{"type": "function", "function": {**TOOL, "parameters": SCHEMA}}]}
    (found,) = read(recording([], request=asked))
    assert declared_tools(found) == [WEATHER]


@pytest.mark.parametrize(
    "request_",
    [
        {"tools": [{"type": "function", "function": {**TOOL, "parameters": SCHEMA}}]},
        {"tools": [{"type": "function", "function": {"type": "function", **TOOL, "parameters": SCHEMA}}]},
        {"functions": [{**TOOL, "parameters": SCHEMA}]},
        {"tools": [{"type": "function", **TOOL, "parameters": SCHEMA, "strict": True}]},
        {"tools": [{**TOOL, "input_schema": SCHEMA}]},
        {"tools": [{"type": "custom", **TOOL, "input_schema": SCHEMA}]},
        {"tools": [{**TOOL, "inputSchema": SCHEMA}]},
        {"tools": [{"functionDeclarations": [{**TOOL, "parameters": SCHEMA}]}]},
        {"tools": [{"functionDeclarations": [{**TOOL, "parametersJsonSchema": SCHEMA}]}]},
        {"tools": [{"function_declarations": [{**TOOL, "parameters_json_schema": SCHEMA}]}]},
        {"tools": {"function_declarations": [{**TOOL, "parameters": SCHEMA}]}},
        {
            "tools": [
                {"type": "namespace", "name": "sky", "tools": [{"type": "function", **TOOL, "parameters": SCHEMA}]}
            ]
        },
        {
            "toolConfig": {
                "tools": [{"toolSpec": {**TOOL, "inputSchema": {"json": SCHEMA}}}, {"cachePoint": {"type": "default"}}]
            }
        },
        {"tools": None, "tool_config": {"tools": [{"tool_spec": {**TOOL, "input_schema": {"json": SCHEMA}}}]}},
    ],
    ids=lambda request: json.dumps(request)[:60],
)
def test_wherever_providers_put_them(request_: dict[str, Any]) -> None:
    assert declared(**request_) == [WEATHER]


def test_tools_of_the_providers_own() -> None:
    assert declared(
        tools=[
            {"type": "web_search", "search_context_size": "medium"},
            {"type": "web_search_20250305", "name": "web_search"},
            {"codeExecution": {}, "googleSearch": None},
            {"functionDeclarations": [{"name": "own"}], "urlContext": {}},
            {"type": "custom", "custom": {"name": "shell", "description": "Text", "format": {"type": "text"}}},
            {"type": "openrouter:web_search", "parameters": {"max_uses": 1}},
            {"systemTool": {"name": "nova_grounding"}},
        ]
    ) == [
        Declared("web_search", None, None),
        Declared("web_search", None, None),
        Declared("codeExecution", None, None),
        Declared("own", None, None),
        Declared("urlContext", None, None),
        Declared("shell", "Text", None),
        Declared("openrouter:web_search", None, None),
        Declared("nova_grounding", None, None),
    ]


def test_order_and_repetition_are_kept() -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("b", "a", "b")]
    assert [tool.name for tool in declared(tools=tools, functions=[{"name": "c"}])] == ["b", "a", "b", "c"]


@pytest.mark.parametrize(
    "tools",
    [
        None,
        5,
        "weather",
        ["weather", None, 5, [], [{"name": "inner"}], {}],
        [{"name": ""}, {"name": None}, {"name": 5}, {"name": ["a"]}, {"name": {"a": 1}}],
        [{"type": "function"}, {"type": "custom"}, {"type": ""}, {"type": 5}, {"type": []}],
        [{"type": "function", "function": {}}, {"type": "function", "function": "weather"}, {"function": {"name": 1}}],
        [{"parameters": SCHEMA}, {"input_schema": SCHEMA}, {"name": None, "parameters": SCHEMA}],
        [{"functionDeclarations": "a"}, {"functionDeclarations": [1, None]}],
    ],
)
def test_what_is_no_tool_is_skipped(tools: Any) -> None:
    assert declared(tools=tools) == []
    assert declared(functions=tools, toolConfig=tools, tool_config={"tools": tools}) == []


def test_what_has_a_wrong_type_is_left_out_of_a_tool() -> None:
    wrong: list[Any] = [None, 5, "text", [SCHEMA], True]
    for value in wrong:
        assert declared(tools=[{"name": "a", "description": [value], "parameters": value}]) == [
            Declared("a", None, None)
        ]
    assert declared(tools=[{"name": "a", "parameters": None, "input_schema": SCHEMA}])[0].parameters == SCHEMA


def test_a_nested_tool_is_no_endless_tool() -> None:
    deep: dict[str, Any] = {"name": "deep"}
    for _ in range(100_000):
        deep = {"function": deep, "tools": [deep], "functionDeclarations": [deep]}
    assert declared(tools=[deep]) == []


WORDS = "tools functions toolConfig name type function functionDeclarations parameters inputSchema json description"
WORDS += " properties required items additionalProperties nullable $ref a"
NAMES = st.sampled_from(WORDS.split())
HOSTILE: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", "function", "object", "string", "INTEGER"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=16,
)


@given(st.dictionaries(NAMES, HOSTILE), HOSTILE)
def test_nothing_raises(request: dict[str, Any], arguments: Any) -> None:
    for tool in declared(**request):
        assert isinstance(tool.name, str)
        assert tool.description is None or isinstance(tool.description, str)
        assert tool.parameters is None or isinstance(tool.parameters, dict)
    assert all(isinstance(each, str) for each in misfits(json.dumps(arguments), request))


KEYS = st.sampled_from("abc")
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"])
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1.0, -2.0, 1e300, "", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
SCHEMAS: Any = st.recursive(
    st.just({}),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "properties": st.dictionaries(KEYS, inner, max_size=3),
            "required": st.lists(KEYS, max_size=2, unique=True),
            "additionalProperties": st.booleans(),
            "items": inner,
        },
    ),
    max_leaves=8,
)


@given(VALUES, SCHEMAS)
def test_of_plain_schemas_it_says_what_a_validator_says(arguments: Any, schema: dict[str, Any]) -> None:
    validator = pytest.importorskip("jsonschema").Draft202012Validator(schema)
    assert (misfits(json.dumps(arguments), schema) == []) == validator.is_valid(arguments)


CLOSED = {"properties": {"a": {}}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("arguments", "schema", "found"),
    [
        ('{"city":"Oslo"}', SCHEMA, []),
        ('{"city":"Oslo","more":1}', SCHEMA, []),
        ("{}", SCHEMA, ["city is missing"]),
        ("", SCHEMA, ["city is missing"]),
        (" \n", SCHEMA, ["city is missing"]),
        ('{"city":null}', SCHEMA, ["city is null, not a string"]),
        ('{"city":', SCHEMA, []),
        ("print(1)", SCHEMA, []),
        ("[1]", SCHEMA, ["the arguments are an array, not an object"]),
        ('"{}"', {"type": "object"}, ["the arguments are a string, not an object"]),
        ("[1]", {"properties": {}}, []),
        ('{"a":1,"b":2}', CLOSED, ["b was not declared"]),
        ('{"b":2}', {"additionalProperties": False}, ["b was not declared"]),
        ('{"b":2}', CLOSED | {"additionalProperties": {}}, []),
        ('{"b":2}', CLOSED | {"additionalProperties": 0}, []),
        ('{"b":2}', CLOSED | {"patternProperties": {"(x+x+)+y": {}}}, []),
        ('{"b":2}', CLOSED | {"properties": [1]}, []),
        ('{"b":2}', CLOSED | {"$ref": "https://example.org/schema.json"}, []),
        ("{}", SCHEMA | {"required": "city"}, []),
        ("{}", SCHEMA | {"required": [1, None, ["city"], "city", "city"]}, ["city is missing"]),
        ('{"a":{"b":[{"c":1},{}]}}', None, []),
    ],
)
def test_what_does_not_fit(arguments: str, schema: Any, found: list[str]) -> None:
    assert misfits(arguments, schema) == found


@pytest.mark.parametrize(
    ("value", "declared_as", "found"),
    [
        ("1", "string", ["a is an integer, not a string"]),
        ('"1"', "integer", ["a is a string, not an integer"]),
        ("1.0", "integer", []),
        ("1.5", "integer", ["a is a number, not an integer"]),
        ("1e300", "integer", []),
        ("123456789012345678901234567890", "integer", []),
        ("1", "number", []),
        ("true", "integer", ["a is a boolean, not an integer"]),
        ("true", "number", ["a is a boolean, not a number"]),
        ("1", "boolean", ["a is an integer, not a boolean"]),
        ("{}", "array", ["a is an object, not an array"]),
        ("null", "null", []),
        ("null", ["string", "null"], []),
        ("5", ["string", "null"], ["a is an integer, not a string or null"]),
        ("5", "STRING", ["a is an integer, not a string"]),
        ('"x"', "OBJECT", ["a is a string, not an object"]),
        ("5", "file", []),
        ("5", ["string", "file"], []),
        ("5", [], []),
        ("5", [["string"]], []),
        ("5", {"string": 1}, []),
    ],
)
def test_simple_types(value: str, declared_as: Any, found: list[str]) -> None:
    schema = {"properties": {"a": {"type": declared_as}}}
    assert misfits(f'{{"a":{value}}}', schema) == found
    nullable = {"properties": {"a": {"type": declared_as, "nullable": True}}}
    assert misfits('{"a":null}', nullable) == []


def test_what_is_deeper_is_named_by_its_place() -> None:
    point = {
        "type": "object",
        "properties": {"x": {"type": "number"}},
        "required": ["x"],
        "additionalProperties": False,
    }
    schema = {"properties": {"path": {"type": "array", "items": point}, "end": point}}
    arguments = {"path": [{"x": 1}, {"x": "1"}, 7, {"y": 2}], "end": {}}
    assert misfits(json.dumps(arguments), schema) == [
        "end.x is missing",
        "path[2] is an integer, not an object",
        "path[3].x is missing",
        "path[3].y was not declared",
        "path[1].x is a string, not a number",
    ]


def test_what_a_validator_would_have_to_look_up_or_try_is_left_alone() -> None:
    other = {"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "b": {"$ref": "#"}, "c": False}}
    assert misfits('{"a":5,"b":{"a":5},"c":1}', other) == []


def test_names_are_safe_to_show_and_short() -> None:
    (found,) = misfits("{}", {"required": ["a\x1b[2J\n\u202eb" + "x" * 100_000]})
    assert found.startswith("a\ufffd[2J \ufffdbxxx")
    assert len(found) < 150
    assert misfits('{"":1}', {"properties": {"": {"type": "string"}}}) == ['"" is an integer, not a string']


def test_a_long_list_ends() -> None:
    names = [f"n{at}" for at in range(100_000)]
    found = misfits("{}", {"required": names})
    assert (len(found), found[49], found[50]) == (51, "n49 is missing", "and more")
    assert len(misfits("{}", {"required": names[:50]})) == 50


def test_hostile_schemas_cost_no_more_than_their_size() -> None:
    started = time.process_time()
    many = {"required": ["a"] * 100_000, "type": ["object"] * 100_000, "properties": {"a": {"type": "integer"}}}
    assert misfits(json.dumps([{"a": 1}] * 100_000), {"items": many}) == []
    deep: Any = {}
    for _ in range(100_000):
        deep = {"properties": {"a": deep}, "items": deep}
    assert misfits('{"a":' * 1000 + "1" + "}" * 1000, deep) == []
    assert misfits('{"a":' * 5000 + "1" + "}" * 5000, deep) == []
    endless: dict[str, Any] = {"type": "object"}
    endless["properties"] = {"a": endless}
    (found,) = misfits('{"a":' * 1000 + "1" + "}" * 1000, endless)
    assert found.endswith("… is an integer, not an object")
    assert time.process_time() - started < SECONDS
