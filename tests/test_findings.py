"""The catalogue as a whole: which rules run, what a frame of findings holds, and what happens when a rule fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from verdict_kit import use_rules

import recexplore
from recexplore import rules as findings
from recexplore.corpus import Corpus
from recexplore.model import plugins
from recexplore.model.schema import FRAMES
from recexplore.model.severities import SEVERITIES
from recexplore.model.span import Span
from recexplore.model.traits import Trait
from recexplore.rules import Hit, Rule, Streams

GARBLED = "f27523f3fec8"


def a_rule(name: str, *hits: Hit, **rest: Any) -> Rule:
    texts = dict.fromkeys(("meaning", "cause", "remedy", "legal"), "Words.")
    return Rule(name, "Title", "error", find=lambda streams: iter(hits), **{"traits": frozenset(), **texts, **rest})


def run(corpus: Corpus, *rules: Rule) -> pd.DataFrame:
    frames = {name: getattr(corpus, name) for name in FRAMES if name != "findings"}
    return findings.run(Streams(frames), rules).frame()


def test_ids_are_unique_and_severities_known() -> None:
    ids = [rule.id for rule in findings.RULES]
    assert len(ids) == len(set(ids))
    assert {rule.severity for rule in findings.RULES} <= set(SEVERITIES)


def test_columns_are_as_declared(bundled: Corpus) -> None:
    for frame in (bundled.findings, run(bundled)):
        assert list(frame) == list(FRAMES["findings"].names)
        assert frame["severity"].cat.categories.tolist() == list(SEVERITIES)
        assert {str(frame[name].dtype) for name in ("chunk", "last_chunk", "choice")} == {"Int64"}


def test_the_five_recordings_are_judged_as_their_users_know_them(bundled: Corpus) -> None:
    found = bundled.findings
    assert set(found["recording"]) == {GARBLED}
    told = {(row.rule, row.severity, row.chunk) for row in found.itertuples()}
    assert {
        ("choice-bleed", "error", 1),
        ("choice-bleed", "error", 81),
        ("think-tags", "warning", 1),
        ("think-fragmented", "note", 2),
        ("empty-chunk", "note", 79),
    } == told


def test_the_shuffle_is_told_apart(bundled: Corpus) -> None:
    found = bundled[GARBLED].findings
    bleed = found[found["rule"] == "choice-bleed"].set_index("chunk")
    recorded, *guesses = bleed["evidence"][81].split("\n")
    assert recorded.startswith("as recorded: ")
    assert guesses == [
        "a guess at choice 0, about half of its words right: “̥, “sun.””",
        "a guess at choice 1, about half of its words right: “The Sun in Latin is called **Sol**\u202f”",
    ]
    assert "81" in bleed["message"][1]
    assert "1" in bleed["message"][81]


def test_findings_of_one_recording_are_those_of_the_corpus(bundled: Corpus) -> None:
    whole = bundled.findings
    mine = whole[whole["recording"] == GARBLED].reset_index(drop=True)
    pd.testing.assert_frame_equal(bundled[GARBLED].findings, mine)
    pd.testing.assert_frame_equal(recexplore.check(bundled[GARBLED]), mine)


def test_nothing_to_look_at(tmp_path: Path) -> None:
    empty = recexplore.load([], progress=False)
    assert empty.findings.empty
    assert list(empty.findings) == list(FRAMES["findings"].names)


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        (["tool-id"], [], {"tool-id"}),
        ("tool-id", (), {"tool-id"}),
        (["tool-i*"], [], {"tool-id", "tool-index"}),
        (["tool-i*"], ["tool-id"], {"tool-index"}),
        (["legacy-hash"], [], {"legacy-hash"}),
        (["all"], ["[!l]*"], {"length-cut", "logprobs", "loop", "legacy-hash"}),
    ],
)
def test_rules_are_chosen_by_id_and_pattern(select: Any, ignore: Any, expected: set[str]) -> None:
    assert {rule.id for rule in findings.chosen(select, ignore)} == expected


def test_a_rule_that_is_off_runs_only_when_it_is_named() -> None:
    assert "legacy-hash" not in {rule.id for rule in findings.chosen()}
    assert {rule.id for rule in findings.chosen(["all"])} == {rule.id for rule in findings.RULES}


@pytest.mark.parametrize("given", [{"select": ["tool-ids"]}, {"ignore": ["tool-ids"]}])
def test_a_rule_that_does_not_exist(bundled: Corpus, given: Any) -> None:
    with pytest.raises(ValueError, match=r"no rule 'tool-ids'; near: tool-id"):
        recexplore.check(bundled, **given)


def test_check_takes_a_corpus() -> None:
    with pytest.raises(TypeError, match="not str"):
        recexplore.check("recordings")  # type: ignore[arg-type]


def test_order_and_range(bundled: Corpus) -> None:
    found = run(
        bundled,
        a_rule("b", Hit(1, "Late.", chunk=5), Hit(0, "Chunk.", chunk=2, last_chunk=4)),
        a_rule("a", Hit(0, "Whole."), Hit(0, "Same chunk.", chunk=2, severity="note")),
    )
    assert found["message"].tolist() == ["Whole.", "Chunk.", "Same chunk.", "Late."]
    assert found["last_chunk"].isna().tolist() == [True, False, False, False]
    assert found["last_chunk"].tolist()[1:] == [4, 2, 5]
    assert found["severity"].tolist() == ["error", "error", "note", "error"]


def test_one_defect_is_one_finding(bundled: Corpus) -> None:
    better = a_rule(
        "better",
        Hit(0, "A text.", chunk=2, choice=0, spans=(Span(0, "content", 4, 9),)),
        Hit(1, "Chunks.", chunk=3, last_chunk=5, choice=0),
        Hit(2, "Whole."),
    )
    lesser = a_rule(
        "lesser",
        Hit(0, "Inside.", chunk=2, choice=0, spans=(Span(0, "content", 8, 12),)),
        Hit(0, "Behind.", chunk=2, choice=0, spans=(Span(0, "content", 9, 12),)),
        Hit(0, "Elsewhere.", chunk=2, choice=0, spans=(Span(0, "reasoning", 4, 9),)),
        Hit(1, "Same chunk.", chunk=5, choice=0),
        Hit(1, "Another choice.", chunk=5, choice=1),
        Hit(1, "Another chunk.", chunk=6, choice=0),
        Hit(2, "The same."),
        Hit(3, "Another recording."),
        covered_by=("better",),
    )

    found = run(bundled, lesser, better)

    assert found.loc[found["rule"] == "lesser", "message"].tolist() == [
        "Behind.", "Elsewhere.", "Another choice.", "Another chunk.", "Another recording.",
    ]  # fmt: skip
    assert len(run(bundled, lesser)) == 8, "nothing is lost where the better rule does not run"


def test_hits_on_other_dialects_are_left_out(bundled: Corpus) -> None:
    hits = [Hit(of, "Found.") for of in range(5)]
    assert len(run(bundled, a_rule("one", *hits, traits=frozenset({Trait.NAMES_ROLE})))) == 5
    assert run(bundled, a_rule("one", *hits, traits=frozenset({Trait.BLOCK_EVENTS}))).empty


def test_halves_of_characters_end_nothing(bundled: Corpus) -> None:
    found = run(bundled, a_rule("one", Hit(0, "Half \ud83d.", evidence="\udc00")))
    assert found["message"].item() == "Half \ufffd."
    assert found["evidence"].item() == "\ufffd"


def test_a_rule_that_fails_is_named_and_ends_nothing(bundled: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(streams: Streams) -> Iterator[Hit]:
        yield Hit(0, "Before it failed.")
        raise KeyError("of")

    use_rules(monkeypatch, replace(a_rule("broken"), find=broken), a_rule("sound", Hit(1, "Found.")))
    with pytest.warns(UserWarning, match="the rule broken failed: KeyError"):
        found = recexplore.check(bundled)
    assert found["rule"].tolist() == ["sound"]
    assert found.attrs["failed"] == {"broken": "KeyError: 'of', in 007c4711219f and 4 more"}


def test_a_rule_that_fails_in_one_recording_still_looks_at_the_others(
    bundled: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(streams: Streams) -> Iterator[Hit]:
        for of, recording in enumerate(streams.ids):
            if recording.startswith("7ac0"):
                raise RuntimeError("odd")
            yield Hit(of, f"Found in {recording}.")

    use_rules(monkeypatch, replace(a_rule("broken"), find=broken))
    with pytest.warns(UserWarning, match="the rule broken failed: RuntimeError: odd, in 7ac0267de2ef"):
        found = recexplore.check(bundled)
    assert found["recording"].tolist() == [each.id for each in bundled if not each.id.startswith("7ac0")]
    assert set(found["message"]) == {f"Found in {each}." for each in found["recording"]}


def test_what_other_packages_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = a_rule("house-rule")
    brought = [mine, [a_rule("house-two"), a_rule("tool-id")], "no rule"]
    monkeypatch.setattr(plugins, "installed", lambda group: tuple(brought))
    findings.known.cache_clear()
    try:
        with pytest.warns(UserWarning, match="left out") as told:
            known = findings.known()
    finally:
        findings.known.cache_clear()
    assert known == (*findings.RULES, mine, brought[1][0])
    assert [str(each.message) for each in told] == [
        "recexplore.rules: there is a rule 'tool-id' already; another is left out",
        "recexplore.rules: 'no rule' is no Rule and is left out",
    ]


def test_the_rule_about_names_reads_the_files_again(bundled: Corpus) -> None:
    found = recexplore.check(bundled, select=["legacy-hash"])
    stale = recexplore.stale(bundled)
    assert found["recording"].tolist() == stale["recording"].tolist() != []
    one = bundled[found["recording"][0]]
    assert recexplore.check(one, select=["legacy-hash"])["recording"].tolist() == [one.id]


def test_a_rule_is_not_asked_of_recordings_without_what_it_looks_at(
    bundled: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_tools, of_times = a_rule("calls", Hit(0, "m"), kinds=("tool_call",)), a_rule("times", needs=("clock",))
    use_rules(monkeypatch, of_tools, replace(of_times, find=lambda streams: iter([Hit(0, "m")])))
    assert not bundled[GARBLED].events["kind"].isin(["tool_call"]).any()
    assert bundled[GARBLED].findings.empty
    use_rules(monkeypatch, replace(of_tools, kinds=("tool_call", "content")))
    assert recexplore.check(bundled[GARBLED])["rule"].tolist() == ["calls"]


def test_a_kind_of_events_that_there_is_not_is_no_kind_a_rule_looks_at() -> None:
    with pytest.raises(ValueError, match="there is no kind of events 'toolcall'"):
        a_rule("calls", kinds=("toolcall",))
