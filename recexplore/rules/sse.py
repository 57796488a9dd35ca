"""The rule about server-sent events: data that is JSON, names that fit, and an end that is marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.exchange import DONE_MARK
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows

__all__ = ["RULES"]


def _sse_frame(streams: Streams) -> Iterator[Hit]:
    chunks = streams.chunks
    framed = chunks[
        streams.streamed[chunks["of"]] & (chunks["event"].notna() | chunks["bytes"].notna()).to_numpy(dtype=bool)
    ]
    framed = framed[streams.has(framed["of"], Trait.GENERATES)]
    named = framed[framed["event"].notna() & framed["object"].notna() & streams.has(framed["of"], Trait.NAMED_EVENTS)]
    for row in rows(named[(named["event"] != named["object"]).to_numpy(dtype=bool)].drop_duplicates("of")):
        message = f"The event of chunk {row.chunk} is named {quoted(row.event)}, its data says {quoted(row.object)}."
        yield Hit(row.of, message, chunk=row.chunk, evidence=f"event: {row.event}; type: {row.object}")
    unknown = streams.of_kind("unknown")
    is_object = unknown["text"].str.startswith("{").fillna(True).to_numpy(dtype=bool)
    texts = unknown[~is_object & unknown["of"].isin(framed["of"]) & unknown["choice"].isna()]
    for of, mine in grouped(texts, "of"):
        places = mine["chunk"].tolist()
        where = f"chunk{'s' if len(places) > 1 else ''} {listed(places)}"
        yield Hit(
            int(of),
            f"The data of {count(len(places), 'event')} is no JSON object: {where}.",
            chunk=int(places[0]),
            evidence=quoted(_said(mine["text"].iloc[0])),
        )
    yield from _unseparated(framed)
    yield from _no_done(streams, framed)


def _unseparated(framed: pd.DataFrame) -> Iterator[Hit]:
    """Documents that came as one event: what follows the first of them, no reader of events can tell from it."""
    noted = framed[framed["framing"].notna()]
    parts = noted[noted["framing"].str.contains('"parts":', regex=False).to_numpy(dtype=bool)]
    for of, mine in grouped(parts, "of"):
        first = mine.iloc[0]
        n = orjson.loads(first["framing"])["parts"]
        yield Hit(
            int(of),
            f"{count(len(mine), 'JSON document')} came without a blank line between them, {n} of them as the event of chunk "
            f"{first['chunk']}; a reader of events takes these for one, which is no JSON.",
            chunk=int(first["chunk"]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            evidence=f"{n} data lines in one event",
            severity="error",
        )


def _said(text: str) -> str:
    """The data as it came: a text that is no JSON is kept as a JSON string."""
    value = orjson.loads(text)
    return value if isinstance(value, str) else text


def _no_done(streams: Streams, framed: pd.DataFrame) -> Iterator[Hit]:
    """Only where the bytes of the stream were kept: recorders of parsed objects leave `[DONE]` out."""
    empty = streams.of_kind("empty")
    done = set(empty.loc[empty["text"] == DONE_MARK, "of"])
    wired = framed[framed["bytes"].notna() & streams.has(framed["of"], Trait.DONE_MARK)]
    finished = set(streams.finishes["of"])
    paths = streams.recordings["path"]
    events = set(wired.loc[wired["event"].notna() | wired["framing"].notna(), "of"])
    for of in wired.loc[~wired["of"].isin(done) & wired["of"].isin(finished), "of"].unique():
        # Lines of JSON have no such mark.
        if of in events or not paths[of].lower().endswith((".jsonl", ".ndjson", ".json", ".txt")):
            last = int(streams.recordings["n_chunks"][of]) - 1
            yield Hit(int(of), "The stream ends without `data: [DONE]`.", chunk=last, evidence=f"last chunk {last}")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "sse-frame",
        "The event stream is not as the API frames it",
        "warning",
        meaning="Strict readers stop at the first event that is not JSON, or wait for `[DONE]`.",
        cause="A proxy writes its own text into the stream, renames events, or closes it early.",
        remedy="Look at the raw chunk, and at who wrote it.",
        legal="Comments (`:` keep-alives). `[DONE]` is chat's and completions' only, though others send it too.",
        find=_sse_frame,
        needs=("wire",),
        sources=(
            "https://github.com/theopenco/llmgateway/issues/2053",
            "https://html.spec.whatwg.org/multipage/server-sent-events.html",
        ),
    ),
)
