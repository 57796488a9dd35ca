"""The two recordings that come with each rule: in one the rule fires, in the other, which looks like it, it is silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import pandas as pd
import pytest

import recexplore
from recexplore import rules
from recexplore.corpus import Corpus, Recording
from recexplore.model.severities import SEVERITIES
from recexplore.model.span import Span, spans_as_json, spans_from_json
from recexplore.read.registry import known
from recexplore.rules import examples
from recexplore.rules.examples import FOLDER, WHICH
from recexplore.rules.rule import Need, Rule

RULES = list(rules.RULES)
IDS = [rule.id for rule in RULES]

ERRORS_BESIDE: dict[str, dict[str, str]] = {}
"""Errors of other rules that an example cannot avoid, and why."""

NOT_VERBATIM = {
    "choice-bleed": "says which words belong to whom: they are taken apart",
}
"""Rules whose evidence is between quotes, but no stretch of the recording, and why."""

OF_RUNS = {rule.id for rule in RULES if "other runs" in rule.needs}
"""Rules whose examples hold several runs of one request."""

MOST_CHUNKS = 16
MOST_BYTES = 8_000


def example(rule: str, which: str) -> Path:
    """The file; there is one of each."""
    assert len(sorted(FOLDER.glob(f"{rule}.{which}.*"))) == 1
    found = examples.example(rule, which)  # type: ignore[arg-type]
    assert found is not None
    return found


@cache
def loaded(path: Path) -> Corpus:
    corpus = recexplore.load(path, progress=False)
    assert corpus.problems.empty, corpus.problems.to_dict("records")
    assert len(corpus) == 1 or path.name.partition(".")[0] in OF_RUNS
    return corpus


@cache
def found_alone(path: Path) -> pd.DataFrame:
    """What all rules with examples find where there is no other file."""
    found = recexplore.check(loaded(path), select=IDS)
    assert "failed" not in found.attrs, found.attrs
    return found


@cache
def found_together() -> dict[Path, pd.DataFrame]:
    """What all rules with examples find in each file, asked once of all of them."""
    paths = [example(rule, which) for rule in IDS for which in WHICH]
    corpus = recexplore.load(paths, progress=False)
    found = recexplore.check(corpus, select=IDS)
    assert "failed" not in found.attrs, found.attrs
    of = found["recording"].map({recording.id: Path(recording.facts["path"]) for recording in corpus})
    # The examples of different rules may well be runs of one request.
    of_runs = found["rule"].isin(OF_RUNS)
    own = [path.name.startswith(f"{rule}.") for path, rule in zip(of, found["rule"], strict=True)]
    kept = ~of_runs | pd.Series(own, index=found.index, dtype=bool)
    # Their ids as they are where there is no other file.
    alone = {one.id: [*loaded(Path(one.facts["path"]))][int(one.facts["exchange"])].id for one in corpus}
    found = found.assign(recording=found["recording"].map(alone))
    return {path: found[(of == path) & kept] for path in paths}


def found_in(path: Path) -> pd.DataFrame:
    return found_together()[path]


def assert_fires(rule: str, path: Path) -> None:
    assert rule in set(found_in(path)["rule"]), f"{rule} is silent about {path.name}"


def assert_silent(rule: str, path: Path) -> None:
    mine = found_in(path)
    mine = mine[mine["rule"] == rule]
    assert mine.empty, f"{rule} fires in {path.name}: {mine['message'].tolist()}"


def hits(rule: str, path: Path) -> Iterator[Any]:
    found = found_in(path)
    mine = found[found["rule"] == rule]
    assert len(mine), f"{rule} is silent about {path.name}: there is nothing to look at"
    yield from mine.itertuples()


@pytest.mark.parametrize("rule", IDS)
def test_one_fires_and_the_other_is_silent(rule: str) -> None:
    assert_fires(rule, example(rule, "fires"))
    assert_silent(rule, example(rule, "silent"))


@pytest.mark.parametrize("rule", IDS)
def test_swapped_they_fail(rule: str) -> None:
    with pytest.raises(AssertionError, match="is silent about"):
        assert_fires(rule, example(rule, "silent"))
    with pytest.raises(AssertionError, match="fires in"):
        assert_silent(rule, example(rule, "fires"))


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("rule", IDS)
def test_examples_are_small_and_read_chunk_by_chunk(rule: str, which: str) -> None:
    path = example(rule, which)
    assert path.stat().st_size <= MOST_BYTES
    for recording in loaded(path):
        n_chunks = int(recording.facts["n_chunks"])
        assert n_chunks <= MOST_CHUNKS
        lines = [recording.line(chunk) for chunk in range(n_chunks)]
        assert None not in lines
        assert len(set(lines)) == n_chunks, "one chunk a line"


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("rule", IDS)
def test_no_other_error_fires(rule: str, which: str) -> None:
    found = found_in(example(rule, which))
    others = set(found.loc[(found["severity"] == "error") & (found["rule"] != rule), "rule"])
    assert others == set(ERRORS_BESIDE.get(f"{rule}.{which}", ()))


@pytest.mark.parametrize("rule", IDS)
def test_hits_name_places_that_exist(rule: str) -> None:
    path = example(rule, "fires")
    for hit in hits(rule, path):
        recording = loaded(path)[hit.recording]
        n_chunks = int(recording.facts["n_chunks"])
        choices = set(recording.choices["choice"])
        assert pd.isna(hit.chunk) == pd.isna(hit.last_chunk)
        assert pd.isna(hit.chunk) or 0 <= hit.chunk <= hit.last_chunk < n_chunks
        assert pd.isna(hit.choice) or hit.choice in choices


@pytest.mark.parametrize("rule", IDS)
def test_hits_are_sentences_with_evidence(rule: str) -> None:
    for hit in hits(rule, example(rule, "fires")):
        assert re.fullmatch(r"\S.*\S\.", hit.message), hit.message
        assert "  " not in hit.message
        assert isinstance(hit.evidence, str)
        assert hit.evidence.strip()


@pytest.mark.parametrize("rule", [rule for rule in IDS if rule not in NOT_VERBATIM])
def test_quoted_evidence_was_recorded(rule: str) -> None:
    path = example(rule, "fires")
    texts = recorded_texts(loaded(path))
    for hit in hits(rule, path):
        for piece in quoted_in(hit.evidence):
            assert any(piece in text for text in texts), piece


QUOTES_ELSEWHERE = {"think-tags", "tool-finish"}
"""Rules whose spans are what tags enclose, or the arguments of a call, while their evidence quotes the tags, or the name:
they stand in no assembled text."""


@pytest.mark.parametrize("rule", IDS)
def test_spans_lie_within_the_texts_and_bring_what_is_quoted(rule: str) -> None:
    """Evidence is shown from either: a span is a stretch of a text that is there, one of them of the finding's chunks, and
    something that the evidence quotes stands where a span does."""
    path = example(rule, "fires")
    for hit in hits(rule, path):
        recording = loaded(path)[hit.recording]
        spans = spans_from_json(hit.spans)
        assert spans_as_json(spans) == (None if pd.isna(hit.spans) else hit.spans)
        said = [said_by(span, recording) for span in spans]
        assert all(said), "a span is never empty"
        if spans and not pd.isna(hit.chunk):
            assert any(hit.chunk <= chunk <= hit.last_chunk for span in spans for chunk in chunks_of(span, recording))
        pieces = list(quoted_in(hit.evidence)) if rule not in {*NOT_VERBATIM, *QUOTES_ELSEWHERE} else []
        if spans and pieces:
            told = [text_of(span, recording) for span in spans]
            assert any(
                piece in "".join(said) or overlaps(piece, text, span)
                for piece in pieces
                for span, text in zip(spans, told, strict=True)
            ), (pieces, said)


def overlaps(piece: str, text: str, span: Span) -> bool:
    """Whether words of a text, wherever they stand in it, and a span of it have characters in common."""
    starts = (found.start() for found in re.finditer(f"(?={re.escape(piece)})", text))
    return any(start < span.end and span.start < start + len(piece) for start in starts)


def said_by(span: Span, recording: Recording) -> str:
    """What a span says; fails where it reaches beyond its text."""
    text = text_of(span, recording)
    assert 0 <= span.start < span.end <= len(text), span
    return text[span.start : span.end]


def text_of(span: Span, recording: Recording) -> str:
    """The assembled text that a span is of; there is one."""
    is_call = span.kind == "tool_call"
    frame, column = (recording.tool_calls, "arguments") if is_call else (recording.choices, span.kind)
    rows = frame[frame["choice"] == span.choice]
    rows = rows if span.tool_index is None else rows[rows["tool_index"] == span.tool_index]
    assert len(rows) == 1, span
    return str(rows[column].iloc[0])


def chunks_of(span: Span, recording: Recording) -> list[int]:
    """The chunks that brought it."""
    events = recording.events
    call = events["tool_index"].isna() if span.tool_index is None else events["tool_index"] == span.tool_index
    mine = events[(events["choice"] == span.choice) & (events["kind"] == span.kind) & call]
    return [int(chunk) for chunk in mine.loc[(mine["start"] < span.end) & (mine["end"] > span.start), "chunk"]]


def quoted_in(evidence: str) -> Iterator[str]:
    """What stands between quotes, in pieces where something was left out."""
    for quoted in re.findall(r"“([^”]*)”", evidence):
        yield from filter(None, re.split(r" … |…", quoted))


def recorded_texts(corpus: Corpus) -> list[str]:
    """All texts of a recording: joined, as they were recorded, and event by event."""
    spoken = corpus.events[corpus.events["kind"].isin(["content", "reasoning", "tag"])]
    texts = ["".join(own["text"]) for _, own in spoken.groupby(["recording", "choice"])]
    for frame, columns in (
        (corpus.choices, ["content", "reasoning", "refusal"]),
        (corpus.tool_calls, ["arguments", "name", "id"]),
        (corpus.events, ["text", "extra", "finish_reason"]),
        (corpus.chunks, ["object", "event", "id", "model"]),
        (corpus.recordings, ["error"]),
    ):
        texts += [text for column in columns for text in frame[column].dropna()]
    tokens = corpus.events.loc[corpus.events["kind"] == "logprobs", "text"]
    texts.append("".join(token for text in tokens for token in re.findall(r'"token":"([^"]*)"', text)))
    return texts


def test_quotes_are_looked_for_piece_by_piece() -> None:
    assert list(quoted_in("ids a and b")) == []
    assert list(quoted_in("“…the end”, text “from here … to there”")) == ["the end", "from here", "to there"]


@pytest.mark.parametrize("part", [pytest.param(n, marks=[pytest.mark.thorough] * (n > 0)) for n in range(6)])
def test_together_they_say_what_each_says_alone(part: int) -> None:
    paths = [example(rule, which) for rule in IDS for which in WHICH][part::6]
    together = {path: [said(row) for row in found_in(path).itertuples()] for path in paths}
    assert together == {path: [said(row) for row in found_alone(path).itertuples()] for path in paths}


def test_in_any_order_they_say_the_same() -> None:
    paths = [example(rule, which) for rule in reversed(IDS) for which in WHICH if rule not in OF_RUNS]
    corpus = recexplore.load(paths, progress=False)
    assert list(dict.fromkeys(Path(path) for path in corpus.recordings["path"])) == paths
    found = recexplore.check(corpus, select=IDS, ignore=OF_RUNS)
    of = {recording.id: Path(recording.facts["path"]) for recording in corpus}
    said_of: dict[Path, list[Any]] = {path: [] for path in paths}
    for row in found.itertuples():
        said_of[of[str(row.recording)]].append(said(row))
    assert said_of == {path: [said(row) for row in found_in(path).itertuples()] for path in paths}


def said(row: Any) -> tuple[Any, ...]:
    numbers = (None if pd.isna(number) else int(number) for number in (row.chunk, row.last_chunk, row.choice))
    return (row.rule, row.severity, *numbers, row.message, row.evidence)


def test_no_example_is_without_its_rule() -> None:
    for path in FOLDER.iterdir():
        if path.name.startswith("__"):
            continue
        rule, which, _ = path.name.split(".")
        assert rule in IDS, path.name
        assert which in WHICH, path.name


def test_exceptions_are_needed() -> None:
    assert NOT_VERBATIM.keys() | QUOTES_ELSEWHERE | {name.partition(".")[0] for name in ERRORS_BESIDE} <= set(IDS)


def test_ids_are_unique_and_stable_words() -> None:
    ids = [rule.id for rule in rules.RULES]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", each) for each in ids)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.id)
def test_a_rule_says_all_there_is_to_say(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z`].*[^.\s]", rule.title)
    for text in (rule.meaning, rule.cause, rule.remedy, rule.legal):
        assert re.fullmatch(r"\S.*\S[.”]", text), text
        assert "  " not in text
        assert text.count("`") % 2 == 0
    assert rule.severity in SEVERITIES
    assert not rule.traits or known().with_traits(*rule.traits)
    assert set(rule.needs) <= set(get_args(Need))
    assert len(set(rule.sources)) == len(rule.sources)
    for source in rule.sources:
        link = urlsplit(source)
        assert (link.scheme, bool(link.netloc), re.search(r"\s", source)) == ("https", True, None)
