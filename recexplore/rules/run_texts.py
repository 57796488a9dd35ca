"""Rules about a text that other runs of the same request show to be wrong: a stretch stands twice, is missing, or stands in
another choice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from recexplore.model.counts import count
from recexplore.model.traits import Trait
from recexplore.rules.quoting import excerpt, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.run_insertions import SHORTEST_INSERTION, Insertion, Tally, insertions, pairs_of
from recexplore.rules.run_moves import LEAST_CLEAN, SHORTEST_MOVE, Change, moves
from recexplore.rules.streams import Streams
from recexplore.rules.stretches import Stretch, stretch_of

__all__ = ["RULES"]

_LEAST_REPEATED: Final = 20
"""Characters of a stretch that no text says twice in a row by chance, and once the next time."""
_LEAST_MISSING: Final = 12
_LEAST_WORDS: Final = 2
_WORDS: Final = re.compile(r"\w+")


def _run_repeat(streams: Streams) -> Iterator[Hit]:
    seen: set[tuple[int, str]] = set()
    for insertion in streams.once(insertions):
        if not _is_repetition(insertion):
            continue
        start = insertion.word_start
        end = start + len(insertion.stretch)
        said = insertion.text[start:end].strip()
        for longer, shorter, tally in pairs_of(streams, insertion):
            if (longer.key, longer.kind) in seen or not _is_odd(said, tally):
                continue
            seen.add((longer.key, longer.kind))
            counted = "; the usage reports of both count as many tokens" if tally == "same" else ""
            where = stretch_of(streams.spoken(longer.key, longer.kind), start, end)
            yield Hit(
                longer.of,
                f"The {longer.kind} of choice {longer.choice} says {quoted(said)} twice in a row; in recording "
                f"{streams.ids[shorter.of]}, a run of the same request, it stands once and all else is equal{counted}.",
                **where.fields(),
                choice=longer.choice,
                evidence=excerpt(longer.text, start, end),
            )


def _is_repetition(insertion: Insertion) -> bool:
    """Whether the longer text has twice in a row what the shorter one has once: a refrain, or a text that runs in circles,
    stands in the other run more than once, too."""
    said = insertion.stretch.strip()
    return len(said) >= SHORTEST_INSERTION and insertion.is_repeated and insertion.rest.count(said) == 1


def _is_odd(said: str, tally: Tally) -> bool:
    """Whether a model would not have said the stretch twice."""
    words = set(_WORDS.findall(said.lower()))
    if tally == "same":
        return bool(words)
    return tally == "unknown" and len(said) >= _LEAST_REPEATED and len(words) >= _LEAST_WORDS


def _run_gap(streams: Streams) -> Iterator[Hit]:
    seen: set[tuple[int, str]] = set()
    for insertion in streams.once(insertions):
        start = insertion.word_start
        end = start + len(insertion.stretch)
        lost = insertion.text[start:end]
        is_long = len(lost) >= _LEAST_MISSING and len(_WORDS.findall(lost)) >= _LEAST_WORDS
        if not is_long or insertion.is_repeated or not insertion.counts_agree:
            continue
        for longer, shorter, tally in pairs_of(streams, insertion):
            if tally != "same" or longer.completion < longer.least_tokens or (shorter.key, shorter.kind) in seen:
                continue
            seen.add((shorter.key, shorter.kind))
            where = _seam(streams, shorter.key, shorter.kind, start)
            yield Hit(
                shorter.of,
                f"The {shorter.kind} of choice {shorter.choice} lacks {quoted(lost.strip())}, which recording "
                f"{streams.ids[longer.of]} has, a run of the same request in which all else is equal. The usage reports of "
                f"both count {shorter.completion:,} completion tokens: it was generated and got lost.",
                **where.fields(),
                choice=shorter.choice,
                evidence=f"{excerpt(shorter.text, start, start)}, in {streams.ids[longer.of]} "
                f"{excerpt(longer.text, start, end)}",
            )


def _seam(streams: Streams, key: int, kind: str, place: int) -> Stretch:
    """The last character before a place of a text and the first one behind it."""
    return stretch_of(streams.spoken(key, kind), max(place - 1, 0), place + 1)


def _run_bleed(streams: Streams) -> Iterator[Hit]:
    seen: set[tuple[int, str]] = set()
    for of, gained, lost, clean in moves(streams):
        if (gained.key, gained.kind) in seen:
            continue
        seen.add((gained.key, gained.kind))
        where = stretch_of(streams.spoken(gained.key, gained.kind), gained.start, gained.end)
        seam = _seam(streams, lost.key, lost.kind, lost.start)
        said, more, less = quoted(gained.stretch.strip()), f"choice {gained.choice}", f"choice {lost.choice}"
        yield Hit(
            of,
            f"The {gained.kind} of {more} says {said} ({_chunks(where)}), which is missing in {less} ({_chunks(seam)}): in "
            f"{count(len(clean), 'other run')} of the same request, {streams.ids[clean[0]]} among them, {less} says it and "
            f"{more} does not, and all else that the two say is equal.",
            **where.fields(),
            choice=gained.choice,
            evidence=f"{_excerpt_of(gained)}, in {less} {excerpt(lost.shorter, lost.start, lost.start)}, in "
            f"{less} of {streams.ids[clean[0]]} {_excerpt_of(lost)}",
        )


def _chunks(where: Stretch) -> str:
    if where.chunk == where.last_chunk:
        return f"chunk {where.chunk}"
    return f"chunks {where.chunk} to {where.last_chunk}"


def _excerpt_of(change: Change) -> str:
    return excerpt(change.longer, change.start, change.end)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "run-repeat",
        "A stretch stands twice that another run has once",
        "warning",
        meaning="The text holds a passage twice that the model said once.",
        cause="A chunk was delivered again: a retry after a broken connection, a buffer that is flushed twice, a resumed "
        "stream that begins too early.",
        remedy="Look at the chunks where the second one begins; have the gateway resume behind the last chunk it passed on.",
        legal="A refrain, a text that runs in circles, a word said twice. A stretch of 20 characters and two words is told, "
        "shorter ones only where the usage reports count no more tokens for the longer text; where they count more, the "
        "model did say it twice.",
        find=_run_repeat,
        needs=("request", "other runs"),
        covered_by=("stutter", "cumulative-delta", "loop", "after-finish", "think-duplicate", "choice-bleed"),
    ),
    Rule(
        "run-gap",
        "A stretch is missing that the usage report counts",
        "warning",
        meaning="The text lacks words, and nothing in the stream says so.",
        cause="A server that holds tokens back for several steps, or a full queue between two of its parts, loses a delta; "
        "the count of tokens is made before.",
        remedy="Compare with the whole answer (`stream: false`) to the same request; report it to the server's makers.",
        legal="A shorter answer: its report counts fewer tokens. It is told of 12 characters and two words at least, where "
        "both runs finished with the same count and are equal but for the stretch; not of answers with calls or with "
        "reasoning that is counted and not seen.",
        find=_run_gap,
        traits=frozenset({Trait.REPORTS_USAGE}),
        needs=("request", "other runs"),
        sources=(
            "https://github.com/vllm-project/vllm/issues/30099",
            "https://github.com/raullenchai/Rapid-MLX/issues/209",
        ),
        covered_by=("responses-lifecycle", "realtime-lifecycle", "assistants-lifecycle", "choice-bleed"),
    ),
    Rule(
        "run-bleed",
        "A stretch stands in another choice than in other runs",
        "error",
        meaning="One answer holds words that belong to another one, which lacks them; both look like answers.",
        cause="The gateway put a delta under the index of another choice, or merged the deltas of two choices under one.",
        remedy="Repeat the request, or ask for one choice at a time until it is mended; the other runs show the right "
        "texts.",
        legal="Other words, swapped choices, text that both choices say; whole sentences, and words between the same two "
        "words, for a model may say them now in the one choice, now in the other. It is told of "
        f"{SHORTEST_MOVE} characters and more, where streams of the same request agree on the right text of both choices, "
        f"{LEAST_CLEAN} at least for each run that differs. Answers that came whole are not told and confirm nothing.",
        find=_run_bleed,
        traits=frozenset({Trait.NUMBERS_CHOICES}),
        needs=("request", "other runs"),
        covered_by=("choice-bleed",),
    ),
)
