"""The kinds of event: one table, a row a kind, in which everything that depends on the kind is decided.

Takes nothing, gives the table and what follows from it. The order of the rows is the wire order: one choice's events of one
chunk are numbered by ``seq`` in it. To add a kind, add its row; builders, frames, analysis, rules, figures, terminal and
page have it from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from recexplore.model.colours import AMBER, BLUE, GREEN, GREY, PINK, SKY, VERMILION, Colour

__all__ = [
    "BESIDE_KINDS",
    "CHOICE_TEXTS",
    "COUNTED_KINDS",
    "JOINED_KINDS",
    "KINDS",
    "LEGEND",
    "LETTERS",
    "OUTPUT_KINDS",
    "PAYLOAD_KINDS",
    "SIZED_KINDS",
    "TABLE",
    "TEXT_KINDS",
    "Kind",
    "Letter",
    "Look",
    "kind_code",
    "kind_named",
]

Look: TypeAlias = Literal["prose", "thought", "code", "alert", "aside", "markup", "label", "none"]
"""How the text of an event is set where an answer is read: as its own words, as what was thought before them, in fixed
width, as something that went wrong, as something that stands beside, as a tag that shows only when asked for. ``label``:
only where a single chunk is told of; ``none``: only in the raw chunk."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event.

    Attributes
    ----------
    name
        As ``events.kind`` says it.
    meaning
        What such an event is.
    colour
        In every view; grey where the kind has none of its own.
    letter
        What stands for it in a picture of a few characters: one of `LETTERS`.
    look
        How its text is set where an answer is read.
    legend
        Its place in legends, from one; 0 where it shares "other" with the rest.
    joined_in
        The frame that holds all its text of a choice (``choices``, in a column of the kind's name) or of a call
        (``tool_calls``), joined; ``events.start`` and ``end`` count there. None where nothing is joined.
    is_text
        Joined in ``seq`` order with the others that are, its text is exactly the answer's recorded text.
    is_output
        It brings a part of the answer proper: what comes after the reasoning.
    is_sized
        Its text is as long as what was said; JSON about the answer has no such size.
    """

    name: str
    meaning: str
    colour: Colour = GREY
    letter: str = "o"
    look: Look = "none"
    legend: int = 0
    joined_in: Literal["choices", "tool_calls"] | None = None
    is_text: bool = False
    is_output: bool = False
    is_sized: bool = False

    @property
    def label(self) -> str:
        """Its name in words."""
        return self.name.replace("_", " ")

    @property
    def is_payload(self) -> bool:
        """Whether it brings a part of the answer, reasoning and tags included."""
        return self.is_text or self.is_output

    @property
    def is_read(self) -> bool:
        """Whether its text stands where an answer is read."""
        return self.look not in ("label", "none")


TABLE: Final = (
    Kind("role", "Who speaks, mostly `assistant`.", look="label"),
    Kind(
        "reasoning",
        "What the model thought, as far as it is shown; holds no tag.",
        AMBER,
        letter="r",
        look="thought",
        legend=2,
        joined_in="choices",
        is_text=True,
        is_sized=True,
    ),
    Kind(
        "content",
        "What the answer says; holds no reasoning and no tag.",
        BLUE,
        letter="c",
        look="prose",
        legend=1,
        joined_in="choices",
        is_text=True,
        is_output=True,
        is_sized=True,
    ),
    Kind("tag", "A reasoning tag in the text, such as `<think>`.", look="markup", is_text=True, is_sized=True),
    Kind(
        "refusal",
        "What is said instead of an answer, where the provider keeps it apart.",
        VERMILION,
        letter="x",
        look="alert",
        legend=4,
        joined_in="choices",
        is_output=True,
        is_sized=True,
    ),
    Kind(
        "tool_call",
        "A fragment of a tool call: its name, arguments, or both.",
        GREEN,
        letter="t",
        look="code",
        legend=3,
        joined_in="tool_calls",
        is_output=True,
        is_sized=True,
    ),
    Kind(
        "annotation",
        "JSON beside the answer: signatures, images, results of a provider's own tools.",
        SKY,
        look="aside",
        legend=6,
    ),
    Kind("citation", "JSON of a source that the answer names.", SKY, look="aside", legend=5),
    Kind(
        "unknown", "JSON that the dialect does not understand.", SKY, letter="u", look="aside", legend=7, is_sized=True
    ),
    Kind("finish", "The end of a choice; `finish_reason` says why.", letter="f", look="label"),
    Kind("logprobs", "JSON of the log probabilities of tokens."),
    Kind("filter", "JSON of what a content filter found."),
    Kind("usage", "A report of tokens; `usage` has its counts.", PINK, legend=8),
    Kind("error", "JSON of an error that came in the answer.", VERMILION, letter="x", look="alert", legend=9),
    Kind("empty", "A chunk that says nothing, or the JSON of what repeats what was said before."),
)


def _names(*kinds: Kind) -> tuple[str, ...]:
    return tuple(kind.name for kind in kinds)


KINDS: Final = _names(*TABLE)
"""What an event can be, in wire order."""

TEXT_KINDS: Final = _names(*(kind for kind in TABLE if kind.is_text))
"""The kinds that, joined in ``seq`` order, are exactly the answer's recorded text."""

PAYLOAD_KINDS: Final = _names(*(kind for kind in TABLE if kind.is_payload))
"""The kinds that bring a part of the answer, reasoning and tags included."""

OUTPUT_KINDS: Final = _names(*(kind for kind in TABLE if kind.is_output))
"""The kinds that bring a part of the answer proper."""

JOINED_KINDS: Final = _names(*(kind for kind in TABLE if kind.joined_in))
"""The kinds whose fragments are assembled into a text of their own."""

CHOICE_TEXTS: Final = _names(
    *sorted((kind for kind in TABLE if kind.joined_in == "choices"), key=lambda kind: kind.legend)
)
"""The kinds whose joined text is a column of ``choices``, in the order of its columns."""

COUNTED_KINDS: Final = (*CHOICE_TEXTS, *(name for name in PAYLOAD_KINDS if name not in CHOICE_TEXTS))
"""The kinds whose characters ``choices`` counts, in the order of its columns."""

SIZED_KINDS: Final = _names(*(kind for kind in TABLE if kind.is_sized))
"""The kinds whose text is as long as what was said."""

BESIDE_KINDS: Final = _names(*(kind for kind in TABLE if kind.is_read and not kind.is_payload))
"""The kinds that tell a reader something and are no part of the answer."""

LEGEND: Final = tuple(sorted((kind for kind in TABLE if kind.legend), key=lambda kind: kind.legend))
"""The kinds with an entry of their own in legends, in the order in which legends have them."""

_BY_NAME: Final = {kind.name: kind for kind in TABLE}
_CODES: Final = {name: code for code, name in enumerate(KINDS)}


def kind_named(name: str) -> Kind:
    """The row of a kind."""
    return _BY_NAME[name]


def kind_code(name: str) -> int:
    """The small integer that stands for a kind inside the builders."""
    return _CODES[name]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of a picture of a few characters: what it stands for, its colour, the mark a terminal shows for it, and
    whether it is drawn small, because it says little."""

    letter: str
    label: str
    colour: Colour
    mark: str
    is_small: bool = False


LETTERS: Final = (
    Letter("o", "other", GREY, "·", is_small=True),
    Letter("f", "finish", GREY, "○", is_small=True),
    Letter("c", "content", BLUE, "█"),
    Letter("r", "reasoning", AMBER, "▓"),
    Letter("t", "tool call", GREEN, "▒"),
    Letter("u", "unknown", SKY, "▪"),
    Letter("x", "refusal or error", VERMILION, "×"),
)
"""Of several in one place the later one is shown: what is rare is what one looks for."""
