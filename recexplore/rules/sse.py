"""The rule about server-sent events: data that is JSON, names that fit, and an end that is marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from recexplore.model.counts import count, plural
from recexplore.model.exchange import DONE_MARK
from recexplore.model.severities import Severity
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted, says
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows

__all__ = ["RULES"]

_TWICE: Final = 2


def _sse_frame(streams: Streams) -> Iterator[Hit]:
    chunks = streams.chunks
    framed = chunks[
        streams.streamed[chunks["of"]] & (chunks["event"].notna() | chunks["bytes"].notna()).to_numpy(dtype=bool)
    ]
    framed = framed[streams.has(framed["of"], Trait.GENERATES)]
    if framed.empty:
        return
    # Frames of Amazon's event stream have names of their own.
    events = framed[(streams.recordings["wire_format"] != "aws-event-stream").to_numpy(dtype=bool)[framed["of"]]]
    yield from _misnamed(streams, events)
    yield from _no_objects(streams, events)
    yield from _unseparated(streams, framed)
    yield from _prefixed(framed)
    yield from _outside(framed)
    yield from _done_marks(streams, framed)


def _misnamed(streams: Streams, events: pd.DataFrame) -> Iterator[Hit]:
    named = events[events["event"].notna() & events["object"].notna() & streams.has(events["of"], Trait.NAMED_EVENTS)]
    for row in rows(named[(named["event"] != named["object"]).to_numpy(dtype=bool)].drop_duplicates("of")):
        message = f"The event of chunk {row.chunk} is named {quoted(row.event)}, its data says {quoted(row.object)}."
        yield Hit(row.of, message, chunk=row.chunk, evidence=f"event: {row.event}; type: {row.object}")


def _no_objects(streams: Streams, events: pd.DataFrame) -> Iterator[Hit]:
    unknown = streams.of_kind("unknown")
    is_object = unknown["text"].str.startswith("{").fillna(True).to_numpy(dtype=bool)
    texts = unknown[~is_object & unknown["of"].isin(events["of"]) & unknown["choice"].isna()]
    if texts.empty:
        return
    # What an object holds in a wrong place or type is kept as text, too; the object itself leaves facts of its chunk.
    beside = streams.chunks[["n_choices", "object", "id", "extra"]].take(streams.chunk_rows(texts))
    bare = (beside["n_choices"] == 0) & beside[["object", "id", "extra"]].isna().all(axis=1)
    texts = texts[bare.to_numpy(dtype=bool)]
    joined = _with_framing(events, "parts")
    is_joined = pd.MultiIndex.from_frame(texts[["of", "chunk"]]).isin(pd.MultiIndex.from_frame(joined[["of", "chunk"]]))
    texts = texts[~is_joined]
    # What begins as an object and is none was to be a chunk: what it said is lost. A line of JSON may be the recorder's.
    begins = texts["text"].str.startswith('"{') & ~texts["of"].isin(streams.damaged) & _is_sse(streams, texts["of"])
    is_broken = begins.to_numpy(dtype=bool)
    yield from _told_no_objects(texts[is_broken], "error")
    yield from _told_no_objects(texts[~is_broken], "warning")


def _is_sse(streams: Streams, of: pd.Series[Any]) -> np.ndarray:
    """Whether recordings came as streams of events."""
    is_sse: np.ndarray = (streams.recordings["wire_format"] == "sse").to_numpy(dtype=bool)[of]
    return is_sse


def _told_no_objects(texts: pd.DataFrame, severity: Severity) -> Iterator[Hit]:
    for of, mine in grouped(texts, "of"):
        places = mine["chunk"].tolist()
        what = "begins as a JSON object and is none" if severity == "error" else "is no JSON object"
        lost = ", and what it said is lost" if severity == "error" else ""
        yield Hit(
            int(of),
            f"The data of {count(len(places), 'event')} {what}{lost}: {plural(len(places), 'chunk')} {listed(places)}.",
            chunk=int(places[0]),
            last_chunk=int(places[-1]),
            evidence=quoted(_said(mine["text"].iloc[0])),
            severity=severity,
        )


def _with_framing(framed: pd.DataFrame, key: str) -> pd.DataFrame:
    """The chunks of which something was noted that stood around them."""
    noted = framed[framed["framing"].notna()]
    return noted[noted["framing"].str.contains(f'"{key}":', regex=False).to_numpy(dtype=bool)]


def _unseparated(streams: Streams, framed: pd.DataFrame) -> Iterator[Hit]:
    """Documents that came as one event: what follows the first of them, no reader of events can tell from it."""
    parts = _with_framing(framed, "parts")
    if parts.empty:
        return
    unknown = streams.of_kind("unknown")
    texts = unknown[unknown["text"].str.startswith('"{').fillna(False).to_numpy(dtype=bool)]
    for of, mine in grouped(parts, "of"):
        first = mine.iloc[0]
        n = orjson.loads(first["framing"])["parts"]
        broken = texts[(texts["of"] == of).to_numpy() & texts["chunk"].isin(mine["chunk"]).to_numpy()]
        cut = f" That of chunk {broken['chunk'].iloc[0]} breaks off, and what it said is lost." if len(broken) else ""
        yield Hit(
            int(of),
            f"{count(len(mine), 'JSON document')} came without a blank line between them, {n} of them as the event of chunk "
            f"{first['chunk']}; a reader of events takes these for one, which is no JSON.{cut}",
            chunk=int(first["chunk"]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            evidence=quoted(_said(broken["text"].iloc[0])) if len(broken) else f"{n} documents in one event",
            severity="error",
        )


def _prefixed(framed: pd.DataFrame) -> Iterator[Hit]:
    """Data that begins with the name of its own field."""
    for of, mine in grouped(_with_framing(framed, "prefix"), "of"):
        prefix = orjson.loads(mine["framing"].iloc[0])["prefix"]
        yield Hit(
            int(of),
            f"`data:` stands twice before the data of {count(len(mine), 'event')}; what a reader of events gets begins with "
            f"{quoted(prefix.strip())}, which is no JSON.",
            chunk=int(mine["chunk"].iloc[0]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            evidence=f"data: {prefix.strip()} …",
            severity="error",
        )


def _outside(framed: pd.DataFrame) -> Iterator[Hit]:
    """Documents that no data line holds."""
    for of, mine in grouped(_with_framing(framed, "outside"), "of"):
        yield Hit(
            int(of),
            f"{count(len(mine), 'line')} of the stream {'is' if len(mine) == 1 else 'are'} JSON without `data:` before it: "
            f"{plural(len(mine), 'chunk')} {listed(mine['chunk'].tolist())}. A reader of events passes over that, and as a "
            "whole the body is no JSON.",
            chunk=int(mine["chunk"].iloc[0]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            evidence="JSON outside any data line",
            severity="error",
        )


def _said(text: str) -> str:
    """The data as it came: a text that is no JSON is kept as a JSON string."""
    value = orjson.loads(text)
    return value if isinstance(value, str) else text


def _done_marks(streams: Streams, framed: pd.DataFrame) -> Iterator[Hit]:
    """Only where the bytes of a stream of events were kept: recorders of parsed objects leave `[DONE]` out."""
    empty = streams.of_kind("empty")
    marks = empty[(empty["text"] == DONE_MARK).to_numpy(dtype=bool)]
    wired = framed[
        framed["bytes"].notna() & _is_sse(streams, framed["of"]) & streams.has(framed["of"], Trait.DONE_MARK)
    ]
    # After an error nothing is owed, and what a damaged file lost nobody knows.
    failed = streams.recordings.index[streams.recordings["error"].notna().to_numpy()]
    excused = np.concatenate([failed.to_numpy(), streams.damaged, marks["of"].to_numpy()])
    ended = wired["of"].isin(streams.finishes["of"]) & ~wired["of"].isin(excused) & ~streams.is_open_ended[wired["of"]]
    for of in wired.loc[ended.to_numpy(dtype=bool), "of"].unique():
        last = int(streams.recordings["n_chunks"][of]) - 1
        message = "The stream ends without `data: [DONE]`, after a finish reason came."
        yield Hit(int(of), message, chunk=last, evidence=f"last chunk {last}", severity="note")
    for of, mine in grouped(marks[marks["of"].duplicated(keep=False)], "of"):
        first, *others = mine["chunk"].tolist()
        often = "twice" if len(mine) == _TWICE else f"{len(mine)} times"
        yield Hit(
            int(of),
            f"`data: [DONE]` is sent {often}: in chunk {first}, and again in "
            f"{plural(len(others), 'chunk')} {listed(others)}.",
            chunk=int(others[0]),
            last_chunk=int(others[-1]),
            evidence=f"data: {DONE_MARK} in chunks {listed([first, *others])}",
            severity="note",
        )


def _foreign_event(streams: Streams) -> Iterator[Hit]:
    unknown = streams.of_kind("unknown")
    unknown = unknown[unknown["choice"].isna().to_numpy(dtype=bool) & streams.streamed[unknown["of"]]]
    is_object = unknown["text"].str.startswith("{").fillna(False).to_numpy(dtype=bool)
    unknown = unknown[is_object & streams.has(unknown["of"], Trait.NO_EMPTY_CHUNKS)]
    if unknown.empty:
        return
    beside = streams.chunks[["event", "n_choices", "object", "damage"]].take(streams.chunk_rows(unknown))
    # A chunk that says what it is is one of the API's, whatever its server added.
    is_foreign = (beside["n_choices"] == 0) & beside["object"].isna() & beside["damage"].isna()
    for of, mine in grouped(unknown.assign(event=beside["event"].to_numpy())[is_foreign.to_numpy(dtype=bool)], "of"):
        places, names = mine["chunk"].tolist(), mine["event"].dropna().unique()
        named = f", named {listed(map(quoted, names))}," if len(names) else ""
        yield Hit(
            int(of),
            f"{says(len(places), 'event', 'is', 'are')}{named} nothing that this API sends: "
            f"{plural(len(places), 'chunk')} {listed(places)}.",
            chunk=int(places[0]),
            last_chunk=int(places[-1]),
            evidence=quoted(mine["text"].iloc[0]),
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "sse-frame",
        "The event stream is not as the API frames it",
        "warning",
        meaning="Strict readers stop at the first event that is not JSON; some wait for `[DONE]`.",
        cause="A proxy writes its own text into the stream, frames what was framed already, renames events, or closes it "
        "early.",
        remedy="Look at the raw chunk, and at who wrote it.",
        legal="Comments (`:` keep-alives), and names of frames of Amazon's event stream. `[DONE]` is missed only in a "
        "stream of events whose bytes were kept and whose API sends it, as chat's and completions' do: a note, for the "
        "answer has finished. `[DONE]` twice is a note, too.",
        find=_sse_frame,
        covered_by=("inband-error",),
        needs=("wire",),
        sources=(
            "https://github.com/theopenco/llmgateway/issues/2053",
            "https://github.com/openclaw/openclaw/pull/97474",
            "https://github.com/decolua/9router/issues/3492",
            "https://html.spec.whatwg.org/multipage/server-sent-events.html",
        ),
    ),
    Rule(
        "foreign-event",
        "An event of no such API",
        "warning",
        meaning="Clients take every event for a chunk of the answer: those that read `choices` of it raise.",
        cause="A gateway or proxy reports on its own work between the chunks: progress, metadata, keep-alives as data.",
        remedy="Send it as a comment (a line that begins with a colon), or in a stream of its own.",
        legal="Comments, `[DONE]`, errors (told as such), and fields that are added to a chunk. APIs that name their events "
        "ask clients to pass over names they do not know.",
        find=_foreign_event,
        covered_by=("inband-error",),
        traits=frozenset({Trait.NO_EMPTY_CHUNKS}),
        sources=("https://html.spec.whatwg.org/multipage/server-sent-events.html",),
    ),
)
