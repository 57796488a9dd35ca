"""What a corpus is handed and shares with its recordings: what finds faults, what exports, what reads a file again.

The corpus calls these and knows no rule, no format and no envelope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from recexplore.corpus.source_file import SourceFiles

if TYPE_CHECKING:
    from recexplore.corpus.corpus import Corpus
    from recexplore.corpus.recording import Recording

__all__ = ["Check", "Exporter", "Services"]

Check: TypeAlias = "Callable[[Corpus | Recording], pd.DataFrame]"
"""What makes the frame ``findings``."""

Exporter: TypeAlias = Callable[..., Any]
"""What writes a corpus or a recording in another format."""


@dataclass(frozen=True, slots=True)
class Services:
    """What a corpus and its recordings use.

    Attributes
    ----------
    check
        Makes ``findings``.
    exporter
        Writes other formats; None where a corpus was made by something that hands it none.
    files
        Gives what stands in a file beside the frames.
    """

    check: Check
    exporter: Exporter | None
    files: SourceFiles

    def export(self, of: Corpus | Recording, path: Any, format: str | None, options: dict[str, Any]) -> Any:  # noqa: A002 - as pandas calls it
        """Write in another format what `Corpus.export` or `Recording.export` was called of."""
        if self.exporter is None:
            raise TypeError("this corpus was made without an exporter: call recexplore.export(corpus, path)")
        return self.exporter(of, path, format, **options)
