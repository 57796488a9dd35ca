"""The defect of every rule that can be replayed: put into an answer, sent over HTTP, recorded, and told by that rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from captured import MS, document, written
from journal_kit import journal_bytes
from wire_client import Got, ask

import recexplore
from recexplore.capture.replay.answer import Answer
from recexplore.capture.replay.recorded_answer import answer_of
from recexplore.capture.replay.served import in_a_thread
from recexplore.capture.replay.server import Options, Replay
from recexplore.corpus import Corpus, Recording
from recexplore.rules import RULES
from recexplore.testing.defects.retelling import as_assistants
from recexplore.testing.defects.tapes import CHAT, Tape
from recexplore.testing.replayed_defects.defect import Defect, defect_in
from recexplore.testing.replayed_defects.replayable import REPLAYABLE, WHY_NOT

HOST = "https://api.example.com"
USER = {"messages": [{"role": "user", "content": "Which way is it?"}], "stream": True}
SENTENCE = "It is not far at all, you will find the way to it by an old mill beside a small river"
WORDS = re.findall(r" \S+", f" {SENTENCE}")
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}}]
HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_776_160_000, "model": "m"}
USAGE = {"prompt_tokens": 7, "completion_tokens": 40, "total_tokens": 47}


def delta(index: int = 0, why: str | None = None, **fields: Any) -> dict[str, Any]:
    return {**HEAD, "choices": [{"index": index, "delta": fields, "finish_reason": why}]}


def events(chunks: list[Any], *, named: bool = False) -> list[bytes]:
    """The bytes of each event."""
    return [
        (f"event: {each['type']}\n" if named else "").encode()
        + f"data: {each if isinstance(each, str) else json.dumps(each)}\n\n".encode()
        for each in chunks
    ]


def plain() -> list[Any]:
    said = [delta(content=word) for word in WORDS]
    return [delta(role="assistant", content=""), *said, delta(why="stop"), {**HEAD, "choices": [], "usage": USAGE}]


def answer_in_json() -> list[Any]:
    pieces = ('{"way": ', '["by the', " old mill", '", "over', " the ford", '"]}')
    return [delta(role="assistant", content=""), *[delta(content=each) for each in pieces], delta(why="stop")]


def two_choices() -> list[Any]:
    said = [delta(n, content=word) for word in WORDS for n in (0, 1)]
    opened, ended = [delta(n, role="assistant", content="") for n in (0, 1)], [delta(n, "stop") for n in (0, 1)]
    return [*opened, *said, *ended]


def calls(n: int) -> list[Any]:
    found: list[Any] = [delta(role="assistant", content=None)]
    for number in range(n):
        opened = {"index": number, "id": f"call_{number}", "type": "function"}
        found.append(delta(tool_calls=[{**opened, "function": {"name": "get_weather", "arguments": ""}}]))
        pieces = ('{"ci', 'ty": "', "Oslo", '"}')
        found += [delta(tool_calls=[{"index": number, "function": {"arguments": piece}}]) for piece in pieces]
    return [*found, delta(why="tool_calls")]


def logprobs() -> list[Any]:
    said = [delta(content=word) for word in WORDS]
    for each, word in zip(said, WORDS, strict=True):
        each["choices"][0]["logprobs"] = {"content": [{"token": word, "logprob": -0.5, "top_logprobs": []}]}
    return [delta(role="assistant", content=""), *said, delta(why="stop")]


def messages() -> list[Any]:
    text = [{"type": "text_delta", "text": word} for word in WORDS]
    started = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    return [
        {"type": "message_start", "message": {**started, "usage": {"input_tokens": 7, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *[{"type": "content_block_delta", "index": 0, "delta": each} for each in text],
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 40}},
        {"type": "message_stop"},
    ]


def responses() -> list[Any]:
    where = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    text = "".join(WORDS)
    item = {"id": "msg_1", "type": "message", "role": "assistant"}
    whole = {**item, "status": "completed", "content": [{"type": "output_text", "text": text, "annotations": []}]}
    response = {"id": "resp_1", "object": "response", "model": "m"}
    found: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**response, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {
            "type": "response.content_part.added",
            **where,
            "part": {"type": "output_text", "text": "", "annotations": []},
        },
        *[{"type": "response.output_text.delta", **where, "delta": word} for word in WORDS],
        {"type": "response.output_text.done", **where, "text": text},
        {"type": "response.content_part.done", **where, "part": whole["content"][0]},
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": "response.completed", "response": {**response, "status": "completed", "output": [whole]}},
    ]
    return [{**each, "sequence_number": n} for n, each in enumerate(found)]


def assistants() -> list[Any]:
    told = as_assistants(Tape("chat", CHAT, plain()))
    assert told is not None
    return told.chunks


CHAT_PATH = "/v1/chat/completions"
STREAMS: dict[str, tuple[str, dict[str, Any], Callable[[], list[Any]], bool]] = {
    "plain": (CHAT_PATH, USER | {"stream_options": {"include_usage": True}}, plain, False),
    "two choices": (CHAT_PATH, USER | {"n": 2}, two_choices, False),
    "two calls": (CHAT_PATH, USER | {"tools": TOOLS}, lambda: calls(2), False),
    "one call": (CHAT_PATH, USER | {"tools": TOOLS, "parallel_tool_calls": False}, lambda: calls(1), False),
    "tools": (CHAT_PATH, USER | {"tools": TOOLS}, plain, False),
    "asked for JSON": (CHAT_PATH, USER | {"response_format": {"type": "json_object"}}, answer_in_json, False),
    "asked to stop": (CHAT_PATH, USER | {"stop": "|END|"}, plain, False),
    "unreported": (CHAT_PATH, USER, lambda: plain()[:-1], False),
    "log probabilities": (CHAT_PATH, USER | {"logprobs": True}, logprobs, False),
    "messages": ("/v1/messages", USER | {"max_tokens": 500}, messages, True),
    "responses": ("/v1/responses", {"input": "Which way is it?", "stream": True}, responses, True),
    "assistants": ("/v1/threads/t/runs", {"assistant_id": "asst_1", "stream": True}, assistants, False),
}
"""Streams that have room for defects: where they were asked for and how, their chunks, and whether events are named."""
EMBEDDED = {
    "object": "list",
    "model": "m",
    "data": [{"object": "embedding", "index": n, "embedding": [0.25, -0.5, 0.125, 0.75]} for n in range(3)],
    "usage": {"prompt_tokens": 3, "total_tokens": 3},
}
ROOM = {
    "stop-ignored": "asked to stop",
    "choice-bleed": "two choices",
    "tool-args": "two calls",
    "tool-schema": "one call",
    "tool-merged": "two calls",
    "tool-index": "two calls",
    "tool-id": "two calls",
    "tool-name": "two calls",
    "tool-unknown": "one call",
    "tool-parallel": "one call",
    "tool-as-text": "tools",
    "json-format": "asked for JSON",
    "usage-repeated": "unreported",
    "logprobs": "log probabilities",
    "anthropic-lifecycle": "messages",
    "responses-lifecycle": "responses",
    "assistants-lifecycle": "assistants",
}
"""Which stream has room for the defect of a rule; where none is named, the plain one."""
OF_VECTORS = ("embedding-size", "embedding-inputs")
SEED = 5


def of_rule(rule: str) -> dict[str, Any]:
    """A recording that has room for the defect of a rule, and is asked for in the name of that rule."""
    if rule in OF_VECTORS:
        asked = {"model": "m", "input": ["a", "b", "c"], "dimensions": 4, "user": rule}
        url = f"{HOST}/v1/embeddings"
        request = {
            "method": "POST",
            "url": url,
            "headers": {},
            "body": asked,
            "endpoint": "/v1/embeddings",
            "model": "m",
        }
        return {"test_id": None, "request": request, "response": {"body": EMBEDDED, "is_streaming": False}}
    path, asked, chunks, named = STREAMS[ROOM.get(rule, "plain")]
    pieces = events(chunks(), named=named) + ([b"data: [DONE]\n\n"] if path == CHAT_PATH else [])
    reads = [(400 + 30 * n, piece) for n, piece in enumerate(pieces)]
    return document(reads, url=HOST + path, body={"model": "m", **asked, "user": rule})


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A recording for each rule, called like it."""
    folder = tmp_path_factory.mktemp("recordings")
    return recexplore.load(written(folder, **{rule: of_rule(rule) for rule in REPLAYABLE}), progress=False)


@contextmanager
def answering(corpus: Corpus, change: Any) -> Iterator[str]:
    with in_a_thread(Replay(corpus, Options(speed=0, change=change))) as url:
        yield url


def journal(recording: Recording, got: Got) -> bytes:
    """What a capture between client and server writes."""
    return journal_bytes(
        str(recording.facts["url"]),
        json.dumps(recording.request).encode(),
        [(3 + n, data) for n, data in enumerate(got.chunks)],
        status=got.status,
        headers=got.headers.items(),
        end=(3 + len(got.chunks), "complete"),
    )


@pytest.fixture(scope="module")
def replayed(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Got], dict[str, set[str]]]:
    """What a client got of each recording, and what all rules find in it."""
    folder, got = tmp_path_factory.mktemp("captured"), dict[str, Got]()

    def change(recording: Recording, answer: Answer) -> tuple[Answer, tuple[str, ...]]:
        return Defect(recording.request["user"], SEED)(recording, answer)

    with answering(corpus, change) as url:
        for recording in corpus:
            found = ask(url, recording.request, path=str(recording.facts["endpoint"]) or "/")
            assert found is not None
            rule = recording.request["user"]
            got[rule] = found
            (folder / f"{rule}.journal.jsonl").write_bytes(journal(recording, found))
    came = recexplore.load(folder, progress=False)
    findings, names = recexplore.check(came, ignore=["run-*"]), {each.id: each.request["user"] for each in came}
    told = dict[str, set[str]]()
    for recording, rule in zip(findings["recording"], findings["rule"], strict=True):
        told.setdefault(names[recording], set()).add(rule)
    return got, told


TIMED = ("stall", "burst")
"""Rules that look at times; this replay sends all at once."""


@pytest.mark.parametrize("rule", [rule for rule in REPLAYABLE if rule not in TIMED])
def test_a_client_gets_the_defect_and_its_rule_tells_it(
    replayed: tuple[dict[str, Got], dict[str, set[str]]], rule: str
) -> None:
    got, told = replayed

    assert got[rule].headers["x-recexplore-faults"].startswith(f"defect {rule} in ")
    assert got[rule].headers["x-recexplore-bytes"] == "made again"
    assert rule in told[rule]


@pytest.mark.parametrize("rule", TIMED)
def test_a_defect_of_times_is_in_the_times_and_bytes_stay(corpus: Corpus, rule: str) -> None:
    recording = next(each for each in corpus if each.request["user"] == rule)
    before = answer_of(recording, unpacked=True)
    after, said = Defect(rule, SEED)(recording, before)
    assert after.is_recorded == before.is_recorded

    gaps = [later.t_ns - read.t_ns for read, later in pairwise(after.reads)]
    assert after.body == before.body
    assert said[0].startswith(f"defect {rule} in chunks ")
    assert max(gaps) > 10 * 30 * MS
    assert after.ended_ns >= after.reads[-1].t_ns


def test_the_same_seed_gives_the_same_defect_and_another_one_another(corpus: Corpus) -> None:
    recording = next(each for each in corpus if each.request["user"] == "dup-chunk")
    answer = answer_of(recording, unpacked=True)
    found = {seed: [Defect("dup-chunk", seed)(recording, answer) for _ in range(2)] for seed in range(4)}

    assert all(one == other for one, other in found.values())
    assert len({one[0].body for one, _ in found.values()}) > 1


def test_chunks_that_stay_keep_their_bytes_and_their_times(corpus: Corpus) -> None:
    recording = next(each for each in corpus if each.request["user"] == "dup-chunk")
    before = answer_of(recording, unpacked=True)
    after, _ = Defect("dup-chunk", SEED)(recording, before)

    (changed,) = set(after.reads) - set(before.reads)
    assert changed.t_ns in {read.t_ns for read in before.reads}
    assert changed.data.count(b" and then some") == 2, "the chunk and its double came at once"


def test_a_recording_without_room_is_answered_as_it_is(corpus: Corpus) -> None:
    recording = next(each for each in corpus if each.request["user"] == "embedding-size")
    answer = answer_of(recording, unpacked=True)

    assert Defect("tool-args")(recording, answer) == (answer, ("no room for defect tool-args",))


def test_a_recording_that_has_the_defect_already_has_room_for_another_one_alone(tmp_path: Path) -> None:
    unlike = [delta(role="assistant", content=""), *[delta(content="}") for _ in range(3)], delta(why="stop")]
    asked = USER | {"model": "m", "response_format": {"type": "json_object"}}
    broken = document([(n, each) for n, each in enumerate(events(unlike))], url=HOST + CHAT_PATH, body=asked)
    found = recexplore.load(written(tmp_path, broken=broken), progress=False)

    with pytest.raises(ValueError, match=r"defect json-format: no recording of .* has room for it"):
        defect_in(found, "json-format")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("run-gap", "the defect of run-gap cannot be replayed: it is about several runs"),
        ("legacy-hash", "it is about the name of a file"),
        ("realtime-lifecycle", "its events come over a WebSocket"),
        ("choice-bled", "there is no defect of a rule 'choice-bled'; near: choice-bleed"),
        ("zzz", "there is no defect of a rule 'zzz'; `recexplore replay --defect help` lists them"),
    ],
)
def test_a_rule_whose_defect_cannot_be_replayed_is_refused(rule: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Defect(rule)


def test_every_rule_has_a_defect_that_is_replayed_or_the_reason_why_not() -> None:
    assert {*REPLAYABLE, *WHY_NOT} == {rule.id for rule in RULES}
    assert not REPLAYABLE.keys() & WHY_NOT.keys()


STRANGE = (
    [{"choices": "wrong"}, {"choices": [5]}, {"choices": [{"delta": 5}]}, {"choices": [{"index": "x", "delta": {}}]}],
    ["text", 5, None, [], {"choices": [{"index": 0, "delta": {"tool_calls": [None, 5, {}, {"function": 5}]}}]}],
)


@pytest.mark.parametrize("chunks", STRANGE)
def test_strange_streams_have_no_room_and_raise_nothing(tmp_path: Path, chunks: list[Any]) -> None:
    body = b"".join(events([delta(role="assistant", content="a"), *chunks, delta(content="b")]))
    asked = {"model": "m", **USER, "tools": [5, {"function": 5}], "stop": [5], "response_format": 5}
    strange = document([(0, body)], url=HOST + CHAT_PATH, body=asked)
    (recording,) = recexplore.load(written(tmp_path, strange=strange), progress=False)
    answer = answer_of(recording, unpacked=True)

    for rule in REPLAYABLE:
        Defect(rule)(recording, answer)
