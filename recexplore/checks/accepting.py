"""Accepting findings of one kind: which are accepted and by what, where others can be, and what would be written there.

Takes kinds and the settings that hold. A `Proposal` is one change of one file, to be read before it is made; only
`Proposal.write` writes, and whatever else stands in the file stays as it is.
"""

from __future__ import annotations

import datetime
import glob
import json
import os
import shutil
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from recexplore.checks.baseline import DEFAULT_FILE, Kind, baseline_at, entry_line, write_baseline
from recexplore.checks.beside import suppressions_of
from recexplore.checks.settings import OWN_FILE, Settings, suppressions_in
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
    """For each finding, told by its kind, what accepts it; None where nothing does. ``recexplore check`` comes to the same.

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
    n: int,
    way: Way,
    settings: Settings,
    *,
    reason: str = "",
    until: datetime.date | None = None,
) -> Proposal:
    """What would be written so that ``n`` findings of a kind are accepted.

    Parameters
    ----------
    kind
        With its severity as the settings have it.
    n
        How many of this kind there are.
    way
        Where to write.
    settings
        Those that hold where the check runs.
    reason
        Why they are right as they are; not for a baseline.
    until
        The last day on which that holds; for good, if None. Not for a baseline.

    Raises
    ------
    NotAcceptable
        It cannot be accepted in this way.
    ValueError
        The file that would be changed cannot be read.
    """
    if place_of(kind.file).kind != "disk":
        raise NotAcceptable(f"{kind.file} is no file on this machine: accept the finding where its recording lies")
    return WAYS[way](kind, n, settings, _Suppressing(reason.strip(), until))


@dataclass(frozen=True, slots=True)
class _Suppressing:
    reason: str
    until: datetime.date | None


def _in_baseline(kind: Kind, n: int, settings: Settings, _: _Suppressing) -> Proposal:
    path = _baseline_file(settings)
    shown = relative(path, os.getcwd())
    before = baseline_at(path)

    def write() -> None:
        write_baseline(path, baseline_at(path).accepting(kind, n))

    accepted = kind._replace(file=relative(kind.file, before.folder))
    words = (
        f"Accepts {count(n, 'finding')} of {kind.rule} in this file; also when the same request is recorded again. "
        "More of them, or worse ones, are told again."
    )
    if settings.baseline is None:
        words += f' recexplore check reads it with --baseline {shown}, or with baseline = "{shown}" in its settings.'
    return Proposal(shown, entry_line(accepted, n), words, write)


def _in_file(kind: Kind, n: int, settings: Settings, given: _Suppressing) -> Proposal:
    place = place_of(kind.file)
    name = os.path.basename(place.file) if place.member is None else f"{os.path.basename(place.file)}!/{place.member}"
    choice = {} if kind.choice is None else {"choice": kind.choice}
    words = f"Suppresses {kind.rule} in every file of this name in {_folder_words(kind)}"
    words += "" if kind.choice is None else f", of choice {kind.choice}"
    return _beside(kind, settings, given, {"files": [glob.escape(name)], **choice}, words)


def _in_folder(kind: Kind, n: int, settings: Settings, given: _Suppressing) -> Proposal:
    return _beside(kind, settings, given, {}, f"Suppresses {kind.rule} in every file in {_folder_words(kind)}")


def _folder_words(kind: Kind) -> str:
    folder = relative(os.path.dirname(os.path.abspath(place_of(kind.file).file)), os.getcwd())
    return f"{'this folder' if folder == '.' else folder} and below"


def _beside(
    kind: Kind, settings: Settings, given: _Suppressing, narrowed: Mapping[str, object], words: str
) -> Proposal:
    if not settings.looks_beside:
        raise NotAcceptable("files beside the recordings do not count here")
    path = os.path.join(os.path.dirname(os.path.abspath(place_of(kind.file).file)), OWN_FILE)
    entry = {"rule": kind.rule, "reason": given.reason, **narrowed}
    text = _table("suppress", entry | ({} if given.until is None else {"until": given.until}))

    def write() -> None:
        if not given.reason:
            raise NotAcceptable("a suppression says why: write a reason")
        _append(path, text)

    ending = ", for good." if given.until is None else f", until {given.until}."
    return Proposal(relative(path, os.getcwd()), text, words + ending, write)


WAYS: Final[Mapping[Way, Callable[[Kind, int, Settings, _Suppressing], Proposal]]] = {
    "baseline": _in_baseline,
    "file": _in_file,
    "folder": _in_folder,
}
"""How a kind can be accepted, and what makes the proposal."""


def _baseline_file(settings: Settings) -> str:
    """The baseline that the settings name, else the one that ``--write-baseline`` would make."""
    return settings.baseline or os.path.join(settings.root or os.getcwd(), DEFAULT_FILE)


def _table(name: str, entry: Mapping[str, object]) -> str:
    lines = (f"{key} = {_toml(value)}" for key, value in entry.items())
    return "\n".join([f"[[{name}]]", *lines]) + "\n"


def _toml(value: object) -> str:
    """A value as TOML writes it: as JSON does, but for dates and for a character that it wants escaped."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _append(path: str, text: str) -> None:
    """Add a suppression at the end of a file; it is written whole beside it, read as a check would, and moved."""
    target = os.path.realpath(path)
    there = os.path.lexists(target)
    before, known = "", 0
    if there:
        with open(target, encoding="utf-8", newline="") as file:
            before = file.read()
        known = len(suppressions_in(target))
    line_end = "\r\n" if "\r\n" in before else "\n"
    gap = "" if not before else line_end if before.endswith("\n") else line_end * 2
    beside = f"{target}.part"
    try:
        content = (before + gap + text.replace("\n", line_end)).encode()
        tomllib.loads(content.decode())
    except (UnicodeEncodeError, tomllib.TOMLDecodeError) as error:
        raise NotAcceptable(f"{path} cannot hold it at its end ({error}); write it there by hand:\n{text}") from None
    try:
        with open(beside, "wb") as file:
            file.write(content)
        if there:
            shutil.copymode(target, beside)
        if len(suppressions_in(beside)) != known + 1:
            raise NotAcceptable(f"{path} would not be read as is meant; write it there by hand:\n{text}")
        os.replace(beside, target)
    except BaseException:
        if os.path.exists(beside):
            os.remove(beside)
        raise
