"""Which recording answers a request, and what is said where none does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from captured import ASKED, URL, chat_events, document, written

import recexplore
from recexplore.capture.replay.asked import asked_request
from recexplore.capture.replay.matches import Match, Matches
from recexplore.capture.replay.places import is_same_place
from recexplore.capture.replay.queries import is_same_query
from recexplore.corpus import Corpus
from recexplore.matching.request import Request

CHAT = "/v1/chat/completions"


def recorded(url: str = URL, text: str = "Hi", **body: Any) -> dict[str, Any]:
    return document([(0, b"".join(chat_events(text)))], url=url, body=ASKED | body)


def loaded(folder: Path, **documents: dict[str, Any]) -> Corpus:
    return recexplore.load(written(folder, **documents), progress=False)


def asked(path: str = CHAT, method: str = "POST", **body: Any) -> Request:
    return asked_request(method, path, json.dumps(ASKED | body).encode())


def found(matches: Matches, request: Request) -> str | None:
    match = matches.find(request)
    return match.recording.id if match is not None else None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/v1/chat/completions", "/v1/v1/chat/completions"),
        ("/chat/completions", "/openai/v1/chat/completions"),
        ("/v1/chat/completions", "/openai/deployments/gpt-4o/chat/completions"),
        ("/proxy/api/chat", "/api/chat"),
        ("/v1beta/models/g:streamGenerateContent", "/x/v1beta/models/g:streamGenerateContent"),
        ("/model/a%3A0/converse-stream", "/model/a:0/converse-stream"),
        ("/v1/messages", "//v1/messages/"),
    ],
)
def test_a_place_is_the_same_whoever_serves_it(one: str, other: str) -> None:
    assert is_same_place(one, other)
    assert is_same_place(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/v1/chat/completions", "/v1/completions"),
        ("/v1/chat", "/v2/chat"),
        ("/v1/responses", "/v1/responses/input_items"),
        ("/v1/messages", "/v1/models"),
        ("/", "/v1/models"),
        ("", ""),
        ("/v1", "/v1/models"),
    ],
)
def test_other_places_are_not(one: str, other: str) -> None:
    assert not is_same_place(one, other) or one == other != ""
    assert not is_same_place(other, one)


def test_a_request_finds_its_recording_wherever_it_goes(tmp_path: Path) -> None:
    matches = Matches(
        loaded(tmp_path, a=recorded(), b=recorded("https://api.openai.com/v1/v1/completions", prompt="x"))
    )

    assert found(matches, asked()) == "a"
    assert found(matches, asked("/chat/completions")) == "a"
    assert found(matches, asked("/v1/completions", prompt="x")) == "b"
    assert found(matches, asked("/v1/completions")) is None
    assert found(matches, asked(method="PUT")) is None


def test_neither_spelling_nor_the_test_makes_a_difference(tmp_path: Path) -> None:
    made = recorded(temperature=0.1234567) | {"test_id": "tests/test_a.py::test_b"}
    matches = Matches(loaded(tmp_path, a=made))
    spelled = json.dumps(dict(reversed((ASKED | {"temperature": 0.1234568}).items())), indent=3).encode()

    assert matches.find(asked_request("POST", CHAT, spelled)) is not None


def test_arguments_of_an_sdk_are_found_by_what_it_sends(tmp_path: Path) -> None:
    made = recorded(extra_body={"top_k": 5}, extra_headers={"a": "b"}, timeout=5)

    assert found(Matches(loaded(tmp_path, a=made)), asked(top_k=5)) == "a"


def test_a_request_without_a_body_is_found_whatever_its_method(tmp_path: Path) -> None:
    made = {
        "test_id": None,
        "request": {
            "method": "POST",
            "url": "https://api.openai.com/v1/v1/models",
            "body": {},
            "endpoint": "/v1/models",
        },
        "response": {"body": {"object": "list", "data": []}, "is_streaming": False},
    }
    matches = Matches(loaded(tmp_path, a=made))

    assert found(matches, asked_request("GET", "/v1/models", b"")) == "a"
    assert found(matches, asked_request("GET", "/v1/files", b"")) is None


def captured_files(method: str, query: str = "") -> dict[str, Any]:
    made = document(
        [(0, b"{}")], url=f"https://api.openai.com/v1/files{query}", headers={"content-type": "application/json"}
    )
    made["request"] |= {"method": method, "body": {}}
    return made


def test_captures_without_a_body_are_told_apart_by_method_and_query(tmp_path: Path) -> None:
    files = {
        "all": captured_files("GET"), "a": captured_files("GET", "?limit=2&after=a"), "b": captured_files("GET", "?after=b"),
        "deleted": captured_files("DELETE"), "posted": captured_files("POST"),
    }  # fmt: skip
    matches = Matches(loaded(tmp_path, **files))

    def answers(method: str, query: str = "") -> str | None:
        return found(matches, asked_request(method, f"/v1/files{query}", b""))

    assert [answers("GET"), answers("GET", "?after=a&limit=2"), answers("GET", "?after=b")] == ["all", "a", "b"]
    assert [answers("DELETE"), answers("POST"), answers("PUT"), answers("GET", "?after=c")] == [
        "deleted",
        "posted",
        None,
        None,
    ]


def test_a_miss_says_in_what_queries_differ(tmp_path: Path) -> None:
    matches = Matches(loaded(tmp_path, a=captured_files("GET", "?after=a")))

    miss = matches.miss(asked_request("GET", "/v1/files?after=b&key=sentinel", b""))

    assert miss.reason == (
        "The nearest recording, a, differs in one part: query differs: recorded 'after=a', asked 'after=b&key=***'."
    )


def test_the_nearest_has_the_same_method(tmp_path: Path) -> None:
    matches = Matches(loaded(tmp_path, a=captured_files("DELETE"), b=captured_files("GET", "?after=b")), loose=True)

    assert found(matches, asked_request("GET", "/v1/files?after=c", b"")) == "b"


def test_a_query_counts_beside_a_body_too(tmp_path: Path) -> None:
    matches = Matches(loaded(tmp_path, a=recorded(f"{URL}?api-version=1&key=***"), b=recorded(f"{URL}?api-version=2")))

    assert found(matches, asked(f"{CHAT}?key=any&api-version=1")) == "a"
    assert found(matches, asked(f"{CHAT}?api-version=2")) == "b"
    assert found(matches, asked(f"{CHAT}?api-version=3")) is None


def test_a_query_that_a_recorder_of_sdks_did_not_note_may_be_any(tmp_path: Path) -> None:
    made = recorded()
    del made["timing"], made["wire"]

    assert found(Matches(loaded(tmp_path, a=made)), asked(f"{CHAT}?beta=true")) == "a"


@pytest.mark.parametrize(
    ("asked_for", "recorded_as", "is_same"),
    [
        ("a=1&b=2", "b=2&a=1", True),
        ("a=1&a=2", "a=2&a=1", True),
        ("a=1", "a=1&a=1", False),
        ("a=", "", False),
        ("a=%20", "a=+", True),
        ("x=5&key=abc", "x=***", True),
        ("", "after=***", True),
        ("a=1", "a=2", False),
    ],
)
def test_queries_are_the_same_whatever_their_order(asked_for: str, recorded_as: str, is_same: bool) -> None:
    assert is_same_query(asked_for, recorded_as) is is_same


def test_runs_answer_in_turn_in_the_order_of_their_names(tmp_path: Path) -> None:
    corpus = loaded(tmp_path, **{"abc-00000010": recorded(), "abc": recorded(), "abc-00000002": recorded()})
    matches = Matches(corpus)

    turns = [matches.find(asked()) for _ in range(4)]

    assert [(each.recording.facts["path"].rpartition("/")[2], each.run) for each in turns if each] == [
        ("abc.json", 1),
        ("abc-00000002.json", 2),
        ("abc-00000010.json", 3),
        ("abc.json", 1),
    ]


def test_one_run_answers_where_one_is_named(tmp_path: Path) -> None:
    corpus = loaded(tmp_path, a=recorded(), b=recorded())

    assert [found(Matches(corpus, run=2), asked()) for _ in range(3)] == ["b", "b", "b"]
    assert found(Matches(corpus, run=3), asked()) is None
    assert Matches(corpus, run=3).miss(asked()).reason == "Run 3 was to answer, and there are 2 runs of this request."


def test_the_nearest_answers_where_it_may(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "Say it twice"}]
    corpus = loaded(tmp_path, a=recorded(), b=recorded(messages=messages), c=recorded(messages=messages, stream=False))
    asked_otherwise = asked(messages=[{"role": "user", "content": "Please say: Say it twice"}])

    match = Matches(corpus, loose=True).find(asked_otherwise)

    assert isinstance(match, Match)
    assert (match.recording.id, 0 < match.likeness < 1) == ("b", True)
    assert Matches(corpus).find(asked_otherwise) is None
    assert Matches(corpus, loose=True).find(asked("/v1/messages")) is None


def test_a_stream_without_its_request_answers_where_it_may(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"".join(chat_events("Hi")))
    corpus = recexplore.load(tmp_path, progress=False)

    assert found(Matches(corpus, loose=True), asked()) == "a"
    assert found(Matches(corpus), asked()) is None
    assert "holds its request" in Matches(corpus).miss(asked()).reason


def test_a_miss_says_what_is_nearest_and_in_what_it_differs(tmp_path: Path) -> None:
    corpus = loaded(tmp_path, a=recorded(), b=recorded(model="other", messages=[]))

    miss = Matches(corpus).miss(
        asked("/openai/chat/completions", messages=[{"role": "user", "content": "Say \x1b[1mit"}])
    )

    assert miss.reason == (
        "The nearest recording, a, differs in one part: messages[0].content differs at character 4: "
        "recorded 'Say it', asked 'Say \\x1b[1mit'."
    )
    assert [each.recording for each in miss.nearest] == ["a", "b"][: len(miss.nearest)]


def test_runs_of_one_request_are_one_of_the_nearest(tmp_path: Path) -> None:
    runs = {name: recorded(text=name) for name in ("a", "a-00000002", "a-0000000a", "b")}
    corpus = loaded(tmp_path, **runs, c=recorded(user="u", n=2), d=recorded(user="u", n=3), e=recorded(user="u", n=4))

    miss = Matches(corpus).miss(asked(user="x"))

    assert miss.reason.startswith("The nearest recording, a (4 runs), differs in one part: user ")
    assert next((each.as_json()["path"][-7:], each.n_runs) for each in miss.nearest) == ("/a.json", 4)
    assert sorted(each.as_json()["runs"] for each in miss.nearest) == [1, 1, 4]


def test_a_miss_says_up_to_three_differences(tmp_path: Path) -> None:
    corpus = loaded(tmp_path, a=recorded())
    changes = {"top_p": 1, "seed": 2, "n": 3, "logprobs": True, "user": "u"}
    more = {name: changes[name] for name in list(changes)[:3]}

    assert Matches(corpus).miss(asked(**more)).reason == (
        "The nearest recording, a, differs in 3 parts: top_p is not in the recording: 1; "
        "seed is not in the recording: 2; n is not in the recording: 3."
    )
    reason = Matches(corpus).miss(asked(**changes)).reason
    assert "differs in 5 parts: " in reason
    assert reason.endswith("; and 2 more.")
    assert reason.count("is not in the recording") == 3


def test_a_miss_of_another_place_says_where_recordings_go(tmp_path: Path) -> None:
    miss = Matches(loaded(tmp_path, a=recorded())).miss(asked("/v1/messages"))

    assert miss.reason == f"No recording goes to '/v1/messages'; they go to {CHAT}."


def test_keys_in_a_request_are_not_told(tmp_path: Path) -> None:
    miss = Matches(loaded(tmp_path, a=recorded())).miss(asked(api_key="sk-" + "a1B2" * 12))

    assert "a1B2" not in miss.reason + str(miss.nearest[0].as_json())


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"\xff\xfe", b"[1]", b"5", b"NaN"]
)
def test_no_body_is_too_odd(tmp_path: Path, body: bytes) -> None:
    matches = Matches(loaded(tmp_path, a=recorded()))
    request = asked_request("POST", CHAT, body)

    assert matches.find(request) is None
    assert matches.miss(request).reason


def test_all_bundled_recordings_answer_their_own_requests(all_recordings: Corpus, flaky: Corpus) -> None:
    for corpus in (all_recordings, flaky):
        matches = Matches(corpus)
        told = [each for each in corpus if each.request]
        for recording in told:
            facts = recording.facts
            path = facts["endpoint"] if isinstance(facts["endpoint"], str) else CHAT
            if isinstance(facts["url"], str) and "?" in facts["url"]:
                path += "?" + facts["url"].partition("?")[2]
            match = matches.find(asked_request("POST", path, json.dumps(recording.request).encode()))
            assert match is not None
            assert match.recording.request == recording.request
        assert len(told) > 10


def test_a_corpus_of_nothing_answers_nothing(tmp_path: Path) -> None:
    matches = Matches(recexplore.load(tmp_path, progress=False), loose=True)

    assert matches.find(asked()) is None
    assert matches.miss(asked()).reason
