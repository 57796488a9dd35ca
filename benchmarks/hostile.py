"""What the rules cost on recordings that nobody would make on purpose, at one size and at twice that size.

    python benchmarks/hostile.py [--only PATTERN …] [--rules PATTERN …] [--scale 1.0] [--limit 60]

Builds each input in memory (`INPUTS`), reads it, and runs every rule that is known over it: all that are on and all that are
not, those of other packages too. It does so at half the size that the input's name gives, and at the whole of it. Twice the
text should take twice the time: a ratio near 2 is linear, near 4 quadratic.

For each input it prints what loading, the steps that rules share (in brackets), the whole check and `recexplore show` take;
then the rules that take the longest. The last table gives each rule's worst time and its worst ratio over all inputs. Ratios
of less than 50 ms are left out, for they are noise, and so is what never takes 10 ms. Nothing is asserted: machines differ.

``--scale 0.1`` makes all inputs ten times smaller, for a first look; ``--limit`` is how many processor seconds one step may
take before it is given up and shown as such (not on Windows, which has no such timer). ``--only`` and ``--rules`` take names
with ``*`` and ``?``. A folder may be given, as to the other benchmarks, and is not looked at.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

URL: Final = "https://api.example.com/v1/chat/completions"
MESSAGES: Final = "https://api.anthropic.com/v1/messages"
RESPONSES: Final = "https://api.openai.com/v1/responses"
PIECE: Final = 100
"""Characters of a delta, where a text comes in many."""
NOISE: Final = 0.05
"""Seconds below which a ratio says nothing."""
CLEARLY_MORE: Final = 2.5
SHOWN: Final = 5

TOOL: Final = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
ASKED: Final = {"model": "m", "stream": True, "tools": [TOOL], "stream_options": {"include_usage": True}}
ASKED_JSON: Final = {**ASKED, "response_format": {"type": "json_object"}, "logprobs": True}


# What comes: chunks of chat, one a call.


def _chunk(*choices: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [*choices], **fields}


def _delta(delta: dict[str, Any], index: int = 0, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish, **fields}


def _answer(*middle: dict[str, Any], finish: str = "stop") -> list[dict[str, Any]]:
    return [_chunk(_delta({"role": "assistant"})), *middle, _chunk(_delta({}, finish=finish))]


def _whole(text: str) -> list[dict[str, Any]]:
    """A text in one delta."""
    return _answer(_chunk(_delta({"content": text})))


def _pieces(text: str, size: int = PIECE) -> list[dict[str, Any]]:
    """A text in many deltas."""
    return _answer(*(_chunk(_delta({"content": text[at : at + size]})) for at in range(0, len(text), size)))


def _calls(*arguments: str, pieces: int = 10**9, same: bool = False) -> list[dict[str, Any]]:
    """Tool calls; with ``same`` all of them under one number."""
    found = []
    for at, text in enumerate(arguments):
        head = {"index": 0 if same else at, "id": f"call_{at}", "type": "function"}
        cuts = [text[begin : begin + pieces] for begin in range(0, len(text), pieces)] or [""]
        first = {**head, "function": {"name": "f", "arguments": cuts[0]}}
        rest = ({"index": head["index"], "function": {"arguments": cut}} for cut in cuts[1:])
        found += [_chunk(_delta({"tool_calls": [fragment]})) for fragment in (first, *rest)]
    return _answer(*found, finish="tool_calls")


def _repeated(unit: str, n: int) -> str:
    return (unit * (n // len(unit) + 1))[:n]


def _prose(n: int) -> str:
    """Words that do not repeat themselves."""
    return " ".join(f"word{at * 7919 % 104729}" for at in range(n // 9 + 1))[:n]


def _choices(n: int, chunks: int = 1) -> list[dict[str, Any]]:
    """Choices without roles, all of them in each of some chunks."""
    said = [_chunk(*(_delta({"content": f"word {at} {turn}, "}, at) for at in range(n))) for turn in range(chunks)]
    return [*said, _chunk(*(_delta({}, at, "stop") for at in range(n)))]


def _of_choices(finish: str | None, *deltas: dict[str, Any], n: int, **fields: Any) -> list[dict[str, Any]]:
    """Choices that all say the same, each time all of them in one chunk; and how they end, if they do."""
    said = [_chunk(*(_delta({"role": "assistant", **delta}, at, **fields) for at in range(n))) for delta in deltas]
    return [*said, *([_chunk(*(_delta({}, at, finish) for at in range(n)))] if finish else [])]


def _bled(n: int) -> list[dict[str, Any]]:
    """Choices of which one has a role and the others begin in mid-sentence behind deltas that are far too long."""
    first = [_chunk(_delta({"role": "assistant", "content": "We"}))]
    long = [_chunk(_delta({"content": "and so they went to the sea. " * 3})) for _ in range(n // 100)]
    said = [_chunk(_delta({"content": "and then "}, at % n)) for at in range(4 * n)]
    return [*first, *long, *said, *(_chunk(_delta({}, at, "stop")) for at in range(n))]


def _roles(n: int) -> list[dict[str, Any]]:
    return _answer(*(_chunk(_delta({"role": "assistant", "content": "a "})) for _ in range(n)))


def _usage(n: int) -> list[dict[str, Any]]:
    reports = ({"prompt_tokens": 1, "completion_tokens": at, "total_tokens": at + 7} for at in range(n))
    return _answer(*(_chunk(_delta({"content": "a "}), usage=usage) for usage in reports))


def _usage_of_choices(n: int) -> list[dict[str, Any]]:
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
    return [_chunk(_delta({"role": "assistant", "content": "a"}, at, "stop"), usage=usage) for at in range(n)]


def _logprobs(n: int) -> list[dict[str, Any]]:
    scores = [{"token": f"t{at} ", "logprob": -0.5, "bytes": None, "top_logprobs": []} for at in range(n)]
    return _answer(
        *(_chunk(_delta({"content": f"u{at} "}, logprobs={"content": scores[at : at + 10]})) for at in range(0, n, 10))
    )


def _logprobs_of_choices(n: int) -> list[dict[str, Any]]:
    score = {"token": "word", "logprob": -0.5, "bytes": None, "top_logprobs": []}
    return _of_choices("stop", {"content": "word"}, n=n, logprobs={"content": [score]})


def _filters(n: int) -> list[dict[str, Any]]:
    result = {"hate": {"filtered": True, "severity": "high"}}
    return _answer(*(_chunk(_delta({"content": "a "}, content_filter_results=result)) for _ in range(n)))


def _turning(n: int) -> list[dict[str, Any]]:
    """Ids, models and fingerprints that are others in every chunk."""
    return _answer(
        *(
            {**_chunk(_delta({"content": "a "})), "id": f"c{at}", "model": f"m{at}", "system_fingerprint": f"f{at}"}
            for at in range(n)
        )
    )


def _late(n: int) -> list[dict[str, Any]]:
    """Much that comes after the finish, and finishes again and again."""
    return [
        *_answer(),
        *(_chunk(_delta({"content": "late "}, finish=f"stop{at}")) for at in range(n)),
    ]


def _blocks(n: int) -> list[dict[str, Any]]:
    """Anthropic's blocks, none of which stops."""
    head = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "m",
        "usage": {"input_tokens": 1},
    }
    said: list[dict[str, Any]] = [{"type": "message_start", "message": head}]
    for at in range(n):
        block = {"type": "text", "text": ""}
        said.append({"type": "content_block_start", "index": at, "content_block": block})
        said.append(
            {"type": "content_block_delta", "index": at, "delta": {"type": "text_delta", "text": f"word {at} "}}
        )
    return said


def _items(n: int) -> list[dict[str, Any]]:
    """Items of Responses whose whole texts are not what their deltas say."""
    said: list[dict[str, Any]] = []
    for at in range(n):
        place = {"output_index": at, "item_id": f"i{at}", "content_index": 0, "sequence_number": at}
        said.append({"type": "response.output_item.added", **place, "item": {"id": f"i{at}", "type": "message"}})
        said.append({"type": "response.output_text.delta", **place, "delta": f"word {at} "})
        said.append({"type": "response.output_text.done", **place, "text": f"other {at} "})
    output = [{"type": "message", "content": [{"type": "output_text", "text": f"third {at}"}]} for at in range(n)]
    ended = {"id": "r", "status": "completed", "output": output}
    return [*said, {"type": "response.completed", "response": ended, "sequence_number": n}]


def _arguments_twice(n: int) -> list[dict[str, Any]]:
    """Calls of Responses whose arguments are nested deep, and come whole with a blank more than in deltas."""
    said: list[dict[str, Any]] = []
    for at in range(n):
        place = {"output_index": at, "item_id": f"i{at}", "sequence_number": at}
        item = {"id": f"i{at}", "type": "function_call", "name": "f", "call_id": f"c{at}", "arguments": ""}
        nested = "[" * 500 + "]" * 500
        said.append({"type": "response.output_item.added", **place, "item": item})
        said.append({"type": "response.function_call_arguments.delta", **place, "delta": f'{{"a":{nested}}}'})
        said.append({"type": "response.function_call_arguments.done", **place, "arguments": f'{{"a": {nested}}}'})
    return [*said, {"type": "response.completed", "response": {"id": "r", "status": "completed"}, "sequence_number": n}]


class Input(NamedTuple):
    """A kind of recording: what comes at a size, the size, and what was asked where."""

    make: Callable[[int], Any]
    size: int
    request: dict[str, Any] = ASKED
    url: str = URL


def _of_text(unit: str, size: int = 1_000_000, request: dict[str, Any] = ASKED) -> Iterator[tuple[str, Input]]:
    """A text that repeats a unit: in one delta, and in many."""
    yield "in one delta", Input(lambda n: _whole(_repeated(unit, n)), size, request)
    yield "in many deltas", Input(lambda n: _pieces(_repeated(unit, n)), size, request)


TEXTS: Final = {
    "special tokens": "<|im_end|>",
    "long special tokens": "<｜tool▁calls▁begin｜>",
    "half a special token": "<|",
    "half a long special token": "<｜aaaaaaaaaa",
    "fenced special tokens": "``` a ```<|im_end|> ",
    "reasoning tags": "<think>a</think>",
    "opening tags": "<think>",
    "half a tag": "<thi",
    "less-than signs": "<",
    "U+FFFD": "\ufffd",
    "U+FFFD between letters": "a\ufffd",
    "backticks": "`",
    "fences": "```\n",
    "braces": "{",
    "pairs of braces": "{}",
    "brackets": "[",
    "brackets and spaces": "[ ",
    "half a call in JSON": '{"name": "f", "arguments": ',
    "calls in JSON": '{"name": "f", "arguments": {}}\n',
    "calls in Python": "f(a) ",
    "half a call in Python": "f(",
    "marked calls": '<tool_call>{"name": "f", "arguments": {}}</tool_call>',
    "markers of calls": "<tool_call> ",
    "functions": "<function=f>",
    "quotes": '"',
    "backslashes": "\\",
    "line ends": "\n",
    "blanks": " ",
    "mixed white space": " \t\r\n\u2003",
    "words": "a b c d e f g h i j k l m n o p q r s t u v w x y z. ",
    "roles": "\nUser: a\nAssistant: b",
    "citations": "【1†source】",
    "entities": "&lt;&amp;",
    "mojibake": "â€™Ã©",
    "accents": "e\u0301",
    "halves of characters": "\ud83d",
    "nulls": "\0",
    "emphasis": "**a*_",
    "links": "[a](b",
}


def _inputs() -> Iterator[tuple[str, Input]]:
    yield "100,000 equal characters", Input(lambda n: _whole("a" * n), 100_000)
    for what, text in (("equal characters", "a"), ("line ends", "\n")):
        yield f"10 MB of {what}", Input(lambda n, text=text: _whole(text * n), 10_000_000)
    yield "10 MB of words", Input(lambda n: _whole(_prose(n)), 10_000_000)
    yield "a colon and 100,000 line ends", Input(lambda n: _whole("a:" + "\n" * n + "b"), 100_000)
    yield "a call in Python and 9,000 blanks", Input(lambda n: _whole("f(a)" + " " * n + "b"), 9_000)
    for name, unit in TEXTS.items():
        for how, made in _of_text(unit):
            yield f"1 MB of {name} {how}", made
    for name in ("fences", "braces", "pairs of braces", "quotes", "backslashes", "line ends", "words"):
        yield f"1 MB of {name} where JSON was asked", next(_of_text(TEXTS[name], request=ASKED_JSON))[1]
    yield (
        "1 MB of JSON in a fence",
        Input(lambda n: _whole(f"```json\n[{'1,' * (n // 2)}1]\n```"), 1_000_000, ASKED_JSON),
    )
    yield (
        "1 MB of reasoning",
        Input(lambda n: _answer(_chunk(_delta({"reasoning_content": "ab" * (n // 2)}))), 1_000_000),
    )
    yield (
        "1 MB of a refusal",
        Input(lambda n: _answer(_chunk(_delta({"refusal": "<|im_end|>" * (n // 10)}))), 1_000_000),
    )
    tokens_in_fence = Input(lambda n: _whole("```\n" + _repeated("<|im_end|>", n)), 1_000_000)
    yield "1 MB of special tokens in a fence", tokens_in_fence
    yield "1 MB of prose in deltas of words", Input(lambda n: _pieces(_prose(n), 9), 1_000_000)
    yield "100,000 chunks of a character", Input(lambda n: _pieces(_prose(n), 1), 100_000)
    yield "100,000 chunks of the same character", Input(lambda n: _pieces("a" * n, 1), 100_000)
    yield (
        "2,000 growing snapshots",
        Input(lambda n: _answer(*(_chunk(_delta({"content": "word " * at})) for at in range(n))), 2_000),
    )
    yield "20,000 choices in a chunk", Input(_choices, 20_000)
    yield "20,000 choices that were asked for", Input(_choices, 20_000, {**ASKED, "n": 20_000})
    yield "2,000 choices in ten chunks", Input(lambda n: _choices(n, 10), 2_000)
    yield "2,000 choices that lost their beginning", Input(_bled, 2_000)
    yield (
        "5,000 choices that never finish",
        Input(lambda n: _of_choices(None, {"content": "word"}, n=n), 5_000, {**ASKED, "n": 5_000}),
    )
    for what, tags in (
        ("tags", ("<think>a</think>b",)),
        ("tags in pieces", ("<thi", "nk>a</think>b")),
        ("half a pair", ("<think>a",)),
    ):
        deltas = [{"content": tag} for tag in tags]
        yield f"5,000 choices with {what}", Input(lambda n, deltas=deltas: _of_choices("stop", *deltas, n=n), 5_000)
    for what, finish, number, arguments in (
        ("that call and finish with stop", "stop", 0, "{}"),
        ("that are cut in a call", "length", 0, '{"a": '),
        ("with calls that are numbered from 1", "tool_calls", 1, "{}"),
    ):
        call = {"index": number, "id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
        yield (
            f"5,000 choices {what}",
            Input(lambda n, call=call, finish=finish: _of_choices(finish, {"tool_calls": [call]}, n=n), 5_000),
        )
    yield "5,000 choices with log probabilities", Input(_logprobs_of_choices, 5_000)
    yield "50,000 roles", Input(_roles, 50_000)
    yield "10,000 tool calls", Input(lambda n: _calls(*['{"a": 1}'] * n), 10_000)
    yield "10,000 broken tool calls", Input(lambda n: _calls(*['{"a": '] * n), 10_000)
    yield "10,000 tool calls under one number", Input(lambda n: _calls(*['{"a": 1}'] * n, same=True), 10_000)
    yield "a tool call of 5 MB", Input(lambda n: _calls(json.dumps({"a": "x" * n}), pieces=1_000), 5_000_000)
    yield "a broken tool call of 5 MB", Input(lambda n: _calls('{"a": "' + "x\n" * (n // 2)), 5_000_000)
    yield "a tool call of 1 MB of objects", Input(lambda n: _calls("{}" * (n // 2)), 1_000_000)
    yield (
        "a tool call of 1 MB of special tokens",
        Input(lambda n: _calls(json.dumps({"a": _repeated("<|im_end|>", n)}), pieces=PIECE), 1_000_000),
    )
    for what, text in (("objects", '{"a":'), ("lists", "[")):
        yield f"100,000 nested {what}", Input(lambda n, text=text: _calls(text * n), 100_000)
        yield f"100,000 nested {what} as text", Input(lambda n, text=text: _whole(text * n), 100_000, ASKED_JSON)
    yield "20,000 usage reports", Input(_usage, 20_000)
    yield "10,000 usage reports of choices", Input(_usage_of_choices, 10_000)
    yield "100,000 log probabilities", Input(_logprobs, 100_000, ASKED_JSON)
    yield "20,000 results of filters", Input(_filters, 20_000)
    yield "20,000 ids and models", Input(_turning, 20_000)
    yield "20,000 chunks after the finish", Input(_late, 20_000)
    yield "20,000 empty chunks", Input(lambda n: _answer(*[_chunk()] * n), 20_000)
    yield "20,000 chunks without a delta", Input(lambda n: _answer(*[_chunk({"index": 0, "delta": None})] * n), 20_000)
    yield "20,000 chunks that nobody knows", Input(lambda n: [{"strange": at} for at in range(n)], 20_000)
    yield "10,000 errors", Input(lambda n: _answer(*[{"error": {"message": "no"}}] * n), 10_000)
    yield "10,000 blocks of Anthropic", Input(_blocks, 10_000, {"model": "m", "stream": True}, MESSAGES)
    yield (
        "1,000 nested arguments of Responses",
        Input(_arguments_twice, 1_000, {"model": "m", "stream": True}, RESPONSES),
    )
    yield "10,000 items of Responses", Input(_items, 10_000, {"model": "m", "stream": True}, RESPONSES)


INPUTS: Final = dict(_inputs())


# What is measured.


class GivenUp(BaseException):
    """A step took too long. No `Exception`, so that nothing measured here takes it for its own."""


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def give_up(*_: Any) -> None:
        raise GivenUp

    if not hasattr(signal, "ITIMER_PROF"):
        yield
        return
    signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _seconds(step: Callable[[], Any], limit: float) -> float:
    """The processor seconds of a step; infinitely many where it was given up. Collecting garbage is nobody's cost."""
    gc.disable()
    begun = time.process_time()
    try:
        with _limited(limit):
            step()
    except GivenUp:
        return float("inf")
    finally:
        gc.enable()
    return time.process_time() - begun


def _loaded(made: Input, n: int) -> Any:
    import recexplore
    from recexplore.model.schema import FRAMES

    recording = recexplore.from_chunks(made.make(n), request=made.request, url=made.url)
    return recording, {name: getattr(recording, name) for name in FRAMES if name != "findings"}


def _shown(recording: Any) -> None:
    from rich.console import Console

    from recexplore.views.terminal.recordings import shown

    console = Console(width=120, color_system=None, highlight=False)
    with console.capture():
        console.print(shown(recording, 120))


def measure(made: Input, n: int, patterns: list[str], limit: float) -> dict[str, float]:
    """The seconds of each step and of each rule, by name; steps in brackets."""
    from recexplore import rules
    from recexplore.rules import Streams

    gc.collect()
    recording: Any = None
    frames: dict[str, Any] = {}

    def load() -> None:
        nonlocal recording, frames
        recording, frames = _loaded(made, n)

    taken = {"(load)": _seconds(load, limit)}
    if recording is None:
        return taken
    streams = Streams(frames)
    shared = [name for name, what in vars(Streams).items() if hasattr(what, "attrname") and not name.startswith("_")]
    for name in shared:
        taken[f"({name})"] = _seconds(lambda name=name: getattr(streams, name), limit)
    chosen = [rule for rule in rules.known() if any(fnmatchcase(rule.id, pattern) for pattern in patterns)]
    for rule in chosen:
        taken[rule.id] = _seconds(lambda rule=rule: list(rule.find(streams)), limit)
    fast = [rule for rule in chosen if taken[rule.id] < limit]
    taken["(check)"] = _seconds(lambda: rules.run(Streams(frames), fast).frame(), limit)
    taken["(show)"] = _seconds(lambda: _shown(recording), limit)
    return taken


def _ratio(small: float, large: float) -> float | None:
    return large / max(small, 1e-4) if large >= NOISE and large != float("inf") else None


def _in_words(seconds: float) -> str:
    return " given up" if seconds == float("inf") else f"{seconds:7.2f} s"


def _line(name: str, small: float, large: float) -> str:
    ratio = _ratio(small, large)
    marked = " !" if large > 1 or (ratio or 0) > CLEARLY_MORE else ""
    return f"  {_in_words(large)}  {'' if ratio is None else f'{ratio:.1f}':>5}  {name}{marked}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", nargs="?", help="not looked at")
    parser.add_argument("--only", nargs="+", default=["*"], metavar="PATTERN")
    parser.add_argument("--rules", nargs="+", default=["*"], metavar="PATTERN")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--limit", type=float, default=60.0)
    given = parser.parse_args()
    _loaded(Input(lambda n: _whole("a"), 1), 1)  # what is imported on first use is nobody's cost
    worst: dict[str, tuple[float, str]] = defaultdict(lambda: (0.0, ""))
    steepest: dict[str, tuple[float, str]] = defaultdict(lambda: (0.0, ""))
    for what, made in INPUTS.items():
        if not any(fnmatchcase(what, pattern) for pattern in given.only):
            continue
        size = max(int(made.size * given.scale), 2)
        small = measure(made, size // 2, given.rules, given.limit)
        large = measure(made, size, given.rules, given.limit)
        print(f"\n{what}")
        every = sorted(large, key=lambda name: -large[name])
        steps = [name for name in ("(load)", "(check)", "(show)") if name in large]
        for name in [*steps, *[name for name in every if name not in steps][:SHOWN]]:
            print(_line(name, small.get(name, 0.0), large[name]), flush=True)
        for name in every:
            worst[name] = max(worst[name], (large[name], what))
            if ratio := _ratio(small.get(name, 0.0), large[name]):
                steepest[name] = max(steepest[name], (ratio, what))
    print("\n  seconds  ratio  over all inputs, the slowest first")
    for name, (seconds, what) in sorted(worst.items(), key=lambda each: -each[1][0]):
        if seconds < NOISE / 5:
            continue
        ratio, where = steepest[name]
        steep = f"; {ratio:.1f} on {where}" if ratio else ""
        print(f"  {_in_words(seconds)}  {f'{ratio:.1f}' if ratio else '':>5}  {name}: on {what}{steep}")


if __name__ == "__main__":
    main()
