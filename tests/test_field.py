"""Small inputs that stand for what people really record, each with the frames that are right.

Every folder of ``tests/field`` is a kind of file that was once read wrongly or not at all; its texts, ids and names are made
up. What a folder gives is one `Right` each.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import recexplore
from recexplore.cli.application import application

FIELD = Path(__file__).parent / "field"


@dataclass(frozen=True)
class Right:
    """What is right.

    Attributes
    ----------
    dialects
        Of each recording.
    contents, finishes
        Of each choice.
    calls
        Name and arguments of each tool call.
    usage
        Prompt, completion and total of the last report.
    facts
        Cells of ``recordings`` or ``usage`` in their first row.
    findings
        Ids of the rules that fire, notes left out.
    problems
        What could not be read.
    exit_code
        Of ``recexplore check``.
    """

    dialects: tuple[str, ...]
    contents: tuple[str, ...] = ()
    finishes: tuple[str | None, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()
    usage: tuple[int | None, int | None, int | None] | None = None
    facts: tuple[tuple[str, Any], ...] = ()
    findings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    exit_code: int = 0


CHAT = ("openai_chat",)
WREN = Right(CHAT, ("A wren.",), ("stop",), usage=(7, 3, 10))
SINGS = Right(CHAT, ("A wren sings.",), ("stop",))
BOTH = Right(CHAT * 2, ("A wren sings.", "A wren."), ("stop", "stop"), usage=(7, 3, 10), facts=(("status", 200),))
STREAM_AND_WHOLE = replace(BOTH, facts=(("clock", "measured"), ("n_chunks", 5), ("model_requested", "m-1")))

RIGHT = {
    "answer-without-body": Right(CHAT, problems=("the answer is empty",), exit_code=2),
    "arguments-object": Right(
        CHAT, ("",), ("tool_calls",), (("bash", '{"command":"ls"}'),), findings=("tool-args",), exit_code=1
    ),
    "assistants-stream": Right(("openai_assistants",), ("A wren.",), ("completed",), usage=(7, 3, 10)),
    "aws-frame-names": Right(("anthropic",), ("A wren.",), ("end_turn",), usage=(4, 3, None)),
    "batch-results": Right(CHAT * 2, ("A wren.", "A robin."), ("stop", "stop"), usage=(7, 3, 10)),
    "bedrock-agents": Right(("bedrock_agents",), ("A wren.",), (None,)),
    "bedrock-invoke-models": Right(
        ("bedrock_invoke",) * 3, ("A wren.", "A wren.", " A wren."), ("stop", "FINISH", "stop_sequence")
    ),
    "bedrock-nova-frames": Right(
        ("bedrock_converse",), ("A wren",), ("end_turn",), usage=(5, 2, None), findings=("filtered",),
        facts=(("n_chunks", 5), ("cached", 3), ("cache_write", 0), ("max_tokens", 9)),
    ),
    "bedrock-tooluse-type": Right(
        ("bedrock_converse",), ("",), ("tool_use",), (("find", '{"bird":"wren"}'),), usage=(9, 5, 14)
    ),
    "chat-back-to-back": Right(CHAT * 2, ("A wren.", "Two wrens."), ("tool_calls", "stop"), (("find", "{}"),)),
    "chunks-txt": SINGS,
    "cohere-v2-stream": Right(("cohere_v2",), ("A wren.",), ("COMPLETE",), usage=(70, 2, None)),
    "created-as-text": Right(CHAT, ("A wren.",), ("stop",)),
    "empty-interactions": Right(()),
    "finish-details": Right(CHAT, ("The picture shows a",), ("length",), usage=(7, 3, 10), findings=("length-cut",)),
    "first-line-broken": Right(
        CHAT, ("A wren sings.",), ("stop",), problems=("line 1 is not JSON",), exit_code=2,
        findings=("sse-frame",),
    ),
    "foreign-files": SINGS,
    "gemini-int-enums": Right(
        ("gemini",), ("A wren.",), ("STOP",), usage=(4, 3, 7), facts=(("provider", "vertexai"),)
    ),
    "gemini-partial-args": Right(
        ("gemini",), ("",), ("STOP",), (("findBird", '{"place":"old wall"}'), ("listBirds", "{}")), usage=(9, 6, 15)
    ),
    "gemini-usage-only": Right(("http",)),
    "google-operation": Right(("http",)),
    "gz-cassette": WREN,
    "har-yaml": Right(CHAT, ("A wren sings.",), ("stop",), facts=(("model_requested", "m-1"), ("n_chunks", 5))),
    "httprr": BOTH,
    "interactions-in-progress": Right(("gemini_interactions",), ("",), ("in_progress",)),
    "listed-error": Right(("http",), findings=("recorded-exception",), facts=(("status", 400),)),
    "llm-recorder": STREAM_AND_WHOLE,
    "local-port": Right(("http",), facts=(("provider", "localhost:8000"),)),
    "message-beside-delta": Right(CHAT, ("It is a wren.",), ("stop",), usage=(8, 4, 12)),
    "mistral-no-index": Right(CHAT, ("",), ("tool_calls",), (("plus", '{"a":1}'), ("minus", '{"a":2}'))),
    "name-again": Right(
        CHAT * 2, ("", ""), ("tool_calls",) * 2,
        (
            ("search_docs", '{"query":"tides","count":5}{"query":"moons","count":5}'),
            ("search_docs", '{"query":"tides"}'),
        ),
        findings=("tool-merged", "tool-name"), exit_code=1,
    ),
    "nock": Right(CHAT * 2, ("A wren.", "A wren sings."), ("stop", "stop"), usage=(7, 3, 10), facts=(("status", 200),)),
    "other-bodies": Right(("http", "openai_chat", "http"), ("A wren.",), ("stop",), usage=(7, 3, 10)),
    "parallel-lists": BOTH,
    "reqllm-fixtures": STREAM_AND_WHOLE,
    "response-only": Right(
        ("anthropic",), ("A wren.",), ("end_turn",), usage=(4, 3, None), facts=(("status", 200),)
    ),
    "responses-content-index": Right(("openai_responses",), ("A wren.",), ("completed",), usage=(4, 3, 7)),
    "ruby-vcr-binary": Right(CHAT, ("A wren sings – loud.",), ("stop",), facts=(("n_chunks", 5),)),
    "shared-index": Right(
        CHAT, ("",), ("stop",), (("get_weather", '{"city":"Oslo"}'), ("get_weather", '{"city":"Lima"}')),
        findings=("id-drift", "tool-args", "tool-finish", "tool-merged"), exit_code=1,
    ),
    "test-agent-json": BOTH,
    "unseparated-events": Right(
        CHAT * 2, ("", ""), ("tool_calls",) * 2, (("read_file", '{"path":"notes.txt"}'),) * 2,
        findings=("sse-frame",), exit_code=1,
    ),
    "vcrpy-istr": WREN,
    "vendor-delta-fields": Right(CHAT * 2, ("A wren.", "A wren."), ("stop", "stop")),
}  # fmt: skip


def plain(values: Any) -> tuple[Any, ...]:
    return tuple(None if pd.isna(value) else value for value in values)


@pytest.mark.parametrize("name", sorted(each.name for each in FIELD.iterdir()))
def test_it_is_read_rightly(name: str) -> None:
    right, corpus = RIGHT[name], recexplore.load(FIELD / name, progress=False)

    assert tuple(corpus.recordings["dialect"]) == right.dialects
    assert plain(corpus.choices["content"]) == right.contents
    assert plain(corpus.choices["finish_reason"]) == right.finishes
    assert tuple(corpus.tool_calls[["name", "arguments"]].itertuples(index=False, name=None)) == right.calls
    if right.usage is not None:
        figures = corpus.usage[["prompt", "completion", "total"]].ffill().iloc[-1]
        assert plain(figures) == right.usage
    for column, value in right.facts:
        frame = next(each for each in (corpus.recordings, corpus.requests, corpus.usage) if column in each)
        assert frame[column].iloc[0] == value
    assert "unknown" not in set(corpus.events["kind"]) or right.problems
    assert tuple(corpus.problems["what"]) == right.problems


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_check_finds_what_is_wrong_and_ends_as_it_should(name: str) -> None:
    done = CliRunner().invoke(application(), ["check", str(FIELD / name), "--no-settings", "--format", "json"])

    assert done.exit_code == RIGHT[name].exit_code, done.output
    told = json.loads(done.stdout)
    assert told["counts"]["hidden"] == 0
    assert tuple(sorted({each["rule"] for each in told["findings"] if each["severity"] != "note"})) == (
        RIGHT[name].findings
    )
