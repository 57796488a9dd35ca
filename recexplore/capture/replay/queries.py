"""Whether two queries of URLs ask for the same.

Takes queries, gives a verdict and what may be shown of one. The order of parameters does not matter. Keys are not compared,
nor is what was masked in a recording.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from recexplore.model.credentials import MASK, is_key_parameter, masked_url

__all__ = ["is_same_query", "query_of", "shown_query"]


def query_of(url: str | None) -> str:
    """What stands behind the question mark of a URL; an empty text where there is none."""
    try:
        return urlsplit(url).query if url else ""
    except ValueError:
        return ""


def is_same_query(asked: str, recorded: str) -> bool:
    """Whether a recording's query has the parameters that are asked for, and no others."""
    told = parse_qsl(recorded, keep_blank_values=True)
    masked = {name for name, value in told if value == MASK}
    one, other = (
        sorted((name, value) for name, value in pairs if name not in masked and not is_key_parameter(name))
        for pairs in (parse_qsl(asked, keep_blank_values=True), told)
    )
    return one == other


def shown_query(query: str) -> str:
    """The query without keys."""
    return masked_url(f"?{query}")[1:]
