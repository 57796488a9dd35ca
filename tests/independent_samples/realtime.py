"""OpenAI's Realtime, as a client logs the events of a session, one a line.

Shapes: https://platform.openai.com/docs/api-reference/realtime-server-events; the beta's names of events, and how they
changed: issues of mastra and vllm-omni.
"""

from __future__ import annotations

from typing import Any, Final

from independent_samples.bodies import Body, lines
from independent_samples.sample import Sample, choice, said

__all__ = ["SAMPLES"]

_PLACE: Final = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0}


def _event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


def _session(*told: dict[str, Any]) -> Body:
    """A session's events, each with an id, as a client logs them."""
    opening = _event("session.created", session={"id": "sess_1", "object": "realtime.session", "model": "m-realtime"})
    return lines([{"event_id": f"event_{at}", **event} for at, event in enumerate([opening, *told])])


def _response(status: str, *output: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "object": "realtime.response",
        "id": "resp_1",
        "status": status,
        "status_details": None,
        "output": list(output),
        "conversation_id": "conv_1",
        "usage": {
            "total_tokens": 253,
            "input_tokens": 132,
            "output_tokens": 121,
            "input_token_details": {
                "text_tokens": 119,
                "audio_tokens": 13,
                "image_tokens": 0,
                "cached_tokens": 64,
                "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0, "image_tokens": 0},
            },
            "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
        },
        "metadata": None,
        **more,
    }


_SPENT: Final = {"prompt": 132, "completion": 121, "total": 253, "cached": 64}


def _item(status: str, *content: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "item_1",
        "object": "realtime.item",
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": list(content),
    }


def _function_item(status: str, arguments: str) -> dict[str, Any]:
    return {
        "id": "item_2",
        "object": "realtime.item",
        "type": "function_call",
        "status": status,
        "name": "find_bird",
        "call_id": "call_1",
        "arguments": arguments,
    }


def _realtime(name: str, body: Body, meant: dict[str, Any], **more: Any) -> Sample:
    return Sample("openai_realtime", name, body, meant, "wss://api.openai.com/v1/realtime?model=m-realtime", **more)


SAMPLES: Final = (
    _realtime(
        "text",
        _session(
            _event("response.created", response=_response("in_progress", usage=None)),
            _event("response.output_item.added", response_id="resp_1", output_index=0, item=_item("in_progress")),
            _event("conversation.item.added", previous_item_id=None, item=_item("in_progress")),
            _event("response.content_part.added", **_PLACE, content_index=0, part={"type": "text", "text": ""}),
            _event("response.output_text.delta", **_PLACE, content_index=0, delta="A"),
            _event("response.output_text.delta", **_PLACE, content_index=0, delta=" wren."),
            _event("response.output_text.done", **_PLACE, content_index=0, text="A wren."),
            _event("response.content_part.done", **_PLACE, content_index=0, part={"type": "text", "text": "A wren."}),
            _event("conversation.item.done", previous_item_id=None, item=_item("completed")),
            _event(
                "response.output_item.done",
                response_id="resp_1",
                output_index=0,
                item=_item("completed", {"type": "output_text", "text": "A wren."}),
            ),
            _event("response.done", response=_response("completed", _item("completed"))),
            _event("rate_limits.updated", rate_limits=[{"name": "tokens", "limit": 1, "remaining": 0}]),
        ),
        said(choice("A wren.", "completed"), **_SPENT),
    ),
    _realtime(
        "speech by the names of the beta, after the user's",
        _session(
            _event("input_audio_buffer.speech_started", audio_start_ms=10, item_id="item_0"),
            _event("input_audio_buffer.committed", previous_item_id=None, item_id="item_0"),
            _event(
                "conversation.item.input_audio_transcription.delta",
                item_id="item_0",
                content_index=0,
                delta="Which bird?",
            ),
            _event(
                "conversation.item.input_audio_transcription.completed",
                item_id="item_0",
                content_index=0,
                transcript="Which bird?",
                usage={"type": "tokens", "total_tokens": 9, "input_tokens": 6, "output_tokens": 3},
            ),
            _event("response.created", response=_response("in_progress", usage=None)),
            _event("response.output_item.added", response_id="resp_1", output_index=0, item=_item("in_progress")),
            _event("conversation.item.created", previous_item_id="item_0", item=_item("in_progress")),
            _event("response.content_part.added", **_PLACE, content_index=0, part={"type": "audio", "transcript": ""}),
            _event("response.audio_transcript.delta", **_PLACE, content_index=0, delta="A wr"),
            _event("response.audio.delta", **_PLACE, content_index=0, delta="UklGRg=="),
            _event("response.audio_transcript.delta", **_PLACE, content_index=0, delta="en."),
            _event("response.audio.done", **_PLACE, content_index=0),
            _event("response.audio_transcript.done", **_PLACE, content_index=0, transcript="A wren."),
            _event("rate_limits.updated", rate_limits=[]),
            _event("response.done", response=_response("completed")),
        ),
        said(choice("A wren.", "completed"), **_SPENT),
    ),
    _realtime(
        "speech, and a function",
        _session(
            _event("response.created", response=_response("in_progress", usage=None)),
            _event("response.output_audio_transcript.delta", **_PLACE, content_index=0, delta="Let me look."),
            _event("response.output_audio.delta", **_PLACE, content_index=0, delta="UklGRg=="),
            _event("response.output_audio_transcript.done", **_PLACE, content_index=0, transcript="Let me look."),
            _event(
                "response.output_item.added",
                response_id="resp_1",
                output_index=1,
                item=_function_item("in_progress", ""),
            ),
            *(
                _event(
                    "response.function_call_arguments.delta",
                    response_id="resp_1",
                    item_id="item_2",
                    output_index=1,
                    call_id="call_1",
                    delta=text,
                )
                for text in ('{"place":', '"old wall"}')
            ),
            _event(
                "response.function_call_arguments.done",
                response_id="resp_1",
                item_id="item_2",
                output_index=1,
                call_id="call_1",
                name="find_bird",
                arguments='{"place":"old wall"}',
            ),
            _event(
                "response.output_item.done",
                response_id="resp_1",
                output_index=1,
                item=_function_item("completed", '{"place":"old wall"}'),
            ),
            _event("response.done", response=_response("completed")),
        ),
        said(choice("Let me look.", "completed"), tools=[("find_bird", {"place": "old wall"})], **_SPENT),
    ),
    _realtime(
        "the user talks in between",
        _session(
            _event("response.output_audio_transcript.delta", **_PLACE, content_index=0, delta="A wr"),
            _event("input_audio_buffer.speech_started", audio_start_ms=90, item_id="item_3"),
            _event("conversation.item.truncated", item_id="item_1", content_index=0, audio_end_ms=80),
            _event(
                "response.done",
                response=_response("cancelled", status_details={"type": "cancelled", "reason": "turn_detected"}),
            ),
        ),
        said(choice("A wr", "cancelled"), **_SPENT),
    ),
    _realtime(
        "two responses in a session",
        _session(
            _event("response.created", response=_response("in_progress", usage=None)),
            _event("response.output_text.delta", **_PLACE, content_index=0, delta="A wren."),
            _event("response.done", response=_response("completed")),
            _event("conversation.item.added", previous_item_id="item_1", item={**_item("completed"), "role": "user"}),
            _event("response.created", response=_response("in_progress", id="resp_2", usage=None)),
            _event(
                "response.output_text.delta",
                response_id="resp_2",
                item_id="item_4",
                output_index=0,
                content_index=0,
                delta=" A tit.",
            ),
            _event("response.done", response=_response("completed", id="resp_2")),
        ),
        said(choice("A wren.", "completed"), choice(" A tit.", "completed"), **_SPENT),
    ),
    _realtime(
        "cut by the limit",
        _session(
            _event("response.output_text.delta", **_PLACE, content_index=0, delta="A wr"),
            _event(
                "response.done",
                response=_response("incomplete", status_details={"type": "incomplete", "reason": "max_output_tokens"}),
            ),
        ),
        said(choice("A wr", "max_output_tokens"), **_SPENT),
    ),
    _realtime(
        "a response that fails, and an error",
        _session(
            _event("response.created", response=_response("in_progress", usage=None)),
            _event(
                "response.done",
                response=_response(
                    "failed",
                    status_details={"type": "failed", "error": {"type": "server_error", "code": "gone"}},
                    usage=None,
                ),
            ),
            _event(
                "error",
                error={
                    "type": "invalid_request_error",
                    "code": "invalid_event",
                    "message": "No such event.",
                    "param": None,
                    "event_id": "client_1",
                },
            ),
        ),
        said(choice(finish="failed")),
        is_failing=True,
    ),
)
