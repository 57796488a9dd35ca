"""A value of the wrong type, in any place of a recording: the load goes on, and no other recording is harmed.

Takes recordings as documents of JSON, gives what promises are broken when they are loaded and judged. Never touches a disk.
"""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pandas as pd

from recexplore.checks.run import check
from recexplore.corpus import Corpus
from recexplore.model.exchange import Blob, Exchange, Json
from recexplore.model.schema import FRAMES
from recexplore.read.load import load_blobs

__all__ = [
    "WRONG",
    "Bent",
    "Place",
    "bent",
    "bent_everywhere",
    "bent_fields",
    "broken_promises",
    "document_of",
    "place_name",
    "places",
    "value_in",
]

Place: TypeAlias = tuple[Any, ...]
"""The keys and indices that lead to a value."""

WRONG: Final[tuple[Json, ...]] = (
    None,
    True,
    False,
    0,
    -1,
    7,
    2**63,
    10**30,
    -(10**30),
    10**400,
    0.5,
    1e300,
    float("nan"),
    float("-inf"),
    "",
    "nan",
    "text",
    "9999-12-31T23:59:59-05:00",
    "\ud83d",
    [],
    [1, 2],
    ["a", "b"],
    [None],
    [[["a"]]],
    {},
    {"a": 1},
    {"type": ["text"], "text": {"a": [1]}, "index": [0], "id": 5},
    [{"type": ["text"], "text": {"a": [1]}, "index": [0], "id": 5}],
    {"nan": float("nan"), "huge": 10**30},
)
"""Values of every type that JSON has, the odd ones of each among them, lists of lengths that a column may have too."""


@dataclass(frozen=True, slots=True)
class Bent:
    """A recording with another value in one place."""

    place: Place
    wrong: Json
    document: Json

    def __str__(self) -> str:
        return f"{place_name(self.place)} = {json.dumps(self.wrong)[:80]}"


def document_of(exchange: Exchange) -> Json:
    """An exchange of any envelope as a document of JSON that `recexplore.load` reads."""
    request = {"method": exchange.method, "url": exchange.url, "endpoint": exchange.endpoint, "body": exchange.request}
    body = exchange.chunks if exchange.streaming or len(exchange.chunks) != 1 else exchange.chunks[0]
    return {"request": request, "response": {"body": body, "is_streaming": bool(exchange.streaming)}}


def places(document: Json, at: Place = ()) -> Iterator[Place]:
    """Every place below the root, a container before what it holds."""
    inside: Any = ()
    if isinstance(document, dict | list):
        inside = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in inside:
        yield (*at, key)
        yield from places(value, (*at, key))


def place_name(place: Place) -> str:
    """The place in words."""
    return ".".join(map(str, place)) or "(the root)"


def value_in(document: Json, place: Place) -> Any:
    """What stands in a place."""
    for key in place:
        document = document[key]
    return document


def bent(document: Json, place: Place, wrong: Json) -> Bent:
    """The recording with ``wrong`` at ``place``; what it is made of stays as it is."""
    return Bent(place, wrong, _put(document, place, wrong))


def _put(value: Json, place: Place, wrong: Json) -> Json:
    if not place:
        return wrong
    changed = value.copy()
    changed[place[0]] = _put(value[place[0]], place[1:], wrong)
    return changed


def bent_everywhere(document: Json, n: int | None = None, seed: int = 0) -> list[Bent]:
    """The recording with every wrong value in every place; ``n`` of these, chosen by the seed, where not all are wanted."""
    every = [(place, wrong) for place in places(document) for wrong in WRONG]
    chosen = every if n is None or n >= len(every) else random.Random(seed).sample(every, n)
    return [bent(document, place, wrong) for place, wrong in chosen]


def bent_fields(documents: Sequence[Json], wrong: Json) -> list[Bent]:
    """The recordings with ``wrong`` in every field: each once, where it is first, whichever items of lists it is in."""
    first: dict[Place, Bent] = {}
    for document in documents:
        for place in places(document):
            field = tuple(step for step in place if isinstance(step, str))
            if field not in first:
                first[field] = bent(document, place, wrong)
    return list(first.values())


def broken_promises(sound: Sequence[Json], odd: Sequence[Bent]) -> list[str]:
    """What the odd recordings do that none may, when they are loaded and judged together with the sound ones.

    They may not end the load, make a dialect, an envelope or a rule fail, vanish without a word, or change anything of the
    sound recordings.

    Parameters
    ----------
    sound
        Recordings that nothing may happen to.
    odd
        Recordings that are bent, of the same kind, so that they are read together.

    Returns
    -------
    list of str
        A sentence for each, with place and value; empty where all promises are kept.
    """
    sound_files = {f"sound-{at:04}.json": each for at, each in enumerate(sound)}
    odd_files = {f"odd-{at:06}.json": each for at, each in enumerate(odd)}
    mixed = _interleaved(sound_files, {name: each.document for name, each in odd_files.items()})
    try:
        together = _loaded(mixed)
        failed = _failed_rules(together)
    except Exception as error:
        return _narrowed(sound, odd, f"{type(error).__name__}: {error}")
    if failed:
        return _narrowed(sound, odd, f"rules failed: {failed}")
    problems = together.problems[["path", "what", "found"]].itertuples(index=False, name=None)
    broken = [
        f"{odd_files.get(path, path)}: {what}: {found}" for path, what, found in problems if what.endswith(" failed")
    ]
    seen = {*together.recordings["path"], *together.problems["path"]}
    broken += [f"{odd_files.get(name, name)}: it vanished" for name in mixed if name not in seen]
    return broken + [
        f"sound recordings are harmed in `{name}`" for name in _differences(_loaded(sound_files), together)
    ]


def _interleaved(sound: Mapping[str, Json], odd: Mapping[str, Json]) -> dict[str, Json]:
    """Both, the sound ones spread among the odd ones."""
    ranked = [((at + 0.5) / len(files), name) for files in (sound, odd) for at, name in enumerate(files)]
    return {name: sound[name] if name in sound else odd[name] for _, name in sorted(ranked)}


def _narrowed(sound: Sequence[Json], odd: Sequence[Bent], why: str) -> list[str]:
    """The same, told of as few of the odd recordings as it takes: one, or some that fail only together."""
    if len(odd) <= 1:
        return [f"{'; '.join(map(str, odd)) or 'the sound recordings alone'}: {why}"]
    half = len(odd) // 2
    found = broken_promises(sound, odd[:half]) or broken_promises(sound, odd[half:])
    return found or [f"{len(odd)} recordings together, from {odd[0]} to {odd[-1]}: {why}"]


def _loaded(documents: Mapping[str, Json]) -> Corpus:
    """A corpus of files that are in memory, all its frames made."""
    corpus = load_blobs(
        [_blob(name, document) for name, document in documents.items()], "memory", check=check, progress=False
    )
    for name in FRAMES.keys() - {"findings"}:
        getattr(corpus, name)
    return corpus


def _blob(name: str, document: Json) -> Blob:
    data = json.dumps(document).encode()
    return Blob(name, name, lambda max_bytes: data, ("memory", name), is_named=True)


def _failed_rules(corpus: Corpus) -> dict[str, str]:
    with warnings.catch_warnings():
        # What fails is in the frame.
        warnings.simplefilter("ignore", UserWarning)
        failed: dict[str, str] = check(corpus, select=["all"]).attrs.get("failed", {})
    return failed


def _differences(alone: Corpus, together: Corpus) -> list[str]:
    """The frames in which the sound recordings do not look as they do without the odd ones."""
    return [
        name
        for name in FRAMES.keys() - {"findings", "problems"}
        if not _own(getattr(together, name)).equals(_own(getattr(alone, name)))
    ]


def _own(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["recording"].str.startswith("sound-")].reset_index(drop=True)
