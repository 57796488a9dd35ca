"""In what two requests differ."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_requests import TEST, URL, body, request

from recexplore.matching.difference import KINDS, Difference, differences
from recexplore.matching.generations import CURRENT
from recexplore.matching.json_differences import MISSING, json_differences
from recexplore.matching.normalisation import Drops, as_sent
from recexplore.matching.ogx_hash import hash_of
from recexplore.matching.request import Request, request_of

BEDROCK = "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/v1/chat/completions"
NONE_DROPPED = (Drops(), Drops())


def of(sent: Any, url: str = URL, **more: Any) -> Request:
    return request_of(request(sent, url) | {"test_id": TEST} | more)


def only(recorded: Any, asked: Any) -> Difference:
    found = differences(of(recorded), of(asked))
    assert len(found) == 1, found
    assert found[0].kind in KINDS
    return found[0]


@pytest.mark.parametrize(
    ("recorded", "asked", "path", "kind"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b", "value"),
        ({"a": 1}, {"a": 1.0}, "a", "type"),
        ({"a": 1}, {"a": True}, "a", "type"),
        ({"a": None}, {}, "a", "missing"),
        ({}, {"a": None}, "a", "added"),
        ({"a": "x y"}, {"a": "x\n y"}, "a", "whitespace"),
        ({"a": "xy"}, {"a": "x y"}, "a", "whitespace"),
        ({"a": '{"b": 1, "c": 2}'}, {"a": '{"c":2,"b":1}'}, "a", "spelling"),
        ({"a": [1, 2]}, {"a": [2, 1]}, "a", "order"),
        ({"a": 0.1234561}, {"a": 0.1234562}, "a", "ignored"),
        ({"a": "score: 0.5"}, {"a": "score: 0.7"}, "a", "ignored"),
        ({"a": ["0.123456", "0.1234561"]}, {"a": ["0.1234561", "0.1234561"]}, "a[0]", "ignored"),
        (
            {"extra_body": {"project_id": "a", "x": 1}},
            {"extra_body": {"project_id": "b", "x": 1}},
            "extra_body.project_id",
            "ignored",
        ),
        ({"extra_body": {"project_id": "a"}}, {"extra_body": {}}, "extra_body.project_id", "ignored"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "body", "key_order"),
    ],
)
def test_each_kind(recorded: Any, asked: Any, path: str, kind: str) -> None:
    found = only(recorded, asked)
    assert (found.path, found.kind) == (path, kind)
    assert str(found)


def test_a_changed_word_is_shown_where_it_is() -> None:
    found = only(
        body("What is the boiling point of water, please?"), body("What is the boiling point of polyjuice, please?")
    )
    assert (found.path, found.at) == ("messages[0].content", 29)
    assert str(found) == (
        "messages[0].content differs at character 29: "
        "recorded …'is the boiling point of water, please?', asked …'is the boiling point of polyjuice, please?'"
    )


def test_a_text_is_shown_where_the_hash_sees_it() -> None:
    found = only(body("score: 0.5, then cats"), body("score: 0.7, then dogs"))
    assert found.at == len("score: __NORMALIZED__, then ")
    assert "cats" in found.excerpts[0]
    assert "dogs" in found.excerpts[1]
    assert found.recorded == "score: 0.5, then cats"


def test_a_message_in_front_is_one_difference() -> None:
    system = {"role": "system", "content": "Be brief."}
    found = only(body(), body() | {"messages": [system, *body()["messages"]]})
    assert (found.path, found.kind, found.asked) == ("messages[0]", "added", system)
    found = only(body() | {"messages": [system, *body()["messages"]]}, body())
    assert (found.path, found.kind, found.recorded) == ("messages[0]", "missing", system)


def test_long_lists_are_compared_by_position() -> None:
    found = differences(of({"input": list(range(5_000))}), of({"input": [-1, *range(5_000)]}))
    assert len(found) == 5_001


def test_what_stands_beside_the_body() -> None:
    other = of(body(), "https://host/ml/v1/v1/chat/completions", test_id="tests/b.py::test_b", method="PUT")
    assert [(each.path, each.kind) for each in differences(of(body()), other)] == [
        ("method", "method"),
        ("endpoint", "endpoint"),
        ("test_id", "test_id"),
    ]
    host = of(body(), URL.replace("api.openai.com", "localhost"))
    assert [(each.path, each.matters) for each in differences(of(body()), host)] == [("url", False)]
    assert differences(of(body()), request_of(body())) == []
    models = "https://api.openai.com/v1/v1/models"
    assert [each.kind for each in differences(of({}, models), of({}, models, test_id="other"))] == ["ignored"]


def test_tools() -> None:
    recorded = request_of({"provider": "tavily", "tool_name": "search", "kwargs": {"q": 0.1234561}})
    asked = request_of({"provider": "brave", "tool_name": "search", "kwargs": {"q": 0.1234562}})
    assert [(each.path, each.kind) for each in differences(recorded, asked)] == [("tool", "tool"), ("q", "value")]
    assert differences(of(body()), asked)[0].kind == "endpoint"


def test_what_one_host_drops_and_the_other_sends() -> None:
    sent = body(stream_options={"include_usage": True})
    found = [each for each in differences(of(sent, BEDROCK), of(sent)) if each.matters]
    assert [(each.path, each.kind) for each in found if each.path != "endpoint"] == [("stream_options", "added")]


def test_what_matters_comes_first() -> None:
    found = differences(of({"a": 0.1234561, "b": 1}), of({"a": 0.1234562, "b": 2}))
    assert [each.path for each in found] == ["b", "a"]


def test_hostile_text_is_escaped() -> None:
    found = only({"a": "\x1b[31m\u202e", "b": 1}, {"a": "x", "b": 1})
    assert "\x1b" not in str(found)
    assert "\u202e" not in str(found)
    assert "\x1b" not in str(only({}, {"\x1b[2J": {"\x9b": "\u202e"}}))


SENT = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 2)
    | st.sampled_from([0.5, 0.1234561, 0.1234562, "a", "a b", "ab", "score: 0.5"])
    | st.sampled_from(["score: 0.7", '{"a": 1, "b": 1}', '{"b":1,"a":1}', "0.1234561", "0.1234562"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from("ab"), inner)
        | st.fixed_dictionaries({"extra_body": st.dictionaries(st.sampled_from(["project_id", "a"]), inner)})
    ),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(["a", "b", "extra_body", "stream_options"]), SENT) | st.fixed_dictionaries(
    {"extra_body": st.dictionaries(st.sampled_from(["project_id", "a"]), SENT)}
)
PLACES = st.tuples(st.sampled_from([URL, BEDROCK, "http://localhost/v1/messages"]), st.sampled_from([None, TEST]))


@given(BODIES, BODIES, PLACES, PLACES)
def test_hashes_differ_if_and_only_if_a_difference_matters(one: Any, other: Any, here: Any, there: Any) -> None:
    recorded, asked = (of(sent, url, test_id=test) for sent, (url, test) in ((one, here), (other, there)))
    alike = hash_of(recorded, CURRENT) == hash_of(asked, CURRENT)
    assert alike is not any(each.matters for each in differences(recorded, asked))
    assert alike is not any(each.matters for each in differences(asked, recorded))


@given(SENT, SENT)
def test_nothing_differs_only_where_the_text_is_the_same(one: Any, other: Any) -> None:
    found = list(json_differences(one, other, as_sent, NONE_DROPPED))
    assert (not found) is (json.dumps(one) == json.dumps(other))
    assert all(before is not MISSING or now is not MISSING for _, _, before, now in found)
