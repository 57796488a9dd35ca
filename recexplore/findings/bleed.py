"""The rule about text of one choice that stands in another.

Some gateways merge the first deltas of several choices into one: the beginning of a choice is then missing where it belongs
and stands, mixed word by word, in a chunk of its sibling. Such a chunk is found by its length, and taken apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from recexplore.analysis.unshuffle import unshuffle
from recexplore.findings.quoting import listed, quoted
from recexplore.findings.rule import Hit, Rule
from recexplore.findings.streams import Streams, grouped, rows

__all__ = ["RULES"]

_LONG: Final = 5
"""How many times the median of a choice's deltas one of them is longer than usual."""
_LONG_CHARS: Final = 24
_CONTINUES: Final = ",;:.)]}—–…?!%’”"
_CONTEXT: Final = 400
_LONGEST: Final = 2_000
"""What is longer is reported, not taken apart."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """A phase of a choice that begins mid-sentence: its kind, the chunk it begins in, its text."""

    kind: str
    chunk: int
    text: str


def _choice_bleed(streams: Streams) -> Iterator[Hit]:
    several = (streams.recordings["n_choices"] > 1).to_numpy() & streams.streamed
    deltas = streams.deltas[several[streams.deltas["of"]]]
    nameless = deltas.loc[~deltas["key"].isin(streams.of_kind("role")["key"]), ["of", "key"]].drop_duplicates()
    if nameless.empty:
        return
    deltas = deltas[deltas["of"].isin(nameless["of"])]
    # As it was recorded, a delta also has its tags.
    written = streams.payload[streams.payload["of"].isin(nameless["of"])].groupby(["key", "chunk"])["chars"].sum()
    deltas = deltas.assign(size=written.reindex(pd.MultiIndex.from_frame(deltas[["key", "chunk"]])).to_numpy())
    for row in rows(nameless):
        mine = deltas[deltas["of"] == row.of]
        yield from _bled(row.of, mine[mine["key"] == row.key], mine[mine["key"] != row.key])


def _bled(of: int, own: pd.DataFrame, others: pd.DataFrame) -> Iterator[Hit]:
    """What is wrong with a choice without a role, if it begins mid-sentence."""
    losses = []
    for kind, phase in own.groupby("kind", observed=True, sort=False):
        text = "".join(phase["text"])
        if _continues(text):
            losses.append(_Loss(str(kind), int(phase["chunk"].iloc[0]), text))
    if not losses:
        return
    choice = int(own["choice"].iloc[0])
    places = [(loss, found) for loss in losses for found in _mixed(loss, others)]
    if not places:
        loss = losses[0]
        yield Hit(
            of,
            f"Choice {choice} has no role and begins mid-sentence in chunk {loss.chunk}: its beginning was lost, or "
            "stands in another choice.",
            chunk=loss.chunk,
            choice=choice,
            evidence=f"its first text: {quoted(loss.text[:120])}",
        )
    chunks = [int(found.chunk) for _, found in places]
    for loss, found in places:
        yield _hit(of, choice, loss, found, [each for each in chunks if each != found.chunk], own, others)


def _continues(text: str) -> bool:
    """Whether a text begins in the middle of a sentence."""
    first = text.lstrip()[:1]
    return first.islower() or (first != "" and first in _CONTINUES)


def _mixed(loss: _Loss, others: pd.DataFrame) -> list[Any]:
    """Deltas of siblings, before the choice begins, that are far longer than theirs are."""
    found = []
    for _, sibling in grouped(others[others["kind"] == loss.kind], "lane"):
        every = others[others["key"] == sibling["key"].iloc[0]]
        usual = every["chars"].median()
        long = sibling[(sibling["chunk"] < loss.chunk) & (sibling["chars"] >= max(_LONG * usual, _LONG_CHARS))]
        found += list(rows(long))
    return found


def _hit(
    of: int, choice: int, loss: _Loss, found: Any, also: list[int], own: pd.DataFrame, others: pd.DataFrame
) -> Hit:
    sibling = others[(others["key"] == found.key) & (others["kind"] == loss.kind)]
    usual = int(others.loc[others["key"] == found.key, "chars"].median())
    more = f", as chunk {listed(also)} does" if also else ""
    message = (
        f"Chunk {found.chunk} of choice {found.choice} also holds the beginning of choice {choice}, mixed word by "
        f"word{more}. It has {found.size} characters where {usual} are usual; choice {choice} has no role and begins "
        f"mid-sentence in chunk {loss.chunk} ({quoted(loss.text[:40])})."
    )
    evidence = quoted(found.text)
    if len(found.text) <= _LONGEST:
        before = "".join(sibling.loc[sibling["chunk"] < found.chunk, "text"])[-_CONTEXT:]
        after = "".join(sibling.loc[sibling["chunk"] > found.chunk, "text"])[:_CONTEXT]
        clean = [text for kind, text in _clean(own, others, found.chunk)]
        apart = unshuffle(found.text, before=(before, ""), after=(after, loss.text[:_CONTEXT]), reference=clean)
        first, second = apart.texts
        evidence = f"choice {found.choice}: {quoted(first)}\nchoice {choice}: {quoted(second)}\nas recorded: {evidence}"
    return Hit(of, message, chunk=int(found.chunk), choice=int(found.choice), evidence=evidence)


def _clean(own: pd.DataFrame, others: pd.DataFrame, chunk: int) -> Iterator[tuple[str, str]]:
    """The texts of all choices without the chunk in question."""
    for frame in (own, others[others["chunk"] != chunk]):
        for (_, kind), lane in frame.groupby(["key", "kind"], observed=True, sort=False):
            yield str(kind), "".join(lane["text"])


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "choice-bleed",
        "Text of one choice stands in another",
        "error",
        meaning="One answer is garbled and the other has lost its beginning; both look like answers.",
        cause="The gateway merges what several choices say at once into one delta, and keeps one index.",
        remedy="Ask for one choice at a time until it is mended; the recording cannot be repaired, only read: the "
        "evidence says which words belong to whom.",
        legal="Choices that take turns, and text that begins mid-sentence in a choice that has its role: a "
        "continuation.",
        find=_choice_bleed,
        dialects=("openai_chat",),
    ),
)
