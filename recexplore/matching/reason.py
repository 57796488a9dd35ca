"""The answer in a plain sentence, what to do about it, and what else there is to say.

Takes what was found and what is near, gives words. Decides nothing: of several reasons the first that applies is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from recexplore.corpus import Recording
from recexplore.matching.difference import Difference
from recexplore.matching.generations import CURRENT, GENERATIONS
from recexplore.matching.nearest import Entry, Index
from recexplore.matching.ogx_hash import Fit, file_hash
from recexplore.matching.request import MAX_DEPTH, Request, url_path

__all__ = ["Answer", "Near", "answer_of", "is_alike", "is_looked_at", "notes_of"]

_SHARED_FOLDER: Final = "common"
_CALL_ID: Final = re.compile(r"(\.|^)(tool_call_id|call_id|tool_use_id|tool_calls\[\d+\]\.id)$")
"""Where the model's own numbering of tool calls comes back in the next request."""
_LEAST: Final = 0.25
"""Requests to one endpoint that share nothing else are a fifth alike, and up to a quarter where no test is told."""
_SHORT: Final = 12
_LIST_OF_MODELS: Final = "models-"
_RECORD: Final = "run its test with --inference-mode=record-if-missing"
"""How the recorder of llama-stack (now OGX) is told to record; where that was read is in ``docs/matching.md``."""
_RECORD_ELSEWHERE: Final = "run its test with the recorder switched on"


@dataclass(frozen=True, slots=True)
class Near:
    """A recording near to the request.

    Attributes
    ----------
    path, place
        Its file; the same with ``#k`` for the k-th exchange of a file with several.
    likeness
        From 0 to 1, 1 where everything compared is the same.
    differences
        In what it differs, what the hash sees first.
    fit
        Which generation of the recorder gives its file that name; None where none does.
    is_named
        Whether it comes from a recorder that names files by a hash.
    """

    recording: Recording
    path: str
    likeness: float
    differences: tuple[Difference, ...]
    fit: Fit | None = None
    place: str = ""
    is_named: bool = True

    @property
    def name(self) -> str:
        """Its short name, the id."""
        return self.recording.id

    @property
    def mattering(self) -> tuple[Difference, ...]:
        """The differences that today's hash sees."""
        return tuple(each for each in self.differences if each.matters)


@dataclass(frozen=True, slots=True)
class Answer:
    """The reason in a sentence, and what to do about it; empty where nothing is to be done."""

    reason: str
    advice: str = ""


def is_alike(near: Near) -> bool:
    """Whether a recording is alike enough to be spoken of: it shares more than the endpoint."""
    return near.likeness >= _LEAST


def answer_of(
    asked: Request, told: Mapping[str, str], found: tuple[str, Entry] | None, near: Sequence[Near], index: Index
) -> Answer:
    """Why the recorder does not find the request, or that it does, and what to do.

    Parameters
    ----------
    told
        The request's hashes by generation.
    found
        The generation by whose hash a recording is named, and the recording.
    near
        The nearest recordings, best first.
    index
        What there is to be found.
    """
    if asked.is_too_deep:
        reason = f"The request is nested deeper than {MAX_DEPTH} levels: it is neither hashed nor compared."
        return Answer(reason, "Compare it with its recording by hand.")
    if found is not None:
        return _there(asked, told, *found)
    again = _RECORD if index.is_named or not index.entries else _RECORD_ELSEWHERE
    if not index.entries:
        return Answer(
            "There is no recording at all where you looked.",
            f"Name the folder of the recordings, or record it: {again}.",
        )
    if not near:
        return Answer("No recording has its hash in its name.", f"Record it: {again}.")
    same = next((each for each in near if not each.mattering), None)
    if same is not None:
        return _same_request(asked, told, same, again)
    if not is_alike(near[0]):
        reason = f"Nothing like it was recorded: the nearest recording is {near[0].likeness:.0%} alike."
        return Answer(reason, f"Record it: {again}; or look among other recordings.")
    return _nearest(asked, near, again)


def _there(asked: Request, told: Mapping[str, str], generation: str, found: Entry) -> Answer:
    """A recording that is named after the request."""
    if generation == CURRENT.name:
        away = not is_looked_at(found.path, asked.test_id)
        folder = f"{_folder_of_test(asked.test_id)}/recordings"
        return Answer(f"It is there: {found.id}.", f"Move the file to {folder}." if away else "")
    older = next(each for each in GENERATIONS if each.name == generation)
    reason = f"It is there, {found.id}, but {Fit(older).words}{_looked_for(told)}."
    return Answer(reason, _renaming(asked, told, found.path, _RECORD))


def _looked_for(told: Mapping[str, str]) -> str:
    return f"; today's recorder looks for the hash {told[CURRENT.name][:_SHORT]}…" if CURRENT.name in told else ""


def _renaming(asked: Request, told: Mapping[str, str], path: str, again: str) -> str:
    """How the file of this very request is found again."""
    name, digits = PurePosixPath(path).name, file_hash(path)
    is_list = CURRENT.shares is not None and CURRENT.shares(url_path(asked.url) or "")
    if CURRENT.name not in told or (is_list and not name.startswith(_LIST_OF_MODELS)):
        return f"Record it again: {again}."
    renamed = name.replace(digits, told[CURRENT.name], 1) if digits else f"{told[CURRENT.name]}.json"
    return f"Rename the file to {renamed}, or record it again: {again}."


def _same_request(asked: Request, told: Mapping[str, str], near: Near, again: str) -> Answer:
    """A recording of this very request that is not named after it."""
    if asked.kind == "file":
        return Answer(f"A recording has this very request, {near.name}.", "Nothing: such requests are always run.")
    if not near.is_named:
        reason = f"A recording of this very request is there, {near.name}; its recorder names no file by a hash."
        return Answer(reason, "See by what its own recorder finds recordings; nothing differs in the request.")
    if not told:
        return Answer(
            f"A recording has this very body, {near.name}.", "Ask with the request's `url` and `test_id` too."
        )
    named = near.fit.words if near.fit else "no known recorder gives it that name (was it renamed or edited?)"
    reason = f"A recording of this very request is there, {near.name}, but {named}{_looked_for(told)}."
    return Answer(reason, _renaming(asked, told, near.path, again))


def _nearest(asked: Request, near: Sequence[Near], again: str) -> Answer:
    best, parts = near[0], near[0].mattering
    if [each.kind for each in parts] == ["test_id"]:
        owner = f"for another test, {parts[0].recorded}" if parts[0].recorded else "outside of any test"
        if asked.test_id:
            reason = f"The same request was recorded, but {owner}: {best.name}."
            return Answer(reason, f"Record it for this test too: {again}; tests share no recordings.")
        reason = f"The same request was recorded, but {owner}: {best.name}; the request names no test."
        return Answer(reason, f"Ask with the request's `test_id`, or record it: {again}.")
    if all(_CALL_ID.search(each.path) for each in parts):
        return Answer(
            f"The nearest recording, {best.name}, differs only in ids of tool calls, which an earlier answer gave: "
            "an earlier request of the test was answered otherwise.",
            f"Record all of the test again: {again.replace('record-if-missing', 'record')}.",
        )
    if all(each.mattering[0].kind == "endpoint" for each in near):
        reason = f"No recording goes to this endpoint; the nearest, {best.name}, goes to {parts[0].recorded}."
        return Answer(reason, f"Record it: {again}; or change the endpoint back.")
    count = "one part: " if len(parts) == 1 else f"{len(parts)} parts, first: "
    reason = f"The nearest recording, {best.name}, differs in {count}{parts[0]}."
    return Answer(reason, f"If the change is meant, record it again: {again}; if not, {_undoing(parts)}.")


def _undoing(parts: Sequence[Difference]) -> str:
    """How the request becomes the recorded one again."""
    if len(parts) > 1:
        return f"undo the {len(parts)} changes"
    verb = {"added": "leave out", "missing": "put back"}.get(parts[0].kind, "change back")
    return f"{verb} {parts[0].path}"


def notes_of(asked: Request, path: str | None, n_named: int) -> tuple[str, ...]:
    """What else there is to say of a request, and of the recording found for it.

    Parameters
    ----------
    path
        Where the recording is.
    n_named
        How many recordings have that name.
    """
    notes = []
    if asked.kind == "file":
        notes.append("The recorder never looks up what processes files: that is always run.")
    elif asked.kind != "tool" and asked.url is None:
        notes.append("The request has no `url`, so its hash cannot be told: only likeness counts.")
    if path is not None and not is_looked_at(path, asked.test_id):
        folder = f"{_folder_of_test(asked.test_id)}/recordings"
        notes.append(f"The recorder will not find it there: it looks in {folder} and common/recordings only.")
    if n_named > 1:
        notes.append(f"{n_named} recordings have this hash in their names.")
    return tuple(notes)


def is_looked_at(path: str, test_id: str | None) -> bool:
    """Whether the recorder looks for a test's recording in this folder; True where neither says."""
    folder = PurePosixPath(path.replace("\\", "/")).parent
    own = _folder_of_test(test_id)
    if not own or folder.name != "recordings" or len(folder.parts) < 2:
        return True
    return folder.parent.name in (own, _SHARED_FOLDER)


def _folder_of_test(test_id: str | None) -> str:
    """The name of the folder in which a test's file is."""
    return PurePosixPath((test_id or "").partition("::")[0]).parent.name
