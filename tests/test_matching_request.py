"""A request in every shape in which it may be brought."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from matching_requests import TEST, URL, body, request, save

import recexplore
from recexplore.corpus import Corpus
from recexplore.matching.request import MAX_DEPTH, Request, is_too_deep, request_of, requests_of
from recexplore.model.errors import NotLoadable


def facts(found: Request) -> tuple[Any, ...]:
    return found.kind, found.body, found.method, found.url, found.endpoint, found.test_id, found.model


def test_all_shapes_of_one_request(tmp_path: Path) -> None:
    path = save(tmp_path, request())
    document = json.loads(path.read_text())
    (recording,) = recexplore.load(tmp_path, progress=False)
    expected = ("inference", body(), "POST", URL, "/v1/chat/completions", TEST, "gpt")
    for asked in (path, str(path), document, {**document["request"], "test_id": TEST}, recording):
        assert facts(request_of(asked)) == expected
    assert facts(request_of(body())) == ("inference", body(), None, None, None, None, "gpt")


def test_a_path_of_the_url_stands_for_an_endpoint_that_is_not_told() -> None:
    assert request_of({"url": URL, "body": {}}).endpoint == "/v1/v1/chat/completions"


@pytest.mark.parametrize(
    ("asked", "kind", "sent"),
    [
        ({"provider": "p", "tool_name": "t", "kwargs": {"q": 1}}, "tool", {"q": 1}),
        ({"url": "http://h/v1/messages", "method": "POST", "payload": {"a": 1}}, "http", {"a": 1}),
        ({"url": "http://h/v1/rerank", "method": "POST", "body": {"a": 1}}, "http", {"a": 1}),
        ({"provider": "p", "api": "files", "file_id": "f"}, "file", {"api": "files", "file_id": "f"}),
        ({"url": URL, "body": None}, "inference", {}),
        ({"tool_name": "t", "kwargs": None}, "tool", None),
    ],
)
def test_each_kind_is_the_same_from_a_file_and_from_a_recording(
    tmp_path: Path, asked: Any, kind: str, sent: Any
) -> None:
    document = {"request": {**asked, "test_id": TEST}, "response": {"body": {}, "is_streaming": False}}
    (tmp_path / "a.json").write_text(json.dumps(document))
    (recording,) = recexplore.load(tmp_path, progress=False)
    for found in (request_of(document), request_of(recording)):
        assert (found.kind, found.body, found.test_id, found.is_too_deep) == (kind, sent, TEST, False)
    assert request_of(document).tool == request_of(recording).tool
    assert request_of(document).endpoint == request_of(recording).endpoint


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"a": value}
    return value


def test_depth() -> None:
    assert not is_too_deep(nested(MAX_DEPTH))
    assert is_too_deep(nested(MAX_DEPTH + 1))
    circle: list[Any] = []
    circle.append(circle)
    assert is_too_deep(circle)
    assert not is_too_deep([[]] * 100_000)


@pytest.mark.parametrize("levels", [MAX_DEPTH, 600, 900, 50_000])
def test_a_deep_request_is_told_not_walked(tmp_path: Path, levels: int) -> None:
    found = request_of({"url": URL, "body": nested(levels)})
    assert found.is_too_deep is (levels > MAX_DEPTH)
    deep = '{"a":' * levels + "1" + "}" * levels
    (tmp_path / "a.json").write_text(f'{{"request": {{"url": "{URL}", "body": {deep}}}, "response": {{"body": {{}}}}}}')
    if levels < 950:
        assert request_of(tmp_path / "a.json").is_too_deep is (levels > MAX_DEPTH)
    else:
        with pytest.raises(NotLoadable, match="nested too deeply"):
            request_of(tmp_path / "a.json")
    for _, recorded in requests_of(recexplore.load(tmp_path, progress=False)):
        assert recorded is not None


def test_what_is_no_request(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1]")
    (tmp_path / "b.json").write_text("{")
    for path in ("a.json", "b.json"):
        with pytest.raises(NotLoadable, match=r"holds no request"):
            request_of(tmp_path / path)
    with pytest.raises(NotLoadable, match="is no object"):
        request_of({"request": "x"})
    with pytest.raises(NotLoadable, match="is not JSON"):
        request_of({"model": {1, 2}})
    with pytest.raises(FileNotFoundError):
        request_of(tmp_path / "none.json")
    with pytest.raises(TypeError, match="not int"):
        request_of(1)  # type: ignore[arg-type]


def test_a_file_that_changed_has_no_request_any_more(tmp_path: Path) -> None:
    path = save(tmp_path, request())
    corpus: Corpus = recexplore.load(tmp_path, progress=False)
    path.unlink()
    assert [asked for _, asked in requests_of(corpus)] == [None]
