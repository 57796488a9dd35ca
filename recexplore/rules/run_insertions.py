"""Texts of runs of one request that differ in one stretch, which one has and the other has not.

Takes the answers that may be runs, gives `Insertion`; then the runs of one request that have the two texts. Texts that begin
alike are compared, so that the time grows with the text and not with the pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

import pandas as pd

from recexplore.model.plain_values import records
from recexplore.model.traits import Trait
from recexplore.rules.run_groups import alike, answers_of_runs, together
from recexplore.rules.streams import Streams

__all__ = ["SHORTEST_INSERTION", "Insertion", "RunText", "Tally", "insertions", "pairs_of"]

SHORTEST_INSERTION: Final = 4
"""Characters."""
_KINDS: Final = ("content", "reasoning")
_NEIGHBOURS: Final = 8
"""Texts in a row that each is compared with, when they are sorted: those that begin alike stand together."""
_SHORTEST: Final = 8
"""Characters of a text that is looked at."""

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


class Insertion(NamedTuple):
    """Two texts that differ in one stretch, which the longer one has from ``start`` to ``end``, and the rows that have
    them."""

    longer: pd.DataFrame
    shorter: pd.DataFrame
    start: int
    end: int

    @property
    def text(self) -> str:
        """The longer text."""
        return str(self.longer["text"].iloc[0])

    @property
    def rest(self) -> str:
        """The shorter one."""
        return str(self.shorter["text"].iloc[0])

    @property
    def stretch(self) -> str:
        return self.text[self.start : self.end]

    @property
    def is_repeated(self) -> bool:
        """Whether the stretch, but for white space, stands before it already."""
        said = self.stretch.strip()
        return bool(said) and self.text[: self.start].rstrip().endswith(said)

    @property
    def first_start(self) -> int:
        """Where the stretch may begin at the earliest: where a text goes on as the stretch begins, nobody can tell."""
        start, end = self.start, self.end
        while start > 0 and self.text[start - 1] == self.text[end - 1]:
            start, end = start - 1, end - 1
        return start

    @property
    def counts_agree(self) -> bool:
        """Whether some runs with the one text report as many tokens as some with the other."""
        return bool(set(self.longer["completion"]) & set(self.shorter["completion"]) - {0})


def insertions(streams: Streams) -> list[Insertion]:
    """All of them, whether the requests are the same or not."""
    texts = _texts(streams)
    if texts.empty:
        return []
    lane = ["peers", "n", "choice", "kind"]
    texts = texts.sort_values([*lane, "text", "of"], kind="stable", ignore_index=True)
    lanes = texts.groupby(lane, sort=False).ngroup().tolist()
    own = texts["text"].tolist()
    first = [n for n in range(len(own)) if not n or own[n] != own[n - 1] or lanes[n] != lanes[n - 1]]
    ends = [*first[1:], len(own)]
    found = []
    for place, one in enumerate(first):
        for neighbour in range(place + 1, min(place + 1 + _NEIGHBOURS, len(first))):
            other = first[neighbour]
            if lanes[other] != lanes[one]:
                break
            if (stretch := _stretch_between(own[one], own[other])) is not None:
                longer, shorter = texts.iloc[one : ends[place]], texts.iloc[other : ends[neighbour]]
                if len(own[one]) < len(own[other]):
                    longer, shorter = shorter, longer
                found.append(Insertion(longer, shorter, *stretch))
    return found


def pairs_of(streams: Streams, insertion: Insertion) -> Iterator[tuple[RunText, RunText, Tally]]:
    """Runs of one request with the longer and with the shorter text, and what their usage reports say of it: each beside the
    first with the other text."""
    rows = pd.concat([insertion.longer.assign(is_long=True), insertion.shorter.assign(is_long=False)])
    for runs in together(streams, rows, ["peers"]):
        long, short = (_run_texts(runs[runs["is_long"] == which]) for which in (True, False))
        if long and short:
            for one, other in [*((each, short[0]) for each in long), *((long[0], each) for each in short[1:])]:
                yield one, other, _tally(one, other)


def _run_texts(rows: pd.DataFrame) -> list[RunText]:
    return [RunText(**row) for row in records(rows[list(RunText._fields)])]


def _tally(longer: RunText, shorter: RunText) -> Tally:
    if not longer.completion or not shorter.completion or longer.beside != shorter.beside:
        return "unknown"
    if longer.completion == shorter.completion:
        return "same"
    return "more" if longer.completion > shorter.completion else "unknown"


def _texts(streams: Streams) -> pd.DataFrame:
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
        "is_whole": answers["is_whole"].reindex(choices["of"]).to_numpy(),
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


def _stretch_between(one: str, other: str) -> tuple[int, int] | None:
    """Where the longer of two texts has what the shorter one lacks, if that is all in which they differ."""
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    more = len(longer) - len(shorter)
    if more < SHORTEST_INSERTION or (longer[-1] != shorter[-1] and not longer.startswith(shorter)):
        return None
    start = _common_prefix(longer, shorter)
    return (start, start + more) if longer[start + more :] == shorter[start:] else None


def _common_prefix(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one.startswith(other[low:middle], low) else (low, middle - 1)
    return low
