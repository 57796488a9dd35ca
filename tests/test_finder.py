"""The explorer's search: what a query finds, what a facet counts, what a row shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_kit import loaded
from synthetic import says, stream

import recexplore
from recexplore.corpus import Corpus
from recexplore.rules import known
from recexplore.views.find.finder import FACETS, SORTS, Finder, Found
from recexplore.views.find.rows import _snippet

_RECORDINGS = Path(__file__).parent.parent / "recordings"
_FILES = (
    "formats/browser.har",
    "formats/gemini.json",
    "formats/messages.sse",
    "formats/ollama.ndjson",
    "llama-stack/007c4711219f0fe25bd410d6dd8b18eae1251c3e83ab1f8d1d85ce86f5e197f3.json",
    "llama-stack/94d11daee205.json",
    "made/bad-request.json",
    "made/reasoning.json",
    "made/refusal.json",
    "made/server-clock.json",
    "made/three-way.json",
    "made/tool-calls.json",
    "made/whole-answer.json",
)
_ALL = (
    *("browser", "gemini", "messages", "ollama", "007c4711219f", "94d11daee205", "bad-request", "reasoning"),
    *("refusal", "server-clock", "three-way", "tool-calls", "whole-answer"),
)
_CORPUS = recexplore.load([_RECORDINGS / name for name in _FILES], progress=False)
_FINDINGS = pd.DataFrame(
    [
        ("reasoning", "usage-missing", "note"),
        ("tool-calls", "arguments-invalid", "error"),
        ("tool-calls", "usage-missing", "note"),
        ("tool-calls", "usage-missing", "note"),
        ("three-way", "late-role", "warning"),
        ("nobody", "late-role", "error"),
        (None, "late-role", "error"),
    ],
    columns=["recording", "rule", "severity"],
)
_FINDER = Finder(_CORPUS, _FINDINGS)
# Otherwise what is told of runs would depend on which test asked first.
_FINDER.arrays.request_groups.read_on()


def ids(found: Found) -> list[str]:
    return _CORPUS.recordings["recording"].iloc[found.ordinals].tolist()


def row(id_: str, query: str = "") -> dict[str, Any]:
    found = _FINDER.find(query)
    return found.rows([_ALL.index(id_)])[0]


def counted(found: Found, facet: str) -> dict[str, int]:
    return {each["value"]: each["count"] for each in found.facets[facet] if each["count"]}


def values(found: Found, facet: str) -> list[str]:
    return [each["value"] for each in found.facets[facet]]


def test_nothing_asked_finds_all_as_loaded() -> None:
    found = _FINDER.find()

    assert ids(found) == list(_ALL)
    assert found.ordinals.tolist() == list(range(13))
    assert found.notes == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("TIDE", ["messages", "server-clock"]),
        ("oslo", ["tool-calls"]),
        ("content:lima", []),
        ("reasoning:lima", ["ollama"]),
        ('text:"third prime" -has:findings', []),
        ("three-way", ["three-way"]),
        ('"is not valid"', ["bad-request"]),
        ('"not is valid"', []),
        ("model:gpt-4o-mini -test:refusal", ["bad-request", "three-way", "tool-calls", "whole-answer"]),
        ("MODEL:GPT-5", ["94d11daee205"]),
        ("provider:ollama", ["server-clock"]),
        ("dialect:ollama", ["ollama", "server-clock"]),
        ("endpoint:/api/chat", ["server-clock"]),
        ("envelope:har", ["browser"]),
        ("clock:measured", ["browser"]),
        ("error:image", ["bad-request"]),
        ("path:formats/", ["browser", "gemini", "messages", "ollama"]),
        ("id:007c", ["007c4711219f"]),
        ("tool:i", ["messages", "ollama", "tool-calls"]),
        ("tool:get_weather", ["tool-calls"]),
        ("finish:tool", ["messages", "tool-calls"]),
        ("rule:late-role", ["three-way"]),
        ("severity:note", ["reasoning", "tool-calls"]),
        ("n:2", ["browser", "gemini", "94d11daee205"]),
        ("choices:>2", ["three-way"]),
        ("chunks:>29", ["007c4711219f", "94d11daee205"]),
        ("chunks:>=29", ["browser", "007c4711219f", "94d11daee205"]),
        ("chunks:<6", ["bad-request", "whole-answer"]),
        ("chunks:<=6", ["gemini", "bad-request", "refusal", "whole-answer"]),
        ("chunks:9..10", ["ollama", "reasoning", "server-clock"]),
        ("tokens:..41", ["browser", "three-way", "whole-answer"]),
        ("tokens:=1077", ["reasoning"]),
        ("tools:2", ["tool-calls"]),
        ("duration:0.5..", ["browser", "server-clock"]),
        ("status:400..499", ["bad-request"]),
        ("has:reasoning", ["gemini", "messages", "ollama", "reasoning"]),
        ("has:tools", ["messages", "ollama", "tool-calls"]),
        ("has:refusal", ["refusal"]),
        ("has:error", ["bad-request"]),
        ("-has:usage", ["007c4711219f", "94d11daee205", "bad-request", "refusal"]),
        ("has:time", ["browser", "ollama", "server-clock"]),
        ("has:findings", ["reasoning", "three-way", "tool-calls"]),
        ("is:whole", ["bad-request", "whole-answer"]),
        ("-is:stream", ["bad-request", "whole-answer"]),
        (".*", []),
        ("made/test_streams.py::test_ref", ["refusal"]),
    ],
)
def test_what_a_query_finds(query: str, expected: list[str]) -> None:
    found = _FINDER.find(query)

    assert ids(found) == expected
    assert found.notes == []


def test_what_is_not_understood_is_searched_as_text_and_said() -> None:
    found = _FINDER.find("tests/made n:two model:", {"colour": ["red"]})

    assert ids(found) == ids(_FINDER.find('tests/made "n:two"'))
    assert [note.partition(":")[0] for note in found.notes] == ["`n", "no facet `colour`"]


def test_an_unknown_field_finds_its_text(read: Callable[..., Corpus]) -> None:
    stream = b'data: {"choices": [{"index": 0, "delta": {"content": "\xc3\x84rger: no"}}]}\n\ndata: [DONE]\n\n'
    finder = Finder(read(stream.replace(b": no", b":no"), "a.sse"))

    assert finder.find("äRGER:NO").ordinals.tolist() == [0]
    assert finder.find("äRGER:YES").ordinals.tolist() == []


def test_facets_count_under_the_query_and_the_other_facets() -> None:
    found = _FINDER.find("path:made/", {"provider": ["openai"], "shows": ["refusal", "tools"]})

    assert ids(found) == ["refusal", "tool-calls"]
    assert {name: counted(found, name) for name in FACETS} == {
        "provider": {"openai": 2},
        "model": {"gpt-4o-mini": 2},
        "dialect": {"openai_chat": 2},
        "severity": {"error": 1, "note": 1},
        "rule": {"usage-missing": 1, "arguments-invalid": 1},
        "runs": {"once": 2},
        "shows": {"no usage": 2, "several choices": 1, "tools": 1, "refusal": 1, "error": 1},
    }


def test_a_facet_keeps_its_values_and_their_places() -> None:
    every = _FINDER.find()
    fewer = _FINDER.find("refusal", {"provider": ["openai"]})

    for name in FACETS:
        assert values(fewer, name) == values(every, name)
    assert {"value": "ollama", "count": 0} in fewer.facets["dialect"]
    assert values(every, "provider")[:2] == ["openai", "not named"], "the most frequent first"
    assert values(every, "severity") == ["error", "warning", "note"]
    assert values(every, "shows") == [
        *("several choices", "reasoning", "tools", "refusal", "error", "no usage", "clock", "no end yet")
    ]


def test_all_rules_of_the_catalogue_are_values() -> None:
    rules = values(_FINDER.find(), "rule")

    assert rules[:3] == ["usage-missing", "arguments-invalid", "late-role"]
    assert set(rules) == {*(rule.id for rule in known()), "usage-missing", "arguments-invalid", "late-role"}
    assert len(rules) == len(set(rules)) == _FINDER.find().n_values["rule"]


def test_of_very_many_values_the_most_frequent_are_listed_and_the_chosen(read: Callable[..., Corpus]) -> None:
    lines = [{"choices": [{"index": 0, "delta": {"content": "a"}}], "model": f"m{n:03}"} for n in range(300)]
    files = [read(f"data: {json.dumps(line)}\n\ndata: [DONE]\n\n".encode(), f"{n}.sse") for n, line in enumerate(lines)]
    finder = Finder(recexplore.load([each.recordings["path"].iloc[0] for each in files], progress=False))
    found = finder.find("", {"model": ["m299"]})

    assert (len(found.facets["model"]), found.n_values["model"]) == (201, 300)
    assert counted(found, "model")["m299"] == 1
    # Those that are not listed are found by what they hold, under the same question.
    values, n_values = finder.find("").values("model", "M28")
    assert ([each["value"] for each in values], n_values) == ([f"m28{n}" for n in range(10)], 10)
    assert {each["count"] for each in finder.find("id:no-such-id").values("model", "m28")[0]} == {0}
    assert finder.find().values("model", "(") == ([], 0)
    assert finder.find().values("model") == (finder.find().facets["model"], 300)
    with pytest.raises(LookupError, match="no facet `colour`: there are provider"):
        finder.find().values("colour")


@pytest.mark.parametrize(
    ("query", "facets", "nowhere"),
    [
        ("rule:tool-args", {}, ["tool-args fired nowhere in 13 recordings"]),
        ("has:tool-args", {}, ["tool-args fired nowhere in 13 recordings"]),
        (
            "oslo rule:tool-args rule:stall",
            {},
            [f"{name} fired nowhere in 13 recordings" for name in ("tool-args", "stall")],
        ),
        ("rule:legacy-hash", {}, ["legacy-hash fired nowhere in 13 recordings; it is off unless it is selected"]),
        ("", {"rule": ["tool-args"]}, ["tool-args fired nowhere in 13 recordings"]),
        # Found somewhere; no rule; a part of a rule's name; without it.
        ("zzzz rule:usage-missing", {}, []),
        ("rule:nonsense", {}, []),
        ("rule:tool-arg", {}, []),
        ("zzzz -rule:tool-args", {}, []),
        ("tool-args", {}, []),
    ],
)
def test_a_rule_that_fired_nowhere_is_named(query: str, facets: dict[str, list[str]], nowhere: list[str]) -> None:
    found = _FINDER.find(query, facets)

    assert (found.ordinals.size, found.nowhere) == (0, nowhere)


def test_where_no_rules_were_run_nothing_is_said_of_findings() -> None:
    found = Finder(_CORPUS).find("rule:tool-args")

    assert found.facets["rule"] == found.facets["severity"] == []
    assert found.nowhere == ["tool-args was not looked for: no rules were run"]
    assert Finder(_CORPUS).find().nowhere == []


def test_a_rule_counts_recordings_not_findings() -> None:
    assert counted(_FINDER.find(), "rule") == {"usage-missing": 2, "arguments-invalid": 1, "late-role": 1}
    assert ids(_FINDER.find("", {"rule": ["usage-missing"]})) == ["reasoning", "tool-calls"]
    assert ids(_FINDER.find("", {"rule": ["late-role", "arguments-invalid"]})) == ["three-way", "tool-calls"]
    assert ids(_FINDER.find("", {"rule": ["usage"]})) == [], "a facet's value is meant as a whole"
    both = _FINDER.find("", {"rule": ["usage-missing"], "severity": ["error"]})
    assert (ids(both), counted(both, "rule")) == (["tool-calls"], {"usage-missing": 1, "arguments-invalid": 1})


def test_what_is_missing_is_a_value_of_its_own() -> None:
    assert counted(_FINDER.find(), "provider") == {
        **{"openai": 7, "not named": 3, "azure": 1, "deepseek": 1, "ollama": 1},
    }
    assert ids(_FINDER.find("", {"provider": ["not named"]})) == ["gemini", "messages", "ollama"]


def test_a_chosen_value_stays_to_be_taken_back() -> None:
    found = _FINDER.find("sunny", {"provider": ["azure", "without_ci_commands of"], "severity": ["warning"]})

    assert ids(found) == []
    assert {"value": "azure", "count": 0} in found.facets["provider"]
    assert {"value": "warning", "count": 0} in found.facets["severity"]


def test_a_facet_or_an_order_that_is_none_is_said() -> None:
    found = _FINDER.find("", {"colour": ["red"], "model": []}, sort="colour")

    assert ids(found) == list(_ALL)
    assert [note.partition(";")[0].partition(":")[0] for note in found.notes] == [
        "no facet `colour`",
        "no order `colour`",
    ]


@pytest.mark.parametrize(
    ("sort", "rising", "falling"),
    [
        ("chunks", ["bad-request", "whole-answer"], ["94d11daee205", "007c4711219f"]),
        ("choices", ["bad-request", "messages"], ["three-way", "browser"]),
        ("tokens", ["whole-answer", "three-way"], ["reasoning", "tool-calls"]),
        ("prompt", ["three-way", "whole-answer"], ["reasoning", "messages"]),
        ("completion", ["whole-answer", "server-clock"], ["messages", "reasoning"]),
        ("bytes", ["bad-request", "whole-answer"], ["94d11daee205", "007c4711219f"]),
        ("duration", ["ollama", "server-clock", "browser"], ["browser", "server-clock", "ollama"]),
        ("recorded", ["94d11daee205", "server-clock", "browser", "ollama"], ["ollama", "browser", "server-clock"]),
        ("provider", ["94d11daee205", "reasoning", "server-clock"], ["browser", "007c4711219f", "bad-request"]),
        ("model", ["messages", "reasoning"], ["ollama", "server-clock"]),
        ("findings", ["browser", "gemini"], ["tool-calls", "three-way", "reasoning", "browser"]),
        ("id", ["007c4711219f", "94d11daee205", "bad-request"], ["whole-answer", "tool-calls"]),
        ("test", ["94d11daee205", "bad-request", "browser"], ["whole-answer", "tool-calls"]),
    ],
)
def test_the_order(sort: str, rising: list[str], falling: list[str]) -> None:
    assert ids(_FINDER.find(sort=sort))[: len(rising)] == rising
    assert ids(_FINDER.find(sort=sort, descending=True))[: len(falling)] == falling
    assert ids(_FINDER.find(f"sort:{sort}")) == ids(_FINDER.find(sort=sort))
    assert ids(_FINDER.find(f"sort:-{sort}")) == ids(_FINDER.find(sort=sort, descending=True))


def test_an_order_in_the_query_goes_before_another() -> None:
    found = _FINDER.find("sort:-N three", sort="tokens")

    assert (found.sort, found.descending, found.notes, found.substrings) == ("choices", True, [], ["three"])
    assert [(each.sort, each.descending) for each in (_FINDER.find(), _FINDER.find(sort="id", descending=True))] == [
        (None, False),
        ("id", True),
    ]
    odd = _FINDER.find("sort:-colour", sort="tokens")
    assert (odd.sort, odd.descending, ids(odd)) == (None, False, list(_ALL))
    assert odd.notes[0].startswith("no order `colour`: as loaded; there are test, model, provider, findings, choices")


@pytest.mark.parametrize("sort", ["tokens", "duration", "provider", "model"])
def test_what_is_missing_comes_last_as_loaded(sort: str) -> None:
    column = {"tokens": "total_tokens", "duration": "duration_s", "provider": "provider"}.get(sort, "model_served")
    about = _CORPUS.recordings
    missing = about["recording"][about[column].isna() & (about["model_requested"].isna() | (sort != "model"))].tolist()

    for descending in (False, True):
        assert ids(_FINDER.find(sort=sort, descending=descending))[len(_ALL) - len(missing) :] == missing


def test_a_row() -> None:
    assert row("three-way") == {
        "id": "three-way",
        "name": "three_way",
        "detail": "",
        "named": "test",
        "request": "",
        "model": "gpt-4o-mini",
        "test": "tests/made/test_streams.py::test_three_way",
        "provider": "openai",
        "dialect": "openai_chat",
        "choices": 3,
        "chunks": 17,
        "prompt": 12,
        "completion": 14,
        "tokens": 26,
        "bytes": 10_599,
        "runs": 1,
        "duration": None,
        "recorded": None,
        "clock": "none",
        "error": False,
        "is_open": False,
        "path": f"{_RECORDINGS}/made/three-way.json",
        "findings": {"error": 0, "warning": 1, "note": 0},
        "lanes": recexplore_lanes("three-way"),
        "match": None,
    }
    assert row("ollama") | {"path": "", "lanes": []} == {
        "id": "ollama",
        "name": "ollama.ndjson",
        "detail": "",
        "named": "file",
        "request": "",
        "model": "qwen-made:4b",
        "test": "",
        "provider": "",
        "dialect": "ollama",
        "choices": 1,
        "chunks": 9,
        "prompt": 171,
        "completion": 29,
        "tokens": None,
        "bytes": 1582,
        "runs": 1,
        "duration": pytest.approx(0.33),
        "recorded": 1_776_250_000.0,
        "clock": "server",
        "error": False,
        "is_open": False,
        "path": "",
        "findings": {"error": 0, "warning": 0, "note": 0},
        "lanes": [],
        "match": None,
    }


def test_when_a_recording_was_made(tmp_path: Path) -> None:
    def answered(created: int) -> dict[str, Any]:
        message = {"role": "assistant", "content": "Hi"}
        return {"object": "chat.completion", "created": created, "model": "m", "choices": [{"message": message}]}

    for place, created in enumerate((1_776_160_000, 0, 1_000_000, 1 << 60)):
        (tmp_path / f"{place}.json").write_text(json.dumps(answered(created)))
    found = Finder(recexplore.load(tmp_path, progress=False)).find()

    assert [each["recorded"] for each in found.rows(found.ordinals)] == [1_776_160_000.0, None, None, None]
    assert found.recorded.iloc[0] == pd.Timestamp("2026-04-14T09:46:40Z")
    assert row("browser")["recorded"] == pytest.approx(1_776_159_012.662), "a chunk's own time goes before `created`"


def test_a_provider_that_nobody_named_is_no_name() -> None:
    assert [row(id_)["provider"] for id_ in ("gemini", "messages", "ollama", "server-clock")] == ["", "", "", "ollama"]
    assert [row(id_)["dialect"] for id_ in ("gemini", "messages", "ollama")] == ["gemini", "anthropic", "ollama"]
    assert "gemini" not in counted(_FINDER.find(), "provider"), "the facet says what was recorded"


def test_a_row_of_a_parametrized_test() -> None:
    made = row("007c4711219f")

    assert (made["name"], made["detail"]) == ("response_streaming_basic", "openai_client-txt=openai/gpt-4o-saturn")
    assert (made["named"], made["test"][:6]) == ("test", "tests/")


def test_recordings_of_one_test_are_told_apart_by_their_ids() -> None:
    asked = {"model": "m", "messages": []}
    corpus = loaded(*(stream(says("a"), request=asked, test_id=f"t.py::test_it[{name}]") for name in ("x", "x", "y")))
    found = Finder(corpus).find()
    assert [each["detail"] for each in found.rows(found.ordinals)] == ["x · run-0", "x · run-1", "y"]


def test_rows_without_a_model_show_what_was_asked_for(ogx: Corpus) -> None:
    finder = Finder(ogx)
    found = finder.find("dialect:http")
    rows = [each for each in found.rows(found.ordinals) if not each["test"]]
    first = rows[0]

    assert (first["name"], first["named"], first["model"]) == ("POST /v1/models", "request", "")
    assert first["detail"].startswith("localhost:11434 · models-64a2277c90f0f42576f60c10")
    assert len({each["detail"] for each in rows}) == len(rows) == 16
    assert {each["request"] for each in finder.find("model:gpt-4o").rows(range(900, 903))} == {""}


def test_the_largest_numbers_are_of_the_whole_corpus() -> None:
    found = _FINDER.largest()

    assert (found["chunks"], found["choices"], found["tokens"]) == (43, 3, 1077)
    assert (found["error"], found["warning"], found["note"]) == (1, 1, 2)
    assert found["duration"] == pytest.approx(_CORPUS.recordings["duration_s"].max())


def recexplore_lanes(id_: str) -> list[str]:
    from recexplore.analysis import interleaving

    lanes: list[str] = interleaving.thumbnails(_CORPUS[id_].events)["lane"].tolist()
    return lanes


def test_a_page_is_in_the_order_asked_for() -> None:
    rows = _FINDER.find().rows([11, 6, 10, 11])

    assert [each["id"] for each in rows] == ["tool-calls", "bad-request", "three-way", "tool-calls"]
    assert [each["lanes"] for each in rows] == [recexplore_lanes(each["id"]) for each in rows]
    assert (rows[1]["error"], rows[1]["chunks"], rows[1]["lanes"]) == (True, 0, [])
    assert rows[3]["findings"] == {"error": 1, "warning": 0, "note": 2}
    assert _FINDER.find().rows([]) == []


@pytest.mark.parametrize(
    "names",
    [["bad-request"], ["bad-request", "tool-calls"], ["tool-calls", "bad-request"], ["three-way", "bad-request"] * 2],
)
def test_rows_belong_to_their_recording_though_some_have_none(names: list[str]) -> None:
    corpus = recexplore.load([_RECORDINGS / "made" / f"{name}.json" for name in names], progress=False)
    rows = Finder(corpus).find().rows(range(len(corpus)))
    spoken = Finder(corpus).find("has:tools").ordinals.tolist()

    assert not len(corpus["bad-request"].events)
    assert [each["id"] for each in rows] == [each.id for each in corpus]
    assert [bool(each["lanes"]) for each in rows] == [len(each.events) > 0 for each in corpus]
    assert spoken == [each.position for each in corpus if len(each.tool_calls)]


def test_a_match_says_where_the_text_was_hit() -> None:
    assert row("tool-calls", "WEATHER")["match"] == {
        "before": "get_",
        "hit": "weather",
        "after": "",
        "where": "choice 0, tool name",
    }
    assert row("tool-calls", "is:stream nowhere quito")["match"] == {
        "before": '{"city":"',
        "hit": "Quito",
        "after": '"}',
        "where": "choice 0, tool arguments",
    }
    assert row("ollama", "ollama text:THE")["match"] == {
        "before": "Okay, ",
        "hit": "the",
        "after": " user asks for the time in Lima.↵There is a tool.",
        "where": "choice 0, reasoning",
    }
    assert row("refusal", "refusal")["match"] is None, "its id says so already"
    assert row("three-way", "tests")["match"] is None
    assert row("whole-answer", "-whole")["match"] is None


_PIECES = st.text() | st.lists(st.sampled_from(["\r\n", "\r", "\n", "\t", "\u2028", "ab "])).map("".join)


@given(_PIECES, _PIECES.filter(bool), _PIECES)
def test_a_snippet_is_a_short_piece_of_the_text_in_one_line(before: str, hit: str, after: str) -> None:
    snippet = _snippet(before + hit + after, len(before), len(hit), "")

    assert sum(map(len, snippet.values())) <= 90
    assert not re.search("[\n\v\f\r\t\x85\u2028\u2029]", "".join(snippet.values()))
    before, hit, after = (shown(text) for text in (before, hit, after))
    assert before.endswith(snippet["before"].removeprefix("…")) or before == snippet["before"]
    assert hit.startswith(snippet["hit"].removesuffix("…")) or hit == snippet["hit"]
    assert after.startswith(snippet["after"].removesuffix("…")) or after == snippet["after"]


def shown(text: str) -> str:
    """What the page would make of it too: a line end of two characters is one."""
    text = text.replace("\t", "⇥").replace("\r\n", "\n")
    return "".join("↵" if each in "\n\v\f\r\x85\u2028\u2029" else each for each in text)


def test_line_ends_and_tabs_are_shown() -> None:
    found = _snippet("a\r\n\tb\nhi\tt\r\rc\r\n", 6, 4, "content")
    assert found == {"before": "a↵⇥b↵", "hit": "hi⇥t", "after": "↵↵c↵", "where": "content"}


_WORDS = st.sampled_from(
    [
        *("sunny", "e", "gpt", "tests", '"is "', "model:gpt", "text:a", "tool:get", "n:1", "chunks:>10", "has:tools"),
        *(
            "is:stream",
            "severity:note",
            "foo:bar",
            "tokens:1..50",
            "duration:>0.5",
            "finish:stop",
            "n:x",
            ".",
            "é",
            ":",
        ),
    ]
)


@given(
    st.text() | st.text(st.characters(codec=None, categories=("Cs", "Zs", "P", "L"))) | st.lists(_WORDS).map(" ".join)
)
def test_no_query_raises(query: str) -> None:
    found = _FINDER.find(query, {"model": [query]}, sort="model")

    assert set(found.facets) == set(FACETS)
    assert len(_FINDER.find(query).rows(range(13))) == 13


@given(st.sampled_from(["id:", "n:", "has:", "-", '"', "text:", "rule:", "x:"]), st.text(), st.text())
def test_no_field_raises(prefix: str, value: str, more: str) -> None:
    assert _FINDER.find(prefix + value + more).rows(range(13))


def told(id_: str) -> list[str]:
    """Everything a bare word is looked for in, of one recording."""
    recording = _CORPUS[id_]
    about = ["recording", "test_id", "model_requested", "model_served", "provider"]
    about += ["path", "dialect", "endpoint", "error"]
    told = recording.recordings[about].iloc[0].dropna().tolist()
    for frame, columns in (("choices", ["content", "reasoning", "refusal"]), ("tool_calls", ["name", "arguments"])):
        told += [text for name in columns for text in getattr(recording, frame)[name].dropna()]
    return [text.casefold() for text in told]


_TOLD = {id_: told(id_) for id_ in _ALL}


@given(st.data())
def test_a_word_finds_what_reading_everything_finds(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([text for texts in _TOLD.values() for text in texts if text]))
    start = data.draw(st.integers(0, len(text) - 1))
    phrase = text[start : start + data.draw(st.integers(1, 12))].replace('"', "")

    expected = [id_ for id_, texts in _TOLD.items() if any(phrase in each for each in texts)]
    assert ids(_FINDER.find(f'"{phrase.upper() if phrase.isascii() else phrase}"')) == expected


@given(_WORDS, _WORDS)
def test_two_words_find_what_both_find(one: str, other: str) -> None:
    both = set(ids(_FINDER.find(one))) & set(ids(_FINDER.find(other)))

    assert set(ids(_FINDER.find(f"{one} {other}"))) == both


@given(_WORDS)
def test_a_minus_finds_the_others(word: str) -> None:
    assert set(ids(_FINDER.find(f"-{word}"))) == set(_ALL) - set(ids(_FINDER.find(word)))


@given(_WORDS | st.just(""), st.dictionaries(st.sampled_from(FACETS), st.lists(st.integers(0, 6), max_size=2)))
def test_a_count_is_what_choosing_finds(query: str, picks: dict[str, list[int]]) -> None:
    all_ = _FINDER.find().facets
    chosen = {name: [all_[name][at % len(all_[name])]["value"] for at in at_] for name, at_ in picks.items()}
    found = _FINDER.find(query, chosen)

    for facet in FACETS:
        for value, count in counted(found, facet).items():
            assert len(_FINDER.find(query, chosen | {facet: [value]}).ordinals) == count


@given(st.sampled_from(SORTS), st.booleans(), _WORDS)
def test_an_order_loses_nothing(sort: str, descending: bool, query: str) -> None:
    ordered = _FINDER.find(query, sort=sort, descending=descending).ordinals

    assert np.sort(ordered).tolist() == _FINDER.find(query).ordinals.tolist()


def test_opening_computes_nothing_and_findings_may_lack() -> None:
    corpus = recexplore.load([_RECORDINGS / name for name in _FILES], progress=False)
    finder = Finder(corpus, _FINDINGS.iloc[:0])

    assert not {"recordings", "choices", "events"} & set(vars(corpus))
    assert finder.find("has:findings rule:x").ordinals.size == 0
    assert "events" not in vars(corpus), "only a page needs them"
    assert counted(finder.find(), "severity") == counted(finder.find(), "rule") == {}
    assert values(finder.find(), "severity") == ["error", "warning", "note"]
    assert finder.find("", {"rule": ["x"]}).ordinals.size == 0


def test_an_empty_corpus(tmp_path: Path) -> None:
    found = Finder(recexplore.load(tmp_path, progress=False)).find(
        "a -b n:2 has:tools text:x", {"shows": ["tools"]}, "id"
    )

    assert found.ordinals.tolist() == []
    assert found.rows(found.ordinals) == []


def test_findings_of_any_type_of_column() -> None:
    finder = Finder(_CORPUS, _FINDINGS.astype({"severity": "category", "rule": "object"}))

    assert ids(finder.find("severity:warn rule:late")) == ["three-way"]
    assert counted(finder.find(), "severity") == {"note": 2, "error": 1, "warning": 1}
