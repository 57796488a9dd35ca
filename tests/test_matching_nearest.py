"""Which recordings are nearest to a request."""

from __future__ import annotations

import gc
import random
import time
import weakref
from pathlib import Path

from matching_requests import TEST, body, name_of, request, save

import recexplore
from recexplore.matching.nearest import index_of
from recexplore.matching.request import request_of


def loaded(folder: Path) -> recexplore.Corpus:
    return recexplore.load(folder, progress=False)


def nearest(folder: Path, asked: object, n: int = 3) -> list[tuple[float, str]]:
    index = index_of(loaded(folder))
    return [(score, Path(entry.path).stem) for score, entry in index.nearest(request_of(asked), n)]  # type: ignore[arg-type]


def test_the_same_request_is_nearest_and_wholly_alike(tmp_path: Path) -> None:
    for number in range(20):
        save(tmp_path, request(body(f"Question {number} about the weather")))
    asked = request(body("Question 7 about the weather")) | {"test_id": TEST}
    found = nearest(tmp_path, asked)
    assert found[0] == (1.0, name_of(asked))
    assert found[1][0] < 1.0


def test_one_changed_word_keeps_its_recording_nearest(tmp_path: Path) -> None:
    for text in (
        "Name a planet with rings",
        "What is the boiling point of water in Wales?",
        "Say hello",
        "Say goodbye",
    ):
        save(tmp_path, request(body(text)))
    asked = request(body("What is the boiling point of tea in Wales?")) | {"test_id": TEST}
    assert nearest(tmp_path, asked, 1)[0][1] == name_of(request(body("What is the boiling point of water in Wales?")))


def test_the_same_endpoint_model_and_test_are_preferred(tmp_path: Path) -> None:
    asked = request() | {"test_id": TEST}
    save(tmp_path, request(), test_id="tests/other.py::test_b", name="other-test")
    save(tmp_path, request(), test_id=TEST.replace("[txt=gpt]", "[txt=o1]"), name="other-parameter")
    save(tmp_path, request(body() | {"model": "o1"}), name="other-model")
    save(tmp_path, request(url="https://h/ml/v1/chat/completions"), name="other-path")
    names = [name for _, name in nearest(tmp_path, asked, 4)]
    assert names[0] == "other-parameter"
    assert set(names) == {"other-parameter", "other-test", "other-model", "other-path"}


def test_what_all_have_counts_little(tmp_path: Path) -> None:
    tools = [{"type": "function", "function": {"name": f"tool_{number}"}} for number in range(30)]
    save(tmp_path, request(body("About cats", tools=tools)))
    save(tmp_path, request(body("About dogs", tools=tools)))
    for number in range(10):
        save(tmp_path, request(body(f"About {number}", tools=tools)))
    assert nearest(tmp_path, body("About dogs"), 1)[0][1] == name_of(request(body("About dogs", tools=tools)))


def test_ties_keep_the_order_of_the_corpus(tmp_path: Path) -> None:
    for name in "bac":
        save(tmp_path, request(), name=name)
    assert [name for _, name in nearest(tmp_path, request() | {"test_id": TEST})] == ["a", "b", "c"]


def test_an_index_does_not_outlive_its_corpus(tmp_path: Path) -> None:
    save(tmp_path, request())
    corpus = loaded(tmp_path)
    assert index_of(corpus) is index_of(corpus)
    seen = weakref.ref(index_of(corpus))
    del corpus
    gc.collect()
    assert seen() is None


def test_three_thousand_recordings_take_moments(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(2_000)]
    chance = random.Random(1)
    for number in range(3_000):
        save(tmp_path, request(body(" ".join(chance.choices(words, k=120)))), name=f"{number:012x}")
    index = index_of(loaded(tmp_path))
    began = time.process_time()
    index.nearest(request_of(request()), 3)
    assert time.process_time() - began < 10
