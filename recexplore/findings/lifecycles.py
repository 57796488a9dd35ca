"""Rules about the order of events: Anthropic's blocks, Responses' items, and the frames of server-sent events."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pandas as pd

from recexplore.findings.quoting import count, listed, quoted
from recexplore.findings.rule import GENERATIVE, Hit, Rule
from recexplore.findings.streams import Streams, grouped, rows

__all__ = ["RULES"]

_NAMED: Final = ("anthropic", "openai_responses")
"""Dialects whose events carry their own name in `type`."""
_ENDED: Final = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


def _chunks(streams: Streams, *dialects: str) -> Iterator[tuple[int, pd.DataFrame]]:
    """The chunks of each stream of these dialects that was recorded whole."""
    chunks = streams.chunks
    mine = chunks[streams.streamed[chunks["of"]] & streams.is_dialect(chunks["of"], *dialects)]
    for of, found in grouped(mine, "of"):
        yield int(of), found


def _anthropic(streams: Streams) -> Iterator[Hit]:
    failed, mixed = set(streams.of_kind("error")["of"]), _mixed_blocks(streams)
    for of, chunks in _chunks(streams, "anthropic"):
        kinds = chunks["object"].tolist()
        if "message_start" not in kinds:
            continue  # a whole message, or the older text completions
        blocks = [beside.get("index") for beside in _beside(chunks)]
        steps = list(zip(chunks["chunk"].tolist(), kinds, blocks, strict=True))
        broken = sorted([*_broken_steps(steps, ended=of in failed), *mixed.get(of, ())], key=lambda step: step[0])
        if broken:
            chunk, said = broken[0]
            more = f" ({len(broken) - 1} more beside it or because of it)" if len(broken) > 1 else ""
            yield Hit(
                of, f"The order of events is broken: {said}{more}.", chunk, choice=0, evidence=_told(steps, chunk)
            )


def _mixed_blocks(streams: Streams) -> dict[int, list[tuple[int, str]]]:
    """Blocks that hold both a tool call and text: a delta of another kind than its block."""
    payload = streams.payload
    mine = payload[streams.is_dialect(payload["of"], "anthropic") & payload["block"].notna().to_numpy(dtype=bool)]
    is_call = (mine["kind"] == "tool_call").to_numpy(dtype=bool)
    place = mine["key"] * 4096 + mine["block"].astype("int64")
    both = mine[place.isin(place[is_call]) & place.isin(place[~is_call])]
    found: dict[int, list[tuple[int, str]]] = {}
    for _, block in grouped(both, ["key", "block"]):
        odd = block[block["kind"] != block["kind"].iloc[0]].iloc[0]
        began, now = (_KINDS.get(str(kind), "text") for kind in (block["kind"].iloc[0], odd["kind"]))
        said = f"block {odd['block']} began as {began}, in chunk {odd['chunk']} it gets {now}"
        found.setdefault(int(odd["of"]), []).append((int(odd["chunk"]), said))
    return found


_KINDS: Final = {"tool_call": "a tool call", "reasoning": "thinking"}


def _beside(chunks: pd.DataFrame) -> list[dict[str, Any]]:
    """What each chunk carries that no column holds."""
    return [orjson.loads(extra) if isinstance(extra, str) else {} for extra in chunks["extra"]]


def _broken_steps(steps: list[tuple[int, Any, int | None]], *, ended: bool) -> Iterator[tuple[int, str]]:
    """Where blocks are not opened, filled and closed one after the other, and the message not begun and ended once."""
    is_open: int | None = None
    seen: set[int | None] = set()
    started = stopped = False
    for at, kind, block in steps:
        if stopped and kind in _OF_MESSAGE:
            yield at, f"{kind} in chunk {at} comes after message_stop"
        if kind == "message_start":
            if started:
                yield at, f"a second message_start in chunk {at}"
            started = True
        elif kind == "content_block_start":
            if is_open is not None:
                yield at, f"block {block} starts in chunk {at} while block {is_open} is open"
            if block in seen:
                yield at, f"block {block} starts a second time in chunk {at}"
            elif block != len(seen):
                yield at, f"block {block} starts in chunk {at} where {len(seen)} is next"
            is_open = block
            seen.add(block)
        elif kind == "content_block_delta" and block != is_open:
            what = "no block is open" if is_open is None else f"block {is_open} is"
            yield at, f"a delta for block {block} comes in chunk {at} while {what}"
        elif kind == "content_block_stop":
            if block != is_open:
                yield at, f"block {block} stops in chunk {at} without being open"
            is_open = None
        elif kind == "message_stop":
            if is_open is not None:
                yield at, f"message_stop comes in chunk {at} while block {is_open} is open"
            stopped = True
    if not stopped and not ended and steps:
        yield steps[-1][0], f"the recording ends at chunk {steps[-1][0]} without message_stop"


_OF_MESSAGE: Final = (
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_start",
)


def _told(steps: list[tuple[int, Any, int | None]], chunk: int) -> str:
    near = [step for step in steps if chunk - 2 <= step[0] <= chunk + 1]
    return ", ".join(f"{at}: {kind}{'' if block is None else f' (block {block})'}" for at, kind, block in near)


def _responses(streams: Streams) -> Iterator[Hit]:
    for of, chunks in _chunks(streams, "openai_responses"):
        if not chunks["object"].str.startswith("response.").fillna(False).any():
            continue
        rows = list(zip(chunks["chunk"].tolist(), chunks["object"].tolist(), _beside(chunks), strict=True))
        yield from _sequence(of, rows)
        yield from _items(of, rows)
    yield from _done_texts(streams)


_Rows = list[tuple[int, Any, dict[str, Any]]]


def _sequence(of: int, rows: _Rows) -> Iterator[Hit]:
    numbers = [(at, beside["sequence_number"]) for at, _, beside in rows if type(beside.get("sequence_number")) is int]
    for (_, before), (at, number) in itertools.pairwise(numbers):
        if number <= before:
            message = f"sequence_number does not rise in chunk {at}: {number} follows {before}."
            yield Hit(of, message, chunk=at, evidence=f"{before} → {number}")
            return


def _items(of: int, rows: _Rows) -> Iterator[Hit]:
    """An output item keeps one id from `output_item.added` to the end of it."""
    ids: dict[Any, tuple[int, Any]] = {}
    for at, kind, beside in rows:
        place, item = beside.get("output_index"), beside.get("item_id")
        if place is None or not isinstance(item, str) or not isinstance(kind, str):
            continue
        first_at, known = ids.setdefault(place, (at, item))
        if item != known:
            yield Hit(
                of,
                f"Output item {place} is {quoted(known)} in chunk {first_at} and {quoted(item)} in chunk {at}.",
                chunk=at,
                evidence=f"{known} → {item}",
            )
            return


def _done_texts(streams: Streams) -> Iterator[Hit]:
    """What is told whole at the end of a text is what its deltas said."""
    events = streams.events[streams.is_dialect(streams.events["of"], "openai_responses")]
    repeated = events[(events["kind"] == "empty") & events["text"].notna() & events["block"].notna()]
    if repeated.empty:
        return
    objects = streams.chunks.set_index(["of", "chunk"])["object"]
    for row in rows(repeated):
        kind = objects.get((row.of, row.chunk))
        if kind not in _DONE:
            continue
        spoken, field = _DONE[kind]
        whole = orjson.loads(row.text).get(field)
        before = events[(events["of"] == row.of) & (events["block"] == row.block) & (events["chunk"] < row.chunk)]
        parts = _since_last_done(before[before["kind"] == spoken], objects, row.of, kind, before)
        said = "".join(parts["text"].fillna(""))
        if isinstance(whole, str) and whole != said:
            at = next(
                (i for i, (a, b) in enumerate(zip(whole, said, strict=False)) if a != b), min(len(whole), len(said))
            )
            yield Hit(
                row.of,
                f"The deltas of output item {row.block} are not what {kind} says at the end: they part at character "
                f"{at} ({count(len(said), 'character')} in deltas, {len(whole):,} at the end).",
                chunk=int(parts["chunk"].iloc[0]) if len(parts) else row.chunk,
                last_chunk=row.chunk,
                choice=0,
                evidence=f"deltas {quoted(said[max(0, at - 20) : at + 20])}, end "
                f"{quoted(whole[max(0, at - 20) : at + 20])}",
            )


_DONE: Final = {
    "response.output_text.done": ("content", "text"),
    "response.refusal.done": ("refusal", "refusal"),
    "response.reasoning_text.done": ("reasoning", "text"),
    "response.reasoning_summary_text.done": ("reasoning", "text"),
    "response.function_call_arguments.done": ("tool_call", "arguments"),
}


def _since_last_done(
    spoken: pd.DataFrame, objects: pd.Series[Any], of: int, kind: Any, before: pd.DataFrame
) -> pd.DataFrame:
    """An item may have several parts, each with an end of its own."""
    ends = [at for at in before.loc[before["kind"] == "empty", "chunk"].unique() if objects.get((of, at)) == kind]
    return spoken[spoken["chunk"] > ends[-1]] if ends else spoken


def _sse_frame(streams: Streams) -> Iterator[Hit]:
    chunks = streams.chunks
    framed = chunks[
        streams.streamed[chunks["of"]] & (chunks["event"].notna() | chunks["bytes"].notna()).to_numpy(dtype=bool)
    ]
    framed = framed[streams.is_dialect(framed["of"], *GENERATIVE)]
    named = framed[framed["event"].notna() & framed["object"].notna() & streams.is_dialect(framed["of"], *_NAMED)]
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
    yield from _no_done(streams, framed)


def _said(text: str) -> str:
    """The data as it came: a text that is no JSON is kept as a JSON string."""
    value = orjson.loads(text)
    return value if isinstance(value, str) else text


def _no_done(streams: Streams, framed: pd.DataFrame) -> Iterator[Hit]:
    """Only where the bytes of the stream were kept: recorders of parsed objects leave `[DONE]` out."""
    empty = streams.of_kind("empty")
    done = set(empty.loc[empty["text"] == "[DONE]", "of"])
    wired = framed[framed["bytes"].notna() & streams.is_dialect(framed["of"], "openai_chat", "openai_completions")]
    finished = set(streams.finishes["of"])
    paths = streams.recordings["path"]
    for of in wired.loc[~wired["of"].isin(done) & wired["of"].isin(finished), "of"].unique():
        # Lines of JSON have no such mark.
        if not paths[of].lower().endswith((".jsonl", ".ndjson")):
            last = int(streams.recordings["n_chunks"][of]) - 1
            yield Hit(int(of), "The stream ends without `data: [DONE]`.", chunk=last, evidence=f"last chunk {last}")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "anthropic-lifecycle",
        "Anthropic's events out of order",
        "error",
        meaning="SDKs raise, or put a delta into the wrong block.",
        cause="A gateway translates another API's stream and gets the blocks wrong, or the connection broke.",
        remedy="Each block is started, filled and stopped before the next; message_stop comes last.",
        legal="`ping`, and events that are not known. After an error the rest is not missed.",
        find=_anthropic,
        dialects=("anthropic",),
        sources=(
            "https://github.com/anthropics/anthropic-sdk-python/issues/1273",
            "https://docs.anthropic.com/en/docs/build-with-claude/streaming",
        ),
    ),
    Rule(
        "responses-lifecycle",
        "Responses' events do not agree",
        "error",
        meaning="Clients that build the answer from deltas show another text than those that wait for the end.",
        cause="A gateway loses or repeats deltas, or makes new ids for the same item.",
        remedy="Compare the deltas with the text at the end, at the character where they part.",
        legal="Items that take turns.",
        find=_responses,
        dialects=("openai_responses",),
        sources=("https://github.com/EricLBuehler/mistral.rs/issues/1944", "https://github.com/ogx-ai/ogx/issues/5309"),
    ),
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
