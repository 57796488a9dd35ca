"""The results of a batch: a line each, which wraps one answer and names its request by the id that whoever asked gave it.

Takes a file of lines, or an exchange that another recorder kept of a download (`unwrapped_results`), gives one exchange a
line: the answer inside is its only chunk, the id its ``test_id``, what went wrong its error. What is no batch is given as it
is; the requests of a batch, as they are uploaded, are no recordings. Sources of the fields:
https://platform.openai.com/docs/api-reference/batch/request-output (so do Azure, Mistral, Groq, Together, OpenRouter and
vLLM; Fireworks leaves ``status_code`` and ``body`` out),
https://docs.claude.com/en/api/retrieving-message-batch-results,
https://docs.x.ai/docs/guides/batch-api,
https://ai.google.dev/gemini-api/docs/batch-api,
https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/batch-prediction-from-cloud-storage,
https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.registry import known
from recexplore.read.wire.content import LOOKED_AT, Content
from recexplore.read.wire.http_exchange import path_of
from recexplore.read.wire.line_body import read_lines
from recexplore.read.wire.records import first_records

__all__ = ["NAME", "read", "sniff", "unwrapped_results"]

NAME: Final = "batch"

_Path: TypeAlias = tuple[str, ...]

_IDS: Final = ("custom_id", "key", "recordId", "batch_request_id")
_REQUESTS: Final = ("body", "params", "request", "modelInput")
_KINDS: Final = (
    ({"custom_id"}, {"response", "result", "error"}),
    ({"batch_request_id"}, {"batch_result"}),
    ({"recordId", "modelInput"}, {"modelOutput", "error"}),
)
"""Fields that every line of a kind has, and those of which a result has one."""
_WHOLE: Final = ({"key", "response"}, {"key", "error"})
"""Fields so common that a result has to have no others (Gemini)."""
_FAILURE: Final = frozenset(["code", "message"])
_WITH_STATUS: Final = frozenset(["request", "response", "status"])
"""So common too, but the status of a result is empty, or its response is (Vertex)."""
_ANSWERS: Final[tuple[_Path, ...]] = (
    ("response", "body"),
    ("response",),
    ("result", "message"),
    ("modelOutput",),
    ("batch_result", "response", "chat_get_completion"),
    ("batch_result", "response"),
)
_ERRORS: Final[tuple[_Path, ...]] = (("error",), ("result", "error"), ("batch_result", "error"))
_WORDS: Final[tuple[_Path, ...]] = (("result", "type"), ("status",))
"""Where a line without answer and error says what became of its request, in a word (``expired``) or a sentence."""
_STATUS: Final[tuple[_Path, ...]] = (("response", "status_code"), ("error", "errorCode"), ("error", "code"))
_READ: Final[dict[_Path, type]] = {
    ("url",): str,
    ("method",): str,
    ("response", "status_code"): int,
    ("result", "type"): str,
}
"""What is said by columns of their own."""
_NO_FAILURE: Final[tuple[Json, ...]] = (None, "", {}, "succeeded")
_HTTP_STATUS: Final = range(100, 600)
_HTTP_WRAPPING: Final = frozenset(["status_code", "request_id", "body"])
_SENTENCES: Final = ("message", "errorMessage", "error")
_TELLING: Final = frozenset([*_IDS, "status"])


def sniff(content: Content) -> float:
    if not content.is_lines:
        return 0.0
    return float(_are_results(first_records(content)))


def read(content: Content) -> Iterator[Exchange]:
    batch = Exchange(NAME, path=0)
    read_lines(content.data).fill(batch)
    yield from unwrapped_results(batch)


def _are_results(lines: Sequence[Json]) -> bool:
    """Whether lines are the results of a batch, as far as they can be read."""
    # Asked of every exchange, of which next to none is a batch.
    is_other = _TELLING.isdisjoint
    found = [not is_other(line) and _is_result(line) for line in lines[:LOOKED_AT] if isinstance(line, dict)]
    if True not in found:
        return False
    # A body of one object with so common a field as `key` and an error is no batch.
    is_sure = len(found) > 1 or any(isinstance(line, dict) and _is_sure(line) for line in lines[:1])
    return is_sure and 2 * sum(found) >= len(found)


def _is_sure(line: dict[str, Json]) -> bool:
    return line.keys() not in _WHOLE or isinstance(line.get("response"), dict)


def _is_result(line: dict[str, Json]) -> bool:
    if any(own <= line.keys() and not some.isdisjoint(line) for own, some in _KINDS):
        return True
    response = line.get("response")
    is_answer = isinstance(response, dict) and known().may_be_answer(response)
    if line.keys() >= _WITH_STATUS:
        request = line["request"]
        is_request = isinstance(request, dict) and not request.keys().isdisjoint(known().request.messages)
        return isinstance(line["status"], str) and is_request and (is_answer or not response)
    error = line.get("error")
    return line.keys() in _WHOLE and (is_answer or (isinstance(error, dict) and error.keys() >= _FAILURE))


def _are_requests(lines: Sequence[Json]) -> bool:
    """Whether lines are the requests of a batch, as whoever asks uploads them."""
    first = lines[:LOOKED_AT]
    return bool(first) and all(
        isinstance(line, dict) and any(name in line for name in _IDS) and any(name in line for name in _REQUESTS)
        for line in first
    )


def unwrapped_results(exchange: Exchange) -> Iterator[Exchange]:
    """The exchange, or, where it holds the results of a batch, one for each; a batch's requests are no stream either."""
    if _are_results(exchange.chunks):
        yield from (_unwrapped(exchange, at, line) for at, line in enumerate(exchange.chunks))
        return
    if _are_requests(exchange.chunks):
        exchange.streaming = False
    yield exchange


def _unwrapped(batch: Exchange, at: int, line: Json) -> Exchange:
    """The exchange of one line. When it was downloaded says nothing of its answer; a line that cannot be read is one."""
    one = replace(batch, chunks=[line], streaming=False, clock="none", t_zero=None, times_s=None, wall_times=None)
    one.wire = {name: [cells[at]] for name, cells in batch.wire.items()}
    one.offsets = None if batch.offsets is None else [batch.offsets[at]]
    one.items = None if batch.items is None else [batch.items[at]]
    one.path = one.offsets[0] if isinstance(batch.path, int) and one.offsets else batch.path
    one.damaged_chunk = 0 if batch.damaged_chunk == at else None
    own = [each for each in batch.problems if each.chunk == at or (each.chunk is None and at == 0)]
    one.problems = [replace(each, chunk=None if each.chunk is None else 0) for each in own]
    if isinstance(line, dict):
        _read(one, line)
    return one


def _read(one: Exchange, line: dict[str, Json]) -> None:
    ids = [name for name in _IDS if line.get(name) is not None][:1]
    asked = [name for name in _REQUESTS if isinstance(line.get(name), dict)][:1]
    for name in ids:
        one.test_id = line[name] if isinstance(line[name], str) else to_json_text(line[name])
    for name in asked:
        one.request = line[name]
    if isinstance(url := line.get("url"), str):
        one.url, one.endpoint = url, path_of(url)
    if isinstance(method := line.get("method"), str):
        one.method = method
    known = {(name,) for name in (*ids, *asked)} | _read_outcome(one, line)
    known |= {path for path, kind in _READ.items() if type(_value(line, path)) is kind}
    if rest := _left(line, known):
        one.extra = {**(one.extra or {}), **rest}


def _read_outcome(one: Exchange, line: dict[str, Json]) -> set[_Path]:
    """The answer or why there is none; gives the paths of what is said by it."""
    answer = next((path for path in _ANSWERS if _is_answer(path, _value(line, path))), None)
    codes = [_value(line, path) for path in _STATUS]
    status = next((code for code in codes if type(code) is int and code in _HTTP_STATUS), None)
    if answer is not None:
        one.chunks, one.status = [_value(line, answer)], status or one.status
    else:
        _leave_empty(one, status)
    reasons = _ERRORS if answer is not None else (*_ERRORS, *_WORDS)
    failure = next((path for path in reasons if _value(line, path) not in _NO_FAILURE), None)
    if failure is not None:
        one.error, one.is_exception = _sentence(_value(line, failure)), None if answer is not None else True
    elif answer is None and not one.problems:
        found, hint = to_json_text(line)[:80], "nothing is known of the answer; ask again"
        one.problems.append(Problem("a result without an answer", "an answer or an error", found, hint))
    said = failure if failure is not None and isinstance(_value(line, failure), str) else None
    return {path for path in (answer, said) if path is not None}


def _leave_empty(one: Exchange, status: int | None) -> None:
    """What came is no answer: no chunk, and not the status of the download."""
    one.chunks, one.wire, one.status = [], {}, status
    one.offsets = one.items = one.damaged_chunk = None
    one.problems = [replace(each, chunk=None) for each in one.problems]


def _value(line: Json, path: _Path) -> Json:
    """The value at a path; None where there is none."""
    for name in path:
        line = line.get(name) if isinstance(line, dict) else None
    return line


def _is_answer(path: _Path, value: Json) -> bool:
    is_wrapping = path == ("response",) and isinstance(value, dict) and not _HTTP_WRAPPING.isdisjoint(value)
    return value not in (None, {}) and not is_wrapping


def _sentence(error: Json) -> str:
    """What an error says in words, however deep; else its JSON."""
    said = error
    while isinstance(said, dict):
        said = next((said[name] for name in _SENTENCES if said.get(name)), None)
    return said if isinstance(said, str) else to_json_text(error)


def _left(value: Json, known: Collection[_Path], path: _Path = ()) -> Json:
    """What stands at none of the known paths; None where nothing does."""
    if path in known:
        return None
    if not isinstance(value, dict) or not any(each[: len(path)] == path for each in known):
        return value or None
    rest = {name: _left(each, known, (*path, name)) for name, each in value.items()}
    return {name: each for name, each in rest.items() if each is not None} or None
