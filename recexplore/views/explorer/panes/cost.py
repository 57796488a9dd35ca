"""What an answer cost, by the price table that the user handed over; nothing where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypedDict

from recexplore.analysis import prices
from recexplore.analysis.prices import Price
from recexplore.corpus import Recording
from recexplore.model.plain_values import plain

__all__ = ["Cost", "CostPart", "cost_facts", "cost_view"]

_LABELS: Final = {
    "input": "input",
    "cached_input": "cached input",
    "cache_write": "written to the cache",
    "output": "output, reasoning included",
}


class CostPart(TypedDict):
    """Tokens of one sort, their price and what they cost; None where a price is missing."""

    label: str
    tokens: int
    per_million: float | None
    money: str | None


class Cost(TypedDict):
    """What an answer cost, in words; ``total`` is None where the ``missing`` words say why."""

    model: str | None
    currency: str | None
    total: str | None
    missing: str | None
    parts: list[CostPart]


def cost_facts(recording: Recording, table: Sequence[Price]) -> list[list[str]]:
    """The fact worth a glance: label and value; none without a table."""
    if not table:
        return []
    row = _row(recording, table)
    said = "not known" if row["total"] is None else f"{_money(row['total'])} {row['currency']}"
    return [["cost by your price table", said]]


def cost_view(recording: Recording, table: Sequence[Price]) -> Cost | None:
    """Tokens, price and money of every part; None without a table."""
    if not table:
        return None
    row = _row(recording, table)
    price = next((each for each in table if each.model == row["model"] and each.currency == row["currency"]), None)
    return {
        "model": row["model"],
        "currency": row["currency"],
        "total": None if row["total"] is None else _money(row["total"]),
        "missing": row["missing"],
        "parts": [
            {
                "label": _LABELS[part],
                "tokens": row[f"{part}_tokens"],
                "per_million": None if price is None else getattr(price, part),
                "money": None if row[part] is None else _money(row[part]),
            }
            for part in prices.PARTS
            if row[f"{part}_tokens"] is not None
        ],
    }


def _row(recording: Recording, table: Sequence[Price]) -> dict[Any, Any]:
    found = prices.costs(recording.recordings, recording.usage, table)
    return {name: plain(value) for name, value in found.to_dict("records")[0].items()}


def _money(amount: float) -> str:
    """Two digits after the point; of less than a unit four that count, and no more than ten places."""
    if amount >= 1 or amount == 0:
        return f"{amount:,.2f}"
    return f"{float(f'{amount:.4g}'):.10f}".rstrip("0")
