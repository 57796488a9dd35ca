"""tool-args and tool-schema: what arguments are, what they were declared to be, and what only looks like a fault."""

from __future__ import annotations

import json
import time
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import calls, choice, chunk, fragment

import recexplore
from recexplore.rules.json_schemas import faults_in

URL = "https://api.example.com/v1/chat/completions"
WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "celsius": {"type": "boolean"},
        "days": {"type": "array", "items": {"type": "integer"}},
        "place": {"type": "object", "properties": {"lat": {"type": "number"}}},
    },
    "required": ["city"],
}


def faults(schema: Any, value: Any) -> list[str]:
    return [f"{fault.path} {fault.what}" for fault in faults_in(json.dumps({"f": schema}), "f", value)]


def found(*pieces: Any, url: str = URL, finish: str = "tool_calls", usage: Any = None, **request: Any) -> pd.DataFrame:
    first = fragment(pieces[0], id="c1", type="function", name="f")
    stream = [
        chunk(choice({"role": "assistant", "content": None})),
        calls(first),
        *(calls(fragment(piece)) for piece in pieces[1:]),
        chunk(choice({}, finish_reason=finish)),
        *([chunk(usage=usage)] if usage else []),
    ]
    tools = [{"type": "function", "function": {"name": "f", "parameters": WEATHER}}]
    asked = {"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": True, "tools": tools, **request}
    said = recexplore.check(recexplore.from_chunks(stream, request=asked, url=url))
    assert "failed" not in said.attrs, said.attrs
    return said[said["rule"].isin(["tool-args", "tool-schema", "tool-merged"])]


@pytest.mark.parametrize(
    ("pieces", "rule", "words"),
    [
        ([{"city": "Oslo"}], "tool-args", "are an object where the API promises a string"),
        ([["Oslo"]], "tool-args", "are a list where the API promises a string"),
        ([json.dumps('{"city": "Oslo"}')], "tool-args", "encoded twice"),
        (['{"city": "Os', "lo"], "tool-args", "breaks off"),
        (['{"city": "Oslo", "celsius": "true"}'], "tool-schema", "`$.celsius` is the string “true”"),
        (['{"city": "Oslo", "days": "[1]"}'], "tool-schema", "`$.days` is a string that holds the JSON of a list"),
        (['{"city": "Oslo", ', '"days": [1, "2"]}'], "tool-schema", "`$.days[1]` is the string “2”"),
        (['{"city": null}'], "tool-schema", "`$.city` is null where the schema wants a string"),
        (['{"celsius": 1, "days": 2}'], "tool-schema", "2 more faults"),
        (["{}"], "tool-schema", "`$.city` is missing"),
        ([""], "tool-schema", "`$.city` is missing"),
        (['{"city": "Oslo"}', '{"city": "Lima"}'], "tool-merged", "begins in chunk 2"),
        (["{}", '{"city": "Lima"}'], "tool-merged", "an empty object stands before them"),
        (['{"city": "Oslo"} {"city": ', '"Lima"'], "tool-merged", "begins in chunk 1"),
    ],
)
def test_one_defect_is_one_finding(pieces: list[Any], rule: str, words: str) -> None:
    said = found(*pieces)
    assert said["rule"].tolist() == [rule], said["message"].tolist()
    assert words in said["message"].iloc[0]


@pytest.mark.parametrize(
    ("pieces", "options"),
    [
        (['{"city": "Oslo", "celsius": true, "days": [1, 2.0], "place": {"lat": 1}}'], {}),
        (['{"city": "奥', '斯陆"}'], {}),
        (['{"city": "Oslo", "more": 1}'], {}),
        ([{"city": "Oslo"}], {"url": "https://api.mistral.ai/v1/chat/completions"}),
        (['{"celsius": "true"'], {"finish": "length"}),
        (['{"celsius": "true"}'], {"tools": []}),
    ],
)
def test_what_fits_is_left_alone(pieces: list[Any], options: dict[str, Any]) -> None:
    assert found(*pieces, **options).empty


@pytest.mark.parametrize(("spent", "is_limit"), [(24, True), (23, False)])
def test_the_limit_is_named_where_all_tokens_are_spent(spent: int, is_limit: bool) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": spent, "total_tokens": 1 + spent}
    said = found('{"city": ', '"Os', max_tokens=24, usage=usage)
    assert said["rule"].tolist() == ["tool-args"]
    assert ("24 tokens" in said["message"].iloc[0]) == is_limit
    assert said["last_chunk"].iloc[0] == (3 if is_limit else 2)


def test_the_place_is_that_of_the_property() -> None:
    said = found('{"city": "Oslo", ', '"celsius": ', '"true"', "}")
    assert (said["chunk"].iloc[0], said["last_chunk"].iloc[0]) == (2, 3)
    assert '"start":17,"end":34' in said["spans"].iloc[0]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "OBJECT", "properties": {"a": {"type": "STRING", "nullable": True}}}, {"a": None}),
        ({"type": "object", "properties": {"a": {"type": ["string", "null"], "enum": ["x"]}}}, {"a": None}),
        ({"properties": {"a": {"type": "INTEGER", "enum": ["1", "2"]}}}, {"a": 1}),
        ({"properties": {"a": {"type": "TYPE_UNSPECIFIED"}, "b": {"type": "float"}}}, {"a": 1, "b": "x"}),
        ({"properties": {"a": {"oneOf": [{"type": "integer"}, {"type": "number"}]}}}, {"a": 1}),
        ({"properties": {"a": {"not": {"type": "string"}, "pattern": "^b", "format": "date"}}}, {"a": "c"}),
        ({"properties": {"a": {"anyOf": [{"type": "integer"}, {"format": "date"}]}}}, {"a": "c"}),
        ({"properties": {"a": {"type": "integer", "minimum": 0, "exclusiveMinimum": True}}}, {"a": 0}),
        ({"properties": {}, "patternProperties": {"^x": {}}, "additionalProperties": False}, {"x1": 1}),
        ({"properties": {"a": {"$ref": "https://example.com/schema.json"}}}, {"a": 1}),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, {"a": 1}),
        ({"properties": {"a": {"items": [{"type": "integer"}], "type": "array"}}}, {"a": [1, "x"]}),
        ({"city": {"param_type": "string", "required": True}}, {"city": 1}),
        ({"type": "object", "required": True, "properties": ["a"]}, {}),
        ({"type": {"type": "string"}, "properties": {"type": {"type": "string"}}}, {"type": "x"}),
        (["type"], {"a": 1}),
        ({"properties": {"a": {"const": 1}}}, {"a": 1.0}),
    ],
)
def test_what_a_schema_allows_or_leaves_open(schema: Any, value: Any) -> None:
    assert faults(schema, value) == []


@pytest.mark.parametrize(
    ("schema", "value", "fault"),
    [
        ({"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}, {"a": 1}, "$.a is the number 1 where"),
        (
            {"properties": {"a": {"type": "string", "enum": ["x", "y"]}}},
            {"a": "z"},
            "$.a is the string “z”, which is none",
        ),
        ({"properties": {"a": {"const": "x"}}}, {"a": "z"}, "$.a is the string “z”"),
        ({"properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}, {"a": "5"}, "an integer"),
        (
            {"properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}}},
            {"a": "5"},
            "fits none of the schema's alternatives (an integer or true or false)",
        ),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"b": 1}, "$.b is not declared"),
        ({"additionalProperties": {"type": "integer"}}, {"b": "1"}, "$.b is the string “1”"),
        ({"properties": {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "integer"}}}, {"a": "1"}, "$.a is the"),
        ({"properties": {"a": {"type": "integer", "maximum": 3}}}, {"a": 4}, "the schema says maximum 3"),
        ({"properties": {"a": {"type": "array", "minItems": "1"}}}, {"a": []}, "the schema says minItems 1"),
        ({"properties": {"a": {"items": [{"type": "integer"}]}}}, {"a": ["x"]}, "$.a[0] is the string “x”"),
        ({"required": ["it's", 'a "b"'], "properties": {}}, {}, "$.it's is missing"),
        ({"properties": {"a": {"type": "integer"}}}, {"a": True}, "$.a is true where"),
    ],
)
def test_what_does_not_fit(schema: Any, value: Any, fault: str) -> None:
    told = faults(schema, value)
    assert told
    assert fault in told[0], told


def _fork(depth: int) -> dict[str, Any]:
    """References that stand for twice as much with every step."""
    steps = {f"s{n}": {"properties": {side: {"$ref": f"#/$defs/s{n + 1}"} for side in "ab"}} for n in range(depth)}
    return {"$ref": "#/$defs/s0", "$defs": steps | {f"s{depth}": {"type": "string"}}}


def _nested(depth: int) -> Any:
    schema: Any = {"type": "string"}
    for _ in range(depth):
        schema = {"properties": {"a": schema}}
    return schema


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (_fork(60), {"a": 1}),
        (_nested(200), {"a": {"a": 1}}),
        ({"$ref": "#"}, {"a": 1}),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}, {"a": 1}),
        ({"properties": {"a": {"pattern": "(a+)+$"}}}, {"a": "a" * 40 + "b"}),
        ({"properties": {"a": {"enum": list(range(5_000))}}}, {"a": -1}),
        ({"properties": {f"p{n}": {"anyOf": [{"type": "null"}] * 9} for n in range(50)}}, {"p1": [0] * 90_000}),
        ({"properties": {"a": {"items": {"anyOf": [{"type": "null"}] * 500}}}}, {"a": list(range(90_000))}),
    ],
)
def test_a_hostile_schema_costs_little(schema: Any, value: Any) -> None:
    begin = time.perf_counter()
    faults(schema, value)
    assert time.perf_counter() - begin < 1


def test_a_schema_inside_itself_is_judged_as_far_as_it_goes() -> None:
    node = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/node"}}}
    schema = {"properties": {"list": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}
    assert faults(schema, {"list": {"name": "a", "next": {"name": 1}}}) == [
        "$.list.next.name is the number 1 where the schema wants a string"
    ]
    assert faults(schema, {"list": {"next": {"next": {"next": {"name": 1}}}}}) == []


_TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])
_LEAVES = st.one_of(
    st.builds(lambda kind: {"type": kind}, _TYPES),
    st.builds(lambda kinds: {"type": kinds}, st.lists(_TYPES, min_size=1, max_size=3, unique=True)),
    st.builds(
        lambda allowed: {"enum": allowed}, st.lists(st.sampled_from([1, 1.5, True, None, "a", [1], {}]), min_size=1)
    ),
    st.builds(lambda low, high: {"minimum": low, "maxLength": high}, st.integers(0, 2), st.integers(0, 2)),
)
_NAMES = st.sampled_from(["a", "b", "c"])
_SCHEMAS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda own, required, others: {"properties": own, "required": required, "additionalProperties": others},
            st.dictionaries(_NAMES, inner, max_size=3),
            st.lists(_NAMES, max_size=2, unique=True),
            st.one_of(st.booleans(), inner),
        ),
        st.builds(lambda items: {"type": "array", "items": items, "maxItems": 2}, inner),
        st.builds(lambda first, items: {"prefixItems": [first], "items": items}, inner, inner),
        st.builds(lambda parts: {"anyOf": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"allOf": parts}, st.lists(inner, min_size=1, max_size=2)),
    ),
    max_leaves=8,
)
_VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 2.0, 1.5, "", "a", "abc"]),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_NAMES, inner, max_size=3)),
    max_leaves=8,
)


@given(_SCHEMAS, _VALUES)
def test_the_usual_validator_says_the_same(schema: dict[str, Any], value: Any) -> None:
    """But for a null that the type allows and a list of values does not name: that is left open."""
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    assert bool(faults(schema, value)) == (not validator(schema).is_valid(value))


def severities(parameters: Any, arguments: str) -> list[tuple[str, str]]:
    tools = [{"type": "function", "function": {"name": "f", "parameters": parameters}}]
    said = found(arguments, tools=tools)
    return [(each.rule, str(each.severity)) for each in said.itertuples() if each.rule in ("tool-schema", "tool-args")]


PAIR = {"n1": {"type": "integer"}, "n2": {"type": "integer"}}


@pytest.mark.parametrize(
    ("parameters", "arguments", "severity"),
    [
        ({"type": "object", "properties": PAIR, "required": ["n1", "n2"]}, "", "error"),
        ({"type": "object", "properties": PAIR, "required": ["n1", "n2"]}, "{}", "error"),
        ({"type": "object", "properties": PAIR, "required": ["n1", "n2"]}, '{"n1": "2"}', "error"),
        ({"type": "OBJECT", "properties": PAIR, "required": ["n1", "n2"]}, '{"n2": 2}', "error"),
        ({"type": "object", "properties": PAIR, "required": ["n1"]}, '{"n1": "2"}', "warning"),
        (
            {"type": "object", "properties": {"n1": {"type": "integer", "default": 3}}, "required": ["n1"]},
            "{}",
            "warning",
        ),
        ({"type": "object", "properties": {"n1": {"type": ["integer", "null"]}}, "required": ["n1"]}, "{}", "warning"),
        (
            {
                "type": "object",
                "properties": {"n1": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
                "required": ["n1"],
            },
            "{}",
            "warning",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "object", "required": ["b"]}}, "required": ["a"]},
            '{"a": {}}',
            "warning",
        ),
    ],
)
def test_how_bad_arguments_are_that_do_not_fit(parameters: Any, arguments: str, severity: str) -> None:
    assert severities(parameters, arguments) == [("tool-schema", severity)]


@pytest.mark.parametrize(
    ("parameters", "arguments"),
    [
        ({"type": "object", "properties": {}}, ""),
        ({"type": "object", "properties": PAIR}, "{}"),
        ({"type": "object", "properties": PAIR, "required": ["n1"]}, '{"n1": 2}'),
        ({"type": "object", "properties": PAIR, "anyOf": [{"required": ["n1"]}, {"required": ["n2"]}]}, '{"n2": 2}'),
    ],
)
def test_calls_that_can_be_made(parameters: Any, arguments: str) -> None:
    assert severities(parameters, arguments) == []


def in_a_call(*behind: Any) -> list[str]:
    begun = [calls(fragment('{"cmd": "ls ', id="c1", type="function", name="f"))]
    said = recexplore.check(recexplore.from_chunks([chunk(choice({"role": "assistant"})), *begun, *behind], url=URL))
    return sorted(said.loc[said["severity"] == "error", "rule"])


def test_an_error_that_breaks_a_call_off_is_told_alone() -> None:
    failed = {"error": {"code": 502, "message": "gone"}}
    assert in_a_call(chunk(choice({"content": ""}, finish_reason="error"), **failed)) == ["inband-error"]
    assert in_a_call(chunk(choice(finish_reason="stop"), **failed)) == ["inband-error"]
    assert in_a_call(chunk(choice(finish_reason="network_error"))) == ["inband-error"]
    assert in_a_call(chunk(choice(finish_reason="tool_calls"))) == ["tool-args"]


def test_arguments_that_are_no_json_before_the_error_are_told() -> None:
    failed = {"error": {"code": 502, "message": "gone"}}
    odd = calls(fragment('"} } and so on', 0))
    assert in_a_call(odd, chunk(choice(finish_reason="stop"), **failed)) == ["inband-error", "tool-args"]
