"""What the panes are told: figures in words, and nothing invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic import calls, choice, chunk, fragment, recording, says

import recexplore
from recexplore.analysis import timing
from recexplore.corpus import Corpus, Recording
from recexplore.rules import known as catalogue
from recexplore.views import figures
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.panes import PANES
from recexplore.views.explorer.panes.raw import chunk_view

_MARK_TRACES = ("stall", "burst, its chunks")


def pane(name: str, recording: Recording) -> Any:
    return json.loads(json.dumps(PANES[name](recording), allow_nan=False))


def test_reasoning_of_the_garbled_stream(bundled: Corpus) -> None:
    view = pane("reasoning", bundled["f27523"])
    first, second = view["choices"]
    assert (first["words"], second["words"]) == (
        "tags in the text: 1 open, 1 close",
        "tags in the text: 40 open, 40 close",
    )
    assert [(row["phase"], row["n_events"], row["chars"]) for row in second["split"]] == [
        ("reasoning", 40, 286),
        ("content", 2, 85),
    ]
    assert {row["seconds"] for row in second["split"]} == {None}
    assert view["notes"] == [
        {"level": "note", "words": "577 characters of reasoning came; its tokens were not reported."}
    ]


def test_hidden_reasoning_is_said_plainly(read) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 70, "completion_tokens_details": {"reasoning_tokens": 64}}
    one = next(iter(read(recording([says("a"), chunk(usage=usage)]))))
    (note,) = pane("reasoning", one)["notes"]
    assert note == {
        "level": "warning",
        "words": "Hidden reasoning: 64 reasoning tokens were reported, but no reasoning text came.",
    }
    (row,) = pane("reasoning", one)["choices"][0]["split"]
    assert (row["phase"], row["tokens"]) == ("content", 6)


def test_tokens_as_reported_and_their_arithmetic(bundled: Corpus) -> None:
    view = pane("tokens", bundled["f6960c"])
    assert view["notes"] == [{"level": "note", "words": "707 prompt + 37 completion = 744, as reported."}]
    assert [(row["chunk"], row["figures"]["total"]) for row in view["reports"]] == [(38, 744)]
    assert view["positions"] == []


def test_a_total_that_does_not_add_up_is_a_warning(read) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 99}
    view = pane("tokens", next(iter(read(recording([says("a"), chunk(usage=usage)])))))
    assert view["notes"] == [
        {"level": "warning", "words": "5 prompt + 7 completion = 12, but the total was reported as 99."}
    ]


def test_what_comes_on_top_is_added(bundled_folder: Path) -> None:
    corpus = recexplore.load(bundled_folder.parent / "formats" / "gemini.json")
    assert pane("tokens", next(iter(corpus)))["notes"][0] == {
        "level": "note",
        "words": "14 prompt + 17 completion + 11 reasoning = 42, as reported.",
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stream": True}, "The request did not ask for it"),
        ({"stream": True, "stream_options": {"include_usage": True}}, "The request asked for usage"),
    ],
)
def test_why_no_tokens_were_reported(read, options: dict[str, Any], said: str) -> None:
    one = next(iter(read(recording([says("a")], request={"model": "m", "messages": [], **options}))))
    assert pane("tokens", one)["why"].startswith(said)


def test_without_a_request_nobody_did_not_ask(read) -> None:
    one = next(iter(read(recording([says("a")], request={}))))
    assert pane("tokens", one)["why"].startswith("No chunk reports usage, and no request was recorded: ")


def test_an_api_that_reports_unasked_is_not_said_to_wait(read) -> None:
    ollama = {"model": "m", "created_at": "2025-01-01T00:00:00Z", "response": "a", "done": False}
    document = recording([ollama], request={"model": "m", "prompt": "q"})
    document["request"] |= {"url": "http://localhost:11434/api/generate", "endpoint": "/api/generate"}
    one = next(iter(read(document)))
    assert one.facts["dialect"] == "ollama"
    assert pane("tokens", one)["why"] == "No chunk reports usage."


def test_position_among_those_of_the_same_model(tmp_path: Path) -> None:
    for total in (10, 20, 30, 40):
        document = recording([says("a", 0), chunk(model="m", usage={"total_tokens": total})])
        (tmp_path / f"r{total}.json").write_text(json.dumps(document))
    (position,) = pane("tokens", recexplore.load(tmp_path)["r30"])["positions"]
    assert position == {"figure": "total", "percentile": 2 / 3, "words": "30: more than 2 of 3 others"}


def test_time_that_was_not_recorded_is_said(bundled: Corpus) -> None:
    why = "The recorder kept no arrival times and the provider stamped no chunk."
    view = pane("timing", bundled["f27523"])
    assert view == {"has_time": False, "why": f"{why} Nothing is drawn against an invented time."}


def test_times_by_the_providers_clock(made: Corpus) -> None:
    view = pane("timing", made["server-clock"])
    assert view["words"].startswith(
        "Seconds since the first chunk came (when the request was sent is not recorded). Server"
    )
    (one,) = view["choices"]
    assert one["values"]["ttfc_s"] is None
    assert one["values"]["gap_max_s"] > 0
    (gaps,) = view["distributions"]
    assert sum(each["n"] for each in gaps["bins"]) == made["server-clock"].facts["n_chunks"] - 2


def test_chunks_that_came_together_have_no_gap_to_draw() -> None:
    chunks = [chunk(choice({"content": text})) for text in "abcde"]
    one = recexplore.from_chunks(chunks, times=[0, 0, 0.1, 0.2, 0.2])
    (gaps,) = pane("timing", one)["distributions"]
    assert gaps["name"] == "choice 0, 4 gaps, 2 of them of nothing: chunks that came together"
    assert sum(each["n"] for each in gaps["bins"]) == 2


def test_stall_marks_the_chunk_that_ended_it(bundled_folder: Path) -> None:
    corpus = recexplore.load(bundled_folder.parent / "formats" / "buffered.jsonl")
    view = pane("timing", next(iter(corpus)))
    (stall,) = [mark for mark in view["marks"] if mark["mark"] == "stall"]
    assert (stall["first_chunk"], stall["last_chunk"]) == (9, 10)
    assert view["gap_marks"] == [[10, 10, "stall"], [23, 36, "burst"], [37, 49, "burst"]]


def test_stalls_are_told_in_the_same_words_everywhere(formats: Corpus) -> None:
    for each in formats:
        if each.facts["clock"] == "none":
            continue
        shown = pane("timing", each)
        frame = timing.marks(each.chunks, each.events)
        findings = formats.findings[formats.findings["recording"] == each.id]
        told = findings[findings["rule"].isin(["stall", "burst"])].sort_values("chunk")
        assert [mark["words"] for mark in shown["marks"]] == frame["words"].tolist() == told["message"].tolist()
        assert [mark["first_chunk"] for mark in shown["marks"]] == told["chunk"].tolist()
        assert [mark["last_chunk"] for mark in shown["marks"]] == told["last_chunk"].tolist()
        drawn = [text for trace in figures.timing(each).data if trace.name in _MARK_TRACES for text in trace.customdata]
        assert sorted(text.replace("<br>", " ") for text in drawn) == sorted(frame["words"])


def test_distributions_go_from_one_power_of_ten_to_another(formats: Corpus) -> None:
    (gaps,) = pane("timing", formats["buffered"])["distributions"]
    assert gaps["name"] == "choice 0, 48 gaps"
    assert (gaps["bins"][0]["from"], gaps["bins"][-1]["to"]) == (1e-5, 10)
    assert len(gaps["bins"]) == 6 * 8
    assert sum(each["n"] for each in gaps["bins"]) == 48


def test_tool_calls_grow_until_they_are_complete(made: Corpus) -> None:
    view = pane("tools", made["tool-calls"])
    first, second = view["calls"]
    assert (first["name"], second["about"]) == ("get_weather", "choice 0 · call 1 · call_made_1 · 7 fragments")
    assert [piece["state"] for piece in first["fragments"]] == ["empty", *["incomplete"] * 5, "complete"]
    assert "".join(piece["text"] or "" for piece in first["fragments"]) == '{"city":"Oslo"}'
    assert json.loads(first["schema"])["type"] == "object"
    assert first["misfits"] == []


def test_arguments_that_are_no_json_say_where_they_break(read) -> None:
    body = [calls(fragment('{"a":', id="1", function={"name": "f", "arguments": '{"a":'})), calls(fragment("oops}"))]
    (call,) = pane("tools", next(iter(read(recording(body)))))["calls"]
    assert call["fragments"][-1]["state"] == "broken"
    assert call["fragments"][-1]["broken_at"] == 5
    assert call["undeclared"] == "The request declares no tool of this name."


def test_a_chunk_and_what_was_made_of_it(bundled: Corpus) -> None:
    view = chunk_view(bundled["f27523"], 1)
    assert json.loads(view["raw"]) == bundled["f27523"].raw(1)
    assert [(event["kind"], event["choice"]) for event in view["events"]] == [("tag", 0), ("reasoning", 0), ("tag", 0)]
    assert "phase reasoning" in view["events"][1]["more"]


def test_numbers_stand_as_they_were_recorded(read) -> None:
    one = next(iter(read(recording([chunk(choice({"content": "a"}), big=2**62 + 1)]))))
    assert f'"big": {2**62 + 1}' in chunk_view(one, 0)["raw"]


def test_the_page_of_a_rule(all_recordings: Corpus) -> None:
    answers = Answers(all_recordings)
    view, buffers = answers.answer("rule", {"rule": "stall"})
    mine = all_recordings.findings[all_recordings.findings["rule"] == "stall"]
    assert buffers == []
    assert json.dumps(view, allow_nan=False)
    assert (view["n_findings"], view["n_recordings"], view["of"]) == (len(mine), mine["recording"].nunique(), 23)
    assert {row["recording"] for row in view["recordings"]} == set(mine["recording"])
    assert sum(n for _, n, _ in view["models"]) == view["n_recordings"]
    assert all(n <= of for _, n, of in view["models"])
    known = next(rule for rule in catalogue() if rule.id == "stall")
    assert ["What looks like it and is right", known.legal] in view["sections"]


def test_the_page_of_a_rule_that_nobody_knows_or_ran(all_recordings: Corpus) -> None:
    mine = pd.DataFrame({"recording": ["f27523f3fec8"] * 2, "rule": ["my own"] * 2, "severity": ["note", "error"]})
    view, _ = Answers(all_recordings, mine).answer("rule", {"rule": "my own"})
    (row,) = view["recordings"]
    assert (row["n"], row["severity"], row["chunk"], view["title"], view["sections"]) == (2, "error", None, None, [])
    empty, _ = Answers(all_recordings, False).answer("rule", {"rule": "stall"})
    assert (empty["n_findings"], empty["recordings"], empty["models"]) == (0, [], [])
    assert empty["title"]
