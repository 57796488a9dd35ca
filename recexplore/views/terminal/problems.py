"""What could not be read, and what a search passed over, at the end of what a terminal shows.

Takes the rows of ``problems`` and a corpus, gives rich renderables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from recexplore.corpus import Corpus
from recexplore.model.counts import count
from recexplore.model.exchange import Problem
from recexplore.views.text.safe_text import visible
from recexplore.views.text.skipped import skipped_line

__all__ = ["problem_lines", "skipped_lines"]


def problem_lines(problems: Sequence[Problem]) -> Iterator[RenderableType]:
    """What could not be read, said at the end where it is seen."""
    if problems:
        yield Text(f"\n{count(len(problems), 'problem')} while reading", style="bold red")
    for each in problems:
        where = "" if each.chunk is None else f", chunk {each.chunk}"
        said = f"{each.what}: expected {each.expected}, found {each.found}; {each.hint}"
        yield Text(visible(f"  {each.path}{where}: {said}"))


def skipped_lines(corpus: Corpus) -> Iterator[RenderableType]:
    """What the search passed over, in one quiet line."""
    if said := skipped_line(corpus):
        yield Text(f"\n{said}", style="bright_black")
