from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from synthetic import says

from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.envelopes import choose, vcr
from recexplore.read.wire.content import Content

URL = "https://api.openai.com/v1/chat/completions"
ASKED = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
CHUNKS = [says("Hel"), says("lo")]
SSE = "".join(f"data: {json.dumps(each)}\n\n" for each in CHUNKS) + "data: [DONE]\n\n"
WHOLE = {
    "id": "c",
    "object": "chat.completion",
    "model": "gpt-x-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
}
EVENT_STREAM = {"Content-Type": ["text/event-stream; charset=utf-8"]}
PLAIN_JSON = {"content-type": ["application/json"]}


def interaction(body: Any, /, headers: Any = EVENT_STREAM, status: int = 200, **request: Any) -> dict[str, Any]:
    """As vcrpy writes it."""
    return {
        "request": {"method": "POST", "uri": URL, "body": json.dumps(ASKED), "headers": {}, **request},
        "response": {"status": {"code": status, "message": "OK"}, "headers": headers, "body": body},
    }


def cassette(*interactions: Any) -> bytes:
    return yaml.dump({"interactions": list(interactions), "version": 1}).encode()


def exchanges(data: bytes, name: str = "cassette.yaml") -> list[Exchange]:
    content = Content(name, data)
    assert choose(content) is vcr
    return list(vcr.read(content))


def only(interaction_: Any) -> Exchange:
    (exchange,) = exchanges(cassette(interaction_))
    return exchange


def assert_streamed_hello(corpus: Corpus, name: str = "cassette") -> None:
    facts = corpus[name].facts

    assert facts[["envelope", "dialect", "method", "url", "endpoint"]].tolist() == [
        "vcr",
        "openai_chat",
        "POST",
        URL,
        "/v1/chat/completions",
    ]
    assert facts[["provider", "status", "model_requested", "streaming", "n_chunks"]].tolist() == [
        "openai",
        200,
        "gpt-x",
        True,
        3,
    ]
    assert corpus[name].text() == "Hello"
    assert [corpus[name].raw(at) for at in range(3)] == [*CHUNKS, "[DONE]"]
    assert corpus[name].request == ASKED
    assert corpus.problems.empty


# --- vcrpy -------------------------------------------------------------------------------------------------------------


def test_a_cassette_in_yaml(read: Callable[..., Corpus]) -> None:
    corpus = read(cassette(interaction({"string": SSE})), "cassette.yaml")

    assert_streamed_hello(corpus)
    assert corpus.chunks["bytes"].tolist() == [len(part) + 2 for part in SSE.split("\n\n")[:-1]]
    assert corpus.recordings["clock"].tolist() == ["none"]


def test_a_cassette_in_json(read: Callable[..., Corpus]) -> None:
    document = {"version": 1, "interactions": [interaction({"string": SSE})]}

    assert_streamed_hello(read(document, "cassette.json"))


def test_a_cassette_written_by_hand(read: Callable[..., Corpus]) -> None:
    text = f"""\
interactions:
- request:
    body: '{json.dumps(ASKED)}'
    headers:
      Accept: ['*/*']
      Content-Type:
      - application/json
    method: POST
    uri: {URL}
  response:
    body:
      string: 'data: {json.dumps(CHUNKS[0])}


        data: {json.dumps(CHUNKS[1])}


        data: [DONE]


        '
    headers:
      content-type:
      - text/event-stream
    status:
      code: 200
      message: OK
version: 1
"""
    assert_streamed_hello(read(text.encode(), "cassette.yml"))


@pytest.mark.parametrize(
    "body",
    [
        {"string": SSE},
        {"string": SSE.encode()},
        {"string": gzip.compress(SSE.encode())},
        {"base64_string": base64.b64encode(SSE.encode()).decode()},
        {"base64_string": base64.encodebytes(gzip.compress(SSE.encode())).decode()},
        {"encoding": "UTF-8", "string": SSE},
        SSE,
        SSE.encode(),
        [SSE[:30], SSE[30:]],
    ],
    ids=["text", "bytes", "gzip", "base64", "gzip in base64", "encoding", "bare text", "bare bytes", "pieces"],
)
def test_all_forms_of_a_body(body: Any) -> None:
    exchange = only(interaction(body, {**EVENT_STREAM, "Content-Encoding": ["gzip"]}))

    assert exchange.chunks == [*CHUNKS, "[DONE]"]
    assert (exchange.streaming, exchange.problems) == (True, [])


def test_a_body_compressed_with_brotli() -> None:
    body = {"string": pa.compress(SSE.encode(), codec="brotli", asbytes=True)}

    assert only(interaction(body, {**EVENT_STREAM, "content-encoding": ["br"]})).chunks[:2] == CHUNKS


@pytest.mark.parametrize("encoding", ["br", "gzip", "deflate", "zstd"])
def test_a_recorder_that_undid_the_compression_and_kept_the_header(encoding: str) -> None:
    headers = {**PLAIN_JSON, "Content-Encoding": [encoding]}
    exchange = only(interaction({"string": json.dumps(WHOLE, separators=(",", ":"))}, headers))

    assert (exchange.chunks, exchange.problems) == ([WHOLE], [])


def test_text_that_old_versions_tagged() -> None:
    text = "interactions:\n- request: {method: !!python/unicode 'GET', uri: !!python/unicode 'http://h/v1/models'}\n"
    text += "  response:\n    body: {string: !!python/unicode '{\"data\": []}'}\n    status: {code: 200, message: OK}\n"
    (exchange,) = exchanges(text.encode())

    assert (exchange.method, exchange.endpoint, exchange.chunks) == ("GET", "/v1/models", [{"data": []}])


def test_what_vcrpy_kept_of_httpx_before_version_6(read: Callable[..., Corpus]) -> None:
    recorded = interaction(None)
    recorded["response"] = {
        "content": SSE,
        "headers": {"Content-Type": "text/event-stream"},
        "http_version": "HTTP/1.1",
        "status_code": 200,
    }

    assert_streamed_hello(read(cassette(recorded), "cassette.yaml"))


def test_a_whole_answer(read: Callable[..., Corpus]) -> None:
    corpus = read(cassette(interaction({"string": json.dumps(WHOLE)}, PLAIN_JSON)), "cassette.yaml")
    facts = corpus["cassette"].facts

    assert facts[["model_requested", "model_served", "streaming", "n_chunks"]].tolist() == [
        "gpt-x",
        "gpt-x-1",
        False,
        1,
    ]
    assert corpus["cassette"].text() == "Hello"


def test_several_interactions(read: Callable[..., Corpus]) -> None:
    failed = interaction({"string": '{"error": {"message": "slow down"}}'}, PLAIN_JSON, status=429)
    corpus = read(cassette(failed, interaction({"string": SSE})), "cassette.yaml")

    assert corpus.recordings[["recording", "exchange", "status", "streaming"]].to_numpy().tolist() == [
        ["cassette#0", 0, 429, False],
        ["cassette#1", 1, 200, True],
    ]
    assert corpus["cassette#0"].facts["error"] == '{"message":"slow down"}'
    assert_streamed_hello(corpus, "cassette#1")


def test_a_question_without_a_body() -> None:
    exchange = only(
        interaction({"string": '{"data": []}'}, PLAIN_JSON, method="GET", body=None, uri="http://h/v1/models")
    )

    assert (exchange.method, exchange.endpoint, exchange.request, exchange.model) == ("GET", "/v1/models", {}, None)


def test_a_compressed_question_is_said() -> None:
    asked = gzip.compress(json.dumps(ASKED).encode())
    recorded = interaction({"string": SSE}, body=asked)
    recorded["request"]["headers"] = {"content-encoding": ["gzip"]}
    exchange = only(recorded)

    assert exchange.chunks[:2] == CHUNKS
    assert (exchange.extra or {})["request.content-encoding"] == "gzip"


def test_framing_names_and_damage_of_a_stream(read: Callable[..., Corpus]) -> None:
    events = (
        f": hello\n\nevent: first\nid: 7\ndata: {json.dumps(CHUNKS[0])}\n\nevent: last\ndata: {json.dumps(CHUNKS[1])}"
    )
    chunks = read(cassette(interaction({"string": events})), "cassette.yaml").chunks

    assert chunks["event"].tolist() == ["first", "last"]
    assert json.loads(chunks["framing"][0]) == {"id": "7", "before": [": hello"]}
    assert chunks["framing"].isna().tolist() == [False, True]
    assert chunks["bytes"].sum() == len(events)
    assert [each if isinstance(each, str) else None for each in chunks["damage"]] == [None, "unterminated"]


# --- pydantic-ai, go-vcr, Ruby -----------------------------------------------------------------------------------------


def test_bodies_that_pydantic_ai_decoded(read: Callable[..., Corpus]) -> None:
    recorded = interaction(None, PLAIN_JSON)
    recorded["request"] = {"headers": {}, "method": "POST", "parsed_body": ASKED, "uri": URL}
    recorded["response"] = {"headers": {}, "parsed_body": WHOLE, "status": {"code": 200, "message": "OK"}}
    corpus = read(cassette(recorded), "cassette.yaml")

    assert corpus["cassette"].facts[["model_requested", "status", "streaming"]].tolist() == ["gpt-x", 200, False]
    assert (corpus["cassette"].request, corpus["cassette"].raw(0)) == (ASKED, WHOLE)
    assert corpus["cassette"].text() == "Hello"


def test_a_question_that_pydantic_ai_decoded_and_a_stream(read: Callable[..., Corpus]) -> None:
    recorded = interaction({"string": SSE})
    recorded["request"] = {"headers": {}, "method": "POST", "parsed_body": ASKED, "uri": URL}

    assert_streamed_hello(read(cassette(recorded), "cassette.yaml"))


def test_a_cassette_of_go_vcr(read: Callable[..., Corpus]) -> None:
    request = {"body": json.dumps(ASKED), "form": {}, "headers": {"Accept": ["*/*"]}, "url": URL, "method": "POST"}
    response = {"body": SSE, "headers": EVENT_STREAM, "status": "200 OK", "code": 200, "duration": ""}
    document = {"version": 1, "interactions": [{"request": request, "response": response}]}

    assert_streamed_hello(read(b"---\n" + yaml.dump(document, sort_keys=False).encode(), "cassette.yaml"))


@pytest.mark.parametrize("body", [SSE, SSE.encode(), gzip.compress(SSE.encode())])
def test_a_cassette_of_go_vcr_version_2(read: Callable[..., Corpus], body: Any) -> None:
    about = {"proto": "HTTP/2.0", "proto_major": 2, "transfer_encoding": [], "trailer": {}, "content_length": -1}
    request = {
        **about,
        "host": "api.openai.com",
        "request_uri": "",
        "body": json.dumps(ASKED),
        "form": {},
        "headers": {},
    }
    request |= {"url": URL, "method": "POST"}
    response = {**about, "uncompressed": True, "body": body, "headers": {**EVENT_STREAM, "Content-Encoding": ["gzip"]}}
    response |= {"status": "200 OK", "code": 200, "duration": "1.204s"}
    document = {"version": 2, "interactions": [{"id": 0, "request": request, "response": response}]}

    assert_streamed_hello(read(b"---\n" + yaml.dump(document, sort_keys=False).encode(), "cassette.yaml"))


@pytest.mark.parametrize(
    "body", [{"encoding": "UTF-8", "string": SSE}, {"encoding": "ASCII-8BIT", "base64_string": ""}]
)
def test_a_cassette_of_ruby(read: Callable[..., Corpus], body: dict[str, Any]) -> None:
    if "base64_string" in body:
        body = {**body, "base64_string": base64.encodebytes(SSE.encode()).decode()}
    recorded = interaction(body, method="post", body={"encoding": "UTF-8", "string": json.dumps(ASKED)})
    recorded["response"]["http_version"] = None
    recorded["recorded_at"] = "Tue, 01 Nov 2011 04:58:44 GMT"
    document = {"http_interactions": [recorded], "recorded_with": "VCR 6.2.0"}
    corpus = read(b"---\n" + yaml.dump(document, sort_keys=False).encode(), "cassette.yml")

    assert_streamed_hello(corpus)
    assert json.loads(corpus["cassette"].facts["extra"]) == {"recorded_at": "Tue, 01 Nov 2011 04:58:44 GMT"}


def test_a_cassette_of_betamax(read: Callable[..., Corpus]) -> None:
    recorded = interaction(
        {"encoding": "utf-8", "string": SSE}, body={"encoding": "utf-8", "string": json.dumps(ASKED)}
    )
    document = {
        "http_interactions": [{**recorded, "recorded_at": "2024-01-01T00:00:00"}],
        "recorded_with": "betamax/0.9",
    }

    assert_streamed_hello(read(document, "cassette.json"))


# --- what is not as it should be ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [None, 5, "x", [1], True, 1.5, b"\xff"])
def test_an_interaction_of_the_wrong_type_is_a_problem(wrong: Any) -> None:
    first, second = exchanges(cassette(wrong, interaction({"string": SSE})))

    assert (first.chunks, len(first.problems)) == ([], 1)
    assert (second.number, second.chunks[:2], second.problems) == (1, CHUNKS, [])


@pytest.mark.parametrize("part", ["request", "response"])
@pytest.mark.parametrize("wrong", [5, "x", [1], True])
def test_a_part_of_the_wrong_type_is_a_problem(part: str, wrong: Any) -> None:
    (problem,) = only({**interaction({"string": SSE}), part: wrong}).problems

    assert problem.what == f"`{part}` is not as recorded"


def test_an_interaction_without_a_response_is_a_problem() -> None:
    (problem,) = only({"request": {"method": "GET", "uri": URL}}).problems

    assert problem.what == "`response` is not as recorded"


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 600) | st.text(max_size=5) | st.binary(max_size=5) | st.just("gzip"),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["string", "base64_string", "code", "content-encoding", "x"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)
PARTS = st.dictionaries(
    st.sampled_from(["method", "uri", "url", "body", "parsed_body", "headers", "status", "code", "content"]), ANY
)


@given(PARTS | ANY, PARTS | ANY)
def test_no_field_makes_it_raise(request_: Any, response: Any) -> None:
    exchange = only({"request": request_, "response": response})

    assert all(len(cells) == len(exchange.chunks) for cells in exchange.wire.values())


@pytest.mark.parametrize(
    "body",
    [{"? !!binary aGk=\n: 1": 0}, {"1": 1}, {"~": 1}, {"1.5": 1}, {"true": 1}],
    ids=lambda each: next(iter(each)),
)
def test_keys_that_json_does_not_have(read: Callable[..., Corpus], body: dict[str, int]) -> None:
    (key,) = body
    inner = key if key.startswith("?") else f"{key}: 1"
    block = "\n".join(f"      {line}" for line in inner.splitlines())
    text = f"interactions:\n- request:\n    method: POST\n    uri: {URL}\n    parsed_body:\n{block}\n"
    text += f"  response:\n    status: {{code: 200}}\n    parsed_body:\n{block}\n"
    corpus = read(text.encode(), "cassette.yaml")

    assert corpus.recordings["n_chunks"].tolist() == [1]
    assert corpus.events["text"].notna().all()


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    "data",
    [
        b"interactions: []\nversion: 1\n",
        b"version: 1\ninteractions: null\n",
        b"---\nhttp_interactions: []\nrecorded_with: VCR 6.3.1\n",
        b'{"interactions": []}',
    ],
)
def test_a_test_that_called_nobody_leaves_no_recording_and_no_problem(
    read: Callable[..., Corpus], data: bytes, named: bool
) -> None:
    corpus = read(data, "cassette.yaml", named=named)

    assert len(corpus) == 0
    assert corpus.problems.empty
    assert corpus.skipped["reason"].tolist() == ["vcr: nothing was recorded"]


def test_an_empty_file_is_a_problem(read: Callable[..., Corpus]) -> None:
    assert len(read(b"", "cassette.yaml").problems) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: [2]\n",
        "- 1\n- 2\n",
        "just text\n",
        "services:\n  web:\n    image: x\n",
        "interactions: many\n",
        "name: ci\non: push\n",
        "id: 5\nname: x\n",
        "data:\n  key: value\nkind: ConfigMap\n",
        "event: party\nwhen: now\n",
    ],
)
def test_yaml_that_is_no_cassette_is_a_problem(read: Callable[..., Corpus], text: str) -> None:
    corpus = read(text.encode(), "other.yaml", named=True)

    assert len(corpus.problems) == 1
    assert len(corpus.chunks) == 0


def test_yaml_that_a_search_meets_is_passed_over(read: Callable[..., Corpus]) -> None:
    for text in ("a: 1\n", "- 1\n", "interactions: many\n", "data:\n  key: value\n", "{{ helm }}: [\n", "event: x\n"):
        corpus = read(text.encode(), "other.yml")

        assert (len(corpus), len(corpus.problems), len(corpus.skipped)) == (0, 0, 1)


@pytest.mark.parametrize(
    "text",
    [
        "interactions: [" + "[" * 1_000_000,
        "interactions: &a [*a]\n",
        "interactions:\n- !!python/object/apply:os.system ['touch /tmp/never']\n",
        "interactions: []\n---\ninteractions: []\n",
        "interactions: [\xff",
    ],
)
def test_yaml_that_is_refused_is_a_problem(read: Callable[..., Corpus], text: str) -> None:
    corpus = read(text.encode("latin-1"), "cassette.yaml")

    assert len(corpus.problems) == 1
    assert len(corpus.chunks) == 0


TWO = cassette(interaction({"string": json.dumps(WHOLE)}, PLAIN_JSON), interaction({"string": SSE}))


@pytest.mark.parametrize("cut", range(20, len(TWO), 97))
def test_a_cut_cassette_in_yaml_does_not_crash(read: Callable[..., Corpus], cut: int) -> None:
    corpus = read(TWO[:cut], "cassette.yaml")

    assert len(corpus) >= 1 or len(corpus.problems) >= 1


def test_a_cassette_in_yaml_that_breaks_off_inside_a_quoted_text_is_a_problem(read: Callable[..., Corpus]) -> None:
    cut = TWO[: TWO.rindex(b"[DONE]")]

    assert len(read(cut, "cassette.yaml").problems) >= 1


def test_a_cut_cassette_in_json_keeps_what_stands_before_the_cut(read: Callable[..., Corpus]) -> None:
    document = {"interactions": [interaction({"string": json.dumps(WHOLE)}, PLAIN_JSON), interaction({"string": SSE})]}
    text = json.dumps(document).encode()
    corpus = read(text[: text.rindex(b"lo\\")], "cassette.json")

    assert corpus["cassette#0"].text() == "Hello"
    assert corpus["cassette#0"].chunks["damage"].isna().all()
    assert corpus["cassette#1"].text() == "Hel"
    assert corpus["cassette#1"].chunks["damage"].tolist()[-1] == "cut"
    assert "the file breaks off" in corpus.problems["what"].tolist()


def test_a_cut_cassette_in_json_marks_an_answer_that_the_recorder_decoded(read: Callable[..., Corpus]) -> None:
    document = {
        "interactions": [{"request": {"uri": URL}, "response": {"status": {"code": 200}, "parsed_body": WHOLE}}]
    }
    text = json.dumps(document).encode()
    corpus = read(text[: text.index(b"llo") + 1], "cassette.json")

    assert corpus["cassette"].text() == "Hel"
    assert corpus["cassette"].chunks["damage"].tolist() == ["cut"]


def test_surrogates_of_a_decoded_answer_are_paired_or_said(read: Callable[..., Corpus]) -> None:
    body = {**WHOLE, "choices": [{"index": 0, "message": {"role": "assistant", "content": "a\ud83d"}}]}
    recorded = {"request": {"uri": URL}, "response": {"status": {"code": 200}, "parsed_body": body}}
    corpus = read({"interactions": [recorded]}, "cassette.json")

    assert corpus["cassette"].text() == "a\N{REPLACEMENT CHARACTER}"
    assert not corpus.problems.empty


# --- what it knows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.yaml", b"interactions:\n- a\n"),
        ("x.yml", b"version: 1\ninteractions:\n- a\n"),
        ("x", b"---\nhttp_interactions:\n- a\n"),
        ("x.yaml", b"# by hand\n\ninteractions: []\n"),
        ("x.yaml", b"version: 1\r\ninteractions:\r\n- a\r\n"),
        ("x.yaml", b"\xef\xbb\xbfinteractions:\n- a\n"),
        ("x.json", b'{"version": 1, "interactions": []}'),
        ("x.yaml", b'{"version": 1, "interactions": []}'),
        ("x.json", b'{"http_interactions": [{}]}'),
    ],
)
def test_files_it_knows(name: str, data: bytes) -> None:
    assert choose(Content(name, data)) is vcr


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.json", b'{"interactions": 5}'),
        ("x.json", b'{"a": {"interactions": []}}'),
        ("x.json", b'["interactions"]'),
        ("x.txt", b"about interactions: none\n"),
        ("x.txt", b"a: 1\n  interactions:\n"),
    ],
)
def test_files_it_does_not_know(name: str, data: bytes) -> None:
    assert choose(Content(name, data)) is not vcr


def test_a_cassette_that_ends_inside_a_body_is_told(read: Callable[..., Corpus]) -> None:
    in_blocks = yaml.safe_dump(yaml.safe_load(TWO), default_style="|", sort_keys=False).encode()
    corpus = read(in_blocks[: in_blocks.rindex(b"[DONE]")], "cassette.yaml")

    assert "the file breaks off" in corpus.problems["what"].tolist()
    assert corpus.chunks["damage"].notna().tolist()[-1]


def test_a_cassette_without_a_last_line_end_is_whole(read: Callable[..., Corpus]) -> None:
    corpus = read(TWO.rstrip(), "cassette.yaml")

    assert corpus.problems.empty
    assert corpus.chunks["damage"].isna().all()


# --- requests and answers in two lists -----------------------------------------------------------------------------------


def parted(n_requests: int, n_responses: int) -> dict[str, Any]:
    """As langchain-tests writes it."""
    each = interaction({"string": SSE.encode()})
    asked = {**each["request"], "body": json.dumps(ASKED).encode()}
    return {"requests": [asked] * n_requests, "responses": [each["response"]] * n_responses}


def test_requests_and_answers_in_two_lists(read: Callable[..., Corpus]) -> None:
    corpus = read(yaml.safe_dump(parted(2, 2)).encode(), "cassette.yaml")

    assert_streamed_hello(corpus, "cassette#0")
    assert_streamed_hello(corpus, "cassette#1")


def test_two_lists_in_json() -> None:
    document = json.dumps({"requests": [{"uri": URL, "method": "POST"}], "responses": [{"status": 200, "body": SSE}]})

    (exchange,) = exchanges(document.encode(), "cassette.json")
    assert exchange.chunks == [*CHUNKS, "[DONE]"]


@pytest.mark.parametrize(
    ("n_requests", "n_responses", "what"), [(3, 1, "a request has no answer"), (1, 3, "an answer has no request")]
)
def test_what_has_no_partner_is_a_problem(n_requests: int, n_responses: int, what: str) -> None:
    first, *others = exchanges(yaml.safe_dump(parted(n_requests, n_responses)).encode())

    assert (first.problems, len(others)) == ([], 2)
    for exchange in others:
        assert [each.what for each in exchange.problems] == [what]
        assert bool(exchange.chunks) == (n_responses == 3)
        assert bool(exchange.url) == (n_requests == 3)


def test_two_lists_of_which_the_second_breaks_off() -> None:
    data = yaml.dump(
        {"requests": [parted(1, 1)["requests"][0]] * 2, "responses": [{"body": {"string": SSE}}] * 2}, Dumper=_Plain
    )
    first, last = exchanges(data.encode()[: data.rindex("[DONE]")])
    assert (first.chunks, first.problems, last.chunks[:2]) == ([*CHUNKS, "[DONE]"], [], CHUNKS)
    assert len(last.problems) == 1

    for before in (0, 8):
        first, last = exchanges(data[: data.index("responses:") - before].encode())
        assert (first.request, first.chunks) == (ASKED, [])
        assert "a request has no answer" in [each.what for each in last.problems]


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


@pytest.mark.parametrize(
    "text",
    [
        "requests:\n- cpu: 1\nresponses:\n- x: 1\n",
        "requests:\n  cpu: 1\n",
        "requests:\n- uri: x\n",
        "requests: [{{ a }}\n",
    ],
)
def test_other_yaml_with_requests(text: str) -> None:
    assert vcr.sniff(Content("a.yaml", text.encode())) == 0.0


def test_two_lists_that_are_refused_are_a_problem() -> None:
    (problem,) = vcr.read(Content("a.yaml", b"requests:\n- body: !!python/object:os.x {}\nresponses: []\n"))

    assert choose(Content("a.yaml", b"requests:\n- body: !!python/object:os.x {}\nresponses: []\n")) is vcr
    assert getattr(problem, "what", None) == "not YAML that can be read"


def test_two_lists_are_found_by_their_lines(read: Callable[..., Corpus]) -> None:
    data = yaml.dump(parted(2, 2), Dumper=_Plain)
    corpus = read(data.encode(), "cassette.yaml")

    at = data[: data.index("responses:")].count("\n") + 2
    assert corpus["cassette#0"].line() == at
