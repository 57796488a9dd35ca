"""Rules about reasoning: where it is put, and whether it is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from recexplore.analysis import usage as usage_analysis
from recexplore.model.counts import count
from recexplore.model.notes import Note
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted, says
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped

__all__ = ["RULES"]


def _think_tags(streams: Streams) -> Iterator[Hit]:
    for of, mine in grouped(streams.tags, "of"):
        choices = sorted({int(choice) for choice in mine["choice"]})
        first, last = int(mine["chunk"].iloc[0]), int(mine["chunk"].iloc[-1])
        where = f"choice{'s' if len(choices) > 1 else ''} {listed(choices)}"
        yield Hit(
            int(of),
            f"Reasoning comes inside the content of {where}, marked by tags, in chunk{_span(first, last)}.",
            chunk=first,
            last_chunk=last,
            choice=choices[0] if len(choices) == 1 else None,
            evidence=listed(quoted(text) for text in dict.fromkeys(mine["text"])),
        )


def _span(first: int, last: int) -> str:
    return f" {first}" if first == last else f"s {first} to {last}"


def _think_orphan(streams: Streams) -> Iterator[Hit]:
    tags = streams.tags
    if tags.empty:
        return
    cut = streams.finishes.loc[streams.finishes["meaning"] == "length", "key"]
    begun = tags[tags["begins"] & ~tags["key"].isin(cut)]
    partnerless = begun[begun["tag"].isin(["unclosed", "orphan"])]
    for key, odd in grouped(partnerless, "key"):
        first = odd.iloc[0]
        # Templates that put the opening tag into the prompt send only the closing one.
        is_alone = len(odd) == 1 and (begun["key"] == key).sum() == 1
        if is_alone and first["tag"] == "orphan" and streams.answers.at[key, "reasoning"]:
            continue
        what = "is opened and never closed" if first["tag"] == "unclosed" else "closes nothing"
        yield Hit(
            int(first["of"]),
            f"{count(len(odd), 'reasoning tag')} of choice {first['choice']} {'has' if len(odd) == 1 else 'have'} no "
            f"partner: the one in chunk {first['chunk']} {what}.",
            chunk=int(first["chunk"]),
            choice=int(first["choice"]),
            evidence=quoted(first["text"]),
        )


def _think_fragmented(streams: Streams) -> Iterator[Hit]:
    tags = streams.tags
    if tags.empty:
        return
    tags = tags.assign(
        opens=tags["begins"] & (tags["tag"] == "open"),
        piece=~tags["text"].str.endswith((">", "]")).to_numpy(dtype=bool),
    )
    by = tags.groupby("key", sort=False)
    found = pd.DataFrame({"pairs": by["opens"].sum(), "pieces": by["piece"].sum(), "of": by["of"].first()})
    for key, row in found[(found["pairs"] > 1) | (found["pieces"] > 0)].iterrows():
        mine = tags[tags["key"] == key]
        choice = int(mine["choice"].iloc[0])
        said = [f"{count(int(row['pairs']), 'pair')} of tags"] if row["pairs"] > 1 else []
        said += [f"{count(int(row['pieces']), 'tag')} cut by chunks"] if row["pieces"] else []
        yield Hit(
            int(row["of"]),
            f"The reasoning of choice {choice} is in pieces: {listed(said)}.",
            chunk=int(mine["chunk"].iloc[0]),
            last_chunk=int(mine["chunk"].iloc[-1]),
            choice=choice,
            evidence=listed(quoted(text) for text in dict.fromkeys(mine["text"])),
        )


def _think_duplicate(streams: Streams) -> Iterator[Hit]:
    for note, said in (
        (Note.REASONING_TWICE, "the same reasoning in two fields; a client that joins both says everything twice"),
        (Note.REASONING_IN_OBJECT, "reasoning as an object where others send a string"),
    ):
        for _, mine in grouped(streams.noted(note), "key"):
            first = mine.iloc[0]
            yield Hit(
                int(first["of"]),
                f"{says(len(mine), 'delta', 'brings', 'bring')} choice {first['choice']} {said}.",
                chunk=int(first["chunk"]),
                last_chunk=int(mine["chunk"].iloc[-1]),
                choice=int(first["choice"]),
                evidence=quoted(first["text"]),
            )


def _think_usage(streams: Streams) -> Iterator[Hit]:
    thought = streams.choices.groupby("of")["reasoning_chars"].sum()
    thought = thought[(thought > 0).to_numpy() & streams.has(thought.index, Trait.COUNTS_REASONING)]
    reports = usage_analysis.final(streams.frame("usage")).set_index("recording")["reasoning"]
    ids = streams.recordings["recording"]
    for of, chars in thought.items():
        if ids[of] in reports.index and (pd.isna(reports[ids[of]]) or reports[ids[of]] == 0):
            tokens = reports[ids[of]]
            said = "does not name reasoning tokens" if pd.isna(tokens) else "counts 0 reasoning tokens"
            yield Hit(
                int(of),
                f"{count(int(chars), 'character')} of reasoning came, the usage report {said}.",
                evidence="reasoning_tokens " + ("absent" if pd.isna(tokens) else "0"),
            )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "think-tags",
        "Reasoning inside the content",
        "warning",
        meaning="Clients that do not know the tags show the model's thoughts as its answer.",
        cause="The server runs without a reasoning parser (Bedrock's OpenAI endpoint, vLLM without "
        "`--reasoning-parser`).",
        remedy="Turn the server's reasoning parser on, or split at the tags before showing the text.",
        legal="Tags that the answer quotes.",
        find=_think_tags,
    ),
    Rule(
        "think-orphan",
        "A reasoning tag without its partner",
        "warning",
        meaning="Parsers take the whole answer for reasoning, or the reasoning for the answer.",
        cause="A tag was lost with a chunk, or the model never closed it.",
        remedy="Look at the chunk where the partner should be.",
        legal="Only a closing tag, where the template put the opening one into the prompt. An answer cut at a limit.",
        find=_think_orphan,
        sources=("https://github.com/vllm-project/vllm/issues/13125",),
    ),
    Rule(
        "think-fragmented",
        "Reasoning tags in many pieces",
        "note",
        meaning="Parsers that look for a tag within one delta, or for one pair an answer, miss it.",
        cause="The gateway wraps every delta in tags of its own, or a tag falls on a chunk's border.",
        remedy="Join the text before looking for tags, and allow several pairs.",
        legal="Legal, all of it.",
        find=_think_fragmented,
        sources=("https://github.com/sgl-project/sglang/issues/30990",),
    ),
    Rule(
        "think-duplicate",
        "The same reasoning twice",
        "warning",
        meaning="Clients that read both fields show everything twice.",
        cause="A server in transition sends `reasoning` and `reasoning_content`; some wrap the text in an object.",
        remedy="Read one of the fields.",
        legal="OpenRouter's `reasoning_details` beside `reasoning`. The frames count the text once.",
        find=_think_duplicate,
        traits=frozenset({Trait.REASONING_FIELDS}),
        sources=("https://github.com/envoyproxy/ai-gateway/issues/1222",),
    ),
    Rule(
        "think-usage",
        "Reasoning that is not counted",
        "note",
        meaning="Costs by kind of token come out wrong.",
        cause="The server counts all completion tokens together.",
        remedy="Do not derive the visible part from the report.",
        legal="Reasoning tokens without reasoning text: hidden reasoning.",
        find=_think_usage,
        traits=frozenset({Trait.COUNTS_REASONING}),
    ),
)
