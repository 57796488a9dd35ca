# /// script
# dependencies = ["vcrpy==9.4.2", "PyYAML==6.0.4"]
# ///
"""Makes ``recordings/runs/``: a scripted server is asked the same again and again, and vcrpy records what it says.

    uv run tools/record_flaky_runs.py  # or with python, in an environment that has the two packages above

Writes one cassette a run, byte for byte the same each time: no clock, no port and no version of Python is in them; with
``--check`` it writes nothing and exits 1 where one would change. vcrpy because it is the recorder that most Python projects
have; it is no dependency of recexplore. What the runs say is data: ``flaky_runs``.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import re
import sys
import tempfile
import threading
import urllib.request
import zlib
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

from flaky_runs import MODEL, RUNS, TOOL, Run, Said

FOLDER = Path(__file__).resolve().parent.parent / "recordings" / "runs"
HOST = "http://localhost:8000"
"""Where a recording says that it asked: a model's server of one's own, as vLLM listens."""
PATH = "/v1/chat/completions"
CREATED = 1_790_000_000

_TOKEN = re.compile(r" ?\w+|[^\w]")


def answer(run: Run) -> tuple[str, bytes]:
    """The type and the body of the answer."""
    if not run.request.get("stream"):
        return "application/json", json.dumps(whole(run), ensure_ascii=False).encode()
    chunks = list(stream(run))
    ended = chunks if run.last_chunk is None else chunks[: run.last_chunk + 1]
    lines = [json.dumps(chunk, ensure_ascii=False, separators=(",", ":")) for chunk in ended]
    done = ["[DONE]"] if run.last_chunk is None else []
    return "text/event-stream; charset=utf-8", "".join(f"data: {line}\n\n" for line in [*lines, *done]).encode()


def whole(run: Run) -> dict[str, Any]:
    choices = [
        {
            "index": number,
            "message": {"role": "assistant", "content": said.content, "reasoning_content": said.reasoning},
            "finish_reason": said.finish,
        }
        for number, said in enumerate(run.choices)
    ]
    return {**head(run, "chat.completion"), "choices": choices, "usage": usage(run)}


def stream(run: Run) -> Iterator[dict[str, Any]]:
    """The chunks: those of the choices by turns, then the usage report."""
    parts = [choice_parts(number, said, run) for number, said in enumerate(run.choices)]
    about = head(run, "chat.completion.chunk")
    for turn in zip_longest(*parts):
        yield from ({**about, "choices": [part]} for part in turn if part is not None)
    if run.has_usage:
        yield {**about, "choices": [], "usage": usage(run)}


def choice_parts(number: int, said: Said, run: Run) -> Iterator[dict[str, Any]]:
    def part(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
        return {"index": number, "delta": delta, **more, "finish_reason": finish}

    yield part({"role": "assistant", "content": ""})
    for field, text in (("reasoning_content", said.reasoning), ("content", said.content)):
        tokens, size = tokens_of(text), run.tokens_per_chunk
        logprobs = [token_logprob(*pair, run.logprobs or {}) for pair in pairwise(["", *tokens])]
        for start in range(0, len(tokens), size):
            end = start + size
            told = {} if run.logprobs is None else {"logprobs": {"content": logprobs[start:end]}}
            yield part({field: "".join(tokens[start:end])}, **told)
    if said.call:
        call = {"index": 0, "id": f"call_{digest(run.name)[:12]}", "type": "function"}
        yield part({"tool_calls": [{**call, "function": {"name": TOOL, "arguments": ""}}]})
        for token in tokens_of(said.call):
            yield part({"tool_calls": [{"index": 0, "function": {"arguments": token}}]})
    yield part({}, finish=said.finish)


def token_logprob(before: str, token: str, known: Mapping[tuple[str, str], float]) -> dict[str, Any]:
    near_zero = -(zlib.crc32(token.encode()) % 50) / 1000
    return {"token": token, "logprob": known.get((before, token), near_zero), "top_logprobs": []}


def usage(run: Run) -> dict[str, Any]:
    prompt = sum(len(tokens_of(message["content"])) for message in run.request["messages"])
    reasoning = sum(len(tokens_of(said.reasoning)) for said in run.choices)
    completion = reasoning + sum(len(tokens_of(said.content + said.call)) for said in run.choices)
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {**counts, "completion_tokens_details": {"reasoning_tokens": reasoning}} if reasoning else counts


def head(run: Run, kind: str) -> dict[str, Any]:
    created = CREATED + 60 * RUNS.index(run)
    return {"id": f"chatcmpl-{digest(run.name)[:16]}", "object": kind, "created": created, "model": MODEL}


def tokens_of(text: str) -> list[str]:
    return _TOKEN.findall(text)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Script(BaseHTTPRequestHandler):
    """Answers with the run that the server is at."""

    protocol_version = "HTTP/1.0"  # a body ends with its connection, so that it can break off

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        kind, body = answer(self.server.run)  # type: ignore[attr-defined]
        self.wfile.write(f"HTTP/1.0 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode() + body)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@contextlib.contextmanager
def scripted_server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Script) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def record(run: Run, server: HTTPServer, folder: Path) -> None:
    """Ask for a run and let vcrpy write its cassette."""
    import vcr  # type: ignore[import-not-found]
    from vcr.request import Request  # type: ignore[import-not-found]

    def at_home(request: Any) -> Any:
        return Request(request.method, HOST + PATH, request.body, {"Content-Type": "application/json"})

    server.run = run  # type: ignore[attr-defined]
    path = folder / f"{run.name}.yaml"
    path.unlink(missing_ok=True)
    body = json.dumps(run.request, ensure_ascii=False).encode()
    question = urllib.request.Request(
        f"http://127.0.0.1:{server.server_port}{PATH}", body, {"Content-Type": "application/json"}
    )
    recorder = vcr.VCR(record_mode="once", before_record_request=at_home)
    with recorder.use_cassette(str(path)), urllib.request.urlopen(question) as response:
        response.read()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Record the runs of recordings/runs again.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a cassette would change")
    checks = parser.parse_args(arguments).check
    with tempfile.TemporaryDirectory() as aside, scripted_server() as server:
        folder = Path(aside) if checks else FOLDER
        folder.mkdir(exist_ok=True)
        for run in RUNS:
            record(run, server, folder)
        changed = [run.name for run in RUNS if not same(folder, FOLDER, f"{run.name}.yaml")]
    print(f"would change: {', '.join(changed)}" if changed else f"{len(RUNS)} recordings in {FOLDER.name}/")
    return int(bool(changed))


def same(one: Path, other: Path, name: str) -> bool:
    return (other / name).is_file() and (one / name).read_bytes() == (other / name).read_bytes()


if __name__ == "__main__":
    sys.exit(main())
