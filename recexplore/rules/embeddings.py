"""Rules about embeddings: whether the vectors are those that were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, object_in, rows

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


# --- as many as inputs, numbered like them, and not nothing ----------------------------------------------------------------

_LISTS: Final = ("data", "embeddings")
"""Where bodies list one vector an input."""


def _embedding_inputs(streams: Streams) -> Iterator[Hit]:
    requests = streams.requests
    wanted = streams.fits({Trait.EMBEDS}) & streams.recordings["error"].isna().to_numpy()
    if not wanted.any():
        return
    bodies = streams.of_kind("annotation")
    bodies = bodies[wanted[bodies["of"]]]
    # What comes in several bodies is counted in none of them.
    alone = ~bodies["of"].duplicated(keep=False).to_numpy()
    for row in rows(bodies[alone]):
        body = object_in(row.text)
        listed_in = next((name for name in _LISTS if isinstance(body.get(name), list)), None)
        if listed_in is not None:
            n_inputs = requests["n_inputs"].iloc[row.of]
            yield from _misnumbered(row, body[listed_in], None if pd.isna(n_inputs) else int(n_inputs))
        vectors = list(_vectors(body))
        yield from _all_zero(row, vectors)
        yield from _encoded_otherwise(row, vectors, requests["encoding"].iloc[row.of])


def _misnumbered(row: Any, vectors: list[Any], n_inputs: int | None) -> Iterator[Hit]:
    """Vectors that are not as many as the inputs, or whose numbers leave one out: none can be given to its input."""
    numbers = [n for each in vectors if isinstance(each, dict) and type(n := each.get("index")) is int]
    is_numbered = len(numbers) == len(vectors)
    is_right = not is_numbered or sorted(numbers) == list(range(len(numbers)))
    if is_right and (n_inputs is None or len(vectors) == n_inputs):
        return
    times = Counter(() if is_right else numbers)
    missing = [number for number in range(n_inputs or len(vectors)) if number not in times] if times else []
    twice = [number for number, n in times.items() if n > 1]
    faults = [f"{_numbers(missing, 'is', 'are')} missing"] if missing else []
    faults += [f"{_numbers(twice, 'comes', 'come')} more than once"] if twice else []
    got = f"{count(len(vectors), 'embedding')} came"
    asked = f" for {count(n_inputs, 'input')}" if n_inputs is not None else ""
    why = f": {' and '.join(faults)}" if faults else ""
    yield Hit(
        row.of,
        f"{got}{asked}{why}; a client that takes them in order gives inputs the vectors of others, or fails.",
        chunk=row.chunk,
        evidence=f"index {listed(numbers[:_MOST_SHOWN])}" if is_numbered else got,
    )


def _numbers(numbers: list[int], singular: str, several: str) -> str:
    is_one = len(numbers) == 1
    more = f" and {len(numbers) - _MOST_SHOWN:,} more" if len(numbers) > _MOST_SHOWN else ""
    shown = numbers[:_MOST_SHOWN]
    named = ", ".join(map(str, shown)) + more if more else listed(shown)
    return f"number{'' if is_one else 's'} {named} {singular if is_one else several}"


def _all_zero(row: Any, every: list[Any]) -> Iterator[Hit]:
    zero = [at for at, vector in enumerate(every) if _is_zero(vector)]
    if zero:
        which = "The embedding" if len(every) == 1 else f"{len(zero):,} of {len(every):,} embeddings"
        yield Hit(
            row.of,
            f"{which} {'is' if len(zero) == 1 else 'are'} nothing but zeros: no text has such a vector, and its cosine "
            "with any other is undefined.",
            chunk=row.chunk,
            evidence=f"embedding {listed(zero[:_MOST_SHOWN])} of {len(every):,}, all 0",
            severity="warning",
        )


def _is_zero(vector: Any) -> bool:
    if isinstance(vector, str):
        return len(vector) >= _LEAST_LETTERS and not vector.rstrip("=").strip("A")
    return len(vector) > 1 and not any(vector)


def _encoded_otherwise(row: Any, vectors: list[Any], asked: Any) -> Iterator[Hit]:
    """Numbers where text in base64 was asked, or the other way round: clients decode what they asked for."""
    kinds = {"base64": list, "float": str}
    if asked not in kinds:
        return
    other = next((vector for vector in vectors if isinstance(vector, kinds[asked])), None)
    if other is not None:
        came = "base64" if asked == "float" else "lists of numbers"
        yield Hit(
            row.of,
            f"The request asked for embeddings as {quoted(asked)}; {came} came. A client that decodes what it asked for "
            "raises, or reads other numbers.",
            chunk=row.chunk,
            evidence=f"encoding_format {asked}, got {orjson.dumps(other).decode()[:_SHOWN_CHARS]}",
            severity="warning",
        )


_MOST_SHOWN: Final = 6
_SHOWN_CHARS: Final = 40
_LEAST_LETTERS: Final = 8
"""In base64, of more than one number."""


# --- the vectors of a body -------------------------------------------------------------------------------------------------


def _vectors(value: Any) -> Iterator[Any]:
    """The vectors in a body: lists of numbers, or texts in base64."""
    if isinstance(value, dict):
        # Of the same vectors by type one list is enough, and what stands beside them is none.
        named = next((value[name] for name in _FIELDS if value.get(name)), None)
        if named is None and value and all(isinstance(each, list) for each in value.values()):
            named = next(iter(value.values()))
        yield from _vectors(named)
    elif isinstance(value, str) and value:
        yield value
    elif isinstance(value, list) and value:
        if all(type(each) in (int, float) for each in value):
            yield value
        else:
            for each in value:
                if isinstance(each, dict | list | str):
                    yield from _vectors(each)


def _sizes(body: Any) -> Iterator[tuple[int, ...]]:
    """How many dimensions each vector in a body may have: as it seems first, then as other encodings have it."""
    return (_of_base64(each) if isinstance(each, str) else _of_numbers(each) for each in _vectors(body))


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
    Rule(
        "embedding-inputs",
        "Embeddings that do not go with their inputs",
        "error",
        meaning="Texts get the vectors of other texts, or none, and nothing shows it but bad search results.",
        cause="The server embeds the first input only, passes over those that fail, or does not know `encoding_format`.",
        remedy="Compare the number of vectors with that of the inputs, and place them by `index`.",
        legal="Vectors in any order, a vector a token, lists without numbers, inputs that are one list of tokens or mixed. "
        "A vector of zeros, and another encoding than asked, are a warning.",
        find=_embedding_inputs,
        traits=frozenset({Trait.EMBEDS}),
        sources=(
            "https://github.com/gpustack/gpustack/issues/513",
            "https://github.com/xberg-io/xberg/issues/1302",
            "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/756",
            "https://platform.openai.com/docs/api-reference/embeddings/create",
        ),
    ),
)
