"""Servers that generate text: watsonx, Hugging Face's TGI, Replicate and Writer."""

from __future__ import annotations

from typing import Any

from independent_answers.answer import Answer, Api

__all__ = ["APIS"]


def _watsonx(chunk: Any, answer: Answer) -> None:
    """https://cloud.ibm.com/apidocs/watsonx-ai#text-generation-stream"""
    for place, result in enumerate(chunk.get("results") or []):
        answer.choice(place)
        answer.add("content", result["generated_text"], place)
        if result["stop_reason"] != "not_finished":
            answer.finish(result["stop_reason"], place)
        # The prompt is counted once, at the beginning of a stream; later events say 0.
        answer.report(result.get("input_token_count") or None, result.get("generated_token_count"))


def _tgi(chunk: Any, answer: Answer) -> None:
    """https://huggingface.github.io/text-generation-inference/: tokens, the last with the whole text once more."""
    if isinstance(chunk, list):  # what the server's root gives, and Hugging Face's older inference API
        for each in chunk:
            _tgi(each, answer)
        return
    if token := chunk.get("token"):
        answer.choice()
        answer.add("content", "" if token["special"] else token["text"])
    else:
        answer.add("content", chunk.get("generated_text"))
    if details := chunk.get("details"):
        answer.finish(details["finish_reason"])
        answer.report(details.get("input_length"), details["generated_tokens"])


def _replicate(chunk: Any, answer: Answer) -> None:
    """https://replicate.com/docs/topics/predictions/streaming: events are a name and a text; predictions are objects."""
    if isinstance(chunk, tuple):
        name, text = chunk
        if name == "output":
            answer.add("content", text)
        elif name == "done":
            answer.finish({'{"reason":"canceled"}': "canceled", '{"reason":"error"}': "error"}.get(text))
        return
    output = chunk.get("output")
    answer.add("content", "".join(output) if isinstance(output, list) else output)
    if chunk["status"] in ("succeeded", "failed", "canceled"):
        answer.finish(chunk["status"])
    metrics = chunk.get("metrics") or {}
    if "input_token_count" in metrics:
        answer.report(metrics["input_token_count"], metrics["output_token_count"])


def _writer(chunk: Any, answer: Answer) -> None:
    """https://dev.writer.com/home/streaming"""
    answer.choice()
    answer.add("content", chunk["value"])


APIS = {
    "watsonx": Api(lambda chunk: "generated_text" in ((chunk.get("results") or [{}])[0]), _watsonx),
    "tgi": Api(lambda chunk: "generated_text" in chunk, _tgi),
    "replicate": Api(lambda chunk: {"urls", "status", "version"} <= chunk.keys(), _replicate),
    "writer": Api(lambda chunk: chunk.keys() == {"value"}, _writer),
}
