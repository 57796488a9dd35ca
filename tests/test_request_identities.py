"""What makes requests of a corpus the same one for rules: the same as for `recexplore.runs`, and cheaper to ask for."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from run_kit import loaded
from synthetic import says, stream, whole

import recexplore
from recexplore.checks.request_identities import CorpusIdentities, identity_of
from recexplore.corpus import Corpus
from recexplore.rules.request_identity import RequestIdentity

ASKED = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


def identity(request: dict[str, Any]) -> RequestIdentity:
    found = identity_of(next(iter(loaded(stream(says("a"), request=request)))))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "more",
    [
        {"stream": False},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"user": "ann", "prompt_cache_key": "k"},
    ],
)
def test_who_asks_and_how_the_answer_comes_change_nothing(more: dict[str, Any]) -> None:
    assert identity(ASKED | {"stream": True}) == identity({**ASKED, **more})


@pytest.mark.parametrize(
    "more", [{"temperature": 0}, {"messages": [{"role": "user", "content": "Hello"}]}, {"seed": 1}]
)
def test_what_was_asked_does(more: dict[str, Any]) -> None:
    one, other = identity(ASKED), identity({**ASKED, **more})
    assert one.key != other.key
    assert one.read != other.read


def test_ids_make_another_prompt_of_the_same_request() -> None:
    def asking(id_: str) -> dict[str, Any]:
        return {**ASKED, "messages": [{"role": "tool", "tool_call_id": id_, "content": "42"}]}

    one, other = identity(asking("call_aaaaaaaa")), identity(asking("call_bbbbbbbb"))
    assert one.key == other.key
    assert one.read != other.read


@pytest.mark.parametrize("kept", [{"previous_response_id": "resp_12345678"}, {"conversation": "conv_12345678"}])
def test_what_the_server_keeps_is_not_known(kept: dict[str, Any]) -> None:
    assert identity({**ASKED, **kept}).read is None


def test_half_a_character_is_not_known() -> None:
    assert identity({**ASKED, "user_said": "\ud83d"}).read is None


def test_equal_requests_are_read_once() -> None:
    corpus = loaded(*[stream(says("a"), request=ASKED)] * 5, stream(says("a"), request={**ASKED, "seed": 1}))
    asked = CorpusIdentities(corpus)
    found = asked([each.id for each in corpus])
    assert len(set(found.values())) == 2
    assert asked.n_read == 2
    asked(["run-0"])
    assert asked.n_read == 2


def test_what_has_no_request_or_is_gone_has_no_identity() -> None:
    corpus = loaded(stream(says("a")), whole({"content": "b"}))
    Path(corpus["run-1"].facts["path"]).unlink()
    assert CorpusIdentities(corpus)(["run-0", "run-1"]).keys() == {"run-0"}
    nothing = recexplore.from_chunks([says("a")])
    assert identity_of(nothing) is None


def groups(keys: dict[str, Any]) -> set[frozenset[str]]:
    """The recordings that have a key in common, two and more."""
    by: dict[Any, set[str]] = defaultdict(set)
    for recording, key in keys.items():
        by[key].add(recording)
    return {frozenset(each) for each in by.values() if len(each) > 1}


@pytest.mark.parametrize("where", ["ogx", "vcr-pydantic-ai", "ogx-history"])
def test_they_group_real_recordings_as_runs_does(corpus_folder: Path, where: str) -> None:
    """Though of equal requests one is read, whatever file it stands in."""
    corpus = recexplore.load(corpus_folder / where, progress=False)
    asked = CorpusIdentities(corpus)
    found = groups({id_: each.key for id_, each in asked([each.id for each in corpus]).items()})
    runs = recexplore.runs(corpus, by="streamed-or-whole")
    assert found == {frozenset(each.id for each in group) for group in runs}
    assert found
    assert asked.n_read < len(corpus)


def test_real_prompts_that_are_read_alike_belong_to_one_request(ogx: Corpus) -> None:
    asked = CorpusIdentities(ogx)([each.id for each in ogx])
    key_of = {each.read: each.key for each in asked.values() if each.read is not None}
    assert all(each.key == key_of[each.read] for each in asked.values() if each.read is not None)
