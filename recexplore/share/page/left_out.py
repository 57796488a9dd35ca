"""What a page does not hold, and by whose rules its findings are told: the sentences at its top.

Takes `Answers`, what was kept and the settings of a check, gives sentences.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from recexplore.checks.settings import Settings
from recexplore.model.counts import count
from recexplore.model.location import relative
from recexplore.model.severities import SEVERITIES
from recexplore.share.page.comparison_answers import MOST_RUNS
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.file_list import n_unread
from recexplore.views.text.skipped import skipped_line

__all__ = ["facts", "left_out"]


def facts(answers: Answers, kept: Collection[str]) -> list[str]:
    """What the page holds, in few words; ``kept`` are the ids of its recordings."""
    said = [count(len(kept), "recording")]
    if answers.findings is not None:
        counts = answers.findings.loc[answers.findings["recording"].isin(kept), "severity"].value_counts()
        told = ", ".join(count(int(n), str(name)) for name in SEVERITIES if (n := counts.get(name, 0)))
        said.append(told or "no findings")
        if n := answers.n_accepted(kept):
            said.append(f"{n:,} accepted")
    return said


def left_out(answers: Answers, n_kept: int, n_wanted: int, n_cut: int, settings: Settings | None) -> list[str]:
    """What is not there (``n_cut``: requests of which not all runs are compared), and what decided which findings are."""
    return list(_sentences(answers, n_kept, n_wanted, n_cut, settings))


def _sentences(answers: Answers, n_kept: int, n_wanted: int, n_cut: int, settings: Settings | None) -> Iterator[str]:
    corpus = answers.corpus
    if n_kept < n_wanted:
        left = count(n_wanted - n_kept, "recording")
        yield f"{left} of {n_wanted:,} left out: those with the most severe findings were kept (max_recordings)."
    if n_wanted < len(corpus):
        yield f"Chosen from {count(len(corpus), 'recording')}; comparisons with others count all of them."
    if n_cut:
        yield f"Of {count(n_cut, 'request')} with more than {MOST_RUNS} runs the first {MOST_RUNS} are compared."
    if n := n_unread(corpus):
        yield f"Of {count(n, 'file')} something could not be read: listed beside the search, as unread."
    if said := skipped_line(corpus):
        yield f"{said[0].upper()}{said[1:]}: listed beside the search, as skipped."
    if answers.findings is None:
        yield "No rules were run."
    elif settings is not None:
        yield f"Findings as recexplore check tells them{_settings_in_words(settings)}."
    if corpus.credentials == "masked":
        yield "Keys are masked in URLs, header fields, named fields and where they have a known form, but not in answers."
    else:
        yield "Credentials are shown as they were recorded."
    yield "Nothing can be accepted here, and nothing follows the files: this is what was recorded when the page was made."


def _settings_in_words(settings: Settings) -> str:
    said = []
    if settings.select is not None:
        said.append(f"only {', '.join(settings.select)}")
    if off := [*settings.ignore, *(rule for rule, level in settings.severity.items() if level == "off")]:
        said.append(f"without {', '.join(off)}")
    if changed := [f"{rule} as {level}" for rule, level in settings.severity.items() if level != "off"]:
        said.append(", ".join(changed))
    if settings.per_file_ignores:
        said.append(f"some rules ignored in {', '.join(settings.per_file_ignores)}")
    if settings.baseline is not None:
        said.append(f"what {relative(settings.baseline, settings.root or '.')} accepts apart")
    return f" ({'; '.join(said)})" if said else ""
