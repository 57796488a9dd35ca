"""Amazon Bedrock's agents, knowledge bases and flows: InvokeAgent, InvokeInlineAgent, RetrieveAndGenerate, InvokeFlow.

Takes members of the streams' unions (``{"chunk": {"bytes": text}}``), as SDKs hand them over or as frames of the event
stream, or a whole answer of RetrieveAndGenerate, gives events of choice 0. Sources of the fields:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_ResponseStream.html,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerateStream.html,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_FlowResponseStream.html and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_AgenticRetrieveStream.html.

A trace stands beside the answer, the agent's rationale and the tokens it counts with it: they are those of one call of a
model among many. Two things in it are more: what a guardrail did, and why a run failed. An agent hands control back where
its client has to call a function; no stream but a flow's says why it ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import items_in, objects, other_fields, share, text_in
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

_ASKED: Final = re.compile(
    r"/agents/[^/]+(?:/agentAliases/.+)?$|/flows/[^/]+/aliases/[^/]+$|/(?:retrieveAndGenerate|agenticRetrieve)Stream$"
)
_EXCEPTIONS: Final = frozenset(
    f"{name}Exception"
    for name in (
        "accessDenied",
        "badGateway",
        "conflict",
        "dependencyFailed",
        "modelNotReady",
        "resourceNotFound",
        "serviceQuotaExceeded",
    )
)
_WHOLE: Final = frozenset(["output", "citations", "guardrailAction"])


def sniff(exchange: Exchange) -> float:
    # Others answer with objects of such names, too.
    asked = _ASKED.search(exchange.endpoint or "") is not None or any(
        type(chunk) is dict and not _COMMON.issuperset(chunk) and _belongs(chunk, False) for chunk in exchange.chunks
    )
    return share(exchange.chunks, lambda chunk: _belongs(chunk, asked))


def _belongs(chunk: dict[str, Json], asked: bool) -> bool:
    if _is_whole(chunk):
        return True
    name = next(iter(chunk), "") if len(chunk) == 1 else ""
    said = chunk.get(name)
    if name.endswith("Exception"):
        return asked or name in _EXCEPTIONS
    if name in _COMMON and not asked:
        return False
    fields = _MEMBERS[name][0] if name in _MEMBERS else frozenset[str]()
    return type(said) is dict and not fields.isdisjoint(said)


def _is_whole(chunk: dict[str, Json]) -> bool:
    """Whether it is an answer of RetrieveAndGenerate."""
    output = chunk.get("output")
    return type(output) is dict and "text" in output and ("citations" in chunk or "sessionId" in chunk)


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        if _is_whole(chunk):
            _whole(chunk, row, columns)
            continue
        name = next(iter(chunk), "")
        padding = [said["p"] for said in chunk.values() if type(said) is dict and type(said.get("p")) is str]
        obfuscation = padding[0] if padding else None
        emit.chunk(columns, row, n_choices=int(name in _ANSWERING), object=name or None, obfuscation=obfuscation)
        for member, said in chunk.items():
            if member in _MEMBERS:
                if type(said) is dict:
                    _MEMBERS[member][1](said if obfuscation is None else other_fields(said, {"p"}), row, columns)
                else:
                    emit.malformed(columns, row, f"`{member}`", "an object", said)
            elif member.endswith("Exception") or member == "error":
                emit.event(columns, "error", row, to_json_text({member: said}), choice=None)
            else:
                emit.event(columns, "unknown", row, to_json_text({member: said}), choice=None)


def _whole(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    emit.chunk(columns, row, n_choices=1, extra=other_fields(chunk, _WHOLE))
    _output(chunk["output"], row, columns)
    _citations(chunk.get("citations"), row, columns)
    if chunk.get("guardrailAction") is not None:
        emit.event(columns, "filter", row, to_json_text({"guardrailAction": chunk["guardrailAction"]}))


def _chunk(said: dict[str, Json], row: int, columns: Columns) -> None:
    """A part of an agent's answer, and what it is based on."""
    emit.text(columns, "content", row, said, "bytes", {"attribution"})
    attribution = said.get("attribution")
    if type(attribution) is dict:
        _citations(attribution.get("citations"), row, columns)
        _beside(other_fields(attribution, {"citations"}), row, columns)
    elif attribution is not None:
        emit.malformed(columns, row, "`attribution`", "an object", attribution, 0)


def _citations(said: Json, row: int, columns: Columns) -> None:
    for citation in items_in(columns, row, said, "`citations`"):
        emit.event(columns, "citation", row, to_json_text(citation))


def _beside(rest: dict[str, Json], row: int, columns: Columns, choice: int | None = 0) -> None:
    if rest:
        emit.event(columns, "annotation", row, to_json_text(rest), choice=choice)


def _output(said: dict[str, Json], row: int, columns: Columns) -> None:
    emit.text(columns, "content", row, said, "text")


def _citation(said: dict[str, Json], row: int, columns: Columns) -> None:
    emit.event(columns, "citation", row, to_json_text(said))


def _guardrail(said: dict[str, Json], row: int, columns: Columns) -> None:
    emit.event(columns, "filter", row, to_json_text(said))


def _files(said: dict[str, Json], row: int, columns: Columns) -> None:
    _beside(other_fields(said, set()), row, columns)


def _trace(said: dict[str, Json], row: int, columns: Columns) -> None:
    """A step of the run: a guardrail's word, a failure; all else, the agent's rationale too, stands beside the answer."""
    rest, steps = said, said.get("trace")
    if type(steps) is dict:
        left: dict[str, Json] = {}
        for name, step in steps.items():
            if name == "guardrailTrace" and type(step) is dict:
                emit.event(columns, "filter", row, to_json_text(step))
            elif name == "failureTrace" and type(step) is dict:
                emit.event(columns, "error", row, to_json_text(step), choice=None)
            else:
                left[name] = step
        rest = {**said, "trace": left or None}
    _beside(other_fields(rest, set()), row, columns, choice=None)


def _return_control(said: dict[str, Json], row: int, columns: Columns) -> None:
    """Functions, or operations of an API, that the client has to call and to answer for."""
    known = {"invocationInputs"}
    for item in items_in(columns, row, said.get("invocationInputs"), "`invocationInputs`"):
        kind, call = next(iter(item.items()), ("", None)) if type(item) is dict and len(item) == 1 else ("", None)
        if kind in _CALLS and type(call) is dict:
            _call(call, kind, said.get("invocationId"), row, columns)
            known.add("invocationId")
        else:
            emit.malformed(columns, row, "`invocationInputs`", "an object with one of " + ", ".join(_CALLS), item, 0)
    _beside(other_fields(said, known), row, columns)


def _call(call: dict[str, Json], kind: str, invocation: Json, row: int, columns: Columns) -> None:
    name, named = _CALLS[kind](call)
    rest = other_fields(call, named)
    emit.event(
        columns,
        "tool_call",
        row,
        to_json_text(_arguments(call)),
        tool_call_id=invocation,
        tool_name=name,
        extra=to_json_text(rest) if rest else None,
    )


def _function(call: dict[str, Json]) -> tuple[Json, frozenset[str]]:
    return call.get("function"), frozenset(["function"])


def _operation(call: dict[str, Json]) -> tuple[Json, frozenset[str]]:
    """An operation is called by its method and path."""
    method, path = call.get("httpMethod"), call.get("apiPath")
    if type(method) is str and type(path) is str:
        return f"{method} {path}", frozenset(["httpMethod", "apiPath"])
    return path, frozenset(["apiPath"])


_CALLS: Final[dict[str, Callable[[dict[str, Json]], tuple[Json, frozenset[str]]]]] = {
    "functionInvocationInput": _function,
    "apiInvocationInput": _operation,
}
"""How a call is named, and by which fields."""


def _arguments(call: dict[str, Json]) -> dict[str, Json]:
    """The parameters by their names, a body's too. As they were listed, with their types, they stay beside the call."""
    body = call.get("requestBody")
    content = body.get("content") if type(body) is dict else None
    listed = [call.get("parameters"), *(content.values() if type(content) is dict else ())]
    found: dict[str, Json] = {}
    for each in listed:
        properties = each.get("properties") if type(each) is dict else each
        for parameter in properties if type(properties) is list else ():
            if type(parameter) is dict and type(parameter.get("name")) is str:
                found.setdefault(parameter["name"], parameter.get("value"))
    return found


def _flow_output(said: dict[str, Json], row: int, columns: Columns) -> None:
    """What a node of a flow puts out, or asks for: text, or any JSON."""
    content = said.get("content")
    document = content.get("document") if type(content) is dict else content
    rest = other_fields(said, {"content"}) | (other_fields(content, {"document"}) if type(content) is dict else {})
    text = document if type(document) is str else "" if document is None else to_json_text(document)
    if text:
        emit.event(columns, "content", row, text, extra=to_json_text(rest) if rest else None)
    else:
        _beside(rest, row, columns)


def _flow_end(said: dict[str, Json], row: int, columns: Columns) -> None:
    reason = text_in(columns, row, said.get("completionReason"), "`completionReason`")
    rest = other_fields(said, {"completionReason"})
    emit.event(columns, "finish", row, finish_reason=reason or None, extra=to_json_text(rest) if rest else None)


def _run(said: dict[str, Json], row: int, columns: Columns) -> None:
    """What was done for the answer."""
    _beside(other_fields(said, set()), row, columns, choice=None)


_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns], None]

_MEMBERS: Final[dict[str, tuple[frozenset[str], _Reader]]] = {
    "chunk": (frozenset(["bytes", "attribution"]), _chunk),
    "trace": (frozenset(["trace", "sessionId"]), _trace),
    "returnControl": (frozenset(["invocationInputs"]), _return_control),
    "files": (frozenset(["files"]), _files),
    "output": (frozenset(["text"]), _output),
    "citation": (frozenset(["citation", "generatedResponsePart", "retrievedReferences"]), _citation),
    "guardrail": (frozenset(["action"]), _guardrail),
    "flowOutputEvent": (frozenset(["content", "nodeName"]), _flow_output),
    "flowMultiTurnInputRequestEvent": (frozenset(["content", "nodeName"]), _flow_output),
    "flowCompletionEvent": (frozenset(["completionReason"]), _flow_end),
    "flowTraceEvent": (frozenset(["trace"]), _run),
    "responseEvent": (frozenset(["text"]), _output),
    "result": (frozenset(["results", "generatedResponse"]), _run),
    "traceEvent": (frozenset(["attributes", "id"]), _run),
}
"""The members of the unions: fields of which each has one, and who reads it."""

_COMMON: Final = frozenset(["files", "output", "result"])
"""Members whose names tell nothing by themselves."""

_ANSWERING: Final = frozenset(
    ["chunk", "returnControl", "files", "output", "citation", "flowOutputEvent", "flowMultiTurnInputRequestEvent"]
) | {"responseEvent"}


def _ends_answer(chunk: dict[str, Json]) -> bool:
    return _is_whole(chunk) or "flowCompletionEvent" in chunk


DIALECT: Final = Dialect(
    "bedrock_agents",
    "Bedrock Agents",
    sniff,
    extract,
    endpoints=("/retrieveAndGenerate", "/retrieveAndGenerateStream", "/agenticRetrieveStream"),
    traits=frozenset({Trait.GENERATES, Trait.NO_FINISH}),
    finish_reasons={"SUCCESS": "stop", "INPUT_REQUIRED": "other"},
    request=RequestFields(
        messages=("inputText", "input", "inputs"),
        model=("foundationModel",),
        conversation_ids=("sessionId", "memoryId", "invocationId"),
    ),
    answer_fields=(
        "chunk.bytes",
        "returnControl.invocationInputs",
        "trace.trace trace.sessionId",
        "output.text sessionId",
        "citation.citation",
        "citation.retrievedReferences",
        "flowOutputEvent",
        "flowCompletionEvent",
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(["flowCompletionEvent", "output"]),
)
