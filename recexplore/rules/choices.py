"""Rules about roles and about the numbers of choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from recexplore.model.counts import count, plural
from recexplore.model.notes import Note
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted, says
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows
from recexplore.rules.stretches import spans_of_groups

__all__ = ["RULES"]

_TWO: Final = 2


def _role_missing(streams: Streams) -> Iterator[Hit]:
    payload = streams.payload
    payload = payload[streams.streamed[payload["of"]] & streams.has(payload["of"], Trait.NAMES_ROLE)]
    first = payload[~payload["of"].isin(streams.miscounted)].drop_duplicates("key")
    # A chunk that is no JSON may have named it.
    unknown = streams.of_kind("unknown")
    broken = unknown[
        unknown["choice"].isna().to_numpy(dtype=bool) & ~unknown["text"].str.startswith("{").to_numpy(bool)
    ]
    unread = broken.drop_duplicates("of").set_index("of")["chunk"].reindex(first["of"])
    first = first[~(unread.to_numpy(dtype=float, na_value=np.nan) < first["chunk"].to_numpy())]
    roles = streams.of_kind("role").drop_duplicates("key").set_index("key")["chunk"]
    role = roles.reindex(first["key"]).to_numpy(dtype=float)
    chunk = first["chunk"].to_numpy()
    n_choices = streams.recordings["n_choices"].to_numpy()
    nameless = first[~(role <= chunk)]
    if nameless.empty:
        return
    begin = payload[
        payload["chunk"].to_numpy() == nameless.set_index("key")["chunk"].reindex(payload["key"]).to_numpy()
    ]
    begins = spans_of_groups(begin, begin["key"].to_numpy())
    for row, late in zip(rows(nameless), role[~(role <= chunk)], strict=True):
        several = n_choices[row.of] > 1
        when = "never names a role" if np.isnan(late) else f"names its role only in chunk {int(late)}"
        text = row.text if isinstance(row.text, str) and row.text else row.tool_name
        yield Hit(
            row.of,
            f"Choice {row.choice} begins in chunk {row.chunk} without a role and {when}.",
            chunk=row.chunk,
            choice=int(row.choice),
            evidence=f"its first delta: {quoted(text)}",
            severity="error" if several else "warning",
            spans=begins.get(row.key, ()),
        )


def _role_repeated(streams: Streams) -> Iterator[Hit]:
    roles = streams.of_kind("role")
    again = roles[(roles["key"] >= 0) & roles["key"].duplicated(keep=False)]
    again = again[streams.has(again["of"], Trait.NAMES_ROLE)]
    by = again.groupby("key", sort=False)
    found = pd.DataFrame(
        {"of": by["of"].first(), "choice": by["choice"].first(), "n": by.size(), "last": by["chunk"].last()}
    )
    found["second"] = again[again.duplicated("key")].groupby("key", sort=False)["chunk"].first()
    for row in rows(found):
        yield Hit(
            row.of,
            f"{count(row.n, 'delta')} of choice {row.choice} name a role; one, in the first, is usual.",
            chunk=row.second,
            last_chunk=row.last,
            choice=int(row.choice),
            evidence=f"role in {row.n} deltas, up to chunk {row.last}",
        )
    for _, mine in streams.noted(Note.EMPTY_ROLE).groupby("key", sort=False):
        first = mine.iloc[0]
        yield Hit(
            int(first["of"]),
            f'{says(len(mine), "delta", "has", "have")} the role "" in choice {first["choice"]}; a client that takes the '
            "last role it saw ends up with none.",
            chunk=int(first["chunk"]),
            choice=int(first["choice"]),
            evidence='"role": ""',
            severity="warning",
        )


def _choice_index(streams: Streams) -> Iterator[Hit]:
    rising = _rising(streams)
    yield from _told_rises(rising)
    choices = streams.choices
    choices = choices[~choices["of"].isin(rising["of"])]
    by = choices.groupby("of", sort=False)["choice"]
    seen = pd.DataFrame({"n": by.size(), "low": by.min(), "high": by.max()})
    gapped = seen[(seen["low"] > 0) | (seen["high"] != seen["n"] - 1)]
    of_gapped = choices[choices["of"].isin(gapped.index)]
    for of, mine in grouped(of_gapped, "of"):
        found = mine["choice"].tolist()
        first = choices.loc[(choices["of"] == of) & (choices["choice"] == max(found)), "first_chunk"].iloc[0]
        how = "The only choice is" if len(found) == 1 else "The choices are"
        yield Hit(
            of,
            f"{how} numbered {listed(found)}; numbers run from 0 without a gap.",
            chunk=int(first),
            evidence=f"indices {listed(found)}",
        )
    shared = _shared_numbers(streams)
    yield from _told_shares(streams, shared)
    # Two answers under one number are why one is missing.
    yield from _other_count(streams, seen.drop([*gapped.index, *shared["of"]], errors="ignore"))
    yield from _twice_in_a_chunk(streams)


def _rising(streams: Streams) -> pd.DataFrame:
    """The recordings whose chunks each have a choice of their own, numbered on, of which the last alone finishes.

    Several answers finish one by one, whoever asked for them. Where a request is known, it need not have ended.
    """
    choices, finishes = streams.choices, streams.finishes
    if not len(streams.miscounted):
        return pd.DataFrame({"of": np.empty(0, dtype=np.int64)})
    mine = choices[choices["of"].isin(streams.miscounted)].sort_values(["of", "choice"], kind="stable")
    rises = (mine["first_chunk"].diff() > 0) & (mine["choice"].diff() == 1)
    by = mine.assign(rises=rises | ~mine["of"].duplicated()).groupby("of")
    columns = {"n": by.size(), "rises": by["rises"].all(), "low": by["choice"].min(), "high": by["choice"].max()}
    found = pd.DataFrame(columns).reset_index()
    if found.empty:
        return found
    ends = finishes[finishes["of"].isin(found["of"])].drop_duplicates("key").groupby("of")["choice"]
    last, n_ends = (each.reindex(found["of"]).fillna(-1).to_numpy() for each in (ends.max(), ends.size()))
    is_asked = streams.recordings["request_hash"].notna().to_numpy()[found["of"]]
    is_one = (n_ends == 1) & (last == found["high"].to_numpy())
    first = mine[mine["of"].duplicated()].drop_duplicates("of").set_index("of")["first_chunk"]
    ends_at = by["first_chunk"].max().reindex(found["of"]).to_numpy()
    found = found.assign(
        chunk=first.reindex(found["of"]).to_numpy(),
        last_chunk=ends_at,
        sure=is_asked | is_one,
    )
    return found[found["rises"] & found["sure"]]


def _told_rises(rising: pd.DataFrame) -> Iterator[Hit]:
    for row in rows(rising):
        yield Hit(
            int(row.of),
            f"The number of the choice rises with the chunks, from {row.low} to {row.high}, as if each were a choice of its "
            f"own: a client gets {row.n} answers, each a piece of one.",
            chunk=int(row.chunk),
            last_chunk=int(row.last_chunk),
            evidence=f"indices {row.low} to {row.high}, one higher each time",
        )


def _shared_numbers(streams: Streams) -> pd.DataFrame:
    """The choices that begin and end several times: first all roles, text, then as many finishes. By ``key``.

    A server that repeats the role with every delta, or its finish in a last chunk, names more of one than of the other, or a
    role behind the first finish.
    """
    ends = streams.finishes[["key", "chunk"]].drop_duplicates()
    ends = ends[ends["key"].duplicated(keep=False)]
    if ends.empty:
        return pd.DataFrame({"of": np.empty(0, dtype=np.int64)})
    roles = streams.of_kind("role")[["of", "key", "choice", "chunk"]]
    roles = roles[roles["key"].isin(ends["key"])].drop_duplicates(["key", "chunk"])
    begins, stops = roles.groupby("key")["chunk"], ends.groupby("key")["chunk"]
    found = pd.DataFrame({"n": begins.size(), "last_role": begins.max(), "n_ends": stops.size(), "end": stops.min()})
    found = found[(found["n"] > 1) & (found["n"] == found["n_ends"]) & (found["last_role"] < found["end"])]
    if found.empty:
        return found.assign(of=found["n"])
    texts = streams.payload[["key", "chunk"]][streams.payload["key"].isin(found.index)].drop_duplicates(
        ["key", "chunk"]
    )
    texts = texts.merge(roles[["key", "chunk"]].assign(named=True), how="left", on=["key", "chunk"])
    found["n_texts"] = texts.groupby("key").size().reindex(found.index).fillna(0)
    found["n_unnamed"] = texts[texts["named"].isna()].groupby("key").size().reindex(found.index).fillna(0)
    found = found[found["n_texts"] >= found["n"]]
    first = roles.groupby("key").agg(of=("of", "first"), choice=("choice", "first")).reindex(found.index)
    second = roles[roles.duplicated("key")].groupby("key")["chunk"].first().reindex(found.index)
    return found.assign(
        of=first["of"], choice=first["choice"], chunk=second, last_chunk=stops.max().reindex(found.index)
    )


def _told_shares(streams: Streams, shared: pd.DataFrame) -> Iterator[Hit]:
    asked = streams.recordings["n_requested"].fillna(1).astype("int64")
    for row in rows(shared):
        n, wanted = int(row.n), int(asked[row.of])
        many = "two" if n == _TWO else str(n)
        sure = wanted >= n
        if not (sure or row.n_unnamed):
            continue  # all that is known is that every delta names the role
        were_asked = f"; {wanted} were asked for" if wanted > 1 else ""
        yield Hit(
            int(row.of),
            f"There are {'' if sure else 'probably '}{many} answers under number {row.choice}: {n} deltas name a role and "
            f"{n} chunks finish it{were_asked}. A client joins their texts into one.",
            chunk=int(row.chunk),
            last_chunk=int(row.last_chunk),
            choice=int(row.choice),
            evidence=f"the second role in chunk {row.chunk}, the last finish in chunk {row.last_chunk}",
            severity="error" if sure else "warning",
        )


def _other_count(streams: Streams, seen: pd.DataFrame) -> Iterator[Hit]:
    """Fewer or more choices than were asked for."""
    recordings = streams.recordings
    # Nothing was asked for where no request was recorded.
    known = recordings["request_hash"].notna() & recordings["error"].isna()
    known &= recordings["n_requested"].fillna(1) > 0
    rest = seen[known.reindex(seen.index).to_numpy() & streams.has(seen.index, Trait.N_CHOICES)]
    asked = recordings["n_requested"].reindex(rest.index).fillna(1).to_numpy(dtype=int)
    # A choice that is missing may have been cut off with the end of the recording.
    fewer = (rest["n"].to_numpy() < asked) & ~np.isin(rest.index, streams.unfinished)
    for row in rows(rest.assign(asked=asked)[fewer | (rest["n"].to_numpy() > asked)]):
        yield Hit(
            row.Index,
            f"The answer has {count(row.n, 'choice')} where {row.asked} {'was' if row.asked == 1 else 'were'} asked "
            "for.",
            evidence=f"n requested {row.asked}, choices seen {row.n}",
        )


def _twice_in_a_chunk(streams: Streams) -> Iterator[Hit]:
    """Chunks with more choices than numbers of choices."""
    chunks = streams.chunks
    are_several = (chunks["n_choices"] > 1).to_numpy() & streams.has(chunks["of"], Trait.NUMBERS_CHOICES)
    if not are_several.any():
        return
    several = chunks[are_several]
    events = streams.events
    mine = events[events["of"].isin(several["of"]) & (events["key"] >= 0)]
    by = mine.groupby(["of", "chunk"])["choice"].nunique()
    numbers = by.reindex(pd.MultiIndex.from_frame(several[["of", "chunk"]])).fillna(0).to_numpy()
    for of, twice in grouped(several[(numbers > 0) & (numbers < several["n_choices"].to_numpy())], "of"):
        places = twice["chunk"].tolist()
        yield Hit(
            int(of),
            f"{says(len(places), 'chunk', 'holds', 'hold')} a choice twice under one number: "
            f"{plural(len(places), 'chunk')} {listed(places)}.",
            chunk=int(places[0]),
            last_chunk=int(places[-1]),
            evidence=f"{count(int(twice['n_choices'].iloc[0]), 'choice')} in chunk {places[0]}",
            severity="note",
        )


def _usage_with_choices(streams: Streams) -> Iterator[Hit]:
    """The report that `include_usage` asks for comes in a chunk of its own, whose list of choices is empty."""
    asked = (streams.requests["include_usage"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    continuous = (streams.requests["continuous_usage"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    usage = streams.usage
    usage = usage[(asked & ~continuous & streams.streamed)[usage["of"]] & streams.has(usage["of"], Trait.USAGE_AT_END)]
    last = usage.drop_duplicates("of", keep="last")
    n_choices = streams.chunks["n_choices"].to_numpy()
    for row in rows(last[n_choices[streams.chunk_rows(last)] > 0]):
        yield Hit(
            row.of,
            f"The usage report comes in chunk {row.chunk} together with a choice; the one that was asked for comes in a "
            "chunk of its own, whose `choices` is empty.",
            chunk=row.chunk,
            evidence=f"usage and choices in chunk {row.chunk}",
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "role-missing",
        "A choice begins without a role",
        "warning",
        meaning="Clients that open a message when they see a role put the text nowhere, or into another choice's "
        "message.",
        cause="The gateway sends the role once a stream instead of once a choice, or the first delta of the choice was "
        "lost.",
        remedy="Where a choice's first delta is lost its text is lost with it: compare with a run that was not "
        "streamed.",
        legal="Azure's first chunk has no choices. With one choice it is a warning, with several an error: there it "
        "means that the beginning of a choice is missing.",
        find=_role_missing,
        traits=frozenset({Trait.NAMES_ROLE}),
        covered_by=("choice-bleed",),
        sources=(
            "https://github.com/ggml-org/llama.cpp/issues/13634",
            "https://github.com/ai-dynamo/dynamo/issues/12639",
        ),
    ),
    Rule(
        "role-repeated",
        "More than one delta names the role",
        "note",
        meaning="Harmless, unless a client joins roles as it joins text (`assistantassistant`).",
        cause="The server puts the role into every delta (Ollama, watsonx).",
        remedy="Nothing, or drop repeated roles at the gateway.",
        legal="An empty role is a warning: it may erase the real one.",
        find=_role_repeated,
        traits=frozenset({Trait.NAMES_ROLE}),
        sources=("https://github.com/BerriAI/litellm/issues/9986",),
    ),
    Rule(
        "choice-index",
        "Choices are numbered wrongly",
        "error",
        meaning="Text is put into the wrong answer, or into one that nobody reads.",
        cause="The server counts chunks instead of choices, or a gateway merges streams without renumbering.",
        remedy="Report it to whoever serves the stream; the numbers cannot be guessed.",
        legal="That choices take turns. Fewer or more choices than asked for are told only of chat: completions answer "
        "each prompt of a list. Two answers under one number are a warning where one was asked for, or nobody knows; a "
        "choice that stands twice in one chunk is a note. Several answers of one chunk each finish one by one. "
        "A role in every delta, and a finish told again, are one answer.",
        find=_choice_index,
        traits=frozenset({Trait.NUMBERS_CHOICES}),
        sources=(
            "https://github.com/microsoft/Foundry-Local/issues/263",
            "https://github.com/microsoft/Foundry-Local/issues/144",
        ),
    ),
    Rule(
        "usage-with-choices",
        "The usage report has a choice beside it",
        "note",
        meaning="Clients that look for the report in the chunk without choices do not find it.",
        cause="The server adds the figures to its last chunk (Mistral, Fireworks), or sends a choice along (OpenRouter).",
        remedy="Read `usage` of every chunk, whatever its `choices`.",
        legal="Only where `stream_options.include_usage` asked for a chunk of its own.",
        find=_usage_with_choices,
        traits=frozenset({Trait.USAGE_AT_END}),
        needs=("request",),
        sources=("https://platform.openai.com/docs/api-reference/chat/create",),
    ),
)
