"""Accepting findings of one kind: which are accepted and by what, where others can be, and what would be written there.

Takes kinds and the settings that hold. A `Proposal` is one change of one file, to be read before it is made; only
`Proposal.write` writes, just that change or none.
"""

from __future__ import annotations

import datetime
import glob
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from recexplore import rules
from recexplore.checks.baseline import DEFAULT_FILE, Kind, baseline_at, content_of, entry_line
from recexplore.checks.beside import suppressions_of
from recexplore.checks.file_update import update_file
from recexplore.checks.settings import OWN_FILE, Settings
from recexplore.checks.suppression_file import extended, last_suppression, lines_of
from recexplore.model.counts import count
from recexplore.model.location import place_of, relative

__all__ = ["WAYS", "Acceptance", "NotAcceptable", "Proposal", "Way", "acceptances", "propose"]

Way: TypeAlias = Literal["baseline", "file", "folder"]
"""Where a kind is accepted: in the baseline, or suppressed beside the recording, for its file or its whole folder."""


class NotAcceptable(ValueError):
    """Why a kind cannot be accepted in this way, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """By which file a finding is accepted, and the reason that stands there; a baseline gives none."""

    file: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be written.

    Attributes
    ----------
    file
        The file, as seen from the working directory.
    text
        The lines that it gains.
    words
        What follows from them.
    write
        Writes them.

        Raises `NotAcceptable` where the file would not be read as is meant, `OSError` where it cannot be written.
    """

    file: str
    text: str
    words: str
    write: Callable[[], None]


def acceptances(
    kinds: Sequence[Kind],
    settings: Settings,
    searched: Collection[str],
    *,
    today: datetime.date | None = None,
) -> list[Acceptance | None]:
    """For each finding, told by its kind, what accepts it; None where nothing does.

    ``recexplore check`` with these settings, and with this baseline where they name none, comes to the same. What the
    settings leave out otherwise (rules that are off or ignored) is not accepted, and a check does not tell it.

    Parameters
    ----------
    kinds
        Of all findings: a baseline counts them.
    settings
        Those that hold where the check runs.
    searched
        The places that were loaded, as they were named.
    today
        The day that decides what is suppressed no longer; the clock's, if not given.

    Raises
    ------
    ValueError
        The baseline, or a file beside the recordings, cannot be read.
    """
    today = today or datetime.date.today()
    suppressions = suppressions_of({kind.file for kind in kinds}, settings, searched)
    accepted: list[Acceptance | None] = []
    for kind in kinds:
        fitting = (each for each in suppressions[kind.file] if each.fits(kind) and not each.is_over(today))
        by = next(fitting, None)
        accepted.append(None if by is None else Acceptance(by.source, by.reason))
    left = [n for n, by in enumerate(accepted) if by is None]
    file = _baseline_file(settings)
    for n, is_accepted in zip(left, baseline_at(file).accepts([kinds[n] for n in left]), strict=True):
        accepted[n] = Acceptance(relative(file, os.getcwd())) if is_accepted else None
    return accepted


def propose(
    kind: Kind,
    kinds: Sequence[Kind],
    way: Way,
    settings: Settings,
    *,
    reason: str = "",
    until: datetime.date | None = None,
    within: str | None = None,
    today: datetime.date | None = None,
) -> Proposal:
    """What would be written so that the findings of a kind are accepted.

    Parameters
    ----------
    kind
        With its severity as the settings have it.
    kinds
        Of all findings there are that no file beside the recordings suppresses.
    way
        Where to write.
    settings
        Those that hold where the check runs.
    reason
        Why they are right as they are; not for a baseline.
    until
        The last day on which that holds; for good, if None. Not for a baseline.
    within
        A folder below which the file has to lie; anywhere, if None.
    today
        The day that decides what is over; the clock's, if not given.

    Raises
    ------
    NotAcceptable
        It cannot be accepted in this way.
    ValueError
        The file that would be changed cannot be read.
    """
    if place_of(kind.file).kind != "disk":
        raise NotAcceptable(f"{kind.file} is no file on this machine: accept the finding where its recording lies")
    if until is not None and until < (today or datetime.date.today()):
        raise NotAcceptable(f"{until} is over already")
    return WAYS[way](_Acceptable(kind, kinds, settings, reason.strip(), until, within))


@dataclass(frozen=True, slots=True)
class _Acceptable:
    """What `propose` is asked for."""

    kind: Kind
    kinds: Sequence[Kind]
    settings: Settings
    reason: str
    until: datetime.date | None
    within: str | None

    def shown(self, path: str) -> str:
        """The file that a change of ``path`` would write, as seen from the working directory.

        Raises
        ------
        NotAcceptable
            It lies outside the folder that it has to lie below.
        """
        target = os.path.realpath(path)
        if self.within is not None and os.path.commonpath([target, os.path.realpath(self.within)]) != os.path.realpath(
            self.within
        ):
            raise NotAcceptable(f"{path} leads out of {self.within}: accept it where the recordings are checked")
        return relative(target, os.getcwd())

    def write(self, path: str, change: Callable[[bytes | None], bytes]) -> None:
        """Change the file, if it still is one that may be."""
        self.shown(path)
        update_file(path, change)


def _in_baseline(asked: _Acceptable) -> Proposal:
    path, kind = _baseline_file(asked.settings), asked.kind
    shown = asked.shown(path)
    before = baseline_at(path)
    _, n = before.accepting(kind, asked.kinds)

    def write() -> None:
        asked.write(path, lambda _: content_of(baseline_at(path).accepting(kind, asked.kinds)[0]))

    words = (
        f"Accepts {count(asked.kinds.count(kind), 'finding')} of {kind.rule} in this file; also when the same request is "
        "recorded again. More of them, or worse ones, are told again."
    )
    if before.counts and not before.is_current:
        words += " The file is written in today's version."
    if asked.settings.baseline is None:
        words += f' recexplore check reads it with --baseline {shown}, or with baseline = "{shown}" in its settings.'
    return Proposal(shown, entry_line(kind._replace(file=relative(kind.file, before.folder)), n), words, write)


def _in_file(asked: _Acceptable) -> Proposal:
    place, kind = place_of(asked.kind.file), asked.kind
    name = os.path.basename(place.file) if place.member is None else f"{os.path.basename(place.file)}!/{place.member}"
    choice = {} if kind.choice is None else {"choice": kind.choice}
    words = f"Suppresses {kind.rule} in every file of this name in {_folder_words(kind)}"
    words += "" if kind.choice is None else f", of choice {kind.choice}"
    return _beside(asked, {"files": [glob.escape(name)], **choice}, words)


def _in_folder(asked: _Acceptable) -> Proposal:
    return _beside(asked, {}, f"Suppresses {asked.kind.rule} in every file in {_folder_words(asked.kind)}")


def _folder_words(kind: Kind) -> str:
    folder = relative(os.path.dirname(os.path.abspath(place_of(kind.file).file)), os.getcwd())
    return f"{'this folder' if folder == '.' else folder} and below"


def _beside(asked: _Acceptable, narrowed: Mapping[str, object], words: str) -> Proposal:
    kind = asked.kind
    if not asked.settings.looks_beside:
        raise NotAcceptable("files beside the recordings do not count here")
    if kind.rule not in {rule.id for rule in rules.known()}:
        raise NotAcceptable(f"{kind.rule!r} is no rule of the catalogue: a check knows only these")
    path = os.path.join(os.path.dirname(os.path.abspath(place_of(kind.file).file)), OWN_FILE)
    shown = asked.shown(path)
    until = {} if asked.until is None else {"until": asked.until}
    text = lines_of({"rule": kind.rule, "reason": asked.reason, **narrowed, **until})

    def change(content: bytes | None) -> bytes:
        after = extended(content, text, shown)
        made = last_suppression(after, path)
        if not (made.covers(kind.file) and made.fits(kind)):
            raise NotAcceptable(f"{kind.file} cannot be named by a glob: accept it in the baseline, or for its folder")
        return after

    def write() -> None:
        if not asked.reason:
            raise NotAcceptable("a suppression says why: write a reason")
        asked.write(path, change)

    ending = ", for good." if asked.until is None else f", until {asked.until}."
    return Proposal(shown, text, words + ending, write)


WAYS: Final[Mapping[Way, Callable[[_Acceptable], Proposal]]] = {
    "baseline": _in_baseline,
    "file": _in_file,
    "folder": _in_folder,
}
"""How a kind can be accepted, and what makes the proposal."""


def _baseline_file(settings: Settings) -> str:
    """The baseline that the settings name, else the one that ``--write-baseline`` would make."""
    return settings.baseline or os.path.join(settings.root or os.getcwd(), DEFAULT_FILE)
