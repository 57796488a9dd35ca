"""The chunks in a recording: of llama-stack, of vcrpy, or the stream itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

__all__ = ["exchanges_in"]


def exchanges_in(path: Path) -> Iterator[tuple[bool, list[Any]]]:
    """Of each exchange in a file, whether it was streamed and its chunks."""
    if path.suffix == ".sse":
        yield True, _server_sent(path.read_text())
    elif path.suffix == ".ndjson":
        yield True, [json.loads(line) for line in path.read_text().splitlines()]
    elif path.suffix == ".json":
        document = json.loads(path.read_bytes())
        yield (True, document) if isinstance(document, list) else _llama_stack(document)
    else:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        for interaction in yaml.load(path.read_bytes(), Loader=loader)["interactions"]:
            yield _vcr(interaction["response"])


def _llama_stack(document: Any) -> tuple[bool, list[Any]]:
    response = document["response"]
    body, streamed = response.get("body"), bool(response.get("is_streaming"))
    if not streamed:
        items = [] if body is None else [body]
    elif body and all(isinstance(item, str) for item in body):
        return True, _server_sent("\n".join(body))
    else:
        items = body or []
    return streamed, [item["__data__"] if isinstance(item, dict) and "__data__" in item else item for item in items]


def _vcr(response: Any) -> tuple[bool, list[Any]]:
    if response.get("parsed_body") is not None:
        return False, [response["parsed_body"]]
    text = (response.get("body") or {}).get("string") or ""
    text = text.decode() if isinstance(text, bytes) else text
    kind = " ".join(response.get("headers", {}).get("content-type") or [])
    if "text/event-stream" in kind:
        return True, _server_sent(text)
    try:
        return False, [json.loads(text)] if text else []
    except ValueError:
        return False, [text]


def _server_sent(text: str) -> list[Any]:
    """The data of each event; a stream's events end with a blank line."""
    chunks, data = [], []
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            joined = "\n".join(data)
            chunks.append(joined if joined == "[DONE]" else json.loads(joined))
            data = []
    return chunks
