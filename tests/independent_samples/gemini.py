"""Gemini's function calls whose arguments come in parts (``streamFunctionCallArguments`` on Vertex AI).

Shapes: https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc and the types
FunctionCall and PartialArg of https://cloud.google.com/vertex-ai/docs/reference/rest/v1/Content; what servers send besides
(an empty part in the middle, no empty part at the end, a text that ends with an empty piece): the fixtures of the AI SDK's
Google provider.
"""

from __future__ import annotations

from typing import Any, Final

from independent_samples.bodies import Body, events, lines, whole
from independent_samples.sample import Sample, choice, said

__all__ = ["SAMPLES"]

_URL: Final = (
    "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google"
    "/models/gemini-x:streamGenerateContent?alt=sse"
)
_COUNTED: Final = {
    "promptTokenCount": 26,
    "candidatesTokenCount": 23,
    "totalTokenCount": 60,
    "thoughtsTokenCount": 11,
    "trafficType": "ON_DEMAND",
}


def _chunk(*calls: dict[str, Any], finish: str | None = None, **fields: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"functionCall": call} for call in calls]}}
    if finish:
        candidate["finishReason"] = finish
    usage = _COUNTED if finish else {"trafficType": "ON_DEMAND"}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-x", "responseId": "r1", **fields}


def _part(path: str, *, more: bool = True, goes_on: bool = False, **value: Any) -> dict[str, Any]:
    """A part of a call: one piece of the value at a path."""
    piece = {"jsonPath": path, **value, **({"willContinue": True} if goes_on else {})}
    return {"partialArgs": [piece], **({"willContinue": True} if more else {})}


def _opening(name: str) -> dict[str, Any]:
    return {"name": name, "willContinue": True}


_NESTED: Final = [
    _chunk(_opening("cook")),
    _chunk(_part("$.recipe.items[0].amount", stringValue="16 oz", goes_on=True)),
    _chunk(_part("$.recipe.items[0].amount", stringValue="")),
    _chunk({"willContinue": True}),
    _chunk(_part("$.recipe.items[1].amount", numberValue=0.5)),
    _chunk(_part("$.recipe.items[1].is_fresh", boolValue=False)),
    _chunk(_part("$.recipe.note", nullValue="NULL_VALUE")),
    _chunk(_part("$['serve with']", stringValue="br", goes_on=True)),
    _chunk(_part("$['serve with']", stringValue="ead")),
    _chunk({}, finish="STOP"),
]
_NESTED_SAID: Final = {
    "recipe": {"items": [{"amount": "16 oz"}, {"amount": 0.5, "is_fresh": False}], "note": None},
    "serve with": "bread",
}


def _gemini(name: str, body: Body, meant: dict[str, Any]) -> Sample:
    asked = {
        "contents": [{"role": "user", "parts": [{"text": "Which bird?"}]}],
        "toolConfig": {"functionCallingConfig": {"streamFunctionCallArguments": True}},
    }
    return Sample("gemini", name, body, meant, _URL, asked)


_FIGURES: Final = {"prompt": 26, "completion": 23, "total": 60, "reasoning": 11}

SAMPLES: Final = (
    _gemini(
        "arguments in parts: two calls of the same function",
        events(
            [
                _chunk(_opening("find_bird")),
                _chunk(_part("$.place", stringValue="old ", goes_on=True)),
                _chunk(_part("$.place", stringValue="wall")),
                _chunk({}),
                _chunk(_opening("find_bird")),
                _chunk(_part("$.place", stringValue="new wall", goes_on=True)),
                _chunk(_part("$.place", stringValue="")),
                _chunk({}, finish="STOP"),
            ]
        ),
        said(
            choice(finish="STOP"),
            tools=[("find_bird", {"place": "old wall"}), ("find_bird", {"place": "new wall"})],
            **_FIGURES,
        ),
    ),
    _gemini(
        "arguments in parts: nested, of every type",
        events(_NESTED),
        said(choice(finish="STOP"), tools=[("cook", _NESTED_SAID)], **_FIGURES),
    ),
    _gemini(
        "arguments in parts: no empty part at the end, and a whole call before",
        events(
            [
                _chunk({"name": "now"}),
                _chunk(_opening("add")),
                _chunk(_part("$.items[0].price", numberValue=2)),
                _chunk(_part("$.items[1].price", numberValue=0.3, more=False)),
                {
                    "candidates": [{"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": "STOP"}],
                    "usageMetadata": _COUNTED,
                    "modelVersion": "gemini-x",
                    "responseId": "r1",
                },
            ]
        ),
        said(
            choice(finish="STOP"),
            tools=[("now", {}), ("add", {"items": [{"price": 2}, {"price": 0.3}]})],
            **_FIGURES,
        ),
    ),
    _gemini(
        "arguments in parts: several in one chunk, the first beside the name, after a thought",
        events(
            [
                {
                    "candidates": [
                        {"content": {"role": "model", "parts": [{"text": "Small, brown.", "thought": True}]}}
                    ],
                    "usageMetadata": {"trafficType": "ON_DEMAND"},
                    "modelVersion": "gemini-x",
                },
                _chunk({**_opening("find_bird"), "id": "call-1", **_part("$.place", stringValue="old wall")}),
                _chunk(_part("$.limit", numberValue=3), _part("$.near", boolValue=True, more=False), finish="STOP"),
            ]
        ),
        said(
            choice(reasoning="Small, brown.", finish="STOP"),
            tools=[("find_bird", {"place": "old wall", "limit": 3, "near": True})],
            **_FIGURES,
        ),
    ),
    _gemini(
        "arguments in parts: as the Python SDK writes them",
        lines(
            [
                {
                    "candidates": [
                        {
                            "content": {
                                "role": "model",
                                "parts": [{"function_call": {"name": "find_bird", "will_continue": True}}],
                            },
                            "finish_reason": None,
                        }
                    ],
                    "model_version": "gemini-x",
                },
                {
                    "candidates": [
                        {
                            "content": {
                                "role": "model",
                                "parts": [
                                    {
                                        "function_call": {
                                            "args": None,
                                            "name": None,
                                            "partial_args": [
                                                {
                                                    "json_path": "$.place",
                                                    "string_value": "old wall",
                                                    "number_value": None,
                                                    "bool_value": None,
                                                    "null_value": None,
                                                    "will_continue": None,
                                                }
                                            ],
                                            "will_continue": None,
                                        }
                                    }
                                ],
                            },
                            "finish_reason": "STOP",
                        }
                    ],
                    "usage_metadata": {
                        "prompt_token_count": 26,
                        "candidates_token_count": 23,
                        "total_token_count": 60,
                        "thoughts_token_count": 11,
                    },
                    "model_version": "gemini-x",
                },
            ]
        ),
        said(choice(finish="STOP"), tools=[("find_bird", {"place": "old wall"})], **_FIGURES),
    ),
    _gemini(
        "a call that came whole",
        whole(_chunk({"name": "find_bird", "args": {"place": "old wall"}}, finish="STOP")),
        said(choice(finish="STOP"), tools=[("find_bird", {"place": "old wall"})], **_FIGURES),
    ),
)
