"""The columns a stream travels in."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import calls, fragment, recording, says

from recexplore.analysis import shares
from recexplore.corpus import Corpus, Recording
from recexplore.model.kinds import KINDS
from recexplore.views.explorer.stream_view import stream_view
from recexplore.views.explorer.vocabulary import vocabulary

_DTYPES = {"int32": "<i4", "uint8": "u1", "uint32": "<u4", "float32": "<f4", "float64": "<f8"}


def columns(recording: Recording) -> dict[str, np.ndarray]:
    facts, buffers = stream_view(recording)
    return {
        name: np.frombuffer(buffer, _DTYPES[kind])
        for (name, kind), buffer in zip(facts["columns"], buffers, strict=True)
        if kind != "utf8"
    }


def texts(recording: Recording) -> list[str]:
    """Each event's text, cut out as JavaScript would."""
    _, buffers = stream_view(recording)
    units = buffers[-1].decode().encode("utf-16-le")
    ends = np.cumsum(columns(recording)["length"]) * 2
    return [units[start:end].decode("utf-16-le") for start, end in zip([0, *ends[:-1]], ends, strict=True)]


@pytest.mark.parametrize("fixture", ["bundled", "made"])
def test_columns_are_those_of_the_events(fixture: str, request: pytest.FixtureRequest) -> None:
    corpus: Corpus = request.getfixturevalue(fixture)
    for each in corpus:
        found, events = columns(each), each.events
        assert found["chunk"].tolist() == events["chunk"].tolist()
        assert found["choice"].tolist() == events["choice"].fillna(-1).tolist()
        assert [KINDS[code] for code in found["kind"]] == events["kind"].tolist()
        assert len(found["t_s"]) == each.facts["n_chunks"]


@pytest.mark.parametrize("fixture", ["bundled", "made"])
def test_shares_are_those_of_the_analysis(fixture: str, request: pytest.FixtureRequest) -> None:
    corpus: Corpus = request.getfixturevalue(fixture)
    legend = [entry["name"] for entry in vocabulary()["legend"]]
    for each in corpus:
        found, parts = columns(each), shares.per_chunk(each.events)
        lanes = stream_view(each)[0]["lanes"]
        assert found["share_chunk"].tolist() == parts["chunk"].tolist()
        assert [lanes[lane] for lane in found["share_lane"]] == parts["choice"].fillna(-1).tolist()
        assert [legend[code] for code in found["share_kind"]] == parts["kind"].astype(object).fillna("other").tolist()
        assert found["share_height"].tolist() == parts["height"].astype("float32").tolist()
        assert found["share_is_finish"].astype(bool).tolist() == parts["is_finish"].tolist()


def test_a_choice_keeps_its_number_however_high(read) -> None:
    one = next(iter(read(recording([says("a"), says("b", index=70_000)]))))

    assert columns(one)["choice"].tolist() == [0, 70_000]
    assert stream_view(one)[0]["lanes"] == [0, 70_000]


def test_texts_joined_are_the_recorded_text(bundled: Corpus) -> None:
    for each in bundled:
        parts, events = texts(each), each.events
        for choice in each.choices["choice"]:
            mine = [
                text
                for text, kind, number in zip(parts, events["kind"], events["choice"], strict=True)
                if kind in ("content", "reasoning", "tag") and number == choice
            ]
            assert "".join(mine) == each.text(choice)


def test_lengths_are_counted_as_javascript_counts(read) -> None:
    one = next(iter(read(recording([says("a"), says("🜚é"), says("z")]))))
    said = [text for text, kind in zip(texts(one), one.events["kind"], strict=True) if kind == "content"]
    assert said == ["a", "🜚é", "z"]


def test_facts_of_choices_tools_and_finishes(made: Corpus) -> None:
    facts, _ = stream_view(made["tool-calls"])
    assert [name for _, name in facts["tool_names"]] == ["get_weather", "get_weather"]
    assert facts["finishes"] == [(facts["finishes"][0][0], "tool_calls")]
    (choice,) = facts["choices"]
    assert (choice["choice"], choice["role"], choice["finish"], choice["finish_chunk"]) == (
        0,
        "assistant",
        "tool_calls",
        15,
    )


def test_a_name_that_is_repeated_begins_no_other_call(read) -> None:
    body = [calls(fragment(text, name="f", id="1")) for text in ('{"a"', ":", "1}")] + [
        calls(fragment("{}", 1, name="f"))
    ]
    facts, _ = stream_view(next(iter(read(recording(body)))))
    assert [name for _, name in facts["tool_names"]] == ["f", "f"]


def test_reports_are_those_of_completion_tokens(bundled: Corpus, formats: Corpus) -> None:
    for each in (*bundled, *formats):
        found, usage = columns(each), each.usage.dropna(subset="completion")
        assert found["report_chunk"].tolist() == usage["chunk"].tolist()
        assert found["report_choice"].tolist() == usage["choice"].fillna(-1).tolist()
        assert found["report_completion"].tolist() == usage["completion"].tolist()


def test_time_is_missing_where_nobody_recorded_it(bundled: Corpus, made: Corpus) -> None:
    assert np.isnan(columns(bundled["f27523"])["t_s"]).all()
    assert columns(made["server-clock"])["t_s"].tolist() == made["server-clock"].chunks["t_s"].tolist()


def test_a_recording_without_an_answer(made: Corpus) -> None:
    facts, buffers = stream_view(made["bad-request"])
    assert (facts["n_chunks"], facts["choices"], len(buffers)) == (0, [], 15)
