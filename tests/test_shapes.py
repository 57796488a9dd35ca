"""What kind of exchange a recording is to whoever looks at it."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic import recording, says

from recexplore.corpus import Corpus
from recexplore.views.text.shapes import headline, shape_of


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("f27523f3fec8", "stream"),
        ("whole-answer", "whole"),
        ("bad-request", "error"),
        ("responses#0", "stream"),
        ("gemini", "stream"),
    ],
)
def test_shapes_of_bundled_recordings(all_recordings: Corpus, name: str, shape: str) -> None:
    assert shape_of(all_recordings[name]) == shape
    assert headline(all_recordings[name]) == ""


def test_a_stream_of_one_chunk_came_at_once(read: Any) -> None:
    (one,) = read(recording([says("a")]))
    assert shape_of(one) == "whole"


def test_another_exchange_is_called_by_method_path_and_status(read: Any) -> None:
    document = recording([{"id": "file-1", "object": "file"}])
    document["request"] |= {"method": "GET", "url": "http://localhost/v1/files/1", "endpoint": "/v1/files/1"}
    document["response"] = {"body": {"id": "file-1", "object": "file"}, "is_streaming": False}
    (one,) = read(document)
    assert shape_of(one) == "exchange"
    assert headline(one) == "GET /v1/files/1"
