"""What answers cost in money, by a price table that the user brings. None comes with recexplore: prices change.

Takes ``recordings``, ``usage`` and prices, gives one row a recording. Where a price or a figure is missing there is no sum,
and a reason instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

import pandas as pd

from recexplore.analysis import usage as usage_analysis

__all__ = ["PARTS", "Price", "costs"]

PARTS: Final[Mapping[str, str]] = {
    "input": "fresh_prompt",
    "cached_input": "cached",
    "cache_write": "cache_write",
    "output": "paid_completion",
}
"""What a price table has a price for, and which tokens it is the price of."""

_WORDS: Final = {
    "input": "input",
    "cached_input": "cached input",
    "cache_write": "writing to the cache",
    "output": "output",
}
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens of a model cost.

    Attributes
    ----------
    model
        A pattern of model names (``gpt-4o*``); the first price that fits counts.
    currency
        As the table says it: ``USD``.
    input, cached_input, cache_write, output
        Per million tokens; None where the table has no price. ``input`` is of what came from no cache, ``output`` with
        reasoning.
    provider
        A pattern of providers; None for any.
    """

    model: str
    currency: str
    input: float | None = None
    cached_input: float | None = None
    cache_write: float | None = None
    output: float | None = None
    provider: str | None = None

    def fits(self, model: str, provider: str) -> bool:
        """Whether it is the price of a model at a provider."""
        return fnmatchcase(model, self.model) and (self.provider is None or fnmatchcase(provider, self.provider))


def costs(recordings: pd.DataFrame, usage: pd.DataFrame, prices: Sequence[Price]) -> pd.DataFrame:
    """What each answer cost.

    Parameters
    ----------
    recordings, usage
        Frames of a corpus, or of a recording.
    prices
        What `recexplore.analysis.price_table.read_prices` gave.

    Returns
    -------
    pandas.DataFrame
        One row a recording: ``recording``, ``model`` (the pattern whose price it is), ``currency``, for each of `PARTS` the
        ``…_tokens`` and the money, ``total`` (missing where anything of it is unknown) and ``missing`` (why; missing
        where nothing is).
    """
    counts = usage_analysis.parts(recordings, usage).set_index("recording")
    models = recordings[["recording", "model_served", "model_requested", "provider"]]
    rows = [
        _cost(recording, counts.loc[recording], _price_of((served, requested), provider, prices))
        for recording, served, requested, provider in models.itertuples(index=False, name=None)
    ]
    columns = ["recording", "model", "currency", *(name for part in PARTS for name in (f"{part}_tokens", part))]
    found = pd.DataFrame(rows, columns=[*columns, "total", "missing"])
    tokens = {f"{part}_tokens": "Int64" for part in PARTS}
    return found.astype(
        {**dict.fromkeys(("recording", "model", "currency", "missing"), "str"), **tokens, "total": "float64"}
    )


def _price_of(models: Sequence[Any], provider: Any, prices: Sequence[Price]) -> Price | None:
    """The first price that fits: of the model that served, else of the one asked for."""
    own = provider if isinstance(provider, str) else ""
    named = [model for model in models if isinstance(model, str) and model]
    return next((price for model in named for price in prices if price.fits(model, own)), None)


def _cost(recording: str, counts: pd.Series[Any], price: Price | None) -> dict[str, Any]:
    tokens = {part: _count(counts[name]) for part, name in PARTS.items()}
    row: dict[str, Any] = {"recording": recording, **{f"{part}_tokens": n for part, n in tokens.items()}}
    missing = _why_missing(tokens, counts, price)
    if price is None:
        return {**row, "missing": missing}
    # Tokens that nobody reported are none that somebody charged, once input and output are known.
    money = {
        part: None if n is None or (own := getattr(price, part)) is None else n * own / _MILLION
        for part, n in tokens.items()
    }
    total = None if missing else sum(each for each in money.values() if each is not None)
    return {**row, "model": price.model, "currency": price.currency, **money, "total": total, "missing": missing}


def _why_missing(tokens: Mapping[str, int | None], counts: pd.Series[Any], price: Price | None) -> str | None:
    if not counts["n_reports"]:
        return "tokens were not reported"
    if price is None:
        return "the price table has no price for this model"
    if absent := [_WORDS[part] for part in ("input", "output") if tokens[part] is None]:
        return f"tokens of {' and '.join(absent)} were not reported"
    if _count(counts["audio"]):
        return "audio tokens have prices of their own, which the table does not hold"
    unpriced = [_WORDS[part] for part, n in tokens.items() if n and getattr(price, part) is None]
    return f"the price table has no price for {' and '.join(unpriced)} of {price.model}" if unpriced else None


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
