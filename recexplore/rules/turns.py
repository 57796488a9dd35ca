"""Rules about turns: whether an answer is one turn, or the model plays both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from recexplore.model.counts import count
from recexplore.model.traits import Trait
from recexplore.rules.quoting import excerpt, listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows
from recexplore.rules.stretches import stretch_of

__all__ = ["RULES"]

_ASKS: Final = frozenset(["user", "human", "instruction"])
_LINE: Final = (
    r"(?m)^(?:(?P<bare>user|human|assistant|model)[ \t]*$"
    r"|(?P<label>(?:#{2,4} ?)?(?:User|USER|Human|HUMAN|Assistant|ASSISTANT|AI)|#{2,4} ?(?:Instruction|Response)) ?:)"
)
"""A line of a template for chats: a role alone, or before a colon."""
_MAY_HOLD: Final = _LINE.replace("?P<bare>", "?:").replace("?P<label>", "?:")
_LINES: Final = re.compile(_LINE)
_END: Final = re.compile(r"[.!?…。！？)\]}”’\"'`*|>]\s*\Z")
_INTRODUCED: Final = re.compile(
    r"(?i)\b(?:dialog\w*|con?versa\w*|chat\w*|transcript\w*|exampl\w*|ejemplo|beispiel\w*|exemple\w*|script\w*|role\w*"
    r"|interview\w*|scen[ea]\w*|prompt\w*|templat\w*|format\w*|sampl\w*|turns?|messag\w*|assistant\w*|users?|humans?|bots?|gespräch\w*"
    r"|here|below|follow\w*|sure|certainly|course|hier|voici|aquí|aqui|ecco)\b|对话|对話|例|会話"
)
"""What a text says that goes on to show a conversation, or to speak of roles."""
_FENCE: Final = "```"
_LEAST_WORDS: Final = 3


class _Turn(NamedTuple):
    """A line that names a role: where it stands, how it is written, whether the role asks, and what is said in it."""

    start: int
    role: str
    asks: bool
    is_bare: bool
    said: str


def _runaway_turns(streams: Streams) -> Iterator[Hit]:
    answers = streams.answers
    held = answers["content"].str.contains(_MAY_HOLD, regex=True).fillna(False).to_numpy(dtype=bool)
    for row in rows(answers[held & ~streams.has(answers["of"], Trait.RAW_PROMPT)]):
        turns = _turns(row.content)
        if not turns or not _is_runaway(row.content[: turns[0].start], turns, was_cut=row.meaning == "length"):
            continue
        start = turns[0].start
        roles = dict.fromkeys(quoted(turn.role) for turn in turns)
        yield Hit(
            row.of,
            f"The answer of choice {row.choice} goes on as a conversation with itself: "
            f"{count(len(turns), 'line')} behind it {'names' if len(turns) == 1 else 'name'} a role, {listed(roles)}.",
            **stretch_of(streams.spoken(row.key, "content"), start, len(row.content)).fields(),
            choice=row.choice,
            evidence=excerpt(row.content, start, start + len(turns[0].role) + len(turns[0].said)),
        )


def _turns(text: str) -> list[_Turn]:
    """The lines that name a role, but for those in a fence."""
    found = list(_LINES.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    turns, n_fences, behind = [], 0, 0
    for match, end in zip(found, ends, strict=True):
        n_fences += text.count(_FENCE, behind, match.start())
        behind = match.start()
        if n_fences % 2 == 0:
            role = match["bare"] or match["label"]
            asks = role.strip("# ").lower() in _ASKS
            turns.append(_Turn(match.start(), role, asks, match["bare"] is not None, text[match.end() : end].strip()))
    return turns


def _is_runaway(answer: str, turns: list[_Turn], *, was_cut: bool) -> bool:
    """Whether a whole answer is followed by turns that it did not announce: a question, mostly, and another answer."""
    first = turns[0]
    if not first.asks or not _END.search(answer) or _INTRODUCED.search(answer):
        return False
    if len(first.said.split()) < _LEAST_WORDS and "?" not in first.said and "？" not in first.said:
        return False
    if any(not turn.asks and turn.said for turn in turns):
        return True
    return was_cut and (first.is_bare or "?" in first.said)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "runaway-turns",
        "The model plays both sides",
        "warning",
        meaning="Behind the answer the reader finds questions that nobody asked, and their answers, all of it paid for.",
        cause="The token that ends a turn is no stop token at the server, or is left out of the text that it decodes; a "
        "base model; a template of another model.",
        remedy="Configure the stop tokens of the model and its chat template at the server.",
        legal="Conversations that were asked for, told by how the text introduces them; role lines in a fence, or where "
        "the text begins with one; fields of a form (`User: Jane`); raw completions.",
        find=_runaway_turns,
        covered_by=("special-token",),
        sources=("https://github.com/turboderp/exllama/issues/166",),
    ),
)
