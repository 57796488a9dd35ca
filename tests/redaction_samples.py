"""Recordings of every recorder, a word planted in every place where something may stand that should not leave the house.

`SENTINEL` stands in headers, query, path, host, user, body, texts across the cuts of chunks, percent-encoded, in base64 and
in compressed bodies; `CREDENTIAL` where a credential stands, and `KEY_FORM`, which looks like one, in texts of a request.
"""

from __future__ import annotations

import base64
import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import yaml

SENTINEL = "Zqxburied7Sentinel4Word"
CREDENTIAL = "Kwvhidden3Credential8Word"
KEY_FORM = f"sk-proj-{'Vq8jX' * 8}"
CUTS = (SENTINEL[:4], SENTINEL[4:15], SENTINEL[15:])
URL = f"https://u:{CREDENTIAL}@{SENTINEL.lower()}.openai.azure.com/openai/deployments/{SENTINEL}/chat/completions"
WHOLE_URL = f"{URL}?api-version=1&api-key={CREDENTIAL}&state=%5A{SENTINEL[1:]}"
HEADERS = {
    "Authorization": f"Bearer {CREDENTIAL}",
    "x-new-thing": CREDENTIAL,
    "Cookie": f"a={CREDENTIAL}",
    "openai-organization": f"org-{SENTINEL}",
    "x-request-id": f"req_{SENTINEL}",
    "Host": f"{SENTINEL}.example.net",
    "Content-Type": "application/json",
}
ANSWER_HEADERS = {"content-type": "text/event-stream", "set-cookie": CREDENTIAL, "x-request-id": f"req_{SENTINEL}"}
PROSE = dict.fromkeys(
    ("author", "role", "reason", "detail", "code", "category", "blockReason", "userStatus", "next_action"), SENTINEL
)
"""The word in fields in which an API says words of its own, and people others."""
NO_API_WORD = dict.fromkeys(("model", "type", "language", "provider", "voice"), f"{SENTINEL}@example.org")
NOT_ASCII = dict.fromkeys(("modality", "family", "toolType", "tool_name"), f"患者{SENTINEL}です")
REQUEST: dict[str, Any] = {
    "model": "m",
    "stream": True,
    "user": SENTINEL,
    "api_key": CREDENTIAL,
    "safety_identifier": f"user-{SENTINEL}",
    "metadata": {"person": {"name": SENTINEL}, f"{SENTINEL}@example.org": 1, "tenant": SENTINEL,
                 SENTINEL + " is a key": "x", "note": f"about {SENTINEL}",
                 "each": [PROSE, NO_API_WORD, NOT_ASCII]},
    "messages": [
        {"role": "system", "content": f"You are {SENTINEL}, with {KEY_FORM}."},
        {"role": "user", "name": SENTINEL, "content": [{"type": "text",
         "text": f"Say “{SENTINEL}”, {KEY_FORM}: é 日本 \\ \" \n"}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,"
         + base64.b64encode(SENTINEL.encode() * 9).decode()}}]},
        {"role": "assistant", "tool_calls": [{"id": "call_abc123def456", "type": "function",
         "function": {"name": "look", "arguments": json.dumps({"where": SENTINEL, "n": 12345})}}]},
        {"role": "tool", "tool_call_id": "call_abc123def456", "content": json.dumps({"found": [SENTINEL]})},
    ],
    "tools": [
        {"type": "function", "function": {"name": "look", "description": SENTINEL, "parameters": {
            "type": "object", "properties": {"where": {"type": "string", "enum": [SENTINEL], "default": SENTINEL}}}}},
        {"type": "mcp", "server_label": "s", "server_url": f"https://{SENTINEL}.example.net/{SENTINEL}",
         "authorization": CREDENTIAL, "headers": {"X-Secret": CREDENTIAL}},
    ],
}  # fmt: skip


def chunks() -> list[dict[str, Any]]:
    """A stream in which the word is cut, in content, reasoning, arguments and tokens."""

    def chunk(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{SENTINEL}", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "system_fingerprint": f"fp_{SENTINEL}", "choices": [{"index": 0, "delta": delta, "finish_reason": None, **more}],
        }  # fmt: skip

    said = [chunk({"role": "assistant", "content": ""}), *(chunk({"reasoning_content": part}) for part in CUTS)]
    for part in CUTS:
        other = {"token": "Sun", "logprob": -2.0, "bytes": [83, 117, 110]}
        token = {"token": part, "logprob": -0.1, "bytes": list(part.encode())}
        said.append(chunk({"content": part}, logprobs={"content": [{**token, "top_logprobs": [token, other]}]}))
    call = {
        "index": 0,
        "id": f"call_{SENTINEL}",
        "type": "function",
        "function": {"name": "look", "arguments": '{"where": "'},
    }
    said.append(chunk({"tool_calls": [call]}))
    said += [chunk({"tool_calls": [{"index": 0, "function": {"arguments": part}}]}) for part in (*CUTS, '"}')]
    said.append(chunk({}, finish_reason="tool_calls"))
    usage = {"prompt_tokens": 12, "completion_tokens": 34, "total_tokens": 46}
    return [*said, {**chunk({}), "choices": [], "usage": usage, "extra_note": f"of {SENTINEL}",
            "session": {"client_secret": {"value": CREDENTIAL}}}]  # fmt: skip


def sse() -> str:
    return "".join(f"data: {json.dumps(each)}\n\n" for each in chunks()) + f": {SENTINEL}\n\ndata: [DONE]\n\n"


def compressed(codec: str) -> bytes:
    data = sse().encode()
    if codec == "gzip":
        return gzip.compress(data, mtime=0)
    if codec == "deflate":
        return zlib.compress(data)
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(data)
    return bytes(sink.getvalue())


def frame(payload: bytes, **more: str) -> bytes:
    """One of Amazon's frames; its headers are texts."""
    headers = {":event-type": "chunk", ":message-type": "event", **{f":{name}": each for name, each in more.items()}}
    head = b"".join(
        bytes([len(name)]) + name.encode() + b"\7" + struct.pack(">H", len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    whole = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return whole + struct.pack(">I", zlib.crc32(whole))


def frames() -> bytes:
    """The same as Amazon's frames, the last of which is an error."""
    said = (
        {"messageStart": {"role": "assistant"}},
        *({"contentBlockDelta": {"delta": {"text": part}}} for part in CUTS),
    )
    packed = (base64.b64encode(json.dumps(each).encode()).decode() for each in said)
    made = [frame(json.dumps({"bytes": each}).encode()) for each in packed]
    error = {"message-type": "error", "error-code": "Failed", "error-message": f"no {SENTINEL} here"}
    return b"".join([*made, frame(b"", **error)])


def llama_stack(**more: Any) -> dict[str, Any]:
    request = {"method": "POST", "url": WHOLE_URL, "headers": HEADERS, "model": "m",
               "endpoint": f"/openai/deployments/{SENTINEL}/chat/completions",
               "body": REQUEST}  # fmt: skip
    body = [{"__type__": "openai.types.chat.ChatCompletionChunk", "__data__": each} for each in chunks()]
    mapping = {f"chatcmpl-{SENTINEL}": "rec-0123456789ab"}
    return {"test_id": "t", "request": request, "response": {"body": body, "is_streaming": True},
            "id_normalization_mapping": mapping, **more}  # fmt: skip


def interaction(body: Any, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    listed = {name: [value] for name, value in HEADERS.items()}
    request = {"method": "POST", "uri": WHOLE_URL, "headers": listed, "body": json.dumps(REQUEST)}
    answered = {name: [value] for name, value in {**ANSWER_HEADERS, **(headers or {})}.items()}
    return {
        "request": request,
        "response": {"status": {"code": 200, "message": "OK"}, "headers": answered, "body": body},
    }


def har(content: dict[str, Any], **more: Any) -> dict[str, Any]:
    def listed(fields: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in fields.items()]

    request = {
        "method": "POST", "url": WHOLE_URL, "httpVersion": "HTTP/2", "headers": listed(HEADERS),
        "cookies": [{"name": "a", "value": CREDENTIAL}], "queryString": listed({"api-key": CREDENTIAL, "state": SENTINEL}),
        "postData": {"mimeType": "application/json", "text": json.dumps(REQUEST)},
    }  # fmt: skip
    response = {"status": 200, "statusText": "OK", "headers": listed(ANSWER_HEADERS), "content": content}
    entry = {"startedDateTime": "2026-01-01T00:00:00Z", "request": request, "response": response, **more}
    return {
        "log": {"version": "1.2", "creator": {"name": "c", "version": "1"}, "comment": SENTINEL, "entries": [entry]}
    }


def raw_http(body: bytes, *more: str) -> tuple[bytes, bytes]:
    asked = json.dumps(REQUEST).encode()
    lines = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    request = f"POST {WHOLE_URL} HTTP/1.1\r\n{lines}Content-Length: {len(asked)}\r\n\r\n".encode() + asked
    fields = "".join(f"{name}: {value}\r\n" for name, value in ANSWER_HEADERS.items()) + "".join(
        f"{each}\r\n" for each in more
    )
    return request, f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode() + body


def chunked(body: bytes, extension: str = "", trailer: str = "") -> bytes:
    pieces = [body[at : at + 100] for at in range(0, len(body), 100)]
    made = b"".join(f"{len(each):x}{extension}\r\n".encode() + each + b"\r\n" for each in pieces)
    return made + f"0\r\n{trailer}\r\n".encode()


def multipart() -> str:
    """A file sent as a part of a form."""
    disposition = f'Content-Disposition: form-data; name="file"; filename="{SENTINEL}.txt"'
    packed = base64.b64encode(json.dumps({"who": SENTINEL}).encode()).decode()
    return f"--b\r\n{disposition}\r\n\r\n{SENTINEL}\r\n{packed}\r\n--b--\r\n"


def httprr(request: bytes, answer: bytes) -> bytes:
    return b"httprr trace v1\n" + f"{len(request)} {len(answer)}\n".encode() + request + answer


def nock(response: Any, **more: Any) -> list[dict[str, Any]]:
    raw = [word for pair in ANSWER_HEADERS.items() for word in pair]
    return [{"scope": f"https://{SENTINEL.lower()}.example.net:443", "method": "POST", "path": f"/v1/chat?key={CREDENTIAL}",
             "body": REQUEST, "status": 200, "reqheaders": HEADERS, "response": response, "rawHeaders": raw,
             **more}]  # fmt: skip


def samples() -> Iterator[tuple[str, bytes]]:
    """File names and contents."""

    def as_json(value: Any) -> bytes:
        return json.dumps(value, indent=1).encode()

    def as_yaml(value: Any, **style: Any) -> bytes:
        return yaml.safe_dump({"version": 1, "interactions": [value]}, allow_unicode=True, **style).encode()

    yield "llama-stack.json", as_json(llama_stack())
    yield "llama-stack-unescaped.json", json.dumps(llama_stack(), ensure_ascii=False).encode()
    yield "llama-stack.jsonl", b"\n".join(json.dumps(llama_stack()).encode() for _ in range(2)) + b"\n"
    lines = [line for each in chunks() for line in (f"data: {json.dumps(each)}", "")]
    yield "llama-stack-lines.json", as_json(llama_stack(response={"body": lines, "is_streaming": True}))
    failed = {"body": None, "is_streaming": True, "is_exception": True, "exception_message": f"no {SENTINEL}, {KEY_FORM}",
              "exception_data": {"message": SENTINEL, "status_code": 400}}  # fmt: skip
    yield "llama-stack-exception.json", as_json(llama_stack(response=failed))
    tool = {"test_id": None, "request": {"tool_name": "web_search", "provider": "tavily", "kwargs": {"query": SENTINEL}},
            "response": {"body": {"__type__": "x", "__data__": {"content": SENTINEL, "metadata": {"q": SENTINEL}}},
                         "is_streaming": False}}  # fmt: skip
    yield "llama-stack-tool.json", as_json(tool)
    yield "cut.json", as_json(llama_stack())[:-400]
    yield "vcr.yaml", as_yaml(interaction({"string": sse()}))
    yield "vcr-quoted.yaml", as_yaml(interaction({"string": sse()}), default_style='"')
    yield "vcr-single.yaml", as_yaml(interaction({"string": sse()}), default_style="'")
    yield "vcr-block.yaml", as_yaml(interaction({"string": sse()}), default_style="|")
    yield "vcr-binary.yaml", as_yaml(interaction({"string": sse().encode() + b"\xff"}))
    for codec in ("gzip", "brotli", "zstd", "deflate"):
        encoding = {"content-encoding": {"brotli": "br"}.get(codec, codec)}
        yield f"vcr-{codec}.yaml", as_yaml(interaction({"string": compressed(codec)}, encoding))
        packed = base64.b64encode(compressed(codec)).decode()
        yield f"vcr-base64-{codec}.json", as_json({"interactions": [interaction({"base64_string": packed}, encoding)]})
    packed = base64.b64encode(frames()).decode()
    stream = {"content-type": "application/vnd.amazon.eventstream"}
    yield "vcr-frames.json", as_json({"interactions": [interaction({"base64_string": packed}, stream)]})
    parsed = interaction(None)
    parsed["response"]["parsed_body"] = {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": SENTINEL}}]
    }
    yield "vcr-parsed.yaml", as_yaml(parsed)
    form = interaction({"string": sse()})
    form["request"]["body"] = multipart()
    form["response"]["headers"]["set-cookie"] = [f"a={CREDENTIAL}", f"b={CREDENTIAL}; Path=/"]
    yield "vcr-multipart.yaml", as_yaml(form)
    commented = as_yaml(interaction({"string": sse()})).decode().replace("uri:", f"# by {SENTINEL}\n    uri:", 1)
    yield "vcr-comment.yaml", f"# made by {SENTINEL}\n{commented}  # {CREDENTIAL}\n".encode()
    form["request"]["body"] = f"client_secret={CREDENTIAL}&prompt=%5A{SENTINEL[1:]}&x=1"
    yield "vcr-form.yaml", as_yaml(form)
    yield "har.har", as_json(har({"mimeType": "text/event-stream", "text": sse()}))
    text = base64.b64encode(sse().encode()).decode()
    yield "har-base64.har", as_json(har({"mimeType": "text/event-stream", "text": text, "encoding": "base64"}))
    messages = [{"type": "receive", "time": 1.0, "eventName": "message", "eventId": "", "data": json.dumps(each)}
                for each in chunks()]  # fmt: skip
    yield "har-chrome.har", as_json(har({"mimeType": "text/event-stream"}, _eventSourceMessages=messages))
    text = base64.b64encode(frames()).decode()
    yield "har-frames.har", as_json(har({"mimeType": stream["content-type"], "text": text, "encoding": "base64"}))
    yield "nock.json", as_json(nock(sse()))
    yield "nock-brotli.json", as_json(nock([compressed("brotli").hex()[:9], compressed("brotli").hex()[9:]]))
    pieces = [compressed("gzip").hex()[:200], compressed("gzip").hex()[200:]]
    raw = ["content-type", "text/event-stream", "content-encoding", "gzip", "set-cookie", CREDENTIAL]
    yield "nock-hex.json", as_json(nock(pieces, rawHeaders=raw))
    request, answer = raw_http(sse().encode())
    yield "trace.httprr", httprr(request, answer)
    yield "chunked.httprr", httprr(*raw_http(chunked(sse().encode()), "Transfer-Encoding: chunked"))
    yield "gzip.httprr", httprr(*raw_http(compressed("gzip"), "Content-Encoding: gzip"))
    trailer = f"x-amz-meta-who: {SENTINEL}\r\nset-cookie: {CREDENTIAL}\r\n"
    pieces_beside = chunked(sse().encode(), f";by={SENTINEL}", trailer)
    folded = ("Transfer-Encoding: chunked", f"X-Folded: a\r\n {CREDENTIAL}", f"set-cookie: b={CREDENTIAL}; Path=/")
    asked, beside = raw_http(pieces_beside, *folded)
    yield "beside.httprr", httprr(asked, beside.replace(b"200 OK", f"200 {SENTINEL} it is".encode()))
    yield "frames.httprr", httprr(*raw_http(frames(), "Content-Type: application/vnd.amazon.eventstream"))
    yield "frames-cut.httprr", httprr(*raw_http(frames(), "Content-Type: application/vnd.amazon.eventstream"))[:-90]
    yield "cut.httprr", httprr(request, answer)[:-500]
    yield "curl.txt", answer
    yield "asked.txt", request + b"\n\n" + answer
    yield "http-response.json", as_json({"status": 200, "headers": ANSWER_HEADERS, "body": sse(), "url": WHOLE_URL})
    pair = {"request": {"method": "POST", "url": WHOLE_URL, "headers": HEADERS, "body": json.dumps(REQUEST)},
            "response": {"status": 200, "headers": ANSWER_HEADERS, "body": sse()}}  # fmt: skip
    yield "pair.json", as_json([pair])
    yield "capture.json", as_json({"request": REQUEST, "url": WHOLE_URL, "headers": HEADERS, "chunks": chunks()})
    yield "stream.sse", sse().encode()
    yield "chunks.json", as_json(chunks())
    yield "chunks.jsonl", b"".join(json.dumps(each).encode() + b"\n" for each in chunks())
    body = sse()
    yield "pieces.json", as_json([body[at : at + 70] for at in range(0, len(body), 70)])
    fixture = {"match": {"userMessage": f"say {SENTINEL}"}, "response": {"content": f"It is {SENTINEL}."}}
    said = [json.dumps({"generation": part, "stop_reason": None}).encode() for part in CUTS]
    unions: dict[str, list[Any]] = {
        "shown": [repr(each) for each in said],
        "numbers": [list(each) for each in said],
        "places": [{str(at): byte for at, byte in enumerate(each)} for each in said],
        "buffers": [{"type": "Buffer", "data": list(each)} for each in said],
    }
    for name, blobs in unions.items():
        yield f"bytes-{name}.json", as_json([{"chunk": {"bytes": blob}} for blob in blobs])
    parts = ('{"', *CUTS, '@example.org": 1, "mail to ', *CUTS, '": "', *CUTS, '"}')
    answer_in_json = [{**chunks()[0], "choices": [{"index": 0, "delta": {"content": part}}]} for part in parts]
    yield "json-keys.json", as_json(answer_in_json)
    yield "aimock.json", as_json({"fixtures": [fixture]})
    result = {"id": f"batch_req_{SENTINEL}", "custom_id": f"custom-{SENTINEL}", "error": None, "response": {
        "status_code": 200, "request_id": f"req_{SENTINEL}",
        "body": {"id": "chatcmpl-1", "object": "chat.completion", "model": "m", "created": 1, "choices": [
            {"index": 0, "message": {"role": "assistant", "content": SENTINEL}, "finish_reason": "stop"}]}}}  # fmt: skip
    yield "batch.jsonl", json.dumps(result).encode() + b"\n"
    packets = [
        {"perf_ns": 5 + at, "packets": [{"name": "data", "value": json.dumps(each)}]}
        for at, each in enumerate(chunks())
    ]
    record = {"metadata": {"x_request_id": f"req_{SENTINEL}", "url": WHOLE_URL}, "start_perf_ns": 1, "payload": REQUEST,
              "request_headers": HEADERS, "status": 200, "responses": packets, "error": None}  # fmt: skip
    yield "aiperf.jsonl", json.dumps(record).encode() + b"\n"
