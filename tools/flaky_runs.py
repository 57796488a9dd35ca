"""What the runs of ``recordings/runs/`` ask and say, and in what they differ.

Data only: `RUNS` are what ``record_flaky_runs`` serves and records, one cassette each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

__all__ = ["MODEL", "RUNS", "TOOL", "Run", "Said"]

MODEL = "made/reasoner-8b"


@dataclass(frozen=True)
class Said:
    """What a choice says, and how it ends."""

    reasoning: str = ""
    content: str = ""
    finish: str | None = "stop"
    call: str = ""
    """The arguments of `TOOL`, as they are written."""


@dataclass(frozen=True)
class Run:
    """One answer to a request, and how it is sent.

    Attributes
    ----------
    name
        Of its cassette.
    request
        What is asked.
    choices
        What the answer says.
    tokens_per_chunk
        More than one where the server decodes speculatively.
    has_usage
        Whether the usage report comes that was asked for.
    last_chunk
        With which chunk the connection breaks off, where it does.
    logprobs
        Of a token behind another; all others are near 0. None: the request asked for none.
    """

    name: str
    request: dict[str, Any]
    choices: tuple[Said, ...]
    tokens_per_chunk: int = 1
    has_usage: bool = True
    last_chunk: int | None = None
    logprobs: dict[tuple[str, str], float] | None = None


# Ten runs of one request: nine of them know how long February was, as far as they get.

LEAP_YEAR = {
    "model": MODEL,
    "messages": [
        {"role": "user", "content": "How many days did February have in the year 1900? Answer in one short sentence."}
    ],
    "n": 2,
    "seed": 7,
    "temperature": 0.2,
    "max_tokens": 40,
    "logprobs": True,
    "stream": True,
    "stream_options": {"include_usage": True},
}
PLAIN = Said(
    reasoning="1900 can be divided by 4, and by 100.", content="February 1900 had 28 days, for 1900 was no leap year."
)
WRONG = Said(reasoning=PLAIN.reasoning, content="February 1900 had 29 days, for 1900 was a leap year.")
BY_RULE = Said(
    reasoning="Every fourth year is a leap year, except centuries that 400 does not divide, and 1900 is one.",
    content="There were 28 days: 1900 was not a leap year.",
)
ENDLESS = Said(
    reasoning="Every fourth year is a leap year, except centuries that 400 does not divide. Does 400 divide 1900? "
    "4 times 400 is 1600, 5 times 400 is 2000. Once more: 1900 is between 4",
    finish="length",
)
# Where the runs part the model was in two minds: exp(-0.53) is 59 %, exp(-0.99) is 37 %.
IN_TWO_MINDS = {(" had", " 28"): -0.53, (" had", " 29"): -0.99, (" divide", ","): -0.46, (" divide", "."): -1.02}
USUAL = Run("leap-year-01", LEAP_YEAR, (PLAIN, BY_RULE), logprobs=IN_TWO_MINDS)

# Four runs of a request that is answered by a call of a tool.

TOOL = "book_table"
TABLE = {
    "model": MODEL,
    "messages": [
        {"role": "user", "content": "A table for four at half past seven tonight, please. The name is Okafor."}
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": TOOL,
                "parameters": {
                    "type": "object",
                    "properties": {
                        "people": {"type": "integer"},
                        "time": {"type": "string"},
                        "name": {"type": "string"},
                    },
                    "required": ["people", "time", "name"],
                },
            },
        }
    ],
    "max_tokens": 32,
    "stream": True,
    "stream_options": {"include_usage": True},
}

# One request streamed, and asked for whole: the stream loses what its server still held back when the answer ended.

SUM = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "What do 19.90, 4.35 and 0.75 add up to?"}],
    "temperature": 0,
}
ADDED_UP = Said(reasoning="19.90 and 4.35 are 24.25, with 0.75 that is 25.00.", content="They add up to 25.00.")

RUNS = (
    USUAL,
    replace(USUAL, name="leap-year-02", tokens_per_chunk=3),
    replace(USUAL, name="leap-year-03"),
    replace(USUAL, name="leap-year-04", choices=(BY_RULE, PLAIN)),
    replace(USUAL, name="leap-year-05"),
    replace(USUAL, name="leap-year-06", has_usage=False),
    replace(USUAL, name="leap-year-07", choices=(WRONG, BY_RULE)),
    replace(USUAL, name="leap-year-08"),
    replace(USUAL, name="leap-year-09", has_usage=False, last_chunk=54),
    replace(USUAL, name="leap-year-10", choices=(PLAIN, ENDLESS)),
    Run("table-01", TABLE, (Said(call='{"people": 4, "time": "19:30", "name": "Okafor"}', finish="tool_calls"),)),
    Run("table-02", TABLE, (Said(call='{"name":"Okafor","people":4,"time":"19:30"}', finish="tool_calls"),)),
    Run(
        "table-03",
        TABLE,
        (Said(call='{"people": 4, "time": "19:30", "name": "Okafor, Okafor, Okafor,', finish="length"),),
    ),
    Run("table-04", TABLE, (Said(call='{"people": 4, "time": "19:30", "name": "Okafor"}', finish="tool_calls"),)),
    Run("sum-whole", SUM, (ADDED_UP,)),
    Run(
        "sum-streamed",
        {**SUM, "stream": True, "stream_options": {"include_usage": True}},
        (replace(ADDED_UP, content="They add up to 25"),),
    ),
)
