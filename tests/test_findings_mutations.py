"""Every rule on real streams: a defect is put in and has to be found there; taken away, there has to be silence."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from damaged_files import damaged
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from synthetic import URL, calls, choice, chunk, fragment, says

import recexplore
from recexplore.corpus import Corpus, Recording
from recexplore.rules import RULES
from recexplore.testing.defects import CASES, SUBJECTS, legal_streams
from recexplore.testing.defects.planting import planted, recut
from recexplore.testing.defects.positions import slots
from recexplore.testing.defects.tapes import Mutant, Resemble, Tape

pytestmark = pytest.mark.long

DEFECTS, LOOKALIKES = 24, 16
"""Mutants of a rule that are loaded together, a defect beside the stream it was put into: looking at many at once costs
little more than looking at few."""
CORPORA = 10 if os.environ.get("RECEXPLORE_THOROUGH") else 1


def document(tape: Tape) -> tuple[str, bytes]:
    """A file that holds the stream: its suffix and its bytes."""
    if tape.framed is not None:
        return ".sse", tape.framed
    if tape.times is not None:
        return ".jsonl", json.dumps(_measured(tape)).encode() + b"\n"
    request = {"method": "POST", "url": tape.url, "endpoint": tape.endpoint, "body": tape.request}
    body = tape.chunks if tape.streaming or len(tape.chunks) != 1 else tape.chunks[0]
    answer = {"body": None if not tape.chunks else body, "is_streaming": tape.streaming, **tape.response}
    return ".json", json.dumps({"test_id": None, "request": request, "response": answer}).encode()


def _measured(tape: Tape) -> dict[str, Any]:
    """AIPerf's record of a request, which has the time of every chunk."""
    begin, times = 1_000_000_000_000, tape.times or []
    packets = [each if isinstance(each, str) else json.dumps(each) for each in tape.chunks]
    ends = 1_776_160_000_000_000_000
    return {
        "metadata": {"session_num": 0, "request_start_ns": ends, "request_end_ns": ends + int(times[-1] * 1e9)},
        "start_perf_ns": begin,
        "payload": tape.request,
        "status": 200,
        "responses": [
            {"perf_ns": begin + int(time * 1e9), "packets": [{"name": "data", "value": packet}]}
            for time, packet in zip(times, packets, strict=True)
        ],
    }


def tape_of(recording: Recording) -> Tape:
    """A recording, out of its envelope."""
    facts = recording.facts
    text = {name: None if pd.isna(facts[name]) else str(facts[name]) for name in ("endpoint", "url")}
    if facts["dialect"] == "openai_chat" and text["endpoint"] is None:
        text["endpoint"] = "/v1/chat/completions"
    chunks = [recording.raw(at) for at in range(len(recording.chunks))]
    return Tape(
        recording.id, str(facts["dialect"]), chunks, recording.request, **text, streaming=bool(facts["streaming"])
    )


STREAMED = {"openai_chat", "openai_completions", "openai_responses", "anthropic", "gemini", "ollama"}

ODD = {
    "aiperf#1": {"stall"},
    "browser": {"stall"},
    "buffered": {"stall", "burst"},
    "f27523f3fec8": {"choice-bleed", "think-tags", "think-fragmented", "empty-chunk"},
    "bad-request": {"recorded-exception"},
    "refusal": {"filtered"},
    "server-clock": {"stall"},
    "think-tags": {"think-tags", "think-fragmented", "think-usage"},
}
"""What is wrong with the bundled recordings, as their README tells; the other rules have nothing to say of them."""

COVERED = {rule.id: rule.covered_by for rule in RULES}
_ANY_CHOICE = (pd.NA, None)
_RANK = {"note": 0, "warning": 1, "error": 2}


class Streams:
    """Good streams to put defects into, and which rules fire on which of them all the same."""

    def __init__(self, tapes: Sequence[Tape], write: Callable[..., Corpus]) -> None:
        self.tapes = list(tapes)
        self.write = write
        loaded = write({f"t{n}": tape for n, tape in enumerate(self.tapes)})
        with warnings.catch_warnings():
            # A rule that fails is told by the tests of that rule, not by all.
            warnings.simplefilter("ignore")
            found = recexplore.check(loaded)
        self.odd = {n: set(found.loc[found["recording"] == f"t{n}", "rule"]) for n in range(len(self.tapes))}

    def healthy(self, rule: str) -> list[Tape]:
        # Where another rule tells the defect better, this one may be silent and the stream is not healthy for it.
        telling = {rule, *COVERED.get(rule, ())}
        return [tape for n, tape in enumerate(self.tapes) if not telling & self.odd[n]]

    def some(self, rng: Random, rule: str, make: Callable[[Tape, Random], Any], n: int) -> list[tuple[Tape, Any]]:
        """Streams that are healthy for a rule, each with what was made of it; fewer where few have room for it."""
        tapes, made = self.healthy(rule), []
        for _ in range(n * 40):
            tape = rng.choice(tapes)
            mutant = make(tape, rng)
            if mutant is not None:
                made.append((tape, mutant))
            if len(made) == n:
                break
        return made


def _text_completion(tape: Tape) -> Tape:
    """A chat stream as the older endpoint would have sent it."""
    made = tape.copy()
    made.name, made.dialect, made.endpoint, made.url = "completions", "openai_completions", "/v1/completions", None
    made.request = {"model": made.request.get("model"), "prompt": "Say something", "stream": True}
    for each in made.chunks:
        each["object"] = "text_completion"
        for answer in each["choices"]:
            answer["text"] = answer.pop("delta").get("content") or ""
    return made


@pytest.fixture(scope="session")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Corpus]:
    """Loads streams, each from a file of its own under the name it has here."""
    root, numbers = tmp_path_factory.mktemp("tapes"), count()

    def write(tapes: dict[str, Tape | bytes]) -> Corpus:
        # A number alone might be taken for a status that a test wants.
        folder = root / f"corpus{next(numbers)}x"
        folder.mkdir()
        for name, tape in tapes.items():
            suffix, data = (".json", tape) if isinstance(tape, bytes) else document(tape)
            (folder / f"{name}{suffix}").write_bytes(data)
        return recexplore.load(folder, progress=False)

    return write


def _tapes(corpus: Iterable[Recording]) -> list[Tape]:
    return [
        tape_of(each)
        for each in corpus
        if each.facts["dialect"] in STREAMED and each.facts["streaming"] and len(each.chunks)
    ]


@pytest.fixture(scope="session")
def of_the_project(all_recordings: Corpus, write: Callable[..., Corpus]) -> Streams:
    tapes = _tapes(all_recordings)
    return Streams([*tapes, *(_text_completion(tape) for tape in tapes if tape.name == "007c4711219f")], write)


@pytest.fixture(scope="session")
def of_the_world(ogx: Corpus, corpus_folder: Path, write: Callable[..., Corpus]) -> Streams:
    """A sample of real streams, the same each time."""
    cassettes = recexplore.load(corpus_folder / "vcr-pydantic-ai", progress=False)
    chance = Random(20)
    some = chance.sample([each for each in ogx if each.facts["streaming"]], 60) + chance.sample(list(cassettes), 25)
    return Streams(_tapes(some), write)


@pytest.fixture(scope="session", params=["project", pytest.param("world", marks=pytest.mark.thorough)])
def streams(request: pytest.FixtureRequest) -> Streams:
    found: Streams = request.getfixturevalue(f"of_the_{request.param}")
    return found


chance = st.randoms(use_true_random=True)
SEEDS = (Phase.explicit, Phase.generate)
"""A seed has nothing that could be made smaller."""
OF_FILES = {"legacy-hash": "it is of a file and its name, not of a stream; it has a test of its own below"}
OF_FILES |= {
    rule.id: "it is of several runs; test_rules_runs.py, test_rules_run_texts.py and test_run_moves.py put defects into them"
    for rule in RULES
    if "other runs" in rule.needs
}
IDS = [rule.id for rule in RULES if rule.id not in OF_FILES]


def _found(found: pd.DataFrame, mutant: Mutant) -> bool:
    """Whether a finding names the place where the defect is."""
    return any(_names(row, mutant) for row in found.itertuples())


def _names(row: Any, mutant: Mutant) -> bool:
    if mutant.severity is not None and row.severity != mutant.severity:
        return False
    if mutant.choice is not None and not pd.isna(row.choice) and row.choice != mutant.choice:
        return False
    if mutant.chunks is None:
        return bool(pd.isna(row.chunk))
    if pd.isna(row.chunk) or (mutant.exact and len(mutant.chunks) == 1 and row.chunk != mutant.chunks[0]):
        return False
    return all(row.chunk <= at <= row.last_chunk for at in mutant.chunks)


CASE_RESULTS = {"Mutant | None", "Legal | None"}
NO_LOOKALIKE = {
    "length-cut": "whoever says that it was cut was cut",
}
"""Nothing looks like these and is right, but an answer that was not streamed."""


def test_every_rule_has_a_defect_and_what_only_looks_like_it() -> None:
    assert set(CASES) == set(IDS)
    assert OF_FILES.keys() <= {rule.id for rule in RULES}
    assert {rule for rule, cases in CASES.items() if not cases.lookalikes} == NO_LOOKALIKE.keys()


def test_every_case_that_is_written_is_tried() -> None:
    """A defect or look-alike that no rule names would be checked by nothing."""
    tried = {case for cases in CASES.values() for case in (cases.defect, *cases.lookalikes)}
    written = {
        case
        for module in (*SUBJECTS, legal_streams)
        for name, case in vars(module).items()
        if not name.startswith("_") and getattr(case, "__annotations__", {}).get("return") in CASE_RESULTS
    }
    assert written - {planted} == tried


def test_what_is_wrong_with_the_bundled_streams_is_known(all_recordings: Corpus) -> None:
    found = everything(all_recordings).groupby("recording")["rule"].agg(set).to_dict()
    assert found == {name: rules & set(IDS) for name, rules in ODD.items()}


@pytest.mark.parametrize("rule", IDS)
@settings(max_examples=CORPORA, phases=SEEDS)
@given(rng=chance)
def test_a_rule_finds_its_defect_and_nothing_beside_it(streams: Streams, rule: str, rng: Random) -> None:
    made = streams.some(rng, rule, CASES[rule].defect, DEFECTS)
    if not made:
        pytest.skip("none of these streams has room for the defect")
    together = {f"good{n}": tape for n, (tape, _) in enumerate(made)}
    corpus = streams.write(together | {f"bad{n}": mutant.tape for n, (_, mutant) in enumerate(made)})
    found = recexplore.check(corpus, select=[rule])
    missed = [
        (
            tape.name,
            mutant.chunks,
            mutant.choice,
            mutant.severity,
            mine[["severity", "chunk", "choice", "message"]].to_dict("records"),
        )
        for n, (tape, mutant) in enumerate(made)
        if not _found(mine := found[found["recording"] == f"bad{n}"], mutant)
    ]
    assert not missed
    assert set(found["recording"]).isdisjoint(together)


@pytest.mark.parametrize(("rule", "make"), [(rule, make) for rule in IDS for make in CASES[rule].lookalikes])
@settings(max_examples=CORPORA, phases=SEEDS)
@given(rng=chance)
def test_a_rule_lets_pass_what_it_calls_legal(streams: Streams, rule: str, make: Resemble, rng: Random) -> None:
    made = streams.some(rng, rule, make, LOOKALIKES)
    if not made:
        pytest.skip("none of these streams has room for it")
    found = recexplore.check(streams.write({f"legal{n}": each.tape for n, (_, each) in enumerate(made)}), select=[rule])
    for n, (tape, each) in enumerate(made):
        mine = found[found["recording"] == f"legal{n}"]
        worse = mine if each.severity is None else mine[mine["severity"].map(_RANK).astype(int) > _RANK[each.severity]]
        assert worse.empty, (tape.name, worse["message"].tolist())


# --- all rules at once ---------------------------------------------------------------------------------------------------

_SAID = ["rule", "severity", "chunk", "last_chunk", "choice", "message", "evidence"]


def everything(corpus: Corpus | Recording) -> pd.DataFrame:
    """What all rules find that are on, but for those that hold recordings against one another."""
    return recexplore.check(corpus, ignore=["run-*"])


def _said(found: pd.DataFrame, recording: str, columns: Sequence[str] = _SAID) -> list[list[Any]]:
    cells = found.loc[found["recording"] == recording, list(columns)].astype(object)
    return sorted((list(row) for row in cells.where(cells.notna(), None).itertuples(index=False)), key=repr)


def _mutants(streams: Streams, rng: Random, n: int, rules: Sequence[str] = ()) -> dict[str, Tape]:
    """Streams with any defect, and good ones."""
    made = {f"good{at}": rng.choice(streams.tapes) for at in range(n // 3)}
    while len(made) < n:
        mutant = CASES[rng.choice(rules or IDS)].defect(rng.choice(streams.tapes), rng)
        if mutant is not None:
            made[f"bad{len(made)}"] = mutant.tape
    return made


@settings(max_examples=3, phases=SEEDS)
@given(rng=chance)
def test_what_lies_beside_a_recording_changes_nothing(streams: Streams, rng: Random) -> None:
    mine = _mutants(streams, rng, 6)
    others = {f"a{name}": tape for name, tape in _mutants(streams, rng, 9).items()}
    alone, together = everything(streams.write(mine)), everything(streams.write(mine | others))
    assert {name: _said(alone, name) for name in mine} == {name: _said(together, name) for name in mine}
    one = rng.choice(list(mine))
    corpus = streams.write(mine | others)
    assert _said(everything(corpus[one]), one) == _said(together, one)


@settings(max_examples=3, phases=SEEDS)
@given(rng=chance)
def test_the_envelope_changes_nothing(streams: Streams, rng: Random) -> None:
    plain = {
        name: tape for name, tape in _mutants(streams, rng, 6).items() if tape.framed is None and tape.times is None
    }
    inside: dict[str, Tape | bytes] = {}
    for name, tape in plain.items():
        recorded = json.loads(document(tape)[1])
        inside[f"{name}-i"] = json.dumps(recorded, indent=2).encode()
        body = recorded["response"]["body"]
        if isinstance(body, list):
            label = "some.module.Class"
            recorded["response"]["body"] = [{"__type__": label, "__data__": each} for each in body]
        inside[f"{name}-l"] = json.dumps(recorded).encode()
    found = everything(streams.write(plain | inside))
    for name, tape in plain.items():
        assert _said(found, name) == _said(found, f"{name}-i") == _said(found, f"{name}-l")
        if tape.streaming and not tape.response and "[DONE]" not in tape.chunks and tape.url:
            live = recexplore.from_chunks(tape.chunks, request=tape.request, url=tape.url)
            if live.facts["endpoint"] == tape.endpoint and live.facts["provider"] != "ollama":
                assert _said(everything(live), "stream") == _said(found, name)


JOINED = ("unicode", "json-format", "think-tags", "tool-args", "loop", "tool-as-text")
"""Not special-token: a token that is spelled in many deltas was not emitted as one."""


@settings(max_examples=3, phases=SEEDS)
@given(rng=chance)
def test_where_the_text_was_cut_changes_nothing(streams: Streams, rng: Random) -> None:
    mine = _mutants(streams, rng, 9, JOINED)
    mine = {name: tape for name, tape in mine.items() if not _with_pairs(tape)}
    again = {f"{name}-c": recut(tape, rng) for name, tape in mine.items()}
    found = recexplore.check(streams.write(mine | again), select=JOINED)
    columns = ["rule", "severity", "choice"]
    assert {name: _said(found, name, columns) for name in mine} == {
        name: _said(found, f"{name}-c", columns) for name in mine
    }


def _with_pairs(tape: Tape) -> bool:
    """Surrogates that a new cut could join or part."""
    return any("\ud800" <= letter <= "\udfff" for letter in "".join(slot.text for slot in slots(tape)))


@settings(max_examples=2, phases=SEEDS)
@given(rng=chance)
def test_loading_again_gives_the_same(streams: Streams, rng: Random) -> None:
    mine = _mutants(streams, rng, 9)
    one, two = streams.write(mine), streams.write(mine)
    assert_frame_equal(everything(one), everything(two))
    for name in ("chunks", "events", "choices", "tool_calls", "usage", "requests"):
        assert_frame_equal(getattr(one, name), getattr(two, name))
    assert_frame_equal(everything(one), everything(one), obj="asked twice")


@settings(max_examples=3, phases=SEEDS)
@given(rng=chance)
def test_no_rule_fails_on_damaged_files(
    all_recordings: Corpus, damaged_load: Callable[..., Corpus], rng: Random
) -> None:
    corpus = damaged_load(rng, 50)
    found = everything(corpus)
    assert "failed" not in found.attrs
    chunks = corpus.recordings.set_index("recording")["n_chunks"].reindex(found["recording"]).to_numpy()
    at, last = found["chunk"].fillna(0), found["last_chunk"].fillna(0)
    assert ((at >= 0) & (at <= last)).all()
    assert (last[found["chunk"].notna()] < chunks[found["chunk"].notna()]).all()


@pytest.fixture(scope="session")
def damaged_load(bundled_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Corpus]:
    """Loads damaged copies of bundled files."""
    files = sorted(path for path in bundled_folder.parent.rglob("*.*") if path.suffix != ".md")
    contents = [path.read_bytes() for path in files]
    root, numbers = tmp_path_factory.mktemp("damaged"), count()

    def load(rng: Random, n: int) -> Corpus:
        folder = root / str(next(numbers))
        folder.mkdir()
        for at in range(n):
            which = rng.randrange(len(files))
            data = damaged(contents[which], contents, rng)
            (folder / f"d{at}{files[which].suffix}").write_bytes(data)
        return recexplore.load(folder, progress=False)

    return load


# --- what is not found yet ------------------------------------------------------------------------------------------------

_START, _STOP = chunk(choice({"role": "assistant", "content": ""})), chunk(choice({}, 0, "stop"))
_TOOLS = {
    "messages": [],
    "tools": [{"type": "function", "function": {"name": name}} for name in ("add", "get_weather")],
}


def _text(text: str) -> list[Any]:
    return [_START, says(text), _STOP]


def _call(text: str = "{}", **fields: Any) -> dict[str, Any]:
    return calls(fragment(text, 0, id="call_1", type="function", name="add", **fields))


_ENDS = chunk(choice({}, 0, "tool_calls"))
GAPS: dict[str, tuple[str, list[Any], dict[str, Any]]] = {
    "U+FFFD in a text, none in the call": ("unicode", [_START, says("a\ufffd"), _call(), _ENDS], {}),
    "a tagged delta twice": (
        "dup-chunk",
        [_START, *[says("<reasoning>a few words</reasoning>")] * 2, says("b"), _STOP],
        {},
    ),
    "a chunk of two choices twice": (
        "dup-chunk",
        [
            chunk(choice({"role": "assistant"}), choice({"role": "assistant"}, 1)),
            *[chunk(choice({"content": "a few words"}), choice({"content": "or others"}, 1))] * 2,
            chunk(choice({}, 0, "stop"), choice({}, 1, "stop")),
        ],
        {"n": 2},
    ),
    "several calls in a list": ("tool-as-text", _text("[add(a=1), get_weather(city='Oslo')]"), _TOOLS),
    "a call with brackets inside": ("tool-as-text", _text("add(a=(1, 2))"), _TOOLS),
    "several JSON calls": (
        "tool-as-text",
        _text('{"name": "add", "parameters": {}}; {"name": "get_weather", "parameters": {}}'),
        _TOOLS,
    ),
    "calls as an answer has them": (
        "tool-as-text",
        _text('{"tool_calls": [{"name": "add", "arguments": {}}]}'),
        _TOOLS,
    ),
    "a call that is broken JSON": ("tool-as-text", _text('{"name": "add", "parameters": {"a\': [1]"}}'), _TOOLS),
    "a call and a word behind it": ("tool-as-text", _text('{"name": "add", "parameters": {}}\n\nThis adds.'), _TOOLS),
}


@pytest.mark.parametrize("gap", GAPS)
def test_what_a_rule_should_find_too(gap: str) -> None:
    rule, chunks, request = GAPS[gap]
    found = recexplore.check(recexplore.from_chunks(chunks, request=request, url=URL), select=[rule])
    assert list(found["rule"]) == [rule]


def test_an_index_within_the_function_is_no_index_of_the_call() -> None:
    function = {"index": 0, "name": "add", "arguments": "{}"}
    opened = calls({"index": 0, "id": "call_1", "type": "function", "function": function})
    found = recexplore.check(recexplore.from_chunks([_START, opened, _ENDS]), select=["tool-index"])
    assert found.empty


def _without(tape: Tape, kind: str) -> list[Any]:
    return [each for each in tape.chunks if each["type"] != kind]


def test_a_message_that_never_starts(all_recordings: Corpus) -> None:
    chunks = _without(tape_of(all_recordings["messages"]), "message_start")
    found = recexplore.check(recexplore.from_chunks(chunks), select=["anthropic-lifecycle"])
    assert found["chunk"].tolist() == [0]


@pytest.mark.parametrize("kind", ["added", "done"])
def test_an_item_that_begins_or_ends_under_another_id(all_recordings: Corpus, kind: str) -> None:
    tape = tape_of(all_recordings["responses#1"])
    for each in tape.chunks:
        if each["type"] == f"response.output_item.{kind}":
            each["item"]["id"] = "msg_other"
    assert not recexplore.check(recexplore.from_chunks(tape.chunks), select=["responses-lifecycle"]).empty


def test_an_item_that_is_never_added(all_recordings: Corpus) -> None:
    chunks = _without(tape_of(all_recordings["responses#1"]), "response.output_item.added")
    assert not recexplore.check(recexplore.from_chunks(chunks), select=["responses-lifecycle"]).empty


# --- one rule of its own -------------------------------------------------------------------------------------------------

NAMED = "007c4711219f0fe25bd410d6dd8b18eae1251c3e83ab1f8d1d85ce86f5e197f3.json"


@settings(max_examples=6, phases=SEEDS)
@given(rng=chance)
def test_a_request_that_was_edited_does_not_fit_its_name(
    bundled_folder: Path, read: Callable[..., Corpus], rng: Random
) -> None:
    recorded = json.loads((bundled_folder / NAMED).read_bytes())
    del recorded["response"]["body"][rng.randint(1, 20) :]
    assert recexplore.check(read(recorded, NAMED), select=["legacy-hash"]).empty, "the answer is no part of the hash"
    body = recorded["request"]["body"]
    place = rng.choice(["model", "stream", "content", "more"])
    if place == "content":
        words = body["messages"][0]["content"]
        at = rng.randint(0, len(words))
        body["messages"][0]["content"] = words[:at] + "x" + words[at:]
    else:
        body[place] = "another"
    found = recexplore.check(read(recorded, NAMED), select=["legacy-hash"])
    assert found[["rule", "severity"]].to_numpy().tolist() == [["legacy-hash", "note"]]
    assert found["chunk"].isna().all()
