"""Texts of runs of one request that differ in one stretch, which one has and the other has not.

Takes the answers that may be runs, gives `Insertion`; then the runs of one request that have the two texts. Texts that begin
alike are compared, so that the time grows with the text and not with the pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

import pandas as pd

from recexplore.analysis.common_prefix import common_prefix_chars
from recexplore.model.plain_values import records
from recexplore.model.traits import Trait
from recexplore.rules.run_groups import alike, answers_of_runs, together
from recexplore.rules.streams import Streams

__all__ = [
    "SHORTEST_INSERTION",
    "Insertion",
    "RunText",
    "Tally",
    "insertions",
    "pairs_of",
    "stretch_between",
    "texts_of_runs",
]

SHORTEST_INSERTION: Final = 4
"""Characters."""
_KINDS: Final = ("content", "reasoning")
_NEIGHBOURS: Final = 8
"""Texts in a row that each is compared with, when they are sorted: those that begin alike stand together."""
_SHORTEST: Final = 8
"""Characters of a text that is looked at."""
_WORDS: Final = re.compile(r"\w+")

Tally: TypeAlias = Literal["same", "more", "unknown"]
"""What the usage reports say of the longer text: as many tokens as for the shorter one, more, or nothing that counts."""


class RunText(NamedTuple):
    """A text of a run: one kind of text of one choice.

    Attributes
    ----------
    of, key
        The recording and the choice, as `recexplore.rules.streams.Streams` numbers them.
    choice, kind, text
        The choice's number, what kind of text it is, and the text.
    completion
        The completion tokens that were reported for the recording, where they count this choice alone and all that it says;
        else 0.
    beside
        What the choice says beside it.
    """

    of: int
    key: int
    choice: int
    kind: str
    text: str
    completion: int
    beside: str

    @property
    def least_tokens(self) -> int:
        """As many as there are words."""
        return len(_WORDS.findall(self.text)) + len(_WORDS.findall(self.beside))


class Insertion(NamedTuple):
    """Two texts that differ in one stretch, which the longer one has.

    Attributes
    ----------
    text, rest
        The longer text and the shorter one.
    start, end
        Where the longer one has the stretch; at the latest, where that cannot be told.
    texts
        All texts that were compared, a row each.
    longer, shorter
        Which rows of them have the one text, and the other.
    """

    text: str
    rest: str
    start: int
    end: int
    texts: pd.DataFrame
    longer: slice
    shorter: slice

    @property
    def stretch(self) -> str:
        return self.text[self.start : self.end]

    @property
    def is_repeated(self) -> bool:
        """Whether the stretch, but for white space, stands before it already."""
        said = self.stretch.strip()
        return bool(said) and self.text[: self.start].rstrip().endswith(said)

    @property
    def word_start(self) -> int:
        """Where the stretch begins, if white space begins it: where the same follows it, nobody can tell which of the two it
        brought."""
        start, end = self.start, self.end
        while start > 0 and self.text[start - 1].isspace() and self.text[start - 1] == self.text[end - 1]:
            start, end = start - 1, end - 1
        return start

    @property
    def counts_agree(self) -> bool:
        """Whether some runs with the one text report as many tokens as some with the other."""
        completion = self.texts["completion"].to_numpy()
        return bool({*completion[self.longer].tolist()} & {*completion[self.shorter].tolist()} - {0})


def insertions(streams: Streams) -> list[Insertion]:
    """All of them, whether the requests are the same or not."""
    texts = streams.once(texts_of_runs)
    if texts.empty:
        return []
    lane = ["peers", "n", "choice", "kind"]
    texts = texts.sort_values([*lane, "text", "of"], kind="stable", ignore_index=True)
    lanes = texts.groupby(lane, sort=False).ngroup().tolist()
    own = texts["text"].tolist()
    first = [n for n in range(len(own)) if not n or own[n] != own[n - 1] or lanes[n] != lanes[n - 1]]
    same = [slice(start, end) for start, end in pairwise([*first, len(own)])]
    found = []
    for place, one in enumerate(same):
        for other in same[place + 1 : place + 1 + _NEIGHBOURS]:
            if lanes[other.start] != lanes[one.start]:
                break
            longer, shorter = (one, other) if len(own[one.start]) > len(own[other.start]) else (other, one)
            text, rest = own[longer.start], own[shorter.start]
            if (stretch := stretch_between(text, rest)) is not None:
                found.append(Insertion(text, rest, *stretch, texts, longer, shorter))
    return found


def pairs_of(streams: Streams, insertion: Insertion) -> Iterator[tuple[RunText, RunText, Tally]]:
    """Runs of one request with the longer and with the shorter text, and what their usage reports say of it: each beside the
    first with the other text."""
    longer, shorter = (insertion.texts.iloc[rows] for rows in (insertion.longer, insertion.shorter))
    both = pd.concat([longer.assign(is_long=True), shorter.assign(is_long=False)])
    for runs in together(streams, both, ["peers"]):
        long, short = (_run_texts(runs[runs["is_long"] == which]) for which in (True, False))
        if long and short:
            for one, other in [*((each, short[0]) for each in long), *((long[0], each) for each in short[1:])]:
                yield one, other, _tally(one, other)


def _run_texts(rows: pd.DataFrame) -> list[RunText]:
    return [RunText(**row) for row in records(rows[list(RunText._fields)])]


def _tally(longer: RunText, shorter: RunText) -> Tally:
    if not longer.completion or not shorter.completion or longer.beside != shorter.beside:
        return "unknown"
    if longer.completion > shorter.completion:
        return "more"
    # A server that was made for a test counts whatever it likes.
    can_be = shorter.least_tokens <= longer.completion <= len(longer.text) + len(longer.beside)
    return "same" if can_be and longer.completion == shorter.completion else "unknown"


def texts_of_runs(streams: Streams) -> pd.DataFrame:
    """The texts of answers that can be compared: a row a choice and a kind, with the ``completion`` tokens of its recording
    where they count this choice alone and all that it says, and ``beside``, what else the answer holds."""
    answers = alike(streams.once(answers_of_runs), ["peers"]).set_index("of")
    if answers.empty:
        return answers
    choices = streams.choices[streams.choices["of"].isin(answers.index)]
    facts = streams.recordings[["completion_tokens", "reasoning_tokens"]].take(choices["of"].to_numpy())
    alone = (answers["n"].reindex(choices["of"]) == 1).to_numpy() & answers["is_done"].reindex(choices["of"]).to_numpy()
    alone &= ~choices["of"].isin(streams.tool_calls["of"]).to_numpy() & streams.has(choices["of"], Trait.REPORTS_USAGE)
    seen = (facts["reasoning_tokens"].fillna(0) == 0).to_numpy(dtype=bool) | (choices["reasoning_chars"] > 0).to_numpy()
    completion = facts["completion_tokens"].fillna(0).to_numpy(dtype="int64")
    common = {
        "of": choices["of"].to_numpy(),
        "key": choices["key"].to_numpy(),
        "choice": choices["choice"].to_numpy(dtype="int64"),
        "peers": answers["peers"].reindex(choices["of"]).to_numpy(),
        "n": answers["n"].reindex(choices["of"]).to_numpy(),
        "completion": completion * (alone & seen),
    }
    other = dict(zip(_KINDS, reversed(_KINDS), strict=True))
    parts = [
        pd.DataFrame(
            {
                **common,
                "kind": kind,
                "text": choices[kind].fillna("").to_numpy(dtype=object),
                "beside": choices[other[kind]].fillna("").to_numpy(dtype=object),
            }
        )
        for kind in _KINDS
    ]
    texts = pd.concat(parts, ignore_index=True)
    return texts[(texts["text"].str.len() >= _SHORTEST).to_numpy(dtype=bool)]


def stretch_between(longer: str, shorter: str) -> tuple[int, int] | None:
    """Where the longer of two texts has what the shorter one lacks, if that is all in which they differ."""
    more = len(longer) - len(shorter)
    if more < SHORTEST_INSERTION or (longer[-1] != shorter[-1] and not longer.startswith(shorter)):
        return None
    start = common_prefix_chars(longer, shorter)
    return (start, start + more) if longer[start + more :] == shorter[start:] else None
