"""tool-merged, tool-index, tool-id and tool-name: fragments of calls that are right, though they look like a fault."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from synthetic import calls, choice, chunk, fragment

import recexplore

URL = "https://api.example.com/v1/chat/completions"
MINE = ["tool-merged", "tool-index", "tool-id", "tool-name", "tool-args"]


def found(*chunks: Any, url: str | None = URL, request: Any = None) -> pd.DataFrame:
    said = recexplore.check(recexplore.from_chunks(list(chunks), request=request or {"model": "m"}, url=url))
    assert "failed" not in said.attrs, said.attrs
    return said[said["rule"].isin(MINE)]


def chat(*deltas: Any, index: int = 0) -> list[Any]:
    begin, end = chunk(choice({"role": "assistant", "content": None}, index)), choice({}, index, "tool_calls")
    return [begin, *(calls(*each, index=index) for each in deltas), chunk(end)]


def told(frame: pd.DataFrame) -> list[tuple[str, str, int, int]]:
    return [(each.rule, str(each.severity), int(each.chunk), int(each.last_chunk)) for each in frame.itertuples()]


def opened(arguments: str = "", name: str = "search", call_id: str = "c1", index: int | None = 0) -> dict[str, Any]:
    made = fragment(arguments, index, id=call_id, type="function", name=name)
    if index is None:
        del made["index"]
    return made


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (
            [[opened()], [fragment('{"a":', name="search")], [fragment("1}", name="search")]],
            [("tool-name", "warning", 2, 3)],
        ),
        ([[opened(name="sea")], [fragment('{"a":1}', name="rch")]], [("tool-name", "warning", 2, 2)]),
        ([[opened('{"a":1}')], [opened('{"a":2}')]], [("tool-merged", "error", 2, 2)]),
        ([[opened('{"a":1}')], [opened('{"a":2}', call_id="c2")]], [("tool-merged", "error", 2, 2)]),
        ([[opened('{"a":')], [opened("1}", call_id="c2")]], [("tool-id", "error", 2, 2)]),
        ([[opened('{"a":1}{"a"')], [fragment(":2}")]], [("tool-merged", "error", 1, 2)]),
        (
            [[opened('{"a":1}', index=None), opened('{"a":2}', call_id="c2", index=None)]],
            [("tool-index", "warning", 1, 1)],
        ),
        ([[opened('{"a":1}', index=None)]], [("tool-index", "note", 1, 1)]),
        ([[opened('{"a":', index=None)], [fragment("1}", None)]], [("tool-index", "warning", 1, 2)]),
        ([[opened("{}", call_id="", index=None)]], [("tool-id", "error", 1, 1), ("tool-index", "warning", 1, 1)]),
        ([[opened()], [fragment('{"a":', name="")], [fragment("1}", name=None)]], []),
        ([[opened(), opened(call_id="c2", index=1)], [fragment("{}"), fragment("{}", 1)]], []),
    ],
)
@pytest.mark.parametrize("index", [0, 1])
def test_each_is_told_once_where_it_is(deltas: Any, expected: Any, index: int) -> None:
    mine = chat(*deltas, index=index)
    assert sorted(told(found(*mine))) == sorted(expected)


def test_what_a_client_calls_is_said() -> None:
    message = found(*chat([opened()], [fragment("{}", name="search")]))["message"].iloc[0]
    assert "is sent 2 times" in message
    assert "“searchsearch”" in message
    message = found(*chat([opened(name="sea")], [fragment("{}", name="rch")]))["message"].iloc[0]
    assert "takes the first alone calls “sea”" in message


def test_the_second_document_is_underlined() -> None:
    said = found(*chat([opened('{"a":1}')], [fragment('{"a":2}')]))
    assert said["spans"].tolist() == ['[{"choice":0,"kind":"tool_call","start":7,"end":14,"tool_index":0}]']


def item(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.output_item.{kind}", "output_index": 0, "item": {"id": "t1", **fields}}


def test_an_item_may_end_with_another_id() -> None:
    searched = {"type": "tool_search_call", "execution": "client"}
    stream = [
        {"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}},
        item("added", call_id="c1", arguments={}, **searched),
        item("done", call_id="c2", arguments={"goal": "x"}, **searched),
        {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": []}},
    ]
    assert found(*stream, url="https://api.openai.com/v1/responses").empty


@pytest.mark.parametrize(("call", "n"), [({"args": {"a": 1}}, 1), ({"name": "f", "args": {}}, 0), ({"name": ""}, 1)])
def test_gemini_needs_a_name(call: Any, n: int) -> None:
    part = {"content": {"parts": [{"functionCall": call}], "role": "model"}, "finishReason": "STOP"}
    url = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent"
    said = found({"candidates": [part]}, url=url)
    assert said["rule"].tolist() == ["tool-id"] * n, said["message"].tolist()


def test_ollama_needs_a_name() -> None:
    made = {"model": "m", "done": True, "done_reason": "stop"}
    calls_one = {"role": "assistant", "content": "", "tool_calls": [{"function": {"arguments": {"a": 1}}}]}
    said = found({**made, "message": calls_one}, url="http://localhost:11434/api/chat")
    assert said["rule"].tolist() == ["tool-id"]
