"""What a page is about: a corpus, some of its recordings, or runs that are compared.

Takes what users have in hand, gives a `Subject`. Recordings of several corpora are loaded once more, as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from recexplore.comparison.comparison import Comparison
from recexplore.corpus import Corpus, Recording

__all__ = ["Subject", "subject_of"]


@dataclass(frozen=True)
class Subject:
    """A corpus, the ids in it that are meant (None: all), and those that are compared."""

    corpus: Corpus
    wanted: tuple[str, ...] | None = None
    compared: tuple[str, ...] = ()


def subject_of(what: Any, load: Callable[[Any], Corpus]) -> Subject:
    """What is meant by ``what``.

    Parameters
    ----------
    what
        A corpus, a recording, a comparison, an iterable of recordings, or what ``load`` takes.
    load
        Reads places.

    Raises
    ------
    ValueError
        There is no recording in an iterable.
    """
    if isinstance(what, Corpus):
        return Subject(what)
    if isinstance(what, Recording):
        return Subject(what.corpus, (what.id,))
    if isinstance(what, Comparison):
        subject = _of_recordings(what.recordings, load)
        return Subject(subject.corpus, subject.wanted, subject.wanted or ())
    if not isinstance(what, str | bytes) and isinstance(what, Iterable):
        given = list(what)
        if given and all(isinstance(each, Recording) for each in given):
            return _of_recordings(given, load)
        what = given
    return Subject(load(what))


def _of_recordings(recordings: Sequence[Recording], load: Callable[[Any], Corpus]) -> Subject:
    corpora = list(dict.fromkeys(each.corpus for each in recordings))
    if len(corpora) == 1:
        return Subject(corpora[0], tuple(each.id for each in recordings))
    places = list(dict.fromkeys(place for corpus in corpora for place in corpus.places))
    joined = load(places)
    by_place = {(str(each.facts["path"]), int(each.facts["exchange"])): each.id for each in joined}
    return Subject(joined, tuple(by_place[str(each.facts["path"]), int(each.facts["exchange"])] for each in recordings))
