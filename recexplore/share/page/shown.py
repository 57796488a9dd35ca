"""The page in the output of a notebook's cell: a frame of its own, which lives on where there is no kernel.

Takes the page's HTML and words, gives what a cell shows.
"""

from __future__ import annotations

from html import escape
from string import Template
from typing import Any, Final

__all__ = ["Shown"]

_FRAME: Final = Template(
    # Where a notebook is not trusted, Jupyter takes away the frame and the style: the words are seen then.
    "<style>iframe.recexplore + p { display: none; }</style>"
    '<iframe class="recexplore" title="recexplore: recordings" sandbox="allow-scripts" srcdoc="$page" '
    'style="display: block; width: 100%; height: ${height}px; border: 1px solid #8884; border-radius: 3px; '
    'resize: vertical; box-sizing: border-box"></iframe>'
    "<p>$words Trust the notebook to see it (in JupyterLab: View, Activate Command Palette, Trust Notebook).</p>"
)


class Shown:
    """What `recexplore.show` gives.

    Attributes
    ----------
    page : str
        The page's HTML.
    """

    def __init__(self, page: str, words: str, height: int) -> None:
        self.page, self._words, self._height = page, words, height

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        # The frame may run its script and nothing else: not reach the notebook around it, send, or go anywhere.
        frame = _FRAME.substitute(page=escape(self.page, quote=True), height=self._height, words=escape(self._words))
        return {"text/html": frame, "text/plain": self._words}

    def __repr__(self) -> str:
        return self._words
