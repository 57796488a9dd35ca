"""Rules about embeddings: whether the vectors are those that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from recexplore.model.counts import count
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows

__all__ = ["RULES"]

_BITS: Final = 8
_BYTES_OF_A_NUMBER: Final = (4, 2, 1)
"""Of a vector in base64: 32-bit floats as a rule, halves, or integers."""
_FIELDS: Final = ("data", "embeddings", "embeddingsByType", "embedding", "values")
"""Where bodies, and the objects in them, hold vectors."""


def _embedding_size(streams: Streams) -> Iterator[Hit]:
    asked = streams.requests["dimensions"]
    wanted = asked.notna().to_numpy(dtype=bool) & streams.fits({Trait.EMBEDS})
    if not wanted.any():
        return
    bodies = streams.of_kind("annotation")
    for row in rows(bodies[wanted[bodies["of"]]]):
        size = int(asked.iloc[row.of])
        sizes = list(_sizes(orjson.loads(row.text)))
        others = [possible for possible in sizes if size not in possible]
        if not others:
            continue
        got = dict.fromkeys(possible[0] for possible in others)
        yield Hit(
            row.of,
            f"The request asked for embeddings with {count(size, 'dimension')}; {len(others):,} of {len(sizes):,} "
            f"{'has' if len(others) == 1 else 'have'} {listed(f'{each:,}' for each in got)}.",
            chunk=row.chunk,
            evidence=f"dimensions {size}, got {listed(got)}",
        )


def _sizes(value: Any) -> Iterator[tuple[int, ...]]:
    """How many dimensions each vector in a body may have: as it seems first, then as other encodings have it."""
    if isinstance(value, dict):
        # Of the same vectors by type one list is enough, and what stands beside them is none.
        named = next((value[name] for name in _FIELDS if value.get(name)), None)
        if named is None and value and all(isinstance(each, list) for each in value.values()):
            named = next(iter(value.values()))
        yield from _sizes(named)
    elif isinstance(value, str) and value:
        yield _of_base64(value)
    elif isinstance(value, list) and value:
        if all(type(each) in (int, float) for each in value):
            yield _of_numbers(value)
        else:
            for each in value:
                if isinstance(each, dict | list | str):
                    yield from _sizes(each)


def _of_numbers(vector: list[Any]) -> tuple[int, ...]:
    # Integers may be eight dimensions each: binary embeddings.
    return (len(vector), *([len(vector) * _BITS] if all(type(each) is int for each in vector) else []))


def _of_base64(text: str) -> tuple[int, ...]:
    n_bytes = len(text.rstrip("=")) * 3 // 4
    return (*(n_bytes // width for width in _BYTES_OF_A_NUMBER), n_bytes * _BITS)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "embedding-size",
        "Embeddings of another size than asked",
        "error",
        meaning="An index of the size that was asked for refuses the vectors, or all that is compared with them is wrong.",
        cause="The server does not know `dimensions` and ignores it, or the model has one size only.",
        remedy="Ask for the size that the model has, or cut and normalise the vectors yourself.",
        legal="Base64, integers and packed bits, where they come to the size; a request that names none.",
        find=_embedding_size,
        traits=frozenset({Trait.EMBEDS}),
        needs=("request",),
        sources=(
            "https://github.com/ggml-org/llama.cpp/issues/25210",
            "https://platform.openai.com/docs/api-reference/embeddings/create",
        ),
    ),
)
