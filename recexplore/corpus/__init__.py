"""What a load gives: a corpus with its frames, and its recordings one by one.

Imported when first used: who only reads files needs neither frames nor pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from recexplore.corpus.corpus import Corpus
    from recexplore.corpus.recording import Recording

__all__ = ["Corpus", "Recording"]

_MODULES: Final = {"Corpus": "recexplore.corpus.corpus", "Recording": "recexplore.corpus.recording"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'recexplore.corpus' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
