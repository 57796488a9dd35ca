"""Rules about how an answer ends: that it does, why, and what comes after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.exchange import DONE_MARK
from recexplore.model.kinds import BESIDE_KINDS
from recexplore.model.notes import Note
from recexplore.model.severities import Severity
from recexplore.model.span import Span
from recexplore.model.traits import Trait
from recexplore.read.registry import known
from recexplore.rules.quoting import ends_with, listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

LAST_CHARS: Final = 60
"""How much of the end of an answer shows where it broke off."""
_OK: Final = 200
_ANSWERING: Final = (_OK, 201)
"""Statuses with which an answer comes: 202 promises one for later."""


_WHOLE: Final = "chat.completion"
"""What a chunk is called that is no chunk."""


def _no_finish(streams: Streams) -> Iterator[Hit]:
    answers = streams.answers
    of = answers["of"]
    is_lost = ~(answers["key"].isin(streams.finishes["key"]) | of.isin(streams.miscounted)).to_numpy()
    is_lost &= answers["error"].isna().to_numpy()
    is_lost &= streams.has(of, Trait.GENERATES) & ~streams.has(of, Trait.NO_FINISH)
    if is_lost.any():
        lost = answers[is_lost]
        # What a guardrail puts in an answer's place has no reason.
        replaced = lost["key"].isin(streams.noted(Note.INTERVENED)["key"])
        yield from _unfinished(streams, lost[~replaced & ~_explained(streams, lost)])
    yield from _no_answer(streams)


def _explained(streams: Streams, lost: pd.DataFrame) -> np.ndarray:
    """Where an error was written between the events, or what followed could not be read: that is what is wrong there."""
    unknown = streams.of_kind("unknown")
    is_text = ~unknown["text"].str.startswith("{").fillna(False)
    unread = unknown[(unknown["choice"].isna() & is_text).to_numpy(dtype=bool)]
    # Only of events on the wire is it told that their data cannot be read.
    chunks = streams.chunks
    wired = chunks.loc[(chunks["bytes"].notna() | chunks["event"].notna()).to_numpy(dtype=bool), "of"]
    last = unread[unread["of"].isin(wired)].groupby("of")["chunk"].max()
    behind = last.reindex(lost["of"]).to_numpy(dtype=float) >= lost["last_chunk"].to_numpy()
    return np.asarray(lost["of"].isin(streams.stray_errors["of"]).to_numpy() | behind)


def _unfinished(streams: Streams, lost: pd.DataFrame) -> Iterator[Hit]:
    empty = streams.of_kind("empty")
    done = empty[(empty["text"] == DONE_MARK).to_numpy(dtype=bool)].drop_duplicates("of").set_index("of")["chunk"]
    undone = streams.noted(Note.NOT_DONE).drop_duplicates("key").set_index("key")[["chunk", "text"]]
    damaged = set(streams.damaged)
    for row in rows(lost):
        message, severity = f"Choice {row.choice} never finishes: ", "error"
        if row.of in damaged:
            message, severity = f"The file breaks off before choice {row.choice} has finished", "warning"
            message += f", in chunk {row.n_chunks - 1}: what came after it is not known."
        elif row.key in undone.index:
            at, why = undone.loc[row.key]
            message += (
                f"chunk {at} says why it ended, {quoted(why)}, and not that it is done; clients wait on, or raise."
            )
        elif not streams.streamed[row.of]:
            message, severity = f"Choice {row.choice} carries no finish reason: ", "warning"
            message += "nobody can tell whether the answer is whole or was cut."
        elif row.of in done.index:
            message += f"no finish reason came for it, and yet chunk {done[row.of]} marks the stream as done; a client "
            message += "cannot tell half an answer from a whole one."
        else:
            message += f"the recording ends at chunk {row.n_chunks - 1}, and no finish reason came for it."
        evidence, spans = _last_words(streams, row.key)
        yield Hit(
            row.of,
            message,
            chunk=row.last_chunk,
            choice=row.choice,
            evidence=evidence or f"last chunk {row.n_chunks - 1}",
            severity=severity,  # type: ignore[arg-type]
            spans=spans,
        )


def _last_words(streams: Streams, key: int) -> tuple[str | None, tuple[Span, ...]]:
    """How far a choice came: the end of its text, or of a call's arguments, whichever it said last."""
    mine = streams.payload_of(key)
    if mine.empty:
        return None, ()
    last = mine.iloc[-1]
    is_last = (mine["kind"] == last["kind"]).to_numpy(dtype=bool)
    mine = mine if is_last.all() else mine[is_last]
    named = ""
    if last["kind"] == "tool_call":
        mine = mine[(mine["tool_index"] == last["tool_index"]).fillna(False).to_numpy(dtype=bool)]
        names = mine["tool_name"].dropna().tolist()
        named = f" of {names[0]}" if names else ""
    text = "".join(mine["text"].dropna())
    what = f"last arguments{named}" if last["kind"] == "tool_call" else "last text"
    if not text:
        return f"{what}: none", ()
    spans = stretch_of(mine, max(0, len(text) - LAST_CHARS), len(text)).spans
    return f"{what}: {quoted(ends_with(text, LAST_CHARS))}", spans


def _no_answer(streams: Streams) -> Iterator[Hit]:
    """Streams in which no choice ever spoke."""
    recordings = streams.recordings
    is_silent = (recordings["n_choices"] == 0).to_numpy()
    if not is_silent.any():
        return
    filtered = set(streams.of_kind("filter", *BESIDE_KINDS)["of"]) | set(streams.stray_errors["of"])
    nothing = is_silent & (streams.streamed | (recordings["n_chunks"] > 0).to_numpy())
    silent = recordings[nothing & recordings["error"].isna().to_numpy()]
    for row in rows(silent):
        if row.Index not in filtered and streams.has(row.Index, Trait.GENERATES):
            message = f"The recording holds no answer: {count(row.n_chunks, 'chunk')}, and none belongs to a choice."
            severity: Severity = "error" if streams.streamed[row.Index] else "warning"
            yield Hit(row.Index, message, evidence=count(row.n_chunks, "chunk"), severity=severity)
    yield from _no_api(streams, recordings[is_silent & ~streams.streamed])


def _no_api(streams: Streams, silent: pd.DataFrame) -> Iterator[Hit]:
    """Bodies in no format of a model's answer, with which a request succeeded that asked one for an answer."""
    silent = silent[silent["error"].isna().to_numpy() & silent["endpoint"].notna().to_numpy()]
    silent = silent[
        ~streams.has(silent.index, Trait.GENERATES) & ~silent["is_exception"].fillna(False).to_numpy(dtype=bool)
    ]
    silent = silent[silent["status"].fillna(_OK).isin(_ANSWERING).to_numpy(dtype=bool)]
    for row in rows(silent.assign(asked=streams.requests["input_fields"].reindex(silent.index))):
        if not isinstance(row.asked, str) or not (apis := _apis_asked(row.endpoint, set(row.asked.split(" ")))):
            continue
        bodies = streams.events.loc[streams.events["of"] == row.Index, "text"].dropna().head(1).tolist()
        yield Hit(
            row.Index,
            f"The recording holds no answer: the request was one for {listed(apis)} and succeeded, and what came back is no "
            "answer of a model.",
            chunk=0 if row.n_chunks else None,
            evidence=f"body {quoted(bodies[0])}" if bodies else "an empty body",
            severity="warning",
        )


def _apis_asked(endpoint: str, asked: set[str]) -> list[str]:
    """The APIs at whose address a request with such fields asks a model; a message of a thread waits for its run."""
    every = known().with_traits(Trait.GENERATES, Trait.PATH_TELLS_FORMAT)
    return [
        api.title
        for api in every
        if endpoint.endswith(api.endpoints) and asked & set(api.request.messages) and Trait.RUN_EVENTS not in api.traits
    ]


def _after_finish(streams: Streams) -> Iterator[Hit]:
    finishes, first = streams.finishes, streams.first_finish
    late = streams.payload[streams.after_finish > 0]
    # Older Gemini models say STOP with every chunk: what came with a reason of its own is in order.
    may_go_on = streams.has(late["of"], Trait.FINISH_IN_EVERY_CHUNK)
    if may_go_on.any():
        own = pd.MultiIndex.from_frame(finishes[["key", "chunk"]])
        late = late[~(may_go_on & pd.MultiIndex.from_frame(late[["key", "chunk"]]).isin(own))]
    for key, mine in grouped(late, "key"):
        chunks = mine["chunk"]
        text = "".join(mine["text"].dropna())
        is_blank = not text.strip() and bool(mine["tool_name"].isna().all())
        yield Hit(
            int(mine["of"].iloc[0]),
            f"Choice {mine['choice'].iloc[0]} goes on after its finish in chunk {first['chunk'][key]}: "
            f"{count(len(text), 'character')} in {count(chunks.nunique(), 'chunk')}.",
            chunk=int(chunks.iloc[0]),
            last_chunk=int(chunks.iloc[-1]),
            choice=int(mine["choice"].iloc[0]),
            evidence=quoted(text) if text else str(mine["tool_name"].iloc[0]),
            severity="warning" if is_blank else None,
            spans=stretch_of(mine).spans if text else (),
        )
    if not finishes["key"].duplicated().any():
        return
    again = finishes[finishes["finish_reason"].notna()].drop_duplicates(["key", "finish_reason"])
    again = again[again.duplicated("key") & ~_is_cut(streams, again)]
    # Where every chunk has a reason, the last one counts.
    again = again[~streams.has(again["of"], Trait.FINISH_IN_EVERY_CHUNK) | again["key"].isin(late["key"])]
    for row in rows(again):
        yield Hit(
            row.of,
            f"Choice {row.choice} finishes twice, each time for another reason: chunk {first['chunk'][row.key]} says "
            f"{quoted(first['finish_reason'][row.key])}, chunk {row.chunk} says {quoted(row.finish_reason)}.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"finish_reason {quoted(row.finish_reason)}",
        )


def _finish_repeated(streams: Streams) -> Iterator[Hit]:
    finishes = streams.finishes
    if not finishes["key"].duplicated().any():
        return
    finishes = finishes[finishes["finish_reason"].notna() & ~streams.has(finishes["of"], Trait.FINISH_IN_EVERY_CHUNK)]
    told = finishes.drop_duplicates(["key", "finish_reason", "chunk"])
    again = told[told.duplicated(["key", "finish_reason"])]
    first = told.drop_duplicates(["key", "finish_reason"]).set_index(["key", "finish_reason"])["chunk"]
    for (key, reason), mine in grouped(again, ["key", "finish_reason"]):
        head = mine.iloc[0]
        times = "again" if len(mine) == 1 else f"{len(mine)} times more"
        where = f"in chunk {head['chunk']}" if len(mine) == 1 else f"from chunk {head['chunk']} on"
        yield Hit(
            int(head["of"]),
            f"Choice {head['choice']} finishes {times} with {quoted(reason)}, {where}, after it did so in chunk "
            f"{first[key, reason]}; a client that acts on every finish reason acts once too often.",
            chunk=int(head["chunk"]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            choice=int(head["choice"]),
            evidence=f"finish_reason {quoted(reason)} in chunks {listed([first[key, reason], *mine['chunk']])}",
        )


def _is_cut(streams: Streams, events: pd.DataFrame) -> np.ndarray:
    """Events of a chunk that the damage of the file reaches into: their values may be cut."""
    if not len(streams.damaged):
        return np.zeros(len(events), dtype=bool)
    chunks = streams.chunks
    cut = pd.MultiIndex.from_frame(chunks.loc[(chunks["damage"] == "cut").fillna(False).to_numpy(), ["of", "chunk"]])
    return np.asarray(pd.MultiIndex.from_frame(events[["of", "chunk"]]).isin(cut))


def _payload_in_finish(streams: Streams) -> Iterator[Hit]:
    with_end = streams.payload[streams.after_finish == 0]
    with_end = with_end[streams.streamed[with_end["of"]] & streams.has(with_end["of"], Trait.DELTAS)]
    # A whole answer among events has its text and its end in one object.
    whole = with_end[(streams.chunks["object"].take(streams.chunk_rows(with_end)) == _WHOLE).to_numpy(dtype=bool)]
    before = streams.payload.loc[streams.after_finish < 0, "key"]
    with_end = with_end[~with_end.index.isin(whole.index[~whole["key"].isin(before)])]
    # Only what is told: a row of all columns costs as much as the rest of it.
    told = with_end[["of", "key", "choice", "chunk", "kind", "text", "tool_name"]]
    for _, mine in grouped(told, "key"):
        first = mine.iloc[0]
        text = "".join(mine["text"].dropna())
        what = "tool arguments" if first["kind"] == "tool_call" else str(first["kind"])
        yield Hit(
            int(first["of"]),
            f"The chunk that finishes choice {first['choice']} also carries {what}; a client that stops reading at the "
            "finish reason loses it.",
            chunk=int(first["chunk"]),
            choice=int(first["choice"]),
            evidence=quoted(text) if text else str(first["tool_name"]),
        )


def _finish_value(streams: Streams) -> Iterator[Hit]:
    finishes = streams.finishes
    told = finishes[finishes["finish_reason"].notna()]
    told = told[~_is_cut(streams, told)]
    documented = [streams.dialects[of].finish_reasons for of in told["of"]]
    odd = [
        bool(values) and reason not in values for values, reason in zip(documented, told["finish_reason"], strict=True)
    ]
    for row in rows(told[odd]):
        dialect = streams.dialects[row.of]
        is_met = row.finish_reason in dialect.undocumented_reasons
        which = "which some servers send and none of them documents for" if is_met else "which is none of those of"
        is_mild = is_met or bool(streams.has(row.of, Trait.OPEN_FINISH))
        yield Hit(
            row.of,
            f"Choice {row.choice} finishes with {quoted(row.finish_reason)}, {which} {dialect.title}.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"finish_reason {quoted(row.finish_reason)}; known are {', '.join(sorted(dialect.finish_reasons))}",
            severity="warning" if is_mild else None,
        )
    noted = streams.noted(Note.EMPTY_FINISH)
    for _, mine in grouped(noted, "key"):
        first = mine.iloc[0]
        yield Hit(
            int(first["of"]),
            f'In {count(len(mine), "chunk")} of choice {first["choice"]} finish_reason is "" where null is meant; a client '
            "that tests for null takes it for the end.",
            chunk=int(first["chunk"]),
            choice=int(first["choice"]),
            evidence='"finish_reason": ""',
            severity="warning",
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "no-finish",
        "A choice never finishes",
        "error",
        meaning="A client waits for more, or takes half an answer for a whole one.",
        cause="The connection broke, a proxy timed out, the server crashed, or the consumer stopped reading while "
        "recording. A gateway that marks the stream as done all the same hides it.",
        remedy="Record it again. If it comes back, look for a time limit between client and model.",
        legal="A recording that ends early need not be the provider's doing, so the message says where the recording "
        "ends. A file that breaks off, and an answer that was not streamed, are warnings. Where an error ended the stream, "
        "or what followed could not be read, that is reported instead. Ollama's `done` counts without a reason. Bedrock's "
        "agents and Writer's completions give none, nor does a guardrail for what it puts in an answer's place. A body in "
        "no format of an answer is a warning, where the request asked a model and succeeded; what is promised for later "
        "(202) and what other addresses answer is nothing.",
        needs=("end",),
        find=_no_finish,
        traits=frozenset(),
        sources=(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "https://github.com/Augustas11/macprovider/issues/186",
        ),
    ),
    Rule(
        "after-finish",
        "An answer goes on after its finish",
        "error",
        meaning="Clients stop reading at the finish reason: what follows is lost for some and shown by others.",
        cause="A gateway emits the finish of an inner step, or merges two upstream streams.",
        remedy="Report it to whoever serves the stream; until then read to the end of the stream, not to the finish "
        "reason.",
        legal="Usage reports, filter results without text, and other choices may follow a finish. Older Gemini models say "
        "`STOP` in every chunk: what comes in a chunk with a reason of its own is in order. White space alone is a warning.",
        find=_after_finish,
        sources=(
            "https://github.com/RayBytes/ChatMock/issues/114",
            "https://github.com/Chevey339/kelivo/issues/1003",
        ),
    ),
    Rule(
        "finish-repeated",
        "The finish comes twice",
        "note",
        meaning="A client that acts when it reads the finish reason, as many do to run the tools that were called, does so "
        "twice.",
        cause="A gateway repeats the last chunk, mostly to send usage or what it cost.",
        remedy="Act once, at the end of the stream.",
        legal="Older Gemini models say `STOP` in every chunk. Another reason is no repetition: `after-finish` tells it.",
        find=_finish_repeated,
        sources=("https://github.com/QwenLM/qwen-code/issues/2402",),
        covered_by=("choice-index",),
    ),
    Rule(
        "payload-in-finish",
        "The finishing chunk carries text",
        "note",
        meaning="Legal, but a client that stops at the finish reason before it reads the delta loses the tail.",
        cause="Some servers (Bedrock's OpenAI endpoint, watsonx, vLLM) put the last token and the finish into one "
        "chunk.",
        remedy="Read the delta before the finish reason.",
        legal="Usual in all other dialects, where this rule says nothing.",
        find=_payload_in_finish,
        traits=frozenset({Trait.DELTAS}),
        sources=("https://github.com/vllm-project/vllm/issues/36944",),
    ),
    Rule(
        "finish-value",
        "An unknown finish reason",
        "error",
        meaning="Typed clients raise, others fall through to their default and may take a broken answer for a good "
        "one.",
        cause="A server passes its own value through (another API's `end_turn`, `STOP`).",
        remedy="Map it at the gateway to one of the API's values.",
        legal="Each dialect has its own values; those that any server of it documents count, such as Mistral's "
        "`model_length` and Together's `eos`. Values that servers are known to send and document for another API of theirs "
        "alone, such as Text Generation Inference's `eos_token`, are a warning; so are all in Ollama's own API, whose "
        "clients take any text, and an empty string instead of null.",
        find=_finish_value,
        sources=(
            "https://github.com/ollama/ollama/issues/4357",
            "https://github.com/vllm-project/vllm/issues/57082",
            "https://github.com/huggingface/text-generation-inference/issues/2344",
        ),
    ),
)
