"""The server behind a proxy: its URLs, the fields that pass, and the proxy that the environment names."""

from __future__ import annotations

import pytest

from recexplore.capture.hop_fields import end_to_end
from recexplore.capture.proxy.upstream import Upstream, to_be_sent


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://api.openai.com", "https://api.openai.com/v1/x?y=%20"),
        ("https://api.openai.com/", "https://api.openai.com/v1/x?y=%20"),
        ("http://[::1]:8000/a/b/", "http://[::1]:8000/a/b/v1/x?y=%20"),
    ],
)
def test_a_path_comes_before_every_requests(url: str, asked: str) -> None:
    assert Upstream.of(url).url_of("/v1/x?y=%20") == asked


@pytest.mark.parametrize(
    ("url", "is_so"), [("http://h/v1", True), ("http://h/x/v1beta/", True), ("http://h/v1x/y", False)]
)
def test_whether_a_path_names_a_version(url: str, is_so: bool) -> None:
    assert Upstream.of(url).is_versioned is is_so


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h",
        "h:80",
        "/v1",
        "file:///x",
        "http://",
        "http://h:x",
        "http://u@h",
        "http://h?x=1",
        "http://h#x",
        "http://[::1",
    ],
)
def test_what_is_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="--upstream"):
        Upstream.of(url)


def test_fields_of_one_connection_stay_with_it() -> None:
    fields = [
        ("Host", "localhost:1"), ("Connection", "keep-alive, X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "5"), ("TE", "x"),
        ("Transfer-Encoding", "chunked"), ("Accept-Encoding", "gzip"), ("Content-Length", "5"), ("Expect", "100-continue"),
        ("Upgrade", "h2c"), ("Authorization", "Bearer k"), ("X-Twice", "1"), ("x-twice", "2"),
    ]  # fmt: skip

    assert to_be_sent(fields) == [
        ("Authorization", "Bearer k"), ("X-Twice", "1"), ("x-twice", "2"), ("Accept-Encoding", "identity"),
    ]  # fmt: skip


def test_an_answer_keeps_its_length() -> None:
    fields = [("Content-Length", "5"), ("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]
    assert list(end_to_end(fields)) == [("Content-Length", "5"), ("Content-Encoding", "gzip")]


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://us%65r:pa%3Ass@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example")

    upstream = Upstream.of("https://api.openai.com")
    assert upstream.proxy == "http://proxy.example:3128"
    assert upstream.proxy_fields == (("Proxy-Authorization", "Basic dXNlcjpwYTpzcw=="),)
    assert Upstream.of("https://inside.example").proxy is None
    assert Upstream.of("http://api.example").proxy is None
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:1")
    assert Upstream.of("http://api.example").proxy == "http://proxy.example:1"
    assert Upstream.of("http://127.0.0.1:8000").proxy is None
    assert Upstream.of("http://localhost").proxy is None
