"""Small recordings, written as the recorder of llama-stack writes them, for the tests of `recexplore.matching`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

URL = "https://api.openai.com/v1/v1/chat/completions"
TEST = "tests/integration/inference/test_chat.py::test_answer[txt=gpt]"


def body(text: str = "What is the boiling point of water?", **more: Any) -> dict[str, Any]:
    return {"model": "gpt", "messages": [{"role": "user", "content": text}], "stream": True, **more}


def request(sent: Any = None, url: str = URL) -> dict[str, Any]:
    sent = body() if sent is None else sent
    return {"method": "POST", "url": url, "headers": {}, "body": sent, "endpoint": "/v1/chat/completions"}


def sha(value: Any) -> str:
    """The digest of a value's JSON text with sorted keys, written once more."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def name_of(asked: dict[str, Any], test_id: str | None = TEST, path: str = "/v1/v1/chat/completions") -> str:
    """The name of a recording whose body no normaliser changes."""
    return sha({"method": "POST", "endpoint": path, "body": asked["body"], "test_id": test_id})


def save(folder: Path, asked: dict[str, Any], test_id: str | None = TEST, name: str | None = None) -> Path:
    """A recording in a file that is named as today's recorder names it, or otherwise."""
    answer = {"id": "rec-1", "object": "chat.completion.chunk", "created": 0, "model": "gpt", "choices": []}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name or name_of(asked, test_id)}.json"
    path.write_text(
        json.dumps({"test_id": test_id, "request": asked, "response": {"body": [answer], "is_streaming": True}})
    )
    return path
