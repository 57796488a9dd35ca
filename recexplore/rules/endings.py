"""Rules about how an answer ends: that it does, why, and what comes after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.model.counts import count
from recexplore.model.exchange import DONE_MARK
from recexplore.model.kinds import BESIDE_KINDS
from recexplore.model.notes import Note
from recexplore.model.severities import Severity
from recexplore.model.traits import Trait
from recexplore.rules.quoting import ends_with, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows

__all__ = ["RULES"]


def _no_finish(streams: Streams) -> Iterator[Hit]:
    answers = streams.answers
    lost = answers[~answers["key"].isin(streams.finishes["key"]) & answers["error"].isna()]
    lost = lost[~streams.has(lost["of"], Trait.NO_FINISH)]
    empty = streams.of_kind("empty")
    done = set(empty.loc[empty["text"] == DONE_MARK, "of"])
    damaged = set(streams.chunks.loc[streams.chunks["damage"].notna(), "of"])
    # What a guardrail of Bedrock puts in an answer's place has no reason.
    filters = streams.of_kind("filter")
    lost = lost[~lost["key"].isin(filters.loc[filters["text"].str.contains("INTERVENED", regex=False), "key"])]
    for row in rows(lost[~lost["of"].isin(streams.miscounted)]):
        end = f"the recording ends at chunk {row.n_chunks - 1}"
        said = f"the stream is marked as done, {end}" if row.of in done else end
        sure = bool(row.streaming) and row.of not in done and row.of not in damaged
        text = row.content or row.reasoning or ""
        yield Hit(
            row.of,
            f"Choice {row.choice} never finishes: {said}, and no finish reason came for it.",
            chunk=row.last_chunk,
            choice=row.choice,
            evidence=f"last text: {quoted(ends_with(text))}" if text else f"last chunk {row.n_chunks - 1}",
            severity="error" if sure else "warning",
        )
    yield from _no_answer(streams)


def _no_answer(streams: Streams) -> Iterator[Hit]:
    """Streams in which no choice ever spoke."""
    recordings = streams.recordings
    filtered = set(streams.of_kind("filter", *BESIDE_KINDS)["of"])
    nothing = (recordings["n_choices"] == 0).to_numpy() & (streams.streamed | (recordings["n_chunks"] > 0).to_numpy())
    silent = recordings[nothing & recordings["error"].isna().to_numpy()]
    for row in rows(silent):
        if row.Index not in filtered and streams.has(row.Index, Trait.GENERATES):
            message = f"The recording holds no answer: {count(row.n_chunks, 'chunk')}, and none belongs to a choice."
            severity: Severity = "error" if row.streaming is True else "warning"
            yield Hit(row.Index, message, evidence=count(row.n_chunks, "chunk"), severity=severity)


def _after_finish(streams: Streams) -> Iterator[Hit]:
    finishes, first = streams.finishes, streams.first_finish
    late = streams.payload[streams.after_finish > 0]
    # Older Gemini models say STOP with every chunk.
    last = finishes.drop_duplicates("key", keep="last").set_index("key")["chunk"]
    in_order = streams.has(late["of"], Trait.FINISH_IN_EVERY_CHUNK) & (
        late["chunk"].to_numpy() <= last.reindex(late["key"]).to_numpy()
    )
    late = late[~in_order]
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
        )
    again = finishes[finishes["finish_reason"].notna()].drop_duplicates(["key", "finish_reason"])
    again = again[again.duplicated("key")]
    for row in rows(again):
        yield Hit(
            row.of,
            f"Choice {row.choice} finishes twice, each time for another reason: chunk {first['chunk'][row.key]} says "
            f"{quoted(first['finish_reason'][row.key])}, chunk {row.chunk} says {quoted(row.finish_reason)}.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=str(row.finish_reason),
        )


def _payload_in_finish(streams: Streams) -> Iterator[Hit]:
    with_end = streams.payload[streams.after_finish == 0]
    with_end = with_end[streams.streamed[with_end["of"]] & streams.has(with_end["of"], Trait.DELTAS)]
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
    documented = [streams.dialects[of].finish_reasons for of in told["of"]]
    odd = [
        bool(values) and reason not in values for values, reason in zip(documented, told["finish_reason"], strict=True)
    ]
    for row in rows(told[odd]):
        values = ", ".join(sorted(streams.dialects[row.of].finish_reasons))
        yield Hit(
            row.of,
            f"Choice {row.choice} finishes with {quoted(row.finish_reason)}, which is none of the values of this API.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"finish_reason {quoted(row.finish_reason)}; known are {values}",
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
        "recording.",
        remedy="Record it again. If it comes back, look for a time limit between client and model.",
        legal="A recording that ends early need not be the provider's doing, so the message says where the recording "
        "ends. With `[DONE]` seen, a damaged file or an answer that was not streamed it is a warning. Where an error "
        "ended the stream, that is reported instead. Ollama's `done` counts without a reason. Bedrock's agents and Writer's "
        "completions give none, nor does a guardrail for what it puts in an answer's place.",
        find=_no_finish,
        sources=("https://platform.openai.com/docs/api-reference/chat-streaming/streaming",),
    ),
    Rule(
        "after-finish",
        "An answer goes on after its finish",
        "error",
        meaning="Clients stop reading at the finish reason: what follows is lost for some and shown by others.",
        cause="A gateway emits the finish of an inner step, or merges two upstream streams.",
        remedy="Report it to whoever serves the stream; until then read to the end of the stream, not to the finish "
        "reason.",
        legal="Usage reports, filter results without text, and other choices may follow a finish. White space alone is "
        "a warning.",
        find=_after_finish,
        sources=("https://github.com/RayBytes/ChatMock/issues/114",),
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
        cause="A server passes its own value through (vLLM's `abort`, another dialect's `end_turn`).",
        remedy="Map it at the gateway to one of the API's values.",
        legal="Each dialect has its own values; those that Mistral, DeepSeek and Zhipu document count as chat's too. "
        "An empty string instead of null is a warning.",
        find=_finish_value,
        sources=("https://github.com/ollama/ollama/issues/4357", "https://github.com/vllm-project/vllm/issues/57082"),
    ),
)
