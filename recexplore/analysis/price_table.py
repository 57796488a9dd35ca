"""Price tables as users write them: a mapping, or a file of TOML, JSON or CSV (docs/prices.md).

Takes a table or its path, gives prices in its order. What is wrong is said with file, row, expected and found.
"""

from __future__ import annotations

import csv
import json
import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from recexplore.analysis.prices import PARTS, Price
from recexplore.model.errors import RecexploreError

__all__ = ["Prices", "PricesNotReadable", "read_prices"]

Prices: TypeAlias = Mapping[str, Any] | str | os.PathLike[str]
"""A price table as users hand it over."""

_HINT: Final = "docs/prices.md shows a table"
_FIELDS: Final = ("model", "currency", "provider", *PARTS)


class PricesNotReadable(RecexploreError, ValueError):
    """A price table cannot be read: file, row, expected, found."""


def read_prices(table: Prices) -> tuple[Price, ...]:
    """The prices of a table.

    Parameters
    ----------
    table
        Model names (or patterns) with their prices, and ``currency``; or the path of a ``.toml``, ``.json`` or ``.csv``
        file.

    Raises
    ------
    PricesNotReadable
        The table is none: file, row, expected, found.
    """
    if isinstance(table, Mapping):
        return _prices("prices", table)
    if not isinstance(table, str | os.PathLike):
        raise PricesNotReadable(
            f"prices: expected a mapping or the path of a table, found {type(table).__name__}; {_HINT}"
        )
    path = Path(table)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise PricesNotReadable(
            f"{path}: expected a file whose name ends in {', '.join(_READERS)}, found {path.suffix!r}; {_HINT}"
        )
    try:
        value = reader(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise PricesNotReadable(
            f"{path}: expected {path.suffix[1:].upper()} that can be read, found: {error}; {_HINT}"
        ) from error
    return _prices(str(path), value)


def _of_csv(text: str) -> dict[str, Any]:
    rows = csv.DictReader(text.splitlines(), restkey="more", skipinitialspace=True)
    return {"prices": [{name: cell for name, cell in row.items() if cell not in (None, "")} for row in rows]}


_READERS: Final[Mapping[str, Any]] = {".toml": tomllib.loads, ".json": json.loads, ".csv": _of_csv}


def _prices(where: str, value: Any) -> tuple[Price, ...]:
    if not isinstance(value, Mapping):
        raise PricesNotReadable(
            f"{where}: expected a table with `currency` and `prices`, found {_found(value)}; {_HINT}"
        )
    given = {**value}
    currency = given.pop("currency", None)
    held = given.pop("prices", None)
    if held is None:
        held, given = given, {}
    if given:
        raise PricesNotReadable(
            f"{where}: expected `currency` and `prices` alone, found also {', '.join(map(str, given))}; {_HINT}"
        )
    prices = tuple(_price(f"{where}, {row}", entry, currency) for row, entry in _rows(where, held))
    if not prices:
        raise PricesNotReadable(f"{where}: expected at least one price, found none; {_HINT}")
    return prices


def _rows(where: str, held: Any) -> Iterator[tuple[str, Any]]:
    """Each row with what it is called in errors."""
    if isinstance(held, Mapping):
        for model, entry in held.items():
            yield f"row {model!r}", {"model": model, **entry} if isinstance(entry, Mapping) else entry
    elif isinstance(held, list):
        yield from ((f"row {number}", entry) for number, entry in enumerate(held, 1))
    else:
        raise PricesNotReadable(f"{where}: expected `prices` as rows, found {_found(held)}; {_HINT}")


def _price(where: str, entry: Any, currency: Any) -> Price:
    if not isinstance(entry, Mapping):
        raise PricesNotReadable(f"{where}: expected prices per million tokens by name, found {_found(entry)}; {_HINT}")
    if unknown := [str(name) for name in entry if name not in _FIELDS]:
        raise PricesNotReadable(f"{where}: expected {', '.join(_FIELDS)}, found {', '.join(unknown)}; {_HINT}")
    row = {"currency": currency, **entry}
    model, currency = (_text(where, name, row.get(name)) for name in ("model", "currency"))
    provider = None if row.get("provider") is None else _text(where, "provider", row["provider"])
    numbers: dict[str, Any] = {
        part: None if row.get(part) is None else _number(where, part, row[part]) for part in PARTS
    }
    if not any(number is not None for number in numbers.values()):
        raise PricesNotReadable(f"{where}: expected a price ({', '.join(PARTS)}), found none; {_HINT}")
    return Price(model, currency, **numbers, provider=provider)


def _text(where: str, name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PricesNotReadable(f"{where}: expected `{name}` as text, found {_found(value)}; {_HINT}")
    return value.strip()


def _number(where: str, name: str, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < math.inf:
        raise PricesNotReadable(
            f"{where}: expected `{name}` as a number, 0 or more, per million tokens, found {_found(value)}; {_HINT}"
        )
    return number


def _found(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:80]
