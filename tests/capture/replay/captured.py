"""Recordings as a capture writes them, made by hand: an OGX recording with the members ``timing`` and ``wire``."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MS = 1_000_000
URL = "https://api.openai.com/v1/chat/completions"
ASKED = {"model": "m", "messages": [{"role": "user", "content": "Say it"}], "stream": True}


def chat_events(*texts: str, done: bool = True) -> list[bytes]:
    """A chat stream that says texts, one an event, as bytes of events."""
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": text}, None) for text in texts]
    chunks = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": why}]}
        for delta, why in [*deltas, ({}, "stop")]
    ]
    said = [json.dumps(each, ensure_ascii=False) for each in chunks] + (["[DONE]"] if done else [])
    return [f"data: {each}\n\n".encode() for each in said]


def document(
    reads: Sequence[tuple[int, bytes]],
    *,
    url: str = URL,
    body: dict[str, Any] | None = None,
    end: str = "complete",
    status: int = 200,
    headers: dict[str, Any] | None = None,
    packed: bool = False,
    timing: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What the file of a finished capture holds.

    Parameters
    ----------
    reads
        When each came, in ms since the request was sent, and its bytes.
    packed
        Whether the bytes are kept as base64.
    timing
        What the member says otherwise.
    """
    came = b"".join(data for _, data in reads)
    events = [each.removeprefix(b"data: ") for each in came.split(b"\n\n")[:-1] if each.startswith(b"data: {")]
    kept = {"base64": base64.b64encode(came).decode()} if packed else {"lines": came.decode().splitlines(keepends=True)}
    last = reads[-1][0] if reads else 0
    measured = {"headers_received": min((t for t, _ in reads), default=0) * MS, "ended": last * MS, "end": end}
    measured["reads"] = [[t * MS, len(data)] for t, data in reads]
    return {
        "test_id": None,
        "request": {"method": "POST", "url": url, "headers": {}, "body": body or ASKED, "endpoint": "", "model": "m"},
        "response": {
            "body": [{"__type__": "C", "__data__": json.loads(each)} for each in events],
            "is_streaming": True,
        },
        "id_normalization_mapping": {},
        "timing": {"clock": "monotonic", "unit": "ns", "zero": "request sent"} | measured | (timing or {}),
        "wire": {"status": status, "headers": headers or {"content-type": "text/event-stream"}, **kept},
    }


def written(folder: Path, **documents: dict[str, Any]) -> Path:
    """The folder, with a file for each document."""
    for name, each in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(each), encoding="utf-8")
    return folder
