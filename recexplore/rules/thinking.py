"""Rules about reasoning: where it is put, and whether it is counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from recexplore.analysis import usage as usage_analysis
from recexplore.model.counts import count
from recexplore.model.notes import Note
from recexplore.model.span import Span
from recexplore.model.traits import Trait
from recexplore.rules.quoting import ends_with, excerpt, listed, quoted, says
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, key_of, rows
from recexplore.rules.stretches import stretch_of, stretches_of

__all__ = ["RULES"]


_NAMES: Final = r"(?:think|thinking|thought|reasoning|antthinking|seed:think)"
_NESTED: Final = rf"(?i)\A\s*<{_NAMES}>|</{_NAMES}>\s*\Z"
_LONGEST_TAG: Final = 16
_REST_OF_TAG: Final = re.compile(
    "|".join(rf"{name[at:]}>" for name in ("thinking", "think", "reasoning", "thought") for at in range(len(name) - 2))
)
_CLOSING: Final = re.compile(rf"(?i)(?<![`'\"“‘«(])</{_NAMES}>(?![`'\"”’»)])")
_LEAST_SIBLINGS: Final = 2
_PLAIN_SHARE: Final = 0.1
_LEAST_REPEATED: Final = 40
"""Characters of a thought that an answer does not happen to begin with."""
_LEAST_MIRRORED: Final = 20
_LEAST_DELTAS: Final = 2
"""Where each delta of reasoning says the same as content, fewer show it."""


class _Tag(NamedTuple):
    """A tag, or a piece of one, and whether it begins one."""

    of: int
    key: int
    chunk: int
    choice: int
    seq: int
    text: str
    tag: str
    begins: bool


def _think_tags(streams: Streams) -> Iterator[Hit]:
    tags = _numbered(streams)
    if tags.empty:
        return
    tags = tags[~tags["tag_of"].isin(_partnerless(streams, tags)["tag_of"])]
    thoughts = dict(grouped(_reasoning(streams, tags["key"]), "key"))
    by_recording: dict[int, dict[int, list[_Tag]]] = {}
    for cells in zip(*(tags[name].tolist() for name in _Tag._fields), strict=True):
        tag = _Tag(*cells)
        by_recording.setdefault(tag.of, {}).setdefault(tag.key, []).append(tag)
    for of, by_key in by_recording.items():
        mine = [*by_key.values()]
        places, spans = [(own[0].chunk, own[-1].chunk) for own in mine], list[Span]()
        for key, own in by_key.items():
            if key in thoughts and len(marked := _between(thoughts[key], own)):
                stretch = stretch_of(marked)
                places.append((stretch.chunk, stretch.last_chunk))
                spans += stretch.spans
        first, last = min(start for start, _ in places), max(end for _, end in places)
        choices = sorted(int(own[0].choice) for own in mine)
        where = f"choice{'s' if len(choices) > 1 else ''} {listed(choices)}"
        primed = all(tag.tag == "orphan" for own in mine for tag in own if tag.begins)
        begun = next((text for key in by_key if primed and (text := _broken_tag(thoughts.get(key)))), None)
        yield Hit(
            of,
            f"Reasoning comes inside the content of {where}, marked by tags, in chunk{_span(first, last)}"
            + (
                f"; the opening tag lost its beginning: the text begins with {quoted(begun)}."
                if begun
                else "; only the closing tag came, for a template put the opening one into the prompt."
                if primed
                else "."
            ),
            chunk=first,
            last_chunk=last,
            choice=choices[0] if len(choices) == 1 else None,
            evidence=listed(quoted(text) for text in dict.fromkeys(tag.text for own in mine for tag in own)),
            spans=tuple(spans),
        )


def _broken_tag(thought: pd.DataFrame | None) -> str | None:
    """What is left of an opening tag that lost its first letters, where the reasoning begins with it."""
    if thought is None:
        return None
    text = "".join(thought["text"].head(_LONGEST_TAG)).lstrip()
    found = _REST_OF_TAG.match(text)
    return found[0] if found else None


def _span(first: int, last: int) -> str:
    return f" {first}" if first == last else f"s {first} to {last}"


def _numbered(streams: Streams) -> pd.DataFrame:
    """The events of tags, numbered by the tag that they are or are a piece of, ``tag_of``."""
    tags = streams.tags[["of", "key", "chunk", "choice", "seq", "text", "tag", "begins"]]
    number = tags.groupby("key")["begins"].cumsum().to_numpy(dtype=np.int64)
    return tags.assign(tag_of=tags["key"].to_numpy() * (1 << 20) + number)


def _between(thought: pd.DataFrame, tags: list[_Tag]) -> pd.DataFrame:
    """The reasoning that tags of one choice mark; before the first where that closes, behind the last where it opens."""
    labels = [tag.tag for tag in tags if tag.begins]
    seq = thought["seq"].to_numpy()
    start = 0 if labels[0] == "orphan" else np.searchsorted(seq, tags[0].seq)
    end = len(seq) if labels[-1] == "unclosed" else np.searchsorted(seq, tags[-1].seq)
    return thought.iloc[start:end]


def _reasoning(streams: Streams, keys: pd.Series[Any]) -> pd.DataFrame:
    """The reasoning of some choices."""
    payload = streams.payload
    is_mine = ((payload["kind"] == "reasoning") & payload["key"].isin(keys)).to_numpy(dtype=bool)
    mine: pd.DataFrame = payload.loc[is_mine, ["key", "seq", "chunk", "choice", "kind", "text", "tool_index", "start"]]
    return mine


def _primed(streams: Streams, begun: pd.DataFrame) -> pd.DataFrame:
    """The closing tags whose opening one stood in the prompt: the first of a choice, behind reasoning in the content."""
    firsts = begun[~begun["key"].duplicated() & (begun["tag"] == "orphan")]
    firsts = firsts[~firsts.index.isin(streams.noted(Note.REASONING_APART).index)]
    since = _reasoning(streams, firsts["key"]).groupby("key")["seq"].min().reindex(firsts["key"]).to_numpy()
    return firsts[since < firsts["seq"].to_numpy()]


def _partnerless(streams: Streams, tags: pd.DataFrame) -> pd.DataFrame:
    """The tags without a partner, for which neither a template nor a limit accounts."""
    begun = tags[tags["begins"]]
    cut = streams.finishes.loc[streams.finishes["meaning"] == "length", "key"]
    odd = begun[begun["tag"].isin(["unclosed", "orphan"])]
    may_be_closed = odd["key"].isin(cut) | streams.is_open_ended[odd["of"]]
    odd = odd[~((odd["tag"] == "unclosed") & may_be_closed)]
    return odd[~odd.index.isin(_primed(streams, begun).index)]


def _think_orphan(streams: Streams) -> Iterator[Hit]:
    tags = _numbered(streams)
    if tags.empty:
        return
    apart = set(streams.noted(Note.REASONING_APART)["key"])
    partnerless = _partnerless(streams, tags)
    pieces_of = dict(grouped(tags[tags["tag_of"].isin(partnerless.drop_duplicates("key")["tag_of"])], "tag_of"))
    for key, odd in grouped(partnerless, "key"):
        first = odd.iloc[0]
        pieces = pieces_of[first["tag_of"]]
        what = "is opened and never closed" if first["tag"] == "unclosed" else "closes nothing"
        if first["tag"] == "orphan" and key in apart:
            what += ", for the reasoning came in a field of its own"
        yield Hit(
            int(first["of"]),
            f"{count(len(odd), 'reasoning tag')} of choice {first['choice']} {'has' if len(odd) == 1 else 'have'} no "
            f"partner: the one in chunk{_span(int(first['chunk']), int(pieces['chunk'].iloc[-1]))} {what}.",
            chunk=int(first["chunk"]),
            last_chunk=int(pieces["chunk"].iloc[-1]),
            choice=int(first["choice"]),
            evidence=listed(quoted(text) for text in pieces["text"]),
        )


def _think_nested(streams: Streams) -> Iterator[Hit]:
    choices = streams.choices
    if not choices["reasoning_chars"].any():
        return
    swallowed = list(_swallowed(streams))
    yield from swallowed
    told = {key_of(hit.of, hit.choice) for hit in swallowed}
    held = choices[choices["reasoning"].str.contains("</?[A-Za-z:]+>").fillna(False).to_numpy(dtype=bool)]
    nested = held[np.array([re.search(_NESTED, text) is not None for text in held["reasoning"]], dtype=bool)]
    for row in rows(nested[~nested["key"].isin(told)]):
        found = [match.span() for match in re.finditer(_NESTED, row.reasoning)]
        found = [
            (end - len(row.reasoning[start:end].strip()), end) if start == 0 else (start, end) for start, end in found
        ]
        yield Hit(
            row.of,
            f"The reasoning of choice {row.choice} came in a field of its own and still holds the tags that mark it.",
            **stretches_of(streams.spoken(row.key, "reasoning"), found).fields(),
            choice=row.choice,
            evidence=excerpt(row.reasoning, *found[0]),
        )


def _swallowed(streams: Streams) -> Iterator[Hit]:
    """Answers that went into the field of the reasoning, behind a closing tag that nobody read, so that none is left."""
    answers = streams.answers
    held = answers[((answers["content_chars"] == 0) & (answers["reasoning_chars"] > 0)).to_numpy(dtype=bool)]
    held = held[held["reasoning"].str.contains("</", regex=False).fillna(False).to_numpy(dtype=bool)]
    for row in rows(held[~held["key"].isin(streams.tool_calls["key"])]):
        closing = list(_CLOSING.finditer(row.reasoning))
        # Where there are several, the model writes about tags.
        if len(closing) != 1 or not row.reasoning[closing[0].end() :].strip():
            continue
        tag, behind = closing[0], row.reasoning[closing[0].end() :].strip()
        yield Hit(
            row.of,
            f"{quoted(tag[0])} stands inside the reasoning of choice {row.choice} and {count(len(behind), 'character')} "
            "follow it there, though the choice has no content: the answer went into the field of the reasoning.",
            **stretch_of(streams.spoken(row.key, "reasoning"), tag.start()).fields(),
            choice=row.choice,
            evidence=excerpt(row.reasoning, *tag.span()),
            severity="warning",
        )


def _think_untagged(streams: Streams) -> Iterator[Hit]:
    tags = streams.tags
    if tags.empty:
        return
    primed = _primed(streams, tags[tags["begins"]])["key"]
    if len(primed) < _LEAST_SIBLINGS:
        return
    answers = streams.answers.join(streams.recordings["model_served"], on="of")
    answers = answers[answers["model_served"].notna() & (answers["content_chars"] + answers["reasoning_chars"] > 0)]
    answers = answers[~answers["key"].isin(streams.tool_calls["key"]) & answers["response_format"].isna()]
    is_primed = answers["key"].isin(primed)
    is_plain = ~answers["key"].isin(tags["key"]) & (answers["reasoning_chars"] == 0)
    model = answers["provider"].fillna("") + " " + answers["model_served"]
    n_primed = is_primed.groupby(model).transform("sum")
    n_plain = (is_plain & (answers["meaning"] == "stop")).groupby(model).transform("sum")
    n_other = (~is_primed & ~is_plain).groupby(model).transform("sum")
    switched_off = (answers["asked_reasoning"] == False).fillna(False)  # noqa: E712
    cut = is_plain & (answers["meaning"] == "length") & ~switched_off & answers["error"].isna()
    alike = (n_primed >= _LEAST_SIBLINGS) & (n_plain <= _PLAIN_SHARE * n_primed) & (n_other == 0)
    for row in rows(answers.assign(n_primed=n_primed)[(cut & alike).to_numpy(dtype=bool)]):
        yield Hit(
            row.of,
            f"The content of choice {row.choice} is probably reasoning that was cut before its closing tag: "
            f"{count(int(row.n_primed), 'other answer')} of {row.model_served} have no opening tag either and close their "
            "reasoning in the content.",
            **stretch_of(streams.spoken(row.key, "content")).fields(),
            choice=row.choice,
            evidence=f"finish_reason {row.finish_reason} after {quoted(ends_with(row.content))}",
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
    found = found[(found["pairs"] > 1) | (found["pieces"] > 0)]
    tags_of = dict(grouped(tags.loc[tags["key"].isin(found.index), ["key", "choice", "chunk", "text"]], "key"))
    for key, row in found.iterrows():
        mine = tags_of[key]
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
    yield from _thought_and_summary(streams)
    yield from _thought_as_answer(streams)


def _thought_and_summary(streams: Streams) -> Iterator[Hit]:
    """Where an item's reasoning is streamed once as itself and once as its summary."""
    payload = streams.payload
    mine = payload[(payload["kind"] == "reasoning").to_numpy() & streams.has(payload["of"], Trait.ITEM_EVENTS)]
    if mine.empty:
        return
    names = streams.chunks["object"].take(streams.chunk_rows(mine)).fillna("").reset_index(drop=True)
    mine = mine.assign(
        block=mine["block"].fillna(-1),
        is_delta=names.str.endswith(".delta").to_numpy(dtype=bool),
        is_summary=names.str.contains("summary", regex=False).to_numpy(dtype=bool),
    )
    for _, own in grouped(mine[mine["is_delta"]], ["key", "block"]):
        summary, thought = own[own["is_summary"]], own[~own["is_summary"]]
        said = "".join(thought["text"]).strip()
        if len(said) < _LEAST_MIRRORED or "".join(summary["text"]).strip() != said:
            continue
        first = own.iloc[0]
        yield Hit(
            int(first["of"]),
            f"The reasoning of choice {first['choice']} is streamed twice, as reasoning and as its summary, word for word "
            f"({count(len(said), 'character')}): a client that shows both shows everything twice.",
            chunk=int(first["chunk"]),
            last_chunk=int(own["chunk"].iloc[-1]),
            choice=int(first["choice"]),
            evidence=quoted(said),
        )


def _thought_as_answer(streams: Streams) -> Iterator[Hit]:
    """Where the content begins with all of the reasoning, word for word."""
    choices = streams.choices
    long = (choices["reasoning_chars"] >= _LEAST_MIRRORED) & (choices["content_chars"] >= _LEAST_MIRRORED)
    for row in rows(choices[long.to_numpy(dtype=bool)]):
        thought = row.reasoning.strip()
        start = len(row.content) - len(row.content.lstrip())
        if len(thought) < _LEAST_MIRRORED or not row.content.startswith(thought, start):
            continue
        if len(thought) < _LEAST_REPEATED and not _is_mirrored(streams, row.key):
            continue
        goes_on = row.content[start + len(thought) :].strip()
        yield Hit(
            row.of,
            f"The content of choice {row.choice} {'begins with' if goes_on else 'is'} all of its reasoning, word for word "
            f"({count(len(thought), 'character')}): a client that shows both shows it twice, one that shows the content "
            "alone shows the model's thoughts.",
            **stretch_of(streams.spoken(row.key, "content"), start, start + len(thought)).fields(),
            choice=row.choice,
            evidence=excerpt(row.content, start, start + len(thought)),
        )


def _is_mirrored(streams: Streams, key: int) -> bool:
    """Whether each chunk with reasoning says the same as content."""
    thought, said = (streams.spoken(key, kind).groupby("chunk")["text"].sum() for kind in ("reasoning", "content"))
    return len(thought) >= _LEAST_DELTAS and bool((said.reindex(thought.index) == thought).all())


def _think_usage(streams: Streams) -> Iterator[Hit]:
    thought = streams.choices.groupby("of")["reasoning_chars"].sum()
    thought = thought[(thought > 0).to_numpy() & streams.has(thought.index, Trait.COUNTS_REASONING)]
    reports = usage_analysis.final(streams.frame("usage")).set_index("recording")["reasoning"]
    ids = streams.recordings["recording"]
    last = streams.usage.drop_duplicates("of", keep="last").set_index("of")["chunk"]
    for of, chars in thought.items():
        if ids[of] in reports.index and (pd.isna(reports[ids[of]]) or reports[ids[of]] == 0):
            tokens = reports[ids[of]]
            said = "does not name reasoning tokens" if pd.isna(tokens) else "counts 0 reasoning tokens"
            yield Hit(
                int(of),
                f"{count(int(chars), 'character')} of reasoning came, the usage report {said}.",
                chunk=int(last[of]),
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
        legal="Tags that the answer quotes. A tag without its partner is told as that, and where the reasoning came in a "
        "field of its own, a closing tag marks none.",
        find=_think_tags,
    ),
    Rule(
        "think-orphan",
        "A reasoning tag without its partner",
        "warning",
        meaning="Parsers take the whole answer for reasoning, or the reasoning for the answer.",
        cause="A tag was lost with a chunk, or the model never closed it.",
        remedy="Look at the chunk where the partner should be.",
        legal="Only a closing tag behind reasoning in the content, where the template put the opening one into the "
        "prompt. An answer cut at a limit.",
        find=_think_orphan,
        sources=(
            "https://github.com/vllm-project/vllm/issues/13125",
            "https://github.com/vllm-project/vllm/issues/44898",
        ),
    ),
    Rule(
        "think-nested",
        "Tags around the reasoning inside its own field",
        "note",
        meaning="Clients that show the reasoning show the tags, and those that split at tags split it again.",
        cause="The gateway copies a model's raw reasoning, tags and all, into the field.",
        remedy="Cut the tags off at the gateway.",
        legal="Tags in the midst of the reasoning: the model may think about them. A warning where the only closing tag "
        "has text behind it and the choice no content: the answer is in the wrong field.",
        find=_think_nested,
    ),
    Rule(
        "think-untagged",
        "Reasoning as the answer, without any tag",
        "warning",
        meaning="Clients show the model's thoughts as its answer; nothing in the stream tells them apart.",
        cause="The template puts the opening tag into the prompt, and the limit cut the answer before the closing one.",
        remedy="Raise the limit, or turn the server's reasoning parser on.",
        legal="Told only of an answer that was cut at its limit, where at least two others of the same model and provider "
        "close reasoning that was never opened and next to none goes without. Reasoning that the request switched off.",
        find=_think_untagged,
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
        cause="A server in transition sends `reasoning` and `reasoning_content`; some wrap the text in an object. Or a "
        "gateway copies the reasoning into the content, or into its summary, for clients that know no other field.",
        remedy="Read one of the fields; at the gateway, send the reasoning once.",
        legal="OpenRouter's `reasoning_details` beside `reasoning`: the frames count the text once. An answer that is as "
        "short as its thought: content that begins with all of the reasoning is told from 40 characters, or from 20 where "
        "each chunk brings the same as both.",
        find=_think_duplicate,
        sources=(
            "https://github.com/envoyproxy/ai-gateway/issues/1222",
            "https://github.com/farion1231/cc-switch/issues/6319",
        ),
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
