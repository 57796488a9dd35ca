"""What is put together from events, against plain Python on the real recordings."""

from __future__ import annotations

import pandas as pd

from recexplore.corpus import Corpus


def test_every_character_leads_back_to_its_event(bundled: Corpus, made: Corpus) -> None:
    for corpus in (bundled, made):
        choices = corpus.choices.set_index(["recording", "choice"])
        calls = corpus.tool_calls.set_index(["recording", "choice", "tool_index"])["arguments"]
        placed = corpus.events[corpus.events["start"].notna()]
        assert len(placed) > 100 or corpus is made
        for event in placed.to_dict("records"):
            key = event["recording"], event["choice"]
            kind = event["kind"]
            whole = calls[(*key, event["tool_index"])] if kind == "tool_call" else choices.loc[key, kind]
            assert whole[event["start"] : event["end"]] == event["text"]


def test_texts_without_a_gap(bundled: Corpus) -> None:
    placed = bundled.events[bundled.events["phase"].notna()].sort_values(["recording", "choice", "phase", "start"])
    for _, own in placed.groupby(["recording", "choice", "phase"], observed=True):
        assert own["start"].tolist() == [0, *own["end"].tolist()[:-1]]


def test_seq_numbers_each_choice_without_a_gap(bundled: Corpus) -> None:
    for _, own in bundled.events.groupby(["recording", "choice"], dropna=False):
        assert own["seq"].tolist() == list(range(len(own)))


def test_validity_of_arguments(made: Corpus) -> None:
    assert made.tool_calls["arguments_valid"].tolist() == [True, True]
    assert made.tool_calls["name"].tolist() == ["get_weather"] * 2


def test_sizes_are_those_of_the_texts(bundled: Corpus, made: Corpus) -> None:
    choices = pd.concat([bundled.choices, made.choices])
    for name in ("content", "reasoning", "refusal"):
        assert choices[f"{name}_chars"].tolist() == [len(text) for text in choices[name]]
