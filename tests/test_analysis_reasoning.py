"""Phases of reasoning and content."""

from __future__ import annotations

from recexplore.analysis import reasoning
from recexplore.corpus import Corpus


def test_forty_fragments_in_choice_1(bundled: Corpus) -> None:
    found = reasoning.split(bundled["f27523"].events).set_index(["choice", "phase"])
    assert found.loc[(1, "reasoning"), "n_phases"] == 40
    assert found.loc[(0, "reasoning"), "n_phases"] == 1
    assert found.loc[(0, "reasoning"), "chars"] == 291
    assert (found.loc[(1, "reasoning"), "first_chunk"], found.loc[(1, "reasoning"), "last_chunk"]) == (2, 80)


def test_characters_are_those_of_the_choices(bundled: Corpus, made: Corpus) -> None:
    for corpus in (bundled, made):
        sizes = reasoning.split(corpus.events).pivot(index=["recording", "choice"], columns="phase", values="chars")
        choices = corpus.choices.set_index(["recording", "choice"]).loc[sizes.index]
        assert sizes["content"].fillna(0).tolist() == choices["content_chars"].tolist()
        assert sizes["reasoning"].fillna(0).tolist() == choices["reasoning_chars"].tolist()


def test_shares_of_a_choice_add_up(bundled: Corpus) -> None:
    shares = reasoning.split(bundled.events).groupby(["recording", "choice"])["share"].sum()
    assert shares.round(9).eq(1).all()


def test_a_tag_ends_a_phase_and_a_field_does_not(made: Corpus) -> None:
    tagged = reasoning.phases(made["think-tags"].events)
    assert tagged["phase"].tolist() == ["reasoning", "content"]
    assert tagged["n_events"].tolist() == [9, 4]
    in_a_field = reasoning.phases(made["reasoning"].events)
    assert in_a_field["phase"].tolist() == ["reasoning", "content"]


def test_choices_do_not_end_each_others_phases(made: Corpus) -> None:
    assert len(reasoning.phases(made["three-way"].events)) == 3


def test_nothing_in_nothing_out(bundled: Corpus) -> None:
    assert reasoning.split(bundled.events.iloc[:0]).empty
    assert reasoning.phases(bundled.events.iloc[:0]).empty
