"""Every dialect of ours keeps the contract; a dialect that breaks a promise is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
import test_ag_ui
import test_aimock
import test_anthropic
import test_bedrock_agents
import test_bedrock_converse
import test_bedrock_invoke
import test_cohere_v1
import test_cohere_v2
import test_embeddings
import test_gemini
import test_gemini_interactions
import test_http
import test_llama_cpp
import test_ollama
import test_openai_assistants
import test_openai_chat
import test_openai_completions
import test_openai_realtime
import test_openai_responses
import test_replicate
import test_tgi
import test_vercel_data
import test_vercel_ui
import test_watsonx
import test_writer
from dialect_kit import bent_chunk, envelope, extracted, kinds, rows, texts
from hypothesis import given
from hypothesis import strategies as st

from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.model.json_text import to_json_text
from recexplore.model.traits import Trait
from recexplore.read.dialects import (
    DIALECTS,
    ag_ui,
    aimock,
    anthropic,
    bedrock_agents,
    bedrock_converse,
    bedrock_invoke,
    cohere,
    embeddings,
    gemini,
    gemini_interactions,
    http,
    llama_cpp,
    ollama,
    openai_assistants,
    openai_chat,
    openai_completions,
    openai_realtime,
    openai_responses,
    replicate,
    tgi,
    unknown,
    vercel_data,
    vercel_ui,
    watsonx,
    writer,
)
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.registry import Dialects, known
from recexplore.tables.builders import Columns
from recexplore.testing.dialect_contract import DialectContract
from recexplore.testing.extracted import KIND_FIELDS, lost_words
from recexplore.testing.text_cuts import letter_by_letter, texts_changed_by_cuts

pytestmark = pytest.mark.long


class Contract(DialectContract):
    """The contract; what takes long for dialects with many documented chunks is left to a thorough run, except of one."""

    @pytest.mark.thorough
    def test_wrong_types_harm_nothing_else(self) -> None:
        super().test_wrong_types_harm_nothing_else()

    @pytest.mark.thorough
    def test_a_value_that_is_a_list_of_two_harms_nothing_else(self) -> None:
        super().test_a_value_that_is_a_list_of_two_harms_nothing_else()


class TestAimock(Contract):
    dialect = aimock.DIALECT
    documented = test_aimock.DOCUMENTED
    envelope = "aimock"
    streaming = False
    number_fields = frozenset(["created", "status"])

    def _documents(self) -> list[Any]:
        return [test_aimock.fixtures(*chunks) for _, chunks in self._all_streams()]


class TestAgUi(Contract):
    dialect = ag_ui.DIALECT
    documented = test_ag_ui.DOCUMENTED
    streams = (test_ag_ui.STREAM, [*map(test_ag_ui.in_python, test_ag_ui.STREAM)])
    endpoint = test_ag_ui.ENDPOINT


class TestAnthropic(DialectContract):
    dialect = anthropic.DIALECT
    documented = test_anthropic.DOCUMENTED
    streams = (test_anthropic.STREAM,)
    endpoint = test_anthropic.ENDPOINT


class TestBedrockAgents(Contract):
    dialect = bedrock_agents.DIALECT
    documented = test_bedrock_agents.DOCUMENTED
    streams = (test_bedrock_agents.STREAM, test_bedrock_agents.RETRIEVED, test_bedrock_agents.FLOW)
    endpoint = test_bedrock_agents.ENDPOINT


class TestBedrockConverse(Contract):
    dialect = bedrock_converse.DIALECT
    documented = test_bedrock_converse.DOCUMENTED
    streams = (test_bedrock_converse.STREAM,)
    endpoint = test_bedrock_converse.ENDPOINT


class TestBedrockInvoke(Contract):
    dialect = bedrock_invoke.DIALECT
    documented = test_bedrock_invoke.DOCUMENTED
    streams = tuple(chunks for name, (chunks, _) in test_bedrock_invoke.STREAMS.items() if name != "Llama")
    endpoint = test_bedrock_invoke.STREAMED
    number_fields = test_bedrock_invoke.NUMBERS


class TestCohereV1(Contract):
    dialect = cohere.V1
    documented = test_cohere_v1.DOCUMENTED
    streams = (test_cohere_v1.STREAM, test_cohere_v1.TOOLS, test_cohere_v1.GENERATED)
    endpoint = test_cohere_v1.ENDPOINT
    number_fields = frozenset(["is_finished", "index"])


class TestCohereV2(Contract):
    dialect = cohere.V2
    documented = test_cohere_v2.DOCUMENTED
    streams = (test_cohere_v2.STREAM, test_cohere_v2.CALLS)
    endpoint = test_cohere_v2.ENDPOINT
    number_fields = frozenset(["index"])


class TestEmbeddings(Contract):
    dialect = embeddings.DIALECT
    documented = test_embeddings.DOCUMENTED
    endpoint = "/v1/embeddings"
    streaming = False


class TestGemini(DialectContract):
    dialect = gemini.DIALECT
    documented = test_gemini.DOCUMENTED
    streams = (test_gemini.STREAM,)
    endpoint = test_gemini.ENDPOINT
    number_fields = test_gemini.NUMBERS


class TestGeminiInteractions(Contract):
    dialect = gemini_interactions.DIALECT
    documented = test_gemini_interactions.DOCUMENTED
    streams = (
        *map(test_gemini_interactions.made, test_gemini_interactions.GENERATIONS),
        test_gemini_interactions.ARGUMENTS_IN_CONTENT,
    )
    endpoint = test_gemini_interactions.ENDPOINT
    number_fields = test_gemini_interactions.NUMBERS


class TestHttp(Contract):
    dialect = http.DIALECT
    documented = test_http.BODIES
    endpoint = "/v1/things"
    streaming = False
    kind_fields = frozenset()
    objects_only = False


class TestLlamaCpp(Contract):
    dialect = llama_cpp.DIALECT
    documented = test_llama_cpp.DOCUMENTED
    streams = (test_llama_cpp.STREAM,)
    endpoint = test_llama_cpp.ENDPOINT
    number_fields = test_llama_cpp.NUMBERS


class TestOllama(Contract):
    dialect = ollama.DIALECT
    documented = test_ollama.DOCUMENTED
    streams = (test_ollama.STREAM, test_ollama.GENERATED)
    endpoint = test_ollama.CHAT
    kind_fields = KIND_FIELDS | test_ollama.STAMPS
    number_fields = frozenset(["done", "index"])


class TestOpenaiAssistants(Contract):
    dialect = openai_assistants.DIALECT
    documented = test_openai_assistants.DOCUMENTED
    streams = (test_openai_assistants.STREAM, test_openai_assistants.CALLING)
    endpoint = test_openai_assistants.ENDPOINT
    number_fields = test_openai_assistants.NUMBERS


class TestOpenaiChat(DialectContract):
    dialect = openai_chat.DIALECT
    documented = test_openai_chat.DOCUMENTED
    streams = (test_openai_chat.STREAM,)
    endpoint = "/v1/chat/completions"
    number_fields = frozenset(["index"])


class TestOpenaiCompletions(Contract):
    dialect = openai_completions.DIALECT
    documented = test_openai_completions.DOCUMENTED
    streams = (test_openai_completions.STREAM,)
    endpoint = test_openai_completions.ENDPOINT
    number_fields = frozenset(["index"])


class TestOpenaiRealtime(Contract):
    dialect = openai_realtime.DIALECT
    documented = test_openai_realtime.DOCUMENTED
    streams = test_openai_realtime.STREAMS
    endpoint = test_openai_realtime.ENDPOINT
    kind_fields = KIND_FIELDS | {"status"}


class TestOpenaiResponses(Contract):
    dialect = openai_responses.DIALECT
    documented = test_openai_responses.DOCUMENTED
    streams = (test_openai_responses.STREAM,)
    endpoint = test_openai_responses.ENDPOINT
    kind_fields = test_openai_responses.IGNORED
    number_fields = frozenset(["annotation_index"])


class TestReplicate(Contract):
    dialect = replicate.DIALECT
    documented = test_replicate.DOCUMENTED
    streams = (test_replicate.STREAM,)
    endpoint = test_replicate.ENDPOINT


class TestTgi(Contract):
    dialect = tgi.DIALECT
    documented = test_tgi.DOCUMENTED
    streams = (test_tgi.STREAM,)
    endpoint = test_tgi.STREAMED
    number_fields = test_tgi.NUMBERS


class TestUnknown(Contract):
    dialect = unknown.DIALECT
    documented = MappingProxyType({"a foreign chunk": {"strange": "strangeword", "model": "m"}, "a line": "data: line"})
    streams = ([{"strange": 1}, "data: x", {"strange": {"deep": ["deepword"]}}],)
    objects_only = False

    def test_nothing_documented_is_unknown(self) -> None:
        """Here all of it is: that is what this dialect is for."""
        for chunk in self.documented.values():
            assert kinds(extracted(self.dialect, [chunk])) == ["unknown"]


class TestVercelData(Contract):
    dialect = vercel_data.DIALECT
    documented = test_vercel_data.DOCUMENTED
    streams = (test_vercel_data.STREAM,)
    endpoint = test_vercel_data.ENDPOINT


class TestVercelUi(Contract):
    dialect = vercel_ui.DIALECT
    documented = test_vercel_ui.DOCUMENTED
    streams = (test_vercel_ui.STREAM,)
    endpoint = test_vercel_ui.ENDPOINT


class TestWatsonx(Contract):
    dialect = watsonx.DIALECT
    documented = test_watsonx.DOCUMENTED
    streams = ([*test_watsonx.STREAM[:2], test_watsonx.UNCOUNTED, *test_watsonx.STREAM[2:]],)
    endpoint = test_watsonx.STREAMED
    kind_fields = KIND_FIELDS | test_watsonx.STAMPS | {"stop_reason"}


class TestWritersAgents(Contract):
    dialect = writer.DIALECT
    documented = test_writer.AGENTS
    streams = (test_writer.RESEARCH,)
    endpoint = test_writer.AGENT


class TestWritersGraphs(Contract):
    dialect = writer.DIALECT
    documented = test_writer.QUESTIONS
    streams = (test_writer.ANSWERED,)
    endpoint = test_writer.QUESTION


class TestWriter(Contract):
    dialect = writer.DIALECT
    documented = test_writer.COMPLETIONS
    streams = (test_writer.STREAM,)
    endpoint = test_writer.COMPLETE


CONTRACTS = {
    contract.dialect.name: contract
    for contract in globals().copy().values()
    if isinstance(contract, type) and issubclass(contract, DialectContract) and hasattr(contract, "dialect")
}
GENERATING = [
    name for name, contract in CONTRACTS.items() if Trait.GENERATES in contract.dialect.traits and contract.streaming
]


def test_every_dialect_has_its_contract() -> None:
    assert [CONTRACTS[dialect.name].dialect for dialect in DIALECTS] == list(DIALECTS)
    assert sum(len(contract.documented) for contract in CONTRACTS.values()) > 300


@pytest.mark.parametrize("name", CONTRACTS)
@given(st.data())
def test_whatever_stands_in_a_chunk_it_is_read(name: str, data: st.DataObject) -> None:
    contract = CONTRACTS[name]
    chunks = [chunk for stream in contract.streams for chunk in stream] or list(contract.documented.values())
    chunk = data.draw(bent_chunk([chunk for chunk in chunks if isinstance(chunk, dict | list)]))
    contract.dialect.sniff(Exchange("test", chunks=[chunk], endpoint=contract.endpoint))
    contract.dialect.extract([chunk], [0], Columns())


@pytest.mark.parametrize("name", GENERATING)
def test_no_dialect_cuts_a_stream(name: str) -> None:
    for stream in CONTRACTS[name].streams:
        assert known().last_chunks(stream) in ([], [len(stream) - 1])


@pytest.mark.parametrize("name", GENERATING)
@given(text=texts.filter(bool))
def test_wherever_any_text_is_cut_it_is_the_same(name: str, text: str) -> None:
    contract = CONTRACTS[name]
    for stream in contract.streams:
        assert texts_changed_by_cuts(contract.dialect, stream, [text]) == []


@pytest.mark.parametrize("name", GENERATING)
def test_streams_that_come_letter_by_letter_are_assembled_alike(read: Callable[..., Corpus], name: str) -> None:
    contract = CONTRACTS[name]
    for stream in contract.streams:
        letters = letter_by_letter(contract.dialect, stream)

        assert len(letters) > len(stream)
        assert assembled(read(envelope(letters, endpoint=contract.endpoint))) == assembled(
            read(envelope(stream, endpoint=contract.endpoint))
        )


@pytest.mark.parametrize("bad", [5, None, "wrongword", ["wrongword"], True])
@pytest.mark.parametrize("name", GENERATING)
def test_a_chunk_that_is_no_object_is_loaded_and_noted(read: Callable[..., Corpus], name: str, bad: Any) -> None:
    contract = CONTRACTS[name]
    stream = contract.streams[0]
    n = len(stream) // 2
    corpus = read(envelope([*stream[:n], bad, *stream[n:]], endpoint=contract.endpoint))

    assert assembled(corpus) == assembled(read(envelope(stream, endpoint=contract.endpoint)))
    assert to_json_text(bad) in corpus.events.loc[corpus.events["chunk"] == n, "text"].tolist()
    assert corpus.problems["chunk"].tolist() == [n]


def assembled(corpus: Corpus) -> Any:
    """What a loaded answer says, whatever chunks it came in."""
    choices = rows(corpus, "choice", "content", "reasoning", "refusal", "finish_reason", frame="choices")
    return choices, rows(corpus, "choice", "id", "name", "arguments", frame="tool_calls")


def test_what_a_chunk_says_is_looked_for() -> None:
    assert lost_words(http.DIALECT, {"said": "saidtext"}) == []
    assert lost_words(replace(http.DIALECT, extract=lambda *_: None), {"said": "saidtext"}) == ["saidtext"]


# --- dialects that break a promise ------------------------------------------------------------------------------------

Extract = Callable[[Sequence[Any], Sequence[int], Columns], None]


def sniff(exchange: Exchange) -> float:
    return emit.share(exchange.chunks, lambda chunk: "says" in chunk)


def extract(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in emit.objects(chunks, rows, columns):
        emit.chunk(columns, row, n_choices=1, extra=emit.other_fields(chunk, {"says", "over"}))
        if text := emit.text_in(columns, row, chunk.get("says"), "`says`"):
            emit.event(columns, "content", row, text)
        if chunk.get("over"):
            emit.event(columns, "finish", row, to_json_text(chunk["over"]))


PARROT = Dialect("parrot", "parrot talk", sniff, extract, traits=frozenset({Trait.GENERATES}))


class OfParrots(DialectContract):
    dialect = PARROT
    documented = MappingProxyType(
        {"a squawk": {"says": "saidtext", "mood": "moodword"}, "the end": {"says": "", "over": True}}
    )
    streams = ([{"says": "Pol"}, {"says": "ly"}, {"says": " wants", "mood": "m"}, {"says": "", "over": True}],)
    endpoint = "/talk"


PROMISES = [name for name in vars(DialectContract) if name.startswith("test_")]


def run_promise(dialect: Dialect, promise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run one test of the contract over a dialect as if it were installed."""
    dialects = Dialects((*DIALECTS, dialect))
    monkeypatch.setattr("recexplore.testing.dialect_contract.known", lambda: dialects)
    monkeypatch.setattr("recexplore.read.batch.known", lambda: dialects)
    contract = type("OfABrokenOne", (OfParrots,), {"dialect": dialect})
    getattr(contract(), promise)()


@pytest.mark.parametrize("promise", PROMISES)
def test_a_sound_dialect_keeps_all_promises(promise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_promise(PARROT, promise, monkeypatch)


def reading(change: Callable[[Any], Any]) -> Extract:
    """A dialect that reads other chunks than those that came."""
    return lambda chunks, rows, columns: extract([change(chunk) for chunk in chunks], rows, columns)


def without(field: str) -> Callable[[Any], Any]:
    return lambda chunk: {k: v for k, v in chunk.items() if k != field} if isinstance(chunk, dict) else chunk


def only_texts(chunk: Any) -> Any:
    """Drops what has the wrong type instead of keeping it."""
    return chunk if isinstance(chunk, dict) and isinstance(chunk.get("says"), str) else without("says")(chunk)


def stripped(chunk: Any) -> Any:
    is_text = isinstance(chunk, dict) and isinstance(chunk.get("says"), str)
    return {**chunk, "says": chunk["says"].strip()} if is_text else chunk


def objects_alone(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    kept = [(chunk, row) for chunk, row in zip(chunks, rows, strict=True) if isinstance(chunk, dict)]
    extract([chunk for chunk, _ in kept], [row for _, row in kept], columns)


def not_understood(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    unknown.extract(chunks, rows, columns)


def joining_strictly(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    for chunk in chunks:
        if isinstance(chunk, dict):
            "" + chunk.get("says", "")
    extract(chunks, rows, columns)


def reading_only_what_is_sound(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    for chunk in chunks:
        "".join(value for value in chunk.values() if value is not True)
    extract(chunks, rows, columns)


def raising_for_lists_of_two(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    if ["a", "b"] in [chunk.get("says") for chunk in chunks if isinstance(chunk, dict)]:
        raise RuntimeError("a defect")
    extract(chunks, rows, columns)


def missing_the_last(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    extract(chunks[:-1], rows[:-1], columns)


def describing_twice(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    extract(chunks, rows, columns)
    columns.chunks.add(len(chunks), {"row": rows}, n_choices=0)


def naming_the_next(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    extract(chunks, rows, columns)
    emit.event(columns, "annotation", rows[-1] + 1, "of another exchange", choice=None)


def counting_from_zero(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    extract(chunks, range(len(chunks)), columns)


def naming_a_speaker_once(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
    emit.event(columns, "role", rows[0], "parrot")
    extract(chunks, rows, columns)


def raising_sniff(exchange: Exchange) -> float:
    return sniff(exchange) + sum(len(chunk["says"]) * 0.0 for chunk in exchange.chunks)


BROKEN: dict[str, tuple[str, Dialect, str]] = {
    "it drops a field": ("test_nothing_is_dropped", replace(PARROT, extract=reading(without("mood"))), "moodword"),
    "it drops what vendors add": (
        "test_a_field_of_a_vendor_is_kept",
        replace(PARROT, extract=reading(without("vendor_field"))),
        "(the root)",
    ),
    "it sniffs nothing": ("test_it_recognises_its_chunks", replace(PARROT, sniff=lambda _: 0.0), "read as unknown"),
    "it does not understand": (
        "test_nothing_documented_is_unknown",
        replace(PARROT, extract=not_understood),
        "a squawk",
    ),
    "it ends an answer without its fields": (
        "test_a_chunk_that_ends_an_answer_has_a_field_of_such",
        replace(PARROT, ends_answer=lambda chunk: "says" in chunk, end_fields=frozenset(["over"])),
        "a squawk: {",
    ),
    "it misses a row": (
        "test_every_chunk_is_described_once",
        replace(PARROT, extract=missing_the_last),
        "the chunks [3] are described as []",
    ),
    "it describes a chunk twice": (
        "test_every_chunk_is_described_once",
        replace(PARROT, extract=describing_twice),
        "the chunks [3] are described as [3, 3]",
    ),
    "it gives a row of another exchange": (
        "test_every_chunk_is_described_once",
        replace(PARROT, extract=naming_the_next),
        "`events` has the rows [4] of the chunks [3]",
    ),
    "it counts rows itself": (
        "test_every_chunk_is_described_once",
        replace(PARROT, extract=counting_from_zero),
        "the chunks [3] are described as [0]",
    ),
    "it raises when asked": ("test_sniffing_never_raises", replace(PARROT, sniff=raising_sniff), "says = 5: TypeError"),
    "it raises when reading": (
        "test_extracting_never_raises",
        replace(PARROT, extract=joining_strictly),
        "says = 5: TypeError",
    ),
    "it drops wrong types": (
        "test_what_has_the_wrong_type_is_kept",
        replace(PARROT, extract=reading(only_texts)),
        "says = ['wrongword']: ['wrongword']",
    ),
    "it skips what is no object": (
        "test_a_chunk_that_is_no_object_is_kept_and_noted",
        replace(PARROT, extract=objects_alone),
        "5 as chunk 0 is in no event",
    ),
    "it notes nothing": (
        "test_a_chunk_that_is_no_object_is_kept_and_noted",
        replace(PARROT, extract=reading(lambda chunk: chunk if isinstance(chunk, dict) else {"says": str(chunk)})),
        "is not one problem",
    ),
    "it takes streams for one": (
        "test_a_stream_changes_nothing_of_another",
        replace(PARROT, extract=naming_a_speaker_once),
        "parrot",
    ),
    "it depends on cuts": (
        "test_where_a_text_is_cut_changes_nothing",
        replace(PARROT, extract=reading(stripped)),
        "' two  words",
    ),
    "it says nothing": (
        "test_where_a_text_is_cut_changes_nothing",
        replace(PARROT, extract=reading(without("says"))),
        "nothing can be cut",
    ),
    "it fails a load": (
        "test_a_value_that_is_a_list_of_two_harms_nothing_else",
        replace(PARROT, extract=raising_for_lists_of_two),
        "the dialect parrot failed: RuntimeError: a defect",
    ),
    "it fails a load somewhere": (
        "test_wrong_types_harm_nothing_else",
        replace(PARROT, extract=reading_only_what_is_sound),
        "the dialect parrot failed: ",
    ),
}


def test_every_promise_can_be_broken() -> None:
    assert {promise for promise, _, _ in BROKEN.values()} == set(PROMISES)


def test_of_many_faults_the_first_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
        raise RuntimeError("a defect")

    with pytest.raises(AssertionError, match=r"and in \d+ more ways$") as raised:
        run_promise(replace(PARROT, extract=raising), "test_extracting_never_raises", monkeypatch)

    assert len(str(raised.value).splitlines()) == 22


def test_a_dialect_that_is_not_installed_is_told_so() -> None:
    with pytest.raises(AssertionError, match="parrot is not installed"):
        OfParrots().test_it_recognises_its_chunks()


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_promise_is_reported(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    promise, dialect, message = BROKEN[fault]
    with pytest.raises(AssertionError) as raised:
        run_promise(dialect, promise, monkeypatch)

    assert message in str(raised.value)
