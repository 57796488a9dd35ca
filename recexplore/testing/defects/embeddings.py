"""Embeddings: of another size than asked, or not those of their inputs."""

from __future__ import annotations

from base64 import b64encode
from random import Random
from struct import pack
from typing import Any

from recexplore.testing.defects.tapes import Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


_EMBEDDINGS = "embeddings"


def _vector(rng: Random, size: int, how: str) -> Any:
    numbers = [rng.uniform(-1, 1) for _ in range(size)]
    if how == "base64":
        return b64encode(pack(f"<{size}f", *numbers)).decode()
    return [rng.randint(0, 255) for _ in range(size // 8)] if how == "bits" else numbers


def _tape(rng: Random, size: int, asked: int | None, how: str) -> Tape:
    """An answer without a stream; the stream that it stands in for has none."""
    vectors = [_vector(rng, size, how) for _ in range(rng.randint(1, 4))]
    request: dict[str, Any] = {"model": "embed-x", "input": ["words"] * len(vectors)}
    if asked is not None:
        request["dimensions"] = asked
    usage = {"prompt_tokens": 4, "total_tokens": 4}
    if how == "list" and rng.random() < 0.3:
        body = {"model": "embed-x", "embeddings": vectors, "prompt_eval_count": 4}
        return Tape("embeddings", _EMBEDDINGS, [body], request, "/api/embed", None, streaming=False)
    data = [{"object": "embedding", "index": at, "embedding": each} for at, each in enumerate(vectors)]
    body = {"object": "list", "data": data, "model": "embed-x", "usage": usage}
    return Tape("embeddings", _EMBEDDINGS, [body], request, "/v1/embeddings", None, streaming=False)


def embedding_size(tape: Tape, rng: Random) -> Mutant | None:
    if tape.dialect == _EMBEDDINGS:
        return _shortened(tape.copy())
    # No two of which one is the other in halves, integers or bits.
    size, asked = rng.sample([17, 51, 380, 1000], 2)
    return Mutant(_tape(rng, size, asked, rng.choice(["list", "base64"])), (0,), None, "error")


def as_long_as_asked(tape: Tape, rng: Random) -> Legal | None:
    size = rng.choice([16, 48, 384, 768])
    return Legal(_tape(rng, size, rng.choice([size, size, None]), rng.choice(["list", "base64", "bits"])))


def _shortened(made: Tape) -> Mutant | None:
    """All vectors lose their second half."""
    body = made.chunks[0]
    if "data" in body:
        for each in body["data"]:
            each["embedding"] = _half(each["embedding"])
    else:
        body["embeddings"] = [_half(each) for each in body["embeddings"]]
    return Mutant(made, (0,), None, "error")


def _half(vector: Any) -> Any:
    # Sixteen characters of base64 are three numbers of four bytes, and no part of another one.
    return vector[: len(vector) // 32 * 16 or 1] if isinstance(vector, str) else vector[: len(vector) // 2 or 1]


def embedding_inputs(tape: Tape, rng: Random) -> Mutant | None:
    is_of_vectors = tape.dialect == _EMBEDDINGS
    whole = tape.copy() if is_of_vectors else _tape(rng, 16, None, rng.choice(["list", "base64"]))
    body = whole.chunks[0]
    vectors = body.get("data") or body["embeddings"]
    del vectors[rng.randrange(len(vectors))]
    # A body without any vector is no answer that can be told as one of embeddings.
    return Mutant(whole, (0,), None, "error") if vectors else None


def in_any_order(tape: Tape, rng: Random) -> Legal | None:
    whole = _tape(rng, 48, None, rng.choice(["list", "base64"]))
    if data := whole.chunks[0].get("data"):
        rng.shuffle(data)
    return Legal(whole)


CASES = {
    "embedding-inputs": Cases(embedding_inputs, (in_any_order, as_long_as_asked)),
    "embedding-size": Cases(embedding_size, (as_long_as_asked,)),
}
