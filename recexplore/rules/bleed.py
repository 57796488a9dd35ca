"""The rule about text of one choice that stands in another.

Some gateways merge the first deltas of several choices into one: the beginning of a choice is then missing where it belongs
and stands, mixed word by word, in a chunk of its sibling. Such a chunk is found by its length, and taken apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from recexplore.analysis.unshuffle import unshuffle
from recexplore.model.counts import plural
from recexplore.model.span import Span
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_LONG: Final = 5
"""How many times the median of a choice's deltas one of them is longer than usual."""
_LONG_CHARS: Final = 24
_CONTINUES: Final = ",;:.)]}—–…?!%’”"
_CONTEXT: Final = 400
_MIXED: Final = 0.15
"""The gain from which on a text counts as mixed: less than is asked of any text, for here much speaks for it already."""
_MOST_NAMED: Final = 10
"""Of the deltas that may hold the beginning of a choice; the longest."""
_MOST_TAKEN_APART: Final = 4
"""Of these; what comes beyond is named, not taken apart."""
_MOST_IN_ALL: Final = 12
"""Of a recording."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """A phase of a choice that begins mid-sentence: its kind, the chunk it begins in, its text, and where it begins."""

    kind: str
    chunk: int
    text: str
    begins: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Mixture:
    """A delta of another choice that is far too long, and, where it is a mixture, the words of each."""

    loss: _Loss
    found: Any
    apart: tuple[str, str] | None


def _choice_bleed(streams: Streams) -> Iterator[Hit]:
    several = (streams.recordings["n_choices"] > 1).to_numpy() & streams.streamed
    deltas = streams.deltas[several[streams.deltas["of"]]]
    roles = streams.of_kind("role")
    nameless = deltas.loc[~deltas["key"].isin(roles["key"]), ["of", "key"]].drop_duplicates()
    # A server that names no role at all has lost none.
    nameless = nameless[nameless["of"].isin(roles["of"])]
    if nameless.empty:
        return
    deltas = deltas[deltas["of"].isin(nameless["of"])]
    # As it was recorded, a delta also has its tags.
    written = streams.payload[streams.payload["of"].isin(nameless["of"])].groupby(["key", "chunk"])["chars"].sum()
    deltas = deltas.assign(size=written.reindex(pd.MultiIndex.from_frame(deltas[["key", "chunk"]])).to_numpy())
    deltas = deltas.assign(usual=deltas.groupby("key")["chars"].transform("median"))
    of_choices = dict(grouped(deltas, "key"))
    of_recordings = dict(grouped(deltas, "of"))
    long = deltas[deltas["chars"] >= np.maximum(_LONG * deltas["usual"], _LONG_CHARS)]
    long_of = dict(grouped(long, "of"))
    left = dict.fromkeys(of_recordings, _MOST_IN_ALL)
    for row in rows(nameless):
        places = long_of.get(row.of, long.head(0))
        yield from _bled(row.of, of_choices[row.key], of_recordings[row.of], places[places["key"] != row.key], left)


def _bled(of: int, own: pd.DataFrame, every: pd.DataFrame, long: pd.DataFrame, left: dict[int, int]) -> Iterator[Hit]:
    """What is wrong with a choice without a role, if it begins mid-sentence.

    ``long`` are the long deltas of its siblings, ``left`` is how many of a recording may still be taken apart.
    """
    losses = []
    for kind, phase in own.groupby("kind", observed=True, sort=False):
        text = "".join(phase["text"])
        if _continues(text):
            losses.append(_Loss(str(kind), int(phase["chunk"].iloc[0]), text, stretch_of(phase.head(1)).spans))
    if not losses:
        return
    choice = int(own["choice"].iloc[0])
    places = [(loss, found) for loss in losses for found in _mixed(loss, long)]
    if not places:
        loss = losses[0]
        yield Hit(
            of,
            f"Choice {choice} has no role and begins mid-sentence in chunk {loss.chunk}: its beginning was lost, or "
            "stands in another choice.",
            chunk=loss.chunk,
            choice=choice,
            evidence=f"its first text: {quoted(loss.text[:120])}",
            spans=loss.begins,
        )
    # The longest first: taking apart costs a second for a thousand characters.
    places.sort(key=lambda place: -place[1].chars)
    n_apart = min(_MOST_TAKEN_APART, left[of], len(places))
    left[of] -= n_apart
    others = every[every["key"] != own["key"].iloc[0]] if n_apart else long
    mixed = [
        _Mixture(loss, found, _taken_apart(loss, found, own, others) if at < n_apart else None)
        for at, (loss, found) in enumerate(places[:_MOST_NAMED])
    ]
    certain = [int(each.found.chunk) for each in mixed if each.apart is not None]
    for each in mixed:
        yield _hit(of, choice, each, [chunk for chunk in certain if chunk != each.found.chunk])


def _continues(text: str) -> bool:
    """Whether a text begins in the middle of a sentence."""
    first = text.lstrip()[:1]
    return first.islower() or (first != "" and first in _CONTINUES)


def _mixed(loss: _Loss, long: pd.DataFrame) -> list[Any]:
    """Deltas of siblings, before the choice begins, that are far longer than theirs are."""
    return list(rows(long[(long["kind"] == loss.kind) & (long["chunk"] < loss.chunk)]))


def _taken_apart(loss: _Loss, found: Any, own: pd.DataFrame, others: pd.DataFrame) -> tuple[str, str] | None:
    """The words of each of the two; None where the text reads as well as one choice's alone."""
    sibling = others[(others["key"] == found.key) & (others["kind"] == loss.kind)]
    before = "".join(sibling.loc[sibling["chunk"] < found.chunk, "text"])[-_CONTEXT:]
    after = "".join(sibling.loc[sibling["chunk"] > found.chunk, "text"])[:_CONTEXT]
    apart = unshuffle(
        found.text,
        before=(before, ""),
        after=(after, loss.text[:_CONTEXT]),
        reference=list(_clean(own, others, found.chunk)),
    )
    return apart.texts if apart.gain >= _MIXED else None


def _hit(of: int, choice: int, mixture: _Mixture, also: list[int]) -> Hit:
    loss, found, apart = mixture.loss, mixture.found, mixture.apart
    lost = f"choice {choice} has no role and begins mid-sentence in chunk {loss.chunk} ({quoted(loss.text[:40])})"
    size = f"{found.size} characters where {int(found.usual)} are usual"
    place, evidence = f"Chunk {found.chunk} of choice {found.choice}", quoted(found.text)
    if apart is None:
        message = f"{place} may hold the beginning of choice {choice}: it has {size}, and {lost}."
    else:
        more = f", as {plural(len(also), 'chunk')} {listed(also)} {'does' if len(also) == 1 else 'do'}"
        message = (
            f"{place} also holds the beginning of choice {choice}, mixed word by word{more if also else ''}. "
            f"It has {size}; {lost}."
        )
        guesses = [
            f"a guess at choice {number}, about half of its words right: {quoted(text)}"
            for number, text in zip((found.choice, choice), apart, strict=True)
        ]
        evidence = "\n".join([f"as recorded: {evidence}", *guesses])
    where = Span(int(found.choice), str(found.kind), int(found.start), int(found.start) + int(found.chars))
    return Hit(
        of,
        message,
        chunk=int(found.chunk),
        choice=int(found.choice),
        evidence=evidence,
        spans=(where, *loss.begins),
    )


def _clean(own: pd.DataFrame, others: pd.DataFrame, chunk: int) -> Iterator[str]:
    """The texts of all choices without the chunk in question."""
    for frame in (own, others[others["chunk"] != chunk]):
        for _, lane in frame.groupby(["key", "kind"], observed=True, sort=False):
            yield "".join(lane["text"])


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "choice-bleed",
        "Text of one choice stands in another",
        "error",
        meaning="One answer is garbled and the other has lost its beginning; both look like answers.",
        cause="The gateway merges what several choices say at once into one delta, and keeps one index.",
        remedy="Ask for one choice at a time until it is mended; the recording cannot be repaired. The evidence "
        "guesses which words belong to whom: about half of them are right.",
        legal="Choices that take turns, and text that begins mid-sentence in a choice that has its role: a "
        "continuation. Words of another choice that stand in one, while that other lost nothing, cannot be told from "
        "odd words. Of the deltas that may hold the beginning of a choice the ten longest are named.",
        find=_choice_bleed,
        traits=frozenset({Trait.INTERLEAVES_CHOICES}),
    ),
)
