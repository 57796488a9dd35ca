"""Streams that their client left, or that are still coming: nobody is blamed for what nobody saw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import orjson
import pytest
from journal_kit import journal_bytes

import recexplore
from recexplore.capture.journal.finish import finish
from recexplore.corpus import Corpus, Recording
from recexplore.share.exports.wire_text import event_stream

EXAMPLES = Path(recexplore.__file__).parent / "rules" / "examples"
TELLS_BETTER = {"think-tags": "think-orphan"}
"""What is told of tags whose partner may have been to come, in place of what is told of those without one."""


def streams_in(corpus: Corpus) -> Iterator[tuple[Recording, list[str]]]:
    """Recorded streams of several events, as the events came over the wire."""
    for recording in corpus:
        exchange = recording.exchange
        if exchange.streaming and exchange.wire_format in (None, "sse") and len(exchange.chunks) > 1:
            events = [f"{event}\n\n" for event in event_stream(exchange).split("\n\n") if event]
            if len(events) > 1:
                yield recording, events


def journal(recording: Recording, events: list[str], unended: str, how: str | None) -> bytes:
    """The journal of a stream of which these events came, and the beginning of another."""
    exchange, url = recording.exchange, recording.exchange.url or f"http://localhost{recording.exchange.endpoint}"
    reads = [(3 + at, event.encode("utf-8", "surrogatepass")) for at, event in enumerate([*events, unended])]
    return journal_bytes(url, orjson.dumps(exchange.request), reads, end=None if how is None else (10_000, how))


@pytest.mark.parametrize("how", ["client gone", None])
def test_only_what_was_wrong_before_the_end_is_told(tmp_path: Path, how: str | None) -> None:
    rng, whole = Random(7), recexplore.load([EXAMPLES, "recordings/made"], cache=False)
    of: dict[str, str] = {}
    for number, (recording, events) in enumerate(streams_in(whole)):
        at = rng.randrange(1, len(events))
        unended = events[at].rstrip("\n")
        name = f"x{number:04}"
        (tmp_path / f"{name}.journal.jsonl").write_bytes(
            journal(recording, events[:at], unended[: rng.randrange(len(unended) + 1)], how)
        )
        of[name] = recording.id
    left = recexplore.load(tmp_path, cache=False)
    of = {each.id: of[Path(each.facts["path"]).name.split(".")[0]] for each in left}
    told = whole.findings.groupby("recording")["rule"].agg(set)
    new = [
        (finding.rule, of[finding.recording], finding.message)
        for finding in left.findings.itertuples()
        if not {finding.rule, TELLS_BETTER.get(finding.rule)} & told.get(of[finding.recording], set())
        and not finding.rule.startswith("run-")
    ]

    assert len(left) == len(of) > 100
    assert left.problems.empty
    assert left.recordings["ended"].unique().tolist() == [how or "not yet"]
    assert left.recordings["error"].isna().all() or how is None
    assert new == []


def test_a_stream_that_the_server_broke_off_is_told(tmp_path: Path) -> None:
    event = 'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n'
    recording = recexplore.from_chunks(event * 2, url="http://localhost/v1/chat/completions", request={"model": "m"})
    (tmp_path / "a.journal.jsonl").write_bytes(journal(recording, [event, event], event[:40], "server broke off"))
    corpus = recexplore.load(tmp_path)
    found = corpus[0]

    assert corpus.problems.empty
    assert found.facts[["ended", "error", "n_chunks"]].tolist() == ["server broke off", "server broke off", 2]
    assert orjson.loads(found.facts["extra"])["unended"] is not None
    findings = corpus.findings.set_index("rule")["message"]
    assert "The server broke the stream off after 2 chunks." in findings["recorded-exception"]


CHUNK = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":%s}]}\n\n'
)
TEXT = [CHUNK % b'{"role":"assistant","content":"one"}', *[CHUNK % b'{"content":" two"}'] * 5]
FINISH = CHUNK.replace(b'"delta"', b'"finish_reason":"stop","delta"') % b"{}"
MS = 1_000_000


@pytest.mark.parametrize(
    ("events", "ended_ms", "how", "words"),
    [
        (
            TEXT,
            3_100,
            "client gone",
            "Nothing came for 2.98 s after chunk 5, from 0.12 s to 3.10 s, then the client left.",
        ),
        (TEXT, 3_100, "server broke off", "then the server broke off"),
        (TEXT[:1], 3_100, "stopped", "after chunk 0"),
        (TEXT, 300, "client gone", None),  # left while it went on
        (TEXT[:1], 600, "client gone", None),
        ([*TEXT, FINISH], 3_100, "client gone", None),
        ([*TEXT, FINISH], 3_100, "complete", None),
    ],
)
def test_a_silence_that_somebody_gave_up_on_is_a_stall(
    tmp_path: Path, events: list[bytes], ended_ms: int, how: str, words: str | None
) -> None:
    reads = [((at + 1) * 20 * MS, event) for at, event in enumerate(events)]
    body = orjson.dumps({"model": "m", "messages": [], "stream": True})
    journal = tmp_path / "a.journal.jsonl"
    url = "http://localhost/v1/chat/completions"
    journal.write_bytes(journal_bytes(url, body, reads, sent_ns=0, end=(ended_ms * MS, how)))
    of_journal = recexplore.load(journal)
    finish(journal)
    of_recording = recexplore.load(tmp_path)

    for corpus in (of_journal, of_recording):
        assert corpus.recordings["ended_s"].item() == pytest.approx(ended_ms / 1000)
        stalls = corpus.findings.loc[corpus.findings["rule"] == "stall", "message"].tolist()
        assert len(stalls) == (words is not None)
        assert words is None or words in stalls[0]
