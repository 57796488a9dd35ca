"""Capture, load, compare, report, replay, capture again: the same events all the way round."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from capture_kit import running_proxy
from pandas.testing import assert_frame_equal
from raw_server import Script, ScriptedServer, script_of
from scripted_streams import (
    chat_error_midway,
    chat_text,
    chat_tool_calls,
    chat_two_choices,
    message_error_midway,
    message_text,
    message_tool_use,
)

import recexplore
from recexplore.corpus import Corpus, Recording

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
STREAMS: dict[str, tuple[str, Script]] = {
    "text": (CHAT, script_of(chat_text(["Grüße", ", ", "世界", " 🎈"]))),
    "two choices": (CHAT, script_of(chat_two_choices())),
    "tool calls": (CHAT, script_of(chat_tool_calls())),
    "error midway": (CHAT, script_of(chat_error_midway())),
    "cut in characters": (CHAT, script_of([b"".join(chat_text(["é"]))[n : n + 7] for n in range(0, 900, 7)], 0)),
    "broken off": (CHAT, script_of(chat_text(["one", " two"])[:3], ending="close")),
    "message": (MESSAGES, script_of(message_text(["Grüße", ", ", "世界"]))),
    "message with a tool": (MESSAGES, script_of(message_tool_use())),
    "message with an error": (MESSAGES, script_of(message_error_midway())),
}
OF_THE_FILE = ["recording", "t_s", "gap_s", "wall_time", "t_first_s", "t_last_s"]


def asked(url: str, path: str, folder: Path) -> bytes:
    """What a client receives through a recording proxy, as far as it comes."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    got = b""
    with running_proxy(url, folder) as proxy, httpx.Client(timeout=30) as client:
        try:
            with client.stream("POST", f"{proxy.url}{path}", json=body) as answer:
                for piece in answer.iter_raw():
                    got += piece
        except httpx.HTTPError:
            pass
    return got


def told(recording: Recording, frame: str) -> object:
    table = getattr(recording, frame)
    return table.drop(columns=[name for name in OF_THE_FILE if name in table])


def body_of(recording: Recording) -> str:
    return "".join(json.loads(Path(recording.facts["path"]).read_bytes())["wire"]["lines"])


@pytest.mark.parametrize("name", list(STREAMS))
def test_what_is_captured_of_a_replay_is_what_was_replayed(name: str, tmp_path: Path) -> None:
    path, script = STREAMS[name]
    with ScriptedServer(lambda _: script) as server:
        first = asked(server.url, path, tmp_path / "first")
    with recexplore.replaying(tmp_path / "first") as replay:
        second = asked(replay.url, path, tmp_path / "second")
    corpora: list[Corpus] = [recexplore.load(tmp_path / each) for each in ("first", "second")]
    (before,), (after,) = corpora

    assert first == second == script.body
    assert replay.misses == []
    assert body_of(before) == body_of(after) == first.decode()
    for frame in ("chunks", "events", "choices", "tool_calls", "usage"):
        assert_frame_equal(told(before, frame), told(after, frame))  # type: ignore[arg-type]
    facts = ["dialect", "clock", "t_zero", "status", "is_exception", "ended", "request_hash", "wire_format"]
    assert before.facts[facts].fillna("-").tolist() == after.facts[facts].fillna("-").tolist()
    # The recorder of OGX hashes the whole URL of plain HTTP, in which the port is another.
    assert path == MESSAGES or before.name == after.name
    assert before.findings["rule"].tolist() == after.findings["rule"].tolist()


def test_runs_that_were_captured_are_compared_reported_and_exported(tmp_path: Path) -> None:
    for number, words in enumerate((["A", " wren"], ["A", " wren"], ["A", " crow"])):
        script = script_of(chat_text(words))
        with ScriptedServer(lambda _, script=script: script) as server:
            asked(server.url, CHAT, tmp_path / "runs")
        assert len(list((tmp_path / "runs").glob("*.json"))) == number + 1
    corpus = recexplore.load(tmp_path / "runs")
    (group,) = recexplore.runs(corpus)
    comparison = recexplore.compare(group)
    recexplore.report(corpus, tmp_path / "report.html")
    corpus.export(tmp_path / "again", "llama-stack")
    again = recexplore.load(tmp_path / "again")

    assert sorted(comparison.runs["text"].value_counts()) == [1, 2]
    assert comparison.divergences["says"].str.contains("crow|wren").all()
    assert (tmp_path / "report.html").stat().st_size > 0
    assert sorted(each.text() for each in again) == sorted(each.text() for each in corpus)
    assert again.recordings["clock"].astype(str).tolist() == ["measured"] * len(corpus)
