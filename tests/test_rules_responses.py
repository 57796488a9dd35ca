"""What Responses tell twice: each contradiction once, at the event that makes it; and what only looks like one."""

from __future__ import annotations

import json
from typing import Any

import pytest

import recexplore

Chunk = dict[str, Any]


def added(number: int = 0, **item: Any) -> Chunk:
    return {"type": "response.output_item.added", "output_index": number, "item": {"id": f"i{number}", **item}}


def delta(text: Any, name: str = "output_text", number: int = 0, **where: Any) -> Chunk:
    place = {"item_id": f"i{number}", "output_index": number, **({"content_index": 0} if "text" in name else {})}
    return {"type": f"response.{name}.delta", **place, **where, "delta": text}


def done(text: str, name: str = "output_text", field: str = "text", number: int = 0, **where: Any) -> Chunk:
    place = {"item_id": f"i{number}", "output_index": number, **({"content_index": 0} if "text" in name else {})}
    return {"type": f"response.{name}.done", **place, **where, field: text}


def whole(item: Chunk, number: int = 0) -> Chunk:
    return {"type": "response.output_item.done", "output_index": number, "item": {"id": f"i{number}", **item}}


def message(*texts: str, **fields: Any) -> Chunk:
    return {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": t} for t in texts],
        **fields,
    }


def call(arguments: str, kind: str = "function_call", field: str = "arguments") -> Chunk:
    return {"type": kind, "call_id": "c", "name": "f", field: arguments}


def end(*items: Chunk, state: str = "completed") -> Chunk:
    output = [{"id": f"i{n}", **item} for n, item in enumerate(items)]
    told = {"output": output} if items else {}
    return {"type": f"response.{state}", "response": {"id": "resp_1", "status": state, **told}}


CREATED: Chunk = {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}}


def numbered(*chunks: Chunk, first: int = 0) -> list[Chunk]:
    return [{**chunk, "sequence_number": n} for n, chunk in enumerate(chunks, first)]


def found(chunks: list[Chunk]) -> list[tuple[Any, ...]]:
    corpus = recexplore.from_chunks(chunks)
    assert list(corpus.recordings["dialect"]) == ["openai_responses"]
    told = recexplore.check(corpus, select=["responses-lifecycle"])
    return list(told[["severity", "chunk", "last_chunk"]].itertuples(index=False, name=None))


def part(
    text: str, number: int = 0, kind: str = "output_text", field: str = "text", name: str = "content_part"
) -> Chunk:
    where = {"summary_index" if "summary" in name else "content_index": 0}
    told = {"type": kind, field: text}
    return {"type": f"response.{name}.added", "item_id": f"i{number}", "output_index": number, **where, "part": told}


def emptied(*, output: Any = None, state: str = "completed", **fields: Any) -> Chunk:
    """The end of a response that names what it is and lists no items; without a list where that is None."""
    told = {"id": "resp_1", "object": "response", "status": state, **fields}
    return {"type": f"response.{state}", "response": told if output is None else {**told, "output": output}}


BEGUN: Chunk = {"type": "response.created", "response": {"id": "resp_1", "object": "response", "output": []}}
ODD = {"type": "output_text", "text": "Gulls"}
ARGUMENTS = "function_call_arguments"

SPOKEN = (CREATED, added(type="message"), delta("Gull"), delta("s cry."))
CALLED = (CREATED, added(**call("")), delta('{"n":', "function_call_arguments"), delta("1}", "function_call_arguments"))

BROKEN: dict[str, tuple[list[Chunk], list[tuple[Any, ...]]]] = {
    "a whole item of a message": (
        numbered(*SPOKEN, done("Gulls cry."), whole(message("Gulls fly.")), end(message("Gulls fly."))),
        [("error", 4, 5)],
    ),
    "the response alone": (
        numbered(*SPOKEN, done("Gulls cry."), whole(message("Gulls cry.")), end(message("Gulls fly."))),
        [("error", 5, 6)],
    ),
    "three texts and a fourth": (
        numbered(*SPOKEN, done("A"), whole(message("B")), end(message("C"))),
        [("error", 2, 4), ("error", 4, 5), ("error", 5, 6)],
    ),
    "one that is told otherwise between": (
        numbered(*SPOKEN, done("A"), whole(message("Gulls cry.")), end(message("Gulls cry."))),
        [("error", 2, 4)],
    ),
    "a call without its end": (numbered(*CALLED, whole(call('{"n":2}')), end(call('{"n":2}'))), [("error", 2, 4)]),
    "a call that loses its arguments": (numbered(*CALLED, whole(call("")), end()), [("error", 2, 4)]),
    "one and true are not the same": (numbered(*CALLED, whole(call('{"n":true}')), end()), [("error", 2, 4)]),
    "a custom tool": (
        numbered(
            CREATED,
            added(**call("", "custom_tool_call", "input")),
            delta("SELECT 1", "custom_tool_call_input"),
            done("SELECT 1", "custom_tool_call_input", "input"),
            whole(call("SELECT 2", "custom_tool_call", "input")),
            end(),
        ),
        [("error", 3, 4)],
    ),
    "a call of a server's tool": (
        numbered(
            CREATED,
            added(**call("", "mcp_call")),
            delta("{}", "mcp_call_arguments"),
            done('{"a":1}', "mcp_call_arguments", "arguments"),
            end(),
        ),
        [("error", 2, 3)],
    ),
    "a refusal": (
        numbered(CREATED, added(type="message"), delta("No.", "refusal"), done("Yes.", "refusal", "refusal"), end()),
        [("error", 2, 3)],
    ),
    "a summary": (
        numbered(
            CREATED,
            added(type="reasoning"),
            delta("Tides", "reasoning_summary_text", summary_index=0),
            whole({"type": "reasoning", "summary": [{"type": "summary_text", "text": "Winds"}]}),
            end(),
        ),
        [("error", 2, 3)],
    ),
    "the second of two items": (
        numbered(
            *SPOKEN,
            done("Gulls cry."),
            added(1, **call("")),
            delta("{}", "function_call_arguments", 1),
            whole(call('{"q":0}'), 1),
            end(message("Gulls cry."), call('{"q":0}')),
        ),
        [("error", 6, 7)],
    ),
    "an end without its items": (numbered(*SPOKEN, done("Gulls cry."), emptied(output=[])), [("error", 5, 5)]),
    "an end without a call": (
        numbered(*CALLED, done('{"n":1}', ARGUMENTS, "arguments"), emptied(output=[])),
        [("error", 5, 5)],
    ),
    "an end without its list": (numbered(BEGUN, *SPOKEN[1:], emptied()), [("error", 4, 4)]),
    "an end that has no list, as the beginning had none": (numbered(*SPOKEN, emptied()), [("warning", 4, 4)]),
    "an end that keeps the message and leaves out the call": (
        numbered(
            *SPOKEN,
            added(1, **call("")),
            delta("{}", ARGUMENTS, 1),
            whole(call("{}"), 1),
            end(message("Gulls cry.")),
        ),
        [("error", 7, 7)],
    ),
    "an end that keeps thoughts alone": (
        numbered(
            CREATED,
            added(type="reasoning"),
            added(1, type="message"),
            delta("Gulls.", number=1),
            end({"type": "reasoning", "summary": []}),
        ),
        [("error", 4, 4)],
    ),
    "items that were told whole alone": (
        numbered(CREATED, added(type="message"), whole(message("Gulls cry.")), emptied(output=[])),
        [("error", 3, 3)],
    ),
    "a part that begins with what its deltas say": (
        numbered(
            CREATED,
            added(type="message"),
            part("Gulls cry."),
            delta("Gull"),
            delta("s cry."),
            done("Gulls cry."),
            end(),
        ),
        [("error", 2, 4)],
    ),
    "the same without an end": (
        numbered(CREATED, added(type="message"), part("Gulls cry."), delta("Gull"), delta("s cry.")),
        [("error", 2, 4)],
    ),
    "a summary that begins with what its deltas say": (
        numbered(
            CREATED,
            added(type="reasoning"),
            part("Tides.", kind="summary_text", name="reasoning_summary_part"),
            delta("Tides.", "reasoning_summary_text", summary_index=0),
            end(),
        ),
        [("error", 2, 3)],
    ),
    "an item and its part that begin with what their deltas say": (
        numbered(
            CREATED, added(**message("Gulls")), part("Gulls"), delta("Gulls"), done("Gulls"), end(message("Gulls"))
        ),
        [("error", 1, 3)],
    ),
    "an end without a custom call": (
        numbered(
            CREATED,
            added(**call("", "custom_tool_call", "input")),
            delta("ls", "custom_tool_call_input"),
            emptied(output=[]),
        ),
        [("error", 3, 3)],
    ),
    "a call that begins with what its deltas say": (
        numbered(
            CREATED, added(**call('{"n":1}')), delta('{"n":', ARGUMENTS), delta("1}", ARGUMENTS), end(call('{"n":1}'))
        ),
        [("error", 1, 3)],
    ),
    "a delta that is an object": (
        numbered(CREATED, added(type="message"), part(""), delta(ODD), delta(ODD), done("GullsGulls"), end()),
        [("error", 3, 4)],
    ),
    "a delta that is a list": (
        numbered(CREATED, added(type="message"), part(""), delta(["Gulls"]), done("Gulls"), end()),
        [("error", 3, 3)],
    ),
    "a part that was never added": (
        numbered(CREATED, added(type="message", content=[]), delta("Gulls"), delta("."), done("Gulls."), end()),
        [("warning", 2, 2)],
    ),
    "a number that never changes": (
        [{**each, "sequence_number": 0} for each in (*SPOKEN, done("Gulls cry."), end())],
        [("warning", 1, 5)],
    ),
    "white space at an end": (numbered(*SPOKEN, done("Gulls cry.\n"), end()), [("note", 2, 4)]),
    "a number that is missing": (
        [each for each in numbered(CREATED, *SPOKEN[1:], done("Gulls cry."), end()) if each["sequence_number"] != 4],
        [("warning", 3, 4)],
    ),
    "a delta that is missing, and its number": (
        [each for each in numbered(CREATED, *SPOKEN[1:], done("Gulls cry."), end()) if each["sequence_number"] != 3],
        [("error", 2, 3)],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_contradiction_is_told_once(name: str) -> None:
    chunks, expected = BROKEN[name]
    assert found(chunks) == expected


def test_a_lost_event_is_named_with_its_number() -> None:
    chunks = BROKEN["a delta that is missing, and its number"][0]
    told = recexplore.check(recexplore.from_chunks(chunks), select=["responses-lifecycle"])
    assert "sequence_number 3 before chunk 3 is missing" in told["message"].iloc[0]


LEGAL: dict[str, list[Chunk]] = {
    "numbers from one": numbered(*SPOKEN, done("Gulls cry."), end(message("Gulls cry.")), first=1),
    "numbers from anywhere": numbered(*SPOKEN, done("Gulls cry."), end(), first=412),
    "steps of two": [{**each, "sequence_number": 2 * n} for n, each in enumerate([*SPOKEN, done("Gulls cry."), end()])],
    "a stream that goes on": numbered(
        delta("s cry."), done("Gulls cry."), whole(message("Gulls cry.")), end(), first=3
    ),
    "two responses, each with numbers of its own": [
        *numbered(*SPOKEN, done("Gulls cry."), end(message("Gulls cry."))),
        *numbered(CREATED, added(type="message"), delta("Terns."), done("Terns."), end(message("Terns."))),
    ],
    "an event that carries no number": [
        *numbered(*SPOKEN),
        {"type": "keepalive"},
        *numbered(done("Gulls cry."), end(), first=5),
    ],
    "a response without its items": numbered(*SPOKEN, done("Gulls cry."), whole(message("Gulls cry.")), end()),
    "an incomplete response without its items": numbered(*SPOKEN, emptied(output=[], state="incomplete")),
    "a failed response without its items": numbered(*SPOKEN, emptied(output=[], state="failed")),
    "an end of thoughts alone": numbered(
        CREATED, added(type="reasoning"), delta("Tides", "reasoning_text"), emptied(output=[])
    ),
    "an end of nothing": numbered(CREATED, emptied(output=[])),
    "a part that its deltas go on from": numbered(
        CREATED,
        added(type="message"),
        part("Gull"),
        delta("s cry."),
        done("Gulls cry."),
        end(message("Gulls cry.")),
    ),
    "a part that its deltas go on from with the same word": numbered(
        CREATED, added(type="message"), part("ha"), delta("ha"), done("haha"), end(message("haha"))
    ),
    "a part that is told at once": numbered(
        CREATED, added(type="message"), part("Gulls cry."), done("Gulls cry."), end(message("Gulls cry."))
    ),
    "an item and its part that are told at once": numbered(
        CREATED, added(**message("Gulls")), part("Gulls"), whole(message("Gulls")), end(message("Gulls"))
    ),
    "a call that is told at once": numbered(
        CREATED, added(**call('{"n":1}')), done('{"n":1}', ARGUMENTS, "arguments"), end(call('{"n":1}'))
    ),
    "two parts with the same text": numbered(
        CREATED, added(type="message"), part("Gulls"), added(1, type="message"), delta("Gulls", number=1), end()
    ),
    "deltas that are objects by their documentation": numbered(
        CREATED, added(type="reasoning"), delta({"text": "Tides"}, "reasoning"), end()
    ),
    "an item that begins with its part": numbered(
        CREATED, added(**message("")), delta("Gulls."), done("Gulls."), end(message("Gulls."))
    ),
    "a call of the server's own beside one of the client's": numbered(
        CREATED,
        added(**call("", "mcp_call")),
        delta("{}", "mcp_call_arguments"),
        added(1, **call("")),
        delta("{}", ARGUMENTS, 1),
        end(call("{}", "mcp_call"), call("{}")),
    ),
    "an item without its parts": numbered(*SPOKEN, done("Gulls cry."), whole(message()), end(message())),
    "the same JSON, written otherwise": numbered(
        *CALLED,
        done('{ "n" : 1 }', "function_call_arguments", "arguments"),
        whole(call('{"n": 1}')),
        end(call('{"n":1}')),
    ),
    "a part under another number": numbered(
        CREATED,
        added(type="message"),
        delta("A wren.", content_index=1),
        whole(message("A wren.")),
        end(message("A wren.")),
    ),
    "a part that only the whole item tells": numbered(
        *SPOKEN,
        done("Gulls cry."),
        whole(message("Gulls cry.", "Source: me.")),
        end(message("Gulls cry.", "Source: me.")),
    ),
    "two parts that take turns": numbered(
        CREATED,
        added(type="message"),
        *[delta(text, content_index=n) for text in ("a", "b") for n in (0, 1)],
        whole(message("ab", "ab")),
        end(message("ab", "ab")),
    ),
    "two texts in a row under one number": numbered(
        CREATED,
        added(type="message"),
        delta("a"),
        done("a"),
        delta("b"),
        done("b"),
        whole(message("a", "b")),
        end(message("ab")),
    ),
    "thoughts that are hidden at the end": numbered(
        CREATED,
        added(type="reasoning"),
        delta("Tides", "reasoning_text"),
        done("", "reasoning_text"),
        whole({"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": ""}]}),
        end(),
    ),
    "an incomplete response, cut": numbered(
        *SPOKEN, whole(message("Gulls", status="incomplete")), end(message("Gulls"), state="incomplete")
    ),
    "an item that is told at its end alone": numbered(
        CREATED, added(type="message"), whole(message("Gulls cry.")), end(message("Gulls cry."))
    ),
    "tags in the text": numbered(
        CREATED, added(type="message"), delta("<think>so</think>Hi"), whole(message("<think>so</think>Hi")), end()
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_only_looks_like_it_is_let_pass(name: str) -> None:
    assert found(LEGAL[name]) == []


@pytest.mark.parametrize(("again", "told"), [(" {} ", 0), ("[{}]", 1)])
def test_arguments_that_are_nested_too_deep_fail_nothing(again: str, told: int) -> None:
    nested = "[" * 500 + "]" * 500
    whole_again = done(again.format(nested), ARGUMENTS, "arguments")
    begun = [CREATED, added(0, **call("")), delta(nested, ARGUMENTS)]
    assert len(found(numbered(*begun, whole_again, end()))) == told


def test_many_whole_parts_take_no_time() -> None:
    """Near linear: one item with many parts, each told whole, and told whole again and again."""
    n = 3_000
    chunks = [CREATED, added(type="message")]
    for at in range(n):
        chunks += [delta(f"part {at} ", content_index=at), done(f"part {at} ", content_index=at)]
    texts = [f"part {at} " for at in range(n)]
    assert found(numbered(*chunks, *[whole(message("".join(texts)))] * 50, end())) == []
    assert json.dumps(chunks)


@pytest.mark.parametrize(
    ("chunks", "said", "called"),
    [
        ([part("Gulls cry."), delta("Gull"), delta("s cry."), done("Gulls cry.")], "Gulls cry.", []),
        ([part("Gulls cry."), delta("Gull"), delta("s cry.")], "Gulls cry.", []),
        ([part("Gull"), delta("s cry."), done("Gulls cry.")], "Gulls cry.", []),
        ([part("Gull"), delta("s cry.")], "Gulls cry.", []),
        ([part("ha"), delta("ha"), done("haha")], "haha", []),
        ([part("Gulls cry."), done("Gulls cry.")], "Gulls cry.", []),
        ([added(**message("Gulls")), part("Gulls")], "Gulls", []),
        ([added(1, **call("{}")), delta("{}", ARGUMENTS, 1)], "", ["{}"]),
        ([added(1, **call("{}")), whole(call("{}"), 1)], "", ["{}"]),
    ],
)
def test_what_is_told_again_is_counted_once(chunks: list[Chunk], said: str, called: list[str]) -> None:
    corpus = recexplore.from_chunks(numbered(CREATED, added(type="message"), *chunks, end()))
    assert corpus.choices["content"].tolist() == [said]
    assert corpus.tool_calls["arguments"].tolist() == called


def called(name: str, number: int = 0, item: str | None = None) -> Chunk:
    return {"id": item or f"i{number}", **call('{"n":1}'), "call_id": name}


def streamed_call(name: str, number: int = 0) -> list[Chunk]:
    return [
        {
            "type": "response.output_item.added",
            "output_index": number,
            "item": called(name, number) | {"arguments": ""},
        },
        delta('{"n":1}', "function_call_arguments", number),
    ]


@pytest.mark.parametrize(
    ("output", "severity"),
    [
        ([called("a"), called("b", 1)], None),
        ([called("b", 1), called("a")], None),
        ([called("a"), called("z", 1)], "error"),
        ([called("a", item="x"), called("z", 1, "y")], "error"),
        ([called("a", item="x"), called("b", 1)], "warning"),
        ([{**called("a"), "id": None}, {**called("b", 1), "id": None}], None),
        ([{"type": "reasoning", "id": "r", "summary": []}, called("a"), called("b", 1)], None),
    ],
)
def test_other_ids_at_the_end(output: list[Chunk], severity: str | None) -> None:
    told = found([CREATED, *streamed_call("a"), *streamed_call("b", 1), end(*output)])
    assert told == ([] if severity is None else [(severity, 5, 5)])
