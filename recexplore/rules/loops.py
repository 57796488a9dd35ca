"""The rule about answers that repeat themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.analysis.repeats import LEAST_CHARS, LONGEST_SEARCHED, Repeat, repeats
from recexplore.model.counts import count
from recexplore.rules.quoting import excerpt, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_SHOWN: Final = 3
"""Repetitions in the evidence."""


def _loop(streams: Streams) -> Iterator[Hit]:
    choices = streams.choices
    for kind in ("content", "reasoning"):
        long = choices[(choices[f"{kind}_chars"] >= LEAST_CHARS).to_numpy()]
        keys, numbers, ofs, texts = (long[name].tolist() for name in ("key", "choice", "of", kind))
        for run in repeats(texts):
            text = texts[run.text]
            yield Hit(
                ofs[run.text],
                f"The {kind} of choice {numbers[run.text]} repeats itself: {_said(run)}.{_unsearched(text)}",
                **stretch_of(streams.spoken(keys[run.text], kind), run.start, run.end).fields(),
                choice=numbers[run.text],
                evidence=excerpt(text, run.start, min(run.end, run.start + _SHOWN * max(len(run.unit), 1))),
            )


def _said(run: Repeat) -> str:
    if not run.unit:
        return f"{count(run.end - run.start, 'character')} of white space in a row"
    return f"{quoted(run.unit)} {(run.end - run.start) // len(run.unit):,} times in a row"


def _unsearched(text: str) -> str:
    """What was not looked at, where the text is too long to look at all of it."""
    if len(text) <= LONGEST_SEARCHED:
        return ""
    half = LONGEST_SEARCHED // 2
    return f" Of its {len(text):,} characters the first and the last {half:,} were searched for repetitions."


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "loop",
        "The text repeats itself",
        "warning",
        meaning="Tokens are paid for nothing until the limit is reached.",
        cause="The model degenerates: low temperature, a wrong template, a broken quantisation; white space without "
        "end where JSON is enforced.",
        remedy="Set a repetition penalty or a limit; look at the chat template.",
        legal="Rulers, tables and indents (`-`, `=`, `_`, `*`, blanks and the like). At least 30 characters of white "
        "space, or ten times the same unit of up to 64 characters, 30 in all; blanks alone, or white space in no order, "
        "count at the end of the text, or from 200. Of a text of more than 2,000,000 characters the first and the last "
        "1,000,000 are searched.",
        find=_loop,
        sources=("https://github.com/ollama/ollama/issues/4446", "https://github.com/jundot/omlx/issues/2990"),
    ),
)
