"""Reasoning that a model or gateway wraps in tags inside its content.

Takes the content events of whole exchanges, relabels them in place: the text between tags becomes ``reasoning``, the tags
become ``tag``. Tags are found in each choice's joined text, so it does not matter how the text was cut into chunks. Text
is never altered and never moves to another chunk: the pieces, joined, are what was recorded.

How a tag is judged (the same for every cut):

- In content, an opening tag starts reasoning. In reasoning, a closing tag of the same name ends it; tags of other names
  are text. A second opening tag of the same name leaves the first ``unclosed``.
- An opening tag that nothing closes is ``unclosed``; all that follows it is reasoning.
- A closing tag that closes nothing is an ``orphan``. Where it is the first tag of a choice that has no other reasoning,
  the text before it is reasoning: chat templates that put the opening tag into the prompt send only the closing one.
- A tag between two equal quotes or backticks is quoted text, not a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final, TypeAlias

from recexplore.model.kinds import kind_code
from recexplore.model.notes import Note, joined_notes
from recexplore.model.schema import TAGS
from recexplore.tables.builders import Columns

__all__ = ["Span", "label_tags", "spans"]

_CONTENT: Final = kind_code("content")
_REASONING: Final = kind_code("reasoning")
_TAG: Final = kind_code("tag")

_NAMES: Final = "think|thinking|thought|reasoning|antthinking|seed:think"
_TAGS: Final = re.compile(
    rf"<(?P<close>/?)(?P<name>{_NAMES})>"
    r"|\[(?P<close_m>/?)(?P<name_m>THINK)\]"
    r"|(?P<open_h>(?:<\|start\|>assistant)?<\|channel\|>analysis<\|message\|>)"
    r"|(?P<close_h>(?:<\|end\|>)?<\|start\|>assistant<\|channel\|>final<\|message\|>|<\|end\|>)",
    re.IGNORECASE,
)
_ENDINGS: Final = ("think>", "thinking>", "thought>", "reasoning>", "think]", "<|channel|>")
_CLOSED_BY: Final = {"open_h": "harmony", "close_h": "harmony"}
_QUOTES: Final = frozenset("`'\"")


_Pieces: TypeAlias = list[tuple[int, str, int | None]]
"""What one event becomes: kind, text and tag of each piece."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a choice's joined content: ``text[start:end]`` is of ``kind``; for tags, ``tag`` is a place in `TAGS`."""

    start: int
    end: int
    kind: int
    tag: int | None = None


@dataclass(slots=True)
class _Tag:
    start: int
    end: int
    name: str
    closes: bool
    label: str


def _may_begin_tags(text: str) -> bool:
    """Whether a text, or some in any order, has a character with which tags begin."""
    return "<" in text or "[" in text


def may_hold_tags(text: str) -> bool:
    """Whether it is worth looking closer: every tag ends in one of these."""
    if not _may_begin_tags(text):
        return False
    lower = text.lower()
    return any(ending in lower for ending in _ENDINGS)


def spans(text: str, *, primed: bool = True) -> list[Span]:
    """Cut a joined text into content, reasoning and tags; the spans cover it without gap or overlap.

    Parameters
    ----------
    text
        The joined content of one choice.
    primed
        Whether text before an orphan closing tag may be reasoning.
    """
    tags = _judged(text)
    found: list[Span] = []
    at, kind = 0, _REASONING if primed and tags and tags[0].label == "orphan" else _CONTENT
    for tag in tags:
        if tag.start > at:
            found.append(Span(at, tag.start, kind))
        found.append(Span(tag.start, tag.end, _TAG, TAGS.index(tag.label)))
        at, kind = tag.end, _CONTENT if tag.closes else _REASONING
    if at < len(text):
        found.append(Span(at, len(text), kind))
    return found


def _judged(text: str) -> list[_Tag]:
    tags: list[_Tag] = []
    is_open: _Tag | None = None
    for tag in _written(text):
        if is_open is not None and tag.name != is_open.name:
            continue
        if tag.closes:
            if is_open is not None:
                tag.label, is_open = "close", None
            elif tag.name == "harmony":
                continue
        else:
            is_open = tag
        tags.append(tag)
    _mark_unclosed(tags)
    return tags


def _mark_unclosed(tags: list[_Tag]) -> None:
    for tag, following in pairwise(tags):
        if not tag.closes and following.closes:
            tag.label = "open"


def _written(text: str) -> Iterator[_Tag]:
    for match in _TAGS.finditer(text):
        start, end = match.span()
        if start and end < len(text) and text[start - 1] == text[end] and text[end] in _QUOTES:
            continue
        group = match.lastgroup or ""
        name = _CLOSED_BY.get(group) or (match["name"] or match["name_m"]).lower()
        closes = group == "close_h" or bool(match["close"] or match["close_m"])
        yield _Tag(start, end, name, closes, "orphan" if closes else "unclosed")


def label_tags(columns: Columns, first: int) -> None:
    """Relabel the content events from row ``first`` on, splitting them where a tag begins or ends.

    Events of one choice may stand in any order; all of an exchange's events have to be there.
    """
    events = columns.events
    texts, kinds = events.column("text")[first:], events.column("kind")[first:]
    content_events = [at for at, kind in enumerate(kinds) if kind == _CONTENT]
    if not _may_begin_tags("".join(filter(None, [texts[at] for at in content_events]))):
        return
    rows, choices, places = (events.column(name)[first:] for name in ("row", "choice", "place"))
    owners = columns.wire.column("owner")
    # In the order of the wire, which most of them have already; few chunks hold several choices.
    content_events.sort(key=(lambda at: (rows[at], places[at] or 0)) if any(places) else rows.__getitem__)
    members: dict[tuple[int, int], list[int]] = {}
    for at in content_events:
        members.setdefault((owners[rows[at]], choices[at]), []).append(at)
    reasoned = {(owners[rows[at]], choices[at]) for at, kind in enumerate(kinds) if kind == _REASONING}
    pieces: dict[int, _Pieces] = {}
    apart: set[int] = set()
    for answer, content in members.items():
        parts = [texts[at] for at in content]
        joined = "".join(filter(None, parts))
        if may_hold_tags(joined):
            found = spans(joined, primed=answer not in reasoned)
            if len(found) > 1 or found[0].kind != _CONTENT:
                pieces.update((at, cut) for at, cut in zip(content, _cut(parts, found), strict=True) if cut)
                if answer in reasoned:
                    apart.update(content)
    if pieces:
        _rewrite(columns, first, pieces, apart)


def _cut(parts: list[str], found: list[Span]) -> Iterator[_Pieces]:
    """The spans, cut again where the chunks were; one list of (kind, text, tag) a part."""
    ends = list(accumulate(map(len, parts)))
    following = iter(found)
    span = next(following)
    for part, end in zip(parts, ends, strict=True):
        start = end - len(part)
        cut: _Pieces = []
        while True:
            piece = part[max(span.start - start, 0) : span.end - start]
            if piece:
                cut.append((span.kind, piece, span.tag))
            if span.end > end or (after := next(following, None)) is None:
                break
            span = after
        yield cut


def _rewrite(columns: Columns, first: int, pieces: dict[int, _Pieces], apart: set[int]) -> None:
    """Put the pieces in the place of their events, every other cell carried along; note tags where reasoning is apart."""
    events = columns.events
    names = {*events.used, "tag", "rank", *(["notes"] if apart else [])}
    old = {name: events.column(name)[first:] for name in names}
    copies = [len(pieces.get(at) or (None,)) for at in range(events.n - first)]
    copied = [at for at, n in enumerate(copies) for _ in range(n)]
    new = {name: [column[at] for at in copied] for name, column in old.items()}
    starts = [0, *accumulate(copies)]
    for at, split in pieces.items():
        start, end = starts[at], starts[at + 1]
        new["kind"][start:end], new["text"][start:end], new["tag"][start:end] = map(list, zip(*split, strict=True))
        rank = old["rank"][at]
        new["rank"][start:end] = [_CONTENT if rank is None else rank] * len(split)
        if len(split) > 1:
            # A sum over the whole delta is true of no piece; what was sent beside it stays with the first.
            for name, lost_from in (("logprob", start), ("extra", start + 1)):
                if name in new:
                    new[name][lost_from:end] = [None] * (end - lost_from)
        if at in apart:
            for piece in range(start, end):
                if new["kind"][piece] == _TAG:
                    new["notes"][piece] = joined_notes(new["notes"][piece], Note.REASONING_APART)
    events.truncate(first)
    events.add(starts[-1], new)
