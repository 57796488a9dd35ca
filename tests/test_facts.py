"""Facts in words: what was not recorded is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from journal_kit import journal_bytes
from scripted_streams import chat_text
from synthetic import choice, chunk, recording, says

import recexplore
from recexplore.analysis import interleaving
from recexplore.corpus import Corpus
from recexplore.views.text.facts import facts_of, flow_of, glossary_of, tokens_of


def test_facts_of_the_garbled_stream(bundled: Corpus) -> None:
    facts = dict(facts_of(bundled["f27523"]))
    assert facts == {
        "provider": "bedrock",
        "model": "openai.gpt-oss-20b-1:0",
        "dialect": "openai_chat",
        "answer": "stream",
        "choices": "2",
        "chunks": "86",
        "time": "not recorded",
    }


def test_flow_of_the_garbled_stream(bundled: Corpus) -> None:
    assert [words[:2] for words in flow_of(bundled["f27523"])] == [
        ["switches", "81"],
        ["run length", "1.05, at most 3"],
        ["share", "50% / 50%"],
        ["fairness", "1.00"],
        ["lag", "3 chunks"],
        ["finished", "at chunks 82, 85"],
    ]


def test_flow_of_a_single_choice_is_what_it_said(bundled: Corpus, made: Corpus) -> None:
    assert [words[:2] for words in flow_of(bundled["f6960c"])] == [
        ["content", "172 characters"],
        ["own chunks", "38"],
        ["finished", "at chunk 37"],
    ]
    assert flow_of(made["bad-request"]) == []


def test_a_whole_answer_took_no_turns(made: Corpus) -> None:
    """Not that it switched seven times and finished eight times at chunk 0."""
    for name in ("whole-answer", "bad-request"):
        assert {label for label, *_ in flow_of(made[name])} <= {"content", "reasoning", "tool call"}
        assert glossary_of(made[name]) == []


def test_several_whole_answers_are_what_they_said_together(read) -> None:
    body = {
        "object": "chat.completion",
        "choices": [
            {"index": k, "finish_reason": "stop", "message": {"role": "assistant", "content": "12"}} for k in range(8)
        ],
    }
    assert [words[:2] for words in flow_of(next(iter(read(body))))] == [["content", "16 characters"]]


def test_every_word_beside_the_timeline_is_explained(bundled: Corpus, formats: Corpus) -> None:
    for each in (*bundled, *formats):
        explained = dict(glossary_of(each))
        words = {label: meaning for label, _, meaning in flow_of(each) if label in interleaving.DEFINITIONS}
        assert words.items() <= explained.items()
    assert [*dict(glossary_of(bundled["f27523"]))] == [
        *("choice", "turn", "switches", "run length", "share", "fairness", "lag", "finished", "boundaries")
    ]
    assert [*dict(glossary_of(formats["buffered"]))] == ["own chunks", "finished", "all choices", "boundaries"]


def test_choices_that_never_finished_are_said(read) -> None:
    one = next(iter(read(recording([says("a"), says("b", 1), chunk(choice({}, 1, "stop"))]))))
    assert flow_of(one)[-1][:2] == ["finished", "at chunk 2, 1 never"]
    assert flow_of(next(iter(read(recording([says("a")])))))[-1][:2] == ["finished", "never"]


def test_choices_of_a_stream_that_still_comes_have_not_finished_yet(tmp_path: Path) -> None:
    reads = list(enumerate(chat_text(["A", " wren"])[:2]))
    journal = journal_bytes("http://localhost/v1/chat/completions", b'{"model": "m", "stream": true}', reads)
    (tmp_path / "open.journal.jsonl").write_bytes(journal)
    (one,) = recexplore.load(tmp_path, progress=False)
    assert flow_of(one)[-1][:2] == flow_of(one, is_left=False)[-1][:2] == ["finished", "not yet"]
    assert flow_of(one, is_left=True)[-1][:2] == ["finished", "no end"], "its recorder died"


def test_a_clock_is_named(made: Corpus) -> None:
    assert dict(facts_of(made["server-clock"]))["time"] == "0.63 s from first chunk to last (server clock)"


def test_errors_and_status_are_facts(made: Corpus) -> None:
    facts = dict(facts_of(made["bad-request"]))
    assert facts["status"] == "400"
    assert "image is not valid" in facts["error"]


def test_tokens_that_were_not_reported_are_not_zero(bundled: Corpus) -> None:
    tokens = tokens_of(bundled["f27523"])
    assert (tokens["reports"], tokens["parts"], tokens["total"]) == (0, [], None)


def test_parts_of_a_report(made: Corpus) -> None:
    tokens = tokens_of(made["reasoning"])
    assert [(part["label"], part["tokens"]) for part in tokens["parts"]] == [
        ("cached prompt", 1024),
        ("prompt", 19),
        ("reasoning", 22),
        ("visible completion", 12),
    ]


@pytest.mark.parametrize(("text", "label"), [("Hm.", "completion with reasoning"), ("", "visible completion")])
def test_a_completion_that_includes_reasoning_is_not_called_visible(read, text: str, label: str) -> None:
    """Anthropic counts both together."""
    content = [{"type": "thinking", "thinking": text}, {"type": "text", "text": "Hi"}]
    usage = {"input_tokens": 4, "output_tokens": 9}
    message = {"type": "message", "role": "assistant", "model": "claude", "content": content, "usage": usage}
    corpus = read({**message, "id": "msg_1", "stop_reason": "end_turn"})

    assert (label, 9) in [(part["label"], part["tokens"]) for part in tokens_of(next(iter(corpus)))["parts"]]
