"""Rules about deltas: repeated, cumulative, empty or missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from recexplore.model.counts import count, plural
from recexplore.model.exchange import DONE_MARK
from recexplore.model.kinds import KINDS
from recexplore.model.notes import Note
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted, says
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_LEAST_PAIRED: Final = 10
_PAIRED_SHARE: Final = 0.6
_LEAST_DISTINCT: Final = 4
"""A model that loops repeats one text; a gateway that stutters repeats many."""
_LEAST_SAID: Final = 20
"""Characters of a short answer of which every delta comes in pairs, each pair another: nobody speaks so at such length."""

_LEAST_GROWTH: Final = 5
_SHORTEST_SNAPSHOT: Final = 8
_LEAST_GROWTH_OF_ALL: Final = 3
"""Where no delta does anything but grow, fewer of them show it."""

_SHORTEST_REPETITION: Final = 20
_SHORTEST_OF_TWO: Final = 30
"""Two deltas are more easily said again by chance than several."""
_LEAST_REPEATED: Final = 2
_BLANKS: Final = 8
"""White space at the ends that a whole text loses, or a first delta brings."""


def _stutter(streams: Streams) -> Iterator[Hit]:
    texts = streams.deltas
    # Two answers under one number say everything twice, too.
    wanted = streams.recordings["n_requested"].fillna(1).to_numpy(dtype=np.int64)
    as_many = streams.recordings["n_choices"].to_numpy() == np.maximum(wanted, 1)
    texts = texts[as_many[texts["of"]]]
    if texts.empty:
        return
    same = (texts["follows"] & (texts["text"] == texts["before"])).to_numpy(dtype=bool)
    if not same.any():
        return
    run = np.cumsum(~same)
    runs = texts.groupby(run).agg(
        lane=("lane", "first"), n=("text", "size"), text=("text", "first"), chars=("chars", "first")
    )
    runs["paired"] = np.where(runs["n"] == 2, 2, 0)
    lanes = runs.groupby("lane", sort=False).agg(n=("n", "sum"), paired=("paired", "sum"), chars=("chars", "sum"))
    lanes["distinct"] = runs[runs["n"] == 2].groupby("lane")["text"].nunique()
    is_long = (lanes["n"] >= _LEAST_PAIRED) & (lanes["paired"] >= _PAIRED_SHARE * lanes["n"])
    is_all = (lanes["paired"] == lanes["n"]) & (lanes["distinct"] * 2 == lanes["n"]) & (lanes["chars"] >= _LEAST_SAID)
    hit = lanes[(is_long | is_all) & (lanes["distinct"] >= _LEAST_DISTINCT)]
    for lane, row in hit.iterrows():
        mine = texts[texts["lane"] == lane]
        first = mine.iloc[0]
        yield Hit(
            int(first["of"]),
            f"{int(row['paired'])} of {count(int(row['n']), 'delta')} come in equal pairs: every word is sent twice.",
            chunk=int(first["chunk"]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            choice=int(first["choice"]),
            evidence=quoted("".join(mine["text"].head(12))),
        )


def _cumulative_delta(streams: Streams) -> Iterator[Hit]:
    texts = streams.deltas
    growing = set()
    for lane, row in _growing(texts).iterrows():
        growing.add(lane)
        mine = texts[texts["lane"] == lane]
        first, last = mine.iloc[0], mine.iloc[-1]
        yield Hit(
            int(first["of"]),
            f"{int(row['n'])} of {count(len(mine), 'delta')} repeat everything said before and add to it; joined as "
            f"deltas the text is {mine['chars'].sum():,} characters long instead of {int(row['longest']):,}.",
            chunk=int(first["chunk"]),
            last_chunk=int(last["chunk"]),
            choice=int(first["choice"]),
            evidence=" then ".join(quoted(text) for text in mine["text"].head(3)),
        )
    again = _said_again(texts, streams)
    for _, mine in grouped(again[~again["lane"].isin(growing)], "lane"):
        first = mine.iloc[0]
        chunks = mine["chunk"].tolist()
        is_reasoning = first["kind"] == "reasoning"
        what = "reasoning" if is_reasoning else "content"
        more = "" if len(chunks) == 1 else f"; so do {count(len(chunks) - 1, 'later chunk')}"
        yield Hit(
            int(first["of"]),
            f"Chunk {chunks[0]} sends the {what} of choice {first['choice']} again, all that earlier deltas brought in "
            f"pieces{more}: joined as deltas, it stands there twice.",
            **stretch_of(mine).fields(),
            choice=int(first["choice"]),
            evidence=quoted(first["text"]),
            severity="warning" if is_reasoning else "error",
        )


def _growing(texts: pd.DataFrame) -> pd.DataFrame:
    """The lanes whose deltas hold the one before each: how many, ``n``, and how long the longest is."""
    longer = texts["follows"] & (texts["chars"] > texts["chars"].shift(fill_value=0))
    longer &= texts["chars"].shift(fill_value=0) >= 1
    # Looked at text by text only where enough deltas of a lane are longer than the one before.
    sizes = texts.groupby("lane", sort=False).size()
    often = texts["lane"][longer.to_numpy(dtype=bool)].value_counts()
    often = often[(often >= _LEAST_GROWTH_OF_ALL) & (often * 2 >= sizes.reindex(often.index))]
    if often.empty:
        return pd.DataFrame({"n": [], "longest": []})
    grown = texts[longer.to_numpy(dtype=bool) & texts["lane"].isin(often.index).to_numpy()]
    starts = (text.startswith(before) for text, before in zip(grown["text"], grown["before"], strict=True))
    grown = grown[np.fromiter(starts, dtype=bool, count=len(grown))]
    lanes = grown.groupby("lane", sort=False).agg(n=("chars", "size"), longest=("chars", "max"))
    sizes = sizes.reindex(lanes.index)
    is_long = (lanes["n"] >= _LEAST_GROWTH) & (lanes["longest"] >= _SHORTEST_SNAPSHOT) & (lanes["n"] * 2 >= sizes)
    is_all = (
        (lanes["n"] >= _LEAST_GROWTH_OF_ALL) & (lanes["longest"] >= _SHORTEST_REPETITION) & (lanes["n"] + 1 == sizes)
    )
    return lanes[is_long | is_all]


def _said_again(texts: pd.DataFrame, streams: Streams) -> pd.DataFrame:
    """The deltas that begin with all that was said before them in their choice, or in their block of it."""
    if texts.empty:
        return texts
    chars = texts["chars"].to_numpy()
    # What comes behind a finish is told as that.
    end = streams.first_finish["chunk"].reindex(texts["key"]).to_numpy(dtype=float)
    in_time = ~(texts["chunk"].to_numpy() > end) | streams.has(texts["of"], Trait.FINISH_IN_EVERY_CHUNK)
    of_choice = ~texts["follows"].to_numpy(dtype=bool)
    of_block = of_choice | (np.diff(texts["block"].fillna(-1).to_numpy(dtype=np.int64), prepend=-2) != 0)
    rows, behind = np.arange(len(texts)), np.cumsum(chars)
    own = texts["text"].tolist()
    found: set[int] = set()
    for begins in (of_choice, of_block):
        first = np.maximum.accumulate(np.where(begins, rows, 0))
        before = (behind - chars) - (behind - chars)[first]
        n = rows - first
        least = np.where(n > _LEAST_REPEATED, _SHORTEST_REPETITION, _SHORTEST_OF_TWO)
        may_be = in_time & (n >= _LEAST_REPEATED) & (before >= least) & (chars >= before - _BLANKS)
        found.update(int(at) for at in np.flatnonzero(may_be) if _is_again(own[at], own[first[at] : at]))
    return texts.iloc[sorted(found)]


def _is_again(text: str, before: list[str]) -> bool:
    """Whether a text begins with the others joined, but for white space around them; where they repeat a unit, it may be
    the next one of a text that does."""
    said = "".join(before).strip()
    return text.lstrip().startswith(said) and said not in (said + said)[1:-1]


_CHUNK_FACTS: Final = (
    "id",
    "model",
    "fingerprint",
    "object",
    "created",
    "n_choices",
    "sequence",
    "block",
    "item_id",
    "event",
    "extra",
)
_EVENT_FACTS: Final = (
    "key",
    "kind",
    "text",
    "tool_index",
    "tool_call_id",
    "tool_name",
    "tool_type",
    "finish_reason",
    "logprob",
    "notes",
    "extra",
)


_LETTERS_OF_SEVERAL_WORDS: Final = 6
"""Where no blanks stand between words."""
_WORDS: Final = re.compile(r"[^\W\d_]+")
_UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, Japanese, Chinese."""


def _dup_chunk(streams: Streams) -> Iterator[Hit]:
    candidates = _unexplained(streams, _alike(streams))
    if candidates.empty:
        return
    chunks = streams.chunks[streams.chunks["of"].isin(candidates["of"])]
    events = streams.events[streams.events["of"].isin(candidates["of"])]
    # What a chunk is and says, in one number: its facts, and its events by their order in it.
    places = _place(chunks)
    number = pd.util.hash_pandas_object(chunks[list(_CHUNK_FACTS)], index=False).to_numpy().copy()
    of_events = pd.util.hash_pandas_object(events[list(_EVENT_FACTS)], index=False).to_numpy()
    order = events.groupby(["of", "chunk"]).cumcount().to_numpy().astype(np.uint64)
    np.add.at(number, np.searchsorted(places, _place(events)), of_events * (np.uint64(2) * order + np.uint64(1)))
    equal = np.zeros(len(places), dtype=bool)
    equal[1:] = (number[1:] == number[:-1]) & (places[1:] - places[:-1] == 1)
    # A copy comes once: what comes again and again is a text that repeats itself, or an echo.
    same = pd.Series(np.cumsum(~equal))
    equal &= (same.map(same.value_counts()) == 2).to_numpy()
    for of, mine in grouped(candidates[np.isin(_place(candidates), places[equal])], "of"):
        doubles = mine["chunk"].tolist()
        yield Hit(
            of,
            f"{count(len(doubles), 'chunk')} equal{'s' if len(doubles) == 1 else ''} the one before in everything: "
            f"{plural(len(doubles), 'chunk')} {listed(doubles)}.",
            chunk=doubles[0],
            last_chunk=doubles[-1],
            choice=int(mine["choice"].iloc[0]),
            spans=stretch_of(mine).spans,
            evidence=listed(quoted(text) for text in mine["text"]),
        )


def _alike(streams: Streams) -> pd.DataFrame:
    """The payload of chunks whose sum of hashes equals that of the chunk before: those that may be equal."""
    payload = streams.payload
    payload = payload[streams.streamed[payload["of"]]]
    text = pd.util.hash_array(payload["text"].fillna("").to_numpy(dtype=object))
    lane = payload["key"].to_numpy() * len(KINDS) + payload["kind"].cat.codes.to_numpy()
    places, at = np.unique(_place(payload), return_inverse=True)
    sums = np.zeros(len(places), dtype=np.uint64)
    np.add.at(sums, at, text ^ (lane.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)))
    equal = np.zeros(len(places), dtype=bool)
    equal[1:] = (sums[1:] == sums[:-1]) & (places[1:] - places[:-1] == 1)
    return payload[equal[at]]


def _unexplained(streams: Streams, alike: pd.DataFrame) -> pd.DataFrame:
    """One row for each chunk that may be a duplicate: it says more than a word, which any text may say twice.

    Or it says one, and a report that counts fewer tokens than chunks came shows that some are copies.
    """
    if alike.empty:
        return alike
    says_more = np.array([_says_more(text) for text in alike["text"].fillna("")], dtype=bool)
    payload = streams.payload[streams.payload["of"].isin(alike["of"])]
    sent = payload.groupby("of")["chunk"].nunique().reindex(alike["of"]).to_numpy()
    counted = streams.recordings["completion_tokens"].fillna(0).to_numpy(dtype=np.int64)[alike["of"]]
    is_word = alike["text"].fillna("").str.contains(_WORDS).to_numpy(dtype=bool)
    is_shown = is_word & (counted > 0) & (counted < sent)
    return alike[says_more | is_shown | alike["tool_name"].notna().to_numpy()].drop_duplicates(["of", "chunk"])


def _says_more(text: str) -> bool:
    """Whether a text has several words, not one again and again."""
    if len(set(_UNSPACED.findall(text))) >= _LETTERS_OF_SEVERAL_WORDS:
        return True
    return len({word.lower() for word in _WORDS.findall(text)}) > 1


def _empty_chunk(streams: Streams) -> Iterator[Hit]:
    empty = streams.of_kind("empty")
    empty = empty[streams.streamed[empty["of"]] & (empty["text"] != DONE_MARK).to_numpy(dtype=bool)]
    empty = empty[streams.has(empty["of"], Trait.NO_EMPTY_CHUNKS)]
    empty = empty[~empty.index.isin(streams.noted(Note.MISSING_DELTA).index)]
    if empty.empty:
        return
    # A report, a filter's result or another choice's text in the same chunk is reason enough for it.
    places, counts = np.unique(_place(streams.events), return_counts=True)
    bare = empty[np.isin(_place(empty), places[counts == 1])]
    whole = bare[bare["key"] < 0]
    for of, mine in grouped(whole, "of"):
        yield _empty_hit(int(of), mine, None, "without choices, usage or anything else", "warning")
    of_choice = bare[bare["key"] >= 0]
    firsts = (
        streams.events[streams.events["key"].isin(of_choice["key"])].drop_duplicates("key").set_index("key")["chunk"]
    )
    later = of_choice[of_choice["chunk"].to_numpy() > firsts.reindex(of_choice["key"]).to_numpy()]
    for _, mine in grouped(later, "key"):
        choice = int(mine["choice"].iloc[0])
        yield _empty_hit(int(mine["of"].iloc[0]), mine, choice, f"with an empty delta for choice {choice}", "note")


def _place(events: pd.DataFrame) -> np.ndarray:
    """One number for the chunk of each event."""
    places: np.ndarray = (events["of"].to_numpy() << 32) | events["chunk"].to_numpy()
    return places


def _empty_hit(of: int, mine: pd.DataFrame, choice: int | None, what: str, severity: str) -> Hit:
    chunks = mine["chunk"].tolist()
    return Hit(
        of,
        f"{count(len(chunks), 'chunk')} {what}: {listed(chunks)}.",
        chunk=int(chunks[0]),
        choice=choice,
        evidence=f"{plural(len(chunks), 'chunk')} {listed(chunks)}",
        severity="warning" if severity == "warning" else "note",
    )


def _delta_missing(streams: Streams) -> Iterator[Hit]:
    lost = streams.noted(Note.MISSING_DELTA)
    lost = lost[streams.streamed[lost["of"]]]
    filtering = streams.noted(Note.FILTER_OFFSETS).index
    for _, mine in grouped(lost, "key"):
        first = mine.iloc[0]
        chunks = mine["chunk"].drop_duplicates().tolist()
        aside = mine["kind"].isin(["filter"]).all() or bool(mine.index.isin(filtering).all())
        yield Hit(
            int(first["of"]),
            f"{says(len(chunks), 'chunk', 'has', 'have')} no delta for choice {first['choice']}: {listed(chunks)}.",
            chunk=int(chunks[0]),
            choice=int(first["choice"]),
            evidence=f"{plural(len(chunks), 'chunk')} {listed(chunks)} without `delta`",
            severity="note" if aside else "warning",
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "stutter",
        "Every delta is sent twice",
        "warning",
        meaning="The joined text says everything twice: “II haveve a a dream”.",
        cause="Two handlers of one gateway both emit each upstream chunk.",
        remedy="Look for a chunk handler that is registered twice; never remove equal neighbours afterwards: digits "
        "and white space repeat in good text too.",
        legal="Repeated words. At least ten deltas, 60 % of them in equal pairs, of four different texts; of fewer deltas, "
        "all of them in pairs, each another, of 20 characters together. As many choices as were asked for.",
        find=_stutter,
        sources=("https://github.com/maximhq/bifrost/issues/6427",),
    ),
    Rule(
        "cumulative-delta",
        "Deltas repeat what was said before",
        "error",
        meaning="Joined, the text says its beginning again and again, or all of it twice.",
        cause="The server sends the whole text so far in each delta: snapshots instead of deltas. Or a gateway takes the "
        "snapshot that ends a block, or brings the calls, for one more delta.",
        remedy="Cut what was sent before at the gateway, or take the last one only.",
        legal="A `message` with the whole text beside the `delta`; text that repeats itself. One delta is told that begins "
        "with everything before it, at least 20 characters in several deltas: of reasoning as a warning, for the answer is "
        "whole.",
        find=_cumulative_delta,
        sources=(
            "https://github.com/reka-ai/reka-python-sdk/issues/8",
            "https://github.com/open-webui/open-webui/issues/29860",
            "https://github.com/BerriAI/litellm/issues/39965",
        ),
    ),
    Rule(
        "dup-chunk",
        "Two chunks in a row are equal",
        "note",
        meaning="Perhaps a chunk was sent twice; perhaps the text repeats itself.",
        cause="A retry or a buffer that is flushed twice.",
        remedy="Look at the text. Never remove equal chunks: digits were lost that way.",
        legal="Often real text: digits, white space and punctuation, a single word, unless the usage report counts fewer "
        "tokens than chunks came, and what comes three times or more are left alone. Padding against traffic analysis "
        "(`obfuscation`) is left out of the comparison.",
        find=_dup_chunk,
        covered_by=("loop", "stutter", "unicode", "cumulative-delta", "choice-index", "run-repeat"),
        sources=("https://github.com/SuperJMN/Kiro-Go/issues/138",),
    ),
    Rule(
        "empty-chunk",
        "A chunk says nothing",
        "note",
        meaning="Clients that take `choices[0]` for granted fail on a chunk without choices (a warning). An empty delta (a "
        "note) adds nothing to the text and breaks no client.",
        cause="A gateway dropped what it did not understand and sent the rest; some servers send an empty delta at the "
        "end of a phase.",
        remedy="Where it is a note, nothing. Where it is a warning, have the client pass over such chunks (`if not "
        "chunk.choices: continue`); then ask the server without the gateway, record that, too, and `recexplore compare` "
        "both: what only the other recording says, the gateway drops. Where both say the same, nothing is lost, and the "
        "finding can be accepted.",
        legal="Azure's first chunk (prompt filter), usage reports, log probabilities, and the first delta of a choice. "
        "Without any choice it is a warning.",
        find=_empty_chunk,
        traits=frozenset({Trait.NO_EMPTY_CHUNKS}),
    ),
    Rule(
        "delta-missing",
        "A choice has no delta",
        "warning",
        meaning="Typed clients raise on `choice.delta.content`.",
        cause="A gateway sends annotations or keep-alives as choices.",
        remedy="Send an empty object; in clients, test for it.",
        legal="Azure's asynchronous filter sends annotations without a delta: a note.",
        find=_delta_missing,
        traits=frozenset({Trait.DELTAS}),
        sources=(
            "https://github.com/microsoft/autogen/issues/6465",
            "https://github.com/openai/openai-python/issues/1677",
        ),
    ),
)
