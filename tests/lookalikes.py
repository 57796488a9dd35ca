"""What looks like a defect and is none: what each rule calls legal, put into a good stream at a random place.

The counterpart of `mutations`: a stream and a source of chance in, a stream out of which the rule may make nothing, or no
more than ``severity`` says; None where a stream has no room for it. Nothing of recexplore.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

from mutations import (
    CHAT,
    COMPLETIONS,
    RESPONSES,
    Tape,
    _blank,
    _calls,
    _chat_choices,
    _delta,
    _is_alone,
    _is_marked,
    _joined,
    _lane,
    _n_answers,
    _openings,
    _planted,
    _retell,
    _tool,
    _usage_chunk,
    _with_logprobs,
    as_wire,
    finishes,
    framed,
    slots,
    timed,
)


@dataclass(frozen=True)
class Legal:
    """A stream about which a rule has nothing to say; with ``severity``, no more than that."""

    tape: Tape
    severity: str | None = None


Resemble = Callable[[Tape, Random], Legal | None]


def not_streamed(tape: Tape, rng: Random) -> Legal | None:
    """Asked as a stream, answered as a whole."""
    if tape.dialect != CHAT or _n_answers(tape) != 1 or _calls(tape):
        return None
    made = tape.copy()
    message = {"role": "assistant", "content": _joined(slots(tape, "content"))}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    made.chunks = [{**_blank(tape), "object": "chat.completion", "choices": [choice]}]
    made.request["stream"], made.streaming, made.times = True, False, None
    return Legal(made)


def filter_error(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    _, each = rng.choice(list(_chat_choices(made)))
    each["content_filter_results"] = {
        "error": {"code": "content_filter_error", "message": "The contents are not filtered"}
    }
    return Legal(made, "note")


def error_is_null(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    for chunk in made.chunks:
        if isinstance(chunk, dict) and made.dialect in (CHAT, COMPLETIONS):
            chunk["error"] = rng.choice([None, {}, ""])
    return Legal(made)


def done_without_finish(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    for end in finishes(made):
        end.holder[end.key] = None
    if made.chunks[-1] != "[DONE]":
        made.chunks.append("[DONE]")
        made.times = None
    return Legal(made, "warning")


def ended_by_an_error(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    said = slots(made)
    if made.dialect not in (CHAT, COMPLETIONS) or not said:
        return None
    made.keep(rng.choice(said).chunk + 1)
    made.insert(len(made.chunks), {"error": {"message": "broke", "code": 500}})
    return Legal(made)


def ollama_without_reason(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != "ollama":
        return None
    made.chunks[-1].pop("done_reason", None)
    return Legal(made)


def nothing_after_finish(tape: Tape, rng: Random) -> Legal | None:
    """A report, a filter's result, an empty delta, or the same reason again."""
    made = tape.copy()
    ends = finishes(made)
    if made.dialect != CHAT or not ends:
        return None
    end = rng.choice(ends)
    same = end.holder[end.key]
    delta, reason = rng.choice(
        [({}, None), ({"content": ""}, None), ({"role": "assistant", "content": None}, None), ({}, same)]
    )
    aside = {"index": end.choice, "delta": delta, "finish_reason": reason}
    if rng.random() < 0.4:
        aside["content_filter_results"] = {"hate": {"filtered": False, "severity": "safe"}}
    made.insert(rng.randint(end.chunk + 1, len(made.chunks)), {**_blank(made), "choices": [aside]})
    return Legal(made)


def says_nothing_in_finish(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    ends = [end for end in finishes(made) if made.dialect == CHAT]
    if not ends:
        return None
    end = rng.choice(ends)
    end.holder["delta"] = rng.choice(
        [{}, {"content": ""}, {"content": None, "tool_calls": None}, {"role": "assistant"}]
    )
    return Legal(made)


_DOCUMENTED = {
    CHAT: (
        "stop",
        "length",
        "tool_calls",
        "content_filter",
        "function_call",
        "model_length",
        "insufficient_system_resource",
    ),
    COMPLETIONS: ("stop", "length", "content_filter"),
    "anthropic": ("end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"),
    "gemini": ("STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "PROHIBITED_CONTENT", "MALFORMED_FUNCTION_CALL"),
    "ollama": ("stop", "length", "load", "unload"),
    RESPONSES: ("completed", "incomplete", "failed", "cancelled"),
}


def documented_reason(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    for end in finishes(made):
        end.holder[end.key] = rng.choice(_DOCUMENTED[made.dialect])
    return Legal(made)


def nothing_filtered(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    safe = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}
    for _, each in _chat_choices(made):
        each["content_filter_results"] = rng.choice([safe, {}])
    return Legal(made)


def only_annotations(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    said = slots(made, "content")
    if made.dialect != CHAT or not said or _calls(made):
        return None
    for slot in said:
        slot.text = ""
    for number in {slot.choice for slot in said}:
        rng.choice([slot for slot in said if slot.choice == number]).holder["annotations"] = [{"type": "url_citation"}]
    return Legal(made)


def azure_opening(tape: Tape, rng: Random) -> Legal | None:
    """A first chunk with the prompt filter's results: no id, no model, no choice."""
    made = tape.copy()
    if made.dialect != CHAT or not slots(made):
        return None
    blank = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "usage": None}
    made.insert(0, {**blank, "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]})
    return Legal(made)


def role_is_null(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    for _, each in _chat_choices(made):
        if each.get("delta") and not each["delta"].get("role"):
            each["delta"]["role"] = None
    return Legal(made)


def other_turns(tape: Tape, rng: Random) -> Legal | None:
    """The choices take other turns; each keeps its own order."""
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS) or _n_answers(made) < 2:
        return None
    own = [
        at for at, chunk in enumerate(made.chunks) if isinstance(chunk, dict) and len(chunk.get("choices") or []) == 1
    ]
    lanes: dict[int, list[Any]] = {}
    for at in own:
        lanes.setdefault(made.chunks[at]["choices"][0]["index"], []).append(made.chunks[at])
    for at in own:
        lane = rng.choice([lane for lane in lanes.values() if lane])
        made.chunks[at] = lane.pop(0)
    return Legal(made)


def one_word_again_and_again(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = _lane(made, rng, "content", least=10)
    if lane is None or _is_marked(lane):
        return None
    word = rng.choice([" no", " 7", "ha"])
    for slot in lane:
        slot.text = word
    return Legal(made)


def some_words_twice(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = _lane(made, rng, "content", least=10)
    if lane is None or _is_marked(lane):
        return None
    for n in rng.sample(range(1, len(lane)), len(lane) // 6):
        lane[n].text = lane[n - 1].text
    pairs = sum(one.text == other.text for one, other in pairwise(lane))
    return Legal(made) if pairs <= len(lane) // 4 else None


def snapshot_beside(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT or _n_answers(made) != 1:
        return None
    said = ""
    for slot in slots(made, "content"):
        said += slot.text
        choice = made.chunks[slot.chunk]["choices"][0]
        choice["message"] = {"role": "assistant", "content": said}
    return Legal(made)


def same_text_otherwise(tape: Tape, rng: Random) -> Legal | None:
    """A chunk that says the same as the one before, but is another."""
    made = tape.copy()
    said = [slot for slot in slots(made) if made.dialect == CHAT and _is_alone(made, slot.chunk)]
    if not said:
        return None
    slot = rng.choice(said)
    again = deepcopy(made.chunks[slot.chunk])
    if rng.random() < 0.5:
        again["created"] = (again.get("created") or 0) + 1
    else:
        again["choices"][0]["logprobs"] = {"content": [{"token": slot.text, "logprob": -0.25, "bytes": None}]}
    made.insert(slot.chunk + 1, again)
    return Legal(made)


def chunk_with_a_reason(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT or not slots(made):
        return None
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    logprobs = {"content": [{"token": "a", "logprob": -1.0, "bytes": [97]}]}
    silent = {"index": 0, "delta": {}, "finish_reason": None, "logprobs": logprobs}
    aside = rng.choice([{"choices": [], "usage": usage}, {"choices": [silent]}])
    made.insert(rng.randint(1, len(made.chunks)), {**_blank(made), **aside})
    return Legal(made)


def delta_is_an_empty_object(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    _, each = rng.choice(list(_chat_choices(made)))
    each["delta"] = {}
    return Legal(made)


def no_arguments(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    opened = _openings(made)
    if not opened:
        return None
    _, choice, first = rng.choice(opened)
    for _, number, call in _calls(made):
        if number == choice and call.get("index") == first.get("index"):
            call["function"]["arguments"] = rng.choice(["", None])
    return Legal(made)


def custom_tool(tape: Tape, rng: Random) -> Legal | None:
    """A custom tool takes text."""
    made = tape.copy()
    opened = _openings(made)
    if not opened:
        return None
    _, choice, first = rng.choice(opened)
    for _, number, call in _calls(made):
        if number == choice and call.get("index") == first.get("index"):
            function = call.pop("function", None) or {}
            text = "SELECT 1" if call is first else " + 1"
            call["type"], call["custom"] = "custom", {"name": function.get("name"), "input": text}
    return Legal(made)


def arguments_cut(tape: Tape, rng: Random) -> Legal | None:
    """The answer was cut, or broke off: that is told instead."""
    made = tape.copy()
    with_arguments = [(at, call) for at, _, call in _calls(made) if (call.get("function") or {}).get("arguments")]
    if not with_arguments:
        return None
    at, _ = rng.choice(with_arguments)
    if rng.random() < 0.5:
        made.keep(at)
        return Legal(made) if slots(made) or _calls(made) else None
    for later, call in with_arguments:
        if later >= at:
            call["function"]["arguments"] = ""
    for end in finishes(made):
        end.holder[end.key] = "length"
    return Legal(made)


def id_again(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if not _calls(made):
        return None
    ids = {(choice, call.get("index")): call.get("id") for _, choice, call in _openings(made)}
    opened = [id(call) for _, _, call in _openings(made)]
    again = rng.random() < 0.5
    for _, choice, call in _calls(made):
        if id(call) not in opened:
            call["id"] = ids[choice, call.get("index")] if again else rng.choice(["", None])
            call["function"]["name"] = rng.choice(["", None])
    return Legal(made)


def function_call(tape: Tape, rng: Random) -> Legal | None:
    """The predecessor of tool calls has no id."""
    made = tape.copy()
    if not _openings(made):
        return None
    for _, each in _chat_choices(made):
        calls = _delta(each).pop("tool_calls", None)
        if calls and calls[0].get("index") == 0:
            each["delta"]["function_call"] = calls[0]["function"]
    for end in finishes(made):
        end.holder[end.key] = "function_call"
    return Legal(made)


def forced_tool(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    opened = _openings(made)
    if not opened:
        return None
    name = opened[0][2]["function"]["name"]
    made.request["tool_choice"] = rng.choice(["required", {"type": "function", "function": {"name": name}}])
    for end in finishes(made):
        end.holder[end.key] = "stop"
    return Legal(made)


def no_tools_declared(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if not _openings(made):
        return None
    if rng.random() < 0.5:
        made.request["tools"] = []
    else:
        made.request.pop("tools", None)
    _openings(made)[0][2]["function"]["name"] = "whatever"
    return Legal(made)


def talks_of_tools(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = _lane(made, rng, "content")
    if made.dialect != CHAT or lane is None or _calls(made):
        return None
    made.request["tools"] = [_tool("get_weather"), _tool("add")]
    call = '{"name": "add", "parameters": {"a": 1}}'
    if rng.random() < 0.4:
        made.request["response_format"] = {"type": "json_object"}
        _retell(rng, lane, call)
        return Legal(made)
    said = (
        f"```json\n{call}\n```",
        f"You could call add like this: {call}",
        "I would use get_weather for that.",
        '{"city": "Oslo", "degrees": 4}',
        '{"name": "Anna", "parameters": {}}',
        "[1, 2, 3]",
        "add (two numbers)",
        "x = add(a=1), they say",
    )
    _retell(rng, lane, rng.choice(said))
    return Legal(made)


def call_marker_in_quotes(tape: Tape, rng: Random) -> Legal | None:
    """The answer explains how models call tools; the request asked for it."""
    made = tape.copy()
    lane = _lane(made, rng, "content")
    if made.dialect != CHAT or lane is None or _calls(made):
        return None
    made.request["tools"] = [_tool("add")]
    made.request.setdefault("messages", []).append({"role": "user", "content": "What does <tool_call> mean?"})
    _retell(rng, lane, "Such models write <tool_call> before a call.")
    return Legal(made)


def no_token(tape: Tape, rng: Random) -> Legal | None:
    what = rng.choice(
        ["<|file-3Xk2|>", "<|", "|>", "a <| b |> c", "<| |>", "< |end| >", "<end>", "[inst]", "|message|", "<turn>"]
    )
    found = _planted(tape, rng, what, "content")
    return found and Legal(found.tape)


def token_that_was_asked_about(tape: Tape, rng: Random) -> Legal | None:
    token = rng.choice(
        ["<|im_start|>", "<|eot_id|>", "<|python_tag|>", "[INST]", "<start_of_turn>", "<｜tool▁calls▁begin｜>"]
    )
    found = _planted(tape, rng, token, "content", "reasoning")
    if found is None or found.tape.dialect != CHAT:
        return None
    found.tape.request.setdefault("messages", []).append({"role": "user", "content": f"What does {token} mean?"})
    return Legal(found.tape, "note")


def other_alphabets(tape: Tape, rng: Random) -> Legal | None:
    """Characters of any plane, and one that a chunk's border cuts in two."""
    if rng.random() < 0.6:
        found = _planted(
            tape, rng, rng.choice(["😀", "日本語", "é́", "👩‍👩‍👧", "\ufffc", "\ufeff", "\u202e", "𝔘"]), "content"
        )
        return found and Legal(found.tape)
    made = tape.copy()
    lane = _lane(made, rng, "content", least=2)
    if lane is None or made.dialect != CHAT:
        return None
    at = rng.randint(0, len(lane) - 2)
    lane[at].text += "\ud83d"
    lane[at + 1].text = "\ude00" + lane[at + 1].text
    return Legal(made)


def replacement_in_request(tape: Tape, rng: Random) -> Legal | None:
    found = _planted(tape, rng, "\ufffd", "content")
    if found is None or found.tape.dialect != CHAT:
        return None
    found.tape.request.setdefault("messages", []).append({"role": "user", "content": "What is \ufffd?"})
    return Legal(found.tape)


def json_as_asked(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = _lane(made, rng, "content", least=2)
    if made.dialect != CHAT or lane is None or _n_answers(made) != 1 or _calls(made):
        return None
    made.request["response_format"] = {"type": "json_object"}
    good = json.dumps(
        {"answer": [1, None, "ü"], "say": '"quoted"'}, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1])
    )
    before = rng.choice(["", "\n ", "<think>I think {so}.</think>\n"])
    _retell(rng, lane, before + good + rng.choice(["", "\n\n"]))
    return Legal(made)


def rulers(tape: Tape, rng: Random) -> Legal | None:
    what = (
        "-" * 80,
        "=" * 40,
        "|---" * 20,
        "_ " * 30,
        "*" * 50,
        "\n" + " " * 28,
        "ab" * 9,
        "· " * 40,
        "| --- | :---: " * 10,
    )
    found = _planted(tape, rng, rng.choice(what), "content")
    return found and (None if "  " in _joined(slots(found.tape)) else Legal(found.tape))


def quoted_tags(tape: Tape, rng: Random) -> Legal | None:
    if _is_marked(slots(tape)):
        return None
    found = _planted(
        tape, rng, rng.choice(["`<think>`", '"</think>"', "'<reasoning>'", "< think >", "<thinks>"]), "content"
    )
    return found and Legal(found.tape)


def only_a_closing_tag(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = _lane(made, rng, "content", least=3)
    if lane is None or _is_marked(lane) or slots(made, "reasoning"):
        return None
    lane[rng.randint(0, len(lane) - 1)].text += "</think>"
    return Legal(made)


def cut_while_thinking(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = _lane(made, rng, "content", least=3)
    if lane is None or _is_marked(lane) or made.dialect not in (CHAT, COMPLETIONS):
        return None
    lane[0].text = "<think>" + lane[0].text
    for end in finishes(made):
        end.holder[end.key] = "length"
    return Legal(made)


def one_whole_pair(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = _lane(made, rng, "content", least=3)
    if lane is None or _is_marked(lane):
        return None
    lane[0].text = "<think>" + lane[0].text
    lane[rng.randint(0, len(lane) - 1)].text += "</think>"
    return Legal(made)


def reasoning_details(tape: Tape, rng: Random) -> Legal | None:
    """OpenRouter tells the text once, and once more with its format."""
    made = tape.copy()
    lane = _lane(made, rng, "content", least=2) if made.dialect == CHAT else None
    if lane is None:
        return None
    for slot in lane[: rng.randint(1, len(lane))]:
        text, slot.holder["content"] = slot.text, ""
        slot.holder["reasoning"] = text
        slot.holder["reasoning_details"] = [{"type": "reasoning.text", "text": text, "format": None, "index": 0}]
    return Legal(made)


def hidden_reasoning(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    at = _usage_chunk(made)
    if at is None or made.dialect != CHAT or slots(made, "reasoning") or _is_marked(slots(made)):
        return None
    made.chunks[at]["usage"]["completion_tokens_details"] = {"reasoning_tokens": rng.randint(0, 9)}
    return Legal(made)


def broke_before_usage(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    ends = finishes(made)
    if made.dialect not in (CHAT, COMPLETIONS) or not ends:
        return None
    made.request["stream_options"] = {"include_usage": True}
    for chunk in made.chunks:
        if isinstance(chunk, dict):
            chunk["usage"] = None
            chunk.pop("x_groq", None)
    made.keep(rng.randint(1, ends[0].chunk))
    return Legal(made)


def continuous_usage(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT or _usage_chunk(made) is not None:
        return None
    made.request["stream_options"] = {"include_usage": True, "continuous_usage_stats": True}
    for n, chunk in enumerate(made.chunks):
        if isinstance(chunk, dict):
            chunk["usage"] = {"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n}
    return Legal(made)


def tokens_on_top(tape: Tape, rng: Random) -> Legal | None:
    """Reasoning, tools or citations that are counted beside prompt and completion, and named."""
    made = tape.copy()
    if made.dialect != CHAT or not slots(made):
        return None
    n, more = len(slots(made)) + 5, rng.randint(1, 40)
    usage: dict[str, Any] = {"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n + more}
    usage |= rng.choice([{"completion_tokens_details": {"reasoning_tokens": more}}, {"tool_tokens": more}])
    for chunk in made.chunks:
        if isinstance(chunk, dict):
            chunk["usage"] = None
    made.insert(len(made.chunks) - (made.chunks[-1] == "[DONE]"), {**_blank(made), "choices": [], "usage": usage})
    return Legal(made)


def short_by_a_token(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    told = _with_logprobs(made)
    if len(told) < 4:
        return None
    for _, each in told[-rng.randint(1, 2) :]:
        each["logprobs"] = None
    return Legal(made)


def bytes_of_half_characters(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    told = _with_logprobs(made)
    if not told:
        return None
    _, each = rng.choice(told)
    parts = "é".encode()
    each["delta"]["content"] += "é"
    each["logprobs"]["content"] += [{"token": "\\xc3", "logprob": -1.0, "bytes": [part]} for part in parts]
    return Legal(made)


def created_later(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    first = rng.randint(1, len(made.chunks))
    for at, chunk in enumerate(made.chunks):
        if isinstance(chunk, dict):
            chunk["created"] = 0 if at < first else 1_700_000_000
    return Legal(made)


def dated_model(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS):
        return None
    served = next((chunk["model"] for chunk in made.chunks if isinstance(chunk, dict) and chunk.get("model")), None)
    if served is None:
        return None
    named = f"{served}{rng.choice(['-2025-04-14', '-20250414', '@20250414', '-latest', ''])}"
    made.request["model"] = rng.choice(["", "openai/", "accounts/fireworks/models/"]) + served
    for chunk in made.chunks:
        if isinstance(chunk, dict) and chunk.get("model"):
            chunk["model"] = named
    return Legal(made)


def endpoint_of_its_own(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    own = {CHAT: "/openai/deployments/x/chat/completions", "anthropic": "/v1/messages", RESPONSES: "/v1/responses"}
    made.endpoint = rng.choice(["/invoke", "/v1/agents/run", None, own.get(made.dialect)])
    made.url = None
    return Legal(made)


def pings(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != "anthropic":
        return None
    for _ in range(rng.randint(1, 5)):
        made.chunks.insert(rng.randint(1, len(made.chunks) - 1), {"type": rng.choice(["ping", "something_new"])})
    if rng.random() < 0.3:
        made.keep(rng.randint(2, len(made.chunks) - 1))
        made.chunks.append({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    return Legal(made)


def new_events(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != RESPONSES:
        return None
    for _ in range(rng.randint(1, 5)):
        made.chunks.insert(rng.randint(1, len(made.chunks) - 1), {"type": "response.something.new", "detail": 1})
    step = rng.randint(1, 3)
    for n, chunk in enumerate(made.chunks):
        chunk["sequence_number"] = n * step
    return Legal(made)


def comments(tape: Tape, rng: Random) -> Legal | None:
    made = as_wire(tape)
    if made is None:
        return None
    named = made.dialect not in (CHAT, COMPLETIONS)
    blocks = [framed([chunk], named=named) for chunk in made.chunks]
    for _ in range(rng.randint(1, 6)):
        words = (b": keep-alive\n\n", b":\n\n", b": OPENROUTER PROCESSING\n\n", b"retry: 3000\n\n", b"\n")
        blocks.insert(rng.randint(0, len(blocks)), rng.choice(words))
    if named and rng.random() < 0.5:
        blocks.append(b"data: [DONE]\n\n")
    made.framed = b"".join(blocks)
    return Legal(made)


def slow(tape: Tape, rng: Random) -> Legal | None:
    """A late beginning, a slow pace, or a wait that may be the network's."""
    made = timed(tape, rng)
    if made is None or made.times is None:
        return None
    said = sorted({slot.chunk for slot in slots(made)})
    how = rng.random()
    if how < 0.4:
        wait = rng.uniform(1, 30)
        made.times[said[0] :] = [time + wait for time in made.times[said[0] :]]
    elif how < 0.7:
        made.times = [time * 30 for time in made.times]
    else:
        at = rng.choice(said)
        made.times[at:] = [time + 0.18 for time in made.times[at:]]
    return Legal(made)


def a_few_together(tape: Tape, rng: Random) -> Legal | None:
    made = timed(tape, rng)
    if made is None or made.times is None:
        return None
    said = sorted({slot.chunk for slot in slots(made)})
    first = rng.randint(1, len(said) - 8)
    last = said[first + rng.randint(1, 6)]
    for at in range(said[first], last):
        made.times[at] = made.times[last]
    return Legal(made)


LOOKALIKES: dict[str, tuple[Resemble, ...]] = {
    "recorded-exception": (not_streamed,),
    "inband-error": (filter_error, error_is_null),
    "no-finish": (done_without_finish, ended_by_an_error, ollama_without_reason),
    "after-finish": (nothing_after_finish, other_turns),
    "payload-in-finish": (says_nothing_in_finish,),
    "finish-value": (documented_reason,),
    "filtered": (nothing_filtered,),
    "empty-answer": (only_annotations,),
    "role-missing": (azure_opening, other_turns),
    "role-repeated": (role_is_null,),
    "choice-index": (other_turns, azure_opening),
    "choice-bleed": (other_turns, azure_opening),
    "stutter": (one_word_again_and_again, some_words_twice),
    "cumulative-delta": (snapshot_beside,),
    "dup-chunk": (same_text_otherwise,),
    "empty-chunk": (azure_opening, chunk_with_a_reason),
    "delta-missing": (delta_is_an_empty_object,),
    "tool-args": (no_arguments, custom_tool, arguments_cut),
    "tool-merged": (id_again,),
    "tool-id": (id_again, function_call),
    "tool-finish": (forced_tool,),
    "tool-unknown": (no_tools_declared,),
    "tool-as-text": (talks_of_tools, call_marker_in_quotes),
    "special-token": (no_token, token_that_was_asked_about),
    "unicode": (other_alphabets, replacement_in_request),
    "json-format": (json_as_asked,),
    "loop": (rulers,),
    "think-tags": (quoted_tags,),
    "think-orphan": (only_a_closing_tag, cut_while_thinking, quoted_tags),
    "think-fragmented": (one_whole_pair,),
    "think-duplicate": (reasoning_details,),
    "think-usage": (hidden_reasoning,),
    "usage-missing": (broke_before_usage,),
    "usage-repeated": (continuous_usage,),
    "usage-arith": (tokens_on_top,),
    "logprobs": (short_by_a_token, bytes_of_half_characters),
    "id-drift": (azure_opening, created_later),
    "model-drift": (azure_opening, dated_model),
    "dialect-mismatch": (endpoint_of_its_own,),
    "anthropic-lifecycle": (pings,),
    "responses-lifecycle": (new_events,),
    "sse-frame": (comments,),
    "stall": (slow,),
    "burst": (a_few_together,),
}
"""What each rule has to let pass."""
