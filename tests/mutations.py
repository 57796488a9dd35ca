"""One defect a rule, put into a good stream at a random place; and what only looks like one.

Takes a `Tape` (a stream as plain JSON) and a source of chance, gives another with the defect and says where it is; None
where a stream has no room for it. It asks nothing of recexplore: what a rule should say is known because it was done here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from random import Random
from typing import Any

from dialect_kit import WRONG, places, put

CHAT = "openai_chat"
COMPLETIONS = "openai_completions"
RESPONSES = "openai_responses"


@dataclass
class Tape:
    """A stream as it was recorded, and all that stood around it."""

    name: str
    dialect: str
    chunks: list[Any]
    request: dict[str, Any] = field(default_factory=dict)
    endpoint: str | None = None
    url: str | None = None
    streaming: bool = True
    response: dict[str, Any] = field(default_factory=dict)
    times: list[float] | None = None
    framed: bytes | None = None

    def copy(self) -> Tape:
        return replace(
            self,
            chunks=deepcopy(self.chunks),
            request=deepcopy(self.request),
            response=dict(self.response),
            times=None if self.times is None else list(self.times),
        )

    def insert(self, at: int, chunk: Any) -> None:
        self.chunks.insert(at, chunk)
        if self.times is not None:
            self.times.insert(at, self.times[min(at, len(self.times) - 1)])

    def keep(self, n: int) -> None:
        del self.chunks[n:]
        if self.times is not None:
            del self.times[n:]


@dataclass(frozen=True)
class Mutant:
    """A stream with a defect: the chunks that a finding has to reach (None: it concerns the whole recording), the choice,
    and how bad it should be called."""

    tape: Tape
    at: tuple[int, ...] | None
    choice: int | None = None
    severity: str | None = None
    exact: bool = True


@dataclass
class Slot:
    """Where a piece of text stands."""

    chunk: int
    choice: int
    kind: str
    holder: dict[str, Any]
    key: str

    @property
    def text(self) -> str:
        return str(self.holder[self.key])

    @text.setter
    def text(self, text: str) -> None:
        self.holder[self.key] = text


Inject = Callable[[Tape, Random], Mutant | None]

_CHAT_TEXT = (("content", "content"), ("reasoning_content", "reasoning"), ("reasoning", "reasoning"))


def _chat_choices(tape: Tape) -> Iterator[tuple[int, dict[str, Any]]]:
    for at, chunk in enumerate(tape.chunks):
        if isinstance(chunk, dict):
            for choice in chunk.get("choices") or []:
                if isinstance(choice, dict):
                    yield at, choice


def _delta(choice: dict[str, Any]) -> dict[str, Any]:
    return choice.get("delta") or {}


def slots(tape: Tape, *kinds: str, choice: int | None = None) -> list[Slot]:
    """Every piece of text that is not empty."""
    found = [slot for slot in _slots(tape) if isinstance(slot.holder.get(slot.key), str) and slot.text]
    return [slot for slot in found if (not kinds or slot.kind in kinds) and (choice is None or slot.choice == choice)]


def _slots(tape: Tape) -> Iterator[Slot]:
    if tape.dialect == CHAT:
        for at, choice in _chat_choices(tape):
            for key, kind in _CHAT_TEXT:
                yield Slot(at, choice.get("index") or 0, kind, _delta(choice), key)
    elif tape.dialect == COMPLETIONS:
        for at, choice in _chat_choices(tape):
            yield Slot(at, choice.get("index") or 0, "content", choice, "text")
    for at, chunk in enumerate(tape.chunks if tape.dialect not in (CHAT, COMPLETIONS) else ()):
        if not isinstance(chunk, dict):
            continue
        if tape.dialect == "anthropic" and chunk.get("type") == "content_block_delta":
            yield Slot(at, 0, "content", chunk["delta"], "text")
            yield Slot(at, 0, "reasoning", chunk["delta"], "thinking")
        elif tape.dialect == RESPONSES and str(chunk.get("type")).endswith(("text.delta",)):
            kind = "content" if chunk["type"] == "response.output_text.delta" else "reasoning"
            yield Slot(at, 0, kind, chunk, "delta")
        elif tape.dialect == "gemini":
            for candidate in chunk.get("candidates") or []:
                for part in (candidate.get("content") or {}).get("parts") or []:
                    yield Slot(
                        at, candidate.get("index") or 0, "reasoning" if part.get("thought") else "content", part, "text"
                    )
        elif tape.dialect == "ollama":
            where = chunk.get("message") if isinstance(chunk.get("message"), dict) else chunk
            yield Slot(at, 0, "reasoning", where, "thinking")
            yield Slot(at, 0, "content", where, "content" if where is not chunk else "response")


@dataclass(frozen=True)
class Finish:
    chunk: int
    choice: int
    holder: dict[str, Any]
    key: str


def finishes(tape: Tape) -> list[Finish]:
    """Where each choice says why it ended."""
    found = []
    if tape.dialect in (CHAT, COMPLETIONS):
        found = [Finish(at, choice.get("index") or 0, choice, "finish_reason") for at, choice in _chat_choices(tape)]
    for at, chunk in enumerate(tape.chunks if not found else ()):
        if not isinstance(chunk, dict):
            continue
        if tape.dialect == "anthropic" and chunk.get("type") == "message_delta":
            found.append(Finish(at, 0, chunk["delta"], "stop_reason"))
        elif tape.dialect == RESPONSES and chunk.get("type") == "response.completed":
            found.append(Finish(at, 0, chunk["response"], "status"))
        elif tape.dialect == "gemini":
            for candidate in chunk.get("candidates") or []:
                key = "finish_reason" if "finish_reason" in candidate else "finishReason"
                found.append(Finish(at, candidate.get("index") or 0, candidate, key))
        elif tape.dialect == "ollama" and chunk.get("done"):
            found.append(Finish(at, 0, chunk, "done_reason"))
    return [each for each in found if each.holder.get(each.key)]


def choices_of(tape: Tape) -> list[int]:
    return sorted({slot.choice for slot in slots(tape)} | {each.choice for each in finishes(tape)})


def _n_answers(tape: Tape) -> int:
    if tape.dialect in (CHAT, COMPLETIONS):
        return len({choice.get("index") for _, choice in _chat_choices(tape)})
    return len(choices_of(tape))


def _lane(tape: Tape, rng: Random, *kinds: str, least: int = 1) -> list[Slot] | None:
    """The pieces of one choice's text of one kind."""
    lanes: dict[tuple[int, str], list[Slot]] = {}
    for slot in slots(tape, *kinds):
        lanes.setdefault((slot.choice, slot.kind), []).append(slot)
    fit = [lane for lane in lanes.values() if len(lane) >= least]
    return rng.choice(fit) if fit else None


def _retell(rng: Random, lane: list[Slot], text: str, at: int = 0, end: int = 0) -> tuple[int, ...]:
    """Say the text in as many pieces, cut anywhere; gives the chunks that hold its characters from ``at`` to ``end``."""
    borders = sorted(rng.sample(range(len(text) + 1), min(len(lane) - 1, len(text) + 1)))
    borders += [len(text)] * (len(lane) - 1 - len(borders))
    for slot, start, stop in zip(lane, [0, *borders], [*borders, len(text)], strict=True):
        slot.text = text[start:stop]
    return _reached(lane, at, end)


def _reached(lane: list[Slot], start: int, end: int) -> tuple[int, ...]:
    ends = list(accumulate(len(slot.text) for slot in lane))
    touched = [
        slot.chunk
        for slot, stop in zip(lane, ends, strict=True)
        if stop - len(slot.text) < end and stop > start and slot.text
    ]
    return (touched[0], touched[-1]) if touched else ()


def _joined(lane: list[Slot]) -> str:
    return "".join(slot.text for slot in lane)


_MARKS = ("think", "reasoning", "thought", "<", "[")


def _is_marked(lane: list[Slot]) -> bool:
    """Whether a text may hold tags of its own: what is said of it is then said of its parts."""
    return any(mark in _joined(lane).lower() for mark in _MARKS)


def _planted(tape: Tape, rng: Random, what: str, *kinds: str, glued: bool = False) -> Mutant | None:
    """The stream with something in one of its texts, cut by chunks as chance will have it, or whole in one."""
    made = tape.copy()
    lane = _lane(made, rng, *kinds)
    if lane is None:
        return None
    if rng.random() < 0.5:
        text = _joined(lane)
        at = rng.randint(0, len(text))
        places = _retell(rng, lane, text[:at] + what + text[at:], at, at + len(what))
    else:
        slot = rng.choice(lane)
        at = rng.randint(0, len(slot.text))
        slot.text = slot.text[:at] + what + slot.text[at:]
        places = (slot.chunk,)
    return Mutant(made, places, lane[0].choice, exact=False)


def _is_alone(tape: Tape, at: int) -> bool:
    """Whether a chunk speaks for one choice only."""
    return len(tape.chunks[at].get("choices") or tape.chunks[at].get("candidates") or [0]) == 1


def _calls(tape: Tape) -> list[tuple[int, int, dict[str, Any]]]:
    """The fragments of tool calls of chat: chunk, choice, fragment."""
    if tape.dialect != CHAT:
        return []
    return [
        (at, choice.get("index") or 0, call)
        for at, choice in _chat_choices(tape)
        for call in _delta(choice).get("tool_calls") or []
        if isinstance(call, dict)
    ]


def _openings(tape: Tape) -> list[tuple[int, int, dict[str, Any]]]:
    """The first fragment of each call."""
    seen: dict[tuple[int, Any], tuple[int, int, dict[str, Any]]] = {}
    for at, choice, call in _calls(tape):
        seen.setdefault((choice, call.get("index")), (at, choice, call))
    return list(seen.values())


def _usage_chunk(tape: Tape) -> int | None:
    return next(
        (at for at, chunk in enumerate(tape.chunks) if isinstance(chunk, dict) and type(chunk.get("usage")) is dict),
        None,
    )


# --- failures ------------------------------------------------------------------------------------------------------------


def recorded_exception(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    status = rng.choice([400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503, None])
    made.response = {
        "is_exception": True,
        "exception_data": {"type": "SomeError", "message": "it failed", **({"status_code": status} if status else {})},
        "exception_message": "it failed",
    }
    if rng.random() < 0.5:
        made.chunks, made.streaming, made.times = [], False, None
        return Mutant(made, None, severity="warning" if status in (400, 413, 415, 422) else "error")
    said = slots(made)
    if len(said) < 2:
        return None
    made.keep(rng.choice(said[1:]).chunk + 1)
    return Mutant(made, (len(made.chunks) - 1,), severity="error")


def inband_error(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    error = {"message": "upstream broke", "type": "server_error", "code": rng.choice([500, "overloaded", None])}
    ends = finishes(made)
    if made.dialect == CHAT and ends and rng.random() < 0.4:
        end = rng.choice(ends)
        end.holder[end.key] = rng.choice(["error", "network_error", "insufficient_system_resource"])
        return Mutant(made, (end.chunk,), end.choice, "error")
    said = slots(made)
    if not said:
        return None
    chunk = {
        CHAT: {"error": error},
        COMPLETIONS: {"error": error},
        RESPONSES: {"type": "error", "code": "server_error", "message": "broke", "param": None, "sequence_number": 1},
        "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        "gemini": {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}},
        "ollama": {"error": "model runner has stopped"},
    }[made.dialect]
    at = rng.choice(said).chunk + 1
    if made.dialect == "ollama":
        # A clock that the chunk does not carry is no clock.
        made.chunks = made.chunks[:at]
    made.insert(at, chunk)
    if rng.random() < 0.5:
        made.keep(at + 1)
    return Mutant(made, (at,), severity="error")


# --- endings -------------------------------------------------------------------------------------------------------------


def no_finish(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = finishes(made)
    if not ends or not slots(made):
        return None
    if rng.random() < 0.3 and made.dialect in (CHAT, COMPLETIONS, "gemini"):
        end = rng.choice(ends)
        end.holder[end.key] = None
        last = max([slot.chunk for slot in slots(made, choice=end.choice)], default=end.chunk)
        severity = "warning" if "[DONE]" in made.chunks else "error"
        return Mutant(made, (), end.choice, severity) if last <= end.chunk else None
    end = rng.choice(ends)
    before = [slot.chunk for slot in slots(made, choice=end.choice) if slot.chunk < end.chunk]
    if not before:
        return None
    made.keep(rng.choice(before) + 1)
    return Mutant(made, (len(made.chunks) - 1,) if _n_answers(made) == 1 else (), end.choice, "error")


def after_finish(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = {end.choice: end for end in finishes(made)}
    if not ends:
        return None
    end = rng.choice(list(ends.values()))
    if rng.random() < 0.25 and made.dialect in (CHAT, COMPLETIONS):
        again = deepcopy(made.chunks[end.chunk])
        mine = next(choice for choice in again["choices"] if (choice.get("index") or 0) == end.choice)
        mine["finish_reason"] = "length" if mine["finish_reason"] != "length" else "stop"
        again["choices"] = [mine]
        at = rng.randint(end.chunk + 1, len(made.chunks))
        made.insert(at, again)
        return Mutant(made, (at,), end.choice, "error")
    mine = [
        slot.chunk for slot in slots(made, choice=end.choice) if slot.chunk < end.chunk and _is_alone(made, slot.chunk)
    ]
    if not mine:
        return None
    moved = made.chunks[rng.choice(mine)]
    made.chunks.remove(moved)
    last = len(made.chunks)
    if made.chunks[-1] == "[DONE]":
        last -= 1
    at = rng.randint(end.chunk, last)
    made.chunks.insert(at, moved)
    blank = not "".join(slot.text for slot in slots(made) if slot.chunk == at).strip()
    return Mutant(made, (at,), end.choice, None if blank else "error", exact=False)


def payload_in_finish(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = [end for end in finishes(made) if made.dialect == CHAT]
    if not ends:
        return None
    end = rng.choice(ends)
    before = [slot for slot in slots(made, choice=end.choice) if slot.chunk < end.chunk]
    if not before:
        return None
    last = before[-1]
    end.holder["delta"] = {**(end.holder.get("delta") or {}), last.key: last.text}
    last.text = ""
    return Mutant(made, (end.chunk,), end.choice, "note")


_REASONS = ("abort", "eos", "max_length", "STOP!", "end-turn", "tool_call", "finish", "null", "unknown")


def finish_value(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect == CHAT and rng.random() < 0.3:
        # One that stays in its place: a choice's deltas before its end.
        said = [(at, each) for at, each in _chat_choices(made) if each.get("finish_reason") is None]
        if said:
            at, each = rng.choice(said)
            each["finish_reason"] = ""
            return Mutant(made, (at,), each.get("index") or 0, "warning")
    ends = finishes(made)
    if not ends:
        return None
    end = rng.choice(ends)
    end.holder[end.key] = rng.choice(_REASONS)
    return Mutant(made, (end.chunk,), end.choice, "error")


_LENGTH = {"anthropic": "max_tokens", "gemini": "MAX_TOKENS", RESPONSES: "incomplete"}


def _asks_json(tape: Tape) -> bool:
    return any(tape.request.get(name) for name in ("response_format", "text", "generationConfig"))


def length_cut(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = finishes(made)
    if not ends:
        return None
    end = rng.choice(ends)
    severity = "warning"
    mine = [call for _, choice, call in _calls(made) if choice == end.choice]
    if mine:
        # The tail of the arguments is lost with the rest of the answer.
        mine[-1].setdefault("function", {})["arguments"] = ""
        severity = (
            "error" if not _whole([call for call in mine if call.get("index") == mine[-1].get("index")]) else severity
        )
        if severity != "error":
            return None
    elif _asks_json(made) or "code_interpreter" in json.dumps(made.chunks):
        return None
    elif made.dialect == CHAT and rng.random() < 0.3:
        made.request["response_format"] = {"type": "json_object"}
        severity = "error" if slots(made, "content", choice=end.choice) else "warning"
    end.holder[end.key] = _LENGTH.get(made.dialect, "length")
    if made.dialect == RESPONSES:
        made.chunks[end.chunk]["type"] = "response.incomplete"
        end.holder["incomplete_details"] = {"reason": "max_output_tokens"}
    return Mutant(made, (end.chunk,), end.choice, severity)


def _whole(fragments: list[dict[str, Any]]) -> bool:
    try:
        json.loads("".join((call.get("function") or {}).get("arguments") or "" for call in fragments) or "{}")
    except json.JSONDecodeError:
        return False
    return True


def filtered(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = finishes(made)
    if made.dialect == CHAT and rng.random() < 0.5:
        at, each = rng.choice(list(_chat_choices(made)))
        if rng.random() < 0.5 and each.get("delta"):
            each["delta"] = {**each["delta"], "refusal": "I cannot."}
        else:
            results = {
                "hate": {"filtered": False, "severity": "safe"},
                "violence": {"filtered": True, "severity": "high"},
            }
            each["content_filter_results"] = results
        return Mutant(made, (at,), each.get("index") or 0, "warning")
    if made.dialect == "gemini" and rng.random() < 0.4:
        made.chunks[0]["promptFeedback"] = {"blockReason": "SAFETY"}
        return Mutant(made, (0,), None, "warning")
    if not ends:
        return None
    end = rng.choice(ends)
    said = {"anthropic": "refusal", "gemini": rng.choice(["SAFETY", "RECITATION", "PROHIBITED_CONTENT"])}
    if made.dialect in (RESPONSES, "ollama"):
        return None
    end.holder[end.key] = said.get(made.dialect, "content_filter")
    return Mutant(made, (end.chunk,), end.choice, "warning")


_OTHERS = (
    *("server_tool_use", "tool_result", "mcp_tool", "redacted_thinking"),
    *("functionCall", '"function_call": {', "groundingChunks", "executableCode", "urlMetadata"),
)
"""Answers that are no text, and citations."""
_ENDED = ("stop", "end_turn", "completed", "STOP")


def empty_answer(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    ends = [end for end in finishes(made) if end.holder[end.key] in _ENDED]
    said = [slot.choice for slot in slots(made, "content")]
    ends = [end for end in ends if end.choice in said]
    if not ends or _calls(made) or made.dialect == RESPONSES:
        return None
    if any(word in json.dumps(made.chunks) for word in (*_OTHERS, '"annotations": [{')):
        return None
    end = rng.choice(ends)
    for slot in slots(made, "content", choice=end.choice):
        slot.text = ""
    return Mutant(made, (end.chunk,), end.choice, "warning")


# --- choices -------------------------------------------------------------------------------------------------------------


def role_missing(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    said = slots(made)
    if made.dialect != CHAT or not said:
        return None
    number = rng.choice([slot.choice for slot in said])
    mine = [(at, each) for at, each in _chat_choices(made) if (each.get("index") or 0) == number]
    named = [(at, each) for at, each in mine if _delta(each).get("role")]
    late = rng.random() < 0.4
    first = min(
        [slot.chunk for slot in said if slot.choice == number] + [at for at, n, _ in _calls(made) if n == number]
    )
    for _, each in named:
        if rng.random() < 0.5:
            del each["delta"]["role"]
        else:
            each["delta"]["role"] = None
    later = [each for at, each in mine if at > first and each.get("delta") is not None]
    if late and later:
        rng.choice(later)["delta"]["role"] = "assistant"
    return Mutant(made, (first,), number, "error" if _n_answers(made) > 1 else "warning")


def role_repeated(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    said = [(at, each) for at, each in _chat_choices(made) if isinstance(each.get("delta"), dict)]
    named = {each.get("index") for _, each in said if _delta(each).get("role")}
    first = {each.get("index"): at for at, each in reversed(said)}
    later = [(at, each) for at, each in said if each.get("index") in named and at > first[each.get("index")]]
    if not later:
        return None
    at, each = rng.choice(later)
    is_empty = rng.random() < 0.4
    each["delta"]["role"] = "" if is_empty else "assistant"
    return Mutant(made, (at,), each.get("index") or 0, "warning" if is_empty else "note")


def choice_index(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS, "gemini"):
        return None
    name = "candidates" if made.dialect == "gemini" else "choices"
    items = [
        (at, each) for at, chunk in enumerate(made.chunks) if isinstance(chunk, dict) for each in chunk.get(name) or []
    ]
    if len(items) < 5:
        return None
    numbers = sorted({each.get("index") or 0 for _, each in items})
    how = rng.random()
    if how < 0.35 and made.dialect == CHAT:
        for n, (_, each) in enumerate(items):
            each["index"] = n
        return Mutant(made, None, severity="error")
    if how < 0.6 and made.dialect == CHAT:
        # A choice too many, or one that was lost.
        if len(numbers) > 1 and rng.random() < 0.5:
            made.chunks = [
                chunk
                for chunk in made.chunks
                if not (
                    isinstance(chunk, dict) and any(each.get("index") == numbers[-1] for each in chunk.get(name) or [])
                )
            ]
        else:
            made.insert(items[-1][0] + 1, deepcopy(made.chunks[items[-1][0]]))
            extra = made.chunks[items[-1][0] + 1][name]
            extra[0]["index"], extra[1:] = len(numbers), []
        return Mutant(made, None, severity="error")
    moved, by = rng.choice(numbers), rng.randint(1, 5)
    new = numbers[-1] + by + (1 if moved != numbers[-1] else 0)
    for _, each in items:
        if (each.get("index") or 0) == moved:
            each["index"] = new
    if moved == numbers[-1] and len(numbers) == 1 and new == 0:
        return None
    first = next(at for at, each in items if each.get("index") == new)
    return Mutant(made, (first,), None, "error")


def choice_bleed(tape: Tape, rng: Random) -> Mutant | None:
    """The first pieces of one choice are said, word by word, between those of another, in one delta of it."""
    made = tape.copy()
    if made.dialect != CHAT or _n_answers(made) < 2:
        return None
    lanes = {number: slots(made, "content", choice=number) for number in choices_of(made)}
    lost = rng.choice([number for number, lane in lanes.items() if len(lane) >= 8] or [-1])
    others = [number for number, lane in lanes.items() if number != lost and len(lane) >= 8]
    if lost < 0 or not others:
        return None
    into = lanes[rng.choice(others)]
    n = rng.randint(4, len(lanes[lost]) - 3)
    head, rest = lanes[lost][:n], lanes[lost][n:]
    if not rest[0].text.lstrip()[:1].islower():
        return None
    before = [at for at, slot in enumerate(into) if slot.chunk < rest[0].chunk]
    if not before:
        return None
    place = rng.choice(before)
    mine = [slot.text for slot in into[place : place + n]]
    theirs = [slot.text for slot in head]
    mixed = []
    while mine or theirs:
        mixed.append((mine if not theirs or (mine and rng.random() < 0.5) else theirs).pop(0))
    usual = sorted(len(slot.text) for slot in into)[len(into) // 2]
    if len("".join(mixed)) < max(6 * usual, 30):
        return None
    into[place].text = "".join(mixed)
    for slot in into[place + 1 : place + n]:
        slot.text = ""
    for slot in head:
        slot.text = ""
    for _, each in _chat_choices(made):
        if each.get("index") == lost and each.get("delta"):
            each["delta"]["role"] = None
    return Mutant(made, (into[place].chunk,), into[place].choice, "error")


# --- deltas --------------------------------------------------------------------------------------------------------------


def stutter(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if _n_answers(made) != 1:
        return None
    lane = _lane(made, rng, "content", "reasoning", least=8)
    if lane is None or len({slot.text for slot in lane}) < 6 or _is_marked(lane):
        return None
    if any(one.text == other.text for one, other in pairwise(lane)):
        return None
    once = set(rng.sample([slot.chunk for slot in lane], rng.randint(0, len(lane) // 10)))
    twice = {slot.chunk for slot in lane} - once
    chunks, places = [], []
    for at, chunk in enumerate(made.chunks):
        chunks.append(chunk)
        if at in twice:
            chunks.append(deepcopy(chunk))
            places.append(len(chunks) - 1)
    made.chunks, made.times = chunks, None
    return Mutant(made, (places[0], places[-1]), lane[0].choice, "warning", exact=False)


def cumulative_delta(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = _lane(made, rng, "content", "reasoning", least=7)
    if lane is None or len(_joined(lane)) < 10 or _is_marked(lane):
        return None
    text = ""
    for slot in lane:
        text += slot.text
        slot.text = text
    return Mutant(made, (lane[0].chunk, lane[-1].chunk), lane[0].choice, "error", exact=False)


def dup_chunk(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    said = [slot for slot in slots(made) if _is_alone(made, slot.chunk)]
    ends = {end.chunk for end in finishes(made)}
    said = [slot for slot in said if slot.chunk not in ends and not _is_marked([slot])]
    if not said:
        return None
    slot = rng.choice(said)
    again = deepcopy(made.chunks[slot.chunk])
    if made.dialect == CHAT and again.get("obfuscation"):
        again["obfuscation"] = "other"
    made.insert(slot.chunk + 1, again)
    return Mutant(made, (slot.chunk + 1,), slot.choice, "note")


def _blank(tape: Tape) -> dict[str, Any]:
    """What every chunk of a chat stream carries, and nothing else."""
    first = next(chunk for chunk in tape.chunks if isinstance(chunk, dict) and chunk.get("choices"))
    heads = ("id", "object", "created", "model", "service_tier", "system_fingerprint")
    return {name: first[name] for name in heads if name in first}


def empty_chunk(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    said = slots(made)
    if made.dialect not in (CHAT, COMPLETIONS) or not said:
        return None
    slot = rng.choice(said)
    if rng.random() < 0.5:
        at = rng.randint(0, len(made.chunks))
        made.insert(at, {**_blank(made), "choices": []})
        return Mutant(made, (at,), None, "warning")
    nothing = rng.choice([{}, {"content": None}, {"content": ""}])
    empty = {
        "index": slot.choice,
        "finish_reason": None,
        **({"delta": nothing} if made.dialect == CHAT else {"text": ""}),
    }
    made.insert(slot.chunk + 1, {**_blank(made), "choices": [empty]})
    return Mutant(made, (slot.chunk + 1,), slot.choice, "note")


def delta_missing(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    at, each = rng.choice(list(_chat_choices(made)))
    if rng.random() < 0.5:
        each.pop("delta", None)
    else:
        each["delta"] = None
    each.pop("content_filter_results", None)
    aside = rng.random() < 0.4
    if aside:
        # What Azure's asynchronous filter sends.
        each["content_filter_offsets"] = {"check_offset": 0, "start_offset": 0, "end_offset": 9}
        each["content_filter_results"] = {"hate": {"filtered": False, "severity": "safe"}}
        each["finish_reason"] = None
    return Mutant(made, (at,), each.get("index") or 0, "note" if aside else "warning")


# --- tools ---------------------------------------------------------------------------------------------------------------


def tool_args(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    mine = [each for each in _calls(made) if (each[2].get("function") or {}).get("arguments")]
    if not mine:
        return None
    _, choice, call = rng.choice(mine)
    text = call["function"]["arguments"]
    how = rng.random()
    if how < 0.4:
        call["function"]["arguments"] = ""
    elif how < 0.8:
        cut = rng.randint(0, len(text))
        call["function"]["arguments"] = text[:cut] + rng.choice(["}", "]", ",,", '"x" ', "None"]) + text[cut:]
    else:
        others = [each for each in mine if each[1] == choice and each[2].get("index") == call.get("index")]
        for _, _, other in others:
            other["function"]["arguments"] = ""
        others[0][2]["function"]["arguments"] = rng.choice(["[1]", '"text"', "5", "null", "true"])
    every = [each for each in _calls(made) if each[1] == choice and each[2].get("index") == call.get("index")]
    joined = "".join((each[2].get("function") or {}).get("arguments") or "" for each in every)
    try:
        if not joined or isinstance(json.loads(joined), dict):
            return None
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return None  # that is another rule's
    return Mutant(made, (every[-1][0],), choice, "error", exact=False)


def tool_merged(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    numbers = sorted({call.get("index") for _, _, call in _calls(made)})
    if len(numbers) < 2:
        return None
    second = rng.choice(numbers[1:])
    opening = next(each for each in _openings(made) if each[2].get("index") == second)
    for _, _, call in _calls(made):
        if call.get("index") == second:
            call["index"] = second - 1
    if rng.random() < 0.4:
        opening[2]["id"] = None
        opening[2]["function"]["name"] = None
        first = next(each for each in _openings(made) if each[2].get("index") == second - 1)
        return Mutant(made, (first[0], opening[0]), opening[1], "error", exact=False)
    return Mutant(made, (opening[0],), opening[1], "error")


def tool_index(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    mine = _calls(made)
    if not mine:
        return None
    if rng.random() < 0.5:
        at, choice, call = rng.choice(mine)
        how = rng.choice(["gone", None, "0", 1.5])
        if how == "gone":
            call.pop("index", None)
        else:
            call["index"] = how
        return Mutant(made, (at,), choice, "warning", exact=False)
    number = rng.choice(sorted({call.get("index") for _, _, call in mine}))
    above = [call for _, _, call in mine if call.get("index") >= number]
    by = rng.randint(1, 3)
    for call in above:
        call["index"] += by
    highest = max(_openings(made), key=lambda each: each[2]["index"])
    return Mutant(made, (highest[0],), highest[1], "warning")


def tool_id(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    opened = _openings(made)
    if not opened:
        return None
    at, choice, first = rng.choice(opened)
    later = [each for each in _calls(made) if each[1] == choice and each[2].get("index") == first["index"]][1:]
    if later and rng.random() < 0.4:
        at, choice, call = rng.choice(later)
        call["id"] = "call_another"
        return Mutant(made, (at,), choice, "error")
    lost = rng.choice(["id", "name", "both"])
    if lost in ("id", "both"):
        first["id"] = rng.choice([None, ""])
    if lost in ("name", "both"):
        first["function"]["name"] = rng.choice([None, ""])
    return Mutant(made, (at,), choice, "error")


def tool_finish(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, "anthropic"):
        return None
    calling = "tool_calls" if made.dialect == CHAT else "tool_use"
    ends = finishes(made)
    called = {choice for _, choice, _ in _calls(made)}
    if made.dialect == "anthropic" and any('"tool_use"' in json.dumps(chunk) for chunk in made.chunks[:-3]):
        called = {0}
    end = rng.choice(ends) if ends else None
    if end is None or (end.choice in called and end.holder[end.key] != calling):
        return None
    if "tool_choice" in made.request or "server_tool_use" in json.dumps(made.chunks):
        return None
    end.holder[end.key] = ("stop" if made.dialect == CHAT else "end_turn") if end.choice in called else calling
    return Mutant(made, (end.chunk,), end.choice, "warning")


def _tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}


def tool_unknown(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    opened = _openings(made)
    if not opened:
        return None
    at, choice, call = rng.choice(opened)
    how = rng.random()
    if how < 0.4:
        made.request["tools"] = [_tool("something_else"), _tool("another")]
    elif how < 0.7 and made.request.get("tools"):
        call["function"]["name"] = rng.choice(
            ["make_it_up", call["function"]["name"] + "_", call["function"]["name"].upper()]
        )
    else:
        call["function"]["name"] += "<|channel|>json"
    return Mutant(made, (at,), choice, "warning")


def tool_as_text(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != CHAT or _calls(made):
        return None
    lane = _lane(made, rng, "content")
    if lane is None or slots(made, "reasoning", choice=lane[0].choice):
        return None
    made.request["tools"] = [_tool("get_weather"), _tool("add")]
    for name in ("tool_choice", "response_format"):
        made.request.pop(name, None)
    text = rng.choice(
        [
            '{"name": "get_weather", "parameters": {"city": "Oslo"}}',
            '{"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}',
            '[{"name": "add", "arguments": "{}"}]',
            '<tool_call>\n{"name": "add", "arguments": {}}\n</tool_call>',
            "<|python_tag|>add.call(a=1)",
            "[get_weather(city='Oslo')]",
            'add(a=1, b="two")',
            '[TOOL_CALLS][{"name": "add", "arguments": {}}]',
            "I will look. <function=add>{}</function>",
        ]
    )
    places = _retell(rng, lane, rng.choice(["", "\n"]) + text, 1, len(text))
    return Mutant(made, places, lane[0].choice, "error", exact=False)


# --- texts ---------------------------------------------------------------------------------------------------------------

_TOKENS = (
    *(f"<|{name}|>" for name in ("channel", "message", "start", "end", "constrain", "im_start", "im_end", "eot_id")),
    *(
        "<|python_tag|>",
        "<｜tool▁calls▁begin｜>",
        "<start_of_turn>",
        "[INST]",
        "<|eom_id|>",
        "<|endoftext|>",
        "<|return|>",
    ),
)


def special_token(tape: Tape, rng: Random) -> Mutant | None:
    token = rng.choice(_TOKENS)
    if token in json.dumps(tape.request, ensure_ascii=False):
        return None
    found = _planted(tape, rng, token, "content", "reasoning")
    return found and replace(found, severity="error")


def unicode(tape: Tape, rng: Random) -> Mutant | None:
    if tape.dialect == CHAT and rng.random() < 0.3:
        # Half a pair: what a server does that cuts between the units of UTF-16.
        made = tape.copy()
        slot = rng.choice(slots(made) or [None])
        if slot is None:
            return None
        slot.text += rng.choice(["\ud83d", "\ude00", "\ude00\ud83d"])
        return Mutant(made, (slot.chunk,), slot.choice, "error", exact=False)
    found = _planted(tape, rng, "\ufffd" * rng.randint(1, 3), "content", "reasoning")
    return found and replace(found, severity="error")


def json_format(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = _lane(made, rng, "content")
    if made.dialect not in (CHAT, "gemini", "ollama") or lane is None or _calls(made):
        return None
    if any(word in json.dumps(made.chunks) for word in (*_OTHERS, 'tool_calls": [{')):
        return None
    if made.dialect == CHAT:
        made.request["response_format"] = rng.choice(
            [{"type": "json_object"}, {"type": "json_schema", "json_schema": {}}]
        )
    elif made.dialect == "gemini":
        made.request["generationConfig"] = {"responseMimeType": "application/json"}
    else:
        made.request["format"] = rng.choice(["json", {"type": "object"}])
    good = json.dumps({"answer": [1, {"deep": None}], "text": "ok"})
    cut = rng.randint(1, len(good) - 1)
    text = rng.choice(
        [good[:cut], f"```json\n{good}\n```", f"Here it is: {good}", good + "}", good[:cut] + "\x01" + good[cut:]]
    )
    _retell(rng, lane, text)
    if text[1:] == good[1:]:
        return None
    return Mutant(made, (), lane[0].choice, "error", exact=False)


def loop(tape: Tape, rng: Random) -> Mutant | None:
    unit = rng.choice(["ha", "\n", " ", "I am. ", "no no yes ", "的", "{}, ", "the end of the story is near, and so "])
    least = max(12, -(-32 // len(unit))) if unit.strip() else 200
    found = _planted(tape, rng, unit * rng.randint(least, least + 20), "content", "reasoning")
    return found and replace(found, severity="warning")


# --- reasoning -----------------------------------------------------------------------------------------------------------

_TAGS = (("<think>", "</think>"), ("<reasoning>", "</reasoning>"), ("<thought>", "</thought>"), ("[THINK]", "[/THINK]"))


def _untagged(tape: Tape, rng: Random, least: int = 4) -> tuple[Tape, list[Slot]] | None:
    made = tape.copy()
    lane = _lane(made, rng, "content", least=least)
    return None if lane is None or _is_marked(lane) else (made, lane)


def think_tags(tape: Tape, rng: Random) -> Mutant | None:
    found = _untagged(tape, rng)
    if found is None:
        return None
    made, lane = found
    opening, closing = rng.choice(_TAGS)
    first = rng.randint(0, len(lane) - 2)
    last = rng.randint(first, len(lane) - 1)
    lane[first].text = opening + lane[first].text
    lane[last].text += closing
    return Mutant(made, (lane[first].chunk, lane[last].chunk), lane[0].choice, "warning", exact=False)


def think_orphan(tape: Tape, rng: Random) -> Mutant | None:
    found = _untagged(tape, rng)
    if (
        found is None
        or slots(tape, "reasoning")
        or any(end.holder[end.key] in ("length", "load") for end in finishes(tape))
    ):
        return None
    made, lane = found
    opening, closing = rng.choice(_TAGS)
    if rng.random() < 0.6:
        slot = rng.choice(lane)
        slot.text = opening + slot.text
        return Mutant(made, (slot.chunk,), slot.choice, "warning")
    # A pair, and a closing tag too many behind it.
    first, last, slot = sorted(rng.sample(lane, 3), key=lambda each: each.chunk)
    first.text, last.text, slot.text = opening + first.text, last.text + closing, slot.text + closing
    return Mutant(made, (slot.chunk,), slot.choice, "warning")


def think_fragmented(tape: Tape, rng: Random) -> Mutant | None:
    found = _untagged(tape, rng)
    if found is None:
        return None
    made, lane = found
    opening, closing = rng.choice(_TAGS)
    if rng.random() < 0.5:
        some = sorted(rng.sample(range(len(lane)), rng.randint(2, len(lane))))
        for at in some:
            lane[at].text = opening + lane[at].text + closing
        return Mutant(made, (lane[some[0]].chunk, lane[some[-1]].chunk), lane[0].choice, "note", exact=False)
    at, cut = rng.randint(0, len(lane) - 2), rng.randint(1, len(opening) - 1)
    lane[at].text += opening[:cut]
    lane[at + 1].text = opening[cut:] + lane[at + 1].text + closing
    return Mutant(made, (lane[at].chunk, lane[at + 1].chunk), lane[0].choice, "note", exact=False)


def think_duplicate(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = _lane(made, rng, "content", "reasoning", least=2) if made.dialect == CHAT else None
    if lane is None:
        return None
    some = rng.sample(lane, rng.randint(1, len(lane)))
    wrap = rng.random() < 0.4
    for slot in some:
        text = slot.text
        slot.holder[slot.key] = None
        if wrap:
            slot.holder["reasoning_content"] = {"text": text}
        else:
            slot.holder["reasoning_content"] = slot.holder["reasoning"] = text
    places = sorted(slot.chunk for slot in some)
    return Mutant(made, (places[0], places[-1]), lane[0].choice, "warning", exact=False)


def think_usage(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    at = _usage_chunk(made)
    lane = _lane(made, rng, "content", "reasoning") if made.dialect == CHAT and at is not None else None
    if lane is None or at is None:
        return None
    for slot in lane[: rng.randint(1, len(lane))]:
        if slot.kind == "content":
            slot.holder["reasoning_content"], slot.holder["content"] = slot.text, None
    usage = made.chunks[at]["usage"]
    usage["completion_tokens_details"] = rng.choice([None, {"reasoning_tokens": 0}, {"reasoning_tokens": None}])
    usage.pop("reasoning_tokens", None)
    return Mutant(made, None, severity="note")


# --- tokens --------------------------------------------------------------------------------------------------------------


def usage_missing(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS) or not finishes(made):
        return None
    made.request["stream_options"] = {"include_usage": True}
    for chunk in made.chunks:
        if isinstance(chunk, dict):
            chunk.pop("usage", None)
            chunk.pop("x_groq", None)
    if rng.random() < 0.5:
        made.chunks = [chunk for chunk in made.chunks if not isinstance(chunk, dict) or chunk.get("choices")]
        made.times = None
    return Mutant(made, (len(made.chunks) - 1,), None, "warning")


def usage_repeated(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS) or _usage_chunk(made) is not None:
        return None
    some = sorted(rng.sample(range(len(made.chunks)), min(len(made.chunks), rng.randint(2, 6))))
    some = [at for at in some if isinstance(made.chunks[at], dict)]
    if len(some) < 2:
        return None
    completion = sorted(rng.randint(1, 99) for _ in some)
    falls = rng.random() < 0.4 and completion[0] < completion[-1]
    if falls:
        completion.reverse()
    for at, figure in zip(some, completion, strict=True):
        made.chunks[at]["usage"] = {"prompt_tokens": 7, "completion_tokens": figure, "total_tokens": 7 + figure}
    if not falls:
        made.request.pop("stream_options", None)
    return Mutant(made, (some[0], some[-1]), None, "error" if falls else "note", exact=False)


_REPORTS = {
    CHAT: ("usage", "prompt_tokens", "completion_tokens", "total_tokens"),
    COMPLETIONS: ("usage", "prompt_tokens", "completion_tokens", "total_tokens"),
    "gemini": ("usageMetadata", "promptTokenCount", "candidatesTokenCount", "totalTokenCount"),
}


def usage_arith(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS):
        return None
    at = _usage_chunk(made)
    if at is None:
        at = len(made.chunks) - 1 - (made.chunks[-1] == "[DONE]")
        made.insert(at + 1, {**_blank(made), "choices": []} if slots(made) else {"choices": []})
        at += 1
        n = len(slots(made)) + 5
        made.chunks[at]["usage"] = {"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n}
    usage = made.chunks[at]["usage"]
    how = rng.random()
    said = len({slot.chunk for slot in slots(made, "content")})
    if how < 0.4:
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"] + rng.choice([-3, -1, 1, 1000])
        usage.pop("completion_tokens_details", None)
        usage.pop("prompt_tokens_details", None)
    elif how < 0.7 or said < 2 or _n_answers(made) > 1 or _is_marked(slots(made, "content")):
        usage["completion_tokens_details"] = {"reasoning_tokens": usage["completion_tokens"] + rng.randint(1, 50)}
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
    else:
        usage["completion_tokens"] = rng.randint(0, said - 1)
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
        usage["completion_tokens_details"] = None
    return Mutant(made, (at,), None, "error")


def _with_logprobs(tape: Tape) -> list[tuple[int, dict[str, Any]]]:
    return [
        (at, each)
        for at, each in _chat_choices(tape)
        if tape.dialect == CHAT and (each.get("logprobs") or {}).get("content")
    ]


def logprobs(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = _lane(made, rng, "content") if made.dialect == CHAT else None
    if lane is None:
        return None
    told = [each for each in _with_logprobs(made) if each[1].get("index") == lane[0].choice]
    if told and rng.random() < 0.6:
        _, each = rng.choice(told)
        item = rng.choice(each["logprobs"]["content"])
        item["token"], item["bytes"] = "<|channel|>", None
        return Mutant(made, (told[0][0], told[-1][0]), lane[0].choice, "warning", exact=False)
    made.request["logprobs"] = True
    for _, each in _chat_choices(made):
        each["logprobs"] = None
    return Mutant(made, (), lane[0].choice, "warning")


# --- drift ---------------------------------------------------------------------------------------------------------------


def _changed_from(tape: Tape, rng: Random, name: str, values: Callable[[int], Any], *, every: bool) -> int | None:
    """Another value of a field from some chunk on, or in that chunk only; gives the first one."""
    having = [at for at, chunk in enumerate(tape.chunks) if isinstance(chunk, dict) and chunk.get(name)]
    if len(having) < 3:
        return None
    start = rng.randint(1, len(having) - 1)
    for n, at in enumerate(having[start:]):
        if n == 0 or every:
            tape.chunks[at][name] = values(n)
    return having[start]


def id_drift(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect == RESPONSES:
        at = rng.choice([at for at, chunk in enumerate(made.chunks) if isinstance(chunk.get("response"), dict)][1:])
        made.chunks[at]["response"]["id"] = "resp_other"
        return Mutant(made, (at,), None, "error")
    if made.dialect not in (CHAT, COMPLETIONS):
        return None
    if rng.random() < 0.3:
        for chunk in made.chunks:
            if isinstance(chunk, dict):
                chunk["created"] = 1_700_000_000
        at = _changed_from(made, rng, "created", lambda n: 1_700_000_001 + n, every=True)
        stamps_each = "11434" in (made.url or "")  # Ollama, by its port
        return None if at is None or stamps_each else Mutant(made, (at,), None, "note")
    each = rng.random() < 0.5
    at = _changed_from(made, rng, "id", lambda n: f"chatcmpl-other-{n if each else 0}", every=rng.random() < 0.7)
    return None if at is None else Mutant(made, (at,), None, "error")


def model_drift(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS, "ollama"):
        return None
    how = rng.random()
    if how < 0.3 and made.request.get("model"):
        made.request["model"] = "made/entirely-different"
        return Mutant(made, None, severity="note")
    if how < 0.6 and made.dialect == CHAT:
        for chunk in made.chunks:
            if isinstance(chunk, dict) and chunk.get("choices"):
                chunk["system_fingerprint"] = "fp_one"
        at = _changed_from(made, rng, "system_fingerprint", lambda n: "fp_two", every=True)
    else:
        at = _changed_from(made, rng, "model", lambda n: "fallback-model", every=rng.random() < 0.7)
    return None if at is None else Mutant(made, (at,), None, "warning")


def dialect_mismatch(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    own = {CHAT: "/chat/completions", COMPLETIONS: "/v1/completions", RESPONSES: "/responses", "anthropic": "/messages"}
    if made.dialect not in own or not slots(made):
        return None
    others = [ending for dialect, ending in own.items() if dialect != made.dialect]
    made.endpoint = rng.choice([each if each.startswith("/v1") else "/v1" + each for each in others])
    made.url = "https://api.example.com" + made.endpoint
    return Mutant(made, (0,), None, "error")


# --- lifecycles ----------------------------------------------------------------------------------------------------------


def anthropic_lifecycle(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != "anthropic" or not made.streaming:
        return None
    kinds = [chunk.get("type") for chunk in made.chunks]
    of_blocks = [at for at, kind in enumerate(kinds) if str(kind).startswith("content_block")]
    if "content_block_delta" not in kinds or "message_stop" not in kinds:
        return None
    how = rng.choice(["drop start", "drop stop", "drop end", "repeat start", "renumber", "swap", "late"])
    if how == "drop end":
        del made.chunks[kinds.index("message_stop")]
        return Mutant(made, (len(made.chunks) - 1,), 0, "error")
    if how == "late":
        at = rng.choice([at for at in of_blocks if kinds[at] == "content_block_delta"])
        made.chunks.append(made.chunks.pop(at))
        return Mutant(made, (len(made.chunks) - 1,), 0, "error")
    name = {
        "drop start": "content_block_start",
        "drop stop": "content_block_stop",
        "repeat start": "content_block_start",
    }
    if how in name:
        at = rng.choice([at for at in of_blocks if kinds[at] == name[how]])
        if how.startswith("drop"):
            del made.chunks[at]
        else:
            made.chunks.insert(at + 1, deepcopy(made.chunks[at]))
            at += 1
        return Mutant(made, (_next_of_message(made, at),), 0, "error")
    if how == "renumber":
        at = rng.choice([at for at in of_blocks if kinds[at] == "content_block_delta"])
        made.chunks[at]["index"] += rng.randint(1, 3)
        return Mutant(made, (at,), 0, "error")
    # A block's first delta before its start.
    first = [at for at in of_blocks if kinds[at] == "content_block_delta" and kinds[at - 1] == "content_block_start"]
    if not first:
        return None
    at = rng.choice(first)
    made.chunks[at - 1], made.chunks[at] = made.chunks[at], made.chunks[at - 1]
    return Mutant(made, (at - 1,), 0, "error")


def _next_of_message(tape: Tape, at: int) -> int:
    """The first event from a place on that a lost start or stop puts out of order."""
    return next(
        n
        for n in range(at, len(tape.chunks))
        if str(tape.chunks[n].get("type")).startswith("content_block") or tape.chunks[n].get("type") == "message_stop"
    )


def responses_lifecycle(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != RESPONSES or len(made.chunks) < 5:
        return None
    how = rng.choice(["lose", "repeat", "sequence", "id", "alter"])
    if how == "sequence":
        numbered = [at for at, chunk in enumerate(made.chunks) if "sequence_number" in chunk]
        if len(numbered) < 3:
            return None
        at = rng.randint(1, len(numbered) - 1)
        before = made.chunks[numbered[at - 1]]["sequence_number"]
        made.chunks[numbered[at]]["sequence_number"] = before - rng.randint(0, before)
        return Mutant(made, (numbered[at],), None, "error")
    if how == "id":
        having = [at for at, chunk in enumerate(made.chunks) if "item_id" in chunk and "output_index" in chunk]
        place = rng.choice([made.chunks[at]["output_index"] for at in having] or [None])
        mine = [at for at in having if made.chunks[at]["output_index"] == place]
        if len(mine) < 2:
            return None
        at = rng.choice(mine[1:])
        made.chunks[at]["item_id"] = "msg_another"
        return Mutant(made, (at,), None, "error")
    spoken = [
        at for at, chunk in enumerate(made.chunks) if str(chunk.get("type")).endswith(".delta") and chunk.get("delta")
    ]
    if not spoken:
        return None
    at = rng.choice(spoken)
    delta = made.chunks[at]
    done = delta["type"].removesuffix("delta") + "done"
    if how == "lose":
        del made.chunks[at]
    elif how == "repeat":
        made.chunks.insert(at + 1, deepcopy(delta))
        for n, chunk in enumerate(made.chunks):
            chunk["sequence_number"] = n
    else:
        delta["delta"] = delta["delta"][:-1] + "☃"
    end = next(
        (
            n
            for n in range(at, len(made.chunks))
            if made.chunks[n].get("type") == done and _same_part(made.chunks[n], delta)
        ),
        None,
    )
    return None if end is None else Mutant(made, (end,), 0, "error", exact=False)


def _same_part(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        one.get(name) == other.get(name) for name in ("output_index", "item_id", "content_index", "summary_index")
    )


def framed(chunks: list[Any], *, named: bool = False) -> bytes:
    """The bytes of a stream of events."""
    lines = []
    for chunk in chunks:
        data = chunk if isinstance(chunk, str) else json.dumps(chunk)
        name = f"event: {chunk['type']}\n" if named and isinstance(chunk, dict) and "type" in chunk else ""
        lines.append(f"{name}data: {data}\n\n")
    return "".join(lines).encode()


def as_wire(tape: Tape) -> Tape | None:
    """The same answer as the bytes of its stream; None where that is not how it came."""
    if tape.dialect not in (CHAT, COMPLETIONS, "anthropic", RESPONSES) or not tape.streaming:
        return None
    made = tape.copy()
    is_chat = made.dialect in (CHAT, COMPLETIONS)
    if is_chat and made.chunks[-1] != "[DONE]":
        made.chunks.append("[DONE]")
    made.framed, made.times = framed(made.chunks, named=not is_chat), None
    return made


def sse_frame(tape: Tape, rng: Random) -> Mutant | None:
    made = as_wire(tape)
    if made is None or not finishes(made):
        return None
    is_chat = made.dialect in (CHAT, COMPLETIONS)
    if is_chat and rng.random() < 0.4:
        made.framed = framed(made.chunks[:-1])
        return Mutant(made, (len(made.chunks) - 2,), None, "warning")
    at = rng.randint(1, len(made.chunks) - 2)
    if is_chat or rng.random() < 0.5:
        text = rng.choice(["upstream connect error", "<html>502</html>", '{"id": "cut', "ok then"])
        blocks = [framed([chunk], named=not is_chat) for chunk in made.chunks]
        blocks.insert(at, f"data: {text}\n\n".encode())
        made.framed = b"".join(blocks)
        return Mutant(made, (at,), None, "warning")
    blocks = [framed([chunk], named=True) for chunk in made.chunks]
    blocks[at] = b"event: other.event\ndata: " + json.dumps(made.chunks[at]).encode() + b"\n\n"
    made.framed = b"".join(blocks)
    return Mutant(made, (at,), None, "warning")


# --- pace ----------------------------------------------------------------------------------------------------------------


def timed(tape: Tape, rng: Random) -> Tape | None:
    """The stream as a server at its ease sends it."""
    if tape.dialect != CHAT or len(slots(tape)) < 14:
        return None
    made = tape.copy()
    step = rng.uniform(0.01, 0.06)
    now = rng.uniform(0.1, 0.6)
    made.times = []
    for _ in made.chunks:
        made.times.append(now)
        now += step * rng.uniform(0.7, 1.4)
    return made


def stall(tape: Tape, rng: Random) -> Mutant | None:
    made = timed(tape, rng)
    if made is None or made.times is None:
        return None
    said = sorted({slot.chunk for slot in slots(made)})
    at = rng.choice(said[1:])
    wait = rng.uniform(1.5, 30)
    made.times[at:] = [time + wait for time in made.times[at:]]
    return Mutant(made, (at - 1, at), None, "warning", exact=False)


def burst(tape: Tape, rng: Random) -> Mutant | None:
    made = timed(tape, rng)
    if made is None or made.times is None or _n_answers(made) != 1:
        return None
    said = sorted({slot.chunk for slot in slots(made)})
    first = rng.randint(1, len(said) - 9)
    last = rng.randint(first + 8, len(said) - 1)
    # All of them come when the last would have come, and not before the reader has waited.
    due = max(made.times[said[last]], made.times[said[first] - 1] + 0.4)
    late = due - made.times[said[last]]
    for at in range(said[first], len(made.times)):
        made.times[at] = due + (at - said[last]) * 1e-5 if at <= said[last] else made.times[at] + late + 0.01
    return Mutant(made, (said[first], said[last]), None, "warning", exact=False)


# --- what is no defect of one rule ---------------------------------------------------------------------------------------


def recut(tape: Tape, rng: Random) -> Tape:
    """The same texts and arguments, cut at other places."""
    made = tape.copy()
    lanes: dict[Any, list[Slot]] = {}
    for slot in slots(made, "content"):
        lanes.setdefault(slot.choice, []).append(slot)
    for at, choice, call in _calls(made):
        if (call.get("function") or {}).get("arguments"):
            own = Slot(at, choice, "tool_call", call["function"], "arguments")
            lanes.setdefault((choice, call.get("index")), []).append(own)
    for lane in lanes.values():
        _retell(rng, lane, _joined(lane))
    return made


def damaged(data: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    """A file that was cut, that has wrong bits, a piece of another file, or values of wrong types in it."""
    how = rng.random()
    at = rng.randrange(len(data))
    if how < 0.2:
        return data[:at]
    if how < 0.35:
        wrong = bytearray(data)
        for _ in range(rng.randint(1, 12)):
            wrong[rng.randrange(len(wrong))] ^= 1 << rng.randrange(8)
        return bytes(wrong)
    if how < 0.5:
        other = rng.choice(others)
        start = rng.randrange(len(other))
        return data[:at] + other[start : start + rng.randint(1, 2000)] + data[at + rng.choice([0, 0, 50, 500]) :]
    try:
        return json.dumps(_bent(json.loads(data), rng)).encode()
    except ValueError:
        lines = data.splitlines()
        for _ in range(rng.randint(1, 3)):
            n = rng.randrange(len(lines))
            start = lines[n].find(b"{")
            try:
                lines[n] = lines[n][:start] + json.dumps(_bent(json.loads(lines[n][start:]), rng)).encode()
            except ValueError:
                lines[n] = rng.choice(lines)
        return b"\n".join(lines) + b"\n"


_STRANGE = (
    *WRONG,
    "",
    -1,
    2**40,
    "\ufffd",
    "<think>",
    [None],
    {"index": 3},
    "stop",
    "tool_calls",
    {"filtered": True},
    [{}],
)


def _bent(value: Any, rng: Random) -> Any:
    """Plain JSON with other values in some places, most of them deep inside."""
    for _ in range(rng.randint(1, 8)):
        found = list(places(value))
        if not found:
            break
        deepest = sorted(rng.sample(found, min(3, len(found))), key=len)[-1]
        what = rng.choice([rng.choice(_STRANGE), _at(value, rng.choice(found))])
        value = put(value, deepest, deepcopy(what))
    return value


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        value = value[key]
    return value


DEFECTS: dict[str, Inject] = {
    "recorded-exception": recorded_exception,
    "inband-error": inband_error,
    "no-finish": no_finish,
    "after-finish": after_finish,
    "payload-in-finish": payload_in_finish,
    "finish-value": finish_value,
    "length-cut": length_cut,
    "filtered": filtered,
    "empty-answer": empty_answer,
    "role-missing": role_missing,
    "role-repeated": role_repeated,
    "choice-index": choice_index,
    "choice-bleed": choice_bleed,
    "stutter": stutter,
    "cumulative-delta": cumulative_delta,
    "dup-chunk": dup_chunk,
    "empty-chunk": empty_chunk,
    "delta-missing": delta_missing,
    "tool-args": tool_args,
    "tool-merged": tool_merged,
    "tool-index": tool_index,
    "tool-id": tool_id,
    "tool-finish": tool_finish,
    "tool-unknown": tool_unknown,
    "tool-as-text": tool_as_text,
    "special-token": special_token,
    "unicode": unicode,
    "json-format": json_format,
    "loop": loop,
    "think-tags": think_tags,
    "think-orphan": think_orphan,
    "think-fragmented": think_fragmented,
    "think-duplicate": think_duplicate,
    "think-usage": think_usage,
    "usage-missing": usage_missing,
    "usage-repeated": usage_repeated,
    "usage-arith": usage_arith,
    "logprobs": logprobs,
    "id-drift": id_drift,
    "model-drift": model_drift,
    "dialect-mismatch": dialect_mismatch,
    "anthropic-lifecycle": anthropic_lifecycle,
    "responses-lifecycle": responses_lifecycle,
    "sse-frame": sse_frame,
    "stall": stall,
    "burst": burst,
}
"""What each rule is for."""
