"""What credentials look like, and that none is shown unless asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from synthetic import calls, fragment, recording, says

import recexplore as rx
from recexplore.model.credentials import (
    SECRET_FORMS,
    masked_header,
    masked_json,
    masked_json_text,
    masked_text,
    masked_url,
)
from recexplore.model.written_keys import without_keys
from recexplore.views.explorer.panes.raw import raw_pane
from recexplore.views.explorer.panes.request import request_pane
from recexplore.views.text.copies import COPIES, copied

KEY = "AIza" + "Sy0123456789abcdefghijklmnopqrstuvw"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/v1?key=abc&alt=sse", "https://a.example/v1?key=***&alt=sse"),
        ("https://me:pw@a.example:8080/v1", "https://a.example:8080/v1"),
        ("https://a.example/v1?api%2Dkey=abc#x", "https://a.example/v1?api%2Dkey=***#x"),
        (
            "https://a.example/v1?X-Amz-Signature=ab&X-Amz-Date=1",
            "https://a.example/v1?X-Amz-Signature=***&X-Amz-Date=1",
        ),
        ("https://a.example/o?a=b#access_token=abc", "https://a.example/o?a=b#access_token=***"),
        (f"https://a.example/bot/{KEY}/send", "https://a.example/bot/AIza***/send"),
        ("https://a.example/v1?model=gpt&keys=2&max_tokens=3", "https://a.example/v1?model=gpt&keys=2&max_tokens=3"),
        ("not a url", "not a url"),
    ],
)
def test_a_url_without_its_keys(url: str, shown: str) -> None:
    assert masked_url(url) == shown
    assert masked_url(shown) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer abc", "Bearer ***"),
        ("x-anything-new", "abc", "***"),
        ("Cookie", "a=b", "***"),
        ("Content-Type", "text/event-stream", "text/event-stream"),
        ("x-ratelimit-remaining-tokens", "12", "12"),
        ("user-agent", f"me/{JWT}", "me/eyJ***"),
    ],
)
def test_headers_pass_by_an_allow_list(name: str, value: str, shown: str) -> None:
    assert masked_header(name, value) == shown


SECRETS = [
    "sk-" + "a1B2" * 12,
    "sk-proj-" + "aB3_" * 10,
    "sk-ant-api03-" + "aB3-" * 20 + "AA",
    "sk-or-v1-" + "0a" * 32,
    "AKIA" + "ABCDEFGH234567XY",
    "ghp_" + "a1" * 18,
    "github_pat_" + "a1B" * 20,
    KEY,
    JWT,
    "hf_" + "aB" * 17,
    "gsk_" + "a1" * 26,
    "xai-" + "a1" * 40,
    "Bearer " + "0a" * 16,
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow" + "aB3/" * 10,
]


@pytest.mark.parametrize("secret", SECRETS)
def test_known_forms_are_masked_in_any_text(secret: str) -> None:
    shown = masked_text(f"Incorrect API key: {secret} was sent")
    assert secret[-12:] not in shown
    assert "***" in shown
    assert masked_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "the risk-averse skip-level meeting of sk-learn users, sk-abc",
        "chatcmpl-BxYz0123456789abcdefghijklmn resp_0a1b2c3d4e5f6a7b8c9d0e1f",
        "Bearer tokens are sent in a header; basic understanding_of_the_matter",
        "toolu_01A09q90qw90lq917835lq9 call_lkjsdfLKJ23lkjsdf req_011CSHoEeqs5C35K2UUqR7Fy",
        "task-force-aaaaaaaaaaaaaaaaaaaaaaaa",
    ],
)
def test_words_and_ids_are_not_taken_for_keys(text: str) -> None:
    assert masked_text(text) == text


def test_json_is_masked_by_the_names_of_its_fields_and_stays_what_it_is() -> None:
    value: Any = {
        "openai_api_key": "abc",
        "tools": [{"type": "mcp", "authorization": "abc", "headers": {"X-Tenant": "abc", "content-type": "json"}}],
        "parameters": {"properties": {"api_key": {"type": "string", "description": "a key"}}},
        "max_tokens": 12,
        "token": " Sun",
        "rawHeaders": ["Authorization", "abc", "Date", "today"],
        "url": "https://a.example?key=abc",
    }
    before = json.dumps(value)
    shown = masked_json(value)
    assert json.dumps(value) == before
    assert "abc" not in json.dumps(shown)
    assert shown["parameters"] == value["parameters"]
    assert (shown["token"], shown["max_tokens"]) == (" Sun", 12)
    assert shown["tools"][0]["headers"] == {"X-Tenant": "***", "content-type": "json"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("client_secret=abc&prompt=%20hi&code=d", "client_secret=***&prompt=%20hi&code=***"),
        ("api_key=abc", "api_key=***"),
        ("token=3", "token=3"),
        ("x = 1 & y == 2", "x = 1 & y == 2"),
        ("password= is the name of a field", "password= is the name of a field"),
    ],
)
def test_a_form_without_its_keys(text: str, shown: str) -> None:
    assert masked_json({"body": text}) == {"body": shown}
    assert masked_json(masked_json({"body": text})) == {"body": shown}


def test_a_text_of_json_is_as_it_was_where_nothing_is_masked() -> None:
    assert masked_json_text('{"a":  1e5}') == '{"a":  1e5}'
    assert masked_json_text('{"api_key":  "abc", "a": 1}') == '{"api_key":"***","a":1}'
    assert masked_json_text(f'[cut: "{KEY}"') == '[cut: "AIza***"'


def test_what_dialects_keep_as_json_holds_no_key() -> None:
    streams: list[list[Any]] = [
        [{"type": "session.created", "event_id": "e", "session": {"id": "s", "object": "realtime.session",
                                                                 "client_secret": {"value": "abcdefgh"}}}],
        [{"strange": 1, "api_key": "abcdefgh"}],
        [{"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a", "api_key": "abcdefgh"}}],
          "api_key": "abcdefgh"}],
    ]  # fmt: skip
    for stream in streams:
        one = rx.from_chunks(stream)
        frames = "".join(getattr(one, name).to_csv() for name in FRAMES if name != "problems")
        assert "abcdefgh" not in frames
        assert "***" in frames


def test_forms_are_found_in_no_bundled_recording() -> None:
    for path in Path("recordings").rglob("*.*"):
        found = SECRET_FORMS.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, (path, found)


SENTINEL = "SENTINEL5c1e0"


@pytest.fixture
def secretive(tmp_path: Path) -> Path:
    document = recording([calls(fragment("{}", name="look")), says("a")])
    document["request"]["url"] = f"https://u:{SENTINEL}@api.openai.com/v1/chat/completions?api_key={SENTINEL}"
    document["request"]["headers"] = {"X-Api-Key": SENTINEL}
    document["request"]["body"]["api_key"] = SENTINEL
    document["request"]["body"]["messages"] = [{"role": "user", "content": "hi"}]
    document["response"]["session"] = {"client_secret": {"value": SENTINEL}}
    path = tmp_path / "secretive.json"
    path.write_text(json.dumps(document))
    return path


FRAMES = ("recordings", "requests", "chunks", "events", "choices", "tool_calls", "usage", "findings", "problems")


def everything_shown(corpus: rx.Corpus) -> str:
    (one,) = corpus
    frames = [getattr(corpus, name).to_csv() for name in FRAMES]
    panes = [json.dumps(pane(one)) for pane in (raw_pane, request_pane)]
    return "\n".join(
        [
            *frames,
            *panes,
            *(copied(one, each.name, 0) for each in COPIES if each.name not in ("path", "test", "pytest", "pytest-k")),
        ]
    )


def test_nothing_shown_holds_a_key_unless_asked_for(secretive: Path) -> None:
    assert SENTINEL not in everything_shown(rx.load(secretive))
    corpus = rx.load(secretive, credentials="shown")
    assert SENTINEL in everything_shown(corpus)
    assert corpus.recordings["url"][0].count(SENTINEL) == 2
    assert json.loads(corpus.recordings["extra"][0])["request.headers"] == {"X-Api-Key": SENTINEL}
    with pytest.raises(ValueError, match="'masked' or 'shown'"):
        rx.load(secretive, credentials="hidden")  # type: ignore[arg-type]


def test_what_is_recorded_is_still_there_for_whoever_reads_it(secretive: Path) -> None:
    (one,) = rx.load(secretive)
    assert one.request["api_key"] == SENTINEL
    assert one.url is not None
    assert SENTINEL in one.url


@pytest.mark.parametrize("command", [["ls", "--json"], ["show"], ["check", "--format", "json"]])
def test_no_command_shows_a_key(secretive: Path, command: list[str]) -> None:
    def said(*more: str) -> str:
        arguments = [sys.executable, "-m", "recexplore", *command, *more, str(secretive)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    assert SENTINEL not in said()
    if command == ["ls", "--json"]:
        assert SENTINEL in said("--show-credentials")


def test_a_request_is_found_by_its_whole_url_though_its_key_is_masked(secretive: Path) -> None:
    corpus = rx.load(secretive)
    document = json.loads(secretive.read_text())
    asked = {**document["request"], "url": document["request"]["url"].replace(SENTINEL, "other")}
    told = rx.why(asked, corpus)
    assert SENTINEL not in repr(told)
    assert all(SENTINEL not in str(each) for near in told.nearest for each in near.differences)


@pytest.mark.parametrize("piece", ["a", "sk-", "eyJ-", "xai-", "%", "a.b-", "-----BEGIN ", "Basic ", "-eyJaaaaaaaaaaa"])
def test_no_text_makes_the_search_for_keys_look_far_ahead(piece: str) -> None:
    """Ten times the text takes ten times as long, not a hundred: the larger one would take minutes."""
    text = f"{piece * (1_000_000 // len(piece))} 5%41"
    assert len(without_keys(text)[0]) == len(text)
