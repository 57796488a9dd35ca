"""Recordings in which every text of `HOSTILE` stands wherever a recording, a file name, a query or a finding can hold text.

``singles`` are recordings of one text each, for what a recording has but one of (model, test, file …); ``crowds`` hold
several, a choice each, and are opened in every pane.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hostile_text import utf16_units
from synthetic import calls, choice, chunk, fragment, recording, says, stream, thinks, wrapped

from recexplore.views.explorer.widget import Explorer

NEEDLE = "substring"

SEVERITIES = ("error", "warning", "note")

CROWD = 24
"""Texts a crowd: the timeline's tip shows no more lanes than six, but a chunk here has one."""


def parts(text: str) -> list[str]:
    """The text in three pieces, cut between the halves of characters too."""
    return ["".join(each) for each in np.array_split(np.array(utf16_units(text), dtype=object), 3)]


def middle(text: str) -> tuple[int, int]:
    """Offsets of the text's middle."""
    return len(text) // 3, -(-2 * len(text) // 3)


def tool(text: str) -> dict[str, Any]:
    schema = {"type": "object", "description": text, "properties": {text: {"type": "string", "enum": [text]}}}
    closed = {**schema, "required": [text, f"{text}?"], "additionalProperties": False, "__proto__": {"polluted": text}}
    return {"type": "function", "function": {"name": text, "description": text, "parameters": closed}}


def arguments(text: str) -> str:
    return json.dumps(
        {text: text, "__proto__": {"polluted": 1}, "inner": json.dumps({text: [text]})}, ensure_ascii=False
    )


def request(*texts: str, **fields: Any) -> dict[str, Any]:
    asked = [{"role": "user", "content": text, "name": text, text: text} for text in texts]
    return {
        "model": texts[-1],
        "stream": True,
        "messages": asked,
        "tools": [*map(tool, texts)],
        text_key(texts): texts,
        **fields,
    }


def text_key(texts: tuple[str, ...]) -> str:
    """A key that replaces none of the request's own."""
    return f"{texts[-1]} "


def stamped(document: Any, text: str) -> Any:
    """The document with the text where a recording has but one, and a clock."""
    document["request"] |= {"provider": text, "model": text, "url": f"https://beacon.invalid/{text}"}
    document["test_id"] = text
    for at, item in enumerate(document["response"]["body"]):
        item["__type__"] = text
        item["__data__"] |= {
            "created": 1_700_000_000 + at,
            "model": text,
            "system_fingerprint": text,
            "extra": {text: text},
        }
    return document


def single(text: str, number: int) -> Any:
    chunks = [says(piece) for piece in [*parts(text), f" {NEEDLE} ", *parts(text)]]
    end = chunk(choice({}, finish_reason=text), usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3})
    return stamped(stream(*chunks, end, request=request(text, seed=number)), text)


def crowd(texts: tuple[str, ...]) -> Any:
    """A choice a text, in turns: reasoning, content, refusal, a field nobody knows, two tool calls, the end."""
    rounds: list[list[dict[str, Any]]] = [[], [], [], [], [], [], []]
    for k, text in enumerate(texts):
        turns = [thinks("reasoning_content", piece) for piece in parts(text)] + [says(piece) for piece in parts(text)]
        turns.append(chunk(choice({"refusal": text, f"{text} ": {text: text}, "role": text})))
        begun, *more = parts(arguments(text))
        turns.append(calls(fragment(begun, name=text, id=text)))
        turns += [calls(fragment(piece)) for piece in more]
        turns += [calls(fragment(text, 1, name=text)), chunk(choice({}, finish_reason=text))]
        rounds += [[] for _ in range(len(turns) - len(rounds))]
        for at, turn in enumerate(turns):
            turn["choices"][0]["index"] = k
            rounds[at].append(turn)
    return stamped(stream(*(turn for each in rounds for turn in each), request=request(*texts)), texts[-1])


def failed(text: str) -> Any:
    return recording(None, request=request(text)) | {
        "response": {"body": None, "is_streaming": True, "is_exception": True, "exception_message": text, "status": 400}
    }


def written_whole(text: str) -> Any:
    said = {
        "role": text,
        "content": text,
        "reasoning_content": text,
        "tool_calls": [fragment(text, name=text, id=text)],
    }
    body = {"id": text, "object": "chat.completion", "created": 1, "model": text}
    answers = [{"index": 0, "message": said, "finish_reason": text}]
    return recording(wrapped({**body, "choices": answers}, text), streaming=False, request=request(text))


def file_name(text: str) -> str:
    """What a file system takes of the text; not hidden, and of its own."""
    kept = re.sub("[\0/\ud800-\udfff]", "_", text).encode()[:100].decode(errors="ignore")
    return f"_{kept}" if kept.startswith(".") else kept


def write(folder: Path, name: str, document: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Path(os.path.join(folder, name)).write_text(json.dumps(document))


def answer(explorer: Explorer, what: str, /, **given: Any) -> Any:
    """What the page would be told; fails where no message could carry it."""
    value, _ = explorer.answers.answer(what, given)
    carried(value)
    return value


def carried(value: Any) -> None:
    """Fails where Jupyter could not send the value."""
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def finding(id_: str, **fields: Any) -> pd.DataFrame:
    plain = {
        "recording": id_,
        "rule": "r",
        "severity": "warning",
        "chunk": 0,
        "choice": 0,
        "message": "m",
        "evidence": "e",
    }
    return pd.DataFrame([{**plain, **fields}])
