"""What should stay the same along a stream: its id, its model, its kind."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from recexplore.testing.defects.legal_streams import azure_opening
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, RESPONSES, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


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
        later = _changed_from(made, rng, "created", lambda n: 1_700_000_001 + n, every=True)
        stamps_each = "11434" in (made.url or "")  # Ollama, by its port
        return None if later is None or stamps_each else Mutant(made, (later,), None, "note")
    if rng.random() < 0.2:
        for chunk in made.chunks:
            if isinstance(chunk, dict):
                chunk["id"] = ""
        return Mutant(made, (0,), None, "note")
    each = rng.random() < 0.5
    first = _changed_from(made, rng, "id", lambda n: f"chatcmpl-other-{n if each else 0}", every=rng.random() < 0.7)
    return None if first is None else Mutant(made, (first,), None, "error")


def created_later(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    first = rng.randint(1, len(made.chunks))
    for at, chunk in enumerate(made.chunks):
        if isinstance(chunk, dict):
            chunk["created"] = 0 if at < first else 1_700_000_000
    return Legal(made)


def model_drift(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, COMPLETIONS, "ollama"):
        return None
    how = rng.random()
    is_deployment = ".azure.com/openai/v1/" in (made.url or "")
    if how < 0.3 and made.request.get("model") and not is_deployment:
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


def listed_model(tape: Tape, rng: Random) -> Legal | None:
    """Another model of those that the request lists, or any, where a router was asked."""
    made = tape.copy()
    if made.dialect != CHAT:
        return None
    served = next((chunk["model"] for chunk in made.chunks if isinstance(chunk, dict) and chunk.get("model")), None)
    if served is None:
        return None
    if rng.random() < 0.5:
        made.request |= {"model": "made/another", "models": ["made/another", f"vendor/{served}"]}
    else:
        made.request["model"] = rng.choice(["openrouter/auto", "model-router"])
    return Legal(made)


CASES = {
    "id-drift": Cases(id_drift, (azure_opening, created_later)),
    "model-drift": Cases(model_drift, (azure_opening, dated_model, listed_model)),
}
