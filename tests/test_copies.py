"""What a reader takes away from a recording."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from synthetic import calls, fragment, recording, says

from recexplore.corpus import Corpus
from recexplore.views.text.copies import COPIES, copied, copies_of


def names(one: Any) -> list[str]:
    return [each.name for each in copies_of(one)]


def test_what_the_garbled_stream_offers(bundled: Corpus) -> None:
    one = bundled["f27523"]
    assert names(one) == [each.name for each in COPIES]
    assert copied(one, "id", 0) == "f27523f3fec8"
    assert copied(one, "path", 0) == one.facts["path"]
    assert copied(one, "test", 0) == one.facts["test_id"]
    assert json.loads(copied(one, "chunk", 81)) == one.raw(81)
    answers = copied(one, "answer", 0).split("\n\nchoice 1:\n")
    assert answers[0] == f"choice 0:\n{one.choices['content'][0]}"
    assert answers[1] == one.choices["content"][1]


def test_a_test_is_run_by_what_a_shell_takes_as_one_word(bundled: Corpus) -> None:
    one = bundled["f27523"]
    assert shlex.split(copied(one, "pytest", 0)) == ["pytest", one.facts["test_id"]]
    assert shlex.split(copied(one, "pytest-k", 0)) == ["pytest", "-k", "test_openai_chat_completion_streaming_with_n"]


def test_what_was_never_a_test_offers_no_test(formats: Corpus) -> None:
    assert not {"test", "pytest", "pytest-k"} & {*names(formats["ollama"])}


def test_curl_asks_what_was_asked_and_knows_no_secret(read: Any) -> None:
    document = recording([says("a")])
    document["request"]["url"] = "https://me:secret@api.openai.com/v1/chat/completions?api-key=secret"
    document["request"]["body"] = {"messages": [{"role": "user", "content": "it's $(rm -rf) “so”\n"}]}
    document["request"]["headers"] = {"Authorization": "Bearer secret"}
    (one,) = read(document)
    command = copied(one, "curl", 0)
    assert "secret" not in command
    words = shlex.split(command)
    assert words[:4] == ["curl", "--no-buffer", "--request", "POST"]
    assert words[4] == "https://api.openai.com/v1/chat/completions"
    assert json.loads(words[-1]) == one.request


def test_an_answer_of_calls_is_its_calls(read: Any) -> None:
    (one,) = read(recording([calls(fragment('{"a":', name="look")), calls(fragment(" 1}"))]))
    assert copied(one, "answer", 0) == 'look({"a": 1})'


def test_the_link_is_code_that_runs_anywhere(bundled: Corpus) -> None:
    assert copied(bundled["f27523"], "link", 81) == (
        f"import recexplore as rx\n\nrx.explore({bundled.places[0]!r}, 'f27523f3fec8', chunk=81)"
    )


def test_what_is_not_there_is_said(bundled: Corpus, made: Corpus) -> None:
    with pytest.raises(LookupError, match="nothing to copy is called 'soul'"):
        copied(bundled["f27523"], "soul", 0)
    assert not {"answer", "chunk"} & {*names(made["bad-request"])}
