"""The explorer's page with its answers inside.

Takes a corpus, what was found wrong with it and what its author says, gives HTML of its own. Equal input gives equal bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from recexplore import __version__
from recexplore.analysis.price_table import Prices
from recexplore.checks.run import find
from recexplore.checks.settings import Settings
from recexplore.corpus import Corpus
from recexplore.share.page.comparison_answers import comparison_answers, runs_in_page
from recexplore.share.page.document import document
from recexplore.share.page.islands import json_island, packed
from recexplore.share.page.left_out import facts, left_out
from recexplore.share.page.recording_answers import recording_answers
from recexplore.share.page.selection import selected
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.given_findings import most_severe
from recexplore.views.find.search_table import answer_texts, search_table
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["MOST_RECORDINGS", "Watched", "Words", "answers_for", "report_page"]

MOST_RECORDINGS: Final = 1_000
"""So many of a hundred chunks are 20 MB."""

_TOGETHER: Final = 200
"""So many recordings are analysed at once: of more, frames would take memory and progress would come in jumps."""
_COMPARED_TOGETHER: Final = 20
"""Groups of runs."""

Watched: TypeAlias = Callable[[Sequence[Any], str], Iterable[Any]]
"""Given items and what one is, gives the items again, one by one, and may show how far that is."""


class Words(NamedTuple):
    """What the author of a page says at its top: text, never markup."""

    title: str = ""
    note: str = ""


def answers_for(
    corpus: Corpus, findings: pd.DataFrame | Literal[False] | None, prices: Prices | None, settings: Settings | None
) -> Answers:
    """What answers for a corpus; its findings are those of a check with these settings, if they are not given."""
    given = findings
    if findings is None and settings is not None:
        given = find(corpus, select=[rule.id for rule in settings.rules()], judged=settings.judged).frame()
    return Answers(corpus, given, prices, None if settings is None else lambda: settings)


def report_page(
    answers: Answers,
    words: Words = Words(),  # noqa: B008
    *,
    wanted: Collection[str] | None = None,
    compared: Sequence[str] = (),
    most: int = MOST_RECORDINGS,
    recording: str | None = None,
    chunk: int | None = None,
    settings: Settings | None = None,
    watched: Watched = lambda items, unit: items,
) -> str:
    """The page as HTML.

    Parameters
    ----------
    answers
        About the whole corpus.
    words
        The title, and the note.
    wanted
        The ids that are meant; all, if not given.
    compared
        Ids of the runs that it opens with, compared.
    most
        How many recordings it may hold.
    recording, chunk
        Where it opens; by default at the first of the most severe findings, of the recording where one is named.
    settings
        Those by which findings were judged.
    watched
        Gives the ids of the recordings again, one by one, as each is packed, and then the comparisons.

    Raises
    ------
    RecordingNotFound
        No recording, or more than one, answers to ``recording``.
    """
    corpus = answers.corpus
    ids = corpus.recordings["recording"].tolist()
    meant = set(ids if wanted is None else wanted)
    begin = _begin(answers, meant, recording, chunk)
    kept = selected(answers, meant, most, begin[0])
    runs = runs_in_page(answers, kept, compared)
    opening = {
        **answers.opening,
        **{"recording": begin[0], "chunk": begin[1], "compared": list(compared)},
    }
    title = without_lone_surrogates(words.title) or "recexplore"
    about = {
        "opening": opening,
        "title": title,
        "note": without_lone_surrogates(words.note),
        "facts": facts(answers, corpus.recordings["recording"].iloc[kept].tolist()),
        "left_out": left_out(answers, len(kept), len(meant), runs.n_cut, settings),
        "made_by": f"recexplore {__version__}",
    }
    return document(
        title, f"recexplore {__version__}", json_island(about), dict(_islands(answers, kept, runs.groups, watched))
    )


def _begin(
    answers: Answers, meant: Collection[str], recording: str | None, chunk: int | None
) -> tuple[str, int | None]:
    """Where the page opens."""
    if recording is None and chunk is not None and len(meant) == 1:
        (recording,) = meant
    named = None if recording is None else answers.corpus[recording].id
    if named is not None and chunk is not None:
        return named, chunk
    found = answers.findings
    mine = found if found is None else found[found["recording"].isin(meant if named is None else [named])]
    if (worst := most_severe(mine, answers.corpus)) is not None:
        return worst
    if named is not None:
        return named, None
    recordings = answers.corpus.recordings
    own = recordings[recordings["recording"].isin(meant)]
    streams = own[own["streaming"].fillna(False).astype(bool)]
    return next((str(id_) for each in (streams, own) for id_ in each["recording"]), ""), None


def _islands(
    answers: Answers,
    kept: np.ndarray,
    groups: Sequence[Sequence[str]],
    watched: Watched,
) -> Iterator[tuple[str, str]]:
    """What the page unpacks, by name: when it opens, when a search or a rule first needs it, when a recording is chosen."""
    ids = answers.corpus.recordings["recording"].iloc[kept].tolist()
    packs = list(_packs(answers, ids, watched))
    table: dict[str, Any] = {
        "search": search_table(answers.finder, kept),
        "prompts": [prompt for prompt, _ in packs],
        "files": answers.answer("files", {})[0],
        "comparisons": groups,
    }
    yield "table", packed(table)
    yield "texts", packed(answer_texts(answers.finder, kept))
    yield "rules", packed(_rules(answers, ids))
    for place, (_, pack) in enumerate(packs):
        yield f"recording-{place}", pack
    for number, group in enumerate(watched(groups, "comparison")):
        if number % _COMPARED_TOGETHER == 0:
            answers.expect_comparisons(groups[number : number + _COMPARED_TOGETHER])
        yield f"comparison-{number}", packed(*comparison_answers(answers, group))


def _packs(answers: Answers, ids: Sequence[str], watched: Watched) -> Iterator[tuple[str, str]]:
    """What was asked in each recording, and all about it, packed at once: thousands would not fit into memory otherwise."""
    for place, id_ in enumerate(watched(ids, "recording")):
        if place % _TOGETHER == 0:
            answers.expect(ids[place : place + _TOGETHER])
        about, buffers = recording_answers(answers, id_)
        yield about["prompt"], packed(about, buffers)
    answers.expect([])


def _rules(answers: Answers, ids: Collection[str]) -> dict[str, Any]:
    """The page of every rule that found something in the recordings that are kept; it names no others."""
    pages = {name: answers.answer("rule", {"rule": name})[0] for name in answers.rules_in(ids)}
    for page in pages.values():
        page["recordings"] = [each for each in page["recordings"] if each["recording"] in ids]
    return pages
