"""One sample: a request, the body of its answer, and by hand what the answer says."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from independent_samples.bodies import Body

__all__ = ["Sample", "choice", "said"]


@dataclass(frozen=True)
class Sample:
    """An answer and what it says.

    Attributes
    ----------
    api
        Whose answer it is, by the names of `independent_answers.APIS`.
    name
        What is special about it.
    body, said
        The answer, and what it says: written down by hand, not read by any reader.
    url, asked
        The request, as a user would have recorded it.
    is_failing
        Whether the answer brings an error.
    dialect
        What recexplore calls it, where that is not what `independent_samples.DIALECTS` says of its API.
    """

    api: str
    name: str
    body: Body
    said: dict[str, Any]
    url: str
    asked: dict[str, Any] = field(default_factory=dict)
    is_failing: bool = False
    dialect: str | None = None

    def recorded(self) -> tuple[bytes, str]:
        """A file that a user would have of it, and its name: a cassette of vcrpy, or the log of a session."""
        if self.url.startswith("wss:"):
            return self.bare()
        is_binary = "eventstream" in self.body.media_type
        data = base64.b64encode(self.body.data) if is_binary else self.body.data
        interaction = {
            "request": {"method": "POST", "uri": self.url, "headers": {}, "body": json.dumps(self.asked)},
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"content-type": [self.body.media_type]},
                "body": {"base64_string" if is_binary else "string": data.decode()},
            },
        }
        return json.dumps({"interactions": [interaction], "version": 1}).encode(), "cassette.json"

    def bare(self) -> tuple[bytes, str]:
        """The body alone, as `curl` saves it, and its name."""
        suffix = {"text/event-stream": ".sse", "application/json": ".json"}
        return self.body.data, "answer" + suffix.get(self.body.media_type.partition(";")[0], ".jsonl")


def choice(content: str = "", finish: str | None = None, *, reasoning: str = "", refusal: str = "") -> dict[str, Any]:
    """What one choice says."""
    return {"content": content, "reasoning": reasoning, "refusal": refusal, "finish_reason": finish}


def said(*choices: dict[str, Any], tools: Sequence[tuple[str, Any]] = (), **figures: int) -> dict[str, Any]:
    """What an answer says: its choices by number, calls of choice 0 as (name, arguments), the last of each figure."""
    return {
        "choices": dict(enumerate(choices)),
        "tools": [(0, name, arguments) for name, arguments in tools],
        "usage": figures,
    }
