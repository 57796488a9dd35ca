"""The format of an answer: another than was asked for, or one that nobody knows."""

from __future__ import annotations

from random import Random

from recexplore.testing.defects.positions import slots
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, RESPONSES, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]

_ASKS = {CHAT: "messages", COMPLETIONS: "prompt", RESPONSES: "input", "anthropic": "messages"}
_PATHS = {
    CHAT: "/v1/chat/completions",
    COMPLETIONS: "/v1/completions",
    RESPONSES: "/v1/responses",
    "anthropic": "/v1/messages",
}


def dialect_mismatch(tape: Tape, rng: Random) -> Mutant | None:
    """The request is another API's; where its path is not, nobody can be sure."""
    made = tape.copy()
    if made.dialect not in _ASKS or not slots(made):
        return None
    # Anthropic's older completions take a prompt, too.
    others = [each for each in (CHAT, COMPLETIONS, RESPONSES) if _ASKS[each] != _ASKS[made.dialect]]
    others = [each for each in others if (made.dialect, each) != ("anthropic", COMPLETIONS)]
    asked = rng.choice(others)
    for field in ("messages", "prompt", "input"):
        made.request.pop(field, None)
    made.request[_ASKS[asked]] = "Say something" if asked != CHAT else [{"role": "user", "content": "Say something"}]
    is_known = rng.random() < 0.6
    made.endpoint = _PATHS[asked] if is_known else "/gateway/run"
    made.url = "https://api.example.com" + made.endpoint
    return Mutant(made, (0,), None, "error" if is_known else "warning")


def label_alone(tape: Tape, rng: Random) -> Legal | None:
    """A recorder's label, or a path, that says something else than the request itself."""
    made = tape.copy()
    if made.dialect not in _ASKS or not slots(made):
        return None
    for field in ("messages", "prompt", "input"):
        made.request.pop(field, None)
    made.request[_ASKS[made.dialect]] = "Say something"
    made.endpoint = rng.choice([path for dialect, path in _PATHS.items() if dialect != made.dialect])
    made.url = None
    return Legal(made, "note")


def endpoint_of_its_own(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    own = {CHAT: "/openai/deployments/x/chat/completions", "anthropic": "/v1/messages", RESPONSES: "/v1/responses"}
    gateways = ["/invoke", "/v1/agents/run", "/v1/prompts/pp-1/completions", "/my/messages", None]
    made.endpoint = rng.choice([*gateways, own.get(made.dialect)])
    made.url = None
    return Legal(made)


def unknown_format(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in _ASKS or len(made.chunks) < 2:
        return None
    made.chunks = [{"payload": {"n": n}, "of": "somebody"} for n in range(len(made.chunks))]
    made.request, made.endpoint, made.url = {"task": "say"}, "/run", "https://api.example.com/run"
    return Mutant(made, (0, len(made.chunks) - 1), None, "warning")


def unknown_but_whole(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    made.chunks, made.streaming = [{"payload": {"n": 1}, "of": "somebody"}], False
    made.request, made.endpoint, made.url = {"task": "say"}, "/run", "https://api.example.com/run"
    return Legal(made)


def stream_mismatch(tape: Tape, rng: Random) -> Mutant | None:
    """Chunks that came one after the other, though the request wanted none of it."""
    made = tape.copy()
    if len(made.chunks) < 2 or not slots(made):
        return None
    made.request["stream"] = False
    made.times = [0.2 + 0.05 * n for n in range(len(made.chunks))]
    return Mutant(made, None, None, "warning")


def default_of_the_api(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if len(made.chunks) < 2:
        return None
    if rng.random() < 0.5:
        made.request.pop("stream", None)
        made.times = [0.2 + 0.05 * n for n in range(len(made.chunks))]
    else:
        made.request["stream"] = rng.choice([True, None])
    return Legal(made)


def parsed_chunks(tape: Tape, rng: Random) -> Legal | None:
    """A recorder that took the answer apart, or put it together: nobody knows what came."""
    made = tape.copy()
    if made.dialect != CHAT or len(made.chunks) < 2:
        return None
    made.request["stream"] = False
    return Legal(made)


CASES = {
    "dialect-mismatch": Cases(dialect_mismatch, (label_alone, endpoint_of_its_own)),
    "stream-mismatch": Cases(stream_mismatch, (default_of_the_api, parsed_chunks)),
    "unknown-format": Cases(unknown_format, (unknown_but_whole,)),
}
