"""What the panes under the timeline show, as plain values that travel to the page: a module a pane.

Takes a `Recording`, gives dicts and lists of strings, numbers and None. Figures come from `recexplore.analysis`; here they
are only put into words. No HTML is made here or anywhere: the page shows recorded text by text nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from recexplore.corpus import Recording
from recexplore.views.explorer.panes.logprobs import logprobs_pane
from recexplore.views.explorer.panes.raw import raw_pane
from recexplore.views.explorer.panes.reasoning import reasoning_pane
from recexplore.views.explorer.panes.request import request_pane
from recexplore.views.explorer.panes.timing import timing_pane
from recexplore.views.explorer.panes.tokens import tokens_pane
from recexplore.views.explorer.panes.tools import tools_pane

__all__ = ["PANES"]

PANES: Final[dict[str, Callable[[Recording], Mapping[str, object]]]] = {
    "request": request_pane,
    "reasoning": reasoning_pane,
    "tokens": tokens_pane,
    "timing": timing_pane,
    "tools": tools_pane,
    "logprobs": logprobs_pane,
    "raw": raw_pane,
}
"""What is answered when a pane is opened."""
