"""The request as a conversation: who said what, and what was set beside it."""

from __future__ import annotations

from typing import Any, Final, TypeAlias, TypedDict

from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.model.plain_values import plain
from recexplore.model.request_fields import joined
from recexplore.read.registry import known
from recexplore.views.explorer.panes.json_text import readable_json
from recexplore.views.explorer.unreadable import why_unreadable
from recexplore.views.text.conversation import Message, conversation, settings
from recexplore.views.text.declared_tools import declared_tools
from recexplore.views.text.safe_text import without_lone_surrogates
from recexplore.views.text.without_credentials import shown_request

__all__ = ["RequestPane", "Setting", "request_pane"]

_MOST_MESSAGES: Final = 2_000
_SHORT: Final = 80
_MOST_TOOLS: Final = 12

Setting: TypeAlias = tuple[str, str, str | None]
"""Name, short text and JSON, None where the text is all."""


class RequestPane(TypedDict):
    """The first messages and how many follow; settings; where it was sent; why there is no conversation."""

    messages: list[Message]
    more: int
    settings: list[Setting]
    where: str
    why: str | None


def request_pane(recording: Recording) -> RequestPane:
    try:
        request = shown_request(recording)
        if not request:
            where = _where(recording)
            return _nothing(where, "The request was recorded without a body." if where else "No request was recorded.")
        dialects = known()
        fields = joined([dialects.named(recording.facts["dialect"]).request, dialects.request])
        messages = conversation(request, fields)
        set_beside = [_setting(name, value) for name, value in settings(request, fields)]
        tools = _tools(recording)
    except (SourceChanged, RecursionError) as error:
        return _nothing("", why_unreadable("The request", recording, error))
    view: RequestPane = {
        "messages": messages[:_MOST_MESSAGES],
        "more": max(len(messages) - _MOST_MESSAGES, 0),
        "settings": tools + [each for each in set_beside if not (tools and each[0] in ("tools", "functions"))],
        "where": _where(recording),
        "why": None,
    }
    whole: RequestPane = _without_halves(view)
    return whole


def _nothing(where: str, why: str) -> RequestPane:
    return {"messages": [], "more": 0, "settings": [], "where": where, "why": why}


def _where(recording: Recording) -> str:
    facts = recording.facts
    return " ".join(str(said) for name in ("method", "endpoint") if (said := plain(facts[name])))


def _tools(recording: Recording) -> list[Setting]:
    """The declared tools as one setting: how many, and the first names."""
    names = [tool.name for tool in declared_tools(recording)]
    if not names:
        return []
    some = ", ".join(names[:_MOST_TOOLS]) + (", …" if len(names) > _MOST_TOOLS else "")
    return [("tools declared", f"{count(len(names), 'tool')}: {some}", None)]


def _setting(name: str, value: Json) -> Setting:
    text = value if isinstance(value, str) else to_json_text(value)
    return (name, text, None) if len(text) <= _SHORT else (name, f"{text[:_SHORT]}…", readable_json(value))


def _without_halves(value: Any) -> Any:
    """The same without halves of characters, which no message to the page may hold."""
    if isinstance(value, str):
        return without_lone_surrogates(value)
    if isinstance(value, list | tuple):
        return type(value)(map(_without_halves, value))
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(each) for name, each in value.items()}
    return value
