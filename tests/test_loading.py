from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from found_blobs import blobs
from hypothesis import given, settings
from hypothesis import strategies as st
from loaded_frames import LOADED, no_rule_fails
from same_frames import assert_same
from synthetic import choice, chunk, recording, says, stream, thinks, wrapped

import recexplore
from recexplore import NotLoadable
from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange, Problem
from recexplore.model.schema import FRAMES
from recexplore.read import batch
from recexplore.read.dialects import DIALECTS, openai_chat
from recexplore.read.envelopes import llama_stack
from recexplore.read.extract.dialect import Extract
from recexplore.read.read_again import read_exchanges
from recexplore.read.registry import Dialects
from recexplore.read.sources import files
from recexplore.read.wire.content import Content

pytestmark = pytest.mark.long

BUNDLED = ["007c4711219f", "7ac0267de2ef", "94d11daee205", "f27523f3fec8", "f6960cae871e"]


def seed(bundled_folder: Path, name: str = "94d11daee205") -> bytes:
    (path,) = bundled_folder.glob(f"{name}*.json")
    return path.read_bytes()


def changed(data: bytes, change: Callable[[Any], object]) -> bytes:
    document = json.loads(data)
    change(document)
    return json.dumps(document).encode()


# --- the bundled recordings ------------------------------------------------------------------------------------------


def test_the_bundled_recordings(bundled: Corpus) -> None:
    facts = bundled.recordings.set_index("recording")

    assert facts["n_chunks"].to_dict() == dict(zip(BUNDLED, [34, 22, 43, 86, 39], strict=True))
    assert facts["n_choices"].to_dict() == dict(zip(BUNDLED, [1, 1, 2, 2, 1], strict=True))
    assert set(facts["dialect"]) == {"openai_chat"}
    assert set(facts["envelope"]) == {"llama-stack"}
    assert set(facts["clock"]) == {"none"}
    assert facts["streaming"].all()
    assert facts["error"].isna().all()
    assert bundled.problems.empty


def test_the_text_of_every_bundled_choice(bundled: Corpus, bundled_folder: Path) -> None:
    seen = 0
    for path in bundled_folder.glob("*.json"):
        texts: dict[int, str] = {}
        for item in json.loads(path.read_bytes())["response"]["body"]:
            for each in item["__data__"]["choices"]:
                texts[each["index"]] = texts.get(each["index"], "") + (each["delta"]["content"] or "")
        recording = bundled[str(path)]
        assert {number: recording.text(number) for number in recording.choices["choice"]} == texts
        seen += len(texts)
    assert seen == 7


def test_facts_of_a_request(bundled: Corpus, bundled_folder: Path) -> None:
    facts = bundled["94d11daee205"].facts

    assert facts[["method", "endpoint", "model_requested", "model_served", "n_requested"]].tolist() == [
        "POST",
        "/v1/chat/completions",
        "gpt-5-mini",
        "gpt-5-mini-2025-08-07",
        2,
    ]
    assert facts["bytes"] == len(seed(bundled_folder))
    assert facts["path"].endswith("recordings/llama-stack/94d11daee205.json")
    assert json.loads(facts["extra"]) == {
        "__type__": ["openai.types.chat.chat_completion_chunk.ChatCompletionChunk"],
    }


def test_runs_of_one_request_have_one_hash(read) -> None:
    def hashed(**request: Any) -> str:
        return read(recording([], request=request)).recordings["request_hash"].item()

    assert hashed(a=1, b={"x": 1, "y": 2}) == hashed(b={"y": 2, "x": 1}, a=1)
    assert hashed(a=1) != hashed(a=2)
    assert len(hashed(a=1)) == 16


# --- equal, however it is read ---------------------------------------------------------------------------------------


def test_processes_give_what_one_gives(bundled: Corpus, bundled_folder: Path) -> None:
    assert_same(recexplore.load(bundled_folder, jobs=2, progress=False), bundled)


def test_processes_note_the_same_problems(bundled_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(seed(bundled_folder)[:9000])
    (tmp_path / "b.json").write_bytes(b'{"requ')
    (tmp_path / "c.json").write_bytes(seed(bundled_folder))

    assert_same(recexplore.load(tmp_path, jobs=3, progress=False), recexplore.load(tmp_path, progress=False))


@pytest.mark.parametrize("limit", ["batch.GROUP_BYTES", "batch.COLUMN_EVENTS", "read_files._BATCH_EVENTS"])
def test_batches_of_any_size_give_the_same(
    bundled: Corpus, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(f"recexplore.read.{limit}", 1)

    assert_same(recexplore.load(bundled_folder, progress=False), bundled)


def test_a_recording_reads_the_same_alone(bundled: Corpus, bundled_folder: Path) -> None:
    for path in sorted(bundled_folder.glob("*.json")):
        alone = next(iter(recexplore.load(path, progress=False)))
        for name in FRAMES:
            ours, theirs = getattr(alone, name), getattr(bundled[path], name)
            pd.testing.assert_frame_equal(ours, theirs)


def test_what_is_read_later_changes_nothing_that_was_read_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recexplore.read.batch.GROUP_BYTES", 1)
    text = "<th<think>why</think>ink>so"  # without its tags, the content looks like one
    for name in "ab":
        (tmp_path / f"{name}.json").write_text(json.dumps(stream(says(text))))
    events = recexplore.load(tmp_path, progress=False).events

    assert events["kind"].tolist() == ["content", "tag", "reasoning", "tag", "content"] * 2


def test_loading_leaves_the_collector_as_it_was(bundled_folder: Path) -> None:
    assert gc.isenabled()
    recexplore.load(bundled_folder, progress=False)
    assert gc.isenabled()
    gc.disable()
    try:
        recexplore.load(bundled_folder, progress=False)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_bar_is_shown_only_where_asked_for(bundled_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    recexplore.load(bundled_folder, progress=False)
    assert capfd.readouterr() == ("", "")
    recexplore.load(bundled_folder, progress=True)
    assert "loading" in capfd.readouterr().err


def test_reading_the_exchanges_of_a_file(bundled_folder: Path) -> None:
    found = {blob.name[:12]: read_exchanges(blob, zlib.crc32(blob.read(1 << 30)))[1] for blob in blobs(bundled_folder)}

    assert {name: [len(each.chunks) for each in exchanges] for name, exchanges in found.items()} == dict(
        zip(BUNDLED, [[34], [22], [43], [86], [39]], strict=True)
    )


# --- where there is nothing ------------------------------------------------------------------------------------------


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.json"):
        recexplore.load(tmp_path / "no-such.json")
    with pytest.raises(FileNotFoundError, match=r"no-such\.json"):
        recexplore.load([tmp_path, tmp_path / "no-such.json"])


def test_an_empty_folder_is_an_empty_corpus(tmp_path: Path) -> None:
    corpus = recexplore.load(tmp_path)

    assert len(corpus) == 0
    assert list(corpus) == []
    assert "empty" in repr(corpus)
    assert str(tmp_path) in repr(corpus)


# --- bad files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the file is empty"),
        (b"hello", "not JSON"),
        (b'{"a":1}', "not a recording that recexplore knows"),
        (b"[1, 2]", "not a recording that recexplore knows"),
        (b"null", "not a recording that recexplore knows"),
        (b'"\\ud800"', "not standard JSON, read leniently"),
        (b"\x89PNG\r\n\x1a\n", "not JSON"),
        (b"[" * 2000, "not JSON"),
    ],
)
def test_what_holds_no_recording_is_a_problem(read, data: bytes, what: str) -> None:
    corpus = read(data, "bad.json", named=True)

    assert len(corpus) == 0
    assert corpus.skipped.empty
    assert corpus.problems["what"].tolist() == [what]
    assert corpus.problems["path"].item().endswith("bad.json")
    assert corpus.problems[["expected", "found", "hint"]].notna().all(axis=None)
    assert corpus.problems[["exchange", "chunk"]].isna().all(axis=None)


def test_a_problem_says_its_file_exchange_and_chunk(read) -> None:
    """Whoever notices it: the envelope, who cuts the body, the dialect or a column."""
    lines = [
        stream(says("a")),
        {"request": 5, "response": {"body": ["data: 1", "", "data: {", ""], "is_streaming": True}},
        stream(says("a"), chunk(choice(delta={"content": 5}))),
        stream(says("a"), chunk(choice({"content": "b"}), created=2**70)),
    ]
    corpus = read("\n".join(map(json.dumps, lines)).encode(), "many.jsonl")
    found = [(each.exchange, each.chunk) for each in corpus.unread]

    assert {(1, None), (1, 1), (2, 1), (3, 1)} <= set(found)
    assert {exchange for exchange, _ in found} == {1, 2, 3}
    assert {each.path for each in corpus.unread} == set(corpus.recordings["path"])
    assert corpus.problems["what"].tolist() == [each.what for each in corpus.unread]
    by_recording = [each for one in corpus for each in one.unread]
    assert sorted(map(str, by_recording)) == sorted(map(str, corpus.unread))
    assert [len(one.problems) for one in corpus] == [len(one.unread) for one in corpus]


def test_one_bad_file_does_not_keep_the_others_from_loading(bundled_folder: Path, tmp_path: Path) -> None:
    for name, data in (("a", b'{"requ'), ("b", seed(bundled_folder)), ("c", b""), ("d", seed(bundled_folder))):
        (tmp_path / f"{name}.json").write_bytes(data)
    corpus = recexplore.load(tmp_path, progress=False)

    assert corpus.recordings[["recording", "n_chunks"]].to_numpy().tolist() == [["b", 43], ["d", 43]]
    assert [path[-6:] for path in corpus.problems["path"]] == ["a.json", "c.json"]


def test_a_recording_that_breaks_off(read, bundled_folder: Path) -> None:
    corpus = read(seed(bundled_folder)[:20000])
    whole = read(seed(bundled_folder))
    n_chunks = corpus.recordings["n_chunks"].item()

    assert n_chunks == 25
    assert corpus.problems[["exchange", "chunk", "what"]].to_numpy().tolist() == [[0, 24, "the file breaks off"]]
    assert corpus.chunks["damage"].isna().tolist() == [True] * 24 + [False]
    before = whole.events["chunk"] < n_chunks - 1
    pd.testing.assert_frame_equal(
        whole.events[before].reset_index(drop=True),
        corpus.events[corpus.events["chunk"] < n_chunks - 1].reset_index(drop=True),
    )


def test_damage_in_the_middle_keeps_what_stands_before(read, bundled_folder: Path) -> None:
    data = seed(bundled_folder)
    corpus = read(data[:15000] + b"\x00\x01garbage" + data[15000:])

    assert corpus.recordings["n_chunks"].item() == 19
    assert corpus.problems["what"].tolist() == ["the file is damaged"]
    assert corpus.chunks["damage"].notna().tolist() == [False] * 18 + [True]


def test_a_byte_order_mark_loses_nothing(read, bundled_folder: Path) -> None:
    corpus = read(b"\xef\xbb\xbf" + seed(bundled_folder))

    assert corpus.recordings["n_chunks"].item() == 43
    assert corpus.problems["found"].tolist() == ["a byte order mark"]
    assert corpus.chunks["damage"].isna().all()


def test_nan_loses_nothing(read) -> None:
    corpus = read(stream(says("a"), {**says("b"), "x": float("nan")}))

    assert corpus.choices["content"].tolist() == ["ab"]
    assert corpus.problems["found"].tolist() == ["NaN or Infinity"]


def test_invalid_utf8_is_replaced_and_said(read, bundled_folder: Path) -> None:
    corpus = read(seed(bundled_folder).replace(b"Washington", b"Wash\xffington", 1))

    assert corpus.recordings["n_chunks"].item() == 43
    assert "Wash\ufffdington" in "".join(corpus.choices["content"])
    assert corpus.problems["what"].tolist() == ["bytes that are not UTF-8"]


def test_an_answer_that_is_null(read, bundled_folder: Path) -> None:
    corpus = read(changed(seed(bundled_folder), lambda each: each["response"].update(body=None)))

    assert corpus.recordings[["n_chunks", "n_events", "n_choices"]].to_numpy().tolist() == [[0, 0, 0]]
    assert corpus.recordings["model_requested"].tolist() == ["gpt-5-mini"]
    assert corpus.problems["what"].tolist() == ["`response.body` is empty"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_a_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    corpus = recexplore.load(tmp_path)

    assert corpus.problems[["what", "found"]].to_numpy().tolist() == [["the file cannot be read", "not a regular file"]]


def test_a_file_that_cannot_be_opened_is_a_problem(bundled_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to(tmp_path / "gone")
    (tmp_path / "b.json").write_bytes(seed(bundled_folder))
    corpus = recexplore.load(tmp_path, progress=False)

    assert corpus.problems["what"].tolist() == ["the file cannot be read"]
    assert corpus.recordings["recording"].tolist() == ["b"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"{}")
    (tmp_path / "a.json").chmod(0)

    assert recexplore.load(tmp_path).problems["what"].tolist() == ["the file cannot be read"]


def test_a_file_that_is_too_large_is_a_problem(bundled_folder: Path) -> None:
    corpus = recexplore.load(bundled_folder, max_file_bytes=30_000, progress=False)

    assert len(corpus) == 2
    assert len(corpus.problems) == 3
    assert corpus.problems["found"].str.contains("the limit is 30000").all()


def test_a_file_name_that_is_not_unicode(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"a\xff.json")
    try:
        Path(os.fsdecode(path)).write_text(json.dumps(stream(says("a"))))
    except OSError:
        pytest.skip("this file system has no such names")
    corpus = recexplore.load(tmp_path, progress=False)

    assert corpus.events["text"].tolist() == ["a"]
    assert len(corpus.recordings) == 1
    assert corpus[corpus.recordings["recording"].item()].text() == "a"


def use_chat_reader(monkeypatch: pytest.MonkeyPatch, extract: Extract) -> None:
    """Chat completions are read by this function."""
    broken = replace(openai_chat.DIALECT, extract=extract)
    dialects = tuple(broken if dialect is openai_chat.DIALECT else dialect for dialect in DIALECTS)
    monkeypatch.setattr(batch, "known", lambda: Dialects(dialects))


def test_a_dialect_that_fails_costs_one_recording_and_keeps_its_chunks(
    bundled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = openai_chat.extract

    def failing(chunks: Any, rows: Sequence[int], columns: Any) -> None:
        real(chunks, rows, columns)
        if any(each["id"] == "rec-7ac0267de2ef" for each in chunks):
            raise RuntimeError("a defect")

    use_chat_reader(monkeypatch, failing)
    corpus = recexplore.load(bundled_folder, progress=False)
    facts = corpus.recordings.set_index("recording")

    assert facts["dialect"].value_counts().to_dict() == {"openai_chat": 4, "unknown": 1}
    assert facts["dialect"]["7ac0267de2ef"] == "unknown"
    assert facts["n_chunks"].tolist() == [34, 22, 43, 86, 39]
    assert corpus.problems["found"].tolist() == ["RuntimeError: a defect"]
    assert corpus.problems["path"].item().endswith("ced6cf.json")
    assert corpus["7ac0267de2ef"].events["kind"].tolist() == ["unknown"] * 22
    assert corpus["f6960cae871e"].events["kind"].tolist()[0] == "role"


@pytest.mark.parametrize(
    "mistake",
    [
        lambda rows, columns: columns.events.add(1, row=rows[-1] + 1, kind=0),
        lambda rows, columns: columns.events.add(1, row=[rows[0]], kind=0),
        lambda rows, columns: columns.events.add(1, row=rows[0], kind="content"),
        lambda rows, columns: columns.events.add(1, row=rows[0], kind=99),
        lambda rows, columns: columns.usage.add(1, row=-1, prompt=1),
        lambda rows, columns: columns.chunks.add(1, row=rows[0]),
        lambda rows, columns: columns.chunks.add(2, {"id": ["a"]}, row=rows[0]),
    ],
    ids=["another's chunk", "a list for a row", "a kind's name", "no kind", "no chunk", "described twice", "too short"],
)
def test_a_mistake_of_a_dialect_costs_one_recording(
    bundled_folder: Path, monkeypatch: pytest.MonkeyPatch, mistake: Callable[[Sequence[int], Any], None]
) -> None:
    real = openai_chat.extract

    def failing(chunks: Any, rows: Sequence[int], columns: Any) -> None:
        real(chunks, rows, columns)
        if any(each["id"] == "rec-7ac0267de2ef" for each in chunks):
            mistake(rows, columns)

    use_chat_reader(monkeypatch, failing)
    corpus = recexplore.load(bundled_folder, progress=False)
    facts = corpus.recordings.set_index("recording")

    assert (facts["dialect"] == "unknown").to_dict() == {each: each == "7ac0267de2ef" for each in facts.index}
    assert corpus.problems["what"].tolist() == ["the dialect openai_chat failed"]
    assert corpus["7ac0267de2ef"].events["kind"].tolist() == ["unknown"] * 22


@pytest.mark.parametrize(
    "mistake",
    [{"wire": {"event": ["a"]}}, {"wire": {"nothing": [None] * 34}}, {"wall_times": [1.0]}, {"damaged_chunk": 34}],
    ids=str,
)
def test_a_mistake_of_an_envelope_costs_one_file(
    bundled_folder: Path, monkeypatch: pytest.MonkeyPatch, mistake: dict[str, Any]
) -> None:
    real = llama_stack.read

    def failing(content: Content) -> Iterator[Exchange | Problem]:
        for exchange in real(content):
            if isinstance(exchange, Exchange) and content.name.startswith("007c4711219f"):
                for name, value in mistake.items():
                    setattr(exchange, name, value)
            yield exchange

    monkeypatch.setattr(llama_stack, "read", failing)
    corpus = recexplore.load(bundled_folder, progress=False)

    assert corpus.recordings["n_chunks"].tolist() == [22, 43, 86, 39]
    assert corpus.problems["what"].tolist() == ["the envelope llama-stack failed"]


# --- strict ----------------------------------------------------------------------------------------------------------


def test_strict_names_everything(read) -> None:
    with pytest.raises(NotLoadable) as caught:
        read(stream(says("a"), 5), "the-file.json", strict=True)
    message = str(caught.value)

    for part in ("the-file.json", "exchange 0", "chunk 1", "expected an object", "found 5", "kept as an unknown event"):
        assert part in message


@pytest.mark.parametrize("data", [b"", b"hello", b'{"a": 1}', b'\xef\xbb\xbf{"request": {}, "response": {"body": []}}'])
def test_strict_raises_for_whatever_is_a_problem(read, data: bytes) -> None:
    with pytest.raises(NotLoadable, match=r"the-file\.json"):
        read(data, "the-file.json", named=True, strict=True)


def test_strict_counts_the_others(read) -> None:
    with pytest.raises(NotLoadable, match=r"\(and 1 more\)"):
        read(stream(says("a"), 5, 6), strict=True)


def test_strict_reads_no_further_than_the_first_bad_file(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.json").write_bytes(b'{"requ')
    with pytest.raises(NotLoadable) as caught:
        recexplore.load(tmp_path, strict=True, progress=False)

    assert "a.json" in str(caught.value)
    assert "more)" not in str(caught.value)


def test_strict_raises_for_what_does_not_fit_a_column(read) -> None:
    with pytest.raises(NotLoadable, match=r"`model` does not fit its column"):
        read(stream({**says("a"), "model": [1]}), strict=True)


def test_strict_raises_in_processes_too(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.json").write_bytes(b'{"requ')
    with pytest.raises(NotLoadable, match=r"a\.json"):
        recexplore.load(tmp_path, strict=True, jobs=2, progress=False)


def test_strict_says_nothing_of_sound_recordings(bundled: Corpus, bundled_folder: Path) -> None:
    assert_same(recexplore.load(bundled_folder, strict=True, progress=False), bundled)


# --- hostile recordings ----------------------------------------------------------------------------------------------

_AUDIT = """
import json, os, sys
sys.path.insert(0, {modules!r})
import recexplore
from recexplore.model.schema import FRAMES

def touch(where):
    corpus = recexplore.load(where, progress=False)
    for name in FRAMES:
        getattr(corpus, name)
    for recording in corpus:
        repr(recording), recording.request, recording.raw(0), recording.text()
    return corpus

touch({harmless!r})
seen = []
watched = "import exec compile os.system os.exec os.fork subprocess.Popen socket.connect pickle.find_class".split()
sys.addaudithook(lambda event, args: seen.append((event, str(args)[:80])) if event in watched else None)
corpus = touch({hostile!r})
print(json.dumps([seen, len(corpus), "hostile_module" in sys.modules]))
"""


def test_a_class_name_never_imports_anything(tmp_path: Path) -> None:
    modules, harmless, hostile = (tmp_path / name for name in ("modules", "harmless", "hostile"))
    for folder in (modules, harmless, hostile):
        folder.mkdir()
    (modules / "hostile_module.py").write_text("class Thing: pass\n")
    for folder, label in ((harmless, "x.Y"), (hostile, "hostile_module.Thing")):
        body = [wrapped(says("<think>a</think>b"), label), wrapped(chunk(choice({}, finish_reason="stop")), label)]
        document = {**recording(body), "__type__": label, "__class__": label, "__reduce__": [label]}
        (folder / "a.json").write_text(json.dumps(document))
    code = _AUDIT.format(modules=str(modules), harmless=str(harmless), hostile=str(hostile))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [[], 1, False]


def test_hostile_text_stays_text(read) -> None:
    text = "<script>alert(1)</script>\x00\u2028\u202e${7*7}{{7*7}}<!--"
    corpus = read(stream(says(text)))

    assert corpus.choices["content"].tolist() == [text]
    assert corpus.problems.empty


# --- any damage ------------------------------------------------------------------------------------------------------


def consistent(corpus: Corpus) -> None:
    """What holds whatever was loaded."""
    for name in LOADED:
        assert list(getattr(corpus, name).columns) == list(FRAMES[name].names)
    for row in corpus.recordings.itertuples():
        mine = corpus[row.recording]
        assert mine.chunks["chunk"].tolist() == list(range(row.n_chunks))
        assert set(mine.events["chunk"]) == set(range(row.n_chunks))
        assert len(mine.events) == row.n_events
        assert len(mine.choices) == row.n_choices
        if row.n_chunks:
            mine.raw(row.n_chunks - 1)


def no_rule_fails_on(documents: Sequence[bytes], folder: Path) -> None:
    paths = [folder / f"{number}.json" for number in range(len(documents))]
    for path, document in zip(paths, documents, strict=True):
        path.write_bytes(document)
    no_rule_fails(paths)


def test_any_truncation_loads(read, bundled_folder: Path, tmp_path: Path) -> None:
    documents: list[bytes] = []

    @given(st.data())
    def loads(data: st.DataObject) -> None:
        text = seed(bundled_folder, data.draw(st.sampled_from(BUNDLED)))
        cut = data.draw(st.integers(0, len(text) - 3))
        documents.append(text[:cut])
        corpus = read(text[:cut])
        consistent(corpus)
        chunks = [item["__data__"] for item in json.loads(text)["response"]["body"]]
        kept = [each.raw(at) for each in corpus for at in range(each.facts["n_chunks"])]

        assert not corpus.problems.empty
        assert kept[:-1] == chunks[: len(kept)][:-1]
        assert len(kept) >= text[:cut].count(b'"__type__"') - 1

    loads()
    no_rule_fails_on(documents, tmp_path)


def test_any_flipped_bits_load(read, bundled_folder: Path, tmp_path: Path) -> None:
    documents: list[bytes] = []

    @settings(max_examples=2 * settings().max_examples)
    @given(st.data())
    def loads(data: st.DataObject) -> None:
        text = bytearray(seed(bundled_folder, data.draw(st.sampled_from(BUNDLED))))
        first = len(text)
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(text) - 1))
            text[place] ^= 1 << data.draw(st.integers(0, 7))
            first = min(first, place)
        documents.append(bytes(text))
        corpus = read(bytes(text))
        consistent(corpus)
        original = json.loads(seed(bundled_folder, _named(bundled_folder, text)))
        whole_before = max(bytes(text[:first]).count(b'"__type__"') - 1, 0)
        kept = [each.raw(at) for each in corpus for at in range(each.facts["n_chunks"])]

        assert kept[:whole_before] == [item["__data__"] for item in original["response"]["body"][:whole_before]]

    loads()
    no_rule_fails_on(documents, tmp_path)


def _named(folder: Path, text: bytearray) -> str:
    """The bundled recording that has the text's length."""
    return next(path.name[:12] for path in folder.glob("*.json") if path.stat().st_size == len(text))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["", "\ud83d", "\ude00", "<think>", "</think>", "stop", "assistant"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["text", "type", "index", "function", "arguments", "content", "delta", "choices", "__data__"]
            )
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
FIELDS = ["content", "reasoning", "reasoning_content", "reasoning_details", "refusal", "tool_calls", "function_call"]
FIELDS += ["role", "annotations", "finish_reason", "logprobs", "content_filter_results", "usage", "vendor"]


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value, as the container and the key in it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from nodes(inner)


@st.composite
def bent_documents(draw: st.DrawFn, folder: Path) -> Any:
    """A recording with any JSON in up to four places, the envelope's among them."""
    document = json.loads(seed(folder, draw(st.sampled_from(["94d11daee205", "7ac0267de2ef"]))))
    document["response"]["body"] = document["response"]["body"][:4]
    places = list(nodes(document))
    for _ in range(draw(st.integers(1, 4))):
        where, key = places[draw(st.integers(0, len(places) - 1))]
        where[key] = draw(JSON)
    return document


BENT_CHUNKS = st.builds(
    lambda choices, fields: {**chunk(*choices), **fields},
    st.lists(
        st.builds(
            choice,
            st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3) | JSON,
            st.integers(-1, 2) | JSON,
            JSON,
        )
        | JSON,
        max_size=3,
    ),
    st.dictionaries(
        st.sampled_from(["id", "usage", "error", "prompt_filter_results", "created", "choices", "x"]), JSON, max_size=2
    ),
)


def test_wrong_types_anywhere_load(read, bundled_folder: Path, tmp_path: Path) -> None:
    _every_one_loads(read, bent_documents(bundled_folder), tmp_path)


def test_wrong_types_in_any_field_load(read, tmp_path: Path) -> None:
    _every_one_loads(read, BENT_CHUNKS.map(lambda bent: stream(says("a"), bent, says("b"))), tmp_path)


def _every_one_loads(read: Callable[..., Corpus], bent: st.SearchStrategy[Any], folder: Path) -> None:
    documents: list[bytes] = []

    @settings(max_examples=3 * settings().max_examples)
    @given(bent)
    def loads(document: Any) -> None:
        documents.append(json.dumps(document).encode())
        _loads_as_recorded(read, document)

    loads()
    no_rule_fails_on(documents, folder)


def _loads_as_recorded(read: Callable[..., Corpus], document: Any) -> None:
    corpus = read(document)
    consistent(corpus)
    assert not corpus.problems["what"].str.endswith("failed").any(), corpus.problems["found"].tolist()
    response = document.get("response")
    body = response.get("body") if isinstance(response, dict) else None
    # Strings alone may be the lines of a stream of events, which are put together.
    is_lines = isinstance(body, list) and bool(body) and all(isinstance(item, str) for item in body)
    if isinstance(body, list) and not is_lines and response["is_streaming"] is True and len(corpus):
        assert corpus.recordings["n_chunks"].tolist() == [len(body)]


OF_ANY_TYPE: tuple[Any, ...] = (7, True, "x", "", {"a": 1}, {}, [], [None], ["x"], [{"a": [1]}], {"text": ""})


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", OF_ANY_TYPE, ids=str)
def test_every_field_with_every_type_is_one_recording_of_chat(read, field: str, value: Any) -> None:
    """A field of the wrong type costs that field, never what stands beside it."""
    corpus = read(stream(says("a"), thinks(field, value), says("b")))
    consistent(corpus)

    assert corpus.recordings["dialect"].tolist() == ["openai_chat"]
    assert corpus.choices["content"].tolist()[0].startswith("a")
    assert corpus.choices["content"].tolist()[0].endswith("b")


def test_no_rule_fails_on_any_field_of_any_type(tmp_path: Path) -> None:
    streams = [stream(says("a"), thinks(field, value), says("b")) for field in FIELDS for value in OF_ANY_TYPE]
    no_rule_fails_on([json.dumps(each).encode() for each in streams], tmp_path)


# --- what once ended a load, or went unsaid --------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["file", "request", "top", "delta"])
def test_what_is_nested_too_deep_costs_no_other_recording(tmp_path: Path, where: str) -> None:
    deep = "[" * 1000 + "1" + "]" * 1000
    document = stream(says("a"))
    placed = {
        "file": '"DEEP"',
        "request": json.dumps({**document, "request": {**document["request"], "body": {"messages": "DEEP"}}}),
        "top": json.dumps({**document, "more": "DEEP"}),
        "delta": json.dumps(stream(chunk(choice({"deep": "DEEP"})))),
    }[where]
    (tmp_path / "deep.json").write_text(placed.replace('"DEEP"', deep))
    (tmp_path / "good.json").write_text(json.dumps(document))
    corpus = recexplore.load(tmp_path, progress=False)
    assert corpus["good"].text() == "a"
    assert where == "delta" or len(corpus.problems) + len(corpus.skipped) + len(corpus) >= 2


def test_a_glob_that_meets_a_file_twice_reads_it_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.json").write_text(json.dumps(stream(says("a"))))
    assert len(recexplore.load(f"{tmp_path}/**/**/*.json", progress=False)) == 1


def test_what_a_recording_means_does_not_depend_on_its_neighbours(tmp_path: Path) -> None:
    odd = stream(chunk(choice({"x": 0}, stop_reason=0)))
    (tmp_path / "alone").mkdir()
    (tmp_path / "both").mkdir()
    for folder in ("alone", "both"):
        (tmp_path / folder / "odd.json").write_text(json.dumps(odd))
    (tmp_path / "both" / "more.json").write_text(json.dumps(stream(chunk(choice({"x": 1}, stop_reason=1)))))
    alone, both = (recexplore.load(tmp_path / folder, progress=False)["odd"].events for folder in ("alone", "both"))
    pd.testing.assert_frame_equal(alone, both)
    assert alone["text"].tolist() == ['{"x":0}']
    assert alone["extra"].tolist() == ['{"stop_reason":0}']


def test_a_chunk_whose_index_was_cut_off_is_given_to_no_choice(
    read: Callable[..., Corpus], bundled_folder: Path
) -> None:
    whole = next(bundled_folder.glob("f27523*")).read_bytes()
    at = whole.index(b'"index": 1', 30_000)
    corpus = read(whole[: at - 40])
    last = corpus.events[corpus.events["chunk"] == corpus.events["chunk"].max()]
    assert last["choice"].isna().all()
    assert corpus.chunks["damage"].tolist()[-1] == "cut"


def test_problems_stand_in_the_order_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(stream(says(7))))
    (tmp_path / "b.json").write_text("{")
    (tmp_path / "c.json").write_text(json.dumps(stream(says("a"), 5)))
    corpus = recexplore.load(tmp_path, progress=False)
    assert [Path(path).stem for path in corpus.problems["path"]] == ["a", "b", "c"]


@pytest.mark.parametrize("where", [None, 3, b"x", {"a": 1}, [3]])
def test_load_says_what_it_takes(where: Any) -> None:
    with pytest.raises(TypeError, match="load takes a path, a glob or a list of these"):
        recexplore.load(where)


# --- what a search passes over ---------------------------------------------------------------------------------------


def test_a_project_folder_gives_its_recordings_and_says_what_it_passed_over(tmp_path: Path) -> None:
    for name, text in {
        "package.json": '{"name": "left-pad", "version": "1.0.0"}',
        "tsconfig.json": '{\n  // comments\n  "compilerOptions": {}\n}',
        "settings.json": '/* more */\n{"a": [1, 2,]}',
        "template.json": "{{ cookiecutter.name }}",
        "page.json": "<html>moved</html>",
        "cut.json": '{"name": "left-pad", "versio',
        "compose.yml": "services:\n  web:\n    image: x\n",
        "evals.jsonl": '{"model": "m", "prompt": "2+2", "response": "4", "score": 1.0}\n' * 3,
        "chart.yaml": "{{- if .Values.on }}\na: [\n",
        "schema.yaml": "data:\n  interactions: string\n",
        "notes.txt": "data: what we saw on Monday\n\nIt was green.",
        "app.log": '{"level": "info", "message": "started"}\n{"level": "info", "message": "done"}\n',
        "README.md": "# Read me",
        "Makefile": "all:",
        "seen/answer.txt": "data: " + json.dumps(says("a")) + "\n\ndata: [DONE]\n\n",
        "seen/answer.1.chunks.txt": json.dumps(says("b")) + "\n" + json.dumps(says("c")) + "\n",
        "seen/whole.log": json.dumps({"object": "chat.completion", "choices": [{"message": {"content": "d"}}]}),
        "seen/empty.yaml": "interactions: []\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    corpus = recexplore.load(tmp_path, progress=False)

    assert corpus.choices["content"].tolist() == ["bc", "a", "d"]
    assert corpus.problems.empty
    kinds = {each.path.removeprefix(f"{tmp_path}/"): each.kind for each in corpus.skipped_files}
    assert kinds == {
        **dict.fromkeys(("package.json", "tsconfig.json", "settings.json", "template.json", "compose.yml"), "foreign"),
        **dict.fromkeys(("page.json", "cut.json", "evals.jsonl"), "foreign"),
        **dict.fromkeys(("chart.yaml", "schema.yaml", "notes.txt", "app.log"), "foreign"),
        **dict.fromkeys(("README.md", "Makefile"), "not searched"),
        "seen/empty.yaml": "empty",
    }
    assert corpus.skipped.columns.tolist() == ["path", "reason"]
    assert corpus.skipped["reason"].str.len().min() > 5


@pytest.mark.parametrize("name", ["package.json", "compose.yml", "notes.txt"])
def test_what_is_named_outright_should_be_a_recording(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("services: 1" if name != "package.json" else '{"name": "left-pad"}')

    assert recexplore.load(tmp_path, progress=False).problems.empty
    assert len(recexplore.load(tmp_path / name, progress=False).problems) == 1
    for where in ([tmp_path, tmp_path / name], [tmp_path / name, tmp_path]):
        assert len(recexplore.load(where, progress=False).problems) == 1


def test_a_file_that_is_broken_is_no_foreign_file(tmp_path: Path) -> None:
    for name, text in {
        "a.json": '{"requ',
        "b.json": "",
        "c.jsonl": "oops",
        "d.har": '{"log": {"entries": [{"st',
    }.items():
        (tmp_path / name).write_text(text)

    corpus = recexplore.load(tmp_path, progress=False)
    assert sorted({Path(path).name for path in corpus.problems["path"]}) == ["a.json", "b.json", "c.jsonl", "d.har"]


def test_only_the_beginning_of_prose_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("prose " * 100_000)
    asked: list[int] = []
    real = files.open_file
    monkeypatch.setattr(files, "open_file", lambda path: asked.append(path) or real(path))
    monkeypatch.setattr(files, "read_file", lambda path, most: pytest.fail("it was read"))

    assert recexplore.load(tmp_path, progress=False).problems.empty
    assert len(asked) == 1


def test_files_that_are_passed_over_come_out_of_processes_too(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.json").write_text('{"name": "left-pad"}')

    assert len(recexplore.load(tmp_path, jobs=2, progress=False).skipped) == 3


_RECORDED = json.dumps({"request": {"endpoint": "/v1/x"}, "response": {"body": {}}}, indent=1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", f"<<<<<<< HEAD\n{_RECORDED}"),
        ("b.json", f"{_RECORDED}\n>>>>>>> theirs\n"),
        ("c.json", _RECORDED.replace(' "response"', '<<<<<<< HEAD\n"response"')),
        ("d.json", '<<<<<<< HEAD\n{"name": "left-pad"}\n=======\n{"name": "right-pad"}\n>>>>>>> x\n'),
        ("e.jsonl", '<<<<<<< HEAD\n{"level": "info"}\n=======\n{"level": "debug"}\n>>>>>>> x\n'),
        ("f.yaml", "services:\n<<<<<<< HEAD\n  a: 1\n=======\n  a: 2\n>>>>>>> x\n"),
        ("g.sse", '<<<<<<< HEAD\ndata: {"choices": []}\n\n'),
    ],
)
def test_a_merge_conflict_is_a_problem_wherever_it_is_met(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert (
        "a merge conflict that nobody resolved" in recexplore.load(tmp_path, progress=False).problems["what"].tolist()
    )


@pytest.mark.parametrize("before", ["// seen on Monday\n", "# seen on Monday\n", "<html>\n", "{{ name }}\n", "oops "])
def test_what_stands_before_a_recording_does_not_hide_it(tmp_path: Path, before: str) -> None:
    (tmp_path / "a.json").write_text(before + _RECORDED)
    assert len(recexplore.load(tmp_path, progress=False).problems) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("launch.json", '{\n  // of an editor\n  "configurations": [{"request": "launch"}]\n}'),
        ("a.json", json.dumps({"text": "<<<<<<< HEAD\nx\n>>>>>>> y"})),
        ("b.yaml", "text: |\n  <<<<<<< HEAD\n  x\n"),
        ("notes.txt", "<<<<<<< HEAD\nx\n"),
    ],
)
def test_what_looks_like_a_broken_recording_and_is_none(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert recexplore.load(tmp_path, progress=False).problems.empty
