"""How probable a model found its own tokens, and what it might have said instead.

Takes ``events``, gives one row a token. Log probabilities are natural logarithms, as every API reports them. Nothing is
estimated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Any, Final, NamedTuple, TypeAlias

import orjson
import pandas as pd

__all__ = ["per_choice", "tokens"]

_NAMES: Final = ("token", "text")
_VALUES: Final = ("logprob", "logProbability", "log_probability", "raw_logprob")
_ALTERNATIVES: Final = ("top_logprobs", "topTokens", "top_tokens", "topLogprobs")
_WRAPPINGS: Final = ("generatedToken",)
_COLUMNS: Final = ("tokens", "token_logprobs", "top_logprobs")
"""Lists of the same length, as text completions have them."""
_DEPTH: Final = 4

Alternatives: TypeAlias = tuple[tuple[str, float], ...]


class _Token(NamedTuple):
    token: str
    logprob: float | None
    alternatives: Alternatives


def tokens(events: pd.DataFrame, most: int | None = None) -> pd.DataFrame:
    """The tokens whose log probabilities were reported.

    Parameters
    ----------
    events
        The ``events`` frame of one or more recordings.
    most
        No more rows than these are made; None for all.

    Returns
    -------
    pandas.DataFrame
        One row a token in wire order: ``recording``, ``choice``, ``chunk``, ``token`` (text), ``logprob`` (missing where
        only alternatives came), ``probability`` (0 to 1) and ``alternatives`` (pairs of token and log probability, as
        reported, the chosen one among them where the API lists it).
    """
    told = events[(events["kind"] == "logprobs") | events["logprob"].notna()]
    # A token has two events at most: its text and the list that it stands in.
    rows = list(islice(_rows(told if most is None else told.head(2 * most)), most))
    found = pd.DataFrame(rows, columns=["recording", "choice", "chunk", "token", "logprob", "alternatives"])
    found = found.astype(
        {"recording": "str", "choice": "Int64", "chunk": "int64", "token": "str", "logprob": "float64"}
    )
    found.insert(5, "probability", found["logprob"].map(math.exp, na_action="ignore").astype("float64"))
    return found


def per_choice(found: pd.DataFrame) -> pd.DataFrame:
    """How sure a model was of each choice.

    Parameters
    ----------
    found
        What `tokens` gave.

    Returns
    -------
    pandas.DataFrame
        One row a choice: ``recording``, ``choice``, ``n_tokens`` (with a log probability), ``mean_logprob`` and
        ``perplexity`` (e to the power of minus that mean: 1 where every token was certain).
    """
    known = found.dropna(subset="logprob")
    by = known.groupby(["recording", "choice"], sort=True, dropna=False)["logprob"]
    made = by.agg(n_tokens="size", mean_logprob="mean").reset_index()
    made["perplexity"] = (-made["mean_logprob"]).map(_power)
    return made


def _power(exponent: float) -> float:
    return math.exp(exponent) if exponent < 700 else math.inf


def _rows(told: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    columns = (told[name].tolist() for name in ("recording", "choice", "chunk", "kind", "text", "logprob"))
    pending: tuple[Any, ...] | None = None
    for recording, choice, chunk, kind, text, logprob in zip(*columns, strict=True):
        place = recording, None if pd.isna(choice) else int(choice), int(chunk)
        if kind != "logprobs":
            if pending:
                yield pending
            # What stands beside the text tells its tokens apart; without it the text is one.
            pending = (*place, text or "", float(logprob), ())
            continue
        value = _parsed(text)
        listed = list(_tokens(value))
        if pending and pending[:3] == place:
            if not listed:
                pending = (*pending[:5], _beside(value))
                continue
            pending = None
        elif pending:
            yield pending
            pending = None
        yield from ((*place, *each) for each in listed)
    if pending:
        yield pending


def _parsed(text: str | None) -> Any:
    try:
        return orjson.loads(text or "null")
    except orjson.JSONDecodeError:
        return None


def _tokens(value: Any, depth: int = _DEPTH) -> Iterator[_Token]:
    """The tokens that some JSON lists, in any of the shapes that APIs have."""
    if isinstance(value, list):
        for each in value if depth else ():
            token = _token(each) if isinstance(each, dict) else None
            yield from [token] if token else _tokens(each, depth - 1)
    elif isinstance(value, dict):
        if isinstance(value.get(_COLUMNS[0]), list) and isinstance(value.get(_COLUMNS[1]), list):
            yield from _of_columns(*(value.get(name) for name in _COLUMNS))
        elif isinstance(chosen := value.get("chosenCandidates", value.get("chosen_candidates")), list):
            yield from _of_candidates(chosen, value.get("topCandidates", value.get("top_candidates")))
        elif isinstance(value.get("text"), str) and isinstance(value.get("logprobs"), list):
            numbers = [number for each in value["logprobs"] if (number := _number(each)) is not None]
            yield _Token(value["text"], sum(numbers) if numbers else None, ())
        elif depth and (token := _token(value)):
            yield token
        elif depth:
            for name, each in value.items():
                if isinstance(each, list) and name not in _ALTERNATIVES:
                    yield from _tokens(each, depth - 1)


def _token(item: dict[str, Any]) -> _Token | None:
    inner = next((item[name] for name in _WRAPPINGS if isinstance(item.get(name), dict)), item)
    name = next((inner[name] for name in _NAMES if isinstance(inner.get(name), str)), None)
    number = next((number for key in _VALUES if (number := _number(inner.get(key))) is not None), None)
    if name is None or (number is None and not any(key in inner for key in _VALUES)):
        return None
    return _Token(name, number, _alternatives(next((item[key] for key in _ALTERNATIVES if key in item), None)))


def _alternatives(value: Any) -> Alternatives:
    if isinstance(value, dict):
        return tuple((name, number) for name, each in value.items() if (number := _number(each)) is not None)
    items = (
        [token for each in value if isinstance(each, dict) and (token := _token(each))]
        if isinstance(value, list)
        else []
    )
    return tuple((each.token, each.logprob) for each in items if each.logprob is not None)


def _of_columns(names: Any, values: Any, tops: Any) -> Iterator[_Token]:
    tops = tops[: len(names)] if isinstance(tops, list) else []
    for name, value, top in zip_longest(names, values[: len(names)], tops):
        if isinstance(name, str):
            yield _Token(name, _number(value), _alternatives(top))


def _of_candidates(chosen: list[Any], tops: Any) -> Iterator[_Token]:
    tops = tops[: len(chosen)] if isinstance(tops, list) else []
    for each, top in zip_longest(chosen, tops):
        if isinstance(each, dict) and (token := _token(each)):
            yield token._replace(alternatives=_alternatives(top.get("candidates") if isinstance(top, dict) else None))


def _beside(value: Any) -> Alternatives:
    """The alternatives of a token that is told by its text alone."""
    found = next((value[key] for key in _ALTERNATIVES if key in value), None) if isinstance(value, dict) else None
    if isinstance(found, list) and found and isinstance(found[0], list):
        found = found[0]
    return _alternatives(found)


def _number(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and math.isfinite(value) else None
