"""Rules about what should stay the same along a stream: its id, its model, its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import orjson
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.severities import Severity
from recexplore.model.traits import Trait
from recexplore.rules.quoting import quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows

__all__ = ["RULES"]

_SEPARATORS: Final = re.compile(r"[-@_:.]|(?<=[a-z]{2})(?=\d(?:[-@_:.]|$))")
"""Between the words of a name; the number of ``llama3`` is a word, too."""
_VERSION: Final = re.compile(r"v\d*|\d{3,8}|\d\d|0|latest|stable|")
"""A word of a name that says which of its versions: dates, ``v2``, the ``0`` of ``claude-opus-4-0`` and of ``v1:0``."""
_PREVIEW: Final = re.compile(r"preview|exp|experimental|beta")
"""A word of a name under which what became of the preview answers, but not the other way round."""
_MAKE: Final = re.compile(r"instruct|it|hf|a\d+b|fp\d+|bf16|int\d|awq|gptq|gguf")
"""A word that says how a model was tuned or stored, which its provider may leave out."""
_OWNER: Final = re.compile(
    r"us|eu|apac|au|jp|ca|global|amazon|anthropic|azure|bedrock|cerebras|cohere|databricks|fireworks|google|groq|meta"
    r"|microsoft|nvidia|openai|system|together|vertex|xai"
)
"""A word before a name that says who made or serves the model, or where."""
_FAMILY: Final = re.compile(
    r"gpt|o[134]|claude|gemini|gemma|grok|llama|mistral|mixtral|ministral|codestral|magistral|devstral|pixtral|qwen|qwq"
    r"|deepseek|command|nova|titan|phi|kimi|glm|jamba|sonar|minimax|nemotron|granite|dbrx"
)
_NAMED_SIZE: Final = re.compile(r"nano|micro|tiny|mini|small|medium|large|ultra|lite|flash|pro|haiku|sonnet|opus")
_COUNTED_SIZE: Final = re.compile(r"(?:\d+x)?\d+b")
_OWN_NAMES: Final = re.compile(r"/deployments/|\.azure\.com/openai/v1/")
"""Addresses at which models are called as their owners like."""

_ROUTERS: Final = frozenset({"auto", "router"})
"""Words of names that leave the choice of the model to others."""


def _changes(streams: Streams, column: str, trait: Trait | None = None) -> pd.DataFrame:
    """The first chunk of each further value of a column, with the recording's first value beside it."""
    said = streams.chunks[["of", "chunk", column]]
    is_said = said[column].notna().to_numpy(dtype=bool)
    said = said[is_said if trait is None else is_said & streams.has(said["of"], trait)]
    said = said[said[column] != ""] if said[column].dtype == "str" else said[said[column] != 0]
    # Most never change: only where neighbours differ is it worth to look for distinct values.
    moves = (said[column] != said[column].shift()) & (said["of"] == said["of"].shift())
    if not moves.any():
        return said.head(0)
    said = said[said["of"].isin(said.loc[moves.to_numpy(dtype=bool), "of"])]
    values = said.drop_duplicates(["of", column])
    first = values.drop_duplicates("of").set_index("of")
    later = values[values.duplicated("of")]
    return later.assign(
        first=first[column].reindex(later["of"]).to_numpy(), n=later.groupby("of")["of"].transform("size")
    )


def _id_drift(streams: Streams) -> Iterator[Hit]:
    for row in rows(_changes(streams, "id", Trait.ONE_ID).drop_duplicates("of")):
        yield Hit(
            row.of,
            f"The id of the answer changes in chunk {row.chunk}: {quoted(row.first)} becomes {quoted(row.id)}"
            + (f", and {row.n - 1} more." if row.n > 1 else "."),
            chunk=row.chunk,
            evidence=f"{row.first} → {row.id}",
        )
    for row in rows(_changes(streams, "created", Trait.ONE_CREATED).drop_duplicates("of")):
        yield Hit(
            row.of,
            f"`created` moves: {row.first} becomes {row.created} in chunk {row.chunk}; it is the time of the answer, "
            "not of the chunk.",
            chunk=row.chunk,
            evidence=f"{row.first} → {row.created}",
            severity="note",
        )
    yield from _without_id(streams)


def _without_id(streams: Streams) -> Iterator[Hit]:
    """Where every chunk names an id, and always an empty one."""
    named = streams.chunks.loc[streams.chunks["id"].notna(), ["of", "chunk", "id"]]
    is_empty = (named["id"] == "").to_numpy(dtype=bool)
    blank = named[is_empty & ~named["of"].isin(named.loc[~is_empty, "of"]).to_numpy()]
    blank = blank[streams.has(blank["of"], Trait.ONE_ID) & blank["of"].isin(streams.payload["of"]).to_numpy()]
    for of, mine in grouped(blank, "of"):
        yield Hit(
            int(of),
            "The answer has no id: it is an empty string"
            + (f" in all {count(len(mine), 'chunk')}." if len(mine) > 1 else "."),
            chunk=int(mine["chunk"].iloc[0]),
            evidence='"id": ""',
            severity="note",
        )


def _model_drift(streams: Streams) -> Iterator[Hit]:
    for column, what in (("model", "The model"), ("fingerprint", "The system fingerprint")):
        for row in rows(_changes(streams, column).drop_duplicates("of")):
            found = getattr(row, column)
            yield Hit(
                row.of,
                f"{what} changes in chunk {row.chunk}: {quoted(row.first)} becomes {quoted(found)}.",
                chunk=row.chunk,
                evidence=f"{row.first} → {found}",
            )
    recordings = streams.recordings
    is_deployment = np.zeros(len(recordings), dtype=bool)
    for column in ("endpoint", "url"):
        is_deployment |= recordings[column].str.contains(_OWN_NAMES).fillna(False).to_numpy(dtype=bool)
    named = recordings.loc[~is_deployment, ["model_requested", "model_served"]].dropna()
    others = streams.requests["other_models"].dropna()
    others = others[others.index.isin(named.index)]
    listed = [
        _is_listed(served, json) for served, json in zip(named["model_served"].loc[others.index], others, strict=True)
    ]
    named = named.drop(others.index[np.array(listed, dtype=bool)])
    for asked, served in named.drop_duplicates().itertuples(index=False, name=None):
        if not asked or not served or _is_router(asked) or _is_same_model(asked, served):
            continue
        mine = named[(named["model_requested"] == asked) & (named["model_served"] == served)]
        other = _difference(asked, served)
        for of in mine.index:
            message = f"{quoted(asked)} was asked for, {quoted(served)} answered" + (f": {other}." if other else ".")
            severity: Severity = "warning" if other else "note"
            yield Hit(int(of), message, evidence=f"{asked} → {served}", severity=severity)


def _is_listed(served: str, others: str) -> bool:
    """Whether the request named a model among those that may answer in place of the one it asked for."""
    return any(_is_same_model(other, served) for other in orjson.loads(others))


def _is_router(asked: str) -> bool:
    """Whether a name asks for whatever model somebody chooses: ``openrouter/auto``, ``model-router``."""
    return bool(_ROUTERS & set(_words(asked)))


def _is_same_model(asked: str, served: str) -> bool:
    """Whether one name is the other with a path, a provider or a region in front, or with other versions, or has the same
    words in another order."""
    bare, theirs = _bare_words(asked), _bare_words(served)
    released = [word for word in bare if not _PREVIEW.fullmatch(word)] or bare
    pairs = ((_words(asked), _words(served)), (bare, theirs), (released, theirs))
    return any(_is_within(*sorted(pair, key=len)) for pair in pairs)


def _is_within(short: list[str], long: list[str]) -> bool:
    return sorted(short) == sorted(long) or long[len(long) - len(short) :] == short


def _difference(asked: str, served: str) -> str | None:
    """In what two models surely differ that are called differently: family or size; a name of its owner's tells neither."""
    mine, theirs = set(_bare_words(asked)), set(_bare_words(served))
    family, their_family = _those(mine, _FAMILY), _those(theirs, _FAMILY)
    if not family or not their_family:
        return None
    if not family & their_family:
        return "a model of another family"
    return "a model of another size" if _is_other_size(mine, theirs) else None


def _is_other_size(mine: set[str], theirs: set[str]) -> bool:
    counted, their_counted = _those(mine, _COUNTED_SIZE), _those(theirs, _COUNTED_SIZE)
    if counted or their_counted:
        return bool(counted and their_counted) and not counted & their_counted
    size, their_size = _those(mine, _NAMED_SIZE), _those(theirs, _NAMED_SIZE)
    # Where one name has none, only the same rest tells: some names stand for the newest model, whatever its size.
    return size != their_size and (bool(size and their_size) or mine - size == theirs - their_size)


def _those(words: set[str], pattern: re.Pattern[str]) -> set[str]:
    return {word for word in words if pattern.fullmatch(word)}


def _words(model: str) -> list[str]:
    """The words of a model's name without its versions."""
    words = _SEPARATORS.split(model.lower().rpartition("/")[2])
    return [word for word in words if not _VERSION.fullmatch(word)] or words


def _bare_words(model: str) -> list[str]:
    """The same without who made it, who serves it, and how it was tuned or stored."""
    path, _, name = model.rpartition("/")
    words = _words(name.partition(":")[0] if path else name)
    while len(words) > 1 and _OWNER.fullmatch(words[0]):
        del words[0]
    return [word for word in words if not _MAKE.fullmatch(word)] or words


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "id-drift",
        "The answer's id changes",
        "error",
        meaning="Clients that collect chunks by id see several answers, each a fragment.",
        cause="A gateway makes an id for every chunk, or mixes two upstream answers.",
        remedy="Make one id an answer at the gateway. Where texts look mixed too, two streams were.",
        legal="An empty id before the real one (Azure's first chunk); a note where no chunk has another. Recorders that "
        "rewrite ids (llama-stack's) hide the defect: nothing is said there. A moving `created` is a note; 0 and what "
        "Ollama stamps do not count.",
        find=_id_drift,
        traits=frozenset({Trait.ONE_ID}),
        sources=(
            "https://github.com/BerriAI/litellm/issues/16584",
            "https://github.com/BerriAI/litellm/issues/32607",
            "https://github.com/huggingface/text-generation-inference/issues/1782",
        ),
    ),
    Rule(
        "model-drift",
        "The model changes",
        "warning",
        meaning="Part of the answer may come from another model or another deployment.",
        cause="A fallback or load balancer switched in mid-answer, or the gateway names models differently in the last "
        "chunk.",
        remedy="Look at the gateway's routing; name one model an answer.",
        legal="An empty model (Azure's first chunk). That another model answers than was asked for is a note, a warning "
        "where both names tell families (`gpt`, `claude`) or sizes (`mini`, `70b`) that differ; a date, a version, a "
        "preview, how it was tuned or stored, a provider before or behind the name, or a region is nothing, nor are its "
        "words in another order, the name of a deployment, a router (`auto`), or a model that the request lists itself "
        "(`models`).",
        find=_model_drift,
        covered_by=("anthropic-lifecycle",),
        sources=("https://github.com/BerriAI/litellm/issues/31722",),
    ),
)
